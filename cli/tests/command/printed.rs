//! Runs the program, and tests its streams and its exit status.

use std::process::{Command, Stdio};

const PROGRAM: &str = env!("CARGO_BIN_EXE_s3-edge-gateway");
const DOCUMENT: &str = "../tests/documents/mock.json";

/// Writing to `/dev/full` fails like writing to a full disk.
#[cfg(target_os = "linux")]
#[test]
fn a_result_that_cannot_be_written_has_status_2() {
    let folder = super::Folder::new("full");
    let output = folder.path("api.bin").display().to_string();
    for line in [
        ["policy", DOCUMENT].as_slice(),
        &["check", DOCUMENT],
        &["compile", DOCUMENT, "-o", &output, "--json"],
        &["explain", DOCUMENT, "GET", "/a"],
        &["--help"],
    ] {
        let full = std::fs::File::create("/dev/full").unwrap();
        let done = Command::new(PROGRAM).args(line).stdout(full).output().unwrap();
        let err = String::from_utf8(done.stderr).unwrap();
        assert_eq!(done.status.code(), Some(2), "{line:?}: {err}");
        let message = "error: Writing to the standard output failed: No space left on device";
        assert!(err.contains(message), "{line:?}: {err}");
    }
    let full = std::fs::File::create("/dev/full").unwrap();
    let broken = ["check", "tests/command/documents/errors.yaml"];
    let done = Command::new(PROGRAM).args(broken).stderr(full).output().unwrap();
    assert_eq!(done.status.code(), Some(2));
}

/// In `| head`, the reader of the output ends before the program.
#[test]
fn a_closed_pipe_does_not_change_the_status() {
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let done = Command::new(PROGRAM)
        .args(["policy", DOCUMENT])
        .stdout(writer)
        .stderr(Stdio::piped())
        .output()
        .unwrap();
    let err = String::from_utf8(done.stderr).unwrap();
    assert_eq!(done.status.code(), Some(0), "{err}");
    assert!(!err.contains("error"), "{err}");
}
