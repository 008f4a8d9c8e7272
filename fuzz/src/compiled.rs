//! Decoding the content of `api.bin` below its checksum: arbitrary bytes never panic, overflow the stack of a Worker or
//! allocate without bound; and an API that was decoded serves a request.

use std::sync::LazyLock;

use s3_edge_gateway::api::Api;
use s3_edge_gateway::api::compiled::{VERSION, decode_content, encode};

use crate::deployment::{BEHAVIOURS, compile_json, deploy};
use crate::document::{BASE_PATH, a_request};
use crate::exchange::ask;
use crate::random::Random;
use crate::words::DOCUMENTS;

/// One mutation in so many begins anew, with the content of a document of the tests.
const SEEDED: usize = 100;

/// The length of the header without the version: magic number, format, length of the version, checksum.
const HEADER: usize = 4 + 2 + 1 + 4;

/// The contents of the documents of the tests.
static CONTENTS: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| {
    let compiled = DOCUMENTS.iter().filter_map(|document| compile_json(document.as_bytes()).document);
    let contents: Vec<_> = compiled.filter_map(|document| content(&document.api)).collect();
    assert!(contents.len() > 5, "the documents of the tests do not compile");
    contents
});

/// Returns the content of a document of the tests, as often as [`SEEDED`] says; `None` to mutate what is there.
pub fn seed(most: usize, seed: u32) -> Option<&'static [u8]> {
    let mut random = Random::new(u64::from(seed));
    let content = CONTENTS.get(random.below(CONTENTS.len()))?;
    (content.len() <= most && random.once_in(SEEDED)).then_some(content)
}

/// Runs the content of one file.
pub fn run(data: &[u8]) {
    let mut random = Random::of(data);
    let Ok(api) = decode_content(data) else { return };
    let again = content(&api).expect("what was decoded can be encoded");
    let decoded = decode_content(&again).expect("what was encoded can be decoded");
    assert_eq!(content(&decoded).as_ref(), Some(&again), "decoded twice, it is the same");
    let behaviour = BEHAVIOURS[random.below(BEHAVIOURS.len())];
    let Ok(gateway) = deploy(api, behaviour, &[("BASE_PATH", BASE_PATH)]) else { return };
    if let Some(question) = a_request(gateway.api(), &mut random) {
        ask(&gateway, &question);
    }
}

/// Returns what follows the header of `api.bin`.
fn content(api: &Api) -> Option<Vec<u8>> {
    encode(api).ok()?.get(HEADER + VERSION.len()..).map(<[u8]>::to_vec)
}
