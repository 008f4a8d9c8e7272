//! A JSON body, from which mappings read values.

use bytes::Bytes;

use crate::api::json::{Json, Kind, NotJson, is_space};
use crate::api::json_path::JsonPath;

/// A body that is JSON or text.
#[derive(Debug)]
pub(super) struct JsonBody {
    text: Bytes,
    /// The body as JSON. `None` if the body is text by the rule of [`JsonBody::of`], and for [`JsonBody::empty`].
    json: Option<Json<Bytes>>,
}

/// The error for a body that is not text by the rule of [`JsonBody::of`], and is not JSON.
#[derive(Debug)]
pub(super) struct MalformedJson;

impl JsonBody {
    /// Returns the body `{}`. Only the root path has a value in it.
    pub(super) fn empty() -> Self {
        Self { text: Bytes::from_static(b"{}"), json: None }
    }

    /// Reads a body. An empty body is `{}` (seen on API Gateway; date not recorded).
    ///
    /// # Errors
    /// [`MalformedJson`] if the body is not text by the rule of [`JsonBody::of`], and is not JSON.
    pub(super) fn read(body: Bytes) -> Result<Self, MalformedJson> {
        let text = if body.is_empty() { Bytes::from_static(b"{}") } else { body };
        Self::of(text.clone(), Json::read(text))
    }

    /// Returns the body `text`. `json` is the result of reading `text` as JSON. A body whose first character after white
    /// space is not `{`, `[`, `"` or `'` is text (seen on LocalStack; date not recorded).
    ///
    /// # Errors
    /// [`MalformedJson`] if the body starts with one of these characters and is not JSON.
    pub(super) fn of(text: Bytes, json: Result<Json<Bytes>, NotJson>) -> Result<Self, MalformedJson> {
        let first = text.iter().find(|byte| !is_space(**byte));
        let begins_as_json = first.is_some_and(|first| b"{[\"'".contains(first));
        let json = if begins_as_json { Some(json.map_err(|NotJson| MalformedJson)?) } else { None };
        Ok(Self { text, json })
    }

    /// Returns the value of a path for a mapping: a string without quotes, any other value as JSON. The value of the root path
    /// is the whole body, unchanged. Returns `None` for null, and for a path without a value.
    pub(super) fn value(&self, path: &JsonPath) -> Option<String> {
        if path.is_root() {
            return Some(String::from_utf8_lossy(&self.text).into_owned());
        }
        let value = path.follow(self.json.as_ref()?.root())?;
        match value.kind() {
            Kind::Null => None,
            Kind::String(text) => Some(text.into_owned()),
            Kind::Number(_) | Kind::Bool(_) | Kind::Array | Kind::Object => Some(value.compact(usize::MAX)),
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
    fn a_path_reads_one_value_and_malformed_json_is_refused() {
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
            let known = JsonBody::read(Bytes::from(body)).unwrap();
            assert_eq!(known.value(&path(written)).as_deref(), expected, "{body} {written}");
        }
        for malformed in ["{", "[1", "\"a", "'a'", "{} x", " {", "\n[1"] {
            assert!(JsonBody::read(Bytes::from(malformed)).is_err(), "{malformed}");
        }
    }
}
