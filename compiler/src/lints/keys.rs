//! Lints about the keys of objects: path parameters that do not match a key with slashes.

use s3_edge_gateway::api::Segment;
use s3_edge_gateway::api::integration_uri::UriPiece;
use s3_edge_gateway::api::mapping::{MethodRequestSource, Name, RequestSource, RequestTarget};

use super::list::Lints;
use super::operation::LintedOperation;
use crate::finding::{Behaviours, Code};
use crate::policy::actions::is_subresource;
use crate::policy::target::{KnownValues, Level, Target};

pub(super) fn find(operation: &LintedOperation<'_>, lints: &mut Lints<'_>) {
    for name in key_parameters(operation) {
        let target = RequestTarget::Path(name.clone());
        let Some(RequestSource::MethodRequest(MethodRequestSource::Path(source))) =
            source_of(operation, &target)
        else {
            continue;
        };
        let is_one_segment =
            |segment: &Segment| matches!(segment, Segment::Parameter(name) if name == source);
        if operation.resource.path.segments.iter().any(is_one_segment) {
            let message = format!(
                "The path parameter `{{{}}}` does not match a key that contains a slash.",
                source.as_str()
            );
            let pointer = operation.mapping_pointer(&target);
            lints.add(Code::KeyNeedsEncodedSlash, Behaviours::Both, pointer, message);
        }
    }
}

/// Returns whether the requests of the operation are for an object of S3, and not for a bucket or for a subresource such as
/// tags.
pub(super) fn is_object(operation: &LintedOperation<'_>) -> bool {
    let Some(s3) = operation.s3() else { return false };
    let (path, integration) = (&operation.resource.path, operation.integration());
    let known = KnownValues { path, integration, settings: operation.settings };
    let level = Target::of(&known, &s3.uri).level;
    level == Level::Object && !s3.uri.query.iter().any(|(name, _)| is_subresource(&known.text(name), level))
}

/// Returns whether the bucket is in the host of the uri or in the setting `S3_BUCKET`. The path of the uri is then the key.
fn has_bucket_outside_of_path(operation: &LintedOperation<'_>) -> bool {
    let is_set = operation.settings.is_some_and(|settings| settings.s3_bucket.is_some());
    is_set || operation.s3().is_some_and(|s3| s3.uri.bucket.is_some())
}

/// Returns the placeholders in the path of the uri that are a part of the key.
fn key_parameters<'d>(operation: &LintedOperation<'d>) -> Vec<&'d Name> {
    let mut is_in_key = has_bucket_outside_of_path(operation);
    let mut names = Vec::new();
    for piece in operation.s3().iter().flat_map(|s3| &s3.uri.path.0) {
        match piece {
            UriPiece::Text(text) => is_in_key = is_in_key || text.contains('/'),
            UriPiece::Parameter(name) if is_in_key => names.push(name),
            UriPiece::Parameter(_) | UriPiece::StageVariable(_) | UriPiece::Region => {}
        }
    }
    names
}

fn source_of<'d>(operation: &LintedOperation<'d>, target: &RequestTarget) -> Option<&'d RequestSource> {
    let mut mappings = operation.integration().request_parameters.iter();
    mappings.find(|(known, _)| known == target).map(|(_, source)| source)
}
