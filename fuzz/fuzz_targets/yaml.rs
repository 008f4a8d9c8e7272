//! Documents in YAML, through the compiler.

#![no_main]

use libfuzzer_sys::fuzz_target;
use s3_edge_gateway_fuzz::{document, on_a_terminals_stack};

fuzz_target!(|data: &[u8]| on_a_terminals_stack(data, document::run_yaml));
