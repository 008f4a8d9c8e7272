//! Checks reads of objects. A simulated S3 evaluates ranges and conditions. Each body that a client gets is the whole object or the
//! range that `Content-Range` states, in the form that the document, the behaviour and `Accept` select.

use std::collections::BTreeSet;
use std::sync::OnceLock;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::header::{self, ACCEPT, HeaderName};
use http::{HeaderMap, Method, StatusCode};
use s3_edge_gateway::api::Api;
use s3_edge_gateway_testing::{Answer, ClientRequest, Received, Sent, serve_request};
use serde_json::{Value, json};

use crate::date::{http_date, seconds_of_http};
use crate::deployment::{BEHAVIOURS, compile_json, deploy};
use crate::exchange::{append_header, body, check_response, check_sent, read_request};

/// The maximum number of requests to S3: with conditions, without conditions, and two readings of a body that is decoded, each
/// with a second attempt.
const MOST_BACKEND_REQUESTS: usize = 8;

/// The body of S3's errors.
const ERROR: &[u8] = b"<Error><Code>SimulatedError</Code><Message>An error of S3</Message></Error>";

/// The texts around the body in the template.
const TEMPLATE: (&str, &str) = ("{\"image\": \"", "\"}");

const LISTS: [&[&str]; 4] =
    [&[], &["*/*"], &["image/*", "application/octet-stream"], &["application/octet-stream"]];
const HANDLINGS: [Option<&str>; 3] = [None, Some("CONVERT_TO_TEXT"), Some("CONVERT_TO_BINARY")];

/// The number of documents: each list with each `contentHandling`, with and without a template, three kinds of `responses`, and
/// three kinds of methods.
const DOCUMENTS: usize = LISTS.len() * HANDLINGS.len() * 2 * 3 * 3;

/// The compiled documents.
static APIS: [OnceLock<Api>; DOCUMENTS] = [const { OnceLock::new() }; DOCUMENTS];

/// The parts of a document that decide the form of a response.
#[derive(Clone, Copy, Debug)]
struct Variant {
    list: usize,
    handling: usize,
    has_template: bool,
    responses: usize,
    methods: usize,
}

impl Variant {
    fn read(written: &Value) -> Self {
        let number = |name: &str, count: usize| {
            let number = written[name].as_u64().and_then(|number| usize::try_from(number).ok());
            number.unwrap_or_default() % count
        };
        Self {
            list: number("list", LISTS.len()),
            handling: number("handling", HANDLINGS.len()),
            has_template: number("template", 2) == 1,
            responses: number("responses", 3),
            methods: number("methods", 3),
        }
    }

