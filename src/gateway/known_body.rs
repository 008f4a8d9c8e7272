//! A body that the document looks into: validators and mappings read values out of it.
//!
//! Inside: when that is, reading a body once, and its values. Not inside: what a validator asks for (`validation`).

use serde_json::Value;

use super::context::{Context, Matched};
use super::method_request::refuse_over_payload_limit;
use super::rejection::Rejection;
use super::validation::{require_model, require_parameters};
use crate::api::integration::IntegrationResponse;
use crate::api::json_path::JsonPath;
use crate::api::mapping::{RequestSource, ResponseSource};
use crate::api::model::{Matches, Model};

/// What is known of a request's body before it is opened.
#[derive(Debug)]
pub(super) enum Look {
    /// Nothing: the head was not checked yet.
    NotYet,
    /// The head is right, and nobody looks into the body.
    NotNeeded,
    /// The head is right, and the body has to be read.
    Needed,
    /// What it says.
    Known(KnownBody),
}

/// A body, as far as it can be read.
#[derive(Debug)]
pub(super) struct KnownBody {
    text: String,
    /// `None` where it is no JSON, and did not begin as if it were.
    json: Option<Value>,
}

/// A body that begins as JSON does, and is none.
#[derive(Debug)]
pub(super) struct MalformedJson;

impl KnownBody {
    /// Reads a body. An empty one is `{}` (observed on API Gateway). One whose first character after white space is not
    /// `{`, `[`, `"` or `'` is text (observed on LocalStack).
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

    /// The text that a mapping takes out of it: a string as it is, everything else as JSON.
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

impl<'g> Context<'g> {
    /// Whether the body has to be read before the request can be [opened](super::MethodRequest::open), as the document looks
    /// into it: hand all of it to [`Context::look_into`] then.
    ///
    /// # Errors
    /// The [`Rejection`] for a request that goes no further, whatever its body is.
    pub fn looks_into_body(&mut self) -> Result<bool, Rejection> {
        let looks = self.check_head()?;
        self.look = if looks { Look::Needed } else { Look::NotNeeded };
        Ok(looks)
    }

    /// Checks what can be checked before the body has come. Whether somebody looks into that.
    fn check_head(&self) -> Result<bool, Rejection> {
        let matched = self.served().ok_or_else(Rejection::missing_authentication_token)?;
        refuse_over_payload_limit(self)?;
        require_parameters(self, &matched.operation.validation)?;
        Ok(self.wants_body())
    }

    /// Whether the document looks into the body, whatever else there is to say of the request.
    pub(crate) fn wants_body(&self) -> bool {
        self.model().is_some() || self.served().is_some_and(maps_body)
    }

    /// Takes the body of a request that is looked into.
    ///
    /// # Errors
    /// The [`Rejection`] for a body that does not fit its model, or is not the JSON that it begins as.
    pub fn look_into(&mut self, body: &[u8], matches: &Matches) -> Result<(), Rejection> {
        if let Look::NotYet = self.look {
            self.check_head()?;
        }
        if let Some(model) = self.model() {
            require_model(model, body, matches)?;
        }
        let is_mapped = self.served().is_some_and(maps_body);
        let known = if is_mapped { KnownBody::read(body) } else { KnownBody::read(b"") };
        let known =
            known.map_err(|MalformedJson| Rejection::bad_body("Invalid JSON in request body".to_owned()))?;
        self.look = Look::Known(known);
        Ok(())
    }

    /// Makes sure that the head was checked, and that nobody forgot to look.
    pub(super) fn refuse_unread_body(&self) -> Result<(), Rejection> {
        let is_unread = match self.look {
            Look::NotYet => self.check_head()?,
            Look::NotNeeded | Look::Known(_) => false,
            Look::Needed => true,
        };
        if is_unread {
            return Err(Rejection::configuration("the document looks into the body, and nobody has read it"));
        }
        Ok(())
    }

    /// What the body says, where somebody looked.
    pub(super) fn known_body(&self) -> Option<&KnownBody> {
        match &self.look {
            Look::Known(body) => Some(body),
            Look::NotYet | Look::NotNeeded | Look::Needed => None,
        }
    }

    /// What the body has to be.
    pub(super) fn model(&self) -> Option<&'g Model> {
        let content_type = self.inbound.headers.get("content-type").and_then(|value| value.to_str().ok());
        self.served()?.operation.validation.models.of(content_type)
    }
}

fn maps_body(matched: &Matched<'_>) -> bool {
    let parameters = &matched.operation.integration.request_parameters;
    parameters.iter().any(|(_, source)| matches!(source, RequestSource::Body(_)))
}

/// Whether headers for the client are read out of S3's body.
pub(super) fn reads_body(entry: &IntegrationResponse) -> bool {
    entry.headers.iter().any(|(_, source)| matches!(source, ResponseSource::Body(_)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::json_path::Step;

    /// The paths of the table below.
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
    fn values() {
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
            let known = KnownBody::read(body.as_bytes()).unwrap();
            assert_eq!(known.value(&path(written)).as_deref(), expected, "{body} {written}");
        }
        for malformed in ["{", "[1", "\"a", "'a'", "{} x", " {", "\n[1"] {
            assert!(KnownBody::read(malformed.as_bytes()).is_err(), "{malformed}");
        }
    }
}
