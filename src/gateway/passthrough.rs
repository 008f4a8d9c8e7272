//! Passthrough: requests that do not run at the edge, sent on to the original API.
//!
//! Inside: which requests pass, and the request to the original API. Not inside: sending it (`edge`), and the response,
//! which goes to the client as it came except for [`headers of the connection`](connection_headers).

use std::fmt;
use std::time::Duration;

use http::{HeaderMap, HeaderName, HeaderValue, Method};
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};

use super::context::{Context, Inbound, Routing};
use super::header_rules::HOP_BY_HOP;
use super::http_url::refuse_dots;
use super::rejection::Rejection;
use crate::api::UnsupportedOperation;
use crate::api::http_uri::Scheme;
use crate::s3::{Endpoint, InvalidEndpoint};

/// `PASSTHROUGH_URL` and `PASSTHROUGH_UNKNOWN`.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Passthrough {
    /// Where the original API is.
    pub url: PassthroughUrl,
    /// Whether requests without a route pass.
    pub unknown_routes: UnknownRoutes,
}

/// `PASSTHROUGH_UNKNOWN`: what happens to a request below the base path that no operation takes.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum UnknownRoutes {
    /// It is answered 403, as API Gateway does.
    #[default]
    Refused,
    /// It is sent to the original API, whose document may be newer.
    PassedOn,
}

/// The invoke URL of the original API: https, or http on loopback, without user info, query or fragment.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct PassthroughUrl {
    origin: Endpoint,
    /// Empty, or with a leading slash and without one at the end. URL parsing does not change it.
    path: String,
}

/// What happens to a request.
#[derive(Debug)]
pub enum Dispatch {
    /// It is served at the edge: [`Context::admit`] is next.
    Serve,
    /// It is sent to the original API.
    PassThrough(PassthroughRequest),
}

/// A request to the original API. Its body is the client's, unread.
#[derive(Clone, Debug)]
pub struct PassthroughRequest {
    /// The method that the client sent, not the one of `X-HTTP-Method-Override`.
    pub method: Method,
    /// The URL. URL parsing does not change it.
    pub url: String,
    /// Every header except `Host` and those of the connection.
    pub headers: HeaderMap,
    /// The time to the first byte of the response, after the end of the request's body.
    pub timeout: Duration,
}

/// The header that marks a request of this gateway. A request that arrives with it is in a loop.
pub const HOP: &str = "x-s3-edge-gateway-hop";

/// API Gateway's default limit is 29 s: the original answers a timeout of its own before this.
const TIMEOUT: Duration = Duration::from_secs(35);

/// Headers of the client's connection, beside those that [`HOP_BY_HOP`] lists (RFC 9110 section 7.6.1).
const OF_THE_CONNECTION: &[&str] = &[
    "proxy-authorization",
    "http2-settings",
    // Set by the runtime, from the URL and the body.
    "host",
    "content-length",
    // Answered by the runtime.
    "expect",
];

/// Headers about the origin of a request. The client's values are replaced: they may be forged.
const FORWARDED: &[&str] = &["forwarded", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto"];

/// The characters that URL parsing percent-encodes in a path (<https://url.spec.whatwg.org/#path-percent-encode-set>), and
/// the backslash, which it replaces by a slash.
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

impl Context<'_> {
    /// Decides what happens to the request. `scheme` is that of its URL.
    ///
    /// # Errors
    /// A [`Rejection`] for a request that is neither served nor passed on: 501, 403, 508, or 400 for a path that URL
    /// parsing would resolve.
    pub fn dispatch(&self, scheme: Scheme) -> Result<Dispatch, Rejection> {
        let passthrough = self.gateway.settings.passthrough.as_ref();
        let passthrough = passthrough.filter(|passthrough| match &self.routing {
            Routing::Served(_) | Routing::Outside => false,
            Routing::Unsupported { .. } => true,
            Routing::Unknown => passthrough.unknown_routes == UnknownRoutes::PassedOn,
        });
        match (&self.routing, passthrough) {
            (Routing::Served(_), _) => Ok(Dispatch::Serve),
            (_, None) => Err(self.unserved()),
            (
                Routing::Unsupported { operation: UnsupportedOperation { is_signed: true, .. }, .. },
                Some(_),
            ) => Err(self.unserved().because(
                "the operation is not passed on: its clients sign requests for the host of this gateway",
            )),
            (_, Some(_)) if asks_for_web_socket(&self.inbound) => {
                Err(Rejection::not_implemented(&[]).because("a WebSocket upgrade is not passed on"))
            }
            (_, Some(_)) if self.inbound.headers.contains_key(HOP) => Err(Rejection::loop_detected()
                .because(format!(
                    "the request has the header {HOP}: PASSTHROUGH_URL leads back to this gateway"
                ))),
            (_, Some(passthrough)) => self.pass(&passthrough.url, scheme).map(Dispatch::PassThrough),
        }
    }

    /// The rejection for a request that is not served, where it is not passed on.
    pub(super) fn unserved(&self) -> Rejection {
        match &self.routing {
            Routing::Unsupported { operation, .. } => Rejection::not_implemented(&operation.reasons),
            Routing::Served(_) | Routing::Unknown | Routing::Outside => {
                Rejection::missing_authentication_token()
            }
        }
    }

    fn pass(&self, original: &PassthroughUrl, scheme: Scheme) -> Result<PassthroughRequest, Rejection> {
        let inbound = &self.inbound;
        let below = self.gateway.below_base_path(&inbound.path).ok_or_else(|| self.unserved())?;
        Ok(PassthroughRequest {
            method: inbound.method.clone(),
            url: original.target(below, inbound.query.as_deref())?,
            headers: headers(inbound, scheme),
            timeout: TIMEOUT,
        })
    }
}

