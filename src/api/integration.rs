//! Integrations: the request to the backend, and the response for each status of the backend.
//!
//! Inside: `x-amazon-apigateway-integration` as types. Not inside: parsing it (the compiler), and serving a request with it
//! (`gateway`). Source:
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-swagger-extensions-integration.html>.

use std::sync::Arc;
use std::time::Duration;

use http::{Method, StatusCode};
use serde::{Deserialize, Serialize};

use super::http_serde;
use super::http_uri::HttpUri;
use super::integration_uri::{IntegrationUri, UriPiece};
use super::mapping::{Header, RequestSource, RequestTarget, ResponseSource};
use super::media_type::MediaType;
use super::template::Template;

/// `x-amazon-apigateway-integration`
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Integration {
    pub backend: Backend,
    /// `requestParameters`, in document order.
    pub request_parameters: Vec<(RequestTarget, RequestSource)>,
    /// `requestTemplates`
    pub request_templates: Templates,
    /// Decides about a body without a matching request template.
    pub passthrough_behavior: PassthroughBehavior,
    /// The conversion of the request body.
    pub content_handling: Option<ContentHandling>,
    /// `responses`, in document order. Methods with the same list share it.
    #[serde(with = "super::shared_responses")]
    pub responses: Arc<[IntegrationResponse]>,
    /// The time limit for the first byte of the backend's response.
    pub timeout: Duration,
}

/// The backend of an integration: its type and the values of that type.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Backend {
    /// `aws`, with S3 as the service.
    S3(Arc<S3Backend>),
    /// `http`: a server. The mappings and templates define the request and the response.
    Http(Arc<HttpBackend>),
    /// `http_proxy`: a server. The request passes with the mapped parameters added, and the response passes unchanged. It has
    /// no templates and no `responses`. `contentHandling` converts the request only in `COMPATIBILITY=aws`.
    HttpProxy(Arc<HttpBackend>),
    /// `mock`: no backend. The request template selects the response
    /// (<https://docs.aws.amazon.com/apigateway/latest/developerguide/how-to-mock-integration.html>).
    Mock,
}

impl Backend {
    /// Returns the stage variables in the host or the bucket: they select the target of requests.
    pub fn decisive_stage_variables(&self) -> Vec<(&str, DecidedBy)> {
        fn named<'p>(
            pieces: impl Iterator<Item = &'p UriPiece>,
            decided_by: DecidedBy,
        ) -> Vec<(&'p str, DecidedBy)> {
            let name = |piece: &'p UriPiece| match piece {
                UriPiece::StageVariable(name) => Some((name.as_str(), decided_by)),
                UriPiece::Text(_) | UriPiece::Parameter(_) | UriPiece::Region => None,
            };
            pieces.filter_map(name).collect()
        }
        match self {
            Self::Http(http) | Self::HttpProxy(http) => {
                named(http.uri.authority.0.iter(), DecidedBy::Variable)
            }
            Self::S3(s3) => match &s3.uri.bucket {
                Some(bucket) => named(bucket.0.iter(), DecidedBy::Variable),
                // The bucket is the part of the path before the first slash.
                None => {
                    let is_before_slash =
                        |piece: &&UriPiece| !matches!(piece, UriPiece::Text(text) if text.contains('/'));
                    named(s3.uri.path.0.iter().take_while(is_before_slash), DecidedBy::VariableOrBucket)
                }
            },
            Self::Mock => Vec::new(),
        }
    }
}

/// The source of the host or the bucket of a backend.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum DecidedBy {
    /// Only the stage variable.
    Variable,
    /// The stage variable, unless `S3_BUCKET` is set.
    VariableOrBucket,
}

/// The backend of an integration of type `aws` for S3.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct S3Backend {
    pub uri: IntegrationUri,
    pub http_method: IntegrationMethod,
    /// The ARN of the integration's role. The gateway assumes it only with `ASSUME_ROLE`.
    pub credentials: Option<String>,
}

/// The backend of an integration of type `http` or `http_proxy`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct HttpBackend {
    pub uri: HttpUri,
    pub http_method: IntegrationMethod,
}

/// `httpMethod`: the method of the request to the backend.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub enum IntegrationMethod {
    /// One method, whatever the client's method is.
    Fixed(#[serde(with = "http_serde::method")] Method),
    /// `ANY`: the client's method.
    Client,
}

/// `contentHandling`
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub enum ContentHandling {
    /// `CONVERT_TO_TEXT`: bytes become base64.
    ConvertToText,
    /// `CONVERT_TO_BINARY`: base64 becomes bytes.
    ConvertToBinary,
}

/// `passthroughBehavior`
/// (<https://docs.aws.amazon.com/apigateway/latest/developerguide/integration-passthrough-behaviors.html>).
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, Serialize, Deserialize)]
pub enum PassthroughBehavior {
    /// `WHEN_NO_MATCH`: a body passes if its content type has no template.
    #[default]
    WhenNoMatch,
    /// `WHEN_NO_TEMPLATES`: a body passes only if there are no templates.
    WhenNoTemplates,
    /// `NEVER`: no body passes without a template.
    Never,
}

/// Mapping templates by media type, in document order. `None` is an entry that is null or empty: the body of that type passes.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Templates(Vec<(String, Option<Template>)>);

