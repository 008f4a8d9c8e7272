//! Sends a request through the stages of a gateway, in the order of the Worker. A simulated backend responds from a list.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use s3_edge_gateway::gateway::access_log::AccessLog;
use s3_edge_gateway::gateway::content::{WhiteSpace, decode};
use s3_edge_gateway::gateway::{
    Answer, Awaiting, Body, Context, Demand, EndpointRequest, Gateway, Inbound, Integrated,
    IntegrationRequest, MethodRequest, Proof, Rejection, Response,
};
use s3_edge_gateway_compiler::matches;
use serde_json::Value;

/// The time at which requests are signed.
const NOW: SystemTime = UNIX_EPOCH;

/// The maximum number of requests to the backend for one request of a client: with conditions, without them, to verify
/// the body, and to stream it.
const MOST_BACKEND_REQUESTS: usize = 4;

/// A client's request, and the responses of the backend.
#[derive(Clone, Debug, Default)]
pub struct Exchange {
    pub method: Method,
    /// The path and the query.
    pub url: String,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
    /// The responses of the backend, in their order. The last one is repeated.
    pub responses: Vec<(StatusCode, HeaderMap, Vec<u8>)>,
}

impl Exchange {
    /// Reads an exchange in the format of the test vectors. Unknown keys and invalid values are ignored.
    pub fn read(written: &Value) -> Self {
        let request = &written["request"];
        let mut exchange = Self {
            method: text(request, "method").parse().unwrap_or_default(),
            url: text(request, "url").to_owned(),
            headers: headers(&request["headers"]),
            body: body(&request["body"]),
            responses: Vec::new(),
        };
        if !exchange.url.starts_with('/') {
            exchange.url.insert(0, '/');
        }
        if !exchange.body.is_empty() && request["chunked"] != true {
            exchange.headers.insert("content-length", HeaderValue::from(exchange.body.len()));
        }
        for response in written["s3"].as_array().into_iter().flatten().take(MOST_BACKEND_REQUESTS) {
            let status = response["status"].as_u64().and_then(|status| u16::try_from(status).ok());
            let status = status.and_then(|status| StatusCode::from_u16(status).ok());
            let (mut headers, body) = (headers(&response["headers"]), body(&response["body"]));
            if response["chunked"] != true && !headers.contains_key("content-length") {
                headers.insert("content-length", HeaderValue::from(body.len()));
            }
            exchange.responses.push((status.unwrap_or_default(), headers, body));
        }
        exchange
    }
}

fn text<'v>(value: &'v Value, key: &str) -> &'v str {
    value[key].as_str().unwrap_or_default()
}

fn headers(written: &Value) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for (name, value) in written.as_object().into_iter().flatten() {
        let one = std::slice::from_ref(value);
        let Ok(name) = HeaderName::try_from(name.as_str()) else { continue };
        for value in value.as_array().map_or(one, Vec::as_slice) {
            let value = HeaderValue::from_bytes(value.as_str().unwrap_or_default().as_bytes());
            headers.extend(value.ok().map(|value| (name.clone(), value)));
        }
    }
    headers
}

fn body(written: &Value) -> Vec<u8> {
    match written {
        Value::String(text) => text.clone().into_bytes(),
        written => match written["base64"].as_str() {
            Some(text) => decode(text.as_bytes(), WhiteSpace::Ignored).unwrap_or_default().to_vec(),
            None => Vec::new(),
        },
    }
}

/// Sends the request, and checks the response. Returns the URLs of the requests to the backend.
pub fn send(gateway: &Gateway, exchange: &Exchange) -> Vec<String> {
    let (path, query) = match exchange.url.split_once('?') {
        Some((path, query)) => (path, Some(query.to_owned())),
        None => (exchange.url.as_str(), None),
    };
    let mut context = gateway.receive(Inbound {
        method: exchange.method.clone(),
        path: path.to_owned(),
        query,
        host: "api.example.com".to_owned(),
        headers: exchange.headers.clone(),
        request_id: "7a3b2f66-0c1d-4e5f-8a9b-1c2d3e4f5a6b".to_owned(),
        source_ip: None,
        time: NOW + Duration::from_secs(1),
    });
    let mut log = AccessLog::new(&context);
    let mut backend = Backend { exchange, requests: 0, urls: Vec::new() };
    let served = match context.admit() {
        Ok(Proof::NotNeeded) => validate_body(&mut context, &exchange.body)
            .and_then(|()| serve(&context, exchange, &mut backend, &mut log)),
        // The caller has no credentials.
        Ok(Proof::Signature(_) | Proof::Token(_)) => Err(context.over_payload_limit()),
        Err(rejection) => Err(rejection),
    };
    let response = served.unwrap_or_else(|rejection| {
        assert!(!rejection.to_string().is_empty(), "a rejection has a reason");
        log.reject(&rejection);
        context.reject(&rejection)
    });
    check_response(&response);
    if let Some(body) = backend.body().filter(|_| !backend.is_inconsistent()) {
        check_body(&response.body, body);
    }
    backend.urls
}

fn validate_body(context: &mut Context<'_>, body: &[u8]) -> Result<(), Rejection> {
    // The body is validated without decoding it, because the decoded bytes would be arbitrary, too.
    context.decode_body()?;
    // A regular expression of a model may take a long time for a long text. This is a problem of the document, so such
    // texts are skipped.
    let matches = |pattern: &str, text: &str| text.len() <= 8 && matches(pattern, text);
    if context.looks_into_body()? { context.look_into(body, &matches) } else { Ok(()) }
}

