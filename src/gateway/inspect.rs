//! Looking into a request on its way, for the checker: for `explain` and the lints. The Worker calls none of this.

use http::StatusCode;

use super::known_body::{KnownBody, Look};
use super::method_request::Destination;
use super::{Caller, Compatibility, Context, EndpointResponse, Gateway, MethodRequest, Rejection};
use crate::api::integration::{Integration, IntegrationResponse, Templates};
use crate::api::mapping::{RequestSource, RequestTarget};
use crate::api::template::Template;
use crate::api::{Api, Security};

/// A mapping, and what it gives: nothing, where the source is missing.
pub type Value<'c> = (&'c RequestTarget, &'c RequestSource, Option<String>);

impl Gateway {
    pub fn api(&self) -> &Api {
        &self.api
    }

    pub fn compatibility(&self) -> Compatibility {
        self.settings.compatibility
    }

    pub fn base_path(&self) -> &str {
        &self.base_path
    }
}

impl<'g> Context<'g> {
    /// The parameters of the path, as they came.
    pub fn path_parameters(&self) -> Vec<(&'g str, &str)> {
        let Some(route) = self.served() else { return Vec::new() };
        let names = route.resource.path.parameters().map(|name| name.as_str());
        names.zip(route.parameters.iter().map(String::as_str)).collect()
    }

    pub fn security(&self) -> Option<&'g Security> {
        self.served().map(|route| &route.operation.security)
    }

    /// Goes on as if the caller had been accepted: nothing is sent, so that nobody has to prove anything.
    pub fn suppose_accepted(&mut self) {
        self.caller = Some(Caller::default());
    }

    /// Goes on as if the client had sent an empty body, and that were right.
    pub fn suppose_body(&mut self) {
        self.look = KnownBody::read(b"").map_or(Look::NotYet, Look::Known);
    }

    /// The parameters that a validator asks for.
    pub fn required_parameters(&self) -> Vec<String> {
        let required = self.served().into_iter().flat_map(|route| &route.operation.validation.required);
        required.map(ToString::to_string).collect()
    }

    /// Whether a validator asks something of the body.
    pub fn has_model(&self) -> bool {
        self.model().is_some()
    }

    /// What the mappings of an integration give.
    pub fn values<'c>(&'c self, integration: &'c Integration) -> Vec<Value<'c>> {
        let value = |source: &RequestSource| match source {
            RequestSource::MethodRequest(source) => super::parameters::value(self, source).ok().flatten(),
            RequestSource::Body(path) => self.known_body().and_then(|body| body.value(path)),
            RequestSource::Ambient(source) => self.ambient(source).map(std::borrow::Cow::into_owned),
        };
        let mappings = integration.request_parameters.iter();
        mappings.map(|(target, source)| (target, source, value(source))).collect()
    }

    pub fn integration(&self) -> Option<&'g Integration> {
        self.served().map(|route| &route.operation.integration)
    }
}

impl<'c> MethodRequest<'c> {
    /// The media type of the template that applies.
    pub fn template_key(&self) -> Option<&'c str> {
        key_of(&self.integration.request_templates, self.template?)
    }

    /// Whether the request is for an object of S3, or something of it.
    pub fn names_key(&self) -> bool {
        matches!(&self.destination, Destination::S3(to) if to.place.key.is_some())
    }
}

impl<'c> EndpointResponse<'c> {
    /// The status that the backend answered, or the mock gave.
    pub fn endpoint_status(&self) -> StatusCode {
        self.endpoint_status
    }

    /// The entry of `responses` that was selected.
    pub fn entry(&self) -> &'c IntegrationResponse {
        self.entry
    }

    /// Whether a template applies although nothing in the document says that there has to be text.
    pub fn prefers_template(&self) -> bool {
        self.treatment.template.is_some() && self.entry.content_handling.is_none()
    }

    /// The media type of the template that applies.
    pub fn template_key(&self) -> Option<&'c str> {
        key_of(&self.entry.templates, self.treatment.template?)
    }
}

impl Rejection {
    /// What is wrong with a body that does not fit its model.
    pub fn validation_error(&self) -> Option<&str> {
        self.validation_error.as_deref()
    }
}

fn key_of<'t>(templates: &'t Templates, template: &Template) -> Option<&'t str> {
    let is_it = |key: &&str| templates.get(key).flatten().is_some_and(|known| std::ptr::eq(known, template));
    templates.media_types().find(is_it)
}
