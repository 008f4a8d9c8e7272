//! The document: parsed once, immutable, with no invalid state.
//!
//! Inside: what an API definition says, as types. Not inside: deployment settings, and anything about one request.

mod base_path;
pub(crate) use self::base_path::normal as normal_base_path;
mod embedded;
pub mod error;
mod extension;
pub mod gateway_response;
pub mod http_uri;
pub mod integration;
pub mod integration_uri;
pub(crate) mod intrinsic;
mod java_pattern;
mod json;
pub mod json_path;
pub mod mapping;
pub mod media_type;
pub mod model;
mod node;
mod openapi;
mod openapi_backend;
mod openapi_integration;
mod pattern;
pub(crate) mod reference;
pub mod request_validator;
mod security;
mod version;

use http::{Method as HttpMethod, StatusCode};

pub use self::error::{DocumentError, Problem};
use self::gateway_response::GatewayResponses;
use self::integration::{Integration, MatchStatuses};
use self::mapping::Name;
use self::media_type::BinaryMediaTypes;
use self::request_validator::Validation;
pub use self::security::{ApiKey, Authorization, Security, TokenAuthorizer, TokenProvider, cognito_issuer};

/// An API definition: OpenAPI 3.0 or Swagger 2.0 with `x-amazon-apigateway-*` extensions.
#[derive(Clone, Debug)]
pub struct Api {
    /// The prefix that the document serves its paths under: `/v1`; empty where there is none.
    pub base_path: String,
    /// Every path of the document.
    pub resources: Vec<Resource>,
    /// `x-amazon-apigateway-binary-media-types`
    pub binary_media_types: BinaryMediaTypes,
    /// Whether bodies of requests may be encoded for the way.
    pub compression: Compression,
    /// `x-amazon-apigateway-gateway-responses`
    pub gateway_responses: GatewayResponses,
}

/// `x-amazon-apigateway-minimum-compression-size`: whether it is there. How large a response has to be is nothing that a Worker
/// decides: Cloudflare compresses what it sends.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Compression {
    /// The header `Content-Encoding` of a request says nothing to the gateway.
    Disabled,
    /// A request may be encoded, and has to say so.
    Enabled,
}

/// One path of the document.
#[derive(Clone, Debug)]
pub struct Resource {
    /// Its path template.
    pub path: ResourcePath,
    /// Its methods.
    pub methods: Vec<Method>,
}

/// A path template: `/{folder}/{item+}`.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ResourcePath {
    /// As it is written in the document.
    pub written: String,
    /// Its segments.
    pub segments: Vec<Segment>,
}

/// A segment of a path template.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Segment {
    /// Text that must be there.
    Static(String),
    /// `{name}`: one segment.
    Parameter(Name),
    /// `{name+}`: one segment or more, to the end.
    Greedy(Name),
}

/// One method of a path.
#[derive(Clone, Debug)]
pub struct Method {
    /// Which requests it takes.
    pub verb: Verb,
    /// Who may call it.
    pub security: Security,
    /// What its requests have to bring.
    pub validation: Validation,
    /// What it does.
    pub integration: Integration,
}

/// Which HTTP methods a method takes.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub enum Verb {
    /// One.
    Exactly(HttpMethod),
    /// `x-amazon-apigateway-any-method`: those that no other method of the path takes.
    Any,
}

impl Verb {
    /// The keys of a path that are its operations.
    pub(crate) const BY_KEY: &[(&str, Self)] = &[
        ("get", Self::Exactly(HttpMethod::GET)),
        ("put", Self::Exactly(HttpMethod::PUT)),
        ("post", Self::Exactly(HttpMethod::POST)),
        ("delete", Self::Exactly(HttpMethod::DELETE)),
        ("options", Self::Exactly(HttpMethod::OPTIONS)),
        ("head", Self::Exactly(HttpMethod::HEAD)),
        ("patch", Self::Exactly(HttpMethod::PATCH)),
        ("x-amazon-apigateway-any-method", Self::Any),
    ];
}

