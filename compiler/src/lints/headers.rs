//! Lints about mappings and headers: mappings that set nothing or an unexpected value, request headers that make requests
//! fail, and response headers that the client does not receive under their name.

use http::HeaderValue;
use s3_edge_gateway::api::integration::Backend;
use s3_edge_gateway::api::mapping::{
    AmbientSource, Header, MethodRequestSource, RequestSource, ResponseSource,
};
use s3_edge_gateway::gateway::http_rules::{
    DROPPED, FORBIDDEN_TO_S3, FORBIDDEN_TO_URLS, NOT_READABLE, REMAPPED,
};
use s3_edge_gateway::s3::signer::is_refused;

use super::list::Lints;
use super::operation::LintedOperation;
use crate::finding::{Behaviours, Code};

/// The prefixes of mapping expressions other than static values.
const SOURCES: &[&str] = &["method.request.", "integration.response.", "context.", "stageVariables."];

pub(super) fn find(operation: &LintedOperation<'_>, lints: &mut Lints<'_>) {
    find_quoted(operation, lints);
    find_invalid_values(operation, lints);
    find_forbidden(operation, lints);
    find_unreadable(operation, lints);
    find_renamed(operation, lints);
}

fn find_quoted(operation: &LintedOperation<'_>, lints: &mut Lints<'_>) {
    let requests = operation.integration().request_parameters.iter().filter_map(|(target, source)| {
        let RequestSource::Ambient(source) = source else { return None };
        Some((target.to_string(), source, operation.mapping_pointer(target)))
    });
    let responses = operation.responses().flat_map(|entry| {
        entry.headers().filter_map(move |(header, source)| {
            let ResponseSource::Ambient(source) = source else { return None };
            Some((format!("method.response.header.{}", header.written), source, entry.header_pointer(header)))
        })
    });
    for (target, source, pointer) in requests.chain(responses) {
        let AmbientSource::Static(text) = source else { continue };
        if SOURCES.iter().any(|source| text.starts_with(source)) {
            let message = format!(
                "`{target}` is set to the static text `{text}`, not to the value of this expression."
            );
            lints.add(Code::QuotedMapping, Behaviours::Both, pointer, message);
        }
    }
}

/// Finds static values of request headers that make the gateway refuse each request.
fn find_invalid_values(operation: &LintedOperation<'_>, lints: &mut Lints<'_>) {
    for (header, source) in operation.sent_headers() {
        let RequestSource::Ambient(AmbientSource::Static(text)) = source else { continue };
        let fault = match HeaderValue::from_bytes(text.as_bytes()) {
            Err(_) => "contains a control character",
            Ok(value) if operation.s3().is_some() && is_refused(&header.name, &value) => {
                "contains characters other than visible ASCII and spaces"
            }
            Ok(_) => continue,
        };
        let message = format!(
            "Every request gets a 400, because the value of the header `{}` {fault}.",
            header.written
        );
        lints.add(Code::HeaderValueFails, Behaviours::Both, operation.header_pointer(header), message);
    }
}

/// Finds mappings to request headers that a document may not set. A mapping whose source never has a value is not reported,
/// because such a mapping sets nothing.
fn find_forbidden(operation: &LintedOperation<'_>, lints: &mut Lints<'_>) {
    let (forbidden, backend) = match &operation.integration().backend {
        Backend::S3(_) => (FORBIDDEN_TO_S3, "S3"),
        Backend::Http(_) | Backend::HttpProxy(_) => (FORBIDDEN_TO_URLS, "an HTTP backend"),
        Backend::Mock => return,
    };
    for (header, source) in operation.sent_headers() {
        let condition = match source {
            _ if !forbidden.contains(&header.name.as_str()) => continue,
            RequestSource::Ambient(AmbientSource::Static(text)) => {
                // An empty value sets no header, and `find_invalid_values` reports an invalid value.
                if text.is_empty() || HeaderValue::from_bytes(text.as_bytes()).is_err() {
                    continue;
                }
                "Every request gets a 500".to_owned()
            }
            source if unreadable_header(source).is_some() => continue,
            source => format!("A request gets a 500 if `{source}` has a value"),
        };
        let message = format!(
            "{condition}, because a mapping may not set the header `{}` of a request to {backend}.",
            header.written
        );
        lints.add(Code::HeaderForbidden, Behaviours::Both, operation.header_pointer(header), message);
    }
}

/// Finds mappings from headers that no mapping can read, and request validators that require such headers.
fn find_unreadable(operation: &LintedOperation<'_>, lints: &mut Lints<'_>) {
    for (target, source) in &operation.integration().request_parameters {
        let Some(header) = unreadable_header(source) else { continue };
        let message = format!(
            "`{target}` is never set, because no mapping can read the client's header `{}`.",
            header.written
        );
        lints.add(Code::HeaderNeverRead, Behaviours::Both, operation.mapping_pointer(target), message);
    }
    let required = operation.served.validation.required.iter().filter_map(MethodRequestSource::header);
    let names: Vec<_> = required
        .filter(|header| is_unreadable(header))
        .map(|header| format!("`{}`", header.written))
        .collect();
    if !names.is_empty() {
        let message = format!(
            "Every request gets a 400, because the request validator requires headers that it cannot read: {}.",
            names.join(", ")
        );
        lints.add(Code::HeaderNeverRead, Behaviours::Both, operation.outline.pointer.clone(), message);
    }
}

fn find_renamed(operation: &LintedOperation<'_>, lints: &mut Lints<'_>) {
    for entry in operation.responses() {
        for (header, _) in entry.headers() {
            let (name, written) = (header.name.as_str(), &header.written);
            let message = if DROPPED.contains(&name) {
                format!("The response header `{written}` is never sent to the client.")
            } else if REMAPPED.contains(&name) {
                format!("The client receives the response header `{written}` as `x-amzn-Remapped-{written}`.")
            } else {
                continue;
            };
            lints.add(Code::HeaderRenamed, Behaviours::Both, entry.header_pointer(header), message);
        }
    }
}

/// Returns the client's header that is the source of a mapping, or `None` if the source is a header that mappings can read
/// or is not a header.
fn unreadable_header(source: &RequestSource) -> Option<&Header> {
    let RequestSource::MethodRequest(source) = source else { return None };
    source.header().filter(|header| is_unreadable(header))
}

fn is_unreadable(header: &Header) -> bool {
    NOT_READABLE.contains(&header.name.as_str())
}
