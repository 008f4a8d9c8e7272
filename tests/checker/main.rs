//! The checker as people meet it: what the command prints, for documents of every kind, and its exit status.
//!
//! `golden` holds what is printed; `UPDATE_GOLDEN=1 cargo test --test checker` writes it anew, to be read before it is
//! committed.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "clippy takes helpers of tests for production code"
)]

mod broken;
mod cases;
