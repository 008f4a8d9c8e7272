//! Mutates documents so that they remain valid JSON. The JSON parser would refuse most mutations of single bytes.

use serde_json::{Map, Value, json};

use crate::random::Random;
use crate::words::Vocabulary;

/// libFuzzer's own mutation of bytes. The arguments are the buffer, the length of the input, and the maximum length. The result
/// is the new length.
pub type Bytewise = fn(&mut [u8], usize, usize) -> usize;

/// The greatest length that an insertion of a word or of bytes gives to a text. Short texts keep the checks fast.
const LONGEST_TEXT: usize = 400;

const NUMBERS: &[i64] =
    &[-1, 0, 1, 2, 49, 50, 100, 199, 200, 204, 304, 404, 599, 600, 29_000, 300_000, 10_485_760, i64::MAX];

/// The source of the changes.
struct Source<'v> {
    random: Random,
    vocabulary: &'v Vocabulary,
    bytewise: Bytewise,
}

/// Returns the document in `data` with one to four changes. Returns `None` if `data` is not JSON, or if the result is longer
/// than `most` bytes. Also returns `None` once in 50 times. libFuzzer then mutates single bytes, so that the compiler also gets
/// invalid JSON. The changes insert words and values of `vocabulary`.
pub fn mutated(
    data: &[u8],
    most: usize,
    seed: u32,
    bytewise: Bytewise,
    vocabulary: &Vocabulary,
) -> Option<Vec<u8>> {
    let source = &mut Source { random: Random::new(u64::from(seed)), vocabulary, bytewise };
    let mut document: Value = serde_json::from_slice(data).ok()?;
    if source.random.once_in(50) {
        return None;
    }
    for _ in 0..=source.random.below(4) {
        let whole = if source.random.once_in(10) { document.clone() } else { Value::Null };
        mutate(&mut document, "", &whole, source);
    }
    let text = serde_json::to_vec(&document).ok()?;
    (text.len() <= most).then_some(text)
}

/// Changes `value`, or a random value inside it. `key` is the key of `value`.
fn mutate(value: &mut Value, key: &str, whole: &Value, source: &mut Source<'_>) {
    let count = match value {
        Value::Object(entries) => entries.len(),
        Value::Array(items) => items.len(),
        _ => 0,
    };
    if count == 0 || source.random.once_in(10) {
        return change(value, key, whole, source);
    }
    let at = source.random.below(count);
    match value {
        Value::Object(entries) => {
            if let Some((key, value)) = entries.iter_mut().nth(at) {
                mutate(value, key, whole, source);
            }
        }
        Value::Array(items) => mutate(&mut items[at], "", whole, source),
        _ => {}
    }
}

fn change(value: &mut Value, key: &str, whole: &Value, source: &mut Source<'_>) {
    match (source.random.below(10), &mut *value) {
        (0..=3, Value::Object(entries)) => change_entries(entries, key, source),
        (0..=3, Value::Array(items)) => change_items(items, source),
        (0..=6, Value::String(text)) => *text = other_text(text, source),
        (7, _) => *value = leaf(source),
        (8, _) => *value = wrapped(value.take(), source),
        (9, _) if !whole.is_null() => *value = part_of(whole, source),
        _ => *value = piece(key, source),
    }
}

fn change_entries(entries: &mut Map<String, Value>, key: &str, source: &mut Source<'_>) {
    let at = source.random.below(entries.len());
    let known = entries.keys().nth(at).cloned();
    match (source.random.below(4), known) {
        (0, Some(known)) => {
            entries.remove(&known);
        }
        (1, Some(known)) => {
            let value = entries.remove(&known).unwrap_or_default();
            entries.insert(spliced(&known, source), value);
        }
        (2, Some(known)) => {
            let value = entries.get(&known).cloned().unwrap_or_default();
            entries.insert(spliced(&known, source), value);
        }
        // Takes a value of a test document, preferably one with the key of this object. If the value is an object, adds one
        // of its entries. Otherwise adds the value under a random word.
        _ => match piece(key, source) {
            Value::Object(others) if !others.is_empty() => {
                let at = source.random.below(others.len());
                entries.extend(others.into_iter().skip(at).take(1));
            }
            other => {
                let word = word(source);
                entries.insert(word, other);
            }
        },
    }
}

