//! Documents that nobody would write, on the stack of a Worker, within seconds: what fuzzing has found.

#![expect(clippy::unwrap_used, reason = "clippy takes helpers of tests for production code")]

use std::collections::HashSet;
use std::time::{Duration, Instant};

use s3_edge_gateway::api::integration::match_statuses;
use s3_edge_gateway::api::{Api, DocumentError};
use serde_json::{Map, Value, json};

/// The stack of wasm32, as it is linked.
const STACK: usize = 1024 * 1024;

/// Runs what must come to an end.
fn on_the_stack_of_a_worker(work: impl FnOnce() + Send + 'static) {
    let started = Instant::now();
    std::thread::Builder::new().stack_size(STACK).spawn(work).unwrap().join().unwrap();
    assert!(started.elapsed() < Duration::from_secs(10), "{:?}", started.elapsed());
}

fn load(document: &Value) -> Result<Api, Vec<DocumentError>> {
    Api::from_openapi(&serde_json::to_vec(document).unwrap(), &match_statuses)
}

/// A document whose one method validates its body by the schema `s0` of these.
fn validating(schemas: Map<String, Value>) -> Value {
    json!({
        "openapi": "3.0.1",
        "x-amazon-apigateway-request-validators": { "body": { "validateRequestBody": true } },
        "x-amazon-apigateway-request-validator": "body",
        "components": { "schemas": schemas },
        "paths": { "/": { "post": {
            "requestBody": { "content": { "application/json": { "schema": { "$ref": "#/components/schemas/s0" } } } },
            "responses": { "200": {} },
            "x-amazon-apigateway-integration": {
                "type": "aws", "uri": "arn:aws:apigateway:us-west-2:s3:path/files/a",
                "responses": { "default": { "statusCode": 200 } },
            },
        } } },
    })
}

/// Schemas of which each names the next.
fn chain(length: usize, link: impl Fn(Value) -> Value) -> Map<String, Value> {
    let name = |at: usize| format!("s{at}");
    let next = |at: usize| json!({ "$ref": format!("#/components/schemas/{}", name(at + 1)) });
    let last = (name(length), json!({ "type": "string" }));
    (0..length).map(|at| (name(at), link(next(at)))).chain([last]).collect()
}

#[test]
fn schemas_that_refer_to_one_another_a_thousandfold() {
    let links: [fn(Value) -> Value; 4] = [
        |next| next,
        |next| json!({ "properties": { "a": next } }),
        |next| json!({ "items": next }),
        |next| json!({ "allOf": [next] }),
    ];
    for link in links {
        on_the_stack_of_a_worker(move || {
            let _ = load(&validating(chain(20_000, link)));
        });
    }
}

#[test]
fn nothing_is_told_twice() {
    // Two paths, as one refers to the other.
    let document = json!({ "openapi": "3.0.1", "paths": {
        "/a": { "get": { "x-amazon-apigateway-foo": 1, "responses": {} }, "trace": {} },
        "/b": { "$ref": "#/paths/~1a" },
    } });
    let errors = load(&document).unwrap_err();
    let told: HashSet<_> = errors.iter().map(ToString::to_string).collect();
    assert_eq!(told.len(), errors.len(), "{errors:#?}");
}
