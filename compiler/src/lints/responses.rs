//! Lints about integration responses: statuses of the backend that no entry matches, or that become another status.

use std::collections::HashMap;
use std::ops::RangeInclusive;

use http::{Method, StatusCode};
use s3_edge_gateway::api::integration::{SelectionPattern, StatusSet};

use super::list::Lints;
use super::operation::{LintedOperation, LintedResponse};
use super::sample_types::is_textual;
use crate::finding::{Behaviours, Code};

/// Request headers of range requests. The response to such a request can be a 206.
const RANGES: &[&str] = &["range", "if-range"];
/// Request headers that can cause a 304.
const CONDITIONS: &[&str] = &["if-none-match", "if-modified-since"];

pub(super) fn find(operation: &LintedOperation<'_>, lints: &mut Lints<'_>) {
    find_patterns(operation, lints);
    let has_backend = operation.s3().is_some() || operation.http().is_some();
    if !has_backend && !operation.is_mock() {
        return;
    }
    if !selects_any(operation) {
        let message =
            "Every request gets a 500, because no entry of `responses` matches any status.".to_owned();
        lints.add(Code::StatusNotTaken, Behaviours::Both, responses_pointer(operation), message);
        return;
    }
    if has_backend {
        find_successes(operation, lints);
        find_errors(operation, lints);
        find_partial_content(operation, lints);
        find_content_type(operation, lints);
    }
}

/// Returns the JSON pointer to `responses` of the integration.
pub(super) fn responses_pointer(operation: &LintedOperation<'_>) -> String {
    operation.integration_pointer(&["responses"])
}

/// Returns whether at least one status selects an entry of `responses`.
pub(super) fn selects_any(operation: &LintedOperation<'_>) -> bool {
    operation.responses().any(|entry| match &entry.response.pattern {
        SelectionPattern::Statuses(statuses) => !statuses.is_empty(),
        SelectionPattern::Default => true,
    })
}

/// Returns the usual statuses of the backend for a successful request with this method. `find_partial_content` handles the
/// status 206.
fn successes(operation: &LintedOperation<'_>, method: &Method) -> RangeInclusive<u16> {
    match (method.as_str(), operation.s3()) {
        ("GET" | "HEAD", Some(_)) => 200..=200,
        ("DELETE", Some(_)) => 204..=204,
        // S3 responds to a PUT without a query with 200. The PUT of a subresource, such as tags, may also be a 204.
        ("PUT", Some(s3)) if s3.uri.query.is_empty() => 200..=200,
        _ => 200..=299,
    }
}

fn find_successes(operation: &LintedOperation<'_>, lints: &mut Lints<'_>) {
    let methods = operation.methods();
    let is_taken = |status: u16| {
        StatusCode::from_u16(status).is_ok_and(|status| operation.response_for(status).is_some())
    };
    let mut failing: Vec<(RangeInclusive<u16>, Vec<&str>)> = Vec::new();
    for method in &methods {
        let usual = successes(operation, method);
        if usual.clone().any(is_taken) {
            continue;
        }
        match failing.iter_mut().find(|(known, _)| *known == usual) {
            Some((_, known)) => known.push(method.as_str()),
            None => failing.push((usual, vec![method.as_str()])),
        }
    }
    for (usual, of) in failing {
        let of = if of.len() == methods.len() { String::new() } else { format!(" of {}", of.join(", ")) };
        let status = if usual.start() == usual.end() { usual.start().to_string() } else { "2xx".to_owned() };
        let message = format!(
            "Every success{of} becomes a 500, because no entry of `responses` matches the {status} of {}.",
            operation.backend_name()
        );
        lints.add(Code::StatusNotTaken, Behaviours::Both, responses_pointer(operation), message);
    }
}

