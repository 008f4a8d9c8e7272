//! Records the decisions of each stage of the gateway, with their reasons.
//!
//! This file records the stages up to the backend's response, and rejections. `response` records the later
//! stages.

mod response;

use http::header::ACCEPT;
use http::{HeaderMap, Method};
use s3_edge_gateway::api::integration::Backend as ApiBackend;
use s3_edge_gateway::api::{Security, UnsupportedOperation};
use s3_edge_gateway::gateway::authorize::admission::Admitted;
use s3_edge_gateway::gateway::conversion::Conversion;
use s3_edge_gateway::gateway::message::{OutboundBody, Response, ResponseBody};
use s3_edge_gateway::gateway::request::content_encoding::ContentEncoding;
use s3_edge_gateway::gateway::request::context::Context;
use s3_edge_gateway::gateway::request::integration_request::SignedRequest;
use s3_edge_gateway::gateway::request::mapping::request_value;
use s3_edge_gateway::gateway::request::method_request::{MethodRequest, RequestTransfer, SingleRequest};
use s3_edge_gateway::gateway::request::passthrough::PassthroughRequest;
use s3_edge_gateway::gateway::request::request_validator::Validated;
use s3_edge_gateway::gateway::request::routing::{Routing, operation_index};
use s3_edge_gateway::gateway::{Behaviour, Gateway, Rejection, Settings};

use super::example_request::ExampleRequest;
use super::explanation::{
    Backend, BackendRequest, BodyPlan, ClientRequest, ClientResponse, Content, Explanation, Field, Mapped,
    Reason, Stage, TemplateChoice,
};
use super::inbound::usually_has_body;
use super::phrases::{
    body_plan, content_handling, fields, listed, request_content, required_of_caller, response_content,
    streamed,
};
use super::simulated_backend::BackendResponse;
use crate::compilation::{OperationOutline, Outline};
use crate::finding::{Code, Finding};
use crate::requirement::Requirement;

/// Headers that the signature adds. Only requests with temporary credentials have `x-amz-security-token`.
const SIGNATURE_HEADERS: &[&str] =
    &["authorization", "x-amz-date", "x-amz-content-sha256", "x-amz-security-token"];

/// The stages recorded so far.
pub(super) struct Recorder<'q> {
    example: &'q ExampleRequest,
    behaviour: Behaviour,
    accept: Option<String>,
    backend: Option<Backend>,
    /// The operation that the request is routed to.
    outline: Option<&'q OperationOutline>,
    /// Whether the explanation shows the body of the backend request: only if the example request has a body or a
    /// template renders the body.
    shows_body: bool,
    /// The `Content-Type` of the backend's response.
    reply_type: Option<String>,
    /// Whether the backend's response has no body.
    is_reply_empty: bool,
    request: ClientRequest,
    stages: Vec<Stage>,
}

impl<'q> Recorder<'q> {
    pub(super) fn new(
        example: &'q ExampleRequest,
        outline: &'q Outline,
        gateway: &'q Gateway,
        context: &Context<'_>,
        routing: Routing<'_>,
    ) -> Self {
        let backend = routing.served().map(|served| match &served.integration().backend {
            ApiBackend::S3(_) => Backend::S3,
            ApiBackend::Http(_) => Backend::Http,
            ApiBackend::HttpProxy(_) => Backend::HttpProxy,
            ApiBackend::Mock => Backend::Mock,
        });
        let inbound = context.inbound();
        let query = inbound.query.as_ref().map(|query| format!("?{query}")).unwrap_or_default();
        Self {
            example,
            behaviour: gateway.settings().behaviour,
            accept: inbound.text(&ACCEPT).map(str::to_owned),
            backend,
            outline: operation_index(gateway, context.method(), &inbound.path)
                .and_then(|index| outline.operations.get(index)),
            shows_body: example.body.is_some(),
            reply_type: None,
            is_reply_empty: true,
            request: ClientRequest {
                method: inbound.method.to_string(),
                path: format!("{}{query}", inbound.path),
                headers: fields(&example.headers),
            },
            stages: Vec::new(),
        }
    }

    pub(super) fn backend(&self) -> Option<Backend> {
        self.backend
    }

    /// Returns the explanation. `response` is `None` if the client gets the response of the original API.
    pub(super) fn finish<B>(self, response: Option<&Response<B>>) -> Explanation {
        let is_shown = |name: &str| {
            !name.eq_ignore_ascii_case("x-amzn-requestid") && !name.eq_ignore_ascii_case("content-length")
        };
        let response = response.map(|response| {
            let headers = response.headers.iter().filter(|(name, _)| is_shown(name));
            let body = match &response.body {
                // The gateway also streams an empty body if the body has no known length.
                ResponseBody::Stream { .. } if self.is_reply_empty => Content::None,
                body => response_content(body, self.backend.map_or("", Backend::whose)),
            };
            ClientResponse {
                status: response.status.as_u16(),
                headers: headers.map(|(name, value)| Field::new(name, value)).collect(),
                body,
            }
        });
        Explanation {
            request: self.request,
            compatibility: self.behaviour.name(),
            backend: self.backend,
            stages: self.stages,
            response,
        }
    }

