//! The findings of one compilation, in three lists by their class.

use std::collections::HashSet;

use crate::finding::{Behaviours, Class, Code, Finding, Place};

/// A place in the document that a finding is about.
pub(super) trait Located {
    /// Returns its JSON pointer.
    fn pointer(&self) -> &str;

    /// Returns its line and column.
    fn place(&self) -> Place;

    /// Returns the JSON pointer and the place of a key of this object.
    fn key(&self, key: &str) -> (String, Place);
}

/// Everything reported so far.
#[derive(Debug, Default)]
pub(super) struct Report {
    /// Findings that stop the compilation.
    pub(super) errors: Vec<Finding>,
    /// The reasons of the operation that is being read.
    pub(super) reasons: Vec<Finding>,
    /// What may surprise.
    pub(super) lints: Vec<Finding>,
    /// A place that several operations refer to is read for each of them, and reported once.
    known: HashSet<(Code, String, String)>,
}

impl Report {
    /// Reports what was found at a place. The class of the code decides what follows from it.
    pub(super) fn add(&mut self, at: &impl Located, code: Code, message: impl Into<String>) {
        self.push(code, message.into(), at.pointer().to_owned(), at.place());
    }

    /// Reports what was found at a key of an object.
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
        if code.class() == Class::Unsupported {
            if !self.reasons.contains(&finding) {
                self.reasons.push(finding);
            }
            return;
        }
        if !self.known.insert((code, finding.pointer.clone(), finding.message.clone())) {
            return;
        }
        match code.class() {
            Class::Error => self.errors.push(finding),
            Class::Lint | Class::Unsupported => self.lints.push(finding),
        }
    }

    /// Reads one operation: what it reports as unsupported belongs to it alone.
    pub(super) fn operation<T>(&mut self, read: impl FnOnce(&mut Self) -> T) -> (T, Vec<Finding>) {
        let outer = std::mem::take(&mut self.reasons);
        let value = read(self);
        (value, std::mem::replace(&mut self.reasons, outer))
    }
}
