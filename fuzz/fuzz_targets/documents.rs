//! Compiles mutated documents and templates, and sends requests to the compiled APIs.

#![no_main]

use libfuzzer_sys::{fuzz_mutator, fuzz_target, fuzzer_mutate};
use s3_edge_gateway_fuzz::{document, mutation, on_command_stack};

fuzz_target!(|data: &[u8]| on_command_stack(data, document::run));

fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    match mutation::mutated(data.get(..size).unwrap_or_default(), max_size, seed, fuzzer_mutate) {
        Some(mutated) => {
            data[..mutated.len()].copy_from_slice(&mutated);
            mutated.len()
        }
        None => fuzzer_mutate(data, size, max_size),
    }
});
