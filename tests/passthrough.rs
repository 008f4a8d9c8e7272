//! Passthrough: the requests that are sent to the original API, their URLs and their headers.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "clippy checks the helper functions of tests as production code"
)]

use std::collections::BTreeMap;

use proptest::prelude::*;
use s3_edge_gateway::api::http_uri::Scheme;
use s3_edge_gateway::gateway::access_log::AccessLog;
use s3_edge_gateway::gateway::deployment::settings::Variables;
use s3_edge_gateway::gateway::message::{Response, ResponseBody};
use s3_edge_gateway::gateway::request::passthrough::{
    HOP, PassthroughRequest, connection_headers, passthrough,
};
use s3_edge_gateway::gateway::request::routing::route;
use s3_edge_gateway::gateway::response::gateway_response::gateway_response;
use s3_edge_gateway::gateway::{Gateway, Inbound, Rejection, Settings};
use s3_edge_gateway_compiler::api_of;
use s3_edge_gateway_testing::{ClientRequest, headers};
use serde_json::{Value, json};
use url::Url;

const ORIGINAL: &str = "https://abc123.execute-api.us-east-1.amazonaws.com/prod";

/// An API below `/v1`. GET `/files` and PUT `/pets` are served. The other operations are unsupported. Clients sign the requests to
/// `/signed`.
fn document() -> Value {
    let lambda = json!({
        "type": "aws_proxy", "httpMethod": "POST",
        "uri": "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:123456789012:function:pets/invocations",
    });
    let operation = |integration: &Value| {
        json!({
            "responses": { "200": { "description": "ok" } },
            "x-amazon-apigateway-integration": integration,
        })
    };
    let mut signed = operation(&lambda);
    signed["security"] = json!([{ "sigv4": [] }]);
    let mut below = operation(&lambda);
    below["parameters"] =
        json!([{ "name": "path", "in": "path", "required": true, "schema": { "type": "string" } }]);
    let files =
        operation(&json!({ "type": "http_proxy", "httpMethod": "GET", "uri": "https://files.example.com/" }));
    json!({
        "openapi": "3.0.1",
        "info": { "title": "pets", "version": "1" },
        "servers": [{ "url": "https://api.example.com/{basePath}", "variables": { "basePath": { "default": "v1" } } }],
        "components": { "securitySchemes": { "sigv4": {
            "type": "apiKey", "name": "Authorization", "in": "header", "x-amazon-apigateway-authtype": "awsSigv4",
        } } },
        "paths": {
            "/": { "x-amazon-apigateway-any-method": operation(&lambda) },
            "/pets": { "get": operation(&lambda), "post": operation(&lambda), "put": files },
            "/any/{path+}": { "x-amazon-apigateway-any-method": below },
            "/files": { "get": files },
            "/signed": { "get": signed },
        },
    })
}

fn gateway(document: &Value, variables: &[(&str, &str)]) -> Gateway {
    let mut all = BTreeMap::from([("AWS_ACCESS_KEY_ID", "id"), ("AWS_SECRET_ACCESS_KEY", "secret")]);
    all.extend(variables.iter().copied());
    let variable = |name: &str| all.get(name).map(|value| (*value).to_owned());
    let settings = Settings::from_variables(&Variables(&variable)).unwrap();
    let api = api_of(&serde_json::to_vec(document).unwrap()).unwrap();
    Gateway::new(api, settings).unwrap()
}

fn passing(variables: &[(&str, &str)]) -> Gateway {
    let url = ("PASSTHROUGH_URL", ORIGINAL);
    gateway(&document(), &[&[url], variables].concat())
}

fn inbound(method: &str, target: &str, sent: &[(&str, &str)]) -> Inbound {
    let request = ClientRequest {
        headers: headers(sent),
        source_ip: Some("192.0.2.7".parse().unwrap()),
        ..ClientRequest::new(method.parse().unwrap(), target)
    };
    request.inbound()
}

fn dispatched(gateway: &Gateway, inbound: Inbound) -> Result<Option<PassthroughRequest>, Rejection> {
    let (context, routing) = route(gateway, inbound);
    match routing.served() {
        Some(_) => Ok(None),
        None => passthrough(&context, routing).map(Some),
    }
}

fn passed(gateway: &Gateway, inbound: Inbound) -> PassthroughRequest {
    dispatched(gateway, inbound).unwrap().unwrap_or_else(|| panic!("the request is served"))
}

