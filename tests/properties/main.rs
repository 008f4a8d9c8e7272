//! Properties that hold for every input, tested with random inputs.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "clippy checks the helper functions of tests as production code"
)]

mod accept;
mod base64_text;
mod documents;
mod mapping;
mod routes;
mod signatures;
mod templates;
