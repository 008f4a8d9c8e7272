//! The headers that the gateway reads. A runtime need not copy the other headers.

use http::HeaderName;

use super::settings::Settings;
use crate::api::integration::Backend;
use crate::api::mapping::{
    GatewayResponseSource, Header, MethodRequestSource, RequestSource, ResponseSource,
};
use crate::api::{Api, Authorization, ServedOperation};
use crate::gateway::http_rules::{CONDITIONAL, REPRESENTATION};

/// The names of the headers that the gateway reads. `None` means that the gateway reads all headers.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct ReadHeaders {
    /// The headers of clients' requests.
    pub of_requests: Option<Vec<HeaderName>>,
    /// The headers of backends' responses.
    pub of_responses: Option<Vec<HeaderName>>,
}

/// Headers of requests that the gateway itself reads, in addition to [`CONDITIONAL`].
const OF_REQUESTS: &[&str] = &[
    "accept",
    "cf-connecting-ip",
    "content-encoding",
    "content-length",
    "content-type",
    "user-agent",
    "x-api-key",
    "x-http-method-override",
];

/// Headers of responses that the gateway itself reads, in addition to [`REPRESENTATION`].
const OF_RESPONSES: &[&str] = &["content-length", "content-range", "x-amz-bucket-region", "x-amz-request-id"];

impl ReadHeaders {
    /// Returns the headers that the gateway reads with this API and these settings.
    pub(super) fn new(api: &Api, settings: &Settings) -> Self {
        let is_proxy =
            |operation: &ServedOperation| matches!(operation.integration.backend, Backend::HttpProxy(_));
        let is_signed =
            |operation: &ServedOperation| operation.security.authorization == Authorization::AwsIam;
        let has_proxy = api.served().any(is_proxy);
        let reads_all = has_proxy || settings.passthrough.is_some() || api.served().any(is_signed);
        Self {
            of_requests: (!reads_all).then(|| of_requests(api)),
            of_responses: (!has_proxy).then(|| of_responses(api)),
        }
    }
}

fn of_requests(api: &Api) -> Vec<HeaderName> {
    let mut names: Vec<_> =
        OF_REQUESTS.iter().map(|name| HeaderName::from_static(name)).chain(CONDITIONAL).collect();
    for operation in api.served() {
        if let Authorization::Token(authorizer) = &operation.security.authorization {
            names.push(authorizer.header.clone());
        }
        let required = operation.validation.required.iter();
        let mapped = operation.integration.request_parameters.iter().filter_map(|(_, source)| match source {
            RequestSource::MethodRequest(source) => Some(source),
            RequestSource::Body(_) | RequestSource::Ambient(_) => None,
        });
        names.extend(required.chain(mapped).filter_map(header));
    }
    for (_, response) in api.gateway_responses.entries() {
        let mapped = response.headers.iter().filter_map(|(_, source)| match source {
            GatewayResponseSource::MethodRequest(source) => Some(source),
            GatewayResponseSource::Ambient(_) => None,
        });
        let in_templates =
            response.templates.iter().flat_map(|(_, template)| template.method_request_sources());
        names.extend(mapped.chain(in_templates).filter_map(header));
    }
    distinct(names)
}

fn of_responses(api: &Api) -> Vec<HeaderName> {
    let described = REPRESENTATION.into_iter().map(|(name, _)| name);
    let mut names: Vec<_> =
        OF_RESPONSES.iter().map(|name| HeaderName::from_static(name)).chain(described).collect();
    for operation in api.served() {
        let mapped = operation.integration.responses.iter().flat_map(|entry| &entry.headers);
        names.extend(mapped.filter_map(|(_, source)| match source {
            ResponseSource::Header(header) | ResponseSource::MultiValueHeader(header) => {
                Some(header.name.clone())
            }
            ResponseSource::Body(_) | ResponseSource::Ambient(_) => None,
        }));
    }
    distinct(names)
}

fn header(source: &MethodRequestSource) -> Option<HeaderName> {
    match source {
        MethodRequestSource::Header(Header { name, .. })
        | MethodRequestSource::MultiValueHeader(Header { name, .. }) => Some(name.clone()),
        MethodRequestSource::Path(_)
        | MethodRequestSource::QueryString(_)
        | MethodRequestSource::MultiValueQueryString(_) => None,
    }
}

fn distinct(mut names: Vec<HeaderName>) -> Vec<HeaderName> {
    names.sort_by(|one, other| one.as_str().cmp(other.as_str()));
    names.dedup();
    names
}
