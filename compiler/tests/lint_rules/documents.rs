//! Checks the lints of whole documents, and their places.

use std::path::Path;

use s3_edge_gateway_compiler::finding::{Code, Place};
use s3_edge_gateway_compiler::lints::lints;
use serde_json::{Value, json};

use super::{compiled, concerns, document, findings, settings, with_code};

fn read(path: &str) -> Vec<u8> {
    std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path)).unwrap()
}

#[test]
fn the_sample_documents_have_lints_only_for_aws() {
    for path in [
        "api/openapi.json",
        "tests/documents/sample-openapi-3.0.json",
        "tests/documents/sample-swagger-2.0.json",
    ] {
        let compilation = compiled(&read(path));
        let for_edge: Vec<_> =
            compilation.findings.iter().filter(|finding| concerns(finding, "edge")).collect();
        assert!(for_edge.is_empty(), "{path}: {for_edge:#?}");
        let codes: Vec<_> = compilation.findings.iter().map(|finding| finding.code).collect();
        for code in [Code::DownloadCorrupted, Code::StoredAsJson, Code::AnonymousWrite] {
            assert!(codes.contains(&code), "{path}: {code}");
        }
    }
}

/// Without settings, the first segment of the path in the uri is the bucket. If the deployment sets `S3_BUCKET`, the segment
/// is part of the key.
#[test]
fn with_s3_bucket_the_whole_path_is_the_key() {
    let mut document = document(
        &[],
        "get",
        json!({ "responses": { "200": {} } }),
        json!({
            "uri": "arn:aws:apigateway:us-west-2:s3:path/{item}",
            "requestParameters": { "integration.request.path.item": "method.request.path.item" },
            "responses": { "200": { "statusCode": "200" }, "default": { "statusCode": "500" } },
        }),
    );
    let item = document["paths"].as_object_mut().unwrap().remove("/x").unwrap();
    document["paths"]["/{item}"] = item;
    let compilation = compiled(document.to_string().as_bytes());
    let compiled = compilation.document.unwrap();
    let codes = |more: &[(&str, &str)]| {
        let found = lints(&compiled, Some(&settings(more)), &|_| Place::START);
        found.iter().map(|finding| finding.code).collect::<Vec<_>>()
    };
    let is_about_keys = |codes: Vec<Code>| {
        [Code::KeyNeedsEncodedSlash, Code::DownloadCorrupted].map(|code| codes.contains(&code))
    };
    assert_eq!(is_about_keys(codes(&[])), [false, false]);
    assert_eq!(is_about_keys(codes(&[("S3_BUCKET", "photos")])), [true, true]);
}

#[test]
fn anonymous_writes_concern_edge_only_if_the_deployment_allows_them() {
    let document = document(
        &["*/*"],
        "put",
        json!({}),
        json!({
            "responses": { "2\\d{2}": { "statusCode": "200" } },
        }),
    );
    let compilation = compiled(document.to_string().as_bytes());
    let compiled = compilation.document.unwrap();
    let for_edge = |more: &[(&str, &str)]| {
        let found = lints(&compiled, Some(&settings(more)), &|_| Place::START);
        let writes = with_code(&found, Code::AnonymousWrite);
        assert_eq!(writes.len(), 1);
        concerns(writes[0], "edge")
    };
    assert!(!for_edge(&[]));
    assert!(for_edge(&[("ALLOW_ANONYMOUS_WRITES", "true")]));
}

