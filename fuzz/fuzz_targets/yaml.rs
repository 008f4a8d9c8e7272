//! Compiles documents in YAML.

#![no_main]

use libfuzzer_sys::fuzz_target;
use s3_edge_gateway_fuzz::{document, on_command_stack};

fuzz_target!(|data: &[u8]| on_command_stack(data, document::run_yaml));