/// Returns the status and the body of the response to a request that is rejected, and the causes.
fn rejected(gateway: &Gateway, inbound: Inbound) -> (u16, String, Vec<String>) {
    let (context, routing) = route(gateway, inbound);
    let rejection = match passthrough(&context, routing) {
        Err(rejection) => rejection,
        Ok(request) => panic!("{request:?}"),
    };
    let response: Response<()> = gateway_response(&context, &rejection);
    let ResponseBody::Bytes(body) = response.body else { panic!("no body") };
    (response.status.as_u16(), String::from_utf8(body.to_vec()).unwrap(), rejection.causes)
}

#[test]
fn the_url_is_the_setting_with_the_unchanged_path_and_query() {
    for (setting, target, expected) in [
        (ORIGINAL, "/v1/pets", "https://abc123.execute-api.us-east-1.amazonaws.com/prod/pets"),
        (ORIGINAL, "/v1", "https://abc123.execute-api.us-east-1.amazonaws.com/prod"),
        (ORIGINAL, "/v1/", "https://abc123.execute-api.us-east-1.amazonaws.com/prod/"),
        (ORIGINAL, "/v1?", "https://abc123.execute-api.us-east-1.amazonaws.com/prod?"),
        ("https://h.example", "/v1", "https://h.example/"),
        ("https://h.example/", "/v1?a=b", "https://h.example/?a=b"),
        ("https://H.example:443/prod//", "/v1/pets", "https://h.example/prod/pets"),
        ("https://h.example:8443/a/b%20c", "/v1/pets", "https://h.example:8443/a/b%20c/pets"),
        ("http://127.0.0.1:9000/prod", "/v1/pets", "http://127.0.0.1:9000/prod/pets"),
        ("http://localhost", "/v1/pets", "http://localhost/pets"),
        ("http://[::1]:80", "/v1/pets", "http://[::1]/pets"),
        // Nothing is decoded, encoded, sorted or resolved.
        (
            "https://h.example",
            "/v1/any/a%2Fb%20c//d/?b=2&a=1&a=%zz&&=+%20",
            "https://h.example/any/a%2Fb%20c//d/?b=2&a=1&a=%zz&&=+%20",
        ),
        ("https://h.example", "/v1/any/..a/.../a..;/~", "https://h.example/any/..a/.../a..;/~"),
        ("https://h.example", "/v1/any/%252e%252e/x", "https://h.example/any/%252e%252e/x"),
        // Characters that are not valid in a URL are percent-encoded as in URL parsing.
        (
            "https://h.example",
            "/v1/any/{a}\"<>`^ é?q='\"<> é",
            "https://h.example/any/%7Ba%7D%22%3C%3E%60%5E%20%C3%A9?q=%27%22%3C%3E%20%C3%A9",
        ),
    ] {
        let gateway = gateway(&document(), &[("PASSTHROUGH_URL", setting)]);
        let url = passed(&gateway, inbound("GET", target, &[])).url;
        assert_eq!(url, expected, "{target}");
        assert_eq!(Url::parse(&url).unwrap().as_str(), expected, "{target}");
    }
}

#[test]
fn paths_that_look_like_hosts_stay_paths() {
    for setting in ["https://h.example", "https://h.example/prod"] {
        let gateway = gateway(
            &document(),
            &[("PASSTHROUGH_URL", setting), ("PASSTHROUGH_UNKNOWN", "true"), ("BASE_PATH", "/")],
        );
        for path in [
            "//evil.example/x",
            "///evil.example/x",
            "/\\evil.example/x",
            "/\\\\evil.example\\x",
            "/@evil.example/x",
            "/:80@evil.example/x",
            "/.evil.example/x",
            "/https://evil.example/x",
            "/%2F%2Fevil.example/x",
            "/%5Cevil.example",
            "/\t/evil.example",
            "/\n/evil.example",
            "/#@evil.example",
        ] {
            let url = passed(&gateway, inbound("GET", path, &[])).url;
            let parsed = Url::parse(&url).unwrap();
            assert_eq!(parsed.host_str(), Some("h.example"), "{path}");
            assert_eq!(parsed.as_str(), url, "{path}");
            assert!(url.starts_with(setting), "{path}");
        }
    }
    // These paths are not below the base path `/v1`.
    let gateway =
        gateway(&document(), &[("PASSTHROUGH_URL", "https://h.example"), ("PASSTHROUGH_UNKNOWN", "true")]);
    for path in
        [".evil.example/x", "@evil.example/x", ":80@evil.example/", "/v1.evil.example/", "/v1@evil.example"]
    {
        assert_eq!(rejected(&gateway, inbound("GET", path, &[])).0, 403, "{path}");
    }
}

