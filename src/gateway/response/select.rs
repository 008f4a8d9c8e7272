//! Selection: the decision after the head of the backend's response. Either the request is sent again, or the response to
//! the client is selected, with the transfer of its body.

use std::fmt::Display;
use std::time::Duration;

use http::header::ETAG;
use http::{HeaderMap, Method, StatusCode};

use super::endpoint_response::{EndpointResponse, Selection};
use super::negotiate::{Kind, Negotiation, ResponsePlan, Subject};
use super::retry::{Repeatable, Verification, Verified};
use crate::api::final_status;
use crate::api::integration::{Backend, Integration, IntegrationResponse, MethodResponse};
use crate::gateway::access_log::AccessLog;
use crate::gateway::behaviour::Difference;
use crate::gateway::conversion::Conversion;
use crate::gateway::conversion::codec::Codec;
use crate::gateway::http_rules::{has_no_body, reads_object};
use crate::gateway::limits::{CONVERSION_LIMIT, COPIES, DOWNLOAD_MEMORY, ERROR_LIMIT, PAYLOAD_LIMIT};
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
    /// The result of the first reading of the body, if this request is the second one for the body.
    verified: Option<Verified>,
}

/// The decision after the head of the backend's response.
#[derive(Debug)]
pub(in crate::gateway) enum Answer<'c> {
    /// The response is sent to the client, with the transfer of the backend's body.
    Respond(Box<EndpointResponse<'c>>, Transfer),
    /// The body must be decoded, and is too long to be held in memory, or its length is not known. The body is read once to
    /// verify that it is base64, and then requested again.
    Verify(Verification<'c>, Conversion),
    /// The request is sent again, without ranges and conditions: the object must be converted as a whole, or the backend has
    /// ignored `If-Range`.
    Repeat(Box<Repeatable<'c>>),
}

/// The transfer of the backend's body.
#[derive(Debug)]
pub enum Transfer {
    /// The body is not read.
    None,
    /// The body passes as a stream.
    Stream,
    /// The body is converted block by block.
    Blocks {
        codec: Codec,
        /// The length in bytes after the conversion, if it is known.
        length: Option<u64>,
    },
    /// The body is held in memory and converted as a whole.
    Buffer {
        /// The longest body, in bytes.
        limit: usize,
        /// The time limit for the whole body, or `None` for that of the runtime.
        timeout: Option<Duration>,
    },
}

impl<'c> Awaiting<'c> {
    pub(in crate::gateway) fn new<B>(request: &IntegrationRequest<'c, B>) -> Self {
        let subject = if request.reads_content() { Subject::Content } else { Subject::Report };
        Self {
            context: request.context,
            integration: request.integration,
            method: request.method.clone(),
            subject,
            repeatable: request.may_be_repeated().then(|| Box::new(Repeatable::copy_of(request))),
            verified: None,
        }
    }

    /// Requires that the response has the body that was verified.
    pub(in crate::gateway) fn after(self, verified: Verified) -> Self {
        Self { verified: Some(verified), ..self }
    }

    /// Decides by the head of the backend's response whether the request is sent again, or which response the client gets.
    ///
    /// # Errors
    /// The [`Rejection`] for a response that cannot be sent to the client. For example, no integration response matches the
    /// status, a template would apply to bytes in `aws`, or the object has changed since it was verified.
    pub(in crate::gateway) fn answered(
        mut self,
        status: StatusCode,
        headers: HeaderMap,
    ) -> Result<Answer<'c>, Rejection> {
        let verified = self.verified.take();
        verified.iter().try_for_each(|verified| verified.require_same(status, &headers))?;
        if let Backend::HttpProxy(_) = &self.integration.backend {
            return self.proxied(status, headers);
        }
        let (entry, selection) = self.selected(status)?;
        let negotiation = Negotiation::new(self.context, &headers);
        let plan = negotiation.plan(entry, status, self.subject)?;
        let was_conditional = self.was_conditional();
        let must_be_repeated = |repeatable: &mut Box<Repeatable<'_>>| {
            repeatable.must_be_repeated(&negotiation, status, &headers, &plan)
        };
        if let Some(repeatable) = self.repeatable.take_if(must_be_repeated) {
            return Ok(Answer::Repeat(repeatable));
        }
        let passes_status = self.context.has(Difference::RangesAndConditions)
            && self.is_conditional(status)
            && !entry.pattern.is_exactly(status);
        // The headers of a 304 are those of the 200 (RFC 9110 section 15.4.5).
        let is_unmodified = passes_status && status == StatusCode::NOT_MODIFIED;
        let (entry, selection) = match self.entry_of_whole().filter(|_| is_unmodified) {
            Some(whole) => (whole, Selection::NotModified),
            None => (entry, selection),
        };
        let mut response =
            EndpointResponse::new(self.context, self.integration, entry, selection, status, headers, plan);
        response.is_empty = self.method == Method::HEAD;
        response.was_conditional = was_conditional;
        if passes_status {
            response.status = status;
        }
        response.answer(self.repeatable, verified)
    }

    /// Returns the answer for a response of an `http_proxy`, which passes unchanged.
    fn proxied(self, status: StatusCode, headers: HeaderMap) -> Result<Answer<'c>, Rejection> {
        if final_status(status.as_u16()).is_none() {
            return Err(Rejection::integration_failure(format!(
                "{} answered {status}, which is not a final status of HTTP (200 to 599)",
                self.integration.backend.name()
            )));
        }
        let (entry, selection, plan) =
            (IntegrationResponse::PROXIED, Selection::Proxied, ResponsePlan::PROXIED);
        let mut response =
            EndpointResponse::new(self.context, self.integration, entry, selection, status, headers, plan);
        response.is_empty = self.method == Method::HEAD;
        response.status = status;
        response.answer(None, None)
    }

    /// Records the backend's response in the access log.
    pub(in crate::gateway) fn log(&self, log: &mut AccessLog, status: StatusCode, headers: &HeaderMap) {
        match &self.integration.backend {
            Backend::S3(_) => log.s3_answered(status, headers),
            Backend::Http(_) | Backend::HttpProxy(_) => log.endpoint_status = Some(status.as_u16()),
            Backend::Mock => {}
        }
    }

    /// Returns the entry for the backend's status, with the rule that selected it. A status that answers a range or a
    /// condition of the request, and has no entry of its own, uses the entry for a whole object.
    ///
    /// # Errors
    /// The [`Rejection`] if no entry matches the status, and if the operation does not declare the status of the entry.
    fn selected(&self, status: StatusCode) -> Result<(&'c IntegrationResponse, Selection), Rejection> {
        match selected(self.integration, status) {
            Ok(entry) => Ok((entry, Selection::by_status(entry))),
            Err(rejection) => {
                let whole = self.entry_of_conditional(status).ok_or(rejection)?;
                Ok((declared(whole)?, Selection::WholeObject))
            }
        }
    }

    /// Returns whether the request was a read with a range or a condition. Always `false` in `aws`.
    fn was_conditional(&self) -> bool {
        self.repeatable.as_deref().is_some_and(Repeatable::is_conditional)
    }

    /// Returns whether a response with this status to a read of an object may be the answer to a range or a condition.
    fn is_conditional(&self, status: StatusCode) -> bool {
        matches!(status.as_u16(), 206 | 304 | 412 | 416) && reads_object(&self.method)
    }

    /// Returns the entry for the status 200 if `status` answers a range or a condition of the request, or else `None`.
    fn entry_of_conditional(&self, status: StatusCode) -> Option<&'c IntegrationResponse> {
        self.entry_of_whole().filter(|_| self.was_conditional() && self.is_conditional(status))
    }

    /// Returns the entry for the status 200, which a whole object has.
    fn entry_of_whole(&self) -> Option<&'c IntegrationResponse> {
        self.integration.response_for(StatusCode::OK)
    }
}

