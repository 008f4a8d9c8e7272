//! The target of a request to an HTTP backend: the integration's uri, rendered as an absolute URL.

use percent_encoding::utf8_percent_encode;

use super::mapping::{Encoding, Mapped};
use crate::api::http_uri::HttpUri;
use crate::gateway::http_rules::has_encoded_dot_segment;
use crate::gateway::rejection::Rejection;
use crate::s3::Endpoint;
use crate::s3::wire_url::QUERY;

/// An absolute URL of a server that is not S3.
#[derive(Clone, Debug)]
pub(in crate::gateway) struct HttpTarget(String);

impl HttpTarget {
    /// Renders the target of a request. `passed_query` is the query that an `http_proxy` adds unchanged: the query of the
    /// client's request, or `None` for an `http` integration.
    ///
    /// # Errors
    /// The [`Rejection`] for a placeholder without a value, for a host that is not valid, and for a path with a segment
    /// `.` or `..`, also percent-encoded, which URL parsing or the server would resolve.
    pub(super) fn render(
        uri: &HttpUri,
        mapped: &Mapped<'_>,
        passed_query: Option<&str>,
    ) -> Result<Self, Rejection> {
        // The value of a stage variable may contain a path and a query. So the URL is split after it is rendered.
        let mut place = mapped.render(&uri.authority, Encoding::Path)?;
        place.push_str(&mapped.render(&uri.path, Encoding::Path)?);
        let (place, query_of_variables) = match place.split_once('?') {
            Some((place, query)) => (place, Some(query.to_owned())),
            None => (place.as_str(), None),
        };
        let (authority, path) = place.split_at(place.find('/').unwrap_or(place.len()));
        let endpoint = Endpoint::parse(&format!("{}{authority}", uri.scheme.prefix()));
        let endpoint = endpoint.map_err(|error| {
            Rejection::configuration(format!(
                "the host `{authority}` of the integration's uri is not valid: {error}"
            ))
        })?;
        if has_encoded_dot_segment(path) {
            return Err(Rejection::dot_segment());
        }
        let slash = if path.starts_with('/') { "" } else { "/" };
        let mut url = format!("{endpoint}{slash}{path}");
        let own = uri.query.as_ref().map(|query| mapped.render(query, Encoding::Query)).transpose()?;
        let mapped = mapped.query.iter().map(|(name, value)| {
            format!("{}={}", utf8_percent_encode(name.as_str(), QUERY), utf8_percent_encode(value, QUERY))
        });
        let passed = passed_query.map(str::to_owned);
        let parts = query_of_variables.into_iter().chain(own).chain(passed).chain(mapped);
        let mut separator = '?';
        for part in parts.filter(|part| !part.is_empty()) {
            url.push(separator);
            url.push_str(&part);
            separator = '&';
        }
        Ok(Self(url))
    }

    pub(super) fn into_string(self) -> String {
        self.0
    }
}
