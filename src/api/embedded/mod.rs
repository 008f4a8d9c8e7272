//! The document as the build embeds it: each text and each value once, so that reading it costs what is different in it.
//!
//! Inside: that form, which nobody but this crate reads. Not inside: what a document says (`openapi`). The build script
//! writes it (`write`, which is a module of its own there). A large API says much the same of every method, and JSON is
//! looked at character by character, whenever an isolate starts: `bench/README.md` has what it cost.
//!
//! All numbers are LEB128. First how many texts there are, the length of each in bytes, and all of them in UTF-8, one after
//! the other. Then how many values there are, and each of them as a tag, with numbers of texts and of values that
//! came before it. The last value is the document.

#[cfg(test)]
mod write;

use bumpalo::Bump;

use super::json::{Entry, Json};

/// What a value is, and what follows.
mod tag {
    pub(super) const NULL: u8 = 0;
    pub(super) const FALSE: u8 = 1;
    pub(super) const TRUE: u8 = 2;
    /// The number of the text that JSON would have.
    pub(super) const NUMBER: u8 = 3;
    /// The number of its text.
    pub(super) const STRING: u8 = 4;
    /// How many values it has, and the number of each.
    pub(super) const ARRAY: u8 = 5;
    /// How many entries it has, and of each the numbers of its key's text and of its value.
    pub(super) const OBJECT: u8 = 6;
}

/// What is wrong with a document that cannot be read.
pub(super) const NOT_WHOLE: &str = "nor what the build writes: build the Worker anew";

/// Reads a document; `None` where it is not whole.
pub(super) fn read<'a>(document: &'a [u8], arena: &'a Bump) -> Option<Json<'a>> {
    let mut rest = Rest(document);
    let lengths: Vec<usize> = (0..rest.count()?).map(|_| rest.number()).collect::<Option<_>>()?;
    let mut text = rest.text(lengths.iter().try_fold(0, |sum: usize, length| sum.checked_add(*length))?)?;
    let mut texts = Vec::with_capacity(lengths.len());
    for length in lengths {
        let (one, others) = text.split_at_checked(length)?;
        texts.push(one);
        text = others;
    }
    let mut values = Vec::new();
    for _ in 0..rest.count()? {
        let value = rest.value(&texts, &values, arena)?;
        values.push(value);
    }
    values.pop()
}

/// What has not been read yet.
struct Rest<'a>(&'a [u8]);

impl<'a> Rest<'a> {
    fn value(&mut self, texts: &[&'a str], values: &[Json<'a>], arena: &'a Bump) -> Option<Json<'a>> {
        Some(match self.byte()? {
            tag::NULL => Json::Null,
            tag::FALSE => Json::Bool(false),
            tag::TRUE => Json::Bool(true),
            tag::NUMBER => Json::Number(arena.alloc(self.one_of(texts)?.parse().ok()?)),
            tag::STRING => Json::String(self.one_of(texts)?),
            tag::ARRAY => {
                let count = self.count()?;
                let item = |_| self.one_of(values).ok_or(());
                Json::Array(arena.alloc_slice_try_fill_with(count, item).ok()?)
            }
            tag::OBJECT => {
                let count = self.count()?;
                let entry = |_| self.entry(texts, values).ok_or(());
                Json::Object(arena.alloc_slice_try_fill_with(count, entry).ok()?)
            }
            _ => return None,
        })
    }

    fn entry(&mut self, texts: &[&'a str], values: &[Json<'a>]) -> Option<Entry<'a>> {
        Some((self.one_of(texts)?, self.one_of(values)?))
    }

    fn one_of<T: Copy>(&mut self, known: &[T]) -> Option<T> {
        known.get(self.number()?).copied()
    }

    /// How many follow. Each has a byte at least.
    fn count(&mut self) -> Option<usize> {
        self.number().filter(|count| *count <= self.0.len())
    }

    fn number(&mut self) -> Option<usize> {
        let mut number = 0;
        for shift in (0..usize::BITS).step_by(7) {
            let byte = self.byte()?;
            number |= usize::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Some(number);
            }
        }
        None
    }

    fn byte(&mut self) -> Option<u8> {
        let (byte, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(*byte)
    }

    fn text(&mut self, length: usize) -> Option<&'a str> {
        let (text, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        std::str::from_utf8(text).ok()
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use proptest::prelude::*;
    use serde_json::{Map, Value, json};

    use super::*;
    use crate::api::Api;
    use crate::api::integration::match_statuses;

    fn read_back(document: &Value) -> Option<Value> {
        let arena = Bump::new();
        read(&write::write(document), &arena).as_ref().map(Value::from)
    }

    fn values() -> impl Strategy<Value = Value> {
        let texts = "[a-c\u{e9}\u{1f600}\"\\\\\n]{0,3}";
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<u64>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<f64>().prop_map(Value::from),
            texts.prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 64, 6, move |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
                prop::collection::vec((texts, inner), 0..6)
                    .prop_map(|entries| Value::Object(Map::from_iter(entries))),
            ]
        })
    }

    proptest! {
        #[test]
        fn any_document_is_read_as_its_json_is(document in values()) {
            // Some fractions are another one, by a trifle, when they have been JSON.
            let document: Value = serde_json::from_str(&document.to_string()).unwrap();
            let expected: Value = serde_json::from_str(&document.to_string()).unwrap();
            prop_assert_eq!(read_back(&document).map(|read| read.to_string()), Some(expected.to_string()));
        }

        #[test]
        fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..64)) {
            read(&bytes, &Bump::new());
        }
    }

    /// The JSON files of a folder of test documents.
    fn files(folder: &str) -> Vec<(String, Value)> {
        let folder = format!("{}/tests/documents{folder}", env!("CARGO_MANIFEST_DIR"));
        let paths = fs::read_dir(folder).unwrap().map(|file| file.unwrap().path());
        let paths = paths.filter(|path| path.extension().is_some_and(|kind| kind == "json"));
        let read = |path: &std::path::Path| serde_json::from_slice(&fs::read(path).unwrap()).unwrap();
        paths.map(|path| (path.display().to_string(), read(&path))).collect()
    }

    #[test]
    fn a_document_says_the_same_in_either_form() {
        let (whole, broken) = (files(""), files("/broken"));
        assert!(whole.len() > 10 && broken.len() > 60);
        let in_broken =
            broken.into_iter().filter_map(|(name, file)| Some((name, file.get("document")?.clone())));
        let mut refused = 0;
        for (name, document) in whole.into_iter().chain(in_broken) {
            let read = Api::from_openapi(document.to_string().as_bytes(), &match_statuses);
            let embedded = Api::from_embedded(&write::write(&document), &match_statuses);
            refused += usize::from(read.is_err());
            assert_eq!(format!("{embedded:?}"), format!("{read:?}"), "{name}");
        }
        assert!(refused > 50, "only {refused} were refused");
    }

    #[test]
    fn what_comes_again_is_written_once() {
        let one = json!({ "a": [1, "x", null, true, { "b": -0.5 }], "c": "x" });
        let many: Vec<_> = (0..1000).map(|_| one.clone()).collect();
        assert!(write::write(&Value::from(many)).len() < write::write(&one).len() + 2020);
    }

    #[test]
    fn what_is_not_whole_is_nothing() {
        let document = write::write(&json!({ "openapi": "3.0.1", "paths": { "/é": [1, true] } }));
        for length in 0..document.len() {
            assert!(read(document.get(..length).unwrap(), &Bump::new()).is_none(), "{length}");
        }
    }
}
