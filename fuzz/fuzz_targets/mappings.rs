//! Parses a text as each kind of expression, and compiles it in each place of a document that has an expression.

#![no_main]

use libfuzzer_sys::fuzz_target;
use s3_edge_gateway_fuzz::{mapping, on_command_stack};

fuzz_target!(|data: &[u8]| on_command_stack(data, mapping::run));
