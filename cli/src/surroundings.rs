//! The environment of a run.

use std::io;

/// The environment of one run. Tests replace it.
pub struct Surroundings<'s> {
    /// Returns the value of an environment variable, or `None` if it is not set.
    pub variable: &'s dyn Fn(&str) -> Option<String>,
    /// Reads the whole standard input.
    pub stdin: &'s dyn Fn() -> io::Result<Vec<u8>>,
    /// The number of columns of the terminal. If `None`, lines are not wrapped.
    pub width: Option<usize>,
}
