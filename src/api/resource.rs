//! Paths and their methods.

use http::Method as HttpMethod;
use serde::{Deserialize, Serialize};

use super::http_serde;
use super::mapping::Name;
use super::operation::Operation;

/// A path of the document with its methods.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Resource {
    pub path: ResourcePath,
    pub methods: Vec<Method>,
}

/// A path template: `/{folder}/{item+}`.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub struct ResourcePath {
    /// The path as the document writes it.
    pub written: String,
    pub segments: Vec<Segment>,
}

/// A segment of a path template.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub enum Segment {
    Static(String),
    /// `{name}`: matches one segment.
    Parameter(Name),
    /// `{name+}`: matches the rest of the path, one segment or more.
    Greedy(Name),
}

/// A method of a path.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Method {
    pub verb: Verb,
    pub operation: Operation,
}

/// The HTTP methods of an operation.
#[derive(Clone, Debug, Eq, Hash, PartialEq, Serialize, Deserialize)]
pub enum Verb {
    Exactly(#[serde(with = "http_serde::method")] HttpMethod),
    /// `x-amazon-apigateway-any-method`: every HTTP method of [`Verb::BY_KEY`] that has no operation of its own on the path.
    Any,
}

impl Verb {
    /// The keys of a path item that contain an operation, with their verbs.
    pub const BY_KEY: &[(&str, Self)] = &[
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

impl Resource {
    /// Returns the HTTP methods that a verb of this path matches.
    pub fn http_methods(&self, verb: &Verb) -> Vec<HttpMethod> {
        let has_own = |verb: &Verb| self.methods.iter().any(|method| method.verb == *verb);
        match verb {
            Verb::Exactly(method) => vec![method.clone()],
            Verb::Any => {
                let methods = Verb::BY_KEY.iter().filter_map(|(_, verb)| match verb {
                    Verb::Exactly(method) if !has_own(verb) => Some(method.clone()),
                    Verb::Exactly(_) | Verb::Any => None,
                });
                methods.collect()
            }
        }
    }
}

impl ResourcePath {
    /// The greatest number of segments in a path. The limit protects the stack, because the router recurses once for each
    /// segment. API Gateway itself limits a path only indirectly: it creates one resource for each segment, and allows 300
    /// resources in an API.
    pub const MOST_SEGMENTS: usize = 64;

    /// Returns the names of the parameters.
    pub fn parameters(&self) -> impl Iterator<Item = &Name> {
        self.segments.iter().filter_map(Segment::parameter)
    }
}

impl Segment {
    /// Returns the name of a parameter, or `None` for literal text.
    pub fn parameter(&self) -> Option<&Name> {
        match self {
            Self::Static(_) => None,
            Self::Parameter(name) | Self::Greedy(name) => Some(name),
        }
    }
}
