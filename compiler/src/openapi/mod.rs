//! Reading a document: OpenAPI 3.0 and Swagger 2.0 with `x-amazon-apigateway-*` extensions.
//!
//! With `openapi_integration`, `security`, `base_path` and `version` the only place that knows JSON keys. Whatever is wrong
//! is collected with its JSON pointer; what this gateway cannot do is refused here, never ignored.
//!
//! What is called for every method is not inlined: an isolate reads the document with code that V8 has only just
//! compiled, and V8 optimises a function for its next call, not for the rest of a loop.

use std::borrow::Cow;
use std::collections::HashMap;

use bumpalo::Bump;
use http::StatusCode;

use super::embedded;
use super::error::{DocumentError, Problem};
use super::extension;
use super::gateway_response::{GatewayResponse, GatewayResponseKey, GatewayResponses, ResponseType};
use super::integration::{KnownPatterns, MatchStatuses};
use super::intrinsic;
use super::json::Json;
use super::mapping::{GatewayResponseSource, Header};
use super::media_type::BinaryMediaTypes;
use super::node::{Errors, Node};
use super::openapi_integration::{KnownResponses, Operation, read_integration};
use super::request_validator::{Validation, Validator};
use super::version::Version;
use super::{Api, Compression, DeclaredStatuses, Method, Resource, ResourcePath, Security, Verb, base_path};
use crate::template::{Dialect, Template};

/// Extensions at the root of a document that would change answers and are not supported: refused, with the reason.
const REFUSED_AT_ROOT: &[(&str, &str)] = &[
    (
        "x-amazon-apigateway-policy",
        "a resource policy guards the API: express it as security of the operations",
    ),
    ("security", "API Gateway reads it at operations only: write it there"),
];

/// Reads a document.
pub(super) fn read(document: &[u8], matching: &MatchStatuses) -> Result<Api, Vec<DocumentError>> {
    let arena = Bump::new();
    read_document(Json::parse(document, &arena).map_err(|error| error.to_string()), matching)
}

/// Reads a document that the build has embedded.
pub(super) fn read_embedded(document: &[u8], matching: &MatchStatuses) -> Result<Api, Vec<DocumentError>> {
    let arena = Bump::new();
    let document = embedded::read(document, &arena);
    read_document(document.ok_or_else(|| embedded::NOT_WHOLE.to_owned()), matching)
}

fn read_document(
    document: Result<Json<'_>, String>,
    matching: &MatchStatuses,
) -> Result<Api, Vec<DocumentError>> {
    let syntax = |reason| vec![DocumentError { pointer: String::new(), problem: Problem::Syntax(reason) }];
    let document = document.map_err(syntax)?;
    let mut errors = Errors::default();
    let root = Node::root(&document, &mut errors);
    let api = read_root(&root, &KnownPatterns::new(matching), &mut errors);
    errors.or(api)
}

fn read_root(root: &Node<'_>, patterns: &KnownPatterns<'_>, errors: &mut Errors) -> Api {
    root.expect("an object", errors, Json::as_object);
    let version = if root.value.is_object() { Version::read(root, errors) } else { None };
    for (key, instead) in REFUSED_AT_ROOT {
        // An empty list asks for nothing.
        if let Some(refused) =
            root.get(key).filter(|refused| !refused.value.as_array().is_some_and(<[_]>::is_empty))
        {
            errors.add(&refused, Problem::Unsupported { what: format!("`{key}`"), instead });
        }
    }
    Validator::check(root, errors);
    extension::check_root(root, errors);
    if let Some(source) = root.get("x-amazon-apigateway-api-key-source") {
        source.word(&[("HEADER", ())], errors);
    }
    Api {
        base_path: base_path::read(root, errors),
        resources: read_resources(root, version, patterns, errors),
        binary_media_types: read_binary_media_types(root, errors),
        compression: read_compression(root, errors),
        gateway_responses: read_gateway_responses(root, errors),
    }
}

fn read_binary_media_types(root: &Node<'_>, errors: &mut Errors) -> BinaryMediaTypes {
    let Some(list) = root.get("x-amazon-apigateway-binary-media-types") else {
        return BinaryMediaTypes::default();
    };
    BinaryMediaTypes::from_entries(list.items(errors).filter_map(|item| item.string(errors)))
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

fn read_resources(
    root: &Node<'_>,
    version: Option<Version>,
    patterns: &KnownPatterns<'_>,
    errors: &mut Errors,
) -> Vec<Resource> {
    let Some(paths) = root.get("paths") else {
        errors.missing(root, "paths", "an object of paths");
        return Vec::new();
    };
    let components = root.get("components");
    let in_components = components.as_ref().and_then(|components| components.get("securitySchemes"));
    let schemes = in_components.or_else(|| root.get("securityDefinitions"));
    let responses = KnownResponses::default();
    let document = Document { root, version, schemes: schemes.as_ref(), patterns, responses: &responses };
    let mut resources: Vec<Resource> = Vec::new();
    let mut taken: HashMap<String, Vec<Verb>> = HashMap::new();
    for (path, item) in paths.entries(errors) {
        if path.starts_with("x-") {
            continue;
        }
        let path = match ResourcePath::parse(path) {
            Ok(path) => path,
            Err(_) if intrinsic::is_function(path) => {
                errors.key(&paths, path, intrinsic::unsupported(path));
                continue;
            }
            Err(problem) => {
                errors.key(&paths, path, problem);
                continue;
            }
        };
        // One that is null has no methods.
        if !item.value.is_null() {
            item.expect_object(errors);
        }
        extension::check_path_item(&item, errors);
        let taken = taken.entry(path.shape()).or_default();
        let mut methods = Vec::new();
        for (key, verb) in Verb::BY_KEY {
            let Some(operation) = item.get(key) else { continue };
            if taken.contains(verb) {
                let reason = "takes the same requests as another path of this document";
                errors.add(&operation, Problem::Path { path: path.written.clone(), reason });
            }
            methods.extend(read_method(&document, &item, &operation, &path, verb.clone(), errors));
        }
        taken.extend(methods.iter().map(|method: &Method| method.verb.clone()));
        resources.push(Resource { path, methods });
    }
    resources
}

/// What the operations of a document share.
pub(super) struct Document<'d> {
    pub(super) root: &'d Node<'d>,
    pub(super) version: Option<Version>,
    schemes: Option<&'d Node<'d>>,
    pub(super) patterns: &'d KnownPatterns<'d>,
    pub(super) responses: &'d KnownResponses,
}

