//! `npm run check`: tells what is wrong with a document, and what will surprise. All of it is in the library's `check`.

use std::io::IsTerminal;
use std::process::ExitCode;

use s3_edge_gateway::check::command;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let variable = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    let wants_none = variable("NO_COLOR").is_some() || variable("TERM").is_some_and(|term| term == "dumb");
    let colour = if std::io::stdout().is_terminal() && !wants_none {
        command::Colour::Terminal
    } else {
        command::Colour::None
    };
    let told = command::run(&arguments, &variable, colour);
    // Whoever closes the pipe has read enough.
    let _ = std::io::Write::write_all(&mut std::io::stdout(), told.out.as_bytes());
    let _ = std::io::Write::write_all(&mut std::io::stderr(), told.err.as_bytes());
    ExitCode::from(told.status)
}
