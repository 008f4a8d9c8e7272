//! The access log: one line of JSON for each request. A line contains no API keys, access keys, signatures or queries.

use std::borrow::Cow;

use http::header::CONTENT_LENGTH;
use http::{HeaderMap, HeaderName, Method, StatusCode};
use serde::Serialize;

use super::conversion::Conversion;
use super::http_rules::header_text;
use super::rejection::Rejection;
use super::request::context::Context;

/// The fields of a line. A field without a value is left out.
#[derive(Clone, Debug, Default, Serialize)]
pub struct AccessLog {
    /// `x-amzn-RequestId` of the response. A response of the original API has its own id: see `endpoint_request_id`.
    pub request_id: String,
    /// The client's method.
    pub method: String,
    /// The method in `X-HTTP-Method-Override`, which selects the operation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub method_override: Option<String>,
    /// The path template that the request matches, as the document writes it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resource_path: Option<String>,
    /// `passthrough` if the request was sent to the original API.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub backend: Option<&'static str>,
    /// The status of the response to the client.
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
    /// The code of S3's error, such as `NoSuchKey`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub s3_error: Option<String>,
    /// The conversion of the request body.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request_conversion: Option<&'static str>,
    /// The conversion of the backend's body.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub response_conversion: Option<&'static str>,
    /// The number of bytes of the request body that were read. If the body is sent as a stream, unchanged: its
    /// `Content-Length`, if the client has sent one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bytes_in: Option<u64>,
    /// The number of bytes that were sent if the response body was converted block by block, or else the length of the
    /// response body, if this length is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bytes_out: Option<u64>,
    /// Milliseconds from the arrival of the request to the head of the response. If the response body is converted block by
    /// block: to the end of the body. Cloudflare's clock does not advance while code runs, so only waiting is measured.
    pub ms: u64,
    /// The name of the rejection, if the request was rejected: see [`Rejection::name`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<&'static str>,
    /// The message of the gateway response.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// The failures of first attempts. The request was then sent again.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub retried: Vec<String>,
    /// The causes of a rejection, of a response body that broke off, of a redirect by S3, or of a failed upload to S3, in the
    /// order in which the stages added them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub causes: Vec<String>,
}

const S3_REQUEST_ID: HeaderName = HeaderName::from_static("x-amz-request-id");
const API_GATEWAY_REQUEST_ID: HeaderName = HeaderName::from_static("x-amzn-requestid");

impl AccessLog {
    /// Returns the line for a request that has arrived.
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

    /// Records the conversion of the request body if `bytes_in` is greater than 0.
    pub fn converted(&mut self, conversion: Conversion) {
        self.request_conversion = self.bytes_in.filter(|length| *length > 0).map(|_| conversion.name());
    }

    /// Records S3's response.
    pub fn s3_answered(&mut self, status: StatusCode, headers: &HeaderMap) {
        self.s3_status = Some(status.as_u16());
        self.s3_request_id = header_text(headers, &S3_REQUEST_ID).map(Cow::into_owned);
    }

    /// Records the original API's response. `method` is the method of the request to the original API.
    pub fn original_answered(&mut self, method: &Method, status: StatusCode, headers: &HeaderMap) {
        self.status = status.as_u16();
        self.endpoint_status = Some(status.as_u16());
        self.endpoint_request_id = header_text(headers, &API_GATEWAY_REQUEST_ID).map(Cow::into_owned);
        let length = || headers.get(CONTENT_LENGTH)?.to_str().ok()?.parse().ok();
        self.bytes_out = if *method == Method::HEAD { Some(0) } else { length() };
    }

    /// Records that the request goes to the original API.
    pub fn passed_through(&mut self) {
        self.backend = Some("passthrough");
    }

    pub fn reject(&mut self, rejection: &Rejection) {
        self.error = Some(rejection.name());
        self.message = Some(rejection.message.clone());
        self.causes.extend(rejection.causes.iter().cloned());
    }

    /// Returns the line, without a line feed.
    pub fn to_line(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }
}
