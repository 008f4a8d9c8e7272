//! Finds the schemas of an operation's request body: `requestBody`, or the parameter `in: body` with `consumes`.

use s3_edge_gateway::api::model::Models;

use super::reader::Reader;
use crate::finding::Code;
use crate::openapi::cursor::Cursor;
use crate::openapi::report::Report;

/// Reads the models of an operation. The cursors do not follow references, because schemas may refer to themselves.
pub(in crate::openapi) fn read_models(
    root: &Cursor<'_>,
    item: &Cursor<'_>,
    operation: &Cursor<'_>,
    report: &mut Report,
) -> Models {
    let mut models = Models::default();
    let body = operation.get("requestBody").and_then(|body| resolved(root, &body, report));
    for (media_type, entry) in
        body.iter().filter_map(|body| body.get("content")).flat_map(|content| content.entries())
    {
        let Some(schema) = entry.get("schema") else { continue };
        let model = Reader::new(root).model(&schema, report);
        models.0.push((vec![media_type.to_owned()], model));
    }
    for owner in [operation, item] {
        let Some(parameters) = owner.get("parameters").filter(|_| models.0.is_empty()) else { continue };
        for parameter in parameters.items() {
            let Some(parameter) = resolved(root, &parameter, report) else { continue };
            let is_body = parameter.get("in").is_some_and(|place| place.str() == Some("body"));
            let Some(schema) = parameter.get("schema").filter(|_| is_body) else { continue };
            models.0.push((consumed(root, operation), Reader::new(root).model(&schema, report)));
        }
    }
    models
}

/// Returns the media types of a body in Swagger 2.0: `consumes`, or `application/json`.
fn consumed(root: &Cursor<'_>, operation: &Cursor<'_>) -> Vec<String> {
    let consumes = operation.get("consumes").or_else(|| root.get("consumes"));
    let types = consumes.iter().flat_map(|list| list.items().collect::<Vec<_>>());
    let types: Vec<_> = types.filter_map(|item| item.str().map(str::to_owned)).collect();
    if types.is_empty() { vec!["application/json".to_owned()] } else { types }
}

/// Returns the target of a value's `$ref`, or the value itself if it has no `$ref`. Reports a reference without a
/// target.
fn resolved<'d>(root: &Cursor<'d>, node: &Cursor<'d>, report: &mut Report) -> Option<Cursor<'d>> {
    let Some(reference) = node.get("$ref").and_then(|reference| reference.str()) else {
        return Some(node.clone());
    };
    let target = root.target(reference);
    if target.is_none() {
        let message = format!(
            "The reference `{reference}` has no target in this document, so the body cannot be validated."
        );
        report.add(node, Code::ModelReference, message);
    }
    target
}
