//! Parses JSON to a tree with places. serde_json parses the text; a scan of the text finds the places, which serde_json
//! does not report.

use std::vec::IntoIter;

use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess};

use super::fault::Fault;
use super::limit::MAX_DEPTH;
use super::node::{Node, Value};
use super::visitor::{Containers, ValueVisitor};
use crate::finding::{Code, Place};

/// Parses a document.
///
/// # Errors
/// Returns the first error: the text is not valid JSON, or its nesting exceeds the limit.
pub(super) fn from_str(text: &str) -> Result<Node, Fault> {
    let mut places = places(text).into_iter();
    let place = places.next().unwrap_or(Place::START);
    let mut too_deep = None;
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let reader = Reader { places: &mut places, too_deep: &mut too_deep, depth: 0, place };
    let read = reader.deserialize(&mut deserializer);
    let read = read.and_then(|value| deserializer.end().map(|()| value));
    match (read, too_deep) {
        (Ok(value), _) => Ok(Node { value, place }),
        (Err(_), Some(place)) => Err(Fault::too_deep(place)),
        (Err(error), None) => {
            let place = place_of(&error, text);
            let message = error.to_string();
            // The place is a field of the error, so the message does not repeat it.
            let message = message.rsplit_once(" at line ").map_or(message.as_str(), |(message, _)| message);
            let remedy = if message.starts_with("control character") {
                " Write a line break in a string as `\\n` and a tab as `\\t`."
            } else {
                ""
            };
            let message = format!("The text is not valid JSON: {message}.{remedy}");
            Err(Fault { code: Code::NotJson, message, place })
        }
    }
}

/// Returns the place of an error. Columns of serde_json count bytes, and columns of places count characters.
fn place_of(error: &serde_json::Error, text: &str) -> Place {
    let line = text.split('\n').nth(error.line().saturating_sub(1)).unwrap_or_default();
    let before = line.bytes().take(error.column()).filter(|byte| !is_continuation_byte(*byte)).count();
    // The column of an error at the end of a line may be larger than the line.
    let column = before + error.column().saturating_sub(line.len());
    Place { line: error.line().max(1), column: column.max(1) }
}

fn is_continuation_byte(byte: u8) -> bool {
    byte & 0xC0 == 0x80
}

/// Reads one value. Takes the next place for each value inside of it: values and places have the order of the text.
struct Reader<'r> {
    places: &'r mut IntoIter<Place>,
    too_deep: &'r mut Option<Place>,
    depth: usize,
    place: Place,
}

impl Reader<'_> {
    /// Returns the reader of the next value inside of this value.
    fn inner(&mut self) -> Reader<'_> {
        let place = self.places.next().unwrap_or(self.place);
        Reader { places: self.places, too_deep: self.too_deep, depth: self.depth + 1, place }
    }

    fn check_depth<E: serde::de::Error>(&mut self) -> Result<(), E> {
        if self.depth < MAX_DEPTH {
            return Ok(());
        }
        *self.too_deep = Some(self.place);
        Err(E::custom("nested too deeply"))
    }
}

impl<'de> DeserializeSeed<'de> for Reader<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(ValueVisitor(self))
    }
}

impl<'de> Containers<'de> for Reader<'_> {
    fn array<A: SeqAccess<'de>>(mut self, mut items: A) -> Result<Value, A::Error> {
        self.check_depth()?;
        let mut list = Vec::new();
        // The end of an array has no place: `Item` takes a place only if there is an item.
        loop {
            let ahead = self.places.as_slice().first().copied().unwrap_or(self.place);
            let item = Item { reader: &mut self };
            match items.next_element_seed(item)? {
                Some(value) => list.push(Node { value, place: ahead }),
                None => return Ok(Value::Array(list)),
            }
        }
    }

    fn object<A: MapAccess<'de>>(mut self, mut entries: A) -> Result<Value, A::Error> {
        self.check_depth()?;
        let mut object = Vec::new();
        while let Some(key) = entries.next_key::<String>()? {
            let inner = self.inner();
            let place = inner.place;
            let value = entries.next_value_seed(inner)?;
            object.push((key, Node { value, place }));
        }
        Ok(Value::object(object))
    }
}

/// Reads one item of an array. serde_json calls `deserialize` only if the array has another item.
struct Item<'i, 'r> {
    reader: &'i mut Reader<'r>,
}

impl<'de> DeserializeSeed<'de> for Item<'_, '_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        self.reader.inner().deserialize(deserializer)
    }
}

