//! Selection: the integration response that matches the backend's response, and whether the request is sent again.

use std::fmt::Display;

use http::header::{ETAG, IF_RANGE, LAST_MODIFIED};
use http::{HeaderMap, Method, StatusCode};

use super::endpoint_response::{EndpointResponse, Transfer};
use super::negotiate::{Negotiation, ResponsePlan, Subject};
use super::retry::{Repeatable, Verified};
use crate::api::final_status;
use crate::api::integration::{Backend, ContentHandling, Integration, IntegrationResponse, MethodResponse};
use crate::api::media_type::Listed;
use crate::gateway::access_log::AccessLog;
use crate::gateway::behaviour::Difference;
use crate::gateway::http_rules::reads_object;
use crate::gateway::rejection::Rejection;
use crate::gateway::request::context::Context;
use crate::gateway::request::integration_request::IntegrationRequest;
use crate::gateway::request::method_request::MockRequest;
use crate::gateway::request::mock::MockStatus;

/// A request that the backend has not responded to.
#[derive(Debug)]
pub(in crate::gateway) struct Awaiting<'c> {
    context: &'c Context<'c>,
    integration: &'c Integration,
    method: Method,
    subject: Subject,
    /// The request, if it may have to be sent again.
    repeatable: Option<Box<Repeatable<'c>>>,
    /// The result of the first reading of the body, if this is the second request for it.
    verified: Option<Verified>,
}

/// What follows from the head of the backend's response.
#[derive(Debug)]
pub(in crate::gateway) enum Answer<'c> {
    /// The response to the client. The body is transferred as [`Transfer`] says.
    Respond(Box<EndpointResponse<'c>>, Transfer<'c>),
    /// The request is sent again, without ranges and conditions: the object must be converted as a whole.
    Repeat(Box<Repeatable<'c>>),
}

impl<'c> Awaiting<'c> {
    pub(in crate::gateway) fn new<B>(request: &IntegrationRequest<'c, B>) -> Self {
        let subject = if request.reads_content() { Subject::Content } else { Subject::Report };
        Self {
            context: request.context,
            integration: request.integration,
            method: request.method.clone(),
            subject,
            repeatable: Repeatable::keep(request).map(Box::new),
            verified: None,
        }
    }

    /// Expects the body that was verified.
    pub(in crate::gateway) fn after(self, verified: Verified) -> Self {
        Self { verified: Some(verified), ..self }
    }

