//! Bytes in the place of a compiled API, below the checksum of `api.bin`; and a request through what they decode to.

#![no_main]

use libfuzzer_sys::{fuzz_mutator, fuzz_target, fuzzer_mutate};
use s3_edge_gateway_fuzz::{compiled, on_a_small_stack};

fuzz_target!(|data: &[u8]| on_a_small_stack(data, compiled::run));

fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    match compiled::seed(max_size, seed) {
        Some(content) => {
            data[..content.len()].copy_from_slice(content);
            content.len()
        }
        None => fuzzer_mutate(data, size, max_size),
    }
});
