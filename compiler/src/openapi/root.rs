//! Reads the root of a document: version, base path, binary media types, compression, policy, endpoint and
//! gateway responses.

use s3_edge_gateway::api::gateway_response::{
    GatewayResponse, GatewayResponseKey, GatewayResponses, ResponseType,
};
use s3_edge_gateway::api::integration_uri::UriText;
use s3_edge_gateway::api::mapping::Header;
use s3_edge_gateway::api::media_type::BinaryMediaTypes;
use s3_edge_gateway::api::{BasePath, Compression, ResourcePolicy};

use super::cursor::{Cursor, Field};
use super::keys;
use super::mapping;
use super::report::Report;
use super::responses::parse_status;
use super::template::{self, Dialect};
use super::uri;
use crate::compilation::MediaTypeOutline;
use crate::finding::Code;

/// The keys of a document, in both specifications.
pub(super) const KEYS: &[&str] = &[
    "$schema",
    "openapi",
    "swagger",
    "info",
    "servers",
    "host",
    "basePath",
    "schemes",
    "consumes",
    "produces",
    "paths",
    "components",
    "definitions",
    "parameters",
    "responses",
    "securityDefinitions",
    "security",
    "tags",
    "externalDocs",
    "webhooks",
    "jsonSchemaDialect",
];

/// Keys of Swagger 2.0 that API Gateway ignores in OpenAPI 3, with a warning. The compiler reads them.
const OF_SWAGGER: &[&str] = &["basePath", "definitions", "produces", "consumes", "securityDefinitions"];

/// Keys of OpenAPI 3 that API Gateway ignores in Swagger 2.0. The compiler reads them.
const OF_OPENAPI: &[&str] = &["servers", "components"];

/// Reports a version that API Gateway does not import, and keys of the other specification. The compiler nevertheless
/// reads documents of other versions, and these keys.
pub(super) fn check_version(root: &Cursor<'_>, report: &mut Report) {
    let text = |key: &str| root.get(key).and_then(|node| node.scalar());
    match (text("openapi"), text("swagger")) {
        (None, None) => {
            let message = "The document has neither `openapi: 3.0.1` nor `swagger: \"2.0\"`, so API Gateway refuses the document. The compiler reads the keys of both specifications.";
            report.add(root, Code::Version, message);
        }
        (Some(openapi), swagger) => {
            if swagger.is_some() {
                report.add_key(
                    root,
                    "swagger",
                    Code::Version,
                    "The document has `swagger` and `openapi`. API Gateway reads only one of them.",
                );
            }
            if openapi != "3.0" && openapi != "3" && !openapi.starts_with("3.0.") {
                let message = format!(
                    "`openapi` is {openapi}. API Gateway imports only 3.0. The compiler reads the document as 3.0."
                );
                report.add_key(root, "openapi", Code::Version, message);
            }
            other_specification(root, OF_SWAGGER, "Swagger 2.0", report);
        }
        (None, Some(swagger)) => {
            if swagger != "2.0" && swagger != "2" {
                let message = format!(
                    "`swagger` is {swagger}. API Gateway imports only 2.0. The compiler reads the document as 2.0."
                );
                report.add_key(root, "swagger", Code::Version, message);
            }
            other_specification(root, OF_OPENAPI, "OpenAPI 3", report);
        }
    }
}

fn other_specification(root: &Cursor<'_>, keys: &[&str], which: &str, report: &mut Report) {
    for key in keys.iter().filter(|key| root.get(key).is_some()) {
        let message = format!(
            "`{key}` is a key of {which}. API Gateway ignores it in this document. The compiler reads it."
        );
        report.add_key(root, key, Code::OtherSpecification, message);
    }
}