#[test]
fn a_path_that_url_parsing_would_resolve_is_a_400() {
    let gateway = passing(&[("PASSTHROUGH_UNKNOWN", "true")]);
    for path in [
        "/v1/any/..",
        "/v1/any/.",
        "/v1/any/../../admin",
        "/v1/../admin",
        "/v1/any/%2e%2e/%2e%2e/admin",
        "/v1/any/.%2E/x",
        "/v1/any/%2e/x",
        "/v1/any\\..\\..\\admin",
        "/v1/any/x\\%2e%2e",
    ] {
        let (status, body, _) = rejected(&gateway, inbound("GET", path, &[]));
        assert_eq!(
            (status, body.as_str()),
            (400, "{\"message\": \"Invalid request parameter: the path has a segment . or ..\"}"),
            "{path}"
        );
    }
}

proptest! {
    #[test]
    fn url_parsing_changes_no_url(path in ".{0,12}", tricky in "[/\\\\.%2eE@:?#\t\r\n \u{e9}|^'\"a]{0,12}", query in proptest::option::of(".{0,8}")) {
        let gateway = gateway(&document(), &[("PASSTHROUGH_URL", "https://h.example/prod"), ("PASSTHROUGH_UNKNOWN", "true")]);
        for path in [format!("/v1/{path}"), format!("/v1/any/{tricky}"), format!("/v1{tricky}")] {
            let inbound = Inbound { path, query: query.clone(), ..inbound("GET", "/", &[]) };
            if let Ok(Some(request)) = dispatched(&gateway, inbound) {
                let parsed = Url::parse(&request.url).unwrap();
                prop_assert_eq!(parsed.as_str(), &request.url);
                prop_assert_eq!(parsed.origin().ascii_serialization(), "https://h.example");
                prop_assert!(parsed.path() == "/prod" || parsed.path().starts_with("/prod/"), "{}", request.url);
                prop_assert_eq!(parsed.query().is_some(), query.is_some());
                prop_assert_eq!(parsed.fragment(), None);
            }
        }
    }
}

