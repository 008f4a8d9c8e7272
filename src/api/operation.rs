//! One operation: served at the edge, or unsupported with its reasons.

use serde::{Deserialize, Serialize};

use super::integration::Integration;
use super::request_validator::Validation;
use super::security::Security;

/// The operation of a method and a path.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Operation {
    /// The operation can run at the edge. The settings may still make it unsupported (`gateway::deployment`).
    Served(Box<ServedOperation>),
    /// The operation cannot run at the edge. Its requests are sent to `PASSTHROUGH_URL`. The response is a 501 if that
    /// setting is missing, or if clients sign the requests.
    Unsupported(UnsupportedOperation),
}

/// An operation that can run at the edge.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ServedOperation {
    pub security: Security,
    pub validation: Validation,
    pub integration: Integration,
}

/// An operation that cannot run at the edge.
#[derive(Clone, Debug, Default, Eq, PartialEq, Serialize, Deserialize)]
pub struct UnsupportedOperation {
    /// The reasons, in document order. Never empty.
    pub reasons: Vec<Reason>,
    /// Whether clients sign their requests. A signature covers the host, so a signed request cannot be sent to the original
    /// API.
    pub is_signed: bool,
}

/// The reason why an operation is unsupported.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub struct Reason {
    /// The stable code, such as `template-not-supported`.
    pub code: String,
    /// The message, in whole sentences.
    pub message: String,
}

impl Operation {
    /// Returns the operation if it can run at the edge, otherwise `None`.
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
