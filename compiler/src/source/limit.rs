//! Limits for the size of a document.

/// The maximum depth of nesting, and of functions and conditions that depend on each other, in levels.
pub(super) const MAX_DEPTH: usize = 64;

/// The maximum number of keys and values of a YAML file after its aliases are expanded, and of values and function
/// calls of any file. The quotas of API Gateway (300 resources, 6 MB) allow much less.
pub(super) const MAX_NODES: usize = 1_000_000;

/// The maximum number of bytes that functions and placeholders may produce.
pub(super) const MAX_TEXT: usize = 64 << 20;
