//! The IAM policy that a document's integrations with S3 need, and no more.
//!
//! Source: <https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html> for the actions, and
//! <https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-with-s3-policy-actions.html> for what each request needs.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::operation::{Operation, operations};
use super::target::{Level, Target, text};
use crate::api::integration_uri::IntegrationUri;

/// What a query parameter makes of a request: its name, what it is for, then GET, PUT, DELETE and POST; `-` for nothing.
type Subresource = (&'static str, Level, [&'static str; 4]);

const SUBRESOURCES: &[Subresource] = &[
    ("acl", Level::Bucket, ["s3:GetBucketAcl", "s3:PutBucketAcl", "-", "-"]),
    ("cors", Level::Bucket, ["s3:GetBucketCORS", "s3:PutBucketCORS", "s3:PutBucketCORS", "-"]),
    (
        "encryption",
        Level::Bucket,
        [
            "s3:GetEncryptionConfiguration",
            "s3:PutEncryptionConfiguration",
            "s3:PutEncryptionConfiguration",
            "-",
        ],
    ),
    (
        "lifecycle",
        Level::Bucket,
        ["s3:GetLifecycleConfiguration", "s3:PutLifecycleConfiguration", "s3:PutLifecycleConfiguration", "-"],
    ),
    ("location", Level::Bucket, ["s3:GetBucketLocation", "-", "-", "-"]),
    ("logging", Level::Bucket, ["s3:GetBucketLogging", "s3:PutBucketLogging", "-", "-"]),
    ("notification", Level::Bucket, ["s3:GetBucketNotification", "s3:PutBucketNotification", "-", "-"]),
    ("policy", Level::Bucket, ["s3:GetBucketPolicy", "s3:PutBucketPolicy", "s3:DeleteBucketPolicy", "-"]),
    (
        "replication",
        Level::Bucket,
        [
            "s3:GetReplicationConfiguration",
            "s3:PutReplicationConfiguration",
            "s3:PutReplicationConfiguration",
            "-",
        ],
    ),
    ("requestPayment", Level::Bucket, ["s3:GetBucketRequestPayment", "s3:PutBucketRequestPayment", "-", "-"]),
    ("tagging", Level::Bucket, ["s3:GetBucketTagging", "s3:PutBucketTagging", "s3:PutBucketTagging", "-"]),
    ("uploads", Level::Bucket, ["s3:ListBucketMultipartUploads", "-", "-", "-"]),
    ("versioning", Level::Bucket, ["s3:GetBucketVersioning", "s3:PutBucketVersioning", "-", "-"]),
    ("versions", Level::Bucket, ["s3:ListBucketVersions", "-", "-", "-"]),
    ("website", Level::Bucket, ["s3:GetBucketWebsite", "s3:PutBucketWebsite", "s3:DeleteBucketWebsite", "-"]),
    ("acl", Level::Object, ["s3:GetObjectAcl", "s3:PutObjectAcl", "-", "-"]),
    ("attributes", Level::Object, ["s3:GetObjectAttributes", "-", "-", "-"]),
    ("legal-hold", Level::Object, ["s3:GetObjectLegalHold", "s3:PutObjectLegalHold", "-", "-"]),
    ("restore", Level::Object, ["-", "-", "-", "s3:RestoreObject"]),
    ("retention", Level::Object, ["s3:GetObjectRetention", "s3:PutObjectRetention", "-", "-"]),
    ("tagging", Level::Object, ["s3:GetObjectTagging", "s3:PutObjectTagging", "s3:DeleteObjectTagging", "-"]),
    ("torrent", Level::Object, ["s3:GetObjectTorrent", "-", "-", "-"]),
    (
        "uploadId",
        Level::Object,
        ["s3:ListMultipartUploadParts", "s3:PutObject", "s3:AbortMultipartUpload", "s3:PutObject"],
    ),
    ("versionId", Level::Object, ["s3:GetObjectVersion", "-", "s3:DeleteObjectVersion", "-"]),
];

/// Headers of a PUT that need a right of their own.
const HEADERS: &[(&str, &str)] =
    &[("x-amz-acl", "s3:PutObjectAcl"), ("x-amz-tagging", "s3:PutObjectTagging")];

