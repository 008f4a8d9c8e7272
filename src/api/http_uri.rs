//! The uri of an integration of type `http` or `http_proxy`: a URL with placeholders.
//!
//! Inside: its grammar. Not inside: filling the placeholders (`gateway`).

use serde::{Deserialize, Serialize};

use super::integration_uri::UriText;
use super::mapping::Name;

/// `https://host/path/{name}?query={name}`, with `${stageVariables.name}` anywhere behind the scheme
/// (<https://docs.aws.amazon.com/apigateway/latest/api/API_PutIntegration.html>). What is not a placeholder stays as it is
/// written, percent-encoding included.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub struct HttpUri {
    /// The scheme.
    pub scheme: Scheme,
    /// Host and port. Clients have no say in it: there is no `{name}` in it.
    pub authority: UriText,
    /// The path, with its slash, where there is one.
    pub path: UriText,
    /// The query, without `?`.
    pub query: Option<UriText>,
}

/// The scheme of a URL.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub enum Scheme {
    /// `https`
    Https,
    /// `http`
    Http,
}

impl Scheme {
    /// Returns the scheme with `://`.
    pub fn prefix(self) -> &'static str {
        match self {
            Self::Https => "https://",
            Self::Http => "http://",
        }
    }
}

impl HttpUri {
    /// The names of every `{name}` in the uri.
    pub fn parameters(&self) -> impl Iterator<Item = &Name> {
        [&self.path].into_iter().chain(&self.query).flat_map(UriText::parameters)
    }
}
