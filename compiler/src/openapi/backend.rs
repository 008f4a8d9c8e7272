//! The backend of an integration: its type, and the `uri`, `httpMethod` and `credentials` that belong to it.

use std::sync::Arc;

use http::Method as HttpMethod;
use s3_edge_gateway::api::integration::{Backend, HttpBackend, IntegrationMethod, S3Backend};
use s3_edge_gateway::api::mapping::{Name, RequestSource, RequestTarget};

use super::cursor::Cursor;
use super::report::Report;
use super::uri::{self, Arn, S3_FORM};
use crate::finding::Code;

/// The types of integrations that run at the edge.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Kind {
    Aws,
    Http,
    HttpProxy,
    Mock,
}

/// Headers toward S3 that the signature sets.
const SET_BY_THE_SIGNATURE: &[&str] = &["host", "x-amz-date", "x-amz-content-sha256", "x-amz-security-token"];

impl Kind {
    /// Returns what sets a header, so that no mapping may.
    pub(super) fn sets(self, header: &str) -> Option<&'static str> {
        match self {
            Self::Aws => SET_BY_THE_SIGNATURE.contains(&header).then_some("the gateway's signature sets it"),
            Self::Http | Self::HttpProxy => (header == "host").then_some("it is that of the `uri`"),
            Self::Mock => None,
        }
    }
}

/// The types of integrations, in any letter case (recorded on AWS, import-rest-api, 2025-07).
const KINDS: &[(&str, Option<Kind>)] = &[
    ("aws", Some(Kind::Aws)),
    ("http", Some(Kind::Http)),
    ("http_proxy", Some(Kind::HttpProxy)),
    ("mock", Some(Kind::Mock)),
    ("aws_proxy", None),
    ("lambda", None),
];

const TYPES: &str = "aws, http, http_proxy or mock";

/// Reads the type. Reports integrations that the edge cannot reach: Lambda, other services, VPC links, own certificates.
pub(super) fn kind(integration: &Cursor<'_>, report: &mut Report) -> Option<Kind> {
    let Some(written) = integration.get("type") else {
        report.add_key(
            integration,
            "type",
            Code::IntegrationType,
            format!("`type` is missing. Use {TYPES}."),
        );
        return None;
    };
    if written.refuse_unresolved(report) {
        return None;
    }
    let text = written.str().unwrap_or_default();
    let Some((_, kind)) = KINDS.iter().find(|(known, _)| known.eq_ignore_ascii_case(text)) else {
        let message = format!("{} is not a type of integration. Use {TYPES}.", written.seen_here());
        report.add(&written, Code::IntegrationType, message);
        return None;
    };
    let Some(kind) = kind else {
        let message = format!(
            "An integration of type `{text}` calls a Lambda function, which does not run at the edge."
        );
        report.add(&written, Code::IntegrationLambda, message);
        return None;
    };
    match kind {
        Kind::Aws => aws_service(integration, report).then_some(Kind::Aws),
        Kind::Http | Kind::HttpProxy => {
            refuse_connections(integration, report);
            Some(*kind)
        }
        Kind::Mock => Some(Kind::Mock),
    }
}

/// Returns whether an integration of type `aws` is toward S3; reports another service.
fn aws_service(integration: &Cursor<'_>, report: &mut Report) -> bool {
    let Some(uri) = integration.get("uri") else { return true };
    let text = uri.str().unwrap_or_default();
    let Some(arn) = Arn::split(text) else {
        // A uri that is a placeholder as a whole may name any service.
        if uri.is_unresolved() && !text.starts_with("arn:") {
            uri.refuse_unresolved(report);
            return false;
        }
        return true;
    };
    match arn.service.rsplit('.').next().unwrap_or_default() {
        "s3" => true,
        "lambda" => {
            let message =
                "The integration calls a Lambda function, which does not run at the edge.".to_owned();
            report.add(&uri, Code::IntegrationLambda, message);
            false
        }
        service => {
            let message =
                format!("The integration calls the service `{service}`. The edge reaches S3 alone.");
            report.add(&uri, Code::IntegrationService, message);
            false
        }
    }
}

/// Reports ways to a backend that the edge does not have.
fn refuse_connections(integration: &Cursor<'_>, report: &mut Report) {
    if let Some(tls) = integration.get("tlsConfig") {
        let skips = tls.get("insecureSkipVerification").is_some_and(|skip| skip.truth() != Some(false));
        let has_other = tls.keys().any(|key| key != "insecureSkipVerification");
        if skips || has_other || !tls.is_object() {
            let message =
                format!("`tlsConfig` is {}. The edge always verifies the backend's certificate.", tls.seen());
            report.add(&tls, Code::IntegrationTls, message);
        }
    }
    for key in ["connectionId", "integrationTarget"] {
        if let Some(link) = integration.get(key) {
            let message = format!("`{key}` names a VPC link, which the edge cannot reach.");
            report.add(&link, Code::IntegrationVpcLink, message);
        }
    }
    if let Some(connection) = integration.get("connectionType")
        && !connection.str().is_some_and(|text| text.eq_ignore_ascii_case("INTERNET"))
    {
        let message = format!("{}. The edge reaches public backends alone.", connection.seen_here());
        report.add(&connection, Code::IntegrationVpcLink, message);
    }
}

/// Reads the backend of an integration whose type is known.
pub(super) fn read(
    integration: &Cursor<'_>,
    kind: Kind,
    parameters: &[(RequestTarget, RequestSource)],
    report: &mut Report,
) -> Option<Backend> {
    match kind {
        Kind::Aws => s3(integration, parameters, report).map(|s3| Backend::S3(Arc::new(s3))),
        Kind::Http => http(integration, parameters, report).map(|http| Backend::Http(Arc::new(http))),
        Kind::HttpProxy => {
            http(integration, parameters, report).map(|http| Backend::HttpProxy(Arc::new(http)))
        }
        // Exports give a mock a method, a uri and credentials, which have no effect.
        Kind::Mock => Some(Backend::Mock),
    }
}

