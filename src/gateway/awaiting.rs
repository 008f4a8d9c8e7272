//! What waits for S3's answer: which integration response takes it, and whether S3 has to be asked once more.
//!
//! Inside: selection, ranges and conditions. Not inside: what becomes of the answer (`endpoint_response`), and the request
//! that is repeated (`repeat`).

use http::header::{ETAG, IF_RANGE, LAST_MODIFIED};
use http::{HeaderMap, Method as HttpMethod, StatusCode};

use super::access_log::AccessLog;
use super::context::Context;
use super::endpoint_response::{EndpointResponse, selected};
use super::integration_request::IntegrationRequest;
use super::reads;
use super::rejection::Rejection;
use super::repeat::{Asked, Verified};
use super::treatment::{Seen, Subject, Treatment};
use crate::api::final_status;
use crate::api::integration::{Backend, ContentHandling, Integration, IntegrationResponse};
use crate::api::media_type::Listed;

/// A request that S3 has not answered yet.
#[derive(Debug)]
pub struct Awaiting<'c> {
    context: &'c Context<'c>,
    integration: &'c Integration,
    method: HttpMethod,
    subject: Subject,
    /// The request, where it may have to be repeated.
    asked: Option<Box<Asked<'c>>>,
    /// What is known of S3's body, where this is the second time that it is asked for.
    verified: Option<Verified>,
}

/// What S3's answer leads to.
#[derive(Debug)]
pub enum Answer<'c, S> {
    /// To the client.
    Response(EndpointResponse<'c>),
    /// To S3 once more, without ranges and conditions: the object must be converted as a whole.
    Repeat(Box<(IntegrationRequest<'c, S>, Awaiting<'c>)>),
}

impl<'c> Awaiting<'c> {
    pub(super) fn new<S>(
        context: &'c Context<'c>,
        integration: &'c Integration,
        request: &IntegrationRequest<'c, S>,
    ) -> Self {
        let asked = Asked::keep(context, integration, request).map(Box::new);
        let subject = if request.asks_for_content() { Subject::Content } else { Subject::Account };
        Self { context, integration, method: request.method.clone(), subject, asked, verified: None }
    }

    /// What waits for the end of an upload in parts.
    pub(super) fn of_upload(context: &'c Context<'c>, integration: &'c Integration) -> Self {
        let (method, subject) = (HttpMethod::PUT, Subject::Account);
        Self { context, integration, method, subject, asked: None, verified: None }
    }

    /// What waits for the same body once more.
    pub(super) fn after(self, verified: Verified) -> Self {
        Self { verified: Some(verified), ..self }
    }

