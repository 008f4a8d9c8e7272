//! Gateway responses: what the gateway itself answers when a request goes no further.
//!
//! Inside: the closed list of response types with their defaults, and the document's customisations of them
//! (`x-amazon-apigateway-gateway-responses`). Not inside: rendering one (`gateway::rejection`). Source:
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/supported-gateway-response-types.html>.

use std::collections::BTreeMap;

use http::StatusCode;
use serde::{Deserialize, Serialize};

use super::http_serde;
use super::mapping::{GatewayResponseSource, Header};
use super::template::Template;

/// Defines [`ResponseType`] with its defaults, one line a type.
macro_rules! response_types {
    ($($(#[$doc:meta])* $variant:ident = $name:literal, $status:ident, $error_type:literal, $message:literal;)*) => {
        /// The type of a gateway response.
        #[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd, Serialize, Deserialize)]
        pub enum ResponseType { $($(#[$doc])* $variant,)* }

        impl ResponseType {
            /// Every type, in the order of its documentation.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The name in documents: `MISSING_AUTHENTICATION_TOKEN`.
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            /// The status where the document sets none.
            pub fn status(self) -> StatusCode {
                match self { $(Self::$variant => StatusCode::$status,)* }
            }

            /// The value of `x-amzn-ErrorType`.
            pub fn error_type(self) -> &'static str {
                match self { $(Self::$variant => $error_type,)* }
            }

            /// The message where the failure brings none of its own.
            pub fn message(self) -> &'static str {
                match self { $(Self::$variant => $message,)* }
            }
        }
    };
}

response_types! {
    /// The authorizer said no, or the gateway's own policy did.
    AccessDenied = "ACCESS_DENIED", FORBIDDEN, "AccessDeniedException",
        "User is not authorized to access this resource";
    /// The document or the deployment's settings are wrong.
    ApiConfigurationError = "API_CONFIGURATION_ERROR", INTERNAL_SERVER_ERROR, "InternalServerErrorException",
        "Internal server error";
    /// The authorizer could not be asked, for a reason in the settings.
    AuthorizerConfigurationError = "AUTHORIZER_CONFIGURATION_ERROR", INTERNAL_SERVER_ERROR,
        "AuthorizerConfigurationException", "Internal server error";
    /// The authorizer did not answer.
    AuthorizerFailure = "AUTHORIZER_FAILURE", INTERNAL_SERVER_ERROR, "AuthorizerFailureException",
        "Internal server error";
    /// A parameter is missing, or is none that can be used.
    BadRequestParameters = "BAD_REQUEST_PARAMETERS", BAD_REQUEST, "BadRequestException", "Bad Request";
    /// The body is none that can be used.
    BadRequestBody = "BAD_REQUEST_BODY", BAD_REQUEST, "BadRequestException", "Invalid request body";
    /// The token was valid once.
    ExpiredToken = "EXPIRED_TOKEN", FORBIDDEN, "ExpiredTokenException", "The security token included in the request is expired";
    /// The endpoint could not be reached, or broke off.
    IntegrationFailure = "INTEGRATION_FAILURE", GATEWAY_TIMEOUT, "InternalServerErrorException",
        "Network error communicating with endpoint";
    /// The endpoint did not answer in time.
    IntegrationTimeout = "INTEGRATION_TIMEOUT", GATEWAY_TIMEOUT, "InternalServerErrorException",
        "Endpoint request timed out";
    /// The API key is missing or unknown.
    InvalidApiKey = "INVALID_API_KEY", FORBIDDEN, "ForbiddenException", "Forbidden";
    /// The request's signature does not match.
    InvalidSignature = "INVALID_SIGNATURE", FORBIDDEN, "InvalidSignatureException",
        "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.";
    /// No such route, or a request that had to be signed and is not.
    MissingAuthenticationToken = "MISSING_AUTHENTICATION_TOKEN", FORBIDDEN, "MissingAuthenticationTokenException",
        "Missing Authentication Token";
    /// The usage plan's quota is used up.
    QuotaExceeded = "QUOTA_EXCEEDED", TOO_MANY_REQUESTS, "LimitExceededException", "Limit Exceeded";
    /// The body is larger than can be handled.
    RequestTooLarge = "REQUEST_TOO_LARGE", PAYLOAD_TOO_LARGE, "RequestTooLargeException", "Request Too Long";
    /// The route exists no more.
    ResourceNotFound = "RESOURCE_NOT_FOUND", NOT_FOUND, "NotFoundException", "Not Found";
    /// Too many requests.
    Throttled = "THROTTLED", TOO_MANY_REQUESTS, "TooManyRequestsException", "Too Many Requests";
    /// The token is missing or not accepted.
    Unauthorized = "UNAUTHORIZED", UNAUTHORIZED, "UnauthorizedException", "Unauthorized";
    /// No template for this content type, and `passthroughBehavior` forbids passing the body.
    UnsupportedMediaType = "UNSUPPORTED_MEDIA_TYPE", UNSUPPORTED_MEDIA_TYPE, "BadRequestException",
        "Unsupported Media Type";
    /// A firewall said no.
    WafFiltered = "WAF_FILTERED", FORBIDDEN, "ForbiddenException", "Forbidden";
}

impl ResponseType {
    /// The type of that name in documents.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|response_type| response_type.name() == name)
    }
}

/// One entry of `x-amazon-apigateway-gateway-responses`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct GatewayResponse {
    /// The status, where the document sets one.
    #[serde(with = "http_serde::optional_status")]
    pub status: Option<StatusCode>,
    /// Headers to add, in the order of the document.
    pub headers: Vec<(Header, GatewayResponseSource)>,
    /// Templates by content type; empty where the built-in one serves.
    pub templates: Vec<(String, Template)>,
}

/// The document's gateway responses.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct GatewayResponses {
    exact: BTreeMap<ResponseType, GatewayResponse>,
    default_4xx: Option<GatewayResponse>,
    default_5xx: Option<GatewayResponse>,
}

