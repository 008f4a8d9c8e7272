//! Lints about bodies: what becomes of bytes in `aws`, for documents of every kind.

use std::collections::BTreeSet;
use std::time::UNIX_EPOCH;

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, StatusCode};
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use s3_edge_gateway::gateway::content::encode;
use s3_edge_gateway::gateway::{Answer, Body, Demand, Gateway, Integrated, MethodRequest, Rejection};
use s3_edge_gateway_compiler::finding::Finding;
use serde_json::{Map, Value, json};

use super::{document, headers, inbound, lints};

/// Neither UTF-8 nor base64.
const BYTES: &[u8] = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00";

const LISTS: &[&str] = &[
    "image/png",
    "image/*",
    "application/octet-stream",
    "IMAGE/JPEG",
    "*/jpeg",
    "text/html",
    "application/xml",
    "*/*",
];
const TYPES: &[&str] =
    &["image/png", "image/jpeg", "application/pdf", "application/octet-stream", "video/mp4"];
const KEYS: &[&str] = &["application/json", "image/png", "Application/PDF", "text/html", "$default"];
const ACCEPTS: &[&str] =
    &["application/json", "text/html", "*/*", "image/png, */*", "image/*", "application/pdf"];

/// The outcome for a body.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
enum Outcome {
    Corrupted,
    Base64,
    NotBase64,
    TemplateFailed,
    Refused,
    SomethingElse,
}

fn handlings() -> impl Strategy<Value = Value> {
    select(vec![Value::Null, json!("CONVERT_TO_TEXT"), json!("CONVERT_TO_BINARY")])
}

/// Templates with the body, without it, and empty ones, which let it pass.
fn templates() -> impl Strategy<Value = Map<String, Value>> {
    let texts =
        vec![json!("{\"data\": \"$input.body\"}"), json!("{\"stored\": true}"), json!(""), Value::Null];
    let entry = (select(KEYS), select(texts));
    prop::collection::vec(entry, 0..3)
        .prop_map(|entries| entries.into_iter().map(|(key, text)| (key.to_owned(), text)).collect())
}

fn types() -> impl Strategy<Value = Vec<&'static str>> {
    subsequence(TYPES, 1..=TYPES.len())
}

