//! The access log: one line of JSON a request.
//!
//! Inside: what is told of a request, and how it is written. No key, no signature, no query and no header is told.

use http::{HeaderMap, StatusCode};
use serde::Serialize;

use super::Context;
use super::content::Conversion;
use super::rejection::Rejection;

/// What is told of one request. What is not known is left out.
#[derive(Clone, Debug, Default, Serialize)]
pub struct AccessLog {
    /// `x-amzn-RequestId` of the response.
    pub request_id: String,
    /// The client's method.
    pub method: String,
    /// The method that it means, where `X-HTTP-Method-Override` says so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub method_override: Option<String>,
    /// The path template of the document that the request matches.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resource_path: Option<String>,
    /// `passthrough`, where the request was sent to the original API.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub backend: Option<&'static str>,
    /// The status for the client.
    pub status: u16,
    /// S3's status.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub s3_status: Option<u16>,
    /// The status of a backend that is not S3.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub endpoint_status: Option<u16>,
    /// S3's `x-amz-request-id`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub s3_request_id: Option<String>,
    /// The code of S3's error: `NoSuchKey`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub s3_error: Option<String>,
    /// What happened to the request's body.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request_conversion: Option<&'static str>,
    /// What happened to S3's body.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub response_conversion: Option<&'static str>,
    /// Bytes of the request's body, as far as its head or its reader tells.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bytes_in: Option<u64>,
    /// Bytes of the response's body: those that were sent, where it was converted on its way; else what its head promises,
    /// as far as it does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bytes_out: Option<u64>,
    /// Milliseconds from the arrival of the request to the head of the response, or to the end of one that is converted on
    /// its way. Cloudflare's clock stands still while
    /// code runs: what is measured is waiting.
    pub ms: u64,
    /// The type of the gateway response, where the gateway itself answered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<&'static str>,
    /// What the gateway itself told the client.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// Why, from the outermost cause to the innermost; and what else is remarkable.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub causes: Vec<String>,
}

impl AccessLog {
    /// A line for a request that has just arrived.
    pub fn new(context: &Context<'_>) -> Self {
        let inbound = context.inbound();
        Self {
            request_id: inbound.request_id.clone(),
            method: inbound.method.as_str().to_owned(),
            method_override: inbound.overriding_method().map(|method| method.as_str().to_owned()),
            resource_path: context.resource_path().map(str::to_owned),
            ..Self::default()
        }
    }

    /// Tells what happened to the request's body, where there was one.
    pub fn converted(&mut self, conversion: Conversion) {
        self.request_conversion = self.bytes_in.filter(|length| *length > 0).map(|_| conversion.name());
    }

    /// Tells what S3 answered.
    pub fn s3_answered(&mut self, status: StatusCode, headers: &HeaderMap) {
        self.s3_status = Some(status.as_u16());
        self.s3_request_id =
            super::header_text(headers, "x-amz-request-id").map(std::borrow::Cow::into_owned);
    }

    /// Records that the request goes to the original API.
    pub fn passed_through(&mut self) {
        self.backend = Some("passthrough");
    }

    /// Tells that the gateway itself answered, and why.
    pub fn reject(&mut self, rejection: &Rejection) {
        self.error = Some(rejection.name());
        self.message = Some(rejection.message.clone());
        self.causes.extend(rejection.causes.iter().cloned());
    }

    /// The line, without its line feed.
    pub fn to_line(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }
}
