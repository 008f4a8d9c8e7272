//! Reads the vectors of `tests/vectors/exchange` and resolves their references. `tests/vectors/README.md` describes the format.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde_json::{Map, Value};
use test_harness::{folder, read};

/// One vector in one of its behaviours.
#[derive(Debug)]
pub struct Case {
    /// The name of its test: file, behaviour and the vector's name.
    pub name: String,
    pub behaviour: &'static str,
    pub document: Value,
    pub settings: BTreeMap<String, String>,
    pub clock: u64,
    pub request: ClientRequest,
    pub s3: Vec<Answer>,
    pub expected: Outcome,
    /// The only runner that can run the vector, or `None` if both can.
    pub only: Option<Only>,
    /// The difference between `edge` and `aws`. Only a case in `edge` has it.
    pub edge: Option<Difference>,
    /// The difference between API Gateway and `aws`. Only a case in `aws` has it.
    pub api_gateway: Option<Difference>,
}

/// The difference between an outcome and the outcome in `aws`.
#[derive(Debug)]
pub struct Difference {
    /// The rows of `docs/differences.json` that are the reason.
    pub rows: Vec<String>,
    /// Whether the outcomes are different.
    pub is_real: bool,
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
    /// Whether the request has no `Content-Length`.
    #[serde(default)]
    pub chunked: bool,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Answer {
    pub status: u16,
    #[serde(default)]
    pub headers: Headers,
    #[serde(default)]
    pub body: WrittenBody,
    /// Whether the answer has no `Content-Length`.
    #[serde(default)]
    pub chunked: bool,
}

#[derive(Debug)]
pub struct Outcome {
    pub requests: Vec<ExpectedRequest>,
    pub response: ExpectedResponse,
    pub log: Map<String, Value>,
}

#[derive(Clone, Debug, Deserialize)]
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

/// The expected `x-amz-content-sha256` of a request to S3.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq)]
pub enum Payload {
    #[default]
    #[serde(rename = "signed")]
    Signed,
    #[serde(rename = "unsigned")]
    Unsigned,
    #[serde(rename = "unsigned in edge")]
    UnsignedInEdge,
    /// The request is not signed.
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

/// Headers by their names in the original spelling, each with one value or several.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct Headers(BTreeMap<String, OneOrMore>);

#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
enum OneOrMore {
    One(String),
    More(Vec<String>),
}

/// A body in the notation of the vectors.
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
            Self::File { file } => std::fs::read(folder().join(file)).unwrap(),
            Self::Repeated { repeat, times } => repeat.repeat(*times).into_bytes(),
        }
    }
}

impl Headers {
    /// Returns a pair for each value of each header.
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
    /// Whether `s3` and `expected` list second attempts. Otherwise [`with_second_attempts`] adds them.
    #[serde(default)]
    lists_second_attempts: bool,
    expected: Value,
    #[serde(default)]
    edge: Option<Value>,
    #[serde(default)]
    api_gateway: Option<Value>,
}

fn empty_object() -> Value {
    Value::Object(Map::new())
}

/// The answers of S3 that vectors use by name: `vectors/s3_answers.json`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NamedAnswers {
    pub about: String,
    pub answers: Map<String, Value>,
}

impl NamedAnswers {
    pub fn read() -> Self {
        read("vectors/s3_answers.json")
    }

    /// Replaces the names of answers by the answers, and returns the names.
    fn resolve(&self, vector: &str, answers: &mut Value) -> Vec<String> {
        let mut names = Vec::new();
        for answer in answers.as_array_mut().into_iter().flatten() {
            let Some(name) = answer.as_str().map(str::to_owned) else { continue };
            let named = self.answers.get(&name);
            *answer =
                named.unwrap_or_else(|| panic!("{vector}: s3_answers.json has no answer {name:?}")).clone();
            names.push(name);
        }
        names
    }
}

/// Returns the target with a JSON Merge Patch (RFC 7396).
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

/// Returns the document of a vector, with a patch. If `document` is a string, it is the name of a file of `tests/documents`.
pub fn document(document: &Value, patch: &Value) -> Value {
    match document.as_str() {
        Some(file) => merge(&read(Path::new("documents").join(file)), patch),
        None => merge(document, patch),
    }
}

/// A vector of a file, merged with the defaults.
pub struct Vector {
    /// The file and the name of the vector, for messages.
    pub name: String,
    file: String,
    value: Value,
    /// The names of the S3 answers that the vector uses, with repetitions.
    pub named_answers: Vec<String>,
}

