//! The test harness of the test targets with vectors. Each vector is a test with its own name, so that it can be run alone:
//! `cargo test --test exchange -- "a range of bytes"`.

#![expect(clippy::panic, reason = "this crate is used only by tests")]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use libtest_mimic::Arguments;
use serde::de::DeserializeOwned;

pub use libtest_mimic::{Failed, Trial};

/// Runs the tests that the arguments of `cargo test` select. Panics if two tests have the same name.
pub fn run(tests: Vec<Trial>) -> ExitCode {
    let mut names = BTreeSet::new();
    for test in &tests {
        assert!(names.insert(test.name()), "two tests have the name {:?}", test.name());
    }
    libtest_mimic::run(&Arguments::from_args(), tests).exit_code()
}

/// Returns a test that fails if the closure panics.
pub fn test(name: impl Into<String>, run: impl FnOnce() + Send + 'static) -> Trial {
    Trial::test(name, move || {
        run();
        Ok(())
    })
}

/// Makes a test of each listed function. A test function that is missing here is unused, so the compiler warns about it.
#[macro_export]
macro_rules! functions {
    ($($name:ident),* $(,)?) => { [$($crate::test(stringify!($name), $name)),*] };
}

/// Returns the path of the folder `tests`.
pub fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Reads a JSON file. A relative path starts in the folder `tests`.
pub fn read<T: DeserializeOwned>(path: impl AsRef<Path>) -> T {
    let path = folder().join(path);
    let text = std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_json::from_slice(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}
