//! Reading a document: OpenAPI 3.0 and Swagger 2.0 with `x-amazon-apigateway-*` extensions.
//!
//! With `openapi_integration` and `security` the only place that knows JSON keys. Whatever is wrong is collected with
//! its JSON pointer; what this gateway cannot do is refused here, never ignored.

use std::collections::HashSet;

use http::StatusCode;
use serde_json::Value;

use super::error::{DocumentError, Problem};
use super::extension;
use super::gateway_response::{GatewayResponse, GatewayResponseKey, GatewayResponses};
use super::integration::{KnownPatterns, MatchStatuses};
use super::mapping::{GatewayResponseSource, Header};
use super::media_type::BinaryMediaTypes;
use super::node::{Errors, Node};
use super::openapi_integration::{Operation, read_integration};
use super::request_validator::{Validation, Validator};
use super::{Api, Compression, DeclaredStatuses, Method, Resource, ResourcePath, Security, Verb};
use crate::template::{Dialect, Template};

/// Extensions at the root of a document that would change answers and are not supported: refused, with the reason.
const REFUSED_AT_ROOT: &[(&str, &str)] = &[
    (
        "x-amazon-apigateway-policy",
        "a resource policy guards the API: express it as security of the operations",
    ),
    ("security", "API Gateway reads it at operations only: write it there"),
];

const VERBS: &[(&str, Option<http::Method>)] = &[
    ("get", Some(http::Method::GET)),
    ("put", Some(http::Method::PUT)),
    ("post", Some(http::Method::POST)),
    ("delete", Some(http::Method::DELETE)),
    ("options", Some(http::Method::OPTIONS)),
    ("head", Some(http::Method::HEAD)),
    ("patch", Some(http::Method::PATCH)),
    ("x-amazon-apigateway-any-method", None),
];

/// Reads a document.
pub(super) fn read(document: &[u8], matching: &MatchStatuses) -> Result<Api, Vec<DocumentError>> {
    let syntax = |error: serde_json::Error| {
        vec![DocumentError { pointer: String::new(), problem: Problem::Syntax(error.to_string()) }]
    };
    let document: Value = serde_json::from_slice(document).map_err(syntax)?;
    let mut errors = Errors::default();
    let root = Node::root(&document, &mut errors);
    let api = read_root(&root, &KnownPatterns::new(matching), &mut errors);
    errors.or(api)
}

fn read_root(root: &Node<'_>, patterns: &KnownPatterns<'_>, errors: &mut Errors) -> Api {
    root.expect("an object", errors, Value::as_object);
    if root.value.is_object() {
        read_version(root, errors);
    }
    for (key, instead) in REFUSED_AT_ROOT {
        if let Some(refused) = root.get(key) {
            errors.add(&refused, Problem::Unsupported { what: format!("`{key}`"), instead });
        }
    }
    Validator::check(root, errors);
    extension::check_root(root, errors);
    if let Some(source) = root.get("x-amazon-apigateway-api-key-source") {
        source.word(&[("HEADER", ())], errors);
    }
    Api {
        base_path: read_base_path(root, errors),
        resources: read_resources(root, patterns, errors),
        binary_media_types: read_binary_media_types(root, errors),
        compression: read_compression(root, errors),
        gateway_responses: read_gateway_responses(root, errors),
    }
}

fn read_version(root: &Node<'_>, errors: &mut Errors) {
    let version = root.get("openapi").or_else(|| root.get("swagger"));
    let Some(version) = version else {
        return errors.missing(root, "openapi", "\"openapi\": \"3.0.…\" or \"swagger\": \"2.0\"");
    };
    version.expect("OpenAPI 3.0 or Swagger 2.0", errors, |value| {
        let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        (text.starts_with("3.0") || text == "2.0").then_some(())
    });
}

