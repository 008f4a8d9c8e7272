//! Compares the output of the command with the files in `golden`.
//!
//! `UPDATE=1 cargo test -p s3-edge-gateway-cli --test command` writes these files. Read the changes before you commit them.

use std::path::Path;

use super::{command_with, plain};

/// The name of a file in `golden`, the arguments, the width of the terminal in columns, and the exit status.
const CASES: &[(&str, &str, Option<usize>, u8)] = &[
    ("mixed.txt", "check DOCUMENTS/mixed.yaml", None, 0),
    ("mixed-40.txt", "check DOCUMENTS/mixed.yaml", Some(40), 0),
    ("mixed-80.txt", "check DOCUMENTS/mixed.yaml", Some(80), 0),
    ("mixed-140.txt", "check DOCUMENTS/mixed.yaml", Some(140), 0),
    ("mixed.json", "check DOCUMENTS/mixed.yaml --json", None, 0),
    ("mixed-strict.txt", "check DOCUMENTS/mixed.yaml --strict", Some(100), 1),
    ("mixed-strict.json", "check DOCUMENTS/mixed.yaml --strict --json", None, 1),
    ("mixed-settings.txt", "check DOCUMENTS/mixed.yaml --settings DOCUMENTS/settings.json", Some(100), 0),
    ("unsupported.txt", "check DOCUMENTS/unsupported.yaml", Some(100), 0),
    ("sample.txt", "check SHARED/sample-openapi-3.0.json", Some(100), 0),
    ("errors.txt", "check DOCUMENTS/errors.yaml", Some(100), 1),
    ("errors.json", "check DOCUMENTS/errors.yaml --json", None, 1),
    ("template-ambiguous.txt", "check DOCUMENTS/template.yaml", Some(100), 1),
    (
        "template.txt",
        "check DOCUMENTS/template.yaml --resource Api --parameter Host=example.com --condition IsProd=true",
        Some(100),
        0,
    ),
    ("not-json.txt", "check DOCUMENTS/not-json.json", Some(100), 1),
    ("not-yaml.txt", "check DOCUMENTS/not-yaml.yaml", Some(100), 1),
    ("tab.txt", "check DOCUMENTS/tab.yaml", Some(100), 1),
    ("tabs.txt", "check DOCUMENTS/tabs.json", Some(100), 1),
    ("one-line.txt", "check DOCUMENTS/one-line.json", None, 1),
    ("one-line-60.txt", "check DOCUMENTS/one-line.json", Some(60), 1),
    ("policy.txt", "policy DOCUMENTS/mixed.yaml", None, 0),
    ("policy-empty.txt", "policy DOCUMENTS/unsupported.yaml", None, 0),
    ("policy-errors.txt", "policy DOCUMENTS/errors.yaml", Some(100), 1),
    ("explain.txt", "explain DOCUMENTS/mixed.yaml GET /files/a.jpg --compatibility aws", Some(80), 0),
    ("explain-conditional.txt", "explain DOCUMENTS/mixed.yaml GET /stages/a.jpg", Some(80), 0),
    ("explain-unsupported.json", "explain DOCUMENTS/unsupported.yaml POST /orders --json", None, 0),
    ("explain-errors.txt", "explain DOCUMENTS/errors.yaml GET /a", Some(100), 1),
    ("explain-errors.json", "explain DOCUMENTS/errors.yaml GET /a --json", None, 1),
    ("help.txt", "--help", None, 0),
    ("help-compile.txt", "compile --help", None, 0),
    ("help-check.txt", "check --help", None, 0),
    ("help-explain.txt", "explain --help", None, 0),
    ("help-policy.txt", "policy --help", None, 0),
];

#[test]
fn outputs_match_their_golden_files() {
    let update = std::env::var_os("UPDATE").is_some();
    let mut different = Vec::new();
    for (name, line, width, status) in CASES {
        let outcome = command_with(line, &[], b"", *width);
        assert_eq!(outcome.status, *status, "{name}: {}{}", outcome.err, outcome.out);
        let printed = if name.ends_with(".json") {
            assert_eq!(outcome.err, "", "{name}");
            outcome.out
        } else {
            let part = |title: &str, text: &str| {
                let text = plain(text);
                if text.is_empty() { String::new() } else { format!("--- {title}\n{text}") }
            };
            part("standard error", &outcome.err) + &part("standard output", &outcome.out)
        };
        assert!(!printed.contains('\u{1b}'), "{name}");
        let path = Path::new("tests/command/golden").join(name);
        if update {
            std::fs::write(&path, &printed).unwrap();
        }
        if std::fs::read_to_string(&path).unwrap_or_default() != printed {
            different.push(format!("{name}:\n{printed}"));
        }
    }
    let hint = "These outputs differ from their golden files. If the changes are intended, run the test with UPDATE=1.";
    assert!(different.is_empty(), "{hint}\n{}", different.join("\n\n"));
}

/// Pointers and paths cannot be wrapped, so their lines may be wider. Terminals of less than 60 columns are not tested, because
/// a message may not fit beside its code there.
#[test]
fn no_line_is_wider_than_the_terminal() {
    for (name, line, width, _) in CASES {
        let Some(width) = width.as_ref().filter(|width| **width >= 60) else { continue };
        let outcome = command_with(line, &[], b"", Some(*width));
        for line in plain(&(outcome.err + &outcome.out)).lines() {
            let unbreakable = line.contains("= at: ") || line.split_whitespace().count() <= 2;
            assert!(line.chars().count() <= *width || unbreakable, "{name}: {line}");
        }
    }
}

#[test]
fn findings_and_results_have_styles() {
    let outcome = command_with("check DOCUMENTS/mixed.yaml", &[], b"", Some(80));
    for text in [&outcome.err, &outcome.out] {
        assert!(text.contains("\u{1b}["), "{text}");
    }
}
