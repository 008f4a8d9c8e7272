//! What nobody tells: the client's body where none is given, and what the backend answers.

use bytes::Bytes;
use http::header::{CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE, ETAG, RANGE};
use http::{HeaderMap, HeaderValue, StatusCode};

use super::Question;
use super::story::Server;
use crate::check::rights::gives_a_document;
use crate::check::samples::is_textual;
use crate::gateway::EndpointRequest;
use crate::gateway::content::Conversion;

/// The beginning of a photograph: no UTF-8, and no base64.
const PHOTOGRAPH: &[u8] = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00";

/// `hello`, in base64.
const BASE64: &[u8] = b"aGVsbG8=";

/// How long a body is that nobody gives: that of [`BASE64`], which is as long as any of them.
pub(super) const LENGTH: usize = BASE64.len();

/// A body such as the conversion wants, of the type that the client names.
pub(super) fn client_body(content_type: Option<&str>, conversion: Conversion) -> Bytes {
    match conversion {
        Conversion::Base64Decode => Bytes::from_static(BASE64),
        Conversion::Identity | Conversion::Text | Conversion::Base64Encode => {
            body_of(content_type.unwrap_or("application/json"))
        }
    }
}

/// What the backend answers.
#[derive(Debug)]
pub(super) struct Reply {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
}

/// What is known of a request when it is answered.
#[derive(Clone, Copy, Debug)]
pub(super) struct Asked {
    pub(super) server: Server,
    /// Whether the URL has a key.
    pub(super) names_key: bool,
    /// Whether this is the second request, without ranges and conditions.
    pub(super) is_repeated: bool,
}

impl Reply {
    pub(super) fn to(request: &EndpointRequest<()>, question: &Question, asked: Asked) -> Self {
        let status = status(request, question, asked);
        let supposed = match asked.server {
            Server::S3 => of_s3(request, status, asked.names_key),
            Server::Http | Server::HttpProxy | Server::Mock => {
                Some((guessed(request, "application/json"), None))
            }
        };
        let has_body = !matches!(status.as_u16(), 204 | 205 | 304);
        let supposed = supposed.filter(|_| has_body);
        let content_type = question.answered_type.clone().filter(|_| has_body);
        let content_type = content_type.or_else(|| supposed.as_ref().map(|(name, _)| name.clone()));
        let body = match (supposed, &content_type) {
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
            let asked =
                request.headers.get(RANGE).and_then(|range| range.to_str().ok()?.strip_prefix("bytes="));
            let asked = asked.filter(|range| range.split('-').all(|end| end.parse::<u32>().is_ok()));
            let range = format!("bytes {}/1000000", asked.unwrap_or("0-9"));
            headers.extend(HeaderValue::from_str(&range).ok().map(|range| (CONTENT_RANGE, range)));
        }
        let is_of_object = status.is_success() || status == StatusCode::NOT_MODIFIED;
        let has_tag =
            matches!(request.method.as_str(), "GET" | "HEAD" | "PUT") && !asks_for_a_document(request);
        if asked.server == Server::S3 && asked.names_key && is_of_object && has_tag {
            headers.insert(ETAG, HeaderValue::from_static("\"etag\""));
        }
        Self { status, headers, body }
    }

    pub(super) fn content_type(&self) -> Option<&str> {
        self.headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok())
    }
}

/// As it is asked for; else what is usual. Without ranges and conditions nothing answers to them.
fn status(request: &EndpointRequest<()>, question: &Question, asked: Asked) -> StatusCode {
    let is_conditional = |status: &StatusCode| matches!(status.as_u16(), 206 | 304 | 412 | 416);
    let told = question.status.filter(|status| !(asked.is_repeated && is_conditional(status)));
    told.unwrap_or_else(|| match (asked.server, request.method.as_str()) {
        (Server::S3, "DELETE") => StatusCode::NO_CONTENT,
        (Server::S3, "GET" | "HEAD") if asked.names_key && request.headers.contains_key(RANGE) => {
            StatusCode::PARTIAL_CONTENT
        }
        _ => StatusCode::OK,
    })
}

/// The type and the body; without one, the body is such as that type has. `None` where S3 answers without a body.
fn of_s3(
    request: &EndpointRequest<()>,
    status: StatusCode,
    names_key: bool,
) -> Option<(String, Option<Bytes>)> {
    let xml = |text: String| Some(("application/xml".to_owned(), Some(Bytes::from(text))));
    if !status.is_success() {
        return xml(format!("<Error><Code>{}</Code></Error>", code(status)));
    }
    match request.method.as_str() {
        "GET" | "HEAD" if asks_for_a_document(request) => xml("<Answer/>".to_owned()),
        "GET" | "HEAD" if names_key => Some((guessed(request, "binary/octet-stream"), None)),
        "GET" | "HEAD" => xml("<ListResult/>".to_owned()),
        "POST" => xml("<Answer/>".to_owned()),
        _ => None,
    }
}

/// Whether the URL asks for something of a bucket or an object, as its ACL.
fn asks_for_a_document(request: &EndpointRequest<()>) -> bool {
    let query = request.url.split_once('?').map_or("", |(_, query)| query);
    query.split('&').map(|pair| pair.split('=').next().unwrap_or_default()).any(gives_a_document)
}

/// S3's codes of its most frequent errors (<https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html>).
fn code(status: StatusCode) -> &'static str {
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

/// The type by the extension of the URL's path.
fn guessed(request: &EndpointRequest<()>, otherwise: &str) -> String {
    let path = request.url.split('?').next().unwrap_or_default();
    let path = path.split_once("://").map_or(path, |(_, rest)| rest);
    let path = path.split_once('/').map_or("", |(_, path)| path);
    mime_guess::from_path(path).first_raw().unwrap_or(otherwise).to_owned()
}

fn body_of(content_type: &str) -> Bytes {
    let is = |word: &str| content_type.to_ascii_lowercase().contains(word);
    match is_textual(content_type) {
        true if is("json") => Bytes::from_static(b"{}"),
        true if is("xml") => Bytes::from_static(b"<hello/>"),
        true => Bytes::from_static(b"hello"),
        false => Bytes::from_static(PHOTOGRAPH),
    }
}
