//! The request validator: the required parameters, then the model of the body. It runs before the mappings.

use bytes::Bytes;
use http::header::CONTENT_TYPE;

use super::content_encoding::Decoding;
use super::context::Context;
use super::routing::Served;
use crate::api::gateway_response::ResponseType;
use crate::api::json::{NotJson, Unindexed};
use crate::api::mapping::{MethodRequestSource, Name, RequestSource};
use crate::api::model::Model;
use crate::api::request_validator::Validation;
use crate::gateway::authorize::admission::Admitted;
use crate::gateway::behaviour::Difference;
use crate::gateway::json_body::{JsonBody, MalformedJson};
use crate::gateway::limits::PAYLOAD_LIMIT;
use crate::gateway::rejection::Rejection;

/// A request whose head is valid.
#[derive(Debug)]
pub enum ValidHead<'c> {
    /// Neither a model nor a parameter mapping (`method.request.body`) reads the body. A mapping template can still read it.
    BodyNotRead(Validated<'c>),
    /// A model or a parameter mapping reads the body. The whole body is needed for [`ReadBody::validate`].
    BodyRead(ReadBody<'c>),
}

/// A request with a valid head, whose body a model or a mapping reads.
#[derive(Clone, Copy, Debug)]
pub struct ReadBody<'c>(Admitted<'c>);

/// A valid request.
#[derive(Debug)]
pub struct Validated<'c> {
    pub context: &'c Context<'c>,
    pub served: Served<'c>,
    /// The body if a parameter mapping reads it. Otherwise `{}` if a model reads the body, or else `None`.
    pub(in crate::gateway) body: Option<JsonBody>,
}

impl<'c> Admitted<'c> {
    /// Validates the head.
    ///
    /// # Errors
    /// The [`Rejection`] for an encoding that is not supported, for a body that is over the limit of `aws`, and for
    /// required parameters that are missing.
    pub fn validate_head(self) -> Result<ValidHead<'c>, Rejection> {
        let (context, served) = (self.context(), self.served());
        // In `aws`, the limit of the body is checked before the parameters.
        let is_over = context.inbound.content_length().is_some_and(|length| length > PAYLOAD_LIMIT as u64);
        if is_over && !context.has(Difference::NoCeiling) {
            return Err(context.over_limit(PAYLOAD_LIMIT));
        }
        if context.decoding == Decoding::Unsupported {
            return Err(Rejection::of(ResponseType::UnsupportedMediaType)
                .because("the body's Content-Encoding is not gzip, deflate or identity"));
        }
        require_parameters(context, &served.operation.validation)?;
        Ok(if self.reads_body() {
            ValidHead::BodyRead(ReadBody(self))
        } else {
            ValidHead::BodyNotRead(Validated { context, served, body: None })
        })
    }

    /// Returns the parameters that the request validator requires.
    pub fn required_parameters(self) -> &'c [MethodRequestSource] {
        &self.served().operation.validation.required
    }

    /// Returns whether a model or a parameter mapping reads the body.
    pub fn reads_body(self) -> bool {
        self.model().is_some() || maps_body(self.served())
    }

    /// Returns the model for the `Content-Type` of the request, or `None`.
    pub fn model(self) -> Option<&'c Model> {
        model(self.context(), self.served())
    }
}

impl<'c> ReadBody<'c> {
    /// Reads the body as JSON and validates it. An empty body is `{}` (seen on API Gateway and LocalStack; date not recorded). Calls
    /// `pause` between the parts of the work.
    ///
    /// # Errors
    /// The [`Rejection`] for a body that does not match its model, and for a body that a mapping reads and that starts as
    /// JSON does, but is not JSON.
    pub async fn validate(self, body: Bytes, pause: &impl AsyncFn()) -> Result<Validated<'c>, Rejection> {
        let (context, served) = (self.0.context(), self.0.served());
        let text = if body.is_empty() { Bytes::from_static(b"{}") } else { body };
        let unindexed = Unindexed::read(text.clone());
        pause().await;
        let json = unindexed.and_then(Unindexed::index);
        pause().await;
        if let Some(model) = model(context, served) {
            let faults = match &json {
                Ok(json) => model.faults_with_pauses(json.root(), pause).await,
                Err(NotJson) => vec!["the body is not JSON".to_owned()],
            };
            if !faults.is_empty() {
                return Err(Rejection::invalid_body(&faults));
            }
        }
        let body = if maps_body(served) { JsonBody::of(text, json) } else { Ok(JsonBody::empty()) };
        let body =
            body.map_err(|MalformedJson| Rejection::bad_body("Invalid JSON in request body".to_owned()))?;
        Ok(Validated { context, served, body: Some(body) })
    }

    /// Assumes the valid body `{}`. Only for requests that are never sent.
    pub fn suppose(self) -> Validated<'c> {
        let (context, served) = (self.0.context(), self.0.served());
        Validated { context, served, body: Some(JsonBody::empty()) }
    }
}

/// Returns whether a parameter mapping reads the body.
fn maps_body(served: Served<'_>) -> bool {
    let parameters = &served.integration().request_parameters;
    parameters.iter().any(|(_, source)| matches!(source, RequestSource::Body(_)))
}

fn model<'c>(context: &Context<'_>, served: Served<'c>) -> Option<&'c Model> {
    served.operation.validation.models.of(context.inbound.text(&CONTENT_TYPE))
}

/// Rejects a request without a required parameter. A blank query parameter or header counts as missing. A blank path
/// parameter counts as present, because its segment, such as `%20`, is a part of the path.
fn require_parameters(context: &Context<'_>, validation: &Validation) -> Result<(), Rejection> {
    // A parameter that cannot be decoded counts as present. A mapping that reads the parameter rejects the request later.
    let is_missing = |source: &&MethodRequestSource| match context.parameter(source) {
        Ok(Some(_)) if matches!(source, MethodRequestSource::Path(_)) => false,
        Ok(value) => value.is_none_or(|value| value.trim().is_empty()),
        Err(_) => false,
    };
    let missing: Vec<_> = validation.required.iter().filter(is_missing).map(name).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let cause = "the request validator requires the parameters that the message lists".to_owned();
    Err(Rejection::missing_parameters(&missing.join(", "), cause))
}

fn name(source: &MethodRequestSource) -> &str {
    use MethodRequestSource::{Header, MultiValueHeader, MultiValueQueryString, Path, QueryString};
    match source {
        Path(name) | QueryString(name) | MultiValueQueryString(name) => Name::as_str(name),
        Header(header) | MultiValueHeader(header) => &header.written,
    }
}
