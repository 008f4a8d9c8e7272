//! `npm run check`: tells what is wrong with a document, and what will surprise. All of it is in the library's `check`.

use std::io::{IsTerminal, Read, Write};
use std::process::ExitCode;

use s3_edge_gateway::check::command::{self, Surroundings};
use s3_edge_gateway::check::look::Look;

fn main() -> ExitCode {
    let arguments: Vec<String> =
        std::env::args_os().skip(1).map(|argument| argument.to_string_lossy().into_owned()).collect();
    let variable = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    let wants_none = variable("NO_COLOR").is_some() || variable("TERM").is_some_and(|term| term == "dumb");
    let look = match std::io::stdout().is_terminal() {
        // Shells keep COLUMNS to themselves; npm's script asks the terminal.
        true => {
            Look { colour: !wants_none, width: variable("COLUMNS").and_then(|columns| columns.parse().ok()) }
        }
        false => Look::PLAIN,
    };
    let input = || {
        let mut bytes = Vec::new();
        std::io::stdin().lock().read_to_end(&mut bytes)?;
        Ok(bytes)
    };
    let told = command::run(&arguments, &Surroundings { variable: &variable, input: &input, look });
    // Whoever closes the pipe has read enough.
    let _ = std::io::stdout().write_all(told.out.as_bytes());
    let _ = std::io::stderr().write_all(told.err.as_bytes());
    ExitCode::from(told.status)
}