/// Reads the base path from the first of these values that exists: Swagger's `basePath`, the default of the variable
/// `basePath` of the first server, or the path in the `url` of the first server. This order is recorded on AWS.
pub(super) fn base_path(root: &Cursor<'_>, report: &mut Report) -> BasePath {
    let read = |node: &Cursor<'_>, report: &mut Report| {
        let Some(text) = node.scalar() else {
            report.add(
                node,
                Code::BasePathInvalid,
                format!("{}, which is not a path. The value is ignored.", node.seen_here()),
            );
            return BasePath::default();
        };
        base_path_of(&text, node, report)
    };
    if let Some(base_path) = root.get("basePath") {
        return read(&base_path, report);
    }
    let Some(servers) = root.get("servers") else { return BasePath::default() };
    let mut items = servers.items();
    let Some(server) = items.next() else { return BasePath::default() };
    if items.next().is_some() {
        report.add(
            &servers,
            Code::ServersIgnored,
            "The document has several servers. Only the first one is used.",
        );
    }
    let variables = server.get("variables");
    let variable = variables.as_ref().and_then(|variables| variables.get("basePath"));
    if let Some(default) = variable.and_then(|variable| variable.get("default")) {
        return read(&default, report);
    }
    let Some(url) = server.get("url") else { return BasePath::default() };
    let filled = filled(url.str().unwrap_or_default(), variables.as_ref());
    let after_scheme = filled.split_once("://").map_or(filled.as_str(), |(_, rest)| rest);
    let path = after_scheme.find('/').and_then(|slash| after_scheme.get(slash..)).unwrap_or_default();
    base_path_of(path, &url, report)
}

/// Parses a base path. The deployment replaces the variables that remain in the path.
fn base_path_of(text: &str, at: &Cursor<'_>, report: &mut Report) -> BasePath {
    let normal = BasePath::normal(text);
    match uri::as_written(&normal) {
        Ok(text) => BasePath(text),
        Err(_) => {
            // A placeholder such as `${Stage}`, which a `uri` must not contain, becomes the variable `{Stage}`.
            let plain = normal.replace("${", "{");
            match uri::as_written(&plain) {
                Ok(text) => BasePath(text),
                Err((_, reason)) => {
                    report.add(
                        at,
                        Code::BasePathInvalid,
                        format!("The base path `{normal}` is not valid, so it is ignored. {reason}"),
                    );
                    BasePath(UriText::default())
                }
            }
        }
    }
}

/// Replaces the variables of a url with their defaults. A variable without a default and a placeholder
/// `${name}` do not change.
fn filled(url: &str, variables: Option<&Cursor<'_>>) -> String {
    let mut filled = String::new();
    let mut rest = url;
    while let Some((before, (name, after))) = next_variable(rest) {
        let default = variables.and_then(|known| known.get(name)?.get("default")?.scalar());
        match default.filter(|_| !before.ends_with('$')) {
            Some(default) => filled.extend([before, &default]),
            None => filled.extend([before, "{", name, "}"]),
        }
        rest = after;
    }
    filled + rest
}

fn next_variable(text: &str) -> Option<(&str, (&str, &str))> {
    let (before, open) = text.split_once('{')?;
    Some((before, open.split_once('}')?))
}

/// Reads `x-amazon-apigateway-binary-media-types`. Returns the list, and the text and place of each entry.
pub(super) fn binary_media_types(
    root: &Cursor<'_>,
    report: &mut Report,
) -> (BinaryMediaTypes, Vec<MediaTypeOutline>) {
    let mut entries = Vec::new();
    let list = root.get("x-amazon-apigateway-binary-media-types");
    for item in list.iter().flat_map(|list| list.items().collect::<Vec<_>>()) {
        let Some(text) = item.resolved_str() else {
            let message = format!(
                "The binary media type {} is not a string with a known value, so it is ignored.",
                item.seen()
            );
            report.add(&item, Code::MediaTypeIgnored, message);
            continue;
        };
        let essence = text.split(';').next().unwrap_or(text).trim();
        if essence.len() < text.trim().len() {
            let message = format!(
                "The binary media type `{text}` has parameters, which are ignored. It counts as `{essence}`."
            );
            report.add(&item, Code::MediaTypeParameters, message);
        }
        entries.push(MediaTypeOutline { written: essence.to_owned(), pointer: item.pointer.clone() });
    }
    if let Some(list) = list.filter(|list| !list.is_array()) {
        let message =
            format!("{}, which is not an array of media types. The value is ignored.", list.seen_here());
        report.add(&list, Code::MediaTypeIgnored, message);
    }
    (BinaryMediaTypes::from_entries(entries.iter().map(|entry| entry.written.as_str())), entries)
}

