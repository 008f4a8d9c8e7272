//! Tables of S3 actions: for subresources, for headers, for versions and for requests without a subresource.
//!
//! Source: <https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html> for the actions, and
//! <https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-with-s3-policy-actions.html> for the actions that each request needs.

use super::target::Level;

/// A query parameter that selects a subresource: the name, the level, and the actions for GET, PUT, DELETE and POST. An
/// action is empty if S3 has no such request.
type Subresource = (&'static str, Level, [&'static str; 4]);

const SUBRESOURCES: &[Subresource] = &[
    subresource("accelerate", "s3:GetAccelerateConfiguration", "s3:PutAccelerateConfiguration", ""),
    subresource("acl", "s3:GetBucketAcl", "s3:PutBucketAcl", ""),
    deletable("analytics", "s3:GetAnalyticsConfiguration", "s3:PutAnalyticsConfiguration"),
    deletable("cors", "s3:GetBucketCORS", "s3:PutBucketCORS"),
    ("delete", Level::Bucket, ["", "", "", "s3:DeleteObject"]),
    deletable("encryption", "s3:GetEncryptionConfiguration", "s3:PutEncryptionConfiguration"),
    deletable(
        "intelligent-tiering",
        "s3:GetIntelligentTieringConfiguration",
        "s3:PutIntelligentTieringConfiguration",
    ),
    deletable("inventory", "s3:GetInventoryConfiguration", "s3:PutInventoryConfiguration"),
    deletable("lifecycle", "s3:GetLifecycleConfiguration", "s3:PutLifecycleConfiguration"),
    subresource("location", "s3:GetBucketLocation", "", ""),
    subresource("logging", "s3:GetBucketLogging", "s3:PutBucketLogging", ""),
    deletable("metrics", "s3:GetMetricsConfiguration", "s3:PutMetricsConfiguration"),
    subresource("notification", "s3:GetBucketNotification", "s3:PutBucketNotification", ""),
    subresource(
        "object-lock",
        "s3:GetBucketObjectLockConfiguration",
        "s3:PutBucketObjectLockConfiguration",
        "",
    ),
    deletable("ownershipControls", "s3:GetBucketOwnershipControls", "s3:PutBucketOwnershipControls"),
    subresource("policy", "s3:GetBucketPolicy", "s3:PutBucketPolicy", "s3:DeleteBucketPolicy"),
    subresource("policyStatus", "s3:GetBucketPolicyStatus", "", ""),
    deletable("publicAccessBlock", "s3:GetBucketPublicAccessBlock", "s3:PutBucketPublicAccessBlock"),
    deletable("replication", "s3:GetReplicationConfiguration", "s3:PutReplicationConfiguration"),
    subresource("requestPayment", "s3:GetBucketRequestPayment", "s3:PutBucketRequestPayment", ""),
    deletable("tagging", "s3:GetBucketTagging", "s3:PutBucketTagging"),
    subresource("uploads", "s3:ListBucketMultipartUploads", "", ""),
    subresource("versioning", "s3:GetBucketVersioning", "s3:PutBucketVersioning", ""),
    subresource("versions", "s3:ListBucketVersions", "", ""),
    subresource("website", "s3:GetBucketWebsite", "s3:PutBucketWebsite", "s3:DeleteBucketWebsite"),
    ("acl", Level::Object, ["s3:GetObjectAcl", "s3:PutObjectAcl", "", ""]),
    ("attributes", Level::Object, ["s3:GetObjectAttributes", "", "", ""]),
    ("legal-hold", Level::Object, ["s3:GetObjectLegalHold", "s3:PutObjectLegalHold", "", ""]),
    ("restore", Level::Object, ["", "", "", "s3:RestoreObject"]),
    ("retention", Level::Object, ["s3:GetObjectRetention", "s3:PutObjectRetention", "", ""]),
    ("select", Level::Object, ["", "", "", "s3:GetObject"]),
    ("tagging", Level::Object, ["s3:GetObjectTagging", "s3:PutObjectTagging", "s3:DeleteObjectTagging", ""]),
    ("torrent", Level::Object, ["s3:GetObjectTorrent", "", "", ""]),
    (
        "uploadId",
        Level::Object,
        ["s3:ListMultipartUploadParts", "s3:PutObject", "s3:AbortMultipartUpload", "s3:PutObject"],
    ),
    ("uploads", Level::Object, ["", "", "", "s3:PutObject"]),
];

/// Headers of a request that creates an object, with the additional action for each.
const OF_NEW_OBJECTS: &[(&str, &str)] = &[
    ("x-amz-acl", "s3:PutObjectAcl"),
    ("x-amz-grant-full-control", "s3:PutObjectAcl"),
    ("x-amz-grant-read", "s3:PutObjectAcl"),
    ("x-amz-grant-read-acp", "s3:PutObjectAcl"),
    ("x-amz-grant-write-acp", "s3:PutObjectAcl"),
    ("x-amz-object-lock-legal-hold", "s3:PutObjectLegalHold"),
    ("x-amz-object-lock-mode", "s3:PutObjectRetention"),
    ("x-amz-object-lock-retain-until-date", "s3:PutObjectRetention"),
    ("x-amz-tagging", "s3:PutObjectTagging"),
];

