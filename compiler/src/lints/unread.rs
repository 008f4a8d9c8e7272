//! Headers of the client that no document sees: mappings from them, and validators that ask for them.

use serde_json::Value;

use super::Surprises;
use super::operation::{Operation, field, resolve};
use super::surprise::Surprise;
use crate::api::request_validator::{VALIDATOR, VALIDATORS};
use crate::gateway::header_rules::NOT_READABLE;

pub(super) fn find(operation: &Operation<'_>, surprises: &mut Surprises<'_>) {
    for mapping in operation.request_mappings() {
        let Some(name) = header_of(mapping.source) else { continue };
        let message = format!(
            "{}: {} is never set, as the header {name} of a client cannot be read",
            operation.name, mapping.target
        );
        surprises.add(Surprise::HeaderNeverRead, mapping.pointer, message);
    }
    let required = required_headers(operation).into_iter().filter(|name| is_unreadable(name));
    let names: Vec<_> = required.filter(|_| asks_for_parameters(operation)).collect();
    if !names.is_empty() {
        let message = format!(
            "{}: every request is a 400, as the request validator asks for {}, which cannot be read",
            operation.name,
            names.join(", ")
        );
        surprises.add(Surprise::HeaderNeverRead, operation.pointer.clone(), message);
    }
}

/// The header that a mapping reads, where that cannot be read.
pub(super) fn header_of(source: &str) -> Option<&str> {
    let single = source.strip_prefix("method.request.header.");
    single
        .or_else(|| source.strip_prefix("method.request.multivalueheader."))
        .filter(|name| is_unreadable(name))
}

fn is_unreadable(name: &str) -> bool {
    NOT_READABLE.iter().any(|hidden| hidden.eq_ignore_ascii_case(name))
}

/// Whether the operation's validator, or else that of the API, looks at parameters.
fn asks_for_parameters(operation: &Operation<'_>) -> bool {
    let name = field(operation.node, VALIDATOR).or_else(|| field(operation.root, VALIDATOR));
    let validators = field(operation.root, VALIDATORS);
    let validator = name.and_then(Value::as_str).and_then(|name| field(validators?, name));
    validator.and_then(|validator| field(validator, "validateRequestParameters")).is_some_and(is_true)
}

/// The headers that the operation cannot do without. What it says of one takes the place of what its path says.
fn required_headers<'d>(operation: &Operation<'d>) -> Vec<&'d str> {
    let lists =
        [operation.item, operation.node].map(|node| field(node, "parameters").and_then(Value::as_array));
    let mut known: Vec<(&str, bool)> = Vec::new();
    for parameter in lists.into_iter().flatten().flatten() {
        let parameter = resolve(operation.root, parameter);
        let text = |key: &str| field(parameter, key).and_then(Value::as_str);
        let Some(name) = text("name").filter(|_| text("in") == Some("header")) else { continue };
        let is_required = field(parameter, "required").is_some_and(is_true);
        known.retain(|(other, _)| !other.eq_ignore_ascii_case(name));
        known.push((name, is_required));
    }
    known.into_iter().filter(|(_, is_required)| *is_required).map(|(name, _)| name).collect()
}

/// A truth value, which exports also write as a string.
fn is_true(value: &Value) -> bool {
    value.as_bool().or_else(|| value.as_str()?.parse().ok()).unwrap_or_default()
}
