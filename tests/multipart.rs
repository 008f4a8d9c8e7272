//! Multipart uploads against an S3 that answers from memory: the order of the requests, their headers and bodies, a refusal at
//! each step, and the response to the client.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "clippy takes helpers of tests for production code"
)]

use std::time::UNIX_EPOCH;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use s3_edge_gateway::api::gateway_response::ResponseType;
use s3_edge_gateway::gateway::content::InvalidBase64;
use s3_edge_gateway::gateway::deployment::settings::Variables;
use s3_edge_gateway::gateway::method_request::PAYLOAD_LIMIT;
use s3_edge_gateway::gateway::upload::{Refusal, Stored, Upload};
use s3_edge_gateway::gateway::{
    Answer, Body, Demand, EndpointRequest, Gateway, Inbound, Integrated, MethodRequest, Proof, Rejection,
    Response, Settings,
};
use s3_edge_gateway::s3::PayloadHash;
use s3_edge_gateway::s3::multipart::{MOST_PARTS, PART_SIZE};
use s3_edge_gateway_compiler::api_of;
use serde_json::json;

const CREATED: &str =
    "<InitiateMultipartUploadResult><UploadId>a/b&amp;c</UploadId></InitiateMultipartUploadResult>";
const COMPLETED: &str =
    "<CompleteMultipartUploadResult><ETag>&quot;whole-3&quot;</ETag></CompleteMultipartUploadResult>";
const ERROR: &str = "<Error><Code>AccessDenied</Code></Error>";

/// Headers that the document maps from the client's request, under their own names.
const MAPPED: &[&str] = &[
    "cache-control",
    "if-none-match",
    "x-amz-acl",
    "x-amz-expected-bucket-owner",
    "x-amz-meta-a",
    "x-amz-request-payer",
    "x-amz-server-side-encryption-customer-key",
];

/// Headers that the signature adds.
const OF_THE_SIGNATURE: &[&str] = &["authorization", "host", "x-amz-content-sha256", "x-amz-date"];

/// The outcome of an upload.
struct Driven {
    requests: Vec<Sent>,
    outcome: Result<Response<()>, Rejection>,
}

