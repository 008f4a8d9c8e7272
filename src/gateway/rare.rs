//! Keeps the code of rare work out of the function that every request runs.

use std::pin::Pin;

/// Boxes a future. V8 compiles a function when it is first called. Without the box, the code of the future would be part of
/// the function that every request runs.
pub(super) fn rare<'w, T>(work: impl Future<Output = T> + 'w) -> Pin<Box<dyn Future<Output = T> + 'w>> {
    Box::pin(work)
}
