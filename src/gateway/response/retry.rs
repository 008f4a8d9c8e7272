//! Requests that are sent again: without ranges and conditions, because the first response was not usable, or for a body that
//! is verified before any of it is sent to the client.

use http::header::{ETAG, IF_MATCH, IF_RANGE, LAST_MODIFIED};
use http::{HeaderMap, HeaderValue, StatusCode};

use super::negotiate::{Negotiation, ResponsePlan};
use crate::api::integration::ContentHandling;
use crate::api::media_type::Listed;
use crate::gateway::conversion::base64::InvalidBase64;
use crate::gateway::conversion::codec::Codec;
use crate::gateway::http_rules::{CONDITIONAL, has_condition};
use crate::gateway::message::OutboundBody;
use crate::gateway::rejection::Rejection;
use crate::gateway::request::context::Context;
use crate::gateway::request::integration_request::IntegrationRequest;

/// A request without a body that can be sent again.
#[derive(Debug)]
pub(in crate::gateway) struct Repeatable<'c>(IntegrationRequest<'c, ()>);

impl<'c> Repeatable<'c> {
    /// Copies a request without its body.
    pub(super) fn copy_of<B>(request: &IntegrationRequest<'c, B>) -> Self {
        Self(request.without_body())
    }

    /// Returns whether the request has a range or a condition.
    pub(super) fn is_conditional(&self) -> bool {
        has_condition(&self.0.headers)
    }

    /// Returns whether the request must be sent again without its ranges and conditions. The arguments describe the
    /// backend's response to the request, which is not used if the request is sent again.
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

    /// Returns whether a 206, a 304 or a 416 cannot be used, because the client may get the object converted, and a conversion
    /// needs the whole object. A 416, and a 304 without `Content-Type`, do not show the object's type. For these, the result is
    /// `true` unless objects of every type pass unchanged.
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
                let entry = integration.response_for(StatusCode::OK);
                match entry.and_then(|entry| entry.content_handling) {
                    Some(ContentHandling::ConvertToText) => true,
                    Some(ContentHandling::ConvertToBinary) => {
                        context.gateway.api.binary_media_types.lists(None) == Listed::No
                    }
                    None => {
                        !negotiation.always_prefers_binary()
                            || entry.is_some_and(|entry| negotiation.renders_json(entry))
                    }
                }
            }
            _ => false,
        }
    }

    /// Returns whether the backend has ignored `If-Range` (RFC 9110 section 13.1.5), as some S3 servers do. Such a server
    /// returns a part of another version of the object, or a 416 because the other version is shorter.
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
            headers.remove(name);
        }
        IntegrationRequest { context, integration, recipient, method, headers, body: OutboundBody::Empty }
    }
}

/// The first reading of a body that must be decoded. Nothing is sent to the client before the whole body is verified to be
/// base64. Then the bytes are requested again, so that they need not be held in memory.
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
    /// Starts the verification of a body. `length` is its length in bytes, if it is known.
    ///
    /// # Errors
    /// The [`Rejection`] for a length that no base64 has.
    pub(super) fn new(
        request: Box<Repeatable<'c>>,
        etag: HeaderValue,
        codec: Codec,
        length: Option<u64>,
    ) -> Result<Self, Rejection> {
        // White space is refused, so that each byte is a character of base64. The last group of base64 has 2 to 4
        // characters, so the length of base64 is never 4n + 1.
        match length.filter(|length| length % 4 == 1) {
            Some(offset) => Err(Rejection::undecodable_response(InvalidBase64 { offset })),
            None => Ok(Self { request, etag, codec, decoded: Vec::new(), length: 0 }),
        }
    }

    pub(in crate::gateway) fn context(&self) -> &'c Context<'c> {
        self.request.0.context
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

    /// Verifies the end of the body. Returns the request for the same bytes, and the values that the second response must
    /// have.
    ///
    /// # Errors
    /// The [`Rejection`] for base64 whose last group is not valid.
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
    /// Rejects a success that does not have the `ETag` of the first response, and a 412. The `ETag` is compared because some
    /// S3 servers do not implement `If-Match`.
    ///
    /// # Errors
    /// The [`Rejection`] for an object that has changed.
    pub(super) fn require_same(&self, status: StatusCode, headers: &HeaderMap) -> Result<(), Rejection> {
        let is_another = status.is_success() && headers.get(ETAG) != Some(&self.etag);
        if is_another || status == StatusCode::PRECONDITION_FAILED {
            let cause = "the object changed between its first reading, which verified the base64, and its second reading";
            return Err(Rejection::integration_failure(cause));
        }
        Ok(())
    }
}
