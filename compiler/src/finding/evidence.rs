//! The evidence for the behaviour of API Gateway that a code describes, such as a recording, a quoted message or a page of the
//! documentation.

use super::Code;

impl Code {
    /// Returns the evidence for the behaviour of API Gateway, or `None`, for example because the code concerns only this
    /// gateway. The text begins with "Unverified" if neither a recording nor a page was found.
    pub fn evidence(self) -> Option<&'static str> {
        use Code::*;
        Some(match self {
            DuplicateKey => {
                "Unverified: newer versions of the import's parser refuse a repeated key, and older versions use the last value."
            }
            PathsMissing => "Documentation: `Invalid OpenAPI input.` for a document that cannot be parsed.",
            IntegrationMissing | IntegrationType => {
                "Message of the import, aws-api-gateway documentation issue 65 (2020): `Unknown integration type 'null' for 'GET /'. Ignoring.`"
            }
            IntegrationByReference => {
                "Issue 65 (2020) of the aws-api-gateway documentation, and the documentation of `x-amazon-apigateway-integrations`, which is only for HTTP APIs."
            }
            HttpMethod => {
                "Measured on PutIntegration (LocalStack, test_apigateway_integrations): `Enumeration value for HttpMethod must be non-empty`."
            }
            UriInvalid => {
                "Measured on PutIntegration (LocalStack, test_apigateway_integrations): `Invalid ARN specified in the request`, `Invalid HTTP endpoint specified for URI`."
            }
            UriParameterUnmapped => "Unverified: no recording of a placeholder without a mapping was found.",
            MappingInvalid => {
                "Measured on PutIntegration (cdk-preflight, 2026-09): `Invalid mapping expression specified: *`."
            }
            MappingUndeclared => {
                "Message of the import, Testlio/lambda-tools issue 56: `Invalid mapping expression parameter specified: method.request.header.Authorization`."
            }
            MappingNotAString => {
                "Recorded (LocalStack, test_apigateway_import, 2025-07-02): `Invalid format for 'requestParameters'. Expected type string`, a warning."
            }
            PatternInvalid => {
                "Measured on PutIntegrationResponse (cdk-preflight, 2026-09): `Invalid regex pattern specified`."
            }
            PatternOfJava => "Documentation: selection patterns are regular expressions of Java.",
            StatusInvalid => "Measured on PutIntegrationResponse: the constraint `[1-5]\\d\\d`.",
            ResponseUndeclared => {
                "Measured on PutIntegrationResponse (LocalStack, test_apigateway_integrations). The log contains `Output mapping refers to an invalid method response`."
            }
            ResponseUndeclaredMapped => {
                "Message of the import, aws-apigateway-importer issue 121: `No method response exists for method.`"
            }
            ResponseHeaderUndeclared => {
                "Message of the import, aws-apigateway-importer issue 209 (2017): `Invalid mapping expression parameter specified: method.response.header.Location`."
            }
            TimeoutInvalid | TimeoutOverQuota => {
                "Recorded through the import: `Timeout should be between 50 ms and 29000 ms`. The compiler accepts up to 300000, because AWS raises the quota on request."
            }
            ParameterName => {
                "Measured in 2026: `Parameter name should match the following regular expression: ^[a-zA-Z0-9:._$-]+$`."
            }
            ParameterRepeated | ParameterNameShared => {
                "Measured on PutMethod: `Parameter names must be unique across querystring, header and path`."
            }
            CacheKeyUndeclared => {
                "Measured on PutIntegration (cdk-preflight, 2026-09): `Invalid cache key parameter specified`."
            }
            ExtensionMisplaced => {
                "Documentation: the page of each extension names the object to which it belongs."
            }
            SecurityUndefined => {
                "The integration tests of the SAM transform deploy an undefined scheme: the method has the authorizationType NONE."
            }
            SecurityUnsupported => {
                "Messages of the import (2019 to 2024): `Unsupported security definition type 'http' for 'basicAuth'. Ignoring.`"
            }
            SecurityTwoAuthorizers => {
                "Unverified: a method has one authorizer. If a document names two, it is not recorded which one API Gateway uses."
            }
            SecurityAtRoot => {
                "Recorded for OpenAPI 3 with authorizers (LocalStack, test_apigateway_import, 2025-07-02). For Swagger 2.0 and API keys: the page of known issues."
            }
            AuthorizerMissing => {
                "Message of the import, aws-apigateway-importer issue 187 (2016): `Extension x-amazon-apigateway-authorizer is required.`"
            }
            ValidatorUndefined => {
                "Unverified for the import. The control plane responds `Invalid Request Validator identifier specified`."
            }
            ModelKeyword => {
                "Messages of the import, 2015 to 2022, for example in aws-api-gateway-developer-portal issue 571: `Invalid model schema specified. Unsupported keyword(s)`."
            }
            ModelInvalid => {
                "Measured on CreateModel (cdk-preflight, 2026-09): `Invalid model schema specified`."
            }
            ModelReference => {
                "Messages of the import (2024): `Reference to model 'X' not found. Ignoring.`, `Model reference must be in canonical form`."
            }
            ReferenceMissing => "Message of the import (2024): `Reference to model 'X' not found. Ignoring.`",
            ReferenceSiblings => "OpenAPI 3.0, Reference Object: `any properties added SHALL be ignored`.",
            MethodDuplicate => {
                "Message of the import, serverless-application-model issue 3385: `Duplicate method 'OPTIONS' on resource at path '/datasets'`."
            }
            PathSiblingParameter => {
                "Message of the import, aws-apigateway-importer issue 202: `A sibling ({bizId}) of this resource already has a variable path part -- only one is allowed`."
            }
            PathBelowGreedy => {
                "Measured on CreateResource: `Cannot create a child of a resource with a greedy path variable: {proxy+}`."
            }
            PathCharacters => {
                "Measured on CreateResource (cdk-preflight, 2026-09): `Resource's path part only allow a-zA-Z0-9._-:`."
            }
            PathDefaultRoute => {
                "Unverified: inferred from the path rules; `$` is not allowed in a path part."
            }
            PathWithoutSlash => {
                "Message for HTTP APIs, serverless-application-model issue 2297: `Resource X should start with /`. Not recorded for REST APIs."
            }
            Version => {
                "Reported 2022 to 2023 (serverless-application-model issue 3449, smithy issue 985): `Invalid OpenAPI input.` for 3.1."
            }
            OtherSpecification => {
                "The integration tests of the SAM transform deploy a document with a key of the other specification; the import's warning is `attribute … is unexpected`."
            }
            KeyIgnored => {
                "Recorded for one key (LocalStack, test_apigateway_import, 2025-07-02: `payloadFormatVersion`, no warning); inferred for the others."
            }
            ExtensionIgnored => {
                "Unverified: inferred from vendor extensions, which are ignored (aws-cli issue 3379)."
            }
            ExtensionOfHttpApi => {
                "Recorded for `payloadFormatVersion` (LocalStack, test_apigateway_import, 2025-07-02); inferred for the others."
            }
            MethodTrace => "Documentation: the methods of a resource do not include TRACE.",
            CredentialsInvalid => {
                "Measured on PutIntegration (cdk-preflight, 2026-09): `Invalid ARN specified in the request`."
            }
            ServersIgnored => {
                "Message of the import: `More than one server provided. Ignoring all but the first for defining endpoint configuration`."
            }
            MediaTypeParameters | MediaTypeIgnored => {
                "Unverified: no recording of a malformed entry was found."
            }
            CompressionSize => {
                "Measured: `Invalid minimum compression size, must be between 0 and 10485760`."
            }
            GatewayResponseIgnored => {
                "Unverified for the import. PutGatewayResponse refuses an unknown response type with a ValidationException."
            }
            StageVariableMissing => {
                "Recorded (LocalStack, test_apigateway_import, test_import_with_stage_variables): a 500 at run time."
            }
            RegionMissing => "Documentation: the import replaces `${AWS::Region}`.",
            _ => return None,
        })
    }
}