/// The policy, as JSON. `bucket` is `S3_BUCKET`, where the deployment sets it.
pub fn policy(document: &Value, bucket: Option<&str>) -> Value {
    let mut rights: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for operation in &operations(document) {
        let Some(uri) = operation.s3_uri() else { continue };
        let target = Target::of(operation, &uri, bucket);
        for method in operation.methods() {
            for (action, resource) in target.rights(operation, &uri, &method) {
                rights.entry(resource).or_default().insert(action);
            }
        }
    }
    // Statements that differ in nothing but their resource are one.
    let mut statements: BTreeMap<BTreeSet<String>, Vec<String>> = BTreeMap::new();
    for (resource, actions) in rights {
        statements.entry(actions).or_default().push(resource);
    }
    let mut statements: Vec<_> = statements.into_iter().collect();
    statements.sort_by(|(_, one), (_, other)| one.cmp(other));
    let statements: Vec<_> = statements
        .into_iter()
        .map(|(actions, resources)| json!({ "Effect": "Allow", "Action": actions, "Resource": resources }))
        .collect();
    json!({ "Version": "2012-10-17", "Statement": statements })
}

/// That of the uri; where it is `${AWS::Partition}`, the one that nearly everybody is in.
fn partition(uri: &IntegrationUri) -> &str {
    uri.partition.as_deref().unwrap_or("aws")
}

impl Target {
    fn rights(&self, operation: &Operation<'_>, uri: &IntegrationUri, method: &str) -> Vec<(String, String)> {
        let bucket = format!("arn:{}:s3:::{}", partition(uri), self.bucket);
        let (own, object) = match self.level {
            Level::Service => ("*".to_owned(), "*".to_owned()),
            Level::Bucket => (bucket.clone(), format!("{bucket}/*")),
            Level::Object => (format!("{bucket}/{}", self.key), format!("{bucket}/{}", self.key)),
        };
        // What the uri says is always so; what is mapped may be left out by the client.
        let (always, perhaps) = (self.subresources(uri, method), self.mapped_subresources(operation, method));
        let mut actions: Vec<String> =
            perhaps.iter().chain(&always).map(|action| (*action).to_owned()).collect();
        if always.is_empty() {
            actions.extend(self.plain(method).iter().map(|action| (*action).to_owned()));
        }
        if self.level == Level::Object && method == "PUT" {
            let sent = HEADERS.iter().filter(|(header, _)| operation.sends_header(header));
            actions.extend(sent.map(|(_, action)| (*action).to_owned()));
        }
        let mut rights: Vec<_> = actions.into_iter().map(|action| (action, own.clone())).collect();
        if self.level == Level::Object && operation.sends_header("x-amz-copy-source") {
            rights.push(("s3:GetObject".to_owned(), format!("arn:{}:s3:::*/*", partition(uri))));
        }
        let deletes = |name: &String| name == "delete";
        if self.level == Level::Bucket && method == "POST" && names(uri).iter().any(deletes) {
            rights.push(("s3:DeleteObject".to_owned(), object));
        }
        rights
    }

    fn plain(&self, method: &str) -> &'static [&'static str] {
        match (self.level, method) {
            (Level::Service, "GET") => &["s3:ListAllMyBuckets"],
            (Level::Bucket, "GET" | "HEAD") => &["s3:ListBucket"],
            (Level::Bucket, "PUT") => &["s3:CreateBucket"],
            (Level::Bucket, "DELETE") => &["s3:DeleteBucket"],
            (Level::Object, "GET" | "HEAD") => &["s3:GetObject"],
            // The gateway sends large bodies in parts, and gives them up where the client does.
            (Level::Object, "PUT") => &["s3:AbortMultipartUpload", "s3:PutObject"],
            (Level::Object, "POST") => &["s3:PutObject"],
            (Level::Object, "DELETE") => &["s3:DeleteObject"],
            _ => &[],
        }
    }

    fn subresources(&self, uri: &IntegrationUri, method: &str) -> Vec<&'static str> {
        names(uri).iter().flat_map(|name| self.actions(name, method)).collect()
    }

    fn mapped_subresources(&self, operation: &Operation<'_>, method: &str) -> Vec<&'static str> {
        let mappings = operation.request_mappings();
        let names = mappings
            .iter()
            .filter_map(|mapping| mapping.target.strip_prefix("integration.request.querystring."));
        names.flat_map(|name| self.actions(name, method)).collect()
    }

    fn actions(&self, name: &str, method: &str) -> Option<&'static str> {
        let row = SUBRESOURCES.iter().find(|(known, level, _)| *known == name && *level == self.level);
        let (_, _, [get, put, delete, post]) = row?;
        let action = match method {
            "GET" | "HEAD" => get,
            "PUT" => put,
            "DELETE" => delete,
            "POST" => post,
            _ => return None,
        };
        (*action != "-").then_some(*action)
    }
}

fn names(uri: &IntegrationUri) -> Vec<String> {
    uri.query.iter().map(|(name, _)| text(name)).collect()
}
