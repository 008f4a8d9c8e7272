//! A place in a JSON document: its value, and the pointer to it for when something is wrong there.

use serde_json::{Map, Value};

use super::error::{DocumentError, Problem};

/// Everything found wrong so far.
#[derive(Default)]
pub(super) struct Errors(pub(super) Vec<DocumentError>);

/// A value and where it stands. The pointer is only spelled out when an error needs it.
#[derive(Clone, Copy)]
pub(super) struct Node<'a> {
    pub(super) value: &'a Value,
    place: Place<'a>,
}

#[derive(Clone, Copy)]
enum Place<'a> {
    Root,
    Key(&'a Node<'a>, &'a str),
    Index(&'a Node<'a>, usize),
}

impl<'a> Node<'a> {
    pub(super) fn root(value: &'a Value) -> Self {
        Self { value, place: Place::Root }
    }

    /// The value of a key; `None` where there is none, or where it is null.
    pub(super) fn get(&'a self, key: &'a str) -> Option<Node<'a>> {
        let value = self.value.get(key).filter(|value| !value.is_null())?;
        Some(Node { value, place: Place::Key(self, key) })
    }

    /// The entries of an object.
    pub(super) fn entries(&'a self, errors: &mut Errors) -> impl Iterator<Item = (&'a str, Node<'a>)> {
        let object = self.expect("an object", errors, Value::as_object);
        let entries = object.map(Map::iter).into_iter().flatten();
        entries.map(|(key, value)| (key.as_str(), Node { value, place: Place::Key(self, key) }))
    }

    /// The entries of the object under a key, none where there is no such key.
    pub(super) fn items(&'a self, errors: &mut Errors) -> impl Iterator<Item = Node<'a>> {
        let array = self.expect("an array", errors, Value::as_array);
        let items = array.map(|items| items.iter().enumerate()).into_iter().flatten();
        items.map(|(index, value)| Node { value, place: Place::Index(self, index) })
    }

    /// The value as a string, or the error that it is none.
    pub(super) fn string(&self, errors: &mut Errors) -> Option<&'a str> {
        self.expect("a string", errors, Value::as_str)
    }

    /// One of several words, in any letter case.
    pub(super) fn word<T: Copy>(&self, words: &[(&'static str, T)], errors: &mut Errors) -> Option<T> {
        let text = self.string(errors)?;
        let found = words.iter().find(|(word, _)| word.eq_ignore_ascii_case(text)).map(|(_, value)| *value);
        if found.is_none() {
            let expected: Vec<_> = words.iter().map(|(word, _)| *word).collect();
            errors.add(self, self.unexpected(&expected.join(" or ")));
        }
        found
    }

    /// What `read` makes of the value, or the error that it is not what was expected.
    pub(super) fn expect<T>(
        &self,
        expected: &str,
        errors: &mut Errors,
        read: impl FnOnce(&'a Value) -> Option<T>,
    ) -> Option<T> {
        let read = read(self.value);
        if read.is_none() {
            errors.add(self, self.unexpected(expected));
        }
        read
    }

    /// The problem that this value is not what was expected.
    pub(super) fn unexpected(&self, expected: &str) -> Problem {
        let mut seen: String = self.value.to_string().chars().take(60).collect();
        if seen.len() < self.value.to_string().len() {
            seen.push('…');
        }
        Problem::Unexpected { seen, expected: expected.to_owned() }
    }

    /// The JSON pointer to this place (RFC 6901).
    pub(super) fn pointer(&self) -> String {
        match self.place {
            Place::Root => String::new(),
            Place::Key(parent, key) => {
                format!("{}/{}", parent.pointer(), key.replace('~', "~0").replace('/', "~1"))
            }
            Place::Index(parent, index) => format!("{}/{index}", parent.pointer()),
        }
    }
}

impl Errors {
    pub(super) fn add(&mut self, node: &Node<'_>, problem: impl Into<Problem>) {
        let error = DocumentError { pointer: node.pointer(), problem: problem.into() };
        // What several places refer to is read for each of them, and told once.
        if !self.0.contains(&error) {
            self.0.push(error);
        }
    }

    /// A field that is missing under `node`.
    pub(super) fn missing(&mut self, node: &Node<'_>, key: &str, expected: &'static str) {
        let pointer = format!("{}/{key}", node.pointer());
        self.0.push(DocumentError { pointer, problem: Problem::Missing(expected) });
    }

    /// Takes the value out of a result, or keeps its error.
    pub(super) fn keep<T, P: Into<Problem>>(&mut self, node: &Node<'_>, result: Result<T, P>) -> Option<T> {
        result.map_err(|problem| self.add(node, problem)).ok()
    }
}
