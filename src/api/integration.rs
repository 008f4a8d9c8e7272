//! Integrations: how a request becomes one to the backend, and which of its answers becomes which response.
//!
//! Inside: `x-amazon-apigateway-integration` as types. Not inside: reading it from JSON (`openapi`), and carrying it
//! out (`gateway`). Source:
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
    /// A body whose type has no template passes.
    #[default]
    WhenNoMatch,
    /// It passes only where there is no template at all.
    WhenNoTemplates,
    /// It never passes.
    Never,
}

/// Templates by media type. `None` stands for an entry that is null or empty: the body passes for that type.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Templates(Vec<(String, Option<Template>)>);

impl Templates {
    /// Keeps the entries in the order of the document.
    pub fn new(entries: Vec<(String, Option<Template>)>) -> Self {
        Self(entries)
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns the entry for a media type, or `None` if there is none. An entry without a template lets the body pass.
    pub fn entry(&self, media_type: &str) -> Option<(&str, Option<&Template>)> {
        let entry = self.0.iter().find(|(key, _)| key.eq_ignore_ascii_case(media_type));
        entry.map(|(key, template)| (key.as_str(), template.as_ref()))
    }

    /// Returns the template for a media type: `Some(None)` is an entry that lets the body pass.
    pub fn get(&self, media_type: &str) -> Option<Option<&Template>> {
        self.entry(media_type).map(|(_, template)| template)
    }

    /// Returns the entry for an `Accept`, with its media type: that of the header's first type, else that for JSON, else
    /// the first (<https://docs.aws.amazon.com/apigateway/latest/developerguide/request-response-data-mappings.html>).
    pub fn for_accept(&self, accept: Option<&str>) -> Option<(&str, Option<&Template>)> {
        let wanted = accept.and_then(MediaType::first_of);
        let exact = self.0.iter().find(|(key, _)| wanted.is_some_and(|wanted| wanted.is(key)));
        let json = || self.0.iter().find(|(key, _)| key.eq_ignore_ascii_case("application/json"));
        let entry = exact.or_else(json).or_else(|| self.0.first());
        entry.map(|(key, template)| (key.as_str(), template.as_ref()))
    }

    /// The media types that have an entry, in the order of the document.
    pub fn media_types(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|(key, _)| key.as_str())
    }
}

/// One entry of `responses`: which answers of the backend it takes, and what they become.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct IntegrationResponse {
    /// Which statuses of the backend it takes.
    pub pattern: SelectionPattern,
    /// The status for the client.
    #[serde(with = "http_serde::status")]
    pub status: StatusCode,
    /// Whether the operation declares that status.
    pub method_response: MethodResponse,
    /// Headers for the client, in the order of the document.
    pub headers: Vec<(Header, ResponseSource)>,
    /// `responseTemplates`
    pub templates: Templates,
    /// What happens to the body.
    pub content_handling: Option<ContentHandling>,
}

/// Whether the operation declares the status of an entry of the integration's `responses`.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub enum MethodResponse {
    /// It does.
    Declared,
    /// It does not: an answer that selects the entry is a 500 ("Output mapping refers to an invalid method response").
    Undeclared,
}

/// The key of an entry of `responses`: a regular expression over the status, or `default`.
///
/// The expression is carried out for every status once, when the document is loaded; what is kept is its answers.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub enum SelectionPattern {
    /// Taken where nothing else matches.
    Default,
    /// The statuses that match in full.
    Statuses(StatusSet),
}

/// A set of the statuses 100 to 599.
#[derive(Clone, Debug, Default, Eq, PartialEq, Serialize, Deserialize)]
pub struct StatusSet([u64; 8]);

impl SelectionPattern {
    /// Whether the pattern names this very status and no other.
    pub fn is_exactly(&self, status: StatusCode) -> bool {
        match self {
            Self::Default => false,
            Self::Statuses(set) => set.contains(status) && set.len() == 1,
        }
    }
}

impl StatusSet {
    /// Whether the status is in the set.
    pub fn contains(&self, status: StatusCode) -> bool {
        let index = usize::from(status.as_u16().saturating_sub(100));
        self.0.get(index / 64).is_some_and(|word| word >> (index % 64) & 1 == 1)
    }

    /// How many statuses are in the set.
    pub fn len(&self) -> u32 {
        self.0.iter().map(|word| word.count_ones()).sum()
    }

    /// Whether no status is.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether some status is in both sets.
    pub fn meets(&self, other: &Self) -> bool {
        self.0.iter().zip(&other.0).any(|(one, other)| one & other != 0)
    }

    /// Whether every status of the set is in the other one.
    pub fn is_within(&self, other: &Self) -> bool {
        self.0.iter().zip(&other.0).all(|(one, other)| one & !other == 0)
    }

    /// Takes all of another set in.
    pub fn extend(&mut self, other: &Self) {
        self.0.iter_mut().zip(&other.0).for_each(|(one, other)| *one |= other);
    }

    /// Adds a status.
    pub fn insert(&mut self, status: u16) {
        let index = usize::from(status.saturating_sub(100));
        if let Some(word) = self.0.get_mut(index / 64) {
            *word |= 1 << (index % 64);
        }
    }
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

impl IntegrationResponse {
    /// What becomes of the answers of an `http_proxy`: nothing.
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
