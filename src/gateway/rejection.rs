//! Rejections: requests that are not served, and the responses to them.
//!
//! Inside: every failure of a stage as a type of gateway response, in one table of constructors, and its rendering
//! with the document's customisations. The client gets the public message; the log gets the cause.

use http::StatusCode;
use serde_json::Value;

use super::authorize::{signature, token};
use super::context::Context;
use super::{Body, Response, has_no_body};
use crate::api::Reason;
use crate::api::context_variable::ErrorVariable;
use crate::api::gateway_response::{GatewayResponse, ResponseType};
use crate::api::mapping::{GatewayResponseSource, MethodRequestSource};
use crate::api::template::{Template, Values};

/// Why a request goes no further.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("{}: {message}", self.name())]
pub struct Rejection {
    /// The type of the gateway's answer.
    pub response_type: ResponseType,
    /// The message for the client.
    pub message: String,
    /// The causes for the access log, from the outermost to the innermost.
    pub causes: Vec<String>,
    /// The value of `x-amzn-ErrorType`.
    error_type: &'static str,
    form: BodyForm,
    /// `$context.error.validationErrorString`
    pub(super) validation_error: Option<String>,
}

/// How the built-in body is written.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum BodyForm {
    Json,
    /// Text in place of JSON, and never customised (observed): what AWS answers to more than 10 MB.
    Text,
    /// JSON of an answer that API Gateway does not have: with a status and a name of its own, never customised.
    Own(StatusCode, &'static str),
}

impl Rejection {
    /// A rejection with the default message of its type.
    pub fn of(response_type: ResponseType) -> Self {
        Self::new(response_type, response_type.message().to_owned(), Vec::new())
    }

    /// No route, or no proof of who calls.
    pub fn missing_authentication_token() -> Self {
        Self::of(ResponseType::MissingAuthenticationToken)
    }

    /// The document or the settings are wrong: 500, and only the log says why.
    pub fn configuration(cause: impl Into<String>) -> Self {
        Self::of(ResponseType::ApiConfigurationError).because(cause)
    }

    /// A parameter that the integration cannot do without.
    pub fn missing_parameters(name: &str, cause: String) -> Self {
        let message = format!("Missing required request parameters: [{name}]");
        Self::new(ResponseType::BadRequestParameters, message, vec![cause])
    }

    /// A parameter that no request to S3 can be made of.
    pub fn bad_parameter(reason: impl Into<String>) -> Self {
        let message = format!("Invalid request parameter: {}", reason.into());
        Self::new(ResponseType::BadRequestParameters, message, Vec::new())
    }

    /// A body of the client's that ends before its time.
    pub fn body_broke_off(reason: &str) -> Self {
        Self::bad_body("The request body broke off".to_owned())
            .because(format!("the client broke off: {reason}"))
    }

    /// A body that cannot be converted: `upload-errors`.
    pub fn bad_body(message: String) -> Self {
        Self::new(ResponseType::BadRequestBody, message, Vec::new())
    }

    /// A body that is not valid against its model. The access log does not get its values.
    pub fn invalid_body(faults: &[String]) -> Self {
        let validation_error = Some(format!("[{}]", faults.join(", ")));
        let points = if faults.len() == 1 { "point" } else { "points" };
        let cause = format!("the body does not fit its model, in {} {points}", faults.len());
        Self { validation_error, ..Self::of(ResponseType::BadRequestBody).because(cause) }
    }

    /// A request's body that is larger than can be held in memory.
    pub fn too_large(limit: u64) -> Self {
        let cause = format!("a body that has to be held in memory is larger than {limit} bytes");
        Self::of(ResponseType::RequestTooLarge).because(cause)
    }

    /// A body of S3's that is larger than can be held in memory. There is no type of gateway response for that: it is the
    /// one of a request that is, in other words.
    pub fn response_too_large(cause: impl Into<String>) -> Self {
        let message = "Response Too Long".to_owned();
        Self::new(ResponseType::RequestTooLarge, message, Vec::new()).because(cause)
    }

