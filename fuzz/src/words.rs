//! Words and values for mutations: of documents, and of the requests of clients.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use serde_json::Value;

/// The words and the values that mutations insert.
pub struct Vocabulary {
    /// Words, for texts and keys.
    pub words: Vec<String>,
    /// Values, by key. Items of arrays have the empty key.
    pub pieces: BTreeMap<String, Vec<Value>>,
}

/// The words of `documents.dict`, and the values of the test documents.
pub static OF_DOCUMENTS: LazyLock<Vocabulary> = LazyLock::new(|| {
    let documents = DOCUMENTS.iter().filter_map(|text| serde_json::from_str(text).ok());
    let vocabulary = Vocabulary::new(include_str!("../documents.dict"), documents);
    assert!(vocabulary.pieces.len() > 100, "the test documents have at most 100 keys");
    vocabulary
});

/// The words of `requests.dict`, and the values of the seeds in `fuzz/seeds`.
pub static OF_REQUESTS: LazyLock<Vocabulary> = LazyLock::new(|| {
    let seeds = [
        include_str!("../seeds/signatures.json"),
        include_str!("../seeds/tokens.json"),
        include_str!("../seeds/reads.json"),
    ];
    let seeds = seeds.map(|text| serde_json::from_str(text).expect("the seeds are JSON"));
    Vocabulary::new(include_str!("../requests.dict"), seeds)
});

impl Vocabulary {
    /// Returns the words of a dictionary, which has one word in each line, and the values of `samples` at any depth.
    fn new(dictionary: &str, samples: impl IntoIterator<Item = Value>) -> Self {
        let quoted = dictionary.lines().filter_map(|line| line.strip_prefix('"')?.strip_suffix('"'));
        let words = quoted.map(|word| word.replace("\\\"", "\"").replace("\\\\", "\\")).collect();
        let mut pieces = BTreeMap::new();
        for sample in samples {
            collect(&sample, &mut pieces);
        }
        Self { words, pieces }
    }
}

/// The JSON test documents.
pub static DOCUMENTS: LazyLock<Vec<String>> = LazyLock::new(|| {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let folders = ["tests/documents", "tests/documents/broken"].map(|folder| files(&root.join(folder)));
    let texts = folders.into_iter().flatten().filter(|path| path.extension().is_some_and(|it| it == "json"));
    let documents: Vec<_> = texts.filter_map(|path| std::fs::read_to_string(path).ok()).collect();
    assert!(documents.len() > 5, "tests/documents has fewer than 6 documents");
    documents
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
