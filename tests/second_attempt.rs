//! The second attempt of a read: the failures after which a request is sent again, the pause, the time limit, and the correction of
//! the clock.

#![expect(clippy::unwrap_used, reason = "clippy checks the helper functions of tests as production code")]

use std::time::{Duration, UNIX_EPOCH};

use http::{Method, StatusCode};
use s3_edge_gateway::gateway::deployment::settings::Variables;
use s3_edge_gateway::gateway::transport::TransportError;
use s3_edge_gateway::gateway::{Gateway, Settings};
use s3_edge_gateway_compiler::api_of;
use s3_edge_gateway_testing::{Answer, ClientRequest, Sent, Served, headers, serve_request};
use serde_json::{Value, json};

/// 2026-11-28 12:00:00 UTC.
const NOON: Duration = Duration::from_secs(1_795_867_200);
const AT_NOON: &str = "Sat, 28 Nov 2026 12:00:00 GMT";

fn gateway(behaviour: &str, method: &str) -> Gateway {
    gateway_of(
        behaviour,
        method,
        json!({"type": "aws", "uri": "arn:aws:apigateway:us-west-2:s3:path/files/key"}),
    )
}

/// Returns a gateway whose GET `/x` has this `type` and `uri`. Its GET `/s3` reads from S3.
fn gateway_of(behaviour: &str, method: &str, backend: Value) -> Gateway {
    let mut integration = json!({
        "httpMethod": method,
        "timeoutInMillis": 5000,
        "responses": {
            "2\\d{2}": {"statusCode": "200"},
            "403": {"statusCode": "403"},
            "503": {"statusCode": "503"},
            "default": {"statusCode": "500"},
        },
    });
    integration.as_object_mut().unwrap().extend(backend.as_object().unwrap().clone());
    let responses = json!({
        "200": {"description": "ok"}, "403": {"description": "refused"},
        "500": {"description": "failed"}, "503": {"description": "failed"},
    });
    let reads_s3 = json!({
        "type": "aws", "httpMethod": "GET", "uri": "arn:aws:apigateway:us-west-2:s3:path/files/key",
        "responses": {"default": {"statusCode": "200"}},
    });
    let document = json!({"openapi": "3.0.1", "paths": {
        "/x": {"get": {"responses": responses, "x-amazon-apigateway-integration": integration}},
        "/s3": {"get": {"responses": responses, "x-amazon-apigateway-integration": reads_s3}},
    }});
    let variable = |name: &str| match name {
        "AWS_ACCESS_KEY_ID" | "AWS_SECRET_ACCESS_KEY" => Some("x".to_owned()),
        "COMPATIBILITY" => Some(behaviour.to_owned()),
        "ALLOW_ANONYMOUS_WRITES" => Some("true".to_owned()),
        _ => None,
    };
    let settings = Settings::from_variables(&Variables(&variable)).unwrap();
    Gateway::new(api_of(document.to_string().as_bytes()).unwrap(), settings).unwrap()
}

fn answer(status: u16, pairs: &[(&str, &str)]) -> Answer {
    let (status, headers) = (StatusCode::from_u16(status).unwrap(), headers(pairs));
    Answer { status, headers, body: b"body".to_vec(), breaks_off: false }
}

/// Serves a GET. `first` is the outcome of the first request, and `second` of each later one.
fn get(
    gateway: &Gateway,
    first: impl Fn() -> Result<Answer, TransportError>,
    second: impl Fn() -> Result<Answer, TransportError>,
) -> Served {
    let mut is_first = true;
    let request = ClientRequest { time: UNIX_EPOCH + NOON, ..ClientRequest::new(Method::GET, "/x") };
    serve_request(
        gateway,
        &request,
        |_: &Sent| {
            if std::mem::take(&mut is_first) { first() } else { second() }
        },
    )
}

fn ok() -> Result<Answer, TransportError> {
    Ok(answer(200, &[]))
}

#[test]
fn a_read_is_sent_again_once_after_a_failure_that_often_passes() {
    for method in ["GET", "HEAD"] {
        for status in [429, 500, 502, 503] {
            let served = get(&gateway("edge", method), || Ok(answer(status, &[])), ok);
            assert_eq!((served.requests.len(), served.response.status), (2, 200), "{method}, {status}");
            assert_eq!(served.requests[0].url, served.requests[1].url);
            let log = served.log.unwrap();
            assert!(log.retried[0].starts_with(&format!("S3 answered {status}")), "{log:?}");
            assert!(log.causes.is_empty());
            assert!((50..=150).contains(&served.paused.as_millis()), "{:?}", served.paused);
        }
    }
    let broken = || Err(TransportError::Broken("connection lost".to_owned()));
    let served = get(&gateway("edge", "GET"), broken, ok);
    assert_eq!((served.requests.len(), served.response.status), (2, 200));
    assert_eq!(served.log.unwrap().retried, ["S3 could not be reached: connection lost"]);
    let served = get(&gateway("edge", "GET"), broken, broken);
    assert_eq!((served.requests.len(), served.response.status), (2, 504));
    let unavailable = || Ok(answer(503, &[]));
    let served = get(&gateway("edge", "GET"), unavailable, unavailable);
    assert_eq!((served.requests.len(), served.response.status), (2, 503));
}

#[test]
fn other_outcomes_are_final() {
    for status in [200, 204, 301, 304, 400, 403, 404, 416, 501, 504] {
        let served = get(&gateway("edge", "GET"), || Ok(answer(status, &[])), ok);
        assert_eq!(served.requests.len(), 1, "{status}");
        assert!(served.log.unwrap().retried.is_empty());
    }
    let timeout = || Err(TransportError::Timeout);
    assert_eq!(get(&gateway("edge", "GET"), timeout, ok).requests.len(), 1);
}

