//! What would happen to one request, stage by stage: the gateway itself is asked, in front of an S3 that is supposed.

use std::fmt::Write;
use std::time::UNIX_EPOCH;

use bytes::Bytes;
use http::header::{ACCEPT, CONTENT_LENGTH, CONTENT_TYPE, HeaderName};
use http::{HeaderMap, HeaderValue, Method as HttpMethod, StatusCode};
use serde_json::Value;

use super::supposed::{self, Variable};
use crate::api::integration::{
    ContentHandling, Integration, IntegrationMethod, IntegrationResponse, SelectionPattern, match_statuses,
};
use crate::api::media_type::{Accept, BinaryMediaTypes, Form, Listed};
use crate::api::{Api, ApiKey, Authorization, Security};
use crate::gateway::content::Conversion;
use crate::gateway::{
    Answer, Awaiting, Body, Compatibility, Context, Demand, EndpointResponse, Gateway, Inbound,
    IntegrationRequest, MethodRequest, Rejection, Response, S3Request,
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

/// Headers that only say that the request is signed.
const OF_THE_SIGNATURE: &[&str] =
    &["authorization", "x-amz-date", "x-amz-content-sha256", "x-amz-security-token"];

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
    let mut story = Story { text: String::new(), compatibility, question };
    story.title(&inbound);
    let mut context = gateway.receive(inbound);
    story.admission(&context);
    if context.security().is_none() {
        let response: Response<()> = context.reject(&Rejection::missing_authentication_token());
        story.client(&response);
        return Ok(story.text);
    }
    context.suppose_accepted();
    match story.serve(&gateway, &context) {
        Ok(response) => story.client(&response),
        Err(rejection) => {
            story.stage("Rejected", &rejection.to_string());
            rejection.causes.iter().for_each(|cause| story.line(cause));
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

struct Story<'q> {
    text: String,
    compatibility: Compatibility,
    question: &'q Question,
}

impl Story<'_> {
    fn stage(&mut self, name: &str, text: &str) {
        let _ = writeln!(self.text, "{name:<13}{text}");
    }

    fn line(&mut self, text: &str) {
        self.stage("", text);
    }

    fn title(&mut self, inbound: &Inbound) {
        let query = inbound.query.as_ref().map(|query| format!("?{query}")).unwrap_or_default();
        let _ = writeln!(
            self.text,
            "{} {}{query}, under {}\n",
            inbound.method,
            inbound.path,
            name(self.compatibility)
        );
    }

    fn admission(&mut self, context: &Context<'_>) {
        let Some(path) = context.resource_path() else {
            return self.stage("Route", "none: no path of the document takes this method and path");
        };
        self.stage("Route", path);
        for (name, value) in context.path_parameters() {
            self.line(&format!("{{{name}}} = `{value}`"));
        }
        if let (Some(security), Some(integration)) = (context.security(), context.integration()) {
            let text = security_text(security);
            self.stage("Security", &text);
            let writes = !matches!(method_of(integration, context).as_str(), "GET" | "HEAD" | "OPTIONS");
            if security.is_open() && writes {
                self.line("a write: 403, unless ALLOW_ANONYMOUS_WRITES is `true`; supposed here");
            }
        }
    }

    fn serve<'c>(&mut self, gateway: &Gateway, context: &'c Context<'c>) -> Result<Response<()>, Rejection> {
        if let Some(integration) = context.integration() {
            self.parameters(context, integration);
        }
        let request = MethodRequest::open(context)?;
        let list = &gateway.api().binary_media_types;
        self.request_body(context, &request, list);
        let (mut request, mut awaiting) = integrate(request)?;
        // A range or a condition that S3 is asked a second time without; nothing asks for a third.
        for _ in 0..3 {
            let signed = request.sign(UNIX_EPOCH)?;
            self.to_s3(&signed);
            let status = self.question.status;
            let headers = self.s3_headers(&signed);
            self.stage(
                "S3 answers",
                &format!("{} with Content-Type {}", status.as_u16(), text_of(&headers, "content-type")),
            );
            match awaiting.answered(status, headers.clone())? {
                Answer::Repeat(again) => {
                    self.line("which cannot be converted: S3 is asked once more, for the whole");
                    (request, awaiting) = *again;
                }
                Answer::Response(response) => {
                    self.selection(context, &response);
                    self.response_body(context, &response, &headers, list);
                    let body = self.s3_body(&response);
                    return response.respond(body);
                }
            }
        }
        Err(Rejection::configuration("S3 is asked again and again"))
    }

    fn parameters(&mut self, context: &Context<'_>, integration: &Integration) {
        let values = context.values(integration);
        if values.is_empty() {
            return self.stage("Parameters", "none are mapped");
        }
        let mut stage = "Parameters";
        for (target, source, value) in values {
            let value = value.map_or("nothing: left out".to_owned(), |value| format!("`{value}`"));
            self.stage(std::mem::take(&mut stage), &format!("{target} = {source}: {value}"));
        }
    }

    fn request_body(&mut self, context: &Context<'_>, request: &MethodRequest<'_>, list: &BinaryMediaTypes) {
        let template = request.template_key().map_or_else(
            || "none applies: the body passes".to_owned(),
            |key| format!("that for {key} makes the body"),
        );
        self.stage("Template", &template);
        if request.demand() == Demand::Discard {
            return self.stage("Body", "none is sent to S3 with this method");
        }
        let content_type = header(&context.inbound().headers, "content-type");
        let handling = context.integration().and_then(|integration| integration.content_handling);
        let why = format!(
            "Content-Type {} is {}, contentHandling is {}",
            content_type.unwrap_or("(none)"),
            listed(list.lists(content_type)),
            handling_name(handling)
        );
        self.conversion(request.conversion(), &why);
    }

    fn conversion(&mut self, conversion: Conversion, why: &str) {
        let what = match (conversion, self.compatibility) {
            (Conversion::Identity, _) => "the bytes stay as they are",
            (Conversion::Text, Compatibility::Edge) => "text: passes unchanged",
            (Conversion::Text, Compatibility::Aws) => "text: what is not UTF-8 becomes U+FFFD",
            (Conversion::Base64Encode, _) => "bytes become base64",
            (Conversion::Base64Decode, _) => "base64 becomes bytes",
        };
        self.stage("Conversion", &format!("{}: {what}", conversion.name()));
        self.line(&format!("because {why}"));
    }

    fn to_s3(&mut self, request: &S3Request<()>) {
        self.stage("To S3", &format!("{} {}", request.method, request.url));
        let mut headers: Vec<_> = request.headers.iter().collect();
        headers.sort_by_key(|(name, _)| name.as_str());
        for (name, value) in headers {
            if !OF_THE_SIGNATURE.contains(&name.as_str()) && name.as_str() != "content-length" {
                self.line(&format!("{name}: {}", String::from_utf8_lossy(value.as_bytes())));
            }
        }
    }

    /// The head of S3's answer. The type is that of the key's extension, where nobody says.
    fn s3_headers(&self, request: &S3Request<()>) -> HeaderMap {
        let url = request.url.to_string();
        let path = url.split('?').next().unwrap_or_default();
        let guessed = mime_guess::from_path(path).first_raw().unwrap_or("binary/octet-stream");
        let is_error = !self.question.status.is_success();
        let supposed = if is_error { "application/xml" } else { guessed };
        let content_type = self.question.s3_content_type.as_deref().unwrap_or(supposed);
        let length = if is_error { S3_ERROR.len() } else { PHOTOGRAPH.len() };
        let mut headers = HeaderMap::new();
        if let Ok(value) = HeaderValue::from_str(content_type) {
            headers.insert(CONTENT_TYPE, value);
        }
        headers.insert(CONTENT_LENGTH, HeaderValue::from(length));
        headers.insert(HeaderName::from_static("etag"), HeaderValue::from_static("\"etag\""));
        headers
    }

    fn selection(&mut self, context: &Context<'_>, response: &EndpointResponse<'_>) {
        let responses = context.integration().map(|integration| &integration.responses);
        let index = responses.into_iter().flatten().position(|entry| std::ptr::eq(entry, response.entry()));
        let number = index.map(|index| index + 1).unwrap_or_default();
        let entry: &IntegrationResponse = response.entry();
        let kind = match &entry.pattern {
            SelectionPattern::Default => "default, as no pattern matches",
            SelectionPattern::Statuses(_) => "its pattern is the first that matches",
        };
        self.stage("Selected", &format!("entry {number} of responses ({kind}): {}", entry.status.as_u16()));
    }

    fn response_body(
        &mut self,
        context: &Context<'_>,
        response: &EndpointResponse<'_>,
        answered: &HeaderMap,
        list: &BinaryMediaTypes,
    ) {
        if response.demand() == Demand::Discard {
            return self.stage("Body", "none is sent to the client");
        }
        let accept = header(&context.inbound().headers, "accept");
        let content_type = header(answered, "content-type");
        let is_error = !self.question.status.is_success();
        let accepted = match self.compatibility {
            Compatibility::Edge if is_error => "an error has one form, whatever the Accept".to_owned(),
            Compatibility::Edge => match Accept::parse(accept).prefers(content_type, list) {
                Form::Binary => format!("Accept {} prefers the bytes", accept.unwrap_or("(none)")),
                Form::Text => format!("Accept {} prefers text", accept.unwrap_or("(none)")),
            },
            Compatibility::Aws => {
                format!(
                    "the first type of Accept {} is {}",
                    accept.unwrap_or("(none)"),
                    listed(list.lists(accept))
                )
            }
        };
        let why = format!(
            "S3's type {} is {}, {accepted}, contentHandling is {}",
            content_type.unwrap_or("(none)"),
            listed(list.lists(content_type)),
            handling_name(response.entry().content_handling)
        );
        self.conversion(response.conversion(), &why);
        let template = response.template_key().map_or_else(
            || "none applies: the body passes".to_owned(),
            |key| format!("that for {key} makes the body"),
        );
        self.stage("Template", &template);
    }

    fn s3_body(&self, response: &EndpointResponse<'_>) -> Body<()> {
        let bytes = if self.question.status.is_success() { PHOTOGRAPH } else { S3_ERROR };
        match response.demand() {
            Demand::Stream | Demand::Transform => Body::Stream { stream: (), length: response.length() },
            Demand::Buffer { .. } | Demand::Verify => Body::Bytes(Bytes::from_static(bytes)),
            Demand::Discard => Body::Empty,
        }
    }

    fn client(&mut self, response: &Response<()>) {
        self.stage("To client", response.status.as_str());
        for (name, value) in &response.headers {
            if !name.eq_ignore_ascii_case("x-amzn-requestid") && !name.eq_ignore_ascii_case("content-length")
            {
                self.line(&format!("{name}: {value}"));
            }
        }
        let body = match &response.body {
            Body::Empty => "no body".to_owned(),
            Body::Bytes(bytes) => String::from_utf8_lossy(bytes).into_owned(),
            Body::Stream { .. } => "S3's bytes, as they pass by".to_owned(),
            Body::Converted { .. } => "S3's bytes, converted as they pass by".to_owned(),
        };
        self.line("");
        body.lines().for_each(|line| self.line(line));
    }
}

