//! A place in a document: its value, the pointer to it, and the way on, through references.

use crate::finding::Place;
use crate::requirement::{Condition, Requirement};
use crate::source::{Node, Value};

use super::reference::{self, Followed};
use super::report::{Located, Report};
use crate::finding::Code;

/// A value of the document and the pointer to it. Where the value is a reference (`$ref`), the cursor stands at its target.
#[derive(Clone, Debug)]
pub(super) struct Cursor<'d> {
    pub(super) node: &'d Node,
    /// The JSON pointer, from the root of the file.
    pub(super) pointer: String,
    document: Document<'d>,
}

/// A value of an object or an array.
pub(super) enum Field<'d> {
    /// There is none, or it is null.
    Absent,
    Found(Cursor<'d>),
    /// A reference without a target: the place of the reference.
    Unreadable(Cursor<'d>),
}

impl<'d> Field<'d> {
    /// Returns the value that security depends on. One that cannot be read is reported, and makes the operation
    /// unsupported: it is never taken for absent.
    pub(super) fn needed_for_security(self, report: &mut Report) -> Option<Cursor<'d>> {
        match self {
            Self::Absent => None,
            Self::Found(cursor) => {
                let is_refused = cursor.refuse_unresolved(report) | cursor.refuse_merge(report);
                Some(cursor).filter(|_| !is_refused)
            }
            Self::Unreadable(at) => {
                let message = format!(
                    "{} is a reference without a target in this document, and the security of the operation depends on it. Copy its target into the document.",
                    at.seen_here()
                );
                report.add(&at, Code::SecurityInvalid, message);
                None
            }
        }
    }
}

/// The document that references are resolved in.
#[derive(Clone, Copy, Debug)]
struct Document<'d> {
    root: &'d Node,
    /// The pointer to the document in its file.
    pointer: &'d str,
    references: References,
}

/// Whether references are followed.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum References {
    Followed,
    AsWritten,
}

impl<'d> Cursor<'d> {
    /// Returns the cursor at the root of a document, which stands at `pointer` in its file.
    pub(super) fn root(root: &'d Node, pointer: &'d str) -> Self {
        let document = Document { root, pointer, references: References::Followed };
        Self { node: root, pointer: pointer.to_owned(), document }
    }

    /// Returns the value of a key; `None` if it is absent, null, or a reference without a target.
    pub(super) fn get(&self, key: &str) -> Option<Self> {
        let node = self.node.get(key)?;
        self.child(node, key).filter(|child| !child.node.is_null())
    }

