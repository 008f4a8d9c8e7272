//! A position in a document: a value, its JSON pointer, and access to the values inside of it. References are followed,
//! except by the cursors that [`Cursor::as_written`] and [`Cursor::target`] return.

use crate::finding::pointer::{escape, unescape};
use crate::finding::{Code, Place};
use crate::requirement::{Condition, Requirement};
use crate::source::{Node, Value, shortened};

use super::reference::{self, Followed};
use super::report::{Located, Report};

/// A value of the document and its JSON pointer. For a reference (`$ref`) that is followed, these are the value and the
/// pointer of the target.
#[derive(Clone, Debug)]
pub(super) struct Cursor<'d> {
    pub(super) node: &'d Node,
    /// The JSON pointer from the root of the file.
    pub(super) pointer: String,
    document: Document<'d>,
}

/// The result of a lookup in an object or an array.
pub(super) enum Field<'d> {
    /// The key does not exist, or its value is null. Only [`Cursor::field`] returns this variant. An entry or an item that
    /// is null is [`Self::Found`].
    Absent,
    Found(Cursor<'d>),
    /// A reference without a target. The cursor is at the reference.
    Unreadable(Cursor<'d>),
}

impl<'d> Field<'d> {
    /// Returns a value that security depends on, or `None` if the value is absent or not known. A value that is not
    /// known (unresolved, or a reference without a target) is reported, which makes the operation unsupported. Without
    /// the report, the operation could be served without security.
    pub(super) fn needed_for_security(self, report: &mut Report) -> Option<Cursor<'d>> {
        match self {
            Self::Absent => None,
            Self::Found(cursor) => {
                let is_refused = cursor.refuse_unresolved(report) | cursor.refuse_merge(report);
                Some(cursor).filter(|_| !is_refused)
            }
            Self::Unreadable(at) => {
                let message = format!(
                    "{}, which is a reference without a target in this document. The security of the operation depends on it. Copy the target into the document.",
                    at.seen_here()
                );
                report.add(&at, Code::SecurityInvalid, message);
                None
            }
        }
    }
}

