//! What holds for every expression: no text makes a parser panic, what is read is written again as it was, what is refused is
//! refused for a reason, and a document with the expression in it serves requests.

use std::borrow::Cow;
use std::fmt::Display;

use http::Method;
use s3_edge_gateway::api::http_uri::HttpUri;
use s3_edge_gateway::api::integration::{SelectionPattern, match_statuses};
use s3_edge_gateway::api::integration_uri::{IntegrationUri, UriPiece};
use s3_edge_gateway::api::json_path::JsonPath;
use s3_edge_gateway::api::mapping::{GatewayResponseSource, RequestSource, RequestTarget, ResponseSource};
use s3_edge_gateway::api::media_type::{Accept, BinaryMediaTypes, Form, Listed, MediaType};
use s3_edge_gateway::api::{ResourcePath, Segment, cognito_issuer};
use s3_edge_gateway::template::{Dialect, Template, Values};
use serde_json::{Value, json};

use crate::deployment::{BEHAVIOURS, deploy, load};
use crate::exchange::{Question, ask};

/// What an input's texts are divided by: the ASCII unit separator.
const SEPARATOR: char = '\u{1f}';

/// Runs one expression, and up to two texts that it may be applied to.
pub fn run(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let mut texts = text.splitn(3, SEPARATOR);
    let text = texts.next().unwrap_or_default();
    let (second, third) = (texts.next().unwrap_or("image/png"), texts.next().unwrap_or("*/*"));
    mappings(text);
    json_path(text, second);
    uris(text);
    path(text);
    pattern(text);
    templates(text, second);
    media_types(text, second, third);
    if let Some(issuer) = cognito_issuer(text) {
        assert!(issuer.starts_with("https://cognito-idp."), "{issuer}");
    }
    documents(text, second);
}

fn as_it_was<T: Display, E: Display>(text: &str, parsed: Result<T, E>) -> bool {
    match &parsed {
        Ok(read) => assert_eq!(read.to_string(), text),
        Err(error) => assert!(error.to_string().contains(text), "{error}"),
    }
    parsed.is_ok()
}

fn mappings(text: &str) {
    as_it_was(text, RequestTarget::parse(text));
    as_it_was(text, ResponseSource::parse(text));
    let of_request = as_it_was(text, RequestSource::parse(text));
    match GatewayResponseSource::parse(text) {
        Ok(_) => assert!(of_request, "it takes less than others do: {text}"),
        Err(error) => assert!(error.to_string().contains(text), "{error}"),
    }
}

fn json_path(text: &str, value: &str) {
    match JsonPath::parse(text) {
        Ok(path) => {
            assert_eq!(path.to_string(), text);
            assert_eq!(path.is_root(), text.is_empty());
            let Ok(value) = serde_json::from_str::<Value>(value) else { return };
            let found = path.follow(&value);
            assert!(!path.is_root() || found == Some(&value));
        }
        Err(reason) => assert!(!reason.is_empty()),
    }
}

fn uris(text: &str) {
    match IntegrationUri::parse(text) {
        Ok(uri) => {
            assert!(uri.parameters().all(|name| text.contains(name.as_str())));
            assert!(text.starts_with("arn:") && text.contains("path/"), "{text}");
            assert!(uri.needs_region() == text.contains("${AWS::Region}"), "{uri:?}");
        }
        Err(error) => assert!(!error.to_string().is_empty()),
    }
    match HttpUri::parse(text) {
        Ok(uri) => {
            assert!(uri.parameters().all(|name| text.contains(name.as_str())));
            let chosen = |piece: &UriPiece| matches!(piece, UriPiece::Parameter(_));
            assert!(!uri.authority.0.is_empty() && !uri.authority.0.iter().any(chosen), "{uri:?}");
        }
        Err(error) => assert!(!error.to_string().is_empty()),
    }
}

fn path(text: &str) {
    let Ok(path) = ResourcePath::parse(text) else { return };
    let written: String = path
        .segments
        .iter()
        .map(|segment| match segment {
            Segment::Static(text) => format!("/{text}"),
            Segment::Parameter(name) => format!("/{{{}}}", name.as_str()),
            Segment::Greedy(name) => format!("/{{{}+}}", name.as_str()),
        })
        .collect();
    assert_eq!(text.strip_suffix('/').unwrap_or(text), written);
}

fn pattern(text: &str) {
    match SelectionPattern::parse(text, &match_statuses) {
        Ok(SelectionPattern::Statuses(statuses)) => {
            assert!(statuses.len() <= 500);
        }
        Ok(SelectionPattern::Default) => assert!(text.is_empty() || text == "default"),
        Err(reason) => assert!(!reason.is_empty()),
    }
}

struct Fixed;

impl Values for Fixed {
    fn context(&self, name: &str) -> Option<Cow<'_, str>> {
        (name.len().is_multiple_of(2)).then_some(Cow::Borrowed("c"))
    }
    fn stage_variable(&self, name: &str) -> Option<Cow<'_, str>> {
        (name.len().is_multiple_of(2)).then_some(Cow::Borrowed("s"))
    }
    fn method_request(&self, _: &str) -> Option<Cow<'_, str>> {
        Some(Cow::Borrowed("m"))
    }
}

