//! The checker as people meet it: what the command prints, for documents of every kind, and its exit status.
//!
//! `golden` holds what is printed; `UPDATE_GOLDEN=1 cargo test --test checker` writes it anew, to be read before it is
//! committed.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "clippy takes helpers of tests for production code"
)]

mod broken;
mod cases;
mod conversions;
mod failures;
mod policies;
mod usage;

use s3_edge_gateway::check::command::{Surroundings, Told, run};
use s3_edge_gateway::check::look::Look;

/// A variable of the environment.
type Variable<'v> = &'v dyn Fn(&str) -> Option<String>;

/// Runs the command, with these words of a shell. Documents are those of `documents`, or of `tests/documents`.
fn told(line: &str, variable: Variable<'_>) -> Told {
    let in_folder = |word: String| {
        if word == "SAMPLE" {
            return "tests/documents/sample-openapi-3.0.json".to_owned();
        }
        let is_document = word.ends_with(".yaml") || word.ends_with(".json");
        let own = format!("tests/checker/documents/{word}");
        let shared = format!("tests/documents/{word}");
        match is_document && !word.starts_with('@') {
            true if std::path::Path::new(&own).exists() => own,
            true if std::path::Path::new(&shared).exists() => shared,
            _ => word,
        }
    };
    let arguments: Vec<String> = words(line).into_iter().map(in_folder).collect();
    run_in(&arguments, variable, Look::PLAIN)
}

fn run_in(arguments: &[String], variable: Variable<'_>, look: Look) -> Told {
    with_input(arguments, variable, look, b"")
}

fn with_input(arguments: &[String], variable: Variable<'_>, look: Look, input: &[u8]) -> Told {
    run(arguments, &Surroundings { variable, input: &|| Ok(input.to_vec()), look })
}

/// Words as a shell takes them: single quotes hold one together.
fn words(line: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    for (index, part) in line.split('\'').enumerate() {
        if index % 2 == 1 {
            words.last_mut().unwrap().push_str(part);
            continue;
        }
        for (index, piece) in part.split(' ').enumerate() {
            if index > 0 {
                words.push(String::new());
            }
            words.last_mut().unwrap().push_str(piece);
        }
    }
    words
}
