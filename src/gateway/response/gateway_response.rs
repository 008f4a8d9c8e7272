//! Gateway responses: the responses to rejected requests, with the customisations of the document.

use std::borrow::Cow;

use http::StatusCode;

use crate::api::context_variable::ErrorVariable;
use crate::api::gateway_response::{GatewayResponse, ResponseType};
use crate::api::mapping::MethodRequestSource;
use crate::api::template::{Template, Values};
use crate::gateway::http_rules::has_no_body;
use crate::gateway::message::{Response, ResponseBody};
use crate::gateway::rejection::{BodyForm, Rejection};
use crate::gateway::request::context::Context;
use crate::gateway::request::mapping::gateway_response_value;

/// Returns the 500 for a deployment whose settings or API are not valid, and for a response that the runtime cannot send.
/// A document cannot customise this response.
pub fn configuration_response<B>(request_id: &str) -> Response<B> {
    let rejection = Rejection::of(ResponseType::ApiConfigurationError);
    let mut response = Response::new(rejection.response_type.status());
    add_own_headers(&mut response, &rejection, request_id);
    response.set("Content-Type", "application/json");
    response.body = ResponseBody::Bytes(rejection.built_in_body().into());
    response
}

/// Returns the response to a rejected request, with the customisations of the document.
pub fn gateway_response<B>(context: &Context<'_>, rejection: &Rejection) -> Response<B> {
    let (status, custom) = match rejection.form {
        BodyForm::Json => {
            let custom = context.gateway.api.gateway_responses.of(rejection.response_type);
            let status = custom.and_then(|custom| custom.status);
            (status.unwrap_or_else(|| rejection.response_type.status()), custom)
        }
        BodyForm::Text => (rejection.response_type.status(), None),
        BodyForm::Own(status, _) => (status, None),
    };
    let mut response = Response::new(status);
    let (content_type, body) = ErrorValues { context, rejection }.body(custom);
    response.set("Content-Type", content_type);
    for (header, source) in custom.into_iter().flat_map(|custom| &custom.headers) {
        if let Some(value) = gateway_response_value(context, source) {
            response.set(header.written.as_str(), value);
        }
    }
    add_own_headers(&mut response, rejection, &context.inbound.request_id);
    if matches!(rejection.form, BodyForm::Own(StatusCode::SERVICE_UNAVAILABLE, _)) {
        response.set("Retry-After", "1");
    }
    if !has_no_body(status) {
        response.body = ResponseBody::Bytes(body.into());
    }
    response
}

fn add_own_headers<B>(response: &mut Response<B>, rejection: &Rejection, request_id: &str) {
    response.set("x-amzn-RequestId", request_id);
    response.set("x-amzn-ErrorType", rejection.error_type);
}

/// The values that a template of a gateway response can contain: those of the request, and `$context.error.…`.
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
    fn context(&self, name: &str) -> Option<Cow<'_, str>> {
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

    fn stage_variable(&self, name: &str) -> Option<Cow<'_, str>> {
        self.context.stage_variable(name)
    }

    fn method_request(&self, source: &MethodRequestSource) -> Option<Cow<'_, str>> {
        self.context.method_request(source)
    }
}
