//! Compares the lints about bodies with the responses of the gateway, for random documents.

use std::collections::BTreeSet;

use http::{Method, StatusCode};
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use s3_edge_gateway::gateway::Gateway;
use s3_edge_gateway::gateway::access_log::AccessLog;
use s3_edge_gateway::gateway::conversion::base64::encode;
use s3_edge_gateway_compiler::finding::{Code, Finding};
use s3_edge_gateway_testing::Served;
use serde_json::{Map, Value, json};

use super::{concerns, deploy, document, findings, is_rejected, is_reported, request, serve, with_code};

/// Bytes that are neither UTF-8 nor base64.
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

/// The outcome of an upload or a download of [`BYTES`].
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
enum Became {
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

/// Returns random templates. A template contains the body or does not contain it. An empty or null template lets the body pass.
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
    fn lints_about_uploads_predict_the_gateway(
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
        let all = findings(&document);
        for compatibility in ["aws", "edge"] {
            let gateway = deploy(&document, compatibility);
            let became: Vec<_> = declared.iter().map(|name| (*name, upload(&gateway, name))).collect();
            let of = |wanted: Became| -> BTreeSet<String> {
                became.iter().filter(|(_, became)| *became == wanted).map(|(name, _)| (*name).to_owned()).collect()
            };
            let findings = concerning(&all, compatibility);
            prop_assert_eq!(types_of(&findings, Code::UploadCorrupted), of(Became::Corrupted));
            prop_assert_eq!(types_of(&findings, Code::UploadMustBeBase64), of(Became::NotBase64));
            prop_assert_eq!(types_of(&findings, Code::UploadKeptAsBase64), of(Became::Base64));
            let refused = with_code(&findings, Code::TypeRefused);
            if refused.iter().any(|finding| finding.message.starts_with("Every request")) {
                prop_assert_eq!(of(Became::Refused).len(), declared.len());
            } else {
                prop_assert_eq!(types_of(&findings, Code::TypeRefused), of(Became::Refused));
            }
            // A failing template is reported even if the document does not declare its type.
            let failing = types_of(&findings, Code::TemplateMeetsBytes);
            let missing: Vec<_> = of(Became::TemplateFailed)
                .into_iter()
                .filter(|name| !failing.iter().any(|reported| reported.eq_ignore_ascii_case(name)))
                .collect();
            prop_assert!(missing.is_empty(), "{missing:?}");
            for name in &failing {
                prop_assert_eq!(upload(&gateway, name), Became::TemplateFailed, "{}", name);
            }
        }
    }

    #[test]
    fn lints_about_downloads_predict_the_gateway(
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
        let all = findings(&document);
        for compatibility in ["aws", "edge"] {
            let gateway = deploy(&document, compatibility);
            let objects = declared.iter().chain(&["binary/octet-stream"]);
            let accepts = ACCEPTS.iter().chain(TYPES).chain(KEYS).map(|accept| Some(*accept)).chain([None]);
            let accepts: Vec<_> = accepts.chain(list.iter().map(|entry| Some(*entry))).collect();
            let became: BTreeSet<_> = objects
                .flat_map(|name| accepts.iter().map(|accept| (*name, download(&gateway, name, *accept))).collect::<Vec<_>>())
                .collect();
            let of = |wanted: Became| -> BTreeSet<String> {
                became.iter().filter(|(_, became)| *became == wanted).map(|(name, _)| (*name).to_owned()).collect()
            };
            let findings = concerning(&all, compatibility);
            prop_assert_eq!(types_of(&findings, Code::DownloadCorrupted), of(Became::Corrupted));
            prop_assert_eq!(types_of(&findings, Code::BinaryAcceptFails), of(Became::NotBase64));
            prop_assert_eq!(types_of(&findings, Code::TemplateMeetsBytes), of(Became::TemplateFailed));
            let browser = "text/html,application/xhtml+xml";
            let in_browsers = declared.iter().chain(&["binary/octet-stream"]);
            let is_base64 = |name: &&&str| download(&gateway, name, Some(browser)) == Became::Base64;
            let in_browsers: BTreeSet<_> = in_browsers.filter(is_base64).map(|name| (*name).to_owned()).collect();
            if handling.is_null() && compatibility == "aws" {
                prop_assert!(in_browsers.is_subset(&types_of(&findings, Code::FirstAcceptCounts)));
            }
        }
    }

