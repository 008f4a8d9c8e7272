//! A runtime on the host for tests: the gateway serves a request, and a function of the test answers as the backend.
//!
//! Bodies are in memory. If the gateway reads a body block by block, the blocks have 7 bytes, or about 1 MB if the body is large.

#![expect(clippy::panic, reason = "a test must fail if the gateway breaks the contract of its runtime")]

use std::cell::{Cell, RefCell};
use std::io::Read;
use std::net::IpAddr;
use std::pin::pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use flate2::read::{GzDecoder, ZlibDecoder};
use http::header::CONTENT_LENGTH;
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use s3_edge_gateway::api::http_uri::Scheme;
use s3_edge_gateway::gateway::access_log::AccessLog;
use s3_edge_gateway::gateway::authorize::key_set::Key;
use s3_edge_gateway::gateway::authorize::token::{TokenProof, Verdict};
use s3_edge_gateway::gateway::message::{OutboundBody, RequestBody, Response, ResponseBody};
use s3_edge_gateway::gateway::request::content_encoding::ContentEncoding;
use s3_edge_gateway::gateway::request::integration_request::SignedRequest;
use s3_edge_gateway::gateway::request::passthrough::PassthroughRequest;
use s3_edge_gateway::gateway::serve::serve;
use s3_edge_gateway::gateway::transport::{self, Event, Reply, Transport, TransportError};
use s3_edge_gateway::gateway::{Gateway, Inbound};
use s3_edge_gateway::s3::PayloadHash;
use serde_json::{Value, json};

/// The id of every request.
pub const REQUEST_ID: &str = "7a3b2f66-0c1d-4e5f-8a9b-1c2d3e4f5a6b";

/// The host of every request.
pub const HOST: &str = "api.example.com";

/// The error text of a body whose connection breaks.
pub const LOST: &str = "connection lost";

/// The error text of a body whose length is not the announced one.
const NOT_ITS_LENGTH: &str = "the body does not have the announced length";

/// A client's request.
#[derive(Clone, Debug)]
pub struct ClientRequest {
    /// The method.
    pub method: Method,
    /// The path with the query.
    pub url: String,
    /// The headers. `inbound` adds a missing `Content-Length` if the body is not empty and `is_chunked` is false.
    pub headers: HeaderMap,
    /// The body.
    pub body: Vec<u8>,
    /// Whether no `Content-Length` is added.
    pub is_chunked: bool,
    /// Whether the connection breaks after the body.
    pub breaks_off: bool,
    /// The scheme of the URL.
    pub scheme: Scheme,
    /// The host of the URL.
    pub host: String,
    /// The client's address.
    pub source_ip: Option<IpAddr>,
    /// The result of the verification of the token's signature.
    pub verdict: Verdict,
    /// The time of the request, and of the clock of the runtime.
    pub time: SystemTime,
}

/// A request as the backend of a test receives it.
#[derive(Clone, Debug)]
pub struct Sent {
    /// The method.
    pub method: String,
    /// The URL.
    pub url: String,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: Vec<u8>,
}

/// A response of a backend.
#[derive(Clone, Debug, Default)]
pub struct Answer {
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: Vec<u8>,
    /// Whether the connection breaks after the bytes of `body`.
    pub breaks_off: bool,
}

/// The response as the client receives it.
#[derive(Clone, Debug, Default)]
pub struct Received {
    /// The status.
    pub status: u16,
    /// The headers.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
    /// Whether the body is incomplete, because the backend or the gateway broke it off.
    pub is_broken_off: bool,
}

/// The outcome of a request.
#[derive(Debug)]
pub struct Served {
    /// The requests that the gateway sent to backends, the original API, STS and token issuers, in the order of sending.
    pub requests: Vec<Sent>,
    /// The response to the client.
    pub response: Received,
    /// The line of the access log, or `None` if the gateway wrote no line.
    pub log: Option<AccessLog>,
    /// The pauses of the gateway. The clock of the runtime advances only by pauses.
    pub paused: Duration,
}