    fn api(self) -> &'static Api {
        let Self { list, handling, has_template, responses, methods } = self;
        let index = (((list * HANDLINGS.len() + handling) * 2 + usize::from(has_template)) * 3 + responses)
            * 3
            + methods;
        APIS[index].get_or_init(|| {
            let compilation = compile_json(self.document().to_string().as_bytes());
            let findings = compilation.findings;
            compilation.document.unwrap_or_else(|| panic!("the document does not compile: {findings:?}")).api
        })
    }

    fn document(self) -> Value {
        let entry = |status: u16| {
            let mut entry = json!({ "statusCode": status });
            if let Some(handling) = HANDLINGS[self.handling] {
                entry["contentHandling"] = json!(handling);
            }
            if self.has_template {
                let (before, after) = TEMPLATE;
                entry["responseTemplates"] =
                    json!({ "application/json": format!("{before}$input.body{after}") });
            }
            entry
        };
        let responses = match self.responses {
            0 => json!({ "2\\d{2}": entry(200), "404": entry(404), "default": entry(500) }),
            1 => json!({ "200": entry(200), "206": entry(206), "304": entry(304), "default": entry(500) }),
            _ => json!({ "200": entry(200) }),
        };
        let declared = json!({ "200": {}, "206": {}, "304": {}, "404": {}, "500": {} });
        let operation = |method: &str| {
            json!({ "responses": declared, "x-amazon-apigateway-integration": {
                "type": "aws",
                "httpMethod": method,
                "uri": "arn:aws:apigateway:us-west-2:s3:path/files/key",
                "responses": responses,
            } })
        };
        let item = match self.methods {
            0 => json!({ "get": operation("GET"), "head": operation("HEAD") }),
            1 => json!({ "get": operation("GET"), "head": operation("GET") }),
            _ => json!({ "x-amazon-apigateway-any-method": operation("ANY") }),
        };
        json!({ "openapi": "3.0.1", "x-amazon-apigateway-binary-media-types": LISTS[self.list], "paths": { "/": item } })
    }

    /// Returns whether the list of binary media types has the media type of a header.
    fn lists(self, header: Option<&str>) -> bool {
        let (kind, subtype) = media_type(header.unwrap_or_default()).unwrap_or_default();
        LISTS[self.list].iter().any(|entry| match entry.split_once('/') {
            Some(("*", "*")) => true,
            Some((known, "*")) => kind.eq_ignore_ascii_case(known),
            Some((known, other)) => kind.eq_ignore_ascii_case(known) && subtype.eq_ignore_ascii_case(other),
            None => false,
        })
    }

    /// Returns the form of an object for a client, as the tables of API Gateway and the rules of `edge` select it.
    fn form(self, is_edge: bool, accept: Option<&str>, object: &Object) -> Form {
        let own = object.content_type.as_deref();
        let is_listed = self.lists(own);
        let negotiates = is_edge && (!self.has_template || is_listed || !own.is_some_and(is_json));
        let wants_bytes = if negotiates { self.prefers_bytes(accept, own) } else { self.lists(accept) };
        let form = match (is_listed, wants_bytes, HANDLINGS[self.handling]) {
            (true, _, Some("CONVERT_TO_BINARY")) | (true, true, None) => Form::Bytes,
            (true, _, Some(_)) | (true, false, None) => Form::Encoded,
            (false, _, Some("CONVERT_TO_TEXT")) | (false, false, None) => Form::Text,
            (false, true, None) if is_edge => Form::Bytes,
            (false, _, _) => Form::Decoded,
        };
        let is_text = matches!(form, Form::Text | Form::Encoded);
        match self.has_template {
            true if !is_text && !is_edge => Form::Impossible,
            _ => form,
        }
    }

    /// Returns whether `Accept` prefers the bytes of an object with this media type: the higher quality wins, then the more
    /// specific range, then the bytes.
    fn prefers_bytes(self, accept: Option<&str>, own: Option<&str>) -> bool {
        let mut ranges: Vec<_> = accept.unwrap_or_default().split(',').filter_map(range).collect();
        if ranges.is_empty() {
            ranges.push(Range { kind: "*", subtype: "*", quality: 1000 });
        }
        let weight_of = |kind: &str, subtype: &str| {
            let covering = ranges.iter().filter(|range| range.covers(kind, subtype));
            covering.max_by_key(|range| range.specificity()).map(Range::weight)
        };
        let text = weight_of("application", "json").unwrap_or_default();
        let own = own.and_then(media_type).and_then(|(kind, subtype)| weight_of(kind, subtype));
        if own == Some((0, 0)) {
            return false;
        }
        let listed = LISTS[self.list].iter().filter_map(|entry| match entry.split_once('/')? {
            ("*", "*") => ranges.iter().map(Range::weight).max(),
            (kind, "*") => {
                let overlaps =
                    |range: &&Range<'_>| range.kind == "*" || range.kind.eq_ignore_ascii_case(kind);
                ranges.iter().filter(overlaps).map(Range::weight).max()
            }
            (kind, subtype) => weight_of(kind, subtype),
        });
        let bytes = own.into_iter().chain(listed).max().unwrap_or_default();
        bytes.0 > 0 && bytes >= text
    }
}

/// The form of a body.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Form {
    Bytes,
    Text,
    /// The base64 of the bytes.
    Encoded,
    /// The bytes whose base64 is the object.
    Decoded,
    /// A template applies to bytes, which is an error in `aws`.
    Impossible,
}

/// A media range of `Accept`, with its quality in thousandths.
struct Range<'a> {
    kind: &'a str,
    subtype: &'a str,
    quality: u32,
}

impl Range<'_> {
    fn covers(&self, kind: &str, subtype: &str) -> bool {
        (self.kind == "*" || self.kind.eq_ignore_ascii_case(kind))
            && (self.subtype == "*" || self.subtype.eq_ignore_ascii_case(subtype))
    }

    fn specificity(&self) -> u32 {
        u32::from(self.kind != "*") + u32::from(self.kind != "*" && self.subtype != "*")
    }

    fn weight(&self) -> (u32, u32) {
        if self.quality == 0 { (0, 0) } else { (self.quality, self.specificity()) }
    }
}

