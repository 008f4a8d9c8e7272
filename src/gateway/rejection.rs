//! Rejections. A rejection is the failure of a stage. It has the type of the gateway response for the client, a message,
//! which is sent to the client, and causes, which are written to the access log.

use http::StatusCode;
use serde_json::Value;

use super::conversion::base64::InvalidBase64;
use super::limits::PAYLOAD_LIMIT;
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
    /// The causes for the access log, in the order in which the stages added them.
    pub causes: Vec<String>,
    /// The value of `x-amzn-ErrorType`.
    pub(super) error_type: &'static str,
    pub(super) form: BodyForm,
    /// `$context.error.validationErrorString`
    pub validation_error: Option<String>,
}

/// The form of the body if no mapping template of the document applies.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum BodyForm {
    Json,
    /// Text that a document cannot customise: API Gateway's response to a body of more than 10 MiB (seen on API Gateway; date
    /// not recorded).
    Text,
    /// JSON that a document cannot customise: a response that API Gateway does not have, with this status and this name.
    Own(StatusCode, &'static str),
}

impl Rejection {
    /// Returns a rejection with the default message of its type.
    pub fn of(response_type: ResponseType) -> Self {
        Self::new(response_type, response_type.message().to_owned(), Vec::new())
    }

    /// Rejects a request that matches no operation, or does not have the required signature: 403.
    pub fn missing_authentication_token() -> Self {
        Self::of(ResponseType::MissingAuthenticationToken)
    }

    /// Rejects a request because of a fault in the document, the settings or the backend's response: 500. Only the log has
    /// the cause.
    pub fn configuration(cause: impl Into<String>) -> Self {
        Self::of(ResponseType::ApiConfigurationError).because(cause)
    }

    /// Rejects a request without required parameters: 400. `name` has the names of the missing parameters, separated by
    /// commas.
    pub fn missing_parameters(name: &str, cause: String) -> Self {
        let message = format!("Missing required request parameters: [{name}]");
        Self::new(ResponseType::BadRequestParameters, message, vec![cause])
    }

    /// Rejects a request with a parameter that is not valid: 400.
    pub fn bad_parameter(reason: impl Into<String>) -> Self {
        let message = format!("Invalid request parameter: {}", reason.into());
        Self::new(ResponseType::BadRequestParameters, message, Vec::new())
    }

    /// Rejects a path with a segment `.` or `..`: 400.
    pub fn dot_segment() -> Self {
        Self::bad_parameter("the path has a segment . or ..")
    }

    /// Rejects a request whose body broke off: 400.
    pub fn body_broke_off(reason: &str) -> Self {
        Self::bad_body("The request body broke off".to_owned())
            .because(format!("the client broke off: {reason}"))
    }

    /// Rejects a request body that cannot be read or converted: 400.
    pub fn bad_body(message: String) -> Self {
        Self::new(ResponseType::BadRequestBody, message, Vec::new())
    }

    /// Rejects a request body that does not match its model: 400. The access log has only the number of faults, because the
    /// faults contain values of the body.
    pub fn invalid_body(faults: &[String]) -> Self {
        let validation_error = Some(format!("[{}]", faults.join(", ")));
        let noun = if faults.len() == 1 { "fault" } else { "faults" };
        let cause = format!("the body does not match its model: {} {noun}", faults.len());
        Self { validation_error, ..Self::of(ResponseType::BadRequestBody).because(cause) }
    }

    /// Rejects a response body that must be decoded and is not base64: 500.
    pub(super) fn undecodable_response(error: InvalidBase64) -> Self {
        let offset = error.offset;
        Self::configuration(format!(
            "the body of the response must be decoded, but is not base64 at offset {offset}"
        ))
    }

    /// Rejects a body of bytes to which a mapping template applies: 500. `kind` is the kind of the template: `request` or
    /// `response`.
    pub(super) fn template_on_bytes(kind: &str) -> Self {
        Self::configuration(format!(
            "a {kind} template applies, but the body is bytes; set contentHandling to CONVERT_TO_TEXT"
        ))
    }

    /// Rejects a request body that is longer than `limit` bytes: 413.
    pub fn too_large(limit: u64) -> Self {
        let cause = format!("the request body is longer than the limit of {limit} bytes");
        Self::of(ResponseType::RequestTooLarge).because(cause)
    }

