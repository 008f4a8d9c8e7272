//! The binary media types of a document, which other lints use, and a lint about entries that match nothing.

use s3_edge_gateway::api::media_type::{BinaryMediaTypes, Listed};

use super::list::Lints;
use crate::compilation::Outline;
use crate::finding::{Behaviours, Code};

/// The binary media types of a document.
pub(super) struct BinaryTypes {
    list: BinaryMediaTypes,
    /// The entries as written, without those that never match.
    pub(super) entries: Vec<String>,
}

impl BinaryTypes {
    pub(super) fn new(outline: &Outline) -> Self {
        let written = outline.binary_media_types.iter().map(|entry| &entry.written);
        let entries: Vec<String> = written.filter(|entry| !never_matches(entry)).cloned().collect();
        Self { list: BinaryMediaTypes::from_entries(entries.iter().map(String::as_str)), entries }
    }

    pub(super) fn lists(&self, header: Option<&str>) -> Listed {
        self.list.lists(header)
    }

    /// Returns whether `*/*` is in the list.
    pub(super) fn has_everything(&self) -> bool {
        self.entries.iter().any(|entry| entry.trim() == "*/*")
    }

    /// Returns the entries for a message: `image/png`, or `one of image/png, image/jpeg`.
    pub(super) fn named(&self) -> String {
        match self.entries.as_slice() {
            [only] => only.clone(),
            entries => format!("one of {}", entries.join(", ")),
        }
    }
}

pub(super) fn find(outline: &Outline, lints: &mut Lints<'_>) {
    for entry in &outline.binary_media_types {
        if never_matches(&entry.written) {
            let message = format!(
                "The binary media type `{}` never matches a `Content-Type` or an `Accept`.",
                entry.written
            );
            lints.add(Code::MediaTypeNeverMatches, Behaviours::Both, entry.pointer.clone(), message);
        }
    }
}

fn never_matches(entry: &str) -> bool {
    let Some((kind, subtype)) = entry.trim().split_once('/') else { return true };
    let is_malformed = |part: &str| part.is_empty() || part.contains([';', ',', '/', ' ']);
    let has_wildcard = kind.contains('*') || subtype.contains('*');
    let is_wildcard = subtype == "*" && (kind == "*" || !kind.contains('*'));
    is_malformed(kind) || is_malformed(subtype) || (has_wildcard && !is_wildcard)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_malformed_entries_and_partial_wildcards_never_match() {
        for entry in ["image/png", "image/*", "*/*", " image/png "] {
            assert!(!never_matches(entry), "{entry}");
        }
        for entry in ["image", "*/jpeg", "image/*; q=1", "image/p*", "", "/", "a/b/c", "image/png, image/gif"]
        {
            assert!(never_matches(entry), "{entry}");
        }
    }
}
