//! Writing a document as it is embedded.
//!
//! For the build script, which has this file as a module of its own, and for tests.

use std::collections::HashMap;

use serde_json::Value;

/// Writes a document.
pub(crate) fn write(document: &Value) -> Vec<u8> {
    let mut writer = Writer::default();
    writer.value(document);
    let mut written = Vec::new();
    push(&mut written, writer.texts.len());
    writer.lengths.iter().for_each(|length| push(&mut written, *length));
    written.extend(writer.text.bytes());
    push(&mut written, writer.values.len());
    written.extend(writer.written);
    written
}

/// What is there so far, with the number of everything.
#[derive(Default)]
struct Writer {
    texts: HashMap<String, usize>,
    lengths: Vec<usize>,
    text: String,
    /// By how they are written.
    values: HashMap<Vec<u8>, usize>,
    written: Vec<u8>,
}

impl Writer {
    /// The tags are those of the reader.
    fn value(&mut self, value: &Value) -> usize {
        let mut written = Vec::new();
        match value {
            Value::Null => written.push(0),
            Value::Bool(false) => written.push(1),
            Value::Bool(true) => written.push(2),
            Value::Number(number) => {
                written.push(3);
                push(&mut written, self.text(&number.to_string()));
            }
            Value::String(text) => {
                written.push(4);
                push(&mut written, self.text(text));
            }
            Value::Array(items) => {
                written.push(5);
                push(&mut written, items.len());
                items.iter().for_each(|item| push(&mut written, self.value(item)));
            }
            Value::Object(entries) => {
                written.push(6);
                push(&mut written, entries.len());
                for (key, value) in entries {
                    push(&mut written, self.text(key));
                    push(&mut written, self.value(value));
                }
            }
        }
        let number = self.values.len();
        *self.values.entry(written).or_insert_with_key(|written| {
            self.written.extend(written);
            number
        })
    }

    fn text(&mut self, text: &str) -> usize {
        if let Some(number) = self.texts.get(text) {
            return *number;
        }
        self.text.push_str(text);
        self.lengths.push(text.len());
        self.texts.insert(text.to_owned(), self.texts.len());
        self.texts.len() - 1
    }
}

/// A number as LEB128.
fn push(written: &mut Vec<u8>, mut number: usize) {
    while number >= 0x80 {
        written.push(number as u8 | 0x80);
        number >>= 7;
    }
    written.push(number as u8);
}
