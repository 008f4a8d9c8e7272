//! A document as large as API Gateway allows: 300 resources
//! (<https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-execution-service-limits-table.html>).
//! The document has the tutorial API a hundred times, each time below another path: 800 methods.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "clippy checks the helper functions of tests as production code"
)]

use http::Method;
use s3_edge_gateway::api::compiled::{decode, encode};
use s3_edge_gateway::gateway::deployment::router::Router;
use s3_edge_gateway::gateway::deployment::settings::Variables;
use s3_edge_gateway::gateway::{Gateway, Settings};
use s3_edge_gateway_compiler::api_of;
use serde_json::{Map, Value};

const TUTORIAL: &str = include_str!("documents/tutorial-swagger-2.0.json");

/// Returns the document. `largeDocument` of `tests/e2e/support/documents.mjs` returns the same document.
fn large_document() -> Vec<u8> {
    let mut document: Value = serde_json::from_str(TUTORIAL).unwrap();
    let tree = document["paths"].as_object().unwrap();
    let paths: Map<_, _> = (0..100)
        .flat_map(|nth| tree.iter().map(move |(path, item)| (format!("/team{nth}{path}"), item.clone())))
        .collect();
    document["paths"] = Value::Object(paths);
    serde_json::to_vec(&document).unwrap()
}

#[test]
fn three_hundred_resources_are_compiled_and_routed() {
    let api = api_of(&large_document()).unwrap();
    assert_eq!(api.resources.len(), 300);
    assert_eq!(api.resources.iter().map(|resource| resource.methods.len()).sum::<usize>(), 800);
    let router = Router::new(&api);
    for nth in 0..100 {
        let path = format!("/team{nth}/summer/beach.jpg");
        let route = router.find(&Method::GET, &path).unwrap();
        let resource = &api.resources[route.method.resource];
        assert_eq!(resource.path.written, format!("/team{nth}/{{folder}}/{{item}}"));
        assert_eq!(route.parameters, ["summer", "beach.jpg"]);
    }
}

#[test]
#[ignore = "only prints times: cargo test --release --test large_document -- --ignored --nocapture"]
fn times_of_compiling_decoding_and_deploying() {
    let document = large_document();
    let variable =
        |name: &str| ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"].contains(&name).then(|| "x".to_owned());
    let settings = Settings::from_variables(&Variables(&variable)).unwrap();
    for _ in 0..10 {
        let started = std::time::Instant::now();
        let api = api_of(&document).unwrap();
        let compiled = started.elapsed();
        let bytes = encode(&api).unwrap();
        let started = std::time::Instant::now();
        let api = decode(&bytes).unwrap();
        let decoded = started.elapsed();
        let gateway = Gateway::new(api, settings.clone()).unwrap();
        println!(
            "{} bytes compiled in {compiled:?} to {}; decoded in {decoded:?}, deployed in {:?}",
            document.len(),
            bytes.len(),
            started.elapsed() - decoded
        );
        drop(gateway);
    }
}
