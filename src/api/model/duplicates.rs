//! The search for equal items of an array.

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};

use super::canonical::canonical;
use crate::api::json::Node;

/// Returns whether any two items are equal. Only a hash of each item is kept, because the canonical texts of a long array
/// would take much memory.
pub(super) fn has_duplicates<'j>(items: impl Iterator<Item = Node<'j>> + Clone) -> bool {
    let mut known = HashSet::new();
    items.clone().enumerate().any(|(at, item)| {
        let text = canonical(item);
        // Different texts can have the same hash.
        !known.insert(hash(&text)) && items.clone().take(at).any(|earlier| canonical(earlier) == text)
    })
}

fn hash(text: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    hasher.finish()
}
