//! Checks the invariants of expressions. No text causes a panic. A parsed expression is displayed as it was written. A
//! document that contains the expression, and that compiles, serves requests.

use std::borrow::Cow;

use http::Method;
use s3_edge_gateway::api::cognito_issuer;
use s3_edge_gateway::api::integration::SelectionPattern;
use s3_edge_gateway::api::mapping::MethodRequestSource;
use s3_edge_gateway::api::media_type::{Accept, BinaryMediaTypes, Form, Listed, MediaType};
use s3_edge_gateway::api::template::Values;
use s3_edge_gateway_compiler::openapi::selection_pattern;
use s3_edge_gateway_compiler::openapi::template::{Dialect, parse as parse_template};
use serde_json::{Value, json};

use crate::deployment::{BEHAVIOURS, compile_json, deploy};
use crate::exchange::{Exchange, send};

/// The separator between the texts of an input: the ASCII unit separator.
const SEPARATOR: char = '\u{1f}';

/// Checks one input: an expression, and up to two more texts. The second text is a body and a media type, the third text a list
/// of binary media types.
pub fn run(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let mut texts = text.splitn(3, SEPARATOR);
    let text = texts.next().unwrap_or_default();
    let (second, third) = (texts.next().unwrap_or("image/png"), texts.next().unwrap_or("*/*"));
    pattern(text);
    templates(text, second);
    media_types(text, second, third);
    if let Some(issuer) = cognito_issuer(text) {
        assert!(issuer.starts_with("https://cognito-idp."), "{issuer}");
    }
    documents(text, second);
}

fn pattern(text: &str) {
    match selection_pattern::parse(text) {
        Ok(SelectionPattern::Statuses(statuses)) => assert!(statuses.len() <= 500),
        Ok(SelectionPattern::Default) => assert!(text.is_empty() || text == "default"),
        Err((_, reason)) => assert!(!reason.is_empty()),
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
    fn method_request(&self, _: &MethodRequestSource) -> Option<Cow<'_, str>> {
        Some(Cow::Borrowed("m"))
    }
}

fn templates(text: &str, body: &str) {
    let body = body.as_bytes();
    match parse_template(text, Dialect::Integration) {
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
        Err(error) => assert!(error.line >= 1 && error.column >= 1 && !error.seen.is_empty(), "{error:?}"),
    }
    let template = parse_template(text, Dialect::GatewayResponse);
    let template =
        template.unwrap_or_else(|error| panic!("each template of a gateway response is valid: {error:?}"));
    let rendered = template.render(b"".as_slice(), &Fixed);
    assert!(text.contains(['$', 'm']) || rendered == text.as_bytes());
}

fn media_types(header: &str, payload: &str, entries: &str) {
    let list = BinaryMediaTypes::from_entries(entries.split('|'));
    let accept = Accept::parse(Some(header));
    let form = accept.prefers(Some(payload), &list);
    assert!(
        !accept.always_prefers_binary(&list) || form == Form::Binary,
        "the Accept {header} does not prefer bytes of the type {payload} with the binary media types {entries}"
    );
    if list.lists(None) == Listed::Yes {
        assert_eq!(list.lists(Some(header)), Listed::Yes);
    }
    if let Some(media_type) = MediaType::first_of(header) {
        assert!(!media_type.is("no type"));
    }
}

/// Uses the expression in each place of a document where an expression may stand.
fn documents(text: &str, second: &str) {
    serve(json!({ "type": "aws", "uri": text }), "", second);
    serve(json!({ "type": "http_proxy", "uri": text }), "", second);
    let source = json!({ "type": "aws", "uri": "arn:aws:apigateway:us-west-2:s3:path/files/{key}",
        "requestParameters": { "integration.request.path.key": text, "integration.request.header.x-a": text,
            "integration.request.querystring.q": text } });
    serve(source, "", second);
    let to_url = json!({ "type": "http", "uri": "https://b.example/a/{key}?x={key}",
        "requestParameters": { "integration.request.path.key": text, (text): "'a%2Fb'" } });
    serve(to_url, "", second);
    let responses = json!({ (text): { "statusCode": 201 }, "default": { "statusCode": 200, "responseParameters": {
        "method.response.header.x-a": text, "method.response.header.x-b": "integration.response.body.a",
    } } });
    serve(json!({ "type": "http", "uri": "https://b.example/", "responses": responses }), "", second);
    serve(
        json!({ "type": "http", "uri": "https://b.example/", "requestTemplates": { "application/json": text } }),
        "",
        second,
    );
    let variable = |uri: &str| json!({ "type": "aws", "uri": format!("arn:aws:apigateway:us-west-2:{uri}") });
    serve(variable("${stageVariables.v}.s3:path/a"), text, second);
    serve(variable("s3:path/files/${stageVariables.v}?a=${stageVariables.v}"), text, second);
    serve(json!({ "type": "http", "uri": "http://${stageVariables.v}/a?${stageVariables.v}" }), text, second);
    paths(text);
}

/// Uses the expression as a path.
fn paths(text: &str) {
    let mock = json!({ "x-amazon-apigateway-integration": { "type": "mock" } });
    let document = json!({ "openapi": "3.0.1", "paths": { (text): { "get": mock } } });
    let Some(compiled) = compile_json(document.to_string().as_bytes()).document else { return };
    for resource in &compiled.api.resources {
        assert!(resource.path.parameters().all(|name| text.contains(name.as_str())), "{resource:?}");
    }
}

fn serve(mut integration: Value, variable: &str, second: &str) {
    let entries = integration.as_object_mut().expect("an object");
    entries.insert("httpMethod".to_owned(), json!("ANY"));
    entries.entry("responses").or_insert(json!({ "default": { "statusCode": 200 } }));
    let document = json!({ "openapi": "3.0.1", "paths": { "/{key}": { "post": {
        "parameters": [
            { "in": "path", "name": "key" }, { "in": "query", "name": "key" }, { "in": "header", "name": "key" },
        ],
        "responses": { "200": { "headers": { "x-a": {}, "x-b": {} } } },
        "x-amazon-apigateway-integration": integration,
    } } } });
    let Some(compiled) = compile_json(document.to_string().as_bytes()).document else { return };
    for served in compiled.api.served() {
        for (target, source) in &served.integration.request_parameters {
            let written = integration["requestParameters"][target.to_string()].as_str();
            assert_eq!(
                written,
                Some(source.to_string().as_str()),
                "the expression is not displayed as written"
            );
        }
    }
    let variables = json!({ "v": variable }).to_string();
    let body =
        if serde_json::from_str::<Value>(second).is_ok() { second } else { "{\"a\": [{\"b\": \"c\"}]}" };
    let mut exchange = Exchange::read(&json!({
        "request": { "url": "/a%2Fb.png?key=x&key=y", "body": body,
            "headers": { "key": [second, "h"], "content-type": "application/json", "accept": second } },
        "s3": [{ "status": 200, "headers": { "content-type": second }, "body": body }],
    }));
    exchange.request.method = Method::POST;
    for behaviour in BEHAVIOURS {
        let gateway = deploy(compiled.api.clone(), behaviour, &[("STAGE_VARIABLES", &variables)]);
        let Ok(gateway) = gateway else { continue };
        for url in send(&gateway, &exchange) {
            let url = url::Url::parse(&url).expect("the simulated backend has parsed the URL");
            let is_of_aws = url.host_str().is_some_and(|host| host.contains("amazonaws"));
            assert!(is_of_aws || !url.cannot_be_a_base(), "{url}");
        }
    }
}
