//! The canonical text of JSON values, for comparisons
//! (<https://datatracker.ietf.org/doc/html/draft-zyp-json-schema-04#section-3.6>).

use serde_json::Value;

use crate::api::json::{Kind, Node, canonical_number};

/// Returns the canonical text of a value. Two values are equal if their canonical texts are equal. The order of properties
/// and the notation of numbers do not change the text.
pub(super) fn canonical(value: Node<'_>) -> String {
    let mut written = String::new();
    write_canonical(value, &mut written);
    written
}

fn write_canonical(value: Node<'_>, written: &mut String) {
    match value.kind() {
        Kind::Array => {
            written.push('[');
            for item in value.items().into_iter().flatten() {
                write_canonical(item, written);
                written.push(',');
            }
            written.push(']');
        }
        Kind::Object => {
            let mut properties: Vec<_> = value.properties().into_iter().flatten().collect();
            // Of a repeated name, the last value counts.
            properties.sort_unstable_by(|(name, value), (other, other_value)| {
                name.cmp(other).then(other_value.offset().cmp(&value.offset()))
            });
            properties.dedup_by(|(name, _), (kept, _)| name == kept);
            written.push('{');
            for (name, value) in properties {
                written.push_str(&Value::from(name).to_string());
                written.push(':');
                write_canonical(value, written);
                written.push(',');
            }
            written.push('}');
        }
        Kind::Number(number) => written.push_str(&canonical_number(&number)),
        Kind::String(text) => written.push_str(&Value::from(text).to_string()),
        Kind::Bool(true) => written.push_str("true"),
        Kind::Bool(false) => written.push_str("false"),
        Kind::Null => written.push_str("null"),
    }
}
