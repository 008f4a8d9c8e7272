//! Runs the official JSON Schema Test Suite, draft 4, against the validator of bodies. `vectors/json_schema` has a copy of the
//! suite. `JSON_SCHEMA_TEST_SUITE=.../tests/draft4 cargo test --test json_schema_suite` runs another copy.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "clippy checks the helper functions of tests as production code"
)]

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use s3_edge_gateway::api::json::Json;
use s3_edge_gateway::api::model::Model;
use s3_edge_gateway_compiler::api_of;
use s3_edge_gateway_testing::document_with_schema;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use test_harness::{Failed, Trial};

/// The reference to the tested schema in the document that is compiled.
const PLACE: &str = "#/components/schemas/Tested";

/// Tests that are skipped, because the validator differs from the suite by design.
struct Skip {
    /// The file, without `.json`.
    file: &'static str,
    which: Which,
    reason: &'static str,
}

enum Which {
    /// Each test of the file.
    Each,
    /// The tests of the group with this description.
    Group(&'static str),
    /// The tests whose data does not match the schema.
    NotValid,
}

const REMOTE: &str = "References to other documents are not supported.";
const ID: &str =
    "A reference is a JSON pointer from the root of the document. `id` has no effect on references.";
const UNICODE: &str = "Regular expressions have no flag `u`, as in ECMAScript 5: `\\p` matches the letter p.";
const FORMAT: &str = "`format` is not checked. Draft 4 does not require the check.";

const SKIPS: &[Skip] = &[
    Skip { file: "refRemote", which: Which::Each, reason: REMOTE },
    Skip { file: "definitions", which: Which::Each, reason: REMOTE },
    Skip { file: "ref", which: Which::Group("remote ref, containing refs itself"), reason: REMOTE },
    Skip { file: "ref", which: Which::Group("Recursive references between schemas"), reason: ID },
    Skip { file: "ref", which: Which::Group("Location-independent identifier"), reason: ID },
    Skip {
        file: "ref",
        which: Which::Group("Location-independent identifier with base URI change in subschema"),
        reason: ID,
    },
    Skip {
        file: "ref",
        which: Which::Group("id must be resolved against nearest parent, not just immediate parent"),
        reason: ID,
    },
    Skip {
        file: "ref",
        which: Which::Group("$ref prevents a sibling id from changing the base uri"),
        reason: ID,
    },
    Skip {
        file: "optional/id",
        which: Which::Group("id inside an enum is not a real identifier"),
        reason: ID,
    },
    Skip {
        file: "optional/ecmascript-regex",
        which: Which::Group("patterns always use unicode semantics with pattern"),
        reason: UNICODE,
    },
    Skip {
        file: "optional/ecmascript-regex",
        which: Which::Group("patterns always use unicode semantics with patternProperties"),
        reason: UNICODE,
    },
    Skip {
        file: "optional/ecmascript-regex",
        which: Which::Group("pattern with non-ASCII digits"),
        reason: UNICODE,
    },
    Skip {
        file: "optional/ecmascript-regex",
        which: Which::Group("patternProperties with non-ASCII digits"),
        reason: UNICODE,
    },
    Skip { file: "optional/format/date-time", which: Which::NotValid, reason: FORMAT },
    Skip { file: "optional/format/email", which: Which::NotValid, reason: FORMAT },
    Skip { file: "optional/format/hostname", which: Which::NotValid, reason: FORMAT },
    Skip { file: "optional/format/ipv4", which: Which::NotValid, reason: FORMAT },
    Skip { file: "optional/format/ipv6", which: Which::NotValid, reason: FORMAT },
    Skip { file: "optional/format/uri", which: Which::NotValid, reason: FORMAT },
];

/// A schema and its tests, in the format of the suite.
#[derive(Deserialize)]
struct Group {
    description: String,
    schema: Value,
    tests: Vec<SuiteTest>,
}

#[derive(Deserialize)]
struct SuiteTest {
    description: String,
    data: Value,
    valid: bool,
}

fn main() -> ExitCode {
    let own = test_harness::folder().join("vectors/json_schema/draft4");
    let folder = std::env::var_os("JSON_SCHEMA_TEST_SUITE").map_or(own, PathBuf::from);
    let mut tests = Vec::new();
    let mut used = vec![false; SKIPS.len()];
    for path in json_files(&folder) {
        let file = path.strip_prefix(&folder).unwrap().with_extension("");
        let file = file.to_string_lossy().replace('\\', "/");
        let groups: Vec<Group> = test_harness::read(&path);
        for group in groups {
            for test in &group.tests {
                let at = SKIPS.iter().position(|skip| skip.is_for(&file, &group, test));
                if let Some(at) = at {
                    used[at] = true;
                }
                tests.push(trial(&file, &group, test, at.map(|at| SKIPS[at].reason)));
            }
        }
    }
    assert!(tests.len() > 500, "{} has only {} tests", folder.display(), tests.len());
    tests.push(test_harness::test("each skip is for a test of the suite", move || {
        let unused = SKIPS.iter().zip(&used).filter(|(_, used)| !**used);
        let unused: Vec<_> = unused.map(|(skip, _)| skip.file).collect();
        assert!(unused.is_empty(), "`SKIPS` has entries without a test, for the files {unused:?}");
    }));
    test_harness::run(tests)
}

impl Skip {
    fn is_for(&self, file: &str, group: &Group, test: &SuiteTest) -> bool {
        let is_chosen = match self.which {
            Which::Each => true,
            Which::Group(description) => group.description == description,
            Which::NotValid => !test.valid,
        };
        self.file == file && is_chosen
    }
}

/// Returns the JSON files below a folder, sorted.
fn json_files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder);
    let entries = entries.unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut files = Vec::new();
    for path in entries.map(|entry| entry.unwrap().path()) {
        if path.is_dir() {
            files.extend(json_files(&path));
        } else if path.extension().is_some_and(|extension| extension == "json") {
            files.push(path);
        }
    }
    files.sort();
    files
}

