//! Operations as the checks see them: with places, and as much of them as can be read, also of a document that cannot run.

use std::borrow::Cow;
use std::rc::Rc;

use http::StatusCode;
use serde_json::{Map, Value};

use super::place::escaped;
use crate::api::Verb;
use crate::api::integration::{ContentHandling, KnownPatterns, SelectionPattern, match_statuses};
use crate::api::integration_uri::IntegrationUri;
use crate::api::intrinsic;
use crate::api::reference::{self, Document};

/// An operation with an integration.
pub(super) struct Operation<'d> {
    pub(super) root: &'d Value,
    /// Those of all of the document.
    patterns: Rc<KnownPatterns<'static>>,
    /// `GET /{folder}/{item}`
    pub(super) name: String,
    pub(super) path: &'d str,
    pub(super) verb: &'static Verb,
    pub(super) pointer: String,
    pub(super) node: &'d Value,
    /// The path of the document that it is a method of.
    pub(super) item: &'d Value,
    pub(super) integration: &'d Map<String, Value>,
}

/// An entry of an integration's `responses`.
pub(super) struct Entry<'d> {
    pub(super) pattern: &'d str,
    pub(super) selection: Option<SelectionPattern>,
    pub(super) status: Option<u16>,
    pub(super) node: &'d Value,
    pub(super) pointer: String,
}

/// One entry of `requestParameters` or `responseParameters`.
pub(super) struct Mapping<'d> {
    pub(super) target: &'d str,
    pub(super) source: &'d str,
    pub(super) pointer: String,
}

/// Every operation of a document that has an integration, in its order.
pub(super) fn operations(root: &Value) -> Vec<Operation<'_>> {
    let mut found = Vec::new();
    let patterns = Rc::new(KnownPatterns::new(&match_statuses));
    for (path, item) in entries(root.get("paths")) {
        let resolved = resolve(root, item);
        for (key, verb) in Verb::BY_KEY {
            let Some(node) = resolved.get(key).map(|node| resolve(root, node)) else { continue };
            let integration = node.get("x-amazon-apigateway-integration").map(|node| resolve(root, node));
            let Some(integration) = integration.and_then(Value::as_object) else { continue };
            let pointer = format!("/paths/{}/{key}", escaped(path));
            found.push(Operation {
                root,
                patterns: Rc::clone(&patterns),
                name: format!("{verb} {path}"),
                path,
                verb,
                pointer,
                node,
                item: resolved,
                integration,
            });
        }
    }
    found
}

impl<'d> Operation<'d> {
    pub(super) fn integration_pointer(&self) -> String {
        format!("{}/x-amazon-apigateway-integration", self.pointer)
    }

    pub(super) fn is_of_type(&self, name: &str) -> bool {
        self.text("type").is_some_and(|text| text.eq_ignore_ascii_case(name))
    }

    /// The uri of an integration of type `aws`, toward S3.
    pub(super) fn s3_uri_as_written(&self) -> Option<IntegrationUri> {
        IntegrationUri::parse(&self.uri().filter(|_| self.is_of_type("aws"))?).ok()
    }

    /// The same, of any region.
    pub(super) fn s3_uri(&self) -> Option<IntegrationUri> {
        let uri = self.uri().filter(|_| self.is_of_type("aws"))?;
        // Which region it is makes no difference to any check.
        let uri = uri.replace("${AWS::Region}", "us-east-1").replace("${AWS::Partition}", "aws");
        IntegrationUri::parse(&uri).ok()
    }

