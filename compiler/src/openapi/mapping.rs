//! Parses mapping expressions, such as `integration.request.path.key` = `method.request.querystring.key`.

use s3_edge_gateway::api::json_path::JsonPath;
use s3_edge_gateway::api::mapping::{
    AmbientSource, GatewayResponseSource, Header, MethodRequestSource, Name, RequestSource, RequestTarget,
    ResponseSource,
};

use super::json_path;
use crate::finding::Code;

/// The code and the message of a refused expression.
pub(super) type Refusal = (Code, String);

const REQUEST_SOURCES: &str = "method.request.{path|querystring|multivaluequerystring|header|multivalueheader}.NAME, \
                               method.request.body[.PATH], context.NAME, stageVariables.NAME or 'static' in single quotes";
const REQUEST_TARGETS: &str = "integration.request.{path|querystring|header}.NAME";
const RESPONSE_SOURCES: &str = "integration.response.{header|multivalueheader}.NAME, integration.response.body[.PATH], \
                                context.NAME, stageVariables.NAME or 'static' in single quotes";
const GATEWAY_RESPONSE_SOURCES: &str = "method.request.{path|querystring|multivaluequerystring|header|multivalueheader}.NAME, \
                                        context.NAME, stageVariables.NAME or 'static' in single quotes";

/// Parses a key of `requestParameters`.
pub(super) fn request_target(text: &str) -> Result<RequestTarget, Refusal> {
    let target = text.strip_prefix("integration.request.").and_then(|rest| rest.split_once('.'));
    let parsed = match target {
        Some(("path", name)) => Name::parse(name).map(RequestTarget::Path),
        Some(("querystring", name)) => Name::parse(name).map(RequestTarget::QueryString),
        Some(("header", name)) => Header::parse(name).map(RequestTarget::Header),
        _ => None,
    };
    parsed.ok_or_else(|| malformed(text, REQUEST_TARGETS))
}

/// Parses a value of `requestParameters`.
pub(super) fn request_source(text: &str) -> Result<RequestSource, Refusal> {
    if let Some(path) = body_path(text, "method.request.body")? {
        return Ok(RequestSource::Body(path));
    }
    let method_request = method_request(text).map(RequestSource::MethodRequest);
    let parsed = method_request.or_else(|| ambient(text).map(RequestSource::Ambient));
    parsed.ok_or_else(|| malformed(text, REQUEST_SOURCES))
}

/// Parses a value of an integration response's `responseParameters`.
pub(super) fn response_source(text: &str) -> Result<ResponseSource, Refusal> {
    if let Some(path) = body_path(text, "integration.response.body")? {
        return Ok(ResponseSource::Body(path));
    }
    let header = text.strip_prefix("integration.response.").and_then(|rest| rest.split_once('.'));
    let parsed = match header {
        Some(("header", name)) => Header::parse(name).map(ResponseSource::Header),
        Some(("multivalueheader", name)) => Header::parse(name).map(ResponseSource::MultiValueHeader),
        _ => ambient(text).map(ResponseSource::Ambient),
    };
    parsed.ok_or_else(|| malformed(text, RESPONSE_SOURCES))
}

/// Parses a value of a gateway response's `responseParameters`.
pub(super) fn gateway_response_source(text: &str) -> Result<GatewayResponseSource, Refusal> {
    let method_request = method_request(text).map(GatewayResponseSource::MethodRequest);
    let parsed = method_request.or_else(|| ambient(text).map(GatewayResponseSource::Ambient));
    parsed.ok_or_else(|| malformed(text, GATEWAY_RESPONSE_SOURCES))
}

/// Parses `method.request.…`. Returns `None` for any other expression.
pub(super) fn method_request(text: &str) -> Option<MethodRequestSource> {
    let (place, name) = text.strip_prefix("method.request.")?.split_once('.')?;
    match place {
        "path" => Name::parse(name).map(MethodRequestSource::Path),
        "querystring" => Name::parse(name).map(MethodRequestSource::QueryString),
        "multivaluequerystring" => Name::parse(name).map(MethodRequestSource::MultiValueQueryString),
        "header" => Header::parse(name).map(MethodRequestSource::Header),
        "multivalueheader" => Header::parse(name).map(MethodRequestSource::MultiValueHeader),
        _ => None,
    }
}

fn ambient(text: &str) -> Option<AmbientSource> {
    if let Some(name) = text.strip_prefix("context.") {
        return Name::parse(name).map(AmbientSource::Context);
    }
    if let Some(name) = text.strip_prefix("stageVariables.") {
        return Name::parse(name).map(AmbientSource::StageVariable);
    }
    let quoted = text.strip_prefix('\'')?.strip_suffix('\'')?;
    Some(AmbientSource::Static(quoted.to_owned()))
}

/// Parses the JSON path after `body`. Returns `None` for an expression with another beginning.
fn body_path(text: &str, body: &str) -> Result<Option<JsonPath>, Refusal> {
    let path = text.strip_prefix(body).filter(|path| path.is_empty() || path.starts_with(['.', '[']));
    path.map(json_path::parse).transpose().map_err(|reason| {
        (Code::JsonPathNotSupported, format!("The JSONPath of `{text}` is not supported: {reason}."))
    })
}

fn malformed(text: &str, valid: &str) -> Refusal {
    (Code::MappingInvalid, format!("`{text}` is not a mapping expression. Use {valid}."))
}
