//! What holds for every document: it is read or refused, with places and reasons, twice alike; what is read serves requests;
//! and the checker says the same.

use std::path::Path;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use s3_edge_gateway::api::integration::match_statuses;
use s3_edge_gateway::api::{Api, DocumentError, ResourcePath, Segment, Verb};
use s3_edge_gateway::check::explain::text::text as told;
use s3_edge_gateway::check::explain::{Question as Explained, explain};
use s3_edge_gateway::check::finding::{Finding, Severity};
use s3_edge_gateway::check::look::Look;
use s3_edge_gateway::check::policy::policy;
use s3_edge_gateway::check::source::Source;
use s3_edge_gateway::check::{check, report};
use serde_json::{Value, json};

use crate::deployment::{BEHAVIOURS, deploy, load};
use crate::exchange::{Question, ask};
use crate::random::Random;

/// What the build script writes.
#[path = "../../src/api/embedded/write.rs"]
mod embedded;

/// Under this key a document of the corpus has requests of its own, as the vectors of the tests write them. To the gateway it
/// is somebody else's extension.
const REQUESTS: &str = "x-requests";

/// How many requests are made of one document.
const MOST_REQUESTS: usize = 12;

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

/// Runs one document.
pub fn run(data: &[u8]) {
    let mut random = Random::of(data);
    let loaded = load(data);
    if random.once_in(4) {
        assert_eq!(format!("{loaded:?}"), format!("{:?}", load(data)), "read twice, it is the same");
    }
    let document = serde_json::from_slice::<Value>(data);
    if let Some(document) = document.as_ref().ok().filter(|_| random.once_in(4)) {
        let embedded = Api::from_embedded(&embedded::write(document), &match_statuses);
        // Some fractions are another one, by a trifle, when they have been a value.
        let loaded = load(document.to_string().as_bytes());
        assert_eq!(format!("{embedded:?}"), format!("{loaded:?}"), "embedded, it says the same");
    }
    if let Err(errors) = &loaded {
        look_at_errors(errors, document.as_ref().ok());
    }
    match (Source::read(Path::new("a.json"), data), document) {
        (Ok(source), Ok(document)) => {
            assert_eq!(source.document, document);
            // It takes as long as all the rest.
            if random.once_in(2) {
                look_at_check(&source, data, loaded.as_ref().err().map(Vec::len), &mut random);
            }
            if let Ok(api) = loaded {
                serve(api, &document, &mut random);
            }
        }
        (Err(finding), Err(_)) => assert!(finding.line >= 1 && !finding.message.is_empty()),
        (source, document) => panic!("{source:?} and {document:?}"),
    }
}

/// Runs one document in YAML.
pub fn run_yaml(data: &[u8]) {
    let mut random = Random::of(data);
    match Source::read(Path::new("a.yaml"), data) {
        Ok(source) => {
            let errors = load(source.document.to_string().as_bytes()).err();
            look_at_check(&source, data, errors.map(|errors| errors.len()), &mut random);
        }
        Err(finding) => {
            assert!(!finding.message.is_empty(), "{finding:?}");
            look_at_place(&finding, data);
        }
    }
}

fn look_at_errors(errors: &[DocumentError], document: Option<&Value>) {
    assert!(!errors.is_empty(), "a document is refused for a reason");
    for (index, error) in errors.iter().enumerate() {
        assert!(!error.problem.to_string().is_empty(), "{error:?}");
        assert!(!errors[..index].contains(error), "told twice: {error}");
        let parent = error.pointer.rsplit_once('/').map_or("", |(parent, _)| parent);
        assert!(document.is_none_or(|document| document.pointer(parent).is_some()), "nowhere: {error}");
    }
}