/// The document that contains the targets of references.
#[derive(Clone, Copy, Debug)]
struct Document<'d> {
    root: &'d Node,
    /// The JSON pointer to the document in its file.
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
    /// Returns the cursor at the root of a document. `pointer` is the JSON pointer of the root in its file.
    pub(super) fn root(root: &'d Node, pointer: &'d str) -> Self {
        let document = Document { root, pointer, references: References::Followed };
        Self { node: root, pointer: pointer.to_owned(), document }
    }

    /// Returns the value of a key, or `None` if it is absent, null or a reference without a target.
    pub(super) fn get(&self, key: &str) -> Option<Self> {
        let node = self.node.get(key)?;
        self.child(node, key).filter(|child| !child.node.is_null())
    }

    /// Returns the value of a key. Unlike [`Self::get`], this method distinguishes an absent value from a reference
    /// without a target.
    pub(super) fn field(&self, key: &str) -> Field<'d> {
        match self.node.get(key) {
            None => Field::Absent,
            Some(node) if node.is_null() => Field::Absent,
            Some(node) => self.readable(node, key),
        }
    }

    /// Returns the entries of an object, including references without a target.
    pub(super) fn fields(&self) -> impl Iterator<Item = (&'d str, Field<'d>)> + use<'d> {
        let this = self.clone();
        let entries = self.node.as_object().unwrap_or_default().iter();
        entries.map(move |(key, node)| (key.as_str(), this.readable(node, key)))
    }

    /// Returns the items of an array, including references without a target.
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

    /// Reports each unresolved function among the keys of an object, such as `Fn::If` with an unknown condition. The
    /// value of such a function would be merged into the object. Returns whether the object has such a function.
    pub(super) fn refuse_merge(&self, report: &mut Report) -> bool {
        let mut merges = self.keys().filter(|key| key.starts_with("Fn::")).peekable();
        let has_merge = merges.peek().is_some();
        for key in merges {
            let Some(node) = self.node.get(key) else { continue };
            let child = self.at(node, key);
            if !child.refuse_unresolved(report) {
                let message = format!(
                    "The compiler cannot evaluate `{key}`, which is among the keys of an object. Replace `{key}` with the keys that it produces."
                );
                report.add(&child, Code::UnresolvedValue, message);
            }
        }
        has_merge
    }

    /// Returns the entries of an object, including entries whose value is null, but without references that have no
    /// target. Returns nothing for any other value.
    pub(super) fn entries(&self) -> impl Iterator<Item = (&'d str, Self)> + use<'d> {
        let this = self.clone();
        let entries = self.node.as_object().unwrap_or_default().iter();
        entries.filter_map(move |(key, node)| Some((key.as_str(), this.child(node, key)?)))
    }

    /// Returns the items of an array, without references that have no target. Returns nothing for any other value.
    pub(super) fn items(&self) -> impl Iterator<Item = Self> + use<'d> {
        let this = self.clone();
        let items = self.node.as_array().unwrap_or_default().iter().enumerate();
        items.filter_map(move |(index, node)| this.child(node, &index.to_string()))
    }

    /// Returns the keys of an object, and nothing for any other value.
    pub(super) fn keys(&self) -> impl Iterator<Item = &'d str> + use<'d> {
        self.node.as_object().unwrap_or_default().iter().map(|(key, _)| key.as_str())
    }

    pub(super) fn str(&self) -> Option<&'d str> {
        self.node.as_str()
    }

    /// Returns the string, or `None` if the value is not a string or has an unresolved piece.
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

    /// Returns a boolean, also from a string, because exports of API Gateway write some booleans as strings.
    pub(super) fn truth(&self) -> Option<bool> {
        self.node.as_bool().or_else(|| self.str()?.parse().ok())
    }

    /// Returns a whole number that is not negative, also from a string, because exports of API Gateway write some
    /// numbers as strings.
    pub(super) fn whole_number(&self) -> Option<u64> {
        match &self.node.value {
            Value::Number(number) => number
                .as_u64()
                .or_else(|| number.as_f64().filter(|n| n.fract() == 0.0 && *n >= 0.0).map(|n| n as u64)),
            _ => self.str()?.trim().parse().ok(),
        }
    }

    /// Returns a string, a number or a boolean as text, or `None` for any other value.
    pub(super) fn scalar(&self) -> Option<String> {
        match &self.node.value {
            Value::Text(text) => Some(text.text.clone()),
            Value::Number(number) => Some(number.to_string()),
            Value::Bool(truth) => Some(truth.to_string()),
            _ => None,
        }
    }

    /// Returns the value as JSON for a message, cut after 60 characters.
    pub(super) fn seen(&self) -> String {
        shortened(&self.node.to_json().to_string())
    }

    /// Returns the value that `words` assigns to this string, compared without case. Reports an unresolved
    /// value, and reports any other value with `code`.
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
                format!("{}, which is not valid. Use one of {}.", self.seen_here(), valid.join(", ")),
            );
        }
        found.map(|(_, value)| *value)
    }

    /// Returns a requirement: this condition on the settings, at the place of this value.
    pub(super) fn requires(&self, condition: Condition) -> Requirement {
        Requirement { condition, pointer: self.pointer.clone(), place: self.node.place }
    }

    /// Returns the name and the value, as the beginning of a sentence: `` `type` is "lambda" ``.
    pub(super) fn seen_here(&self) -> String {
        format!("`{}` is {}", self.name(), self.seen())
    }

    /// Returns the name of this value for a message: the last key of the pointer, or for an index or a status the last
    /// two keys, such as `required/0`.
    pub(super) fn name(&self) -> String {
        let mut steps = self.pointer.rsplit('/');
        let last = steps.next().unwrap_or_default();
        let outer =
            steps.next().filter(|_| !last.is_empty() && last.bytes().all(|byte| byte.is_ascii_digit()));
        let name = outer.map_or_else(|| last.to_owned(), |outer| format!("{outer}/{last}"));
        unescape(&name)
    }

    /// Reports a value that has an unresolved piece. Returns whether the value has such a piece.
    pub(super) fn refuse_unresolved(&self, report: &mut Report) -> bool {
        let Some(unresolved) = self.node.unresolved().first() else { return false };
        let (name, missing, remedy) = (self.name(), &unresolved.name, &unresolved.remedy);
        let message = match name == *missing {
            true => format!("The compiler cannot evaluate `{name}`. {remedy}"),
            false => format!("`{name}` depends on `{missing}`, which has no value. {remedy}"),
        };
        report.add(self, Code::UnresolvedValue, message);
        true
    }

    /// Returns a cursor at the same value that does not follow references below it. A schema may refer to itself, so that
    /// following its references might not end.
    pub(super) fn as_written(&self) -> Self {
        let document = Document { references: References::AsWritten, ..self.document };
        Self { document, ..self.clone() }
    }

    /// Returns the direct target of a reference, or `None` if the document has no such value. References in and below
    /// the target are not followed.
    pub(super) fn target(&self, reference: &str) -> Option<Self> {
        let pointer = reference::pointer(reference)?;
        let node = self.document.root.pointer(&pointer).filter(|node| !node.is_null())?;
        let document = Document { references: References::AsWritten, ..self.document };
        Some(Self { node, pointer: format!("{}{pointer}", self.document.pointer), document })
    }

    /// Returns the JSON pointer to a key of this object. The key need not exist.
    pub(super) fn pointer_to(&self, key: &str) -> String {
        format!("{}/{}", self.pointer, escape(key))
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