    pub(super) fn route(&mut self, context: &Context<'_>) {
        let parameters = context.path_parameters();
        self.stages.push(Stage::Route {
            path: context.resource_path().map(str::to_owned),
            parameters: parameters.map(|(name, value)| Field::new(name.as_str(), value)).collect(),
        });
    }

    /// Records the reasons why the operation is not served. Findings of the compiler replace the gateway's own reasons,
    /// because the findings have a place in the file.
    pub(super) fn unsupported(&mut self, routing: Routing<'_>, settings: &Settings) {
        let (Some(unsupported), Some(outline)) = (unsupported(routing), self.outline) else { return };
        let missing: Vec<_> = outline.requires.iter().filter(|required| !required.is_met(settings)).collect();
        let is_conditional = outline.reasons.is_empty();
        let remedy = |code: Code| match (unsupported.is_signed, &settings.passthrough) {
            (true, _) => Some(code.remedy_if_signed()),
            // PASSTHROUGH_URL serves the operation, so no remedy is necessary.
            (false, Some(_)) => None,
            (false, None) => Some(code.remedy()),
        };
        let mut reasons: Vec<_> = outline.reasons.iter().cloned().map(Reason::from).collect();
        for (reason, finding) in reasons.iter_mut().zip(&outline.reasons) {
            reason.remedy = remedy(finding.code);
        }
        reasons.extend(missing.iter().map(|required| Reason::from(required.finding())));
        if reasons.is_empty() {
            reasons.extend(unsupported.reasons.iter().map(|reason| Reason {
                code: reason.code.clone(),
                message: reason.message.clone(),
                remedy: None,
                pointer: outline.pointer.clone(),
                line: None,
                column: None,
            }));
        }
        let requires = match is_conditional {
            true => Requirement::settings(missing.into_iter()),
            false => Vec::new(),
        };
        self.stages.push(Stage::Unsupported { requires, reasons });
        if unsupported.is_signed && !is_conditional && settings.passthrough.is_none() {
            let reason = "PASSTHROUGH_URL does not serve this operation, because its clients sign requests for the host of this gateway";
            self.stages.push(Stage::NotPassedOn { reasons: vec![reason.to_owned()] });
        }
    }

    /// Records the request to the original API.
    pub(super) fn passthrough(&mut self, request: &PassthroughRequest) {
        self.backend = Some(Backend::Passthrough);
        let has_body = usually_has_body(&request.method) || self.example.body.is_some();
        let body = match has_body {
            true => streamed("the client's bytes, streamed"),
            false => Content::None,
        };
        self.push_backend_request(&request.method, &request.url, &request.headers, body);
    }

    /// Records the reasons why a request is not sent to `PASSTHROUGH_URL`.
    pub(super) fn not_passed_on(&mut self, routing: Routing<'_>, rejection: &Rejection) {
        // The rejection may repeat the reasons of the operation, which `Stage::Unsupported` already has.
        let known = unsupported(routing).map(|unsupported| unsupported.reasons.as_slice());
        let known: Vec<_> = known.unwrap_or_default().iter().map(ToString::to_string).collect();
        let reasons: Vec<_> =
            rejection.causes.iter().filter(|cause| !known.contains(cause)).cloned().collect();
        if !reasons.is_empty() {
            self.stages.push(Stage::NotPassedOn { reasons });
        }
    }

    pub(super) fn security(&mut self, security: &Security, needs_allowed_writes: bool) {
        self.stages.push(Stage::Security { required: required_of_caller(security), needs_allowed_writes });
    }

    pub(super) fn decoding(&mut self, encoding: ContentEncoding) {
        self.stages.push(Stage::Decoding { coding: encoding.name() });
    }

    pub(super) fn validator(&mut self, admitted: Admitted<'_>) {
        let required: Vec<_> = admitted.required_parameters().iter().map(ToString::to_string).collect();
        let body = match (admitted.model().is_some(), admitted.reads_body(), self.example.body.is_some()) {
            (true, _, true) => Some("the body must match its model"),
            (true, _, false) => {
                Some("the body must match its model; no body was given, so `{}` is used and counts as valid")
            }
            (false, true, false) => Some("a mapping reads the body; no body was given, so `{}` is used"),
            (false, _, _) => None,
        };
        if body.is_some() || !required.is_empty() {
            self.stages.push(Stage::Validator { required, body });
        }
    }