#[inline(never)]
fn read_method(
    document: &Document<'_>,
    item: &Node<'_>,
    node: &Node<'_>,
    path: &ResourcePath,
    verb: Verb,
    errors: &mut Errors,
) -> Option<Method> {
    node.expect("an object", errors, Json::as_object)?;
    extension::check_operation(node, errors);
    if let Some(version) = document.version {
        version.check_operation(node, errors);
    }
    let security = Security::read(node, document.schemes, errors);
    let operation = Operation::read(document, item, node, path, errors);
    let validation = Validation::read(document, item, node, &operation, errors);
    let Some(integration) = node.get("x-amazon-apigateway-integration") else {
        errors.missing(
            node,
            "x-amazon-apigateway-integration",
            "an integration of type aws, http, http_proxy or mock",
        );
        return None;
    };
    let integration = read_integration(&integration, &operation, errors)?;
    Some(Method { verb, security, validation, integration })
}

/// A status of a response, as a number or as a string of one. AWS allows 1xx, which no runtime sends as an answer.
pub(super) fn read_status(node: &Node<'_>, errors: &mut Errors) -> Option<StatusCode> {
    node.expect("a status from 200 to 599", errors, |value| {
        let text = value.as_str().map_or_else(|| Cow::Owned(value.to_string()), Cow::Borrowed);
        let status: u16 = Some(text).filter(|text| text.len() == 3)?.parse().ok()?;
        (200..600).contains(&status).then(|| StatusCode::from_u16(status).ok())?
    })
}

/// The statuses that an operation's `responses` declare.
#[inline(never)]
pub(super) fn declared_statuses(responses: &Node<'_>, errors: &mut Errors) -> DeclaredStatuses {
    let mut statuses = DeclaredStatuses::new();
    for (key, response) in responses.entries(errors).filter(|(key, _)| !key.starts_with("x-")) {
        if !response.value.is_null() {
            response.expect_object(errors);
        }
        if let Some(headers) = response.get("headers") {
            headers.expect_object(errors);
        }
        // API Gateway passes over those that stand for several statuses.
        let is_several = |key: &str| matches!(key.as_bytes(), [b'1'..=b'5', b'X' | b'x', b'X' | b'x']);
        match key
            .parse()
            .ok()
            .filter(|_| key.len() == 3)
            .and_then(|code: u16| StatusCode::from_u16(code).ok())
        {
            Some(status) if status.as_u16() < 600 => statuses.push(status),
            _ if key == "default" || is_several(key) => {}
            _ => {
                errors.unknown(responses, key, "status", "100 to 599, or `default`".to_owned());
            }
        }
    }
    statuses
}

fn read_gateway_responses(root: &Node<'_>, errors: &mut Errors) -> GatewayResponses {
    let mut responses = GatewayResponses::default();
    let Some(node) = root.get("x-amazon-apigateway-gateway-responses") else { return responses };
    for (name, entry) in node.entries(errors) {
        let Some(key) = GatewayResponseKey::parse(name) else {
            let known = ResponseType::ALL.iter().map(|known| known.name());
            let known: Vec<_> = ["DEFAULT_4XX", "DEFAULT_5XX"].into_iter().chain(known).collect();
            errors.unknown(&node, name, "response type of API Gateway", known.join(", "));
            continue;
        };
        if entry.value.is_null() || !entry.expect_object(errors) {
            continue;
        }
        responses.insert(key, read_gateway_response(&entry, errors));
    }
    responses
}

fn read_gateway_response(node: &Node<'_>, errors: &mut Errors) -> GatewayResponse {
    let keys = ["statusCode", "responseParameters", "responseTemplates"];
    node.expect_keys("key of a gateway response", &keys, &[], errors);
    let mut response = GatewayResponse {
        status: node.get("statusCode").and_then(|status| read_status(&status, errors)),
        ..GatewayResponse::default()
    };
    if let Some(parameters) = node.get("responseParameters") {
        for (key, value) in parameters.entries(errors).filter(|(_, value)| !value.value.is_null()) {
            let header = key.strip_prefix("gatewayresponse.header.").and_then(Header::parse);
            let Some(header) = header else {
                errors.add(
                    &value,
                    Problem::Unexpected {
                        seen: format!("`{key}`"),
                        expected: "gatewayresponse.header.NAME".to_owned(),
                    },
                );
                continue;
            };
            let Some(source) = value.string(errors) else { continue };
            if let Some(source) = errors.keep(&value, GatewayResponseSource::parse(source)) {
                response.headers.push((header, source));
            }
        }
    }
    if let Some(templates) = node.get("responseTemplates") {
        for (media_type, template) in
            templates.entries(errors).filter(|(_, template)| !template.value.is_null())
        {
            let Some(text) = template.string(errors) else { continue };
            if let Some(parsed) = errors.keep(&template, Template::parse(text, Dialect::GatewayResponse)) {
                response.templates.push(((*media_type).to_owned(), parsed));
            }
        }
    }
    response
}
