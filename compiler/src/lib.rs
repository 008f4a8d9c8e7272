//! Compiles API Gateway documents: bytes in, a compiled API and findings out.
//!
//! Inside: reading the text (`source`), its meaning (`openapi`), what may surprise (`lints`). Not inside: files, clocks
//! and processes, so that the library also runs on wasm32.

pub mod compilation;
pub mod explain;
pub mod finding;
pub mod policy;
pub mod requirement;
