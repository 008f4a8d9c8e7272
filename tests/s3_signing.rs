//! Runs `vectors/signing/*.json`. Each request is signed. Then canonical request, string to sign and signature are computed from the
//! signed request, as a server does, and compared with the vector.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "clippy checks the helper functions of tests as production code"
)]

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::process::ExitCode;
use std::time::{Duration, SystemTime};

use aws_sigv4::sign::v4::{calculate_signature, generate_signing_key};
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use s3_edge_gateway::s3::{
    Addressing, Bucket, Credentials, Endpoint, Key, PayloadHash, Region, Service, Signer, SigningError,
    Target, WireUrl,
};
use serde::Deserialize;
use test_harness::Trial;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Vector {
    name: String,
    source: String,
    endpoint: String,
    addressing: String,
    bucket: Option<String>,
    key: Option<String>,
    query: Vec<(String, String)>,
    method: String,
    headers: Vec<(String, String)>,
    also_signed: Vec<String>,
    payload: Option<String>,
    credentials: Keys,
    region: String,
    service: String,
    time: u64,
    expected: Expected,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Keys {
    access_key_id: String,
    secret_access_key: String,
    session_token: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Expected {
    url: String,
    canonical_request: Vec<String>,
    string_to_sign: Vec<String>,
    signature: String,
}

fn main() -> ExitCode {
    let files = [("published-by-aws", 4), ("requests", 43)];
    let mut tests: Vec<Trial> = files.into_iter().flat_map(|(file, count)| vectors(file, count)).collect();
    tests.extend(test_harness::functions![
        headers_of_the_caller_are_replaced,
        repeated_headers_are_joined_if_they_are_signed,
        signed_headers_that_are_not_visible_ascii_are_refused,
        times_before_1970_or_after_9999_are_refused,
        the_hash_of_an_empty_body_is_the_constant,
    ]);
    test_harness::run(tests)
}

/// Returns the tests of one file, which must have `count` vectors.
fn vectors(file: &str, count: usize) -> Vec<Trial> {
    let vectors: Vec<Vector> = test_harness::read(format!("vectors/signing/{file}.json"));
    assert_eq!(vectors.len(), count, "{file}");
    let test = |vector: Vector| {
        let name = format!("{}::{}", file.replace('-', "_"), vector.name);
        test_harness::test(name, move || check(&vector))
    };
    vectors.into_iter().map(test).collect()
}

fn headers_of_the_caller_are_replaced() {
    let mut headers = HeaderMap::new();
    for name in ["authorization", "host", "x-amz-content-sha256", "x-amz-date", "x-amz-security-token"] {
        headers.append(name, HeaderValue::from_static("the caller's"));
        headers.append(name, HeaderValue::from_static("twice"));
    }
    sign(&mut headers, at(0)).unwrap();
    assert!(headers.values().all(|value| !["the caller's", "twice"].iter().any(|v| value == v)));
    let names: Vec<&str> = headers.keys().map(HeaderName::as_str).collect();
    assert_eq!(names.len(), 3, "{names:?}");
    assert_eq!(headers["x-amz-content-sha256"], PayloadHash::EMPTY.to_string());
    assert!(headers["authorization"].is_sensitive());
}

fn repeated_headers_are_joined_if_they_are_signed() {
    let mut headers = HeaderMap::new();
    for (name, value) in [("x-amz-meta-a", "1"), ("x-amz-meta-a", "2"), ("accept", "a"), ("accept", "b")] {
        headers.append(name, HeaderValue::from_static(value));
    }
    sign(&mut headers, at(0)).unwrap();
    let all = |name| headers.get_all(name).iter().collect::<Vec<_>>();
    assert_eq!(all("x-amz-meta-a"), ["1,2"]);
    assert_eq!(all("accept"), ["a", "b"]);
}

fn signed_headers_that_are_not_visible_ascii_are_refused() {
    for value in [&b"caf\xc3\xa9"[..], b"\xe9", b"a\tb"] {
        let mut headers = HeaderMap::new();
        headers.insert("x-amz-meta-a", HeaderValue::from_bytes(value).unwrap());
        let error = sign(&mut headers, at(0)).unwrap_err();
        assert!(matches!(error, SigningError::HeaderValue(name) if name == "x-amz-meta-a"));

        let mut headers = HeaderMap::new();
        headers.insert("x-other", HeaderValue::from_bytes(value).unwrap());
        sign(&mut headers, at(0)).unwrap();
        assert_eq!(headers["x-other"], HeaderValue::from_bytes(value).unwrap());
    }
}

fn times_before_1970_or_after_9999_are_refused() {
    let before = SystemTime::UNIX_EPOCH - Duration::from_nanos(1);
    for time in [before, at(253_402_300_800), at(i64::MAX as u64)] {
        assert!(matches!(sign(&mut HeaderMap::new(), time), Err(SigningError::Time)));
    }
    for (time, expected) in [(0, "19700101T000000Z"), (253_402_300_799, "99991231T235959Z")] {
        let mut headers = HeaderMap::new();
        sign(&mut headers, at(time)).unwrap();
        assert_eq!(headers["x-amz-date"], expected);
    }
}

fn the_hash_of_an_empty_body_is_the_constant() {
    assert_eq!(PayloadHash::of(b""), PayloadHash::EMPTY);
}

fn sign(headers: &mut HeaderMap, time: SystemTime) -> Result<(), SigningError> {
    signer().sign(&Method::GET, &wire_url(Target::Service), headers, &PayloadHash::EMPTY, time)
}

fn signer() -> Signer {
    let credentials = Credentials::new("AKIAIOSFODNN7EXAMPLE", "secret", None).unwrap();
    Signer::new(credentials, Region::parse("us-east-1").unwrap(), Service::S3)
}

fn wire_url(target: Target<'_>) -> WireUrl {
    let endpoint = Endpoint::parse("https://s3.us-east-1.amazonaws.com").unwrap();
    WireUrl::new(&endpoint, Addressing::Path, target, &[]).unwrap()
}

fn at(seconds: u64) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)
}

