//! Surprises on the way to S3: who may write, which keys arrive, what mappings and templates really say.

use http::{HeaderName, HeaderValue};

use super::fate::{self, Fate};
use super::mocks;
use super::operation::Operation;
use super::surprise::Surprise;
use super::{List, Surprises, unread};
use crate::api::integration_uri::UriPiece;
use crate::gateway::header_rules::{FORBIDDEN_TO_S3, FORBIDDEN_TO_URLS};
use crate::s3::signer::is_refused;

/// A type that no template is for.
const NO_TYPE: &str = "-/-";

pub(super) fn find(operation: &Operation<'_>, list: &List<'_>, surprises: &mut Surprises<'_>) {
    find_quoted(operation, surprises);
    find_failing_headers(operation, surprises);
    find_forbidden_headers(operation, surprises);
    unread::find(operation, surprises);
    if operation.is_of_type("mock") {
        mocks::find(operation, list, surprises);
    }
    // To an `http_proxy` everything passes.
    if operation.s3_uri().is_some() || operation.is_of_type("http") {
        find_refused_types(operation, list, surprises);
    }
    for (media_type, pointer) in operation.request_templates() {
        let is_plain = |media_type: &str| {
            let parts = media_type.split_once('/');
            parts.is_some_and(|(kind, subtype)| {
                !kind.is_empty() && !subtype.is_empty() && !subtype.contains('/')
            }) && !media_type.contains([';', ',', ' ', '*'])
        };
        if media_type != "$default" && !is_plain(media_type) {
            let message = format!("{}: no request has the Content-Type `{media_type}`", operation.name);
            surprises.add(Surprise::TemplateCannotOccur, pointer, message);
        }
    }
    if operation.s3_uri().is_none() {
        return;
    }
    find_keys(operation, list, surprises);
    if operation.writes() && operation.is_open() {
        let message =
            format!("{}: anybody may send S3 {}", operation.name, writing_methods(operation).join(", "));
        surprises.add(Surprise::AnonymousWrite, operation.pointer.clone(), message);
    }
}

fn writing_methods(operation: &Operation<'_>) -> Vec<String> {
    let reads = |method: &String| matches!(method.as_str(), "GET" | "HEAD" | "OPTIONS");
    operation.methods().into_iter().filter(|method| !reads(method)).collect()
}

fn find_quoted(operation: &Operation<'_>, surprises: &mut Surprises<'_>) {
    let sources = ["method.request.", "integration.response.", "context.", "stageVariables."];
    let responses = operation.responses();
    let of_responses = responses.iter().flat_map(|entry| entry.mappings());
    for mapping in operation.request_mappings().into_iter().chain(of_responses) {
        let inside = mapping.source.strip_prefix('\'').and_then(|rest| rest.strip_suffix('\''));
        if inside.is_some_and(|inside| sources.iter().any(|source| inside.starts_with(source))) {
            let (target, source) = (mapping.target, mapping.source);
            let message = format!("{}: {target} is the text {source}, not the value of it", operation.name);
            surprises.add(Surprise::QuotedMapping, mapping.pointer, message);
        }
    }
}

/// Static values that no request gets through with.
fn find_failing_headers(operation: &Operation<'_>, surprises: &mut Surprises<'_>) {
    let is_s3 = operation.s3_uri().is_some();
    for mapping in operation.request_mappings() {
        let name = mapping.target.strip_prefix("integration.request.header.");
        let name = name.and_then(|name| HeaderName::try_from(name).ok());
        let text = mapping.source.strip_prefix('\'').and_then(|rest| rest.strip_suffix('\''));
        let (Some(name), Some(text)) = (name, text) else { continue };
        let what = match HeaderValue::from_bytes(text.as_bytes()) {
            Err(_) => "has a control character",
            Ok(value) if is_s3 && is_refused(&name, &value) => "is not visible ASCII",
            Ok(_) => continue,
        };
        let message =
            format!("{}: every request is a 400, as the value for the header {name} {what}", operation.name);
        surprises.add(Surprise::HeaderValueFails, mapping.pointer, message);
    }
}

