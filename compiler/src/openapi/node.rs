//! A place in a JSON document: its value, and the pointer to it for when something is wrong there.

use std::collections::HashSet;

use super::error::{DocumentError, Problem, shortened};
use super::intrinsic;
use super::json::Json;
use super::reference::{self, Reference, References};

/// Everything found wrong so far.
#[derive(Default)]
pub(super) struct Errors {
    told: Vec<DocumentError>,
    /// What several places refer to is read for each of them, and told once.
    known: HashSet<String>,
}

/// A value and where it stands. The pointer is only spelled out when an error needs it.
///
/// Where a value is a reference (`$ref`), the node is what it leads to, and its place is there.
#[derive(Clone, Copy)]
pub(super) struct Node<'a> {
    pub(super) value: &'a Json<'a>,
    place: Place<'a>,
    /// The document, for references; none where there are none, or where they are not to be followed.
    document: Option<&'a Json<'a>>,
}

#[derive(Clone, Copy)]
enum Place<'a> {
    Root,
    Key(&'a Node<'a>, &'a str),
    Index(&'a Node<'a>, usize),
    Target(&'a str),
}

/// What a reference that leads nowhere leads to.
const NOTHING: &Json<'static> = &Json::Null;

impl<'a> Node<'a> {
    /// The document as a whole. References in it that lead nowhere are told, and from then on nothing stands there.
    pub(super) fn root(value: &'a Json<'a>, errors: &mut Errors) -> Self {
        let root = Self { value, place: Place::Root, document: None };
        match reference::check(&root, errors) {
            References::Some => Self { document: Some(value), ..root },
            References::None => root,
        }
    }

    /// The value of a key; `None` where there is none, or where it is null.
    pub(super) fn get(&'a self, key: &'a str) -> Option<Node<'a>> {
        let value = self.value.get(key)?;
        Some(self.child(value, Place::Key(self, key))).filter(|node| !node.value.is_null())
    }

    /// The entries of an object.
    pub(super) fn entries(
        &'a self,
        errors: &mut Errors,
    ) -> impl Iterator<Item = (&'a str, Node<'a>)> + use<'a> {
        let object = self.expect("an object", errors, Json::as_object);
        let entries = object.into_iter().flatten();
        entries.map(|(key, value)| (*key, self.child(value, Place::Key(self, key))))
    }

    /// How many entries it has, if it is an object.
    pub(super) fn len(&self) -> usize {
        self.value.as_object().map_or(0, <[_]>::len)
    }

    /// The entries of the object under a key, none where there is no such key.
    pub(super) fn items(&'a self, errors: &mut Errors) -> impl Iterator<Item = Node<'a>> + use<'a> {
        let array = self.expect("an array", errors, Json::as_array);
        let items = array.map(|items| items.iter().enumerate()).into_iter().flatten();
        let items = items.map(|(index, value)| (value, self.child(value, Place::Index(self, index))));
        // Of a reference that leads nowhere there is an error already.
        items.filter(|(value, node)| !node.value.is_null() || value.is_null()).map(|(_, node)| node)
    }

    /// Visits what is in an object or an array and holds something itself, as it stands there.
    pub(super) fn visit(&'a self, mut visit: impl FnMut(Option<&'a str>, &Node<'a>)) {
        let node = |value, place| Node { value, place, document: None };
        match self.value {
            Json::Object(entries) => {
                for (key, value) in entries.iter().filter(|(_, value)| value.holds_others()) {
                    visit(Some(key), &node(value, Place::Key(self, key)));
                }
            }
            Json::Array(items) => {
                for (index, value) in items.iter().enumerate().filter(|(_, value)| value.holds_others()) {
                    visit(None, &node(value, Place::Index(self, index)));
                }
            }
            _ => {}
        }
    }

    /// The place with its references as they are written: schemas may refer to themselves.
    pub(super) fn as_written(&self) -> Self {
        Self { document: None, ..*self }
    }

    /// What a reference leads to in this document, one step on; nothing where it leads nowhere.
    pub(super) fn target(&self, reference: &'a str) -> Option<Self> {
        let value = reference::target(self.value, reference).ok()?;
        Some(Self { value, place: Place::Target(reference), document: None })
    }

    fn child(&self, value: &'a Json<'a>, place: Place<'a>) -> Node<'a> {
        let here = Node { value, place, document: self.document };
        let Some(document) = self.document else { return here };
        let nothing = Node { value: NOTHING, ..here };
        match reference::of(value) {
            Reference::None => here,
            Reference::NoText(_) => nothing,
            Reference::To(reference) => match reference::follow(document, reference) {
                Ok((value, reference)) => Node { value, place: Place::Target(reference), ..here },
                Err(_) => nothing,
            },
        }
    }

    /// The value as a string, or the error that it is none.
    pub(super) fn string(&self, errors: &mut Errors) -> Option<&'a str> {
        self.expect("a string", errors, Json::as_str)
    }

    /// Whether the value is an object, or the error that it is none.
    pub(super) fn expect_object(&self, errors: &mut Errors) -> bool {
        self.expect("an object", errors, Json::as_object).is_some()
    }

    /// The text of a key that has to be there.
    pub(super) fn needed_text(
        &'a self,
        key: &'a str,
        expected: &'static str,
        errors: &mut Errors,
    ) -> Option<&'a str> {
        let Some(value) = self.get(key) else {
            errors.missing(self, key, expected);
            return None;
        };
        value.string(errors)
    }

    /// Looks at the keys of an object: those that nobody reads, and that are no extensions, are told. Of those that are known,
    /// `others` are not recommended to anybody.
    pub(super) fn expect_keys(
        &self,
        kind: &'static str,
        known: &[&str],
        others: &[&str],
        errors: &mut Errors,
    ) {
        for (key, _) in self.value.as_object().into_iter().flatten() {
            let is_known = [known, others].iter().any(|keys| keys.contains(key));
            let is_extension = key.get(..2).is_some_and(|start| start.eq_ignore_ascii_case("x-"));
            if !is_known && !is_extension && *key != reference::KEY {
                errors.unknown(self, key, kind, known.join(", "));
            }
        }
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
        read: impl FnOnce(&'a Json<'a>) -> Option<T>,
    ) -> Option<T> {
        let read = read(self.value);
        if read.is_none() {
            errors.add(self, self.unexpected(expected));
        }
        read
    }

    /// The problem that this value is not what was expected.
    pub(super) fn unexpected(&self, expected: &str) -> Problem {
        if let Some(function) = intrinsic::name(self.value) {
            return intrinsic::unsupported(function);
        }
        Problem::Unexpected { seen: self.seen(), expected: expected.to_owned() }
    }

    /// The value as it is written, shortened.
    pub(super) fn seen(&self) -> String {
        shortened(&self.value.to_string()).into_owned()
    }

    /// The JSON pointer to this place (RFC 6901).
    pub(super) fn pointer(&self) -> String {
        match self.place {
            Place::Root => String::new(),
            Place::Target(reference) => reference::pointer(reference).into_owned(),
            Place::Key(parent, key) => {
                format!("{}/{}", parent.pointer(), escape(key))
            }
            Place::Index(parent, index) => format!("{}/{index}", parent.pointer()),
        }
    }
}