fn check(vector: &Vector) {
    let Vector { name, expected, .. } = vector;
    assert!(!vector.source.is_empty(), "{name}: `source` is empty");
    let bucket = vector.bucket.as_deref().map(|name| Bucket::parse(name).unwrap());
    let key = vector.key.as_deref().map(|key| Key::parse(key).unwrap());
    let target = match (&bucket, &key) {
        (None, None) => Target::Service,
        (Some(bucket), None) => Target::Bucket(bucket),
        (Some(bucket), Some(key)) => Target::Object(bucket, key),
        (None, Some(_)) => panic!("{name}: a key without a bucket"),
    };
    let endpoint = Endpoint::parse(&vector.endpoint).unwrap();
    let addressing = Addressing::parse(&vector.addressing).unwrap();
    let url = WireUrl::new(&endpoint, addressing, target, &vector.query).unwrap();
    assert_eq!(url.as_str(), expected.url, "{name}");

    let service = match vector.service.as_str() {
        "s3" => Service::S3,
        "sts" => Service::Sts,
        other => panic!("{name}: the service is `{other}`, not `s3` or `sts`"),
    };
    let keys = &vector.credentials;
    let credentials =
        Credentials::new(&keys.access_key_id, &keys.secret_access_key, keys.session_token.clone()).unwrap();
    let also_signed = vector.also_signed.iter().map(|name| name.parse::<HeaderName>().unwrap());
    let signer =
        Signer::new(credentials, Region::parse(&vector.region).unwrap(), service).also_signing(also_signed);
    let payload = match &vector.payload {
        Some(text) => PayloadHash::of(text.as_bytes()),
        None => PayloadHash::Unsigned,
    };
    let mut headers = HeaderMap::new();
    for (name, value) in &vector.headers {
        headers.append(name.parse::<HeaderName>().unwrap(), value.parse().unwrap());
    }
    let method: Method = vector.method.parse().unwrap();
    signer.sign(&method, &url, &mut headers, &payload, at(vector.time)).unwrap();

    let authorization = Authorization::parse(headers["authorization"].to_str().unwrap());
    let canonical = canonical_request(&method, &url, &headers, &authorization.signed_headers, &payload);
    assert_eq!(canonical.split('\n').collect::<Vec<_>>(), expected.canonical_request, "{name}");

    let (id, scope) = authorization.credential.split_once('/').unwrap();
    assert_eq!(id, keys.access_key_id, "{name}");
    let date = headers["x-amz-date"].to_str().unwrap();
    let to_sign = ["AWS4-HMAC-SHA256", date, scope, &sha256(&canonical)];
    assert_eq!(to_sign, expected.string_to_sign.as_slice(), "{name}");

    let key = generate_signing_key(&keys.secret_access_key, at(vector.time), &vector.region, &vector.service);
    assert_eq!(calculate_signature(key, to_sign.join("\n").as_bytes()), expected.signature, "{name}");
    assert_eq!(authorization.signature, expected.signature, "{name}");

    let sent = |name| headers.get(name).map(|value| value.to_str().unwrap());
    assert_eq!(sent("x-amz-security-token"), keys.session_token.as_deref(), "{name}");
    let hash = payload.to_string();
    let hash_header = (service == Service::S3).then_some(hash.as_str());
    assert_eq!(sent("x-amz-content-sha256"), hash_header, "{name}");
}

