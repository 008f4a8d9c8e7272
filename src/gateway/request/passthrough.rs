//! Passthrough: requests that do not run at the edge and are sent to the original API.
//!
//! The client gets the response unchanged, except that the [headers of the connection](connection_headers) are removed.

use std::time::Duration;

use http::{HeaderMap, HeaderName, HeaderValue, Method};

use super::context::Context;
use super::inbound::Inbound;
use super::routing::Routing;
use crate::api::http_uri::Scheme;
use crate::gateway::deployment::passthrough_url::{PassthroughUrl, UnknownRoutes};
use crate::gateway::http_rules::HOP_BY_HOP;
use crate::gateway::limits::PASSTHROUGH_TIMEOUT;
use crate::gateway::rejection::Rejection;

/// A request to the original API. Its body is the client's, unread.
#[derive(Clone, Debug)]
pub struct PassthroughRequest {
    /// The method that the client sent, not the method in `X-HTTP-Method-Override`.
    pub method: Method,
    /// The URL, which URL parsing does not change.
    pub url: String,
    /// The client's headers without those of its connection, with the headers about the origin of the request and [`HOP`].
    pub headers: HeaderMap,
    /// The time limit for the head of the response. The runtime adds time for a long request body.
    pub timeout: Duration,
}

/// The header that the gateway adds to requests to the original API. A client's request that has this header is in a loop.
pub const HOP: &str = "x-s3-edge-gateway-hop";

/// Headers of the client that are not sent to the original API, in addition to [`HOP_BY_HOP`].
const OF_THE_CONNECTION: &[&str] = &[
    // For a proxy or a server at the other end of the client's connection.
    "proxy-authorization",
    "http2-settings",
    // Set by the runtime, from the URL and the body.
    "host",
    "content-length",
    // Handled by the runtime.
    "expect",
];

/// Headers about the origin of a request. The client's values are replaced, because they may be forged.
const FORWARDED: &[&str] = &["forwarded", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto"];

/// Returns the request to the original API for a request that does not run at the edge.
///
/// # Errors
/// The [`Rejection`] for a request that is not sent to the original API: 501 for an operation that does not run at the edge
/// and for a WebSocket handshake, 403 if no operation matches, 508 if this gateway has sent the request to itself, and 400
/// for a path that has a segment `.` or `..` or leads to another host.
pub fn passthrough(context: &Context<'_>, routing: Routing<'_>) -> Result<PassthroughRequest, Rejection> {
    let passthrough = context.gateway.settings.passthrough.as_ref();
    let (passthrough, is_signed) = match (routing, passthrough) {
        (Routing::Unsupported(operation), Some(passthrough)) => (passthrough, operation.is_signed),
        (Routing::Unknown, Some(passthrough)) if passthrough.unknown_routes == UnknownRoutes::PassedOn => {
            (passthrough, false)
        }
        (Routing::Served(_) | Routing::Unsupported(_) | Routing::Unknown | Routing::Outside, _) => {
            return Err(routing.unserved());
        }
    };
    if is_signed {
        let cause = "the operation is not sent to PASSTHROUGH_URL: its clients sign requests for the host of this gateway";
        return Err(routing.unserved().because(cause));
    }
    if asks_for_web_socket(&context.inbound) {
        return Err(
            Rejection::not_implemented(&[]).because("a WebSocket upgrade is not sent to PASSTHROUGH_URL")
        );
    }
    if context.inbound.headers.contains_key(HOP) {
        let cause =
            format!("PASSTHROUGH_URL leads back to this gateway, because the request has the header {HOP}");
        return Err(Rejection::loop_detected().because(cause));
    }
    let below = context.gateway.below_base_path(&context.inbound.path).ok_or_else(|| routing.unserved())?;
    PassthroughRequest::new(&context.inbound, below, &passthrough.url)
}

impl PassthroughRequest {
    fn new(inbound: &Inbound, below: &str, original: &PassthroughUrl) -> Result<Self, Rejection> {
        Ok(Self {
            method: inbound.method.clone(),
            url: original.target(below, inbound.query.as_deref())?,
            headers: headers(inbound),
            timeout: PASSTHROUGH_TIMEOUT,
        })
    }
}

/// Returns the headers for the original API: the client's without those of its connection, with the client's address, host and
/// scheme (`x-forwarded-*`, `Forwarded`), and with [`HOP`].
fn headers(inbound: &Inbound) -> HeaderMap {
    let mut headers = inbound.headers.clone();
    let dropped: Vec<HeaderName> = connection_headers(&headers)
        .chain(headers.keys().filter(|name| is_of_this_hop(name.as_str())).cloned())
        .collect();
    for name in dropped {
        headers.remove(name);
    }
    let proto = match inbound.scheme {
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

/// Returns the value of `Forwarded` (RFC 7239 section 4).
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

/// Returns whether a header of the client is in [`OF_THE_CONNECTION`] or [`FORWARDED`], or was added by Cloudflare. The headers
/// of RFC 9110 section 7.6.1 are returned by [`connection_headers`].
fn is_of_this_hop(name: &str) -> bool {
    // Cloudflare adds the headers `cf-*` about the client's connection. `cf-access-*` are the client's credentials for
    // Cloudflare Access.
    let is_of_cloudflare = name.starts_with("cf-") && !name.starts_with("cf-access-");
    is_of_cloudflare || [OF_THE_CONNECTION, FORWARDED].iter().any(|list| list.contains(&name))
}

/// Returns the names of the headers that are only about the connection of a message: those of RFC 9110 section 7.6.1, and
/// those that its `Connection` header names. They are removed from requests and from responses.
pub fn connection_headers(headers: &HeaderMap) -> impl Iterator<Item = HeaderName> {
    let named =
        headers.get_all("connection").iter().flat_map(|value| value.as_bytes().split(|byte| *byte == b','));
    let named = named.filter_map(|name| HeaderName::from_bytes(name.trim_ascii()).ok());
    named.chain(HOP_BY_HOP.iter().map(|name| HeaderName::from_static(name)))
}

/// Returns whether the request is a WebSocket handshake (RFC 6455 section 4.2.1).
fn asks_for_web_socket(inbound: &Inbound) -> bool {
    let protocols = inbound
        .headers
        .get_all("upgrade")
        .iter()
        .flat_map(|value| value.as_bytes().split(|byte| *byte == b','));
    protocols.into_iter().any(|protocol| protocol.trim_ascii().eq_ignore_ascii_case(b"websocket"))
}
