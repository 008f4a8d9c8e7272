//! Places: from a JSON pointer to a line and a column of the text, JSON or YAML.

use std::collections::BTreeMap;

use granit_parser::{Event, Parser};

/// A place in a text. The order is that of reading.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct Place {
    /// Counted from 1.
    pub line: usize,
    /// Counted from 1, in characters.
    pub column: usize,
}

impl Place {
    /// Where a text begins.
    pub const START: Self = Self { line: 1, column: 1 };
}

/// The place of every value of a document: that of its key, where it has one.
#[derive(Debug, Default)]
pub struct Places {
    known: BTreeMap<String, Place>,
    /// Keys that an object has twice, by pointer: where the second one stands.
    pub repeated: Vec<(String, Place)>,
}

/// What is being read: an object with the key that came last, or an array.
enum Open {
    Object { pointer: String, key: Option<String> },
    Array { pointer: String, next: usize },
}

impl Places {
    /// Finds the places. JSON is YAML to this parser; what it cannot read has no places.
    pub fn of(text: &str) -> Self {
        let mut places = Self::default();
        let mut open = Vec::new();
        for event in Parser::new_from_str(text) {
            let Ok((event, span)) = event else { break };
            let place = Place { line: span.start.line(), column: span.start.col() + 1 };
            places.read(event, place, &mut open);
        }
        places
    }

    /// The place of a pointer; of what is not there, that of what it would be in.
    pub fn find(&self, pointer: &str) -> Place {
        let mut rest = pointer;
        loop {
            if let Some(place) = self.known.get(rest) {
                return *place;
            }
            let Some((parent, _)) = rest.rsplit_once('/') else { return Place::START };
            rest = parent;
        }
    }

    fn read(&mut self, event: Event<'_>, place: Place, open: &mut Vec<Open>) {
        match event {
            Event::Scalar(text, ..) => {
                if let Some(Open::Object { pointer, key: key @ None }) = open.last_mut() {
                    let pointer = format!("{pointer}/{}", escaped(&text));
                    if self.known.contains_key(&pointer) {
                        self.repeated.push((pointer.clone(), place));
                    }
                    self.known.insert(pointer, place);
                    *key = Some(text.into_owned());
                } else {
                    self.value(place, open);
                }
            }
            Event::Alias(..) | Event::UnresolvedAlias(..) => {
                self.value(place, open);
            }
            Event::MappingStart(..) => {
                let pointer = self.value(place, open);
                open.push(Open::Object { pointer, key: None });
            }
            Event::SequenceStart(..) => {
                let pointer = self.value(place, open);
                open.push(Open::Array { pointer, next: 0 });
            }
            Event::MappingEnd | Event::SequenceEnd => {
                open.pop();
            }
            _ => {}
        }
    }

    /// Takes a value in, and gives the pointer to it.
    fn value(&mut self, place: Place, open: &mut [Open]) -> String {
        let pointer = match open.last_mut() {
            None => String::new(),
            Some(Open::Object { pointer, key }) => {
                format!("{pointer}/{}", escaped(&key.take().unwrap_or_default()))
            }
            Some(Open::Array { pointer, next }) => {
                let pointer = format!("{pointer}/{next}");
                *next += 1;
                pointer
            }
        };
        self.known.entry(pointer.clone()).or_insert(place);
        pointer
    }
}

/// A key as a JSON pointer has it (RFC 6901).
pub(super) fn escaped(key: &str) -> String {
    key.replace('~', "~0").replace('/', "~1")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str, pointer: &str) -> (usize, usize) {
        let place = Places::of(text).find(pointer);
        (place.line, place.column)
    }

    #[test]
    fn places_of_json_and_yaml() {
        let json = "{\n\t\"a\": {\n\t\t\"/b~\": [1,\n\t\t\t{\"c\": \"\\ud83d\\ude00\\/\"}\n\t\t]\n\t},\r\n  \"d\": null }";
        assert_eq!(at(json, ""), (1, 1));
        assert_eq!(at(json, "/a"), (2, 2));
        assert_eq!(at(json, "/a/~1b~0"), (3, 3));
        assert_eq!(at(json, "/a/~1b~0/1/c"), (4, 5));
        assert_eq!(at(json, "/d"), (7, 3));
        let yaml = "# a comment\na: &x\n  - b\n  - c: |\n      text\n      more\n    d: 1\ne: *x\n? [f]\n: g\nh: i\n";
        assert_eq!(at(yaml, "/a/1/d"), (7, 5));
        assert_eq!(at(yaml, "/e"), (8, 1));
    }

    #[test]
    fn what_is_not_there_stands_where_it_would() {
        assert_eq!(at("z: 0\na:\n  b: 1\n", "/a/c/d"), (2, 1));
        assert_eq!(at("{", "/a"), (1, 1));
        assert_eq!(at("", ""), (1, 1));
    }

    #[test]
    fn keys_that_are_there_twice() {
        let places = Places::of("{\"a\": 1,\n \"b\": {\"a\": 2},\n \"a\": 3}");
        assert_eq!(places.repeated, [("/a".to_owned(), Place { line: 3, column: 2 })]);
    }
}
