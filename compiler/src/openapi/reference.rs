//! `$ref`: what it leads to, and every one that leads nowhere.
//!
//! Inside: JSON References within one document (OpenAPI 3.0 "Reference Object",
//! <https://spec.openapis.org/oas/v3.0.3#reference-object>; Swagger 2.0 has the same). Not inside: following them, which
//! `node` does for every reader.

use std::borrow::Cow;

use percent_encoding::percent_decode_str;
use serde_json::Value;

use super::error::Problem;
use super::json::{Entry, Json};
use super::node::{Errors, Node};

/// The key of a reference.
pub(super) const KEY: &str = "$ref";

/// How many references may lead to one another: more of them are a circle, or nothing that a person has written.
const LONGEST_CHAIN: usize = 8;

/// Values that stand for themselves: nobody looks for references in them.
const EXAMPLES: &[&str] = &["example", "examples", "default", "enum"];

/// What stands beside a reference and says nothing that an answer depends on.
const HARMLESS_BESIDE: &[&str] = &["summary", "description"];

const EXTENSION: &str = "x-amazon-apigateway-";

/// Whether a document has references at all. Most exports have none but to models, and then no reader looks for any.
pub(super) enum References {
    /// It has.
    Some,
    /// It has none.
    None,
}

/// A document in which references can be followed, and what CloudFormation writes for a text.
pub(crate) trait Document {
    /// The text that it is.
    fn text(&self) -> Option<&str>;

    /// The value of a key beside which there is no other.
    fn only(&self, key: &str) -> Option<&Self>;

    /// The text of a reference; `None` for a value that is none.
    fn reference(&self) -> Option<&str>;

    /// What a JSON Pointer leads to, if that is anything.
    fn target(&self, pointer: &str) -> Option<&Self>;
}

impl Document for Json<'_> {
    fn text(&self) -> Option<&str> {
        self.as_str()
    }

    fn only(&self, key: &str) -> Option<&Self> {
        self.as_object().filter(|object| object.len() == 1).and_then(|_| self.get(key))
    }

    fn reference(&self) -> Option<&str> {
        self.get(KEY)?.as_str()
    }

    fn target(&self, pointer: &str) -> Option<&Self> {
        self.pointer(pointer).filter(|value| !value.is_null())
    }
}

/// As the checker reads documents.
impl Document for Value {
    fn text(&self) -> Option<&str> {
        self.as_str()
    }

    fn only(&self, key: &str) -> Option<&Self> {
        self.as_object().filter(|object| object.len() == 1)?.get(key)
    }

    fn reference(&self) -> Option<&str> {
        self.get(KEY)?.as_str()
    }

    fn target(&self, pointer: &str) -> Option<&Self> {
        self.pointer(pointer).filter(|value| !value.is_null())
    }
}

/// What stands in a value under `$ref`.
pub(super) enum Reference<'a> {
    /// Nothing; or an object, which is a property that is called so.
    None,
    /// A reference.
    To(&'a str),
    /// What should be one. In YAML, what follows a `#` without quotes is a comment, and null is left.
    NoText(&'a Json<'a>),
}

/// The reference that a value is, if it is one.
pub(super) fn of<'a>(value: &Json<'a>) -> Reference<'a> {
    match value.get(KEY) {
        None | Some(Json::Object(_)) => Reference::None,
        Some(Json::String(reference)) => Reference::To(reference),
        Some(other) => Reference::NoText(other),
    }
}

/// What a reference leads to in the end, and the last reference on the way.
pub(crate) fn follow<'a, D: Document>(root: &'a D, first: &'a str) -> Result<(&'a D, &'a str), Problem> {
    let mut last = first;
    for _ in 0..LONGEST_CHAIN {
        let value = target(root, last)?;
        match value.reference() {
            Some(next) => last = next,
            None => return Ok((value, last)),
        }
    }
    Err(Problem::Reference {
        reference: first.to_owned(),
        reason: "leads in a circle, or through more than 8 others",
    })
}

/// The pointer that a reference holds: what follows `#`, percent-decoded.
pub(super) fn pointer(reference: &str) -> Cow<'_, str> {
    let fragment = reference.strip_prefix('#').unwrap_or(reference);
    percent_decode_str(fragment).decode_utf8_lossy()
}

/// What a reference leads to, one step on.
pub(super) fn target<'a, D: Document>(root: &'a D, reference: &str) -> Result<&'a D, Problem> {
    let problem = |reason| Problem::Reference { reference: reference.to_owned(), reason };
    if !reference.starts_with('#') {
        return Err(problem("leads out of this document; copy what it refers to into it"));
    }
    root.target(&pointer(reference)).ok_or_else(|| problem("leads nowhere in this document"))
}

/// Looks at every reference of a document, and tells of those that no reader could follow.
pub(super) fn check(root: &Node<'_>, errors: &mut Errors) -> References {
    let mut found = References::None;
    walk(root, root.value, &mut found, errors);
    if let Some(paths) = root.get("paths") {
        paths.visit(|_, item| check_path_item(item, errors));
    }
    found
}

#[inline(never)]
fn walk(node: &Node<'_>, root: &Json<'_>, found: &mut References, errors: &mut Errors) {
    match of(node.value) {
        Reference::None => {}
        Reference::To(reference) => {
            *found = References::Some;
            if let Err(problem) = follow(root, reference) {
                errors.key(node, KEY, problem);
            }
        }
        Reference::NoText(other) => {
            *found = References::Some;
            let expected = "a text as \"#/components/schemas/Name\", in quotes,".to_owned();
            errors.key(node, KEY, Problem::Unexpected { seen: other.to_string(), expected });
        }
    }
    node.visit(|key, child| match key {
        Some(key) if key.starts_with("x-") => match key.strip_prefix(EXTENSION) {
            // Other people's extensions hold what they like.
            None | Some("documentation") => {}
            Some("any-method") => walk(child, root, found, errors),
            Some(_) => refuse_in_extension(child, key, found, errors),
        },
        Some(key) if !child.value.is_object() && EXAMPLES.contains(&key) => {}
        Some(_) | None => walk(child, root, found, errors),
    });
}

/// Only HTTP APIs have integrations that operations share.
fn refuse_in_extension(node: &Node<'_>, extension: &str, found: &mut References, errors: &mut Errors) {
    if let Reference::To(_) = of(node.value) {
        // Followed all the same, so that nothing is told of the reference itself.
        *found = References::Some;
        let what = format!("a `$ref` in `{extension}`");
        let instead = "REST APIs know none there: write what it refers to in its place";
        errors.key(node, KEY, Problem::Unsupported { what, instead });
    }
    node.visit(|_, child| refuse_in_extension(child, extension, found, errors));
}

/// Whether the methods beside a reference or those that it leads to count is not defined.
fn check_path_item(item: &Node<'_>, errors: &mut Errors) {
    let Some(reference) = item.get(KEY) else { return };
    let beside = |object: &[Entry<'_>]| {
        object.iter().any(|(key, _)| *key != KEY && !HARMLESS_BESIDE.contains(key) && !is_foreign(key))
    };
    if item.value.as_object().is_some_and(beside) {
        let what = "a path item with a `$ref` and methods of its own".to_owned();
        errors.add(&reference, Problem::Unsupported { what, instead: "write all of it in one place" });
    }
}

fn is_foreign(key: &str) -> bool {
    key.starts_with("x-") && !key.starts_with(EXTENSION)
}
