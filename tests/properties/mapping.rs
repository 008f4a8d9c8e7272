//! Mapping expressions: a parsed expression is displayed as written, and no text makes a parser panic.

use proptest::prelude::*;
use s3_edge_gateway::api::Operation;
use s3_edge_gateway_compiler::source::Parameters;
use s3_edge_gateway_compiler::{Input, compile};
use serde_json::{Value, json};

fn name() -> impl Strategy<Value = String> {
    "[A-Za-z0-9._$-]{1,16}"
}

fn ambient() -> impl Strategy<Value = String> {
    prop_oneof![
        name().prop_map(|name| format!("context.{name}")),
        name().prop_map(|name| format!("stageVariables.{name}")),
        any::<String>().prop_map(|text| format!("'{text}'")),
    ]
}

fn request_source() -> impl Strategy<Value = String> {
    let places = prop::sample::select(vec![
        "path",
        "querystring",
        "multivaluequerystring",
        "header",
        "multivalueheader",
    ]);
    prop_oneof![
        (places, name()).prop_map(|(place, name)| format!("method.request.{place}.{name}")),
        ambient()
    ]
}

fn response_source() -> impl Strategy<Value = String> {
    let places = prop::sample::select(vec!["header", "multivalueheader"]);
    prop_oneof![
        (places, name()).prop_map(|(place, name)| format!("integration.response.{place}.{name}")),
        ambient()
    ]
}

fn request_target() -> impl Strategy<Value = String> {
    let places = prop::sample::select(vec!["path", "querystring", "header"]);
    (places, name()).prop_map(|(place, name)| format!("integration.request.{place}.{name}"))
}

/// Pieces of expressions in any order, and any text.
fn nearly() -> impl Strategy<Value = String> {
    let pieces = prop::sample::select(vec![
        "method",
        "request",
        "response",
        "integration",
        "header",
        "path",
        "querystring",
        "body",
        "context",
        "stageVariables",
        ".",
        "..",
        "'",
        "$",
        "{",
        "}",
        "${",
        "stageVariables.a",
        "arn:aws:apigateway:us-west-2:s3:path/",
        "%",
        "%FF",
        "é",
        " ",
        "?",
        "&",
        "=",
        "/",
        "+",
        "\\d{2}",
        "(",
        "[",
        "[0]",
        "['a']",
        "*",
        "method.request.body",
        "integration.response.body",
    ]);
    prop_oneof![prop::collection::vec(pieces, 0..8).prop_map(|pieces| pieces.concat()), any::<String>()]
}

/// Compiles a document with one request mapping, one mapping of a response header, a uri, a path and a pattern. Returns the
/// operation, and the reasons why it is not served.
fn compiled(
    (target, source): (&str, &str),
    response: &str,
    uri: &str,
    path: &str,
    pattern: &str,
) -> (Operation, Vec<String>) {
    let integration = json!({
        "type": "aws", "httpMethod": "GET", "uri": uri, "requestParameters": { target: source },
        "responses": {
            pattern: { "statusCode": 200, "responseParameters": { "method.response.header.x": response } },
        },
    });
    let operation = json!({
        "responses": { "200": { "headers": { "x": {} } } },
        "parameters": declarations(source),
        "x-amazon-apigateway-integration": integration,
    });
    let document = json!({ "openapi": "3.0.1", "paths": { path: { "get": operation } } });
    let (bytes, parameters) = (serde_json::to_vec(&document).unwrap(), Parameters::default());
    let compilation =
        compile(&Input { bytes: &bytes, notation: None, parameters: &parameters, settings: None });
    let document = compilation.document.unwrap();
    let messages = document.operations(None).into_iter().flat_map(|row| row.reasons);
    let messages = messages.map(|reason| reason.message).collect();
    (document.api.resources[0].methods[0].operation.clone(), messages)
}

/// Returns the declaration of the query parameter or header that a mapping reads, or an empty array.
fn declarations(source: &str) -> Value {
    let mut parts = source.splitn(4, '.').skip(2);
    let (place, name) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    match place.trim_start_matches("multivalue") {
        "querystring" => json!([{ "in": "query", "name": name }]),
        "header" => json!([{ "in": "header", "name": name }]),
        _ => json!([]),
    }
}

const URI: &str = "arn:aws:apigateway:us-west-2:s3:path/files/a";

proptest! {
    #[test]
    fn sources_and_targets_are_written_as_they_were_read(
        request in request_source(), response in response_source(), target in request_target(),
    ) {
        prop_assume!(!request.starts_with("method.request.path.") && !request.contains("${") && !response.contains("${"));
        let (operation, messages) = compiled((&target, &request), &response, URI, "/x", "default");
        let Some(served) = operation.served() else {
            // Only targets that are headers of the signature are refused.
            prop_assert!(messages.iter().all(|message| message.contains("signature")), "{messages:?}");
            return Ok(());
        };
        let (read_target, read_source) = &served.integration.request_parameters[0];
        prop_assert_eq!(read_target.to_string(), target);
        prop_assert_eq!(read_source.to_string(), request);
        prop_assert_eq!(served.integration.responses[0].headers[0].1.to_string(), response);
    }

    #[test]
    fn any_expression_uri_path_and_pattern_is_read_or_refused_with_a_message(
        source in nearly(), response in nearly(), uri in nearly(), path in nearly(), pattern in nearly(),
    ) {
        let target = "integration.request.querystring.a";
        for uri in [uri.as_str(), &(URI.to_owned() + &uri)] {
            let path = format!("/{}", path.trim_start_matches("x-"));
            let (operation, messages) = compiled((target, &source), &response, uri, &path, &pattern);
            prop_assert!(operation.served().is_some() || !messages.is_empty());
            prop_assert!(messages.iter().all(|message| message.ends_with(['.', '?'])), "{messages:?}");
        }
    }
}
