//! `documents/broken`: documents as people break them, each with everything that is wrong with it, and nothing else.

#![expect(clippy::unwrap_used, clippy::panic, reason = "clippy takes helpers of tests for production code")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use s3_edge_gateway::api::integration::match_statuses;
use s3_edge_gateway::api::{Api, DocumentError};
use s3_edge_gateway::check::yaml;
use serde::Deserialize;
use serde_json::Value;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Broken {
    about: String,
    document: Option<Value>,
    /// In the place of `document`: YAML, in lines.
    yaml: Option<Vec<String>>,
    /// Or a text that is no JSON, in lines.
    text: Option<Vec<String>>,
    /// Or what is no text.
    base64: Option<String>,
    /// JSON pointer and message, in the order in which they are told.
    diagnostics: Vec<(String, String)>,
}

impl Broken {
    /// What is loaded.
    fn bytes(&self) -> Vec<u8> {
        let written = (&self.document, &self.yaml, &self.text, &self.base64);
        match written {
            (Some(document), None, None, None) => serde_json::to_vec(document).unwrap(),
            (None, Some(lines), None, None) => {
                let document: Value = yaml::from_str(&lines.join("\n")).unwrap();
                serde_json::to_vec(&document).unwrap()
            }
            (None, None, Some(lines), None) => lines.join("\n").into_bytes(),
            (None, None, None, Some(encoded)) => STANDARD.decode(encoded).unwrap(),
            _ => panic!("{}: not one document", self.about),
        }
    }
}

fn load(document: &[u8]) -> Result<Api, Vec<DocumentError>> {
    Api::from_openapi(document, &match_statuses)
}

/// Every broken document, by the name of its file.
fn broken() -> BTreeMap<String, Broken> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/documents/broken");
    let read = |path: PathBuf| {
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        let broken: Broken = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
        (name, broken)
    };
    std::fs::read_dir(folder).unwrap().map(|entry| read(entry.unwrap().path())).collect()
}

#[test]
fn broken_documents() {
    let mut red = BTreeMap::new();
    for (name, broken) in broken() {
        assert!(!broken.about.is_empty());
        let errors = load(&broken.bytes()).err().unwrap_or_default();
        let told: Vec<_> =
            errors.iter().map(|error| (error.pointer.clone(), error.problem.to_string())).collect();
        if told != broken.diagnostics || told.is_empty() {
            red.insert(name, told);
        }
    }
    assert!(red.is_empty(), "{}", serde_json::to_string_pretty(&red).unwrap());
}

#[test]
fn what_is_no_json_says_where() {
    for (text, expected) in [
        ("", "EOF while parsing a value at line 1 column 0"),
        ("{\"openapi\": \"3.0.1\"", "EOF while parsing an object at line 1 column 19"),
        ("openapi: 3.0.1", "expected value at line 1 column 1"),
    ] {
        let errors = load(text.as_bytes()).unwrap_err();
        assert_eq!(errors.len(), 1);
        assert_eq!(errors[0].to_string(), format!("/: not JSON: {expected}"));
    }
    assert!(load(b"{\"openapi\": \"\xff\"}").is_err());
}

/// Every text that a diagnostic is made of, in the code that reads documents, is shown by a broken document.
#[test]
fn every_diagnostic_is_shown() {
    let broken = broken();
    assert!(broken.len() >= 65, "{}", broken.len());
    let told: Vec<_> = broken.values().flat_map(|broken| &broken.diagnostics).collect();
    let (mut silent, mut count) = (Vec::new(), 0);
    for path in sources() {
        let source = std::fs::read_to_string(&path).unwrap();
        // Tests stand at the end of a file.
        let code = source.split("#[cfg(test)]").next().unwrap();
        for piece in texts(code).iter().flat_map(|text| pieces(text)) {
            count += 1;
            if !told.iter().any(|(_, message)| message.contains(&piece)) {
                silent.push(format!("{}: {piece}", path.file_name().unwrap().display()));
            }
        }
    }
    assert!(silent.is_empty(), "{silent:#?}");
    assert!(count > 100, "only {count} texts were found");
}

/// The files that read documents. What `model/check` says is for clients, what `gateway_response` says too.
fn sources() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    for folder in ["api", "api/model", "template"] {
        let entries = std::fs::read_dir(root.join(folder)).unwrap().map(|entry| entry.unwrap().path());
        files.extend(entries.filter(|path| path.extension().is_some_and(|extension| extension == "rs")));
    }
    files.retain(|path| !path.ends_with("model/check.rs") && !path.ends_with("gateway_response.rs"));
    files
}

/// The strings of a piece of Rust that are sentences, or parts of one: those with a space.
fn texts(code: &str) -> Vec<String> {
    let mut texts = Vec::new();
    // Attributes explain things to compilers, but for those of errors.
    let is_code = |line: &&str| {
        let line = line.trim_start();
        !line.starts_with("//") && (!line.starts_with("#[") || line.starts_with("#[error"))
    };
    let code = code.lines().filter(is_code).collect::<Vec<_>>().join("\n");
    let mut rest = code.as_str();
    while let Some((before, after)) = rest.split_once('"') {
        if before.ends_with('\'') {
            // A quotation mark as a character.
            rest = after;
            continue;
        }
        let mut text = String::new();
        let mut letters = after.chars();
        while let Some(letter) = letters.next().filter(|letter| *letter != '"') {
            match letter {
                '\\' => match letters.next() {
                    Some('\n') => letters = letters.as_str().trim_start().chars(),
                    Some(escaped) => text.push(escaped),
                    None => {}
                },
                letter => text.push(letter),
            }
        }
        rest = letters.as_str();
        texts.extend(Some(text).filter(|text| text.contains(' ')));
    }
    texts
}

/// What of a text does not depend on values: what is around `{…}`.
fn pieces(text: &str) -> Vec<String> {
    let text = text.replace("{{", "\u{1}").replace("}}", "\u{2}");
    let pieces = text.split('{').enumerate().filter_map(|(at, piece)| match at {
        0 => Some(piece),
        _ => piece.split_once('}').map(|(_, after)| after),
    });
    let whole = |piece: &str| piece.replace('\u{1}', "{").replace('\u{2}', "}");
    pieces.map(whole).filter(|piece| piece.trim().contains(' ')).collect()
}
