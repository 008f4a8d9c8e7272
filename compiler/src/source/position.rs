//! The position of a node while the tree of a document is walked.

use super::paths::Level;
use crate::finding::Place;
use crate::finding::pointer::escape;

pub(super) struct At<'a> {
    parent: Option<&'a At<'a>>,
    step: Step<'a>,
    /// The number of levels from the root, including those of functions and conditions that refer to the node.
    pub(super) depth: usize,
    pub(super) place: Place,
    /// Whether the node is inside of `requestTemplates` or `responseTemplates`, where `${name}` may be a reference of the
    /// mapping template.
    pub(super) is_template: bool,
    pub(super) level: Level,
}

enum Step<'a> {
    Pointer(&'a str),
    Key(&'a str),
    Index(usize),
}

impl<'a> At<'a> {
    /// Returns the start of a walk at a JSON pointer of the file.
    pub(super) fn root(pointer: &'a str, place: Place, depth: usize) -> Self {
        let step = Step::Pointer(pointer);
        Self { parent: None, step, depth, place, is_template: false, level: Level::Other }
    }

    /// Returns the start of a walk at the root of the document, whose JSON pointer in the file is `pointer`.
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