    /// As the gateway reads it.
    fn uri(&self) -> Option<Cow<'d, str>> {
        intrinsic::text_of(self.integration.get("uri")?).ok()
    }

    /// The methods that S3 may see.
    pub(super) fn methods(&self) -> Vec<String> {
        const ANY: &str = "ANY";
        let method = self.text("httpMethod").unwrap_or(ANY).to_ascii_uppercase();
        let method = if method == ANY { self.verb.to_string() } else { method };
        if method != ANY {
            return vec![method];
        }
        // `ANY` takes what no other method of the path does.
        let is_left = |(key, verb): &&(&str, Verb)| *verb != Verb::Any && field(self.item, key).is_none();
        Verb::BY_KEY.iter().filter(is_left).map(|(_, verb)| verb.to_string()).collect()
    }

    /// Whether a method may change S3.
    pub(super) fn writes(&self) -> bool {
        self.methods().iter().any(|method| !matches!(method.as_str(), "GET" | "HEAD" | "OPTIONS"))
    }

    /// Whether a method may send S3 a body.
    pub(super) fn uploads(&self) -> bool {
        self.methods().iter().any(|method| matches!(method.as_str(), "PUT" | "POST" | "PATCH"))
    }

    pub(super) fn reads(&self) -> bool {
        self.methods().iter().any(|method| method == "GET")
    }

    pub(super) fn heads(&self) -> bool {
        self.methods().iter().any(|method| method == "HEAD")
    }

    pub(super) fn is_open(&self) -> bool {
        // An empty requirement is one that everybody fulfils.
        let names_scheme =
            |requirement: &Value| requirement.as_object().is_some_and(|names| !names.is_empty());
        let asks = |list: &Value| list.as_array().is_some_and(|list| list.iter().any(names_scheme));
        let auth = self.node.get("x-amazon-apigateway-auth").and_then(|auth| auth.get("type"));
        let signs = auth.and_then(Value::as_str).is_some_and(|kind| kind.eq_ignore_ascii_case("AWS_IAM"));
        !signs && !self.node.get("security").is_some_and(asks)
    }

    pub(super) fn text(&self, key: &str) -> Option<&'d str> {
        self.integration.get(key)?.as_str()
    }

    /// Whether the integration has a key.
    pub(super) fn says(&self, key: &str) -> bool {
        self.integration.get(key).is_some_and(|value| !value.is_null())
    }

    pub(super) fn content_handling(&self) -> Option<ContentHandling> {
        content_handling(self.integration.get("contentHandling"))
    }

    pub(super) fn request_mappings(&self) -> Vec<Mapping<'d>> {
        mappings(self.integration.get("requestParameters"), &self.integration_pointer(), "requestParameters")
    }

    /// The source of the parameter that fills `{name}` of the uri.
    pub(super) fn source_of(&self, name: &str) -> Option<&'d str> {
        let target = format!("integration.request.path.{name}");
        self.request_mappings()
            .into_iter()
            .find(|mapping| mapping.target == target)
            .map(|mapping| mapping.source)
    }

    /// The headers that are mapped toward the backend: name and source.
    pub(super) fn sent_headers(&self) -> impl Iterator<Item = (&'d str, &'d str)> {
        let header = |mapping: Mapping<'d>| {
            Some((mapping.target.strip_prefix("integration.request.header.")?, mapping.source))
        };
        self.request_mappings().into_iter().filter_map(header)
    }

    /// Whether a header is mapped toward the backend.
    pub(super) fn sends_header(&self, name: &str) -> bool {
        self.sent_headers().any(|(sent, _)| sent.eq_ignore_ascii_case(name))
    }

    /// The request templates that are not empty: media type and pointer.
    pub(super) fn request_templates(&self) -> Vec<(&'d str, String)> {
        templates(self.integration.get("requestTemplates"), &self.integration_pointer(), "requestTemplates")
    }

    /// The types of all request templates, also of those that are empty.
    pub(super) fn request_template_keys(&self) -> Vec<&'d str> {
        entries(self.integration.get("requestTemplates")).map(|(key, _)| key).collect()
    }

    pub(super) fn responses(&self) -> Vec<Entry<'d>> {
        let pointer = self.integration_pointer();
        let entry = |(pattern, node): (&'d str, &'d Value)| Entry {
            pattern,
            selection: self.patterns.parse(pattern).ok(),
            status: node.get("statusCode").and_then(number),
            node,
            pointer: format!("{pointer}/responses/{}", escaped(pattern)),
        };
        entries(self.integration.get("responses")).map(entry).collect()
    }

    /// The media types that the document declares for the request's body.
    pub(super) fn request_types(&self) -> Vec<&'d str> {
        let body = self.node.get("requestBody").map(|body| resolve(self.root, body));
        let content = body.and_then(|body| body.get("content"));
        entries(content).map(|(key, _)| key).chain(self.listed_types("consumes")).collect()
    }

    /// Whether the document says what the request's body is.
    pub(super) fn declares_body(&self) -> bool {
        let parameters =
            [self.node, self.item].into_iter().filter_map(|node| node.get("parameters")?.as_array());
        let mut parameters = parameters.flatten().map(|parameter| resolve(self.root, parameter));
        field(self.node, "requestBody").is_some()
            || parameters.any(|parameter| parameter.get("in").and_then(Value::as_str) == Some("body"))
    }

    /// The media types that the document declares for the bodies of successful responses.
    pub(super) fn response_types(&self) -> Vec<&'d str> {
        let responses = entries(self.node.get("responses")).filter(|(status, _)| status.starts_with('2'));
        let contents = responses.map(|(_, response)| resolve(self.root, response).get("content"));
        contents.flat_map(entries).map(|(key, _)| key).chain(self.listed_types("produces")).collect()
    }

    fn listed_types(&self, key: &str) -> Vec<&'d str> {
        let list = field(self.node, key).or_else(|| field(self.root, key)).and_then(Value::as_array);
        list.into_iter().flatten().filter_map(Value::as_str).collect()
    }
}

