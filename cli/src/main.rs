//! The command `s3-edge-gateway`.

use std::io::{Read, Write, stdin};
use std::process::ExitCode;

use s3_edge_gateway_cli::{Outcome, Surroundings, run};

fn main() -> ExitCode {
    let variable = |name: &str| std::env::var(name).ok();
    let read_stdin = || {
        let mut bytes = Vec::new();
        stdin().read_to_end(&mut bytes).map(|_| bytes)
    };
    let surroundings = Surroundings { variable: &variable, stdin: &read_stdin, width: width() };
    let Outcome { out, err, status } = run(std::env::args_os(), &surroundings);
    // A reader that has left (`| head`) does not change the status.
    let _ = anstream::stderr().write_all(err.as_bytes());
    let _ = anstream::stdout().write_all(out.as_bytes());
    ExitCode::from(status)
}

/// Returns `COLUMNS` if it is set, else the width of the terminal on the standard output or the standard error.
fn width() -> Option<usize> {
    let given =
        std::env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok()).filter(|columns| *columns > 0);
    given.or_else(|| terminal_size::terminal_size().map(|(width, _)| usize::from(width.0)))
}