impl ClientRequest {
    /// Returns a request without headers and body, at the start of 1970. If a test adds a token,
    /// its signature counts as not valid.
    pub fn new(method: Method, url: &str) -> Self {
        Self {
            method,
            url: url.to_owned(),
            headers: HeaderMap::new(),
            body: Vec::new(),
            is_chunked: false,
            breaks_off: false,
            scheme: Scheme::Https,
            host: HOST.to_owned(),
            source_ip: None,
            verdict: Verdict::Forged,
            time: UNIX_EPOCH,
        }
    }

    /// Returns the request as the runtime passes it to the gateway.
    pub fn inbound(&self) -> Inbound {
        let (path, query) = match self.url.split_once('?') {
            Some((path, query)) => (path, Some(query.to_owned())),
            None => (self.url.as_str(), None),
        };
        let mut headers = self.headers.clone();
        if !self.body.is_empty() && !self.is_chunked && !headers.contains_key(CONTENT_LENGTH) {
            headers.insert(CONTENT_LENGTH, HeaderValue::from(self.body.len()));
        }
        Inbound {
            method: self.method.clone(),
            scheme: self.scheme,
            path: path.to_owned(),
            query,
            host: self.host.clone(),
            headers,
            request_id: REQUEST_ID.to_owned(),
            source_ip: self.source_ip,
            time: self.time,
        }
    }
}

impl Received {
    /// Returns the first value of a header, or `None` if the response does not have the header.
    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }

    /// Returns the body as text. Bytes that are not UTF-8 are replaced.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

/// Returns headers with these names and values. A repeated name keeps each of its values.
///
/// # Panics
/// If a name or a value is not valid in HTTP.
pub fn headers(pairs: &[(&str, &str)]) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for (name, value) in pairs {
        let parsed = (HeaderName::try_from(*name), HeaderValue::from_bytes(value.as_bytes()));
        let (Ok(name), Ok(value)) = parsed else { panic!("the header `{name}: {value}` is not valid") };
        headers.append(name, value);
    }
    headers
}

/// Returns a document whose only operation, PUT `/x`, validates the request body with `schema`. `components` becomes the
/// `components` of the document.
pub fn document_with_schema(schema: &Value, components: &Value) -> Value {
    json!({
        "openapi": "3.0.1",
        "x-amazon-apigateway-request-validators": { "body": { "validateRequestBody": true } },
        "x-amazon-apigateway-request-validator": "body",
        "components": components,
        "paths": { "/x": { "put": {
            "requestBody": { "content": { "application/json": { "schema": schema } } },
            "responses": { "200": {} },
            "x-amazon-apigateway-integration": {
                "type": "aws",
                "httpMethod": "PUT",
                "uri": "arn:aws:apigateway:us-west-2:s3:path/files/key",
                "responses": { "default": { "statusCode": 200 } },
            },
        } } },
    })
}

/// Serves a request. `backend` answers each request that the gateway sends, also to the original API, STS or a token issuer.
///
/// # Panics
/// If the gateway waits, or does not send exactly one response.
pub fn serve_request(
    gateway: &Gateway,
    request: &ClientRequest,
    backend: impl FnMut(&Sent) -> Result<Answer, TransportError>,
) -> Served {
    serve_with_verifier(gateway, request, backend, &|_, _| Ok(request.verdict))
}

