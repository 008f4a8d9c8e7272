//! Gateway responses: the gateway's own responses to requests that it rejects.
//!
//! The list of response types with their defaults is fixed. A document customises them in
//! `x-amazon-apigateway-gateway-responses`. Source:
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/supported-gateway-response-types.html>.

use std::collections::BTreeMap;

use http::StatusCode;
use serde::{Deserialize, Serialize};

use super::http_serde;
use super::mapping::{GatewayResponseSource, Header};
use super::template::Template;

/// Defines [`ResponseType`] with its defaults, with one line for each type.
macro_rules! response_types {
    ($($(#[$doc:meta])* $variant:ident = $name:literal, $status:ident, $error_type:literal, $message:literal;)*) => {
        /// The type of a gateway response.
        #[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd, Serialize, Deserialize)]
        pub enum ResponseType { $($(#[$doc])* $variant,)* }

        impl ResponseType {
            /// Every type, in the order of AWS's documentation.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// Returns the name of the type in documents, such as `MISSING_AUTHENTICATION_TOKEN`.
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            /// Returns the default status. A document can set another one.
            pub fn status(self) -> StatusCode {
                match self { $(Self::$variant => StatusCode::$status,)* }
            }

            /// Returns the value of `x-amzn-ErrorType`.
            pub fn error_type(self) -> &'static str {
                match self { $(Self::$variant => $error_type,)* }
            }

            /// Returns the default message. Some rejections have a message of their own instead.
            pub fn message(self) -> &'static str {
                match self { $(Self::$variant => $message,)* }
            }
        }
    };
}

response_types! {
    /// The authorizer or the gateway denied access.
    AccessDenied = "ACCESS_DENIED", FORBIDDEN, "AccessDeniedException",
        "User is not authorized to access this resource";
    /// The document or a setting is not valid, or does not fit the response of the backend.
    ApiConfigurationError = "API_CONFIGURATION_ERROR", INTERNAL_SERVER_ERROR, "InternalServerErrorException",
        "Internal server error";
    /// The settings of the authorizer are not valid. This gateway does not use the type.
    AuthorizerConfigurationError = "AUTHORIZER_CONFIGURATION_ERROR", INTERNAL_SERVER_ERROR,
        "AuthorizerConfigurationException", "Internal server error";
    /// The authorizer failed, for example because the keys of the token issuer could not be read.
    AuthorizerFailure = "AUTHORIZER_FAILURE", INTERNAL_SERVER_ERROR, "AuthorizerFailureException",
        "Internal server error";
    /// A parameter is missing or not valid.
    BadRequestParameters = "BAD_REQUEST_PARAMETERS", BAD_REQUEST, "BadRequestException", "Bad Request";
    /// The body is not valid.
    BadRequestBody = "BAD_REQUEST_BODY", BAD_REQUEST, "BadRequestException", "Invalid request body";
    /// The security token has expired. This gateway does not use the type.
    ExpiredToken = "EXPIRED_TOKEN", FORBIDDEN, "ExpiredTokenException", "The security token included in the request is expired";
    /// The backend could not be reached, broke off its response, or sent a response that cannot be used.
    IntegrationFailure = "INTEGRATION_FAILURE", GATEWAY_TIMEOUT, "InternalServerErrorException",
        "Network error communicating with endpoint";
    /// The backend did not respond in time.
    IntegrationTimeout = "INTEGRATION_TIMEOUT", GATEWAY_TIMEOUT, "InternalServerErrorException",
        "Endpoint request timed out";
    /// The API key is missing or unknown.
    InvalidApiKey = "INVALID_API_KEY", FORBIDDEN, "ForbiddenException", "Forbidden";
    /// The signature of the request does not match.
    InvalidSignature = "INVALID_SIGNATURE", FORBIDDEN, "InvalidSignatureException",
        "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.";
    /// No operation matches the request, or the request must be signed and has no signature.
    MissingAuthenticationToken = "MISSING_AUTHENTICATION_TOKEN", FORBIDDEN, "MissingAuthenticationTokenException",
        "Missing Authentication Token";
    /// The quota of the usage plan is exceeded. This gateway has no usage plans.
    QuotaExceeded = "QUOTA_EXCEEDED", TOO_MANY_REQUESTS, "LimitExceededException", "Limit Exceeded";
    /// The request body is too large. This gateway also uses the type for a response body that is too large.
    RequestTooLarge = "REQUEST_TOO_LARGE", PAYLOAD_TOO_LARGE, "RequestTooLargeException", "Request Too Long";
    /// The resource was not found after the caller was authorized. This gateway does not use the type.
    ResourceNotFound = "RESOURCE_NOT_FOUND", NOT_FOUND, "NotFoundException", "Not Found";
    /// The client has sent too many requests. This gateway does not limit the rate of requests.
    Throttled = "THROTTLED", TOO_MANY_REQUESTS, "TooManyRequestsException", "Too Many Requests";
    /// The token is missing or not accepted.
    Unauthorized = "UNAUTHORIZED", UNAUTHORIZED, "UnauthorizedException", "Unauthorized";
    /// The content type has no template, and `passthroughBehavior` does not let the body pass.
    UnsupportedMediaType = "UNSUPPORTED_MEDIA_TYPE", UNSUPPORTED_MEDIA_TYPE, "BadRequestException",
        "Unsupported Media Type";
    /// A web application firewall blocked the request. This gateway has no firewall.
    WafFiltered = "WAF_FILTERED", FORBIDDEN, "ForbiddenException", "Forbidden";
}

impl ResponseType {
    /// Returns the type with this name in documents, or `None`.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|response_type| response_type.name() == name)
    }
}

/// One entry of `x-amazon-apigateway-gateway-responses`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct GatewayResponse {
    /// `statusCode`, or `None` for the default status of the type.
    #[serde(with = "http_serde::optional_status")]
    pub status: Option<StatusCode>,
    /// The headers to add, in document order.
    pub headers: Vec<(Header, GatewayResponseSource)>,
    /// The mapping templates by content type. If the list is empty, the default body is sent.
    pub templates: Vec<(String, Template)>,
}

/// The document's gateway responses: `x-amazon-apigateway-gateway-responses`.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct GatewayResponses {
    exact: BTreeMap<ResponseType, GatewayResponse>,
    default_4xx: Option<GatewayResponse>,
    default_5xx: Option<GatewayResponse>,
}

