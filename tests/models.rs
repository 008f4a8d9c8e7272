//! Models of bodies against `vectors/models.json`: what of a value does not fit a schema, in which words.

#![expect(clippy::unwrap_used, reason = "clippy takes helpers of tests for production code")]

use std::path::Path;

use s3_edge_gateway::api::Api;
use s3_edge_gateway::api::integration::match_statuses;
use s3_edge_gateway::api::model::{Model, matches};
use serde::Deserialize;
use serde_json::{Value, json};

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
    /// Each with its faults.
    values: Vec<(Value, Vec<String>)>,
}

#[test]
fn faults() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors/models.json");
    let file: File = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    assert!(!file.about.is_empty());
    let mut red = Vec::new();
    for Vector { name, source, schema, values } in file.vectors {
        assert!(!source.is_empty(), "{name} has no source");
        let model = model(&schema, &file.components);
        for (value, expected) in values {
            let mut told = model.faults(&value, &matches);
            told.sort();
            let mut expected = expected.clone();
            expected.sort();
            if told != expected {
                red.push(format!("{name}: {value}: {told:#?}"));
            }
        }
    }
    assert!(red.is_empty(), "{}", red.join("\n"));
}

/// The model of an operation whose body has the schema.
fn model(schema: &Value, components: &Value) -> Model {
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
                "uri": "arn:aws:apigateway:us-west-2:s3:path/files/key",
                "responses": { "default": { "statusCode": 200 } },
            },
        } } },
    });
    let api = Api::from_openapi(&serde_json::to_vec(&document).unwrap(), &match_statuses).unwrap();
    let method = api.resources.first().and_then(|resource| resource.methods.first()).unwrap();
    method.validation.models.of(Some("application/json")).unwrap().clone()
}
