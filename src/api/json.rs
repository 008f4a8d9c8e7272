//! JSON that is read in place: the text, and an index of its arrays and objects. A parsed tree of many small
//! values, such as `[1,1,1]`, would take 16 times the memory of the text, or more.

use std::borrow::Cow;

use serde::de::IgnoredAny;
use serde_json::{Number, Value};

/// The greatest depth of nested arrays and objects. The limit protects the stack of functions that descend into a value.
const MAX_DEPTH: usize = 128;

/// A text that is valid JSON.
#[derive(Clone, Debug)]
pub struct Json<B> {
    text: B,
    /// The offset after each array and object, in the order of their starts. An array or an object has at least two bytes, so
    /// the index takes at most two bytes for each byte of the text.
    ends: Vec<u32>,
}

/// A text that is valid JSON, without its index.
#[derive(Clone, Debug)]
pub struct Unindexed<B>(B);

/// The error for a text that is not JSON, is nested too deeply, or has a string with an unpaired surrogate.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("not JSON, or nested more than {MAX_DEPTH} levels deep")]
pub struct NotJson;

/// A value within a [`Json`].
#[derive(Clone, Copy, Debug)]
pub struct Node<'j> {
    text: &'j [u8],
    ends: &'j [u32],
    /// The offset of the value's first byte.
    at: usize,
    /// The offset after the value.
    end: usize,
    /// The number of arrays and objects that start before the value.
    before: usize,
}

/// The kind of a value, with the content of a scalar.
#[derive(Clone, Debug, PartialEq)]
pub enum Kind<'j> {
    Null,
    Bool(bool),
    Number(Number),
    String(Cow<'j, str>),
    Array,
    Object,
}

impl<B: AsRef<[u8]>> Json<B> {
    /// Reads a text.
    ///
    /// # Errors
    /// [`NotJson`] if the text is not JSON in UTF-8, is nested too deeply, or has a string with an unpaired surrogate.
    pub fn read(text: B) -> Result<Self, NotJson> {
        Unindexed::read(text)?.index()
    }

    /// Returns the whole value.
    pub fn root(&self) -> Node<'_> {
        Node::starting(self.text.as_ref(), &self.ends, 0, 0)
    }
}

/// The two steps of [`Json::read`], for a caller that pauses between them.
impl<B: AsRef<[u8]>> Unindexed<B> {
    /// Reads a text.
    ///
    /// # Errors
    /// [`NotJson`] if the text is not JSON in UTF-8.
    pub fn read(text: B) -> Result<Self, NotJson> {
        let valid = std::str::from_utf8(text.as_ref()).map_err(|_| NotJson)?;
        serde_json::from_str::<IgnoredAny>(valid).map_err(|_| NotJson)?;
        Ok(Self(text))
    }

    /// Makes the index.
    ///
    /// # Errors
    /// [`NotJson`] if the text is nested too deeply, or has a string with an unpaired surrogate.
    pub fn index(self) -> Result<Json<B>, NotJson> {
        let Self(text) = self;
        let ends = index(text.as_ref()).ok_or(NotJson)?;
        Ok(Json { text, ends })
    }
}

/// Returns the offset after each array and object of valid JSON, or `None` if they are nested too deeply or a string has an
/// unpaired surrogate.
fn index(text: &[u8]) -> Option<Vec<u32>> {
    let brackets = text.iter().filter(|byte| matches!(byte, b'[' | b'{')).count();
    let mut ends: Vec<u32> = Vec::with_capacity(brackets.min(text.len() / 2));
    let (mut open, mut at) = (Vec::with_capacity(MAX_DEPTH), 0);
    while let Some(byte) = text.get(at) {
        let start = at;
        at += 1;
        match byte {
            b'"' => {
                at = skip_string(text, start);
                if has_unpaired_surrogate(text.get(start..at)?) {
                    return None;
                }
            }
            b'[' | b'{' if open.len() == MAX_DEPTH => return None,
            b'[' | b'{' => {
                open.push(ends.len());
                ends.push(0);
            }
            b']' | b'}' => *ends.get_mut(open.pop()?)? = u32::try_from(at).ok()?,
            _ => {}
        }
    }
    Some(ends)
}