struct Authorization<'a> {
    credential: &'a str,
    signed_headers: Vec<&'a str>,
    signature: &'a str,
}

impl<'a> Authorization<'a> {
    fn parse(text: &'a str) -> Authorization<'a> {
        let mut parts = text.strip_prefix("AWS4-HMAC-SHA256 ").unwrap().split(", ");
        let mut part = |name: &str| parts.next().unwrap().strip_prefix(name).unwrap();
        Authorization {
            credential: part("Credential="),
            signed_headers: part("SignedHeaders=").split(';').collect(),
            signature: part("Signature="),
        }
    }
}

/// Returns the canonical request as a server computes it from the request that it received.
fn canonical_request(
    method: &Method,
    url: &WireUrl,
    headers: &HeaderMap,
    signed: &[&str],
    payload: &PayloadHash,
) -> String {
    let url = url::Url::parse(url.as_str()).unwrap();
    let mut received: BTreeMap<&str, String> = BTreeMap::new();
    let authority = &url[url::Position::BeforeHost..url::Position::AfterPort];
    received.insert("host", authority.to_owned());
    for (name, value) in headers {
        let value = value.to_str().unwrap_or_default().split(' ').filter(|word| !word.is_empty());
        let value = value.collect::<Vec<_>>().join(" ");
        assert!(received.insert(name.as_str(), value).is_none() || !signed.contains(&name.as_str()));
    }
    let path = percent_encoding::percent_decode_str(url.path()).decode_utf8().unwrap();
    let mut query: Vec<String> = url
        .query_pairs()
        .map(|(name, value)| format!("{}={}", encode(&name, ""), encode(&value, "")))
        .collect();
    // Pairs are sorted by name, then by value. Sorting whole texts such as `a=1` would give another order, because `-` and `.`
    // precede `=`.
    query.sort_by(|a, b| a.split('=').cmp(b.split('=')));

    let mut text = format!("{method}\n{}\n{}\n", encode(&path, "/"), query.join("&"));
    for name in signed {
        writeln!(text, "{name}:{}", received[name]).unwrap();
    }
    write!(text, "\n{}\n{payload}", signed.join(";")).unwrap();
    text
}

fn encode(text: &str, also_plain: &str) -> String {
    let mut encoded = String::new();
    for byte in text.bytes() {
        let c = char::from(byte);
        if c.is_ascii_alphanumeric() || "-._~".contains(c) || also_plain.contains(c) {
            encoded.push(c);
        } else {
            write!(encoded, "%{byte:02X}").unwrap();
        }
    }
    encoded
}

fn sha256(text: &str) -> String {
    PayloadHash::of(text.as_bytes()).to_string()
}
