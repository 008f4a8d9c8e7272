//! Compares the lints that predict the rejection of a request or a response with the rejections of the gateway, in `aws` and in
//! `edge`.

use http::{HeaderMap, Method, StatusCode};
use s3_edge_gateway::gateway::Gateway;
use s3_edge_gateway_compiler::finding::Code;
use serde_json::{Map, Value, json};

use super::{deploy, document, findings, is_rejected, is_reported, request, serve, with_code};

/// Returns a document with one operation, whose backend is S3 or a URL.
fn toward(kind: &str, verb: &str, operation: Value, mut integration: Value) -> Value {
    if kind.starts_with("http") {
        integration["uri"] = json!("https://backend.example.com/x");
    }
    integration["type"] = json!(kind);
    document(&["image/png"], verb, operation, integration)
}

/// Returns the status of a refused request, or `None` if the request is sent to the backend.
fn refused(gateway: &Gateway, method: Method, sent: &[(&str, &str)]) -> Option<u16> {
    let served = serve(gateway, &request(method, sent, b""), StatusCode::OK, "text/plain", b"");
    served.requests.is_empty().then_some(served.response.status)
}

fn gateways(document: &Value) -> [Gateway; 2] {
    ["aws", "edge"].map(|compatibility| deploy(document, compatibility))
}

#[test]
fn mappings_to_forbidden_headers_are_reported() {
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
                let has_lint = is_reported(&document, Code::HeaderForbidden, "edge");
                for gateway in gateways(&document) {
                    let status = refused(&gateway, Method::GET, &[("x-of-client", "x")]);
                    // A value that is not ASCII cannot be signed: the status is 400.
                    let status = status.filter(|status| *status != 400);
                    assert_eq!(status, has_lint.then_some(500), "{kind} {name} {source}");
                    if source.starts_with("method") {
                        assert_eq!(refused(&gateway, Method::GET, &[]), None, "{kind} {name}");
                    }
                }
            }
        }
    }
}

/// Returns whether the gateway rejects a response of the backend.
fn fails_on(gateway: &Gateway, method: Method, status: StatusCode, accept: Option<&str>) -> bool {
    let accept: Vec<_> = accept.map(|accept| ("accept", accept)).into_iter().collect();
    let served = serve(gateway, &request(method, &accept, b""), status, "application/xml", b"");
    assert_eq!(served.requests.len(), 1);
    is_rejected(&served)
}

#[test]
fn templates_of_error_responses_that_fail_in_aws_are_reported() {
    let declared = |status: &str| (status.to_owned(), json!({ "description": status }));
    let responses: Map<String, Value> = ["200", "403", "404", "500"].map(declared).into_iter().collect();
    let operation = json!({ "responses": responses });
    let handlings = [json!(null), json!("CONVERT_TO_TEXT"), json!("CONVERT_TO_BINARY")];
    for (kind, verb) in [("aws", "get"), ("aws", "put"), ("aws", "delete"), ("aws", "head"), ("http", "post")]
    {
        for status in ["403", "404"] {
            for handling in &handlings {
                for template in ["{}", ""] {
                    let document = toward(
                        kind,
                        verb,
                        operation.clone(),
                        json!({ "responses": {
                        "2\\d{2}": { "statusCode": "200" },
                        status: {
                            "statusCode": status,
                            "contentHandling": handling,
                            "responseTemplates": { "application/json": template },
                        },
                        "default": { "statusCode": "500", "responseTemplates": { "application/json": "{}" } },
                    } }),
                    );
                    let has_lint = is_reported(&document, Code::TemplateMeetsBytes, "aws");
                    assert!(!is_reported(&document, Code::TemplateMeetsBytes, "edge"));
                    let [aws, edge] = gateways(&document);
                    let fails = [None, Some("*/*"), Some("image/png")].into_iter().any(|accept| {
                        let method = Method::try_from(verb.to_ascii_uppercase().as_str()).unwrap();
                        let status = status.parse().unwrap();
                        assert!(!fails_on(&edge, method.clone(), status, accept));
                        fails_on(&aws, method, status, accept)
                    });
                    assert_eq!(has_lint, fails, "{kind} {verb} {status} {handling} {template}");
                }
            }
        }
    }
}

