//! Integrations: how a request becomes one to the backend, and which of its answers becomes which response.
//!
//! Inside: `x-amazon-apigateway-integration` as types. Not inside: reading it from JSON (`openapi`), and carrying it
//! out (`gateway`). Source:
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

/// `x-amazon-apigateway-integration`
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Integration {
    /// Who answers.
    pub backend: Backend,
    /// `requestParameters`, in the order of the document.
    pub request_parameters: Vec<(RequestTarget, RequestSource)>,
    /// `requestTemplates`
    pub request_templates: Templates,
    /// What happens to a body that no request template fits.
    pub passthrough_behavior: PassthroughBehavior,
    /// What happens to the request's body.
    pub content_handling: Option<ContentHandling>,
    /// `responses`, in the order of the document. Methods that have the same may share them.
    #[serde(with = "super::shared_responses")]
    pub responses: Arc<[IntegrationResponse]>,
    /// How long the backend may take to its first byte.
    pub timeout: Duration,
}

/// The backend of an integration, by its type. `S` and `H` are what is needed of S3 and of a URL: in the document, or
/// resolved in a deployment.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Backend<S = Arc<S3Backend>, H = Arc<HttpBackend>> {
    /// `aws`, toward S3.
    S3(S),
    /// `http`: a server that takes what the mappings and templates make of a request.
    Http(H),
    /// `http_proxy`: a server that takes and answers as if there were no gateway, but for what the mappings add. It has no
    /// templates and no responses; `contentHandling` has an effect on the request in `aws` only.
    HttpProxy(H),
    /// `mock`: no backend. The request template selects the response
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
    /// Returns the stage variables that decide where requests go: those of a host or a bucket.
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
                // The bucket is the path before its first slash.
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

/// What gives the host or the bucket of a backend its value.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum DecidedBy {
    /// The stage variable alone.
    Variable,
    /// The stage variable, unless `S3_BUCKET` is set.
    VariableOrBucket,
}

/// S3, as an integration of type `aws` names it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct S3Backend {
    /// Where the request goes.
    pub uri: IntegrationUri,
    /// The method toward S3.
    pub http_method: IntegrationMethod,
    /// The role whose rights the document wants to use; assumed only where `ASSUME_ROLE` says so.
    pub credentials: Option<String>,
}

/// A server, as an integration of type `http` or `http_proxy` names it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct HttpBackend {
    /// Where the request goes.
    pub uri: HttpUri,
    /// The method toward it.
    pub http_method: IntegrationMethod,
}

/// The method toward the backend.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub enum IntegrationMethod {
    /// One method, whatever the client's.
    Fixed(#[serde(with = "http_serde::method")] Method),
    /// `ANY`: the client's.
    Client,
}

/// `passthroughBehavior`
/// (<https://docs.aws.amazon.com/apigateway/latest/developerguide/integration-passthrough-behaviors.html>).
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, Serialize, Deserialize)]
pub enum PassthroughBehavior {
    /// A body whose type has no template passes.
    #[default]
    WhenNoMatch,
    /// It passes only where there is no template at all.
    WhenNoTemplates,
    /// It never passes.
    Never,
}

impl IntegrationMethod {
    /// The method of a request whose client's is this one.
    pub fn of_request<'m>(&'m self, client: &'m Method) -> &'m Method {
        match self {
            Self::Fixed(method) => method,
            Self::Client => client,
        }
    }
}

impl Integration {
    /// Returns an `http_proxy`. It has no templates and no responses: API Gateway ignores those of the document, too.
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

    /// The entry that takes an answer of the backend: the first whose pattern matches, else `default`.
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