/// The verification of a token's signature in a test. An error means that the key cannot be used.
pub type Verifier<'v> = &'v dyn Fn(&TokenProof<'_>, &Key) -> Result<Verdict, TransportError>;

/// Serves a request like [`serve_request`]. `verifier` verifies the signature of the token, and the verdict of the request is
/// ignored.
///
/// # Panics
/// If the gateway waits, or does not send exactly one response.
pub fn serve_with_verifier(
    gateway: &Gateway,
    request: &ClientRequest,
    backend: impl FnMut(&Sent) -> Result<Answer, TransportError>,
    verifier: Verifier<'_>,
) -> Served {
    let runtime = HostRuntime {
        gateway,
        client: request.body.clone().into(),
        client_end: request.breaks_off.then(|| LOST.to_owned()),
        started: request.time,
        paused: Cell::default(),
        verifier,
        backend: RefCell::new(backend),
        requests: RefCell::default(),
        received: Rc::default(),
        log: RefCell::default(),
    };
    let mut inbound = request.inbound();
    keep(&mut inbound.headers, gateway.read_headers().of_requests.as_deref());
    let served = ready(serve(gateway, inbound, HostBody::Client, &runtime));
    if let Err(error) = served {
        panic!("the response was not sent: {error}");
    }
    let Some(response) = runtime.received.take() else { panic!("the gateway sent no response") };
    Served {
        requests: runtime.requests.take(),
        response,
        log: runtime.log.take(),
        paused: runtime.paused.get(),
    }
}

/// Removes the headers that are not in `names`, because the Worker does not pass them to the gateway. With `None`, each header
/// is kept.
fn keep(headers: &mut HeaderMap, names: Option<&[HeaderName]>) {
    let Some(names) = names else { return };
    let others: Vec<_> = headers.keys().filter(|name| !names.contains(name)).cloned().collect();
    for name in others {
        headers.remove(name);
    }
}

/// Runs a future that never waits, and returns its output.
///
/// # Panics
/// If the future waits.
pub fn ready<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => panic!("the future waits, and nothing wakes it in this runtime"),
    }
}

/// A body in the runtime.
#[derive(Clone, Debug)]
pub enum HostBody {
    /// The body of the client's request, unchanged.
    Client,
    /// Bytes, and an error text if the connection breaks or the decoding fails after them.
    Bytes(Bytes, Option<String>),
}

/// The runtime of one request.
struct HostRuntime<'g, F> {
    gateway: &'g Gateway,
    client: Bytes,
    client_end: Option<String>,
    started: SystemTime,
    paused: Cell<Duration>,
    verifier: Verifier<'g>,
    backend: RefCell<F>,
    requests: RefCell<Vec<Sent>>,
    received: Rc<RefCell<Option<Received>>>,
    log: RefCell<Option<AccessLog>>,
}

impl<F: FnMut(&Sent) -> Result<Answer, TransportError>> HostRuntime<'_, F> {
    fn bytes(&self, body: &HostBody) -> (Bytes, Option<String>) {
        match body {
            HostBody::Client => (self.client.clone(), self.client_end.clone()),
            HostBody::Bytes(bytes, end) => (bytes.clone(), end.clone()),
        }
    }

    fn exchange(&self, sent: Sent) -> Result<Reply<HostBody>, TransportError> {
        let answer = (self.backend.borrow_mut())(&sent);
        self.requests.borrow_mut().push(sent);
        let Answer { status, headers, body, breaks_off } = answer?;
        let end = breaks_off.then(|| LOST.to_owned());
        Ok(Reply { status, headers, body: HostBody::Bytes(body.into(), end) })
    }

    fn receive(&self, response: &Response<HostBody>, body: &[u8], is_broken_off: bool) {
        let (status, headers, body) = (response.status.as_u16(), response.headers.clone(), body.to_vec());
        let received = Received { status, headers, body, is_broken_off };
        let before = self.received.replace(Some(received));
        assert!(before.is_none(), "the gateway sent a second response");
    }
}