#[test]
fn refused_types_are_reported() {
    for kind in ["aws", "http", "http_proxy"] {
        for verb in ["get", "post"] {
            for passthrough in ["when_no_match", "WHEN_NO_TEMPLATES", "never"] {
                for templates in [
                    json!({}),
                    json!({ "application/json": "{}" }),
                    json!({ "text/plain": "" }),
                    json!({ "$default": "{}" }),
                    json!({ "text/plain": null, "Application/JSON": "" }),
                ] {
                    let document = toward(
                        kind,
                        verb,
                        json!({}),
                        json!({
                            "passthroughBehavior": passthrough,
                            "requestTemplates": templates,
                            "responses": { "default": { "statusCode": "200" } },
                        }),
                    );
                    let findings = findings(&document);
                    let found = with_code(&findings, Code::TypeRefused);
                    let message = found.first().map(|finding| finding.message.as_str());
                    let says = |text: &str| message.is_some_and(|message| message.contains(text));
                    for gateway in gateways(&document) {
                        let method = Method::try_from(verb.to_ascii_uppercase().as_str()).unwrap();
                        let without = refused(&gateway, method.clone(), &[]);
                        let other = refused(&gateway, method, &[("content-type", "text/csv")]);
                        let every = says("Every request");
                        let case = format!("{kind} {verb} {passthrough} {templates}: {message:?}");
                        assert_eq!(
                            without,
                            (every || says("without a `Content-Type`")).then_some(415),
                            "{case}"
                        );
                        let is_reported = every || says("of another type than");
                        // In two cases the 415 needs no lint: a GET rarely has a `Content-Type`, and NEVER is probably
                        // intended.
                        let is_left = verb == "get" || passthrough == "never";
                        assert!(
                            other == is_reported.then_some(415) || is_left && other == Some(415),
                            "{case}"
                        );
                    }
                }
            }
        }
    }
}

/// With the binary media type `*/*`, a request template of a mock fails in `aws`. If no template matches the `Content-Type`, the
/// client's body passes, and its `statusCode` selects the response.
#[test]
fn templates_of_mocks_that_are_applied_to_bytes_are_reported() {
    for (templates, met, requests) in [
        (
            json!({ "application/json": "{\"statusCode\": 200}" }),
            [true, false],
            "application/json, such as one without a `Content-Type`, gets",
        ),
        (json!({ "text/plain": "{\"statusCode\": 200}" }), [false, true], "text/plain gets"),
        (
            json!({ "$default": "{\"statusCode\": 200}" }),
            [true, true],
            "$default, such as one without a `Content-Type`, gets",
        ),
    ] {
        let integration = json!({
            "type": "mock",
            "requestTemplates": templates,
            "responses": { "default": { "statusCode": "200" } },
        });
        let document = document(&["*/*"], "post", json!({}), integration);
        let findings = findings(&document);
        let message = &with_code(&findings, Code::MockFails)[0].message;
        let expected = format!(
            "A request that selects the request template for {requests} a 500, because its body counts as bytes."
        );
        assert_eq!(*message, expected);
        assert!(!is_reported(&document, Code::MockFails, "edge"));
        let [aws, edge] = gateways(&document);
        for (sent, met) in [[].as_slice(), &[("content-type", "text/plain")]].into_iter().zip(met) {
            let request = request(Method::POST, sent, b"{\"statusCode\": 200}");
            let status = |gateway| serve(gateway, &request, StatusCode::OK, "", b"").response.status;
            assert_eq!(status(&aws), if met { 500 } else { 200 }, "{templates} {sent:?}");
            if met {
                assert_eq!(status(&edge), 200, "{templates} {sent:?}");
            }
        }
    }
}

/// A missing required header causes a 400 only if a validator checks the parameters. A mapping reads the header with or
/// without a validator.
#[test]
fn unreadable_headers_are_reported() {
    let names =
        ["Content-Length", "content-md5", "Connection", "TE", "Expect", "Server", "Host", "Range", "x-a"];
    for name in names {
        for (validates, required) in [(true, true), (true, false), (false, true)] {
            let parameter = json!([{ "name": name, "in": "header", "required": required }]);
            let mut document = toward(
                "http",
                "get",
                json!({ "parameters": parameter }),
                json!({
                    "requestParameters": { "integration.request.header.x-b": format!("method.request.header.{name}") },
                    "responses": { "default": { "statusCode": "200" } },
                }),
            );
            document["x-amazon-apigateway-request-validators"] =
                json!({ "v": { "validateRequestParameters": validates } });
            document["x-amazon-apigateway-request-validator"] = json!("v");
            let findings = findings(&document);
            let is_reported = |text: &str| {
                let found = with_code(&findings, Code::HeaderNeverRead);
                found.into_iter().any(|finding| finding.message.contains(text))
            };
            for gateway in gateways(&document) {
                let status = refused(&gateway, Method::GET, &[(name, "x")]);
                assert_eq!(
                    status,
                    is_reported("Every request gets a 400").then_some(400),
                    "{name} {validates} {required}"
                );
                if status.is_none() {
                    let sent = sent_headers(&gateway, &[(name, "x")]);
                    assert_eq!(!sent.contains_key("x-b"), is_reported("is never set"), "{name}");
                }
            }
        }
    }
}

fn sent_headers(gateway: &Gateway, sent: &[(&'static str, &str)]) -> HeaderMap {
    let mut served = serve(gateway, &request(Method::GET, sent, b""), StatusCode::OK, "text/plain", b"");
    served.requests.remove(0).headers
}