    /// A mock whose template is applied to bytes responds with 500, in exactly the behaviours that the lint concerns.
    #[test]
    fn lints_about_templates_of_mocks_predict_the_gateway(
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
        for compatibility in ["aws", "edge"] {
            let gateway = deploy(&document, compatibility);
            let fails = is_rejected(&preflight(&gateway));
            prop_assert_eq!(is_reported(&document, Code::MockFails, compatibility), fails, "{}", compatibility);
        }
    }

    /// A request without a `Content-Type` is rejected if and only if a lint predicts the rejection. Only a template with an
    /// unknown value may fail without a lint.
    #[test]
    fn lints_about_statuses_of_mocks_predict_the_gateway(
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
        let gateway = deploy(&document, "aws");
        let fails = is_rejected(&preflight(&gateway));
        let findings = findings(&document);
        // The preflight request does not select the template for text/plain.
        let is_about_it = |finding: &Finding| {
            let is_expected = [Code::MockWithoutStatus, Code::StatusNotTaken].contains(&finding.code);
            is_expected && !finding.message.contains("text/plain")
        };
        let is_reported = findings.iter().any(is_about_it);
        let is_unknown = templates.values().any(|text| text.starts_with('$'));
        prop_assert!(is_reported == fails || is_unknown && fails, "a lint predicts a rejection: {is_reported}, the gateway rejects: {fails}, {findings:?}");
    }
}

fn concerning(findings: &[Finding], compatibility: &str) -> Vec<Finding> {
    findings.iter().filter(|finding| concerns(finding, compatibility)).cloned().collect()
}

/// Returns the media types in the messages of findings with this code: `A body of image/png, image/gif is ...`.
fn types_of(findings: &[Finding], code: Code) -> BTreeSet<String> {
    let messages = with_code(findings, code).into_iter().map(|finding| finding.message.as_str());
    let named = messages.filter_map(|message| {
        let (_, after) = message.split_once("ody of ")?;
        let ends = [" is ", " becomes ", " gets ", " that is ", ", or without"]
            .into_iter()
            .filter_map(|end| after.find(end));
        after.get(..ends.min()?)
    });
    named.flat_map(|types| types.split(", ").map(str::to_owned)).collect()
}

fn preflight(gateway: &Gateway) -> Served {
    serve(gateway, &request(Method::OPTIONS, &[], b""), StatusCode::OK, "", b"")
}

fn upload(gateway: &Gateway, content_type: &str) -> Became {
    let request = request(Method::PUT, &[("content-type", content_type)], BYTES);
    let served = serve(gateway, &request, StatusCode::OK, "text/plain", b"");
    match served.requests.as_slice() {
        [sent] => became(&sent.body),
        _ => cause(&served.log.unwrap()),
    }
}

fn download(gateway: &Gateway, content_type: &str, accept: Option<&str>) -> Became {
    let sent: Vec<_> = accept.map(|accept| ("accept", accept)).into_iter().collect();
    let served = serve(gateway, &request(Method::GET, &sent, b""), StatusCode::OK, content_type, BYTES);
    if is_rejected(&served) { cause(&served.log.unwrap()) } else { became(&served.response.body) }
}

fn became(body: &[u8]) -> Became {
    match body {
        BYTES => Became::SomethingElse,
        bytes if bytes == encode(BYTES) => Became::Base64,
        bytes if bytes.windows(3).any(|part| part == "\u{fffd}".as_bytes()) => Became::Corrupted,
        _ => Became::SomethingElse,
    }
}

fn cause(log: &AccessLog) -> Became {
    match format!("{:?} {:?} {:?}", log.error, log.message, log.causes) {
        text if text.contains("template applies") => Became::TemplateFailed,
        text if text.contains("base64") => Became::NotBase64,
        text if text.contains("UNSUPPORTED_MEDIA_TYPE") => Became::Refused,
        text => unreachable!("{text}"),
    }
}
