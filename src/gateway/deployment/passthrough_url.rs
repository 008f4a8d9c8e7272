//! The URL of the original API (`PASSTHROUGH_URL`), and the URLs of the requests that are sent to it.

use std::fmt;

use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};

use crate::gateway::http_rules::has_dot_segment;
use crate::gateway::rejection::Rejection;
use crate::s3::{Endpoint, InvalidEndpoint};

/// `PASSTHROUGH_URL` and `PASSTHROUGH_UNKNOWN`.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Passthrough {
    /// The URL of the original API.
    pub url: PassthroughUrl,
    /// The handling of requests that match no operation.
    pub unknown_routes: UnknownRoutes,
}

/// `PASSTHROUGH_UNKNOWN`: the handling of a request below the base path that matches no operation.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum UnknownRoutes {
    /// The request is a 403, as on API Gateway.
    #[default]
    Refused,
    /// The request is sent to the original API, whose document may be newer.
    PassedOn,
}

/// The invoke URL of the original API: https, or http on loopback, without user info, query or fragment.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct PassthroughUrl {
    origin: Endpoint,
    /// The path: empty, or with a leading slash and without a trailing slash. URL parsing does not change the path.
    path: String,
}

/// The characters that URL parsing percent-encodes in a path (<https://url.spec.whatwg.org/#path-percent-encode-set>), and
/// the backslash, which URL parsing replaces by a slash.
pub const ENCODED_IN_PATH: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'#')
    .add(b'<')
    .add(b'>')
    .add(b'?')
    .add(b'^')
    .add(b'`')
    .add(b'{')
    .add(b'}')
    .add(b'\\');

/// The characters that URL parsing percent-encodes in a query (<https://url.spec.whatwg.org/#special-query-percent-encode-set>).
const QUERY: &AsciiSet = &CONTROLS.add(b' ').add(b'"').add(b'#').add(b'<').add(b'>').add(b'\'');

impl PassthroughUrl {
    /// The valid values of the setting, for messages.
    pub(super) const EXPECTED: &str = "the https URL of the original API without user name, query and fragment (http only on \
         loopback), such as https://abc123.execute-api.us-east-1.amazonaws.com/prod";

    /// Reads the setting. Slashes at the end are dropped.
    ///
    /// # Errors
    /// Returns the reason why the URL is not valid.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let (origin, path) = origin_of(text).map_err(|error| match error {
            InvalidEndpoint::Scheme => "the URL does not start with https:// or http://".to_owned(),
            InvalidEndpoint::UserInfo => "the URL has a user name or a password".to_owned(),
            InvalidEndpoint::Path => "the URL has a backslash".to_owned(),
            InvalidEndpoint::Host | InvalidEndpoint::Port => error.to_string(),
        })?;
        if path.contains('?') {
            return Err("the URL has a query".to_owned());
        }
        if path.contains('#') {
            return Err("the URL has a fragment".to_owned());
        }
        if !origin.is_safe() {
            return Err("http is not encrypted, and the host is not loopback".to_owned());
        }
        let path = path.trim_end_matches('/');
        if !path.is_ascii() || utf8_percent_encode(path, ENCODED_IN_PATH).to_string() != path {
            return Err("the path has a character that must be percent-encoded".to_owned());
        }
        if has_dot_segment(path) {
            return Err("the path has a segment `.` or `..`".to_owned());
        }
        Ok(Self { origin, path: path.to_owned() })
    }

    /// Returns the URL of a request to the original API: this URL, followed by the path below the base path and the query of
    /// the client's request.
    ///
    /// The characters that URL parsing would percent-encode are percent-encoded here, so URL parsing does not change the
    /// result.
    ///
    /// # Errors
    /// Returns a [`Rejection`] for a path with a segment `.` or `..`, which URL parsing would resolve, and for a path that
    /// leads to another host.
    pub(in crate::gateway) fn target(&self, below: &str, query: Option<&str>) -> Result<String, Rejection> {
        if has_dot_segment(below) {
            return Err(Rejection::dot_segment());
        }
        let mut url = format!("{self}{}", utf8_percent_encode(below, ENCODED_IN_PATH));
        if self.path.is_empty() && below.is_empty() {
            url.push('/');
        }
        if let Some(query) = query {
            url.push('?');
            url.extend(utf8_percent_encode(query, QUERY));
        }
        match origin_of(&url) {
            Ok((origin, path)) if origin == self.origin && path.starts_with('/') => Ok(url),
            Ok(_) | Err(_) => Err(Rejection::bad_parameter("the path leads to another host")),
        }
    }
}

impl fmt::Display for PassthroughUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.origin, self.path)
    }
}

/// Splits a URL as URL parsing does: the origin, and the rest from the path on
/// (<https://url.spec.whatwg.org/#authority-state>: a backslash ends the authority, too).
fn origin_of(url: &str) -> Result<(Endpoint, &str), InvalidEndpoint> {
    let (scheme, rest) = url.split_once("://").ok_or(InvalidEndpoint::Scheme)?;
    let end = rest.find(['/', '\\', '?', '#']).unwrap_or(rest.len());
    let (authority, path) = rest.split_at(end);
    if path.starts_with('\\') {
        return Err(InvalidEndpoint::Path);
    }
    Ok((Endpoint::parse(&format!("{scheme}://{authority}"))?, path))
}
