//! The parts that the fuzz targets share: assertions, and mutations of documents.
//!
//! A finding is a failed assertion, a panic, an overflow of the stack, or an input that takes ten seconds. Random choices
//! follow from the input alone, so that a finding can be repeated.

pub mod compiled;
pub mod deployment;
pub mod document;
pub mod exchange;
pub mod mapping;
pub mod mutation;
pub mod random;
pub mod words;

use std::ffi::OsString;
use std::sync::LazyLock;

/// The stack of a Worker: that of wasm32, as it is linked.
const STACK_OF_A_WORKER: usize = 1024 * 1024;

/// The stack of a program's first thread, where the compiler runs.
const STACK_OF_A_TERMINAL: usize = 8 * 1024 * 1024;

/// The file that holds the input while it runs, because an overflow of the stack ends the process at once.
static KEPT_IN: LazyLock<Option<OsString>> = LazyLock::new(|| std::env::var_os("FUZZ_LAST_INPUT"));

/// Runs work of a Worker.
pub fn on_a_small_stack(data: &[u8], work: fn(&[u8])) {
    on_a_stack(STACK_OF_A_WORKER, data, work);
}

/// Runs work of the command.
pub fn on_a_terminals_stack(data: &[u8], work: fn(&[u8])) {
    on_a_stack(STACK_OF_A_TERMINAL, data, work);
}

fn on_a_stack(size: usize, data: &[u8], work: fn(&[u8])) {
    if let Some(file) = KEPT_IN.as_ref() {
        std::fs::write(file, data).expect("a file to keep the input in");
    }
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().stack_size(size).spawn_scoped(scope, || work(data));
        thread.expect("a thread").join().expect("panics abort");
    });
}
