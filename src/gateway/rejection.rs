//! Rejections: each failure of a stage, as a type of gateway response. The client gets the message, the access log the
//! causes.

use http::StatusCode;
use serde_json::Value;

use super::conversion::base64::InvalidBase64;
use crate::api::Reason;
use crate::api::gateway_response::ResponseType;

/// The rejection of a request, with the gateway response for the client.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("{}: {message}", self.name())]
pub struct Rejection {
    /// The type of the gateway response.
    pub response_type: ResponseType,
    /// The message for the client.
    pub message: String,
    /// The causes for the access log, from the outermost to the innermost.
    pub causes: Vec<String>,
    /// The value of `x-amzn-ErrorType`.
    pub(super) error_type: &'static str,
    pub(super) form: BodyForm,
    /// `$context.error.validationErrorString`
    pub validation_error: Option<String>,
}

/// The form of the built-in body.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum BodyForm {
    Json,
    /// Text, never customised: API Gateway's response to a body of more than 10 MB (seen on API Gateway; date not
    /// recorded).
    Text,
    /// JSON of a response that API Gateway does not have: with its own status and name, never customised.
    Own(StatusCode, &'static str),
}

impl Rejection {
    /// Returns a rejection with the default message of its type.
    pub fn of(response_type: ResponseType) -> Self {
        Self::new(response_type, response_type.message().to_owned(), Vec::new())
    }

    /// No route, or no credentials: 403.
    pub fn missing_authentication_token() -> Self {
        Self::of(ResponseType::MissingAuthenticationToken)
    }

    /// The document or the settings are wrong: 500. The cause is for the log only.
    pub fn configuration(cause: impl Into<String>) -> Self {
        Self::of(ResponseType::ApiConfigurationError).because(cause)
    }

    /// A required parameter is missing: 400.
    pub fn missing_parameters(name: &str, cause: String) -> Self {
        let message = format!("Missing required request parameters: [{name}]");
        Self::new(ResponseType::BadRequestParameters, message, vec![cause])
    }

    /// A parameter is not valid: 400.
    pub fn bad_parameter(reason: impl Into<String>) -> Self {
        let message = format!("Invalid request parameter: {}", reason.into());
        Self::new(ResponseType::BadRequestParameters, message, Vec::new())
    }

    /// A path has a segment that URL parsing would resolve: 400.
    pub fn dot_segment() -> Self {
        Self::bad_parameter("the path has a segment . or ..")
    }

    /// The client's body broke off: 400.
    pub fn body_broke_off(reason: &str) -> Self {
        Self::bad_body("The request body broke off".to_owned())
            .because(format!("the client broke off: {reason}"))
    }

    /// A request body cannot be read or converted: 400.
    pub fn bad_body(message: String) -> Self {
        Self::new(ResponseType::BadRequestBody, message, Vec::new())
    }

    /// A request body does not match its model: 400. The access log does not get its values.
    pub fn invalid_body(faults: &[String]) -> Self {
        let validation_error = Some(format!("[{}]", faults.join(", ")));
        let points = if faults.len() == 1 { "point" } else { "points" };
        let cause = format!("the body does not fit its model, in {} {points}", faults.len());
        Self { validation_error, ..Self::of(ResponseType::BadRequestBody).because(cause) }
    }

    /// A response body is to be decoded and is not base64: 500.
    pub(super) fn undecodable_response(error: InvalidBase64) -> Self {
        let offset = error.offset;
        Self::configuration(format!(
            "the body of the response is to be decoded and is not base64 at offset {offset}"
        ))
    }

    /// A request body that must be held in memory is over the limit: 413.
    pub fn too_large(limit: u64) -> Self {
        let cause = format!("a body that has to be held in memory is larger than {limit} bytes");
        Self::of(ResponseType::RequestTooLarge).because(cause)
    }

