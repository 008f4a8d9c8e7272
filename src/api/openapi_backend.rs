//! Reading who answers an integration: its type, and the uri, method and credentials that go with it.

use std::borrow::Cow;
use std::collections::BTreeSet;

use http::Method as HttpMethod;
use serde_json::json;

use super::Verb;
use super::error::Problem;
use super::http_uri::HttpUri;
use super::integration::{Backend, HttpBackend, IntegrationMethod, S3Backend};
use super::integration_uri::{IntegrationUri, UriError};
use super::intrinsic;
use super::mapping::{Name, RequestSource, RequestTarget};
use super::node::{Errors, Node};

/// The types of integrations that run.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Kind {
    Aws,
    Http,
    HttpProxy,
    Mock,
}

/// Headers toward S3 that the signature sets; a document that maps them would break it.
const SET_BY_THE_SIGNATURE: &[&str] = &["host", "x-amz-date", "x-amz-content-sha256", "x-amz-security-token"];

impl Kind {
    /// Who else sets a header, so that no mapping may.
    pub(super) fn sets(self, header: &str) -> Option<&'static str> {
        match self {
            Self::Aws => SET_BY_THE_SIGNATURE.contains(&header).then_some("the gateway's signature sets it"),
            Self::Http | Self::HttpProxy => (header == "host").then_some("it is that of the uri"),
            Self::Mock => None,
        }
    }
}

/// The types of integrations, in any letter case.
const KINDS: &[(&str, Option<Kind>)] = &[
    ("aws", Some(Kind::Aws)),
    ("http", Some(Kind::Http)),
    ("http_proxy", Some(Kind::HttpProxy)),
    ("mock", Some(Kind::Mock)),
    ("aws_proxy", None),
    ("lambda", None),
];

const EXPECTED: &str = "aws, http, http_proxy or mock";

pub(super) fn read_type(node: &Node<'_>, errors: &mut Errors) -> Option<Kind> {
    let Some(kind) = node.get("type") else {
        errors.missing(node, "type", EXPECTED);
        return None;
    };
    let text = kind.string(errors)?;
    match KINDS.iter().find(|(known, _)| known.eq_ignore_ascii_case(text)) {
        Some((_, Some(known))) => Some(*known),
        Some((_, None)) => {
            let what = format!("an integration of type `{text}`");
            let instead = "give the function a URL and use http_proxy; what runs is aws toward S3, http, http_proxy and mock";
            errors.add(&kind, Problem::Unsupported { what, instead });
            None
        }
        None => {
            errors.add(&kind, kind.unexpected(EXPECTED));
            None
        }
    }
}

/// Refuses ways to a backend that the edge has not got.
pub(super) fn refuse_connections(node: &Node<'_>, errors: &mut Errors) {
    let is_default = |tls: &Node<'_>| *tls.value == json!({ "insecureSkipVerification": false });
    if let Some(tls) = node.get("tlsConfig").filter(|tls| !is_default(tls)) {
        let instead = "the edge verifies the backend's certificate as it is; remove it";
        errors.add(&tls, Problem::Unsupported { what: "`tlsConfig`".to_owned(), instead });
    }
    if let Some(id) = node.get("connectionId") {
        let instead = "a VPC link cannot be reached from the edge; remove it";
        errors.add(&id, Problem::Unsupported { what: "`connectionId`".to_owned(), instead });
    }
    let Some(connection) = node.get("connectionType") else { return };
    if connection.word(&[("INTERNET", false), ("VPC_LINK", true)], errors) == Some(true) {
        let instead =
            "a VPC link cannot be reached from the edge; expected INTERNET, and a backend that is on it";
        errors.add(&connection, Problem::Unsupported { what: "`VPC_LINK`".to_owned(), instead });
    }
}

