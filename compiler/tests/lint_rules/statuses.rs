//! Compares the lints about statuses with the responses of the gateway.

use http::{Method, StatusCode};
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use s3_edge_gateway::gateway::Gateway;
use s3_edge_gateway_compiler::finding::Code;
use serde_json::{Map, Value, json};

use super::{concerns, deploy, document, findings, is_rejected, request, serve, with_code};

const PATTERNS: &[&str] = &["200", "206", "304", "40", "404", "2\\d{2}", "3\\d{2}", "4\\d{2}", "default"];

/// Returns the gateway's status for a status of S3, or `None` if the gateway responds with its own 500.
fn answered(gateway: &Gateway, sent: &[(&str, &str)], status: StatusCode) -> Option<StatusCode> {
    let served = serve(gateway, &request(Method::GET, sent, b""), status, "image/png", b"");
    assert_eq!(served.requests.len(), 1);
    (!is_rejected(&served)).then(|| StatusCode::from_u16(served.response.status).unwrap())
}

proptest! {
    #[test]
    fn lints_about_statuses_predict_the_gateway(
        patterns in subsequence(PATTERNS, 0..5),
        keeps_status in any::<bool>(),
        (header, value, status) in select(vec![
            ("Range", "bytes=0-9", StatusCode::PARTIAL_CONTENT),
            ("If-None-Match", "\"etag\"", StatusCode::NOT_MODIFIED),
        ]),
    ) {
        let entry = |pattern: &&str| {
            let is_status = keeps_status && pattern.parse::<u16>().is_ok_and(|status| status > 99);
            let status = if is_status { pattern } else { "200" };
            ((*pattern).to_owned(), json!({ "statusCode": status }))
        };
        let responses: Map<String, Value> = patterns.iter().map(entry).collect();
        let operation = json!({
            "parameters": [{ "name": header, "in": "header" }],
            "responses": { "200": {}, "206": {}, "304": {}, "404": {} },
        });
        let document = document(&["image/png"], "get", operation, json!({
            "requestParameters": {
                format!("integration.request.header.{header}"): format!("method.request.header.{header}"),
            },
            "responses": responses,
        }));
        let findings = findings(&document);
        for compatibility in ["aws", "edge"] {
            let gateway = deploy(&document, compatibility);
            let is_reported = |code: Code, texts: &[&str]| {
                with_code(&findings, code).into_iter().any(|finding| {
                    let is_about_it = texts.iter().any(|text| finding.message.contains(text));
                    is_about_it && concerns(finding, compatibility)
                })
            };
            let every = "Every request gets a 500";
            let sent = [(header, value), ("accept", "image/png")];

            let partial = answered(&gateway, &sent, status);
            let fails = format!("{} becomes a 500", status.as_str());
            prop_assert_eq!(is_reported(Code::StatusNotTaken, &[&fails, every]), partial.is_none());
            let is_hidden = partial.is_some_and(|partial| partial != status);
            prop_assert_eq!(is_reported(Code::PartialContentHidden, &["becomes a"]), is_hidden);

            let success = answered(&gateway, &sent, StatusCode::OK);
            prop_assert_eq!(is_reported(Code::StatusNotTaken, &["Every success", every]), success.is_none());

            let missing = answered(&gateway, &sent, StatusCode::NOT_FOUND);
            let fails = is_reported(Code::StatusNotTaken, &["The 404 of S3 becomes a 500", every]);
            prop_assert_eq!(fails, missing.is_none());
            let is_success = missing.is_some_and(|status| status.is_success());
            prop_assert_eq!(is_reported(Code::ErrorAnsweredAsSuccess, &["404"]), is_success);
        }
    }
}
