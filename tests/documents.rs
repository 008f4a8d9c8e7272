//! Documents without faults, and the APIs that they compile to. `broken_documents` has the documents with faults.

#![expect(clippy::unwrap_used, reason = "clippy checks the helper functions of tests as production code")]

use std::path::{Path, PathBuf};

use s3_edge_gateway::api::media_type::{BinaryMediaTypes, Listed};
use s3_edge_gateway::api::{Api, BasePath};
use s3_edge_gateway::gateway::deployment::settings::Variables;
use s3_edge_gateway::gateway::{Gateway, Settings};
use s3_edge_gateway_compiler::api_of;
use s3_edge_gateway_compiler::finding::Finding;
use s3_edge_gateway_testing::{Answer, ClientRequest, serve_request};
use serde_json::{Value, json};

fn folder(name: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join(name);
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<_> = entries.filter(|path| path.is_file()).collect();
    files.sort();
    files
}

/// Returns the text of a file of `tests/documents`.
fn text(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/documents").join(name);
    std::fs::read_to_string(path).unwrap()
}

/// Returns a JSON file of `tests/documents`.
fn read(name: &str) -> Value {
    serde_json::from_str(&text(name)).unwrap()
}

fn load_value(document: &Value) -> Result<Api, Vec<Finding>> {
    load(&serde_json::to_vec(document).unwrap())
}

fn load(document: &[u8]) -> Result<Api, Vec<Finding>> {
    api_of(document)
}

#[test]
fn documents_without_faults_compile() {
    let mut files = folder("documents");
    files.push(Path::new(env!("CARGO_MANIFEST_DIR")).join("api/openapi.json"));
    files.retain(|path| path.extension().is_some_and(|extension| extension == "json"));
    assert!(files.len() > 8);
    for path in files {
        let loaded = load(&std::fs::read(&path).unwrap());
        let api = loaded.unwrap_or_else(|errors| panic!("{}: {errors:#?}", path.display()));
        assert!(!api.resources.is_empty(), "{}", path.display());
        let deployed = deploy(api, &FOR_ALL);
        assert!(deployed.is_ok(), "{}: {:?}", path.display(), deployed.err());
    }
}

#[test]
fn both_versions_of_the_sample_are_the_same_api() {
    let read = |name: &str| {
        let text = std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/documents").join(name));
        load(&text.unwrap()).unwrap()
    };
    let (new, old) = (read("sample-openapi-3.0.json"), read("sample-swagger-2.0.json"));
    assert_eq!(format!("{new:#?}"), format!("{old:#?}"));
    assert_eq!(new.base_path, BasePath::literal("/v1"));
    let paths: Vec<_> = new.resources.iter().map(|resource| resource.path.written.as_str()).collect();
    assert_eq!(paths, ["/s3"]);
}

#[test]
fn base_paths_of_both_versions_are_read() {
    for (root, expected) in [
        (json!({}), ""),
        (json!({ "basePath": "/" }), ""),
        (json!({ "basePath": "/v1/" }), "/v1"),
        (json!({ "servers": [] }), ""),
        (json!({ "servers": [{ "url": "https://api.example.com" }] }), ""),
        (json!({ "servers": [{ "url": "https://api.example.com/base-url/part/" }] }), "/base-url/part"),
        (json!({ "servers": [{ "url": "/relative" }, { "url": "/second" }] }), "/relative"),
        (
            json!({ "servers": [{ "url": "{where}/{stage}/x", "variables": {
                "where": { "default": "https://a.example/api" }, "stage": { "default": "v2" } } }] }),
            "/api/v2/x",
        ),
        (
            json!({ "servers": [{ "url": "https://a/x", "variables": { "basePath": { "default": "v1" } } }] }),
            "/v1",
        ),
    ] {
        let version = if root.get("basePath").is_some() { ("swagger", "2.0") } else { ("openapi", "3.0.1") };
        let mut document = json!({ "paths": {} });
        document[version.0] = json!(version.1);
        document.as_object_mut().unwrap().extend(root.as_object().unwrap().clone());
        let api = load(&serde_json::to_vec(&document).unwrap()).unwrap();
        assert_eq!(api.base_path, BasePath::literal(expected), "{root}");
    }
}

