//! How an answer of S3's is treated: which form the client accepts, which conversion and which template that means.
//!
//! Inside: the decision, from the heads of both messages and the document. Not inside: carrying it out
//! (`endpoint_response`, `content`).

use std::borrow::Cow;

use http::{HeaderMap, StatusCode};

use super::codec::Codec;
use super::content::{Conversion, WhiteSpace};
use super::context::Context;
use super::rejection::Rejection;
use super::{Compatibility, Gateway, header_text};
use crate::api::integration::IntegrationResponse;
use crate::api::media_type::{Accept, Form, Listed, MediaType};
use crate::api::template::Template;

/// What happens to the body.
#[derive(Clone, Copy, Debug)]
pub(super) struct Treatment<'c> {
    pub(super) conversion: Conversion,
    pub(super) template: Option<&'c Template>,
    pub(super) kind: Kind,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Kind {
    /// An object, a listing, whatever S3 has to give.
    Content,
    /// S3's account of why it has not.
    Error,
    /// What stands behind an `http_proxy` answered: it passes.
    Proxied,
    /// A mock's: there is nothing but what the template makes of it.
    Mock,
}

/// What a success is about.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Subject {
    /// Something whose bytes a client may want.
    Content,
    /// What there is, or what has been done: a listing, the answer to an upload.
    Account,
}

/// What decides the form of a response, beside the document.
pub(super) struct Seen<'c, 'h> {
    gateway: &'c Gateway,
    accept: Option<Cow<'c, str>>,
    pub(super) content_type: Option<Cow<'h, str>>,
}

impl<'c, 'h> Seen<'c, 'h> {
    pub(super) fn new(context: &'c Context<'_>, headers: &'h HeaderMap) -> Self {
        let accept = header_text(&context.inbound.headers, "accept");
        Self { gateway: context.gateway, accept, content_type: header_text(headers, "content-type") }
    }

    pub(super) fn accept(&self) -> Accept<'_> {
        Accept::parse(self.accept.as_deref())
    }

    pub(super) fn treatment<'e>(
        &self,
        entry: &'e IntegrationResponse,
        status: StatusCode,
        subject: Subject,
    ) -> Result<Treatment<'e>, Rejection> {
        let compatibility = self.gateway.settings.compatibility;
        let list = &self.gateway.api.binary_media_types;
        let template = self.template(entry);
        let is_error = !status.is_success() && status != StatusCode::NOT_MODIFIED;
        let kind = if is_error { Kind::Error } else { Kind::Content };
        let listed = list.lists(self.content_type.as_deref());
        let accepted = match compatibility {
            // `error-bodies`: an error has one form, whatever the Accept.
            Compatibility::Edge if is_error => {
                return Ok(Treatment { conversion: Conversion::Identity, template, kind });
            }
            // `accept-negotiation`
            Compatibility::Edge if template.is_none() || self.has_bytes(subject, listed) => {
                self.accept().prefers(self.content_type.as_deref(), list)
            }
            Compatibility::Edge | Compatibility::Aws => Form::from(list.lists(self.accept.as_deref())),
        };
        let conversion = Conversion::of_response(listed, accepted, entry.content_handling, compatibility);
        let template = match (template, compatibility) {
            (Some(_), Compatibility::Aws) if !conversion.gives_text() => {
                let cause = "a response template applies, but the body is bytes; set contentHandling to CONVERT_TO_TEXT";
                return Err(Rejection::configuration(cause));
            }
            // `template-by-accept`
            (Some(_), Compatibility::Edge) if !conversion.gives_text() => None,
            (template, _) => template,
        };
        Ok(Treatment { conversion, template, kind })
    }

    /// Whether there are bytes that a client could prefer to what a template makes of them. What is JSON before the template is
    /// JSON after it: no Accept could ask for the one or the other.
    fn has_bytes(&self, subject: Subject, listed: Listed) -> bool {
        let is_json = || {
            self.content_type
                .as_deref()
                .and_then(MediaType::first_of)
                .is_some_and(|own| own.is("application/json"))
        };
        listed == Listed::Yes || (subject == Subject::Content && !is_json())
    }

    /// Of an `http_proxy`.
    pub(super) const PROXIED: Treatment<'static> =
        Treatment { conversion: Conversion::Identity, template: None, kind: Kind::Proxied };

    /// Of a mock, whose body is empty. `mock-preflight`: what the list says of bytes means nothing here.
    pub(super) fn treatment_of_mock<'e>(
        &self,
        entry: &'e IntegrationResponse,
    ) -> Result<Treatment<'e>, Rejection> {
        let kind = Kind::Mock;
        match self.gateway.settings.compatibility {
            Compatibility::Aws => {
                Ok(Treatment { kind, ..self.treatment(entry, StatusCode::OK, Subject::Account)? })
            }
            Compatibility::Edge => {
                Ok(Treatment { conversion: Conversion::Text, template: self.template(entry), kind })
            }
        }
    }

    fn template<'e>(&self, entry: &'e IntegrationResponse) -> Option<&'e Template> {
        entry.templates.for_accept(self.accept.as_deref()).and_then(|(_, template)| template)
    }
}

impl Treatment<'_> {
    /// How the body is converted block by block, where it can be.
    pub(super) fn codec(self, context: &Context<'_>) -> Option<Codec> {
        let template = self.template.map(|template| (template, context));
        self.conversion.codec(context.gateway.settings.compatibility, WhiteSpace::Refused, template)
    }

    pub(super) fn keeps_bytes(self, compatibility: Compatibility) -> bool {
        self.template.is_none() && self.conversion.keeps_bytes(compatibility)
    }
}
