//! The URL of a request to an HTTP backend: the integration's uri with its placeholders filled.
//!
//! Inside: what of a client's value goes into it, and how it is encoded. Not inside: URLs of S3 (`place`, `s3::wire_url`).

use std::fmt;

use percent_encoding::{AsciiSet, CONTROLS, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

use super::context::Context;
use super::parameters::{Mapped, raw_path_value};
use super::place::missing;
use super::rejection::Rejection;
use crate::api::http_uri::HttpUri;
use crate::api::integration_uri::{UriPiece, UriText};
use crate::api::mapping::{Name, RequestSource, RequestTarget};
use crate::api::template::Values;
use crate::s3::Endpoint;

/// An absolute URL of a server that is not S3.
#[derive(Clone, Debug)]
pub(super) struct HttpUrl(String);

/// What stands for itself in a query: the unreserved characters.
const QUERY: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// In a path the slash does too.
const PATH: &AsciiSet = &QUERY.remove(b'/');

/// What a document cannot mean by what it writes: URL parsing encodes it, so that this is what arrives.
const WRITTEN: &AsciiSet =
    &CONTROLS.add(b' ').add(b'"').add(b'<').add(b'>').add(b'`').add(b'\\').add(b'^').add(b'|').add(b'}');

impl HttpUrl {
    /// Fills the placeholders. `passed` is a query of the client's that passes as it came.
    ///
    /// # Errors
    /// A [`Rejection`] for a placeholder without a value, a host that is none, and a path that would lead elsewhere.
    pub(super) fn render(
        uri: &HttpUri,
        context: &Context<'_>,
        mapped: &Mapped<'_>,
        passed: Option<&str>,
    ) -> Result<Self, Rejection> {
        let filling = Filling { context, mapped };
        // A stage variable may be all of a URL without its scheme: whatever is in it counts as if it were written there.
        let place = filling.fill(&uri.authority, PATH)? + &filling.fill(&uri.path, PATH)?;
        let (place, of_variables) = match place.split_once('?') {
            Some((place, query)) => (place, Some(query.to_owned())),
            None => (place.as_str(), None),
        };
        let (authority, path) = place.split_at(place.find('/').unwrap_or(place.len()));
        let endpoint = Endpoint::parse(&format!("{}{authority}", uri.scheme.prefix()));
        let endpoint = endpoint.map_err(|error| {
            Rejection::configuration(format!("the host `{authority}` of the integration's uri: {error}"))
        })?;
        refuse_dots(path)?;
        let slash = if path.starts_with('/') { "" } else { "/" };
        let mut url = format!("{endpoint}{slash}{path}");
        let own = uri.query.as_ref().map(|query| filling.fill(query, QUERY)).transpose()?;
        let mapped = mapped.query.iter().map(|(name, value)| {
            format!("{}={}", utf8_percent_encode(name, QUERY), utf8_percent_encode(value, QUERY))
        });
        let parts = of_variables.into_iter().chain(own).chain(passed.map(str::to_owned)).chain(mapped);
        let mut separator = '?';
        for part in parts.filter(|part| !part.is_empty()) {
            url.push(separator);
            url.push_str(&part);
            separator = '&';
        }
        Ok(Self(url))
    }
}

impl fmt::Display for HttpUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

struct Filling<'f> {
    context: &'f Context<'f>,
    mapped: &'f Mapped<'f>,
}

impl Filling<'_> {
    fn fill(&self, text: &UriText, set: &'static AsciiSet) -> Result<String, Rejection> {
        let mut filled = String::new();
        for piece in &text.0 {
            match piece {
                UriPiece::Text(text) => filled.extend(utf8_percent_encode(text, WRITTEN)),
                UriPiece::Parameter(name) => match self.as_it_came(name) {
                    Some(raw) => filled.push_str(raw),
                    None => {
                        let value =
                            self.mapped.path_value(name).ok_or_else(|| missing(name, self.context))?;
                        filled.extend(utf8_percent_encode(value, set));
                    }
                },
                UriPiece::StageVariable(name) => {
                    filled.push_str(&self.context.stage_variable(name.as_str()).unwrap_or_default());
                }
                // Refused in a URL when the document is loaded.
                UriPiece::Region => {}
            }
        }
        Ok(filled)
    }

    /// A value out of the client's path goes on as it came, so that `%2F` stays what it is.
    fn as_it_came(&self, name: &Name) -> Option<&str> {
        let target = RequestTarget::Path(name.clone());
        let mut mappings = self.context.served()?.operation.integration.request_parameters.iter();
        let (_, source) = mappings.find(|(known, _)| *known == target)?;
        let RequestSource::MethodRequest(source) = source else { return None };
        raw_path_value(self.context, source)
    }
}

/// URL parsing takes `.` and `..` for steps, and a client would be led out of the path that the document gives it.
pub(super) fn refuse_dots(path: &str) -> Result<(), Rejection> {
    let is_step =
        |segment: &str| matches!(percent_decode_str(segment).collect::<Vec<_>>().as_slice(), b"." | b"..");
    if path.split(['/', '\\']).any(is_step) {
        return Err(Rejection::bad_parameter("the path has a segment . or .."));
    }
    Ok(())
}