    /// A response body that must be held in memory is over the limit: 413. API Gateway has no type for it: the type is
    /// that of a request that is too large, with another message.
    pub fn response_too_large(cause: impl Into<String>) -> Self {
        let message = "Response Too Long".to_owned();
        Self::new(ResponseType::RequestTooLarge, message, Vec::new()).because(cause)
    }

    /// In `aws`, a request of more than 10 MB: 413.
    pub fn payload_limit() -> Self {
        let message = "HTTP content length exceeded 10485760 bytes.".to_owned();
        let form = BodyForm::Text;
        Self { form, ..Self::new(ResponseType::RequestTooLarge, message, Vec::new()) }
    }

    /// The backend could not be reached, or its response broke off: 504.
    pub fn integration_failure(cause: impl Into<String>) -> Self {
        Self::of(ResponseType::IntegrationFailure).because(cause)
    }

    /// The backend did not respond in time: 504.
    pub fn integration_timeout(cause: impl Into<String>) -> Self {
        Self::of(ResponseType::IntegrationTimeout).because(cause)
    }

    /// The keys of a token issuer could not be read: 500.
    pub fn authorizer_failure(cause: impl Into<String>) -> Self {
        Self::of(ResponseType::AuthorizerFailure).because(cause)
    }

    /// The operation is not served at the edge: 501. The reasons are for the log.
    pub fn not_implemented(reasons: &[Reason]) -> Self {
        let message = "Not implemented at the edge".to_owned();
        let causes = reasons.iter().map(ToString::to_string).collect();
        let rejection = Self::new(ResponseType::ApiConfigurationError, message, causes);
        let form = BodyForm::Own(StatusCode::NOT_IMPLEMENTED, "NOT_IMPLEMENTED");
        Self { form, error_type: "NotImplementedException", ..rejection }
    }

    /// The request was sent by this gateway: 508.
    pub fn loop_detected() -> Self {
        let rejection =
            Self::new(ResponseType::ApiConfigurationError, "Loop detected".to_owned(), Vec::new());
        let form = BodyForm::Own(StatusCode::LOOP_DETECTED, "LOOP_DETECTED");
        Self { form, error_type: "LoopDetectedException", ..rejection }
    }

    /// Returns the name for the log: that of the type of gateway response, if API Gateway has one.
    pub fn name(&self) -> &'static str {
        match self.form {
            BodyForm::Own(_, name) => name,
            BodyForm::Json | BodyForm::Text => self.response_type.name(),
        }
    }

    /// Adds a cause for the log.
    #[must_use]
    pub fn because(mut self, cause: impl Into<String>) -> Self {
        self.causes.push(cause.into());
        self
    }

    /// Returns a rejection with a message that is not the default of its type.
    pub(super) fn new(response_type: ResponseType, message: String, causes: Vec<String>) -> Self {
        let error_type = response_type.error_type();
        Self { response_type, message, causes, error_type, form: BodyForm::Json, validation_error: None }
    }

    /// Returns the body that is not customised, as API Gateway writes it, white space included (seen on API Gateway; date
    /// not recorded).
    pub(super) fn built_in_body(&self) -> String {
        use ResponseType::{
            AccessDenied, AuthorizerConfigurationError, AuthorizerFailure, ExpiredToken, InvalidApiKey,
            InvalidSignature, MissingAuthenticationToken, QuotaExceeded, Throttled, Unauthorized,
            WafFiltered,
        };
        let message = self.quoted_message();
        match self.response_type {
            AccessDenied => format!("{{\"Message\":{message}}}"),
            MissingAuthenticationToken
            | InvalidApiKey
            | Unauthorized
            | InvalidSignature
            | ExpiredToken
            | Throttled
            | QuotaExceeded
            | WafFiltered => format!("{{\"message\":{message}}}"),
            AuthorizerConfigurationError | AuthorizerFailure => "{\"message\":null}".to_owned(),
            _ => format!("{{\"message\": {message}}}"),
        }
    }

    /// Returns the message as a JSON string.
    pub(super) fn quoted_message(&self) -> String {
        Value::from(self.message.as_str()).to_string()
    }
}
