//! The endpoint response: the selected integration response, and the transfer and the conversion of the body.

use std::time::Duration;

use bytes::Bytes;
use http::header::ETAG;
use http::{HeaderMap, StatusCode};

use super::negotiate::{Kind, ResponsePlan};
use super::retry::{Repeatable, Verification, Verified};
use crate::api::integration::{Backend, Integration, IntegrationResponse};
use crate::api::mapping::ResponseSource;
use crate::gateway::behaviour::Difference;
use crate::gateway::conversion::Conversion;
use crate::gateway::conversion::base64::WhiteSpace;
use crate::gateway::conversion::codec::Codec;
use crate::gateway::http_rules::{has_no_body, header_text};
use crate::gateway::limits::{CONVERSION_LIMIT, ERROR_LIMIT, PAYLOAD_LIMIT};
use crate::gateway::rejection::Rejection;
use crate::gateway::request::context::Context;
use crate::s3::error_body;

/// A response on its way to the client, except for its body.
#[derive(Debug)]
pub struct EndpointResponse<'c> {
    pub(super) context: &'c Context<'c>,
    pub(super) integration: &'c Integration,
    /// The selected entry of `responses`.
    pub entry: &'c IntegrationResponse,
    /// The status for the client.
    pub status: StatusCode,
    /// The backend's status, or the mock's if it is an HTTP status.
    pub backend_status: StatusCode,
    /// The plan for the body.
    pub plan: ResponsePlan<'c>,
    /// The backend's headers.
    pub(super) headers: HeaderMap,
    /// Whether the client gets the head only.
    pub(super) has_head_only: bool,
    /// Whether the backend sends no body: the method of the request to it is HEAD, or it is a mock.
    pub(super) is_empty: bool,
    /// Whether the backend was sent a range or a condition.
    pub(super) was_conditional: bool,
}

/// The transfer of the backend's body.
#[derive(Debug)]
pub enum Transfer<'c> {
    /// The body is not read.
    None,
    /// The body passes as a stream.
    Stream,
    /// The body is converted block by block. `length` is the length of the result, if it is known.
    Blocks {
        /// The conversion.
        codec: Codec,
        /// In bytes.
        length: Option<u64>,
    },
    /// The body is held in memory and converted as a whole.
    Buffer {
        /// The longest body, in bytes.
        limit: usize,
        /// The time for the whole body. Without it, the time is not limited.
        timeout: Option<Duration>,
    },
    /// The body is to be decoded, too long to be held, and may not be base64: it is read once to verify that, and then
    /// requested again.
    Verify(Verification<'c>),
}

impl<'c> EndpointResponse<'c> {
    /// Returns the response of an entry to a response of the backend with this status and these headers.
    pub(super) fn new(
        context: &'c Context<'c>,
        integration: &'c Integration,
        entry: &'c IntegrationResponse,
        backend_status: StatusCode,
        headers: HeaderMap,
        plan: ResponsePlan<'c>,
    ) -> Self {
        let (has_head_only, was_conditional) = (context.wants_head_only(), false);
        let status = entry.status;
        Self {
            context,
            integration,
            entry,
            status,
            backend_status,
            plan,
            headers,
            has_head_only,
            is_empty: plan.kind == Kind::Mock,
            was_conditional,
        }
    }

    /// Returns a remark for the access log if the backend's response points to a fault of the deployment.
    pub(in crate::gateway) fn remark(&self) -> Option<String> {
        let is_redirect =
            self.backend_status.is_redirection() && self.backend_status != StatusCode::NOT_MODIFIED;
        if !is_redirect || !self.is_from_s3() {
            return None;
        }
        let region = header_text(&self.headers, "x-amz-bucket-region");
        let region = region.map(|region| format!(" ({region})")).unwrap_or_default();
        let status = self.backend_status;
        Some(format!(
            "S3 redirects with {status}: the bucket is in another region{region}; set S3_REGION and S3_ENDPOINT"
        ))
    }

