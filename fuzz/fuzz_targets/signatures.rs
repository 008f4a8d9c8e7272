//! Signs requests, changes them, and sends them to operations that require a signature.

#![no_main]

use libfuzzer_sys::{fuzz_mutator, fuzz_target, fuzzer_mutate};
use s3_edge_gateway_fuzz::{mutate_json, on_worker_stack, signature, words};

fuzz_target!(|data: &[u8]| on_worker_stack(data, signature::run));

fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    mutate_json(data, size, max_size, seed, fuzzer_mutate, &words::OF_REQUESTS)
});