    pub(super) fn parameters(&mut self, request: &Validated<'_>) {
        let mappings = request.served.integration().request_parameters.iter();
        let mappings = mappings.map(|(target, source)| Mapped {
            target: target.to_string(),
            source: source.to_string(),
            value: request_value(request, source).ok().flatten().map(|value| value.into_owned()),
        });
        self.stages.push(Stage::Parameters { mappings: mappings.collect() });
    }

    pub(super) fn request_body(
        &mut self,
        request: &MethodRequest<'_>,
        content_type: Option<&str>,
        is_empty: bool,
    ) {
        let plan = request.plan();
        self.shows_body |= plan.template.is_some();
        if self.backend != Some(Backend::HttpProxy) {
            let media_type = plan.template.map(|(media_type, _)| media_type.to_owned());
            self.stages.push(Stage::RequestTemplate(TemplateChoice { media_type, reason: None }));
        }
        let without_conversion = BodyPlan::without_conversion;
        let plan = match request {
            MethodRequest::Mock(mock) if !mock.reads_body => without_conversion(
                "the gateway does not read the client's body, because the template does not use it",
            ),
            MethodRequest::Single(SingleRequest { transfer: RequestTransfer::None, plan, .. })
                if !plan.can_fail() =>
            {
                without_conversion("no body is sent with this method")
            }
            _ if is_empty && plan.template.is_none() => without_conversion("the client sends no body"),
            _ if self.backend == Some(Backend::HttpProxy) && plan.conversion == Conversion::Identity => {
                without_conversion("the client's body, unchanged")
            }
            _ => {
                let written = content_type.unwrap_or("(none)");
                let reasons = vec![
                    format!("Content-Type {written} is {}", listed(plan.content_type)),
                    content_handling(plan.content_handling),
                ];
                body_plan(plan.conversion, self.behaviour, reasons)
            }
        };
        self.stages.push(Stage::RequestBody(plan));
    }

    pub(super) fn backend_request<B>(&mut self, request: &SignedRequest<B>) {
        let body = match &request.body {
            OutboundBody::Bytes(_) if !self.shows_body => streamed("the client's bytes"),
            body => request_content(body),
        };
        self.push_backend_request(&request.method, &request.url, &request.headers, body);
    }

    /// Records the request that creates a multipart upload.
    pub(super) fn multipart_request<B>(&mut self, request: &SignedRequest<B>) {
        let body = streamed("the client's bytes, in parts of 8 MiB");
        self.push_backend_request(&request.method, &request.url, &request.headers, body);
        self.stages.push(Stage::Multipart);
    }

    fn push_backend_request(&mut self, method: &Method, url: &str, headers: &HeaderMap, body: Content) {
        let signed = self.backend == Some(Backend::S3);
        let is_shown =
            |name: &str| name != "content-length" && !(signed && SIGNATURE_HEADERS.contains(&name));
        let mut headers = fields(headers);
        headers.retain(|field| is_shown(&field.name));
        headers.sort_by(|one, other| one.name.cmp(&other.name));
        let (method, url) = (method.to_string(), url.to_owned());
        self.stages.push(Stage::BackendRequest(BackendRequest { method, url, signed, headers, body }));
    }

    pub(super) fn backend_response(&mut self, response: &BackendResponse) {
        self.reply_type = response.content_type().map(str::to_owned);
        self.is_reply_empty = response.body.is_empty();
        self.stages.push(Stage::BackendResponse {
            status: response.status.as_u16(),
            content_type: self.reply_type.clone(),
        });
    }

    pub(super) fn repeat(&mut self) {
        self.stages.push(Stage::Repeat);
    }

    pub(super) fn rejection(&mut self, rejection: &Rejection) {
        self.stages.push(Stage::Rejected {
            kind: rejection.response_type.name(),
            message: rejection.message.clone(),
            causes: match &rejection.validation_error {
                // The cause in the access log has only the number of faults.
                Some(faults) => vec![faults.clone()],
                None => rejection.causes.clone(),
            },
        });
    }
}

fn unsupported<'g>(routing: Routing<'g>) -> Option<&'g UnsupportedOperation> {
    match routing {
        Routing::Unsupported(operation) => Some(operation),
        Routing::Served(_) | Routing::Unknown | Routing::Outside => None,
    }
}

impl From<Finding> for Reason {
    fn from(finding: Finding) -> Self {
        Self {
            code: finding.code.to_string(),
            message: finding.message,
            remedy: Some(finding.code.remedy()),
            pointer: finding.pointer,
            line: Some(finding.place.line),
            column: Some(finding.place.column),
        }
    }
}
