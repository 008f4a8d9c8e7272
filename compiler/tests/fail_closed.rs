//! Damages single values in the security and the resource policy of a document. The document must then have errors, or each
//! operation must keep at least the same security or become unsupported.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "clippy takes helpers of tests for production code"
)]

use s3_edge_gateway::api::{Api, Authorization, ResourcePolicy, Security};
use s3_edge_gateway_compiler::source::Parameters;
use s3_edge_gateway_compiler::{Input, compile};
use serde_json::{Value, json};

/// A document with operations for each kind of security, one operation with the security of the root, and a resource policy.
fn document() -> Value {
    let operation = |security: Value| {
        let mut operation = json!({
            "responses": { "200": {} },
            "x-amazon-apigateway-integration": {
                "type": "mock",
                "requestTemplates": { "application/json": "{\"statusCode\": 200}" },
                "responses": { "default": { "statusCode": "200" } },
            },
        });
        if !security.is_null() {
            operation["security"] = security;
        }
        json!({ "get": operation })
    };
    let mut signed = operation(json!([]));
    signed["get"]["x-amazon-apigateway-auth"] = json!({ "type": "AWS_IAM" });
    json!({
        "openapi": "3.0.1",
        "security": [{ "key": [] }],
        "paths": {
            "/by-root": operation(Value::Null),
            "/key": operation(json!([{ "key": [] }])),
            "/pool": operation(json!([{ "pool": ["files/read"] }])),
            "/pool-and-key": operation(json!([{ "pool": ["files/read"] }, { "key": [] }])),
            "/signed": operation(json!([{ "sigv4": [] }])),
            "/auth": signed,
        },
        "x-amazon-apigateway-policy": {
            "Version": "2012-10-17",
            "Statement": [
                { "Effect": "Allow", "Principal": "*", "Action": "execute-api:Invoke", "Resource": "execute-api:/*" },
                {
                    "Effect": "Deny", "Principal": "*", "Action": "execute-api:Invoke", "Resource": "execute-api:/*",
                    "Condition": { "NotIpAddress": { "aws:SourceIp": "10.0.0.0/8" } },
                },
            ],
        },
        "components": { "securitySchemes": {
            "key": { "type": "apiKey", "in": "header", "name": "x-api-key" },
            "sigv4": {
                "type": "apiKey", "in": "header", "name": "Authorization",
                "x-amazon-apigateway-authtype": "awsSigv4",
            },
            "pool": {
                "type": "apiKey", "in": "header", "name": "Authorization",
                "x-amazon-apigateway-authtype": "cognito_user_pools",
                "x-amazon-apigateway-authorizer": {
                    "type": "cognito_user_pools",
                    "providerARNs": ["arn:aws:cognito-idp:us-west-2:123456789012:userpool/us-west-2_abc"],
                },
            },
        } },
    })
}

fn api(document: &Value) -> Option<Api> {
    let (bytes, parameters) = (serde_json::to_vec(document).unwrap(), Parameters::default());
    let input = Input { bytes: &bytes, notation: None, parameters: &parameters, settings: None };
    compile(&input).document.map(|document| document.api)
}

fn security<'a>(api: &'a Api, path: &str) -> Option<&'a Security> {
    let mut operations = api.operations().filter(|(known, ..)| known.written == path);
    operations.next().and_then(|(_, _, operation)| operation.served()).map(|served| &served.security)
}

/// Returns whether `found` is at least as strict as `expected`: the same kind of authorization, with a scope if `expected` has
/// scopes, and an API key if `expected` has one.
fn restricts_as(found: &Security, expected: &Security) -> bool {
    let same_authorization = match (&found.authorization, &expected.authorization) {
        (Authorization::Token(found), Authorization::Token(expected)) => {
            !found.scopes.is_empty() || expected.scopes.is_empty()
        }
        // Any authorization is at least as strict as none.
        (_, Authorization::None) => true,
        (found, expected) => found == expected,
    };
    same_authorization && (found.api_key == expected.api_key || expected.api_key == Default::default())
}

/// Adds to `places_` the JSON pointer of a value, and the JSON pointers of all values inside this value.
fn places(value: &Value, pointer: String, places_: &mut Vec<String>) {
    match value {
        Value::Object(entries) => {
            for (key, value) in entries {
                places(value, format!("{pointer}/{}", key.replace('~', "~0").replace('/', "~1")), places_);
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                places(item, format!("{pointer}/{index}"), places_);
            }
        }
        _ => {}
    }
    places_.push(pointer);
}

#[test]
fn an_unreadable_value_never_opens_an_operation() {
    let original = document();
    let expected = api(&original).unwrap();
    let paths = ["/by-root", "/key", "/pool", "/pool-and-key", "/signed", "/auth"];
    for path in paths {
        assert!(
            security(&expected, path).is_some_and(|security| !security.is_open()),
            "{path} is not served, or anyone can call it"
        );
    }
    let mut pointers = Vec::new();
    let parts = ["/security", "/x-amazon-apigateway-policy", "/components/securitySchemes"];
    let of_paths = paths.map(|path| format!("/paths/{}/get/security", path.replace('/', "~1")));
    let auth = "/paths/~1auth/get/x-amazon-apigateway-auth".to_owned();
    for part in parts.map(str::to_owned).into_iter().chain(of_paths).chain([auth]) {
        if let Some(value) = original.pointer(&part) {
            places(value, part, &mut pointers);
        }
    }
    assert!(pointers.len() > 50, "{}", pointers.len());
    let values = [
        json!({ "Fn::If": ["Unknown", "a", "b"] }),
        json!({ "Fn::Transform": { "Name": "AWS::Include", "Parameters": { "Location": "s3://a/b" } } }),
        json!({ "Ref": "Unknown" }),
        json!({ "$ref": "./elsewhere.json" }),
        json!({ "$ref": "#/nowhere" }),
        json!(1),
        json!("${var.unknown}"),
        json!(true),
    ];
    let merges = [
        json!(["Unknown", { "type": "x" }, {}]),
        json!({ "Name": "AWS::Include", "Parameters": { "Location": "s3://a/b" } }),
    ];
    for pointer in &pointers {
        for value in &values {
            let mut changed = original.clone();
            *changed.pointer_mut(pointer).unwrap() = value.clone();
            check(&changed, &expected, &format!("{pointer} = {value}"));
        }
        // Adds an unresolved function to the keys of an object.
        for (key, value) in ["Fn::If", "Fn::Transform"].iter().zip(&merges) {
            let mut changed = original.clone();
            if let Some(object) = changed.pointer_mut(pointer).and_then(Value::as_object_mut) {
                object.insert((*key).to_owned(), value.clone());
                check(&changed, &expected, &format!("{pointer} with {key}"));
            }
        }
    }
}

fn check(changed: &Value, expected: &Api, what: &str) {
    let Some(found) = api(changed) else { return };
    let is_policy = what.starts_with("/x-amazon-apigateway-policy");
    if is_policy {
        assert_eq!(found.resource_policy, ResourcePolicy::Present, "{what}");
    }
    for (path, _, operation) in expected.operations() {
        let Some(expected) = operation.served().map(|served| &served.security) else { panic!("{what}") };
        if let Some(found) = security(&found, &path.written) {
            assert!(
                restricts_as(found, expected),
                "{what}: the security of {} is less strict than before: {found:?}",
                path.written
            );
        }
    }
}
