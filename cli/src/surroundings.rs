//! What a run of the command gets from its process.

use std::io;

/// The environment of one run: variables, standard input and terminal.
pub struct Surroundings<'s> {
    /// Returns the value of an environment variable, or `None` if it is not set.
    pub variable: &'s dyn Fn(&str) -> Option<String>,
    /// Reads the whole standard input.
    pub stdin: &'s dyn Fn() -> io::Result<Vec<u8>>,
    /// The number of columns of the terminal; `None` leaves lines unbroken.
    pub width: Option<usize>,
}
