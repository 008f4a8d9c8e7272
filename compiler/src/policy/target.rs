//! What an integration is for: S3 itself, a bucket, or an object.

use percent_encoding::percent_decode_str;

use super::operation::Operation;
use crate::api::integration_uri::{IntegrationUri, UriPiece, UriText};
use crate::gateway::Settings;
use crate::s3::{Bucket, Region};

/// What a request is for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Level {
    Service,
    Bucket,
    Object,
}

/// What an integration is for; what only a request tells is `*`, as in a resource of IAM.
pub(super) struct Target {
    pub(super) level: Level,
    pub(super) bucket: String,
    pub(super) key: String,
}

/// What is known before there is a request.
#[derive(Clone, Copy)]
pub(super) struct Values<'v> {
    pub(super) operation: Option<&'v Operation<'v>>,
    /// Of the deployment, where that is known.
    pub(super) settings: Option<&'v Settings>,
}

impl Target {
    pub(super) fn of(operation: &Operation<'_>, uri: &IntegrationUri, values: &Values<'_>) -> Self {
        let path = values.text(&uri.path);
        let of_deployment = values.settings.and_then(|settings| settings.s3_bucket.as_ref());
        let inside = uri.bucket.as_ref().map(|bucket| values.text(bucket));
        let inside = inside.or_else(|| of_deployment.map(Bucket::as_str).map(str::to_owned));
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

impl Values<'_> {
    /// The text, with `*` for what is not known.
    pub(super) fn text(&self, text: &UriText) -> String {
        let piece = |piece: &UriPiece| match piece {
            UriPiece::Text(text) => literal(text),
            UriPiece::Parameter(name) => {
                let source = self.operation.and_then(|operation| operation.source_of(name.as_str()));
                source.map_or(ANYTHING.to_owned(), |source| self.of_source(source))
            }
            UriPiece::StageVariable(name) => {
                self.stage_variable(name.as_str()).map_or(ANYTHING.to_owned(), literal)
            }
            UriPiece::Region => {
                let region = self.settings.and_then(|settings| settings.s3_region.as_ref());
                region.map_or(ANYTHING, Region::as_str).to_owned()
            }
        };
        text.0.iter().map(piece).collect()
    }

    /// The value of a mapping's source.
    pub(super) fn of_source(&self, source: &str) -> String {
        match static_text(source) {
            Some(text) => decoded(text),
            None => self.sent(source).map_or(ANYTHING.to_owned(), literal),
        }
    }

    /// The value of a mapping's source as it is sent, where a request has no say in it.
    pub(super) fn sent<'s>(&'s self, source: &'s str) -> Option<&'s str> {
        static_text(source).or_else(|| self.stage_variable(source.strip_prefix("stageVariables.")?))
    }

    fn stage_variable(&self, name: &str) -> Option<&str> {
        self.settings?.stage_variables.get(name).map(String::as_str)
    }
}

/// What nobody knows before there is a request.
pub(super) const ANYTHING: &str = "*";

fn static_text(source: &str) -> Option<&str> {
    source.strip_prefix('\'')?.strip_suffix('\'')
}

/// What percent-encoded text stands for, as a resource of IAM has it.
pub(super) fn decoded(text: &str) -> String {
    literal(&percent_decode_str(text).decode_utf8_lossy())
}

/// Text that means itself in a resource of IAM
/// (<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html#policy-vars-specialchars>).
fn literal(text: &str) -> String {
    let mut written = String::new();
    for character in text.chars() {
        match character {
            '*' | '?' | '$' => written.extend(["${", character.encode_utf8(&mut [0; 4]), "}"]),
            other => written.push(other),
        }
    }
    written
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
