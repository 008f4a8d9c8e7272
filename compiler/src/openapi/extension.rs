//! `x-amazon-apigateway-*`: which of them mean nothing to this gateway, and which cannot be followed.
//!
//! Those that are read are read by `openapi`, `openapi_integration` and `security`. Here stands every other that API
//! Gateway has, by name, so that none is passed over in silence. Sources:
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-swagger-extensions.html> (REST APIs),
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-open-api.html> (HTTP APIs).

use super::error::Problem;
use super::node::{Errors, Node};

const PREFIX: &str = "x-amazon-apigateway-";

/// What becomes of an extension.
enum Known {
    /// Another module reads or refuses it.
    Read,
    /// No answer depends on it.
    Harmless,
    /// Answers depend on it; what can be done instead.
    Refused(&'static str),
}

use Known::{Harmless, Read, Refused};

const OF_HTTP_APIS: &str = "REST APIs do not have it: write OPTIONS methods, and map the headers";

/// Those at the root of a document.
const AT_ROOT: &[(&str, Known)] = &[
    ("api-key-source", Read),
    ("binary-media-types", Read),
    ("gateway-responses", Read),
    ("minimum-compression-size", Read),
    ("policy", Read),
    ("request-validator", Read),
    ("request-validators", Read),
    ("endpoint-configuration", Read),
    // Texts for people.
    ("documentation", Harmless),
    // Which format an exported HTTP API has.
    ("importexport-version", Harmless),
    // Which versions of TLS the endpoint at AWS speaks; the edge has settings of its own.
    ("security-policy", Harmless),
    ("endpoint-access-mode", Harmless),
    ("cors", Refused(OF_HTTP_APIS)),
    ("auth", Refused("API Gateway reads it at operations only: write it there")),
    ("integration", Refused("API Gateway reads it at operations only: write it there")),
    ("any-method", Refused("it belongs under a path")),
];

/// Those of a path.
const AT_PATH_ITEMS: &[(&str, Known)] = &[
    ("any-method", Read),
    ("documentation", Harmless),
    ("auth", Refused("API Gateway reads it at operations only: write it there")),
    ("integration", Refused("API Gateway reads it at operations only: write it there")),
    ("request-validator", Refused("API Gateway reads it at operations and at the root only: write it there")),
];

/// What else a path item may hold (<https://spec.openapis.org/oas/v3.0.3#path-item-object>).
const IN_PATH_ITEMS: &[&str] = &[
    "get",
    "put",
    "post",
    "delete",
    "options",
    "head",
    "patch",
    "parameters",
    "servers",
    "summary",
    "description",
    "$ref",
];

/// Those of an operation.
const AT_OPERATIONS: &[(&str, Known)] = &[
    ("auth", Read),
    ("integration", Read),
    ("request-validator", Read),
    ("documentation", Harmless),
    ("api-key-source", Refused("it is for all of an API: write it at the root")),
];

/// What else a document may hold, in both specifications.
const IN_DOCUMENTS: &[&str] = &[
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
];

/// What else an operation may hold, in both specifications.
const IN_OPERATIONS: &[&str] = &[
    "tags",
    "summary",
    "description",
    "externalDocs",
    "operationId",
    "consumes",
    "produces",
    "parameters",
    "requestBody",
    "responses",
    "callbacks",
    "schemes",
    "deprecated",
    "security",
    "servers",
];

/// Looks at the extensions of a document.
pub(super) fn check_root(root: &Node<'_>, errors: &mut Errors) {
    // Editors want a `$schema`.
    root.expect_keys("key of a document", IN_DOCUMENTS, &["$schema"], errors);
    check(root, AT_ROOT, errors);
    check_endpoint_configuration(root, errors);
    // OpenAPI 3.0 has it there.
    if let Some(servers) = root.get("servers").filter(|servers| servers.value.is_array()) {
        servers.items(errors).for_each(|server| check_endpoint_configuration(&server, errors));
    }
    // Shared integrations are of HTTP APIs; a `$ref` to one is refused where it stands.
}

/// Looks at the extensions of a path.
pub(super) fn check_path_item(item: &Node<'_>, errors: &mut Errors) {
    check(item, AT_PATH_ITEMS, errors);
    for key in item.value.as_object().into_iter().flatten().map(|(key, _)| *key) {
        if key == "trace" {
            let what = "the method TRACE".to_owned();
            let instead = "API Gateway has no such method; remove it";
            errors.key(item, key, Problem::Unsupported { what, instead });
        } else if !key.starts_with("x-") && !IN_PATH_ITEMS.contains(&key) {
            let known = "a method in lower case, `parameters` or an extension".to_owned();
            errors.unknown(item, key, "key of a path", known);
        }
    }
}

/// Looks at the extensions of an operation.
pub(super) fn check_operation(operation: &Node<'_>, errors: &mut Errors) {
    operation.expect_keys("key of an operation", IN_OPERATIONS, &[], errors);
    check(operation, AT_OPERATIONS, errors);
}

/// Whether a key is one of API Gateway's extensions, or was to be one: `X-Amazon-Apigateway-…`, `x-amazon-api-gateway-…`.
fn is_meant_for_api_gateway(key: &str) -> bool {
    let begins = || key.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("x-am"));
    key.starts_with(PREFIX) || (begins() && key.to_ascii_lowercase().contains("gateway"))
}

fn check(node: &Node<'_>, known: &[(&str, Known)], errors: &mut Errors) {
    let Some(object) = node.value.as_object() else { return };
    for (key, value) in object {
        if !is_meant_for_api_gateway(key) || value.is_null() {
            continue;
        }
        let name = key.strip_prefix(PREFIX);
        match known.iter().find(|(known, _)| Some(*known) == name) {
            Some((_, Read | Harmless)) => {}
            Some((_, Refused(instead))) => {
                errors.key(node, key, Problem::Unsupported { what: format!("`{key}`"), instead });
            }
            None => {
                let here = known.iter().filter(|(_, known)| matches!(known, Read | Harmless));
                let here: Vec<_> = here.map(|(name, _)| *name).collect();
                let known = format!("{PREFIX} with {}", here.join(", "));
                errors.unknown(node, key, "extension that API Gateway has here", known);
            }
        }
    }
}

/// A private API is reached from a VPC alone: here anybody would reach it. Whatever else it says concerns AWS's endpoint.
fn check_endpoint_configuration(owner: &Node<'_>, errors: &mut Errors) {
    let Some(configuration) = owner.get("x-amazon-apigateway-endpoint-configuration") else { return };
    if !configuration.expect_object(errors) {
        return;
    }
    let types = configuration.get("types");
    let types: Vec<_> = match &types {
        Some(types) if types.value.is_array() => types.items(errors).collect(),
        Some(one) => vec![*one],
        None => Vec::new(),
    };
    let words = [("EDGE", false), ("REGIONAL", false), ("PRIVATE", true)];
    let is_private = types.iter().filter(|kind| kind.word(&words, errors) == Some(true)).count() > 0;
    let endpoints = configuration.get("vpcEndpointIds");
    let has_endpoints = endpoints.is_some_and(|ids| ids.value.as_array().is_none_or(|ids| !ids.is_empty()));
    if is_private || has_endpoints {
        let what = "a private endpoint".to_owned();
        let instead = "the edge is public: express who may call as security of the operations, and remove it";
        errors.add(&configuration, Problem::Unsupported { what, instead });
    }
}
