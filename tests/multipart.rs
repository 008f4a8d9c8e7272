//! Multipart uploads to a simulated S3: the order of the requests, their headers and bodies, a failure at each step, and the
//! response to the client.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "clippy checks the helper functions of tests as production code"
)]

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderMap, HeaderValue, Method, StatusCode};
use s3_edge_gateway::gateway::authorize::admission::Admitted;
use s3_edge_gateway::gateway::deployment::settings::Variables;
use s3_edge_gateway::gateway::message::BodyPlace;
use s3_edge_gateway::gateway::request::method_request::{MethodRequest, RequestTransfer};
use s3_edge_gateway::gateway::request::request_validator::ValidHead;
use s3_edge_gateway::gateway::request::routing::route;
use s3_edge_gateway::gateway::transport::TransportError;
use s3_edge_gateway::gateway::{Gateway, Settings};
use s3_edge_gateway::s3::PayloadHash;
use s3_edge_gateway::s3::multipart::PART_SIZE;
use s3_edge_gateway_compiler::api_of;
use s3_edge_gateway_testing::{Answer, ClientRequest, LOST, Sent, Served, headers, serve_request};
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

const BEGIN: &str = "POST /a.png?uploads=";
const PART_1: &str = "PUT /a.png?partNumber=1&uploadId=a%2Fb%26c";
const PART_2: &str = "PUT /a.png?partNumber=2&uploadId=a%2Fb%26c";
const PART_3: &str = "PUT /a.png?partNumber=3&uploadId=a%2Fb%26c";
const COMPLETE: &str = "POST /a.png?uploadId=a%2Fb%26c";
const ABORT: &str = "DELETE /a.png?uploadId=a%2Fb%26c";

/// The steps of an upload of two parts: the method and URL of the request, and the name of the step in the causes.
const STEPS: [(&str, &str); 4] = [
    (BEGIN, "CreateMultipartUpload"),
    (PART_1, "UploadPart 1"),
    (PART_2, "UploadPart 2"),
    (COMPLETE, "CompleteMultipartUpload"),
];

fn gateway(more: &[(&str, &str)], content_handling: Option<&str>) -> Gateway {
    rendering(more, content_handling, json!({}))
}

/// Returns a gateway with request templates.
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

fn request(sent: &[(&str, &str)], body: &[u8]) -> ClientRequest {
    ClientRequest {
        headers: headers(sent),
        body: body.to_vec(),
        is_chunked: true,
        ..ClientRequest::new(Method::PUT, "/a.png")
    }
}

/// Returns the answer of an S3 that accepts each request.
fn success(sent: &Sent) -> Answer {
    let line = line(sent);
    let (status, body, etag) = match sent.method.as_str() {
        "PUT" => (StatusCode::OK, "", Some("\"part\"")),
        "DELETE" => (StatusCode::NO_CONTENT, "", None),
        _ if line == BEGIN => (StatusCode::OK, CREATED, None),
        _ => (StatusCode::OK, COMPLETED, None),
    };
    let mut answer = answer(status, body);
    answer.headers.extend(etag.map(|etag| (http::header::ETAG, HeaderValue::from_static(etag))));
    answer
}

fn answer(status: StatusCode, body: &str) -> Answer {
    let xml = (http::header::CONTENT_TYPE, HeaderValue::from_static("application/xml"));
    Answer { status, headers: HeaderMap::from_iter([xml]), body: body.into(), breaks_off: false }
}

/// Returns the method and the URL without the endpoint and the bucket.
fn line(sent: &Sent) -> String {
    format!("{} {}", sent.method, sent.url.replace("https://s3.us-west-2.amazonaws.com/files", ""))
}

fn lines(served: &Served) -> Vec<String> {
    served.requests.iter().map(line).collect()
}

fn bytes(size: usize) -> Vec<u8> {
    (0..size).map(|at| (at / 3 + at / PART_SIZE) as u8).collect()
}

fn upload(gateway: &Gateway, headers: &[(&str, &str)], client: &[u8]) -> Served {
    serve_request(gateway, &request(headers, client), |sent| Ok(success(sent)))
}

