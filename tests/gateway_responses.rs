//! Gateway responses: each type has the headers that the document sets on `DEFAULT_4XX` or `DEFAULT_5XX`. Without CORS headers, a
//! page cannot read the error.

#![expect(clippy::unwrap_used, reason = "clippy checks the helper functions of tests as production code")]

use std::process::ExitCode;

use http::{HeaderValue, Method};
use s3_edge_gateway::api::gateway_response::ResponseType;
use s3_edge_gateway::gateway::deployment::settings::Variables;
use s3_edge_gateway::gateway::message::Response;
use s3_edge_gateway::gateway::request::routing::route;
use s3_edge_gateway::gateway::response::gateway_response::gateway_response;
use s3_edge_gateway::gateway::{Gateway, Rejection, Settings};
use s3_edge_gateway_compiler::api_of;
use s3_edge_gateway_testing::ClientRequest;
use serde_json::json;
use test_harness::Trial;

fn main() -> ExitCode {
    let mut tests: Vec<Trial> = Vec::new();
    for compatibility in ["aws", "edge"] {
        tests.extend(ResponseType::ALL.iter().map(|response_type| {
            let name = format!("{compatibility}::{} has the headers of its default", response_type.name());
            test_harness::test(name, || has_the_headers_of_its_default(compatibility, *response_type))
        }));
    }
    tests.extend(test_harness::functions![the_response_to_more_than_10_mb_has_no_headers_of_the_document]);
    test_harness::run(tests)
}

fn has_the_headers_of_its_default(compatibility: &str, response_type: ResponseType) {
    let response = response(compatibility, &Rejection::of(response_type));
    let class = if response_type.status().is_client_error() { "4xx" } else { "5xx" };
    assert_eq!(response.status, response_type.status());
    assert_eq!(response.header("X-Class"), Some(class));
    assert_eq!(response.header("Access-Control-Allow-Origin"), Some("https://page.example"));
}

/// <https://github.com/koki-develop/lgtm-generator/issues/10> reports that API Gateway sends this response without the headers
/// of the document.
fn the_response_to_more_than_10_mb_has_no_headers_of_the_document() {
    let response = response("aws", &Rejection::payload_limit());
    assert_eq!(response.header("X-Class"), None);
}

fn response(compatibility: &str, rejection: &Rejection) -> Response<()> {
    let mut request = ClientRequest::new(Method::GET, "/");
    request.headers.insert("origin", HeaderValue::from_static("https://page.example"));
    let gateway = gateway(compatibility);
    let (context, _) = route(&gateway, request.inbound());
    gateway_response(&context, rejection)
}

fn gateway(compatibility: &str) -> Gateway {
    let headers = |class: &str| {
        json!({ "responseParameters": {
            "gatewayresponse.header.X-Class": class,
            "gatewayresponse.header.Access-Control-Allow-Origin": "method.request.header.Origin",
        } })
    };
    let document = json!({
        "openapi": "3.0.1",
        "paths": {},
        "x-amazon-apigateway-gateway-responses": { "DEFAULT_4XX": headers("'4xx'"), "DEFAULT_5XX": headers("'5xx'") },
    });
    let api = api_of(&serde_json::to_vec(&document).unwrap()).unwrap();
    let variable = |name: &str| match name {
        "AWS_ACCESS_KEY_ID" | "AWS_SECRET_ACCESS_KEY" => Some("x".to_owned()),
        "COMPATIBILITY" => Some(compatibility.to_owned()),
        _ => None,
    };
    Gateway::new(api, Settings::from_variables(&Variables(&variable)).unwrap()).unwrap()
}