/// Requests that have no template, where nothing passes without.
fn find_refused_types(operation: &Operation<'_>, list: &List<'_>, surprises: &mut Surprises<'_>) {
    let is_refused = |name: Option<&str>| fate::of_request(operation, list, name) == Fate::Refused;
    let keys = operation.request_template_keys();
    let declared = operation.request_types();
    let declared: Vec<_> = declared.into_iter().filter(|name| !name.contains('*')).collect();
    let types: Vec<_> = declared.iter().copied().filter(|name| is_refused(Some(name))).collect();
    // Whoever says NEVER beside templates means just that.
    let is_meant =
        operation.text("passthroughBehavior").is_some_and(|text| text.eq_ignore_ascii_case("NEVER"));
    let mut which = Vec::new();
    if !types.is_empty() {
        which.push(format!("of {}", types.join(", ")));
    } else if declared.is_empty() && operation.uploads() && !is_meant && is_refused(Some(NO_TYPE)) {
        which.push(format!("of another type than {}", keys.join(", ")));
    }
    if is_refused(None) {
        which.push("without a Content-Type".to_owned());
    }
    if which.is_empty() {
        return;
    }
    let which = match keys.is_empty() {
        true => "every request".to_owned(),
        false => format!("a request {}", which.join(", or ")),
    };
    let message = format!("{}: {which} is a 415, as there is no request template for it", operation.name);
    let types = types.into_iter().map(str::to_owned).collect();
    let pointer = format!("{}/passthroughBehavior", operation.integration_pointer());
    surprises.add_with_types(Surprise::TypeRefused, pointer, message, types);
}

/// Headers that are not a document's to set. What a mapping has no value for is not set, and does no harm.
fn find_forbidden_headers(operation: &Operation<'_>, surprises: &mut Surprises<'_>) {
    let is_url = operation.is_of_type("http") || operation.is_of_type("http_proxy");
    let (forbidden, place) = match operation.s3_uri() {
        Some(_) => (FORBIDDEN_TO_S3, "S3"),
        None if is_url => (FORBIDDEN_TO_URLS, "a URL"),
        None => return,
    };
    for mapping in operation.request_mappings() {
        let Some(name) = mapping.target.strip_prefix("integration.request.header.") else { continue };
        let text = mapping.source.strip_prefix('\'').and_then(|rest| rest.strip_suffix('\''));
        let when = match text {
            _ if !forbidden.iter().any(|forbidden| forbidden.eq_ignore_ascii_case(name)) => continue,
            // A 400, which has been told.
            Some(text) if text.is_empty() || HeaderValue::from_bytes(text.as_bytes()).is_err() => continue,
            Some(_) => "every request is a 500".to_owned(),
            // There never is a value.
            None if unread::header_of(mapping.source).is_some() => continue,
            None => format!("a request for which {} has a value is a 500", mapping.source),
        };
        let message =
            format!("{}: {when}, as the header {name} may not be set toward {place}", operation.name);
        surprises.add(Surprise::HeaderForbidden, mapping.pointer, message);
    }
}

/// A `{name}` of one segment whose value is a key, or the end of one.
fn find_keys(operation: &Operation<'_>, list: &List<'_>, surprises: &mut Surprises<'_>) {
    let Some(uri) = operation.s3_uri() else { return };
    // A path-style uri begins with the bucket, whose name has no slashes, unless the deployment names it.
    let is_named = list.settings.is_some_and(|settings| settings.s3_bucket.is_some());
    let mut in_key = uri.bucket.is_some() || is_named;
    for piece in &uri.path.0 {
        let name = match piece {
            UriPiece::Text(text) => {
                in_key = in_key || text.contains('/');
                continue;
            }
            UriPiece::StageVariable(_) | UriPiece::Region => continue,
            UriPiece::Parameter(name) => name.as_str(),
        };
        let source = operation.source_of(name).and_then(|source| source.strip_prefix("method.request.path."));
        let Some(source) = source.filter(|_| in_key) else { continue };
        if operation.path.split('/').any(|segment| segment == format!("{{{source}}}")) {
            let message = format!("{}: `{{{source}}}` takes a key without slashes only", operation.name);
            surprises.add(
                Surprise::KeyNeedsEncodedSlash,
                format!(
                    "{}/requestParameters/integration.request.path.{name}",
                    operation.integration_pointer()
                ),
                message,
            );
        }
    }
}
