//! Checks the invariants of documents. A document either compiles or has errors, and each finding has a place. Compiling
//! twice gives the same result. A compiled API can be encoded and decoded. A deployment or an explanation that fails has
//! reasons. A deployed API serves requests.

use bytes::Bytes;
use http::{HeaderMap, Method};
use s3_edge_gateway::api::compiled::{decode, encode};
use s3_edge_gateway::api::{Api, ResourcePath, Segment, Verb};
use s3_edge_gateway_compiler::explain::{ExampleRequest, explain, text};
use s3_edge_gateway_compiler::finding::{Class, Finding};
use s3_edge_gateway_compiler::policy::policy;
use s3_edge_gateway_compiler::source::{Notation, Parameters};
use s3_edge_gateway_compiler::{Compilation, CompiledDocument};
use serde_json::{Value, json};

use crate::deployment::{BEHAVIOURS, compile_with, deploy, settings};
use crate::exchange::{Exchange, append_header, send};
use crate::random::Random;

/// The key under which a document of the corpus has requests, in the format of the test vectors. The compiler ignores the
/// key.
const REQUESTS: &str = "x-requests";

/// The maximum number of requests to one API, in each behaviour.
const MOST_REQUESTS: usize = 12;

/// The base path of deployments whose document has no requests.
pub const BASE_PATH: &str = "/v1";

const ACCEPTS: &[&str] = &["*/*", "application/json", "image/webp,*/*;q=0.8", "image/jpeg;q=0", "x", "é"];
const TYPES: &[&str] =
    &["application/json", "application/octet-stream", "text/plain; charset=utf-8", "image/jpeg", "x"];
const BODIES: &[&[u8]] = &[
    b"",
    b"{}",
    b"aGVsbG8=",
    b"\xff\xd8",
    b"{\"name\": \"a\", \"tags\": [{}, null, 1.5], \"a\": {\"a\": {\"a\": {}}}}",
    b"[[[[\"a\"]]]]",
    b"{\"statusCode\": 404}",
];
const SEGMENTS: &[&str] = &["a.jpg", "a%20b", "%2e", "%2F", "..", "%FF", "", "a+b", "%", "caf%C3%A9"];

/// Checks a document or a template. Its first character decides between JSON and YAML.
pub fn run(data: &[u8]) {
    let written = serde_json::from_slice::<Value>(data).unwrap_or_default();
    check(data, None, &written);
}

/// Checks a document in YAML.
pub fn run_yaml(data: &[u8]) {
    check(data, Some(Notation::Yaml), &Value::Null);
}

fn check(data: &[u8], notation: Option<Notation>, written: &Value) {
    let mut random = Random::of(data);
    let parameters = parameters(&mut random);
    let compilation = compile_with(data, notation, &parameters);
    if random.once_in(4) {
        let again = compile_with(data, notation, &parameters);
        assert_eq!(
            format!("{compilation:?}"),
            format!("{again:?}"),
            "a second compilation has another result"
        );
    }
    check_findings(&compilation, data);
    let Some(document) = compilation.document else { return };
    let bytes = document.bytes().expect("each API can be encoded");
    let decoded = decode(&bytes).expect("an encoded API can be decoded");
    assert_eq!(encode(&decoded).as_ref(), Ok(&bytes), "a decoded API is encoded to other bytes");
    // The reports take as long as all other checks together, so they are made for only half of the inputs.
    if random.once_in(2) {
        check_reports(&document, &mut random);
    }
    serve(decoded, written, &mut random);
}

/// Returns values for some names of the corpus and the dictionary for half of the inputs, and no values for the other half.
fn parameters(random: &mut Random) -> Parameters {
    let mut parameters = Parameters::default();
    if random.once_in(2) {
        for (name, value) in
            [("AWS::Region", "eu-west-1"), ("Bucket", "photos"), ("Function.Arn", "arn:aws:lambda:x")]
        {
            parameters.parameters.insert(name.to_owned(), json!(value));
        }
        parameters.conditions.insert("IsProduction".to_owned(), random.once_in(2));
        parameters.variables.insert("bucket".to_owned(), "photos".to_owned());
    }
    parameters
}

fn check_findings(compilation: &Compilation, text: &[u8]) {
    let findings = &compilation.findings;
    let has_errors = findings.iter().any(|finding| finding.code.class() == Class::Error);
    assert_eq!(compilation.document.is_none(), has_errors, "{findings:?}");
    for (index, finding) in findings.iter().enumerate() {
        check_finding(finding, text);
        let same_place = findings[..index].iter().rev().take_while(|other| other.place == finding.place);
        assert!(!same_place.clone().any(|other| other == finding), "reported twice: {finding:?}");
    }
    assert!(findings.is_sorted_by_key(|finding| finding.place), "{findings:?}");
}

fn check_finding(finding: &Finding, text: &[u8]) {
    let lines = text.split(|byte| *byte == b'\n' || *byte == b'\r').count();
    assert!((1..=lines + 1).contains(&finding.place.line) && finding.place.column >= 1, "{finding:?}");
    assert!(!finding.message.is_empty(), "{finding:?}");
    assert!(finding.pointer.is_empty() || finding.pointer.starts_with('/'), "{finding:?}");
}