impl<'c> EndpointResponse<'c> {
    /// Records the memory that the transfer of the backend's body needs.
    ///
    /// # Errors
    /// The [`Rejection`] of [`Context::hold`].
    pub(in crate::gateway) fn hold(&self, transfer: &Transfer) -> Result<(), Rejection> {
        // A write was carried out, so its response is sent whatever the budget is. Otherwise the client would write again.
        if !self.reads() {
            return Ok(());
        }
        let length = self.length().and_then(|length| usize::try_from(length).ok());
        match transfer {
            Transfer::None | Transfer::Stream => Ok(()),
            Transfer::Blocks { .. } => self.context.hold(DOWNLOAD_MEMORY),
            Transfer::Buffer { limit, .. } => {
                self.context.hold(COPIES * length.unwrap_or(*limit).min(*limit))
            }
        }
    }

    /// Returns the response to the client for an entry and the head of the backend's response.
    fn new(
        context: &'c Context<'c>,
        integration: &'c Integration,
        entry: &'c IntegrationResponse,
        selection: Selection,
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
            selection,
            status,
            backend_status,
            plan,
            headers,
            has_head_only,
            is_empty: plan.kind == Kind::Mock,
            was_conditional,
        }
    }

    /// Returns the response of a mock.
    ///
    /// # Errors
    /// The [`Rejection`] if no integration response matches the status, if the operation does not declare the status of the
    /// integration response, and in `aws` if a template would apply to bytes.
    pub(in crate::gateway) fn of_mock(
        request: &MockRequest<'c>,
        status: MockStatus,
    ) -> Result<Self, Rejection> {
        let (context, integration) = (request.context, request.integration);
        let entry = status.response(integration);
        let entry = declared(entry.ok_or_else(|| not_selected("the mock", status))?)?;
        let headers = HeaderMap::new();
        let plan = Negotiation::new(context, &headers).plan_of_mock(entry)?;
        // The client gets the status of the entry. `backend_status` is only reported.
        let backend_status = status.as_http().unwrap_or(entry.status);
        Ok(Self::new(context, integration, entry, Selection::by_status(entry), backend_status, headers, plan))
    }

    /// Returns the response to a multipart upload that was completed or that S3 refused, with S3's status and headers.
    ///
    /// # Errors
    /// The [`Rejection`] if no integration response matches the status, if the operation does not declare the status of the
    /// integration response, and in `aws` if a template would apply to bytes.
    pub(in crate::gateway) fn of_upload(
        context: &'c Context<'c>,
        integration: &'c Integration,
        status: StatusCode,
        headers: HeaderMap,
    ) -> Result<Self, Rejection> {
        let entry = selected(integration, status)?;
        let plan = Negotiation::new(context, &headers).plan(entry, status, Subject::Report)?;
        Ok(Self::new(context, integration, entry, Selection::by_status(entry), status, headers, plan))
    }

    /// Decides the transfer of the body. `repeatable` is the request, if it can be sent again. `verified` is the result of
    /// the first reading of the body, if the body was read before.
    ///
    /// # Errors
    /// The [`Rejection`] for a body that must be decoded, and whose length is not a valid length of base64.
    fn answer(
        self,
        repeatable: Option<Box<Repeatable<'c>>>,
        verified: Option<Verified>,
    ) -> Result<Answer<'c>, Rejection> {
        let behaviour = self.context.behaviour();
        let is_streamed = self.context.has(Difference::NoCeiling);
        let is_content = matches!(self.plan.kind, Kind::Content | Kind::Proxied);
        // In `edge`, the body of an object has only the time limit of the runtime. A client that does not want to wait closes its
        // connection.
        let timeout = (!(is_content && is_streamed)).then_some(self.integration.timeout);
        let buffer = |limit: usize| Transfer::Buffer { limit, timeout };
        let codec = || self.plan.codec(self.context);
        let has_up_to = |limit: usize| self.length().is_some_and(|length| length <= limit as u64);
        if self.is_empty || has_no_body(self.status) {
            return Ok(self.sent_by(Transfer::None));
        }
        if self.has_head_only && self.context.has(Difference::HeadWithoutBody) {
            let limit = self.context.json_body_limit();
            let is_read = self.maps_body() && has_up_to(limit);
            return Ok(self.sent_by(if is_read { buffer(limit) } else { Transfer::None }));
        }
        if self.plan.kind == Kind::Error && self.is_from_s3() {
            return Ok(self.sent_by(buffer(ERROR_LIMIT)));
        }
        if self.maps_body() {
            let limit = self.context.json_body_limit();
            return Ok(self.sent_by(buffer(limit)));
        }
        if self.plan.keeps_bytes(behaviour) && (is_streamed || has_up_to(PAYLOAD_LIMIT)) {
            let transfer = if self.has_head_only { Transfer::None } else { Transfer::Stream };
            return Ok(self.sent_by(transfer));
        }
        if !is_streamed {
            return Ok(self.sent_by(buffer(PAYLOAD_LIMIT)));
        }
        let is_decoded = self.plan.conversion == Conversion::Base64Decode;
        if is_decoded && let Some(verified) = verified {
            let length = Some(verified.length);
            let transfer = codec().map_or(buffer(PAYLOAD_LIMIT), |codec| Transfer::Blocks { codec, length });
            return Ok(self.sent_by(transfer));
        }
        if is_decoded {
            // Without an ETag, the second response could have the bytes of another version of the object.
            let again = repeatable.zip(self.headers.get(ETAG)).filter(|_| !has_up_to(PAYLOAD_LIMIT));
            return match again.zip(codec()) {
                Some(((request, etag), codec)) => {
                    let verification = Verification::new(request, etag.clone(), codec, self.length())?;
                    Ok(Answer::Verify(verification, self.plan.conversion))
                }
                None => Ok(self.sent_by(buffer(PAYLOAD_LIMIT))),
            };
        }
        if has_up_to(CONVERSION_LIMIT) {
            return Ok(self.sent_by(buffer(CONVERSION_LIMIT)));
        }
        let transfer = codec().map_or(buffer(PAYLOAD_LIMIT), |codec| {
            let length = self.length().and_then(|length| codec.length_of(length));
            Transfer::Blocks { codec, length }
        });
        Ok(self.sent_by(transfer))
    }

    fn sent_by(self, transfer: Transfer) -> Answer<'c> {
        Answer::Respond(Box::new(self), transfer)
    }
}

/// Returns the integration response for a status of the backend: the entry that matches, otherwise `default`.
///
/// # Errors
/// The [`Rejection`] if neither exists, and if the operation does not declare the status of the entry.
fn selected(integration: &Integration, status: StatusCode) -> Result<&IntegrationResponse, Rejection> {
    let entry = integration.response_for(status);
    declared(entry.ok_or_else(|| not_selected(integration.backend.name(), status))?)
}

/// Returns the entry if the operation declares its status.
///
/// # Errors
/// The [`Rejection`] for a status that is not declared.
fn declared(entry: &IntegrationResponse) -> Result<&IntegrationResponse, Rejection> {
    match entry.method_response {
        MethodResponse::Declared => Ok(entry),
        MethodResponse::Undeclared => Err(Rejection::configuration(format!(
            "the selected integration response has the status {}, which the operation's `responses` do not declare",
            entry.status
        ))),
    }
}

/// Returns the rejection for a status that no entry matches. `backend` is the name of the backend.
fn not_selected(backend: &str, status: impl Display) -> Rejection {
    Rejection::configuration(format!(
        "no entry of the integration's responses matches {backend}'s status {status}"
    ))
}
