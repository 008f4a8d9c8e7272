//! The code that the fuzz targets share: assertions, and mutations of documents and requests.
//!
//! A failure is a failed assertion, a panic, a stack overflow, or an input that takes more than ten seconds. The random choices of
//! a check depend only on the input, so that a failure can be reproduced.

pub mod change;
pub mod compiled;
pub mod date;
pub mod deployment;
pub mod document;
pub mod exchange;
pub mod mapping;
pub mod mutation;
pub mod random;
pub mod read;
pub mod signature;
pub mod token;
pub mod words;

use std::ffi::OsString;
use std::sync::LazyLock;

use mutation::Bytewise;
use words::Vocabulary;

/// The stack size of a Worker in bytes. rustc passes it to the linker for wasm32-unknown-unknown.
const WORKER_STACK: usize = 1024 * 1024;

/// The stack size of the command-line tool in bytes: the usual size for a process.
const COMMAND_STACK: usize = 8 * 1024 * 1024;

/// The file that gets the current input, if `FUZZ_LAST_INPUT` has its path. A stack overflow ends the process at once, and the
/// file shows the input that caused it.
static INPUT_FILE: LazyLock<Option<OsString>> = LazyLock::new(|| std::env::var_os("FUZZ_LAST_INPUT"));

/// Mutates the first `size` bytes of `data`, which is JSON. Returns the new length, which is at most `most`.
pub fn mutate_json(
    data: &mut [u8],
    size: usize,
    most: usize,
    seed: u32,
    bytewise: Bytewise,
    vocabulary: &Vocabulary,
) -> usize {
    match mutation::mutated(data.get(..size).unwrap_or_default(), most, seed, bytewise, vocabulary) {
        Some(mutated) => {
            data[..mutated.len()].copy_from_slice(&mutated);
            mutated.len()
        }
        None => bytewise(data, size, most),
    }
}

/// Runs `work` with the stack size of a Worker.
pub fn on_worker_stack(data: &[u8], work: fn(&[u8])) {
    on_stack(WORKER_STACK, data, work);
}

/// Runs `work` with the stack size of the command-line tool.
pub fn on_command_stack(data: &[u8], work: fn(&[u8])) {
    on_stack(COMMAND_STACK, data, work);
}

fn on_stack(size: usize, data: &[u8], work: fn(&[u8])) {
    if let Some(file) = INPUT_FILE.as_ref() {
        std::fs::write(file, data).expect("the file for the input can be written");
    }
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().stack_size(size).spawn_scoped(scope, || work(data));
        thread.expect("a thread can be started").join().expect("a panic aborts the process");
    });
}
