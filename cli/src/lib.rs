//! The command `s3-edge-gateway`. It reads arguments and files, runs the compiler (`s3-edge-gateway-compiler`), and
//! formats the results.
//!
//! Results (tables, explanations, JSON, policies, help) are written to the standard output, findings and messages to the
//! standard error.
//! The exit status is 0 for success, 1 if the document has errors, and 2 if the command fails for another reason.

mod arguments;
mod commands;
mod input;
mod outcome;
mod output;
mod report;
mod surroundings;
mod text;

use std::ffi::OsString;

use clap::Parser;
use clap::error::ErrorKind;

use self::arguments::{Arguments, Command};
use self::outcome::Failure;
pub use self::outcome::{COMMAND_FAILED, Outcome};
pub use self::surroundings::Surroundings;
pub use self::text::failure;

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