/// Swagger's `basePath`, else the `basePath` variable of the first server, else the path of its url.
fn read_base_path(root: &Node<'_>, errors: &mut Errors) -> String {
    if let Some(base_path) = root.get("basePath") {
        return normal_base_path(base_path.string(errors).unwrap_or_default());
    }
    let Some(servers) = root.get("servers") else { return String::new() };
    let items: Vec<_> = servers.items(errors).collect();
    let Some(server) = items.first() else { return String::new() };
    let variables = server.get("variables");
    let variable = variables.as_ref().and_then(|variables| variables.get("basePath"));
    if let Some(default) = variable.as_ref().and_then(|variable| variable.get("default")) {
        return normal_base_path(default.string(errors).unwrap_or_default());
    }
    let url = server.get("url").and_then(|url| url.string(errors)).unwrap_or_default();
    let after_scheme = url.split_once("://").map_or(url, |(_, rest)| rest);
    normal_base_path(after_scheme.find('/').and_then(|slash| after_scheme.get(slash..)).unwrap_or_default())
}

/// A base path with one leading slash and no trailing one; the root is empty.
pub(crate) fn normal_base_path(text: &str) -> String {
    let trimmed = text.trim_matches('/');
    if trimmed.is_empty() { String::new() } else { format!("/{trimmed}") }
}

fn read_binary_media_types(root: &Node<'_>, errors: &mut Errors) -> BinaryMediaTypes {
    let Some(list) = root.get("x-amazon-apigateway-binary-media-types") else {
        return BinaryMediaTypes::default();
    };
    let items: Vec<_> = list.items(errors).collect();
    BinaryMediaTypes::from_entries(items.iter().filter_map(|item| item.string(errors)))
}

fn read_compression(root: &Node<'_>, errors: &mut Errors) -> Compression {
    let Some(size) = root.get("x-amazon-apigateway-minimum-compression-size") else {
        return Compression::Disabled;
    };
    size.expect("bytes from 0 to 10485760", errors, |value| {
        let bytes: u64 = value.as_u64().or_else(|| value.as_str()?.parse().ok())?;
        (bytes <= 10_485_760).then_some(())
    });
    Compression::Enabled
}

fn read_resources(root: &Node<'_>, patterns: &KnownPatterns<'_>, errors: &mut Errors) -> Vec<Resource> {
    let Some(paths) = root.get("paths") else {
        errors.missing(root, "paths", "an object of paths");
        return Vec::new();
    };
    let components = root.get("components");
    let in_components = components.as_ref().and_then(|components| components.get("securitySchemes"));
    let schemes = in_components.or_else(|| root.get("securityDefinitions"));
    let document = Document { root, schemes: schemes.as_ref(), patterns };
    let entries: Vec<_> = paths.entries(errors).collect();
    let mut resources: Vec<Resource> = Vec::new();
    let mut taken: HashSet<(String, Verb)> = HashSet::new();
    for (path, item) in &entries {
        if path.starts_with("x-") {
            continue;
        }
        let path = match ResourcePath::parse(path) {
            Ok(path) => path,
            Err(problem) => {
                errors.key(&paths, path, problem);
                continue;
            }
        };
        extension::check_path_item(item, errors);
        let shape = path.shape();
        let mut methods = Vec::new();
        for (key, verb) in VERBS {
            let Some(operation) = item.get(key) else { continue };
            let verb = verb.clone().map_or(Verb::Any, Verb::Exactly);
            if taken.contains(&(shape.clone(), verb.clone())) {
                let reason = "takes the same requests as another path of this document";
                errors.add(&operation, Problem::Path { path: path.written.clone(), reason });
            }
            methods.extend(read_method(&document, item, &operation, &path, verb, errors));
        }
        taken.extend(methods.iter().map(|method: &Method| (shape.clone(), method.verb.clone())));
        resources.push(Resource { path, methods });
    }
    resources
}

