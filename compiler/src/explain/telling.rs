//! Telling the story while it happens: what each stage of the gateway decides, and why.

use http::StatusCode;
use serde_json::Value;

use super::Question;
use super::stand_in::Reply;
use super::story::{
    Answered, Client, Content, Field, Mapped, Selected, Sent, Server, Stage, Story, TemplateChoice, Treated,
};
use super::words::{asked_of_callers, content, fields, handling_text, header, listed, name, treated};
use crate::api::integration::{Backend, IntegrationMethod, SelectionPattern};
use crate::api::media_type::{Accept, BinaryMediaTypes, Form};
use crate::check::operation::{Entry, Operation, operations};
use crate::gateway::coding::Coding;
use crate::gateway::content::Conversion;
use crate::gateway::{
    Body, Compatibility, Context, Demand, EndpointRequest, EndpointResponse, Gateway, MethodRequest,
    Rejection, Response,
};

/// Headers that only say that the request is signed, or how long the body is.
const OF_THE_SIGNATURE: &[&str] =
    &["authorization", "x-amz-date", "x-amz-content-sha256", "x-amz-security-token", "content-length"];

/// What has been told so far.
pub(super) struct Telling<'q> {
    question: &'q Question,
    list: &'q BinaryMediaTypes,
    compatibility: Compatibility,
    server: Option<Server>,
    /// The keys of the integration's responses and where they stand, in the order of the document.
    entries: Vec<(String, String)>,
    /// Whether what the backend gets is worth showing: the client's body was given, or a template makes it.
    shows_body: bool,
    request: Client,
    stages: Vec<Stage>,
}

impl<'q> Telling<'q> {
    pub(super) fn new(
        question: &'q Question,
        document: &Value,
        gateway: &'q Gateway,
        context: &Context<'_>,
    ) -> Self {
        let server = context.integration().map(|integration| match &integration.backend {
            Backend::S3(_) => Server::S3,
            Backend::Http(_) => Server::Http,
            Backend::HttpProxy(_) => Server::HttpProxy,
            Backend::Mock => Server::Mock,
        });
        let inbound = context.inbound();
        let query = inbound.query.as_ref().map(|query| format!("?{query}")).unwrap_or_default();
        let request = Client {
            method: inbound.method.to_string(),
            path: format!("{}{query}", inbound.path),
            headers: fields(&question.headers),
        };
        let entries = entries(document, context);
        let shows_body = question.body.is_some();
        let (list, compatibility) = (&gateway.api().binary_media_types, gateway.compatibility());
        Self { question, list, compatibility, server, entries, shows_body, request, stages: Vec::new() }
    }

    pub(super) fn server(&self) -> Option<Server> {
        self.server
    }

    pub(super) fn end(self, response: &Response<()>) -> Story {
        let is_told = |name: &str| {
            // That of the backend is told under its new name.
            !name.eq_ignore_ascii_case("x-amzn-requestid") && !name.eq_ignore_ascii_case("content-length")
        };
        let headers = response.headers.iter().filter(|(name, _)| is_told(name));
        let answer = Answered {
            status: response.status.as_u16(),
            headers: headers.map(|(name, value)| Field::new(name, value)).collect(),
            body: content(&response.body, self.server.map_or("", Server::whose)),
        };
        Story {
            request: self.request,
            compatibility: name(self.compatibility),
            backend: self.server,
            stages: self.stages,
            answer,
        }
    }

    pub(super) fn route(&mut self, context: &Context<'_>) {
        let parameters = context.path_parameters().into_iter();
        self.stages.push(Stage::Route {
            path: context.resource_path().map(str::to_owned),
            parameters: parameters.map(|(name, value)| Field::new(name, value)).collect(),
        });
    }

    pub(super) fn security(&mut self, context: &Context<'_>) {
        let Some(security) = context.security() else { return };
        let method = context.integration().and_then(|integration| match &integration.backend {
            Backend::S3(s3) => match &s3.http_method {
                IntegrationMethod::Fixed(method) => Some(method),
                IntegrationMethod::Client => Some(context.method()),
            },
            Backend::Http(_) | Backend::HttpProxy(_) | Backend::Mock => None,
        });
        let writes = method.is_some_and(|method| !matches!(method.as_str(), "GET" | "HEAD" | "OPTIONS"));
        self.stages.push(Stage::Security {
            asked: asked_of_callers(security),
            needs_allowed_writes: writes && security.is_open(),
        });
    }

    pub(super) fn decoding(&mut self, coding: Coding) {
        self.stages.push(Stage::Decoding { coding: coding.name() });
    }

