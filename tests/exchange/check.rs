//! Compares the outcome of a case with its expectation: the requests to S3, the response to the client, and fields of the log line.
//! A request or a header that is not expected is a failure.

use std::collections::BTreeMap;

use http::HeaderMap;
use sha2::{Digest, Sha256};

use super::drive::{Driven, HOST, REQUEST_ID, Received, Sent};
use super::vector::{Case, ExpectedRequest, Payload};

/// Headers that the signature adds to a request. They are not in the expected headers of a vector.
const OF_THE_SIGNATURE: [&str; 4] =
    ["authorization", "x-amz-date", "x-amz-content-sha256", "x-amz-security-token"];

pub fn check(case: &Case, driven: &Driven) {
    let name = &case.name;
    let urls: Vec<_> = driven.requests.iter().map(|sent| (&sent.method, &sent.url)).collect();
    assert_eq!(
        urls.len(),
        case.expected.requests.len(),
        "{name}: the number of requests to S3; the requests: {urls:?}; the log: {:?}",
        driven.log
    );
    for (sent, expected) in driven.requests.iter().zip(&case.expected.requests) {
        check_request(case, sent, expected);
    }
    check_response(case, &driven.response, &driven.log);
    check_log(case, driven);
}

fn check_request(case: &Case, sent: &Sent, expected: &ExpectedRequest) {
    let name = &case.name;
    let url = match expected.url.strip_prefix('/') {
        Some(_) => format!("{}{}", case.settings["S3_ENDPOINT"], expected.url),
        None => expected.url.clone(),
    };
    assert_eq!(
        (&sent.method, &sent.url),
        (&expected.method, &url),
        "{name}: method and URL of the request to S3"
    );
    let mut own = sent.headers.clone();
    if expected.payload != Payload::NoSignature {
        OF_THE_SIGNATURE.iter().for_each(|name| drop(own.remove(*name)));
    }
    assert_eq!(pairs(&own), lower(&expected.headers.pairs()), "{name}: headers of the request to S3");
    let body = expected.body.bytes();
    same(&sent.body, &body, &format!("{name}: body of the request to S3"));
    let is_unsigned = match expected.payload {
        Payload::Signed => false,
        Payload::Unsigned => true,
        Payload::NoSignature => return,
        Payload::UnsignedInEdge => case.behaviour == "edge",
    };
    let hash: String = match is_unsigned {
        true => "UNSIGNED-PAYLOAD".to_owned(),
        false => sha256(&body),
    };
    assert_eq!(sent.headers["x-amz-content-sha256"], hash, "{name}: x-amz-content-sha256");
    check_authorization(case, sent);
    let token = sent.headers.get("x-amz-security-token").map(|token| token.to_str().unwrap());
    assert_eq!(
        token,
        case.settings.get("AWS_SESSION_TOKEN").map(String::as_str),
        "{name}: x-amz-security-token"
    );
}

/// Checks key, date, region and signed headers. The end-to-end run of the same vectors verifies the signature.
fn check_authorization(case: &Case, sent: &Sent) {
    let name = &case.name;
    let authorization = sent.headers["authorization"].to_str().unwrap();
    let date = &sent.headers["x-amz-date"].to_str().unwrap()[..8];
    let key_id = &case.settings["AWS_ACCESS_KEY_ID"];
    let region = case.settings.get("S3_REGION").map_or("us-west-2", String::as_str);
    let mut signed: Vec<_> = sent.headers.keys().map(|name| name.as_str()).collect();
    signed.retain(|name| name.starts_with("x-amz-") || ["content-type", "content-md5"].contains(name));
    signed.push("host");
    signed.sort_unstable();
    signed.dedup();
    let signed = signed.join(";");
    let expected = format!(
        "AWS4-HMAC-SHA256 Credential={key_id}/{date}/{region}/s3/aws4_request, SignedHeaders={signed}, Signature="
    );
    assert!(
        authorization.starts_with(&expected),
        "{name}: Authorization is {authorization}, and does not begin with {expected}"
    );
}