/// Headers of a request that creates a bucket, with the additional action for each.
const OF_NEW_BUCKETS: &[(&str, &str)] = &[
    ("x-amz-acl", "s3:PutBucketAcl"),
    ("x-amz-bucket-object-lock-enabled", "s3:PutBucketObjectLockConfiguration"),
    ("x-amz-object-ownership", "s3:PutBucketOwnershipControls"),
];

/// The header that bypasses a retention in governance mode, with the additional action.
const BYPASS: &[(&str, &str)] = &[("x-amz-bypass-governance-retention", "s3:BypassGovernanceRetention")];

/// Returns the row of a bucket's subresource with an action for GET, PUT and DELETE.
const fn subresource(
    name: &'static str,
    get: &'static str,
    put: &'static str,
    delete: &'static str,
) -> Subresource {
    (name, Level::Bucket, [get, put, delete, ""])
}

/// Returns the row of a bucket's subresource whose DELETE needs the same action as its PUT.
const fn deletable(name: &'static str, get: &'static str, put: &'static str) -> Subresource {
    (name, Level::Bucket, [get, put, put, ""])
}

/// Returns the media type of the document that a GET with this query parameter reads, such as an ACL or a list of tags. Returns
/// `None` if the parameter does not select a document about a bucket or an object.
pub(crate) fn document_type(parameter: &str) -> Option<&'static str> {
    let (name, ..) =
        SUBRESOURCES.iter().find(|(name, _, [get, ..])| *name == parameter && !get.is_empty())?;
    match *name {
        // A BitTorrent file of the object.
        "torrent" => None,
        "policy" => Some("application/json"),
        _ => Some("application/xml"),
    }
}

/// Returns whether a query parameter selects a subresource of this level.
pub(crate) fn is_subresource(parameter: &str, level: Level) -> bool {
    SUBRESOURCES.iter().any(|(name, of, _)| *name == parameter && *of == level)
}

/// Returns the actions of a request with this query parameter. Empty if the parameter selects no subresource of this level, or
/// if S3 has no such request.
pub(super) fn of_subresource(parameter: &str, level: Level, method: &str) -> Vec<&'static str> {
    let row = SUBRESOURCES.iter().find(|(name, of, _)| *name == parameter && *of == level);
    let Some((_, _, [get, put, delete, post])) = row else { return Vec::new() };
    let action = match method {
        "GET" | "HEAD" => get,
        "PUT" => put,
        "DELETE" => delete,
        "POST" => post,
        _ => "",
    };
    match action {
        "" => Vec::new(),
        // S3 also requires the permission to read the object.
        "s3:GetObjectAttributes" => vec![action, "s3:GetObject"],
        action => vec![action],
    }
}

/// Returns the actions of a request without a subresource.
pub(super) fn of_plain(level: Level, method: &str) -> &'static [&'static str] {
    match (level, method) {
        (Level::Service, "GET") => &["s3:ListAllMyBuckets"],
        (Level::Bucket, "GET" | "HEAD") => &["s3:ListBucket"],
        (Level::Bucket, "PUT") => &["s3:CreateBucket"],
        (Level::Bucket, "DELETE") => &["s3:DeleteBucket"],
        (Level::Object, "GET" | "HEAD") => &["s3:GetObject"],
        (Level::Object, "PUT") => &["s3:PutObject"],
        (Level::Object, "DELETE") => &["s3:DeleteObject"],
        _ => &[],
    }
}

/// Returns the headers that need an additional action in a request for `action`.
pub(super) fn of_headers(action: &str) -> &'static [(&'static str, &'static str)] {
    match action {
        "s3:PutObject" => OF_NEW_OBJECTS,
        "s3:CreateBucket" => OF_NEW_BUCKETS,
        "s3:DeleteObject" | "s3:DeleteObjectVersion" | "s3:PutObjectRetention" => BYPASS,
        _ => &[],
    }
}

/// Returns the action that replaces `action` if the request names a version, or `None` if S3 has no separate action.
pub(super) fn of_version(action: &str) -> Option<&'static str> {
    Some(match action {
        "s3:GetObject" => "s3:GetObjectVersion",
        "s3:DeleteObject" => "s3:DeleteObjectVersion",
        "s3:GetObjectAcl" => "s3:GetObjectVersionAcl",
        "s3:PutObjectAcl" => "s3:PutObjectVersionAcl",
        "s3:GetObjectAttributes" => "s3:GetObjectVersionAttributes",
        "s3:GetObjectTagging" => "s3:GetObjectVersionTagging",
        "s3:PutObjectTagging" => "s3:PutObjectVersionTagging",
        "s3:DeleteObjectTagging" => "s3:DeleteObjectVersionTagging",
        "s3:GetObjectTorrent" => "s3:GetObjectVersionTorrent",
        _ => return None,
    })
}
