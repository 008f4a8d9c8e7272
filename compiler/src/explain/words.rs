//! Words for what the gateway decides, and bodies and headers as the story has them.

use http::HeaderMap;

use super::story::{Content, Field, Treated};
use crate::api::integration::ContentHandling;
use crate::api::media_type::Listed;
use crate::api::{ApiKey, Authorization, Security};
use crate::gateway::content::{self, Conversion};
use crate::gateway::{Body, Compatibility};

pub(super) fn content(body: &Body<()>, whose: &str) -> Content {
    match body {
        body if body.length() == Some(0) => Content::None,
        Body::Empty => Content::None,
        Body::Bytes(bytes) => match std::str::from_utf8(bytes) {
            Ok(text) => Content::Text { text: text.to_owned() },
            Err(_) => {
                let base64 = String::from_utf8_lossy(&content::encode(bytes)).into_owned();
                Content::Bytes { base64, length: bytes.len() }
            }
        },
        Body::Stream { .. } => Content::Passing { what: format!("{whose} bytes, as they pass by") },
        Body::Converted { .. } => {
            Content::Passing { what: format!("{whose} bytes, converted as they pass by") }
        }
    }
}

/// What a conversion does.
pub(super) fn treated(conversion: Conversion, compatibility: Compatibility, because: Vec<String>) -> Treated {
    let effect = match (conversion, compatibility) {
        (Conversion::Identity, _) => "the bytes stay as they are",
        (Conversion::Text, Compatibility::Edge) => "passes unchanged",
        (Conversion::Text, Compatibility::Aws) => "what is not UTF-8 becomes U+FFFD",
        (Conversion::Base64Encode, _) => "bytes become base64",
        (Conversion::Base64Decode, _) => "base64 becomes bytes",
    };
    Treated { conversion: Some(conversion), effect, because }
}

pub(super) fn fields(headers: &HeaderMap) -> Vec<Field> {
    let text = |value: &[u8]| String::from_utf8_lossy(value).into_owned();
    headers.iter().map(|(name, value)| Field::new(name.as_str(), text(value.as_bytes()))).collect()
}

pub(super) fn asked_of_callers(security: &Security) -> Vec<String> {
    let caller = match &security.authorization {
        Authorization::None => None,
        Authorization::AwsIam => Some("a signature for execute-api (IAM_ACCESS_KEYS)".to_owned()),
        Authorization::Token(token) => Some(format!("a token in {} (scheme {})", token.header, token.scheme)),
    };
    let key = (security.api_key == ApiKey::Required).then(|| "an API key in x-api-key (API_KEYS)".to_owned());
    caller.into_iter().chain(key).collect()
}

pub(super) fn header<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

pub(super) fn name(compatibility: Compatibility) -> &'static str {
    match compatibility {
        Compatibility::Edge => "edge",
        Compatibility::Aws => "aws",
    }
}

pub(super) fn listed(listed: Listed) -> &'static str {
    match listed {
        Listed::Yes => "listed as binary",
        Listed::No => "not listed as binary",
    }
}

pub(super) fn handling_text(handling: Option<ContentHandling>) -> String {
    let name = match handling {
        None => "undefined",
        Some(ContentHandling::ConvertToText) => "CONVERT_TO_TEXT",
        Some(ContentHandling::ConvertToBinary) => "CONVERT_TO_BINARY",
    };
    format!("contentHandling is {name}")
}