/// Returns the media type of the first entry of a header.
fn media_type(header: &str) -> Option<(&str, &str)> {
    let first = header.split([',', ';']).next()?.trim();
    first.split_once('/').filter(|(kind, subtype)| !kind.is_empty() && !subtype.is_empty())
}

/// Returns whether a header has the media type of JSON.
fn is_json(header: &str) -> bool {
    media_type(header).is_some_and(|(kind, subtype)| {
        kind.eq_ignore_ascii_case("application") && subtype.eq_ignore_ascii_case("json")
    })
}

/// Parses an entry of `Accept`. An entry whose quality is not valid has the quality 1.
fn range(entry: &str) -> Option<Range<'_>> {
    let (kind, subtype) = media_type(entry).filter(|(kind, subtype)| *kind != "*" || *subtype == "*")?;
    let quality = |parameter: &str| {
        let (name, value) = parameter.split_once('=')?;
        let value = value.trim();
        let is_number = value.len() <= 5 && value.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
        let is_whole = value == "0" || value == "1" || value.starts_with("0.") || value.starts_with("1.");
        let quality: f64 = value.parse().ok().filter(|_| is_number && is_whole)?;
        let thousandths = (quality * 1000.0).round();
        let is_quality = name.trim().eq_ignore_ascii_case("q") && (0.0..=1000.0).contains(&thousandths);
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "from 0 to 1000")]
        is_quality.then_some(thousandths as u32)
    };
    let quality = entry.split(';').skip(1).find_map(quality).unwrap_or(1000);
    Some(Range { kind, subtype, quality })
}

/// A version of the object in S3.
#[derive(Debug)]
struct Object {
    body: Vec<u8>,
    content_type: Option<String>,
    etag: Option<String>,
    /// The time of the last change, in seconds since 1970.
    modified: Option<i64>,
}

/// The answer of S3 to the ranges and conditions of a request.
#[derive(Clone, Debug, Eq, PartialEq)]
enum Evaluated {
    Whole,
    /// The first and the last byte.
    Part(usize, usize),
    NotModified,
    Failed,
    Unsatisfiable,
}

impl Evaluated {
    fn status(&self) -> u16 {
        match self {
            Self::Whole => 200,
            Self::Part(..) => 206,
            Self::NotModified => 304,
            Self::Failed => 412,
            Self::Unsatisfiable => 416,
        }
    }
}

impl Object {
    fn read(written: &Value) -> Self {
        let visible = |name: &str| {
            let value = written[name].as_str().filter(|value| !value.is_empty());
            value.filter(|value| value.bytes().all(|byte| byte.is_ascii_graphic() || byte == b' '))
        };
        let etag = visible("etag").filter(|etag| {
            let inner = etag.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
            inner.is_some_and(|inner| !inner.contains(['"', ',', ' ']))
        });
        let content_type = visible("type").map(|value| value.trim().to_owned());
        let modified = written["modified"].as_i64().map(|seconds| seconds.clamp(0, 4_102_444_800));
        Self { body: body(&written["body"]), content_type, etag: etag.map(str::to_owned), modified }
    }

    fn last_modified(&self) -> Option<String> {
        self.modified.map(http_date)
    }

    /// Evaluates ranges and conditions in the order of RFC 9110 section 13.2.2, as S3 does.
    fn evaluate(&self, headers: &HeaderMap, server: &Server) -> Evaluated {
        let text = |name: HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
        let etag = self.etag.as_deref();
        let lists = |list: &str, is_weak: bool| {
            let is_same = |one: &str| {
                let one = one.trim();
                Some(if is_weak { one.trim_start_matches("W/") } else { one }) == etag
            };
            list.trim() == "*" || list.split(',').any(is_same)
        };
        let is_newer = |date: &str| Some(self.modified? > seconds_of_http(date)?);
        if let Some(list) = text(header::IF_MATCH) {
            if !lists(list, false) {
                return Evaluated::Failed;
            }
        } else if text(header::IF_UNMODIFIED_SINCE).and_then(is_newer) == Some(true) {
            return Evaluated::Failed;
        }
        if let Some(list) = text(header::IF_NONE_MATCH) {
            if lists(list, true) {
                return Evaluated::NotModified;
            }
        } else if text(header::IF_MODIFIED_SINCE).and_then(is_newer) == Some(false) {
            return Evaluated::NotModified;
        }
        let applies = server.ignores_if_range || self.satisfies_if_range(headers);
        let range = text(header::RANGE).filter(|_| applies && !server.ignores_range);
        range.and_then(|range| self.part(range)).unwrap_or(Evaluated::Whole)
    }

