//! Reading one operation: what it declares, and its `x-amazon-apigateway-integration`.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use http::StatusCode;

use super::error::Problem;
use super::integration::{
    ContentHandling, Integration, IntegrationResponse, KnownPatterns, PassthroughBehavior, Templates,
};
use super::json::Json;
use super::mapping::{Header, MethodRequestSource, Name, RequestSource, RequestTarget, ResponseSource};
use super::node::{Errors, Node};
use super::openapi::{Document, declared_statuses, read_status};
use super::openapi_backend::{KEYS, Kind, OTHER_KEYS, Type, read_backend, read_type, refuse_connections};
use super::request_validator::is_required;
use super::version::Version;
use super::{DeclaredStatuses, ResourcePath};
use crate::template::{Dialect, Template};

/// 29 seconds
/// (<https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-execution-service-limits-table.html>).
const DEFAULT_TIMEOUT: Duration = Duration::from_millis(29_000);

/// What an operation declares: the parameters that may be mapped, and the responses.
pub(super) struct Operation<'d> {
    parameters: Vec<Parameter>,
    responses: Option<Node<'d>>,
    statuses: DeclaredStatuses,
    patterns: &'d KnownPatterns<'d>,
    known_responses: &'d KnownResponses,
}

struct Parameter {
    source: MethodRequestSource,
    /// Whether a request validator asks for it.
    is_required: bool,
}

impl<'d> Operation<'d> {
    #[inline(never)]
    pub(super) fn read(
        document: &Document<'d>,
        item: &Node<'_>,
        node: &'d Node<'d>,
        path: &ResourcePath,
        errors: &mut Errors,
    ) -> Self {
        let of_path =
            |name: &Name| Parameter { source: MethodRequestSource::Path(name.clone()), is_required: true };
        let mut operation = Self {
            parameters: path.parameters().map(of_path).collect(),
            responses: node.get("responses"),
            statuses: DeclaredStatuses::new(),
            patterns: document.patterns,
            known_responses: document.responses,
        };
        for owner in [item, node] {
            let Some(parameters) = owner.get("parameters") else { continue };
            let items: Vec<_> = parameters.items(errors).collect();
            let mut declared = BTreeSet::new();
            for parameter in &items {
                operation.declare(parameter, document.version, &mut declared, errors);
            }
        }
        if let Some(responses) = &operation.responses {
            operation.statuses = declared_statuses(responses, errors);
        }
        operation
    }

    /// The parameters that a request validator asks for.
    pub(super) fn required(&self) -> impl Iterator<Item = &MethodRequestSource> {
        self.parameters.iter().filter(|parameter| parameter.is_required).map(|parameter| &parameter.source)
    }

    fn declare<'p>(
        &mut self,
        parameter: &'p Node<'_>,
        version: Option<Version>,
        known: &mut BTreeSet<(&'p str, &'p str)>,
        errors: &mut Errors,
    ) {
        if !parameter.expect_object(errors) {
            return;
        }
        let place = parameter.needed_text("in", "query, header or path", errors);
        let name = parameter.needed_text("name", "the parameter's name", errors);
        let (Some(place), Some(name)) = (place, name) else { return };
        // A request has one body, whatever it is called.
        if !known.insert((place, if place == "body" { "" } else { name })) {
            errors.add(parameter, Problem::Repeated { what: format!("`{name}` in {place}") });
        }
        let declared = match place {
            "query" => Name::parse(name).map(MethodRequestSource::QueryString),
            "header" => Header::parse(name).map(MethodRequestSource::Header),
            "path" => Name::parse(name).map(MethodRequestSource::Path),
            other => {
                let Some(place) = parameter.get("in") else { return };
                // Cookies, forms and bodies are no parameters of API Gateway.
                if !["cookie", "body", "formData"].contains(&other) {
                    errors.add(&place, place.unexpected("query, header, path, cookie, body or formData"));
                } else if let Some(version) = version {
                    version.check_place(&place, other, errors);
                }
                return;
            }
        };
        let Some(source) = declared else {
            // "Parameter name should match the following regular expression" in AWS.
            let expected = match place {
                "header" => "the name of a header",
                _ => "a name of letters, digits and . _ $ : - only",
            };
            return parameter
                .get("name")
                .into_iter()
                .for_each(|name| errors.add(&name, name.unexpected(expected)));
        };
        let is_required = is_required(parameter, errors);
        // What is in the path is known from the path.
        if let MethodRequestSource::Path(_) = source {
            return;
        }
        // What an operation says of a parameter takes the place of what its path says.
        match self.parameters.iter_mut().find(|known| known.source == source) {
            Some(known) => known.is_required = is_required,
            None => self.parameters.push(Parameter { source, is_required }),
        }
    }

    /// Whether a mapping may read it: AWS refuses documents that map what is not declared.
    fn declares(&self, source: &MethodRequestSource) -> bool {
        use MethodRequestSource::{Header, MultiValueHeader, MultiValueQueryString, Path, QueryString};
        self.parameters.iter().any(|declared| match (&declared.source, source) {
            (Path(declared), Path(name))
            | (QueryString(declared), QueryString(name) | MultiValueQueryString(name)) => declared == name,
            (Header(declared), Header(header) | MultiValueHeader(header)) => declared.name == header.name,
            _ => false,
        })
    }

    /// Whether a response of it has that header.
    fn declares_header(&self, status: StatusCode, header: &str) -> bool {
        let response = self.responses.as_ref().and_then(|responses| responses.get(status.as_str()));
        let headers = response.as_ref().and_then(|response| response.get("headers"));
        let mut names = headers.and_then(|headers| headers.value.as_object()).into_iter().flatten();
        names.any(|(name, _)| name.eq_ignore_ascii_case(header))
    }
}