    /// Rejects a response body that must be held in memory and is over the limit: 413. API Gateway has no type for such a
    /// response, so this rejection has the type for a request that is too large, with another message.
    pub fn response_too_large(cause: impl Into<String>) -> Self {
        let message = "Response Too Long".to_owned();
        Self::new(ResponseType::RequestTooLarge, message, Vec::new()).because(cause)
    }

    /// Rejects a request body of more than 10 MiB in `aws`: 413.
    pub fn payload_limit() -> Self {
        let message = format!("HTTP content length exceeded {PAYLOAD_LIMIT} bytes.");
        let form = BodyForm::Text;
        Self { form, ..Self::new(ResponseType::RequestTooLarge, message, Vec::new()) }
    }

    /// Rejects a request whose backend could not be reached, or did not send a complete and usable response: 504.
    pub fn integration_failure(cause: impl Into<String>) -> Self {
        Self::of(ResponseType::IntegrationFailure).because(cause)
    }

    /// Rejects a request whose backend did not respond in time: 504.
    pub fn integration_timeout(cause: impl Into<String>) -> Self {
        Self::of(ResponseType::IntegrationTimeout).because(cause)
    }

    /// Rejects a request because the keys of a token issuer could not be read or used: 500.
    pub fn authorizer_failure(cause: impl Into<String>) -> Self {
        Self::of(ResponseType::AuthorizerFailure).because(cause)
    }

    /// Rejects a request for an operation that is not served at the edge: 501. Only the log has the reasons.
    pub fn not_implemented(reasons: &[Reason]) -> Self {
        let message = "Not implemented at the edge".to_owned();
        let causes = reasons.iter().map(ToString::to_string).collect();
        let rejection = Self::new(ResponseType::ApiConfigurationError, message, causes);
        let form = BodyForm::Own(StatusCode::NOT_IMPLEMENTED, "NOT_IMPLEMENTED");
        Self { form, error_type: "NotImplementedException", ..rejection }
    }

    /// Rejects a request that this gateway has sent to itself: 508.
    pub fn loop_detected() -> Self {
        let rejection =
            Self::new(ResponseType::ApiConfigurationError, "Loop detected".to_owned(), Vec::new());
        let form = BodyForm::Own(StatusCode::LOOP_DETECTED, "LOOP_DETECTED");
        Self { form, error_type: "LoopDetectedException", ..rejection }
    }

    /// Rejects a request that exceeds the memory budget: 503, with `Retry-After`.
    pub fn overloaded(cause: String) -> Self {
        let message = "Service Unavailable".to_owned();
        let rejection = Self::new(ResponseType::ApiConfigurationError, message, vec![cause]);
        let form = BodyForm::Own(StatusCode::SERVICE_UNAVAILABLE, "OVERLOADED");
        Self { form, error_type: "ServiceUnavailableException", ..rejection }
    }

    /// Returns the name for the log: the name of the type of gateway response, or the own name of a response that API
    /// Gateway does not have.
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

    /// Returns a rejection with this message, which may differ from the default of its type.
    pub(super) fn new(response_type: ResponseType, message: String, causes: Vec<String>) -> Self {
        let error_type = response_type.error_type();
        Self { response_type, message, causes, error_type, form: BodyForm::Json, validation_error: None }
    }

    /// Returns the body without a customisation, with the white space that API Gateway writes (seen on API Gateway; date not
    /// recorded).
    pub(super) fn built_in_body(&self) -> String {
        use ResponseType::{
            AccessDenied, ApiConfigurationError, AuthorizerConfigurationError, AuthorizerFailure,
            BadRequestBody, BadRequestParameters, ExpiredToken, IntegrationFailure, IntegrationTimeout,
            InvalidApiKey, InvalidSignature, MissingAuthenticationToken, QuotaExceeded, RequestTooLarge,
            ResourceNotFound, Throttled, Unauthorized, UnsupportedMediaType, WafFiltered,
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
            ApiConfigurationError
            | BadRequestBody
            | BadRequestParameters
            | IntegrationFailure
            | IntegrationTimeout
            | RequestTooLarge
            | ResourceNotFound
            | UnsupportedMediaType => format!("{{\"message\": {message}}}"),
        }
    }

    /// Returns the message as a JSON string.
    pub(super) fn quoted_message(&self) -> String {
        Value::from(self.message.as_str()).to_string()
    }
}