#[test]
fn lints_have_the_place_of_their_pointer() {
    let yaml = r#"openapi: 3.0.1
x-amazon-apigateway-binary-media-types: ["*/*"]
paths:
  /files/{item}:
    get:
      responses: { "200": { description: ok } }
      x-amazon-apigateway-integration:
        type: aws
        httpMethod: GET
        uri: arn:aws:apigateway:us-west-2:s3:path/files/{key}
        requestParameters:
          integration.request.path.key: method.request.path.item
        responses:
          "200": { statusCode: "200" }
          "40": { statusCode: "200" }
"#;
    let findings = compiled(yaml.as_bytes()).findings;
    let integration = "/paths/~1files~1{item}/get/x-amazon-apigateway-integration";
    for (code, pointer, line, column) in [
        (
            Code::KeyNeedsEncodedSlash,
            format!("{integration}/requestParameters/integration.request.path.key"),
            12,
            11,
        ),
        (Code::PatternMatchesNothing, format!("{integration}/responses/40"), 15, 11),
        (Code::StatusNotTaken, format!("{integration}/responses"), 13, 9),
    ] {
        let found = with_code(&findings, code);
        let found: Vec<_> = found.iter().map(|found| (found.pointer.as_str(), found.place)).collect();
        assert_eq!(found, [(pointer.as_str(), Place { line, column })], "{code}");
    }
    assert!(findings.is_sorted_by_key(|finding| finding.place));
}

#[test]
fn a_document_with_errors_has_no_lints() {
    let findings = compiled(br#"{"openapi": "3.1", "paths": []}"#).findings;
    assert_eq!(findings.iter().map(|finding| finding.code).collect::<Vec<_>>(), [Code::DocumentType]);
}

/// The only finding, [`Code::NothingServed`], is about the whole document.
#[test]
fn unsupported_operations_have_no_lints() {
    let document = document(
        &["*/*"],
        "put",
        json!({}),
        json!({
            "requestTemplates": { "application/json": "#set($x = 1)" },
            "responses": { "default": { "statusCode": "200" } },
        }),
    );
    let compilation = compiled(document.to_string().as_bytes());
    let codes: Vec<_> = compilation.findings.iter().map(|finding| finding.code).collect();
    assert_eq!(codes, [Code::NothingServed]);
}

/// A null value counts as absent.
#[test]
fn null_values_do_not_change_the_lints() {
    let lints_of = |edit: &dyn Fn(&mut Value)| {
        let mut document = json!({ "openapi": "3.0.1", "paths": { "/x": {
            "post": { "responses": { "200": {} }, "x-amazon-apigateway-integration": { "type": "mock" } },
            "x-amazon-apigateway-any-method": {
                "responses": { "200": { "description": "200" } },
                "x-amazon-apigateway-integration": {
                    "type": "aws",
                    "httpMethod": "ANY",
                    "uri": "arn:aws:apigateway:us-west-2:s3:path/b/x",
                    "responses": { "default": { "statusCode": "200" } }
                }
            }
        } } });
        edit(&mut document);
        let found = findings(&document);
        found.into_iter().map(|found| (found.code, found.pointer, found.message)).collect::<Vec<_>>()
    };
    let plain = lints_of(&|_| {});
    assert!(plain.len() > 3, "{plain:?}");
    let method = "/paths/~1x/x-amazon-apigateway-any-method";
    let set_null = |document: &mut Value, pointer: &str, key: &str| {
        document.pointer_mut(&format!("{method}{pointer}")).unwrap()[key] = Value::Null;
    };
    for verb in ["get", "put", "delete"] {
        assert_eq!(lints_of(&|document| document["paths"]["/x"][verb] = Value::Null), plain, "{verb}");
    }
    for key in ["requestBody", "parameters", "security", "x-amazon-apigateway-auth"] {
        assert_eq!(lints_of(&|document| set_null(document, "", key)), plain, "{key}");
    }
    for key in
        ["contentHandling", "requestParameters", "requestTemplates", "passthroughBehavior", "credentials"]
    {
        let null = |document: &mut Value| set_null(document, "/x-amazon-apigateway-integration", key);
        assert_eq!(lints_of(&null), plain, "{key}");
    }
    for key in ["contentHandling", "responseParameters", "responseTemplates"] {
        let entry = "/x-amazon-apigateway-integration/responses/default";
        assert_eq!(lints_of(&|document| set_null(document, entry, key)), plain, "{key}");
    }
}
