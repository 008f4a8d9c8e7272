//! Findings: errors, unsupported operations and lints, each with a stable code and a place in the text.

mod code;
mod evidence;

use serde::Serialize;

pub use self::code::{Class, Code};

/// A line and a column of the text. The order is that of reading.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd, Serialize)]
pub struct Place {
    /// Counted from 1.
    pub line: usize,
    /// Counted from 1, in characters.
    pub column: usize,
}

impl Place {
    /// Where a text begins.
    pub const START: Self = Self { line: 1, column: 1 };
}

/// The behaviours that a lint concerns.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Behaviours {
    /// `edge` and `aws`.
    Both,
    /// `COMPATIBILITY=edge` alone.
    Edge,
    /// `COMPATIBILITY=aws` alone.
    Aws,
}

/// One fault of a document, or one thing in it that may surprise its author.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Finding {
    /// Its stable code, with the explanation and the remedy.
    pub code: Code,
    /// What was found: the thing and the value seen, as a whole sentence.
    pub message: String,
    /// The JSON pointer (RFC 6901) in the file; empty for the file as a whole.
    pub pointer: String,
    /// The place of that pointer.
    pub place: Place,
    /// The behaviours that it concerns.
    pub behaviours: Behaviours,
}

impl Finding {
    /// Returns a finding that concerns both behaviours.
    pub fn new(code: Code, message: impl Into<String>, pointer: impl Into<String>, place: Place) -> Self {
        Self { code, message: message.into(), pointer: pointer.into(), place, behaviours: Behaviours::Both }
    }
}

impl std::fmt::Display for Finding {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Place { line, column } = self.place;
        write!(f, "{line}:{column}: [{}] {}", self.code, self.message)
    }
}

impl std::error::Error for Finding {}
