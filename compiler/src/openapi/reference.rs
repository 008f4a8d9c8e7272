//! Follows references (`$ref`) within one document. `reference_check` reports references without a target.
//!
//! Source: OpenAPI 3.0 "Reference Object" (<https://spec.openapis.org/oas/v3.0.3#reference-object>), which is the same in
//! Swagger 2.0.

use percent_encoding::percent_decode_str;

use crate::source::Node;

/// The key of a reference.
pub(super) const KEY: &str = "$ref";

/// The maximum number of references in a chain. A longer chain is probably a cycle.
pub(super) const LONGEST_CHAIN: usize = 8;

/// The result of following a reference.
pub(super) enum Followed<'d> {
    NotAReference,
    To {
        node: &'d Node,
        /// The JSON pointer from the root of the document.
        pointer: String,
    },
    /// The reference leaves the document, has no target, is in a cycle, or begins a chain that is too long.
    Nowhere,
}

/// Follows a chain of references to a value that is not a reference.
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

/// Returns the text of a reference, or `None` if the node is not a reference. A node whose `$ref` is not a string is not a
/// reference: it may be a map with a property of the name `$ref`.
pub(super) fn of(node: &Node) -> Option<&str> {
    node.get(KEY)?.as_str()
}

/// Returns the JSON pointer of a reference, percent-decoded, or `None` if the reference leaves the document or is not a
/// JSON pointer.
pub(super) fn pointer(reference: &str) -> Option<String> {
    let fragment = reference.strip_prefix('#')?;
    let pointer = percent_decode_str(fragment).decode_utf8().ok()?;
    (pointer.is_empty() || pointer.starts_with('/')).then(|| pointer.into_owned())
}
