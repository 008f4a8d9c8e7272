//! Rules of HTTP and of API Gateway for headers, methods, statuses and paths.

use std::borrow::Cow;

use http::{HeaderMap, HeaderName, Method, StatusCode, header};
use percent_encoding::percent_decode_str;

/// Headers that API Gateway drops on arrival: no mapping and no template can read them (seen on API Gateway; date not
/// recorded).
pub const NOT_READABLE: &[&str] = &[
    "connection",
    "content-length",
    "content-md5",
    "expect",
    "max-forwards",
    "proxy-authenticate",
    "server",
    "te",
    "transfer-encoding",
    "trailer",
    "upgrade",
    "www-authenticate",
];

/// Headers that a mapping must not set in requests to S3. If a mapping sets one of them, the client's request is a 500 (seen
/// on API Gateway, for AWS services; date not recorded).
pub const FORBIDDEN_TO_S3: &[&str] = &[
    // Set by the signature.
    "authorization",
    // Set by the runtime, from the body and the connection.
    "content-length",
    "transfer-encoding",
    "connection",
    "expect",
    "te",
    // A header of responses. API Gateway does not send it in requests either.
    "proxy-authenticate",
    // Set by API Gateway.
    "x-amzn-trace-id",
    "x-amzn-apigateway-api-id",
];

/// Headers that a mapping must not set in requests to a URL (seen on API Gateway; date not recorded).
pub const FORBIDDEN_TO_URLS: &[&str] = &["content-length", "transfer-encoding"];

/// Headers that a mapping may set in requests to a URL, but without effect: they concern the connection, which belongs to
/// the runtime.
pub(super) const WITHOUT_EFFECT: &[&str] = &["connection", "expect", "te", "proxy-authenticate"];

/// Headers of the client that do not pass to the backend of an `http_proxy`, in addition to [`NOT_READABLE`].
pub(super) const NOT_PROXIED: &[&str] = &[
    // Set by the runtime, from the `uri`.
    "host",
    // The gateway has already applied this method.
    "x-http-method-override",
    // Only about the client's connection (RFC 9110 section 7.6.1).
    "keep-alive",
    "proxy-connection",
    // The client's credentials for a proxy between the client and the gateway (RFC 9110 section 11.7.2).
    "proxy-authorization",
];

/// Headers that are only about one connection (RFC 9110 section 7.6.1).
pub(super) const HOP_BY_HOP: &[&str] = &[
    "connection",
    "keep-alive",
    "proxy-authenticate",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];

/// Headers that request a range or set a condition.
pub(super) const CONDITIONAL: [HeaderName; 6] = [
    header::RANGE,
    header::IF_RANGE,
    header::IF_MATCH,
    header::IF_NONE_MATCH,
    header::IF_MODIFIED_SINCE,
    header::IF_UNMODIFIED_SINCE,
];

/// Headers of a backend's response that `edge` sends to the client with an unchanged body or a 304, each with its spelling.
pub(super) const REPRESENTATION: [(HeaderName, &str); 9] = [
    (header::CONTENT_TYPE, "Content-Type"),
    (header::CONTENT_ENCODING, "Content-Encoding"),
    (header::CONTENT_LANGUAGE, "Content-Language"),
    (header::CONTENT_DISPOSITION, "Content-Disposition"),
    (header::CACHE_CONTROL, "Cache-Control"),
    (header::EXPIRES, "Expires"),
    (header::ETAG, "ETag"),
    (header::LAST_MODIFIED, "Last-Modified"),
    (header::ACCEPT_RANGES, "Accept-Ranges"),
];

/// Headers that a mapping cannot set in the response under their own names: they get the name `x-amzn-Remapped-…`
/// (<https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-known-issues.html>; the list was seen on API
/// Gateway, date not recorded).
pub const REMAPPED: &[&str] = &[
    "authorization",
    "connection",
    "content-length",
    "content-md5",
    "date",
    "expect",
    "host",
    "max-forwards",
    "proxy-authenticate",
    "server",
    "trailer",
    "upgrade",
    "user-agent",
    "www-authenticate",
];

/// Headers that no mapping can set in the response (seen on API Gateway; date not recorded).
pub const DROPPED: &[&str] = &["transfer-encoding"];

/// Returns whether a request has a range or a condition.
pub(super) fn has_condition(headers: &HeaderMap) -> bool {
    CONDITIONAL.iter().any(|name| headers.contains_key(name))
}

/// Returns whether a request of this method is sent to the backend without a body, whatever the client sends (seen on API
/// Gateway; date not recorded).
pub fn sends_nothing(method: &Method) -> bool {
    matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS)
}

/// Returns whether a method reads: GET or HEAD. The client's ranges and conditions are sent only with these methods.
pub(super) fn reads_object(method: &Method) -> bool {
    matches!(*method, Method::GET | Method::HEAD)
}

/// Returns whether a response of this status has no body (<https://fetch.spec.whatwg.org/#null-body-status>).
pub(super) fn has_no_body(status: StatusCode) -> bool {
    matches!(status.as_u16(), 204 | 205 | 304)
}

/// Returns the last value of a header as text, or `None` if the header is missing. Bytes that are not UTF-8 become U+FFFD.
pub(super) fn header_text<'h>(headers: &'h HeaderMap, name: &HeaderName) -> Option<Cow<'h, str>> {
    let last = headers.get_all(name).iter().next_back()?;
    Some(String::from_utf8_lossy(last.as_bytes()))
}

/// Returns whether a path has a segment `.` or `..`, also percent-encoded. URL parsing would resolve such a segment. A
/// backslash separates segments, too.
pub(super) fn has_dot_segment(path: &str) -> bool {
    let is_dots =
        |segment: &str| matches!(percent_decode_str(segment).collect::<Vec<_>>().as_slice(), b"." | b"..");
    path.split(['/', '\\']).any(is_dots)
}

/// Returns whether a path has a segment `.` or `..` after it is decoded. URL parsing would not resolve a segment after `%2F` or
/// `%5C`, but some servers decode the path before they resolve segments.
pub(super) fn has_encoded_dot_segment(path: &str) -> bool {
    let decoded: Vec<u8> = percent_decode_str(path).collect();
    decoded.split(|byte| matches!(byte, b'/' | b'\\')).any(|segment| matches!(segment, b"." | b".."))
}