/// The checker says of a document what its reader says, and more. `refused`: for how many reasons it is refused.
fn look_at_check(source: &Source, text: &[u8], refused: Option<usize>, random: &mut Random) {
    let findings = check(source, &|_| None).expect("there is no variable that could be wrong");
    let errors: Vec<_> = findings.iter().filter(|finding| finding.severity == Severity::Error).collect();
    match refused {
        Some(count) => {
            assert_eq!(errors.len(), count, "{errors:#?}");
            assert!(errors.iter().all(|error| error.code == "cannot-run"));
        }
        None => assert!(errors.iter().all(|error| error.code == "cannot-be-deployed"), "{errors:?}"),
    }
    for (index, finding) in findings.iter().enumerate() {
        look_at_place(finding, text);
        let texts = [&finding.message, &finding.why, &finding.instead];
        assert!(!texts.iter().any(|text| text.is_empty()), "{finding:?}");
        // Those of one line stand together.
        let alike = findings[..index].iter().rev().take_while(|other| other.line == finding.line);
        assert!(!alike.clone().any(|other| other == finding), "told twice: {finding:?}");
    }
    assert!(findings.is_sorted_by_key(|finding| (finding.line, finding.column)));
    if random.once_in(8) {
        assert_eq!(Ok(&findings), check(source, &|_| None).as_ref(), "checked twice, it is the same");
    }
    let reported: Value = serde_json::from_str(&report::json("a", &findings)).expect("JSON");
    assert_eq!(reported["errors"], errors.len());
    match policy(&source.document, &|_| None) {
        Ok(rights) => assert!(rights["Statement"].is_array()),
        Err(reasons) => assert!(!reasons.is_empty() && reasons.iter().all(|reason| !reason.is_empty())),
    }
    let paths = source.document.get("paths").and_then(Value::as_object);
    let Some((path, _)) = paths.and_then(|paths| paths.iter().nth(random.below(paths.len()))) else { return };
    let mut headers = HeaderMap::new();
    for (name, values) in [("accept", ACCEPTS), ("content-type", TYPES)] {
        let value = HeaderValue::from_bytes(random.one_of(values).as_bytes());
        headers.extend(
            value.ok().filter(|_| random.once_in(2)).map(|value| (HeaderName::from_static(name), value)),
        );
    }
    let question = Explained {
        method: [Method::GET, Method::PUT, Method::POST][random.below(3)].clone(),
        path: format!("{path}?key=a.jpg"),
        headers,
        body: random.once_in(3).then(|| Bytes::from_static(BODIES[random.below(BODIES.len())])),
        compatibility: Some(random.one_of(&BEHAVIOURS).to_owned()),
        ..Explained::default()
    };
    match explain(&source.document, &question, &|_| None) {
        Ok(story) => {
            assert!(errors.is_empty() && told(&story, Look::PLAIN).contains("To client"), "{story:?}");
            serde_json::to_string(&story).expect("JSON");
        }
        Err(reasons) => assert!(!errors.is_empty(), "{reasons:?}"),
    }
}

fn look_at_place(finding: &Finding, text: &[u8]) {
    let lines = text.split(|byte| *byte == b'\n' || *byte == b'\r').count();
    assert!((1..=lines + 1).contains(&finding.line) && finding.column >= 1, "{finding:?}");
}

fn serve(api: Api, document: &Value, random: &mut Random) {
    let written = document.get(REQUESTS).and_then(Value::as_array);
    let mut questions: Vec<_> =
        written.into_iter().flatten().take(MOST_REQUESTS).map(Question::read).collect();
    while questions.len() < MOST_REQUESTS {
        let Some(question) = made_up(&api, random) else { break };
        questions.push(question);
    }
    for behaviour in BEHAVIOURS {
        let bucket = if random.once_in(2) { "" } else { "photos" };
        match deploy(api.clone(), behaviour, &[("S3_BUCKET", bucket)]) {
            Ok(gateway) => questions.iter().for_each(|question| {
                ask(&gateway, question);
            }),
            Err(reasons) => assert!(!reasons.is_empty() && reasons.iter().all(|reason| !reason.is_empty())),
        }
    }
}

/// A request for some method of the document.
fn made_up(api: &Api, random: &mut Random) -> Option<Question> {
    let resource = api.resources.get(random.below(api.resources.len()))?;
    let method = resource.methods.get(random.below(resource.methods.len()))?;
    let url = format!("{}{}?key=a%2Fb.png&{}", api.base_path, path(&resource.path, random), query(random));
    let status = [200, 204, 206, 304, 403, 404, 412, 416, 500][random.below(9)];
    let mut question = Question::read(&json!({
        "request": { "method": "GET", "url": url },
        "s3": [{
            "status": status,
            "headers": { "content-type": random.one_of(TYPES), "etag": "\"e\"", "content-range": "bytes 0-1/2" },
            "body": "aGVsbG8=",
        }],
    }));
    if let Verb::Exactly(method) = &method.verb {
        question.method = method.clone();
    }
    question.body = BODIES[random.below(BODIES.len())].to_vec();
    let mut set = |name: &'static str, value: &str| {
        question.headers.extend(
            HeaderValue::from_bytes(value.as_bytes())
                .ok()
                .map(|value| (http::HeaderName::from_static(name), value)),
        );
    };
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
    if random.once_in(2) {
        set("content-length", &question.body.len().to_string());
    }
    Some(question)
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