/// Returns the places of the root, of each key and of each item of an array, in the order of the text. The places are
/// meaningless if the text is not valid JSON.
fn places(text: &str) -> Vec<Place> {
    let mut scan = Scan { rest: text.as_bytes(), place: Place::START };
    let mut places = Vec::new();
    // The objects and arrays that are open. For an object, whether a key comes next; `None` for an array.
    let mut open: Vec<Option<bool>> = Vec::new();
    while let Some(byte) = scan.peek() {
        match byte {
            b' ' | b'\t' | b'\r' | b'\n' => {
                scan.skip();
                continue;
            }
            b',' | b':' => {
                if let Some(Some(key_is_next)) = open.last_mut() {
                    *key_is_next = byte == b',';
                }
                scan.skip();
                continue;
            }
            b'}' | b']' => {
                open.pop();
                scan.skip();
                continue;
            }
            _ => {}
        }
        if open.last() != Some(&Some(false)) {
            places.push(scan.place);
        }
        match byte {
            b'{' => open.push(Some(true)),
            b'[' => open.push(None),
            _ => {}
        }
        if byte == b'"' { scan.skip_string() } else { scan.skip_word() }
    }
    places
}

struct Scan<'t> {
    rest: &'t [u8],
    place: Place,
}

impl Scan<'_> {
    fn peek(&self) -> Option<u8> {
        self.rest.first().copied()
    }

    /// Skips one byte. The column counts characters, so a continuation byte of UTF-8 does not change it.
    fn skip(&mut self) {
        let Some((byte, rest)) = self.rest.split_first() else { return };
        self.rest = rest;
        if *byte == b'\n' {
            self.place = Place { line: self.place.line + 1, column: 1 };
        } else if !is_continuation_byte(*byte) {
            self.place.column += 1;
        }
    }

    fn skip_string(&mut self) {
        self.skip();
        while let Some(byte) = self.peek() {
            self.skip();
            match byte {
                b'"' => return,
                b'\\' => self.skip(),
                _ => {}
            }
        }
    }

    /// Skips a bracket, or a number or a word up to the next delimiter.
    fn skip_word(&mut self) {
        let first = self.peek();
        self.skip();
        if matches!(first, Some(b'{' | b'[')) {
            return;
        }
        while self.peek().is_some_and(|byte| !b" \t\r\n,:]}[{\"".contains(&byte)) {
            self.skip();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(tree: &Node, pointer: &str) -> (usize, usize) {
        let place = tree.pointer(pointer).unwrap().place;
        (place.line, place.column)
    }

    #[test]
    fn keys_and_items_have_places() {
        let text = "{\n\t\"a\": {\n\t\t\"/b~\": [1,\n\t\t\t{\"c\": \"\\ud83d\\ude00\\/\"}, [ ], {}, -1e3,\"x\"\n\t\t]\n\t},\r\n  \"\u{e9}\\\"\": \"\u{1f600}\", \"d\": null , \"e\":[]}\n";
        let tree = from_str(text).unwrap();
        assert_eq!(tree.to_json(), serde_json::from_str::<serde_json::Value>(text).unwrap());
        for (pointer, place) in [
            ("", (1, 1)),
            ("/a", (2, 2)),
            ("/a/~1b~0", (3, 3)),
            ("/a/~1b~0/0", (3, 11)),
            ("/a/~1b~0/1", (4, 4)),
            ("/a/~1b~0/1/c", (4, 5)),
            ("/a/~1b~0/2", (4, 29)),
            ("/a/~1b~0/3", (4, 34)),
            ("/a/~1b~0/4", (4, 38)),
            ("/a/~1b~0/5", (4, 43)),
            ("/\u{e9}\"", (7, 3)),
            ("/d", (7, 15)),
            ("/e", (7, 27)),
        ] {
            assert_eq!(at(&tree, pointer), place, "{pointer}");
        }
        assert_eq!(at(&from_str("  3 ").unwrap(), ""), (1, 3));
    }

    #[test]
    fn errors_have_a_place() {
        let cases = [
            ("{\n \"a\": }", 2, 7),
            ("{} x", 1, 4),
            ("[1,]", 1, 4),
            ("{\"a\"", 1, 4),
            // Characters of several bytes before the error.
            ("{\"\u{e9}\u{e9}\u{e9}\": }", 1, 9),
            ("{\"\u{e9}\":\n \"\u{1f600}\", }", 2, 7),
        ];
        for (text, line, column) in cases {
            let fault = from_str(text).unwrap_err();
            assert_eq!((fault.code, fault.place), (Code::NotJson, Place { line, column }), "{text}");
            assert!(!fault.message.contains(" at line "), "{}", fault.message);
        }
    }

    #[test]
    fn depth_is_bounded() {
        let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        assert!(from_str(&nested(64)).is_ok());
        for depth in [65, 100, 200, 100_000] {
            let fault = from_str(&nested(depth)).unwrap_err();
            assert_eq!((fault.code, fault.place.column), (Code::TooDeep, 65), "{depth}");
        }
    }
}