/// Returns the offset after the string that starts at an offset.
fn skip_string(text: &[u8], at: usize) -> usize {
    let mut at = at + 1;
    loop {
        match text.get(at) {
            Some(b'\\') => at += 2,
            Some(b'"') => return at + 1,
            Some(_) => at += 1,
            None => return text.len(),
        }
    }
}

/// Returns whether a string of valid JSON has an escaped surrogate without its partner.
fn has_unpaired_surrogate(quoted: &[u8]) -> bool {
    let unit = |at: usize| {
        let digits = quoted.get(at..)?.strip_prefix(b"\\u")?.get(..4)?;
        u16::from_str_radix(str::from_utf8(digits).ok()?, 16).ok()
    };
    let next = |at: usize| quoted.get(at..)?.iter().position(|byte| *byte == b'\\').map(|found| at + found);
    let mut at = 0;
    while let Some(escape) = next(at) {
        at = match unit(escape) {
            Some(0xd800..=0xdbff) if matches!(unit(escape + 6), Some(0xdc00..=0xdfff)) => escape + 12,
            Some(0xd800..=0xdfff) => return true,
            Some(_) => escape + 6,
            None => escape + 2,
        };
    }
    false
}

/// Returns a text that is the same for numbers of the same value: `1.0` is `1`.
pub(super) fn canonical_number(number: &Number) -> String {
    /// 2^64. A smaller whole number is written without an exponent, as a 64-bit integer is.
    const LEAST_WITH_EXPONENT: f64 = 18_446_744_073_709_551_616.0;
    match number.as_f64().filter(|_| number.is_f64()) {
        // `-0.0` becomes `0`.
        Some(float) if float.abs() < LEAST_WITH_EXPONENT && float.trunc() == float => {
            (float + 0.0).to_string()
        }
        // Without an exponent, the text of a float can have 300 digits.
        Some(float) => format!("{float:e}"),
        None => number.to_string(),
    }
}

/// Returns whether a byte is white space between the tokens of JSON.
pub fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r' | b'\n')
}

fn skip_space(text: &[u8], mut at: usize) -> usize {
    while text.get(at).is_some_and(|byte| is_space(*byte)) {
        at += 1;
    }
    at
}

