//! Conversion between bytes and base64: the tables of API Gateway that select a conversion, and the conversions themselves.
//!
//! Source of the tables:
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-payload-encodings-workflow.html>.

pub mod base64;
pub mod codec;

use bytes::Bytes;

use self::base64::{InvalidBase64, WhiteSpace, decode, encode};
use self::codec::Codec;
use super::behaviour::{Behaviour, Difference};
use crate::api::integration::ContentHandling;
use crate::api::media_type::{Form, Listed};
use crate::api::template::{InputBody, Template, Values};

/// The conversion of a body.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Conversion {
    /// No conversion: the body is bytes.
    Identity,
    /// The body is text. In `aws`, bytes that are not UTF-8 are replaced by U+FFFD. In `edge`, no byte changes.
    Text,
    /// The body is encoded as base64, which is text.
    Base64Encode,
    /// The body is decoded from base64 to bytes.
    Base64Decode,
}

impl Conversion {
    /// Returns the conversion of a request body. `content_type` is whether its `Content-Type` is a binary media type.
    pub fn of_request(content_type: Listed, handling: Option<ContentHandling>) -> Self {
        match (content_type, handling) {
            (Listed::No, None | Some(ContentHandling::ConvertToText)) => Self::Text,
            (Listed::No, Some(ContentHandling::ConvertToBinary)) => Self::Base64Decode,
            (Listed::Yes, None | Some(ContentHandling::ConvertToBinary)) => Self::Identity,
            (Listed::Yes, Some(ContentHandling::ConvertToText)) => Self::Base64Encode,
        }
    }

    /// Returns the conversion of a response body. `payload` is whether the backend's `Content-Type` is a binary media type,
    /// and `accepted` is the form that the client accepts.
    pub fn of_response(
        payload: Listed,
        accepted: Form,
        handling: Option<ContentHandling>,
        behaviour: Behaviour,
    ) -> Self {
        match (payload, accepted, handling) {
            (Listed::No, Form::Text, None) => Self::Text,
            (Listed::No, Form::Binary, None) if behaviour.has(Difference::LosslessBinaryAccept) => {
                Self::Identity
            }
            (Listed::No, Form::Binary, None) => Self::Base64Decode,
            (Listed::Yes, Form::Text, None) => Self::Base64Encode,
            (Listed::Yes, Form::Binary, None) => Self::Identity,
            (Listed::No, _, Some(ContentHandling::ConvertToText)) => Self::Text,
            (Listed::Yes, _, Some(ContentHandling::ConvertToText)) => Self::Base64Encode,
            (Listed::No, _, Some(ContentHandling::ConvertToBinary)) => Self::Base64Decode,
            (Listed::Yes, _, Some(ContentHandling::ConvertToBinary)) => Self::Identity,
        }
    }

    /// Returns whether the result is text, so that a template can apply to it.
    pub fn gives_text(self) -> bool {
        match self {
            Self::Text | Self::Base64Encode => true,
            Self::Identity | Self::Base64Decode => false,
        }
    }

    /// Returns whether the conversion changes no byte of the body.
    pub fn keeps_bytes(self, behaviour: Behaviour) -> bool {
        match self {
            Self::Identity => true,
            Self::Text => behaviour.has(Difference::LosslessText),
            Self::Base64Encode | Self::Base64Decode => false,
        }
    }

    /// Returns the streaming codec, with the template around it, or `None` if the body must be converted as a whole: text in
    /// `aws`, a template that does not contain `$input.body` exactly once, and a template on a body of bytes.
    pub fn codec(
        self,
        behaviour: Behaviour,
        white_space: WhiteSpace,
        template: Option<(&Template, &impl Values)>,
    ) -> Option<Codec> {
        let codec = match self {
            Self::Base64Encode => Codec::encode(),
            Self::Base64Decode => Codec::decode(white_space),
            Self::Identity | Self::Text if self.keeps_bytes(behaviour) => Codec::pass(),
            Self::Identity | Self::Text => return None,
        };
        match template {
            None => Some(codec),
            // A template cannot apply to bytes.
            Some(_) if !self.gives_text() => None,
            Some((template, values)) => {
                template.around_body(values).map(|(before, after)| codec.between(before, after))
            }
        }
    }

    /// Returns the name for the access log.
    pub fn name(self) -> &'static str {
        match self {
            Self::Identity => "identity",
            Self::Text => "text",
            Self::Base64Encode => "base64-encode",
            Self::Base64Decode => "base64-decode",
        }
    }

    /// Converts a whole body. If there is a template, renders the template with the converted body.
    ///
    /// # Errors
    /// Returns [`InvalidBase64`] if the body must be decoded and is not base64.
    pub fn apply(
        self,
        body: Bytes,
        behaviour: Behaviour,
        white_space: WhiteSpace,
        template: Option<(&Template, &impl Values)>,
    ) -> Result<Bytes, InvalidBase64> {
        let converted = match self {
            Self::Base64Encode => {
                return Ok(match template {
                    Some((template, values)) => template.render(&Encoded(&body), values).into(),
                    None => encode(&body).into(),
                });
            }
            Self::Base64Decode => decode(&body, white_space)?,
            Self::Identity | Self::Text if self.keeps_bytes(behaviour) => body,
            Self::Identity | Self::Text => lossy_text(body),
        };
        Ok(match template {
            Some((template, values)) => template.render(converted.as_ref(), values).into(),
            None => converted,
        })
    }
}

/// Bytes that a template writes as base64.
struct Encoded<'b>(&'b [u8]);

impl InputBody for Encoded<'_> {
    fn length(&self) -> usize {
        base64_simd::STANDARD.encoded_length(self.0.len())
    }

    fn append_to(&self, rendered: &mut Vec<u8>) {
        base64_simd::STANDARD.encode_append(self.0, rendered);
    }
}

/// Replaces each sequence of bytes that is not UTF-8 with U+FFFD.
fn lossy_text(body: Bytes) -> Bytes {
    match String::from_utf8_lossy(&body) {
        std::borrow::Cow::Borrowed(_) => body,
        std::borrow::Cow::Owned(text) => text.into(),
    }
}
