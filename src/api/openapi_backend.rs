//! Reading who answers an integration: its type, and the uri, method and credentials that go with it.

use std::collections::BTreeSet;
use std::sync::Arc;

use http::Method as HttpMethod;
use serde_json::{Value, json};

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

/// What an integration may hold
/// (<https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-swagger-extensions-integration.html>).
pub(super) const KEYS: &[&str] = &[
    "type",
    "uri",
    "httpMethod",
    "credentials",
    "requestParameters",
    "requestTemplates",
    "responses",
    "contentHandling",
    "passthroughBehavior",
    "timeoutInMillis",
];

/// What else is there: of no effect, or refused.
pub(super) const OTHER_KEYS: &[&str] = &[
    "connectionType",
    "connectionId",
    "integrationTarget",
    "tlsConfig",
    // Caches, and whether AWS buffers a proxy's answer: nothing that is answered depends on them.
    "cacheNamespace",
    "cacheKeyParameters",
    "responseTransferMode",
    // Of HTTP APIs; people have it in documents of REST APIs, where it says nothing.
    "payloadFormatVersion",
];

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

/// What becomes of the type of an integration.
pub(super) enum Type {
    /// It runs.
    Known(Kind),
    /// API Gateway has it, and the edge has not.
    Refused,
    /// It is none.
    Unknown,
}

pub(super) fn read_type(node: &Node<'_>, errors: &mut Errors) -> Type {
    let Some(kind) = node.get("type") else {
        errors.missing(node, "type", EXPECTED);
        return Type::Unknown;
    };
    let Some(text) = kind.string(errors) else { return Type::Unknown };
    match KINDS.iter().find(|(known, _)| known.eq_ignore_ascii_case(text)) {
        Some((_, Some(known))) => Type::Known(*known),
        Some((_, None)) => {
            let what = format!("an integration of type `{text}`");
            let instead = "give the function a URL and use http_proxy; what runs is aws toward S3, http, http_proxy and mock";
            errors.add(&kind, Problem::Unsupported { what, instead });
            Type::Refused
        }
        None => {
            errors.add(&kind, kind.unexpected(EXPECTED));
            Type::Unknown
        }
    }
}

/// Refuses ways to a backend that the edge has not got.
pub(super) fn refuse_connections(node: &Node<'_>, errors: &mut Errors) {
    let is_default = |tls: &Node<'_>| Value::from(tls.value) == json!({ "insecureSkipVerification": false });
    if let Some(tls) = node.get("tlsConfig").filter(|tls| !is_default(tls)) {
        let instead = "the edge verifies the backend's certificate as it is; remove it";
        errors.add(&tls, Problem::Unsupported { what: "`tlsConfig`".to_owned(), instead });
    }
    for key in ["connectionId", "integrationTarget"] {
        if let Some(link) = node.get(key) {
            let instead = "a VPC link cannot be reached from the edge; remove it";
            errors.add(&link, Problem::Unsupported { what: format!("`{key}`"), instead });
        }
    }
    let Some(connection) = node.get("connectionType") else { return };
    if connection.word(&[("INTERNET", false), ("VPC_LINK", true)], errors) == Some(true) {
        let instead =
            "a VPC link cannot be reached from the edge; expected INTERNET, and a backend that is on it";
        errors.add(&connection, Problem::Unsupported { what: "`VPC_LINK`".to_owned(), instead });
    }
}

#[inline(never)]
pub(super) fn read_backend(
    node: &Node<'_>,
    kind: Kind,
    parameters: &[(RequestTarget, RequestSource)],
    errors: &mut Errors,
) -> Option<Backend> {
    match kind {
        Kind::Aws => {
            let http_method = read_http_method(node, errors);
            let uri = read_uri(node, S3_URI, IntegrationUri::parse, errors);
            let credentials = read_credentials(node, errors);
            let uri = uri?;
            refuse_unmapped(node, uri.parameters(), parameters, errors);
            Some(Backend::S3(Arc::new(S3Backend { uri, http_method: http_method?, credentials })))
        }
        Kind::Http => read_http(node, parameters, errors).map(Backend::Http),
        Kind::HttpProxy => read_http(node, parameters, errors).map(Backend::HttpProxy),
        // Exports give it a method, a uri and credentials, which are of no use to anybody.
        Kind::Mock => Some(Backend::Mock),
    }
}

fn read_http(
    node: &Node<'_>,
    parameters: &[(RequestTarget, RequestSource)],
    errors: &mut Errors,
) -> Option<Arc<HttpBackend>> {
    if let Some(credentials) = node.get("credentials") {
        let instead = "requests to a URL are not signed: remove it";
        errors.add(
            &credentials,
            Problem::Unsupported { what: "`credentials` toward a URL".to_owned(), instead },
        );
    }
    let http_method = read_http_method(node, errors);
    let uri = read_uri(node, "https://host/path", HttpUri::parse, errors)?;
    refuse_unmapped(node, uri.parameters(), parameters, errors);
    Some(Arc::new(HttpBackend { uri, http_method: http_method? }))
}

/// Whose rights S3 is asked with: a role, or the caller.
fn read_credentials(node: &Node<'_>, errors: &mut Errors) -> Option<String> {
    let credentials = node.get("credentials")?;
    let text = intrinsic::text(&credentials, errors)?;
    let is_arn = text.starts_with("arn:") && text.contains(":iam::");
    if !is_arn && !text.starts_with("${stageVariables.") {
        errors.add(&credentials, credentials.unexpected("arn:aws:iam::{account}:role/{name}"));
    }
    Some(text.into_owned())
}

fn read_http_method(node: &Node<'_>, errors: &mut Errors) -> Option<IntegrationMethod> {
    // "Enumeration value for HttpMethod must be non-empty" in AWS.
    let Some(method) = node.get("httpMethod") else {
        errors.missing(node, "httpMethod", METHODS);
        return None;
    };
    let text = method.string(errors)?;
    if text.eq_ignore_ascii_case("ANY") {
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
    let found = known.into_iter().find(|known| known.as_str().eq_ignore_ascii_case(text));
    if found.is_none() {
        errors.add(&method, method.unexpected(METHODS));
    }
    found.map(IntegrationMethod::Fixed)
}

const METHODS: &str = "GET, PUT, POST, DELETE, HEAD, OPTIONS, PATCH or ANY";

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