/// Runs an upload of two parts. `fault` returns the answer of S3 to `step`; each other step succeeds.
fn fail_at(step: &str, fault: impl Fn() -> Result<Answer, TransportError>) -> Served {
    upload_of_two_parts(|sent| if line(sent) == step { fault() } else { Ok(success(sent)) })
}

fn upload_of_two_parts(s3: impl FnMut(&Sent) -> Result<Answer, TransportError>) -> Served {
    let raw = [("content-type", "application/octet-stream")];
    serve_request(&gateway(&[], None), &request(&raw, &vec![b'x'; PART_SIZE + 1]), s3)
}

/// Returns the requests of an upload of two parts that fails at this step. The last one is the abort, unless the first step fails.
/// A part is sent twice if the failure often passes.
fn lines_until(step: &str, often_passes: bool) -> Vec<&'static str> {
    let before = STEPS.iter().take_while(|(known, _)| *known != step);
    let attempts = if often_passes && [PART_1, PART_2].contains(&step) { 2 } else { 1 };
    let failed = STEPS.iter().filter(|(known, _)| *known == step).cycle().take(attempts);
    let abort = (step != BEGIN).then_some(ABORT);
    before.chain(failed).map(|(line, _)| *line).chain(abort).collect()
}

fn decoding() -> Gateway {
    gateway(&[], Some("CONVERT_TO_BINARY"))
}

#[test]
fn parts_are_sent_in_order_before_the_upload_is_completed() {
    let bytes = bytes(2 * PART_SIZE + 1);
    let text = STANDARD.encode(&bytes);
    for (gateway, headers, client) in [
        (decoding(), [("content-type", "text/plain")], text.as_bytes()),
        (gateway(&[], None), [("content-type", "application/octet-stream")], bytes.as_slice()),
    ] {
        let mut parts = 0;
        let mut completed = String::new();
        let served = serve_request(&gateway, &request(&headers, client), |sent| {
            let mut answer = success(sent);
            if sent.method == "PUT" {
                parts += 1;
                answer.headers.insert("etag", HeaderValue::try_from(format!("\"part-{parts}\"")).unwrap());
            }
            completed = String::from_utf8_lossy(&sent.body).into_owned();
            Ok(answer)
        });
        assert_eq!(lines(&served), [BEGIN, PART_1, PART_2, PART_3, COMPLETE]);
        let sizes: Vec<usize> = served.requests[1..4].iter().map(|sent| sent.body.len()).collect();
        assert_eq!(sizes, [PART_SIZE, PART_SIZE, 1]);
        let sent: Vec<u8> = served.requests[1..4].iter().flat_map(|sent| sent.body.clone()).collect();
        assert!(sent == bytes);
        let numbered = ["part-1", "part-2", "part-3"].map(|etag| completed.find(etag).unwrap());
        assert!(numbered.is_sorted(), "{completed}");
        for sent in &served.requests {
            // The endpoint is https, so the hash of a body of more than 4 KiB is not signed.
            let is_hashed = sent.body.len() <= 4096;
            let hash = if is_hashed { PayloadHash::of(&sent.body) } else { PayloadHash::Unsigned };
            assert_eq!(sent.headers["x-amz-content-sha256"], hash.to_string(), "{}", line(sent));
        }
        assert_eq!((served.response.status, served.response.text()), (201, String::new()));
        assert_eq!(served.response.header("etag"), Some("\"whole-3\""));
        let log = served.log.unwrap();
        assert_eq!((log.error, log.causes.len(), log.bytes_in), (None, 0, Some(client.len() as u64)));
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
            let served = upload(&gateway, &[("content-type", content_type)], &bytes);
            let parts = expected.len().div_ceil(PART_SIZE);
            assert_eq!(served.requests.len(), if parts > 1 { parts + 2 } else { 1 }, "{size} bytes");
            let sent = served.requests.iter().filter(|sent| sent.method == "PUT");
            assert!(sent.flat_map(|sent| sent.body.clone()).eq(expected), "{size} bytes, {content_type}");
            assert_eq!(served.requests[0].headers["content-type"], content_type);
            assert_eq!(served.response.status, 201);
        }
    }
}