/// Checks the table of operations, the policy and an explanation.
fn check_reports(document: &CompiledDocument, random: &mut Random) {
    let api = &document.api;
    assert_eq!(document.outline.operations.len(), api.operations().count());
    for (outline, (path, verb, operation)) in document.outline.operations.iter().zip(api.operations()) {
        assert_eq!(operation.served().is_some(), outline.reasons.is_empty(), "{verb} {}", path.written);
        let responses =
            operation.served().map_or(outline.responses.len(), |it| it.integration.responses.len());
        assert_eq!(outline.responses.len(), responses, "{verb} {}", path.written);
    }
    assert_eq!(document.operations(None).len(), document.outline.operations.len());
    let Ok(settings) = settings(api, BEHAVIOURS[random.below(2)], &[]) else { return };
    assert!(policy(document, Some(&settings).filter(|_| random.once_in(2)))["Statement"].is_array());
    let Some(example) = explained(api, random) else { return };
    match explain(document, &example, settings) {
        Ok(explanation) => {
            assert!(text::plain(&explanation).contains("Response to client"), "{explanation:?}");
            serde_json::to_string(&explanation).expect("an explanation can be encoded as JSON");
        }
        Err(reasons) => assert!(!reasons.is_empty() && reasons.iter().all(|reason| !reason.is_empty())),
    }
}

fn explained(api: &Api, random: &mut Random) -> Option<ExampleRequest> {
    let resource = api.resources.get(random.below(api.resources.len()))?;
    let mut headers = HeaderMap::new();
    for (name, values) in [("accept", ACCEPTS), ("content-type", TYPES)] {
        let value = random.one_of(values);
        if random.once_in(2) {
            append_header(&mut headers, name, value);
        }
    }
    Some(ExampleRequest {
        method: [Method::GET, Method::PUT, Method::POST][random.below(3)].clone(),
        path: format!("{}?key=a.jpg", resource.path.written),
        headers,
        body: random.once_in(3).then(|| Bytes::from_static(BODIES[random.below(BODIES.len())])),
        ..ExampleRequest::default()
    })
}

fn serve(api: Api, document: &Value, random: &mut Random) {
    let written = document.get(REQUESTS).and_then(Value::as_array);
    let mut exchanges: Vec<_> =
        written.into_iter().flatten().take(MOST_REQUESTS).map(Exchange::read).collect();
    while exchanges.len() < MOST_REQUESTS {
        let Some(exchange) = random_exchange(&api, random) else { break };
        exchanges.push(exchange);
    }
    for behaviour in BEHAVIOURS {
        let bucket = if random.once_in(2) { "" } else { "photos" };
        // The URLs of the requests in the corpus contain the base path of their document.
        let base_path = if written.is_some() { "" } else { BASE_PATH };
        match deploy(api.clone(), behaviour, &[("S3_BUCKET", bucket), ("BASE_PATH", base_path)]) {
            Ok(gateway) => exchanges.iter().for_each(|exchange| {
                send(&gateway, exchange);
            }),
            Err(reasons) => assert!(!reasons.is_empty() && reasons.iter().all(|reason| !reason.is_empty())),
        }
    }
}

/// Returns a random request to an operation of the API, or `None` if the API has no operation.
pub fn random_exchange(api: &Api, random: &mut Random) -> Option<Exchange> {
    let resource = api.resources.get(random.below(api.resources.len()))?;
    let method = resource.methods.get(random.below(resource.methods.len()))?;
    let url = format!("{}{}?key=a%2Fb.png&{}", BASE_PATH, path(&resource.path, random), query(random));
    let status = [200, 204, 206, 304, 403, 404, 412, 416, 500][random.below(9)];
    let mut exchange = Exchange::read(&json!({
        "request": { "method": "GET", "url": url },
        "s3": [{
            "status": status,
            "headers": { "content-type": random.one_of(TYPES), "etag": "\"e\"", "content-range": "bytes 0-1/2" },
            "body": "aGVsbG8=",
        }],
    }));
    if let Verb::Exactly(method) = &method.verb {
        exchange.request.method = method.clone();
    }
    exchange.request.body = BODIES[random.below(BODIES.len())].to_vec();
    let mut set = |name: &str, value: &str| append_header(&mut exchange.request.headers, name, value);
    set("content-type", random.one_of(TYPES));
    set("accept", random.one_of(ACCEPTS));
    set("x-api-key", "key");
    set("origin", "https://a.example");
    if random.once_in(3) {
        set("range", "bytes=0-1");
        set("if-range", "\"e\"");
    }
    if random.once_in(4) {
        set("content-encoding", random.one_of(&["gzip", "Deflate", "identity", "br", "é"]));
        set("x-http-method-override", random.one_of(&["PUT", "get", "é", ""]));
    }
    exchange.request.is_chunked = !random.once_in(2);
    Some(exchange)
}

fn path(path: &ResourcePath, random: &mut Random) -> String {
    let mut filled = String::new();
    for segment in &path.segments {
        filled.push('/');
        match segment {
            Segment::Static(text) => filled.push_str(text),
            Segment::Parameter(_) => filled.push_str(random.one_of(SEGMENTS)),
            Segment::Greedy(_) => {
                filled.push_str(random.one_of(SEGMENTS));
                filled.push('/');
                filled.push_str(random.one_of(SEGMENTS));
            }
        }
    }
    if filled.is_empty() { "/".to_owned() } else { filled }
}

fn query(random: &mut Random) -> &'static str {
    random.one_of(&["", "key=b", "name=x&tags=%FF", "folder=a&item=..&&=&x", "uploads&list-type=2"])
}