    /// Takes the head of S3's answer.
    ///
    /// # Errors
    /// A [`Rejection`] where the document has no response for this status, or where S3 was asked for the same body once
    /// more and has another.
    pub fn answered<S>(mut self, status: StatusCode, headers: HeaderMap) -> Result<Answer<'c, S>, Rejection> {
        let verified = self.verified.take();
        verified.iter().try_for_each(|verified| verified.holds(status, &headers))?;
        if let Backend::HttpProxy(_) = &self.integration.backend {
            if final_status(status.as_u16()).is_none() {
                let cause = format!(
                    "the endpoint answered {status}, which is not a final status of HTTP (200 to 599)"
                );
                return Err(Rejection::integration_failure(cause));
            }
            let (entry, treatment) = (IntegrationResponse::PROXIED, Seen::PROXIED);
            let response = EndpointResponse { status, ..self.response(entry, status, headers, treatment) };
            return Ok(Answer::Response(response));
        }
        let entry = selected(self.integration, status, self.context.backend_name())
            .or_else(|none| self.entry_of_the_whole(status).ok_or(none))?;
        let seen = Seen::new(self.context, &headers);
        let treatment = seen.treatment(entry, status, self.subject)?;
        let needs_repeat = |asked: &Asked<'_>| {
            asked.is_conditional()
                && (self.needs_the_whole(&seen, status, treatment)
                    || ignores_if_range(status, &asked.headers, &headers))
        };
        if self.asked.as_deref().is_some_and(needs_repeat)
            && let Some(asked) = self.asked.take()
        {
            return Ok(Answer::Repeat(Box::new(asked.whole())));
        }
        let passes = self.context.gateway.is_edge()
            && self.is_conditional(status)
            && !entry.pattern.is_exactly(status);
        let unmodified = passes && status == StatusCode::NOT_MODIFIED;
        // The headers of a 304 are those of the 200 (RFC 9110 section 15.4.5).
        let told = self.whole_entry().filter(|_| unmodified).unwrap_or(entry);
        Ok(Answer::Response(EndpointResponse {
            status: if passes { status } else { entry.status },
            was_conditional: self.asked.as_deref().is_some_and(Asked::is_conditional),
            decoded_length: verified.map(|verified| verified.length),
            asked: self.asked.take(),
            ..self.response(told, status, headers, treatment)
        }))
    }

    fn response(
        &self,
        entry: &'c IntegrationResponse,
        status: StatusCode,
        headers: HeaderMap,
        treatment: Treatment<'c>,
    ) -> EndpointResponse<'c> {
        let response =
            EndpointResponse::new(self.context, self.integration, entry, status, headers, treatment);
        EndpointResponse {
            without_body: response.without_body || self.method == HttpMethod::HEAD,
            ..response
        }
    }

    /// Records the endpoint's response in the access log.
    pub fn tell(&self, log: &mut AccessLog, status: StatusCode, headers: &HeaderMap) {
        match &self.integration.backend {
            Backend::S3(_) => log.s3_answered(status, headers),
            Backend::Http(_) | Backend::HttpProxy(_) => log.endpoint_status = Some(status.as_u16()),
            Backend::Mock => {}
        }
    }

    /// Whether this is an answer to a range or a condition: `ranges-and-conditions`.
    fn is_conditional(&self, status: StatusCode) -> bool {
        matches!(status.as_u16(), 206 | 304 | 412 | 416) && reads(&self.method)
    }

    /// Whether the object has to be asked for without ranges and conditions, as the client may not be answered with its
    /// bytes. This includes a response without the object's type, unless the conversion is the same for every type.
    fn needs_the_whole(&self, seen: &Seen<'_, '_>, status: StatusCode, treatment: Treatment<'_>) -> bool {
        let gateway = self.context.gateway;
        match status.as_u16() {
            206 => !treatment.keeps_bytes(gateway.settings.compatibility),
            304 if seen.content_type.is_some() => !treatment.keeps_bytes(gateway.settings.compatibility),
            304 | 416 => match self.whole_entry().and_then(|entry| entry.content_handling) {
                Some(ContentHandling::ConvertToText) => true,
                Some(ContentHandling::ConvertToBinary) => {
                    gateway.api.binary_media_types.lists(None) == Listed::No
                }
                None => !seen.accept().always_prefers_binary(&gateway.api.binary_media_types),
            },
            _ => false,
        }
    }

    /// The entry for a part, or for what has not changed, where the document has none: it never asked for either.
    fn entry_of_the_whole(&self, status: StatusCode) -> Option<&'c IntegrationResponse> {
        let was_asked = self.asked.as_deref().is_some_and(Asked::is_conditional);
        self.whole_entry().filter(|_| was_asked && self.is_conditional(status))
    }

    /// The entry that takes a whole object.
    fn whole_entry(&self) -> Option<&'c IntegrationResponse> {
        self.integration.response_for(StatusCode::OK)
    }
}

/// Whether S3 answers with a part, or that there is none, although the client has a part of another version: not every S3
/// server knows `If-Range` (RFC 9110 section 13.1.5). Such parts would be put together to an object that never was; and
/// who has more of the old version than there is of the new one would never get that one.
fn ignores_if_range(status: StatusCode, sent: &HeaderMap, answered: &HeaderMap) -> bool {
    let is_about_the_range = matches!(status.as_u16(), 206 | 416);
    let Some(wanted) = sent.get(IF_RANGE).filter(|_| is_about_the_range) else { return false };
    let current =
        if wanted.as_bytes().ends_with(b"\"") { answered.get(ETAG) } else { answered.get(LAST_MODIFIED) };
    current != Some(wanted) || wanted.as_bytes().starts_with(b"W/")
}
