//! Errors that end the reading of a document.

use std::collections::HashSet;

use super::limit::MAX_DEPTH;
use super::node::Node;
use super::position::At;
use crate::finding::{Code, Finding, Place};

/// The result of a step of the reading, or the error that ends the reading.
pub(super) type Outcome<T> = Result<T, Box<Finding>>;

/// An error whose JSON pointer is not known yet.
#[derive(Debug)]
pub(super) struct Fault {
    pub(super) code: Code,
    pub(super) message: String,
    pub(super) place: Place,
}

impl Fault {
    pub(super) fn too_deep(place: Place) -> Self {
        let message = format!("The document is nested more than {MAX_DEPTH} levels deep.");
        Self { code: Code::TooDeep, message, place }
    }

    pub(super) fn duplicate_key(key: &str, place: Place) -> Self {
        let message = format!("An object contains the key `{key}` twice.");
        Self { code: Code::DuplicateKey, message, place }
    }

    pub(super) fn at(self, pointer: impl Into<String>) -> Finding {
        Finding::new(self.code, self.message, pointer, self.place)
    }
}

/// Returns an error for the first key that occurs twice in an object, or `None` if each key occurs once.
pub(super) fn repeated_key(entries: &[(String, Node)], at: &At<'_>) -> Option<Finding> {
    let mut keys = HashSet::with_capacity(entries.len());
    let (key, node) = entries.iter().find(|(key, _)| !keys.insert(key.as_str()))?;
    Some(Fault::duplicate_key(key, node.place).at(at.key(key, node.place).pointer()))
}
