//! Content negotiation: the form that the client accepts, and the conversion and the template for this form.

use std::borrow::Cow;

use http::header::{ACCEPT, CONTENT_TYPE};
use http::{HeaderMap, StatusCode};

use crate::api::integration::{ContentHandling, IntegrationResponse};
use crate::api::media_type::{Accept, BinaryMediaTypes, Form, Listed, MediaType};
use crate::api::template::Template;
use crate::gateway::behaviour::{Behaviour, Difference};
use crate::gateway::conversion::Conversion;
use crate::gateway::conversion::base64::WhiteSpace;
use crate::gateway::conversion::codec::Codec;
use crate::gateway::http_rules::header_text;
use crate::gateway::rejection::Rejection;
use crate::gateway::request::context::Context;

/// The conversion and the template of a response body, with the values that decided them.
#[derive(Clone, Copy, Debug)]
pub struct ResponsePlan<'c> {
    pub conversion: Conversion,
    /// The response template that applies, with the media type of its entry.
    pub template: Option<(&'c str, &'c Template)>,
    pub kind: Kind,
    /// Whether the backend's `Content-Type` is a binary media type.
    pub payload: Listed,
    /// The form that the client's `Accept` selects.
    pub accepted: Accepted,
    /// `contentHandling`
    pub content_handling: Option<ContentHandling>,
}

/// The kind of a response body.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Kind {
    /// The body of a success or of a 304: an object, a listing, or the response to an upload.
    Content,
    /// The body of the backend's error.
    Error,
    /// The body of an `http_proxy`, which passes unchanged.
    Proxied,
    /// The empty body of a mock.
    Mock,
}

/// The form that the client's `Accept` selects, and the rule that selected it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Accepted {
    /// `Accept` is not considered, because the body has only one form. This is so for an `http_proxy`, and in `edge` for an
    /// error and for a mock.
    NotConsidered,
    /// All media types of the header, with their quality values, select this form.
    Preferred(Form),
    /// The first media type of the header selects this form.
    FirstType(Form),
}

/// The kind of content in the body of a success.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Subject {
    /// An object, or the content of a URL. Its bytes may be streamed to the client.
    Content,
    /// Any other body, such as a listing or the response to an upload.
    Report,
}

/// The values of the client's request and of the backend's response that decide the form of a body.
#[derive(Debug)]
pub(super) struct Negotiation<'c, 'h> {
    behaviour: Behaviour,
    list: &'c BinaryMediaTypes,
    accept: Option<Cow<'c, str>>,
    pub(super) content_type: Option<Cow<'h, str>>,
}

impl<'c, 'h> Negotiation<'c, 'h> {
    /// Reads the values. `headers` are those of the backend's response.
    pub(super) fn new(context: &'c Context<'_>, headers: &'h HeaderMap) -> Self {
        Self {
            behaviour: context.behaviour(),
            list: &context.gateway.api.binary_media_types,
            accept: header_text(&context.inbound.headers, &ACCEPT),
            content_type: header_text(headers, &CONTENT_TYPE),
        }
    }

    /// Returns whether the client prefers binary to text, whatever the media type of the object is.
    pub(super) fn always_prefers_binary(&self) -> bool {
        Accept::parse(self.accept.as_deref()).always_prefers_binary(self.list)
    }