/// A key of `x-amazon-apigateway-gateway-responses`.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum GatewayResponseKey {
    /// One type.
    Exact(ResponseType),
    /// `DEFAULT_4XX`: every type whose status is 4xx and that has no entry of its own.
    Default4xx,
    /// `DEFAULT_5XX`: every type whose status is 5xx and that has no entry of its own.
    Default5xx,
}

impl GatewayResponseKey {
    /// Reads the key of an entry.
    pub fn parse(name: &str) -> Option<Self> {
        match name {
            "DEFAULT_4XX" => Some(Self::Default4xx),
            "DEFAULT_5XX" => Some(Self::Default5xx),
            exact => ResponseType::from_name(exact).map(Self::Exact),
        }
    }

    /// Returns the key as documents write it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Exact(response_type) => response_type.name(),
            Self::Default4xx => "DEFAULT_4XX",
            Self::Default5xx => "DEFAULT_5XX",
        }
    }
}

impl GatewayResponses {
    /// Adds an entry.
    pub fn insert(&mut self, key: GatewayResponseKey, response: GatewayResponse) {
        match key {
            GatewayResponseKey::Exact(response_type) => {
                self.exact.insert(response_type, response);
            }
            GatewayResponseKey::Default4xx => self.default_4xx = Some(response),
            GatewayResponseKey::Default5xx => self.default_5xx = Some(response),
        }
    }

    /// Returns every entry with its key.
    pub fn entries(&self) -> impl Iterator<Item = (GatewayResponseKey, &GatewayResponse)> {
        let exact = self.exact.iter().map(|(key, response)| (GatewayResponseKey::Exact(*key), response));
        let classes = [
            (GatewayResponseKey::Default4xx, &self.default_4xx),
            (GatewayResponseKey::Default5xx, &self.default_5xx),
        ];
        exact.chain(classes.into_iter().filter_map(|(key, response)| Some((key, response.as_ref()?))))
    }

    /// The customisation of a type: its own, or else the default of its class (observed: an entry of its own inherits
    /// nothing from the default).
    pub fn of(&self, response_type: ResponseType) -> Option<&GatewayResponse> {
        let class =
            if response_type.status().is_client_error() { &self.default_4xx } else { &self.default_5xx };
        self.exact.get(&response_type).or(class.as_ref())
    }
}