impl<'d> Entry<'d> {
    pub(super) fn takes(&self, status: u16) -> bool {
        let status = StatusCode::from_u16(status).unwrap_or_default();
        matches!(&self.selection, Some(SelectionPattern::Statuses(statuses)) if statuses.contains(status))
    }

    pub(super) fn is_default(&self) -> bool {
        self.selection == Some(SelectionPattern::Default)
    }

    pub(super) fn content_handling(&self) -> Option<ContentHandling> {
        content_handling(self.node.get("contentHandling"))
    }

    pub(super) fn mappings(&self) -> Vec<Mapping<'d>> {
        mappings(self.node.get("responseParameters"), &self.pointer, "responseParameters")
    }

    pub(super) fn templates(&self) -> Vec<(&'d str, String)> {
        templates(self.node.get("responseTemplates"), &self.pointer, "responseTemplates")
    }

    /// The types of all templates, also of those that are empty.
    pub(super) fn template_keys(&self) -> Vec<&'d str> {
        entries(self.node.get("responseTemplates")).map(|(key, _)| key).collect()
    }

    /// Whether a template makes JSON of every answer: none lets the body pass, or is for another type.
    pub(super) fn always_makes_json(&self) -> bool {
        let all = self.template_keys().len();
        let made = self.templates();
        let is_json = |(key, _): &(&str, String)| key.eq_ignore_ascii_case("application/json");
        all > 0 && made.len() == all && made.iter().all(is_json)
    }

    pub(super) fn maps_header(&self, name: &str) -> bool {
        let named = |target: &str| target.strip_prefix("method.response.header.").map(str::to_owned);
        let is_it =
            |mapping: &Mapping<'_>| named(mapping.target).is_some_and(|sent| sent.eq_ignore_ascii_case(name));
        self.mappings().iter().any(is_it)
    }
}

/// The entry that takes a status of S3's: the first that matches, else the default.
pub(super) fn selected<'e, 'd>(responses: &'e [Entry<'d>], status: u16) -> Option<&'e Entry<'d>> {
    let matching = responses.iter().find(|entry| entry.takes(status));
    matching.or_else(|| responses.iter().find(|entry| entry.is_default()))
}

/// What a reference within the document leads to, or the value itself.
pub(super) fn resolve<'d>(root: &'d Value, value: &'d Value) -> &'d Value {
    let target = value.reference().and_then(|text| reference::follow(root, text).ok());
    target.map_or(value, |(target, _)| target)
}

/// The value of a key; none where it is null, as the gateway reads it.
pub(super) fn field<'d>(node: &'d Value, key: &str) -> Option<&'d Value> {
    node.get(key).filter(|value| !value.is_null())
}

fn entries(node: Option<&Value>) -> impl Iterator<Item = (&str, &Value)> {
    let object = node.and_then(Value::as_object).map(Map::iter);
    object.into_iter().flatten().map(|(key, value)| (key.as_str(), value))
}

fn mappings<'d>(node: Option<&'d Value>, parent: &str, key: &str) -> Vec<Mapping<'d>> {
    let mapping = |(target, value): (&'d str, &'d Value)| {
        let pointer = format!("{parent}/{key}/{}", escaped(target));
        Some(Mapping { target, source: value.as_str()?, pointer })
    };
    entries(node).filter_map(mapping).collect()
}

fn templates<'d>(node: Option<&'d Value>, parent: &str, key: &str) -> Vec<(&'d str, String)> {
    let is_there = |(_, text): &(&str, &Value)| text.as_str().is_some_and(|text| !text.is_empty());
    let template = |(name, _): (&'d str, &Value)| (name, format!("{parent}/{key}/{}", escaped(name)));
    entries(node).filter(is_there).map(template).collect()
}

fn content_handling(node: Option<&Value>) -> Option<ContentHandling> {
    let text = node?.as_str()?;
    let is = |word: &str| text.eq_ignore_ascii_case(word);
    match (is("CONVERT_TO_TEXT"), is("CONVERT_TO_BINARY")) {
        (true, _) => Some(ContentHandling::ConvertToText),
        (_, true) => Some(ContentHandling::ConvertToBinary),
        _ => None,
    }
}

fn number(node: &Value) -> Option<u16> {
    match node {
        Value::String(text) => text.parse().ok(),
        other => u16::try_from(other.as_u64()?).ok(),
    }
}
