//! Reading who answers an integration: its type, and the uri, method and credentials that go with it.

use http::Method as HttpMethod;
use serde_json::json;

use super::Verb;
use super::error::Problem;
use super::integration::{Backend, IntegrationMethod, S3Backend};
use super::integration_uri::IntegrationUri;
use super::mapping::{RequestSource, RequestTarget};
use super::node::{Errors, Node};

/// The types of integrations that run.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Kind {
    Aws,
    Mock,
}

/// The types of integrations, in any letter case.
const KINDS: &[(&str, Option<Kind>)] = &[
    ("aws", Some(Kind::Aws)),
    ("mock", Some(Kind::Mock)),
    ("http", None),
    ("http_proxy", None),
    ("aws_proxy", None),
    ("lambda", None),
];

pub(super) fn read_type(node: &Node<'_>, errors: &mut Errors) -> Option<Kind> {
    let Some(kind) = node.get("type") else {
        errors.missing(node, "type", "aws or mock");
        return None;
    };
    let text = kind.string(errors)?;
    match KINDS.iter().find(|(known, _)| known.eq_ignore_ascii_case(text)) {
        Some((_, Some(known))) => Some(*known),
        Some((_, None)) => {
            let what = format!("an integration of type `{text}`");
            errors.add(&kind, Problem::Unsupported { what, instead: "expected aws, toward S3, or mock" });
            None
        }
        None => {
            errors.add(&kind, kind.unexpected("an integration type: aws or mock"));
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
            let uri = read_uri(node, parameters, errors);
            let credentials = node.get("credentials").and_then(|node| node.string(errors));
            let credentials = credentials.map(str::to_owned);
            Some(Backend::S3(S3Backend { uri: uri?, http_method: http_method?, credentials }))
        }
        // Exports give it a method, a uri and credentials, which are of no use to anybody.
        Kind::Mock => Some(Backend::Mock),
    }
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

fn read_uri(
    node: &Node<'_>,
    parameters: &[(RequestTarget, RequestSource)],
    errors: &mut Errors,
) -> Option<IntegrationUri> {
    let Some(uri) = node.get("uri") else {
        errors.missing(node, "uri", "arn:aws:apigateway:{region}:s3:path/{bucket}/{key}");
        return None;
    };
    let text = uri.string(errors)?;
    let parsed = errors.keep(&uri, IntegrationUri::parse(text))?;
    for name in parsed.parameters() {
        let is_mapped =
            |(target, _): &(RequestTarget, RequestSource)| *target == RequestTarget::Path(name.clone());
        if !parameters.iter().any(is_mapped) {
            let place = "requestParameters; expected integration.request.path.NAME, as API Gateway binds nothing by itself";
            errors.add(&uri, Problem::Undeclared { name: format!("{{{}}}", name.as_str()), place });
        }
    }
    Some(parsed)
}
