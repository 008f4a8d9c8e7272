//! Simulates the response of the backend, and has example bodies of the client.

use bytes::Bytes;
use http::header::{CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE, ETAG, RANGE};
use http::{HeaderMap, HeaderValue, Method, StatusCode};
use s3_edge_gateway::gateway::conversion::Conversion;

use super::example_request::ExampleRequest;
use super::explanation::Backend;
use crate::policy::actions::document_type;

/// The first bytes of a JPEG image: neither UTF-8 nor base64.
const JPEG: &[u8] = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00";

/// `hello`, encoded as base64.
const BASE64: &[u8] = b"aGVsbG8=";

/// The `Content-Length`, in bytes, of a request whose body is an example. The example body may have another length,
/// because no stage compares the two lengths.
pub(super) const CLIENT_BODY_LENGTH: usize = BASE64.len();

/// Returns an example body of the type `content_type`, or base64 if the conversion decodes base64.
pub(super) fn client_body(content_type: Option<&str>, conversion: Conversion) -> Bytes {
    match conversion {
        Conversion::Base64Decode => Bytes::from_static(BASE64),
        Conversion::Identity | Conversion::Text | Conversion::Base64Encode => {
            body_of(content_type.unwrap_or("application/json"))
        }
    }
}

/// The simulated response of the backend.
#[derive(Debug)]
pub(super) struct BackendResponse {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
}

/// A request to the backend.
#[derive(Clone, Copy, Debug)]
pub(super) struct Received<'r> {
    pub(super) method: &'r Method,
    pub(super) url: &'r str,
    pub(super) headers: &'r HeaderMap,
    pub(super) backend: Backend,
    /// Whether the URL contains the key of an object.
    pub(super) names_key: bool,
    /// Whether this is the second request, which the gateway sends without range and condition.
    pub(super) is_repeated: bool,
}

impl BackendResponse {
    /// Returns the response to a request, with the status and the type of the example request if it has them.
    pub(super) fn to(received: &Received<'_>, example: &ExampleRequest) -> Self {
        let status = received.status(example);
        let has_body = !matches!(status.as_u16(), 204 | 205 | 304);
        let usual = received.usual_body(status).filter(|_| has_body);
        let content_type = example.response_type.clone().filter(|_| has_body);
        let content_type = content_type.or_else(|| usual.as_ref().map(|(media_type, _)| media_type.clone()));
        let body = match (usual, &content_type) {
            (Some((_, Some(body))), _) => body,
            (Some((_, None)), Some(content_type)) => body_of(content_type),
            _ => Bytes::new(),
        };
        let mut headers = HeaderMap::new();
        if let Some(value) = content_type.and_then(|text| HeaderValue::from_str(&text).ok()) {
            headers.insert(CONTENT_TYPE, value);
        }
        if has_body {
            headers.insert(CONTENT_LENGTH, HeaderValue::from(body.len()));
        }
        if status == StatusCode::PARTIAL_CONTENT {
            headers.extend(received.content_range().map(|range| (CONTENT_RANGE, range)));
        }
        if received.has_etag(status) {
            headers.insert(ETAG, HeaderValue::from_static("\"etag\""));
        }
        Self { status, headers, body }
    }

    pub(super) fn content_type(&self) -> Option<&str> {
        self.headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok())
    }
}

impl Received<'_> {
    /// Returns the status that the example request sets, or the usual status. A repeated request has no range and no
    /// condition, so its status is not 206, 304, 412 or 416.
    fn status(&self, example: &ExampleRequest) -> StatusCode {
        let is_conditional = |status: &StatusCode| matches!(status.as_u16(), 206 | 304 | 412 | 416);
        let given = example.status.filter(|status| !(self.is_repeated && is_conditional(status)));
        given.unwrap_or_else(|| match (self.backend, self.method.as_str()) {
            (Backend::S3, "DELETE") => StatusCode::NO_CONTENT,
            (Backend::S3, "GET" | "HEAD") if self.names_key && self.headers.contains_key(RANGE) => {
                StatusCode::PARTIAL_CONTENT
            }
            _ => StatusCode::OK,
        })
    }

    /// Returns the usual type and body of a response, or `None` if the response has no body. If the inner `Option` is
    /// `None`, the body is an example body of the type.
    fn usual_body(&self, status: StatusCode) -> Option<(String, Option<Bytes>)> {
        let xml = |text: String| Some(("application/xml".to_owned(), Some(Bytes::from(text))));
        if self.backend != Backend::S3 {
            return Some((self.type_of_path("application/json"), None));
        }
        if !status.is_success() {
            return xml(format!("<Error><Code>{}</Code></Error>", error_code(status)));
        }
        match self.method.as_str() {
            "GET" | "HEAD" if let Some(media_type) = self.document_type() => {
                let text = if media_type == "application/json" { "{}" } else { "<Answer/>" };
                Some((media_type.to_owned(), Some(Bytes::from_static(text.as_bytes()))))
            }
            "GET" | "HEAD" if self.names_key => Some((self.type_of_path("binary/octet-stream"), None)),
            "GET" | "HEAD" => xml("<ListResult/>".to_owned()),
            "POST" => xml("<Answer/>".to_owned()),
            _ => None,
        }
    }

    fn content_range(&self) -> Option<HeaderValue> {
        let wanted = self.headers.get(RANGE);
        let wanted = wanted.and_then(|range| range.to_str().ok()?.strip_prefix("bytes="));
        let wanted = wanted.filter(|range| range.split('-').all(|end| end.parse::<u32>().is_ok()));
        HeaderValue::from_str(&format!("bytes {}/1000000", wanted.unwrap_or("0-9"))).ok()
    }

    fn has_etag(&self, status: StatusCode) -> bool {
        let has_object = status.is_success() || status == StatusCode::NOT_MODIFIED;
        let is_object =
            matches!(self.method.as_str(), "GET" | "HEAD" | "PUT") && self.document_type().is_none();
        self.backend == Backend::S3 && self.names_key && has_object && is_object
    }

    /// Returns the media type of the subresource that the query selects, such as an ACL, or `None` if it selects none.
    fn document_type(&self) -> Option<&'static str> {
        let query = self.url.split_once('?').map_or("", |(_, query)| query);
        query.split('&').find_map(|pair| document_type(pair.split('=').next().unwrap_or_default()))
    }

    /// Returns the media type for the extension of the path, or `otherwise` if the extension is unknown.
    fn type_of_path(&self, otherwise: &str) -> String {
        let path = self.url.split('?').next().unwrap_or_default();
        let path = path.split_once("://").map_or(path, |(_, rest)| rest);
        let path = path.split_once('/').map_or("", |(_, path)| path);
        mime_guess::from_path(path).first_raw().unwrap_or(otherwise).to_owned()
    }
}

/// Returns the error code of S3 for a status (<https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html>).
fn error_code(status: StatusCode) -> &'static str {
    match status.as_u16() {
        301 => "PermanentRedirect",
        403 => "AccessDenied",
        404 => "NoSuchKey",
        412 => "PreconditionFailed",
        416 => "InvalidRange",
        500 => "InternalError",
        503 => "SlowDown",
        _ => "SomeError",
    }
}

fn body_of(content_type: &str) -> Bytes {
    let essence = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let has = |word: &str| essence.contains(word);
    Bytes::from_static(match () {
        () if has("json") => b"{}",
        () if has("xml") && !has("openxml") => b"<hello/>",
        () if essence.starts_with("text/") || has("javascript") || has("x-www-form-urlencoded") => b"hello",
        () => JPEG,
    })
}
