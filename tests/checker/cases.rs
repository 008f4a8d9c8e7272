//! Every case: arguments, variables, the status, and what is printed.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use s3_edge_gateway::check::look::Look;
use serde_json::Value;

use super::{run_in, told};

/// Name of the golden file, arguments, status.
const CASES: &[(&str, &str, u8)] = &[
    ("surprises.txt", "surprises.yaml", 0),
    ("surprises.json", "surprises.yaml --json", 0),
    ("quiet.txt", "quiet.yaml", 0),
    ("quiet.json", "quiet.yaml --json", 0),
    ("broken.txt", "broken.yaml", 1),
    ("broken.json", "--json broken.yaml", 1),
    ("not-json.txt", "not-json.json", 1),
    ("not-yaml.txt", "not-yaml.yaml", 1),
    ("template.txt", "template.yaml", 1),
    ("undeployable.txt", "undeployable.yaml", 1),
    ("sample.txt", "sample-openapi-3.0.json", 0),
    ("file-server.txt", "file-server.json", 0),
    ("statuses.txt", "statuses.json", 0),
    ("tutorial.txt", "tutorial-openapi-3.0.yaml", 0),
    ("validators.txt", "validators.json", 0),
    ("http-warnings.txt", "http-warnings.yaml", 0),
    ("failing.txt", "failing.yaml", 0),
    ("policy-rights.json", "rights.yaml --policy", 0),
    ("policy-sample.json", "sample-openapi-3.0.json --policy", 0),
    ("explain-broken.txt", "broken.yaml --explain GET /c", 1),
    (
        "explain-get.aws.txt",
        "SAMPLE --explain GET /s3?key=files/a.jpg --accept image/webp,*/* --compatibility aws",
        0,
    ),
    (
        "explain-get.edge.txt",
        "SAMPLE --explain GET /s3?key=files/a.jpg --accept image/webp,*/* --compatibility edge",
        0,
    ),
    (
        "explain-put.aws.txt",
        "SAMPLE --explain PUT /v1/s3?key=files/a.jpg --content-type application/json --compatibility aws",
        0,
    ),
    (
        "explain-put.edge.txt",
        "SAMPLE --explain put /v1/s3?key=files/a.jpg --content-type application/json",
        0,
    ),
    (
        "explain-unlisted.aws.txt",
        "SAMPLE --explain GET /s3?key=files/a.png --accept image/jpeg --compatibility aws",
        0,
    ),
    ("explain-unlisted.edge.txt", "SAMPLE --explain GET /s3?key=files/a.png --accept image/jpeg", 0),
    (
        "explain-error.aws.txt",
        "SAMPLE --explain GET /s3?key=files/a.png --status 404 --accept image/jpeg --compatibility aws",
        0,
    ),
    (
        "explain-error.edge.txt",
        "SAMPLE --explain GET /s3?key=files/a.png --status 404 --accept image/jpeg",
        0,
    ),
    ("explain-missing.aws.txt", "SAMPLE --explain GET /s3 --compatibility aws", 0),
    ("explain-missing.edge.txt", "SAMPLE --explain GET /s3", 0),
    ("explain-nowhere.txt", "SAMPLE --explain POST /s3", 0),
    ("explain-token.txt", "quiet.yaml --explain GET /a/b.txt --s3-content-type text/plain --status 206", 0),
    ("explain-key.txt", "quiet.yaml --explain PUT /a/b%20c.txt --content-type text/plain", 0),
    (
        "explain-template.aws.txt",
        "api/openapi.json --explain GET /s3?key=files/a.jpg --accept image/jpeg --compatibility aws",
        0,
    ),
    (
        "explain-template.edge.txt",
        "api/openapi.json --explain GET /s3?key=files/a.jpg --accept application/json",
        0,
    ),
    ("explain-range.aws.txt", "quiet.yaml --explain GET /a.jpg -H 'Range: bytes=0-9' --compatibility aws", 0),
    (
        "explain-range.edge.txt",
        "SAMPLE --explain GET /s3?key=files/a.jpg -H 'Range: bytes=0-9' --accept application/json",
        0,
    ),
    (
        "explain-unmodified.txt",
        "SAMPLE --explain GET /s3?key=files/a.jpg -H 'If-None-Match: \"etag\"' --status 304",
        0,
    ),
    ("explain-large.txt", "SAMPLE --explain PUT /s3?key=files/a.jpg -H 'Content-Length: 50000000'", 0),
    ("explain-listing.txt", "tutorial-openapi-3.0.yaml --explain GET /photos", 0),
    ("explain-delete.txt", "tutorial-openapi-3.0.yaml --explain DELETE /photos/a%2Fb.jpg", 0),
    ("explain-head.txt", "file-server.json --explain HEAD /photos/a.jpg", 0),
    ("explain-acl.txt", "backends.yaml --explain GET /acl/a.jpg", 0),
    (
        "explain-http.aws.txt",
        "backends.yaml --explain GET /items/1?page=2 -H 'X-Trace: a' -H 'x-trace: b' --compatibility aws",
        0,
    ),
    (
        "explain-http.edge.txt",
        "backends.yaml --explain GET /items/1?page=2 --accept image/png --status 404",
        0,
    ),
    (
        "explain-http-bytes.txt",
        "backends.yaml --explain GET /items/1?page=2 --s3-content-type image/webp --accept image/png --compatibility aws",
        0,
    ),
    (
        "explain-http-body.txt",
        "backends.yaml --explain POST /items/1 --content-type application/json --body '{\"name\": \"a\", \"tags\": [\"b\"]}'",
        0,
    ),
    ("explain-http-supposed.txt", "backends.yaml --explain POST /items/1 --content-type application/json", 0),
    (
        "explain-http-invalid.txt",
        "backends.yaml --explain POST /items/1 --content-type application/json --body '{\"tags\": 1}'",
        0,
    ),
    (
        "explain-http-missing.txt",
        "backends.yaml --explain POST /items/1 --content-type text/plain --body x",
        0,
    ),
    (
        "explain-proxy.txt",
        "backends.yaml --explain PUT /proxied/a/b?x=1 -H 'X-Custom: 1' --content-type image/png --status 201",
        0,
    ),
    (
        "explain-mock.txt",
        "backends.yaml --explain OPTIONS /items/1 -H 'Origin: https://example.com' --status 404",
        0,
    ),
    ("explain-mock.aws.txt", "backends.yaml --explain OPTIONS /items/1 --compatibility aws", 0),
    ("explain-get.json", "SAMPLE --explain GET /s3?key=files/a.jpg --accept image/jpeg --json", 0),
    (
        "explain-http.json",
        "backends.yaml --explain POST /items/1 --json --content-type application/json --body '{\"name\": \"a\"}'",
        0,
    ),
    ("explain-proxy.json", "backends.yaml --explain PUT /proxied/a --json", 0),
    ("explain-mock.json", "backends.yaml --explain OPTIONS /items/1 --json", 0),
    ("explain-rejected.json", "SAMPLE --explain GET /s3 --json", 0),
    ("explain-nowhere.json", "SAMPLE --explain GET /nowhere --json", 0),
];