    /// Decides what follows from the head of the backend's response.
    ///
    /// # Errors
    /// The [`Rejection`] if no integration response takes the status, and if the object has changed since it was verified.
    pub(in crate::gateway) fn answered(
        mut self,
        status: StatusCode,
        headers: HeaderMap,
    ) -> Result<Answer<'c>, Rejection> {
        let verified = self.verified.take();
        verified.iter().try_for_each(|verified| verified.is_same(status, &headers))?;
        if let Backend::HttpProxy(_) = &self.integration.backend {
            return self.proxied(status, headers);
        }
        let entry = selected(self.integration, status)
            .or_else(|rejection| self.entry_of_conditional(status).ok_or(rejection))?;
        let negotiation = Negotiation::new(self.context, &headers);
        let plan = negotiation.plan(entry, status, self.subject)?;
        let was_conditional = self.was_conditional();
        if was_conditional
            && (self.needs_whole_object(&negotiation, status, &plan)
                || self.ignores_if_range(status, &headers))
            && let Some(repeatable) = self.repeatable.take()
        {
            return Ok(Answer::Repeat(repeatable));
        }
        let passes_status = self.context.has(Difference::RangesAndConditions)
            && self.is_conditional(status)
            && !entry.pattern.is_exactly(status);
        // The headers of a 304 are those of the 200 (RFC 9110 section 15.4.5).
        let is_unmodified = passes_status && status == StatusCode::NOT_MODIFIED;
        let entry = self.entry_of_whole().filter(|_| is_unmodified).unwrap_or(entry);
        let mut response =
            EndpointResponse::new(self.context, self.integration, entry, status, headers, plan);
        response.is_empty = self.method == Method::HEAD;
        response.was_conditional = was_conditional;
        if passes_status {
            response.status = status;
        }
        let transfer = response.transfer(self.repeatable, verified)?;
        Ok(Answer::Respond(Box::new(response), transfer))
    }

    /// Passes a response of an `http_proxy`.
    fn proxied(self, status: StatusCode, headers: HeaderMap) -> Result<Answer<'c>, Rejection> {
        if final_status(status.as_u16()).is_none() {
            return Err(Rejection::integration_failure(format!(
                "the endpoint answered {status}, which is not a final status of HTTP (200 to 599)"
            )));
        }
        let (entry, plan) = (IntegrationResponse::PROXIED, ResponsePlan::PROXIED);
        let mut response =
            EndpointResponse::new(self.context, self.integration, entry, status, headers, plan);
        response.is_empty = self.method == Method::HEAD;
        response.status = status;
        let transfer = response.transfer(None, None)?;
        Ok(Answer::Respond(Box::new(response), transfer))
    }

    /// Records the backend's response in the access log.
    pub(in crate::gateway) fn log(&self, log: &mut AccessLog, status: StatusCode, headers: &HeaderMap) {
        match &self.integration.backend {
            Backend::S3(_) => log.s3_answered(status, headers),
            Backend::Http(_) | Backend::HttpProxy(_) => log.endpoint_status = Some(status.as_u16()),
            Backend::Mock => {}
        }
    }

    /// Returns whether the request had a range or a condition.
    fn was_conditional(&self) -> bool {
        self.repeatable.as_deref().is_some_and(Repeatable::is_conditional)
    }

    /// Returns whether a status answers a range or a condition.
    fn is_conditional(&self, status: StatusCode) -> bool {
        matches!(status.as_u16(), 206 | 304 | 412 | 416) && reads_object(&self.method)
    }

    /// Returns whether the client may get something else than the bytes of the object, so that a range or "not modified" is
    /// useless. This is also true for a response without the object's type, unless the conversion is the same for every type.
    fn needs_whole_object(
        &self,
        negotiation: &Negotiation<'_, '_>,
        status: StatusCode,
        plan: &ResponsePlan<'_>,
    ) -> bool {
        let behaviour = self.context.behaviour();
        match status.as_u16() {
            206 => !plan.keeps_bytes(behaviour),
            304 if negotiation.content_type.is_some() => !plan.keeps_bytes(behaviour),
            304 | 416 => match self.entry_of_whole().and_then(|entry| entry.content_handling) {
                Some(ContentHandling::ConvertToText) => true,
                Some(ContentHandling::ConvertToBinary) => {
                    self.context.gateway.api.binary_media_types.lists(None) == Listed::No
                }
                None => !negotiation.always_prefers_binary(),
            },
            _ => false,
        }
    }

    /// Returns whether the backend has ignored `If-Range`, which not every S3 server implements (RFC 9110 section 13.1.5):
    /// it returns a part of another version, or no part because that version is shorter.
    fn ignores_if_range(&self, status: StatusCode, headers: &HeaderMap) -> bool {
        let is_about_range = matches!(status.as_u16(), 206 | 416);
        let sent = self.repeatable.as_deref().and_then(|repeatable| repeatable.header(IF_RANGE));
        let Some(wanted) = sent.filter(|_| is_about_range) else { return false };
        let current =
            if wanted.as_bytes().ends_with(b"\"") { headers.get(ETAG) } else { headers.get(LAST_MODIFIED) };
        current != Some(wanted) || wanted.as_bytes().starts_with(b"W/")
    }

    /// Returns the entry for an answer to a range or a condition that the document does not expect.
    fn entry_of_conditional(&self, status: StatusCode) -> Option<&'c IntegrationResponse> {
        self.entry_of_whole().filter(|_| self.was_conditional() && self.is_conditional(status))
    }

    /// Returns the entry that matches a whole object.
    fn entry_of_whole(&self) -> Option<&'c IntegrationResponse> {
        self.integration.response_for(StatusCode::OK)
    }
}

impl<'c> EndpointResponse<'c> {
    /// Returns the response of a mock.
    ///
    /// # Errors
    /// The [`Rejection`] if no integration response takes the status, the default included.
    pub(in crate::gateway) fn of_mock(
        request: &MockRequest<'c>,
        status: MockStatus,
    ) -> Result<Self, Rejection> {
        let (context, integration) = (request.context, request.integration);
        let entry = status.response(integration);
        let entry = declared(entry.ok_or_else(|| not_selected("the mock", status))?)?;
        let headers = HeaderMap::new();
        let plan = Negotiation::new(context, &headers).plan_of_mock(entry)?;
        // The status of a mock is not sent. It is only reported.
        let backend_status = status.as_http().unwrap_or(entry.status);
        Ok(Self::new(context, integration, entry, backend_status, headers, plan))
    }

    /// Returns the response to a complete upload, with S3's status and headers.
    ///
    /// # Errors
    /// The [`Rejection`] if no integration response takes the status.
    pub(in crate::gateway) fn of_upload(
        context: &'c Context<'c>,
        integration: &'c Integration,
        status: StatusCode,
        headers: HeaderMap,
    ) -> Result<Self, Rejection> {
        let entry = selected(integration, status)?;
        let plan = Negotiation::new(context, &headers).plan(entry, status, Subject::Report)?;
        Ok(Self::new(context, integration, entry, status, headers, plan))
    }
}

/// Returns the entry of `responses` that matches a status of the backend.
///
/// # Errors
/// The [`Rejection`] if no entry does, and if the operation does not declare the entry's status.
fn selected(integration: &Integration, status: StatusCode) -> Result<&IntegrationResponse, Rejection> {
    let entry = integration.response_for(status);
    declared(entry.ok_or_else(|| not_selected(integration.backend.name(), status))?)
}

fn declared(entry: &IntegrationResponse) -> Result<&IntegrationResponse, Rejection> {
    match entry.method_response {
        MethodResponse::Declared => Ok(entry),
        MethodResponse::Undeclared => Err(Rejection::configuration(format!(
            "the selected entry has the status {}, which the operation's responses do not declare",
            entry.status
        ))),
    }
}

fn not_selected(whose: &str, status: impl Display) -> Rejection {
    Rejection::configuration(format!(
        "no entry of the integration's responses matches {whose}'s status {status}"
    ))
}
