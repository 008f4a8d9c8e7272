//! Converts decisions of the gateway, headers and bodies to the texts and types of an explanation.

use http::HeaderMap;
use s3_edge_gateway::api::integration::ContentHandling;
use s3_edge_gateway::api::media_type::Listed;
use s3_edge_gateway::api::{ApiKey, Authorization, Security};
use s3_edge_gateway::gateway::Behaviour;
use s3_edge_gateway::gateway::behaviour::Difference;
use s3_edge_gateway::gateway::conversion::Conversion;
use s3_edge_gateway::gateway::conversion::base64::encode;
use s3_edge_gateway::gateway::message::{OutboundBody, ResponseBody};

use super::explanation::{BodyPlan, Content, Field};

/// Returns a request body for the explanation.
pub(super) fn request_content<B>(body: &OutboundBody<B>) -> Content {
    match body {
        OutboundBody::Empty => Content::None,
        OutboundBody::Bytes(bytes) => whole(bytes),
        OutboundBody::Stream { .. } => streamed("the client's bytes, streamed"),
    }
}

/// Returns a response body for the explanation. `whose` is the possessive form of the backend's name: `S3's`.
pub(super) fn response_content<B>(body: &ResponseBody<B>, whose: &str) -> Content {
    match body {
        body if body.length() == Some(0) => Content::None,
        ResponseBody::Empty => Content::None,
        ResponseBody::Bytes(bytes) => whole(bytes),
        ResponseBody::Stream { .. } => streamed(&format!("{whose} bytes, streamed")),
        ResponseBody::Converted { .. } => streamed(&format!("{whose} bytes, converted while streamed")),
    }
}

/// Returns a body whose bytes the explanation does not show.
pub(super) fn streamed(what: &str) -> Content {
    Content::Stream { what: what.to_owned() }
}

fn whole(bytes: &[u8]) -> Content {
    match std::str::from_utf8(bytes) {
        Ok("") => Content::None,
        Ok(text) => Content::Text { text: text.to_owned() },
        Err(_) => {
            let base64 = String::from_utf8_lossy(&encode(bytes)).into_owned();
            Content::Bytes { base64, length: bytes.len() }
        }
    }
}

/// Returns the plan for a body with a conversion.
pub(super) fn body_plan(conversion: Conversion, behaviour: Behaviour, reasons: Vec<String>) -> BodyPlan {
    let effect = match conversion {
        Conversion::Identity => "the bytes do not change",
        Conversion::Text if behaviour.has(Difference::LosslessText) => "the text does not change",
        Conversion::Text => "bytes that are not UTF-8 become U+FFFD",
        Conversion::Base64Encode => "bytes become base64",
        Conversion::Base64Decode => "base64 becomes bytes",
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