#[test]
fn unsupported_operations_are_passed_on() {
    let unknown = passing(&[("PASSTHROUGH_UNKNOWN", "true")]);
    let known = passing(&[("PASSTHROUGH_UNKNOWN", "false")]);
    let nowhere = gateway(&document(), &[]);
    let outcome = |gateway: &Gateway, method: &str, target: &str, headers: &[(&str, &str)]| match dispatched(
        gateway,
        inbound(method, target, headers),
    ) {
        Ok(Some(request)) => format!("{} {}", request.method, request.url.trim_start_matches(ORIGINAL)),
        Ok(None) => "served".to_owned(),
        Err(_) => rejected(gateway, inbound(method, target, headers)).0.to_string(),
    };
    let upgrade = &[("connection", "Upgrade"), ("upgrade", "h2c, WebSocket")][..];
    let other_upgrade = &[("connection", "Upgrade"), ("upgrade", "h2c")][..];
    let hop = &[("x-s3-edge-gateway-hop", "1")][..];
    let to_post = &[("x-http-method-override", "POST")][..];
    let to_put = &[("x-http-method-override", "put")][..];
    let to_none = &[("x-http-method-override", "PURGE")][..];
    for (method, target, headers, with_unknown, with_known, with_none) in [
        ("GET", "/v1/pets", &[][..], "GET /pets", "GET /pets", "501"),
        ("GET", "/v1/", &[], "GET /", "GET /", "501"),
        ("GET", "/v1/files", &[], "served", "served", "served"),
        ("HEAD", "/v1/any/x", &[], "HEAD /any/x", "HEAD /any/x", "501"),
        ("OPTIONS", "/v1/any/x", &[], "OPTIONS /any/x", "OPTIONS /any/x", "501"),
        ("OPTIONS", "/v1/pets", &[], "OPTIONS /pets", "403", "403"),
        ("PROPFIND", "/v1/any/x", &[], "PROPFIND /any/x", "403", "403"),
        ("PURGE", "/v1/pets", &[], "PURGE /pets", "403", "403"),
        ("DELETE", "/v1/pets", &[], "DELETE /pets", "403", "403"),
        ("GET", "/v1/nothing", &[], "GET /nothing", "403", "403"),
        // Paths outside of the base path.
        ("GET", "/pets", &[], "403", "403", "403"),
        ("GET", "/", &[], "403", "403", "403"),
        ("GET", "/v10/pets", &[], "403", "403", "403"),
        ("GET", "/v1pets", &[], "403", "403", "403"),
        ("GET", "//v1/pets", &[], "403", "403", "403"),
        // `X-HTTP-Method-Override` selects the route, but the request keeps its method.
        ("GET", "/v1/pets", to_post, "GET /pets", "GET /pets", "501"),
        ("POST", "/v1/pets", to_put, "served", "served", "served"),
        ("GET", "/v1/files", to_none, "GET /files", "403", "403"),
        ("PUT", "/v1/pets", to_post, "PUT /pets", "PUT /pets", "501"),
        // A request is not passed on if its operation requires a signature, if it upgrades to WebSocket, or if it has the header
        // that marks a request which was passed on before.
        ("GET", "/v1/signed", &[], "501", "501", "501"),
        ("GET", "/v1/pets", upgrade, "501", "501", "501"),
        ("GET", "/v1/nothing", upgrade, "501", "403", "403"),
        ("GET", "/v1/pets", other_upgrade, "GET /pets", "GET /pets", "501"),
        ("GET", "/v1/pets", hop, "508", "508", "501"),
        ("GET", "/v1/nothing", hop, "508", "403", "403"),
    ] {
        let seen = [&unknown, &known, &nowhere].map(|gateway| outcome(gateway, method, target, headers));
        assert_eq!(seen, [with_unknown, with_known, with_none], "{method} {target} {headers:?}");
    }
}

#[test]
fn the_causes_have_the_reason_of_a_rejection() {
    let gateway = passing(&[]);
    let (status, body, causes) = rejected(&gateway, inbound("GET", "/v1/signed", &[]));
    assert_eq!((status, body.as_str()), (501, "{\"message\": \"Not implemented at the edge\"}"));
    assert!(causes[0].starts_with("[integration-lambda]"), "{causes:?}");
    assert!(causes.last().unwrap().contains("sign requests for the host"), "{causes:?}");
    let (status, body, causes) =
        rejected(&gateway, inbound("GET", "/v1/pets", &[("x-s3-edge-gateway-hop", "")]));
    assert_eq!((status, body.as_str()), (508, "{\"message\": \"Loop detected\"}"));
    assert!(causes[0].contains("PASSTHROUGH_URL leads back"), "{causes:?}");
    let (context, routing) = route(&gateway, inbound("GET", "/v1/pets", &[]));
    assert_eq!(routing.unserved().name(), "NOT_IMPLEMENTED");
    let mut log = AccessLog::new(&context);
    log.reject(&Rejection::loop_detected());
    assert_eq!(log.error, Some("LOOP_DETECTED"));
    assert_eq!(log.resource_path.as_deref(), Some("/pets"));
}

