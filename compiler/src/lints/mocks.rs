//! Lints about mocks that respond with an error to all requests, or to a common kind of request.

use s3_edge_gateway::api::Verb;
use s3_edge_gateway::api::integration::ContentHandling;
use s3_edge_gateway::gateway::http_rules::sends_nothing;
use s3_edge_gateway::gateway::request::method_request::request_template;
use s3_edge_gateway::gateway::request::mock;

use super::body_outcome::{Outcome, UNKNOWN_TYPE, of_request, of_response};
use super::list::Lints;
use super::operation::LintedOperation;
use super::responses::{responses_pointer, selects_any};
use crate::finding::{Behaviours, Code};

pub(super) fn find(operation: &LintedOperation<'_>, lints: &mut Lints<'_>) {
    if operation.is_mock() {
        find_bytes_in_requests(operation, lints);
        find_bytes_in_responses(operation, lints);
        find_statuses(operation, lints);
        find_without_template(operation, lints);
    }
}

/// Finds request templates that are applied to bytes. With the binary media type `*/*`, each body counts as bytes unless
/// `contentHandling` is CONVERT_TO_TEXT.
fn find_bytes_in_requests(operation: &LintedOperation<'_>, lints: &mut Lints<'_>) {
    let fails = |name: Option<&str>| of_request(operation, name) == Outcome::TemplateFails;
    let keys = template_types(operation);
    let keys: Vec<_> = keys.into_iter().filter(|key| fails(Some(content_type_for(key)))).collect();
    if keys.is_empty() {
        return;
    }
    // Difference `mock-preflight` (docs/differences.md): without `contentHandling`, `edge` reads the body as text.
    let behaviours = match operation.integration().content_handling {
        None => Behaviours::Aws,
        Some(ContentHandling::ConvertToBinary | ContentHandling::ConvertToText) => Behaviours::Both,
    };
    let without_type = match fails(None) {
        true => ", such as one without a `Content-Type`,",
        false => "",
    };
    let message = format!(
        "A request that selects the request template for {}{without_type} gets a 500, because its body counts as bytes.",
        keys.join(", ")
    );
    lints.add(Code::MockFails, behaviours, operation.outline.integration.clone(), message);
}

/// Finds response templates that are applied to bytes in `aws`. In `edge`, the response body of a mock is always text.
fn find_bytes_in_responses(operation: &LintedOperation<'_>, lints: &mut Lints<'_>) {
    for entry in operation.responses() {
        let (outcome, template) = of_response(entry, operation.binary_types, None, None);
        if let Some(template) = template.filter(|_| outcome == Outcome::TemplateFails) {
            let message = format!(
                "This response becomes a 500, because its template for {template} is applied to bytes."
            );
            lints.add(Code::MockFails, Behaviours::Aws, entry.outline.pointer.clone(), message);
        }
    }
}

/// Finds request templates that render the same text for each request, if the text has no integer `statusCode` or no entry of
/// `responses` matches the `statusCode`.
fn find_statuses(operation: &LintedOperation<'_>, lints: &mut Lints<'_>) {
    let integration = operation.integration();
    for key in template_types(operation) {
        let template = integration.request_templates.get(key).flatten();
        let Some(rendered) = template.and_then(|template| template.constant()) else { continue };
        match mock::status(rendered.as_bytes()) {
            Err(_) => {
                let message = format!(
                    "The request template for {key} has no integer `statusCode`, so each request that selects it gets a 500."
                );
                let pointer = operation.integration_pointer(&["requestTemplates", key]);
                lints.add(Code::MockWithoutStatus, Behaviours::Both, pointer, message);
            }
            Ok(status) if selects_any(operation) && status.response(integration).is_none() => {
                let message = format!(
                    "Each request that selects the request template for {key} gets a 500, because no entry of `responses` matches its `statusCode` {status}."
                );
                lints.add(Code::StatusNotTaken, Behaviours::Both, responses_pointer(operation), message);
            }
            Ok(_) => {}
        }
    }
}

/// Finds mocks in which no request template sets the status for a request without a `Content-Type`, such as a preflight
/// request.
fn find_without_template(operation: &LintedOperation<'_>, lints: &mut Lints<'_>) {
    let integration = operation.integration();
    let status = match request_template(integration, None) {
        Ok(Some(_)) => return,
        Ok(None) => 500,
        Err(_) => 415,
    };
    let requests = match integration.request_templates.is_empty() {
        true => "Every request",
        false => "A request without a `Content-Type`",
    };
    let sends_body = match operation.verb {
        Verb::Exactly(method) => !sends_nothing(method),
        Verb::Any => true,
    };
    // Without a template, the client's body passes and may contain a `statusCode`.
    let exception = match sends_body && status == 500 {
        true => ", unless its body contains a `statusCode`",
        false => "",
    };
    let reason = match status == 500 {
        true => "no request template sets a `statusCode` for it",
        false => "no request template matches it",
    };
    let message = format!("{requests} gets a {status}, because {reason}{exception}.");
    lints.add(Code::MockWithoutStatus, Behaviours::Both, operation.outline.integration.clone(), message);
}

/// Returns the media types of the request templates that are not empty.
fn template_types<'d>(operation: &LintedOperation<'d>) -> Vec<&'d str> {
    let templates = &operation.integration().request_templates;
    templates.media_types().filter(|key| templates.get(key).flatten().is_some()).collect()
}

/// Returns a `Content-Type` that selects the template for `key`.
fn content_type_for(key: &str) -> &str {
    if key == "$default" { UNKNOWN_TYPE } else { key }
}
