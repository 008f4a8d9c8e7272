//! Properties: what holds for every input, as far as chance finds one for which it does not.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "clippy takes helpers of tests for production code"
)]

mod accept;
mod base64_text;
mod documents;
mod mapping;
mod routes;
mod templates;
