//! Reads the backend of an integration: `type`, `uri`, `httpMethod` and `credentials`.

use std::sync::Arc;

use http::Method as HttpMethod;
use s3_edge_gateway::api::integration::{Backend, HttpBackend, IntegrationMethod, S3Backend};
use s3_edge_gateway::api::mapping::{Name, RequestSource, RequestTarget};

use super::cursor::Cursor;
use super::report::Report;
use super::uri::{self, Arn, S3_FORM};
use crate::finding::Code;

/// The integration types that run at the edge.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Kind {
    Aws,
    Http,
    HttpProxy,
    Mock,
}

/// Headers that the gateway itself sets when it signs a request to S3.
const SET_WHEN_SIGNING: &[&str] = &["host", "x-amz-date", "x-amz-content-sha256", "x-amz-security-token"];

impl Kind {
    /// Returns the reason why a header cannot be mapped, as part of a sentence, or `None` if it can be mapped.
    pub(super) fn reserves(self, header: &str) -> Option<&'static str> {
        match self {
            Self::Aws => {
                SET_WHEN_SIGNING.contains(&header).then_some("the gateway sets it when it signs the request")
            }
            Self::Http | Self::HttpProxy => {
                (header == "host").then_some("it is always the host of the `uri`")
            }
            Self::Mock => None,
        }
    }
}

/// The integration types, compared without case (recorded on AWS, import-rest-api, 2025-07). A type with `None` calls a
/// Lambda function.
const KINDS: &[(&str, Option<Kind>)] = &[
    ("aws", Some(Kind::Aws)),
    ("http", Some(Kind::Http)),
    ("http_proxy", Some(Kind::HttpProxy)),
    ("mock", Some(Kind::Mock)),
    ("aws_proxy", None),
    ("lambda", None),
];

const TYPES: &str = "aws, http, http_proxy or mock";

/// Reads the type. Reports a type that is not valid, and integrations that the edge cannot run: Lambda functions,
/// services other than S3, VPC links, and a `tlsConfig` that changes how certificates are verified.
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
        let message = format!("{}, which is not an integration type. Use {TYPES}.", written.seen_here());
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

/// Returns whether an integration of type `aws` is for S3. Reports any other service. Returns true for a missing or
/// malformed `uri`, which [`read`] reports.
fn aws_service(integration: &Cursor<'_>, report: &mut Report) -> bool {
    let Some(uri) = integration.get("uri") else { return true };
    let text = uri.str().unwrap_or_default();
    let Some(arn) = Arn::split(text) else {
        // If the whole uri is unresolved, the service is unknown.
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
                format!("The integration calls the service `{service}`. The edge can call only S3.");
            report.add(&uri, Code::IntegrationService, message);
            false
        }
    }
}

/// Reports connections that the edge does not support.
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
            let message = format!("`{key}` belongs to a VPC link. The edge cannot connect to a VPC.");
            report.add(&link, Code::IntegrationVpcLink, message);
        }
    }
    if let Some(connection) = integration.get("connectionType")
        && !connection.str().is_some_and(|text| text.eq_ignore_ascii_case("INTERNET"))
    {
        let message = format!("{}. The edge can connect only to public backends.", connection.seen_here());
        report.add(&connection, Code::IntegrationVpcLink, message);
    }
}

/// Reads the backend of an integration of the type `kind`.
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
        // Exports of API Gateway contain a method, a uri and credentials for a mock. They have no effect.
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
    // An unresolved function that depends on the region, such as `Fn::FindInMap`, has the text `${AWS::Region}`. In the
    // bucket, the path or the query, the name of the region would replace this text, but the result of the function is
    // another value.
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
        let message = "`credentials` have no effect, because requests to a URL are not signed.";
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
        report.add(uri, Code::UriInvalid, format!("{}, which is not a string.", uri.seen_here()));
    }
    text
}

/// Reports an invalid uri. If the uri has an unresolved piece, reports the piece instead.
fn refuse(uri: &Cursor<'_>, (code, message): (Code, String), report: &mut Report) {
    if !uri.refuse_unresolved(report) {
        report.add(uri, code, message);
    }
}

/// Reads `credentials`: the role for `ASSUME_ROLE`. An invalid ARN is only a lint, because the value has no effect
/// without `ASSUME_ROLE`. The deployment checks the ARN.
fn credentials(integration: &Cursor<'_>, report: &mut Report) -> Option<String> {
    let credentials = integration.get("credentials").filter(|of| of.str() != Some(""))?;
    let text = credentials.scalar()?;
    let is_arn = text.starts_with("arn:") && text.contains(":iam::");
    if !is_arn && !credentials.is_unresolved() && !text.starts_with("${") {
        let message = format!(
            "{}, which is not the ARN of a role. Use arn:aws:iam::ACCOUNT:role/NAME.",
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
        let message = format!("{}, which is not valid. Use {METHODS}.", method.seen_here());
        report.add(&method, Code::HttpMethod, message);
    }
    found.map(IntegrationMethod::Fixed)
}

/// Reports each `{name}` of the uri without a mapping. API Gateway does not bind path parameters to the uri by name.
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
                "`{{{name}}}` in the `uri` has no mapping. Map `integration.request.path.{name}` in requestParameters."
            );
            report.add(uri, Code::UriParameterUnmapped, message);
        }
    }
}
