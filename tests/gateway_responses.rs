//! Gateway responses of every type: what a document puts on its `DEFAULT_4XX` and `DEFAULT_5XX` comes with each, as browsers
//! show a page no answer without its CORS headers.

#![expect(clippy::unwrap_used, reason = "clippy takes helpers of tests for production code")]

use std::time::SystemTime;

use http::HeaderMap;
use s3_edge_gateway::api::gateway_response::ResponseType;
use s3_edge_gateway::gateway::deployment::settings::Variables;
use s3_edge_gateway::gateway::{Gateway, Inbound, Rejection, Response, Settings};
use s3_edge_gateway_compiler::api_of;
use serde_json::json;

#[test]
fn headers_of_the_defaults_come_with_every_type() {
    for compatibility in ["aws", "edge"] {
        let gateway = gateway(compatibility);
        let context = gateway.receive(inbound());
        for response_type in ResponseType::ALL {
            let response: Response<()> = context.reject(&Rejection::of(*response_type));
            let class = if response_type.status().is_client_error() { "4xx" } else { "5xx" };
            assert_eq!(response.status, response_type.status());
            assert_eq!(response.header("X-Class"), Some(class), "{response_type:?}");
            let origin = response.header("Access-Control-Allow-Origin");
            assert_eq!(origin, Some("https://page.example"), "{response_type:?}");
        }
    }
}

/// Observed: <https://github.com/koki-develop/lgtm-generator/issues/10>.
#[test]
fn but_not_with_the_limit_of_aws() {
    let gateway = gateway("aws");
    let response: Response<()> = gateway.receive(inbound()).reject(&Rejection::payload_limit());
    assert_eq!(response.header("X-Class"), None);
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

fn inbound() -> Inbound {
    let mut headers = HeaderMap::new();
    headers.insert("origin", "https://page.example".parse().unwrap());
    Inbound {
        method: http::Method::GET,
        path: "/".to_owned(),
        query: None,
        host: "api.example.com".to_owned(),
        headers,
        request_id: "1".to_owned(),
        source_ip: None,
        time: SystemTime::UNIX_EPOCH,
    }
}
