//! Reads the security of an operation: `security`, and the security schemes in it.
//!
//! API Gateway ignores an unknown scheme, with a warning at most, so that anyone can call the operation. The compiler
//! makes such an operation unsupported: no operation is served with less security than its document requires.

use http::HeaderName;
use s3_edge_gateway::api::{ApiKey, Authorization, Security, TokenAuthorizer, TokenProvider, cognito_issuer};

use super::cursor::Cursor;
use super::report::Report;
use crate::finding::Code;
use crate::requirement::{Condition, Requirement};

/// The scheme that SAM uses for an operation without security. SAM does not define the scheme. The integration tests of
/// SAM deploy such an operation with the authorizationType NONE.
const SAM_NONE: &str = "NONE";

/// Reads the security of an operation. Also returns the settings that its schemes need.
pub(super) fn read(
    root: &Cursor<'_>,
    operation: &Cursor<'_>,
    report: &mut Report,
) -> (Security, Vec<Requirement>) {
    let mut security = Security { authorization: auth_extension(operation, report), ..Security::default() };
    let mut requires = Vec::new();
    let own = operation.node.get("security").filter(|written| !written.is_null()).is_some();
    let owner = if own { operation } else { root };
    let Some(list) = owner.field("security").needed_for_security(report) else { return (security, requires) };
    if !list.is_array() {
        let message = format!("{}, which is not an array of security requirements.", list.seen_here());
        report.add(&list, Code::SecurityInvalid, message);
    }
    for requirement in list.elements() {
        let Some(requirement) = requirement.needed_for_security(report) else { continue };
        if !requirement.is_object() {
            let message =
                format!("The security requirement {} is not an object of schemes.", requirement.seen());
            report.add(&requirement, Code::SecurityInvalid, message);
        }
        for (name, scopes) in requirement.fields() {
            let Some(scopes) = scopes.needed_for_security(report) else { continue };
            match scheme(root, name, &scopes, report) {
                Some(Scheme::ApiKey) => {
                    security.api_key = ApiKey::Required;
                    refuse_key_source(root, report);
                }
                Some(Scheme::Authorization(found, requirement)) => {
                    if security.authorization != Authorization::None && security.authorization != found {
                        let message = format!(
                            "The scheme `{name}` is a second authorizer of the operation. An operation can have one authorizer and an API key."
                        );
                        report.add(&scopes, Code::SecurityTwoAuthorizers, message);
                    }
                    // If one of two authorizers is awsSigv4, it is kept, because signed requests must not go to
                    // PASSTHROUGH_URL.
                    if security.authorization != Authorization::AwsIam {
                        security.authorization = found;
                    }
                    requires.extend(requirement);
                }
                Some(Scheme::Open) | None => {}
            }
        }
    }
    // AWS applies authorizers of the root in OpenAPI 3 (recorded). According to the documentation, AWS ignores
    // `security` of the root in Swagger 2.0, and API keys of the root.
    let is_recorded = root.get("swagger").is_none() && security.api_key == ApiKey::NotRequired;
    if !own && !security.is_open() && !is_recorded {
        let message = "`security` of the root applies to each operation without its own `security`.";
        report.add(&list, Code::SecurityAtRoot, message);
    }
    (security, requires)
}

enum Scheme {
    ApiKey,
    Authorization(Authorization, Option<Requirement>),
    /// The scheme requires nothing: SAM's `NONE`.
    Open,
}

/// Reads `x-amazon-apigateway-auth`, which can require a signature, as the scheme awsSigv4 does
/// (<https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-swagger-extensions-auth.html>).
fn auth_extension(operation: &Cursor<'_>, report: &mut Report) -> Authorization {
    let field = operation.field("x-amazon-apigateway-auth");
    let Some(auth) = field.needed_for_security(report) else { return Authorization::None };
    let Some(kind) = auth.field("type").needed_for_security(report) else {
        let message =
            format!("`x-amazon-apigateway-auth` is {}. It needs the `type` AWS_IAM or NONE.", auth.seen());
        report.add(&auth, Code::SecurityInvalid, message);
        return Authorization::None;
    };
    let words = [("AWS_IAM", Authorization::AwsIam), ("NONE", Authorization::None)];
    let text = kind.str().unwrap_or_default();
    let found = words.into_iter().find(|(word, _)| word.eq_ignore_ascii_case(text));
    if found.is_none() {
        let message =
            format!("{}, which is not a type of authorization. Use AWS_IAM or NONE.", kind.seen_here());
        report.add(&kind, Code::SecurityInvalid, message);
    }
    found.map(|(_, authorization)| authorization).unwrap_or_default()
}

