//! `$ref`: references within one document.
//!
//! Inside: following them. A reference out of the document, or without a target, matters only where its value is needed:
//! there the value is absent. Sources: OpenAPI 3.0 "Reference Object"
//! (<https://spec.openapis.org/oas/v3.0.3#reference-object>), which Swagger 2.0 has, too.

use percent_encoding::percent_decode_str;

use crate::source::Node;

/// The key of a reference.
pub(super) const KEY: &str = "$ref";

/// How many references may follow one another. A longer chain is a circle, or nothing that a person has written.
const LONGEST_CHAIN: usize = 8;

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
pub(super) fn of(node: &Node) -> Option<&str> {
    node.get(KEY)?.as_str()
}

/// Returns the pointer of a reference within the document, percent-decoded; `None` for one that leaves it.
pub(super) fn pointer(reference: &str) -> Option<String> {
    let fragment = reference.strip_prefix('#')?;
    let pointer = percent_decode_str(fragment).decode_utf8().ok()?;
    (pointer.is_empty() || pointer.starts_with('/')).then(|| pointer.into_owned())
}
