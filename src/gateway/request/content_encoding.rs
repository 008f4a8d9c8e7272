//! Encoded request bodies: a document with a minimum compression size has them decoded before any stage reads them
//! (<https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-make-request-with-compressed-payload.html>).

use http::HeaderMap;
use http::header::CONTENT_ENCODING;

use crate::api::Compression;
use crate::api::gateway_response::ResponseType;
use crate::gateway::rejection::Rejection;

/// The encoding of a body (RFC 9110 section 8.4.1).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum ContentEncoding {
    /// `gzip`
    Gzip,
    /// `deflate`: the zlib format.
    Deflate,
}

/// The handling of a request's `Content-Encoding`.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Decoding {
    /// The header passes like any other: the document does not enable compression, or there is no such header.
    None,
    /// The header is removed, and the body is decoded unless it is `identity`.
    Removed(Option<ContentEncoding>),
    /// The encoding is not supported: 415.
    Unsupported,
}

impl ContentEncoding {
    /// Returns the name of the encoding.
    pub fn name(self) -> &'static str {
        match self {
            Self::Gzip => "gzip",
            Self::Deflate => "deflate",
        }
    }

    /// Returns the rejection for a body that broke off while it was decoded, or is not of this encoding.
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

    /// Returns the encoding to decode.
    pub(super) fn encoding(self) -> Option<ContentEncoding> {
        match self {
            Self::Removed(encoding) => encoding,
            Self::None | Self::Unsupported => None,
        }
    }
}