#[test]
fn writes_and_requests_in_aws_are_sent_once() {
    let unavailable = || Ok(answer(503, &[]));
    for method in ["PUT", "POST", "DELETE"] {
        assert_eq!(get(&gateway("edge", method), unavailable, ok).requests.len(), 1, "{method}");
    }
    assert_eq!(get(&gateway("aws", "GET"), unavailable, ok).requests.len(), 1);
}

/// `timeoutInMillis` is 5 seconds.
#[test]
fn retry_after_sets_the_pause_within_the_time_limit() {
    for (value, pause) in [
        ("0", None),
        ("2", Some(2)),
        ("4", Some(4)),
        ("Sat, 28 Nov 2026 12:00:03 GMT", Some(3)),
        ("Sat, 28 Nov 2026 11:00:00 GMT", None),
        ("soon", None),
        ("-1", None),
    ] {
        let served = get(&gateway("edge", "GET"), || Ok(answer(503, &[("Retry-After", value)])), ok);
        assert_eq!(served.requests.len(), 2, "{value}");
        match pause {
            Some(seconds) => assert_eq!(served.paused, Duration::from_secs(seconds), "{value}"),
            None => assert!(served.paused < Duration::from_millis(151), "{value}"),
        }
    }
    for value in ["5", "60", "18446744073709551615", "Sat, 28 Nov 2026 13:00:00 GMT"] {
        let served = get(&gateway("edge", "GET"), || Ok(answer(503, &[("Retry-After", value)])), ok);
        assert_eq!((served.requests.len(), served.response.status), (1, 503), "{value}");
        assert!(served.paused.is_zero());
    }
}

#[test]
fn a_signature_of_another_time_is_repeated_with_the_time_of_s3() {
    for (date, signed) in [
        ("Sat, 28 Nov 2026 13:00:00 GMT", "20261128T130000Z"),
        ("Fri, 27 Nov 2026 12:00:00 GMT", "20261127T120000Z"),
    ] {
        let gateway = gateway("edge", "GET");
        let refused = || Ok(answer(403, &[("Date", date)]));
        let served = get(&gateway, refused, ok);
        let dates: Vec<_> =
            served.requests.iter().map(|sent| sent.headers["x-amz-date"].to_str().unwrap()).collect();
        assert_eq!(dates, ["20261128T120000Z", signed]);
        assert_eq!((served.response.status, served.paused), (200, Duration::ZERO));
        assert!(served.log.unwrap().retried[0].contains("clock"));
        // Later requests are signed with the time of S3 at once. A 403 with the corrected time is final.
        let served = get(&gateway, refused, ok);
        assert_eq!((served.requests.len(), served.response.status), (1, 403));
        assert_eq!(served.requests[0].headers["x-amz-date"], signed);
    }
    for date in [AT_NOON, "Sat, 28 Nov 2026 12:04:00 GMT", "yesterday"] {
        let served = get(&gateway("edge", "GET"), || Ok(answer(403, &[("Date", date)])), ok);
        assert_eq!((served.requests.len(), served.response.status), (1, 403), "{date}");
    }
}

#[test]
fn a_write_is_not_repeated_but_corrects_the_clock() {
    let gateway = gateway("edge", "PUT");
    let refused = || Ok(answer(403, &[("Date", "Sat, 28 Nov 2026 13:00:00 GMT")]));
    for signed in ["20261128T120000Z", "20261128T130000Z"] {
        let served = get(&gateway, refused, ok);
        assert_eq!((served.requests.len(), served.response.status), (1, 403));
        assert_eq!(served.requests[0].headers["x-amz-date"], signed);
    }
}

#[test]
fn the_date_of_a_stored_response_is_ignored() {
    let gateway = gateway("edge", "GET");
    let stored = || Ok(answer(403, &[("Date", "Sat, 28 Nov 2026 11:00:00 GMT"), ("Age", "3600")]));
    for _ in 0..2 {
        let served = get(&gateway, stored, ok);
        assert_eq!((served.requests.len(), served.response.status), (1, 403));
        assert_eq!(served.requests[0].headers["x-amz-date"], "20261128T120000Z");
    }
}

#[test]
fn a_second_attempt_has_at_least_half_a_second() {
    for (millis, requests) in [(450, 1), (800, 2)] {
        let uri = "arn:aws:apigateway:us-west-2:s3:path/files/key";
        let backend = json!({"type": "aws", "uri": uri, "timeoutInMillis": millis});
        let served = get(&gateway_of("edge", "GET", backend), || Ok(answer(503, &[])), ok);
        assert_eq!(served.requests.len(), requests, "{millis}");
    }
}

#[test]
fn the_clock_of_a_server_other_than_s3_is_ignored() {
    for method in ["GET", "PUT"] {
        let backend = json!({"type": "http", "uri": "https://backend.example.com/x"});
        let gateway = gateway_of("edge", method, backend);
        let refused = || Ok(answer(403, &[("Date", "Sat, 28 Nov 2026 13:00:00 GMT")]));
        for _ in 0..2 {
            let served = get(&gateway, refused, ok);
            assert_eq!((served.requests.len(), served.response.status), (1, 403));
        }
        let request = ClientRequest { time: UNIX_EPOCH + NOON, ..ClientRequest::new(Method::GET, "/s3") };
        let served = serve_request(&gateway, &request, |_| ok());
        assert_eq!(served.requests[0].headers["x-amz-date"], "20261128T120000Z", "{method}");
    }
}
