//! Encoded bodies of requests: a document with a minimum compression size has them decoded before anybody looks at them
//! (<https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-make-request-with-compressed-payload.html>).
//!
//! Inside: which encoding a body has, and that nobody hears of it afterwards. Not inside: decoding, which the runtime does.

use http::header::{CONTENT_ENCODING, CONTENT_LENGTH};

use super::context::Context;
use super::method_request::refuse_over_payload_limit;
use super::rejection::Rejection;
use crate::api::Compression;
use crate::api::gateway_response::ResponseType;

/// How a body is encoded (RFC 9110 section 8.4.1).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Coding {
    /// `gzip`
    Gzip,
    /// `deflate`: the zlib format.
    Deflate,
}

impl Coding {
    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Gzip => "gzip",
            Self::Deflate => "deflate",
        }
    }
}

impl Context<'_> {
    /// How the body has to be decoded, before anything else is done with it; nothing where it stays as it is. From here on
    /// the request is one that was never encoded, whose length nobody knows.
    ///
    /// # Errors
    /// The [`Rejection`] for an encoding that is none of [`Coding`], or a body over the limit of `aws`.
    pub fn decode_body(&mut self) -> Result<Option<Coding>, Rejection> {
        let headers = &self.inbound.headers;
        let encoding = match self.gateway.api.compression {
            Compression::Disabled => None,
            Compression::Enabled => headers.get(CONTENT_ENCODING),
        };
        let Some(encoding) = encoding.map(|encoding| encoding.as_bytes().to_ascii_lowercase()) else {
            return Ok(None);
        };
        refuse_over_payload_limit(self)?;
        self.coding = match encoding.as_slice() {
            b"identity" => None,
            b"gzip" | b"x-gzip" => Some(Coding::Gzip),
            b"deflate" => Some(Coding::Deflate),
            _ => {
                return Err(Rejection::of(ResponseType::UnsupportedMediaType)
                    .because("the body's Content-Encoding is none of gzip, deflate and identity"));
            }
        };
        self.inbound.headers.remove(CONTENT_ENCODING);
        if self.coding.is_some() {
            self.inbound.headers.remove(CONTENT_LENGTH);
        }
        Ok(self.coding)
    }

    /// The rejection for a body of the client's that ends before its time, for what the runtime says is the reason.
    pub fn broken_body(&self, reason: &str) -> Rejection {
        match self.coding {
            None => Rejection::body_broke_off(reason),
            Some(coding) => Rejection::of(ResponseType::UnsupportedMediaType)
                .because(format!("the body broke off, or is no {}: {reason}", coding.name())),
        }
    }
}
