//! Documents that fuzzing has found. Most tests run on a stack as large as a Worker's stack, and fail if they
//! take ten seconds or longer.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "clippy checks the helper functions of tests as production code"
)]

use std::collections::HashSet;
use std::time::{Duration, Instant};

use http::Method;
use s3_edge_gateway::api::Api;
use s3_edge_gateway::api::json::Json;
use s3_edge_gateway::gateway::deployment::router::Router;
use s3_edge_gateway_compiler::finding::Finding;
use s3_edge_gateway_compiler::openapi::selection_pattern;
use s3_edge_gateway_compiler::{Input, api_of, compile};
use s3_edge_gateway_testing::document_with_schema;
use serde_json::{Map, Value, json};

/// The size of a Worker's stack in bytes. rustc passes it to the linker for wasm32-unknown-unknown.
const STACK: usize = 1024 * 1024;

/// Runs `work` on a thread with a stack of [`STACK`] bytes. Panics if `work` takes ten seconds or longer.
fn on_the_stack_of_a_worker(work: impl FnOnce() + Send + 'static) {
    let started = Instant::now();
    std::thread::Builder::new().stack_size(STACK).spawn(work).unwrap().join().unwrap();
    assert!(started.elapsed() < Duration::from_secs(10), "the work took {:?}", started.elapsed());
}

fn load(document: &Value) -> Result<Api, Vec<Finding>> {
    api_of(&serde_json::to_vec(document).unwrap())
}

/// Returns a document whose only method validates its body with the schema `s0`.
fn validating(schemas: Map<String, Value>) -> Value {
    document_with_schema(&json!({ "$ref": "#/components/schemas/s0" }), &json!({ "schemas": schemas }))
}

/// Returns a chain of schemas: each schema refers to the next.
fn chain(length: usize, link: impl Fn(Value) -> Value) -> Map<String, Value> {
    let name = |at: usize| format!("s{at}");
    let next = |at: usize| json!({ "$ref": format!("#/components/schemas/{}", name(at + 1)) });
    let last = (name(length), json!({ "type": "string" }));
    (0..length).map(|at| (name(at), link(next(at)))).chain([last]).collect()
}

#[test]
fn a_chain_of_thousands_of_references_does_not_overflow_the_stack() {
    let links: [fn(Value) -> Value; 4] = [
        |next| next,
        |next| json!({ "properties": { "a": next } }),
        |next| json!({ "items": next }),
        |next| json!({ "allOf": [next] }),
    ];
    for link in links {
        on_the_stack_of_a_worker(move || {
            let _ = load(&validating(chain(5_000, link)));
        });
    }
}

#[test]
fn a_finding_of_an_operation_of_two_paths_is_reported_once() {
    // Both paths have the same operations: `/b` is a reference to `/a`.
    let document = json!({ "openapi": "3.0.1", "paths": {
        "/a": { "get": { "x-amazon-apigateway-foo": 1, "responses": {} }, "trace": {}, "put": {
            "responses": { "200": {} },
            "x-amazon-apigateway-integration": {
                "type": "aws", "httpMethod": "GET", "uri": "arn:aws:apigateway:us-west-2:s3:path/files/a",
                "responses": { "default": { "statusCode": "200" } },
            },
        } },
        "/b": { "$ref": "#/paths/~1a" },
    } });
    let (bytes, parameters) = (serde_json::to_vec(&document).unwrap(), Default::default());
    let findings =
        compile(&Input { bytes: &bytes, notation: None, parameters: &parameters, settings: None }).findings;
    let reported: HashSet<_> = findings.iter().map(|finding| (&finding.pointer, finding.code)).collect();
    assert!(findings.len() >= 3);
    assert_eq!(reported.len(), findings.len(), "{findings:#?}");
}

/// Returns the faults of a body against a schema.
fn faults(schemas: Map<String, Value>, body: &str) -> Vec<String> {
    let api = load(&validating(schemas)).unwrap();
    let model = api.resources[0].methods[0].operation.served().unwrap().validation.models.of(None).unwrap();
    model.faults(Json::read(body).unwrap().root())
}

/// Returns `1` in `depth` objects: `{"a":{"a":1}}` for 2.
fn nested(depth: usize) -> String {
    "{\"a\":".repeat(depth) + "1" + &"}".repeat(depth)
}

/// The validator keeps the result for each checked value. Otherwise it would check each level of the body twice as often as the
/// level above.
#[test]
fn several_subschemas_of_the_same_value_do_not_multiply_the_time() {
    let again = json!({ "$ref": "#/components/schemas/s0" });
    let branch = json!({ "properties": { "a": again } });
    for schema in [
        json!({ "oneOf": [branch, branch] }),
        json!({ "not": { "anyOf": [branch, branch] } }),
        json!({ "properties": { "a": again }, "patternProperties": { "^a": again } }),
        json!({ "dependencies": { "a": branch, "b": branch }, "additionalProperties": again }),
    ] {
        on_the_stack_of_a_worker(move || {
            let schemas: Map<_, _> = [("s0".to_owned(), schema)].into_iter().collect();
            faults(schemas.clone(), &nested(120));
            let shallow = faults(schemas, &nested(3)).join("\n");
            assert!(!shallow.contains("too"), "{shallow}");
        });
    }
    // A deep body that matches its schema has no faults.
    let either = json!({ "anyOf": [branch, branch] });
    let fitting = [("s0".to_owned(), either)].into_iter().collect();
    assert_eq!(faults(fitting, &nested(60)), Vec::<String>::new());
    on_the_stack_of_a_worker(|| {
        faults(chain(60, |next| json!({ "allOf": [next, next] })), "1");
    });
}