fn change_items(items: &mut Vec<Value>, source: &mut Source<'_>) {
    let at = source.random.below(items.len());
    match source.random.below(3) {
        0 if !items.is_empty() => {
            items.remove(at);
        }
        1 if !items.is_empty() => items.push(items[at].clone()),
        _ => items.push(piece("", source)),
    }
}

/// Returns a value that a test document has for this key, or for a random key.
fn piece(key: &str, source: &mut Source<'_>) -> Value {
    let known = &source.vocabulary.pieces;
    let same = known.get(key).filter(|_| !source.random.once_in(5));
    let mut any = || known.values().nth(source.random.below(known.len()));
    let pieces = match same {
        Some(pieces) => Some(pieces),
        None => any(),
    };
    let pieces = pieces.map(Vec::as_slice).unwrap_or_default();
    pieces.get(source.random.below(pieces.len())).cloned().unwrap_or_default()
}

fn leaf(source: &mut Source<'_>) -> Value {
    match source.random.below(8) {
        0 => Value::Null,
        1 => Value::Bool(source.random.once_in(2)),
        2 => Value::from(NUMBERS[source.random.below(NUMBERS.len())]),
        3 => json!({}),
        4 => json!([]),
        5 => json!(0.5),
        _ => Value::from(word(source)),
    }
}

fn wrapped(value: Value, source: &mut Source<'_>) -> Value {
    match source.random.below(5) {
        0 => json!([value]),
        1 => json!({ "Fn::Sub": value }),
        2 => json!([value, value]),
        3 => {
            let depth = 1 << source.random.below(8);
            let key = word(source);
            (0..depth).fold(value, |inner, _| json!({ key.as_str(): inner }))
        }
        _ => {
            let word = word(source);
            json!({ word: value })
        }
    }
}

/// Returns a random part of the same document, or a reference to it.
fn part_of(whole: &Value, source: &mut Source<'_>) -> Value {
    let (mut part, mut pointer) = (whole, "#".to_owned());
    while !source.random.once_in(6) {
        match part {
            Value::Object(entries) if !entries.is_empty() => {
                let Some((key, value)) = entries.iter().nth(source.random.below(entries.len())) else {
                    break;
                };
                pointer.extend(["/", &key.replace('~', "~0").replace('/', "~1")]);
                part = value;
            }
            Value::Array(items) if !items.is_empty() => {
                let at = source.random.below(items.len());
                pointer.push_str(&format!("/{at}"));
                part = &items[at];
            }
            _ => break,
        }
    }
    if source.random.once_in(3) { part.clone() } else { json!({ "$ref": pointer }) }
}

fn other_text(text: &str, source: &mut Source<'_>) -> String {
    match source.random.below(5) {
        0 => word(source),
        1 | 2 => spliced(text, source),
        3 if text.len() < 12 => text.repeat(1 << source.random.below(5)),
        _ => {
            let mut bytes = text.as_bytes().to_vec();
            let length = bytes.len();
            bytes.resize((length + 32).min(LONGEST_TEXT.max(length)), 0);
            let most = bytes.len();
            let length = (source.bytewise)(&mut bytes, length, most);
            String::from_utf8_lossy(&bytes[..length.min(most)]).into_owned()
        }
    }
}

/// Returns a text in which a word replaces a random part.
fn spliced(text: &str, source: &mut Source<'_>) -> String {
    let characters: Vec<char> = text.chars().collect();
    let start = source.random.below(characters.len() + 1);
    let end = (start + source.random.below(4)).min(characters.len());
    let mut spliced: String = characters[..start].iter().collect();
    spliced.push_str(&word(source));
    spliced.extend(&characters[end..]);
    spliced.chars().take(LONGEST_TEXT.max(text.len())).collect()
}

fn word(source: &mut Source<'_>) -> String {
    let words = &source.vocabulary.words;
    words.get(source.random.below(words.len())).cloned().unwrap_or_default()
}
