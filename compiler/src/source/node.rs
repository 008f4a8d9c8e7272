//! The tree of a document: values with their places, and with marks where a placeholder has no value yet.

use serde_json::{Map, Number};

use super::object::Object;
use crate::finding::Place;

/// A value and its place: that of its key in an object, else its own.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// The value.
    pub value: Value,
    /// The place of the key for a value of an object, else of the value.
    pub place: Place,
}

/// A value of JSON, or a value that the document alone does not determine.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number.
    Number(Number),
    /// A string.
    Text(Text),
    /// An array.
    Array(Vec<Node>),
    /// An object, its entries in the order of the text; no key is repeated.
    Object(Object<Node>),
    /// A value that depends on something that is not given.
    Unresolved(Unresolved),
}

/// A string, which may have pieces without a value.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Text {
    /// The string. A piece without a value stands in it as `${Name}`.
    pub text: String,
    /// The pieces without a value, in the order of the text; empty if the string is complete.
    pub unresolved: Vec<Unresolved>,
}

/// Something that a value depends on and that is not given.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Unresolved {
    /// The name to give it by: `OrderFunction.Arn`.
    pub name: String,
    /// One sentence: how to give it.
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
    /// Returns an object.
    pub(super) fn object(entries: Vec<(String, Node)>) -> Self {
        Self::Object(entries.into())
    }

    /// Returns a complete string.
    pub(super) fn text(text: impl Into<String>) -> Self {
        Self::Text(Text::from(text.into()))
    }

    /// Returns what the value itself lacks.
    pub(super) fn unresolved(&self) -> &[Unresolved] {
        match self {
            Self::Text(text) => &text.unresolved,
            Self::Unresolved(unresolved) => std::slice::from_ref(unresolved),
            _ => &[],
        }
    }

    /// Returns a scalar as the text that CloudFormation makes of it.
    pub(super) fn scalar(&self) -> Option<String> {
        match self {
            Self::Text(text) => Some(text.text.clone()),
            Self::Number(number) => Some(number.to_string()),
            Self::Bool(value) => Some(value.to_string()),
            _ => None,
        }
    }

    /// Returns the kind of the value, for messages: `a string`.
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
    /// Returns the value of a key, or `None` if this is not an object or has no such key.
    pub fn get(&self, key: &str) -> Option<&Self> {
        match &self.value {
            Value::Object(object) => object.get(key),
            _ => None,
        }
    }

    /// Returns the string, also an incomplete one: [`Self::unresolved`] lists what it lacks.
    pub fn as_str(&self) -> Option<&str> {
        match &self.value {
            Value::Text(text) => Some(&text.text),
            _ => None,
        }
    }

    /// Returns the boolean.
    pub fn as_bool(&self) -> Option<bool> {
        match self.value {
            Value::Bool(value) => Some(value),
            _ => None,
        }
    }

    /// Returns the entries of the object.
    pub fn as_object(&self) -> Option<&[(String, Self)]> {
        match &self.value {
            Value::Object(entries) => Some(entries),
            _ => None,
        }
    }

    /// Returns the items of the array.
    pub fn as_array(&self) -> Option<&[Self]> {
        match &self.value {
            Value::Array(items) => Some(items),
            _ => None,
        }
    }

    /// Returns whether the value is `null`.
    pub fn is_null(&self) -> bool {
        self.value == Value::Null
    }

    /// Returns what the value itself lacks, without what the values below it lack.
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

/// Returns a key as a JSON pointer holds it (RFC 6901).
pub(super) fn escape(key: &str) -> String {
    key.replace('~', "~0").replace('/', "~1")
}

fn unescape(step: &str) -> String {
    step.replace("~1", "/").replace("~0", "~")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn node(value: Value) -> Node {
        Node { value, place: Place::START }
    }

    #[test]
    fn pointers_and_plain_json() {
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
        assert_eq!(escape("/a~"), "~1a~0");
    }
}
