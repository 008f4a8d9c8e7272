//! JSON pointers into the document.

use crate::finding::pointer::escape;

/// Returns the pointer to a key below `parent`.
pub(super) fn pointer_to(parent: &str, keys: &[&str]) -> String {
    keys.iter().fold(parent.to_owned(), |pointer, key| format!("{pointer}/{}", escape(key)))
}