fn s3(
    integration: &Cursor<'_>,
    parameters: &[(RequestTarget, RequestSource)],
    report: &mut Report,
) -> Option<S3Backend> {
    let http_method = http_method(integration, report);
    let credentials = credentials(integration, report);
    let uri = integration.get("uri").or_else(|| {
        let message = format!("`uri` is missing. Use {S3_FORM}.");
        report.add_key(integration, "uri", Code::UriInvalid, message);
        None
    })?;
    let text = text_of_uri(&uri, report)?;
    let parsed = match Arn::split(text) {
        Some(arn) => arn.s3(),
        None => Err((Code::UriInvalid, format!("`uri` is `{text}`. Use {S3_FORM}."))),
    };
    let parsed = match parsed {
        Ok(parsed) => parsed,
        Err(refusal) => {
            refuse(&uri, refusal, report);
            return None;
        }
    };
    // A function over the region, `Fn::FindInMap`, stands as `${AWS::Region}`: it is the region only in the region's place.
    let is_function = uri.node.unresolved().iter().any(|unresolved| unresolved.name.starts_with("AWS::"));
    if is_function && parsed.has_region_outside_of_the_arn() && uri.refuse_unresolved(report) {
        return None;
    }
    refuse_unmapped(&uri, parsed.parameters(), parameters, report);
    Some(S3Backend { uri: parsed, http_method: http_method?, credentials })
}

fn http(
    integration: &Cursor<'_>,
    parameters: &[(RequestTarget, RequestSource)],
    report: &mut Report,
) -> Option<HttpBackend> {
    if let Some(credentials) = integration.get("credentials").filter(|of| of.str() != Some("")) {
        let message = "`credentials` has no effect here: requests to a URL are not signed.";
        report.add(&credentials, Code::CredentialsIgnored, message);
    }
    let http_method = http_method(integration, report);
    let uri = integration.get("uri").or_else(|| {
        report.add_key(integration, "uri", Code::UriInvalid, "`uri` is missing. Use https://host/path.");
        None
    })?;
    let text = text_of_uri(&uri, report)?;
    let parsed = match uri::http(text) {
        Ok(parsed) => parsed,
        Err(refusal) => {
            refuse(&uri, refusal, report);
            return None;
        }
    };
    refuse_unmapped(&uri, parsed.parameters(), parameters, report);
    Some(HttpBackend { uri: parsed, http_method: http_method? })
}

fn text_of_uri<'d>(uri: &Cursor<'d>, report: &mut Report) -> Option<&'d str> {
    let text = uri.str();
    if text.is_none() && !uri.refuse_unresolved(report) {
        report.add(uri, Code::UriInvalid, format!("{} is not a string.", uri.seen_here()));
    }
    text
}

/// Reports why a uri is refused: an unresolved piece of it first.
fn refuse(uri: &Cursor<'_>, (code, message): (Code, String), report: &mut Report) {
    if !uri.refuse_unresolved(report) {
        report.add(uri, code, message);
    }
}

/// Reads `credentials`: the role that `ASSUME_ROLE` assumes. Its value matters only then, so the deployment checks it.
fn credentials(integration: &Cursor<'_>, report: &mut Report) -> Option<String> {
    let credentials = integration.get("credentials").filter(|of| of.str() != Some(""))?;
    let text = credentials.scalar()?;
    let is_arn = text.starts_with("arn:") && text.contains(":iam::");
    if !is_arn && !credentials.is_unresolved() && !text.starts_with("${") {
        let message = format!(
            "{} is not the ARN of a role: arn:aws:iam::ACCOUNT:role/NAME. API Gateway refuses it.",
            credentials.seen_here()
        );
        report.add(&credentials, Code::CredentialsInvalid, message);
    }
    Some(text)
}

const METHODS: &str = "GET, PUT, POST, DELETE, HEAD, OPTIONS, PATCH or ANY";

fn http_method(integration: &Cursor<'_>, report: &mut Report) -> Option<IntegrationMethod> {
    // "Enumeration value for HttpMethod must be non-empty" (AWS, PutIntegration).
    let Some(method) = integration.get("httpMethod") else {
        report.add_key(
            integration,
            "httpMethod",
            Code::HttpMethod,
            format!("`httpMethod` is missing. Use {METHODS}."),
        );
        return None;
    };
    if method.refuse_unresolved(report) {
        return None;
    }
    let text = method.str().unwrap_or_default();
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
        report.add(&method, Code::HttpMethod, format!("{} is not valid. Use {METHODS}.", method.seen_here()));
    }
    found.map(IntegrationMethod::Fixed)
}

/// Reports a `{name}` of the uri that no mapping fills: API Gateway binds nothing by itself.
fn refuse_unmapped<'u>(
    uri: &Cursor<'_>,
    names: impl Iterator<Item = &'u Name>,
    parameters: &[(RequestTarget, RequestSource)],
    report: &mut Report,
) {
    for name in names {
        let is_mapped = parameters
            .iter()
            .any(|(target, _)| matches!(target, RequestTarget::Path(known) if known == name));
        if !is_mapped {
            let name = name.as_str();
            let message = format!(
                "`{{{name}}}` of the `uri` has no value. Map `integration.request.path.{name}` in requestParameters."
            );
            report.add(uri, Code::UriParameterUnmapped, message);
        }
    }
}