fn check_response(case: &Case, received: &Received, log: &serde_json::Value) {
    let (name, expected) = (&case.name, &case.expected.response);
    let shown = String::from_utf8_lossy(&received.body);
    assert_eq!(
        received.status, expected.status,
        "{name}: the status; headers: {:?}; body: {shown}; log: {log}",
        received.headers
    );
    assert!(!received.is_broken_off, "{name}: the body of the response is incomplete; log: {log}");
    let mut headers: Vec<_> =
        expected.headers.pairs().into_iter().map(|(name, value)| (name, filled(&value))).collect();
    headers.push(("x-amzn-RequestId".to_owned(), REQUEST_ID.to_owned()));
    let decides_about_sniffing = |name: &str| name.eq_ignore_ascii_case("x-content-type-options");
    if case.behaviour == "edge" && !headers.iter().any(|(name, _)| decides_about_sniffing(name)) {
        headers.push(("X-Content-Type-Options".to_owned(), "nosniff".to_owned()));
    }
    headers.sort();
    let mut seen = received.headers.clone();
    seen.sort();
    assert_eq!(seen, headers, "{name}: headers of the response to the client");
    let body = expected.body.bytes();
    let body = String::from_utf8(body.clone()).map_or(body, |text| filled(&text).into_bytes());
    same(&received.body, &body, &format!("{name}: body of the response to the client"));
}

fn check_log(case: &Case, driven: &Driven) {
    let (name, log) = (&case.name, &driven.log);
    assert_eq!(log["status"], driven.response.status, "{name}: the field status of the log");
    assert_eq!(log["method"], case.request.method.as_str(), "{name}: the field method of the log");
    assert_eq!(log["request_id"], REQUEST_ID, "{name}: the field request_id of the log");
    for (field, expected) in &case.expected.log {
        let seen = log.get(field).unwrap_or(&serde_json::Value::Null);
        assert_eq!(seen, expected, "{name}: the field {field} of the log");
    }
    let has_error = log.get("error").is_some();
    assert_eq!(
        has_error,
        case.expected.log.get("error").is_some_and(|e| !e.is_null()),
        "{name}: whether the log has `error`: {log}"
    );
    let line = log.to_string();
    let secrets = ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"];
    for secret in secrets.iter().filter_map(|name| case.settings.get(*name)) {
        assert!(!line.contains(secret.as_str()), "{name}: the log has a secret: {line}");
    }
    let query = case.request.url.split_once('?').map(|(_, query)| query).filter(|query| query.len() > 3);
    assert!(
        !query.is_some_and(|query| line.contains(query)),
        "{name}: the log has the query of the request: {line}"
    );
}

/// Replaces `{request-id}` and `{host}` by the request's ID and host.
fn filled(text: &str) -> String {
    text.replace("{request-id}", REQUEST_ID).replace("{host}", HOST)
}

/// Compares two bodies. The message has the length, the hash and at most 2,000 bytes of each body.
fn same(seen: &[u8], expected: &[u8], what: &str) {
    if seen != expected {
        assert_eq!(show(seen), show(expected), "{what}");
    }
}

fn show(body: &[u8]) -> String {
    let escaped = body.iter().take(2000).flat_map(|byte| std::ascii::escape_default(*byte)).map(char::from);
    format!("{} bytes, SHA-256 {}: {}", body.len(), sha256(body), escaped.collect::<String>())
}

fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

fn pairs(headers: &HeaderMap) -> BTreeMap<String, Vec<String>> {
    let value = |value: &http::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    headers.keys().map(|name| (name.to_string(), headers.get_all(name).iter().map(value).collect())).collect()
}

fn lower(headers: &[(String, String)]) -> BTreeMap<String, Vec<String>> {
    let mut lower: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (name, value) in headers {
        lower.entry(name.to_ascii_lowercase()).or_default().push(filled(value));
    }
    lower
}
