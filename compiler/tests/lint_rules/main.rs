//! Compares the lints of a document with the responses of the gateway for the same document.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "clippy takes helpers of tests for production code"
)]

mod bodies;
mod documents;
mod failures;
mod statuses;

use http::{Method, StatusCode};
use s3_edge_gateway::gateway::deployment::settings::Variables;
use s3_edge_gateway::gateway::{Gateway, Settings};
use s3_edge_gateway_compiler::finding::{Behaviours, Code, Finding};
use s3_edge_gateway_compiler::source::Parameters;
use s3_edge_gateway_compiler::{Compilation, Input, api_of, compile};
use s3_edge_gateway_testing::{Answer, ClientRequest, Served, headers, serve_request};
use serde_json::{Value, json};

/// Returns a document with one operation at `/x`. The backend is S3 unless the integration has another type. Keys of
/// `integration` with the value null are left out.
fn document(list: &[&str], verb: &str, operation: Value, integration: Value) -> Value {
    let mut whole = json!({
        "type": "aws",
        "httpMethod": verb.to_ascii_uppercase(),
        "uri": "arn:aws:apigateway:us-west-2:s3:path/files/key",
    });
    let is_there = |(_, value): &(String, Value)| !value.is_null();
    let integration = integration.as_object().unwrap().clone().into_iter().filter(is_there);
    whole.as_object_mut().unwrap().extend(integration);
    let mut node = json!({ "responses": { "200": { "description": "ok" } } });
    node.as_object_mut().unwrap().extend(operation.as_object().unwrap().clone());
    node["x-amazon-apigateway-integration"] = whole;
    json!({
        "openapi": "3.0.1",
        "info": {},
        "x-amazon-apigateway-binary-media-types": list,
        "paths": { "/x": { verb: node } },
    })
}

fn compiled(bytes: &[u8]) -> Compilation {
    compile(&Input { bytes, notation: None, parameters: &Parameters::default(), settings: None })
}

/// Compiles a document, and returns its findings. All operations must be served.
fn findings(document: &Value) -> Vec<Finding> {
    let compilation = compiled(document.to_string().as_bytes());
    let reports = compilation.document.as_ref().unwrap().operations(None);
    let reasons: Vec<_> = reports.iter().flat_map(|report| &report.reasons).collect();
    assert!(reasons.is_empty(), "{reasons:#?}");
    compilation.findings
}

fn with_code(findings: &[Finding], code: Code) -> Vec<&Finding> {
    findings.iter().filter(|finding| finding.code == code).collect()
}

fn concerns(finding: &Finding, compatibility: &str) -> bool {
    match finding.behaviours {
        Behaviours::Both => true,
        Behaviours::Edge => compatibility == "edge",
        Behaviours::Aws => compatibility == "aws",
    }
}

/// Returns whether the document has a lint with this code for this behaviour.
fn is_reported(document: &Value, code: Code, compatibility: &str) -> bool {
    with_code(&findings(document), code).into_iter().any(|finding| concerns(finding, compatibility))
}

fn settings(more: &[(&str, &str)]) -> Settings {
    let variable = |name: &str| match name {
        "AWS_ACCESS_KEY_ID" | "AWS_SECRET_ACCESS_KEY" => Some("AKIDEXAMPLE".to_owned()),
        name => more.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned()),
    };
    Settings::from_variables(&Variables(&variable)).unwrap()
}

fn deploy(document: &Value, compatibility: &str) -> Gateway {
    let api = api_of(document.to_string().as_bytes()).unwrap();
    let settings = settings(&[("COMPATIBILITY", compatibility), ("ALLOW_ANONYMOUS_WRITES", "true")]);
    Gateway::new(api, settings).unwrap()
}

fn request(method: Method, sent: &[(&str, &str)], body: &[u8]) -> ClientRequest {
    ClientRequest { headers: headers(sent), body: body.to_vec(), ..ClientRequest::new(method, "/x") }
}

/// Serves a request. The backend responds to it with this status, this media type and this body.
fn serve(
    gateway: &Gateway,
    request: &ClientRequest,
    status: StatusCode,
    content_type: &str,
    body: &[u8],
) -> Served {
    let length = body.len().to_string();
    let headers = headers(&[("content-type", content_type), ("content-length", &length)]);
    let answer = Answer { status, headers, body: body.to_vec(), breaks_off: false };
    serve_request(gateway, request, |_| Ok(answer.clone()))
}

/// Returns whether the gateway rejects a request, before or after its backend responds.
fn is_rejected(served: &Served) -> bool {
    served.log.as_ref().unwrap().error.is_some()
}