#[test]
fn an_upload_longer_than_one_part_is_a_multipart_upload() {
    for (size, parts) in [(0, 0), (1, 0), (PART_SIZE - 1, 0), (PART_SIZE, 0), (PART_SIZE + 1, 2)] {
        let bytes = bytes(size);
        let text = STANDARD.encode(&bytes);
        let served = upload(&decoding(), &[], text.as_bytes());
        assert_eq!(served.requests.len(), if parts == 0 { 1 } else { parts + 2 }, "{size} bytes");
        let sent = served.requests.iter().filter(|sent| sent.method == "PUT");
        assert!(sent.flat_map(|sent| sent.body.clone()).eq(bytes), "{size} bytes");
        assert_eq!(served.response.status, 201);
    }
}

#[test]
fn each_mapped_header_is_sent_with_the_requests_that_need_it() {
    let headers: Vec<(&str, &str)> = MAPPED.iter().map(|name| (*name, "*")).collect();
    let own = |sent: &Sent| {
        let mut names: Vec<String> = sent.headers.keys().map(ToString::to_string).collect();
        names.retain(|name| !OF_THE_SIGNATURE.contains(&name.as_str()));
        names.sort_unstable();
        names
    };
    let text = STANDARD.encode(vec![b'x'; PART_SIZE + 1]);
    let request = request(&headers, text.as_bytes());
    let served = serve_request(&decoding(), &request, |sent| Ok(success(sent)));
    let [create, first, second, complete] = served.requests.as_slice() else {
        panic!("not four requests: {:?}", lines(&served))
    };
    let (owner, payer, key) = (MAPPED[3], MAPPED[5], MAPPED[6]);
    let of_create = ["cache-control", "content-type", "x-amz-acl", owner, "x-amz-meta-a", payer, key];
    assert_eq!(own(create), of_create);
    assert_eq!(create.headers["content-type"], "image/png");
    assert_eq!(own(first), [owner, payer, key]);
    assert_eq!(own(second), [owner, payer, key]);
    assert_eq!(own(complete), ["if-none-match", owner, payer, key]);
    let served = serve_request(&decoding(), &request, |sent| {
        Ok(if line(sent) == PART_1 { answer(StatusCode::SERVICE_UNAVAILABLE, ERROR) } else { success(sent) })
    });
    assert_eq!(own(served.requests.last().unwrap()), [owner, payer]);
}

#[test]
fn a_refusal_at_each_step_aborts_the_upload() {
    for (step, name) in STEPS {
        // An error document with a success status is a refusal, too.
        for (status, body) in [(403, ERROR), (500, ERROR), (503, ""), (307, ""), (200, ERROR), (201, ERROR)] {
            let status = StatusCode::from_u16(status).unwrap();
            let served = fail_at(step, || Ok(answer(status, body)));
            let often_passes = [500, 503].contains(&status.as_u16());
            assert_eq!(lines(&served), lines_until(step, often_passes), "{status} to {name}");
            assert!(served.requests.last().unwrap().body.is_empty() || step == BEGIN);
            let response = &served.response;
            assert_eq!((response.status, response.text().as_str()), (500, body), "{status} to {name}");
            assert_eq!(response.header("etag"), None);
            let log = served.log.unwrap();
            assert_eq!(log.causes, [format!("S3 answered {status} to {name}")]);
            assert_eq!(log.error, None);
            assert_eq!(log.s3_error.as_deref(), (body == ERROR).then_some("AccessDenied"));
        }
    }
}

