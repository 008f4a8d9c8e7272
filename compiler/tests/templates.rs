//! Compiles the templates of `tests/templates` with their parameters, and compares the tables of operations with
//! `expected.json`. `tests/templates/README.md` describes the files.

#![expect(clippy::unwrap_used, reason = "clippy takes helpers of tests for production code")]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use s3_edge_gateway_compiler::compilation::{OperationReport, Served};
use s3_edge_gateway_compiler::source::{Notation, Parameters};
use s3_edge_gateway_compiler::{Compilation, Input, compile};
use serde::Deserialize;
use serde_json::Value;

/// One compilation of a template.
#[derive(Deserialize)]
struct Case {
    template: String,
    /// Values that override those of the parameters file beside the template.
    #[serde(default)]
    parameters: Option<Value>,
    operations: Vec<Row>,
}

/// One row of the table of operations.
#[derive(Debug, Deserialize, Eq, PartialEq)]
struct Row {
    operation: String,
    served: String,
    #[serde(default)]
    codes: Vec<String>,
    #[serde(default)]
    requires: Vec<String>,
}

impl From<OperationReport> for Row {
    fn from(report: OperationReport) -> Self {
        let (served, requires) = match report.served {
            Served::Edge => ("edge", Vec::new()),
            Served::Conditional(settings) => ("conditional", settings),
            Served::Unsupported => ("unsupported", Vec::new()),
        };
        Self {
            operation: format!("{} {}", report.method, report.path),
            served: served.to_owned(),
            codes: report.reasons.iter().map(|reason| reason.code.to_string()).collect(),
            requires: requires.into_iter().map(str::to_owned).collect(),
        }
    }
}

#[test]
fn tables_of_operations_match_the_expected_tables() {
    for case in cases() {
        let Compilation { document, findings } = case.compile();
        let name = case.name();
        let document = document.unwrap_or_else(|| panic!("{name}: {findings:#?}"));
        let rows: Vec<Row> = document.operations(None).into_iter().map(Row::from).collect();
        assert_eq!(rows, case.operations, "{name}");
        assert!(document.bytes().is_ok(), "{name}");
    }
}

/// An unused value in a parameters file would probably have a misspelt name.
#[test]
fn templates_use_all_values_of_their_parameters_files() {
    for case in cases() {
        let codes: Vec<_> = case.compile().findings.iter().map(|finding| finding.code.to_string()).collect();
        assert!(!codes.contains(&"parameter-unused".to_owned()), "{}: {codes:?}", case.name());
    }
}

#[test]
fn a_template_with_several_apis_needs_the_name_of_one() {
    let bytes = std::fs::read(folder().join("two-apis.yaml")).unwrap();
    let parameters = Parameters::default();
    let compilation = compile(&Input {
        bytes: &bytes,
        notation: Some(Notation::Yaml),
        parameters: &parameters,
        settings: None,
    });
    assert!(compilation.document.is_none());
    let codes: Vec<_> = compilation.findings.iter().map(|finding| finding.code.as_str()).collect();
    assert_eq!(codes, ["template-several-documents"]);
}

#[test]
fn each_template_has_an_expected_table() {
    let names =
        std::fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let others = ["README.md", "expected.json"];
    let templates: BTreeSet<_> = names
        .filter(|name| !name.ends_with(".parameters.json") && !others.contains(&name.as_str()))
        .collect();
    let expected: BTreeSet<_> = cases().into_iter().map(|case| case.template).collect();
    assert_eq!(templates, expected);
    assert!(templates.len() > 10);
}

impl Case {
    fn compile(&self) -> Compilation {
        let bytes = std::fs::read(folder().join(&self.template)).unwrap();
        let parameters = self.values();
        let notation = Notation::of_file_name(&self.template);
        compile(&Input { bytes: &bytes, notation, parameters: &parameters, settings: None })
    }

    /// Returns the values of the parameters file, overridden by those of the case.
    fn values(&self) -> Parameters {
        let beside = folder().join(&self.template).with_extension("parameters.json");
        let mut values = match std::fs::read(beside) {
            Ok(bytes) => Parameters::from_json(&bytes).unwrap(),
            Err(_) => Parameters::default(),
        };
        if let Some(own) = &self.parameters {
            let text = own.to_string().replace("@backend", "backend.example.com");
            values.extend(Parameters::from_json(text.as_bytes()).unwrap());
        }
        values
    }

    fn name(&self) -> String {
        match &self.parameters {
            Some(parameters) => format!("{} with {parameters}", self.template),
            None => self.template.clone(),
        }
    }
}

fn cases() -> Vec<Case> {
    serde_json::from_slice(&std::fs::read(folder().join("expected.json")).unwrap()).unwrap()
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/templates")
}
