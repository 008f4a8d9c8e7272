//! Templates: no text makes the parser panic, and text without a reference is unchanged.

use std::borrow::Cow;

use proptest::prelude::*;
use s3_edge_gateway::api::mapping::MethodRequestSource;
use s3_edge_gateway::api::template::Values;
use s3_edge_gateway_compiler::openapi::template::{self, Dialect};

struct Nothing;

impl Values for Nothing {
    fn context(&self, _: &str) -> Option<Cow<'_, str>> {
        None
    }
    fn stage_variable(&self, _: &str) -> Option<Cow<'_, str>> {
        None
    }
    fn method_request(&self, _: &MethodRequestSource) -> Option<Cow<'_, str>> {
        None
    }
}

fn nearly() -> impl Strategy<Value = String> {
    let pieces = prop::sample::select(vec![
        "$input.body",
        "${input.body}",
        "$!input.body",
        "$context.stage",
        "$stageVariables.a",
        "method.request.header.A",
        "$",
        "#",
        "##",
        "#set",
        "{",
        "}",
        "(",
        "[",
        ".",
        "!",
        "é",
        "\n",
        "text",
        "\"",
        "$input",
        "$5",
        "-",
        "_",
    ]);
    prop_oneof![prop::collection::vec(pieces, 0..8).prop_map(|pieces| pieces.concat()), any::<String>()]
}

proptest! {
    #[test]
    fn parsing_and_rendering_never_panic(text in nearly(), body in prop::collection::vec(any::<u8>(), 0..20)) {
        match template::parse(&text, Dialect::Integration) {
            Ok(template) => {
                let rendered = template.render(&body[..], &Nothing);
                let references = text.matches("input.body").count();
                let inserted = references * if body.is_empty() { 2 } else { body.len() };
                prop_assert!(rendered.len() <= text.len() + inserted);
            }
            Err(error) => prop_assert!(text.lines().nth(error.line - 1).is_some_and(|line| error.column <= line.chars().count() + 1) || error.column == 1),
        }
        let template = template::parse(&text, Dialect::GatewayResponse);
        prop_assert!(template.is_ok());
    }

    #[test]
    fn text_without_references_is_unchanged(text in "[^$#]*", gateway_text in "[^$m]*") {
        let rendered = |text: &str, dialect| template::parse(text, dialect).unwrap().render(&b"x"[..], &Nothing);
        prop_assert_eq!(rendered(&text, Dialect::Integration), text.as_bytes());
        prop_assert_eq!(rendered(&gateway_text, Dialect::GatewayResponse), gateway_text.as_bytes());
    }

    #[test]
    fn the_text_around_a_body_is_unchanged(before in "[^$#]*", after in "[^$#A-Za-z0-9_(\\[.-][^$#]*", body in prop::collection::vec(any::<u8>(), 1..20)) {
        let template = template::parse(&format!("{before}$input.body{after}"), Dialect::Integration).unwrap();
        let expected = [before.as_bytes(), &body, after.as_bytes()].concat();
        prop_assert_eq!(template.around_body(&Nothing), Some((before, after)));
        prop_assert_eq!(template.render(&body[..], &Nothing), expected);
    }
}
