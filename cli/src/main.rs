//! The command `s3-edge-gateway`.

use std::io::{ErrorKind, Read, Write, stdin};
use std::process::ExitCode;

use s3_edge_gateway_cli::{COMMAND_FAILED, Outcome, Surroundings, failure, run};

fn main() -> ExitCode {
    let variable = |name: &str| std::env::var(name).ok();
    let read_stdin = || {
        let mut bytes = Vec::new();
        stdin().read_to_end(&mut bytes).map(|_| bytes)
    };
    let surroundings = Surroundings { variable: &variable, stdin: &read_stdin, width: width() };
    let Outcome { out, err, status } = run(std::env::args_os(), &surroundings);
    let findings = print(anstream::stderr(), &err, "error");
    let result = print(anstream::stdout(), &out, "output");
    match findings.and(result) {
        Ok(()) => ExitCode::from(status),
        Err(reason) => {
            let _ = print(anstream::stderr(), &failure(&reason, surroundings.width), "error");
            ExitCode::from(COMMAND_FAILED)
        }
    }
}

/// Writes a text to a standard stream. A closed pipe (`| head`) is not an error.
fn print(mut stream: impl Write, text: &str, name: &str) -> Result<(), String> {
    match stream.write_all(text.as_bytes()).and_then(|()| stream.flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(format!(
            "Writing to the standard {name} failed: {error}. Redirect the standard {name} to a file on a disk with free space."
        )),
        Ok(()) | Err(_) => Ok(()),
    }
}

/// Returns the number of columns: the variable `COLUMNS`, or the width of the terminal. Returns `None` if neither exists.
fn width() -> Option<usize> {
    let given =
        std::env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok()).filter(|columns| *columns > 0);
    given.or_else(|| terminal_size::terminal_size().map(|(width, _)| usize::from(width.0)))
}
