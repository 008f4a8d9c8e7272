//! What the checker says of bodies, against what the gateway does to them in `aws`: for documents of every kind.

use std::collections::BTreeSet;
use std::time::UNIX_EPOCH;

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, StatusCode};
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use s3_edge_gateway::api::Api;
use s3_edge_gateway::api::integration::match_statuses;
use s3_edge_gateway::gateway::content::encode;
use s3_edge_gateway::gateway::settings::Variables;
use s3_edge_gateway::gateway::{
    Answer, Body, Demand, Gateway, Inbound, Integrated, MethodRequest, Rejection, Settings,
};
use serde_json::{Map, Value, json};

use super::with_input;
use s3_edge_gateway::check::look::Look;

/// No UTF-8, and no base64.
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

/// What became of bytes.
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

/// Templates that show the body, that do not, and that let it pass.
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
        let became: Vec<_> = declared.iter().map(|name| (*name, upload(&gateway, name))).collect();
        let of = |wanted: Became| -> BTreeSet<String> {
            became.iter().filter(|(_, became)| *became == wanted).map(|(name, _)| (*name).to_owned()).collect()
        };
        let findings = findings(&document);
        prop_assert_eq!(types_of(&findings, "upload-corrupted"), of(Became::Corrupted));
        prop_assert_eq!(types_of(&findings, "upload-must-be-base64"), of(Became::NotBase64));
        prop_assert_eq!(types_of(&findings, "upload-kept-as-base64"), of(Became::Base64));
        prop_assert_eq!(types_of(&findings, "type-refused"), of(Became::Refused));
        // A template is told of whether or not its type is declared.
        let failing = types_of(&findings, "template-meets-bytes");
        let missing: Vec<_> = of(Became::TemplateFailed)
            .into_iter()
            .filter(|name| !failing.iter().any(|told| told.eq_ignore_ascii_case(name)))
            .collect();
        prop_assert!(missing.is_empty(), "{missing:?}");
        for name in &failing {
            prop_assert_eq!(upload(&gateway, name), Became::TemplateFailed, "{}", name);
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
        let became: BTreeSet<_> = objects
            .flat_map(|name| accepts.iter().map(|accept| (*name, download(&gateway, name, *accept))).collect::<Vec<_>>())
            .collect();
        let of = |wanted: Became| -> BTreeSet<String> {
            became.iter().filter(|(_, became)| *became == wanted).map(|(name, _)| (*name).to_owned()).collect()
        };
        let findings = findings(&document);
        prop_assert_eq!(types_of(&findings, "download-corrupted"), of(Became::Corrupted));
        prop_assert_eq!(types_of(&findings, "binary-accept-fails"), of(Became::NotBase64));
        prop_assert_eq!(types_of(&findings, "template-meets-bytes"), of(Became::TemplateFailed));
        let browser = "text/html,application/xhtml+xml";
        let in_browsers = declared.iter().chain(&["binary/octet-stream"]);
        let is_base64 = |name: &&&str| download(&gateway, name, Some(browser)) == Became::Base64;
        let in_browsers: BTreeSet<_> = in_browsers.filter(is_base64).map(|name| (*name).to_owned()).collect();
        if handling.is_null() {
            prop_assert!(in_browsers.is_subset(&types_of(&findings, "first-accept-counts")));
        }
    }

    /// With `*/*` and templates, a mock is a 500, or nothing is said of it.
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
        let told = findings(&document).iter().any(|finding| finding["code"] == "mock-fails");
        prop_assert!(told == fails || !everything && fails, "told: {told}, fails: {fails}");
    }

    /// What of a mock is known before there is a request: whether one without a Content-Type is a 500.
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
        let findings = findings(&document);
        let is_about_it = |finding: &&Value| {
            let code = finding["code"].as_str().unwrap();
            // What is sent as text/plain is not what is sent here.
            let is_of_another = finding.to_string().contains("text/plain");
            ["mock-without-status", "status-not-taken"].contains(&code) && !is_of_another
        };
        let told = findings.iter().any(|finding| is_about_it(&finding));
        let is_unknown = templates.values().any(|text| text.starts_with('$'));
        prop_assert!(told == fails || is_unknown && fails, "told: {told}, fails: {fails}, {findings:?}");
    }
}

pub(super) fn document(list: &[&str], verb: &str, operation: Value, integration: Value) -> Value {
    let mut whole = json!({
        "type": "aws",
        "httpMethod": verb.to_ascii_uppercase(),
        "uri": "arn:aws:apigateway:us-west-2:s3:path/files/key",
    });
    let is_there = |(_, value): &(String, Value)| !value.is_null();
    let integration = integration.as_object().unwrap().clone().into_iter().filter(is_there);
    whole.as_object_mut().unwrap().extend(integration);
    let mut node = json!({ "responses": { "200": { "description": "ok" } } });
    node.as_object_mut().unwrap().extend(operation.as_object().unwrap().clone());
    node["x-amazon-apigateway-integration"] = whole;
    json!({
        "openapi": "3.0.1",
        "info": {},
        "x-amazon-apigateway-binary-media-types": list,
        "paths": { "/x": { verb: node } },
    })
}