fn escape(key: &str) -> String {
    key.replace('~', "~0").replace('/', "~1")
}

impl Errors {
    pub(super) fn add(&mut self, node: &Node<'_>, problem: impl Into<Problem>) {
        self.tell(node.pointer(), problem.into());
    }

    /// A key under `node` that is wrong, whatever stands there.
    pub(super) fn key(&mut self, node: &Node<'_>, key: &str, problem: impl Into<Problem>) {
        self.tell(format!("{}/{}", node.pointer(), escape(key)), problem.into());
    }

    /// A key under `node` that nobody knows.
    pub(super) fn unknown(&mut self, node: &Node<'_>, key: &str, kind: &'static str, known: String) {
        if intrinsic::is_function(key) {
            return self.key(node, key, intrinsic::unsupported(key));
        }
        self.key(node, key, Problem::Unknown { name: key.to_owned(), kind, known });
    }

    /// A field that is missing under `node`.
    pub(super) fn missing(&mut self, node: &Node<'_>, key: &str, expected: &'static str) {
        self.tell(format!("{}/{key}", node.pointer()), Problem::Missing(expected));
    }

    /// Takes the value out of a result, or keeps its error.
    pub(super) fn keep<T, P: Into<Problem>>(&mut self, node: &Node<'_>, result: Result<T, P>) -> Option<T> {
        result.map_err(|problem| self.add(node, problem)).ok()
    }

    /// How many there are.
    pub(super) fn count(&self) -> usize {
        self.told.len()
    }

    /// What was read, if nothing is wrong with it.
    pub(super) fn or<T>(self, read: T) -> Result<T, Vec<DocumentError>> {
        if self.told.is_empty() { Ok(read) } else { Err(self.told) }
    }

    fn tell(&mut self, pointer: String, problem: Problem) {
        let error = DocumentError { pointer, problem };
        if self.known.insert(error.to_string()) {
            self.told.push(error);
        }
    }
}
