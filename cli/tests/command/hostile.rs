//! Changes documents and texts at random. The command must not panic, each finding must have a place in the text, and the
//! output must not contain control sequences for the terminal.

use proptest::prelude::*;
use serde_json::Value;

use super::{plain, run_words};

const DOCUMENTS: &[&str] = &[
    include_str!("../../../tests/documents/sample-openapi-3.0.json"),
    include_str!("../../../tests/documents/sample-swagger-2.0.json"),
    include_str!("../../../tests/documents/sample-cors-openapi-3.0.json"),
    include_str!("../../../tests/documents/statuses.json"),
    include_str!("../../../tests/documents/headers.json"),
    include_str!("../../../tests/documents/templates.json"),
    include_str!("../../../tests/documents/mock.json"),
    include_str!("../../../tests/documents/validators.json"),
    include_str!("../../../tests/documents/places.json"),
];

/// Words of documents and pieces of expressions.
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
    "\u{1b}[2J",
    "\u{202e}",
    "${AWS::Region}",
    "${stageVariables.a}",
    "Fn::Sub",
    "$ref",
];

/// Changes one value, one key or a piece of one text.
fn mutate(document: &mut Value, at: &mut impl FnMut(usize) -> usize) {
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

/// Returns the text with zero to three of its characters replaced by one of [`PIECES`].
fn spliced(text: &str, at: &mut impl FnMut(usize) -> usize) -> String {
    let characters: Vec<char> = text.chars().collect();
    let start = at(characters.len() + 1);
    let end = (start + at(4)).min(characters.len());
    let (before, after) = (&characters[..start], &characters[end..]);
    before.iter().collect::<String>() + PIECES[at(PIECES.len())] + &after.iter().collect::<String>()
}

/// Runs a command with a document on the standard input, and checks its output.
fn run(words: &[&str], document: &str, width: Option<usize>) -> (u8, String) {
    let words: Vec<_> = words.iter().map(|word| (*word).to_owned()).collect();
    let outcome = run_words(&words, &[], document.as_bytes(), width);
    let printed = plain(&(outcome.err + &outcome.out));
    let is_dangerous = |letter: char| letter.is_control() && letter != '\n' && letter != '\t';
    assert!(!printed.contains(is_dangerous), "{printed:?}");
    (outcome.status, printed)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn changed_documents_are_checked_and_explained(
        which in 0..DOCUMENTS.len(),
        choices in prop::collection::vec(any::<prop::sample::Index>(), 60),
        times in 1..4,
        width in prop::option::of(1_usize..200),
    ) {
        let mut document: Value = serde_json::from_str(DOCUMENTS[which]).unwrap();
        let mut choices = choices.iter();
        let mut at = |count: usize| choices.next().map_or(0, |choice| choice.index(count));
        for _ in 0..times {
            mutate(&mut document, &mut at);
        }
        let written = if times == 1 { document.to_string() } else { format!("{document:#}") };
        let lines = written.lines().count();
        let (status, printed) = run(&["check", "-", "--json", "--compatibility", "both"], &written, width);
        let report: Value = serde_json::from_str(&printed).unwrap();
        let findings = report["findings"].as_array().unwrap();
        let reasons = report["operations"].as_array().unwrap().iter();
        let reasons = reasons.flat_map(|operation| operation["reasons"].as_array().unwrap());
        for finding in findings.iter().chain(reasons) {
            let line = finding["line"].as_u64().unwrap() as usize;
            prop_assert!((1..=lines).contains(&line), "{finding}");
        }
        let errors = findings.iter().filter(|finding| finding["severity"] == "error").count();
        prop_assert_eq!(status, u8::from(errors > 0));
        prop_assert_eq!(run(&["check", "-", "--compatibility", "both"], &written, width).0, status);
        prop_assert!(run(&["check", "-", "--strict"], &written, width).0 <= 1);
        prop_assert_eq!(run(&["policy", "-"], &written, width).0, status);
        for path in document["paths"].as_object().into_iter().flatten().map(|(path, _)| path) {
            for words in [["GET", "{}"], ["PUT", "{\"a\": [1]}"], ["OPTIONS", "{}"]] {
                let [method, body] = words;
                let path = format!("/{}", path.trim_start_matches('/'));
                let (explained, text) = run(&["explain", "-", method, &path, "--body", body], &written, width);
                // `explain` has the status 2 if the base path needs a setting.
                prop_assert!(explained == status || explained == 2, "{text}");
            }
        }
    }

    /// Checks the text itself, which is mostly YAML, and the text after `{`, which is read as JSON.
    #[test]
    fn any_text_is_read_or_refused(
        text in "[-:{}\\[\\]\"'a-c0-9 \\n\\t\u{1b}\u{9b}語#&*!|>?,%é]{0,80}",
        width in prop::option::of(0_usize..60),
    ) {
        prop_assert!(run(&["check", "-"], &text, width).0 <= 1);
        let object = String::from("{") + &text;
        prop_assert!(run(&["check", "-"], &object, width).0 <= 1);
    }
}
