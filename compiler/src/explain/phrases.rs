//! Converts decisions of the gateway, headers and bodies to the texts and types of an explanation.

use http::HeaderMap;
use s3_edge_gateway::api::integration::ContentHandling;
use s3_edge_gateway::api::media_type::Listed;
use s3_edge_gateway::api::{ApiKey, Authorization, Security};
use s3_edge_gateway::gateway::content::{self, Conversion};
use s3_edge_gateway::gateway::{Body, Compatibility};

use super::explanation::{BodyPlan, Content, Field};

/// Converts a body. `whose` is the possessive form of the sender's name: `the client's`.
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
        Body::Stream { .. } => Content::Stream { what: format!("{whose} bytes, streamed") },
        Body::Converted { .. } => {
            Content::Stream { what: format!("{whose} bytes, converted while streamed") }
        }
    }
}

/// Returns the plan for a body with a conversion.
pub(super) fn body_plan(
    conversion: Conversion,
    compatibility: Compatibility,
    reasons: Vec<String>,
) -> BodyPlan {
    let effect = match (conversion, compatibility) {
        (Conversion::Identity, _) => "the bytes do not change",
        (Conversion::Text, Compatibility::Edge) => "the text does not change",
        (Conversion::Text, Compatibility::Aws) => "bytes that are not UTF-8 become U+FFFD",
        (Conversion::Base64Encode, _) => "bytes become base64",
        (Conversion::Base64Decode, _) => "base64 becomes bytes",
    };
    BodyPlan { conversion: Some(conversion), effect, reasons }
}

pub(super) fn fields(headers: &HeaderMap) -> Vec<Field> {
    let text = |value: &[u8]| String::from_utf8_lossy(value).into_owned();
    headers.iter().map(|(name, value)| Field::new(name.as_str(), text(value.as_bytes()))).collect()
}

/// Returns the credentials that a request needs, with the settings that contain the keys.
pub(super) fn required_of_caller(security: &Security) -> Vec<String> {
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

pub(super) fn compatibility(compatibility: Compatibility) -> &'static str {
    match compatibility {
        Compatibility::Edge => "edge",
        Compatibility::Aws => "aws",
    }
}

pub(super) fn listed(listed: Listed) -> &'static str {
    match listed {
        Listed::Yes => "a binary media type",
        Listed::No => "not a binary media type",
    }
}

pub(super) fn content_handling(handling: Option<ContentHandling>) -> String {
    let name = match handling {
        None => "not set",
        Some(ContentHandling::ConvertToText) => "CONVERT_TO_TEXT",
        Some(ContentHandling::ConvertToBinary) => "CONVERT_TO_BINARY",
    };
    format!("contentHandling is {name}")
}