fn find_errors(operation: &LintedOperation<'_>, lints: &mut Lints<'_>) {
    let backend = operation.backend_name();
    let mut hidden: Vec<(StatusCode, LintedResponse<'_>)> = Vec::new();
    for status in [StatusCode::NOT_FOUND, StatusCode::FORBIDDEN] {
        match operation.response_for(status) {
            Some(entry) if entry.response.status.is_success() => hidden.push((status, entry)),
            Some(_) => {}
            None => {
                let message = format!(
                    "The {} of {backend} becomes a 500, because no entry of `responses` matches it.",
                    status.as_str()
                );
                lints.add(Code::StatusNotTaken, Behaviours::Both, responses_pointer(operation), message);
                break;
            }
        }
    }
    let Some((_, entry)) = hidden.first() else { return };
    let statuses: Vec<_> = hidden.iter().map(|(status, _)| status.as_str()).collect();
    let verb = if statuses.len() == 1 { "becomes" } else { "become" };
    let has_body = operation.methods().iter().any(|method| *method != Method::HEAD);
    let body = if has_body { " with the error as the body" } else { "" };
    let message = format!(
        "The {} of {backend} {verb} a {}{body}.",
        statuses.join(" and "),
        entry.response.status.as_str()
    );
    lints.add(Code::ErrorAnsweredAsSuccess, Behaviours::Both, entry.outline.pointer.clone(), message);
}

/// Finds 206 and 304 responses that become another status, although the document maps a header that causes them.
fn find_partial_content(operation: &LintedOperation<'_>, lints: &mut Lints<'_>) {
    let backend = operation.backend_name();
    for (headers, status) in [(RANGES, StatusCode::PARTIAL_CONTENT), (CONDITIONS, StatusCode::NOT_MODIFIED)] {
        let name = headers.iter().find(|name| operation.sends_header(name));
        let Some(name) = name.filter(|_| operation.reads()) else { continue };
        let Some(entry) = operation.response_for(status) else {
            let message = format!(
                "The header `{name}` is sent to {backend}, and a response with the status {} becomes a 500, because no entry of `responses` matches this status.",
                status.as_str()
            );
            // Difference `ranges-and-conditions` (docs/differences.md): `edge` uses the entry that matches a 200.
            let behaviours = match operation.response_for(StatusCode::OK) {
                Some(_) => Behaviours::Aws,
                None => Behaviours::Both,
            };
            lints.add(Code::StatusNotTaken, behaviours, responses_pointer(operation), message);
            continue;
        };
        if entry.response.status == status {
            continue;
        }
        // Difference `ranges-and-conditions` (docs/differences.md): `edge` keeps the status unless the pattern is
        // exactly this status.
        let behaviours = match entry.response.pattern.is_exactly(status) {
            true => Behaviours::Both,
            false => Behaviours::Aws,
        };
        let message = format!(
            "The header `{name}` is sent to {backend}, and a response with the status {} becomes a {}.",
            status.as_str(),
            entry.response.status.as_str()
        );
        lints.add(Code::PartialContentHidden, behaviours, entry.outline.pointer.clone(), message);
    }
}

fn find_content_type(operation: &LintedOperation<'_>, lints: &mut Lints<'_>) {
    // The response of an HTTP backend is probably JSON or other text, unless the document declares another type.
    let is_json =
        operation.http().is_some() && operation.outline.response_types.iter().all(|name| is_textual(name));
    if is_json || !operation.reads() {
        return;
    }
    let Some(entry) = operation.response_for(StatusCode::OK) else { return };
    if !entry.maps_header("content-type") && !entry.always_renders_json() {
        let message =
            "Every response of this entry has the `Content-Type` `application/json`, because the header is not mapped."
                .to_owned();
        lints.add(Code::ContentTypeNotMapped, Behaviours::Aws, entry.outline.pointer.clone(), message);
    }
}

fn find_patterns(operation: &LintedOperation<'_>, lints: &mut Lints<'_>) {
    let mut known: HashMap<StatusCode, &str> = HashMap::new();
    // `taken` has the statuses that the previous entries match, and `before` has the statuses of each previous entry.
    let (mut taken, mut before): (_, Vec<(&str, &StatusSet)>) = (StatusSet::default(), Vec::new());
    for entry in operation.responses() {
        let (pattern, pointer) = (entry.outline.pattern.as_str(), &entry.outline.pointer);
        let status = entry.response.status;
        let other = *known.entry(status).or_insert(pattern);
        if other != pattern {
            let message = format!(
                "The patterns `{other}` and `{pattern}` have the same `statusCode` {}.",
                status.as_str()
            );
            lints.add(Code::StatusTwice, Behaviours::Aws, pointer.clone(), message);
        }
        let SelectionPattern::Statuses(statuses) = &entry.response.pattern else { continue };
        if statuses.is_empty() {
            let message = format!("The pattern `{pattern}` matches no status.");
            lints.add(Code::PatternMatchesNothing, Behaviours::Both, pointer.clone(), message);
            continue;
        }
        if let Some((other, _)) = before.iter().find(|(_, other)| statuses.meets(other)) {
            let message = if statuses.is_within(&taken) {
                format!(
                    "The pattern `{pattern}` is never selected, because entries before it, such as `{other}`, match its statuses."
                )
            } else {
                format!("The patterns `{other}` and `{pattern}` match the same status.")
            };
            lints.add(Code::PatternShadowed, Behaviours::Both, pointer.clone(), message);
        }
        taken.extend(statuses);
        before.push((pattern, statuses));
    }
}