/// Reads `x-amazon-apigateway-minimum-compression-size`.
pub(super) fn compression(root: &Cursor<'_>, report: &mut Report) -> Compression {
    let Some(size) = root.get("x-amazon-apigateway-minimum-compression-size") else {
        return Compression::Disabled;
    };
    if size.whole_number().is_none_or(|bytes| bytes > 10_485_760) {
        let message = format!(
            "{}, which is not a number of bytes from 0 to 10485760. Compression is enabled nevertheless.",
            size.seen_here()
        );
        report.add(&size, Code::CompressionSize, message);
    }
    Compression::Enabled
}

/// The keys of a policy statement that `allows_everything` checks, and `Sid`. Any other key, such as `Condition`, may
/// restrict the callers.
const KEYS_OF_AN_OPEN_STATEMENT: &[&str] = &["Sid", "Effect", "Principal", "Action", "Resource"];

/// Resources of a policy that match all requests of an API.
const EVERY_REQUEST: &[&str] = &["*", "execute-api:/*", "execute-api:/*/*", "execute-api:/*/*/*"];

/// Reads `x-amazon-apigateway-policy`. A policy counts as absent only if it is empty or certainly allows all requests
/// of all callers.
pub(super) fn resource_policy(policy: Field<'_>) -> ResourcePolicy {
    let policy = match policy {
        Field::Absent => return ResourcePolicy::Absent,
        Field::Unreadable(_) => return ResourcePolicy::Present,
        Field::Found(policy) => policy,
    };
    let is_empty = policy.node.as_object().is_some_and(<[_]>::is_empty) || policy.str() == Some("");
    let is_plain = policy.keys().all(|key| ["Version", "Id", "Statement"].contains(&key));
    let statements: Vec<_> = match policy.field("Statement") {
        Field::Found(list) if list.is_array() => list.elements().collect(),
        Field::Found(one) => vec![Field::Found(one)],
        Field::Absent | Field::Unreadable(_) => Vec::new(),
    };
    let mut statements = statements.iter();
    let is_open = is_plain
        && statements.len() > 0
        && statements
            .all(|statement| matches!(statement, Field::Found(statement) if allows_everything(statement)));
    if is_empty || is_open { ResourcePolicy::Absent } else { ResourcePolicy::Present }
}

fn allows_everything(statement: &Cursor<'_>) -> bool {
    let listed = |key: &str| -> Vec<String> {
        let Field::Found(node) = statement.field(key) else { return Vec::new() };
        match node.is_array() {
            true => node.items().filter_map(|item| item.resolved_str().map(str::to_owned)).collect(),
            false => node.resolved_str().map(str::to_owned).into_iter().collect(),
        }
    };
    let principal = statement.get("Principal");
    let is_everyone = principal.as_ref().is_some_and(|principal| {
        let aws = principal.get("AWS").filter(|_| principal.keys().count() == 1);
        let is_star = |node: &Cursor<'_>| node.resolved_str() == Some("*");
        is_star(principal) || aws.is_some_and(|aws| is_star(&aws) || aws.items().any(|item| is_star(&item)))
    });
    let is_invoke = |action: &String| {
        ["*", "execute-api:*"].contains(&action.as_str()) || action.eq_ignore_ascii_case("execute-api:Invoke")
    };
    statement.is_object()
        && statement.keys().all(|key| KEYS_OF_AN_OPEN_STATEMENT.contains(&key))
        && listed("Effect") == ["Allow"]
        && is_everyone
        && listed("Action").iter().any(is_invoke)
        && listed("Resource").iter().any(|resource| is_every_request(resource))
}

/// Returns whether a resource of a policy matches all requests: one of [`EVERY_REQUEST`], or an ARN of `execute-api`
/// whose last part is one to four `*` with slashes between them.
fn is_every_request(resource: &str) -> bool {
    let parts: Vec<&str> = resource.split(':').collect();
    let is_of_any_api =
        matches!(parts.as_slice(), ["arn", _, "execute-api", _, _, "*" | "*/*" | "*/*/*" | "*/*/*/*"]);
    EVERY_REQUEST.contains(&resource) || is_of_any_api
}

