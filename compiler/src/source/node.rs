//! The tree of a document: values with their places, and unresolved values where a function or a placeholder has no
//! value.

use serde_json::{Map, Number};

use super::object::Object;
use crate::finding::Place;
use crate::finding::pointer::unescape;

/// A value and its place in the file.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    pub value: Value,
    /// The place of the key if the node is a value of an object, otherwise the place of the value.
    pub place: Place,
}

/// A JSON value, or an unresolved value.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    Null,
    Bool(bool),
    Number(Number),
    Text(Text),
    Array(Vec<Node>),
    /// An object. The entries have the order of the file. In a [`super::Document`], each key occurs once.
    Object(Object<Node>),
    /// A value that is not known, such as the result of an `Fn::If` whose condition has no value.
    Unresolved(Unresolved),
}

/// A string, which may contain unresolved pieces.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Text {
    /// The string. It contains an unresolved piece as `${Name}`.
    pub text: String,
    /// The unresolved pieces, in the order of the string. Empty if the string is complete.
    pub unresolved: Vec<Unresolved>,
}

/// The reason why a value, or a piece of a string, is not known.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Unresolved {
    /// The name that the options of the command use, such as `OrderFunction.Arn`, or the name of a function or a property
    /// of the template.
    pub name: String,
    /// One or more sentences that describe how to set or correct the value.
    pub remedy: String,
}

impl From<&str> for Text {
    fn from(text: &str) -> Self {
        Self::from(text.to_owned())
    }
}

impl From<String> for Text {
    fn from(text: String) -> Self {
        Self { text, unresolved: Vec::new() }
    }
}

impl From<Unresolved> for Text {
    fn from(unresolved: Unresolved) -> Self {
        Self { text: format!("${{{}}}", unresolved.name), unresolved: vec![unresolved] }
    }
}

impl Value {
    pub(super) fn object(entries: Vec<(String, Node)>) -> Self {
        Self::Object(entries.into())
    }

    /// Returns a string without unresolved pieces.
    pub(super) fn text(text: impl Into<String>) -> Self {
        Self::Text(Text::from(text.into()))
    }

    /// Returns the unresolved pieces of this value, without those of values inside of it.
    pub(super) fn unresolved(&self) -> &[Unresolved] {
        match self {
            Self::Text(text) => &text.unresolved,
            Self::Unresolved(unresolved) => std::slice::from_ref(unresolved),
            _ => &[],
        }
    }

    /// Returns a scalar as text, as CloudFormation converts it. Returns `None` for any other value.
    pub(super) fn scalar(&self) -> Option<String> {
        match self {
            Self::Text(text) => Some(text.text.clone()),
            Self::Number(number) => Some(number.to_string()),
            Self::Bool(value) => Some(value.to_string()),
            _ => None,
        }
    }

    /// Returns the JSON type of the value for a message: `a string`.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool(_) => "a boolean",
            Self::Number(_) => "a number",
            Self::Text(_) => "a string",
            Self::Array(_) => "an array",
            Self::Object(_) => "an object",
            Self::Unresolved(_) => "an unresolved value",
        }
    }
}

impl Node {
    /// Returns the value of a key, or `None` if the node is not an object or does not have the key.
    pub fn get(&self, key: &str) -> Option<&Self> {
        match &self.value {
            Value::Object(object) => object.get(key),
            _ => None,
        }
    }

    /// Returns the string, or `None` for any other value. The string may contain unresolved pieces: [`Self::unresolved`]
    /// lists them.
    pub fn as_str(&self) -> Option<&str> {
        match &self.value {
            Value::Text(text) => Some(&text.text),
            _ => None,
        }
    }

    pub fn as_bool(&self) -> Option<bool> {
        match self.value {
            Value::Bool(value) => Some(value),
            _ => None,
        }
    }

    pub fn as_object(&self) -> Option<&[(String, Self)]> {
        match &self.value {
            Value::Object(entries) => Some(entries),
            _ => None,
        }
    }

    pub fn as_array(&self) -> Option<&[Self]> {
        match &self.value {
            Value::Array(items) => Some(items),
            _ => None,
        }
    }

    pub fn is_null(&self) -> bool {
        self.value == Value::Null
    }

    /// Returns the unresolved pieces of this value, without those of values inside of it.
    pub fn unresolved(&self) -> &[Unresolved] {
        self.value.unresolved()
    }

    /// Returns the node at a JSON pointer (RFC 6901), or `None` if the tree has no such node.
    pub fn pointer(&self, json_pointer: &str) -> Option<&Self> {
        if json_pointer.is_empty() {
            return Some(self);
        }
        let steps = json_pointer.strip_prefix('/')?;
        steps.split('/').try_fold(self, |node, step| match &node.value {
            Value::Object(_) => node.get(&unescape(step)),
            Value::Array(items) => items.get(step.parse::<usize>().ok()?),
            _ => None,
        })
    }

    /// Returns the value as plain JSON. An unresolved value becomes the string `${Name}`.
    pub fn to_json(&self) -> serde_json::Value {
        match &self.value {
            Value::Null => serde_json::Value::Null,
            Value::Bool(value) => serde_json::Value::Bool(*value),
            Value::Number(number) => serde_json::Value::Number(number.clone()),
            Value::Text(text) => serde_json::Value::String(text.text.clone()),
            Value::Array(items) => items.iter().map(Self::to_json).collect(),
            Value::Object(entries) => {
                let entries = entries.iter().map(|(key, node)| (key.clone(), node.to_json()));
                serde_json::Value::Object(entries.collect::<Map<_, _>>())
            }
            Value::Unresolved(unresolved) => format!("${{{}}}", unresolved.name).into(),
        }
    }
}

/// Returns the first 60 characters of a text, with an ellipsis if there are more.
pub(crate) fn shortened(text: &str) -> String {
    match text.char_indices().nth(60) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn node(value: Value) -> Node {
        Node { value, place: Place::START }
    }

    #[test]
    fn pointers_find_nodes_and_a_tree_becomes_plain_json() {
        let unresolved = Unresolved { name: "A".into(), remedy: "Give it.".into() };
        let items = vec![node(Value::Bool(true)), node(Value::Unresolved(unresolved))];
        let tree = node(Value::object(vec![
            ("/a~".into(), node(Value::Array(items))),
            ("b".into(), node(Value::text("c"))),
        ]));
        assert_eq!(tree.pointer("/~1a~0/0").and_then(Node::as_bool), Some(true));
        assert_eq!(tree.pointer("/b").and_then(Node::as_str), Some("c"));
        assert_eq!(tree.pointer(""), Some(&tree));
        for missing in ["b", "/c", "/b/0", "/~1a~0/2", "/~1a~0/x", "/~1a~0/-"] {
            assert_eq!(tree.pointer(missing), None, "{missing}");
        }
        assert_eq!(tree.to_json(), json!({ "/a~": [true, "${A}"], "b": "c" }));
        assert_eq!(tree.pointer("/~1a~0/1").map(|node| node.unresolved().len()), Some(1));
    }
}
