//! `documents/broken`, and documents that chance breaks: every diagnostic becomes a finding with a line, and nothing
//! panics.

use std::path::Path;

use http::Method;
use proptest::prelude::*;
use s3_edge_gateway::check::check;
use s3_edge_gateway::check::explain::text::text;
use s3_edge_gateway::check::explain::{Question, explain};
use s3_edge_gateway::check::finding::{Finding, Severity};
use s3_edge_gateway::check::look::Look;
use s3_edge_gateway::check::policy::policy;
use s3_edge_gateway::check::source::Source;
use s3_edge_gateway::check::yaml;
use serde_json::Value;

const DOCUMENTS: &[&str] = &[
    include_str!("../documents/sample-openapi-3.0.json"),
    include_str!("../documents/sample-swagger-2.0.json"),
    include_str!("../documents/sample-cors-openapi-3.0.json"),
    include_str!("../documents/statuses.json"),
    include_str!("../documents/headers.json"),
    include_str!("../documents/templates.json"),
    include_str!("../documents/mock.json"),
    include_str!("../documents/validators.json"),
    include_str!("../documents/places.json"),
    include_str!("documents/preflight.json"),
];

/// Words that documents have somewhere, and pieces of expressions.
const PIECES: &[&str] = &[
    "method.request.path.",
    "method.request.header.é",
    "integration.request.path.key",
    "'",
    "''",
    "${",
    "{",
    "}",
    "{a+}",
    "$input.body",
    "$context.",
    "$",
    "#",
    "\\",
    "(?!",
    "2\\d{2}",
    "[",
    "*/*",
    "/",
    "//",
    "~1",
    "%",
    "%FF",
    "\u{0}",
    "😀",
    "ANY",
    "mock",
    "aws",
    "default",
    "arn:aws:apigateway:us-west-2:s3:path/",
    "?a={b}&c",
    ".s3",
    "CONVERT_TO_BINARY",
    "#/paths",
    "\n",
];

fn found(text: &str) -> Vec<Finding> {
    found_in("a.json", text)
}

fn found_in(name: &str, text: &str) -> Vec<Finding> {
    match Source::read(Path::new(name), text.as_bytes()) {
        Ok(source) => check(&source, &|_| None).unwrap(),
        Err(finding) => vec![*finding],
    }
}

#[test]
fn every_diagnostic_is_a_finding_at_its_line() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/documents/broken");
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let broken: Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
        let lines = |lines: &Value| -> String {
            let lines: Vec<_> = lines.as_array().unwrap().iter().filter_map(Value::as_str).collect();
            lines.join("\n")
        };
        let (name, text) = match &broken {
            // What is no text is nothing that the checker reads.
            broken if broken["base64"].is_string() => continue,
            broken if broken["yaml"].is_array() => ("a.yaml", lines(&broken["yaml"])),
            broken if broken["text"].is_array() => ("a.json", lines(&broken["text"])),
            broken => ("a.json", format!("{:#}", broken["document"])),
        };
        let findings = found_in(name, &text);
        let errors: Vec<_> = findings.iter().filter(|finding| finding.severity == Severity::Error).collect();
        let expected = broken["diagnostics"].as_array().unwrap();
        assert_eq!(errors.len(), expected.len(), "{}", path.display());
        for diagnostic in expected {
            let pointer = diagnostic[0].as_str().unwrap();
            let error = errors.iter().find(|error| error.pointer == pointer).unwrap();
            // What is there stands at its key, or in its list.
            let line = text.lines().nth(error.line - 1).unwrap_or_default();
            let key = pointer.rsplit('/').next().unwrap().replace("~1", "/").replace("~0", "~");
            let document: Value = yaml::from_str(&text).unwrap_or_default();
            let is_there = document.pointer(pointer).is_some() && key.parse::<usize>().is_err();
            let key = if name == "a.yaml" { key } else { serde_json::to_string(&key).unwrap() };
            assert!(pointer.is_empty() || !is_there || line.contains(&key), "{pointer}: {line}");
        }
        assert!(findings.is_sorted_by_key(|finding| (finding.line, finding.column)));
    }
}

/// A document with another value, key or piece of a text somewhere.
fn mutated(document: &mut Value, at: &mut impl FnMut(usize) -> usize) {
    let mut value = document;
    loop {
        let count = match value {
            Value::Object(entries) => entries.len(),
            Value::Array(items) => items.len(),
            _ => 0,
        };
        if count == 0 || at(12) == 0 {
            break;
        }
        let index = at(count);
        value = match value {
            Value::Object(entries) => {
                if at(20) == 0 {
                    let key = entries.keys().nth(index).unwrap().clone();
                    let moved = entries.remove(&key).unwrap();
                    entries.insert(spliced(&key, at), moved);
                    return;
                }
                entries.values_mut().nth(index).unwrap()
            }
            Value::Array(items) => &mut items[index],
            _ => return,
        };
    }
    *value = match (&*value, at(4)) {
        (Value::String(text), 0..=2) => Value::from(spliced(text, at)),
        (_, 0) => Value::Null,
        (_, 1) => Value::from(at(700)),
        (_, 2) => Value::from(PIECES[at(PIECES.len())]),
        _ => Value::Array(vec![value.clone()]),
    };
}