    /// Returns whether `If-Range` is missing or names this version.
    fn satisfies_if_range(&self, headers: &HeaderMap) -> bool {
        let Some(wanted) = headers.get(header::IF_RANGE) else { return true };
        let is = |known: Option<&str>| known.is_some_and(|known| known.as_bytes() == wanted.as_bytes());
        is(self.etag.as_deref()) || is(self.last_modified().as_deref())
    }

    /// Evaluates a range. Returns `None` if it is not valid, or names several parts: S3 then sends the whole object.
    fn part(&self, range: &str) -> Option<Evaluated> {
        let (first, last) = range.strip_prefix("bytes=")?.split_once('-')?;
        let number = |text: &str| {
            let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
            is_number.then(|| text.parse().unwrap_or(usize::MAX))
        };
        let length = self.body.len();
        let (first, last) = match (first, number(first), number(last)) {
            ("", None, Some(suffix)) => {
                (if suffix == 0 { length } else { length.saturating_sub(suffix) }, length)
            }
            (_, Some(first), Some(last)) if first <= last => (first, last),
            (_, Some(first), None) if last.is_empty() => (first, length),
            _ => return None,
        };
        if first >= length {
            return Some(Evaluated::Unsatisfiable);
        }
        Some(Evaluated::Part(first, last.min(length - 1)))
    }

    /// Returns S3's response.
    fn answer(&self, sent: &Sent, server: &Server) -> Answer {
        let evaluated = self.evaluate(&sent.headers, server);
        let mut headers = HeaderMap::new();
        let mut set = |name: &str, value: Option<&str>| {
            if let Some(value) = value {
                append_header(&mut headers, name, value);
            }
        };
        let length = self.body.len();
        let body = match evaluated {
            Evaluated::Failed | Evaluated::Unsatisfiable => {
                set("content-type", Some("application/xml"));
                set("etag", self.etag.as_deref());
                set("last-modified", self.last_modified().as_deref());
                if evaluated == Evaluated::Unsatisfiable {
                    set("content-range", Some(&format!("bytes */{length}")));
                }
                ERROR
            }
            _ => {
                let is_plain = evaluated == Evaluated::NotModified && server.plain_304;
                set("content-type", self.content_type.as_deref().filter(|_| !is_plain));
                set("etag", self.etag.as_deref());
                set("last-modified", self.last_modified().as_deref());
                set("accept-ranges", Some("bytes"));
                match evaluated {
                    Evaluated::Part(first, last) => {
                        set("content-range", Some(&format!("bytes {first}-{last}/{length}")));
                        &self.body[first..=last]
                    }
                    Evaluated::NotModified => b"",
                    _ => &self.body,
                }
            }
        };
        if !server.is_chunked && evaluated != Evaluated::NotModified {
            set("content-length", Some(&body.len().to_string()));
        }
        let body = if sent.method == "HEAD" { Vec::new() } else { body.to_vec() };
        let status = StatusCode::from_u16(evaluated.status()).unwrap_or_default();
        Answer { status, headers, body, breaks_off: false }
    }

    /// Returns the body in a form, or `None` if the object is not base64 or the form is impossible.
    fn converted(&self, form: Form, is_edge: bool, has_template: bool) -> Option<Vec<u8>> {
        let text = match form {
            Form::Bytes => return Some(self.body.clone()),
            Form::Decoded => return decoded(&self.body),
            Form::Impossible => return None,
            Form::Encoded => STANDARD.encode(&self.body).into_bytes(),
            Form::Text if is_edge => self.body.clone(),
            Form::Text => String::from_utf8_lossy(&self.body).into_owned().into_bytes(),
        };
        let (before, after) = if has_template { TEMPLATE } else { ("", "") };
        // API Gateway renders an empty body as an empty object.
        let text = if has_template && text.is_empty() { b"{}".to_vec() } else { text };
        Some([before.as_bytes(), &text, after.as_bytes()].concat())
    }
}