/// Observed on API Gateway on 2025-01-29 (LocalStack snapshot `test_apigateway_lambda::test_aws_proxy_binary_response`). Letter case
/// and an absent header are not in the snapshot.
#[test]
fn binary_media_types_match_the_first_type_of_the_accept_header() {
    for (list, header, expected) in [
        (&["image/png"][..], Some("image/png"), Listed::Yes),
        (&["image/png"], Some("image/png; q=0.8"), Listed::Yes),
        (&["image/png"], Some("image/png,text/html"), Listed::Yes),
        (&["image/png"], Some("IMAGE/PNG"), Listed::Yes),
        (&["Image/Png"], Some("image/png"), Listed::Yes),
        (&["image/png"], Some("text/html,image/png"), Listed::No),
        (&["image/png"], Some("image/*"), Listed::No),
        (&["image/png"], Some("*/*"), Listed::No),
        (&["image/png"], Some("image/png2"), Listed::No),
        (&["image/png"], Some("image"), Listed::No),
        (&["image/png"], Some(""), Listed::No),
        (&["image/png"], None, Listed::No),
        (&["image/*"], Some("image/webp"), Listed::Yes),
        (&["image/*"], Some("image/*"), Listed::Yes),
        (&["image/*"], Some("application/image"), Listed::No),
        (&["*/test"], Some("x/test"), Listed::No),
        (&["*/test"], Some("*/test"), Listed::No),
        (&["*/*"], Some("anything/at-all"), Listed::Yes),
        (&["*/*"], Some("no slash"), Listed::Yes),
        (&["*/*"], None, Listed::Yes),
        (&["text/css", "*/*"], None, Listed::Yes),
        (&["no slash", "a/b"], Some("a/b"), Listed::Yes),
        (&[], Some("image/png"), Listed::No),
    ] {
        let list = BinaryMediaTypes::from_entries(list.iter().copied());
        assert_eq!(list.lists(header), expected, "{header:?} in {list:?}");
    }
}

/// Sends a request without a body, and returns the causes in the log if the operation is not served.
fn not_served(api: Api, variables: &[(&str, &str)], method: &str, path: &str) -> Option<Vec<String>> {
    let gateway = deploy(api, variables).unwrap();
    let request = ClientRequest::new(method.parse().unwrap(), path);
    let log = serve_request(&gateway, &request, |_| Ok(Answer::default())).log.unwrap();
    (log.message.as_deref() == Some("Not implemented at the edge")).then_some(log.causes)
}

#[test]
fn an_operation_that_cannot_be_served_stops_no_other() {
    let integration = |uri: &str| {
        json!({ "responses": { "200": {} }, "x-amazon-apigateway-integration": {
            "type": "aws", "httpMethod": "GET", "uri": uri, "responses": { "default": { "statusCode": 200 } } } })
    };
    let document = json!({ "openapi": "3.0.1", "paths": {
        "/moon": { "get": integration("arn:aws-moon:apigateway:us-west-2:s3:path/files/key") },
        "/fine": { "get": integration("arn:aws-cn:apigateway:cn-north-1:s3:path/files/key") },
        "/region": { "put": integration("arn:aws:apigateway:xn--region:s3:path/files/key") },
    } });
    let api = load(&serde_json::to_vec(&document).unwrap()).unwrap();
    let causes =
        |method: &str, path: &str| not_served(api.clone(), &[], method, path).map(|causes| causes.join("; "));
    assert_eq!(causes("GET", "/fine"), None);
    let moon = causes("GET", "/moon").unwrap();
    assert!(
        moon.contains("`aws-moon` of the integration's `uri` is not valid: the partition is not one of aws, aws-cn, aws-eusc, aws-us-gov"),
        "{moon}"
    );
    let region = causes("PUT", "/region").unwrap();
    assert!(region.contains("a region consists of 1 to 63 letters, digits, '-' and '_'"), "{region}");
}