#[test]
fn a_part_is_sent_again_after_a_failure_that_often_passes() {
    for step in [PART_1, PART_2] {
        for fault in [
            &(|| Err(TransportError::Broken(LOST.to_owned()))) as &dyn Fn() -> Result<Answer, TransportError>,
            &|| Ok(answer(StatusCode::SERVICE_UNAVAILABLE, ERROR)),
        ] {
            let mut failures = 1;
            let served = upload_of_two_parts(|sent| {
                let fails = line(sent) == step && std::mem::take(&mut failures) > 0;
                if fails { fault() } else { Ok(success(sent)) }
            });
            assert_eq!((served.response.status, served.requests.len()), (201, 5));
            let attempts: Vec<_> = served.requests.iter().filter(|sent| line(sent) == step).collect();
            assert!(!attempts[0].body.is_empty() && attempts[0].body == attempts[1].body);
            let log = served.log.unwrap();
            assert_eq!((log.retried.len(), log.causes.len()), (1, 0));
        }
    }
    let aws = gateway(&[("COMPATIBILITY", "aws")], None);
    let raw = [("content-type", "application/octet-stream")];
    let served =
        serve_request(&aws, &request(&raw, b"x"), |_| Ok(answer(StatusCode::SERVICE_UNAVAILABLE, ERROR)));
    assert_eq!(served.requests.len(), 1);
}

/// S3 answers with a success, but without the `UploadId` or `ETag` that is needed. The upload must fail.
#[test]
fn a_success_without_its_value_is_an_error() {
    let other_document = "<CopyObjectResult><LastModified>2026</LastModified></CopyObjectResult>";
    let without_value =
        "<InitiateMultipartUploadResult><UploadId> </UploadId></InitiateMultipartUploadResult>";
    for (step, name) in STEPS {
        let missing = if step == BEGIN { "UploadId" } else { "ETag" };
        let bodies = ["", "ok", "<html>", "{}", other_document, without_value];
        for (at, body) in bodies.into_iter().enumerate() {
            let status = [StatusCode::OK, StatusCode::NO_CONTENT, StatusCode::PARTIAL_CONTENT][at % 3];
            let served = fail_at(step, || Ok(answer(status, body)));
            assert_eq!(lines(&served), lines_until(step, false), "{body} to {name}");
            assert_eq!(served.response.status, 504);
            let log = served.log.unwrap();
            assert_eq!(log.error, Some("INTEGRATION_FAILURE"));
            let expected =
                [format!("S3 answered {status} without `{missing}`"), format!("in the step {name}")];
            assert_eq!(log.causes, expected);
        }
    }
}

/// S3 does not respond to a step, or its response breaks off or is too long.
#[test]
fn a_step_without_a_response_aborts_the_upload() {
    let too_long = "x".repeat(256 * 1024 + 1);
    for (step, name) in STEPS {
        let broken = || Ok(Answer { breaks_off: true, ..answer(StatusCode::OK, CREATED) });
        for (fault, error, cause) in [
            (
                &(|| Err(TransportError::Timeout)) as &dyn Fn() -> Result<Answer, TransportError>,
                "INTEGRATION_TIMEOUT",
                "S3 did not begin to respond in time",
            ),
            (
                &|| Err(TransportError::Broken("refused".to_owned())),
                "INTEGRATION_FAILURE",
                "S3 could not be reached: refused",
            ),
            (&broken, "INTEGRATION_FAILURE", "S3 broke off its response: connection lost"),
            (
                &|| Ok(answer(StatusCode::OK, &too_long)),
                "INTEGRATION_FAILURE",
                "S3's response to a step of the upload is longer than 262144 bytes",
            ),
        ] {
            let served = fail_at(step, fault);
            let often_passes = cause.starts_with("S3 could not be reached");
            assert_eq!(lines(&served), lines_until(step, often_passes), "{cause} at {name}");
            assert_eq!(served.response.status, 504);
            let log = served.log.unwrap();
            assert_eq!(
                (log.error, log.causes),
                (Some(error), vec![cause.to_owned(), format!("in the step {name}")])
            );
        }
    }
}