pub(super) fn read_backend(
    node: &Node<'_>,
    kind: Kind,
    verb: &Verb,
    parameters: &[(RequestTarget, RequestSource)],
    errors: &mut Errors,
) -> Option<Backend> {
    match kind {
        Kind::Aws => {
            let http_method = read_http_method(node, verb, errors);
            let uri = read_uri(node, S3_URI, IntegrationUri::parse, errors);
            let credentials = node.get("credentials");
            let credentials = credentials.as_ref().and_then(|node| intrinsic::text(node, errors));
            let credentials = credentials.map(Cow::into_owned);
            let uri = uri?;
            refuse_unmapped(node, uri.parameters(), parameters, errors);
            Some(Backend::S3(S3Backend { uri, http_method: http_method?, credentials }))
        }
        Kind::Http => read_http(node, verb, parameters, errors).map(Backend::Http),
        Kind::HttpProxy => {
            if let Some(handling) = node.get("contentHandling") {
                let instead = "a proxy passes bodies as they are: remove it, or use http";
                let what = "`contentHandling` of an http_proxy".to_owned();
                errors.add(&handling, Problem::Unsupported { what, instead });
            }
            read_http(node, verb, parameters, errors).map(Backend::HttpProxy)
        }
        // Exports give it a method, a uri and credentials, which are of no use to anybody.
        Kind::Mock => Some(Backend::Mock),
    }
}

fn read_http(
    node: &Node<'_>,
    verb: &Verb,
    parameters: &[(RequestTarget, RequestSource)],
    errors: &mut Errors,
) -> Option<HttpBackend> {
    if let Some(credentials) = node.get("credentials") {
        let instead = "requests to a URL are not signed: remove it";
        errors.add(
            &credentials,
            Problem::Unsupported { what: "`credentials` toward a URL".to_owned(), instead },
        );
    }
    let http_method = read_http_method(node, verb, errors);
    let uri = read_uri(node, "https://host/path", HttpUri::parse, errors)?;
    refuse_unmapped(node, uri.parameters(), parameters, errors);
    Some(HttpBackend { uri, http_method: http_method? })
}

fn read_http_method(node: &Node<'_>, verb: &Verb, errors: &mut Errors) -> Option<IntegrationMethod> {
    let Some(method) = node.get("httpMethod") else {
        return Some(match verb {
            Verb::Exactly(method) => IntegrationMethod::Fixed(method.clone()),
            Verb::Any => IntegrationMethod::Client,
        });
    };
    let text = method.string(errors)?.to_ascii_uppercase();
    if text == "ANY" {
        return Some(IntegrationMethod::Client);
    }
    let known = [
        HttpMethod::GET,
        HttpMethod::PUT,
        HttpMethod::POST,
        HttpMethod::DELETE,
        HttpMethod::HEAD,
        HttpMethod::OPTIONS,
        HttpMethod::PATCH,
    ];
    let found = known.into_iter().find(|known| known.as_str() == text).map(IntegrationMethod::Fixed);
    if found.is_none() {
        errors.add(&method, method.unexpected("GET, PUT, POST, DELETE, HEAD, OPTIONS, PATCH or ANY"));
    }
    found
}

const S3_URI: &str = "arn:aws:apigateway:{region}:s3:path/{bucket}/{key}";

fn read_uri<U>(
    node: &Node<'_>,
    expected: &'static str,
    parse: impl FnOnce(&str) -> Result<U, UriError>,
    errors: &mut Errors,
) -> Option<U> {
    let Some(uri) = node.get("uri") else {
        errors.missing(node, "uri", expected);
        return None;
    };
    let text = intrinsic::text(&uri, errors)?;
    errors.keep(&uri, parse(&text))
}

fn refuse_unmapped<'u>(
    node: &Node<'_>,
    names: impl Iterator<Item = &'u Name>,
    parameters: &'u [(RequestTarget, RequestSource)],
    errors: &mut Errors,
) {
    let Some(uri) = node.get("uri") else { return };
    let target = |(target, _): &'u (RequestTarget, RequestSource)| match target {
        RequestTarget::Path(name) => Some(name),
        RequestTarget::QueryString(_) | RequestTarget::Header(_) => None,
    };
    let mapped: BTreeSet<&Name> = parameters.iter().filter_map(target).collect();
    for name in names {
        if !mapped.contains(name) {
            let place = "requestParameters; expected integration.request.path.NAME, as API Gateway binds nothing by itself";
            errors.add(&uri, Problem::Undeclared { name: format!("{{{}}}", name.as_str()), place });
        }
    }
}
