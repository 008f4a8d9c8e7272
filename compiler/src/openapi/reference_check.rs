//! Reports references without a target, and keys that have no effect because they are beside a reference.

use super::cursor::Cursor;
use super::reference::{Followed, KEY, LONGEST_CHAIN, follow, of, pointer};
use super::report::Report;
use crate::finding::Code;
use crate::source::Node;

/// Keys beside a reference that are not reported, in addition to extensions of other vendors. They have no effect there,
/// like all other keys, but they rarely change the response to a request.
const HARMLESS_BESIDE: &[&str] =
    &["summary", "description", "title", "example", "default", "required", "nullable"];

/// Keys whose arrays are data: a `$ref` in such an array is not a reference. An object is checked nevertheless, because
/// it may be the schema of a property with this name, or a map of examples.
const EXAMPLES: &[&str] = &["example", "examples", "default", "enum"];

/// Reports each reference without a target, and the first key beside each reference that would otherwise have an
/// effect.
pub(super) fn check(root: &Cursor<'_>, report: &mut Report) {
    walk(root.node, &root.as_written(), report);
}

fn walk(document: &Node, at: &Cursor<'_>, report: &mut Report) {
    if let Some(reference) = of(at.node) {
        if let Followed::Nowhere = follow(document, at.node) {
            let message = match pointer(reference) {
                None => {
                    format!(
                        "The target of `{reference}` is outside of this document. Copy it into the document."
                    )
                }
                Some(_) => format!(
                    "The reference `{reference}` has no target in this document, is in a cycle, or begins a chain of more than {LONGEST_CHAIN} references. Write a pointer to an existing value."
                ),
            };
            report.add_key(at, KEY, Code::ReferenceMissing, message);
        }
        let has_effect = |key: &&str| !key.starts_with("x-") || key.starts_with("x-amazon-");
        let mut beside = at.keys().filter(|key| *key != KEY && !HARMLESS_BESIDE.contains(key));
        let beside = beside.find(has_effect);
        if let Some(key) = beside {
            let message = format!("`{key}` is beside a `$ref`, so it is ignored.");
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
