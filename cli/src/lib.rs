//! The command `s3-edge-gateway`: files, arguments and the terminal around the compiler.
//!
//! Results (tables, JSON, policies) go to the standard output. Findings and messages go to the standard error. The exit
//! status is 0 for success, 1 if the document has errors, and 2 if the command cannot do what it was asked.
//!
//! Inside: what is read, written and printed. Not inside: the meaning of a document (`s3-edge-gateway-compiler`).

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
pub use self::outcome::{CANNOT, Outcome};
pub use self::surroundings::Surroundings;
pub use self::text::failure;

/// Runs the command in the current folder. The first argument is the name of the program.
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
                _ => Outcome { err: text, status: CANNOT, ..Outcome::default() },
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
        status: CANNOT,
        ..Outcome::default()
    })
}
