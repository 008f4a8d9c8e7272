//! The input of the lints for one operation: the compiled operation, its outline, and the settings of the deployment.

use http::{Method, StatusCode};
use s3_edge_gateway::api::integration::{
    Backend, HttpBackend, Integration, IntegrationMethod, IntegrationResponse, S3Backend,
};
use s3_edge_gateway::api::mapping::{Header, RequestSource, RequestTarget, ResponseSource};
use s3_edge_gateway::api::{Resource, ServedOperation, Verb};
use s3_edge_gateway::gateway::Settings;
use s3_edge_gateway::gateway::http_rules::sends_nothing;

use super::media_types::BinaryTypes;
use super::pointer::pointer_to;
use crate::compilation::{OperationOutline, ResponseOutline};

/// A served operation, with its outline and the settings.
#[derive(Clone, Copy)]
pub(super) struct LintedOperation<'d> {
    pub(super) resource: &'d Resource,
    pub(super) verb: &'d Verb,
    pub(super) served: &'d ServedOperation,
    pub(super) outline: &'d OperationOutline,
    pub(super) binary_types: &'d BinaryTypes,
    pub(super) settings: Option<&'d Settings>,
}

/// One entry of an integration's `responses`, with its outline.
#[derive(Clone, Copy)]
pub(super) struct LintedResponse<'d> {
    pub(super) response: &'d IntegrationResponse,
    pub(super) outline: &'d ResponseOutline,
}

impl<'d> LintedOperation<'d> {
    pub(super) fn integration(&self) -> &'d Integration {
        &self.served.integration
    }

    /// Returns the backend if it is S3.
    pub(super) fn s3(&self) -> Option<&'d S3Backend> {
        match &self.integration().backend {
            Backend::S3(s3) => Some(s3),
            Backend::Http(_) | Backend::HttpProxy(_) | Backend::Mock => None,
        }
    }

    /// Returns the backend if the integration has the type `http`. An `http` integration converts bodies like an integration
    /// with S3, but an `http_proxy` does not.
    pub(super) fn http(&self) -> Option<&'d HttpBackend> {
        match &self.integration().backend {
            Backend::Http(http) => Some(http),
            Backend::S3(_) | Backend::HttpProxy(_) | Backend::Mock => None,
        }
    }

    pub(super) fn is_mock(&self) -> bool {
        matches!(self.integration().backend, Backend::Mock)
    }

    /// Returns the backend for a message: `S3`, or `the backend`.
    pub(super) fn backend_name(&self) -> &'static str {
        if self.s3().is_some() { "S3" } else { "the backend" }
    }

    /// Returns the operation for a message: `GET /files/{item}`.
    pub(super) fn name(&self) -> String {
        format!("{} {}", self.verb, self.resource.path.written)
    }

    /// Returns the methods of requests to the backend. For a mock, returns the methods of the client's requests.
    pub(super) fn methods(&self) -> Vec<Method> {
        let fixed = match &self.integration().backend {
            Backend::S3(s3) => &s3.http_method,
            Backend::Http(http) | Backend::HttpProxy(http) => &http.http_method,
            Backend::Mock => &IntegrationMethod::Client,
        };
        match fixed {
            IntegrationMethod::Fixed(method) => vec![method.clone()],
            IntegrationMethod::Client => self.resource.http_methods(self.verb),
        }
    }

    /// Returns the methods of requests to the backend that may change its data.
    pub(super) fn writing_methods(&self) -> Vec<Method> {
        self.methods().into_iter().filter(|method| !sends_nothing(method)).collect()
    }

    /// Returns whether a request to the backend may be a PUT, POST or PATCH, which usually have a body.
    pub(super) fn uploads(&self) -> bool {
        self.methods().iter().any(|method| [Method::PUT, Method::POST, Method::PATCH].contains(method))
    }

    pub(super) fn may_send(&self, method: &Method) -> bool {
        self.methods().contains(method)
    }

    /// Returns whether a request to the backend may be a GET or a HEAD.
    pub(super) fn reads(&self) -> bool {
        self.may_send(&Method::GET) || self.may_send(&Method::HEAD)
    }

    /// Returns the mapped headers of the request to the backend, with their sources.
    pub(super) fn sent_headers(&self) -> impl Iterator<Item = (&'d Header, &'d RequestSource)> {
        self.integration().request_parameters.iter().filter_map(|(target, source)| match target {
            RequestTarget::Header(header) => Some((header, source)),
            RequestTarget::Path(_) | RequestTarget::QueryString(_) => None,
        })
    }

    /// Returns whether a mapping sets the header `name` of the request to the backend. `name` must be in lower case.
    pub(super) fn sends_header(&self, name: &str) -> bool {
        self.sent_headers().any(|(header, _)| header.name.as_str() == name)
    }

    pub(super) fn responses(&self) -> impl Iterator<Item = LintedResponse<'d>> + use<'d> {
        let responses = self.integration().responses.iter().zip(&self.outline.responses);
        responses.map(|(response, outline)| LintedResponse { response, outline })
    }

    /// Returns the entry that matches a status of the backend, or `None` if no entry matches.
    pub(super) fn response_for(&self, status: StatusCode) -> Option<LintedResponse<'d>> {
        let selected = self.integration().response_for(status)?;
        self.responses().find(|entry| std::ptr::eq(entry.response, selected))
    }

    /// Returns the JSON pointer to a key of the integration.
    pub(super) fn integration_pointer(&self, keys: &[&str]) -> String {
        pointer_to(&self.outline.integration, keys)
    }

    /// Returns the JSON pointer to an entry of `requestParameters`.
    pub(super) fn mapping_pointer(&self, target: &RequestTarget) -> String {
        self.integration_pointer(&["requestParameters", &target.to_string()])
    }

    /// Returns the JSON pointer to the entry of `requestParameters` for a header.
    pub(super) fn header_pointer(&self, header: &Header) -> String {
        self.mapping_pointer(&RequestTarget::Header(header.clone()))
    }
}

impl<'d> LintedResponse<'d> {
    /// Returns the JSON pointer to a key of the entry.
    pub(super) fn pointer(&self, keys: &[&str]) -> String {
        pointer_to(&self.outline.pointer, keys)
    }

    /// Returns the JSON pointer to an entry of `responseParameters`.
    pub(super) fn header_pointer(&self, header: &Header) -> String {
        let target = format!("method.response.header.{}", header.written);
        self.pointer(&["responseParameters", &target])
    }

    pub(super) fn headers(&self) -> impl Iterator<Item = (&'d Header, &'d ResponseSource)> + use<'d> {
        self.response.headers.iter().map(|(header, source)| (header, source))
    }

    /// Returns whether a mapping sets the header `name` of the response. `name` must be in lower case.
    pub(super) fn maps_header(&self, name: &str) -> bool {
        self.headers().any(|(header, _)| header.name.as_str() == name)
    }

    /// Returns the media types of the templates that are not empty.
    pub(super) fn template_types(&self) -> impl Iterator<Item = &'d str> + use<'d> {
        let templates = &self.response.templates;
        templates.media_types().filter(|key| templates.get(key).flatten().is_some())
    }

    /// Returns whether the entry has templates, all of them are for `application/json`, and none of them is empty.
    pub(super) fn always_renders_json(&self) -> bool {
        let all = self.response.templates.media_types().count();
        let is_json = |key: &str| key.eq_ignore_ascii_case("application/json");
        all > 0 && self.template_types().filter(|key| is_json(key)).count() == all
    }
}
