//! One operation: served at the edge, or unsupported with its reasons.

use serde::{Deserialize, Serialize};

use super::integration::Integration;
use super::request_validator::Validation;
use super::security::Security;

/// What a method of a path does.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Operation {
    /// It runs at the edge. Settings may still forbid that (`gateway::deployment`).
    Served(Box<ServedOperation>),
    /// It does not run at the edge: its requests go to `PASSTHROUGH_URL`, or are answered 501.
    Unsupported(UnsupportedOperation),
}

/// An operation that runs at the edge.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ServedOperation {
    /// Who may call it.
    pub security: Security,
    /// What a request must contain.
    pub validation: Validation,
    /// How a request becomes one to the backend, and the backend's response one to the client.
    pub integration: Integration,
}

/// An operation that does not run at the edge.
#[derive(Clone, Debug, Default, Eq, PartialEq, Serialize, Deserialize)]
pub struct UnsupportedOperation {
    /// Why, in the order of the document. Never empty.
    pub reasons: Vec<Reason>,
    /// Whether its clients sign their requests. A signature covers the host, so that such a request cannot be passed on.
    pub is_signed: bool,
}

/// Why an operation does not run.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub struct Reason {
    /// The stable code: `template-not-supported`.
    pub code: String,
    /// What was found, as a sentence.
    pub message: String,
}

impl Operation {
    /// Returns the operation if it runs at the edge.
    pub fn served(&self) -> Option<&ServedOperation> {
        match self {
            Self::Served(served) => Some(served),
            Self::Unsupported(_) => None,
        }
    }
}

impl std::fmt::Display for Reason {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "[{}] {}", self.code, self.message)
    }
}
