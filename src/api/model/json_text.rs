//! JSON values in `api.bin`: they are stored as JSON text, because postcard cannot decode values of an unknown type.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error, ser};
use serde_json::Value;

pub fn serialize<S: Serializer>(values: &[Value], serializer: S) -> Result<S::Ok, S::Error> {
    serde_json::to_string(values).map_err(ser::Error::custom)?.serialize(serializer)
}

pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Value>, D::Error> {
    let text = <&str>::deserialize(deserializer)?;
    if depth(text) > MAX_DEPTH {
        return Err(D::Error::custom("the JSON is nested too deeply"));
    }
    serde_json::from_str(text).map_err(D::Error::custom)
}

/// The greatest depth of nested arrays and objects. The compiler has the same limit for the whole document that contains the
/// values.
const MAX_DEPTH: usize = 64;

/// Returns the depth of nested arrays and objects. For text that is not JSON, the result is at least the depth that a parser
/// reaches.
fn depth(text: &str) -> usize {
    let (mut depth, mut deepest, mut in_string, mut is_escaped) = (0_usize, 0, false, false);
    for byte in text.bytes() {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' => is_escaped = in_string,
            b'"' => in_string = !in_string,
            b'[' | b'{' if !in_string => {
                depth += 1;
                deepest = deepest.max(depth);
            }
            b']' | b'}' if !in_string => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    deepest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn depth_ignores_brackets_in_strings() {
        for (text, expected) in [
            ("[]", 1),
            (r#"[1, {"a": [[]]}, []]"#, 4),
            (r#"["[[[", "\"[[", "\\", []]"#, 2),
            ("", 0),
            ("]][", 1),
        ] {
            assert_eq!(depth(text), expected, "{text}");
        }
    }
}
