//! The story of one request: every stage in its turn, with what it decides and why.
//!
//! Not inside: the request, and what S3 is supposed to answer (`explain`).

use std::fmt::Write;

use http::{HeaderMap, Method as HttpMethod};
use serde_json::Value;

use super::explain::{Question, SIGNED_AT, integrate, s3_body, s3_headers};
use super::operation::{Operation, operations};
use crate::api::integration::{
    Backend, ContentHandling, Integration, IntegrationMethod, IntegrationResponse, SelectionPattern,
};
use crate::api::media_type::{Accept, BinaryMediaTypes, Form, Listed};
use crate::api::{ApiKey, Authorization, Security};
use crate::gateway::content::Conversion;
use crate::gateway::{
    Answer, Body, Compatibility, Context, Demand, EndpointRequest, EndpointResponse, Gateway, Inbound,
    Integrated, MethodRequest, Rejection, Response,
};

/// Headers that only say that the request is signed.
const OF_THE_SIGNATURE: &[&str] =
    &["authorization", "x-amz-date", "x-amz-content-sha256", "x-amz-security-token"];

/// What has been told so far.
pub(super) struct Story<'q> {
    pub(super) text: String,
    compatibility: Compatibility,
    question: &'q Question,
    /// The patterns of the integration's responses, in the order of the document.
    patterns: Vec<String>,
}

impl<'q> Story<'q> {
    pub(super) fn new(question: &'q Question, compatibility: Compatibility) -> Self {
        Self { text: String::new(), compatibility, question, patterns: Vec::new() }
    }

    fn stage(&mut self, name: &str, text: &str) {
        let line = format!("{name:<13}{text}");
        let _ = writeln!(self.text, "{}", line.trim_end());
    }

    fn line(&mut self, text: &str) {
        self.stage("", text);
    }

    pub(super) fn title(&mut self, inbound: &Inbound) {
        let query = inbound.query.as_ref().map(|query| format!("?{query}")).unwrap_or_default();
        let _ = writeln!(
            self.text,
            "{} {}{query}, under {}\n",
            inbound.method,
            inbound.path,
            name(self.compatibility)
        );
    }

    /// Which patterns the document has for such a request.
    pub(super) fn patterns(&mut self, document: &Value, context: &Context<'_>) {
        let operations = operations(document);
        let of_path =
            || operations.iter().filter(|operation| Some(operation.path) == context.resource_path());
        let exact = of_path().find(|operation| operation.verb == context.method().as_str());
        let found = exact.or_else(|| of_path().find(|operation| operation.verb == "ANY"));
        let responses = found.map(Operation::responses).unwrap_or_default();
        self.patterns = responses.iter().map(|entry| entry.pattern.to_owned()).collect();
    }

    pub(super) fn admission(&mut self, context: &Context<'_>) {
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

    pub(super) fn serve<'c>(
        &mut self,
        gateway: &Gateway,
        context: &'c Context<'c>,
    ) -> Result<Response<()>, Rejection> {
        if let Some(integration) = context.integration() {
            self.parameters(context, integration);
        }
        let request = MethodRequest::open(context)?;
        let list = &gateway.api().binary_media_types;
        self.request_body(context, &request, list);
        let (mut request, mut awaiting) = match integrate(request)? {
            Integrated::Request(request, awaiting) => (request, awaiting),
            Integrated::Response(response) => {
                self.stage("Mock", "nobody is asked: the request template says which response it is");
                self.selection(context, &response);
                return response.respond(Body::Empty);
            }
        };
        // A range or a condition that S3 is asked a second time without; nothing asks for a third.
        for _ in 0..3 {
            let signed = request.sign(SIGNED_AT)?;
            self.endpoint_request(&signed);
            let method = signed.method.clone();
            let status = self.question.status;
            let headers = s3_headers(self.question, &signed);
            let content_type = header(&headers, "content-type");
            let content_type = content_type.map(|text| format!(", Content-Type {text}")).unwrap_or_default();
            self.stage("S3 answers", &format!("{}{content_type}", status.as_u16()));
            match awaiting.answered(status, headers.clone())? {
                Answer::Repeat(again) => {
                    self.line("which cannot be converted: S3 is asked once more, for the whole");
                    (request, awaiting) = *again;
                }
                Answer::Response(response) => {
                    self.selection(context, &response);
                    self.response_body(context, &response, &headers, list);
                    let body = s3_body(self.question, &method, &response);
                    return response.respond(body);
                }
            }
        }
        Err(Rejection::configuration("S3 is asked again and again"))
    }

