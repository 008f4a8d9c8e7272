//! What the checker says of requests that always fail, against what the gateway does with them, in both behaviours.

use http::{HeaderMap, HeaderName, HeaderValue, Method};
use s3_edge_gateway::gateway::{Body, Gateway, MethodRequest};
use serde_json::{Value, json};

use super::conversions::{deploy_as, document, findings, inbound};

/// A document of one operation, toward S3 or a URL.
fn toward(kind: &str, verb: &str, operation: Value, mut integration: Value) -> Value {
    if kind.starts_with("http") {
        integration["uri"] = json!("https://backend.example.com/x");
    }
    integration["type"] = json!(kind);
    document(&["image/png"], verb, operation, integration)
}

/// The status of the request that fails before anybody is asked; none where somebody is.
fn refused(gateway: &Gateway, method: Method, sent: &[(&str, &str)]) -> Option<u16> {
    let pairs = sent
        .iter()
        .map(|(name, value)| (HeaderName::try_from(*name).unwrap(), HeaderValue::try_from(*value).unwrap()));
    let mut context = gateway.receive(inbound(method, pairs.collect::<HeaderMap>()));
    let admitted = context.admit().map(drop);
    let opened = admitted.and_then(|()| MethodRequest::open(&context));
    let integrated = opened.and_then(|request| request.integrate::<()>(Body::Empty, None));
    integrated.err().map(|rejection| rejection.response_type.status().as_u16())
}

fn is_told(document: &Value, code: &str) -> bool {
    findings(document).iter().any(|finding| finding["code"] == code)
}

/// Both behaviours.
fn gateways(document: &Value) -> [Gateway; 2] {
    ["aws", "edge"].map(|compatibility| deploy_as(document, compatibility))
}

#[test]
fn headers_that_may_not_be_set() {
    let names = [
        "Authorization",
        "content-length",
        "Transfer-Encoding",
        "Connection",
        "Expect",
        "TE",
        "Proxy-Authenticate",
        "X-Amzn-Trace-Id",
        "X-Amzn-Apigateway-Api-Id",
        "Content-MD5",
        "User-Agent",
        "Date",
        "X-Custom",
    ];
    for kind in ["aws", "http", "http_proxy"] {
        for name in names {
            for source in
                ["'x'", "''", "'caf\u{e9}'", "context.requestId", "method.request.header.x-of-client"]
            {
                let parameter = json!([{ "name": "x-of-client", "in": "header" }]);
                let document = toward(
                    kind,
                    "get",
                    json!({ "parameters": parameter }),
                    json!({
                        "requestParameters": { format!("integration.request.header.{name}"): source },
                        "responses": { "default": { "statusCode": "200" } },
                    }),
                );
                let told = is_told(&document, "header-forbidden");
                for gateway in gateways(&document) {
                    let status = refused(&gateway, Method::GET, &[("x-of-client", "x")]);
                    assert_eq!(status, told.then_some(500), "{kind} {name} {source}");
                    if source.starts_with("method") {
                        assert_eq!(refused(&gateway, Method::GET, &[]), None, "{kind} {name}");
                    }
                }
            }
        }
    }
}
