//! The findings of one compilation, in three lists by their class.

use std::collections::HashSet;

use super::cursor::Cursor;
use crate::finding::{Behaviours, Class, Code, Finding, Place};

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
    pub(super) fn add(&mut self, at: &Cursor<'_>, code: Code, message: impl Into<String>) {
        self.push(code, message.into(), at.pointer.clone(), at.place());
    }

    /// Reports what was found at a key of an object.
    pub(super) fn add_key(&mut self, object: &Cursor<'_>, key: &str, code: Code, message: impl Into<String>) {
        let place = object.node.get(key).map_or_else(|| object.place(), |node| node.place);
        self.push(code, message.into(), object.pointer_to(key), place);
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