/// Without the limit of 20 faults, each of the million values would be a fault with its own text.
#[test]
fn at_most_twenty_faults_of_a_body_are_reported() {
    let strings = json!({ "type": "array", "items": { "type": "string" } });
    let body = format!("[{}1]", "1,".repeat(1_000_000));
    let faults_of = |schema: &Value| faults([("s0".to_owned(), schema.clone())].into_iter().collect(), &body);
    assert_eq!(faults_of(&strings).len(), 20);
    assert_eq!(faults_of(&json!({ "anyOf": [strings, strings] })).len(), 1);
    assert_eq!(faults_of(&json!({ "not": strings })), Vec::<String>::new());
    let unique = json!({ "uniqueItems": true, "items": { "pattern": "a" } });
    assert_eq!(faults_of(&unique), ["array must not contain duplicate elements"]);
}

#[test]
fn deep_nesting_does_not_overflow_the_stack() {
    on_the_stack_of_a_worker(|| {
        let deep = (0..13).fold(
            json!({ "type": "string" }),
            |inner, _| json!({ "not": { "properties": { "a": { "items": inner } } } }),
        );
        let loaded = load(&validating([("s0".to_owned(), deep)].into_iter().collect()));
        assert!(loaded.is_ok(), "{loaded:?}");
        for depth in [64, 65, 127, 128, 100_000] {
            let _ = api_of("[".repeat(depth).as_bytes());
            let _ = api_of(nested(depth).as_bytes());
        }
    });
}

#[test]
fn one_model_of_a_thousand_media_types_and_301_paths_is_read_in_time() {
    on_the_stack_of_a_worker(|| {
        let types: Vec<_> = (0..1000).map(|at| format!("a/{at}")).collect();
        let properties: Map<_, _> = (0..1000).map(|at| (at.to_string(), json!({}))).collect();
        let mut document = validating(Map::new());
        for of_openapi in ["openapi", "components"] {
            document[of_openapi] = Value::Null;
        }
        document["swagger"] = json!("2.0");
        let operation = &mut document["paths"]["/x"]["put"];
        operation["requestBody"] = Value::Null;
        operation["consumes"] = json!(types);
        operation["parameters"] =
            json!([{ "in": "body", "name": "a", "schema": { "properties": properties } }]);
        for at in 0..300 {
            document["paths"][format!("/{at}")] = json!({ "$ref": "#/paths/~1x" });
        }
        assert_eq!(load(&document).unwrap().resources.len(), 301);
    });
}

/// The router recurses once for each segment of a path, so a path of more than 64 segments is not served.
#[test]
fn a_path_of_more_than_64_segments_is_not_served() {
    on_the_stack_of_a_worker(|| {
        for (count, is_routed) in [(64, true), (65, false), (20_000, false)] {
            let path = "/a".repeat(count);
            let mock = json!({ "x-amazon-apigateway-integration": { "type": "mock" } });
            let api =
                load(&json!({ "openapi": "3.0.1", "paths": { path.clone(): { "get": mock } } })).unwrap();
            assert_eq!(api.served().next().is_some(), is_routed);
            assert_eq!(Router::new(&api).find(&Method::GET, &path).is_some(), is_routed, "{count}");
        }
    });
}

/// Regular expressions that need much time or much stack, or are not valid. For each expression, the table has two values: whether
/// it is accepted as a selection pattern, and whether it is accepted as the `pattern` of a model.
#[test]
fn expressions_that_are_too_expensive_are_refused() {
    let both = (true, true);
    let of_models = (false, true);
    let of_statuses = (true, false);
    let none = (false, false);
    for (pattern, expected) in [
        (r"(\d?){1000}x", of_models),
        (r"((((\d*)*)*)*)*x", of_models),
        (r"(((((\d{0,99}){0,99}){0,99}){0,99}){0,99}){0,99}x", none),
        ("a.{500}b", of_statuses),
        ("(.{1,999}){1,999}", of_statuses),
        (r"(\d|\d\d|\d\d\d|){40}x", of_models),
        (r"(\d?\d?\d?){7}x", both),
        ("(?:(?:(?:){1000}){1000}){1000}", both),
        (")(", none),
        (&("(".repeat(50_000) + &")".repeat(50_000)), none),
        (&"(?=".repeat(50_000), none),
        (&"[".repeat(50_000), none),
        (&"a|".repeat(50_000), none),
    ] {
        let pattern = pattern.to_owned();
        on_the_stack_of_a_worker(move || {
            let selected = selection_pattern::parse(&pattern).is_ok();
            let of_model = json!({ "pattern": pattern });
            let api = load(&validating([("s0".to_owned(), of_model)].into_iter().collect())).unwrap();
            let read = api.served().next().is_some();
            assert_eq!((selected, read), expected, "{pattern}");
        });
    }
}
