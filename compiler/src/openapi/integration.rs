//! One `x-amazon-apigateway-integration`.

use std::sync::Arc;
use std::time::Duration;

use s3_edge_gateway::api::integration::{ContentHandling, Integration, PassthroughBehavior, Templates};
use s3_edge_gateway::api::mapping::{MethodRequestSource, RequestSource, RequestTarget};

use super::backend::{self, Kind};
use super::cursor::Cursor;
use super::keys;
use super::operation::Declared;
use super::reference;
use super::report::Report;
use super::responses::{self, Responses};
use super::selection_pattern::Patterns;
use super::template::{self, Dialect};
use crate::finding::Code;

/// 29 seconds
/// (<https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-execution-service-limits-table.html>).
const DEFAULT_TIMEOUT: Duration = Duration::from_millis(29_000);

/// The keys of an integration
/// (<https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-swagger-extensions-integration.html>), and
/// those of HTTP APIs, which are in documents of REST APIs, too, and have no effect there.
pub(super) const KEYS: &[&str] = &[
    "type",
    "uri",
    "httpMethod",
    "credentials",
    "requestParameters",
    "requestTemplates",
    "responses",
    "contentHandling",
    "passthroughBehavior",
    "timeoutInMillis",
    "connectionType",
    "connectionId",
    "integrationTarget",
    "tlsConfig",
    "cacheNamespace",
    "cacheKeyParameters",
    "responseTransferMode",
];

/// An integration and its outline.
pub(super) struct Read {
    pub(super) integration: Option<Integration>,
    pub(super) responses: Responses,
}

/// Reads the integration of an operation. What makes the operation unsupported is reported; then there is no
/// integration.
pub(super) fn read(
    operation: &Cursor<'_>,
    declared: &Declared<'_>,
    patterns: &mut Patterns,
    report: &mut Report,
) -> Read {
    const KEY: &str = "x-amazon-apigateway-integration";
    let nothing = || Read { integration: None, responses: Responses::default() };
    if operation.node.get(KEY).is_some_and(|written| written.get(reference::KEY).is_some()) {
        let message = "The integration is a `$ref`. It is followed here; API Gateway leaves the method without an integration.";
        report.add_key(operation, KEY, Code::IntegrationByReference, message);
    }
    let Some(node) = operation.get(KEY) else {
        let message =
            format!("The operation has no `{KEY}` (or one without a target), so that it has no backend.");
        report.add(operation, Code::IntegrationMissing, message);
        return nothing();
    };
    if node.refuse_unresolved(report) {
        return nothing();
    }
    if !node.is_object() {
        report.add(&node, Code::ValueType, format!("{} is not an object.", node.seen_here()));
        return nothing();
    }
    keys::check(&node, "an integration", KEYS, report);
    let Some(kind) = backend::kind(&node, report) else { return nothing() };
    let behaviors = [
        ("when_no_match", PassthroughBehavior::WhenNoMatch),
        ("when_no_templates", PassthroughBehavior::WhenNoTemplates),
        ("never", PassthroughBehavior::Never),
    ];
    let passthrough_behavior =
        node.get("passthroughBehavior").and_then(|node| node.word(&behaviors, Code::ValueInvalid, report));
    let request_parameters = request_parameters(&node, declared, kind, report);
    let backend = backend::read(&node, kind, &request_parameters, report);
    let timeout = timeout(&node, report).unwrap_or(DEFAULT_TIMEOUT);
    let content_handling = content_handling(&node, report);
    if kind == Kind::HttpProxy {
        let proxy = |backend| Integration::proxy(backend, request_parameters, content_handling, timeout);
        let integration = backend.map(proxy);
        return Read { integration, responses: Responses::default() };
    }
    let responses = responses::read(&node, declared, patterns, report);
    let request_templates = templates(&node, "requestTemplates", report);
    let integration = backend.map(|backend| Integration {
        backend,
        request_parameters,
        request_templates,
        passthrough_behavior: passthrough_behavior.unwrap_or_default(),
        content_handling,
        responses: Arc::clone(&responses.entries),
        timeout,
    });
    Read { integration, responses }
}