/// An abort that fails is repeated once. If the second abort fails, too, the causes state that parts remain in the bucket.
#[test]
fn an_abort_is_tried_twice() {
    let status = |status| answer(StatusCode::from_u16(status).unwrap(), "");
    let left = |reason: &str| {
        format!("the multipart upload could not be aborted, so its parts remain in the bucket: {reason}")
    };
    let lost = || Err(TransportError::Broken(LOST.to_owned()));
    for (aborts, left_behind) in [
        (vec![Ok(status(204))], None),
        // 404: the upload does not exist any more.
        (vec![Ok(status(404))], None),
        (vec![Ok(status(500)), Ok(status(204))], None),
        (vec![lost(), Ok(status(404))], None),
        (vec![Ok(status(503)), Ok(status(500))], Some(left("S3 answered 500 Internal Server Error"))),
        (vec![Ok(status(403)), lost()], Some(left("S3 could not be reached: connection lost"))),
        (vec![lost(), Err(TransportError::Timeout)], Some(left("S3 did not begin to respond in time"))),
    ] {
        let tries = aborts.len();
        for is_refused in [true, false] {
            let mut next = aborts.iter();
            let served = upload_of_two_parts(|sent| match line(sent).as_str() {
                PART_2 if is_refused => Ok(answer(StatusCode::FORBIDDEN, ERROR)),
                PART_2 => Err(TransportError::Timeout),
                ABORT => match next.next().unwrap() {
                    Ok(answer) => Ok(answer.clone()),
                    Err(TransportError::Broken(reason)) => Err(TransportError::Broken(reason.clone())),
                    Err(_) => Err(TransportError::Timeout),
                },
                _ => Ok(success(sent)),
            });
            assert_eq!(lines(&served)[3..], vec![ABORT; tries]);
            assert_eq!(served.response.status, if is_refused { 500 } else { 504 });
            let first = if is_refused {
                vec!["S3 answered 403 Forbidden to UploadPart 2".to_owned()]
            } else {
                vec!["S3 did not begin to respond in time".to_owned(), "in the step UploadPart 2".to_owned()]
            };
            let expected: Vec<_> = first.into_iter().chain(left_behind.clone()).collect();
            assert_eq!(served.log.unwrap().causes, expected);
        }
    }
}

#[test]
fn a_client_that_breaks_off_aborts_an_upload_that_has_begun() {
    let raw = [("content-type", "application/octet-stream")];
    for (size, expected) in [
        (1, &[][..]),
        (PART_SIZE, &[]),
        (PART_SIZE + 1_000_000, &[BEGIN, PART_1, ABORT]),
        (2 * PART_SIZE + 1_000_000, &[BEGIN, PART_1, PART_2, ABORT]),
    ] {
        let request = ClientRequest { breaks_off: true, ..request(&raw, &bytes(size)) };
        let served = serve_request(&gateway(&[], None), &request, |sent| Ok(success(sent)));
        assert_eq!(lines(&served), expected, "{size} bytes");
        let log = served.log.unwrap();
        assert_eq!((served.response.status, log.error), (400, Some("BAD_REQUEST_BODY")));
        assert_eq!(log.causes, ["the client broke off: connection lost"]);
    }
}

#[test]
fn an_error_about_the_gateway_s_keys_is_not_sent_to_the_client() {
    let body = "<Error><Code>InvalidAccessKeyId</Code><AWSAccessKeyId>AKIDEXAMPLE</AWSAccessKeyId></Error>";
    for (step, name) in STEPS {
        let served = fail_at(step, || Ok(answer(StatusCode::FORBIDDEN, body)));
        assert_eq!(served.response.status, 500, "{name}");
        assert_eq!(served.response.text(), "{\"message\": \"Internal server error\"}");
    }
}

#[test]
fn invalid_base64_aborts_an_upload_that_has_begun() {
    let text = STANDARD.encode(bytes(PART_SIZE + PART_SIZE / 2));
    let last_block = text.len() - 1_000_003;
    for (offset, is_aborted) in [(0, false), (1, false), (last_block, true), (text.len() - 5, true)] {
        let mut text = text.clone().into_bytes();
        text[offset] = b'!';
        let served = upload(&decoding(), &[], &text);
        let message = format!("Invalid base64 in request body at offset {offset}");
        assert_eq!(served.log.as_ref().unwrap().message, Some(message));
        let last = lines(&served).pop();
        assert_eq!(last.as_deref(), is_aborted.then_some(ABORT));
    }
}