/// Hands over a body such as the conversion wants.
fn integrate<'c>(
    request: MethodRequest<'c>,
) -> Result<(IntegrationRequest<'c, ()>, Awaiting<'c>), Rejection> {
    let bytes = match request.conversion() {
        Conversion::Base64Decode => BASE64,
        Conversion::Identity | Conversion::Text | Conversion::Base64Encode => PHOTOGRAPH,
    };
    let body = match request.demand() {
        Demand::Stream => Body::Stream { stream: (), length: Some(bytes.len() as u64) },
        Demand::Discard => Body::Empty,
        Demand::Transform => return Ok(request.integrate_converted(Bytes::from_static(bytes), None)),
        Demand::Buffer { .. } | Demand::Verify => Body::Bytes(Bytes::from_static(bytes)),
    };
    request.integrate(body, None)
}

fn security_text(security: &Security) -> String {
    let caller = match &security.authorization {
        Authorization::None => None,
        Authorization::AwsIam => Some("a signature for execute-api (IAM_ACCESS_KEYS)".to_owned()),
        Authorization::Token(token) => Some(format!("a token in {} (scheme {})", token.header, token.scheme)),
    };
    let key = (security.api_key == ApiKey::Required).then(|| "an API key in x-api-key (API_KEYS)".to_owned());
    let asked: Vec<_> = caller.into_iter().chain(key).collect();
    if asked.is_empty() {
        "none: anybody may call".to_owned()
    } else {
        format!("{}; supposed here", asked.join(" and "))
    }
}

fn method_of(integration: &Integration, context: &Context<'_>) -> HttpMethod {
    match &integration.http_method {
        IntegrationMethod::Fixed(method) => method.clone(),
        IntegrationMethod::Client => context.inbound().method.clone(),
    }
}

fn header<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

fn text_of<'h>(headers: &'h HeaderMap, name: &str) -> &'h str {
    header(headers, name).unwrap_or("(none)")
}

fn name(compatibility: Compatibility) -> &'static str {
    match compatibility {
        Compatibility::Edge => "edge",
        Compatibility::Aws => "aws",
    }
}

fn listed(listed: Listed) -> &'static str {
    match listed {
        Listed::Yes => "in the list",
        Listed::No => "not in the list",
    }
}

fn handling_name(handling: Option<ContentHandling>) -> &'static str {
    match handling {
        None => "undefined",
        Some(ContentHandling::ConvertToText) => "CONVERT_TO_TEXT",
        Some(ContentHandling::ConvertToBinary) => "CONVERT_TO_BINARY",
    }
}
