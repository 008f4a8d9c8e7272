//! The words of documents: those of libFuzzer's dictionary, and where documents to take pieces of are.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use serde_json::Value;

/// `documents.dict`, one word a line.
pub static WORDS: LazyLock<Vec<String>> = LazyLock::new(|| {
    let lines = include_str!("../documents.dict").lines();
    let quoted = lines.filter_map(|line| line.strip_prefix('"')?.strip_suffix('"'));
    quoted.map(|word| word.replace("\\\"", "\"").replace("\\\\", "\\")).collect()
});

/// What the documents of the tests have under each key, anywhere; under the empty one what lists hold.
pub static PIECES: LazyLock<BTreeMap<String, Vec<Value>>> = LazyLock::new(|| {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests");
    let mut pieces = BTreeMap::new();
    for folder in ["documents", "documents/broken", "checker/documents"] {
        for path in files(&tests.join(folder)) {
            let Ok(text) = std::fs::read(&path) else { continue };
            let Ok(document) = serde_json::from_slice::<Value>(&text) else { continue };
            collect(&document, &mut pieces);
        }
    }
    assert!(pieces.len() > 100, "the documents of the tests are not where they were");
    pieces
});

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten();
    let mut files: Vec<_> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    files.sort();
    files
}

fn collect(value: &Value, pieces: &mut BTreeMap<String, Vec<Value>>) {
    let mut keep = |key: &str, value: &Value| {
        let known = pieces.entry(key.to_owned()).or_default();
        if !known.contains(value) {
            known.push(value.clone());
        }
    };
    match value {
        Value::Object(entries) => {
            entries.iter().for_each(|(key, value)| keep(key, value));
            entries.values().for_each(|value| collect(value, pieces));
        }
        Value::Array(items) => {
            items.iter().for_each(|value| keep("", value));
            items.iter().for_each(|value| collect(value, pieces));
        }
        _ => {}
    }
}
