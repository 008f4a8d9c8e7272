//! Parses the lines with which JavaScript passes the head of a message, and writes heads as JSON for JavaScript.

use std::borrow::Cow;

use http::{HeaderMap, HeaderName, HeaderValue, Method};
use serde::{Serialize, Serializer};

use crate::gateway::message::Response;

/// Parses the lines of headers. With `names`, a line has an index into `names` instead of a name. A header that is not valid
/// is left out, so it cannot make the request fail.
pub(super) fn headers<'l>(lines: impl Iterator<Item = &'l str>, names: Option<&[HeaderName]>) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for line in lines {
        let Some((name, value)) = line.split_once(':') else { continue };
        let name = match names {
            Some(names) => name.parse().ok().and_then(|index: usize| names.get(index)).cloned(),
            None => HeaderName::from_bytes(name.as_bytes()).ok(),
        };
        let value = HeaderValue::from_bytes(value.as_bytes()).ok();
        if let Some((name, value)) = name.zip(value) {
            headers.append(name, value);
        }
    }
    headers
}

/// The head of a request as JSON.
#[derive(Serialize)]
struct RequestJson<'a> {
    url: &'a str,
    method: &'a str,
    headers: HeadersJson<'a>,
}

/// The head of a response as JSON. `Set-Cookie` is the only header whose values cannot be joined
/// (<https://www.rfc-editor.org/rfc/rfc6265#section-3>).
#[derive(Serialize)]
struct ResponseJson<'a> {
    status: u16,
    headers: HeadersJson<'a>,
    cookies: Vec<Cow<'a, str>>,
}

/// Headers as a JSON object.
#[derive(Default)]
struct HeadersJson<'a>(Vec<(&'a str, Cow<'a, str>)>);

impl<'a> HeadersJson<'a> {
    /// Adds a header. The values of a repeated header are joined.
    fn add(&mut self, name: &'a str, value: Cow<'a, str>) {
        match self.0.iter_mut().find(|(known, _)| *known == name) {
            Some((_, known)) => *known = Cow::Owned(format!("{known}, {value}")),
            None => self.0.push((name, value)),
        }
    }
}

impl Serialize for HeadersJson<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, value)| (name, value)))
    }
}

pub(super) fn request_json(method: &Method, url: &str, headers: &HeaderMap) -> String {
    let mut object = HeadersJson::default();
    for (name, value) in headers {
        object.add(name.as_str(), sendable(value.as_bytes()));
    }
    json(&RequestJson { url, method: method.as_str(), headers: object })
}

pub(super) fn response_json<B>(response: &Response<B>) -> String {
    let (mut headers, mut cookies) = (HeadersJson::default(), Vec::new());
    for (name, value) in &response.headers {
        let value = sendable(value.as_bytes());
        if name.eq_ignore_ascii_case("set-cookie") {
            cookies.push(value);
        } else {
            headers.add(name, value);
        }
    }
    json(&ResponseJson { status: response.status.as_u16(), headers, cookies })
}

/// Returns the text of a value. Control characters except tabs become spaces, because `fetch` and `Response` refuse line
/// feeds, and clients reject a response with other control characters
/// (<https://www.rfc-editor.org/rfc/rfc9110#section-5.5>).
fn sendable(value: &[u8]) -> Cow<'_, str> {
    let text = String::from_utf8_lossy(value);
    let is_refused = |character: char| character.is_ascii_control() && character != '\t';
    if text.contains(is_refused) { Cow::Owned(text.replace(is_refused, " ")) } else { text }
}

fn json(head: &impl Serialize) -> String {
    // Serialization fails only for maps whose keys are not strings. The heads have no such maps.
    serde_json::to_string(head).unwrap_or_default()
}
