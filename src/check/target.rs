//! What an integration is for: S3 itself, a bucket, or an object.

use super::operation::Operation;
use crate::api::integration_uri::{IntegrationUri, UriPiece, UriText};

/// What a request is for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Level {
    Service,
    Bucket,
    Object,
}

/// What an integration is for; placeholders are `*`.
pub(super) struct Target {
    pub(super) level: Level,
    pub(super) bucket: String,
    pub(super) key: String,
}

impl Target {
    pub(super) fn of(operation: &Operation<'_>, uri: &IntegrationUri, bucket: Option<&str>) -> Self {
        let path = text(&uri.path);
        let inside = uri.bucket.as_ref().map(text).or_else(|| bucket.map(str::to_owned));
        let (bucket, key) = match (inside, path.split_once('/')) {
            (Some(bucket), _) => (bucket, path),
            (None, Some((bucket, key))) => (bucket.to_owned(), key.to_owned()),
            // One placeholder alone is a bucket, unless its value may have slashes: then it is a bucket and a key.
            (None, None) if path == "*" && may_have_slashes(operation, uri) => (path, "*".to_owned()),
            (None, None) => (path, String::new()),
        };
        let level = match (bucket.is_empty(), key.is_empty()) {
            (true, _) => Level::Service,
            (false, true) => Level::Bucket,
            (false, false) => Level::Object,
        };
        Self { level, bucket, key }
    }
}

/// The text, with `*` for placeholders.
pub(super) fn text(text: &UriText) -> String {
    let piece = |piece: &UriPiece| match piece {
        UriPiece::Text(text) => text.clone(),
        UriPiece::Parameter(_) | UriPiece::StageVariable(_) | UriPiece::Region => "*".to_owned(),
    };
    text.0.iter().map(piece).collect()
}

/// Whether the value of the path's placeholder may be more than one segment.
fn may_have_slashes(operation: &Operation<'_>, uri: &IntegrationUri) -> bool {
    let Some(UriPiece::Parameter(name)) = uri.path.0.first() else { return false };
    let source = operation.source_of(name.as_str()).unwrap_or_default();
    match source.strip_prefix("method.request.path.") {
        Some(name) => operation.path.ends_with(&format!("{{{name}+}}")),
        None => source.starts_with("method.request."),
    }
}