    /// In `aws`, a request of more than 10 MB.
    pub fn payload_limit() -> Self {
        let message = "HTTP content length exceeded 10485760 bytes.".to_owned();
        let form = BodyForm::Text;
        Self { form, ..Self::new(ResponseType::RequestTooLarge, message, Vec::new()) }
    }

    /// S3 could not be reached, or broke off.
    pub fn integration_failure(cause: impl Into<String>) -> Self {
        Self::of(ResponseType::IntegrationFailure).because(cause)
    }

    /// S3 did not answer in time.
    pub fn integration_timeout(cause: impl Into<String>) -> Self {
        Self::of(ResponseType::IntegrationTimeout).because(cause)
    }

    /// An issuer of tokens could not be asked for its keys.
    pub fn authorizer_failure(cause: impl Into<String>) -> Self {
        Self::of(ResponseType::AuthorizerFailure).because(cause)
    }

    /// An operation that is not served at the edge: 501. The reasons are for the log.
    pub fn not_implemented(reasons: &[Reason]) -> Self {
        let message = "Not implemented at the edge".to_owned();
        let causes = reasons.iter().map(ToString::to_string).collect();
        let rejection = Self::new(ResponseType::ApiConfigurationError, message, causes);
        let form = BodyForm::Own(StatusCode::NOT_IMPLEMENTED, "NOT_IMPLEMENTED");
        Self { form, error_type: "NotImplementedException", ..rejection }
    }

    /// A request that this gateway has sent itself: 508.
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

    fn new(response_type: ResponseType, message: String, causes: Vec<String>) -> Self {
        let error_type = response_type.error_type();
        Self { response_type, message, causes, error_type, form: BodyForm::Json, validation_error: None }
    }

    /// The body as API Gateway writes it where nothing is customised (observed, white space included).
    fn built_in_body(&self) -> String {
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

    fn quoted_message(&self) -> String {
        Value::from(self.message.as_str()).to_string()
    }
}

/// What is wrong with a signature is told, in AWS's words, for the client to mend it; but not what is wrong with one that
/// does not match. AWS has more error types here than response types: a document customises them all as
/// `INVALID_SIGNATURE`.
impl From<signature::Fault> for Rejection {
    fn from(fault: signature::Fault) -> Self {
        use signature::Fault;
        let message = fault.to_string();
        let named = |error_type| Self {
            error_type,
            ..Self::new(ResponseType::InvalidSignature, message.clone(), Vec::new())
        };
        match fault {
            Fault::Missing => Self::missing_authentication_token(),
            Fault::InQuery
            | Fault::Repeated(_)
            | Fault::Parameter(_)
            | Fault::Pair
            | Fault::Scope
            | Fault::NoDate
            | Fault::Date => named("IncompleteSignatureException"),
            Fault::UnknownKey => named("UnrecognizedClientException"),
            Fault::Service
            | Fault::Terminator
            | Fault::ScopeDate(_)
            | Fault::Expired { .. }
            | Fault::NotYetCurrent { .. }
            | Fault::Unsigned(_) => named(ResponseType::InvalidSignature.error_type()),
            Fault::Mismatch(cause) => Self::of(ResponseType::InvalidSignature).because(cause),
        }
    }
}

/// What is wrong with a token is told to the log alone, but for its age (observed: API Gateway's Cognito authorizers).
impl From<token::Fault> for Rejection {
    fn from(fault: token::Fault) -> Self {
        use token::Fault;
        match fault {
            Fault::Expired => Self::new(ResponseType::Unauthorized, fault.to_string(), Vec::new()),
            Fault::Missing
            | Fault::TooLong
            | Fault::Form
            | Fault::Algorithm
            | Fault::Critical
            | Fault::NoKeyId
            | Fault::Issuer
            | Fault::UnknownKey
            | Fault::Forged
            | Fault::Audience
            | Fault::Use(_)
            | Fault::Scope
            | Fault::NoExpiry
            | Fault::NotYetValid => Self::of(ResponseType::Unauthorized).because(fault.to_string()),
        }
    }
}

/// The answer where no context could be made, as the settings or the document are wrong.
pub fn configuration_response<S>(request_id: &str) -> Response<S> {
    let rejection = Rejection::of(ResponseType::ApiConfigurationError);
    let mut response = Response::new(rejection.response_type.status());
    add_own_headers(&mut response, &rejection, request_id);
    response.set("Content-Type", "application/json");
    response.body = Body::Bytes(rejection.built_in_body().into());
    response
}

fn add_own_headers<S>(response: &mut Response<S>, rejection: &Rejection, request_id: &str) {
    response.set("x-amzn-RequestId", request_id);
    response.set("x-amzn-ErrorType", rejection.error_type);
}

impl Context<'_> {
    /// The gateway's own answer, as the document wants it.
    pub fn reject<S>(&self, rejection: &Rejection) -> Response<S> {
        let custom = match rejection.form {
            BodyForm::Json => self.gateway.api.gateway_responses.of(rejection.response_type),
            BodyForm::Text | BodyForm::Own(..) => None,
        };
        let status = match rejection.form {
            BodyForm::Own(status, _) => status,
            BodyForm::Json | BodyForm::Text => rejection.response_type.status(),
        };
        let status = custom.and_then(|custom| custom.status).unwrap_or(status);
        let mut response = Response::new(status);
        let values = ErrorValues { context: self, rejection };
        let (content_type, body) = values.body(custom);
        response.set("Content-Type", content_type);
        for (header, source) in custom.into_iter().flat_map(|custom| &custom.headers) {
            let value = match source {
                GatewayResponseSource::MethodRequest(source) => {
                    super::parameters::value(self, source).ok().flatten()
                }
                GatewayResponseSource::Ambient(source) => {
                    self.ambient(source).map(|value| value.into_owned())
                }
            };
            if let Some(value) = value {
                response.set(header.written.as_str(), value);
            }
        }
        add_own_headers(&mut response, rejection, &self.inbound.request_id);
        if !has_no_body(status) {
            response.body = Body::Bytes(body.into());
        }
        response
    }
}

