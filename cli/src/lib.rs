//! The command `s3-edge-gateway`. It reads arguments and files, runs the compiler (`s3-edge-gateway-compiler`), and
//! formats the results.
//!
//! Results (tables, JSON, policies) are written to the standard output, findings and messages to the standard error.
//! The exit status is 0 for success, 1 if the document has errors, and 2 if the command fails for another reason.

mod arguments;
mod commands;
mod input;
mod output;
mod report;
mod text;

use std::ffi::OsString;
use std::io;

use clap::Parser;
use clap::error::ErrorKind;

use self::arguments::{Arguments, Command};
pub use self::text::failure;

/// The environment of one run. Tests replace it.
pub struct Surroundings<'s> {
    /// Returns the value of an environment variable, or `None` if it is not set.
    pub variable: &'s dyn Fn(&str) -> Option<String>,
    /// Reads the whole standard input.
    pub stdin: &'s dyn Fn() -> io::Result<Vec<u8>>,
    /// The number of columns of the terminal. If `None`, lines are not wrapped.
    pub width: Option<usize>,
}

/// The output of a run, and its exit status. The texts have ANSI styles, which `anstream` removes if the output is not a
/// terminal.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Outcome {
    /// The text for the standard output.
    pub out: String,
    /// The text for the standard error.
    pub err: String,
    /// The exit status.
    pub status: u8,
}

/// The exit status for a document with errors.
const DOCUMENT_HAS_ERRORS: u8 = 1;

/// The exit status if the command fails for another reason than errors in the document.
pub const COMMAND_FAILED: u8 = 2;

/// The message of a command that fails, in whole sentences.
#[derive(Debug)]
struct Failure(String);

/// Runs the command. `arguments` begin with the name of the program. Relative paths begin at the current folder.
pub fn run<A>(arguments: impl IntoIterator<Item = A>, surroundings: &Surroundings<'_>) -> Outcome
where
    A: Into<OsString> + Clone,
{
    let parsed = match Arguments::try_parse_from(arguments) {
        Ok(parsed) => parsed,
        Err(error) => {
            let text = error.render().ansi().to_string();
            return match error.kind() {
                ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => {
                    Outcome { out: text, ..Outcome::default() }
                }
                _ => Outcome { err: text, status: COMMAND_FAILED, ..Outcome::default() },
            };
        }
    };
    let outcome = match &parsed.command {
        Command::Compile(arguments) => commands::compile::compile(arguments, surroundings),
        Command::Check(arguments) => commands::compile::check(arguments, surroundings),
        Command::Explain(arguments) => commands::explain::explain(arguments, surroundings),
        Command::Policy(arguments) => commands::policy::policy(arguments, surroundings),
    };
    outcome.unwrap_or_else(|Failure(reason)| Outcome {
        err: text::failure(&reason, surroundings.width),
        status: COMMAND_FAILED,
        ..Outcome::default()
    })
}
