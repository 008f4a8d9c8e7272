//! What would happen to one request, stage by stage: the gateway itself is asked, in front of an S3 that is supposed.

use std::time::{SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use http::header::{ACCEPT, CONTENT_LENGTH, CONTENT_TYPE, ETAG};
use http::{HeaderMap, HeaderValue, Method as HttpMethod, StatusCode};
use serde_json::Value;

use super::story::Story;
use super::supposed::{self, Variable};
use crate::api::Api;
use crate::api::integration::match_statuses;
use crate::gateway::content::Conversion;
use crate::gateway::{
    Body, Demand, EndpointRequest, EndpointResponse, Gateway, Inbound, Integrated, MethodRequest, Rejection,
    Response,
};

/// A request to explain.
#[derive(Clone, Debug, Default)]
pub struct Question {
    /// Its method.
    pub method: HttpMethod,
    /// Its path, with the query; the base path may be left out.
    pub path: String,
    /// Its `Content-Type`.
    pub content_type: Option<String>,
    /// Its `Accept`.
    pub accept: Option<String>,
    /// What S3 answers.
    pub status: StatusCode,
    /// The type that S3 answers with.
    pub s3_content_type: Option<String>,
    /// `aws` or `edge`, in place of the environment's.
    pub compatibility: Option<String>,
}

/// When every request is signed: no answer depends on it.
pub(super) const SIGNED_AT: SystemTime = UNIX_EPOCH;

/// The beginning of a photograph: no UTF-8, and no base64.
const PHOTOGRAPH: &[u8] = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00";

/// `hello`, in base64.
const BASE64: &[u8] = b"aGVsbG8=";

/// What S3 says where there is nothing.
const S3_ERROR: &[u8] = b"<Error><Code>SomeError</Code></Error>";

/// Tells the story of a request.
///
/// # Errors
/// A document or variables that nothing can be asked of.
pub fn explain(
    document: &Value,
    question: &Question,
    variable: &Variable<'_>,
) -> Result<String, Vec<String>> {
    let told = |error: &dyn ToString| error.to_string();
    let api = Api::from_openapi(document.to_string().as_bytes(), &match_statuses)
        .map_err(|errors| errors.iter().map(|error| told(error)).collect::<Vec<_>>())?;
    let with_compatibility = |name: &str| match (name, &question.compatibility) {
        ("COMPATIBILITY", Some(compatibility)) => Some(compatibility.clone()),
        (name, _) => variable(name),
    };
    let settings = supposed::settings(Some(&api), &with_compatibility)?;
    let compatibility = settings.compatibility;
    let gateway = Gateway::new(api, settings)
        .map_err(|errors| errors.iter().map(|error| told(error)).collect::<Vec<_>>())?;
    let inbound = inbound(question, gateway.base_path()).map_err(|reason| vec![reason])?;
    let mut story = Story::new(question, compatibility);
    story.title(&inbound);
    let mut context = gateway.receive(inbound);
    story.patterns(document, &context);
    story.admission(&context);
    if context.security().is_none() {
        let response: Response<()> = context.reject(&Rejection::missing_authentication_token());
        story.client(&response);
        return Ok(story.text);
    }
    context.suppose_accepted();
    if context.looks_into_body().is_ok_and(|looks| looks) {
        story.supposes_body();
        context.suppose_body();
    }
    match story.serve(&gateway, &context) {
        Ok(response) => story.client(&response),
        Err(rejection) => {
            story.rejection(&rejection);
            let response: Response<()> = context.reject(&rejection);
            story.client(&response);
        }
    }
    Ok(story.text)
}

fn inbound(question: &Question, base_path: &str) -> Result<Inbound, String> {
    let (path, query) = match question.path.split_once('?') {
        Some((path, query)) => (path, Some(query.to_owned())),
        None => (question.path.as_str(), None),
    };
    let below = path.strip_prefix(base_path).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
    let path = if below { path.to_owned() } else { format!("{base_path}{path}") };
    let mut headers = HeaderMap::new();
    for (name, value) in [(ACCEPT, &question.accept), (CONTENT_TYPE, &question.content_type)] {
        let Some(value) = value else { continue };
        let parsed =
            HeaderValue::from_str(value).map_err(|_| format!("{name}: `{value}` is no header's value"))?;
        headers.insert(name, parsed);
    }
    if !matches!(question.method, HttpMethod::GET | HttpMethod::HEAD | HttpMethod::OPTIONS) {
        headers.insert(CONTENT_LENGTH, HeaderValue::from(BASE64.len()));
    }
    Ok(Inbound {
        method: question.method.clone(),
        path,
        query,
        host: "api.example.com".to_owned(),
        headers,
        request_id: "00000000-0000-0000-0000-000000000000".to_owned(),
        source_ip: None,
        time: UNIX_EPOCH,
    })
}

/// Hands over a body such as the conversion wants.
pub(super) fn integrate(request: MethodRequest<'_>) -> Result<Integrated<'_, ()>, Rejection> {
    let bytes = match request.conversion() {
        Conversion::Base64Decode => BASE64,
        Conversion::Identity | Conversion::Text | Conversion::Base64Encode => PHOTOGRAPH,
    };
    let body = match request.demand() {
        Demand::Stream => Body::Stream { stream: (), length: Some(bytes.len() as u64) },
        Demand::Discard => Body::Empty,
        Demand::Transform => return request.integrate_converted(Bytes::from_static(bytes), None),
        Demand::Buffer { .. } | Demand::Verify => Body::Bytes(Bytes::from_static(bytes)),
    };
    request.integrate(body, None)
}

/// The head of S3's answer. The type is that of the key's extension, where nobody says; what has no body has none.
pub(super) fn s3_headers(question: &Question, request: &EndpointRequest<()>) -> HeaderMap {
    let path = request.url.split('?').next().unwrap_or_default();
    let is_error = !question.status.is_success();
    let supposed = match (is_error, request.method.as_str()) {
        (true, _) => Some("application/xml"),
        (false, "GET" | "HEAD") => {
            Some(mime_guess::from_path(path).first_raw().unwrap_or("binary/octet-stream"))
        }
        (false, _) => None,
    };
    let content_type = question.s3_content_type.as_deref().or(supposed);
    let mut headers = HeaderMap::new();
    if let Some(value) = content_type.and_then(|text| HeaderValue::from_str(text).ok()) {
        headers.insert(CONTENT_TYPE, value);
    }
    headers.insert(CONTENT_LENGTH, HeaderValue::from(s3_bytes(question, &request.method).len()));
    headers.insert(ETAG, HeaderValue::from_static("\"etag\""));
    headers
}

/// The body of S3's answer, as the gateway asks for it.
pub(super) fn s3_body(question: &Question, method: &HttpMethod, response: &EndpointResponse<'_>) -> Body<()> {
    match response.demand() {
        Demand::Stream | Demand::Transform => Body::Stream { stream: (), length: response.length() },
        Demand::Buffer { .. } | Demand::Verify => Body::Bytes(s3_bytes(question, method)),
        Demand::Discard => Body::Empty,
    }
}

fn s3_bytes(question: &Question, method: &HttpMethod) -> Bytes {
    match (question.status.is_success(), method.as_str()) {
        (false, _) => Bytes::from_static(S3_ERROR),
        (true, "GET" | "HEAD") => Bytes::from_static(PHOTOGRAPH),
        (true, _) => Bytes::new(),
    }
}