pub(super) fn findings(document: &Value) -> Vec<Value> {
    let arguments = ["-".to_owned(), "--json".to_owned()];
    let told = with_input(&arguments, &|_| None, Look::PLAIN, document.to_string().as_bytes());
    let report: Value = serde_json::from_str(&told.out).unwrap();
    assert_eq!(report["errors"], 0, "{report:#}");
    report["findings"].as_array().unwrap().clone()
}

/// The types that findings of this kind are about.
pub(super) fn types_of(findings: &[Value], code: &str) -> BTreeSet<String> {
    let of_kind = findings.iter().filter(|finding| finding["code"] == code);
    let types = of_kind.filter_map(|finding| finding["media_types"].as_array()).flatten();
    types.map(|name| name.as_str().unwrap().to_owned()).collect()
}

fn deploy(document: &Value) -> Gateway {
    deploy_as(document, "aws")
}

pub(super) fn deploy_as(document: &Value, compatibility: &str) -> Gateway {
    let variable = |name: &str| match name {
        "AWS_ACCESS_KEY_ID" | "AWS_SECRET_ACCESS_KEY" => Some("AKIDEXAMPLE".to_owned()),
        "COMPATIBILITY" => Some(compatibility.to_owned()),
        "ALLOW_ANONYMOUS_WRITES" => Some("true".to_owned()),
        _ => None,
    };
    let settings = Settings::from_variables(&Variables(&variable)).unwrap();
    let api = Api::from_openapi(document.to_string().as_bytes(), &match_statuses).unwrap();
    Gateway::new(api, settings).unwrap()
}

pub(super) fn inbound(method: Method, headers: HeaderMap) -> Inbound {
    Inbound {
        method,
        path: "/x".to_owned(),
        query: None,
        host: "api.example.com".to_owned(),
        headers,
        request_id: "1".to_owned(),
        source_ip: None,
        time: UNIX_EPOCH,
    }
}

fn headers(name: &'static str, value: Option<&str>) -> HeaderMap {
    let mut headers = HeaderMap::new();
    if let Some(value) = value {
        headers.insert(name, HeaderValue::from_str(value).unwrap());
    }
    headers
}

fn upload(gateway: &Gateway, content_type: &str) -> Became {
    let mut headers = headers("content-type", Some(content_type));
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
        Ok(Integrated::Request(request, _)) => became(&request.sign(UNIX_EPOCH).unwrap().body),
        Ok(Integrated::Response(_)) => unreachable!("it is no mock"),
        Err(rejection) => why(&rejection),
    }
}

fn download(gateway: &Gateway, content_type: &str, accept: Option<&str>) -> Became {
    let mut context = gateway.receive(inbound(Method::GET, headers("accept", accept)));
    context.admit().unwrap();
    let integrated =
        MethodRequest::open(&context).and_then(|request| request.integrate(Body::<()>::Empty, None));
    let Ok(Integrated::Request(_, awaiting)) = integrated else { unreachable!("S3 is asked") };
    let mut answered = headers("content-type", Some(content_type));
    answered.insert("content-length", HeaderValue::from(BYTES.len()));
    let response = awaiting.answered::<()>(StatusCode::OK, answered).and_then(|answer| {
        let Answer::Response(response) = answer else { unreachable!("it is asked for once") };
        let body = match response.demand() {
            Demand::Stream => Body::Stream { stream: (), length: response.length() },
            _ => Body::Bytes(Bytes::from_static(BYTES)),
        };
        response.respond(body)
    });
    response.map_or_else(|rejection| why(&rejection), |response| became(&response.body))
}

fn became(body: &Body<()>) -> Became {
    let Body::Bytes(bytes) = body else { return Became::SomethingElse };
    let text = String::from_utf8_lossy(bytes);
    match bytes.as_ref() {
        BYTES => Became::SomethingElse,
        bytes if bytes == encode(BYTES) => Became::Base64,
        _ if text.contains('\u{fffd}') => Became::Corrupted,
        _ => Became::SomethingElse,
    }
}

fn why(rejection: &Rejection) -> Became {
    let told = rejection.to_string() + &rejection.causes.join(" ");
    match told {
        told if told.contains("template applies") => Became::TemplateFailed,
        told if told.contains("base64") => Became::NotBase64,
        told if told.contains("UNSUPPORTED_MEDIA_TYPE") => Became::Refused,
        told => unreachable!("{told}"),
    }
}