/// Returns the test of one value. A skipped test is ignored; `cargo test --test json_schema_suite -- --ignored` runs it, and its
/// failure has the reason.
fn trial(file: &str, group: &Group, test: &SuiteTest, skipped: Option<&'static str>) -> Trial {
    let name = format!("{}::{}::{}", file.replace('/', "::"), group.description, test.description);
    let (schema, data, valid) = (group.schema.clone(), test.data.clone(), test.valid);
    let run = move || {
        let model = model(&schema)?;
        // The gateway reads a body as text, so the value is written and read again.
        let value = Json::read(data.to_string()).map_err(|error| error.to_string())?;
        let faults = model.faults(value.root());
        match faults.is_empty() == valid {
            true => Ok(()),
            false => {
                let skipped = skipped.map(|reason| format!("skipped: {reason} ")).unwrap_or_default();
                Err(Failed::from(format!("{skipped}schema {schema}, value {data}, faults {faults:?}")))
            }
        }
    };
    Trial::test(name, run).with_ignored_flag(skipped.is_some())
}

/// Returns the model of an operation whose body has the schema.
fn model(schema: &Value) -> Result<Model, String> {
    let components = json!({ "schemas": { "Tested": in_document(schema) } });
    let document = document_with_schema(&json!({ "$ref": PLACE }), &components);
    let api = api_of(&serde_json::to_vec(&document).unwrap()).map_err(|errors| format!("{errors:?}"))?;
    let method = &api.resources[0].methods[0];
    let served = method.operation.served().ok_or_else(|| format!("not supported: {:?}", method.operation))?;
    Ok(served.validation.models.of(Some("application/json")).unwrap().clone())
}

/// Rewrites the references of a schema. In the suite `#` is the root of the schema, in a document the root of the document.
fn in_document(schema: &Value) -> Value {
    match schema {
        Value::Object(keywords) => {
            let placed = |(keyword, value): (&String, &Value)| {
                let value = match (keyword.as_str(), value) {
                    ("$ref", Value::String(reference)) => match reference.strip_prefix('#') {
                        Some(pointer) => Value::from(format!("{PLACE}{pointer}")),
                        None => value.clone(),
                    },
                    // The members of `enum` are values, in which `$ref` is not a reference.
                    ("enum", Value::Array(_)) => value.clone(),
                    _ => in_document(value),
                };
                (keyword.clone(), value)
            };
            Value::Object(keywords.iter().map(placed).collect::<Map<_, _>>())
        }
        Value::Array(items) => items.iter().map(in_document).collect(),
        other => other.clone(),
    }
}
