//! Runs `vectors/models.json`: the faults of a value that does not fit a schema, in the words of the validator.

#![expect(clippy::unwrap_used, reason = "clippy takes helpers of tests for production code")]

use std::process::ExitCode;
use std::time::SystemTime;

use s3_edge_gateway::api::Api;
use s3_edge_gateway::api::model::{Model, instance};
use s3_edge_gateway::gateway::deployment::settings::Variables;
use s3_edge_gateway::gateway::{Gateway, Inbound, MethodRequest, Settings};
use s3_edge_gateway_compiler::api_of;
use s3_edge_gateway_compiler::matches;
use serde::Deserialize;
use serde_json::{Value, json};
use test_harness::Trial;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    about: String,
    components: Value,
    vectors: Vec<Vector>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Vector {
    name: String,
    source: String,
    schema: Value,
    /// Values, each with its faults.
    values: Vec<(Value, Vec<String>)>,
    /// The same for values whose spelling matters, as JSON text.
    #[serde(default)]
    texts: Vec<(String, Vec<String>)>,
}

fn main() -> ExitCode {
    let File { about, components, vectors } = test_harness::read("vectors/models.json");
    assert!(!about.is_empty());
    let mut tests: Vec<Trial> =
        vectors.into_iter().map(|vector| faults(vector, components.clone())).collect();
    tests.extend(test_harness::functions![no_request_goes_on_before_its_body_is_validated]);
    test_harness::run(tests)
}

fn faults(vector: Vector, components: Value) -> Trial {
    let Vector { name, source, schema, values, texts } = vector;
    test_harness::test(format!("models::{name}"), move || {
        assert!(!source.is_empty(), "`source` is empty");
        let model = model(&schema, &components);
        let texts =
            texts.into_iter().map(|(text, faults)| (instance::parse(text.as_bytes()).unwrap(), faults));
        for (value, mut expected) in values.into_iter().chain(texts) {
            let mut faults = model.faults(&value, &matches);
            faults.sort();
            expected.sort();
            assert_eq!(faults, expected, "{value}");
        }
    })
}

/// A shell that does not read the body gets an error from the next stage.
fn no_request_goes_on_before_its_body_is_validated() {
    let variable = |name: &str| match name {
        "AWS_ACCESS_KEY_ID" | "AWS_SECRET_ACCESS_KEY" => Some("x".to_owned()),
        "ALLOW_ANONYMOUS_WRITES" => Some("true".to_owned()),
        _ => None,
    };
    let settings = Settings::from_variables(&Variables(&variable)).unwrap();
    let gateway = Gateway::new(api(&json!({ "type": "object" }), &json!({})), settings).unwrap();
    let mut context = gateway.receive(Inbound {
        method: http::Method::PUT,
        path: "/x".to_owned(),
        query: None,
        host: "api.example.com".to_owned(),
        headers: http::HeaderMap::new(),
        request_id: "1".to_owned(),
        source_ip: None,
        time: SystemTime::UNIX_EPOCH,
    });
    context.admit().unwrap();
    assert!(context.looks_into_body().unwrap());
    assert!(MethodRequest::open(&context).is_err());
    assert!(context.look_into(b"[]", &matches).is_err());
    assert!(MethodRequest::open(&context).is_err());
    context.look_into(b"{}", &matches).unwrap();
    assert!(MethodRequest::open(&context).is_ok());
}

/// Returns the model of an operation whose body has the schema.
fn model(schema: &Value, components: &Value) -> Model {
    let api = api(schema, components);
    let method = api.resources.first().and_then(|resource| resource.methods.first()).unwrap();
    method.operation.served().unwrap().validation.models.of(Some("application/json")).unwrap().clone()
}

fn api(schema: &Value, components: &Value) -> Api {
    let document = json!({
        "openapi": "3.0.1",
        "x-amazon-apigateway-request-validators": { "body": { "validateRequestBody": true } },
        "x-amazon-apigateway-request-validator": "body",
        "components": components,
        "paths": { "/x": { "put": {
            "requestBody": { "content": { "application/json": { "schema": schema } } },
            "responses": { "200": {} },
            "x-amazon-apigateway-integration": {
                "type": "aws",
                "httpMethod": "PUT",
                "uri": "arn:aws:apigateway:us-west-2:s3:path/files/key",
                "responses": { "default": { "statusCode": 200 } },
            },
        } } },
    });
    api_of(&serde_json::to_vec(&document).unwrap()).unwrap()
}
