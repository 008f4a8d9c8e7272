//! Reads one `x-amazon-apigateway-integration`.

use std::sync::Arc;
use std::time::Duration;

use s3_edge_gateway::api::integration::{Integration, PassthroughBehavior};
use s3_edge_gateway::api::mapping::{MethodRequestSource, RequestSource, RequestTarget};

use super::backend::{self, Kind};
use super::cursor::Cursor;
use super::declared::Declared;
use super::fields::{content_handling, expect_object, mapping_text, templates};
use super::keys;
use super::reference;
use super::report::Report;
use super::responses::{self, Responses};
use super::selection_pattern::Patterns;
use crate::finding::Code;

/// The default timeout of API Gateway
/// (<https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-execution-service-limits-table.html>).
const DEFAULT_TIMEOUT: Duration = Duration::from_millis(29_000);

/// The keys of an integration
/// (<https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-swagger-extensions-integration.html>).
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

/// An integration and its responses.
pub(super) struct Read {
    /// `None` if the integration or its backend is missing, not valid or not supported. The operation is then
    /// unsupported.
    pub(super) integration: Option<Integration>,
    pub(super) responses: Responses,
}

/// Reads the integration of an operation. Reports the reasons why the operation is unsupported.
pub(super) fn read(
    operation: &Cursor<'_>,
    declared: &Declared<'_>,
    patterns: &mut Patterns,
    report: &mut Report,
) -> Read {
    const KEY: &str = "x-amazon-apigateway-integration";
    let unsupported = || Read { integration: None, responses: Responses::default() };
    if operation.node.get(KEY).is_some_and(|written| written.get(reference::KEY).is_some()) {
        let message = "The integration is a `$ref`. The compiler follows it, but API Gateway leaves the method without an integration.";
        report.add_key(operation, KEY, Code::IntegrationByReference, message);
    }
    let Some(node) = operation.get(KEY) else {
        let message = format!(
            "The operation has no `{KEY}`, or the `$ref` in it has no target, so the operation has no backend."
        );
        report.add(operation, Code::IntegrationMissing, message);
        return unsupported();
    };
    if node.refuse_unresolved(report) | node.refuse_merge(report) {
        return unsupported();
    }
    if !node.is_object() {
        report.add(&node, Code::ValueType, format!("{}, which is not an object.", node.seen_here()));
        return unsupported();
    }
    keys::check(&node, "an integration", KEYS, report);
    let Some(kind) = backend::kind(&node, report) else { return unsupported() };
    let behaviors = [
        ("when_no_match", PassthroughBehavior::WhenNoMatch),
        ("when_no_templates", PassthroughBehavior::WhenNoTemplates),
        ("never", PassthroughBehavior::Never),
    ];
    let passthrough_behavior =
        node.get("passthroughBehavior").and_then(|node| node.word(&behaviors, Code::ValueInvalid, report));
    let request_parameters = request_parameters(&node, declared, kind, report);
    check_cache_keys(&node, declared, report);
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

/// Reports cache keys that the operation does not declare, because API Gateway refuses them. Cache keys have no effect
/// in this gateway.
fn check_cache_keys(node: &Cursor<'_>, declared: &Declared<'_>, report: &mut Report) {
    for key in node.get("cacheKeyParameters").iter().flat_map(Cursor::items) {
        let source = key.resolved_str().and_then(super::mapping::method_request);
        if source.is_some_and(|source| !declared.parameters.declares(&source)) {
            let message =
                format!("The cache key {} is not a parameter that the operation declares.", key.seen());
            report.add(&key, Code::CacheKeyUndeclared, message);
        }
    }
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
        let Some(text) = mapping_text(&value, report) else { continue };
        let target = super::mapping::request_target(key);
        let source = super::mapping::request_source(text);
        let (target, source) = match (target, source) {
            (Ok(target), Ok(source)) => (target, source),
            (Err((code, message)), _) | (_, Err((code, message))) => {
                report.add(&value, code, message);
                continue;
            }
        };
        if let RequestSource::MethodRequest(source) = &source
            && !declared.parameters.declares(source)
        {
            let place = match source {
                MethodRequestSource::Path(_) => {
                    "is not a parameter of the path. Add the parameter to the path"
                }
                _ => "is not declared in `parameters` of the operation. Declare it there",
            };
            report.add(&value, Code::MappingUndeclared, format!("`{source}` {place}."));
        }
        if let RequestTarget::Header(header) = &target
            && let Some(reason) = kind.reserves(header.name.as_str())
        {
            let message = format!("The header `{}` cannot be mapped, because {reason}.", header.written);
            report.add(&value, Code::HeaderReserved, message);
        }
        mappings.push((target, source));
    }
    mappings
}

/// Reads the timeout: 50 ms to 5 minutes. AWS allows 29 seconds, and raises the limit on request.
fn timeout(node: &Cursor<'_>, report: &mut Report) -> Option<Duration> {
    let timeout = node.get("timeoutInMillis")?;
    if timeout.refuse_unresolved(report) {
        return None;
    }
    if timeout.whole_number().is_some_and(|millis| (29_001..=300_000).contains(&millis)) {
        let message = format!(
            "{}, which is more than 29000 milliseconds. API Gateway refuses it unless the quota of the account is raised.",
            timeout.seen_here()
        );
        report.add(&timeout, Code::TimeoutOverQuota, message);
    }
    let millis = timeout.whole_number().filter(|millis| (50..=300_000).contains(millis));
    if millis.is_none() {
        let message =
            format!("{}, which is not a number of milliseconds from 50 to 300000.", timeout.seen_here());
        report.add(&timeout, Code::TimeoutInvalid, message);
    }
    millis.map(Duration::from_millis)
}
