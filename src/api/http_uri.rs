//! The `uri` of an integration of type `http` or `http_proxy`: a URL with placeholders.

use serde::{Deserialize, Serialize};

use super::integration_uri::UriText;
use super::mapping::Name;

/// `https://host/path/{name}?query={name}`, with `${stageVariables.name}` anywhere after the scheme
/// (<https://docs.aws.amazon.com/apigateway/latest/api/API_PutIntegration.html>). The text between placeholders is stored as
/// the document writes it, with its percent-encoding.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub struct HttpUri {
    pub scheme: Scheme,
    /// The host and the port. They contain no `{name}`, so a client cannot choose the server.
    pub authority: UriText,
    /// The path with its leading slash, or empty.
    pub path: UriText,
    /// The query, without `?`.
    pub query: Option<UriText>,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub enum Scheme {
    Https,
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
    /// Returns the name of every `{name}` in the path and the query.
    pub fn parameters(&self) -> impl Iterator<Item = &Name> {
        [&self.path].into_iter().chain(&self.query).flat_map(UriText::parameters)
    }
}
