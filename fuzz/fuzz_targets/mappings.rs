//! Expressions of every kind, through every parser, and through a document that has them.

#![no_main]

use libfuzzer_sys::fuzz_target;
use s3_edge_gateway_fuzz::{mapping, on_a_small_stack};

fuzz_target!(|data: &[u8]| on_a_small_stack(data, mapping::run));