    /// Returns the plan for the body of an integration response.
    ///
    /// # Errors
    /// In `aws`, the [`Rejection`] for a template that would apply to bytes.
    pub(super) fn plan<'e>(
        &self,
        entry: &'e IntegrationResponse,
        status: StatusCode,
        subject: Subject,
    ) -> Result<ResponsePlan<'e>, Rejection> {
        let (behaviour, content_handling) = (self.behaviour, entry.content_handling);
        let template = self.template(entry);
        let is_error = !status.is_success() && status != StatusCode::NOT_MODIFIED;
        let kind = if is_error { Kind::Error } else { Kind::Content };
        let payload = self.list.lists(self.content_type.as_deref());
        if is_error && behaviour.has(Difference::ErrorBodies) {
            let (conversion, accepted) = (Conversion::Identity, Accepted::NotConsidered);
            return Ok(ResponsePlan { conversion, template, kind, payload, accepted, content_handling });
        }
        let is_negotiated = behaviour.has(Difference::AcceptNegotiation)
            && (template.is_none() || self.has_bytes(subject, payload));
        let (form, accepted) = if is_negotiated {
            let accept = Accept::parse(self.accept.as_deref());
            let form = accept.prefers(self.content_type.as_deref(), self.list);
            (form, Accepted::Preferred(form))
        } else {
            let form = Form::from(self.list.lists(self.accept.as_deref()));
            (form, Accepted::FirstType(form))
        };
        let conversion = Conversion::of_response(payload, form, content_handling, behaviour);
        let template = match template {
            Some(_) if conversion.gives_text() => template,
            Some(_) if !behaviour.has(Difference::TemplateByAccept) => {
                return Err(Rejection::template_on_bytes("response"));
            }
            Some(_) | None => None,
        };
        Ok(ResponsePlan { conversion, template, kind, payload, accepted, content_handling })
    }

    /// Returns whether a client can prefer the bytes of the body to the text of a template: the type of the body is a binary
    /// media type, or the body is an object that is not JSON. In all other cases, no `Accept` distinguishes the body from the
    /// text of the template.
    fn has_bytes(&self, subject: Subject, payload: Listed) -> bool {
        let own_type = self.content_type.as_deref().and_then(MediaType::first_of);
        let is_json = || own_type.is_some_and(|own| own.is("application/json"));
        payload == Listed::Yes || (subject == Subject::Content && !is_json())
    }

    /// Returns whether a JSON object is sent in a template of this entry, whatever the qualities of `Accept` are.
    pub(super) fn renders_json(&self, entry: &IntegrationResponse) -> bool {
        let is_text = |media_type| self.list.lists(media_type) == Listed::No;
        self.template(entry).is_some() && is_text(Some("application/json")) && is_text(self.accept.as_deref())
    }

    /// Returns the plan for a mock, whose body is empty before the template.
    ///
    /// # Errors
    /// In `aws`, the [`Rejection`] for a template that would apply to bytes.
    pub(super) fn plan_of_mock<'e>(
        &self,
        entry: &'e IntegrationResponse,
    ) -> Result<ResponsePlan<'e>, Rejection> {
        let kind = Kind::Mock;
        if !self.behaviour.has(Difference::MockPreflight) {
            return Ok(ResponsePlan { kind, ..self.plan(entry, StatusCode::OK, Subject::Report)? });
        }
        let (conversion, template) = (Conversion::Text, self.template(entry));
        let (payload, accepted) = (Listed::No, Accepted::NotConsidered);
        let content_handling = entry.content_handling;
        Ok(ResponsePlan { conversion, template, kind, payload, accepted, content_handling })
    }

    fn template<'e>(&self, entry: &'e IntegrationResponse) -> Option<(&'e str, &'e Template)> {
        let (media_type, template) = entry.templates.for_accept(self.accept.as_deref())?;
        Some((media_type, template?))
    }
}

impl ResponsePlan<'_> {
    /// The plan for the body of an `http_proxy`.
    pub(super) const PROXIED: ResponsePlan<'static> = ResponsePlan {
        conversion: Conversion::Identity,
        template: None,
        kind: Kind::Proxied,
        payload: Listed::No,
        accepted: Accepted::NotConsidered,
        content_handling: None,
    };

    /// Returns the streaming codec, or `None` if the conversion needs the whole body.
    pub(super) fn codec(&self, context: &Context<'_>) -> Option<Codec> {
        let template = self.template.map(|(_, template)| (template, context));
        self.conversion.codec(context.behaviour(), WhiteSpace::Refused, template)
    }

    /// Returns whether no byte of the body changes.
    pub(super) fn keeps_bytes(&self, behaviour: Behaviour) -> bool {
        self.template.is_none() && self.conversion.keeps_bytes(behaviour)
    }
}
