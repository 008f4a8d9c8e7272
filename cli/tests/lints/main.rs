//! Lints about one request, compared with what the gateway does with that request.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "clippy takes helpers of tests for production code"
)]

mod conversions;
mod failures;

use std::time::UNIX_EPOCH;

use http::{HeaderMap, HeaderName, HeaderValue, Method};
use s3_edge_gateway::gateway::settings::Variables;
use s3_edge_gateway::gateway::{Gateway, Inbound, Settings};
use s3_edge_gateway_compiler::finding::Finding;
use s3_edge_gateway_compiler::source::Parameters;
use s3_edge_gateway_compiler::{Input, api_of, compile};
use serde_json::{Value, json};

/// Returns a document with one operation at `/x`, toward S3 unless `integration` says otherwise. Nulls are left out.
fn document(binary_types: &[&str], verb: &str, operation: Value, integration: Value) -> Value {
    let mut whole = json!({
        "type": "aws",
        "httpMethod": verb.to_ascii_uppercase(),
        "uri": "arn:aws:apigateway:us-west-2:s3:path/files/key",
    });
    let entries = integration.as_object().unwrap().clone().into_iter();
    whole.as_object_mut().unwrap().extend(entries.filter(|(_, value)| !value.is_null()));
    let mut node = json!({ "responses": { "200": { "description": "ok" } } });
    node.as_object_mut().unwrap().extend(operation.as_object().unwrap().clone());
    node["x-amazon-apigateway-integration"] = whole;
    json!({
        "openapi": "3.0.1",
        "info": {},
        "x-amazon-apigateway-binary-media-types": binary_types,
        "paths": { "/x": { verb: node } },
    })
}

/// Returns the lints of a document, all of whose operations are served.
fn lints(document: &Value) -> Vec<Finding> {
    let parameters = Parameters::default();
    let bytes = document.to_string();
    let compilation = compile(&Input { bytes: bytes.as_bytes(), notation: None, parameters: &parameters });
    let compiled = compilation.document.unwrap_or_else(|| unreachable!("{:?}", compilation.findings));
    let unsupported: Vec<_> =
        compiled.outline.operations.iter().flat_map(|outline| &outline.reasons).collect();
    assert!(unsupported.is_empty(), "{unsupported:?}");
    compilation.findings
}

/// Returns whether a document has a lint with this code.
fn has_lint(document: &Value, code: &str) -> bool {
    lints(document).iter().any(|finding| finding.code.as_str() == code)
}

fn deploy(document: &Value, compatibility: &str) -> Gateway {
    let variable = |name: &str| match name {
        "AWS_ACCESS_KEY_ID" | "AWS_SECRET_ACCESS_KEY" => Some("AKIDEXAMPLE".to_owned()),
        "COMPATIBILITY" => Some(compatibility.to_owned()),
        "ALLOW_ANONYMOUS_WRITES" => Some("true".to_owned()),
        _ => None,
    };
    let settings = Settings::from_variables(&Variables(&variable)).unwrap();
    Gateway::new(api_of(document.to_string().as_bytes()).unwrap(), settings).unwrap()
}

fn inbound(method: Method, headers: HeaderMap) -> Inbound {
    Inbound {
        method,
        path: "/x".to_owned(),
        query: None,
        host: "api.example.com".to_owned(),
        headers,
        request_id: "1".to_owned(),
        source_ip: None,
        time: UNIX_EPOCH,
    }
}

fn headers(pairs: &[(&str, &str)]) -> HeaderMap {
    let pairs = pairs
        .iter()
        .map(|(name, value)| (HeaderName::try_from(*name).unwrap(), HeaderValue::try_from(*value).unwrap()));
    pairs.collect()
}