impl PassthroughUrl {
    /// The valid values of the setting, for messages.
    pub(super) const EXPECTED: &str = "the https URL of the original API without user name, query and fragment (http only on \
         loopback), such as https://abc123.execute-api.us-east-1.amazonaws.com/prod";

    /// Reads the setting. Slashes at the end are dropped.
    ///
    /// # Errors
    /// A sentence that says which part is not valid.
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
        if !origin.is_https() && !origin.is_loopback() {
            return Err("http is not encrypted, and the host is not loopback".to_owned());
        }
        let path = path.trim_end_matches('/');
        if !path.is_ascii() || utf8_percent_encode(path, ENCODED_IN_PATH).to_string() != path {
            return Err("the path has a character that must be percent-encoded".to_owned());
        }
        refuse_dots(path).map_err(|_| "the path has a segment `.` or `..`".to_owned())?;
        Ok(Self { origin, path: path.to_owned() })
    }

    /// Returns the URL of a request: this one, the raw path below the base path and the raw query, concatenated.
    ///
    /// It is not resolved, and URL parsing does not change it: the characters that URL parsing would percent-encode are
    /// percent-encoded here.
    ///
    /// # Errors
    /// A [`Rejection`] for a path with a segment `.` or `..`, which URL parsing resolves, and for a URL of another origin.
    fn target(&self, below: &str, query: Option<&str>) -> Result<String, Rejection> {
        refuse_dots(below)?;
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

/// Returns the headers for the original API: the client's without those of its connection, with the origin of the request
/// and the mark of this gateway.
fn headers(inbound: &Inbound, scheme: Scheme) -> HeaderMap {
    let mut headers = inbound.headers.clone();
    let dropped: Vec<HeaderName> = connection_headers(&headers)
        .chain(headers.keys().filter(|name| is_of_this_hop(name.as_str())).cloned())
        .collect();
    for name in dropped {
        headers.remove(name);
    }
    let proto = match scheme {
        Scheme::Https => "https",
        Scheme::Http => "http",
    };
    let client = inbound.source_ip.map(|ip| ip.to_string());
    let mut set = |name: HeaderName, value: &str| {
        // A host that is not valid in a header is left out.
        if let Ok(value) = HeaderValue::from_str(value) {
            headers.insert(name, value);
        }
    };
    if let Some(client) = &client {
        set(HeaderName::from_static("x-forwarded-for"), client);
    }
    set(HeaderName::from_static("x-forwarded-host"), &inbound.host);
    set(HeaderName::from_static("x-forwarded-proto"), proto);
    set(http::header::FORWARDED, &forwarded(client.as_deref(), &inbound.host, proto));
    set(HeaderName::from_static(HOP), "1");
    headers
}

/// The value of `Forwarded` (RFC 7239 section 4).
fn forwarded(client: Option<&str>, host: &str, proto: &str) -> String {
    let node = match client {
        Some(ip) if ip.contains(':') => format!("\"[{ip}]\""),
        Some(ip) => ip.to_owned(),
        None => "unknown".to_owned(),
    };
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b".-_:[]".contains(&byte);
    let host = if host.bytes().all(is_plain) { format!(";host=\"{host}\"") } else { String::new() };
    format!("for={node}{host};proto={proto}")
}

/// Returns whether a header is about the client's way to this gateway.
fn is_of_this_hop(name: &str) -> bool {
    // Cloudflare adds these about the client's connection. `cf-access-*` are the client's credentials for Cloudflare Access.
    let is_of_cloudflare = name.starts_with("cf-") && !name.starts_with("cf-access-");
    is_of_cloudflare || [OF_THE_CONNECTION, FORWARDED].iter().any(|list| list.contains(&name))
}

/// Returns the headers of a message that are about its connection alone: those of RFC 9110 section 7.6.1, and those that
/// its `Connection` names. Neither the request nor the response keeps them.
pub fn connection_headers(headers: &HeaderMap) -> impl Iterator<Item = HeaderName> {
    let named =
        headers.get_all("connection").iter().flat_map(|value| value.as_bytes().split(|byte| *byte == b','));
    let named = named.filter_map(|name| HeaderName::from_bytes(name.trim_ascii()).ok());
    named.chain(HOP_BY_HOP.iter().map(|name| HeaderName::from_static(name)))
}

/// Returns whether the client asks for a WebSocket (RFC 6455 section 4.2.1).
fn asks_for_web_socket(inbound: &Inbound) -> bool {
    let protocols = inbound
        .headers
        .get_all("upgrade")
        .iter()
        .flat_map(|value| value.as_bytes().split(|byte| *byte == b','));
    protocols.into_iter().any(|protocol| protocol.trim_ascii().eq_ignore_ascii_case(b"websocket"))
}