/// Reports an API key source other than HEADER, which is the default. With AUTHORIZER, a Lambda authorizer returns the
/// key.
fn refuse_key_source(root: &Cursor<'_>, report: &mut Report) {
    let source = root.field("x-amazon-apigateway-api-key-source");
    let Some(source) = source.needed_for_security(report) else { return };
    if !source.str().is_some_and(|text| text.eq_ignore_ascii_case("HEADER")) {
        let message =
            format!("{}. The edge reads API keys only from the header x-api-key.", source.seen_here());
        report.add(&source, Code::ApiKeySource, message);
    }
}

fn scheme(root: &Cursor<'_>, name: &str, scopes: &Cursor<'_>, report: &mut Report) -> Option<Scheme> {
    let schemes = root.get("components").and_then(|components| components.get("securitySchemes"));
    let found = schemes.and_then(|schemes| schemes.get(name));
    let found = found.or_else(|| root.get("securityDefinitions").and_then(|schemes| schemes.get(name)));
    let Some(scheme) = found else {
        if name == SAM_NONE {
            return Some(Scheme::Open);
        }
        if let Some((_, open)) = name.split_once("${") {
            let variable = open.split('}').next().unwrap_or_default();
            let message = format!(
                "The name of the security scheme `{name}` depends on `{variable}`, which has no value. Set it with `--variable {variable}=VALUE`."
            );
            report.add(scopes, Code::UnresolvedValue, message);
            return None;
        }
        let message = format!(
            "The security scheme `{name}` is not defined in components.securitySchemes or securityDefinitions."
        );
        report.add(scopes, Code::SecurityUndefined, message);
        return None;
    };
    if scheme.refuse_unresolved(report) | scheme.refuse_merge(report) {
        return None;
    }
    let written = |key: &str| scheme.node.get(key).is_some();
    let auth_type = scheme.field("x-amazon-apigateway-authtype").needed_for_security(report);
    let auth_type = match auth_type.as_ref().map(|node| node.str()) {
        Some(Some(text)) => Some(text),
        None if !written("x-amazon-apigateway-authtype") => None,
        _ => {
            let message =
                format!("The x-amazon-apigateway-authtype of the security scheme `{name}` is not a string.");
            report.add(&scheme, Code::SecurityUnsupported, message);
            return None;
        }
    };
    if auth_type.is_some_and(|text| text.eq_ignore_ascii_case("awsSigv4")) {
        return Some(Scheme::Authorization(Authorization::AwsIam, None));
    }
    if let Some(authorizer) = scheme.field("x-amazon-apigateway-authorizer").needed_for_security(report) {
        return token(name, &scheme, Some(&authorizer), scopes, report);
    }
    if auth_type.is_some() || written("x-amazon-apigateway-authorizer") {
        let message = format!(
            "The security scheme `{name}` has an x-amazon-apigateway-authtype or an x-amazon-apigateway-authorizer, but no valid authorizer."
        );
        report.add(&scheme, Code::AuthorizerMissing, message);
        return None;
    }
    let text =
        |key: &str| scheme.get(key).and_then(|node| node.str()).unwrap_or_default().to_ascii_lowercase();
    match (text("type").as_str(), text("in").as_str(), text("name").as_str(), text("scheme").as_str()) {
        ("apikey", "header", "x-api-key", _) => Some(Scheme::ApiKey),
        ("http", _, _, "bearer") | ("oauth2" | "openidconnect", ..) => {
            token(name, &scheme, None, scopes, report)
        }
        _ => {
            let message = format!(
                "The security scheme `{name}` is {}, which API Gateway does not enforce.",
                scheme.seen()
            );
            report.add(&scheme, Code::SecurityUnsupported, message);
            None
        }
    }
}

/// Reads a scheme that requires a JSON Web Token.
fn token(
    name: &str,
    scheme: &Cursor<'_>,
    authorizer: Option<&Cursor<'_>>,
    scopes: &Cursor<'_>,
    report: &mut Report,
) -> Option<Scheme> {
    let header = header(name, scheme, authorizer, report)?;
    let provider = match authorizer {
        Some(authorizer) => provider(name, authorizer, report)?,
        None => Provider { provider: TokenProvider::Custom, needs_issuer: true },
    };
    let scopes = scopes_of(name, scopes, report)?;
    let requirement = provider.needs_issuer.then(|| scheme.requires(Condition::Issuer(name.to_owned())));
    let authorizer = TokenAuthorizer { scheme: name.to_owned(), header, scopes, provider: provider.provider };
    Some(Scheme::Authorization(Authorization::Token(authorizer), requirement))
}

