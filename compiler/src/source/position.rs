//! A position in the file while the tree of a document is walked.

use super::node::escape;
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
}

enum Step<'a> {
    Pointer(&'a str),
    Key(&'a str),
    Index(usize),
}

impl<'a> At<'a> {
    /// Returns the start of a walk at a JSON pointer.
    pub(super) fn root(pointer: &'a str, place: Place, depth: usize) -> Self {
        Self { parent: None, step: Step::Pointer(pointer), depth, place, is_template: false }
    }

    pub(super) fn key(&'a self, key: &'a str, place: Place) -> Self {
        let is_template = self.is_template || key == "requestTemplates" || key == "responseTemplates";
        Self { parent: Some(self), step: Step::Key(key), depth: self.depth + 1, place, is_template }
    }

    pub(super) fn index(&'a self, index: usize, place: Place) -> Self {
        let is_template = self.is_template;
        Self { parent: Some(self), step: Step::Index(index), depth: self.depth + 1, place, is_template }
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