impl Templates {
    pub fn new(entries: Vec<(String, Option<Template>)>) -> Self {
        Self(entries)
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns the entry for a media type. `Some(None)` is an entry that lets the body pass.
    pub fn get(&self, media_type: &str) -> Option<Option<&Template>> {
        let entry = self.0.iter().find(|(key, _)| key.eq_ignore_ascii_case(media_type));
        entry.map(|(_, template)| template.as_ref())
    }

    /// Returns the entry for an `Accept` header with its media type: the entry of the header's first type, otherwise the
    /// entry for JSON, otherwise the first entry
    /// (<https://docs.aws.amazon.com/apigateway/latest/developerguide/request-response-data-mappings.html>).
    pub fn for_accept(&self, accept: Option<&str>) -> Option<(&str, Option<&Template>)> {
        let wanted = accept.and_then(MediaType::first_of);
        let exact = self.0.iter().find(|(key, _)| wanted.is_some_and(|wanted| wanted.is(key)));
        let json = || self.0.iter().find(|(key, _)| key.eq_ignore_ascii_case("application/json"));
        let entry = exact.or_else(json).or_else(|| self.0.first());
        entry.map(|(key, template)| (key.as_str(), template.as_ref()))
    }

    /// Returns the media types with an entry, in document order.
    pub fn media_types(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|(key, _)| key.as_str())
    }
}

/// An integration response: one entry of `responses`. It matches statuses of the backend and defines the client's response.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct IntegrationResponse {
    /// Matches the status of the backend.
    pub pattern: SelectionPattern,
    /// `statusCode`: the status of the client's response.
    #[serde(with = "http_serde::status")]
    pub status: StatusCode,
    pub method_response: MethodResponse,
    /// `responseParameters`: the headers of the client's response, in document order.
    pub headers: Vec<(Header, ResponseSource)>,
    /// `responseTemplates`
    pub templates: Templates,
    /// The conversion of the backend's body.
    pub content_handling: Option<ContentHandling>,
}

/// Whether the operation's `responses` declare the status of an integration response.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub enum MethodResponse {
    Declared,
    /// The client gets a 500 if this entry is selected ("Output mapping refers to an invalid method response").
    Undeclared,
}

/// The selection pattern of an integration response: a regular expression for the status, or `default`.
///
/// The compiler evaluates the expression for every status and stores the statuses that match.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub enum SelectionPattern {
    /// `default`: used if no other entry matches.
    Default,
    /// The statuses that the whole expression matches.
    Statuses(StatusSet),
}

/// A set of statuses from 100 to 599, as bits: bit 0 is 100.
#[derive(Clone, Debug, Default, Eq, PartialEq, Serialize, Deserialize)]
pub struct StatusSet([u64; 8]);

impl SelectionPattern {
    /// Returns whether the pattern matches only this status.
    pub fn is_exactly(&self, status: StatusCode) -> bool {
        match self {
            Self::Default => false,
            Self::Statuses(set) => set.contains(status) && set.len() == 1,
        }
    }
}

impl StatusSet {
    pub fn contains(&self, status: StatusCode) -> bool {
        let index = usize::from(status.as_u16().saturating_sub(100));
        self.0.get(index / 64).is_some_and(|word| word >> (index % 64) & 1 == 1)
    }

    /// Returns the number of statuses in the set.
    pub fn len(&self) -> u32 {
        self.0.iter().map(|word| word.count_ones()).sum()
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns whether the two sets have a status in common.
    pub fn meets(&self, other: &Self) -> bool {
        self.0.iter().zip(&other.0).any(|(one, other)| one & other != 0)
    }

    /// Returns whether every status of this set is in the other set.
    pub fn is_within(&self, other: &Self) -> bool {
        self.0.iter().zip(&other.0).all(|(one, other)| one & !other == 0)
    }

    /// Adds every status of another set.
    pub fn extend(&mut self, other: &Self) {
        self.0.iter_mut().zip(&other.0).for_each(|(one, other)| *one |= other);
    }

    /// Adds a status. A number below 100 counts as 100, and a number above 611 is ignored.
    pub fn insert(&mut self, status: u16) {
        let index = usize::from(status.saturating_sub(100));
        if let Some(word) = self.0.get_mut(index / 64) {
            *word |= 1 << (index % 64);
        }
    }
}

impl IntegrationMethod {
    /// Returns the method of the request to the backend for the method of the client.
    pub fn of_request<'m>(&'m self, client: &'m Method) -> &'m Method {
        match self {
            Self::Fixed(method) => method,
            Self::Client => client,
        }
    }
}

impl IntegrationResponse {
    /// The integration response of an `http_proxy`. It changes nothing.
    pub const PROXIED: &Self = &Self {
        pattern: SelectionPattern::Default,
        status: StatusCode::OK,
        method_response: MethodResponse::Declared,
        headers: Vec::new(),
        templates: Templates(Vec::new()),
        content_handling: None,
    };
}

impl Integration {
    /// Returns an integration of type `http_proxy`. API Gateway ignores its templates and `responses`, so it has none.
    pub fn proxy(
        backend: Backend,
        request_parameters: Vec<(RequestTarget, RequestSource)>,
        content_handling: Option<ContentHandling>,
        timeout: Duration,
    ) -> Self {
        Self {
            backend,
            request_parameters,
            request_templates: Templates::default(),
            passthrough_behavior: PassthroughBehavior::WhenNoMatch,
            content_handling,
            responses: Arc::default(),
            timeout,
        }
    }

    /// Returns the integration response for a status of the backend: the first whose pattern matches, otherwise `default`.
    pub fn response_for(&self, status: StatusCode) -> Option<&IntegrationResponse> {
        let matches = |response: &&IntegrationResponse| match &response.pattern {
            SelectionPattern::Default => false,
            SelectionPattern::Statuses(statuses) => statuses.contains(status),
        };
        self.responses.iter().find(matches).or_else(|| self.default_response())
    }

    /// Returns the `default` entry, or `None` if the document has none.
    pub fn default_response(&self) -> Option<&IntegrationResponse> {
        self.responses.iter().find(|response| response.pattern == SelectionPattern::Default)
    }
}
