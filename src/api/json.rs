//! A JSON document as its readers take it: where it stands in memory, in as few pieces as possible.
//!
//! A document of 300 resources has some 60,000 values, and is looked through whenever an isolate starts. So they borrow their
//! texts, objects are lists (nearly all have but a few keys), and all of it is freed at once.

use std::borrow::Cow;
use std::fmt;

use bumpalo::Bump;
use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Number, Value};

/// A value of a document.
#[derive(Clone, Copy, Debug)]
pub(super) enum Json<'a> {
    Null,
    Bool(bool),
    Number(&'a Number),
    String(&'a str),
    Array(&'a [Json<'a>]),
    /// Its entries, in the order of the document; no key twice.
    Object(&'a [Entry<'a>]),
}

/// A key and its value.
pub(super) type Entry<'a> = (&'a str, Json<'a>);

/// Objects up to this size are looked through for keys that come twice; others are sorted for that.
const SMALL: usize = 16;

impl<'a> Json<'a> {
    /// Reads a document. Of a key that comes twice the last value counts, as in every reader of JSON that people know.
    pub(super) fn parse(document: &'a [u8], arena: &'a Bump) -> serde_json::Result<Self> {
        // Once for all of it, instead of string by string.
        let text = std::str::from_utf8(document).map_err(|error| no_text(document, error.valid_up_to()))?;
        let mut deserializer = serde_json::Deserializer::from_str(text);
        let mut builder = Builder { arena, items: Vec::new(), entries: Vec::new() };
        let json = (&mut builder).deserialize(&mut deserializer)?;
        deserializer.end()?;
        Ok(json)
    }

    pub(super) fn as_object(&self) -> Option<&'a [Entry<'a>]> {
        if let Self::Object(entries) = self { Some(entries) } else { None }
    }

    pub(super) fn as_array(&self) -> Option<&'a [Json<'a>]> {
        if let Self::Array(items) = self { Some(items) } else { None }
    }

    pub(super) fn as_str(&self) -> Option<&'a str> {
        if let Self::String(text) = self { Some(text) } else { None }
    }

    pub(super) fn as_bool(&self) -> Option<bool> {
        if let Self::Bool(truth) = self { Some(*truth) } else { None }
    }

    pub(super) fn as_u64(&self) -> Option<u64> {
        if let Self::Number(number) = self { number.as_u64() } else { None }
    }

    pub(super) fn as_f64(&self) -> Option<f64> {
        if let Self::Number(number) = self { number.as_f64() } else { None }
    }

    pub(super) fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    pub(super) fn is_object(&self) -> bool {
        matches!(self, Self::Object(_))
    }

    pub(super) fn is_array(&self) -> bool {
        matches!(self, Self::Array(_))
    }

    /// Whether there are values in it.
    pub(super) fn holds_others(&self) -> bool {
        matches!(self, Self::Array([_, ..]) | Self::Object([_, ..]))
    }

    /// What a JSON Pointer (RFC 6901) leads to.
    pub(super) fn pointer(&self, pointer: &str) -> Option<&Self> {
        if pointer.is_empty() {
            return Some(self);
        }
        let mut tokens = pointer.strip_prefix('/')?.split('/').map(unescaped);
        tokens.try_fold(self, |json, token| match json {
            Self::Object(_) => json.get(&token),
            Self::Array(items) => items.get(index(&token)?),
            _ => None,
        })
    }

    /// The value of a key.
    pub(super) fn get(&self, key: &str) -> Option<&'a Json<'a>> {
        self.as_object()?.iter().find(|(known, _)| *known == key).map(|(_, value)| value)
    }
}

/// The error that a document is no UTF-8 from a byte on.
fn no_text(document: &[u8], valid: usize) -> serde_json::Error {
    let before = document.get(..valid).unwrap_or_default();
    let line = before.split(|byte| *byte == b'\n').count();
    let column = before.rsplit(|byte| *byte == b'\n').next().unwrap_or_default().len() + 1;
    serde_json::Error::custom(format_args!("bytes that are no UTF-8 at line {line} column {column}"))
}

/// A token of a JSON Pointer as the key that it stands for.
fn unescaped(token: &str) -> Cow<'_, str> {
    match token.contains('~') {
        true => Cow::Owned(token.replace("~1", "/").replace("~0", "~")),
        false => Cow::Borrowed(token),
    }
}

fn index(token: &str) -> Option<usize> {
    let is_plain = token == "0" || !token.starts_with(['0', '+']);
    token.parse().ok().filter(|_| is_plain)
}

/// As JSON, without white space.
impl fmt::Display for Json<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Value::from(self).fmt(f)
    }
}

impl From<&Json<'_>> for Value {
    fn from(json: &Json<'_>) -> Self {
        match json {
            Json::Null => Self::Null,
            Json::Bool(truth) => Self::Bool(*truth),
            Json::Number(number) => Self::Number((*number).clone()),
            Json::String(text) => Self::String((*text).to_owned()),
            Json::Array(items) => items.iter().map(Self::from).collect(),
            Json::Object(entries) => {
                entries.iter().map(|(key, value)| ((*key).to_owned(), Self::from(value))).collect()
            }
        }
    }
}

/// Builds a document, with room for what is not complete yet.
struct Builder<'a> {
    arena: &'a Bump,
    items: Vec<Json<'a>>,
    entries: Vec<Entry<'a>>,
}

