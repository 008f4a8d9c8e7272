//! Runs the command as a user does: its output for documents of every kind, its files, and its exit status.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "clippy takes helpers of tests for production code"
)]

mod files;
mod goldens;
mod hostile;
mod json;
mod printed;
mod usage;

use std::path::PathBuf;

use s3_edge_gateway_cli::{Outcome, Surroundings, run};

/// Variables of the environment.
type Variables<'v> = &'v [(&'v str, &'v str)];

/// Runs the command with the words of a line, without variables and without a terminal. See [`in_folder`] for names of
/// documents.
fn command(line: &str) -> Outcome {
    command_with(line, &[], b"", None)
}

fn command_with(line: &str, variables: Variables<'_>, stdin: &[u8], width: Option<usize>) -> Outcome {
    let words: Vec<_> = words(line).into_iter().map(in_folder).collect();
    run_words(&words, variables, stdin, width)
}

fn run_words(words: &[String], variables: Variables<'_>, stdin: &[u8], width: Option<usize>) -> Outcome {
    let variable =
        |name: &str| variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned());
    let surroundings = Surroundings { variable: &variable, stdin: &|| Ok(stdin.to_vec()), width };
    let words = [String::from("s3-edge-gateway")].into_iter().chain(words.iter().cloned());
    run(words, &surroundings)
}

/// Returns a text without styles.
fn plain(text: &str) -> String {
    anstream::adapter::strip_str(text).to_string()
}

/// Replaces `DOCUMENTS/` and `SHARED/` by the folders of documents.
fn in_folder(word: String) -> String {
    word.replace("DOCUMENTS/", "tests/command/documents/").replace("SHARED/", "../tests/documents/")
}

/// Splits a line at spaces, as a shell does. Single quotes hold a word together.
fn words(line: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    for (index, part) in line.split('\'').enumerate() {
        if index % 2 == 1 {
            words.last_mut().unwrap().push_str(part);
            continue;
        }
        for (index, piece) in part.split(' ').enumerate() {
            if index > 0 {
                words.push(String::new());
            }
            words.last_mut().unwrap().push_str(piece);
        }
    }
    words
}

/// A temporary folder of a test. It is removed when the value is dropped.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("s3-edge-gateway-{}-{name}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        Self(folder)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    /// Writes a file and returns its path.
    fn write(&self, name: &str, content: &str) -> String {
        let path = self.path(name);
        std::fs::write(&path, content).unwrap();
        path.to_str().unwrap().to_owned()
    }

    /// Returns the names of the files in the folder, in alphabetical order.
    fn names(&self) -> Vec<String> {
        let entries = std::fs::read_dir(&self.0).unwrap();
        let mut names: Vec<_> =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