#[test]
fn headers_of_the_connection_and_of_the_client_s_proxy_are_not_passed_on() {
    let sent = [
        ("host", "api.example.com"),
        ("authorization", "Bearer abc"),
        ("x-api-key", "key"),
        ("cookie", "a=1; b=2"),
        ("x-http-method-override", "POST"),
        ("x-two", "1"),
        ("x-two", "2"),
        ("x-empty", ""),
        ("x-latin", "caf\u{e9}"),
        ("accept-encoding", "gzip"),
        ("range", "bytes=0-1"),
        ("if-none-match", "\"e\""),
        ("content-type", "text/plain"),
        ("content-encoding", "gzip"),
        ("content-length", "5"),
        ("transfer-encoding", "chunked"),
        ("expect", "100-continue"),
        ("connection", "close, X-Secret ,x-forwarded-for"),
        ("connection", "Keep-Alive, X-Other, x-s3-edge-gateway-hop"),
        ("x-secret", "1"),
        ("x-other", "1"),
        ("keep-alive", "timeout=5"),
        ("proxy-connection", "close"),
        ("proxy-authorization", "Basic x"),
        ("te", "trailers"),
        ("trailer", "x"),
        ("upgrade", "h2c"),
        ("http2-settings", "x"),
        ("x-forwarded-for", "6.6.6.6"),
        ("x-forwarded-for", "7.7.7.7"),
        ("x-forwarded-host", "evil.example"),
        ("x-forwarded-proto", "gopher"),
        ("x-forwarded-port", "1"),
        ("forwarded", "for=6.6.6.6"),
        ("cf-connecting-ip", "192.0.2.7"),
        ("cf-ray", "x"),
        ("cf-forged", "x"),
        ("cf-access-client-id", "id"),
        ("cdn-loop", "cloudflare"),
        ("x-amzn-trace-id", "Root=1"),
    ];
    let request = passed(&passing(&[]), inbound("GET", "/v1/pets", &sent));
    let mut seen: Vec<(&str, String)> = request
        .headers
        .iter()
        .map(|(name, value)| (name.as_str(), String::from_utf8(value.as_bytes().to_vec()).unwrap()))
        .collect();
    seen.sort();
    let expected = [
        ("accept-encoding", "gzip"),
        ("authorization", "Bearer abc"),
        ("cdn-loop", "cloudflare"),
        ("cf-access-client-id", "id"),
        ("content-encoding", "gzip"),
        ("content-type", "text/plain"),
        ("cookie", "a=1; b=2"),
        ("forwarded", "for=192.0.2.7;host=\"api.example.com\";proto=https"),
        ("if-none-match", "\"e\""),
        ("range", "bytes=0-1"),
        ("x-amzn-trace-id", "Root=1"),
        ("x-api-key", "key"),
        ("x-empty", ""),
        ("x-forwarded-for", "192.0.2.7"),
        ("x-forwarded-host", "api.example.com"),
        ("x-forwarded-port", "1"),
        ("x-forwarded-proto", "https"),
        ("x-http-method-override", "POST"),
        ("x-latin", "caf\u{e9}"),
        ("x-s3-edge-gateway-hop", "1"),
        ("x-two", "1"),
        ("x-two", "2"),
    ];
    assert_eq!(seen, expected.map(|(name, value)| (name, value.to_owned())));
}

#[test]
fn forwarded_headers_of_the_client_are_replaced() {
    let gateway = passing(&[]);
    let forged = [("x-forwarded-for", "6.6.6.6"), ("forwarded", "for=6.6.6.6")];
    let forwarded = |request: Inbound| {
        let request = passed(&gateway, request);
        let of = |name: &str| request.headers.get(name).map(|value| value.to_str().unwrap().to_owned());
        [of("x-forwarded-for"), of("x-forwarded-host"), of("x-forwarded-proto"), of("forwarded")]
            .map(Option::unwrap_or_default)
    };
    let request = || inbound("GET", "/v1/pets", &forged);
    let v6 = Inbound {
        source_ip: Some("2001:db8::1".parse().unwrap()),
        host: "[::1]:8787".to_owned(),
        scheme: Scheme::Http,
        ..request()
    };
    assert_eq!(
        forwarded(v6),
        ["2001:db8::1", "[::1]:8787", "http", "for=\"[2001:db8::1]\";host=\"[::1]:8787\";proto=http"]
    );
    let nobody = Inbound { source_ip: None, host: "a\"b;proto=x".to_owned(), ..request() };
    assert_eq!(forwarded(nobody), ["", "a\"b;proto=x", "https", "for=unknown;proto=https"]);
}

#[test]
fn the_hop_header_in_connection_does_not_hide_a_loop() {
    let headers = [("connection", "x-s3-edge-gateway-hop"), (HOP, "1")];
    assert_eq!(rejected(&passing(&[]), inbound("GET", "/v1/pets", &headers)).0, 508);
}

#[test]
fn connection_adds_names_to_the_headers_of_the_connection() {
    let headers = headers(&[("connection", "close, X-Secret, not a name, ")]);
    let names: Vec<_> = connection_headers(&headers).map(|name| name.to_string()).collect();
    assert_eq!(names[..2], ["close", "x-secret"]);
    for name in ["connection", "keep-alive", "transfer-encoding", "upgrade", "trailer"] {
        assert!(names.iter().any(|known| known == name), "{name}");
    }
}

