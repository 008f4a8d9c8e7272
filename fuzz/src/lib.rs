//! What the fuzz targets have in common: what they assert, and how documents are mutated.
//!
//! Every assertion that does not hold is a finding, as is a panic, an overflow of the stack, and an input that takes ten
//! seconds. Of random choices there is one source, the input itself, so that a finding can be seen again.

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

/// The stack of a program's first thread, which is where the checker runs.
const STACK_OF_A_TERMINAL: usize = 8 * 1024 * 1024;

/// Where the input is kept while it runs: who overflows the stack has no time to write it anywhere.
static KEPT_IN: LazyLock<Option<OsString>> = LazyLock::new(|| std::env::var_os("FUZZ_LAST_INPUT"));

/// Runs what a Worker runs.
pub fn on_a_small_stack(data: &[u8], work: fn(&[u8])) {
    on_a_stack(STACK_OF_A_WORKER, data, work);
}

/// Runs what the host runs.
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
