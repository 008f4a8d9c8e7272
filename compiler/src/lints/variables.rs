//! Variables of `$context` that are empty: here, or in API Gateway too.
//!
//! Source: <https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-mapping-template-reference.html>.

use serde_json::{Map, Value};

use super::Surprises;
use super::operation::Operation;
use super::place::escaped;
use super::surprise::Surprise;
use crate::template::{Dialect, Template};

/// What has a value here, in every mapping and template; and `authorizer.claims.NAME`.
const FILLED: &[&str] = &[
    "requestId",
    "extendedRequestId",
    "httpMethod",
    "path",
    "resourcePath",
    "stage",
    "protocol",
    "domainName",
    "domainPrefix",
    "requestTime",
    "requestTimeEpoch",
    "identity.sourceIp",
    "identity.userAgent",
    "identity.apiKey",
    "identity.apiKeyId",
    "identity.accessKey",
];

/// What has a value in gateway responses alone.
const OF_ERRORS: &[&str] =
    &["error.message", "error.messageString", "error.responseType", "error.validationErrorString"];

/// What has a value in API Gateway, where it applies, and never here.
const OF_AWS: &[&str] = &[
    "accountId",
    "apiId",
    "authorizer",
    "authorizer.claims",
    "awsEndpointRequestId",
    "customDomain.basePathMatched",
    "deploymentId",
    "endpointType",
    "identity.accountId",
    "identity.caller",
    "identity.clientCert.clientCertPem",
    "identity.clientCert.issuerDN",
    "identity.clientCert.serialNumber",
    "identity.clientCert.subjectDN",
    "identity.clientCert.validity.notAfter",
    "identity.clientCert.validity.notBefore",
    "identity.cognitoAuthenticationProvider",
    "identity.cognitoAuthenticationType",
    "identity.cognitoIdentityId",
    "identity.cognitoIdentityPoolId",
    "identity.principalOrgId",
    "identity.user",
    "identity.userArn",
    "identity.vpcId",
    "identity.vpceId",
    "isCanaryRequest",
    "resourceId",
    "wafResponseCode",
    "webaclArn",
];

/// The same, with names of the document's or of an authorizer's.
const FAMILIES_OF_AWS: &[&str] = &["authorizer.", "requestOverride.", "responseOverride."];

/// Where there is a value.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Known {
    Here,
    /// In gateway responses, and this is none.
    InErrors,
    InAws,
    Nowhere,
}

impl Known {
    fn of(name: &str, dialect: Dialect) -> Self {
        if FILLED.contains(&name) || name.starts_with("authorizer.claims.") {
            return Self::Here;
        }
        if OF_ERRORS.contains(&name) {
            return if dialect == Dialect::GatewayResponse { Self::Here } else { Self::InErrors };
        }
        let is_of_aws =
            OF_AWS.contains(&name) || FAMILIES_OF_AWS.iter().any(|family| name.starts_with(family));
        if is_of_aws { Self::InAws } else { Self::Nowhere }
    }
}

/// Those of an operation.
pub(super) fn find(operation: &Operation<'_>, surprises: &mut Surprises<'_>) {
    let mut search = Search { whose: &operation.name, dialect: Dialect::Integration, surprises };
    let pointer = operation.integration_pointer();
    for mapping in operation.request_mappings() {
        search.mapping(mapping.source, &mapping.pointer);
    }
    search.templates(operation.integration.get("requestTemplates"), &format!("{pointer}/requestTemplates"));
    for entry in operation.responses() {
        for mapping in entry.mappings() {
            search.mapping(mapping.source, &mapping.pointer);
        }
        search
            .templates(entry.node.get("responseTemplates"), &format!("{}/responseTemplates", entry.pointer));
    }
}