/// What the operations of a document share.
pub(super) struct Document<'d> {
    pub(super) root: &'d Node<'d>,
    schemes: Option<&'d Node<'d>>,
    pub(super) patterns: &'d KnownPatterns<'d>,
}

fn read_method(
    document: &Document<'_>,
    item: &Node<'_>,
    node: &Node<'_>,
    path: &ResourcePath,
    verb: Verb,
    errors: &mut Errors,
) -> Option<Method> {
    node.expect("an object", errors, Value::as_object)?;
    extension::check_operation(node, errors);
    let security = Security::read(node, document.schemes, errors);
    let operation = Operation::read(document, item, node, path, &verb, errors);
    let validation = Validation::read(document, item, node, &operation, errors);
    let Some(integration) = node.get("x-amazon-apigateway-integration") else {
        errors.missing(node, "x-amazon-apigateway-integration", "an integration of type aws toward S3");
        return None;
    };
    let integration = read_integration(&integration, &operation, errors)?;
    Some(Method { verb, security, validation, integration })
}

/// A status of a response, as a number or as a string of one. AWS allows 1xx, which no runtime sends as an answer.
pub(super) fn read_status(node: &Node<'_>, errors: &mut Errors) -> Option<StatusCode> {
    node.expect("a status from 200 to 599", errors, |value| {
        let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        let status: u16 = text.parse().ok()?;
        (200..600).contains(&status).then(|| StatusCode::from_u16(status).ok())?
    })
}

/// The statuses that an operation's `responses` declare.
pub(super) fn declared_statuses(responses: &Node<'_>, errors: &mut Errors) -> DeclaredStatuses {
    let entries = responses.entries(errors);
    entries
        .filter_map(|(status, _)| status.parse::<u16>().ok().and_then(|code| StatusCode::from_u16(code).ok()))
        .collect()
}

fn read_gateway_responses(root: &Node<'_>, errors: &mut Errors) -> GatewayResponses {
    let mut responses = GatewayResponses::default();
    let Some(node) = root.get("x-amazon-apigateway-gateway-responses") else { return responses };
    let entries: Vec<_> = node.entries(errors).collect();
    for (name, entry) in &entries {
        let Some(key) = GatewayResponseKey::parse(name) else {
            errors.add(
                entry,
                Problem::Undeclared { name: (*name).to_owned(), place: "the response types of API Gateway" },
            );
            continue;
        };
        responses.insert(key, read_gateway_response(entry, errors));
    }
    responses
}

fn read_gateway_response(node: &Node<'_>, errors: &mut Errors) -> GatewayResponse {
    let mut response = GatewayResponse {
        status: node.get("statusCode").and_then(|status| read_status(&status, errors)),
        ..GatewayResponse::default()
    };
    if let Some(parameters) = node.get("responseParameters") {
        let entries: Vec<_> = parameters.entries(errors).collect();
        for (key, value) in entries.iter().filter(|(_, value)| !value.value.is_null()) {
            let header = key.strip_prefix("gatewayresponse.header.").and_then(Header::parse);
            let Some(header) = header else {
                errors.add(
                    value,
                    Problem::Unexpected {
                        seen: format!("`{key}`"),
                        expected: "gatewayresponse.header.NAME".to_owned(),
                    },
                );
                continue;
            };
            let Some(source) = value.string(errors) else { continue };
            if let Some(source) = errors.keep(value, GatewayResponseSource::parse(source)) {
                response.headers.push((header, source));
            }
        }
    }
    if let Some(templates) = node.get("responseTemplates") {
        let entries: Vec<_> = templates.entries(errors).collect();
        for (media_type, template) in entries.iter().filter(|(_, template)| !template.value.is_null()) {
            let Some(text) = template.string(errors) else { continue };
            if let Some(parsed) = errors.keep(template, Template::parse(text, Dialect::GatewayResponse)) {
                response.templates.push(((*media_type).to_owned(), parsed));
            }
        }
    }
    response
}
