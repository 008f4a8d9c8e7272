//! The list to which each file of lints adds its findings.

use crate::finding::{Behaviours, Code, Finding, Place};

/// The lints found so far.
pub(super) struct Lints<'p> {
    pub(super) findings: Vec<Finding>,
    pub(super) places: &'p dyn Fn(&str) -> Place,
}

impl Lints<'_> {
    pub(super) fn add(&mut self, code: Code, behaviours: Behaviours, pointer: String, message: String) {
        let place = (self.places)(&pointer);
        self.findings.push(Finding { behaviours, ..Finding::new(code, message, pointer, place) });
    }
}