proptest! {
    #[test]
    fn uploads(
        list in subsequence(LISTS, 0..4),
        handling in handlings(),
        templates in templates(),
        passthrough in select(vec!["WHEN_NO_MATCH", "when_no_templates", "NEVER"]),
        declared in types(),
    ) {
        let content: Map<String, Value> = declared.iter().map(|name| ((*name).to_owned(), json!({}))).collect();
        let document = document(&list, "put", json!({ "requestBody": { "content": content } }), json!({
            "contentHandling": handling,
            "requestTemplates": templates,
            "passthroughBehavior": passthrough,
            "responses": { "default": { "statusCode": "200" } },
        }));
        let gateway = deploy(&document);
        let outcome: Vec<_> = declared.iter().map(|name| (*name, upload(&gateway, name))).collect();
        let of = |wanted: Outcome| -> BTreeSet<String> {
            outcome.iter().filter(|(_, outcome)| *outcome == wanted).map(|(name, _)| (*name).to_owned()).collect()
        };
        let findings = lints(&document);
        prop_assert_eq!(types_of(&findings, "upload-corrupted"), of(Outcome::Corrupted));
        prop_assert_eq!(types_of(&findings, "upload-must-be-base64"), of(Outcome::NotBase64));
        prop_assert_eq!(types_of(&findings, "upload-kept-as-base64"), of(Outcome::Base64));
        let is_every = findings.iter().any(|finding| finding.message.starts_with("Every request is answered 415"));
        let refused = if is_every {
            declared.iter().map(|name| (*name).to_owned()).collect()
        } else {
            types_of(&findings, "type-refused")
        };
        prop_assert_eq!(refused, of(Outcome::Refused));
        // A template is reported whether or not its type is declared.
        let failing = types_of(&findings, "template-meets-bytes");
        let missing: Vec<_> = of(Outcome::TemplateFailed)
            .into_iter()
            .filter(|name| !failing.iter().any(|reported| reported.eq_ignore_ascii_case(name)))
            .collect();
        prop_assert!(missing.is_empty(), "{missing:?}");
        for name in &failing {
            prop_assert_eq!(upload(&gateway, name), Outcome::TemplateFailed, "{}", name);
        }
    }

    #[test]
    fn downloads(
        list in subsequence(LISTS, 0..4),
        handling in handlings(),
        templates in templates(),
        declared in types(),
    ) {
        let content: Map<String, Value> = declared.iter().map(|name| ((*name).to_owned(), json!({}))).collect();
        let responses = json!({ "responses": { "200": { "content": content } } });
        let document = document(&list, "get", responses, json!({ "responses": { "default": {
            "statusCode": "200",
            "contentHandling": handling,
            "responseTemplates": templates,
        } } }));
        let gateway = deploy(&document);
        let objects = declared.iter().chain(&["binary/octet-stream"]);
        let accepts = ACCEPTS.iter().chain(TYPES).chain(KEYS).map(|accept| Some(*accept)).chain([None]);
        let accepts: Vec<_> = accepts.chain(list.iter().map(|entry| Some(*entry))).collect();
        let outcome: BTreeSet<_> = objects
            .flat_map(|name| accepts.iter().map(|accept| (*name, download(&gateway, name, *accept))).collect::<Vec<_>>())
            .collect();
        let of = |wanted: Outcome| -> BTreeSet<String> {
            outcome.iter().filter(|(_, outcome)| *outcome == wanted).map(|(name, _)| (*name).to_owned()).collect()
        };
        let findings = lints(&document);
        prop_assert_eq!(types_of(&findings, "download-corrupted"), of(Outcome::Corrupted));
        prop_assert_eq!(types_of(&findings, "binary-accept-fails"), of(Outcome::NotBase64));
        prop_assert_eq!(types_of(&findings, "template-meets-bytes"), of(Outcome::TemplateFailed));
        let browser = "text/html,application/xhtml+xml";
        let in_browsers = declared.iter().chain(&["binary/octet-stream"]);
        let is_base64 = |name: &&&str| download(&gateway, name, Some(browser)) == Outcome::Base64;
        let in_browsers: BTreeSet<_> = in_browsers.filter(is_base64).map(|name| (*name).to_owned()).collect();
        if handling.is_null() {
            prop_assert!(in_browsers.is_subset(&types_of(&findings, "first-accept-counts")));
        }
    }

    /// With `*/*` and templates, a mock is a 500 if and only if it is reported.
    #[test]
    fn mocks(
        everything in any::<bool>(),
        request in handlings(),
        response in handlings(),
        has_template in any::<bool>(),
    ) {
        let list: &[&str] = if everything { &["*/*"] } else { &["image/png"] };
        let templates = if has_template { json!({ "application/json": "{}" }) } else { json!({}) };
        let document = document(list, "options", json!({}), json!({
            "type": "mock",
            "contentHandling": request,
            "requestTemplates": { "application/json": "{\"statusCode\": 200}" },
            "responses": { "default": {
                "statusCode": "200", "contentHandling": response, "responseTemplates": templates,
            } },
        }));
        let gateway = deploy(&document);
        let headers = HeaderMap::new();
        let mut context = gateway.receive(inbound(Method::OPTIONS, headers));
        context.admit().unwrap();
        let fails = MethodRequest::open(&context)
            .and_then(|request| request.integrate::<()>(Body::Empty, None))
            .is_err();
        let reported = super::has_lint(&document, "mock-fails");
        prop_assert!(reported == fails || !everything && fails, "reported: {reported}, fails: {fails}");
    }

    /// A mock's status, for a request without a Content-Type.
    #[test]
    fn statuses_of_mocks(
        templates in prop::collection::btree_map(
            select(vec!["application/json", "Application/JSON", "$default", "text/plain"]),
            select(vec![
                "{\"statusCode\": 200}", "{statusCode: 404}", "{\"statusCode\": \"200\"}", "{}", " ", "", "200",
                "{\"statusCode\": 20}", "$stageVariables.none",
            ]),
            0..2,
        ),
        patterns in subsequence(vec!["200", "2\\d{2}", "4\\d{2}", "404", "40", "default"], 0..3),
        passthrough in select(vec!["WHEN_NO_MATCH", "when_no_templates", "NEVER"]),
    ) {
        let entry = |pattern: &&str| ((*pattern).to_owned(), json!({ "statusCode": "200" }));
        let responses: Map<String, Value> = patterns.iter().map(entry).collect();
        let document = document(&[], "options", json!({}), json!({
            "type": "mock",
            "passthroughBehavior": passthrough,
            "requestTemplates": templates,
            "responses": responses,
        }));
        let gateway = deploy(&document);
        let mut context = gateway.receive(inbound(Method::OPTIONS, HeaderMap::new()));
        context.admit().unwrap();
        let fails = MethodRequest::open(&context)
            .and_then(|request| request.integrate::<()>(Body::Empty, None))
            .is_err();
        let findings = lints(&document);
        let is_about_it = |finding: &Finding| {
            // The request has no Content-Type.
            let is_of_another = finding.message.contains("text/plain");
            ["mock-without-status", "status-not-taken"].contains(&finding.code.as_str()) && !is_of_another
        };
        let reported = findings.iter().any(is_about_it);
        let is_unknown = templates.values().any(|text| text.starts_with('$'));
        prop_assert!(reported == fails || is_unknown && fails, "reported: {reported}, fails: {fails}, {findings:?}");
    }
}

