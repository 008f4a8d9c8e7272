//! Which schemas the bodies of an operation have, in OpenAPI 3.0 and Swagger 2.0. Not inside: reading them (`reader`).

use std::sync::Arc;

use super::Models;
use super::reader::Reader;
use crate::api::integration::MatchStatuses;
use crate::api::json::Json;
use crate::api::node::{Errors, Node};

/// Reads the models of an operation: `requestBody` in OpenAPI 3.0, the parameter `in: body` in Swagger 2.0.
pub(in crate::api) fn read_models(
    root: &Node<'_>,
    item: &Node<'_>,
    operation: &Node<'_>,
    matching: &MatchStatuses,
    errors: &mut Errors,
) -> Models {
    let mut models = Models::default();
    let body = operation.get("requestBody");
    let body = body.as_ref().and_then(|body| resolve(root, body));
    if let Some(body) = &body {
        body.expect_object(errors);
        body.expect_keys("key of a request body", &["description", "content", "required"], &[], errors);
    }
    if let Some(content) = body.as_ref().and_then(|body| body.get("content")) {
        for (media_type, entry) in content.entries(errors) {
            if !entry.expect_object(errors) {
                continue;
            }
            let keys = ["schema", "example", "examples", "encoding"];
            entry.expect_keys("key of a media type", &keys, &[], errors);
            let Some(schema) = entry.get("schema") else { continue };
            let model = Reader::new(root, matching).model(&schema, errors);
            models.0.push((media_type.to_owned(), Arc::new(model)));
        }
    }
    for owner in [operation, item] {
        let Some(parameters) = owner.get("parameters").filter(|_| models.0.is_empty()) else { continue };
        for parameter in parameters.items(errors) {
            let Some(parameter) = resolve(root, &parameter) else { continue };
            let is_body = parameter.value.get("in").and_then(Json::as_str) == Some("body");
            let Some(schema) = parameter.get("schema").filter(|_| is_body) else { continue };
            let model = Arc::new(Reader::new(root, matching).model(&schema, errors));
            for media_type in consumed(root, operation) {
                models.0.push((media_type, Arc::clone(&model)));
            }
        }
    }
    models
}

/// The media types of a body in Swagger 2.0.
fn consumed(root: &Node<'_>, operation: &Node<'_>) -> Vec<String> {
    let consumes = operation.value.get("consumes").or_else(|| root.value.get("consumes"));
    let types = consumes.and_then(Json::as_array).into_iter().flatten().filter_map(Json::as_str);
    let types: Vec<_> = types.map(str::to_owned).collect();
    if types.is_empty() { vec!["application/json".to_owned()] } else { types }
}

/// A place, or that which its `$ref` names; nothing where it leads nowhere, which is told where references are.
fn resolve<'d>(root: &Node<'d>, node: &'d Node<'d>) -> Option<Node<'d>> {
    match node.get("$ref") {
        Some(reference) => root.target(reference.value.as_str()?),
        None => Some(*node),
    }
}
