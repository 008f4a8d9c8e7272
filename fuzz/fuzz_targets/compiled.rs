//! Decodes arbitrary bytes as the content of `api.bin`, without its checksum, and sends a request to the decoded API.

#![no_main]

use libfuzzer_sys::{fuzz_mutator, fuzz_target, fuzzer_mutate};
use s3_edge_gateway_fuzz::{compiled, on_worker_stack};

fuzz_target!(|data: &[u8]| on_worker_stack(data, compiled::run));

fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    match compiled::seed(max_size, seed) {
        Some(content) => {
            data[..content.len()].copy_from_slice(content);
            content.len()
        }
        None => fuzzer_mutate(data, size, max_size),
    }
});
