//! JSON values in the compiled form: as JSON text, because the form describes no types.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error, ser};
use serde_json::Value;

pub fn serialize<S: Serializer>(values: &[Value], serializer: S) -> Result<S::Ok, S::Error> {
    serde_json::to_string(values).map_err(ser::Error::custom)?.serialize(serializer)
}

pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Value>, D::Error> {
    let text = <&str>::deserialize(deserializer)?;
    if depth(text) > DEEPEST {
        return Err(D::Error::custom("JSON that is nested too deeply"));
    }
    serde_json::from_str(text).map_err(D::Error::custom)
}

/// The depth of a whole document in the compiler, which these values are a part of.
const DEEPEST: usize = 64;

/// Returns how deep arrays and objects are nested. Of text that is not JSON, the result is at least as deep as a parser gets.
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
    fn depths() {
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