impl<'j> Node<'j> {
    /// Returns the value's kind. An integer `-0` is `0`, as in the Java validator of API Gateway.
    pub fn kind(&self) -> Kind<'j> {
        match self.first() {
            b'{' => Kind::Object,
            b'[' => Kind::Array,
            b'"' => Kind::String(string(self.bytes())),
            b't' => Kind::Bool(true),
            b'f' => Kind::Bool(false),
            b'n' => Kind::Null,
            _ => Kind::Number(number(self.bytes())),
        }
    }

    /// Returns whether the value is a number without a fraction and an exponent.
    pub fn is_plain_integer(&self) -> bool {
        matches!(self.first(), b'-' | b'0'..=b'9')
            && !self.bytes().iter().any(|byte| matches!(byte, b'.' | b'e' | b'E'))
    }

    /// Returns whether the value is a string.
    pub fn is_string(&self) -> bool {
        self.first() == b'"'
    }

    /// Returns whether the value is an array or an object.
    fn is_container(&self) -> bool {
        matches!(self.first(), b'[' | b'{')
    }

    /// Returns the length of the value's text in bytes.
    pub fn length(&self) -> usize {
        self.bytes().len()
    }

    /// Returns the offset of the value in the text.
    pub fn offset(&self) -> usize {
        self.at
    }

    /// Returns the items of an array, or `None` for another value.
    pub fn items(&self) -> Option<impl Iterator<Item = Node<'j>> + Clone + use<'j>> {
        (self.first() == b'[').then(|| self.values(false).map(|(_, value)| value))
    }

    /// Returns the properties of an object in the order of the text, or `None` for another value. A name can be repeated.
    pub fn properties(&self) -> Option<impl Iterator<Item = (Cow<'j, str>, Node<'j>)> + use<'j>> {
        (self.first() == b'{').then(|| self.values(true))
    }

    /// Returns the last property of an object with a name.
    pub fn property(&self, name: &str) -> Option<Node<'j>> {
        self.properties()?.filter(|(known, _)| known == name).last().map(|(_, value)| value)
    }

    /// Returns whether the value equals another. The order of properties and the notation of numbers do not matter.
    pub fn equals(&self, other: &Value) -> bool {
        match (self.kind(), other) {
            (Kind::Array, Value::Array(others)) => {
                let mut others = others.iter();
                let Some(mut items) = self.items() else { return false };
                items.all(|item| others.next().is_some_and(|other| item.equals(other)))
                    && others.next().is_none()
            }
            (Kind::Object, Value::Object(others)) => {
                let Some(mut properties) = self.properties() else { return false };
                properties.all(|(name, _)| others.contains_key(&*name))
                    && others
                        .iter()
                        .all(|(name, other)| self.property(name).is_some_and(|value| value.equals(other)))
            }
            (Kind::String(text), Value::String(other)) => text == *other,
            (Kind::Bool(value), Value::Bool(other)) => value == *other,
            (Kind::Null, Value::Null) => true,
            (Kind::Number(number), Value::Number(other)) => {
                canonical_number(&number) == canonical_number(other)
            }
            _ => false,
        }
    }

    /// Returns the value as JSON without white space outside strings. After about `most` bytes, an ellipsis replaces the rest
    /// of the text.
    pub fn compact(&self, most: usize) -> String {
        let bytes = self.bytes();
        let (mut compact, mut at) = (Vec::new(), 0);
        while let Some(byte) = bytes.get(at) {
            if compact.len() >= most {
                return format!("{}…", String::from_utf8_lossy(&compact));
            }
            let end = if *byte == b'"' { skip_string(bytes, at) } else { at + 1 };
            if !is_space(*byte) {
                let most = at.saturating_add(most - compact.len());
                compact.extend_from_slice(bytes.get(at..end.min(most)).unwrap_or_default());
            }
            at = end;
        }
        String::from_utf8_lossy(&compact).into_owned()
    }

    /// Returns the value that starts at an offset, after white space. `before` is the number of arrays and objects that start
    /// before it.
    fn starting(text: &'j [u8], ends: &'j [u32], at: usize, before: usize) -> Self {
        let at = skip_space(text, at);
        let end = match text.get(at) {
            Some(b'[' | b'{') => ends.get(before).map_or(text.len(), |end| *end as usize),
            Some(b'"') => skip_string(text, at),
            _ => {
                let rest = text.get(at..).unwrap_or_default();
                let is_after = |byte: &u8| matches!(byte, b',' | b']' | b'}') || is_space(*byte);
                at + rest.iter().position(is_after).unwrap_or(rest.len())
            }
        };
        Self { text, ends, at, end, before }
    }

    fn first(&self) -> u8 {
        self.text.get(self.at).copied().unwrap_or_default()
    }

    /// Returns the text of the value.
    fn bytes(&self) -> &'j [u8] {
        self.text.get(self.at..self.end).unwrap_or_default()
    }

    fn values(&self, named: bool) -> Values<'j> {
        Values { text: self.text, ends: self.ends, at: self.at + 1, before: self.before + 1, named }
    }
}

/// Iterates over the values of an array or an object.
#[derive(Clone)]
struct Values<'j> {
    text: &'j [u8],
    ends: &'j [u32],
    /// Between two calls of `next`: the offset of the next name, value or closing bracket, or of white space before it.
    at: usize,
    /// The number of arrays and objects that start before `at`.
    before: usize,
    named: bool,
}

