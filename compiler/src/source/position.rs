//! A position in the file while the tree of a document is walked.

use super::node::escape;
use super::paths::Level;
use crate::finding::Place;

/// A position in the file while the tree is walked.
pub(super) struct At<'a> {
    parent: Option<&'a At<'a>>,
    step: Step<'a>,
    /// How deep the walk is, the functions that it came through included.
    pub(super) depth: usize,
    /// The place of the node.
    pub(super) place: Place,
    /// Whether this is inside of `requestTemplates` or `responseTemplates`, whose own `${name}` are not placeholders.
    pub(super) is_template: bool,
    /// What the node is, as far as it concerns paths.
    pub(super) level: Level,
}

enum Step<'a> {
    Pointer(&'a str),
    Key(&'a str),
    Index(usize),
}

impl<'a> At<'a> {
    /// Returns the start of a walk at a JSON pointer.
    pub(super) fn root(pointer: &'a str, place: Place, depth: usize) -> Self {
        let step = Step::Pointer(pointer);
        Self { parent: None, step, depth, place, is_template: false, level: Level::Other }
    }

    /// Returns the start of a walk through the document.
    pub(super) fn document(pointer: &'a str, place: Place) -> Self {
        Self { level: Level::Document, ..Self::root(pointer, place, 0) }
    }

    pub(super) fn key(&'a self, key: &'a str, place: Place) -> Self {
        let is_template = self.is_template || key == "requestTemplates" || key == "responseTemplates";
        let (step, level) = (Step::Key(key), self.level.inside(key));
        Self { parent: Some(self), step, depth: self.depth + 1, place, is_template, level }
    }

    pub(super) fn index(&'a self, index: usize, place: Place) -> Self {
        let Self { is_template, level, .. } = *self;
        Self {
            parent: Some(self),
            step: Step::Index(index),
            depth: self.depth + 1,
            place,
            is_template,
            level,
        }
    }

    /// Returns the JSON pointer in the file.
    pub(super) fn pointer(&self) -> String {
        let mut pointer = self.parent.map(At::pointer).unwrap_or_default();
        match self.step {
            Step::Pointer(start) => pointer.push_str(start),
            Step::Key(key) => {
                pointer.push('/');
                pointer.push_str(&escape(key));
            }
            Step::Index(index) => pointer.push_str(&format!("/{index}")),
        }
        pointer
    }
}
