//! The limits of a document.

/// How deep a document may be nested, and how deep functions may depend on each other.
pub(super) const MAX_DEPTH: usize = 64;

/// How many keys and values a document may have, its aliases and functions resolved: several times what the quotas of
/// API Gateway allow, 300 resources and 6 MB.
pub(super) const MAX_NODES: usize = 1_000_000;

/// How many bytes of text functions and placeholders may produce.
pub(super) const MAX_TEXT: usize = 64 << 20;
