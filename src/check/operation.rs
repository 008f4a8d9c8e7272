//! Operations as the checks see them: with places, and as much of them as can be read, also of a document that cannot run.

use std::rc::Rc;

use http::StatusCode;
use serde_json::{Map, Value};

use super::place::escaped;
use crate::api::integration::{ContentHandling, KnownPatterns, SelectionPattern, match_statuses};
use crate::api::integration_uri::IntegrationUri;
use crate::api::reference;

const VERBS: &[(&str, &str)] = &[
    ("get", "GET"),
    ("put", "PUT"),
    ("post", "POST"),
    ("delete", "DELETE"),
    ("options", "OPTIONS"),
    ("head", "HEAD"),
    ("patch", "PATCH"),
    ("x-amazon-apigateway-any-method", "ANY"),
];

/// An operation with an integration.
pub(super) struct Operation<'d> {
    root: &'d Value,
    /// Those of all of the document.
    patterns: Rc<KnownPatterns<'static>>,
    /// `GET /{folder}/{item}`
    pub(super) name: String,
    pub(super) path: &'d str,
    pub(super) verb: &'static str,
    pub(super) pointer: String,
    node: &'d Value,
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
        for (key, verb) in VERBS {
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
    pub(super) fn s3_uri(&self) -> Option<IntegrationUri> {
        let uri = self.text("uri").filter(|_| self.is_of_type("aws"))?;
        // Which region it is makes no difference to any check.
        let uri = uri.replace("${AWS::Region}", "us-east-1").replace("${AWS::Partition}", "aws");
        IntegrationUri::parse(&uri).ok()
    }

    /// The methods that S3 may see.
    pub(super) fn methods(&self) -> Vec<String> {
        let method = self.text("httpMethod").unwrap_or(self.verb).to_ascii_uppercase();
        let method = if method == "ANY" { self.verb.to_owned() } else { method };
        if method != "ANY" {
            return vec![method];
        }
        VERBS.iter().map(|(_, verb)| (*verb).to_owned()).filter(|verb| verb != "ANY").collect()
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

    pub(super) fn is_open(&self) -> bool {
        let asks = |requirements: &Value| requirements.as_array().is_some_and(|list| !list.is_empty());
        let auth = self.node.get("x-amazon-apigateway-auth").and_then(|auth| auth.get("type"));
        let signs = auth.and_then(Value::as_str).is_some_and(|kind| kind.eq_ignore_ascii_case("AWS_IAM"));
        !signs && !self.node.get("security").is_some_and(asks)
    }

    pub(super) fn text(&self, key: &str) -> Option<&'d str> {
        self.integration.get(key)?.as_str()
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

    /// Whether a header is mapped toward S3.
    pub(super) fn sends_header(&self, name: &str) -> bool {
        let named = |target: &str| target.strip_prefix("integration.request.header.").map(str::to_owned);
        let is_it =
            |mapping: &Mapping<'_>| named(mapping.target).is_some_and(|sent| sent.eq_ignore_ascii_case(name));
        self.request_mappings().iter().any(is_it)
    }

    /// The request templates that are not empty: media type and pointer.
    pub(super) fn request_templates(&self) -> Vec<(&'d str, String)> {
        templates(self.integration.get("requestTemplates"), &self.integration_pointer(), "requestTemplates")
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

    /// The media types that the document declares for the bodies of successful responses.
    pub(super) fn response_types(&self) -> Vec<&'d str> {
        let responses = entries(self.node.get("responses")).filter(|(status, _)| status.starts_with('2'));
        let contents = responses.map(|(_, response)| resolve(self.root, response).get("content"));
        contents.flat_map(entries).map(|(key, _)| key).chain(self.listed_types("produces")).collect()
    }

    fn listed_types(&self, key: &str) -> Vec<&'d str> {
        let list = self.node.get(key).or_else(|| self.root.get(key)).and_then(Value::as_array);
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
fn resolve<'d>(root: &'d Value, value: &'d Value) -> &'d Value {
    let target = reference::text(value).and_then(|text| reference::follow(root, text).ok());
    target.map_or(value, |(target, _)| target)
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
