//! Conversion between bytes and base64: when, as total functions, and how.
//!
//! Inside: the conversion tables of API Gateway and the codecs. Not inside: media type matching (`api::media_type`)
//! and templates. Source of the tables:
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-payload-encodings-workflow.html>.

use bytes::Bytes;

use super::Compatibility;
use super::codec::{Codec, Decoder};
use crate::api::integration::ContentHandling;
use crate::api::media_type::{Form, Listed};
use crate::api::template::{InputBody, Template, Values};

/// What happens to a body.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Conversion {
    /// The bytes, as bytes.
    Identity,
    /// The bytes as text: UTF-8 with replacement in `aws`, unchanged in `edge`.
    Text,
    /// Bytes become base64, which is text.
    Base64Encode,
    /// base64 becomes bytes.
    Base64Decode,
}

impl Conversion {
    /// Of a request's body, by whether its `Content-Type` is listed.
    pub fn of_request(content_type: Listed, handling: Option<ContentHandling>) -> Self {
        match (content_type, handling) {
            (Listed::No, None | Some(ContentHandling::ConvertToText)) => Self::Text,
            (Listed::No, Some(ContentHandling::ConvertToBinary)) => Self::Base64Decode,
            (Listed::Yes, None | Some(ContentHandling::ConvertToBinary)) => Self::Identity,
            (Listed::Yes, Some(ContentHandling::ConvertToText)) => Self::Base64Encode,
        }
    }

    /// Of a response's body, by whether the type that S3 answered is listed, and the form that the client accepts.
    pub fn of_response(
        payload: Listed,
        accepted: Form,
        handling: Option<ContentHandling>,
        compatibility: Compatibility,
    ) -> Self {
        match (payload, accepted, handling) {
            (Listed::No, Form::Text, None) => Self::Text,
            (Listed::No, Form::Binary, None) => match compatibility {
                Compatibility::Aws => Self::Base64Decode,
                // `lossless-binary-accept`
                Compatibility::Edge => Self::Identity,
            },
            (Listed::Yes, Form::Text, None) => Self::Base64Encode,
            (Listed::Yes, Form::Binary, None) => Self::Identity,
            (Listed::No, _, Some(ContentHandling::ConvertToText)) => Self::Text,
            (Listed::Yes, _, Some(ContentHandling::ConvertToText)) => Self::Base64Encode,
            (Listed::No, _, Some(ContentHandling::ConvertToBinary)) => Self::Base64Decode,
            (Listed::Yes, _, Some(ContentHandling::ConvertToBinary)) => Self::Identity,
        }
    }

    /// Whether the result is text, so that a template can be applied to it.
    pub fn gives_text(self) -> bool {
        match self {
            Self::Text | Self::Base64Encode => true,
            Self::Identity | Self::Base64Decode => false,
        }
    }

    /// Whether every byte stays as it is.
    pub fn keeps_bytes(self, compatibility: Compatibility) -> bool {
        match self {
            Self::Identity => true,
            // `lossless-text`
            Self::Text => compatibility == Compatibility::Edge,
            Self::Base64Encode | Self::Base64Decode => false,
        }
    }

    /// How it is carried out block by block, with the template around it; `None` where all of the body is needed at once: in
    /// `aws` for text, and for a template that has `$input.body` other than once.
    pub fn codec(
        self,
        compatibility: Compatibility,
        white_space: WhiteSpace,
        template: Option<(&Template, &impl Values)>,
    ) -> Option<Codec> {
        let codec = match (self, compatibility) {
            (Self::Base64Encode, _) => Codec::encode(),
            (Self::Identity, _) | (Self::Text, Compatibility::Edge) => Codec::pass(),
            (Self::Text, Compatibility::Aws) => return None,
            (Self::Base64Decode, _) => Codec::decode(white_space),
        };
        match template {
            None => Some(codec),
            // A template shows text, never bytes.
            Some(_) if !self.gives_text() => None,
            Some((template, values)) => {
                template.around_body(values).map(|(before, after)| codec.between(before, after))
            }
        }
    }

    /// The name in log lines.
    pub fn name(self) -> &'static str {
        match self {
            Self::Identity => "identity",
            Self::Text => "text",
            Self::Base64Encode => "base64-encode",
            Self::Base64Decode => "base64-decode",
        }
    }

    /// Carries the conversion out on a whole body, and renders the template around it.
    ///
    /// # Errors
    /// [`InvalidBase64`], where the body had to be base64 and is not.
    pub fn apply(
        self,
        body: Bytes,
        compatibility: Compatibility,
        white_space: WhiteSpace,
        template: Option<(&Template, &impl Values)>,
    ) -> Result<Bytes, InvalidBase64> {
        let converted = match (self, compatibility) {
            (Self::Base64Encode, _) => {
                return Ok(match template {
                    Some((template, values)) => template.render(&Encoded(&body), values).into(),
                    None => encode(&body).into(),
                });
            }
            (Self::Identity, _) | (Self::Text, Compatibility::Edge) => body,
            (Self::Text, Compatibility::Aws) => lossy_text(body),
            (Self::Base64Decode, _) => decode(&body, white_space)?,
        };
        Ok(match template {
            Some((template, values)) => template.render(converted.as_ref(), values).into(),
            None => converted,
        })
    }
}

/// Bytes that a template shows as base64.
struct Encoded<'b>(&'b [u8]);

impl InputBody for Encoded<'_> {
    fn length(&self) -> usize {
        base64_simd::STANDARD.encoded_length(self.0.len())
    }

    fn append_to(&self, rendered: &mut Vec<u8>) {
        base64_simd::STANDARD.encode_append(self.0, rendered);
    }
}

/// What white space between the characters of base64 is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum WhiteSpace {
    /// An error.
    Refused,
    /// Left out: people paste wrapped base64.
    Ignored,
}

/// A body that is not base64 (RFC 4648 section 4, as leniently as [`Decoder`] reads it).
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("Invalid base64 in request body at offset {offset}")]
pub struct InvalidBase64 {
    /// Offset of the first byte that cannot stand there; the length of the body where it ends too early.
    pub offset: u64,
}

/// base64 of the bytes.
pub fn encode(bytes: &[u8]) -> Vec<u8> {
    base64_simd::STANDARD.encode_type(bytes)
}

/// The bytes of base64.
///
/// # Errors
/// [`InvalidBase64`]
pub fn decode(text: &[u8], white_space: WhiteSpace) -> Result<Bytes, InvalidBase64> {
    if let Ok(decoded) = base64_simd::STANDARD.decode_to_vec(text) {
        return Ok(decoded.into());
    }
    let mut decoder = Decoder::new(white_space);
    let mut decoded = Vec::new();
    decoder.push(text, &mut decoded)?;
    decoder.finish(&mut decoded)?;
    Ok(decoded.into())
}

/// UTF-8, with U+FFFD for every maximal invalid part.
fn lossy_text(body: Bytes) -> Bytes {
    match String::from_utf8_lossy(&body) {
        std::borrow::Cow::Borrowed(_) => body,
        std::borrow::Cow::Owned(text) => text.into(),
    }
}