impl std::fmt::Display for Verb {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Exactly(method) => method.fmt(f),
            Self::Any => f.write_str("ANY"),
        }
    }
}

impl Api {
    /// Reads a document.
    ///
    /// # Errors
    /// Everything that is wrong with it, in the order of the document.
    pub fn from_openapi(document: &[u8], matching: &MatchStatuses) -> Result<Self, Vec<DocumentError>> {
        openapi::read(document, matching)
    }

    /// Reads a document in the form in which the build embeds it.
    ///
    /// # Errors
    /// As of [`Self::from_openapi`].
    pub fn from_embedded(document: &[u8], matching: &MatchStatuses) -> Result<Self, Vec<DocumentError>> {
        openapi::read_embedded(document, matching)
    }
}

impl ResourcePath {
    /// Parses a path template.
    ///
    /// # Errors
    /// [`Problem::Path`]
    pub fn parse(written: &str) -> Result<Self, Problem> {
        let problem = |reason| Problem::Path { path: written.to_owned(), reason };
        let path = written.strip_prefix('/').ok_or_else(|| problem("must begin with a slash"))?;
        let mut segments = Vec::new();
        if path.is_empty() {
            return Ok(Self { written: written.to_owned(), segments });
        }
        let path = path.strip_suffix('/').unwrap_or(path);
        for text in path.split('/') {
            if matches!(segments.last(), Some(Segment::Greedy(_))) {
                return Err(problem("a greedy parameter {name+} must come last"));
            }
            if text.contains(['?', '#']) {
                return Err(problem("has a query or a fragment: declare what is in the query as parameters"));
            }
            let segment = match text.strip_prefix('{').and_then(|inside| inside.strip_suffix('}')) {
                Some(inside) => {
                    let greedy = inside.strip_suffix('+');
                    let name = Name::parse(greedy.unwrap_or(inside));
                    let name = name.ok_or_else(|| {
                        problem("a parameter's name has letters, digits and . _ $ : - only")
                    })?;
                    if segments.iter().any(|segment| segment.parameter() == Some(&name)) {
                        return Err(problem("has two parameters of one name"));
                    }
                    if greedy.is_some() { Segment::Greedy(name) } else { Segment::Parameter(name) }
                }
                None if text.is_empty() => return Err(problem("has an empty segment")),
                None if text.contains(['{', '}']) => {
                    return Err(problem("a parameter must be a whole segment: /{name}/"));
                }
                None if !text.bytes().all(is_of_path) => {
                    return Err(problem(
                        "no request's path has this: write letters, digits and . _ - : only",
                    ));
                }
                None => Segment::Static(text.to_owned()),
            };
            segments.push(segment);
        }
        Ok(Self { written: written.to_owned(), segments })
    }

    /// What it takes, whatever its parameters are called: two paths of one shape take the same requests.
    fn shape(&self) -> String {
        let mut shape = String::new();
        for segment in &self.segments {
            // No static segment has braces.
            let text = match segment {
                Segment::Static(text) => text,
                Segment::Parameter(_) => "{}",
                Segment::Greedy(_) => "{+}",
            };
            shape.extend(["/", text]);
        }
        shape
    }

    /// The names of its parameters.
    pub fn parameters(&self) -> impl Iterator<Item = &Name> {
        self.segments.iter().filter_map(Segment::parameter)
    }
}

/// Whether a URL's path has it as it is; all else arrives percent-encoded (RFC 3986, section 3.3).
fn is_of_path(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=:@%".contains(&byte)
}

impl Segment {
    /// The name of the parameter that it is, if it is one.
    fn parameter(&self) -> Option<&Name> {
        match self {
            Self::Static(_) => None,
            Self::Parameter(name) | Self::Greedy(name) => Some(name),
        }
    }
}

/// The statuses that an operation declares.
type DeclaredStatuses = Vec<StatusCode>;