fn request_parameters(
    node: &Cursor<'_>,
    declared: &Declared<'_>,
    kind: Kind,
    report: &mut Report,
) -> Vec<(RequestTarget, RequestSource)> {
    let Some(parameters) = node.get("requestParameters") else { return Vec::new() };
    expect_object(&parameters, report);
    let mut mappings = Vec::new();
    for (key, value) in parameters.entries().filter(|(_, value)| !value.node.is_null()) {
        if value.refuse_unresolved(report) {
            continue;
        }
        let Some(text) = value.str() else {
            // Recorded on AWS (import-rest-api, 2025-07): "Invalid format for 'requestParameters'", a warning.
            let message = format!(
                "{} is not a string. The mapping is ignored, as API Gateway does.",
                value.seen_here()
            );
            report.add(&value, Code::MappingNotAString, message);
            continue;
        };
        let target = super::mapping::request_target(key);
        let source = super::mapping::request_source(text);
        let (target, source) = match (target, source) {
            (Ok(target), Ok(source)) => (target, source),
            (Err((code, message)), _) | (_, Err((code, message))) => {
                report.add(&value, code, message);
                continue;
            }
        };
        if let RequestSource::MethodRequest(wanted) = &source
            && !declared.parameters.declares(wanted)
        {
            let place = match wanted {
                MethodRequestSource::Path(_) => "is not a parameter of the path",
                _ => "is not declared in `parameters` of the operation",
            };
            report.add(&value, Code::MappingUndeclared, format!("`{wanted}` {place}. Declare it."));
        }
        if let RequestTarget::Header(header) = &target
            && let Some(reason) = kind.sets(header.name.as_str())
        {
            let message = format!("The header `{}` cannot be mapped: {reason}.", header.written);
            report.add(&value, Code::HeaderReserved, message);
        }
        mappings.push((target, source));
    }
    mappings
}

/// Reads templates by media type. A null or empty one lets the body pass.
pub(super) fn templates(node: &Cursor<'_>, key: &str, report: &mut Report) -> Templates {
    let Some(templates) = node.get(key) else { return Templates::default() };
    expect_object(&templates, report);
    let mut read = Vec::new();
    for (media_type, template) in templates.entries() {
        let text = if template.node.is_null() { "" } else { template.str().unwrap_or("\u{0}") };
        if text == "\u{0}" {
            if !template.refuse_unresolved(report) {
                report.add(
                    &template,
                    Code::ValueType,
                    format!("The template {} is not a string.", template.seen_here()),
                );
            }
            continue;
        }
        if template.refuse_unresolved(report) {
            continue;
        }
        if text.is_empty() {
            read.push((media_type.to_owned(), None));
            continue;
        }
        match template::parse(text, Dialect::Integration) {
            Ok(parsed) => read.push((media_type.to_owned(), Some(parsed))),
            Err(error) => {
                let message = format!(
                    "The template has `{}` at its line {}, column {}. Only text, $input.body, $context.NAME and $stageVariables.NAME run at the edge.",
                    error.seen, error.line, error.column
                );
                report.add(&template, Code::TemplateNotSupported, message);
            }
        }
    }
    Templates::new(read)
}

pub(super) fn content_handling(node: &Cursor<'_>, report: &mut Report) -> Option<ContentHandling> {
    let words = [
        ("CONVERT_TO_TEXT", ContentHandling::ConvertToText),
        ("CONVERT_TO_BINARY", ContentHandling::ConvertToBinary),
    ];
    node.get("contentHandling").and_then(|node| node.word(&words, Code::ValueInvalid, report))
}

/// 50 ms to 5 minutes: AWS allows 29 s, and more on request.
fn timeout(node: &Cursor<'_>, report: &mut Report) -> Option<Duration> {
    let timeout = node.get("timeoutInMillis")?;
    if timeout.refuse_unresolved(report) {
        return None;
    }
    let millis = timeout.whole_number().filter(|millis| (50..=300_000).contains(millis));
    if millis.is_none() {
        let message = format!("{} is not a number of milliseconds from 50 to 300000.", timeout.seen_here());
        report.add(&timeout, Code::TimeoutInvalid, message);
    }
    millis.map(Duration::from_millis)
}

/// Reports a value that is not an object, where one is needed.
pub(super) fn expect_object(node: &Cursor<'_>, report: &mut Report) {
    if !node.is_object() && !node.refuse_unresolved(report) {
        report.add(node, Code::ValueType, format!("{} is not an object.", node.seen_here()));
    }
}