    /// Returns the value of a key. An absent value and an unreadable one are different results.
    pub(super) fn field(&self, key: &str) -> Field<'d> {
        match self.node.get(key) {
            None => Field::Absent,
            Some(node) if node.is_null() => Field::Absent,
            Some(node) => self.readable(node, key),
        }
    }

    /// Returns the entries of an object with their keys, those that cannot be read included.
    pub(super) fn fields(&self) -> impl Iterator<Item = (&'d str, Field<'d>)> + use<'d> {
        let this = self.clone();
        let entries = self.node.as_object().unwrap_or_default().iter();
        entries.map(move |(key, node)| (key.as_str(), this.readable(node, key)))
    }

    /// Returns the items of an array, those that cannot be read included.
    pub(super) fn elements(&self) -> impl Iterator<Item = Field<'d>> + use<'d> {
        let this = self.clone();
        let items = self.node.as_array().unwrap_or_default().iter().enumerate();
        items.map(move |(index, node)| this.readable(node, &index.to_string()))
    }

    fn readable(&self, node: &'d Node, key: &str) -> Field<'d> {
        match self.child(node, key) {
            Some(child) => Field::Found(child),
            None => Field::Unreadable(self.as_written().at(node, key)),
        }
    }

    fn at(&self, node: &'d Node, key: &str) -> Self {
        Self { node, pointer: self.pointer_to(key), document: self.document }
    }

    /// Reports each key of an object that merges in an unknown value: `Fn::If` with an unknown condition, `Fn::Transform`.
    /// Returns whether there is one.
    pub(super) fn refuse_merge(&self, report: &mut Report) -> bool {
        let mut merges = self.keys().filter(|key| key.starts_with("Fn::")).peekable();
        let has_merge = merges.peek().is_some();
        for key in merges {
            let Some(node) = self.node.get(key) else { continue };
            let child = self.at(node, key);
            if !child.refuse_unresolved(report) {
                let message = format!(
                    "`{key}` stands among other keys and has no value here. Write what it stands for."
                );
                report.add(&child, Code::UnresolvedValue, message);
            }
        }
        has_merge
    }

    /// Returns the entries of an object, an empty list for any other value. Entries that are references without a target
    /// are left out; null stays.
    pub(super) fn entries(&self) -> impl Iterator<Item = (&'d str, Self)> + use<'d> {
        let this = self.clone();
        let entries = self.node.as_object().unwrap_or_default().iter();
        entries.filter_map(move |(key, node)| Some((key.as_str(), this.child(node, key)?)))
    }

    /// Returns the items of an array, an empty list for any other value.
    pub(super) fn items(&self) -> impl Iterator<Item = Self> + use<'d> {
        let this = self.clone();
        let items = self.node.as_array().unwrap_or_default().iter().enumerate();
        items.filter_map(move |(index, node)| this.child(node, &index.to_string()))
    }

    /// Returns the keys of an object.
    pub(super) fn keys(&self) -> impl Iterator<Item = &'d str> + use<'d> {
        self.node.as_object().unwrap_or_default().iter().map(|(key, _)| key.as_str())
    }

    pub(super) fn str(&self) -> Option<&'d str> {
        self.node.as_str()
    }

    /// Returns the string if it has no unresolved piece.
    pub(super) fn resolved_str(&self) -> Option<&'d str> {
        self.node.as_str().filter(|_| self.node.unresolved().is_empty())
    }

    pub(super) fn is_object(&self) -> bool {
        self.node.as_object().is_some()
    }

    pub(super) fn is_array(&self) -> bool {
        self.node.as_array().is_some()
    }

    pub(super) fn is_unresolved(&self) -> bool {
        !self.node.unresolved().is_empty()
    }

    /// Returns a truth value, which exports also write as a string.
    pub(super) fn truth(&self) -> Option<bool> {
        self.node.as_bool().or_else(|| self.str()?.parse().ok())
    }

    /// Returns a whole number from 0, which exports also write as a string.
    pub(super) fn whole_number(&self) -> Option<u64> {
        match &self.node.value {
            Value::Number(number) => number
                .as_u64()
                .or_else(|| number.as_f64().filter(|n| n.fract() == 0.0 && *n >= 0.0).map(|n| n as u64)),
            _ => self.str()?.trim().parse().ok(),
        }
    }

    /// Returns a string, or a number or boolean as it is written.
    pub(super) fn scalar(&self) -> Option<String> {
        match &self.node.value {
            Value::Text(text) => Some(text.text.clone()),
            Value::Number(number) => Some(number.to_string()),
            Value::Bool(truth) => Some(truth.to_string()),
            _ => None,
        }
    }

    /// Returns the value as it is written, cut after 60 characters.
    pub(super) fn seen(&self) -> String {
        shortened(&self.node.to_json().to_string())
    }

    /// Returns the text of a string for which only certain words are valid, in any letter case. Another value is
    /// reported with `code`.
    pub(super) fn word<T: Copy>(&self, words: &[(&str, T)], code: Code, report: &mut Report) -> Option<T> {
        if self.refuse_unresolved(report) {
            return None;
        }
        let found =
            self.str().and_then(|text| words.iter().find(|(word, _)| word.eq_ignore_ascii_case(text)));
        if found.is_none() {
            let valid: Vec<_> = words.iter().map(|(word, _)| *word).collect();
            report.add(
                self,
                code,
                format!("{} is not a valid value. Use {}.", self.seen_here(), valid.join(", ")),
            );
        }
        found.map(|(_, value)| *value)
    }

    /// Returns the requirement of a setting, for this place.
    pub(super) fn requires(&self, condition: Condition) -> Requirement {
        Requirement { condition, pointer: self.pointer.clone(), place: self.node.place }
    }

    /// Returns the last key of the pointer with the value seen: `` `type` is "lambda" ``.
    pub(super) fn seen_here(&self) -> String {
        format!("`{}`: {}", self.name(), self.seen())
    }

    /// Returns the last key of the pointer.
    pub(super) fn name(&self) -> String {
        let last = self.pointer.rsplit('/').next().unwrap_or_default();
        last.replace("~1", "/").replace("~0", "~")
    }

    /// Reports a needed value that has an unresolved piece. Returns whether it has.
    pub(super) fn refuse_unresolved(&self, report: &mut Report) -> bool {
        let Some(unresolved) = self.node.unresolved().first() else { return false };
        let message = format!(
            "`{}` needs the value of `{}`, which is not given. {}",
            self.name(),
            unresolved.name,
            unresolved.remedy
        );
        report.add(self, Code::UnresolvedValue, message);
        true
    }

    /// Returns this place with its references as they are written: schemas may refer to themselves.
    pub(super) fn as_written(&self) -> Self {
        let document = Document { references: References::AsWritten, ..self.document };
        Self { document, ..self.clone() }
    }

    /// Returns the target of a reference, one step on, with references as they are written.
    pub(super) fn target(&self, reference: &str) -> Option<Self> {
        let pointer = reference::pointer(reference)?;
        let node = self.document.root.pointer(&pointer).filter(|node| !node.is_null())?;
        let document = Document { references: References::AsWritten, ..self.document };
        Some(Self { node, pointer: format!("{}{pointer}", self.document.pointer), document })
    }

    /// Returns the pointer to a key below this place, whether there is one or not.
    pub(super) fn pointer_to(&self, key: &str) -> String {
        format!("{}/{}", self.pointer, escaped(key))
    }

    fn child(&self, node: &'d Node, key: &str) -> Option<Self> {
        if self.document.references == References::Followed {
            match reference::follow(self.document.root, node) {
                Followed::NotAReference => {}
                Followed::To { node, pointer } => {
                    let pointer = format!("{}{pointer}", self.document.pointer);
                    return Some(Self { node, pointer, document: self.document });
                }
                Followed::Nowhere => return None,
            }
        }
        Some(self.at(node, key))
    }
}

impl Located for Cursor<'_> {
    fn pointer(&self) -> &str {
        &self.pointer
    }

    fn place(&self) -> Place {
        self.node.place
    }

    fn key(&self, key: &str) -> (String, Place) {
        let place = self.node.get(key).map_or(self.node.place, |node| node.place);
        (self.pointer_to(key), place)
    }
}

/// Returns a key as a JSON pointer holds it (RFC 6901).
pub(crate) fn escaped(key: &str) -> String {
    key.replace('~', "~0").replace('/', "~1")
}

/// Returns a text cut after 60 characters.
pub(super) fn shortened(text: &str) -> String {
    match text.char_indices().nth(60) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}