/// Reads every vector.
pub fn vectors() -> Vec<Vector> {
    let defaults: Value = read("vectors/defaults.json");
    let named = NamedAnswers::read();
    let entries = std::fs::read_dir(folder().join("vectors/exchange")).unwrap();
    let mut paths: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "json"));
    paths.sort();
    let mut vectors = Vec::new();
    for path in paths {
        let File { about, defaults: of_file, vectors: written } = read(&path);
        assert!(!about.is_empty(), "{}: `about` is empty", path.display());
        let file = path.file_stem().unwrap().to_string_lossy().replace('-', "_");
        let base = merge(&defaults, &of_file);
        for vector in &written {
            let name =
                format!("{file}.json: {}", vector["name"].as_str().unwrap_or("a vector without a name"));
            let mut value = merge(&base, vector);
            // These patches are copied unchanged. Merging them here would remove each `null`, which has to remove a member later.
            for patch in ["patch", "edge", "api_gateway"] {
                if let Some(written) = vector.get(patch) {
                    value[patch] = written.clone();
                }
            }
            let mut named_answers = named.resolve(&name, &mut value["s3"]);
            if let Some(answers) = value.get_mut("edge").and_then(|edge| edge.get_mut("s3")) {
                named_answers.extend(named.resolve(&name, answers));
            }
            vectors.push(Vector { name, file: file.clone(), value, named_answers });
        }
    }
    vectors
}

impl Vector {
    /// Returns the vector in each of its behaviours.
    pub fn cases(&self) -> Vec<Case> {
        let only_in = self.written().only_in;
        let behaviours = ["aws", "edge"].into_iter();
        behaviours
            .filter(|behaviour| only_in.as_ref().is_none_or(|only| only == behaviour))
            .map(|behaviour| self.case(behaviour))
            .collect()
    }

    fn written(&self) -> Written {
        Written::deserialize(&self.value).unwrap_or_else(|error| panic!("{}: {error}", self.name))
    }

    fn case(&self, behaviour: &'static str) -> Case {
        let named = &self.name;
        let Written {
            name,
            source,
            document: written_document,
            patch,
            mut settings,
            clock,
            request,
            mut s3,
            only,
            only_in: _,
            lists_second_attempts,
            expected,
            edge,
            api_gateway,
        } = self.written();
        assert!(!source.is_empty(), "{named}: `source` is empty");
        settings.insert("COMPATIBILITY".to_owned(), behaviour.to_owned());
        let (mut outcome, mut edge_differs) = (expected, None);
        if let Some(mut patch) = edge.filter(|_| behaviour == "edge") {
            if let Some(answers) = patch.as_object_mut().and_then(|patch| patch.shift_remove("s3")) {
                s3 = serde_json::from_value(answers).unwrap_or_else(|error| panic!("{named}: {error}"));
            }
            let (patched, difference) = patched(named, &outcome, patch);
            (outcome, edge_differs) = (patched, Some(difference));
        }
        // No runner sends requests to API Gateway, so the outcome there is only documented.
        let of_api_gateway = api_gateway.filter(|_| behaviour == "aws");
        let api_gateway = of_api_gateway.map(|patch| patched(named, &outcome, patch).1);
        let mut expected = resolved(named, outcome);
        if behaviour == "edge" && !lists_second_attempts {
            with_second_attempts(&mut s3, &mut expected.requests);
        }
        Case {
            name: format!("{}::{behaviour}::{name}", self.file),
            behaviour,
            document: document(&written_document, &patch),
            settings,
            clock,
            request,
            s3,
            expected,
            only,
            edge: edge_differs,
            api_gateway,
        }
    }
}

/// Adds the second attempts of `edge`: it sends a GET or HEAD again after each of these statuses. S3 answers both alike.
fn with_second_attempts(answers: &mut Vec<Answer>, requests: &mut Vec<ExpectedRequest>) {
    let is_sent_twice = |(answer, request): &(&Answer, &ExpectedRequest)| {
        matches!(answer.status, 429 | 500 | 502 | 503) && ["GET", "HEAD"].contains(&request.method.as_str())
    };
    let pairs = answers.iter().zip(requests.iter()).enumerate();
    let twice: Vec<_> = pairs.filter(|(_, pair)| is_sent_twice(pair)).map(|(index, _)| index).collect();
    for index in twice.into_iter().rev() {
        answers.insert(index, answers[index].clone());
        requests.insert(index, requests[index].clone());
    }
}

/// Returns the expected outcome with a patch, and the difference between both outcomes.
fn patched(named: &str, expected: &Value, mut patch: Value) -> (Value, Difference) {
    let rows = patch.as_object_mut().and_then(|patch| patch.shift_remove("differs"));
    let rows = rows.and_then(|rows| serde_json::from_value(rows).ok());
    let rows: Vec<String> = rows.unwrap_or_else(|| {
        panic!("{named}: `differs` is missing. Name the rows of docs/differences.json that are the reason.")
    });
    let outcome = merge(expected, &patch);
    let is_real = &outcome != expected;
    (outcome, Difference { rows, is_real })
}

/// Reads an outcome. If its `response` is a string, it is the name of a response in `gateway_responses.json`.
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
            built_in
                .get(name)
                .unwrap_or_else(|| panic!("{named}: gateway_responses.json has no type {name:?}"))
                .clone()
        }
        None => response,
    };
    let response = ExpectedResponse::deserialize(&response);
    let response = response.unwrap_or_else(|error| panic!("{named}: response: {error}"));
    Outcome { requests, response, log }
}