#[test]
fn settings_that_are_not_valid_are_refused() {
    let faults = |variables: &[(&str, &str)]| {
        let mut all = BTreeMap::from([("AWS_ACCESS_KEY_ID", "id"), ("AWS_SECRET_ACCESS_KEY", "secret")]);
        all.extend(variables.iter().copied());
        let variable = |name: &str| all.get(name).map(|value| (*value).to_owned());
        let faults = Settings::from_variables(&Variables(&variable)).unwrap_err();
        faults.iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    let expected = "the https URL of the original API without user name, query and fragment (http only on loopback), \
                    such as https://abc123.execute-api.us-east-1.amazonaws.com/prod";
    for (value, seen) in [
        (
            "abc.example/prod",
            "is `abc.example/prod`, which is not valid: the URL does not start with https:// or http://",
        ),
        (
            "ftp://abc.example",
            "is `ftp://abc.example`, which is not valid: the URL does not start with https:// or http://",
        ),
        (
            "http://abc.example",
            "is `http://abc.example`, which is not valid: http is not encrypted, and the host is not loopback",
        ),
        (
            "http://localhost.example.com",
            "is `http://localhost.example.com`, which is not valid: http is not encrypted, and the host is not loopback",
        ),
        (
            "https://me:s3cr3t@abc.example/prod",
            "is `https://…@abc.example/prod`, which is not valid: the URL has a user name or a password",
        ),
        (
            "https://me:s3cr3t?@abc.example/prod",
            "is `https://…`, which is not valid: the port is not a number from 1 to 65535",
        ),
        (
            "me:s3cr3t@abc.example/prod",
            "is `…@abc.example/prod`, which is not valid: the URL does not start with https:// or http://",
        ),
        (
            "https://abc.example/prod?token=s3cr3t",
            "is `https://abc.example/prod?…`, which is not valid: the URL has a query",
        ),
        (
            "https://abc.example/prod?",
            "is `https://abc.example/prod?…`, which is not valid: the URL has a query",
        ),
        (
            "https://abc.example/prod#s3cr3t",
            "is `https://abc.example/prod#…`, which is not valid: the URL has a fragment",
        ),
        (
            "https://abc.example\\prod",
            "is `https://abc.example\\prod`, which is not valid: the URL has a backslash",
        ),
        (
            "https://abc.example/a\\b",
            "is `https://abc.example/a\\b`, which is not valid: the path has a character that must be percent-encoded",
        ),
        (
            "https://abc.example/a b",
            "is `https://abc.example/a b`, which is not valid: the path has a character that must be percent-encoded",
        ),
        (
            "https://abc.example/é",
            "is `https://abc.example/é`, which is not valid: the path has a character that must be percent-encoded",
        ),
        (
            "https://abc.example/prod/../x",
            "is `https://abc.example/prod/../x`, which is not valid: the path has a segment `.` or `..`",
        ),
        (
            "https://abc.example/%2E%2e",
            "is `https://abc.example/%2E%2e`, which is not valid: the path has a segment `.` or `..`",
        ),
        (
            "https://abc.example:0/",
            "is `https://abc.example:0/`, which is not valid: the port is not a number from 1 to 65535",
        ),
        (
            "https:///prod",
            "is `https:///prod`, which is not valid: the host is not a plain DNS name or IP address",
        ),
    ] {
        assert_eq!(
            faults(&[("PASSTHROUGH_URL", value)]),
            [format!("PASSTHROUGH_URL {seen}. Set it to {expected}.")]
        );
    }
    assert_eq!(
        faults(&[("PASSTHROUGH_UNKNOWN", "yes")]),
        ["PASSTHROUGH_UNKNOWN is `yes`, which is not valid. Set it to `true` or `false`, or leave it out."]
    );
    assert_eq!(
        faults(&[("PASSTHROUGH_UNKNOWN", "true")]),
        [
            "PASSTHROUGH_UNKNOWN is `true`, but PASSTHROUGH_URL is not set. Set PASSTHROUGH_URL, or leave PASSTHROUGH_UNKNOWN \
             out."
        ]
    );
    assert_eq!(faults(&[("PASSTHROUGH_URL", "x"), ("PASSTHROUGH_UNKNOWN", "true")]).len(), 1);
}

/// Returns the code of the first reason why an operation with this integration is unsupported, or `None` if the gateway serves
/// it or passes it through. `root` has more keys of the document.
fn reason(integration: Value, root: Value, variables: &[(&str, &str)]) -> Option<String> {
    let mut operation = json!({ "responses": { "200": { "description": "ok" } }, "x-amazon-apigateway-integration": integration });
    operation["security"] = root.get("security").cloned().unwrap_or(json!([]));
    let mut document = document();
    document["paths"] = json!({ "/x": { "get": operation } });
    for (key, value) in root.as_object().unwrap().iter().filter(|(key, _)| *key != "security") {
        document[key] = value.clone();
    }
    let gateway = gateway(&document, variables);
    let (context, routing) = route(&gateway, inbound("GET", "/v1/x", &[]));
    if routing.served().is_some() {
        return None;
    }
    let rejection = passthrough(&context, routing).err()?;
    let cause = rejection.causes.first().unwrap_or_else(|| panic!("{rejection:?}"));
    Some(cause.trim_start_matches('[').split(']').next().unwrap().to_owned())
}

#[test]
fn the_settings_decide_which_operations_are_served() {
    let s3 = |uri: &str| {
        json!({
            "type": "aws", "httpMethod": "GET", "uri": format!("arn:aws:apigateway:{uri}"),
            "credentials": "arn:aws:iam::123456789012:role/r", "responses": { "default": { "statusCode": "200" } },
        })
    };
    let http = |uri: &str| json!({ "type": "http_proxy", "httpMethod": "GET", "uri": uri });
    let none = || json!({});
    let set = ("STAGE_VARIABLES", "{\"b\": \"photos\", \"h\": \"h.example\"}");
    let other = ("STAGE_VARIABLES", "{\"c\": \"photos\"}");
    let missing = Some("stage-variable-missing".to_owned());
    for (integration, root, variables, expected) in [
        (s3("us-west-2:${stageVariables.b}.s3:path/k"), none(), &[][..], missing.clone()),
        (s3("us-west-2:${stageVariables.b}.s3:path/k"), none(), &[other], missing.clone()),
        (s3("us-west-2:${stageVariables.b}.s3:path/k"), none(), &[set], None),
        (s3("us-west-2:s3:path/${stageVariables.b}/k"), none(), &[], missing.clone()),
        (s3("us-west-2:s3:path/pre-${stageVariables.b}/k"), none(), &[], missing.clone()),
        (s3("us-west-2:s3:path/${stageVariables.b}/k"), none(), &[set], None),
        // With `S3_BUCKET`, the stage variable is part of the key, not the bucket.
        (s3("us-west-2:s3:path/${stageVariables.b}/k"), none(), &[("S3_BUCKET", "photos")], None),
        (s3("us-west-2:s3:path/photos/${stageVariables.b}"), none(), &[], None),
        (http("https://${stageVariables.h}/x"), none(), &[], missing.clone()),
        (http("https://${stageVariables.h}/x"), none(), &[set], None),
        (http("https://h.example/${stageVariables.h}"), none(), &[], None),
        (s3("${AWS::Region}:s3:path/photos/k"), none(), &[], Some("region-missing".to_owned())),
        (s3("${AWS::Region}:s3:path/photos/k"), none(), &[("S3_REGION", "us-west-2")], None),
    ] {
        let shown = format!("{integration} {variables:?}");
        assert_eq!(reason(integration, root, variables), expected, "{shown}");
    }
    let policy = || {
        json!({ "x-amazon-apigateway-policy": { "Version": "2012-10-17", "Statement": [{
        "Effect": "Deny", "Principal": "*", "Action": "execute-api:Invoke", "Resource": "*",
    }] } })
    };
    assert_eq!(reason(http("https://h.example"), policy(), &[]).as_deref(), Some("resource-policy"));
    assert_eq!(reason(http("https://h.example"), policy(), &[("RESOURCE_POLICY", "ignore")]), None);
    let bearer = || {
        json!({
            "security": [{ "tokens": [] }],
            "components": { "securitySchemes": { "tokens": { "type": "http", "scheme": "bearer" } } },
        })
    };
    assert_eq!(reason(http("https://h.example"), bearer(), &[]).as_deref(), Some("issuer-missing"));
    let issuers =
        "{\"tokens\": {\"issuer\": \"https://i.example\", \"jwks_uri\": \"https://i.example/keys\"}}";
    assert_eq!(reason(http("https://h.example"), bearer(), &[("JWT_ISSUERS", issuers)]), None);
}