fn serve(
    context: &Context<'_>,
    exchange: &Exchange,
    backend: &mut Backend<'_>,
    log: &mut AccessLog,
) -> Result<Response<()>, Rejection> {
    let request = MethodRequest::open(context)?;
    log.converted(request.conversion());
    let body = match request.demand() {
        Demand::Transform => {
            let mut intake = request.intake()?;
            for block in exchange.body.chunks(7) {
                intake.push(block).map_err(|error| request.undecodable(error))?;
            }
            intake.end().map_err(|error| request.undecodable(error))?;
            assert!(intake.next_part().is_none(), "a small body has no complete part");
            return proceed(request.integrate_converted(intake.rest(), None)?, backend, log);
        }
        Demand::Stream => match request.content_length() {
            Some(0) | None => Body::Empty,
            length => Body::Stream { stream: (), length },
        },
        Demand::Buffer { .. } if exchange.body.is_empty() => Body::Empty,
        Demand::Buffer { .. } => Body::Bytes(exchange.body.clone().into()),
        Demand::Discard => Body::Empty,
        Demand::Verify => panic!("only a response body is verified"),
    };
    proceed(request.integrate(body, None)?, backend, log)
}

fn proceed<'c>(
    integrated: Integrated<'c, ()>,
    backend: &mut Backend<'_>,
    log: &mut AccessLog,
) -> Result<Response<()>, Rejection> {
    match integrated {
        Integrated::Request(request, awaiting) => send_to_backend(request, awaiting, backend, log),
        Integrated::Response(response) => response.respond(Body::Empty),
    }
}

fn send_to_backend<'c>(
    mut request: IntegrationRequest<'c, ()>,
    mut awaiting: Awaiting<'c>,
    backend: &mut Backend<'_>,
    log: &mut AccessLog,
) -> Result<Response<()>, Rejection> {
    loop {
        let (status, headers, body) = backend.respond(&request.sign(NOW)?);
        awaiting.tell(log, status, &headers);
        match awaiting.answered(status, headers)? {
            Answer::Repeat(again) => (request, awaiting) = *again,
            Answer::Response(response) if response.demand() == Demand::Verify => {
                let mut verification = response.verify()?;
                body.chunks(7).try_for_each(|block| verification.push(block))?;
                (request, awaiting) = verification.end()?;
            }
            Answer::Response(response) => {
                log.causes.extend(response.note());
                let body = match response.demand() {
                    Demand::Stream | Demand::Transform => {
                        Body::Stream { stream: (), length: response.length() }
                    }
                    Demand::Buffer { limit } if body.len() > limit => return Err(response.too_large()),
                    Demand::Buffer { .. } => Body::Bytes(body.into()),
                    Demand::Discard => Body::Empty,
                    Demand::Verify => panic!("the body has been verified"),
                };
                return response.respond(body);
            }
        }
    }
}

/// The simulated backend.
struct Backend<'q> {
    exchange: &'q Exchange,
    /// The number of requests so far.
    requests: usize,
    urls: Vec<String>,
}

impl Backend<'_> {
    fn respond(&mut self, request: &EndpointRequest<()>) -> (StatusCode, HeaderMap, Vec<u8>) {
        self.requests += 1;
        assert!(self.requests <= MOST_BACKEND_REQUESTS, "the gateway sends too many requests to the backend");
        let url = url::Url::parse(&request.url).unwrap_or_else(|error| panic!("{}: {error}", request.url));
        if request.headers.contains_key("x-amz-content-sha256") {
            assert_eq!(url.as_str(), request.url, "the signed URL does not change when it is parsed");
        }
        assert!(url.username().is_empty() && url.password().is_none(), "{url}");
        self.urls.push(request.url.clone());
        let default = || {
            let mut headers = HeaderMap::new();
            headers.insert("content-type", HeaderValue::from_static("image/jpeg"));
            (StatusCode::OK, headers, b"\xff\xd8\xff\xe0".to_vec())
        };
        self.last_response().cloned().unwrap_or_else(default)
    }

    fn last_response(&self) -> Option<&(StatusCode, HeaderMap, Vec<u8>)> {
        let responses = &self.exchange.responses;
        responses.get(self.requests.saturating_sub(1)).or(responses.last())
    }

    fn body(&self) -> Option<&[u8]> {
        self.last_response().map(|(_, _, body)| body.as_slice())
    }

    /// Returns whether the responses cannot come from a correct server: a `Content-Length` differs from the length of its
    /// body, or the body changes between responses.
    fn is_inconsistent(&self) -> bool {
        self.exchange.responses.iter().any(|(_, headers, body)| {
            let length = headers.get("content-length").and_then(|value| value.to_str().ok()?.parse().ok());
            length.is_some_and(|length: usize| length != body.len()) || Some(body.as_slice()) != self.body()
        })
    }
}

fn check_response(response: &Response<()>) {
    let status = response.status.as_u16();
    assert!((200..600).contains(&status), "a runtime cannot send the status {status}");
    for (name, _) in &response.headers {
        assert!(HeaderName::try_from(name.as_str()).is_ok(), "`{name}` is not a header name");
    }
    assert!(response.header("x-amzn-requestid").is_some(), "each response has a request id");
}

/// Converts a streamed body to its end, and compares its length with the promised one. A conversion may also fail.
fn check_body(body: &Body<()>, received: &[u8]) {
    let Body::Converted { codec, length, .. } = body else { return };
    let (mut codec, mut converted) = (codec.clone(), Vec::new());
    let pushed = received.chunks(7).try_for_each(|block| codec.push(block, &mut converted));
    let ended = pushed.and_then(|()| codec.finish(&mut converted));
    if let (Ok(()), Some(length)) = (ended, length) {
        assert_eq!(*length, converted.len() as u64, "the body has the promised length");
    }
}
