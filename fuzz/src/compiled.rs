//! Checks the decoder of `api.bin`: arbitrary content never causes a panic, a stack overflow in a Worker or an unlimited
//! allocation. A decoded API can be encoded again, and serves a request if it can be deployed.

use std::sync::LazyLock;

use s3_edge_gateway::api::Api;
use s3_edge_gateway::api::compiled::{VERSION, decode_content, encode};

use crate::deployment::{BEHAVIOURS, compile_json, deploy};
use crate::document::{BASE_PATH, random_exchange};
use crate::exchange::send;
use crate::random::Random;
use crate::words::DOCUMENTS;

/// One of this many mutations is replaced with the content of a test document.
const SEEDED: usize = 100;

/// The length in bytes of the header without the compiler's version: magic number, format, length of the version, checksum.
const HEADER: usize = 4 + 2 + 1 + 4;

/// The compiled contents of the test documents.
static CONTENTS: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| {
    let compiled = DOCUMENTS.iter().filter_map(|document| compile_json(document.as_bytes()).document);
    let contents: Vec<_> = compiled.filter_map(|document| content(&document.api)).collect();
    assert!(contents.len() > 5, "fewer than 6 test documents compile");
    contents
});

/// Returns the compiled content of a random test document in one of [`SEEDED`] calls. Returns `None` in the other calls: then
/// libFuzzer mutates the input.
pub fn seed(most: usize, seed: u32) -> Option<&'static [u8]> {
    let mut random = Random::new(u64::from(seed));
    let content = CONTENTS.get(random.below(CONTENTS.len()))?;
    (content.len() <= most && random.once_in(SEEDED)).then_some(content)
}

/// Checks one input.
pub fn run(data: &[u8]) {
    let mut random = Random::of(data);
    let Ok(api) = decode_content(data) else { return };
    let again = content(&api).expect("a decoded API can be encoded");
    let decoded = decode_content(&again).expect("an encoded API can be decoded");
    assert_eq!(content(&decoded).as_ref(), Some(&again), "a decoded API is encoded to other bytes");
    let behaviour = BEHAVIOURS[random.below(BEHAVIOURS.len())];
    let Ok(gateway) = deploy(api, behaviour, &[("BASE_PATH", BASE_PATH)]) else { return };
    if let Some(exchange) = random_exchange(gateway.api(), &mut random) {
        send(&gateway, &exchange);
    }
}

/// Returns the content of `api.bin` after the header.
fn content(api: &Api) -> Option<Vec<u8>> {
    encode(api).ok()?.get(HEADER + VERSION.len()..).map(<[u8]>::to_vec)
}