impl<'a> Builder<'a> {
    fn number(&self, number: impl Into<Number>) -> Json<'a> {
        Json::Number(self.arena.alloc(number.into()))
    }
}

impl<'a> DeserializeSeed<'a> for &mut Builder<'a> {
    type Value = Json<'a>;

    fn deserialize<D: Deserializer<'a>>(self, deserializer: D) -> Result<Json<'a>, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'a> Visitor<'a> for &mut Builder<'a> {
    type Value = Json<'a>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Json<'a>, E> {
        Ok(Json::Null)
    }

    fn visit_bool<E>(self, truth: bool) -> Result<Json<'a>, E> {
        Ok(Json::Bool(truth))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Json<'a>, E> {
        Ok(self.number(number))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Json<'a>, E> {
        Ok(self.number(number))
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<Json<'a>, E> {
        let number = Number::from_f64(number).ok_or_else(|| E::custom("number out of range"))?;
        Ok(self.number(number))
    }

    fn visit_borrowed_str<E>(self, text: &'a str) -> Result<Json<'a>, E> {
        Ok(Json::String(text))
    }

    fn visit_str<E>(self, text: &str) -> Result<Json<'a>, E> {
        Ok(Json::String(self.arena.alloc_str(text)))
    }

    fn visit_seq<A: SeqAccess<'a>>(self, mut sequence: A) -> Result<Json<'a>, A::Error> {
        let begin = self.items.len();
        while let Some(item) = sequence.next_element_seed(&mut *self)? {
            self.items.push(item);
        }
        let array = self.arena.alloc_slice_copy(self.items.get(begin..).unwrap_or_default());
        self.items.truncate(begin);
        Ok(Json::Array(array))
    }

    fn visit_map<A: MapAccess<'a>>(self, mut map: A) -> Result<Json<'a>, A::Error> {
        let begin = self.entries.len();
        while let Some(key) = map.next_key_seed(Key(self.arena))? {
            let value = map.next_value_seed(&mut *self)?;
            self.entries.push((key, value));
        }
        keep_last(&mut self.entries, begin);
        let object = self.arena.alloc_slice_copy(self.entries.get(begin..).unwrap_or_default());
        self.entries.truncate(begin);
        Ok(Json::Object(object))
    }
}

/// Of entries with one key, keeps the last value, where the first one stands.
fn keep_last(entries: &mut Vec<Entry<'_>>, begin: usize) {
    let Some(object) = entries.get(begin..) else { return };
    let comes_twice = if object.len() <= SMALL {
        object
            .iter()
            .enumerate()
            .any(|(nth, (key, _))| object.iter().take(nth).any(|(known, _)| known == key))
    } else {
        let mut keys: Vec<_> = object.iter().map(|(key, _)| *key).collect();
        keys.sort_unstable();
        keys.array_windows().any(|[one, next]| one == next)
    };
    if !comes_twice {
        return;
    }
    let mut kept: Vec<Entry<'_>> = Vec::new();
    for (key, value) in entries.drain(begin..) {
        match kept.iter_mut().find(|(known, _)| *known == key) {
            Some(known) => known.1 = value,
            None => kept.push((key, value)),
        }
    }
    entries.append(&mut kept);
}

/// A key: like the text of a value, and nothing else.
struct Key<'a>(&'a Bump);

impl<'a> DeserializeSeed<'a> for Key<'a> {
    type Value = &'a str;

    fn deserialize<D: Deserializer<'a>>(self, deserializer: D) -> Result<&'a str, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<'a> Visitor<'a> for Key<'a> {
    type Value = &'a str;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("string")
    }

    fn visit_borrowed_str<E>(self, text: &'a str) -> Result<&'a str, E> {
        Ok(text)
    }

    fn visit_str<E>(self, text: &str) -> Result<&'a str, E> {
        Ok(self.0.alloc_str(text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn both(text: &str) -> Result<(Value, Value), (String, String)> {
        let arena = Bump::new();
        match (serde_json::from_str(text), Json::parse(text.as_bytes(), &arena)) {
            (Ok(value), Ok(json)) => Ok((value, Value::from(&json))),
            (Err(one), Err(other)) => Err((one.to_string(), other.to_string())),
            (value, json) => panic!("{text}: {value:?} {json:?}"),
        }
    }

    #[test]
    fn reads_what_serde_json_reads() {
        let many: String = (0..40).map(|nth| format!("\"k{}\": {nth},", nth % 25)).collect();
        let deep = format!("{}{}", "[".repeat(100), "]".repeat(100));
        for text in [
            r#"{"a": [1, -2, 0.5, 1e3, true, false, null], "b": {}, "c": [], "": ""}"#,
            r#"{"esc\u0061ped": "li\nne", "\u00e9": "\ud83d\ude00"}"#,
            r#"{"a": 1, "b": 2, "a": {"a": 3, "a": 4}}"#,
            r#"[18446744073709551615, -9223372036854775808, 123456789012345678901234567890]"#,
            "\"text\"",
            &deep,
            &format!("{{{many} \"last\": 1}}"),
        ] {
            let (value, json) = both(text).unwrap();
            assert_eq!(json.to_string(), value.to_string());
        }
        let too_deep = "[".repeat(200);
        for text in ["", "{", "[1,]", "{\"a\" 1}", "{1: 2}", "\"\u{1}\"", "nul", "1 2", "1e999", &too_deep] {
            let (value, json) = both(text).unwrap_err();
            assert_eq!(json, value, "{text}");
        }
    }
}