/// `$context.error.…` beside everything else of the context.
struct ErrorValues<'r> {
    context: &'r Context<'r>,
    rejection: &'r Rejection,
}

impl ErrorValues<'_> {
    fn body(&self, custom: Option<&GatewayResponse>) -> (String, Vec<u8>) {
        let templates = custom.map(|custom| custom.templates.as_slice()).unwrap_or_default();
        let json =
            templates.iter().find(|(media_type, _)| media_type.eq_ignore_ascii_case("application/json"));
        let template: Option<&(String, Template)> = json.or(templates.first());
        match (template, self.rejection.form) {
            (Some((media_type, template)), _) => (media_type.clone(), template.render(b"".as_slice(), self)),
            (None, BodyForm::Json | BodyForm::Own(..)) => {
                ("application/json".to_owned(), self.rejection.built_in_body().into_bytes())
            }
            (None, BodyForm::Text) => {
                ("text; charset=utf-8".to_owned(), self.rejection.message.clone().into_bytes())
            }
        }
    }
}

impl Values for ErrorValues<'_> {
    fn context(&self, name: &str) -> Option<std::borrow::Cow<'_, str>> {
        let Some(variable) = ErrorVariable::from_name(name) else { return self.context.context(name) };
        match variable {
            ErrorVariable::Message => Some(self.rejection.message.as_str().into()),
            ErrorVariable::MessageString => Some(self.rejection.quoted_message().into()),
            ErrorVariable::ResponseType => Some(self.rejection.response_type.name().into()),
            ErrorVariable::ValidationErrorString => {
                self.rejection.validation_error.as_deref().map(Into::into)
            }
        }
    }

    fn stage_variable(&self, name: &str) -> Option<std::borrow::Cow<'_, str>> {
        self.context.stage_variable(name)
    }

    fn method_request(&self, source: &MethodRequestSource) -> Option<std::borrow::Cow<'_, str>> {
        self.context.method_request(source)
    }
}