/// Decodes base64. The padding is complete or absent, and the unused bits may have any value.
fn decoded(text: &[u8]) -> Option<Vec<u8>> {
    let padding = text.iter().rev().take_while(|byte| **byte == b'=').count();
    let text = match padding {
        0 => text,
        1 | 2 if text.len().is_multiple_of(4) => &text[..text.len() - padding],
        _ => return None,
    };
    if text.len() % 4 == 1 {
        return None;
    }
    let alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let (mut bits, mut count, mut bytes) = (0_usize, 0, Vec::new());
    for byte in text {
        bits = bits << 6 & 0xfff | alphabet.iter().position(|known| known == byte)?;
        count += 6;
        if count >= 8 {
            count -= 8;
            bytes.extend(u8::try_from(bits >> count & 0xff));
        }
    }
    Some(bytes)
}

/// The deviations of a server from S3.
#[derive(Debug)]
struct Server {
    /// Whether responses have no `Content-Length`.
    is_chunked: bool,
    ignores_if_range: bool,
    ignores_range: bool,
    /// Whether a 304 has no `Content-Type`.
    plain_304: bool,
    /// The statuses of the first responses.
    failures: Vec<StatusCode>,
}

impl Server {
    fn read(written: &Value) -> Self {
        let is = |name: &str| written[name] == true;
        let failures = written["failures"].as_array().into_iter().flatten().filter_map(Value::as_u64);
        let failures = failures.filter(|status| (400..600).contains(status)).take(2);
        let status = |status: u64| StatusCode::from_u16(u16::try_from(status).ok()?).ok();
        Self {
            is_chunked: is("chunked"),
            ignores_if_range: is("ignores_if_range"),
            ignores_range: is("ignores_range"),
            plain_304: is("plain_304"),
            failures: failures.filter_map(status).collect(),
        }
    }
}

/// A request with the versions of the object that S3 has at each request of the gateway.
struct Read<'r> {
    variant: Variant,
    is_edge: bool,
    request: &'r ClientRequest,
    objects: &'r [Object],
    server: &'r Server,
}

/// Checks one input: a JSON object with the numbers of a document in `api`, the versions of the object in `objects`, the client's
/// `request`, and the deviations of the server in `server`.
pub fn run(data: &[u8]) {
    let Ok(input) = serde_json::from_slice::<Value>(data) else { return };
    let variant = Variant::read(&input["api"]);
    let objects = input["objects"].as_array().into_iter().flatten().take(3);
    let mut objects: Vec<_> = objects.map(Object::read).collect();
    // Each version has its own ETag.
    let mut etags = BTreeSet::new();
    objects.retain(|object| object.etag.clone().is_none_or(|etag| etags.insert(etag)));
    if objects.is_empty() {
        objects.push(Object::read(&Value::Null));
    }
    let server = Server::read(&input["server"]);
    let mut request = read_request(&input["request"]);
    request.method = if request.method == Method::HEAD { Method::HEAD } else { Method::GET };
    request.url = "/".to_owned();
    request.body.clear();
    // In the Worker, each header has one value, because the runtime joins the values.
    let joined: Vec<_> =
        request.headers.keys().map(|name| (name.clone(), join(&request.headers, name))).collect();
    request.headers.clear();
    for (name, value) in joined {
        append_header(&mut request.headers, name.as_str(), &value);
    }
    request.headers.remove("x-http-method-override");
    request.headers.remove(header::CONTENT_LENGTH);
    for behaviour in BEHAVIOURS {
        let is_edge = behaviour == "edge";
        Read { variant, is_edge, request: &request, objects: &objects, server: &server }.run(behaviour);
    }
}

fn join(headers: &HeaderMap, name: &HeaderName) -> String {
    let values = headers.get_all(name).iter().map(|value| String::from_utf8_lossy(value.as_bytes()));
    values.collect::<Vec<_>>().join(", ")
}