/// Returns how the body is transferred to S3, or `None` if it is read in blocks. A long body is then sent in parts.
fn transfer(gateway: &Gateway, headers: &[(&str, &str)]) -> Option<RequestTransfer> {
    let (context, routing) = route(gateway, request(headers, b"").inbound());
    let admitted = Admitted::supposed(&context, routing.served().unwrap());
    let ValidHead::BodyNotRead(request) = admitted.validate_head().unwrap() else {
        panic!("the body is read")
    };
    match MethodRequest::new(&request, BodyPlace::Runtime).unwrap() {
        MethodRequest::Single(request) => Some(request.transfer),
        MethodRequest::Blocks(_) => None,
        MethodRequest::Mock(_) => panic!("not a mock"),
    }
}

const BUFFER: Option<RequestTransfer> = Some(RequestTransfer::Buffer);
fn is_stream(transfer: Option<RequestTransfer>) -> bool {
    matches!(transfer, Some(RequestTransfer::Stream(_)))
}
const BLOCKS: Option<RequestTransfer> = None;

#[test]
fn a_converted_body_of_more_than_one_part_is_read_in_blocks_in_edge() {
    let raw = "application/octet-stream";
    let transfer = |compatibility, handling, template: Option<&str>, length: usize| {
        let templates = template.map_or(json!({}), |template| json!({ raw: template }));
        let gateway = rendering(&[("COMPATIBILITY", compatibility)], handling, templates);
        let length = length.to_string();
        transfer(&gateway, &[("content-type", raw), ("content-length", length.as_str())])
    };
    let (to_text, once) = (Some("CONVERT_TO_TEXT"), Some("$input.body "));
    let most = PART_SIZE / 4 * 3;
    // The transfer depends on the length of the converted body, not on the length of the client's body.
    assert_eq!(transfer("edge", to_text, None, most), BUFFER);
    assert_eq!(transfer("edge", to_text, None, most + 1), BLOCKS);
    assert_eq!(transfer("edge", to_text, once, most - 1), BLOCKS);
    assert_eq!(transfer("edge", to_text, once, most - 3), BUFFER);
    assert_eq!(transfer("edge", to_text, Some("$input.body$input.body"), most + 1), BUFFER);
    assert_eq!(transfer("aws", to_text, None, most + 1), BUFFER);
    assert_eq!(transfer("aws", to_text, once, most + 1), BUFFER);
    // A template does not render bytes, so the request is an error, which is returned after the body has been read.
    assert_eq!(transfer("edge", None, once, most + 1), BUFFER);
}

#[test]
fn a_raw_body_with_a_length_streams_if_its_hash_is_not_signed() {
    let raw = "application/octet-stream";
    let transfer = |more: &[(&str, &str)], headers: &[(&str, &str)]| {
        transfer(&gateway(more, Some("CONVERT_TO_BINARY")), headers)
    };
    let (small, large) = (PART_SIZE.to_string(), (PART_SIZE + 1).to_string());
    let far = [("S3_ENDPOINT", "http://s3.example.com")];
    let near = [("S3_ENDPOINT", "http://127.0.0.1:9000")];
    for length in [&small, &large] {
        let raw = [("content-type", raw), ("content-length", length.as_str())];
        assert!(is_stream(transfer(&[], &raw)));
        assert!(is_stream(transfer(&near, &raw)));
        // The connection to `far` is not encrypted, so hashes must be signed: of a short body, or of each part of a long body.
        // A hash needs the body or the part in memory.
        assert_eq!(transfer(&far, &raw), if *length == small { BUFFER } else { BLOCKS });
        let text = [("content-length", length.as_str())];
        assert_eq!(transfer(&[], &text), if *length == small { BUFFER } else { BLOCKS });
        // The checksum is that of the whole body, so the body is not sent in parts.
        let sum = [("content-length", length.as_str()), ("x-amz-checksum-sha256", "c3Vt")];
        assert_eq!(transfer(&[], &sum), BUFFER);
    }
    assert_eq!(transfer(&[], &[("content-type", raw)]), BLOCKS);
    assert_eq!(transfer(&[], &[]), BLOCKS);
    let aws = |endpoint| {
        let settings = [("COMPATIBILITY", "aws"), ("S3_ENDPOINT", endpoint)];
        transfer(&settings, &[("content-type", raw), ("content-length", "10")])
    };
    assert!(is_stream(aws("https://s3.example.com")));
    assert_eq!(aws("http://s3.example.com"), BUFFER);
}
