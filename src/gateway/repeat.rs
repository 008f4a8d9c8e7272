//! Asking S3 once more: without ranges and conditions, where the object has to be converted as a whole; and for a body
//! that had to be looked through before any of it may be sent.
//!
//! Inside: the request that is repeated, and what has to be the same in the second answer. Not inside: when that is
//! (`awaiting`).

use http::header::{ETAG, IF_MATCH};
use http::{HeaderMap, HeaderValue, Method as HttpMethod, StatusCode};

use super::awaiting::Awaiting;
use super::codec::Codec;
use super::content::InvalidBase64;
use super::context::Context;
use super::endpoint_response::EndpointResponse;
use super::header_rules::CONDITIONAL;
use super::integration_request::{IntegrationRequest, Recipient};
use super::rejection::Rejection;
use super::{Body, reads};
use crate::api::integration::{ContentHandling, Integration, IntegrationResponse};

/// A request that S3 may have to be sent once more.
#[derive(Debug)]
pub(super) struct Asked<'c> {
    context: &'c Context<'c>,
    integration: &'c Integration,
    recipient: Recipient<'c>,
    method: HttpMethod,
    pub(super) headers: HeaderMap,
}

impl<'c> Asked<'c> {
    /// Keeps a request whose answer may turn out to need all of the object, or all of it twice.
    pub(super) fn keep<S>(
        context: &'c Context<'c>,
        integration: &'c Integration,
        request: &IntegrationRequest<'c, S>,
    ) -> Option<Self> {
        let decodes =
            |entry: &IntegrationResponse| entry.content_handling == Some(ContentHandling::ConvertToBinary);
        let is_read = context.gateway.is_edge() && reads(&request.method);
        let is_kept =
            is_read && (is_conditional(&request.headers) || integration.responses.iter().any(decodes));
        is_kept.then(|| Self {
            context,
            integration,
            recipient: request.recipient.clone(),
            method: request.method.clone(),
            headers: request.headers.clone(),
        })
    }

    /// Whether S3 was asked for a range, or under a condition.
    pub(super) fn is_conditional(&self) -> bool {
        is_conditional(&self.headers)
    }

    /// The request without ranges and conditions.
    pub(super) fn whole<S>(self) -> (IntegrationRequest<'c, S>, Awaiting<'c>) {
        let Self { context, integration, recipient, method, mut headers } = self;
        for name in CONDITIONAL {
            headers.remove(*name);
        }
        let timeout = integration.timeout;
        let request = IntegrationRequest { recipient, method, headers, body: Body::Empty, timeout };
        let awaiting = Awaiting::new(context, integration, &request);
        (request, awaiting)
    }
}

fn is_conditional(headers: &HeaderMap) -> bool {
    CONDITIONAL.iter().any(|name| headers.contains_key(*name))
}

/// S3's body, looked through for the first time: nothing is sent before all of it is known to be base64, and how long the
/// result is. In constant memory, as S3 is asked for the same bytes again.
#[derive(Debug)]
pub struct Verification<'c> {
    asked: Box<Asked<'c>>,
    etag: HeaderValue,
    codec: Codec,
    decoded: Vec<u8>,
    length: u64,
}

/// What a [`Verification`] has shown.
#[derive(Clone, Debug)]
pub(super) struct Verified {
    etag: HeaderValue,
    /// Of the decoded body.
    pub(super) length: u64,
}

impl<'c> EndpointResponse<'c> {
    /// Begins to look through S3's body: [`Demand::Verify`](super::Demand).
    ///
    /// # Errors
    /// A [`Rejection`] where the head already tells that there is no use in it.
    pub fn verify(self) -> Result<Verification<'c>, Rejection> {
        // White space is refused here, so that every character counts. A single one after the last group is not base64.
        if let Some(length) = self.length().filter(|length| length % 4 == 1) {
            return Err(undecodable(InvalidBase64 { offset: length }));
        }
        let codec = self.codec();
        let etag = self.headers.get(ETAG).cloned();
        let (Some(asked), Some(codec), Some(etag)) = (self.asked, codec, etag) else {
            return Err(Rejection::configuration("the answer's body is not to be looked through"));
        };
        Ok(Verification { asked, etag, codec, decoded: Vec::new(), length: 0 })
    }
}

impl<'c> Verification<'c> {
    /// Looks at a block of S3's body.
    ///
    /// # Errors
    /// A [`Rejection`] where it is not base64.
    pub fn push(&mut self, block: &[u8]) -> Result<(), Rejection> {
        self.codec.push(block, &mut self.decoded).map_err(undecodable)?;
        self.count();
        Ok(())
    }

    /// Takes the end of S3's body, and gives the request for the same bytes.
    ///
    /// # Errors
    /// A [`Rejection`] where it is not base64.
    pub fn end<S>(mut self) -> Result<(IntegrationRequest<'c, S>, Awaiting<'c>), Rejection> {
        self.codec.finish(&mut self.decoded).map_err(undecodable)?;
        self.count();
        let Self { asked, etag, length, .. } = self;
        let (mut request, awaiting) = asked.whole();
        request.headers.insert(IF_MATCH, etag.clone());
        Ok((request, awaiting.after(Verified { etag, length })))
    }

    fn count(&mut self) {
        self.length += self.decoded.len() as u64;
        self.decoded.clear();
    }
}

impl Verified {
    /// Makes sure that the second answer is about the bytes of the first, also where S3 does not know `If-Match`.
    ///
    /// # Errors
    /// A [`Rejection`] where the object has changed.
    pub(super) fn holds(&self, status: StatusCode, headers: &HeaderMap) -> Result<(), Rejection> {
        let is_another = status.is_success() && headers.get(ETAG) != Some(&self.etag);
        if is_another || status == StatusCode::PRECONDITION_FAILED {
            let cause = "the object changed between the look through it and its decoding";
            return Err(Rejection::integration_failure(cause));
        }
        Ok(())
    }
}

/// The rejection for a body of S3's that is to be decoded and is not base64.
pub(super) fn undecodable(error: InvalidBase64) -> Rejection {
    let offset = error.offset;
    Rejection::configuration(format!(
        "the answer's body is to be decoded and is not base64 at offset {offset}"
    ))
}
