//! Integrations: the request to the backend, and the response for each status of the backend.
//!
//! Source:
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-swagger-extensions-integration.html>.

use std::sync::Arc;
use std::time::Duration;

use http::{Method, StatusCode};
use serde::{Deserialize, Serialize};

pub use super::content_handling::ContentHandling;
use super::http_serde;
use super::http_uri::HttpUri;
use super::integration_uri::{IntegrationUri, UriPiece};
use super::mapping::{RequestSource, RequestTarget};
pub use super::responses::{IntegrationResponse, MethodResponse, SelectionPattern, StatusSet};
pub use super::templates::Templates;

/// An integration: `x-amazon-apigateway-integration`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Integration {
    pub backend: Backend,
    /// `requestParameters`, in document order.
    pub request_parameters: Vec<(RequestTarget, RequestSource)>,
    /// `requestTemplates`
    pub request_templates: Templates,
    /// Decides whether a body whose `Content-Type` has no request template passes.
    pub passthrough_behavior: PassthroughBehavior,
    /// The conversion of the request body.
    pub content_handling: Option<ContentHandling>,
    /// `responses`, in document order. Integrations with equal lists share one list.
    #[serde(with = "super::shared_responses")]
    pub responses: Arc<[IntegrationResponse]>,
    /// `timeoutInMillis`: the time limit for the head of the backend's response.
    pub timeout: Duration,
}

/// The backend of an integration, by the type of the integration. `S` is the type of the data about S3, and `H` the type of
/// the data about an HTTP server. The data is either as in the document, or as a deployment has resolved it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Backend<S = Arc<S3Backend>, H = Arc<HttpBackend>> {
    /// `aws`, with S3 as the service.
    S3(S),
    /// `http`: an HTTP server. The mappings and templates define the request and the response.
    Http(H),
    /// `http_proxy`: an HTTP server. The client's request is sent to the server with the mapped parameters added. The body
    /// of the response is not changed. Templates and `responses` have no effect. `contentHandling` converts the request body
    /// in `aws`, and has no effect in `edge`.
    HttpProxy(H),
    /// `mock`: no backend. The `statusCode` that the request template renders selects the integration response
    /// (<https://docs.aws.amazon.com/apigateway/latest/developerguide/how-to-mock-integration.html>).
    Mock,
}

impl<S, H> Backend<S, H> {
    /// Returns the backend's name for messages.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Http(_) | Self::HttpProxy(_) => "the backend",
            Self::S3(_) | Self::Mock => "S3",
        }
    }
}

impl Backend {
    /// Returns the stage variables in the host of an HTTP server or in the bucket of S3. The target of requests depends on
    /// their values.
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

/// The settings that decide the host or the bucket of a backend.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum DecidedBy {
    /// Only the stage variable.
    Variable,
    /// The stage variable, unless `S3_BUCKET` sets the bucket.
    VariableOrBucket,
}

/// The backend of an integration of type `aws` for S3.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct S3Backend {
    pub uri: IntegrationUri,
    pub http_method: IntegrationMethod,
    /// `credentials`: the ARN of the integration's role. The gateway assumes the role only if `ASSUME_ROLE` is `true`.
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

/// `passthroughBehavior`
/// (<https://docs.aws.amazon.com/apigateway/latest/developerguide/integration-passthrough-behaviors.html>).
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, Serialize, Deserialize)]
pub enum PassthroughBehavior {
    /// `WHEN_NO_MATCH`: a body passes if its `Content-Type` has no template.
    #[default]
    WhenNoMatch,
    /// `WHEN_NO_TEMPLATES`: a body whose `Content-Type` has no template passes only if the integration has no templates.
    WhenNoTemplates,
    /// `NEVER`: a body whose `Content-Type` has no template is refused.
    Never,
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

impl Integration {
    /// Returns an integration of type `http_proxy`. API Gateway ignores the templates and `responses` of such an
    /// integration, so the result has none.
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

    /// Returns the integration response for a status of the backend: the first entry whose pattern matches, otherwise
    /// `default`, otherwise `None`.
    pub fn response_for(&self, status: StatusCode) -> Option<&IntegrationResponse> {
        let matches = |response: &&IntegrationResponse| match &response.pattern {
            SelectionPattern::Default => false,
            SelectionPattern::Statuses(statuses) => statuses.contains(status),
        };
        self.responses.iter().find(matches).or_else(|| self.default_response())
    }

    /// Returns the `default` entry, or `None` if the integration has none.
    pub fn default_response(&self) -> Option<&IntegrationResponse> {
        self.responses.iter().find(|response| response.pattern == SelectionPattern::Default)
    }
}
