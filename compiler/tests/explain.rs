//! Compares explanations of requests with the files in `explain/golden`.
//!
//! `UPDATE=1 cargo test -p s3-edge-gateway-compiler --test explain` writes the files; review them before they are
//! committed.

#![expect(clippy::unwrap_used, clippy::panic, reason = "clippy takes helpers of tests for production code")]

use std::path::{Path, PathBuf};

use bytes::Bytes;
use http::StatusCode;
use s3_edge_gateway_compiler::compilation::CompiledDocument;
use s3_edge_gateway_compiler::explain::explanation::Explanation;
use s3_edge_gateway_compiler::explain::{ExampleRequest, example_settings, explain, text};
use s3_edge_gateway_compiler::source::{Notation, Parameters};
use s3_edge_gateway_compiler::{Input, compile};
use s3_edge_gateway_testing::headers;

type Pairs = &'static [(&'static str, &'static str)];

/// One request, and the document that it is for.
#[derive(Clone, Copy)]
struct Case {
    /// The golden file: `.txt` for text, `.json` for JSON.
    golden: &'static str,
    document: &'static str,
    request: &'static str,
    headers: Pairs,
    body: Option<&'static str>,
    status: Option<u16>,
    response_type: Option<&'static str>,
    variables: Pairs,
}

const SAMPLE: &str = "tests/documents/sample-openapi-3.0.json";
const TUTORIAL: &str = "tests/documents/tutorial-openapi-3.0.yaml";
const FILE_SERVER: &str = "tests/documents/file-server.json";
const TEMPLATES: &str = "api/openapi.json";
const BACKENDS: &str = "compiler/tests/explain/documents/backends.yaml";
const CONDITIONAL: &str = "compiler/tests/explain/documents/conditional.yaml";
const RESOURCE_POLICY: &str = "compiler/tests/explain/documents/resource-policy.yaml";
const ONE_ENTRY: &str = "compiler/tests/explain/documents/one-entry.yaml";

const AWS: Pairs = &[("COMPATIBILITY", "aws")];
const PASSTHROUGH: Pairs = &[("PASSTHROUGH_URL", "https://original.example.com/prod")];
const PASSTHROUGH_UNKNOWN: Pairs =
    &[("PASSTHROUGH_URL", "https://original.example.com/prod"), ("PASSTHROUGH_UNKNOWN", "true")];
const ISSUER: Pairs = &[(
    "JWT_ISSUERS",
    r#"{"sign-in": {"issuer": "https://issuer.example.com", "audience": ["a"], "jwks_uri": "https://issuer.example.com/keys"}}"#,
)];
const JSON: Pairs = &[("content-type", "application/json")];

const PLAIN: Case = Case {
    golden: "",
    document: SAMPLE,
    request: "GET /s3?key=files/a.jpg",
    headers: &[],
    body: None,
    status: None,
    response_type: None,
    variables: &[],
};

const WEBP: Pairs = &[("accept", "image/webp,*/*")];
const HTML: Pairs = &[("accept", "text/html")];
const JPEG: Pairs = &[("accept", "image/jpeg")];
const GET_PNG: Case = Case { request: "GET /s3?key=files/a.png", headers: JPEG, ..PLAIN };
const PUT: Case = Case { request: "PUT /v1/s3?key=files/a.jpg", headers: JSON, ..PLAIN };
const ITEM: Case = Case { document: BACKENDS, request: "GET /items/1?page=2", ..PLAIN };
const POST_ITEM: Case = Case { request: "POST /items/1", headers: JSON, ..ITEM };
const MOCK: Case = Case { request: "OPTIONS /items/1", ..ITEM };
const PRIVATE: Case = Case { document: CONDITIONAL, request: "GET /files/a/b.txt", ..PLAIN };
const LAMBDA: Case = Case { request: "POST /orders?a=1", ..PRIVATE };
const PART: Case =
    Case { document: ONE_ENTRY, request: "GET /a.jpg", headers: &[("range", "bytes=0-1")], ..PLAIN };
const POLICY: Case = Case { document: RESOURCE_POLICY, request: "GET /a.jpg", ..PLAIN };