/// The settings that the documents of `tests/documents` need, except for access keys.
const FOR_ALL: [(&str, &str); 3] = [
    ("S3_REGION", "us-west-2"),
    ("STAGE_VARIABLES", r#"{"bucket": "files"}"#),
    ("JWT_ISSUERS", r#"{"token": {"issuer": "https://i.example", "jwks_uri": "https://i.example/keys"}}"#),
];

fn deploy(api: Api, variables: &[(&str, &str)]) -> Result<Gateway, Vec<String>> {
    // `JWT_ISSUERS` with an authorizer that the document does not have is an error.
    let has_authorizer = format!("{api:?}").contains("scheme: \"token\"");
    let variable = |name: &str| match name {
        "AWS_ACCESS_KEY_ID" | "AWS_SECRET_ACCESS_KEY" => Some("x".to_owned()),
        "JWT_ISSUERS" if !has_authorizer => None,
        _ => variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned()),
    };
    let settings = Settings::from_variables(&Variables(&variable)).unwrap();
    Gateway::new(api, settings).map_err(|errors| errors.iter().map(ToString::to_string).collect())
}

#[test]
fn the_tutorial_api_is_the_same_in_json_and_in_yaml() {
    let json = load_value(&read("tutorial-swagger-2.0.json")).unwrap();
    let yaml = load(text("tutorial-openapi-3.0.yaml").as_bytes()).unwrap();
    assert_eq!(format!("{json:#?}"), format!("{yaml:#?}"));
    assert_eq!(json.base_path, BasePath::literal("/archive"));
    assert_eq!(json.resources.iter().map(|resource| resource.methods.len()).sum::<usize>(), 8);
}

/// The sample after "Enable CORS" in the console, exported as OpenAPI 3.0 and as Swagger 2.0.
#[test]
fn the_sample_with_cors_is_the_same_in_json_and_in_yaml() {
    let json = load_value(&read("sample-cors-openapi-3.0.json")).unwrap();
    let yaml = load(text("sample-cors-swagger-2.0.yaml").as_bytes()).unwrap();
    assert_eq!(format!("{json:#?}"), format!("{yaml:#?}"));
    assert_eq!(json.base_path, BasePath::literal("/v1"));
    let verbs: Vec<_> = json.resources[0].methods.iter().map(|method| method.verb.to_string()).collect();
    assert_eq!(verbs, ["GET", "PUT", "OPTIONS"]);
}

/// The document has numbers and empty values where strings are expected.
#[test]
fn yaml_without_quotes_is_read_as_strings() {
    let document = r#"
swagger: 2.0
info: { title: A, version: 1 }
basePath: /v1
paths:
  /x/{name}:
    parameters: [{ name: name, in: path, required: true, type: string }]
    get:
      parameters:
      responses:
        200: { description: 200, headers: { ETag: { type: string } } }
        404:
      x-amazon-apigateway-integration: &integration
        type: AWS
        httpMethod: get
        uri: arn:aws:apigateway:us-west-2:s3:path/files/{name}
        timeoutInMillis: 500
        credentials: ~
        requestParameters:
          integration.request.path.name: method.request.path.name
        responses:
          2\d{2}: { statusCode: 200, responseParameters: { method.response.header.ETag: "'x'" } }
          404: { statusCode: 404 }
          default: { statusCode: "404" }
    head:
      responses: { 200: { description: 200, headers: { ETag: { type: string } } }, 404: {} }
      x-amazon-apigateway-integration: *integration
"#;
    let api = load(document.as_bytes()).unwrap();
    let methods = &api.resources[0].methods;
    assert_eq!(methods.len(), 2);
    let integrations = methods.iter().map(|method| method.operation.served().unwrap().integration.clone());
    let integrations: Vec<_> = integrations.collect();
    assert_eq!(format!("{:?}", integrations[0]), format!("{:?}", integrations[1]));
    assert_eq!(integrations[0].responses.len(), 3);
}

#[test]
fn references_compile_to_the_same_api_as_copies() {
    let mut document = read("every-extension.json");
    let with = load_value(&document).unwrap();
    assert!(document.to_string().matches("\"$ref\"").count() > 8);
    let root = document.clone();
    document["paths"]["/again/{name}"] = root["paths"]["/files/{name}"].clone();
    document["components"]["parameters"] = json!(null);
    document["components"]["responses"] = json!(null);
    document["components"]["headers"] = json!(null);
    for path in ["/files/{name}", "/again/{name}"] {
        let item = &mut document["paths"][path];
        item["parameters"][0] = root["components"]["parameters"]["the-name"].clone();
        item["get"]["responses"]["404"] = root["components"]["responses"]["none"].clone();
        item["get"]["responses"]["200"] = root["components"]["responses"]["file"].clone();
        for name in ["Content-Type", "Cache-Control"] {
            let header = root["components"]["headers"]["text"].clone();
            item["get"]["responses"]["200"]["headers"][name] = header;
        }
    }
    document["components"]["securitySchemes"]["key"] =
        root["components"]["securitySchemes"]["the-key"].clone();
    let without = load_value(&document).unwrap();
    assert_eq!(format!("{with:#?}"), format!("{without:#?}"));
}

#[test]
fn import_variables_need_s3_region_and_a_role_needs_an_account() {
    let api = || load_value(&read("every-extension.json")).unwrap();
    let causes = not_served(api(), &FOR_ALL[1..], "GET", "/v2/files/a").unwrap();
    assert!(causes[0].contains("S3_REGION"), "{causes:?}");
    let mut variables = FOR_ALL.to_vec();
    variables.push(("ASSUME_ROLE", "true"));
    let causes = not_served(api(), &variables, "GET", "/v2/files/a").unwrap();
    assert!(causes[0].contains("ASSUME_ROLE") && causes[0].contains("${AWS::AccountId}"), "{causes:?}");
}