/// Reads the scopes of a security requirement: an array of strings, or null for no scopes.
fn scopes_of(name: &str, scopes: &Cursor<'_>, report: &mut Report) -> Option<Vec<String>> {
    if scopes.node.is_null() {
        return Some(Vec::new());
    }
    let invalid = |report: &mut Report| {
        let message = format!(
            "The scopes of the security scheme `{name}` are {}. Write an array of strings.",
            scopes.seen()
        );
        report.add(scopes, Code::SecurityInvalid, message);
        None
    };
    if !scopes.is_array() {
        return invalid(report);
    }
    let mut read = Vec::new();
    for scope in scopes.elements() {
        match scope.needed_for_security(report)?.str() {
            Some(scope) => read.push(scope.to_owned()),
            None => return invalid(report),
        }
    }
    Some(read)
}

/// Returns the header of the token from the first of these values that exists: `identitySource`, the `name` of a
/// scheme in a header, or `Authorization`. Without `identitySource`, AWS uses `method.request.header.NAME`, where NAME
/// is the `name` of the scheme (recorded).
fn header(
    name: &str,
    scheme: &Cursor<'_>,
    authorizer: Option<&Cursor<'_>>,
    report: &mut Report,
) -> Option<HeaderName> {
    let source = authorizer.and_then(|authorizer| authorizer.get("identitySource"));
    let source = source.filter(|source| source.str() != Some(""));
    let (text, at) = match &source {
        Some(source) => {
            let text = source.str().unwrap_or_default();
            // HTTP APIs write `$request.header.NAME`.
            let prefixes = ["method.request.header.", "$request.header."];
            match prefixes.iter().find_map(|prefix| text.strip_prefix(prefix)) {
                Some(header) => (header, source),
                None => {
                    let message = format!(
                        "The authorizer `{name}` has the identity source {}. Use method.request.header.NAME.",
                        source.seen()
                    );
                    report.add(source, Code::AuthorizerUnsupported, message);
                    return None;
                }
            }
        }
        None => {
            let is_header = scheme.get("in").is_none_or(|place| place.str() == Some("header"));
            let written = scheme.get("name").filter(|_| is_header).and_then(|node| node.str());
            (written.unwrap_or("authorization"), scheme)
        }
    };
    HeaderName::try_from(text).ok().or_else(|| {
        let message =
            format!("The authorizer `{name}` reads the header `{text}`, which is not a valid header name.");
        report.add(at, Code::AuthorizerUnsupported, message);
        None
    })
}

struct Provider {
    provider: TokenProvider,
    /// Whether `JWT_ISSUERS` must have an entry for the scheme.
    needs_issuer: bool,
}

fn provider(name: &str, authorizer: &Cursor<'_>, report: &mut Report) -> Option<Provider> {
    let custom = Provider { provider: TokenProvider::Custom, needs_issuer: true };
    let kind = authorizer.get("type");
    let text = kind.as_ref().and_then(Cursor::str).unwrap_or_default();
    match text.to_ascii_lowercase().as_str() {
        "cognito_user_pools" => Some(cognito(authorizer)),
        "token" => {
            let message = format!(
                "The edge does not call the Lambda function of the authorizer `{name}`. It verifies the token with the entry `{name}` of JWT_ISSUERS."
            );
            report.add(authorizer, Code::AuthorizerReplaced, message);
            Some(custom)
        }
        "jwt" => Some(custom),
        _ => {
            let message = format!(
                "The authorizer `{name}` has {}, which is not supported. Use the type cognito_user_pools, token or jwt.",
                kind.as_ref()
                    .map_or_else(|| "no type".to_owned(), |kind| format!("the type {}", kind.seen()))
            );
            report.add(kind.as_ref().unwrap_or(authorizer), Code::AuthorizerUnsupported, message);
            None
        }
    }
}

/// Reads the user pools. `JWT_ISSUERS` must have an entry if the list of user pools is empty, if the ARN of a user pool
/// is unresolved or not valid, or if `identityValidationExpression` validates the audience.
fn cognito(authorizer: &Cursor<'_>) -> Provider {
    let arns = authorizer.get("providerARNs");
    let items: Vec<_> = arns.iter().flat_map(|arns| arns.items()).collect();
    let known: Option<Vec<String>> = items
        .iter()
        .map(|arn| arn.resolved_str().filter(|arn| cognito_issuer(arn).is_some()).map(str::to_owned))
        .collect();
    let expression = authorizer.node.get("identityValidationExpression");
    let has_expression = expression.is_some_and(|node| !node.is_null());
    match known.filter(|known| !known.is_empty() && !has_expression) {
        Some(pools) => Provider { provider: TokenProvider::Cognito(pools), needs_issuer: false },
        None => Provider { provider: TokenProvider::Custom, needs_issuer: true },
    }
}
