//! Integration responses in `api.bin`. Many operations of a document have equal lists of responses, so each list is stored
//! once. For a later operation with an equal list, only the number of the stored list is written.
//!
//! A number is valid only within one call of `encode` or `decode_content`. Each call begins with [`clear`].

use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de, ser};

use super::responses::IntegrationResponse;

type Responses = Arc<[IntegrationResponse]>;

thread_local! {
    /// The encoded lists with their numbers.
    static WRITTEN: RefCell<HashMap<Vec<u8>, u32>> = RefCell::default();
    /// The decoded lists, in the order of their numbers.
    static READ: RefCell<Vec<Responses>> = const { RefCell::new(Vec::new()) };
}

#[derive(Serialize)]
enum Written<'r> {
    First(&'r [IntegrationResponse]),
    Again(u32),
}

#[derive(Deserialize)]
enum Read {
    First(Vec<IntegrationResponse>),
    Again(u32),
}

/// Removes the lists of the previous API.
pub(super) fn clear() {
    WRITTEN.with_borrow_mut(HashMap::clear);
    READ.with_borrow_mut(Vec::clear);
}

pub(super) fn serialize<S: Serializer>(responses: &Responses, serializer: S) -> Result<S::Ok, S::Error> {
    let bytes = postcard::to_allocvec(&**responses).map_err(ser::Error::custom)?;
    let known = WRITTEN.with_borrow_mut(|written| {
        let next = u32::try_from(written.len()).unwrap_or(u32::MAX);
        let mut is_new = false;
        let number = *written.entry(bytes).or_insert_with(|| {
            is_new = true;
            next
        });
        (!is_new).then_some(number)
    });
    match known {
        Some(number) => Written::Again(number).serialize(serializer),
        None => Written::First(responses).serialize(serializer),
    }
}

pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Responses, D::Error> {
    match Read::deserialize(deserializer)? {
        Read::First(responses) => {
            let responses: Responses = responses.into();
            READ.with_borrow_mut(|read| read.push(Arc::clone(&responses)));
            Ok(responses)
        }
        Read::Again(number) => READ.with_borrow(|read| read.get(number as usize).cloned()).ok_or_else(|| {
            de::Error::custom("a number refers to a list of responses that does not precede it")
        }),
    }
}
