//! Documents with faults, and the findings of each document: `tests/documents/broken`.
//! `UPDATE=1 cargo test --test broken_documents` writes the findings. Review them before you commit them.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "clippy checks the helper functions of tests as production code"
)]

use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use s3_edge_gateway_compiler::compilation::Served;
use s3_edge_gateway_compiler::finding::{Behaviours, Class, Finding};
use s3_edge_gateway_compiler::source::{Notation, Parameters};
use s3_edge_gateway_compiler::{Input, compile};
use serde::{Deserialize, Serialize};
use serde_json::Value;

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Broken {
    about: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    document: Option<Value>,
    /// The lines of a YAML text, instead of `document`.
    #[serde(skip_serializing_if = "Option::is_none")]
    yaml: Option<Vec<String>>,
    /// The lines of a text that is read as JSON, instead of `document`.
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<Vec<String>>,
    /// Bytes that are not UTF-8, in base64, instead of `document`.
    #[serde(skip_serializing_if = "Option::is_none")]
    base64: Option<String>,
    /// Code, JSON pointer and message of each finding: errors and lints for `edge`, then the reasons of each operation.
    reported: Vec<(String, String, String)>,
}

impl Broken {
    fn bytes(&self) -> (Vec<u8>, Notation) {
        match (&self.document, &self.yaml, &self.text, &self.base64) {
            (Some(document), None, None, None) => (serde_json::to_vec(document).unwrap(), Notation::Json),
            (None, Some(lines), None, None) => (lines.join("\n").into_bytes(), Notation::Yaml),
            (None, None, Some(lines), None) => (lines.join("\n").into_bytes(), Notation::Json),
            (None, None, None, Some(encoded)) => (STANDARD.decode(encoded).unwrap(), Notation::Json),
            _ => panic!(
                "{}: the file has none or several of `document`, `yaml`, `text` and `base64`",
                self.about
            ),
        }
    }

    /// Compiles the document, and returns the code, the pointer and the message of each finding.
    fn report(&self) -> Vec<(String, String, String)> {
        let (bytes, notation) = self.bytes();
        let parameters = Parameters::default();
        let compilation = compile(&Input {
            bytes: &bytes,
            notation: Some(notation),
            parameters: &parameters,
            settings: None,
        });
        let has_error = compilation.findings.iter().any(|finding| finding.code.class() == Class::Error);
        assert_eq!(has_error, compilation.document.is_none(), "{}", self.about);
        let row =
            |finding: &Finding| (finding.code.to_string(), finding.pointer.clone(), finding.message.clone());
        let concerns_edge = |finding: &&Finding| finding.behaviours != Behaviours::Aws;
        let mut reported: Vec<_> = compilation.findings.iter().filter(concerns_edge).map(row).collect();
        for operation in compilation.document.iter().flat_map(|document| document.operations(None)) {
            let is_unsupported = operation.served == Served::Unsupported;
            assert_eq!(
                is_unsupported,
                operation.reasons.iter().any(|reason| reason.code.class() == Class::Unsupported)
                    && is_unsupported
            );
            reported.extend(operation.reasons.iter().map(row));
        }
        reported
    }
}

fn files() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/documents/broken");
    let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}

#[test]
fn each_fault_is_reported_with_its_place() {
    let update = std::env::var_os("UPDATE").is_some();
    let mut red = Vec::new();
    for path in files() {
        let mut broken: Broken = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
        let reported = broken.report();
        if reported.is_empty() {
            red.push(format!("{}: the document has no findings", path.display()));
        }
        if reported != broken.reported {
            red.push(format!("{}: the findings differ from `reported`: {reported:#?}", path.display()));
            if update {
                broken.reported = reported;
                std::fs::write(&path, serde_json::to_string_pretty(&broken).unwrap() + "\n").unwrap();
            }
        }
    }
    assert!(
        update || red.is_empty(),
        "{}\nRun `UPDATE=1 cargo test --test broken_documents` to write these findings.",
        red.join("\n")
    );
}