/// Reports a private endpoint, because the edge is public.
pub(super) fn check_endpoint(root: &Cursor<'_>, report: &mut Report) {
    let servers = root.get("servers");
    let owners = std::iter::once(root.clone())
        .chain(servers.iter().flat_map(|servers| servers.items().collect::<Vec<_>>()));
    for owner in owners {
        let Some(configuration) = owner.get("x-amazon-apigateway-endpoint-configuration") else { continue };
        let types =
            configuration.get("types").map(|types| types.seen().to_ascii_uppercase()).unwrap_or_default();
        let endpoints = configuration.get("vpcEndpointIds");
        if types.contains("PRIVATE")
            || endpoints.is_some_and(|ids| ids.node.as_array().is_none_or(|ids| !ids.is_empty()))
        {
            let message = "The API has a private endpoint, but the edge is public. Only `security` of the operations restricts the callers.";
            report.add(&configuration, Code::EndpointPrivate, message);
        }
    }
}

/// Reads `x-amazon-apigateway-gateway-responses`. An entry, status, header or template that is not valid is reported
/// and ignored.
pub(super) fn gateway_responses(root: &Cursor<'_>, report: &mut Report) -> GatewayResponses {
    let mut responses = GatewayResponses::default();
    let Some(node) = root.get("x-amazon-apigateway-gateway-responses") else { return responses };
    for (name, entry) in node.entries().filter(|(_, entry)| !entry.node.is_null()) {
        let Some(key) = GatewayResponseKey::parse(name) else {
            let known: Vec<_> = ResponseType::ALL.iter().map(|known| known.name()).collect();
            let message = format!(
                "`{name}` is not a type of gateway response, so it is ignored. Use one of DEFAULT_4XX, DEFAULT_5XX, {}.",
                known.join(", ")
            );
            report.add(&entry, Code::GatewayResponseIgnored, message);
            continue;
        };
        responses.insert(key, gateway_response(&entry, report));
    }
    responses
}

fn gateway_response(node: &Cursor<'_>, report: &mut Report) -> GatewayResponse {
    keys::check(
        node,
        "a gateway response",
        &["statusCode", "responseParameters", "responseTemplates"],
        report,
    );
    let mut response = GatewayResponse::default();
    let ignored = |at: &Cursor<'_>, reason: String, report: &mut Report| {
        report.add(at, Code::GatewayResponseIgnored, format!("{reason} This part is ignored."));
    };
    if let Some(status) = node.get("statusCode") {
        response.status = parse_status(&status);
        if response.status.is_none() {
            let reason = format!("{}, which is not a status from 200 to 599.", status.seen_here());
            ignored(&status, reason, report);
        }
    }
    for (key, value) in node.get("responseParameters").iter().flat_map(|parameters| parameters.entries()) {
        let header = key.strip_prefix("gatewayresponse.header.").and_then(Header::parse);
        let source = value.resolved_str().map(mapping::gateway_response_source);
        match (header, source) {
            (Some(header), Some(Ok(source))) => response.headers.push((header, source)),
            (None, _) => {
                let reason =
                    format!("`{key}` is not a target of a mapping. Use gatewayresponse.header.NAME.");
                ignored(&value, reason, report);
            }
            (_, Some(Err((_, reason)))) => ignored(&value, reason, report),
            (_, None) if value.node.is_null() => {}
            (_, None) => {
                let reason = format!("{}, which is not a string with a known value.", value.seen_here());
                ignored(&value, reason, report);
            }
        }
    }
    for (media_type, text) in node.get("responseTemplates").iter().flat_map(|templates| templates.entries()) {
        match text.str().map(|text| template::parse(text, Dialect::GatewayResponse)) {
            Some(Ok(parsed)) => response.templates.push((media_type.to_owned(), parsed)),
            _ if text.node.is_null() => {}
            _ => {
                let reason = format!("The template {}, which is not a string.", text.seen_here());
                ignored(&text, reason, report);
            }
        }
    }
    response
}
