//! The access log: one line of JSON a request.
//!
//! Inside: the fields of a line, and how it is written. No key, no signature, no query and no header is logged.

use http::{HeaderMap, Method, StatusCode};
use serde::Serialize;

use super::Context;
use super::content::Conversion;
use super::rejection::Rejection;

/// The fields of one request. Unknown ones are left out.
#[derive(Clone, Debug, Default, Serialize)]
pub struct AccessLog {
    /// `x-amzn-RequestId` of the response. A response of the original API has its own.
    pub request_id: String,
    /// The client's method.
    pub method: String,
    /// The method in `X-HTTP-Method-Override`, which selects the operation.
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
    /// `x-amzn-RequestId` of the original API's response.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub endpoint_request_id: Option<String>,
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
    /// Bytes of the request's body: those that were read, else its `Content-Length`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bytes_in: Option<u64>,
    /// Bytes of the response's body: those that were sent if it was converted as a stream, else its `Content-Length`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bytes_out: Option<u64>,
    /// Milliseconds from the arrival of the request to the head of the response, or to its end if it is converted as a
    /// stream. Cloudflare's clock stands still while code runs, so this is the time of waiting.
    pub ms: u64,
    /// The type of the gateway response, where the gateway itself answered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<&'static str>,
    /// The message of the gateway's own response.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// The causes of the response, from the outermost to the innermost.
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

    /// Records the conversion of the request's body, if there is one.
    pub fn converted(&mut self, conversion: Conversion) {
        self.request_conversion = self.bytes_in.filter(|length| *length > 0).map(|_| conversion.name());
    }

    /// Records S3's response.
    pub fn s3_answered(&mut self, status: StatusCode, headers: &HeaderMap) {
        self.s3_status = Some(status.as_u16());
        self.s3_request_id =
            super::header_text(headers, "x-amz-request-id").map(std::borrow::Cow::into_owned);
    }

    /// Records the original API's response to a request of this method.
    pub fn original_answered(&mut self, method: &Method, status: StatusCode, headers: &HeaderMap) {
        self.status = status.as_u16();
        self.endpoint_status = Some(status.as_u16());
        self.endpoint_request_id =
            super::header_text(headers, "x-amzn-requestid").map(std::borrow::Cow::into_owned);
        let length = || headers.get("content-length")?.to_str().ok()?.parse().ok();
        self.bytes_out = if *method == Method::HEAD { Some(0) } else { length() };
    }

    /// Records that the request goes to the original API.
    pub fn passed_through(&mut self) {
        self.backend = Some("passthrough");
    }

    /// Records a response of the gateway itself.
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
