//! `$ref`: references within one document.
//!
//! Inside: following them. A reference out of the document, or without a target, matters only where its value is needed:
//! there the value is absent. Sources: OpenAPI 3.0 "Reference Object"
//! (<https://spec.openapis.org/oas/v3.0.3#reference-object>), which Swagger 2.0 has, too.

use percent_encoding::percent_decode_str;

use super::cursor::Cursor;
use super::report::Report;
use crate::finding::Code;
use crate::source::Node;

/// The key of a reference.
pub(super) const KEY: &str = "$ref";

/// How many references may follow one another. A longer chain is a circle, or nothing that a person has written.
const LONGEST_CHAIN: usize = 8;

/// Values that stand for themselves, so that nothing in them is a reference.
const EXAMPLES: &[&str] = &["example", "examples", "default", "enum"];

/// Keys beside a reference that no answer depends on.
const HARMLESS_BESIDE: &[&str] =
    &["summary", "description", "title", "example", "default", "required", "nullable"];

/// The result of following a reference.
pub(super) enum Followed<'d> {
    NotAReference,
    To { node: &'d Node, pointer: String },
    Nowhere,
}

/// Follows the reference that a value is, if it is one, to a value that is none.
pub(super) fn follow<'d>(root: &'d Node, node: &'d Node) -> Followed<'d> {
    let Some(mut reference) = of(node) else { return Followed::NotAReference };
    for _ in 0..LONGEST_CHAIN {
        let Some(pointer) = pointer(reference) else { return Followed::Nowhere };
        let Some(target) = root.pointer(&pointer).filter(|target| !target.is_null()) else {
            return Followed::Nowhere;
        };
        match of(target) {
            Some(next) => reference = next,
            None => return Followed::To { node: target, pointer },
        }
    }
    Followed::Nowhere
}

/// Returns the reference that a value is. An object under `$ref` is a property of that name.
fn of(node: &Node) -> Option<&str> {
    node.get(KEY)?.as_str()
}

/// Returns the pointer of a reference within the document, percent-decoded; `None` for one that leaves it.
pub(super) fn pointer(reference: &str) -> Option<String> {
    let fragment = reference.strip_prefix('#')?;
    let pointer = percent_decode_str(fragment).decode_utf8().ok()?;
    (pointer.is_empty() || pointer.starts_with('/')).then(|| pointer.into_owned())
}

/// Reports each reference without a target, outside of schemas: there a model that is validated reports it.
pub(super) fn check(root: &Cursor<'_>, report: &mut Report) {
    walk(root.node, &root.as_written(), report);
}

fn walk(document: &Node, at: &Cursor<'_>, report: &mut Report) {
    if let Some(reference) = of(at.node) {
        if let Followed::Nowhere = follow(document, at.node) {
            let message = match pointer(reference) {
                None => {
                    format!("`{reference}` leads out of this document. Copy its target into the document.")
                }
                Some(_) => format!(
                    "`{reference}` has no target in this document, or leads in a circle. Write a pointer to an existing value."
                ),
            };
            report.add_key(at, KEY, Code::ReferenceMissing, message);
        }
        let has_effect = |key: &&str| !key.starts_with("x-") || key.starts_with("x-amazon-");
        let mut beside = at.keys().filter(|key| *key != KEY && !HARMLESS_BESIDE.contains(key));
        let beside = beside.find(has_effect);
        if let Some(key) = beside {
            let message = format!("`{key}` stands beside `$ref` and is ignored.");
            report.add_key(at, key, Code::ReferenceSiblings, message);
        }
        return;
    }
    for (key, child) in at.entries() {
        let is_foreign = key.starts_with("x-") && !key.starts_with("x-amazon-apigateway-");
        let is_example = EXAMPLES.contains(&key) && !child.is_object();
        if !is_foreign && !is_example {
            walk(document, &child, report);
        }
    }
    for child in at.items() {
        walk(document, &child, report);
    }
}
