//! Collects the findings of one compilation, in a list for each class.

use crate::finding::{Behaviours, Class, Code, Finding, Place};

/// A value with a position in the file.
pub(super) trait Located {
    fn pointer(&self) -> &str;

    fn place(&self) -> Place;

    /// Returns the JSON pointer and the place of a key of this object.
    fn key(&self, key: &str) -> (String, Place);
}

/// The findings so far.
#[derive(Debug, Default)]
pub(super) struct Report {
    pub(super) errors: Vec<Finding>,
    /// The reasons why the current operation is unsupported.
    pub(super) reasons: Vec<Finding>,
    pub(super) lints: Vec<Finding>,
}

impl Report {
    /// Adds a finding at a value to the list for the class of the code.
    pub(super) fn add(&mut self, at: &impl Located, code: Code, message: impl Into<String>) {
        self.push(code, message.into(), at.pointer().to_owned(), at.place());
    }

    /// Adds a finding at a key of an object.
    pub(super) fn add_key(
        &mut self,
        object: &impl Located,
        key: &str,
        code: Code,
        message: impl Into<String>,
    ) {
        let (pointer, place) = object.key(key);
        self.push(code, message.into(), pointer, place);
    }

    fn push(&mut self, code: Code, message: String, pointer: String, place: Place) {
        let finding = Finding { code, message, pointer, place, behaviours: Behaviours::Both };
        match code.class() {
            Class::Error => self.errors.push(finding),
            Class::Unsupported if self.reasons.contains(&finding) => {}
            Class::Unsupported => self.reasons.push(finding),
            Class::Lint => self.lints.push(finding),
        }
    }

    /// Runs `read` for one operation. Returns the result of `read`, and the reasons why the operation is unsupported.
    pub(super) fn operation<T>(&mut self, read: impl FnOnce(&mut Self) -> T) -> (T, Vec<Finding>) {
        let outer = std::mem::take(&mut self.reasons);
        let value = read(self);
        (value, std::mem::replace(&mut self.reasons, outer))
    }
}
