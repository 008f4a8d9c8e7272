//! Mapping expressions: what is parsed is written again as it was, and nothing makes the parsers panic.

use std::fmt::Display;

use proptest::prelude::*;
use s3_edge_gateway::api::ResourcePath;
use s3_edge_gateway::api::integration::{SelectionPattern, match_statuses};
use s3_edge_gateway::api::integration_uri::IntegrationUri;
use s3_edge_gateway::api::mapping::{GatewayResponseSource, RequestSource, RequestTarget, ResponseSource};

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

/// Text that looks like an expression with something wrong in it.
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

fn written<T: Display>(parsed: Result<T, impl std::fmt::Debug>) -> String {
    parsed.unwrap().to_string()
}

proptest! {
    #[test]
    fn sources_and_targets_are_written_as_they_were_read(
        request in request_source(), response in response_source(), target in request_target(),
    ) {
        prop_assert_eq!(written(RequestSource::parse(&request)), request.clone());
        prop_assert_eq!(written(ResponseSource::parse(&response)), response);
        prop_assert_eq!(written(RequestTarget::parse(&target)), target);
        prop_assert!(GatewayResponseSource::parse(&request).is_ok());
    }

    #[test]
    fn what_is_read_at_all_is_written_as_it_was(text in nearly()) {
        if let Ok(source) = RequestSource::parse(&text) {
            prop_assert_eq!(source.to_string(), text.clone());
        }
        if let Ok(source) = ResponseSource::parse(&text) {
            prop_assert_eq!(source.to_string(), text.clone());
        }
        if let Ok(target) = RequestTarget::parse(&text) {
            prop_assert_eq!(target.to_string(), text);
        }
    }

    #[test]
    fn an_error_shows_what_was_read(text in nearly()) {
        if let Err(error) = RequestSource::parse(&text) {
            prop_assert!(error.to_string().contains(&text));
        }
        if let Err(error) = RequestTarget::parse(&text) {
            prop_assert!(error.to_string().contains(&text));
        }
    }

    #[test]
    fn uris_and_paths_and_patterns_never_panic(text in nearly()) {
        if let Ok(uri) = IntegrationUri::parse(&text) {
            prop_assert!(uri.parameters().all(|name| text.contains(name.as_str())));
        }
        let path = "arn:aws:apigateway:us-west-2:s3:path/".to_owned() + &text;
        if let Ok(uri) = IntegrationUri::parse(&path) {
            prop_assert!(uri.parameters().all(|name| text.contains(name.as_str())));
        }
        if let Ok(path) = ResourcePath::parse(&format!("/{text}")) {
            prop_assert!(path.segments.len() <= text.matches('/').count() + 1);
        }
        if let Ok(SelectionPattern::Statuses(statuses)) = SelectionPattern::parse(&text, &match_statuses) {
            prop_assert!(statuses.len() <= 500);
        }
    }
}
