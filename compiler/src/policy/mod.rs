//! The IAM policy that a document's integrations with S3 need, and no more.
//!
//! Inside: which requests can become of an operation. Not inside: what S3 asks for them (`rights`).

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::operation::{Operation, operations};
use super::rights;
use super::supposed::{self, Variable};
use super::target::{ANYTHING, Level, Target, Values, decoded};
use crate::api::integration_uri::IntegrationUri;
use crate::gateway::{Compatibility, Settings};
use crate::s3::multipart::is_about_the_whole_body;
use crate::s3::{Partition, Region};

/// The parameter that names a version of an object.
const VERSION: &str = "versionId";

/// The policy, as JSON, for a deployment with these variables.
///
/// # Errors
/// Variables that are malformed.
pub fn policy(document: &Value, variable: &Variable<'_>) -> Result<Value, Vec<String>> {
    let settings = supposed::settings(None, variable)?;
    let mut rights: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for operation in &operations(document) {
        let Some(uri) = operation.s3_uri_as_written() else { continue };
        let wanted = Wanted::new(operation, &uri, &settings);
        for method in operation.methods() {
            for (action, resource) in wanted.rights(&method) {
                rights.entry(resource).or_default().insert(action.to_owned());
            }
        }
    }
    // Statements that differ in nothing but their resource are one.
    let mut statements: BTreeMap<BTreeSet<String>, Vec<String>> = BTreeMap::new();
    for (resource, actions) in rights {
        statements.entry(actions).or_default().push(resource);
    }
    let statement =
        |(actions, resources)| json!({ "Effect": "Allow", "Action": actions, "Resource": resources });
    let statements: Vec<_> = statements.into_iter().map(statement).collect();
    Ok(json!({ "Version": "2012-10-17", "Statement": statements }))
}

/// What an operation wants of S3.
struct Wanted<'w, 'd> {
    operation: &'w Operation<'d>,
    values: Values<'w>,
    target: Target,
    partition: &'static str,
    /// The query parameters that are always there, and those that a client may leave out.
    always: Vec<String>,
    perhaps: Vec<String>,
    compatibility: Compatibility,
}

impl<'w, 'd> Wanted<'w, 'd> {
    fn new(operation: &'w Operation<'d>, uri: &IntegrationUri, settings: &'w Settings) -> Self {
        let values = Values { operation: Some(operation), settings: Some(settings) };
        let mapped = operation.request_mappings();
        let mapped = mapped.iter().filter_map(|mapping| {
            Some((mapping.target.strip_prefix("integration.request.querystring.")?, mapping.source))
        });
        // What is written in the document is always there.
        let (mut always, perhaps): (Vec<_>, Vec<_>) =
            mapped.partition(|(_, source)| source.starts_with('\''));
        let own: Vec<_> = uri.query.iter().map(|(name, _)| values.text(name)).collect();
        always.retain(|(name, _)| !own.iter().any(|known| known == name));
        let name = |(name, _): (&str, &str)| name.to_owned();
        Self {
            operation,
            values,
            target: Target::of(operation, uri, &values),
            partition: partition(uri, settings),
            always: own.into_iter().chain(always.into_iter().map(name)).collect(),
            perhaps: perhaps.into_iter().map(name).collect(),
            compatibility: settings.compatibility,
        }
    }

    /// Every action, with what it is done to.
    fn rights(&self, method: &str) -> Vec<(&'static str, String)> {
        let level = self.target.level;
        let of = |names: &[String]| -> Vec<&'static str> {
            names.iter().flat_map(|name| rights::of_subresource(name, level, method)).collect()
        };
        let mut actions = of(&self.always);
        if !self.always.iter().any(|name| rights::is_subresource(name, level)) {
            actions.extend(of(&self.perhaps));
            actions.extend(rights::of_plain(level, method));
        }
        self.choose_versions(&mut actions);
        for action in actions.clone() {
            let headers =
                rights::of_headers(action).iter().filter(|(name, _)| self.operation.sends_header(name));
            actions.extend(headers.map(|(_, action)| *action));
        }
        if self.is_sent_in_parts(method) {
            actions.push("s3:AbortMultipartUpload");
        }
        let mut rights: Vec<_> = actions.iter().map(|action| (*action, self.resource(action))).collect();
        if level == Level::Object && actions.contains(&"s3:PutObject") {
            rights.extend(self.copied());
        }
        rights
    }

    /// With a version, most actions are others; with one that may be left out, both.
    fn choose_versions(&self, actions: &mut Vec<&'static str>) {
        let is_named = |names: &[String]| names.iter().any(|name| name == VERSION);
        if self.target.level != Level::Object {
            return;
        }
        if is_named(&self.always) {
            for action in actions {
                *action = rights::of_version(action).unwrap_or(action);
            }
        } else if is_named(&self.perhaps) {
            let others: Vec<_> = actions.iter().filter_map(|action| rights::of_version(action)).collect();
            actions.extend(others);
        }
    }

    /// `edge` sends large bodies in parts, and gives them up where the client does.
    fn is_sent_in_parts(&self, method: &str) -> bool {
        let is_plain = method == "PUT" && self.target.level == Level::Object && self.always.is_empty();
        let is_whole = |name: &str| is_about_the_whole_body(&name.to_ascii_lowercase());
        is_plain
            && self.compatibility == Compatibility::Edge
            && !self.operation.sent_headers().any(|(name, source)| is_whole(name) && source.starts_with('\''))
    }

    fn resource(&self, action: &str) -> String {
        let bucket = self.bucket(&self.target.bucket);
        match self.target.level {
            Level::Service => "*".to_owned(),
            // `?delete` is sent to the bucket, and about objects.
            Level::Bucket if action == "s3:DeleteObject" || action == "s3:BypassGovernanceRetention" => {
                format!("{bucket}/*")
            }
            Level::Bucket => bucket,
            Level::Object => format!("{bucket}/{}", self.target.key),
        }
    }

    fn bucket(&self, name: &str) -> String {
        format!("arn:{}:s3:::{name}", self.partition)
    }

    /// What objects are copied from, where they are, and the action: a version of an object has its own
    /// (<https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html>).
    fn copied(&self) -> Option<(&'static str, String)> {
        let mut headers = self.operation.sent_headers();
        let (_, source) = headers.find(|(name, _)| name.eq_ignore_ascii_case("x-amz-copy-source"))?;
        let source = self.values.sent(source).unwrap_or_default();
        // A question mark of the key is encoded.
        let (path, query) = source.split_once('?').unwrap_or((source, ""));
        let is_of_version = query.split('&').any(|pair| pair.split('=').next() == Some(VERSION));
        let action = if is_of_version { "s3:GetObjectVersion" } else { "s3:GetObject" };
        let path = decoded(path);
        let (bucket, key) = path.trim_start_matches('/').split_once('/').unwrap_or((ANYTHING, ANYTHING));
        Some((action, format!("{}/{key}", self.bucket(bucket))))
    }
}

/// That of the uri; where it is `${AWS::Partition}`, that of the region.
fn partition(uri: &IntegrationUri, settings: &Settings) -> &'static str {
    let written = uri.partition.as_deref().and_then(|name| Partition::parse(name).ok());
    let region = uri
        .region
        .as_deref()
        .and_then(|name| Region::parse(name).ok())
        .or_else(|| settings.s3_region.clone());
    written.or_else(|| region.as_ref().map(Partition::of)).map_or("aws", Partition::name)
}
