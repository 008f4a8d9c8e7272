//! The head of a client's request, and the values that mappings read out of it.

use std::borrow::Cow;
use std::net::IpAddr;
use std::time::SystemTime;

use http::header::CONTENT_LENGTH;
use http::{HeaderMap, HeaderName, Method};
use percent_encoding::percent_decode_str;

use crate::api::http_uri::Scheme;
use crate::gateway::rejection::Rejection;

/// The head of a client's request, and the circumstances of its arrival.
#[derive(Clone, Debug)]
pub struct Inbound {
    pub method: Method,
    /// The scheme of the URL.
    pub scheme: Scheme,
    /// The path of the URL, percent-encoded as it arrived.
    pub path: String,
    /// The query of the URL, without `?`, as it arrived.
    pub query: Option<String>,
    /// The host of the URL.
    pub host: String,
    pub headers: HeaderMap,
    /// A new id for this request.
    pub request_id: String,
    /// The client's address, if it is known.
    pub source_ip: Option<IpAddr>,
    /// The time of arrival.
    pub time: SystemTime,
}

pub(in crate::gateway) const METHOD_OVERRIDE: HeaderName = HeaderName::from_static("x-http-method-override");

impl Inbound {
    /// Returns the `Content-Length`, or `None` if it is missing or not valid.
    pub fn content_length(&self) -> Option<u64> {
        /// JavaScript represents each integer below this limit exactly.
        const LIMIT: u64 = 1 << 53;
        let length = self.text(&CONTENT_LENGTH)?.parse().ok()?;
        (length < LIMIT).then_some(length)
    }

    /// Returns the method that selects the operation: `X-HTTP-Method-Override`, or else the method of the request
    /// (<https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-known-issues.html>).
    pub fn intended_method(&self) -> Method {
        self.overriding_method().unwrap_or_else(|| self.method.clone())
    }

    /// Returns the method in `X-HTTP-Method-Override`, or `None` if the header is missing or not a method.
    pub fn overriding_method(&self) -> Option<Method> {
        let name = self.headers.get(METHOD_OVERRIDE)?.as_bytes().trim_ascii();
        Method::from_bytes(&name.to_ascii_uppercase()).ok()
    }

    /// Returns the first value of a header, or `None` if the header is missing or its value is not visible ASCII.
    pub fn text(&self, name: &HeaderName) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// Returns each value of a header. In the Worker, a header has at most one value, because the runtime joins the values.
    pub(super) fn header_values(&self, name: &str) -> impl Iterator<Item = Cow<'_, str>> {
        self.headers.get_all(name).iter().map(|value| String::from_utf8_lossy(value.as_bytes()))
    }

    /// Returns each value of a query parameter, in the order of the query. A value is form-decoded once: `+` is a space. A
    /// value that is not UTF-8 is a [`Rejection`].
    pub(super) fn query_values<'q>(
        &'q self,
        name: &'q str,
    ) -> impl Iterator<Item = Result<String, Rejection>> + 'q {
        let pairs = self.query.as_deref().unwrap_or_default().split('&').filter(|pair| !pair.is_empty());
        let pairs = pairs.map(|pair| pair.split_once('=').unwrap_or((pair, "")));
        let wanted =
            pairs.filter(move |(raw, _)| *raw == name || form_decode(raw, name).is_ok_and(|raw| raw == name));
        wanted.map(move |(_, raw)| form_decode(raw, name))
    }
}

fn form_decode(raw: &str, name: &str) -> Result<String, Rejection> {
    if raw.contains('+') { percent_decode(&raw.replace('+', " "), name) } else { percent_decode(raw, name) }
}

/// Percent-decodes the value of the parameter `name`.
///
/// # Errors
/// The [`Rejection`] for a value that is not UTF-8. S3 keys are always UTF-8.
pub(super) fn percent_decode(raw: &str, name: &str) -> Result<String, Rejection> {
    let decoded = percent_decode_str(raw).decode_utf8();
    let decoded =
        decoded.map_err(|_| Rejection::bad_parameter(format!("the value of {name} is not UTF-8")))?;
    Ok(decoded.into_owned())
}
