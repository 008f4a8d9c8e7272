//! Findings: errors, reasons for unsupported operations, and lints. Each has a stable code and a place in the file.

mod code;
mod evidence;
pub(crate) mod pointer;

use serde::Serialize;

pub use self::code::{Class, Code};

/// A line and a column of the file. Places are ordered from the beginning of the file to its end.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd, Serialize)]
pub struct Place {
    /// Counted from 1.
    pub line: usize,
    /// Counted from 1, in characters.
    pub column: usize,
}

impl Place {
    /// The place of the first character.
    pub const START: Self = Self { line: 1, column: 1 };
}

/// The behaviours of the gateway (the setting `COMPATIBILITY`) that a lint concerns.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Behaviours {
    Both,
    Edge,
    Aws,
}

/// An error, a reason for an unsupported operation, or a lint, at one place of a document.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Finding {
    pub code: Code,
    /// The description of the finding, in whole sentences.
    pub message: String,
    /// The JSON pointer (RFC 6901) from the root of the file. Empty for the file as a whole.
    pub pointer: String,
    pub place: Place,
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
