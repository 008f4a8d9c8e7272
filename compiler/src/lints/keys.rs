//! Keys of objects: which of them a path can name.

use s3_edge_gateway::api::Segment;
use s3_edge_gateway::api::integration_uri::UriPiece;
use s3_edge_gateway::api::mapping::{MethodRequestSource, Name, RequestSource, RequestTarget};

use super::Lints;
use super::operation::LintedOperation;
use crate::finding::{Behaviours, Code};

/// Query parameters of an integration's uri with which the response is still the object.
const OF_OBJECTS: &[&str] = &["versionId", "partNumber", "x-id"];

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
                "The path parameter `{{{}}}` does not match a key that has a slash.",
                source.as_str()
            );
            let pointer = operation.mapping_pointer(&target);
            lints.add(Code::KeyNeedsEncodedSlash, Behaviours::Both, pointer, message);
        }
    }
}

/// Returns whether the backend is S3 and the request is for an object, and not for a bucket or a part of an object such as
/// its tags.
pub(super) fn is_object(operation: &LintedOperation<'_>) -> bool {
    let Some(s3) = operation.s3() else { return false };
    let has_other_parameter = s3.uri.query.iter().any(|(name, _)| match name.0.as_slice() {
        [UriPiece::Text(name)] => !OF_OBJECTS.contains(&name.as_str()) && !name.starts_with("response-"),
        _ => false,
    });
    !has_other_parameter && has_key(operation)
}

/// Returns whether the path of the uri has a key: something after the bucket, which is its first segment unless the uri or
/// the deployment names the bucket elsewhere.
fn has_key(operation: &LintedOperation<'_>) -> bool {
    let Some(s3) = operation.s3() else { return false };
    let pieces = &s3.uri.path.0;
    if names_bucket_elsewhere(operation) {
        return !pieces.is_empty();
    }
    match pieces.as_slice() {
        // One placeholder alone is a bucket, unless its value may have slashes.
        [UriPiece::Parameter(name)] => may_have_slashes(operation, name),
        pieces => {
            let after_slash = |piece: &UriPiece| match piece {
                UriPiece::Text(text) => text.split_once('/').map(|(_, rest)| !rest.is_empty()),
                UriPiece::Parameter(_) | UriPiece::StageVariable(_) | UriPiece::Region => None,
            };
            let slash = pieces.iter().enumerate().find_map(|(at, piece)| Some((at, after_slash(piece)?)));
            slash.is_some_and(|(at, has_more)| has_more || at + 1 < pieces.len())
        }
    }
}

fn names_bucket_elsewhere(operation: &LintedOperation<'_>) -> bool {
    let is_set = operation.settings.is_some_and(|settings| settings.s3_bucket.is_some());
    is_set || operation.s3().is_some_and(|s3| s3.uri.bucket.is_some())
}

/// Returns the placeholders of the uri that are in the key.
fn key_parameters<'d>(operation: &LintedOperation<'d>) -> Vec<&'d Name> {
    let mut is_in_key = names_bucket_elsewhere(operation);
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

fn may_have_slashes(operation: &LintedOperation<'_>, placeholder: &Name) -> bool {
    match source_of(operation, &RequestTarget::Path(placeholder.clone())) {
        Some(RequestSource::MethodRequest(MethodRequestSource::Path(source))) => {
            let is_greedy = |segment: &Segment| matches!(segment, Segment::Greedy(name) if name == source);
            operation.resource.path.segments.iter().any(is_greedy)
        }
        Some(RequestSource::MethodRequest(_) | RequestSource::Body(_)) => true,
        Some(RequestSource::Ambient(_)) | None => false,
    }
}