impl<'j> Values<'j> {
    /// Returns the next value, and moves to the comma, the colon or the closing bracket after the value.
    fn take(&mut self) -> Node<'j> {
        let value = Node::starting(self.text, self.ends, self.at, self.before);
        self.at = skip_space(self.text, value.end);
        if value.is_container() {
            // Skips this value and the arrays and objects in it: they end at `value.end` or before. Later ones end after it.
            self.before += first_after(self.ends.get(self.before..).unwrap_or_default(), value.end);
        }
        value
    }
}

/// Returns the number of leading offsets that are not greater than `last`. The search starts with short steps, because most arrays and
/// objects are short.
fn first_after(ends: &[u32], last: usize) -> usize {
    let is_within = |end: &u32| *end as usize <= last;
    let mut step = 1;
    while ends.get(step).is_some_and(is_within) {
        step *= 2;
    }
    let found = step / 2;
    let rest = ends.get(found..step.min(ends.len())).unwrap_or_default();
    found + rest.partition_point(is_within)
}

impl<'j> Iterator for Values<'j> {
    type Item = (Cow<'j, str>, Node<'j>);

    fn next(&mut self) -> Option<Self::Item> {
        self.at = skip_space(self.text, self.at);
        if matches!(self.text.get(self.at), None | Some(b']' | b'}')) {
            return None;
        }
        let mut name = Cow::Borrowed("");
        if self.named {
            name = string(self.take().bytes());
            self.at += 1;
        }
        let value = self.take();
        if self.text.get(self.at) == Some(&b',') {
            self.at += 1;
        }
        Some((name, value))
    }
}

/// Returns a number. The integer `-0` is `0`. A number beyond the range of 64-bit floats becomes the greatest or the least
/// float, so that it still violates a `maximum` or a `minimum`.
fn number(digits: &[u8]) -> Number {
    let digits = str::from_utf8(digits).unwrap_or_default();
    if let Ok(integer) = digits.parse::<i64>() {
        return Number::from(integer);
    }
    if let Some(Value::Number(number)) = parsed(digits.as_bytes()) {
        return number;
    }
    let bound = if digits.starts_with('-') { f64::MIN } else { f64::MAX };
    Number::from_f64(bound).unwrap_or_else(|| Number::from(0))
}

/// Returns the content of a string in quotes. The result is empty for a string with an unpaired surrogate, but [`Json::read`]
/// refuses such a string.
fn string(quoted: &[u8]) -> Cow<'_, str> {
    decoded(quoted).unwrap_or_default()
}

/// Returns a scalar as a value of serde_json, or `None` if serde_json cannot parse the scalar.
fn parsed(scalar: &[u8]) -> Option<Value> {
    serde_json::from_str(str::from_utf8(scalar).ok()?).ok()
}