/// A text with a piece put in, in place of what stands there.
fn spliced(text: &str, at: &mut impl FnMut(usize) -> usize) -> String {
    let characters: Vec<char> = text.chars().collect();
    let start = at(characters.len() + 1);
    let end = (start + at(4)).min(characters.len());
    let (before, after) = (&characters[..start], &characters[end..]);
    before.iter().collect::<String>() + PIECES[at(PIECES.len())] + &after.iter().collect::<String>()
}

proptest! {
    #[test]
    fn nothing_panics(which in 0..DOCUMENTS.len(), choices in prop::collection::vec(any::<prop::sample::Index>(), 60), times in 1..4) {
        let mut document: Value = serde_json::from_str(DOCUMENTS[which]).unwrap();
        let mut choices = choices.iter();
        let mut at = |count: usize| choices.next().map_or(0, |choice| choice.index(count));
        for _ in 0..times {
            mutated(&mut document, &mut at);
        }
        let written = format!("{document:#}");
        let lines = written.lines().count();
        let findings = found(&written);
        for finding in &findings {
            prop_assert!((1..=lines).contains(&finding.line), "{finding:?}");
        }
        prop_assert!(policy(&document, &|_| None).is_ok());
        if !findings.iter().any(|finding| finding.severity == Severity::Error) {
            for path in document["paths"].as_object().into_iter().flatten().map(|(path, _)| path) {
                for method in [Method::GET, Method::PUT, Method::OPTIONS] {
                    let body = (method != Method::GET).then(|| "{\"a\": [1]}".into());
                    let question = Question { method, body, path: path.clone(), ..Question::default() };
                    let story = explain(&document, &question, &|_| None);
                    prop_assert!(story.is_ok_and(|story| text(&story, Look::PLAIN).contains("To client")));
                }
            }
        }
    }

    /// Whatever the text is, it is read or refused, as JSON and as YAML.
    #[test]
    fn any_text_is_read_or_refused(text in "[-:{}\\[\\]\"'a-c0-9 \n\t#&*!|>?,%é]{0,80}") {
        for name in ["a.json", "a.yaml"] {
            if let Ok(source) = Source::read(Path::new(name), text.as_bytes()) {
                prop_assert!(check(&source, &|_| None).is_ok());
            }
        }
    }
}

/// What of YAML cannot be read at all; that which can be, and is wrong, is in `documents/broken`.
#[test]
fn what_is_no_yaml_says_where() {
    for (text, line, column, expected) in [
        (
            "openapi: 3.0.1\npaths:\n\t/x: {}\n",
            3,
            2,
            "tabs disallowed within this context (block indentation)",
        ),
        ("openapi: 3.0.1\npaths: {\n", 2, 8, "unclosed bracket '{'"),
        ("openapi: 3.0.1\npaths: {}\npaths: {}\n", 3, 1, "duplicate mapping key: paths"),
        ("openapi: 3.0.1\npaths: *paths\n", 2, 8, "alias references unknown anchor"),
        ("openapi: \"3.0.1\npaths: {}\n", 2, 1, "invalid indentation in multiline quoted scalar"),
        ("paths:\n  /x: @file\n", 2, 7, "unexpected character: `@'"),
        ("openapi: 3.0.1\n---\nopenapi: 3.0.1\n", 3, 1, "multiple YAML documents detected"),
        ("title: A: B\n", 1, 9, "mapping values are not allowed in this context"),
        ("a: &a [*a]\n", 1, 8, "an alias inside of what it stands for"),
        ("a:\n  - b\n  - !Foo c\n", 3, 10, "the tag `!Foo` is neither YAML's own nor CloudFormation's"),
        ("a: !sub c\n", 1, 9, "the tag `!sub` is neither YAML's own nor CloudFormation's"),
        ("a: !Foo { b: c }\n", 1, 9, "the tag `!Foo` is neither YAML's own nor CloudFormation's"),
        (
            "a: !<tag:example.com,2026:b> c\n",
            1,
            30,
            "the tag `tag:example.com,2026:b` is neither YAML's own nor CloudFormation's",
        ),
        ("c: d\n!Ref a: b\n", 2, 9, "the tag `!Ref` stands at a key"),
        ("- a\nb: c\n", 2, 1, "while parsing a block collection, did not find expected '-' indicator"),
    ] {
        let finding = Source::read(Path::new("a.yaml"), text.as_bytes()).unwrap_err();
        assert_eq!((finding.line, finding.column), (line, column), "{text}");
        assert_eq!(finding.message, format!("not YAML: {expected} at line {line}, column {column}"));
    }
}

/// What is YAML and has too much in it is not told to be none.
#[test]
fn yaml_of_too_much_says_what_to_do() {
    let much = format!("a: &a {}\nb: [{}]\n", "x".repeat(1 << 20), ["*a"; 100].join(", "));
    let deep = "- ".repeat(100);
    for (text, line, message, instead) in [
        (
            much.as_str(),
            2,
            "its aliases stand for too much: ",
            "have fewer aliases inside of what aliases stand for",
        ),
        (deep.as_str(), 1, "it is nested more than 64 deep", "have less inside of each other"),
    ] {
        let finding = Source::read(Path::new("a.yaml"), text.as_bytes()).unwrap_err();
        assert_eq!((finding.line, finding.instead.as_str()), (line, instead));
        assert!(finding.message.starts_with(message), "{}", finding.message);
    }
}