#[inline(never)]
pub(super) fn read_integration(
    node: &Node<'_>,
    operation: &Operation<'_>,
    errors: &mut Errors,
) -> Option<Integration> {
    node.expect("an object", errors, Json::as_object)?;
    node.expect_keys("key of an integration", KEYS, OTHER_KEYS, errors);
    let kind = match read_type(node, errors) {
        // Of a proxy that does not run nothing else counts.
        Type::Refused => return None,
        Type::Unknown => None,
        Type::Known(kind) => Some(kind),
    };
    refuse_connections(node, errors);
    let behaviors = [
        ("when_no_match", PassthroughBehavior::WhenNoMatch),
        ("when_no_templates", PassthroughBehavior::WhenNoTemplates),
        ("never", PassthroughBehavior::Never),
    ];
    let passthrough_behavior = node.get("passthroughBehavior").and_then(|node| node.word(&behaviors, errors));
    let request_parameters = read_request_parameters(node, operation, kind, errors);
    let backend = kind.and_then(|kind| read_backend(node, kind, &request_parameters, errors));
    let timeout = read_timeout(node, errors).unwrap_or(DEFAULT_TIMEOUT);
    if kind == Some(Kind::HttpProxy) {
        let content_handling = read_content_handling(node, errors);
        return Some(Integration::proxy(backend?, request_parameters, content_handling, timeout));
    }
    let responses = read_responses(node, operation, errors);
    let request_templates = read_templates(node, "requestTemplates", errors);
    let content_handling = read_content_handling(node, errors);
    // Only now, so that everything that is wrong has been found.
    Some(Integration {
        backend: backend?,
        request_parameters,
        request_templates,
        passthrough_behavior: passthrough_behavior.unwrap_or_default(),
        content_handling,
        responses,
        timeout,
    })
}

#[inline(never)]
fn read_request_parameters(
    node: &Node<'_>,
    operation: &Operation<'_>,
    kind: Option<Kind>,
    errors: &mut Errors,
) -> Vec<(RequestTarget, RequestSource)> {
    let Some(parameters) = node.get("requestParameters") else { return Vec::new() };
    let mut mappings = Vec::with_capacity(parameters.len());
    for (key, value) in parameters.entries(errors).filter(|(_, value)| !value.value.is_null()) {
        let target = errors.keep(&value, RequestTarget::parse(key));
        let Some(text) = value.string(errors) else { continue };
        let Some(source) = errors.keep(&value, RequestSource::parse(text)) else { continue };
        if let RequestSource::MethodRequest(wanted) = &source
            && !operation.declares(wanted)
        {
            let place = match wanted {
                MethodRequestSource::Path(_) => "the path: there is no parameter of that name in it",
                _ => "the operation's parameters",
            };
            errors.add(&value, Problem::Undeclared { name: wanted.to_string(), place });
        }
        if let Some(RequestTarget::Header(header)) = &target
            && let Some(instead) = kind.and_then(|kind| kind.sets(header.name.as_str()))
        {
            let what = format!("a mapping to the header `{}`", header.written);
            errors.add(&value, Problem::Unsupported { what, instead });
        }
        mappings.extend(target.map(|target| (target, source)));
    }
    mappings
}

/// `responses` that have been read, by where they stand and where what they may name is declared. Most methods have those
/// of another one, and in a document that is embedded they stand in one place.
#[derive(Default)]
pub(super) struct KnownResponses(RefCell<BTreeMap<[Standing; 2], Arc<[IntegrationResponse]>>>);

/// Where an object stands in memory, and how long it is; of what is no object, nothing.
type Standing = Option<(*const (), usize)>;

fn standing(node: &Node<'_>) -> Standing {
    node.value.as_object().map(|entries| (entries.as_ptr().cast(), entries.len()))
}

