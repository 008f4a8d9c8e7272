//! Reads the entries of an integration's `responses`.

use std::sync::Arc;

use http::StatusCode;
use s3_edge_gateway::api::final_status;
use s3_edge_gateway::api::integration::{IntegrationResponse, MethodResponse};
use s3_edge_gateway::api::mapping::Header;

use super::cursor::Cursor;
use super::declared::Declared;
use super::fields::{content_handling, expect_object, mapping_text, templates};
use super::keys;
use super::report::Report;
use super::selection_pattern::Patterns;
use crate::compilation::ResponseOutline;
use crate::finding::Code;
use crate::source::shortened;

const KEYS: &[&str] = &["statusCode", "responseParameters", "responseTemplates", "contentHandling"];

/// The entries and their outlines, in the same order.
#[derive(Default)]
pub(super) struct Responses {
    pub(super) entries: Arc<[IntegrationResponse]>,
    pub(super) outlines: Vec<ResponseOutline>,
}

/// Reads `responses` of an integration. Without entries, each response of the backend becomes a 500, as in API Gateway.
pub(super) fn read(
    integration: &Cursor<'_>,
    declared: &Declared<'_>,
    patterns: &mut Patterns,
    report: &mut Report,
) -> Responses {
    let Some(responses) = integration.get("responses") else { return Responses::default() };
    expect_object(&responses, report);
    let (mut entries, mut outlines) = (Vec::new(), Vec::new());
    for (pattern, response) in responses.entries().filter(|(pattern, _)| !pattern.starts_with("x-")) {
        if let Some(entry) = entry(pattern, &response, declared, patterns, report) {
            entries.push(entry);
            outlines.push(ResponseOutline { pattern: pattern.to_owned(), pointer: response.pointer });
        }
    }
    Responses { entries: entries.into(), outlines }
}

fn entry(
    pattern: &str,
    node: &Cursor<'_>,
    declared: &Declared<'_>,
    patterns: &mut Patterns,
    report: &mut Report,
) -> Option<IntegrationResponse> {
    let selection = match patterns.parse(pattern) {
        Ok(selection) => Some(selection),
        Err((code, reason)) => {
            let pattern = shortened(pattern);
            report.add(node, code, format!("The selection pattern `{pattern}` is not valid: {reason}."));
            None
        }
    };
    if !node.node.is_null() {
        expect_object(node, report);
    }
    keys::check(node, "an integration response", KEYS, report);
    let status = status(node, report)?;
    let method_response = match declared.statuses.contains(&status) {
        true => MethodResponse::Declared,
        false => MethodResponse::Undeclared,
    };
    let parameters = node.get("responseParameters");
    if method_response == MethodResponse::Undeclared {
        let has_mappings = parameters.as_ref().is_some_and(|parameters| parameters.keys().next().is_some());
        let message =
            format!("The status {} is not declared in `responses` of the operation.", status.as_u16());
        if has_mappings {
            let message = format!(
                "{message} API Gateway refuses `responseParameters` for it. Declare the status there."
            );
            report.add(node, Code::ResponseUndeclaredMapped, message);
        } else {
            report.add(
                node,
                Code::ResponseUndeclared,
                format!("{message} A response that selects this entry becomes a 500."),
            );
        }
    }
    let mut headers = Vec::new();
    if let Some(parameters) = &parameters {
        expect_object(parameters, report);
        for (key, value) in parameters.entries().filter(|(_, value)| !value.node.is_null()) {
            let Some(header) = key.strip_prefix("method.response.header.").and_then(Header::parse) else {
                let message = format!(
                    "`{key}` is not a target of a response mapping. Use method.response.header.NAME."
                );
                report.add(&value, Code::MappingInvalid, message);
                continue;
            };
            if method_response == MethodResponse::Declared
                && !declared.declares_header(status, &header.written)
            {
                let message = format!(
                    "The header `{}` is not declared in the response {} of the operation. API Gateway refuses the document, and this gateway ignores the mapping.",
                    header.written,
                    status.as_u16()
                );
                report.add(&value, Code::ResponseHeaderUndeclared, message);
                continue;
            }
            let Some(text) = mapping_text(&value, report) else { continue };
            match super::mapping::response_source(text) {
                Ok(source) => headers.push((header, source)),
                Err((code, message)) => report.add(&value, code, message),
            }
        }
    }
    let templates = templates(node, "responseTemplates", report);
    let content_handling = content_handling(node, report);
    Some(IntegrationResponse {
        pattern: selection?,
        status,
        method_response,
        headers,
        templates,
        content_handling,
    })
}

/// Reads `statusCode`, a number or a string. AWS accepts 1xx, but no runtime can send such a status as the
/// final status.
fn status(node: &Cursor<'_>, report: &mut Report) -> Option<StatusCode> {
    let Some(status) = node.get("statusCode") else {
        let message = "`statusCode` is missing. Use a status from 200 to 599.";
        report.add_key(node, "statusCode", Code::StatusInvalid, message);
        return None;
    };
    if status.refuse_unresolved(report) {
        return None;
    }
    let read = parse_status(&status);
    if read.is_none() {
        report.add(
            &status,
            Code::StatusInvalid,
            format!("{}, which is not a status from 200 to 599.", status.seen_here()),
        );
    }
    read
}

/// Parses a status from 200 to 599.
pub(super) fn parse_status(node: &Cursor<'_>) -> Option<StatusCode> {
    final_status(node.scalar().filter(|text| text.len() == 3)?.parse().ok()?)
}
