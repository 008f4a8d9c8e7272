//! Requests that are sent again: without ranges and conditions if the object must be converted as a whole, and for a body
//! that is verified before any of it is sent to the client.

use http::header::{ETAG, IF_MATCH, IF_RANGE, LAST_MODIFIED};
use http::{HeaderMap, HeaderValue, StatusCode};

use super::negotiate::{Negotiation, ResponsePlan};
use crate::api::integration::ContentHandling;
use crate::api::media_type::Listed;
use crate::gateway::conversion::base64::InvalidBase64;
use crate::gateway::conversion::codec::Codec;
use crate::gateway::http_rules::{CONDITIONAL, has_condition};
use crate::gateway::message::RequestBody;
use crate::gateway::rejection::Rejection;
use crate::gateway::request::integration_request::IntegrationRequest;

/// A request without a body that can be sent again.
#[derive(Debug)]
pub(in crate::gateway) struct Repeatable<'c>(IntegrationRequest<'c, ()>);

impl<'c> Repeatable<'c> {
    /// Keeps a copy of a request.
    pub(super) fn copy_of<B>(request: &IntegrationRequest<'c, B>) -> Self {
        Self(IntegrationRequest {
            context: request.context,
            integration: request.integration,
            recipient: request.recipient.clone(),
            method: request.method.clone(),
            headers: request.headers.clone(),
            body: RequestBody::Empty,
        })
    }

    /// Returns whether the request has a range or a condition.
    pub(super) fn is_conditional(&self) -> bool {
        has_condition(&self.0.headers)
    }

    /// Returns whether the request must be sent again without its ranges and conditions. The arguments describe the backend's
    /// response, which has no use then.
    pub(super) fn must_be_repeated(
        &self,
        negotiation: &Negotiation<'_, '_>,
        status: StatusCode,
        headers: &HeaderMap,
        plan: &ResponsePlan<'_>,
    ) -> bool {
        self.is_conditional()
            && (self.needs_whole_object(negotiation, status, plan) || self.ignores_if_range(status, headers))
    }

    /// Returns whether the client may get something else than the bytes of the object, so that a range or "not modified" is
    /// useless. This is also true for a response without the object's type, unless the conversion is the same for every type.
    fn needs_whole_object(
        &self,
        negotiation: &Negotiation<'_, '_>,
        status: StatusCode,
        plan: &ResponsePlan<'_>,
    ) -> bool {
        let IntegrationRequest { context, integration, .. } = &self.0;
        let behaviour = context.behaviour();
        match status.as_u16() {
            206 => !plan.keeps_bytes(behaviour),
            304 if negotiation.content_type.is_some() => !plan.keeps_bytes(behaviour),
            304 | 416 => {
                match integration.response_for(StatusCode::OK).and_then(|entry| entry.content_handling) {
                    Some(ContentHandling::ConvertToText) => true,
                    Some(ContentHandling::ConvertToBinary) => {
                        context.gateway.api.binary_media_types.lists(None) == Listed::No
                    }
                    None => !negotiation.always_prefers_binary(),
                }
            }
            _ => false,
        }
    }

    /// Returns whether the backend has ignored `If-Range`, which not every S3 server implements (RFC 9110 section 13.1.5):
    /// it returns a part of another version, or no part because that version is shorter.
    fn ignores_if_range(&self, status: StatusCode, headers: &HeaderMap) -> bool {
        let is_about_range = matches!(status.as_u16(), 206 | 416);
        let Some(wanted) = self.0.headers.get(IF_RANGE).filter(|_| is_about_range) else { return false };
        let current =
            if wanted.as_bytes().ends_with(b"\"") { headers.get(ETAG) } else { headers.get(LAST_MODIFIED) };
        current != Some(wanted) || wanted.as_bytes().starts_with(b"W/")
    }

    /// Returns the request without ranges and conditions.
    pub(in crate::gateway) fn whole<B>(self) -> IntegrationRequest<'c, B> {
        let IntegrationRequest { context, integration, recipient, method, mut headers, .. } = self.0;
        for name in CONDITIONAL {
            headers.remove(*name);
        }
        IntegrationRequest { context, integration, recipient, method, headers, body: RequestBody::Empty }
    }
}

/// The first reading of a body that is to be decoded. Nothing is sent to the client before the whole body is verified to be
/// base64. The memory is constant, because the bytes are requested again.
#[derive(Debug)]
pub struct Verification<'c> {
    request: Box<Repeatable<'c>>,
    etag: HeaderValue,
    codec: Codec,
    decoded: Vec<u8>,
    length: u64,
}

/// The result of a [`Verification`].
#[derive(Clone, Debug)]
pub(in crate::gateway) struct Verified {
    etag: HeaderValue,
    /// The length of the decoded body.
    pub(super) length: u64,
}

impl<'c> Verification<'c> {
    /// Starts the verification of a body, whose length may be known.
    ///
    /// # Errors
    /// The [`Rejection`] for a length that no base64 has.
    pub(super) fn new(
        request: Box<Repeatable<'c>>,
        etag: HeaderValue,
        codec: Codec,
        length: Option<u64>,
    ) -> Result<Self, Rejection> {
        // White space is refused here, so that every character counts. A last group has more than one character.
        match length.filter(|length| length % 4 == 1) {
            Some(offset) => Err(Rejection::undecodable_response(InvalidBase64 { offset })),
            None => Ok(Self { request, etag, codec, decoded: Vec::new(), length: 0 }),
        }
    }

    /// Verifies a block.
    ///
    /// # Errors
    /// The [`Rejection`] for a block that is not base64.
    pub(in crate::gateway) fn push(&mut self, block: &[u8]) -> Result<(), Rejection> {
        self.codec.push(block, &mut self.decoded).map_err(Rejection::undecodable_response)?;
        self.count();
        Ok(())
    }

    /// Verifies the end of the body. Returns the request for the same bytes, and what the response to it must match.
    ///
    /// # Errors
    /// The [`Rejection`] for a body that must not end here.
    pub(in crate::gateway) fn end<B>(mut self) -> Result<(IntegrationRequest<'c, B>, Verified), Rejection> {
        self.codec.finish(&mut self.decoded).map_err(Rejection::undecodable_response)?;
        self.count();
        let Self { request, etag, length, .. } = self;
        let mut request = request.whole();
        request.headers.insert(IF_MATCH, etag.clone());
        Ok((request, Verified { etag, length }))
    }

    fn count(&mut self) {
        self.length += self.decoded.len() as u64;
        self.decoded.clear();
    }
}

impl Verified {
    /// Requires that the second response has the bytes of the first, also if the S3 server does not implement `If-Match`.
    ///
    /// # Errors
    /// The [`Rejection`] for an object that has changed.
    pub(super) fn is_same(&self, status: StatusCode, headers: &HeaderMap) -> Result<(), Rejection> {
        let is_another = status.is_success() && headers.get(ETAG) != Some(&self.etag);
        if is_another || status == StatusCode::PRECONDITION_FAILED {
            let cause = "the object changed between its verification and its decoding";
            return Err(Rejection::integration_failure(cause));
        }
        Ok(())
    }
}
