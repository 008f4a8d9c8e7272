//! The endpoint response: the response to the client, with its body converted, and its headers mapped by the document,
//! passed from the backend, or set by the gateway.

use bytes::Bytes;
use http::header::{ACCEPT, ACCEPT_RANGES, CONTENT_LENGTH, CONTENT_RANGE};
use http::{HeaderMap, HeaderName, StatusCode};

use super::negotiate::{Kind, ResponsePlan};
use super::s3_error::{redirect_remark, refuse_to_show_own_keys};
use crate::api::integration::{Backend, Integration, IntegrationResponse, SelectionPattern};
use crate::api::mapping::ResponseSource;
use crate::api::template::Template;
use crate::gateway::behaviour::Difference;
use crate::gateway::conversion::base64::WhiteSpace;
use crate::gateway::http_rules::{
    DROPPED, HOP_BY_HOP, REMAPPED, REPRESENTATION, has_no_body, header_text, reads_object,
};
use crate::gateway::json_body::{JsonBody, MalformedJson};
use crate::gateway::limits::PAYLOAD_LIMIT;
use crate::gateway::message::{Response, ResponseBody};
use crate::gateway::rejection::Rejection;
use crate::gateway::request::context::Context;
use crate::gateway::request::mapping::response_value;
use crate::s3::error_body;

/// The response to the client before its body is converted and its headers are added.
#[derive(Debug)]
pub struct EndpointResponse<'c> {
    pub(super) context: &'c Context<'c>,
    pub(super) integration: &'c Integration,
    /// The selected integration response.
    pub entry: &'c IntegrationResponse,
    /// The rule that selected `entry`.
    pub selection: Selection,
    /// The status for the client.
    pub status: StatusCode,
    /// The backend's status. For a mock, its `statusCode`, or the status for the client if `statusCode` is not an HTTP
    /// status.
    pub backend_status: StatusCode,
    /// The plan for the body.
    pub plan: ResponsePlan<'c>,
    /// The backend's headers.
    pub(super) headers: HeaderMap,
    /// Whether the client gets no body because the method is HEAD.
    pub(super) has_head_only: bool,
    /// Whether there is no body of the backend: the method of the request to the backend is HEAD, or the backend is a mock.
    pub(super) is_empty: bool,
    /// Whether the request to the backend was a read with a range or a condition. Always `false` in `aws`.
    pub(super) was_conditional: bool,
}

/// The rule that selected an integration response.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Selection {
    /// The first entry whose selection pattern matches the backend's status.
    Pattern,
    /// The entry `default`: no selection pattern matches.
    Default,
    /// The entry for the status 200, which a whole object has. The backend's status is a 206, 304, 412 or 416 in response to
    /// a range or a condition. No entry matches this status, or the operation does not declare the status of the matching
    /// entry.
    WholeObject,
    /// The entry for the status 200, because a 304 is passed to the client and has the headers of the 200. If an entry matches
    /// 304 and no other status, that entry is used instead.
    NotModified,
    /// [`IntegrationResponse::PROXIED`]: an `http_proxy` has no entries.
    Proxied,
}

impl Selection {
    /// Returns the rule that selected an entry by the backend's status.
    pub(super) fn by_status(entry: &IntegrationResponse) -> Self {
        match entry.pattern {
            SelectionPattern::Statuses(_) => Self::Pattern,
            SelectionPattern::Default => Self::Default,
        }
    }
}

