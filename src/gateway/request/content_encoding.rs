//! The `Content-Encoding` of request bodies. If the document sets `x-amazon-apigateway-minimum-compression-size`, bodies are
//! decoded before validators, mappings and templates read them
//! (<https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-make-request-with-compressed-payload.html>).

use http::HeaderMap;
use http::header::CONTENT_ENCODING;

use crate::api::Compression;
use crate::api::gateway_response::ResponseType;
use crate::gateway::rejection::Rejection;

/// An encoding from which request bodies are decoded (RFC 9110 section 8.4.1).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum ContentEncoding {
    /// `gzip`, also written `x-gzip`.
    Gzip,
    /// `deflate`: the zlib format.
    Deflate,
}

/// The handling of a request's `Content-Encoding`.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Decoding {
    /// The body is not decoded, and mappings can read the header: the document does not enable compression, or the header is
    /// missing.
    None,
    /// Mappings cannot read the header. The body is decoded from this encoding, or does not change for `identity` (`None`).
    Removed(Option<ContentEncoding>),
    /// The encoding is not supported: the request is a 415.
    Unsupported,
}

impl ContentEncoding {
    pub fn name(self) -> &'static str {
        match self {
            Self::Gzip => "gzip",
            Self::Deflate => "deflate",
        }
    }

    /// Returns the rejection for a body that broke off while it was decoded, or does not have this encoding.
    pub(super) fn broken(self, reason: &str) -> Rejection {
        let cause = format!("the body broke off or is not {}: {reason}", self.name());
        Rejection::of(ResponseType::UnsupportedMediaType).because(cause)
    }
}

impl Decoding {
    pub(super) fn of(compression: &Compression, headers: &HeaderMap) -> Self {
        let encoding = match compression {
            Compression::Disabled => None,
            Compression::Enabled => headers.get(CONTENT_ENCODING),
        };
        let Some(encoding) = encoding.map(|encoding| encoding.as_bytes().to_ascii_lowercase()) else {
            return Self::None;
        };
        match encoding.as_slice() {
            b"identity" => Self::Removed(None),
            b"gzip" | b"x-gzip" => Self::Removed(Some(ContentEncoding::Gzip)),
            b"deflate" => Self::Removed(Some(ContentEncoding::Deflate)),
            _ => Self::Unsupported,
        }
    }

    /// Returns the encoding to decode, or `None` if the body is not decoded.
    pub(super) fn encoding(self) -> Option<ContentEncoding> {
        match self {
            Self::Removed(encoding) => encoding,
            Self::None | Self::Unsupported => None,
        }
    }
}
