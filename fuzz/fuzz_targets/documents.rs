//! Compiles mutated documents and templates, and sends requests to the compiled APIs.

#![no_main]

use libfuzzer_sys::{fuzz_mutator, fuzz_target, fuzzer_mutate};
use s3_edge_gateway_fuzz::{document, mutate_json, on_command_stack, words};

fuzz_target!(|data: &[u8]| on_command_stack(data, document::run));

fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    mutate_json(data, size, max_size, seed, fuzzer_mutate, &words::OF_DOCUMENTS)
});