/// A key of `x-amazon-apigateway-gateway-responses`.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum GatewayResponseKey {
    Exact(ResponseType),
    /// `DEFAULT_4XX`: every type that has a default status of 4xx and no entry of its own.
    Default4xx,
    /// `DEFAULT_5XX`: every type that has a default status of 5xx and no entry of its own.
    Default5xx,
}

impl GatewayResponseKey {
    /// Parses a key. Returns `None` if it is not the name of a type, `DEFAULT_4XX` or `DEFAULT_5XX`.
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
    pub fn insert(&mut self, key: GatewayResponseKey, response: GatewayResponse) {
        match key {
            GatewayResponseKey::Exact(response_type) => {
                self.exact.insert(response_type, response);
            }
            GatewayResponseKey::Default4xx => self.default_4xx = Some(response),
            GatewayResponseKey::Default5xx => self.default_5xx = Some(response),
        }
    }

    pub fn entries(&self) -> impl Iterator<Item = (GatewayResponseKey, &GatewayResponse)> {
        let exact = self.exact.iter().map(|(key, response)| (GatewayResponseKey::Exact(*key), response));
        let classes = [
            (GatewayResponseKey::Default4xx, &self.default_4xx),
            (GatewayResponseKey::Default5xx, &self.default_5xx),
        ];
        exact.chain(classes.into_iter().filter_map(|(key, response)| Some((key, response.as_ref()?))))
    }

    /// Returns the customisation of a type: its own entry, otherwise `DEFAULT_4XX` or `DEFAULT_5XX` by the default status of
    /// the type, otherwise `None`. An own entry inherits nothing from `DEFAULT_4XX` or `DEFAULT_5XX` (seen on API Gateway;
    /// date not recorded).
    pub fn of(&self, response_type: ResponseType) -> Option<&GatewayResponse> {
        let class =
            if response_type.status().is_client_error() { &self.default_4xx } else { &self.default_5xx };
        self.exact.get(&response_type).or(class.as_ref())
    }
}