const CASES: &[Case] = &[
    Case { golden: "get.aws.txt", headers: WEBP, variables: AWS, ..PLAIN },
    Case { golden: "get.edge.txt", headers: WEBP, ..PLAIN },
    Case { golden: "put.aws.txt", variables: AWS, ..PUT },
    Case { golden: "put.edge.txt", ..PUT },
    Case { golden: "put-allowed.txt", variables: &[("ALLOW_ANONYMOUS_WRITES", "true")], ..PUT },
    Case { golden: "unlisted.aws.txt", variables: AWS, ..GET_PNG },
    Case { golden: "unlisted.edge.txt", ..GET_PNG },
    Case { golden: "error.aws.txt", status: Some(404), variables: AWS, ..GET_PNG },
    Case { golden: "error.edge.txt", status: Some(404), ..GET_PNG },
    Case { golden: "missing.aws.txt", request: "GET /s3", variables: AWS, ..PLAIN },
    Case { golden: "missing.edge.txt", request: "GET /s3", ..PLAIN },
    Case { golden: "unknown.txt", request: "POST /s3", ..PLAIN },
    Case { golden: "unknown-with-passthrough-url.txt", request: "POST /s3", variables: PASSTHROUGH, ..PLAIN },
    Case { golden: "unknown-passed.txt", request: "POST /s3", variables: PASSTHROUGH_UNKNOWN, ..PLAIN },
    Case { golden: "issuer-missing.txt", ..PRIVATE },
    Case {
        golden: "token.txt",
        response_type: Some("text/plain"),
        status: Some(206),
        variables: ISSUER,
        ..PRIVATE
    },
    Case {
        golden: "key.txt",
        request: "PUT /files/b%20c.txt",
        headers: &[("content-type", "text/plain")],
        ..PRIVATE
    },
    Case { golden: "region-missing.txt", request: "GET /here/a.jpg", ..PRIVATE },
    Case {
        golden: "region.txt",
        request: "GET /here/a.jpg",
        variables: &[("S3_REGION", "eu-west-1")],
        ..PRIVATE
    },
    Case { golden: "stage-variable-missing.txt", request: "GET /stage/a.jpg", ..PRIVATE },
    Case {
        golden: "stage-variable.txt",
        request: "GET /stage/a.jpg",
        variables: &[("STAGE_VARIABLES", r#"{"bucket": "photos"}"#)],
        ..PRIVATE
    },
    Case { golden: "lambda.txt", ..LAMBDA },
    Case { golden: "lambda-passed.txt", variables: PASSTHROUGH, ..LAMBDA },
    Case { golden: "lambda-signed.txt", request: "DELETE /orders", variables: PASSTHROUGH, ..LAMBDA },
    Case { golden: "lambda-signed-alone.txt", request: "DELETE /orders", ..LAMBDA },
    Case {
        golden: "lambda-loop.txt",
        headers: &[("x-s3-edge-gateway-hop", "1")],
        variables: PASSTHROUGH,
        ..LAMBDA
    },
    Case {
        golden: "lambda-websocket.txt",
        request: "POST /orders",
        headers: &[("connection", "Upgrade"), ("upgrade", "websocket")],
        variables: PASSTHROUGH,
        ..LAMBDA
    },
    Case { golden: "resource-policy.txt", ..POLICY },
    Case { golden: "resource-policy-ignored.txt", variables: &[("RESOURCE_POLICY", "ignore")], ..POLICY },
    Case { golden: "template.aws.txt", document: TEMPLATES, headers: JPEG, variables: AWS, ..PLAIN },
    Case {
        golden: "template.edge.txt",
        document: TEMPLATES,
        headers: &[("accept", "application/json")],
        ..PLAIN
    },
    Case {
        golden: "range.edge.txt",
        headers: &[("range", "bytes=0-9"), ("accept", "application/json")],
        ..PLAIN
    },
    Case { golden: "unmodified.txt", headers: &[("if-none-match", "\"etag\"")], status: Some(304), ..PLAIN },
    Case { golden: "one-entry-206.txt", status: Some(206), ..PART },
    Case { golden: "one-entry-412.txt", headers: &[("if-match", "\"other\"")], status: Some(412), ..PART },
    Case { golden: "one-entry-416.txt", status: Some(416), ..PART },
    Case { golden: "one-entry-206-without-range.txt", headers: &[], status: Some(206), ..PART },
    Case { golden: "pattern-206-without-range.txt", status: Some(206), headers: JPEG, ..PLAIN },
    Case { golden: "template-of-another-type.txt", request: "GET /templates/a.jpg", headers: &[], ..PART },
    Case { golden: "template-for-bytes.txt", request: "GET /templates/a.jpg", headers: HTML, ..PART },
    Case { golden: "multipart.txt", headers: &[("content-length", "50000000")], ..PUT },
    Case { golden: "listing.txt", document: TUTORIAL, request: "GET /photos", ..PLAIN },
    Case { golden: "delete.txt", document: TUTORIAL, request: "DELETE /photos/a%2Fb.jpg", ..PLAIN },
    Case { golden: "head.txt", document: FILE_SERVER, request: "HEAD /photos/a.jpg", ..PLAIN },
    Case { golden: "acl.txt", request: "GET /acl/a.jpg", ..ITEM },
    Case { golden: "http.aws.txt", headers: &[("X-Trace", "a"), ("x-trace", "b")], variables: AWS, ..ITEM },
    Case { golden: "http.edge.txt", headers: &[("accept", "image/png")], status: Some(404), ..ITEM },
    Case {
        golden: "http-bytes.txt",
        headers: &[("accept", "image/png")],
        response_type: Some("image/webp"),
        variables: AWS,
        ..ITEM
    },
    Case { golden: "http-body.txt", body: Some(r#"{"name": "a", "tags": ["b"]}"#), ..POST_ITEM },
    Case { golden: "http-supposed.txt", ..POST_ITEM },
    Case { golden: "http-invalid.txt", body: Some(r#"{"tags": 1}"#), ..POST_ITEM },
    Case {
        golden: "http-missing.txt",
        body: Some("x"),
        headers: &[("content-type", "text/plain")],
        ..POST_ITEM
    },
    Case {
        golden: "proxy.txt",
        request: "PUT /proxied/a/b?x=1",
        headers: &[("X-Custom", "1"), ("content-type", "image/png")],
        status: Some(201),
        ..ITEM
    },
    Case { golden: "mock.txt", headers: &[("Origin", "https://example.com")], status: Some(404), ..MOCK },
    Case { golden: "mock.aws.txt", variables: AWS, ..MOCK },
    Case { golden: "get.json", headers: JPEG, ..PLAIN },
    Case { golden: "http.json", body: Some(r#"{"name": "a"}"#), ..POST_ITEM },
    Case { golden: "proxy.json", request: "PUT /proxied/a", ..ITEM },
    Case { golden: "mock.json", ..MOCK },
    Case { golden: "rejected.json", request: "GET /s3", ..PLAIN },
    Case { golden: "unknown.json", request: "GET /unknown", ..PLAIN },
    Case { golden: "lambda.json", ..LAMBDA },
    Case { golden: "region-missing.json", request: "GET /here/a.jpg", ..PRIVATE },
    Case { golden: "lambda-passed.json", variables: PASSTHROUGH, ..LAMBDA },
];

#[test]
fn explanations_match_their_golden_files() {
    let mut differing = Vec::new();
    for case in CASES {
        let explanation = explained(case).unwrap_or_else(|errors| panic!("{}: {errors:?}", case.golden));
        let written = match case.golden.ends_with(".json") {
            true => format!("{:#}\n", serde_json::to_value(&explanation).unwrap()),
            false => text::plain(&explanation),
        };
        let path = root().join("compiler/tests/explain/golden").join(case.golden);
        if std::env::var_os("UPDATE").is_some() {
            std::fs::write(&path, &written).unwrap();
        }
        if std::fs::read_to_string(&path).unwrap_or_default() != written {
            differing.push(format!("{}:\n{written}", case.golden));
        }
    }
    let hint = "These explanations differ from their golden files. If the changes are intended, run the test with UPDATE=1.";
    assert!(differing.is_empty(), "{hint}\n{}", differing.join("\n"));
}

#[test]
fn the_bucket_of_the_deployment_is_in_the_url() {
    let explanation = explained(&Case { variables: &[("S3_BUCKET", "photos")], ..PLAIN }).unwrap();
    let text = text::plain(&explanation);
    assert!(text.contains("https://s3.us-west-2.amazonaws.com/photos/files/a.jpg"), "{text}");
}

#[test]
fn settings_that_are_malformed_or_do_not_fit_the_document_are_errors() {
    let unused = explained(&Case { variables: ISSUER, ..PLAIN });
    assert!(unused.unwrap_err().concat().contains("JWT_ISSUERS"));
    let malformed = example_settings(&|name| (name == "S3_BUCKET").then(|| "No Bucket".to_owned()));
    assert!(malformed.unwrap_err().concat().contains("S3_BUCKET"));
}

#[test]
fn control_characters_are_replaced() {
    let explanation = explained(&Case { request: "GET /s3?key=\u{1b}[31m", ..PLAIN }).unwrap();
    assert!(!text::plain(&explanation).contains('\u{1b}'));
}

fn explained(case: &Case) -> Result<Explanation, Vec<String>> {
    let (method, path) = case.request.split_once(' ').unwrap();
    let example = ExampleRequest {
        method: method.parse().unwrap(),
        path: path.to_owned(),
        headers: headers(case.headers),
        body: case.body.map(|body| Bytes::from_static(body.as_bytes())),
        status: case.status.map(|status| StatusCode::from_u16(status).unwrap()),
        response_type: case.response_type.map(str::to_owned),
    };
    let variable = |name: &str| {
        case.variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
    };
    explain(&compiled(case.document), &example, example_settings(&variable)?)
}

fn compiled(path: &str) -> CompiledDocument {
    let bytes = std::fs::read(root().join(path)).unwrap();
    let parameters = Parameters::default();
    let compilation = compile(&Input {
        bytes: &bytes,
        notation: Notation::of_file_name(path),
        parameters: &parameters,
        settings: None,
    });
    compilation.document.unwrap_or_else(|| panic!("{path}: {:?}", compilation.findings))
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}