impl Read<'_> {
    fn run(&self, behaviour: &str) {
        let gateway = deploy(self.variant.api().clone(), behaviour, &[]);
        let gateway = gateway.unwrap_or_else(|errors| panic!("the API cannot be deployed: {errors:?}"));
        let mut count = 0;
        let served = serve_request(&gateway, self.request, |sent| {
            check_sent(sent);
            count += 1;
            assert!(
                count <= MOST_BACKEND_REQUESTS,
                "the gateway sends more than {MOST_BACKEND_REQUESTS} requests"
            );
            if let Some(status) = self.server.failures.get(count - 1) {
                let body = if sent.method == "HEAD" { Vec::new() } else { ERROR.to_vec() };
                let headers = s3_edge_gateway_testing::headers(&[("content-type", "application/xml")]);
                return Ok(Answer { status: *status, headers, body, breaks_off: false });
            }
            let version = (count - 1 - self.server.failures.len()).min(self.objects.len() - 1);
            Ok(self.objects[version].answer(sent, self.server))
        });
        check_response(&served.response);
        let about = || {
            let Self { variant, request, objects, server, .. } = self;
            let (sent, response) = (&served.requests, &served.response);
            format!("{behaviour} {variant:?} {request:?} {objects:?} {server:?} {sent:?} {response:?}")
        };
        let response = &served.response;
        if response.is_broken_off {
            let causes = served.log.as_ref().map(|log| log.causes.as_slice()).unwrap_or_default();
            assert!(
                causes.iter().any(|cause| cause.contains("not base64")),
                "broken off: {causes:?} {}",
                about()
            );
            return;
        }
        self.check_form(response, &about);
        match response.status {
            200 => self.check_whole(response, &about),
            206 => self.check_part(response, &about),
            304 | 412 | 416 => self.check_without_object(response, &about),
            status => assert!(status >= 400, "an unexpected status: {}", about()),
        }
        self.check_expected(response, &about);
    }

    fn is_head(&self) -> bool {
        self.request.method == Method::HEAD
    }

    fn form(&self, object: &Object) -> Form {
        let accept = self.request.headers.get(ACCEPT).map(|value| String::from_utf8_lossy(value.as_bytes()));
        self.variant.form(self.is_edge, accept.as_deref(), object)
    }

    /// Returns whether the client gets the bytes of the object unchanged.
    fn keeps_bytes(&self, object: &Object) -> bool {
        match self.form(object) {
            Form::Bytes => true,
            Form::Text => self.is_edge && !self.variant.has_template,
            Form::Encoded | Form::Decoded | Form::Impossible => false,
        }
    }

    fn converted(&self, object: &Object) -> Option<Vec<u8>> {
        object.converted(self.form(object), self.is_edge, self.variant.has_template)
    }

    /// Checks the length, and that a response to HEAD, a 304 and an error contain no object.
    fn check_form(&self, response: &Received, about: &dyn Fn() -> String) {
        let length = response.header("content-length").map(|value| value.parse::<usize>());
        // The runtime removes the body of a gateway response to HEAD.
        let is_of_gateway = response.header("x-amzn-errortype").is_some();
        if self.is_head() || response.status == 304 {
            assert!(is_of_gateway || response.body.is_empty(), "a body: {}", about());
        } else if let Some(length) = length {
            assert_eq!(length, Ok(response.body.len()), "another Content-Length: {}", about());
        }
        // The text of a gateway response is always the gateway's own.
        if response.status >= 400 && !is_of_gateway {
            for object in self.objects.iter().filter(|object| object.body.len() > 3) {
                let contains = |part: &[u8]| response.body.windows(part.len()).any(|window| window == part);
                let is_of_error = ERROR.windows(object.body.len()).any(|window| window == object.body);
                assert!(is_of_error || !contains(&object.body), "an error with an object: {}", about());
            }
        }
        if self.is_edge {
            assert_eq!(response.header("x-content-type-options"), Some("nosniff"), "{}", about());
        }
    }

    /// Checks a 200: its body is a whole version of the object, and its headers describe this version.
    fn check_whole(&self, response: &Received, about: &dyn Fn() -> String) {
        let length = response.header("content-length").and_then(|value| value.parse().ok());
        let is_of = |object: &&Object| {
            let Some(whole) = self.converted(object) else { return self.is_head() };
            let has_body = if self.is_head() {
                length.is_none_or(|length: usize| length == whole.len())
            } else {
                response.body == whole
            };
            has_body && self.describes(response, object)
        };
        assert!(self.objects.iter().any(|object| is_of(&object)), "not a version of the object: {}", about());
        if self.is_edge && HANDLINGS[self.variant.handling].is_none() {
            assert_eq!(response.header("vary"), Some("Accept"), "{}", about());
        }
    }

    /// Returns whether the headers of a response are those of an object in its form.
    fn describes(&self, response: &Received, object: &Object) -> bool {
        let header = |name: &str| response.header(name);
        if !self.is_edge {
            return header("etag").is_none() && header("content-type") == Some("application/json");
        }
        if self.keeps_bytes(object) {
            let content_type = object.content_type.as_deref().unwrap_or("application/json");
            return header("content-type") == Some(content_type)
                && header("etag") == object.etag.as_deref()
                && header("last-modified") == object.last_modified().as_deref();
        }
        header("content-type") == Some("application/json")
            && header("etag").is_none()
            && header("accept-ranges") == Some("none")
    }

    /// Checks a 206: its body is the range that `Content-Range` states, of the version that `If-Range` names.
    fn check_part(&self, response: &Received, about: &dyn Fn() -> String) {
        assert!(self.is_edge && self.request.headers.contains_key(header::RANGE), "{}", about());
        let stated = response.header("content-range").and_then(|value| value.strip_prefix("bytes "));
        let (range, total) = stated.and_then(|value| value.split_once('/')).unwrap_or_default();
        let (first, last) = range.split_once('-').unwrap_or_default();
        let (Ok(first), Ok(last), Ok(total)) =
            (first.parse::<usize>(), last.parse::<usize>(), total.parse::<usize>())
        else {
            panic!("no valid Content-Range: {}", about())
        };
        let is_of = |object: &&Object| {
            object.body.len() == total
                && object.body.get(first..=last).is_some_and(|part| self.is_head() || response.body == part)
                && self.keeps_bytes(object)
                && self.describes(response, object)
                && object.satisfies_if_range(&self.request.headers)
        };
        assert!(self.objects.iter().any(|object| is_of(&object)), "not a part of the object: {}", about());
    }

    /// Checks a 304, a 412 or a 416: a version of the object has this answer to the client's request.
    fn check_without_object(&self, response: &Received, about: &dyn Fn() -> String) {
        let is_from_backend = self.server.failures.iter().any(|status| *status == response.status);
        let has_answer =
            |object: &Object| object.evaluate(&self.request.headers, self.server).status() == response.status;
        assert!(
            is_from_backend || self.is_edge && self.objects.iter().any(has_answer),
            "no condition has this answer: {}",
            about()
        );
        if response.status == 416 && !is_from_backend {
            let satisfies = |object: &Object| object.satisfies_if_range(&self.request.headers);
            assert!(self.objects.iter().any(satisfies), "a 416 about another version: {}", about());
        }
        let in_template = [TEMPLATE.0.as_bytes(), ERROR, TEMPLATE.1.as_bytes()].concat();
        let is_error = response.body.is_empty()
            || response.body == ERROR
            || self.variant.has_template && response.body == in_template;
        assert!(is_error || is_from_backend, "neither empty nor S3's error: {}", about());
    }

    /// Checks the status, if the server has one version of the object and no failures.
    fn check_expected(&self, response: &Received, about: &dyn Fn() -> String) {
        let [object] = self.objects else { return };
        let Server { ignores_if_range, failures, .. } = self.server;
        if *ignores_if_range || !failures.is_empty() {
            return;
        }
        // In `aws`, ranges and conditions are not sent to S3.
        let evaluated = self.is_edge.then(|| object.evaluate(&self.request.headers, self.server).status());
        let direct = evaluated.unwrap_or(200);
        let keeps_bytes = self.keeps_bytes(object);
        let has_no_type = object.content_type.is_none() || self.server.plain_304;
        let expected: &[u16] = match direct {
            412 => &[412],
            206 if keeps_bytes => &[206],
            304 if keeps_bytes && !has_no_type => &[304],
            304 if keeps_bytes => &[304, 200],
            416 if keeps_bytes => &[416, 200],
            _ => &[200],
        };
        let can_fail = self.converted(object).is_none() && direct != 412;
        let is_expected = expected.contains(&response.status) || can_fail && response.status == 500;
        assert!(is_expected, "the status is not one of {expected:?}: {}", about());
        // A response to HEAD has no body that could be converted.
        let must_fail = can_fail && !self.is_head();
        assert!(!must_fail || response.status == 500, "a conversion must fail: {}", about());
    }
}