impl<F: FnMut(&Sent) -> Result<Answer, TransportError>> Transport for HostRuntime<'_, F> {
    type Body = HostBody;
    type Blocks = HostBlocks;
    type Sink = HostSink;

    fn now(&self) -> SystemTime {
        self.started + self.paused.get()
    }

    async fn pause(&self, time: Duration) {
        self.paused.set(self.paused.get() + time);
    }

    async fn send(&self, request: SignedRequest<HostBody>) -> Result<Reply<HostBody>, TransportError> {
        let body = match &request.body {
            OutboundBody::Empty => Bytes::new(),
            OutboundBody::Bytes(bytes) => bytes.clone(),
            OutboundBody::Stream { stream, length, sha256 } => {
                let (bytes, end) = self.bytes(stream);
                let is_whole = length.get() == bytes.len() as u64;
                if let Some(reason) = end.or_else(|| (!is_whole).then(|| NOT_ITS_LENGTH.to_owned())) {
                    return Err(TransportError::Client(reason));
                }
                if sha256.is_some_and(|sha256| PayloadHash::of(&bytes) != PayloadHash::Sha256(sha256)) {
                    return Err(TransportError::HashMismatch);
                }
                bytes
            }
        };
        let SignedRequest { method, url, headers, .. } = request;
        let sent = Sent { method: method.to_string(), url, headers, body: body.to_vec() };
        let mut reply = self.exchange(sent)?;
        // The Worker reads all headers of an error.
        if reply.status.as_u16() < 400 {
            keep(&mut reply.headers, self.gateway.read_headers().of_responses.as_deref());
        }
        Ok(reply)
    }

    async fn send_passthrough(
        &self,
        request: &PassthroughRequest,
        _: Option<u64>,
    ) -> Result<Reply<HostBody>, TransportError> {
        let PassthroughRequest { method, url, headers, .. } = request.clone();
        let (body, end) = self.bytes(&HostBody::Client);
        if let Some(reason) = end {
            return Err(TransportError::Client(reason));
        }
        self.exchange(Sent { method: method.to_string(), url, headers, body: body.to_vec() })
    }

    async fn fetch_text(
        &self,
        request: &http::Request<Bytes>,
        _: Duration,
        limit: usize,
    ) -> Result<(StatusCode, String), TransportError> {
        let (method, url) = (request.method().to_string(), request.uri().to_string());
        let (headers, body) = (request.headers().clone(), request.body().to_vec());
        let Reply { status, body, .. } = self.exchange(Sent { method, url, headers, body })?;
        let text = self.read(&body, limit, None).await?;
        let text = text.ok_or_else(|| TransportError::Broken("too long".to_owned()))?;
        Ok((status, String::from_utf8_lossy(&text).into_owned()))
    }

    async fn read(
        &self,
        body: &HostBody,
        limit: usize,
        _: Option<Duration>,
    ) -> Result<Option<Bytes>, TransportError> {
        match self.bytes(body) {
            (bytes, _) if bytes.len() > limit => Ok(None),
            (_, Some(reason)) => Err(TransportError::Broken(reason)),
            (bytes, None) => Ok(Some(bytes)),
        }
    }

    fn blocks(&self, body: &HostBody, _: usize) -> HostBlocks {
        let (bytes, end) = self.bytes(body);
        // Neither size is a multiple of 3 or 4, so blocks end inside of base64 groups. Large blocks save time.
        HostBlocks { size: if bytes.len() < 1_000_000 { 7 } else { 1_000_003 }, bytes, end }
    }

    fn decoded(&self, body: RequestBody<HostBody>, encoding: ContentEncoding) -> RequestBody<HostBody> {
        let bytes = match body {
            RequestBody::Empty | RequestBody::Signed { .. } => return body,
            RequestBody::Bytes(bytes) => bytes,
            RequestBody::Stream { stream, .. } => self.bytes(&stream).0,
        };
        if bytes.is_empty() {
            return RequestBody::Empty;
        }
        let mut decoded = Vec::new();
        let end = match encoding {
            ContentEncoding::Gzip => GzDecoder::new(bytes.as_ref()).read_to_end(&mut decoded),
            ContentEncoding::Deflate => ZlibDecoder::new(bytes.as_ref()).read_to_end(&mut decoded),
        };
        let end = end.err().map(|error| error.to_string());
        RequestBody::Stream { stream: HostBody::Bytes(decoded.into(), end), length: None }
    }

    fn discard(&self, _: HostBody) {}

    async fn sha256(&self, bytes: &[u8]) -> Option<[u8; 32]> {
        match PayloadHash::of(bytes) {
            PayloadHash::Sha256(hash) => Some(hash),
            PayloadHash::Unsigned => None,
        }
    }

    async fn verify(&self, token: &TokenProof<'_>, key: &Key) -> Result<Verdict, TransportError> {
        (self.verifier)(token, key)
    }

    async fn respond(&self, response: Response<HostBody>) -> Result<(), TransportError> {
        let (body, end) = match &response.body {
            ResponseBody::Empty => (Bytes::new(), None),
            ResponseBody::Bytes(bytes) => (bytes.clone(), None),
            ResponseBody::Stream { stream, .. } => self.bytes(stream),
            ResponseBody::Converted { .. } => panic!("a converted body must be sent by `respond_in_blocks`"),
        };
        self.receive(&response, &body, end.is_some());
        Ok(())
    }

    async fn respond_in_blocks(
        &self,
        response: Response<HostBody>,
        length: Option<u64>,
    ) -> Result<HostSink, TransportError> {
        self.receive(&response, &[], false);
        Ok(HostSink { received: Rc::clone(&self.received), length })
    }

    async fn respond_passthrough(
        &self,
        reply: Reply<HostBody>,
        dropped: &[HeaderName],
    ) -> Result<(), TransportError> {
        let kept = reply.headers.iter().filter(|(name, _)| !dropped.contains(name));
        let text = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
        let headers = kept.map(|(name, value)| (name.to_string(), text(value))).collect();
        let response = Response { status: reply.status, headers, body: ResponseBody::Empty };
        let (body, end) = self.bytes(&reply.body);
        self.receive(&response, &body, end.is_some());
        Ok(())
    }

    fn log(&self, line: &AccessLog) {
        self.log.replace(Some(line.clone()));
    }

    fn observe(&self, event: Event<'_>) {
        if let Event::Rejected(rejection) = event {
            assert!(!rejection.to_string().is_empty(), "the text of the rejection is empty");
        }
    }
}