/// Those of gateway responses.
pub(super) fn find_in_gateway_responses(document: &Value, surprises: &mut Surprises<'_>) {
    const KEY: &str = "x-amazon-apigateway-gateway-responses";
    for (name, node) in entries(document.get(KEY)) {
        let pointer = format!("/{KEY}/{}", escaped(name));
        let mut search = Search { whose: name, dialect: Dialect::GatewayResponse, surprises };
        for (target, source) in entries(node.get("responseParameters")) {
            let source = source.as_str().unwrap_or_default();
            search.mapping(source, &format!("{pointer}/responseParameters/{}", escaped(target)));
        }
        search.templates(node.get("responseTemplates"), &format!("{pointer}/responseTemplates"));
    }
}

struct Search<'s, 'p> {
    whose: &'s str,
    dialect: Dialect,
    surprises: &'s mut Surprises<'p>,
}

impl Search<'_, '_> {
    fn mapping(&mut self, source: &str, pointer: &str) {
        if let Some(name) = source.strip_prefix("context.") {
            self.variable(name, "", pointer);
        }
    }

    fn templates(&mut self, node: Option<&Value>, pointer: &str) {
        for (key, text) in entries(node) {
            let parsed = Template::parse(text.as_str().unwrap_or_default(), self.dialect);
            let Ok(template) = parsed else { continue };
            let mut told: Vec<&str> = Vec::new();
            for name in template.context_names() {
                if !told.contains(&name) {
                    told.push(name);
                    self.variable(name, "$", &format!("{pointer}/{}", escaped(key)));
                }
            }
        }
    }

    fn variable(&mut self, name: &str, sign: &str, pointer: &str) {
        let (surprise, why) = match Known::of(name, self.dialect) {
            Known::Here => return,
            Known::InAws => (Surprise::VariableEmptyHere, "empty here"),
            Known::InErrors => (Surprise::VariableUnknown, "empty outside of gateway responses"),
            Known::Nowhere => (Surprise::VariableUnknown, "empty, as there is no variable of this name"),
        };
        let message = format!("{}: `{sign}context.{name}` is {why}", self.whose);
        self.surprises.add(surprise, pointer.to_owned(), message);
    }
}

fn entries(node: Option<&Value>) -> impl Iterator<Item = (&str, &Value)> {
    let object = node.and_then(Value::as_object).map(Map::iter);
    object.into_iter().flatten().map(|(key, value)| (key.as_str(), value))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The names between quotes, before the arrow of every arm that stands between two texts of a source.
    fn arms<'s>(source: &'s str, from: &str, to: &str) -> Vec<&'s str> {
        let (_, source) = source.split_once(from).unwrap();
        let (source, _) = source.split_once(to).unwrap();
        let patterns = source.lines().filter_map(|line| line.split_once("=>")).map(|(pattern, _)| pattern);
        patterns.flat_map(|pattern| pattern.split('"').skip(1).step_by(2)).collect()
    }

    #[test]
    fn what_is_filled_is_what_the_gateway_fills() {
        let source = include_str!("../gateway/context.rs");
        assert_eq!(arms(source, "Some(match name {", "other =>"), FILLED);
        let source = include_str!("../gateway/rejection.rs");
        let of_errors = arms(source, "strip_prefix(\"error.\")", "_ => None");
        let of_errors: Vec<_> = of_errors.iter().map(|name| format!("error.{name}")).collect();
        assert_eq!(of_errors, OF_ERRORS);
    }

    #[test]
    fn names() {
        for (name, integration, gateway_response) in [
            ("requestId", Known::Here, Known::Here),
            ("authorizer.claims.sub", Known::Here, Known::Here),
            ("authorizer.principalId", Known::InAws, Known::InAws),
            ("error.message", Known::InErrors, Known::Here),
            ("error.nonsense", Known::Nowhere, Known::Nowhere),
            ("accountId", Known::InAws, Known::InAws),
            ("requestid", Known::Nowhere, Known::Nowhere),
            ("nonsense", Known::Nowhere, Known::Nowhere),
        ] {
            assert_eq!(Known::of(name, Dialect::Integration), integration, "{name}");
            assert_eq!(Known::of(name, Dialect::GatewayResponse), gateway_response, "{name}");
        }
    }
}
