//! The canonical text of JSON values, for comparisons
//! (<https://datatracker.ietf.org/doc/html/draft-zyp-json-schema-04#section-3.6>).

use serde_json::Value;

/// Returns the canonical text of a value. Two values are equal if their canonical texts are equal. The order of properties
/// and the notation of numbers do not change the text.
pub(super) fn canonical(value: &Value) -> String {
    let mut written = String::new();
    write_canonical(value, &mut written);
    written
}

fn write_canonical(value: &Value, written: &mut String) {
    match value {
        Value::Array(items) => {
            written.push('[');
            for item in items {
                write_canonical(item, written);
                written.push(',');
            }
            written.push(']');
        }
        Value::Object(object) => {
            let mut properties: Vec<_> = object.iter().collect();
            properties.sort_by_key(|(name, _)| *name);
            written.push('{');
            for (name, value) in properties {
                written.push_str(&Value::from(name.as_str()).to_string());
                written.push(':');
                write_canonical(value, written);
                written.push(',');
            }
            written.push('}');
        }
        Value::Number(number) => match number.as_f64().filter(|_| number.is_f64()) {
            // Writes `1.0` as `1`.
            Some(float) => written.push_str(&float.to_string()),
            None => written.push_str(&number.to_string()),
        },
        Value::Null | Value::Bool(_) | Value::String(_) => written.push_str(&value.to_string()),
    }
}