    pub(super) fn validator(&mut self, context: &Context<'_>, is_given: bool) {
        let required = context.required_parameters();
        let body = match (context.has_model(), context.wants_body(), is_given) {
            (true, _, true) => Some("the body has to fit its model"),
            (true, _, false) => Some("the body has to fit its model; supposed to be `{}`, and to fit"),
            (false, true, false) => Some("a mapping looks into the body; supposed to be `{}`"),
            (false, _, _) => None,
        };
        if body.is_some() || !required.is_empty() {
            self.stages.push(Stage::Validator { required, body });
        }
    }

    pub(super) fn parameters(&mut self, context: &Context<'_>) {
        let Some(integration) = context.integration() else { return };
        let values = context.values(integration).into_iter();
        let mappings = values.map(|(target, source, value)| Mapped {
            target: target.to_string(),
            source: source.to_string(),
            value,
        });
        self.stages.push(Stage::Parameters { mappings: mappings.collect() });
    }

    pub(super) fn request_body(
        &mut self,
        context: &Context<'_>,
        request: &MethodRequest<'_>,
        is_empty: bool,
    ) {
        let key = request.template_key();
        self.shows_body |= key.is_some();
        if self.server != Some(Server::HttpProxy) {
            let media_type = key.map(str::to_owned);
            self.stages.push(Stage::RequestTemplate(TemplateChoice { media_type, because: None }));
        }
        let none = |effect| Treated { conversion: None, effect, because: Vec::new() };
        let treated = match (self.server, request.demand()) {
            (Some(Server::Mock), Demand::Discard) => {
                none("the client's is not read: the template does without it")
            }
            (_, Demand::Discard) => none("none is sent with this method"),
            _ if is_empty && key.is_none() => none("the client sends none"),
            (Some(Server::HttpProxy), _) if request.conversion() == Conversion::Identity => {
                none("the client's, as it is")
            }
            _ => {
                let content_type = header(&context.inbound().headers, "content-type");
                let handling = context.integration().and_then(|integration| integration.content_handling);
                let listed = listed(self.list.lists(content_type));
                let because = vec![
                    format!("Content-Type {} is {listed}", content_type.unwrap_or("(none)")),
                    handling_text(handling),
                ];
                treated(request.conversion(), self.compatibility, because)
            }
        };
        self.stages.push(Stage::RequestBody(treated));
    }

    pub(super) fn backend_request(&mut self, request: &EndpointRequest<()>, in_parts: bool) {
        let mut headers = fields(&request.headers);
        headers.retain(|field| {
            !OF_THE_SIGNATURE.contains(&field.name.as_str()) || self.server != Some(Server::S3)
        });
        headers.retain(|field| field.name != "content-length");
        headers.sort_by(|one, other| one.name.cmp(&other.name));
        let body = match (in_parts, self.shows_body, &request.body) {
            (true, ..) => Content::Passing { what: "the client's, in parts of 8 MiB".to_owned() },
            (false, false, Body::Bytes(_)) => Content::Passing { what: "the client's bytes".to_owned() },
            (false, _, body) => content(body, "the client's"),
        };
        self.stages.push(Stage::BackendRequest(Sent {
            method: request.method.to_string(),
            url: request.url.clone(),
            signed: self.server == Some(Server::S3),
            headers,
            body,
            in_parts,
        }));
    }

    pub(super) fn backend_answer(&mut self, reply: &Reply) {
        self.stages.push(Stage::BackendAnswer {
            status: reply.status.as_u16(),
            content_type: reply.content_type().map(str::to_owned),
        });
    }

    pub(super) fn repeat(&mut self) {
        self.stages.push(Stage::Repeat {
            because: match self.server {
                Some(Server::S3) => {
                    "that is not what the client gets: S3 is asked again, without range and condition"
                }
                _ => "that is not what the client gets: it is asked again, without range and condition",
            },
        });
    }

    pub(super) fn mock(&mut self, response: &EndpointResponse<'_>) {
        let options = [
            ("--status", self.question.status.is_some()),
            ("--s3-content-type", self.question.answered_type.is_some()),
        ];
        self.stages.push(Stage::Mock {
            status: response.endpoint_status().as_u16(),
            without_use: options.into_iter().filter(|(_, given)| *given).map(|(option, _)| option).collect(),
        });
    }