#[test]
fn goldens() {
    let mut red = Vec::new();
    for (name, arguments, status) in CASES {
        let told = told(arguments, &|_| None);
        assert_eq!((told.status, told.err.as_str()), (*status, ""), "{name}: {}", told.err);
        let path = golden(name);
        if std::env::var_os("UPDATE_GOLDEN").is_some() {
            std::fs::write(&path, &told.out).unwrap();
        }
        if std::fs::read_to_string(&path).unwrap_or_default() != told.out {
            red.push(format!("{name}:\n{}", told.out));
        }
    }
    assert!(red.is_empty(), "{}", red.join("\n\n"));
}

/// Without a name it is the embedded document, or that of the variable which the build reads.
#[test]
fn the_document_of_the_build() {
    let embedded = run_in(&[], &|_| None, Look::PLAIN);
    assert!(
        embedded.status == 0 && embedded.out.ends_with("api/openapi.json: no errors, 5 warnings\n"),
        "{}",
        embedded.out
    );
    let quiet = "tests/checker/documents/quiet.yaml";
    let named = run_in(&[], &|name| (name == "API_DEFINITION_PATH").then(|| quiet.to_owned()), Look::PLAIN);
    assert_eq!(named.out, format!("{quiet}: no errors, no warnings\n"));
}

#[test]
fn the_bucket_of_the_deployment() {
    let bucket = |name: &str| (name == "S3_BUCKET").then(|| "photos".to_owned());
    let policy = told("sample-openapi-3.0.json --policy", &bucket);
    let policy: Value = serde_json::from_str(&policy.out).unwrap();
    assert_eq!(policy["Statement"][0]["Resource"], serde_json::json!(["arn:aws:s3:::photos/*"]));
    let explained = told("SAMPLE --explain GET /s3?key=a.jpg", &bucket);
    assert!(explained.out.contains("https://s3.us-west-2.amazonaws.com/photos/a.jpg"), "{}", explained.out);
}

