//! Requests that are sent again: without ranges and conditions if the object must be converted as a whole, and for a body
//! that is verified before any of it is sent to the client.

use http::header::{ETAG, HeaderName, IF_MATCH};
use http::{HeaderMap, HeaderValue, StatusCode};

use crate::api::integration::{ContentHandling, IntegrationResponse};
use crate::gateway::behaviour::Difference;
use crate::gateway::conversion::base64::InvalidBase64;
use crate::gateway::conversion::codec::Codec;
use crate::gateway::http_rules::{CONDITIONAL, reads_object};
use crate::gateway::message::RequestBody;
use crate::gateway::rejection::Rejection;
use crate::gateway::request::integration_request::IntegrationRequest;

/// A request without a body that can be sent again.
#[derive(Debug)]
pub(in crate::gateway) struct Repeatable<'c>(IntegrationRequest<'c, ()>);

impl<'c> Repeatable<'c> {
    /// Keeps a request whose response may require the whole object, or its bytes twice.
    pub(super) fn keep<B>(request: &IntegrationRequest<'c, B>) -> Option<Self> {
        let decodes =
            |entry: &IntegrationResponse| entry.content_handling == Some(ContentHandling::ConvertToBinary);
        let has_difference = request.context.has(Difference::RangesAndConditions);
        let is_kept = has_difference
            && reads_object(&request.method)
            && (is_conditional(&request.headers) || request.integration.responses.iter().any(decodes));
        is_kept.then(|| {
            Self(IntegrationRequest {
                context: request.context,
                integration: request.integration,
                recipient: request.recipient.clone(),
                method: request.method.clone(),
                headers: request.headers.clone(),
                body: RequestBody::Empty,
            })
        })
    }

    /// Returns whether the request has a range or a condition.
    pub(super) fn is_conditional(&self) -> bool {
        is_conditional(&self.0.headers)
    }

    /// Returns a header of the request.
    pub(super) fn header(&self, name: HeaderName) -> Option<&HeaderValue> {
        self.0.headers.get(name)
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

fn is_conditional(headers: &HeaderMap) -> bool {
    CONDITIONAL.iter().any(|name| headers.contains_key(*name))
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