fn read_responses(
    node: &Node<'_>,
    operation: &Operation<'_>,
    errors: &mut Errors,
) -> Arc<[IntegrationResponse]> {
    let Some(responses) = node.get("responses") else { return Arc::default() };
    let key = [standing(&responses), operation.responses.as_ref().and_then(standing)];
    if let Some(known) = operation.known_responses.0.borrow().get(&key) {
        return Arc::clone(known);
    }
    let errors_before = errors.count();
    let mut read = Vec::with_capacity(responses.len());
    for (pattern, response) in responses.entries(errors) {
        read.extend(read_response(pattern, &response, operation, errors));
    }
    let read = Arc::from(read);
    // What is wrong is told for every method.
    if errors.count() == errors_before {
        operation.known_responses.0.borrow_mut().insert(key, Arc::clone(&read));
    }
    read
}

#[inline(never)]
fn read_response(
    pattern: &str,
    node: &Node<'_>,
    operation: &Operation<'_>,
    errors: &mut Errors,
) -> Option<IntegrationResponse> {
    let parsed = operation.patterns.parse(pattern);
    let parsed = parsed.map_err(|reason| Problem::Pattern { pattern: pattern.to_owned(), reason });
    let pattern = errors.keep(node, parsed);
    if !node.value.is_null() && !node.expect_object(errors) {
        return None;
    }
    let keys = ["statusCode", "responseParameters", "responseTemplates", "contentHandling"];
    node.expect_keys("key of an integration's response", &keys, &[], errors);
    let status_node = node.get("statusCode");
    if status_node.is_none() {
        errors.missing(node, "statusCode", "a status from 200 to 599");
    }
    let status = status_node.and_then(|node| read_status(&node, errors));
    if let Some((node, status)) =
        status_node.zip(status).filter(|(_, status)| !operation.statuses.contains(status))
    {
        let place = "the operation's responses (\"No method response exists for method\" in AWS)";
        errors.add(&node, Problem::Undeclared { name: status.as_str().to_owned(), place });
    }
    let mut headers = Vec::new();
    if let Some(parameters) = node.get("responseParameters") {
        for (key, value) in parameters.entries(errors).filter(|(_, value)| !value.value.is_null()) {
            let Some(header) = key.strip_prefix("method.response.header.").and_then(Header::parse) else {
                let expected = "method.response.header.NAME".to_owned();
                errors.add(&value, Problem::Unexpected { seen: format!("`{key}`"), expected });
                continue;
            };
            if status.is_some_and(|status| !operation.declares_header(status, &header.written)) {
                let place = "the headers of that response";
                errors.add(&value, Problem::Undeclared { name: header.written.clone(), place });
            }
            let Some(text) = value.string(errors) else { continue };
            headers.extend(errors.keep(&value, ResponseSource::parse(text)).map(|source| (header, source)));
        }
    }
    let templates = read_templates(node, "responseTemplates", errors);
    let content_handling = read_content_handling(node, errors);
    Some(IntegrationResponse { pattern: pattern?, status: status?, headers, templates, content_handling })
}

/// Templates by media type; null and empty ones let the body pass.
#[inline(never)]
fn read_templates(node: &Node<'_>, key: &str, errors: &mut Errors) -> Templates {
    let Some(templates) = node.get(key) else { return Templates::default() };
    let mut read = Vec::new();
    for (media_type, template) in templates.entries(errors) {
        if template.value.is_null() {
            read.push((media_type.to_owned(), None));
            continue;
        }
        let Some(text) = template.string(errors) else { continue };
        let parsed = match text {
            "" => Some(None),
            text => errors.keep(&template, Template::parse(text, Dialect::Integration)).map(Some),
        };
        read.extend(parsed.map(|template| (media_type.to_owned(), template)));
    }
    Templates::new(read)
}

fn read_content_handling(node: &Node<'_>, errors: &mut Errors) -> Option<ContentHandling> {
    let words = [
        ("CONVERT_TO_TEXT", ContentHandling::ConvertToText),
        ("CONVERT_TO_BINARY", ContentHandling::ConvertToBinary),
    ];
    node.get("contentHandling").and_then(|node| node.word(&words, errors))
}

/// 50 ms to 5 minutes: AWS allows 29 s, and more on request.
fn read_timeout(node: &Node<'_>, errors: &mut Errors) -> Option<Duration> {
    let timeout = node.get("timeoutInMillis")?;
    let millis = timeout.expect("milliseconds from 50 to 300000", errors, |value| {
        let millis = value.as_u64().or_else(|| value.as_str()?.parse().ok())?;
        (50..=300_000).contains(&millis).then_some(millis)
    })?;
    Some(Duration::from_millis(millis))
}