/// Returns the content of a string in quotes, or `None` if it has an unpaired surrogate.
fn decoded(quoted: &[u8]) -> Option<Cow<'_, str>> {
    if quoted.contains(&b'\\') {
        return serde_json::from_slice(quoted).ok().map(Cow::Owned);
    }
    std::str::from_utf8(quoted.get(1..quoted.len().checked_sub(1)?)?).ok().map(Cow::Borrowed)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// Builds the value of serde_json from the kinds, items and properties of nodes.
    fn value(node: Node<'_>) -> Value {
        match node.kind() {
            Kind::Null => Value::Null,
            Kind::Bool(value) => Value::Bool(value),
            Kind::Number(number) => Value::Number(number),
            Kind::String(text) => Value::from(text),
            Kind::Array => node.items().unwrap().map(value).collect(),
            Kind::Object => {
                node.properties().unwrap().map(|(name, node)| (name.into_owned(), value(node))).collect()
            }
        }
    }

    #[test]
    fn a_node_reads_the_value_that_serde_json_reads() {
        for text in [
            "0",
            " null ",
            "\"\"",
            "[]",
            "{}",
            "[[],{},[[]]]",
            "[1,-2,3.5,1e3,true,false,null,\"a\"]",
            "{\"a\":[1,{\"b\":[[2],[]]}],\"c\":{\"d\":{}},\"e\":3}",
            " {\n\t\"a b\" : [ 1 , [ ] , { \"x\" : [ ] } ] ,\r\n \"\" : \"]}\\\"[\" } ",
            r#"{"\u0061":"\ud83d\ude00\n\\","[":"{","é":"ü"}"#,
            r#"["\\ud800","\"\ud83d\ude00\"\ud83d\ude00"]"#,
            "[12345678901234567890123, -0.0, 18446744073709551615]",
            "{\"a\":1,\"a\":[2]}",
        ] {
            let json = Json::read(text).unwrap();
            let expected: Value = serde_json::from_str(text).unwrap();
            assert_eq!(value(json.root()), expected, "{text}");
            assert!(json.root().equals(&expected), "{text}");
            assert_eq!(serde_json::from_str::<Value>(&json.root().compact(usize::MAX)).unwrap(), expected);
        }
    }

    #[test]
    fn a_number_beyond_the_range_of_floats_becomes_the_greatest_or_least_float() {
        for (text, expected) in [("1e400", f64::MAX), ("-1e400", f64::MIN), (&"9".repeat(400), f64::MAX)] {
            let json = Json::read(text).unwrap();
            assert_eq!(json.root().kind(), Kind::Number(Number::from_f64(expected).unwrap()), "{text}");
        }
    }

    #[test]
    fn texts_that_are_not_json_or_too_deep_are_refused() {
        let deep = |depth: usize| "[".repeat(depth) + &"]".repeat(depth);
        assert!(Json::read(deep(MAX_DEPTH)).is_ok());
        for text in
            ["", " ", "{", "[1", "[1,]", "{\"a\"}", "01", "\"\\ud800\"", "{\"\\udc00\":1}", "[] []", "nul"]
                .into_iter()
                .chain([r#""\ud83d\ude00\ud83d""#, r#""\ud83d\u0061""#, r#""\\\udc00""#])
        {
            assert_eq!(Json::read(text).err(), Some(NotJson), "{text}");
        }
        assert_eq!(Json::read(deep(MAX_DEPTH + 1)).err(), Some(NotJson));
        assert_eq!(Json::read(b"\"\xff\"").err(), Some(NotJson));
    }

    #[test]
    fn an_array_of_any_length_is_skipped() {
        for length in 0..40 {
            let inner = vec!["[[]]"; length].join(",");
            let text = format!("[[{inner}],[1,[{inner}]],2]");
            let json = Json::read(text.as_str()).unwrap();
            assert_eq!(value(json.root()), serde_json::from_str::<Value>(&text).unwrap());
        }
    }

    #[test]
    fn the_index_takes_at_most_two_bytes_for_each_byte_of_the_text() {
        for text in ["[[],[],[],[]]", "[\"[[[[[[[[[[\"]", "{\"a\":{}}"] {
            let json = Json::read(text).unwrap();
            assert!(json.ends.capacity() * size_of::<u32>() <= 2 * text.len(), "{text}");
        }
    }

    #[test]
    fn values_are_compared_by_their_content() {
        for (text, other, is_equal) in [
            ("1.0", json!(1), true),
            ("10e-1", json!(1), true),
            ("-0", json!(0), true),
            ("\"\\u0061\"", json!("a"), true),
            ("{\"a\":1,\"b\":[2]}", json!({ "b": [2.0], "a": 1 }), true),
            ("{\"a\":1}", json!({ "a": 1, "b": 2 }), false),
            ("{\"a\":1,\"b\":2}", json!({ "a": 1 }), false),
            ("[1,2]", json!([1]), false),
            ("[1]", json!([1, 2]), false),
            ("[]", json!({}), false),
            ("null", json!(false), false),
        ] {
            assert_eq!(Json::read(text).unwrap().root().equals(&other), is_equal, "{text} {other}");
        }
    }

    #[test]
    fn a_long_value_is_cut_in_a_message() {
        let json = Json::read("[ \"aaaaaaaaaa\", 1 ]").unwrap();
        assert_eq!(json.root().compact(5), "[\"aaa…");
        assert_eq!(json.root().compact(100), "[\"aaaaaaaaaa\",1]");
    }
}
