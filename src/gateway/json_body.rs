//! A JSON body, from which mappings read values.

use serde_json::Value;

use crate::api::json_path::JsonPath;

/// A body that is JSON or text.
#[derive(Debug)]
pub(super) struct JsonBody {
    text: String,
    /// The parsed body. `None` for text that does not start as JSON does, and for [`JsonBody::empty`].
    json: Option<Value>,
}

/// The error for a body that starts as JSON does and is not JSON.
#[derive(Debug)]
pub(super) struct MalformedJson;

impl JsonBody {
    /// Returns the body `{}`. Only the root path has a value in it.
    pub(super) fn empty() -> Self {
        Self { text: "{}".to_owned(), json: None }
    }

    /// Reads a body. An empty body is `{}` (seen on API Gateway; date not recorded). A body whose first character after
    /// white space is not `{`, `[`, `"` or `'` is text (seen on LocalStack; date not recorded).
    ///
    /// # Errors
    /// [`MalformedJson`] if the body starts as JSON does and is not JSON.
    pub(super) fn read(bytes: &[u8]) -> Result<Self, MalformedJson> {
        let bytes = if bytes.is_empty() { b"{}" } else { bytes };
        let first = bytes.iter().find(|byte| !matches!(byte, b' ' | b'\t' | b'\r' | b'\n'));
        let begins_as_json = first.is_some_and(|first| b"{[\"'".contains(first));
        let json = if begins_as_json {
            Some(serde_json::from_slice(bytes).map_err(|_| MalformedJson)?)
        } else {
            None
        };
        Ok(Self { text: String::from_utf8_lossy(bytes).into_owned(), json })
    }

    /// Returns the value of a path for a mapping: a string without quotes, any other value as JSON. Returns `None` for null,
    /// and for a path without a value.
    pub(super) fn value(&self, path: &JsonPath) -> Option<String> {
        if path.is_root() {
            return Some(self.text.clone());
        }
        match path.follow(self.json.as_ref()?)? {
            Value::Null => None,
            Value::String(text) => Some(text.clone()),
            value => Some(value.to_string()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::json_path::Step;

    /// Returns a path of the table below.
    fn path(written: &str) -> JsonPath {
        let name = || Step::Name("a".to_owned());
        let steps = match written {
            "" => Vec::new(),
            ".a" => vec![name()],
            _ => vec![name(), Step::Index(0)],
        };
        JsonPath::new(written, steps)
    }

    #[test]
    fn a_path_reads_one_value_of_the_body() {
        for (body, written, expected) in [
            ("", "", Some("{}")),
            ("", ".a", None),
            ("{\"a\": \"text\"}", ".a", Some("text")),
            ("{\"a\": [1, true]}", ".a", Some("[1,true]")),
            ("{\"a\": [1, true]}", ".a[0]", Some("1")),
            ("{\"a\": null}", ".a", None),
            ("{ \"a\" : 1 }", "", Some("{ \"a\" : 1 }")),
            ("plain", "", Some("plain")),
            ("plain", ".a", None),
            ("12", ".a", None),
            ("\r\n\t {\"a\": \"text\"}", ".a", Some("text")),
            (" {\"a\": 1}", "", Some(" {\"a\": 1}")),
            (" ", ".a", None),
            (" ", "", Some(" ")),
            (" plain", "", Some(" plain")),
        ] {
            let known = JsonBody::read(body.as_bytes()).unwrap();
            assert_eq!(known.value(&path(written)).as_deref(), expected, "{body} {written}");
        }
        for malformed in ["{", "[1", "\"a", "'a'", "{} x", " {", "\n[1"] {
            assert!(JsonBody::read(malformed.as_bytes()).is_err(), "{malformed}");
        }
    }
}
