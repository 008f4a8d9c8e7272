//! The vectors of `tests/vectors/exchange`, resolved: `tests/vectors/README.md` describes the format.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

/// One vector in one of its behaviours.
#[derive(Debug)]
pub struct Case {
    pub name: String,
    pub behaviour: &'static str,
    pub document: Value,
    pub settings: BTreeMap<String, String>,
    pub clock: u64,
    pub request: ClientRequest,
    pub s3: Vec<Answer>,
    pub expected: Outcome,
    /// Which runner alone can run it.
    pub only: Option<Only>,
    /// The rows of the table of differences because of which this is not what `aws` answers, or, in `aws`, what API
    /// Gateway answers.
    pub differs: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Only {
    pub runner: Runner,
    pub why: String,
}

#[derive(Debug, Deserialize, PartialEq)]
#[serde(rename_all = "lowercase")]
pub enum Runner {
    Host,
    Worker,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClientRequest {
    pub method: String,
    pub url: String,
    #[serde(default)]
    pub headers: Headers,
    #[serde(default)]
    pub body: WrittenBody,
    /// Without `Content-Length`.
    #[serde(default)]
    pub chunked: bool,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Answer {
    pub status: u16,
    #[serde(default)]
    pub headers: Headers,
    #[serde(default)]
    pub body: WrittenBody,
    /// Without `Content-Length`.
    #[serde(default)]
    pub chunked: bool,
}

#[derive(Debug)]
pub struct Outcome {
    pub requests: Vec<ExpectedRequest>,
    pub response: ExpectedResponse,
    pub log: Map<String, Value>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExpectedRequest {
    pub method: String,
    pub url: String,
    #[serde(default)]
    pub headers: Headers,
    #[serde(default)]
    pub body: WrittenBody,
    #[serde(default)]
    pub payload: Payload,
}

/// What `x-amz-content-sha256` says.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq)]
pub enum Payload {
    #[default]
    #[serde(rename = "signed")]
    Signed,
    #[serde(rename = "unsigned")]
    Unsigned,
    #[serde(rename = "unsigned in edge")]
    UnsignedInEdge,
    /// Nothing of the request is signed.
    #[serde(rename = "no signature")]
    NoSignature,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExpectedResponse {
    pub status: u16,
    pub headers: Headers,
    #[serde(default)]
    pub body: WrittenBody,
}

/// Header names as they are written, with one value or several.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct Headers(BTreeMap<String, OneOrMore>);

#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
enum OneOrMore {
    One(String),
    More(Vec<String>),
}

/// A body as vectors write it.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub enum WrittenBody {
    Text(String),
    Base64 { base64: String },
    File { file: PathBuf },
    Repeated { repeat: String, times: usize },
}

impl Default for WrittenBody {
    fn default() -> Self {
        Self::Text(String::new())
    }
}

impl WrittenBody {
    pub fn bytes(&self) -> Vec<u8> {
        match self {
            Self::Text(text) => text.clone().into_bytes(),
            Self::Base64 { base64 } => STANDARD.decode(base64).unwrap(),
            Self::File { file } => std::fs::read(tests().join(file)).unwrap(),
            Self::Repeated { repeat, times } => repeat.repeat(*times).into_bytes(),
        }
    }
}

impl Headers {
    /// Each header with each of its values.
    pub fn pairs(&self) -> Vec<(String, String)> {
        let values = |values: &OneOrMore| match values {
            OneOrMore::One(value) => vec![value.clone()],
            OneOrMore::More(values) => values.clone(),
        };
        self.0
            .iter()
            .flat_map(|(name, entry)| values(entry).into_iter().map(|value| (name.clone(), value)))
            .collect()
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    about: String,
    #[serde(default = "empty_object")]
    defaults: Value,
    vectors: Vec<Value>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    name: String,
    source: String,
    document: Value,
    #[serde(default = "empty_object")]
    patch: Value,
    settings: BTreeMap<String, String>,
    clock: u64,
    request: ClientRequest,
    s3: Vec<Answer>,
    #[serde(default)]
    only: Option<Only>,
    #[serde(default)]
    only_in: Option<String>,
    expected: Value,
    #[serde(default)]
    edge: Option<Value>,
    #[serde(default)]
    api_gateway: Option<Value>,
}

fn empty_object() -> Value {
    Value::Object(Map::new())
}

/// The folder of the tests.
pub fn tests() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests")
}

/// Reads a JSON file below the folder of the tests.
pub fn read<T: DeserializeOwned>(path: impl AsRef<Path>) -> T {
    let path = tests().join(path);
    let text = std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_json::from_slice(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// JSON Merge Patch (RFC 7396).
pub fn merge(target: &Value, patch: &Value) -> Value {
    let Value::Object(patch) = patch else { return patch.clone() };
    let mut merged = target.as_object().cloned().unwrap_or_default();
    for (key, value) in patch {
        if value.is_null() {
            merged.shift_remove(key);
        } else {
            let old = merged.get(key).cloned().unwrap_or_default();
            merged.insert(key.clone(), merge(&old, value));
        }
    }
    Value::Object(merged)
}

/// The document of a vector: a file of `tests/documents`, or the document itself, with a patch.
pub fn document(document: &Value, patch: &Value) -> Value {
    match document.as_str() {
        Some(file) => merge(&read(Path::new("documents").join(file)), patch),
        None => merge(document, patch),
    }
}

/// Every vector in each of its behaviours.
pub fn cases() -> Vec<Case> {
    let defaults: Value = read("vectors/defaults.json");
    let folder = std::fs::read_dir(tests().join("vectors/exchange")).unwrap();
    let mut files: Vec<_> = folder.map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| path.extension().is_some_and(|extension| extension == "json"));
    files.sort();
    let mut cases = Vec::new();
    for path in files {
        let file: File = read(&path);
        let file_name = path.file_name().unwrap().to_string_lossy().into_owned();
        assert!(!file.about.is_empty(), "{file_name} does not say what it is about");
        let base = merge(&defaults, &file.defaults);
        for vector in &file.vectors {
            let mut merged = merge(&base, vector);
            // Patches themselves: what they remove is not gone already.
            for patch in ["patch", "edge", "api_gateway"] {
                if let Some(written) = vector.get(patch) {
                    merged[patch] = written.clone();
                }
            }
            cases.extend(in_each_behaviour(&file_name, &merged));
        }
    }
    cases
}

fn in_each_behaviour(file: &str, vector: &Value) -> Vec<Case> {
    let named = format!("{file}: {}", vector["name"].as_str().unwrap_or("a vector without a name"));
    let read =
        || -> Written { Written::deserialize(vector).unwrap_or_else(|error| panic!("{named}: {error}")) };
    let only_in = read().only_in;
    let behaviours = ["aws", "edge"].into_iter();
    behaviours
        .filter(|behaviour| only_in.as_ref().is_none_or(|only| only == behaviour))
        .map(|behaviour| {
            let Written { name, source, mut settings, expected, edge, api_gateway, .. } = read();
            assert!(!source.is_empty(), "{named} has no source");
            settings.insert("COMPATIBILITY".to_owned(), behaviour.to_owned());
            let mut written = read();
            let (outcome, differs) = match edge.filter(|_| behaviour == "edge") {
                Some(mut patch) => {
                    if let Some(answers) = patch.as_object_mut().and_then(|patch| patch.shift_remove("s3")) {
                        written.s3 =
                            serde_json::from_value(answers).unwrap_or_else(|e| panic!("{named}: {e}"));
                    }
                    patched(&named, &expected, patch)
                }
                None => (expected, Vec::new()),
            };
            let differs = match api_gateway.filter(|_| behaviour == "aws") {
                // What API Gateway answers is nothing that could be run here.
                Some(patch) => patched(&named, &outcome, patch).1,
                None => differs,
            };
            Case {
                name: format!("{file}: {name} ({behaviour})"),
                behaviour,
                document: document(&written.document, &written.patch),
                settings,
                clock: written.clock,
                request: written.request,
                s3: written.s3,
                expected: resolved(&named, outcome),
                only: written.only,
                differs,
            }
        })
        .collect()
}

/// Another outcome than the expected one, and the rows of the table that make it so.
fn patched(named: &str, expected: &Value, mut patch: Value) -> (Value, Vec<String>) {
    let differs = patch.as_object_mut().and_then(|patch| patch.shift_remove("differs"));
    let differs = differs.and_then(|rows| serde_json::from_value(rows).ok());
    let differs: Vec<String> = differs.unwrap_or_else(|| panic!("{named}: differs names no row"));
    let outcome = merge(expected, &patch);
    assert_ne!(&outcome, expected, "{named}: nothing differs any more");
    (outcome, differs)
}

/// A response that is the name of a type is the gateway's own.
fn resolved(named: &str, outcome: Value) -> Outcome {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct WrittenOutcome {
        requests: Vec<ExpectedRequest>,
        response: Value,
        #[serde(default)]
        log: Map<String, Value>,
    }
    let outcome: WrittenOutcome =
        serde_json::from_value(outcome).unwrap_or_else(|error| panic!("{named}: expected: {error}"));
    let WrittenOutcome { requests, response, mut log } = outcome;
    let response = match response.as_str() {
        Some(name) => {
            log.entry("error").or_insert_with(|| Value::from(name));
            let built_in: Map<String, Value> = read("vectors/gateway_responses.json");
            built_in.get(name).unwrap_or_else(|| panic!("{named}: no type {name}")).clone()
        }
        None => response,
    };
    let response = ExpectedResponse::deserialize(&response);
    let response = response.unwrap_or_else(|error| panic!("{named}: response: {error}"));
    Outcome { requests, response, log }
}