struct Sent {
    line: String,
    headers: HeaderMap,
    body: Bytes,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Refused {
    Never,
    /// The answer to one request: its number, from 0, and the status and body.
    At(usize, u16, &'static str),
}

fn gateway(more: &[(&str, &str)], content_handling: Option<&str>) -> Gateway {
    rendering(more, content_handling, json!({}))
}

/// A gateway with request templates.
fn rendering(more: &[(&str, &str)], content_handling: Option<&str>, templates: serde_json::Value) -> Gateway {
    let mut mappings = json!({"integration.request.path.key": "method.request.path.key"});
    let mut parameters =
        vec![json!({"name": "key", "in": "path", "required": true, "schema": {"type": "string"}})];
    for name in MAPPED.iter().chain(&["x-amz-checksum-sha256"]) {
        mappings[format!("integration.request.header.{name}")] =
            json!(format!("method.request.header.{name}"));
        parameters.push(json!({"name": name, "in": "header", "schema": {"type": "string"}}));
    }
    let mut integration = json!({
        "type": "aws",
        "httpMethod": "PUT",
        "uri": "arn:aws:apigateway:us-west-2:s3:path/{key}",
        "credentials": "arn:aws:iam::123456789012:role/files",
        "requestParameters": mappings,
        "requestTemplates": templates,
        "responses": {
            "2\\d{2}": {
                "statusCode": "201",
                "responseParameters": {"method.response.header.ETag": "integration.response.header.ETag"},
            },
            "default": {"statusCode": "500"},
        },
    });
    if let Some(handling) = content_handling {
        integration["contentHandling"] = json!(handling);
    }
    let document = json!({
        "openapi": "3.0.1",
        "info": {"title": "Uploads", "version": "1"},
        "x-amazon-apigateway-binary-media-types": ["application/octet-stream"],
        "paths": {"/{key}": {"put": {
            "parameters": parameters,
            "responses": {
                "201": {"description": "Stored", "headers": {"ETag": {"schema": {"type": "string"}}}},
                "500": {"description": "Refused"},
            },
            "x-amazon-apigateway-integration": integration,
        }}},
    });
    let variable = |name: &str| {
        let own = [
            ("S3_BUCKET", "files"),
            ("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE"),
            ("AWS_SECRET_ACCESS_KEY", "secret"),
            ("ALLOW_ANONYMOUS_WRITES", "true"),
        ];
        let found = more.iter().chain(&own).find(|(known, _)| *known == name);
        found.map(|(_, value)| (*value).to_owned())
    };
    let settings = Settings::from_variables(&Variables(&variable)).unwrap();
    Gateway::new(api_of(document.to_string().as_bytes()).unwrap(), settings).unwrap()
}

fn inbound(headers: &[(&str, &str)]) -> Inbound {
    let headers = headers
        .iter()
        .map(|(name, value)| (HeaderName::try_from(*name).unwrap(), HeaderValue::try_from(*value).unwrap()));
    Inbound {
        method: Method::PUT,
        path: "/a.png".to_owned(),
        query: None,
        host: "api.example.com".to_owned(),
        headers: headers.collect(),
        request_id: "1".to_owned(),
        source_ip: None,
        time: UNIX_EPOCH,
    }
}

/// Opens a request, and calls the closure with it.
fn with_request<T>(
    gateway: &Gateway,
    headers: &[(&str, &str)],
    then: impl FnOnce(MethodRequest<'_>) -> T,
) -> T {
    let mut context = gateway.receive(inbound(headers));
    assert!(matches!(context.admit().unwrap(), Proof::NotNeeded));
    then(MethodRequest::open(&context).unwrap())
}

/// Runs the steps of an upload as the shell does, against an S3 that may refuse one of them.
fn drive(request: MethodRequest<'_>, client: &[u8], refused: Refused) -> Driven {
    assert_eq!(request.demand(), Demand::Transform);
    let mut requests = Vec::new();
    let outcome = drive_to(request, client, refused, &mut requests);
    Driven { requests, outcome }
}

fn drive_to(
    request: MethodRequest<'_>,
    client: &[u8],
    refused: Refused,
    requests: &mut Vec<Sent>,
) -> Result<Response<()>, Rejection> {
    let mut intake = request.intake()?;
    let mut parts = Vec::new();
    let mut taken = Ok(());
    for block in client.chunks(100_003) {
        taken = taken.and_then(|()| intake.push(block));
        parts.extend(std::iter::from_fn(|| intake.next_part()));
    }
    taken = taken.and_then(|()| intake.end());
    parts.extend(std::iter::from_fn(|| intake.next_part()));
    if parts.is_empty() {
        taken.map_err(|error| request.undecodable(error))?;
        let Integrated::Request(whole, awaiting) = request.integrate_converted(intake.rest(), None)? else {
            panic!("not a mock");
        };
        let whole = whole.sign(UNIX_EPOCH)?;
        let answer = answer(whole, Refused::Never, requests);
        return respond(awaiting.answered(answer.status, answer.headers)?, answer.body);
    }
    parts.push(intake.rest());
    send_parts(request, parts, taken, refused, requests)
}

fn send_parts(
    request: MethodRequest<'_>,
    parts: Vec<Bytes>,
    taken: Result<(), InvalidBase64>,
    refused: Refused,
    requests: &mut Vec<Sent>,
) -> Result<Response<()>, Rejection> {
    let mut upload = request.upload(None)?;
    let stored = send(&mut upload, parts, taken, refused, requests);
    if !matches!(stored, Ok(Ok(_)))
        && let Some(abort) = upload.abort()
    {
        answer(abort?.sign(UNIX_EPOCH)?, Refused::Never, requests);
    }
    let stored = match stored? {
        Ok(stored) => stored,
        Err(Refusal::Told(refused)) => *refused,
        Err(Refusal::Senseless(rejection)) => return Err(rejection),
    };
    respond(upload.awaiting().answered(stored.status, stored.headers)?, stored.body)
}

/// Sends one request. `Err` is a rejection of the gateway, `Ok(Err)` a refusal of S3.
fn send(
    upload: &mut Upload<'_>,
    parts: Vec<Bytes>,
    taken: Result<(), InvalidBase64>,
    refused: Refused,
    requests: &mut Vec<Sent>,
) -> Result<Result<Stored, Refusal>, Rejection> {
    if let Err(stored) = upload.created(answer(upload.create()?.sign(UNIX_EPOCH)?, refused, requests)) {
        return Ok(Err(stored));
    }
    for part in parts {
        if let Err(stored) =
            upload.part_stored(answer(upload.part(part)?.sign(UNIX_EPOCH)?, refused, requests))
        {
            return Ok(Err(stored));
        }
    }
    taken.map_err(|error| upload.undecodable(error))?;
    Ok(upload.completed(answer(upload.complete()?.sign(UNIX_EPOCH)?, refused, requests)))
}

fn respond(answered: Answer<'_, ()>, body: Bytes) -> Result<Response<()>, Rejection> {
    let Answer::Response(response) = answered else { panic!("an upload is never repeated") };
    response.respond(Body::Bytes(body))
}

fn answer(request: EndpointRequest<()>, refused: Refused, requests: &mut Vec<Sent>) -> Stored {
    let line = format!("{} {}", request.method, request.url);
    let line = line.replace("https://s3.us-west-2.amazonaws.com/files", "");
    let body = match request.body {
        Body::Bytes(bytes) => bytes,
        Body::Empty => Bytes::new(),
        Body::Stream { .. } | Body::Converted { .. } => panic!("{line} streams"),
    };
    let number = requests.len();
    let (status, body_of_answer, etag) = match (refused, &request.method) {
        (Refused::At(at, status, body), _) if at == number => (status, body.to_owned(), None),
        (_, &Method::PUT) => (200, String::new(), Some(format!("\"part-{number}\""))),
        (_, &Method::DELETE) => (204, String::new(), None),
        (_, &Method::POST) if line.ends_with("?uploads=") => (200, CREATED.to_owned(), None),
        _ => (200, COMPLETED.to_owned(), None),
    };
    requests.push(Sent { line, headers: request.headers, body });
    let mut headers = HeaderMap::new();
    headers.insert("content-type", HeaderValue::from_static("application/xml"));
    if let Some(etag) = etag {
        headers.insert("etag", etag.parse().unwrap());
    }
    Stored { status: StatusCode::from_u16(status).unwrap(), headers, body: body_of_answer.into() }
}

fn body_of(response: &Response<()>) -> String {
    match &response.body {
        Body::Bytes(bytes) => String::from_utf8(bytes.to_vec()).unwrap(),
        Body::Empty => String::new(),
        Body::Stream { .. } | Body::Converted { .. } => panic!("it streams"),
    }
}

fn bytes(size: usize) -> Vec<u8> {
    (0..size).map(|at| (at / 3 + at / PART_SIZE) as u8).collect()
}

fn upload(gateway: &Gateway, headers: &[(&str, &str)], client: &[u8], refused: Refused) -> Driven {
    with_request(gateway, headers, |request| drive(request, client, refused))
}

/// Runs an upload of three small parts: the size does not change S3's answers.
fn refuse(headers: &[(&str, &str)], refused: Refused) -> Driven {
    with_request(&decoding(), headers, |request| {
        let mut requests = Vec::new();
        let outcome = send_parts(request, vec!["part".into(); 3], Ok(()), refused, &mut requests);
        Driven { requests, outcome }
    })
}

fn decoding() -> Gateway {
    gateway(&[], Some("CONVERT_TO_BINARY"))
}

fn lines(driven: &Driven) -> Vec<&str> {
    driven.requests.iter().map(|sent| sent.line.as_str()).collect()
}

#[test]
fn the_requests_have_their_order() {
    let bytes = bytes(2 * PART_SIZE + 1);
    let text = STANDARD.encode(&bytes);
    for (gateway, headers, client) in [
        (decoding(), [("content-type", "text/plain")], text.as_bytes()),
        (gateway(&[], None), [("content-type", "application/octet-stream")], bytes.as_slice()),
    ] {
        let driven = upload(&gateway, &headers, client, Refused::Never);
        let expected = [
            "POST /a.png?uploads=",
            "PUT /a.png?partNumber=1&uploadId=a%2Fb%26c",
            "PUT /a.png?partNumber=2&uploadId=a%2Fb%26c",
            "PUT /a.png?partNumber=3&uploadId=a%2Fb%26c",
            "POST /a.png?uploadId=a%2Fb%26c",
        ];
        assert_eq!(lines(&driven), expected);
        let sizes: Vec<usize> = driven.requests[1..4].iter().map(|sent| sent.body.len()).collect();
        assert_eq!(sizes, [PART_SIZE, PART_SIZE, 1]);
        let sent: Vec<u8> = driven.requests[1..4].iter().flat_map(|sent| sent.body.clone()).collect();
        assert!(sent == bytes);
        for sent in &driven.requests {
            let hash = &sent.headers["x-amz-content-sha256"];
            assert_eq!(*hash, PayloadHash::of(&sent.body).to_string(), "{}", sent.line);
        }
        let response = driven.outcome.unwrap();
        assert_eq!((response.status.as_u16(), body_of(&response)), (201, String::new()));
        assert_eq!(response.header("etag"), Some("\"whole-3\""));
    }
}

#[test]
fn parts_are_converted_and_rendered() {
    let raw = "application/octet-stream";
    let once = "{\"by\": \"$context.httpMethod\", \"image\": \"$input.body\"}";
    let to_text = Some("CONVERT_TO_TEXT");
    for (handling, content_type, template) in [
        (to_text, raw, None),
        (to_text, raw, Some(once)),
        (to_text, "text/plain", Some(once)),
        (None, "text/plain", Some(once)),
    ] {
        let templates = template.map_or(json!({}), |template| json!({ content_type: template }));
        let gateway = rendering(&[], handling, templates);
        for size in [0, 1, PART_SIZE / 4 * 3, PART_SIZE / 4 * 3 + 1, PART_SIZE + 5] {
            let bytes = bytes(size);
            let converted =
                if content_type == raw { STANDARD.encode(&bytes).into_bytes() } else { bytes.clone() };
            let expected = match template {
                None => converted,
                Some(_) if size == 0 => b"{\"by\": \"PUT\", \"image\": \"{}\"}".to_vec(),
                Some(_) => [b"{\"by\": \"PUT\", \"image\": \"".as_slice(), &converted, b"\"}"].concat(),
            };
            let driven = upload(&gateway, &[("content-type", content_type)], &bytes, Refused::Never);
            let parts = expected.len().div_ceil(PART_SIZE);
            assert_eq!(driven.requests.len(), if parts > 1 { parts + 2 } else { 1 }, "{size} bytes");
            let sent = driven.requests.iter().filter(|sent| sent.line.starts_with("PUT"));
            assert!(sent.flat_map(|sent| sent.body.clone()).eq(expected), "{size} bytes, {content_type}");
            assert_eq!(driven.requests[0].headers["content-type"], content_type);
            assert_eq!(driven.outcome.unwrap().status, StatusCode::CREATED);
        }
    }
}

#[test]
fn uploads_of_about_one_part() {
    for (size, parts) in [(0, 0), (1, 0), (PART_SIZE - 1, 0), (PART_SIZE, 0), (PART_SIZE + 1, 2)] {
        let bytes = bytes(size);
        let text = STANDARD.encode(&bytes);
        let driven = upload(&decoding(), &[], text.as_bytes(), Refused::Never);
        assert_eq!(driven.requests.len(), if parts == 0 { 1 } else { parts + 2 }, "{size} bytes");
        let sent: Vec<u8> = driven
            .requests
            .iter()
            .filter(|sent| sent.line.starts_with("PUT"))
            .flat_map(|sent| sent.body.clone())
            .collect();
        assert!(sent == bytes, "{size} bytes");
        assert_eq!(driven.outcome.unwrap().status, StatusCode::CREATED);
    }
}

#[test]
fn each_header_is_on_its_request() {
    let headers: Vec<(&str, &str)> = MAPPED.iter().map(|name| (*name, "*")).collect();
    let own = |sent: &Sent| {
        let mut names: Vec<String> = sent.headers.keys().map(ToString::to_string).collect();
        names.retain(|name| !OF_THE_SIGNATURE.contains(&name.as_str()));
        names.sort_unstable();
        names
    };
    let driven = refuse(&headers, Refused::Never);
    let [create, first, second, _, complete] = driven.requests.as_slice() else { panic!("five requests") };
    let (owner, payer, key) = (MAPPED[3], MAPPED[5], MAPPED[6]);
    let of_create = ["cache-control", "content-type", "x-amz-acl", owner, "x-amz-meta-a", payer, key];
    assert_eq!(own(create), of_create);
    assert_eq!(create.headers["content-type"], "image/png");
    assert_eq!(own(first), [owner, payer, key]);
    assert_eq!(own(second), [owner, payer, key]);
    assert_eq!(own(complete), ["if-none-match", owner, payer, key]);
    let driven = refuse(&headers, Refused::At(1, 503, ERROR));
    assert_eq!(own(&driven.requests[2]), [owner, payer]);
}

#[test]
fn a_refusal_at_each_step_aborts_the_upload() {
    // Create, three parts, Complete. A 200 with an error document is a refusal.
    for step in 0..5 {
        for (status, body) in [(403, ERROR), (500, ERROR), (503, ""), (307, ""), (200, ERROR), (201, ERROR)] {
            let driven = refuse(&[], Refused::At(step, status, body));
            let mut expected = step + 1;
            if step > 0 {
                expected += 1;
                assert_eq!(lines(&driven)[step + 1], "DELETE /a.png?uploadId=a%2Fb%26c");
                assert!(driven.requests[step + 1].body.is_empty());
            }
            assert_eq!(driven.requests.len(), expected, "{status} at step {step}");
            let response = driven.outcome.unwrap();
            assert_eq!((response.status.as_u16(), body_of(&response).as_str()), (500, body), "step {step}");
            assert_eq!(response.header("etag"), None);
        }
    }
}

/// S3 answers 200 without the value that the next step needs. The upload cannot go on, and S3 has not refused it.
#[test]
fn a_success_without_its_value_is_an_error() {
    let other_document = "<CopyObjectResult><LastModified>2026</LastModified></CopyObjectResult>";
    let nothing_in_it =
        "<InitiateMultipartUploadResult><UploadId> </UploadId></InitiateMultipartUploadResult>";
    for (step, lacks) in [(0, "UploadId"), (1, "ETag"), (2, "ETag"), (3, "ETag"), (4, "ETag")] {
        for body in ["", "ok", "<html>", "{}", other_document, nothing_in_it] {
            for status in [200, 204, 206] {
                let driven = refuse(&[], Refused::At(step, status, body));
                assert_eq!(
                    driven.requests.len(),
                    if step == 0 { 1 } else { step + 2 },
                    "{body} at step {step}"
                );
                let rejection = driven.outcome.unwrap_err();
                assert_eq!(rejection.response_type, ResponseType::IntegrationFailure);
                assert_eq!(rejection.response_type.status(), StatusCode::GATEWAY_TIMEOUT);
                let status = StatusCode::from_u16(status).unwrap();
                assert_eq!(rejection.causes, [format!("S3 answered {status} without its {lacks}")]);
            }
        }
    }
}

#[test]
fn a_refusal_of_the_gateway_s_keys_is_not_shown() {
    let body = "<Error><Code>InvalidAccessKeyId</Code><AWSAccessKeyId>AKIDEXAMPLE</AWSAccessKeyId></Error>";
    for step in 0..5 {
        let driven = refuse(&[], Refused::At(step, 403, body));
        let rejection = driven.outcome.unwrap_err();
        assert_eq!(rejection.message, "Internal server error");
    }
}

#[test]
fn what_is_not_base64_ends_with_an_abort() {
    let text = STANDARD.encode(bytes(PART_SIZE + PART_SIZE / 2));
    for (offset, aborted) in [(0, false), (1, false), (text.len() - 100_003, true), (text.len() - 5, true)] {
        let mut text = text.clone().into_bytes();
        text[offset] = b'!';
        let driven = upload(&decoding(), &[], &text, Refused::Never);
        let rejection = driven.outcome.unwrap_err();
        assert_eq!(rejection.message, format!("Invalid base64 in request body at offset {offset}"));
        let last = driven.requests.last().map(|sent| sent.line.as_str());
        assert_eq!(last, aborted.then_some("DELETE /a.png?uploadId=a%2Fb%26c"));
    }
}

#[test]
fn an_upload_of_too_many_parts_is_refused() {
    with_request(&decoding(), &[], |request| {
        let mut upload = request.upload(None).unwrap();
        assert!(upload.abort::<()>().is_none());
        let mut requests = Vec::new();
        upload
            .created(answer(
                upload.create().unwrap().sign(UNIX_EPOCH).unwrap(),
                Refused::Never,
                &mut requests,
            ))
            .unwrap();
        for number in 1..=MOST_PARTS {
            assert_eq!(upload.next_part_number(), number);
            let mut headers = HeaderMap::new();
            headers.insert("etag", HeaderValue::from_static("\"e\""));
            upload.part_stored(Stored { status: StatusCode::OK, headers, body: Bytes::new() }).unwrap();
        }
        let rejection = upload.part::<()>(Bytes::new()).unwrap_err();
        assert_eq!(rejection.response_type.status(), StatusCode::PAYLOAD_TOO_LARGE);
    });
}

#[test]
fn the_demand_for_converted_bodies() {
    let raw = "application/octet-stream";
    let buffer = Demand::Buffer { limit: PAYLOAD_LIMIT };
    let demand = |compatibility, handling, template: Option<&str>, length: usize| {
        let templates = template.map_or(json!({}), |template| json!({ raw: template }));
        let gateway = rendering(&[("COMPATIBILITY", compatibility)], handling, templates);
        let length = length.to_string();
        let headers = [("content-type", raw), ("content-length", length.as_str())];
        with_request(&gateway, &headers, |request| request.demand())
    };
    let (to_text, once) = (Some("CONVERT_TO_TEXT"), Some("$input.body "));
    let most = PART_SIZE / 4 * 3;
    // The size that S3 is sent counts.
    assert_eq!(demand("edge", to_text, None, most), buffer);
    assert_eq!(demand("edge", to_text, None, most + 1), Demand::Transform);
    assert_eq!(demand("edge", to_text, once, most - 1), Demand::Transform);
    assert_eq!(demand("edge", to_text, once, most - 3), buffer);
    assert_eq!(demand("edge", to_text, Some("$input.body$input.body"), most + 1), buffer);
    assert_eq!(demand("aws", to_text, None, most + 1), buffer);
    assert_eq!(demand("aws", to_text, once, most + 1), buffer);
    // A template renders text, never bytes: the error of the document is returned when the body has been read.
    assert_eq!(demand("edge", None, once, most + 1), buffer);
}

#[test]
fn the_demand_for_bodies_that_are_not_converted() {
    let raw = "application/octet-stream";
    let demand = |more: &[(&str, &str)], headers: &[(&str, &str)]| {
        with_request(&gateway(more, Some("CONVERT_TO_BINARY")), headers, |request| request.demand())
    };
    let (small, large) = (PART_SIZE.to_string(), (PART_SIZE + 1).to_string());
    let buffer = Demand::Buffer { limit: PAYLOAD_LIMIT };
    let far = [("S3_ENDPOINT", "http://s3.example.com")];
    let near = [("S3_ENDPOINT", "http://127.0.0.1:9000")];
    for length in [&small, &large] {
        let raw = [("content-type", raw), ("content-length", length.as_str())];
        assert_eq!(demand(&[], &raw), Demand::Stream);
        assert_eq!(demand(&near, &raw), Demand::Stream);
        // A body without a signed hash is only as safe as its connection.
        assert_eq!(demand(&far, &raw), if *length == small { buffer } else { Demand::Transform });
        let text = [("content-length", length.as_str())];
        assert_eq!(demand(&[], &text), if *length == small { buffer } else { Demand::Transform });
        // The hash of the whole needs the whole body.
        let sum = [("content-length", length.as_str()), ("x-amz-checksum-sha256", "c3Vt")];
        assert_eq!(demand(&[], &sum), buffer);
    }
    assert_eq!(demand(&[], &[("content-type", raw)]), Demand::Transform);
    assert_eq!(demand(&[], &[]), Demand::Transform);
    let aws = |endpoint| {
        let settings = [("COMPATIBILITY", "aws"), ("S3_ENDPOINT", endpoint)];
        demand(&settings, &[("content-type", raw), ("content-length", "10")])
    };
    assert_eq!(aws("https://s3.example.com"), Demand::Stream);
    assert!(matches!(aws("http://s3.example.com"), Demand::Buffer { .. }));
}
