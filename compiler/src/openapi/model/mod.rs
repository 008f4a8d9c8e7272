//! Models: JSON schemas of request bodies that a request validator checks.

mod bodies;
mod pattern;
mod reader;

pub(super) use self::bodies::read_models;