impl EndpointResponse<'_> {
    /// Returns a remark for the access log if S3 redirects, because the region or the endpoint in the settings is then wrong.
    /// Otherwise returns `None`.
    pub(in crate::gateway) fn remark(&self) -> Option<String> {
        let is_redirect =
            self.backend_status.is_redirection() && self.backend_status != StatusCode::NOT_MODIFIED;
        if !is_redirect || !self.is_from_s3() {
            return None;
        }
        Some(redirect_remark(self.backend_status, &self.headers))
    }

    /// Returns the rejection for a body that is over the limit of [`Transfer::Buffer`](super::select::Transfer::Buffer).
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

    /// Returns the index of the selected entry in `responses`, or `None` for an `http_proxy`, which has no entries.
    pub fn entry_index(&self) -> Option<usize> {
        self.integration.responses.iter().position(|known| std::ptr::eq(known, self.entry))
    }

    /// Returns whether the selected entry has a template for the client's `Accept` that is not applied, because a template
    /// renders text and the client gets bytes.
    pub fn omits_template(&self) -> bool {
        let accept = header_text(&self.context.inbound.headers, &ACCEPT);
        let template = self.entry.templates.for_accept(accept.as_deref()).and_then(|(_, template)| template);
        template.is_some() && self.plan.template.is_none()
    }

    /// Returns the code of S3's error for the access log, or `None` if the body is not an error of S3.
    pub(in crate::gateway) fn error_code<'b>(&self, body: &'b [u8]) -> Option<&'b str> {
        error_body::code(body).filter(|_| self.plan.kind == Kind::Error && self.is_from_s3())
    }

    /// Returns the `Content-Length` of the backend's response, or `None` if it is missing or not valid.
    pub(in crate::gateway) fn length(&self) -> Option<u64> {
        header_text(&self.headers, &CONTENT_LENGTH)?.parse().ok()
    }

    /// Converts a whole body, and renders the template with it.
    ///
    /// # Errors
    /// The [`Rejection`] for a body that cannot be converted, for a converted body over the limit of `aws`, and for the errors
    /// of S3 that [`refuse_to_show_own_keys`] rejects.
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

    /// Returns the response to the client with a body that is sent as a stream or block by block.
    pub(in crate::gateway) fn respond<B>(self, body: ResponseBody<B>) -> Response<B> {
        self.with_body(body, None)
    }

    /// Returns the response to the client with the backend's body, converted and rendered.
    ///
    /// # Errors
    /// The [`Rejection`] of [`Self::convert`], and the [`Rejection`] for a body that is not valid JSON if headers are mapped
    /// from the body.
    pub(in crate::gateway) fn respond_bytes<B>(self, bytes: Bytes) -> Result<Response<B>, Rejection> {
        let mapped = if self.maps_body() {
            Some(JsonBody::read(bytes.clone()).map_err(|MalformedJson| {
                Rejection::configuration(
                    "responseParameters read the body of the response, which is not valid JSON",
                )
            })?)
        } else {
            None
        };
        let drops_unconverted = self.has_head_only && self.context.has(Difference::HeadWithoutBody);
        if drops_unconverted || has_no_body(self.status) {
            return Ok(self.with_body(ResponseBody::Empty, mapped.as_ref()));
        }
        let converted = self.convert(bytes)?;
        let body = if self.has_head_only { ResponseBody::Empty } else { ResponseBody::Bytes(converted) };
        Ok(self.with_body(body, mapped.as_ref()))
    }

    fn with_body<B>(self, body: ResponseBody<B>, mapped: Option<&JsonBody>) -> Response<B> {
        let mut response = Response::new(self.status);
        response.body = body;
        self.add_headers(&mut response, mapped);
        response
    }

    /// Adds the headers to a response that has its body. `body` is the backend's body if headers are mapped from it, or
    /// else `None`.
    fn add_headers<B>(&self, response: &mut Response<B>, body: Option<&JsonBody>) {
        for (header, source) in &self.entry.headers {
            let name = header.name.as_str();
            if DROPPED.contains(&name) {
                continue;
            }
            let value = response_value(self.context, &self.headers, body, source);
            if let Some(value) = value.filter(|value| !value.is_empty()) {
                if REMAPPED.contains(&name) {
                    response.set(format!("x-amzn-Remapped-{}", header.written), value);
                } else {
                    response.set(header.written.as_str(), value);
                }
            }
        }
        if self.plan.kind == Kind::Proxied {
            self.pass_headers(response);
        } else if self.context.has(Difference::RepresentationHeaders) {
            self.add_edge_headers(response);
        }
        if !self.leaves_type_open(response) && response.header("content-type").is_none() {
            response.set("Content-Type", "application/json");
        }
        response.set("x-amzn-RequestId", self.context.inbound.request_id.as_str());
    }

    /// Passes the headers of an `http_proxy`'s backend, without those of its connection. The headers in [`REMAPPED`] and
    /// `x-amzn-RequestId` are renamed (`x-amzn-Remapped-Date` was seen on API Gateway; date not recorded).
    fn pass_headers<S>(&self, response: &mut Response<S>) {
        for (name, value) in &self.headers {
            let (name, value) = (name.as_str(), String::from_utf8_lossy(value.as_bytes()).into_owned());
            let written = match name {
                _ if HOP_BY_HOP.contains(&name) => continue,
                _ if REMAPPED.contains(&name) || name == "x-amzn-requestid" => {
                    format!("x-amzn-remapped-{name}")
                }
                _ => name.to_owned(),
            };
            response.headers.push((written, value));
        }
    }

    /// Adds the headers that only `edge` adds: the backend's headers that describe the body, and the gateway's own `Vary`,
    /// `Accept-Ranges`, `Content-Type` of S3's errors, and `Content-Length` of a response to HEAD.
    fn add_edge_headers<S>(&self, response: &mut Response<S>) {
        let is_mapped = |name: &HeaderName| self.entry.headers.iter().any(|(header, _)| header.name == *name);
        let keeps_bytes = self.plan.keeps_bytes(self.context.behaviour());
        // The headers of a 304 describe the bytes of the object.
        if keeps_bytes || self.status == StatusCode::NOT_MODIFIED {
            for (name, written) in REPRESENTATION.iter().filter(|(name, _)| !is_mapped(name)) {
                if let Some(value) = header_text(&self.headers, name) {
                    response.set(*written, value);
                }
            }
        }
        let has_type = response.header("content-type").is_some() || self.leaves_type_open(response);
        if self.plan.kind == Kind::Error && self.is_from_s3() && keeps_bytes && !has_type {
            response.set("Content-Type", "application/xml");
        }
        if self.reads() && self.depends_on_accept() {
            let mapped = response.header("vary").unwrap_or_default();
            let is_named = |name: &str| name == "*" || name.eq_ignore_ascii_case("accept");
            if mapped.is_empty() {
                response.set("Vary", "Accept");
            } else if !mapped.split(',').map(str::trim).any(is_named) {
                response.set("Vary", format!("{mapped}, Accept"));
            }
        }
        if let Some(range) = header_text(&self.headers, &CONTENT_RANGE).filter(|_| !is_mapped(&CONTENT_RANGE))
        {
            response.set("Content-Range", range);
        }
        if self.plan.kind != Kind::Content {
            return;
        }
        if !keeps_bytes
            && self.status != StatusCode::NOT_MODIFIED
            && self.reads()
            && !is_mapped(&ACCEPT_RANGES)
        {
            response.set("Accept-Ranges", "none");
        }
        if self.has_head_only
            && let Some(length) = self.length_of_whole()
        {
            response.set("Content-Length", length.to_string());
        }
    }

    /// Returns whether another `Accept` could lead to another response: bytes instead of text or the reverse, another
    /// template, or the whole object instead of a 416.
    fn depends_on_accept(&self) -> bool {
        let is_of_object = self.plan.kind == Kind::Content || self.was_conditional && self.status == 416;
        let negotiates = is_of_object && self.entry.content_handling.is_none();
        negotiates || self.entry.templates.media_types().nth(1).is_some()
    }

    /// Returns whether the gateway adds no `Content-Type` of its own: in a 304 it would change the type of a cached object,
    /// and an error without a body needs no type.
    fn leaves_type_open<B>(&self, response: &Response<B>) -> bool {
        let is_unmodified = self.status == StatusCode::NOT_MODIFIED;
        if self.plan.kind == Kind::Proxied {
            return is_unmodified;
        }
        let is_empty_error = self.plan.kind == Kind::Error && response.body.length() == Some(0);
        self.context.has(Difference::RepresentationHeaders) && (is_unmodified || is_empty_error)
    }

    pub(super) fn reads(&self) -> bool {
        reads_object(self.context.method())
    }

    /// Returns the length that the body has in the response to a GET, or `None` if the length is not known without the body.
    fn length_of_whole(&self) -> Option<u64> {
        let length = self.length()?;
        if self.plan.keeps_bytes(self.context.behaviour()) {
            return Some(length);
        }
        // A template that contains `$context` may render another length for a GET.
        let names_context = self.plan.template.is_some_and(|(_, template)| Template::names_context(template));
        self.plan.codec(self.context).filter(|_| !names_context)?.length_of(length)
    }
}