    pub(super) fn supposes_body(&mut self) {
        self.stage("Body", "a validator or a mapping looks into it: supposed to be `{}`, and to fit");
    }

    pub(super) fn rejection(&mut self, rejection: &Rejection) {
        self.stage("Rejected", &rejection.to_string());
        rejection.causes.iter().for_each(|cause| self.line(cause));
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
            (Conversion::Text, Compatibility::Edge) => "passes unchanged",
            (Conversion::Text, Compatibility::Aws) => "what is not UTF-8 becomes U+FFFD",
            (Conversion::Base64Encode, _) => "bytes become base64",
            (Conversion::Base64Decode, _) => "base64 becomes bytes",
        };
        self.stage("Conversion", &format!("{}: {what}", conversion.name()));
        self.line(&format!("because {why}"));
    }

    fn endpoint_request(&mut self, request: &EndpointRequest<()>) {
        self.stage("To S3", &format!("{} {}", request.method, request.url));
        let mut headers: Vec<_> = request.headers.iter().collect();
        headers.sort_by_key(|(name, _)| name.as_str());
        for (name, value) in headers {
            if !OF_THE_SIGNATURE.contains(&name.as_str()) && name.as_str() != "content-length" {
                self.line(&format!("{name}: {}", String::from_utf8_lossy(value.as_bytes())));
            }
        }
    }

    fn selection(&mut self, context: &Context<'_>, response: &EndpointResponse<'_>) {
        let responses = context.integration().map(|integration| &integration.responses);
        let index = responses.into_iter().flatten().position(|entry| std::ptr::eq(entry, response.entry()));
        let pattern = index.and_then(|index| self.patterns.get(index)).map_or("default", String::as_str);
        let entry: &IntegrationResponse = response.entry();
        let why = match &entry.pattern {
            SelectionPattern::Default => "no pattern matches",
            SelectionPattern::Statuses(_) => "the first that matches",
        };
        let line = format!("`{pattern}` of responses, {why}: {}", entry.status.as_u16());
        self.stage("Selected", &line);
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

    pub(super) fn client(&mut self, response: &Response<()>) {
        self.stage("To client", response.status.as_str());
        for (name, value) in &response.headers {
            if !name.eq_ignore_ascii_case("x-amzn-requestid") && !name.eq_ignore_ascii_case("content-length")
            {
                self.line(&format!("{name}: {value}"));
            }
        }
        let body = match &response.body {
            body if body.length() == Some(0) => "no body".to_owned(),
            Body::Empty => "no body".to_owned(),
            Body::Bytes(bytes) => String::from_utf8_lossy(bytes).into_owned(),
            Body::Stream { .. } => "S3's bytes, as they pass by".to_owned(),
            Body::Converted { .. } => "S3's bytes, converted as they pass by".to_owned(),
        };
        self.line("");
        body.lines().for_each(|line| self.line(line));
    }
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
    let http_method = match &integration.backend {
        Backend::S3(s3) => &s3.http_method,
        Backend::Http(http) | Backend::HttpProxy(http) => &http.http_method,
        Backend::Mock => &IntegrationMethod::Client,
    };
    match http_method {
        IntegrationMethod::Fixed(method) => method.clone(),
        IntegrationMethod::Client => context.method().clone(),
    }
}

fn header<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

fn name(compatibility: Compatibility) -> &'static str {
    match compatibility {
        Compatibility::Edge => "edge",
        Compatibility::Aws => "aws",
    }
}

fn listed(listed: Listed) -> &'static str {
    match listed {
        Listed::Yes => "listed as binary",
        Listed::No => "not listed as binary",
    }
}

fn handling_name(handling: Option<ContentHandling>) -> &'static str {
    match handling {
        None => "undefined",
        Some(ContentHandling::ConvertToText) => "CONVERT_TO_TEXT",
        Some(ContentHandling::ConvertToBinary) => "CONVERT_TO_BINARY",
    }
}
