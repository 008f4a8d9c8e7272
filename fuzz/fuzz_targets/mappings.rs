//! Expressions of every kind, in every place of a document that has one.

#![no_main]

use libfuzzer_sys::fuzz_target;
use s3_edge_gateway_fuzz::{mapping, on_a_terminals_stack};

fuzz_target!(|data: &[u8]| on_a_terminals_stack(data, mapping::run));
