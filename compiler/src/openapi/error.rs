//! What is wrong with a document, and where.

use std::borrow::Cow;
use std::fmt;

use super::integration_uri::UriError;
use super::mapping::MappingError;
use crate::template::TemplateError;

/// One thing that is wrong with a document.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct DocumentError {
    /// The place, as a JSON pointer (RFC 6901); empty for the document as a whole.
    pub pointer: String,
    /// What is wrong there.
    pub problem: Problem,
}

/// What can be wrong at one place of a document.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum Problem {
    /// The text is no JSON.
    #[error("not JSON: {0}")]
    Syntax(String),
    /// A field that must be there is not.
    #[error("missing; expected {0}")]
    Missing(&'static str),
    /// A value of the wrong kind.
    #[error("{seen} where {expected} was expected")]
    Unexpected {
        /// The value, shortened.
        seen: String,
        /// What may stand there.
        expected: String,
    },
    /// Something that API Gateway has and this gateway has not.
    #[error("{what} is not supported; {instead}")]
    Unsupported {
        /// The feature.
        what: String,
        /// What can be done about it.
        instead: &'static str,
    },
    /// A name that refers to nothing.
    #[error("`{name}` is not declared in {place}")]
    Undeclared {
        /// The name.
        name: String,
        /// Where it should be declared.
        place: &'static str,
    },
    /// A key or a name that is none of those that are known.
    #[error("`{name}` is no {kind}; expected {known}")]
    Unknown {
        /// The key or name.
        name: String,
        /// What it should be one of.
        kind: &'static str,
        /// Those that are known.
        known: String,
    },
    /// Something that may be said once only.
    #[error("{what} is declared twice in one list; write it once")]
    Repeated {
        /// What it is.
        what: String,
    },
    /// A `$ref` that cannot be followed.
    #[error("`{reference}` {reason}")]
    Reference {
        /// What it says.
        reference: String,
        /// Why it cannot.
        reason: &'static str,
    },
    /// A mapping expression.
    #[error(transparent)]
    Mapping(#[from] MappingError),
    /// A mapping template.
    #[error("template {0}")]
    Template(#[from] TemplateError),
    /// An integration's uri.
    #[error(transparent)]
    Uri(#[from] UriError),
    /// A selection pattern.
    #[error("`{}` is not a regular expression that can be read: {reason}", shortened(pattern))]
    Pattern {
        /// The expression.
        pattern: String,
        /// What its parser says.
        reason: String,
    },
    /// A path template.
    #[error("path `{path}`: {reason}")]
    Path {
        /// The path.
        path: String,
        /// What is wrong with it.
        reason: &'static str,
    },
}

impl fmt::Display for DocumentError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let place = if self.pointer.is_empty() { "/" } else { &self.pointer };
        write!(f, "{place}: {}", self.problem)
    }
}

impl std::error::Error for DocumentError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.problem)
    }
}

/// A text as diagnostics show it: the first characters, where it is long.
pub(super) fn shortened(text: &str) -> Cow<'_, str> {
    match text.char_indices().nth(60) {
        Some((end, _)) => Cow::Owned(format!("{}…", text.get(..end).unwrap_or_default())),
        None => Cow::Borrowed(text),
    }
}