fn templates(text: &str, body: &str) {
    let body = body.as_bytes();
    match Template::parse(text, Dialect::Integration) {
        Ok(template) => {
            let rendered = template.render(body, &Fixed);
            if let Some((before, after)) = template.around_body(&Fixed) {
                let body = if body.is_empty() { b"{}" } else { body };
                assert_eq!(rendered, [before.as_bytes(), body, after.as_bytes()].concat());
                assert!(template.names_body());
            }
            if !text.contains(['$', '#']) {
                assert_eq!(rendered, text.as_bytes());
            }
        }
        Err(error) => assert!(error.offset < text.chars().count() && !error.what.is_empty(), "{error}"),
    }
    let template = Template::parse(text, Dialect::GatewayResponse);
    let template = template.unwrap_or_else(|error| panic!("nothing is refused there: {error}"));
    let rendered = template.render(b"".as_slice(), &Fixed);
    assert!(text.contains(['$', 'm']) || rendered == text.as_bytes());
}

fn media_types(header: &str, payload: &str, entries: &str) {
    let list = BinaryMediaTypes::from_entries(entries.split('|'));
    let accept = Accept::parse(Some(header));
    let form = accept.prefers(Some(payload), &list);
    assert!(
        !accept.always_prefers_binary(&list) || form == Form::Binary,
        "{header} of {payload} in {entries}"
    );
    if list.lists(None) == Listed::Yes {
        assert_eq!(list.lists(Some(header)), Listed::Yes);
    }
    if let Some(media_type) = MediaType::first_of(header) {
        assert!(!media_type.is("no type"));
    }
}

/// The expression everywhere in a document, one place at a time.
fn documents(text: &str, second: &str) {
    let as_uri = json!({ "type": "aws", "uri": text });
    serve(as_uri, "", second);
    serve(json!({ "type": "http_proxy", "uri": text }), "", second);
    let source = json!({ "type": "aws", "uri": "arn:aws:apigateway:us-west-2:s3:path/files/{key}",
        "requestParameters": { "integration.request.path.key": text, "integration.request.header.x-a": text,
            "integration.request.querystring.q": text } });
    serve(source, "", second);
    let to_url = json!({ "type": "http", "uri": "https://b.example/a/{key}?x={key}",
        "requestParameters": { "integration.request.path.key": text, (text): "'a%2Fb'" } });
    serve(to_url, "", second);
    serve(
        json!({ "type": "http", "uri": "https://b.example/", "requestTemplates": { "application/json": text } }),
        "",
        second,
    );
    let variable = |uri: &str| json!({ "type": "aws", "uri": format!("arn:aws:apigateway:us-west-2:{uri}") });
    serve(variable("${stageVariables.v}.s3:path/a"), text, second);
    serve(variable("s3:path/files/${stageVariables.v}?a=${stageVariables.v}"), text, second);
    serve(json!({ "type": "http", "uri": "http://${stageVariables.v}/a?${stageVariables.v}" }), text, second);
}

fn serve(mut integration: Value, variable: &str, second: &str) {
    let responses = json!({ "default": { "statusCode": 200, "responseParameters": {
        "method.response.header.x-a": integration["uri"], "method.response.header.x-b": "integration.response.body.a",
    } } });
    let is_source = integration["uri"].as_str().is_some_and(|uri| ResponseSource::parse(uri).is_ok());
    integration["httpMethod"] = json!("ANY");
    integration["responses"] =
        if is_source { responses } else { json!({ "default": { "statusCode": 200 } }) };
    let document = json!({ "openapi": "3.0.1", "paths": { "/{key}": { "post": {
        "parameters": [
            { "in": "path", "name": "key" }, { "in": "query", "name": "key" }, { "in": "header", "name": "key" },
        ],
        "responses": { "200": { "headers": { "x-a": {}, "x-b": {} } } },
        "x-amazon-apigateway-integration": integration,
    } } } });
    let Ok(api) = load(document.to_string().as_bytes()) else { return };
    let variables = json!({ "v": variable }).to_string();
    let body =
        if serde_json::from_str::<Value>(second).is_ok() { second } else { "{\"a\": [{\"b\": \"c\"}]}" };
    let mut question = Question::read(&json!({
        "request": { "url": "/a%2Fb.png?key=x&key=y", "body": body,
            "headers": { "key": [second, "h"], "content-type": "application/json", "accept": second } },
        "s3": [{ "status": 200, "headers": { "content-type": second }, "body": body }],
    }));
    question.method = Method::POST;
    for behaviour in BEHAVIOURS {
        let gateway = deploy(api.clone(), behaviour, &[("STAGE_VARIABLES", &variables)]);
        let Ok(gateway) = gateway else { continue };
        for url in ask(&gateway, &question) {
            let url = url::Url::parse(&url).expect("it was looked at");
            let is_of_aws = url.host_str().is_some_and(|host| host.contains("amazonaws"));
            assert!(is_of_aws || !url.cannot_be_a_base(), "{url}");
        }
    }
}