/// A body in blocks.
struct HostBlocks {
    bytes: Bytes,
    size: usize,
    end: Option<String>,
}

impl transport::Blocks for HostBlocks {
    async fn next(&mut self, block: &mut Vec<u8>) -> Result<Option<()>, TransportError> {
        let next = self.bytes.split_to(self.size.min(self.bytes.len()));
        block.clear();
        block.extend_from_slice(&next);
        match &self.end {
            Some(reason) if next.is_empty() => Err(TransportError::Broken(reason.clone())),
            _ => Ok((!next.is_empty()).then_some(())),
        }
    }

    fn cancel(&self, _: &str) {}

    fn release(&self) {}
}

/// The client's side of a response body that is sent in blocks.
struct HostSink {
    received: Rc<RefCell<Option<Received>>>,
    length: Option<u64>,
}

impl transport::Sink for HostSink {
    async fn write(&self, bytes: &[u8]) -> Result<(), TransportError> {
        if let Some(received) = self.received.borrow_mut().as_mut() {
            received.body.extend_from_slice(bytes);
        }
        Ok(())
    }

    async fn close(&self) -> Result<(), TransportError> {
        let written = self.received.borrow().as_ref().map(|received| received.body.len() as u64);
        if self.length.is_none() || self.length == written {
            return Ok(());
        }
        self.abort(NOT_ITS_LENGTH);
        Err(TransportError::Broken(NOT_ITS_LENGTH.to_owned()))
    }

    fn abort(&self, _: &str) {
        if let Some(received) = self.received.borrow_mut().as_mut() {
            received.is_broken_off = true;
        }
    }
}
