//! Lists of headers, each with its reason.

/// Headers that API Gateway drops on entry: no mapping or template can read them (observed).
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

/// Headers that a mapping may not set toward S3: such a request is a 500 (observed on API Gateway, toward AWS's services).
pub const FORBIDDEN_TO_S3: &[&str] = &[
    // Set by the signature.
    "authorization",
    // Set by the runtime, from the body and the connection.
    "content-length",
    "transfer-encoding",
    "connection",
    "expect",
    "te",
    // Of proxies between the gateway and the backend.
    "proxy-authenticate",
    // Set by the gateway.
    "x-amzn-trace-id",
    "x-amzn-apigateway-api-id",
];

/// Headers that a mapping may not set toward a URL (observed on API Gateway).
pub const FORBIDDEN_TO_URLS: &[&str] = &["content-length", "transfer-encoding"];

/// Headers that a mapping may set toward a URL, and that say nothing there: they are about the runtime's own connection.
pub(super) const WITHOUT_EFFECT: &[&str] = &["connection", "expect", "te", "proxy-authenticate"];

/// Headers of the client that do not pass to an `http_proxy`'s backend, beside [`NOT_READABLE`].
pub(super) const NOT_PROXIED: &[&str] = &[
    // That of the uri.
    "host",
    // The gateway has followed it.
    "x-http-method-override",
    // Of the client's connection alone (RFC 9110 section 7.6.1).
    "keep-alive",
    "proxy-connection",
    "proxy-authorization",
];

/// Headers of an `http_proxy`'s backend that are about its connection alone (RFC 9110 section 7.6.1).
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

/// Headers of the client that ask for a part, or under a condition: `ranges-and-conditions`.
pub(super) const CONDITIONAL: &[&str] =
    &["range", "if-range", "if-match", "if-none-match", "if-modified-since", "if-unmodified-since"];

/// Headers of S3 that describe the bytes: they pass with them, `representation-headers`.
pub(super) const REPRESENTATION: &[(&str, &str)] = &[
    ("content-type", "Content-Type"),
    ("content-encoding", "Content-Encoding"),
    ("content-language", "Content-Language"),
    ("content-disposition", "Content-Disposition"),
    ("cache-control", "Cache-Control"),
    ("expires", "Expires"),
    ("etag", "ETag"),
    ("last-modified", "Last-Modified"),
    ("accept-ranges", "Accept-Ranges"),
];

/// Headers that a mapping cannot set toward the client under their own name: they become `x-amzn-Remapped-…`
/// (<https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-known-issues.html>; the list as observed).
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

/// Headers that no mapping can set toward the client at all (observed).
pub const DROPPED: &[&str] = &["transfer-encoding"];
