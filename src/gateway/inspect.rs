//! Read access to a request between its stages, for `explain`. The Worker calls none of this.

use http::StatusCode;

use super::context::Routing;
use super::deployment::DeployedOperation;
use super::known_body::{KnownBody, Look};
use super::method_request::Destination;
use super::{Caller, Compatibility, Context, EndpointResponse, Gateway, MethodRequest, Rejection};
use crate::api::integration::{Integration, IntegrationResponse, Templates};
use crate::api::mapping::{RequestSource, RequestTarget};
use crate::api::template::Template;
use crate::api::{Api, Reason, Security, UnsupportedOperation};

/// A mapping of `requestParameters`, and its value; `None` if the source is missing.
pub type Value<'c> = (&'c RequestTarget, &'c RequestSource, Option<String>);

impl Gateway {
    /// Returns the API.
    pub fn api(&self) -> &Api {
        &self.api
    }

    /// Returns the behaviour, `COMPATIBILITY`.
    pub fn compatibility(&self) -> Compatibility {
        self.settings.compatibility
    }

    /// Returns the base path of this deployment: empty, or `/v1`.
    pub fn base_path(&self) -> &str {
        &self.base_path
    }
}

impl Gateway {
    /// Returns, for each operation in the order of [`Api::operations`], why these settings or the document do not serve
    /// it; an empty list if it is served.
    pub fn reasons(&self) -> impl Iterator<Item = &[Reason]> {
        self.deployed.iter().flatten().map(|deployed| match deployed {
            DeployedOperation::Served(_) => &[][..],
            DeployedOperation::Unsupported(unsupported) => unsupported.reasons.as_slice(),
        })
    }
}

impl<'g> Context<'g> {
    /// Returns the index of the operation that takes the request, in the order of [`Api::operations`]; `None` if the
    /// route is unknown.
    pub fn operation_index(&self) -> Option<usize> {
        let path = self.gateway.below_base_path(&self.inbound.path)?;
        let id = self.gateway.router.find(&self.method, path)?.method;
        let before = self.gateway.api.resources.iter().take(id.resource);
        Some(before.map(|resource| resource.methods.len()).sum::<usize>() + id.method)
    }

    /// Returns the reasons if the operation that takes the request is not served by this deployment.
    pub fn unsupported(&self) -> Option<&'g UnsupportedOperation> {
        match &self.routing {
            Routing::Unsupported { operation, .. } => Some(operation),
            Routing::Served(_) | Routing::Unknown | Routing::Outside => None,
        }
    }

    /// Returns the path parameters of a served operation, still percent-encoded.
    pub fn path_parameters(&self) -> Vec<(&'g str, &str)> {
        let Some(route) = self.served() else { return Vec::new() };
        let names = route.resource.path.parameters().map(|name| name.as_str());
        names.zip(route.parameters.iter().map(String::as_str)).collect()
    }

    /// Returns the security of the operation that serves the request, or `None` if no operation does.
    pub fn security(&self) -> Option<&'g Security> {
        self.served().map(|route| &route.operation.security)
    }

    /// Accepts the caller without proof. Only for requests that are never sent.
    pub fn suppose_accepted(&mut self) {
        self.caller = Some(Caller::default());
    }

    /// Takes an empty body as read and valid.
    pub fn suppose_body(&mut self) {
        self.look = KnownBody::read(b"").map_or(Look::NotYet, Look::Known);
    }

    /// Returns the parameters that the request validator requires: `method.request.querystring.key`.
    pub fn required_parameters(&self) -> Vec<String> {
        let required = self.served().into_iter().flat_map(|route| &route.operation.validation.required);
        required.map(ToString::to_string).collect()
    }

    /// Returns whether the request validator checks the body against a model.
    pub fn has_model(&self) -> bool {
        self.model().is_some()
    }

    /// Returns whether a model or a mapping reads the body.
    pub fn reads_body(&self) -> bool {
        self.wants_body()
    }

    /// Evaluates `requestParameters`, in the order of the document.
    pub fn values<'c>(&'c self, integration: &'c Integration) -> Vec<Value<'c>> {
        let value = |source: &RequestSource| match source {
            RequestSource::MethodRequest(source) => super::parameters::value(self, source).ok().flatten(),
            RequestSource::Body(path) => self.known_body().and_then(|body| body.value(path)),
            RequestSource::Ambient(source) => self.ambient(source).map(std::borrow::Cow::into_owned),
        };
        let mappings = integration.request_parameters.iter();
        mappings.map(|(target, source)| (target, source, value(source))).collect()
    }

    /// Returns the integration of the operation that serves the request.
    pub fn integration(&self) -> Option<&'g Integration> {
        self.served().map(|route| &route.operation.integration)
    }
}

impl<'c> MethodRequest<'c> {
    /// Returns the media type of the request template that applies.
    pub fn template_key(&self) -> Option<&'c str> {
        key_of(&self.integration.request_templates, self.template?)
    }

    /// Returns whether the request to S3 names an object.
    pub fn names_key(&self) -> bool {
        matches!(&self.destination, Destination::S3(to) if to.place.key.is_some())
    }
}

impl<'c> EndpointResponse<'c> {
    /// Returns the status of the backend's response, or of the mock.
    pub fn endpoint_status(&self) -> StatusCode {
        self.endpoint_status
    }

    /// Returns the selected entry of `responses`.
    pub fn entry(&self) -> &'c IntegrationResponse {
        self.entry
    }

    /// Returns whether a response template applies and `contentHandling` is not set.
    pub fn prefers_template(&self) -> bool {
        self.treatment.template.is_some() && self.entry.content_handling.is_none()
    }

    /// Returns the media type of the response template that applies.
    pub fn template_key(&self) -> Option<&'c str> {
        key_of(&self.entry.templates, self.treatment.template?)
    }
}

impl Rejection {
    /// Returns the faults of a body that does not match its model, in one text.
    pub fn validation_error(&self) -> Option<&str> {
        self.validation_error.as_deref()
    }
}

fn key_of<'t>(templates: &'t Templates, template: &Template) -> Option<&'t str> {
    let is_it = |key: &&str| templates.get(key).flatten().is_some_and(|known| std::ptr::eq(known, template));
    templates.media_types().find(is_it)
}