    /// Decides the transfer of the body. `repeatable` is the request if it can be sent again, and `verified` the result of
    /// the first reading if this is the second one.
    ///
    /// # Errors
    /// The [`Rejection`] for a body that is to be decoded and has a length that no base64 has.
    pub(super) fn transfer(
        &self,
        repeatable: Option<Box<Repeatable<'c>>>,
        verified: Option<Verified>,
    ) -> Result<Transfer<'c>, Rejection> {
        let behaviour = self.context.behaviour();
        let is_streamed = self.context.has(Difference::NoCeiling);
        let is_content = matches!(self.plan.kind, Kind::Content | Kind::Proxied);
        // The body of an object has no time limit. A client that does not want to wait closes its connection.
        let timeout = (!(is_content && is_streamed)).then_some(self.integration.timeout);
        let buffer = |limit: usize| Transfer::Buffer { limit, timeout };
        let codec = || self.plan.codec(self.context);
        let has_up_to = |limit: usize| self.length().is_some_and(|length| length <= limit as u64);
        if self.is_empty || has_no_body(self.status) {
            return Ok(Transfer::None);
        }
        if self.has_head_only && self.context.has(Difference::HeadWithoutBody) {
            let is_read = self.maps_body() && has_up_to(PAYLOAD_LIMIT);
            return Ok(if is_read { buffer(PAYLOAD_LIMIT) } else { Transfer::None });
        }
        if self.plan.kind == Kind::Error && self.is_from_s3() {
            return Ok(buffer(ERROR_LIMIT));
        }
        if self.maps_body() {
            return Ok(buffer(PAYLOAD_LIMIT));
        }
        if self.plan.keeps_bytes(behaviour) && (is_streamed || has_up_to(PAYLOAD_LIMIT)) {
            return Ok(if self.has_head_only { Transfer::None } else { Transfer::Stream });
        }
        if !is_streamed {
            return Ok(buffer(PAYLOAD_LIMIT));
        }
        let is_decoded = self.plan.conversion == Conversion::Base64Decode;
        if is_decoded && let Some(verified) = verified {
            let length = Some(verified.length);
            return Ok(codec().map_or(buffer(PAYLOAD_LIMIT), |codec| Transfer::Blocks { codec, length }));
        }
        if is_decoded {
            // Only with an ETag can the same bytes be requested again.
            let again = repeatable.zip(self.headers.get(ETAG)).filter(|_| !has_up_to(PAYLOAD_LIMIT));
            return match again.zip(codec()) {
                Some(((request, etag), codec)) => {
                    Ok(Transfer::Verify(Verification::new(request, etag.clone(), codec, self.length())?))
                }
                None => Ok(buffer(PAYLOAD_LIMIT)),
            };
        }
        if has_up_to(CONVERSION_LIMIT) {
            return Ok(buffer(CONVERSION_LIMIT));
        }
        Ok(codec().map_or(buffer(PAYLOAD_LIMIT), |codec| {
            let length = self.length().and_then(|length| codec.length_of(length));
            Transfer::Blocks { codec, length }
        }))
    }

    /// Returns the rejection for a body that is over the limit of [`Transfer::Buffer`].
    pub(in crate::gateway) fn too_large(&self, limit: usize) -> Rejection {
        let cause = format!("the body of the response is larger than {limit} bytes");
        match self.plan.kind {
            Kind::Error => Rejection::integration_failure(cause),
            Kind::Content | Kind::Proxied | Kind::Mock if self.context.has(Difference::NoCeiling) => {
                Rejection::response_too_large(cause)
            }
            Kind::Content | Kind::Proxied | Kind::Mock => Rejection::configuration(cause),
        }
    }

    /// Returns whether the backend is S3.
    pub(super) fn is_from_s3(&self) -> bool {
        matches!(self.integration.backend, Backend::S3(_))
    }

    /// Returns whether the client gets no body, whatever the backend sends.
    pub fn has_no_body(&self) -> bool {
        self.has_head_only || has_no_body(self.status)
    }

    /// Returns whether the headers for the client are mapped from the body.
    pub(super) fn maps_body(&self) -> bool {
        self.entry.headers.iter().any(|(_, source)| matches!(source, ResponseSource::Body(_)))
    }

    /// Returns the index of the selected entry in `responses`.
    pub fn entry_index(&self) -> Option<usize> {
        self.integration.responses.iter().position(|known| std::ptr::eq(known, self.entry))
    }

    /// Returns the code of S3's error, for the access log.
    pub(in crate::gateway) fn error_code<'b>(&self, body: &'b [u8]) -> Option<&'b str> {
        error_body::code(body).filter(|_| self.plan.kind == Kind::Error && self.is_from_s3())
    }

    /// Returns the `Content-Length` of the backend's response, if there is one.
    pub(in crate::gateway) fn length(&self) -> Option<u64> {
        header_text(&self.headers, "content-length")?.parse().ok()
    }

    /// Converts and renders a whole body.
    ///
    /// # Errors
    /// The [`Rejection`] for a body that cannot be converted, and for errors of S3 about the deployment's own keys.
    pub(super) fn convert(&self, bytes: Bytes) -> Result<Bytes, Rejection> {
        if self.plan.kind == Kind::Error && self.is_from_s3() {
            refuse_to_show_own_keys(&bytes, self.context.gateway.settings.credentials.access_key_id())?;
        }
        let template = self.plan.template.map(|(_, template)| (template, self.context));
        let behaviour = self.context.behaviour();
        let converted = self.plan.conversion.apply(bytes, behaviour, WhiteSpace::Refused, template);
        let converted = converted.map_err(Rejection::undecodable_response)?;
        if converted.len() > PAYLOAD_LIMIT && !self.context.has(Difference::NoCeiling) {
            let cause = format!("the body of the response is converted to more than {PAYLOAD_LIMIT} bytes");
            return Err(Rejection::configuration(cause));
        }
        Ok(converted)
    }
}

/// An error of S3 about the deployment's own keys shows their id, or the string to sign. In both behaviours the client gets
/// a response of the gateway, and the access log the code. Garage names the key in `AccessDenied`.
fn refuse_to_show_own_keys(body: &[u8], key_id: &str) -> Result<(), Rejection> {
    /// A shorter id is not searched for: it may be a word, or part of one. AWS's ids have at least 16 characters.
    const SHORTEST_ID: usize = 8;
    let code = error_body::code(body).unwrap_or_default();
    if error_body::is_about_our_credentials(code) {
        return Err(Rejection::configuration(format!(
            "S3 answered {code}: check AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN, S3_REGION and the clock"
        )));
    }
    let key_id = key_id.as_bytes();
    if key_id.len() >= SHORTEST_ID && body.windows(key_id.len()).any(|part| part == key_id) {
        return Err(Rejection::configuration(format!(
            "S3 answered {code} with an error document that has the access key id: the client does not get it"
        )));
    }
    Ok(())
}