/// What is a bucket to a document may be a key to its deployment.
#[test]
fn the_bucket_of_the_deployment_makes_keys_of_buckets() {
    let bucket = |name: &str| (name == "S3_BUCKET").then(|| "photos".to_owned());
    let codes = |variable| {
        let report: Value = serde_json::from_str(&told("flat.yaml --json", variable).out).unwrap();
        let findings = report["findings"].as_array().unwrap().clone();
        findings.iter().map(|finding| finding["code"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(codes(&|_| None), ["content-type-not-mapped"]);
    assert_eq!(codes(&bucket), ["key-needs-encoded-slash", "content-type-not-mapped", "download-corrupted"]);
}

/// A mock is told of whether or not it can run, and of a key that is there twice the outermost one.
#[test]
fn a_preflight_and_a_key_that_is_there_twice() {
    let report: Value = serde_json::from_str(&told("preflight.json --json", &|_| None).out).unwrap();
    let findings = report["findings"].as_array().unwrap().iter().map(|finding| {
        let text = |key: &str| finding[key].as_str().unwrap().to_owned();
        (text("code"), finding["line"].as_u64().unwrap(), text("pointer"))
    });
    let found: Vec<_> = findings.filter(|(code, ..)| code == "mock-fails" || code == "key-twice").collect();
    let mock = "/paths/~1files/options/x-amazon-apigateway-integration".to_owned();
    let key = "/paths/~1files/get/responses".to_owned();
    assert_eq!(found, [("mock-fails".to_owned(), 10, mock), ("key-twice".to_owned(), 18, key)]);
}

/// Nulls are not there, and `Fn::Sub` of a uri is its text: neither changes what there is to say.
#[test]
fn nulls_and_sub_change_no_surprise() {
    let findings = |edit: &dyn Fn(&mut Value)| {
        let mut document = serde_json::json!({ "openapi": "3.0.1", "paths": { "/x": {
            "post": { "responses": {}, "x-amazon-apigateway-integration": { "type": "mock" } },
            "x-amazon-apigateway-any-method": {
                "responses": { "200": { "description": "200" } },
                "x-amazon-apigateway-integration": {
                    "type": "aws",
                    "httpMethod": "ANY",
                    "uri": "arn:aws:apigateway:${AWS::Region}:s3:path/b/x",
                    "responses": { "default": { "statusCode": "200" } }
                }
            }
        } } });
        edit(&mut document);
        let region = |name: &str| (name == "S3_REGION").then(|| "eu-west-1".to_owned());
        let words = super::words("- --json");
        let told = super::with_input(&words, &region, Look::PLAIN, document.to_string().as_bytes());
        let report: Value = serde_json::from_str(&told.out).unwrap();
        let findings = report["findings"].as_array().unwrap().iter();
        findings.map(|found| ["code", "pointer", "message"].map(|key| found[key].clone())).collect::<Vec<_>>()
    };
    let plain = findings(&|_| {});
    assert!(plain.len() > 3, "{plain:?}");
    let method = "/paths/~1x/x-amazon-apigateway-any-method";
    let at = |document: &mut Value, pointer: &str, key: &str, value: Value| {
        document.pointer_mut(&format!("{method}{pointer}")).unwrap()[key] = value;
    };
    let sub = serde_json::json!({ "Fn::Sub": "arn:aws:apigateway:${AWS::Region}:s3:path/b/x" });
    assert_eq!(findings(&|it| at(it, "/x-amazon-apigateway-integration", "uri", sub.clone())), plain);
    for verb in ["get", "put", "delete"] {
        assert_eq!(findings(&|document| document["paths"]["/x"][verb] = Value::Null), plain, "{verb}");
    }
    for key in ["requestBody", "parameters", "security", "x-amazon-apigateway-auth"] {
        assert_eq!(findings(&|document| at(document, "", key, Value::Null)), plain, "{key}");
    }
    for key in
        ["contentHandling", "requestParameters", "requestTemplates", "passthroughBehavior", "credentials"]
    {
        let null = |it: &mut Value| at(it, "/x-amazon-apigateway-integration", key, Value::Null);
        assert_eq!(findings(&null), plain, "{key}");
    }
    for key in ["contentHandling", "responseParameters", "responseTemplates"] {
        let entry = "/x-amazon-apigateway-integration/responses/default";
        assert_eq!(findings(&|document| at(document, entry, key, Value::Null)), plain, "{key}");
    }
}

/// Every surprise of the table has a document that it is told of.
#[test]
fn every_surprise_has_a_case() {
    let source = std::fs::read_to_string(root().join("src/check/surprise.rs")).unwrap();
    let (_, table) = source.split_once("match self").unwrap();
    let codes: BTreeSet<&str> =
        table.split("told(").skip(1).map(|row| row.split('"').nth(1).unwrap()).collect();
    assert!(codes.len() > 20);
    let told = ["surprises.yaml", "preflight.json", "failing.yaml", "SAMPLE"]
        .map(|name| told(name, &|_| None).out)
        .concat();
    let missing: Vec<_> = codes.iter().filter(|code| !told.contains(&format!("[{code}]"))).collect();
    assert!(missing.is_empty(), "{missing:?}");
}

fn golden(name: &str) -> PathBuf {
    root().join("tests/checker/golden").join(name)
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}