/// Returns the media types that lints with this code name.
fn types_of(findings: &[Finding], code: &str) -> BTreeSet<String> {
    let messages =
        findings.iter().filter(|finding| finding.code.as_str() == code).map(|finding| &finding.message);
    let types = messages.filter_map(|message| {
        let (_, rest) = message.split_once("body of ")?;
        let end = [" is ", " that ", ", or "].iter().filter_map(|word| rest.find(word)).min()?;
        rest.get(..end)
    });
    types.flat_map(|types| types.split(", ")).map(str::to_owned).collect()
}

fn deploy(document: &Value) -> Gateway {
    super::deploy(document, "aws")
}

fn upload(gateway: &Gateway, content_type: &str) -> Outcome {
    let mut headers = headers(&[("content-type", content_type)]);
    headers.insert("content-length", HeaderValue::from(BYTES.len()));
    let mut context = gateway.receive(inbound(Method::PUT, headers));
    context.admit().unwrap();
    let integrated = MethodRequest::open(&context).and_then(|request| {
        let bytes = Bytes::from_static(BYTES);
        let body = match request.demand() {
            Demand::Stream => Body::Stream { stream: (), length: Some(BYTES.len() as u64) },
            _ => Body::Bytes(bytes),
        };
        request.integrate(body, None)
    });
    match integrated {
        Ok(Integrated::Request(request, _)) => outcome(&request.sign(UNIX_EPOCH).unwrap().body),
        Ok(Integrated::Response(_)) => unreachable!("not a mock"),
        Err(rejection) => why(&rejection),
    }
}

fn download(gateway: &Gateway, content_type: &str, accept: Option<&str>) -> Outcome {
    let mut context =
        gateway.receive(inbound(Method::GET, headers(accept.map(|accept| ("accept", accept)).as_slice())));
    context.admit().unwrap();
    let integrated =
        MethodRequest::open(&context).and_then(|request| request.integrate(Body::<()>::Empty, None));
    let Ok(Integrated::Request(_, awaiting)) = integrated else { unreachable!("S3 gets a request") };
    let mut answered = headers(&[("content-type", content_type)]);
    answered.insert("content-length", HeaderValue::from(BYTES.len()));
    let response = awaiting.answered::<()>(StatusCode::OK, answered).and_then(|answer| {
        let Answer::Response(response) = answer else { unreachable!("S3 gets one request") };
        let body = match response.demand() {
            Demand::Stream => Body::Stream { stream: (), length: response.length() },
            _ => Body::Bytes(Bytes::from_static(BYTES)),
        };
        response.respond(body)
    });
    response.map_or_else(|rejection| why(&rejection), |response| outcome(&response.body))
}

fn outcome(body: &Body<()>) -> Outcome {
    let Body::Bytes(bytes) = body else { return Outcome::SomethingElse };
    let text = String::from_utf8_lossy(bytes);
    match bytes.as_ref() {
        BYTES => Outcome::SomethingElse,
        bytes if bytes == encode(BYTES) => Outcome::Base64,
        _ if text.contains('\u{fffd}') => Outcome::Corrupted,
        _ => Outcome::SomethingElse,
    }
}

fn why(rejection: &Rejection) -> Outcome {
    let reported = rejection.to_string() + &rejection.causes.join(" ");
    match reported {
        reported if reported.contains("template applies") => Outcome::TemplateFailed,
        reported if reported.contains("base64") => Outcome::NotBase64,
        reported if reported.contains("UNSUPPORTED_MEDIA_TYPE") => Outcome::Refused,
        reported => unreachable!("{reported}"),
    }
}
