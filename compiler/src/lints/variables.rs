//! Lints about variables of `$context` that have no value at the edge, that are used outside of gateway responses although
//! they have a value only there, or that API Gateway does not have.
//!
//! Source: <https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-mapping-template-reference.html>.

use s3_edge_gateway::api::Api;
use s3_edge_gateway::api::context_variable::{ContextVariable, ErrorVariable, claim};
use s3_edge_gateway::api::integration::Templates;
use s3_edge_gateway::api::mapping::{AmbientSource, GatewayResponseSource, RequestSource, ResponseSource};
use s3_edge_gateway::api::template::Template;

use super::list::Lints;
use super::operation::LintedOperation;
use super::pointer::pointer_to;
use crate::compilation::Outline;
use crate::finding::{Behaviours, Code};

/// Variables of API Gateway that never have a value at the edge.
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

/// The prefixes of variables of API Gateway whose names a document or an authorizer defines. Except for the claims of a token,
/// these variables never have a value at the edge.
const FAMILIES_OF_AWS: &[&str] = &["authorizer.", "requestOverride.", "responseOverride."];

/// The place that uses a variable.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Usage {
    Integration,
    GatewayResponse,
}

/// The places in which a variable has a value.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Availability {
    AtTheEdge,
    GatewayResponsesOnly,
    ApiGatewayOnly,
    Nowhere,
}

impl Availability {
    fn of(name: &str, usage: Usage) -> Self {
        if ContextVariable::from_name(name).is_some() || claim(name).is_some() {
            return Self::AtTheEdge;
        }
        match (ErrorVariable::from_name(name), usage) {
            (Some(_), Usage::GatewayResponse) => return Self::AtTheEdge,
            (Some(_), Usage::Integration) => return Self::GatewayResponsesOnly,
            (None, _) => {}
        }
        let is_of_aws =
            OF_AWS.contains(&name) || FAMILIES_OF_AWS.iter().any(|family| name.starts_with(family));
        if is_of_aws { Self::ApiGatewayOnly } else { Self::Nowhere }
    }
}

/// Finds variables without a value in the mappings and templates of an operation.
pub(super) fn find(operation: &LintedOperation<'_>, lints: &mut Lints<'_>) {
    let mut search = Search { usage: Usage::Integration, lints };
    let integration = operation.integration();
    for (target, source) in &integration.request_parameters {
        if let RequestSource::Ambient(source) = source {
            search.mapping(source, operation.mapping_pointer(target));
        }
    }
    search.templates(&integration.request_templates, &operation.integration_pointer(&["requestTemplates"]));
    for entry in operation.responses() {
        for (header, source) in entry.headers() {
            if let ResponseSource::Ambient(source) = source {
                search.mapping(source, entry.header_pointer(header));
            }
        }
        search.templates(&entry.response.templates, &entry.pointer(&["responseTemplates"]));
    }
}

/// Finds variables without a value in gateway responses.
pub(super) fn find_in_gateway_responses(api: &Api, outline: &Outline, lints: &mut Lints<'_>) {
    let mut search = Search { usage: Usage::GatewayResponse, lints };
    for (key, response) in api.gateway_responses.entries() {
        let keys = ["x-amazon-apigateway-gateway-responses", key.name()];
        let pointer = pointer_to(&outline.pointer, &keys);
        for (header, source) in &response.headers {
            if let GatewayResponseSource::Ambient(source) = source {
                let target = format!("gatewayresponse.header.{}", header.written);
                search.mapping(source, pointer_to(&pointer, &["responseParameters", &target]));
            }
        }
        for (media_type, template) in &response.templates {
            search.template(template, &pointer_to(&pointer, &["responseTemplates", media_type]));
        }
    }
}

struct Search<'s, 'p> {
    usage: Usage,
    lints: &'s mut Lints<'p>,
}

impl Search<'_, '_> {
    fn mapping(&mut self, source: &AmbientSource, pointer: String) {
        match source {
            AmbientSource::Context(name) => self.variable(name.as_str(), "", pointer),
            AmbientSource::StageVariable(_) | AmbientSource::Static(_) => {}
        }
    }

    fn templates(&mut self, templates: &Templates, pointer: &str) {
        for media_type in templates.media_types() {
            if let Some(template) = templates.get(media_type).flatten() {
                self.template(template, &pointer_to(pointer, &[media_type]));
            }
        }
    }

    fn template(&mut self, template: &Template, pointer: &str) {
        let mut known: Vec<&str> = Vec::new();
        for name in template.context_names() {
            if !known.contains(&name) {
                known.push(name);
                self.variable(name, "$", pointer.to_owned());
            }
        }
    }

    fn variable(&mut self, name: &str, sign: &str, pointer: String) {
        let (code, fault) = match Availability::of(name, self.usage) {
            Availability::AtTheEdge => return,
            Availability::ApiGatewayOnly => (Code::VariableEmptyHere, "has no value at the edge"),
            Availability::GatewayResponsesOnly => {
                (Code::VariableUnknown, "has a value only in gateway responses")
            }
            Availability::Nowhere => {
                (Code::VariableUnknown, "is not a variable that API Gateway documents for this place")
            }
        };
        self.lints.add(code, Behaviours::Both, pointer, format!("`{sign}context.{name}` {fault}."));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn availability_depends_on_the_name_and_the_usage() {
        for (name, integration, gateway_response) in [
            ("requestId", Availability::AtTheEdge, Availability::AtTheEdge),
            ("authorizer.claims.sub", Availability::AtTheEdge, Availability::AtTheEdge),
            ("authorizer.principalId", Availability::ApiGatewayOnly, Availability::ApiGatewayOnly),
            ("error.message", Availability::GatewayResponsesOnly, Availability::AtTheEdge),
            ("error.nonsense", Availability::Nowhere, Availability::Nowhere),
            ("accountId", Availability::ApiGatewayOnly, Availability::ApiGatewayOnly),
            ("requestid", Availability::Nowhere, Availability::Nowhere),
            ("nonsense", Availability::Nowhere, Availability::Nowhere),
        ] {
            assert_eq!(Availability::of(name, Usage::Integration), integration, "{name}");
            assert_eq!(Availability::of(name, Usage::GatewayResponse), gateway_response, "{name}");
        }
    }

    #[test]
    fn variables_of_aws_are_not_available_at_the_edge() {
        for name in OF_AWS {
            assert_eq!(Availability::of(name, Usage::Integration), Availability::ApiGatewayOnly, "{name}");
        }
    }
}
