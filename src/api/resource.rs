//! Paths and their methods.

use http::Method as HttpMethod;
use serde::{Deserialize, Serialize};

use super::http_serde;
use super::mapping::Name;
use super::operation::Operation;

/// One path of the document.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Resource {
    /// Its path template.
    pub path: ResourcePath,
    /// Its methods.
    pub methods: Vec<Method>,
}

/// A path template: `/{folder}/{item+}`.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub struct ResourcePath {
    /// The template as the document writes it.
    pub written: String,
    /// Its segments.
    pub segments: Vec<Segment>,
}

/// A segment of a path template.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub enum Segment {
    /// Literal text.
    Static(String),
    /// `{name}`: one segment.
    Parameter(Name),
    /// `{name+}`: one segment or more, to the end.
    Greedy(Name),
}

/// One method of a path.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Method {
    /// The HTTP methods that it takes.
    pub verb: Verb,
    /// What it does.
    pub operation: Operation,
}

/// The HTTP methods that a method of a path takes.
#[derive(Clone, Debug, Eq, Hash, PartialEq, Serialize, Deserialize)]
pub enum Verb {
    /// One HTTP method.
    Exactly(#[serde(with = "http_serde::method")] HttpMethod),
    /// `x-amazon-apigateway-any-method`: each HTTP method that no other method of the path takes.
    Any,
}

impl Verb {
    /// The keys of a path item that are operations.
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
    /// Returns the HTTP methods that a method of this path takes. `ANY` takes those that no other method of the path does.
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
    /// The most segments of a path that is routed. API Gateway makes a resource of each, and has a quota of 300 resources;
    /// the router recurses once for each.
    pub const MOST_SEGMENTS: usize = 64;

    /// Returns the names of its parameters.
    pub fn parameters(&self) -> impl Iterator<Item = &Name> {
        self.segments.iter().filter_map(Segment::parameter)
    }
}

impl Segment {
    /// Returns the name of the parameter, if the segment is one.
    pub fn parameter(&self) -> Option<&Name> {
        match self {
            Self::Static(_) => None,
            Self::Parameter(name) | Self::Greedy(name) => Some(name),
        }
    }
}