    pub(super) fn selected(&mut self, context: &Context<'_>, response: &EndpointResponse<'_>) {
        let entry = response.entry();
        let status = entry.status.as_u16();
        let selected = if self.server == Some(Server::HttpProxy) {
            let because = "an http_proxy passes status, headers and body";
            let status = response.status().as_u16();
            Selected { pattern: None, pointer: None, because, status, passed_status: None }
        } else {
            let responses = context.integration().map(|integration| &integration.responses);
            let mut known = responses.into_iter().flat_map(|responses| responses.iter());
            let index = known.position(|known| std::ptr::eq(known, entry));
            let known = index.and_then(|index| self.entries.get(index)).cloned();
            let (pattern, pointer) =
                known.map_or((None, None), |(pattern, pointer)| (Some(pattern), Some(pointer)));
            let because = match &entry.pattern {
                _ if response.status() == StatusCode::NOT_MODIFIED && status != 304 => {
                    "that of the whole object, as a 304 tells of it"
                }
                SelectionPattern::Default => "no pattern matches",
                SelectionPattern::Statuses(_) => "the first that matches",
            };
            let passed_status = Some(response.status().as_u16()).filter(|passed| *passed != status);
            Selected { pattern, pointer, because, status, passed_status }
        };
        self.stages.push(Stage::Selected(selected));
    }

    pub(super) fn response_body(
        &mut self,
        context: &Context<'_>,
        response: &EndpointResponse<'_>,
        reply: &Reply,
    ) {
        let none = |effect| Treated { conversion: None, effect, because: Vec::new() };
        let treated = match (self.server, response.demand()) {
            (_, Demand::Discard) => none("none is sent to the client"),
            _ if reply.body.is_empty() && response.template_key().is_none() => {
                none(if self.server == Some(Server::S3) { "S3 sends none" } else { "the backend sends none" })
            }
            (Some(Server::HttpProxy), _) => none("the backend's, as it is"),
            _ => {
                let list = self.list;
                let content_type = reply.content_type();
                let because = vec![
                    format!(
                        "{} type {} is {}",
                        self.server.map_or("", Server::whose),
                        content_type.unwrap_or("(none)"),
                        listed(list.lists(content_type))
                    ),
                    self.accepted(context, reply, response),
                    handling_text(response.entry().content_handling),
                ];
                treated(response.conversion(), self.compatibility, because)
            }
        };
        let has_template = treated.conversion.is_some();
        self.stages.push(Stage::ResponseBody(treated));
        if has_template {
            self.response_template(response);
        }
    }

    fn accepted(&self, context: &Context<'_>, reply: &Reply, response: &EndpointResponse<'_>) -> String {
        let list = self.list;
        let accept = header(&context.inbound().headers, "accept");
        let written = accept.unwrap_or("(none)");
        let is_error = !reply.status.is_success() && reply.status.as_u16() != 304;
        match self.compatibility {
            Compatibility::Edge if is_error => "an error has one form, whatever the Accept".to_owned(),
            Compatibility::Edge => match Accept::parse(accept).prefers(reply.content_type(), list) {
                // `template-by-accept`
                Form::Binary if response.prefers_template() => {
                    format!("Accept {written} has no bytes of an object to prefer to the template")
                }
                Form::Binary => format!("Accept {written} prefers the bytes"),
                Form::Text => format!("Accept {written} prefers text"),
            },
            Compatibility::Aws => {
                format!("the first type of Accept {written} is {}", listed(list.lists(accept)))
            }
        }
    }

    pub(super) fn response_template(&mut self, response: &EndpointResponse<'_>) {
        let media_type = response.template_key().map(str::to_owned);
        let templates = &response.entry().templates;
        let has_one = templates.media_types().any(|key| templates.get(key).flatten().is_some());
        let because = match (&media_type, self.server) {
            (Some(_), _) => None,
            (None, Some(Server::Mock)) => Some("there is no body"),
            // `template-by-accept`
            (None, _) if has_one && !response.conversion().gives_text() => {
                Some("a template makes text, and the client gets bytes")
            }
            (None, _) => None,
        };
        self.stages.push(Stage::ResponseTemplate(TemplateChoice { media_type, because }));
    }

    pub(super) fn rejection(&mut self, rejection: &Rejection) {
        if self.server.is_some() {
            self.stages.push(Stage::Rejected {
                kind: rejection.response_type.name(),
                message: rejection.message.clone(),
                causes: match rejection.validation_error() {
                    // The log is told only how many faults there are.
                    Some(faults) => vec![faults.to_owned()],
                    None => rejection.causes.clone(),
                },
            });
        }
    }
}

/// The entries of `responses` of the operation that takes the request.
fn entries(document: &Value, context: &Context<'_>) -> Vec<(String, String)> {
    let operations = operations(document);
    let of_path = || operations.iter().filter(|operation| Some(operation.path) == context.resource_path());
    let is_exact = |operation: &&Operation<'_>| operation.verb.to_string() == context.method().as_str();
    let found =
        of_path().find(is_exact).or_else(|| of_path().find(|operation| operation.verb.to_string() == "ANY"));
    let told = |entry: Entry<'_>| (entry.pattern.to_owned(), entry.pointer);
    found.map(Operation::responses).unwrap_or_default().into_iter().map(told).collect()
}
