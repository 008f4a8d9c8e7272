//! Typed wrappers of the JavaScript functions in `bridge.js`.
//!
//! Each call between Rust and JavaScript is expensive. So the head of a message is passed as one string: to Rust as lines,
//! and to JavaScript as JSON.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use http::{HeaderName, Method, StatusCode};
use js_sys::{ArrayBuffer, Uint8Array};
use wasm_bindgen::prelude::*;
use worker::Env;

use super::head::{headers, request_json, response_json};
use super::task::settled;
use crate::api::http_uri::Scheme;
use crate::gateway::authorize::key_set::Key;
use crate::gateway::authorize::token::TokenProof;
use crate::gateway::deployment::read_headers::ReadHeaders;
use crate::gateway::message::{OutboundBody, Response, ResponseBody};
use crate::gateway::request::content_encoding::ContentEncoding;
use crate::gateway::request::inbound::Inbound;
use crate::gateway::request::integration_request::{Server, SignedRequest};
use crate::gateway::request::passthrough::PassthroughRequest;
use crate::gateway::transport::{self, Reply, TransportError};

#[wasm_bindgen(module = "/src/edge/bridge.js")]
extern "C" {
    #[wasm_bindgen(js_name = requestHead)]
    fn request_head(request: &web_sys::Request) -> String;

    #[wasm_bindgen(js_name = readHeaders)]
    fn set_read_headers(of_requests: Option<String>, of_responses: Option<String>);

    #[wasm_bindgen(js_name = responseHead)]
    fn response_head(response: &web_sys::Response, is_passthrough: bool) -> String;

    #[wasm_bindgen(js_name = send)]
    fn send_stream(
        head: &str,
        body: &JsValue,
        length: f64,
        millis: f64,
        is_s3: bool,
        sha256: Option<String>,
    ) -> JsValue;

    #[wasm_bindgen(js_name = send)]
    fn send_bytes(head: &str, body: &[u8], length: f64, millis: f64, is_s3: bool) -> JsValue;

    #[wasm_bindgen(js_name = passThrough)]
    fn send_as_it_came(head: &str, client: &web_sys::Request, length: Option<f64>, millis: f64) -> JsValue;

    #[wasm_bindgen(js_name = respondAsItCame, catch)]
    fn respond_as_it_came(response: &web_sys::Response, dropped: &str) -> Result<web_sys::Response, JsValue>;

    #[wasm_bindgen(js_name = keepAbort)]
    fn keep_abort_head(head: Option<String>);

    #[wasm_bindgen(js_name = sha256)]
    fn sha256_of(bytes: &[u8]) -> JsValue;

    #[wasm_bindgen(js_name = readAll)]
    fn read_all(source: &JsValue, limit: f64, millis: f64) -> JsValue;

    fn reuse(bytes: &Uint8Array);

    #[wasm_bindgen(js_name = respond, catch)]
    fn respond_stream(head: &str, body: Option<&web_sys::Response>) -> Result<web_sys::Response, JsValue>;

    #[wasm_bindgen(js_name = respond, catch)]
    fn respond_bytes(head: &str, body: &[u8]) -> Result<web_sys::Response, JsValue>;

    #[wasm_bindgen(js_name = respondAmid, catch)]
    fn respond_amid(
        head: &str,
        body: &[u8],
        request: &web_sys::Request,
    ) -> Result<web_sys::Response, JsValue>;

    fn discard(source: &web_sys::Response);

    #[wasm_bindgen(js_name = pause)]
    fn pause_promise(millis: f64) -> JsValue;

    #[wasm_bindgen(js_name = decoded)]
    fn decoded_bytes(bytes: &[u8], format: &str) -> web_sys::Request;

    #[wasm_bindgen(js_name = decodedStream)]
    fn decoded_stream(source: &JsValue, format: &str) -> web_sys::Request;

    pub(super) type Blocks;

    #[wasm_bindgen(constructor)]
    fn new(source: &JsValue, size: u32) -> Blocks;

    #[wasm_bindgen(method, js_name = next)]
    fn next_block(this: &Blocks) -> JsValue;

    #[wasm_bindgen(method, js_name = cancel)]
    fn cancel_rest(this: &Blocks, reason: &str);

    #[wasm_bindgen(method, js_name = release)]
    fn release_rest(this: &Blocks);

    pub(super) type Sink;

    #[wasm_bindgen(constructor)]
    pub(super) fn new(length: Option<f64>) -> Sink;

    #[wasm_bindgen(method, js_name = write)]
    fn write_bytes(this: &Sink, bytes: &[u8]) -> JsValue;

    #[wasm_bindgen(method, js_name = send)]
    fn send_body(this: &Sink, bytes: &[u8]) -> JsValue;

    #[wasm_bindgen(method, js_name = close)]
    fn close_stream(this: &Sink) -> JsValue;

    #[wasm_bindgen(method, js_name = abort)]
    fn abort_stream(this: &Sink, reason: &str);

    #[wasm_bindgen(method, js_name = respond, catch)]
    fn respond_readable(this: &Sink, head: &str) -> Result<web_sys::Response, JsValue>;

    #[wasm_bindgen(js_name = fetchText)]
    fn send_for_text(head: &str, body: Option<&str>, millis: f64, limit: f64) -> JsValue;

    #[wasm_bindgen(js_name = isSignedBy)]
    fn is_signed_by_key(algorithm: &str, jwk: &str, signature: &[u8], text: &str) -> JsValue;

    fn variable(env: &Env, name: &str) -> Option<String>;
}

const CONNECTING_IP: HeaderName = HeaderName::from_static("cf-connecting-ip");

/// A request or a response in JavaScript, from which the body is read.
#[derive(Clone, Debug)]
pub(super) enum Message {
    Request(web_sys::Request),
    Response(web_sys::Response),
}

/// Limits the headers that JavaScript passes to Rust to `headers`.
pub(super) fn read_only(headers: &ReadHeaders) {
    let lines = |names: &Option<Vec<HeaderName>>| {
        let names = names.as_ref()?.iter().map(HeaderName::as_str);
        Some(names.collect::<Vec<_>>().join("\n"))
    };
    set_read_headers(lines(&headers.of_requests), lines(&headers.of_responses));
}

/// Reads the head of a client's request. `names` are the headers that JavaScript passes, or `None` for all headers.
pub(super) fn inbound(request: &web_sys::Request, names: Option<&[HeaderName]>) -> Inbound {
    let head = request_head(request);
    let mut lines = head.split('\n');
    let mut next = || lines.next().unwrap_or_default();
    let (method, url, request_id, millis) = (next(), next(), next(), next());
    let (scheme, after_scheme) = match url.strip_prefix("https://") {
        Some(rest) => (Scheme::Https, rest),
        None => (Scheme::Http, url.strip_prefix("http://").unwrap_or(url)),
    };
    let without_fragment = after_scheme.split('#').next().unwrap_or_default();
    let (place, query) = match without_fragment.split_once('?') {
        Some((place, query)) => (place, Some(query.to_owned())),
        None => (without_fragment, None),
    };
    let (host, path) = place.split_at(place.find('/').unwrap_or(place.len()));
    let headers = headers(lines, names);
    Inbound {
        // A method that is not valid is replaced by CONNECT, which no route has.
        method: Method::from_bytes(method.as_bytes()).unwrap_or(Method::CONNECT),
        scheme,
        path: path.to_owned(),
        query,
        host: host.to_owned(),
        request_id: request_id.to_owned(),
        source_ip: headers.get(&CONNECTING_IP).and_then(|ip| ip.to_str().ok()?.parse().ok()),
        time: time(millis),
        headers,
    }
}

/// Sends a request to the backend and waits for the head of the response.
pub(super) async fn send(
    request: SignedRequest<Message>,
    names: Option<&[HeaderName]>,
) -> Result<Reply<Message>, TransportError> {
    let head = request_json(&request.method, &request.url, &request.headers);
    let (millis, is_s3) = (request.timeout.as_millis() as f64, request.server == Server::S3);
    let answer = match request.body {
        // The runtime copies the bytes during this call, so Rust can drop them before the response arrives.
        OutboundBody::Bytes(bytes) => send_bytes(&head, &bytes, 0.0, millis, is_s3),
        OutboundBody::Stream { stream, length, sha256 } => {
            let sha256 = sha256.map(hex::encode);
            send_stream(&head, stream.as_js(), length.get() as f64, millis, is_s3, sha256)
        }
        OutboundBody::Empty => send_stream(&head, &JsValue::UNDEFINED, 0.0, millis, is_s3, None),
    };
    let response = response_of(answer).await?;
    reply(response_head(&response, false), response, names)
}

/// Keeps the request that aborts the upload of the running task, or drops it.
pub(super) fn keep_abort(request: Option<&SignedRequest<Message>>) {
    keep_abort_head(request.map(|request| request_json(&request.method, &request.url, &request.headers)));
}

/// Sends a client's request to the original API, with its body unchanged, and waits for the head of the response.
pub(super) async fn pass_through(
    request: &PassthroughRequest,
    client: &web_sys::Request,
    length: Option<u64>,
) -> Result<Reply<Message>, TransportError> {
    let head = request_json(&request.method, &request.url, &request.headers);
    let (length, millis) = (length.map(|length| length as f64), request.timeout.as_millis() as f64);
    let response = response_of(send_as_it_came(&head, client, length, millis)).await?;
    reply(response_head(&response, true), response, None)
}

/// Returns the original API's response for the client, without the headers in `dropped`.
pub(super) fn response_as_it_came(
    response: &web_sys::Response,
    dropped: &[HeaderName],
) -> Result<web_sys::Response, TransportError> {
    let dropped: Vec<_> = dropped.iter().map(HeaderName::as_str).collect();
    respond_as_it_came(response, &dropped.join("\n")).map_err(TransportError::from)
}

/// Waits until a promise of `fetch` is settled. Returns the response.
async fn response_of(promise: JsValue) -> Result<web_sys::Response, TransportError> {
    Ok(settled(promise).await?.unchecked_into())
}

fn reply(
    head: String,
    response: web_sys::Response,
    names: Option<&[HeaderName]>,
) -> Result<Reply<Message>, TransportError> {
    let mut lines = head.split('\n');
    let status = lines.next().and_then(|status| StatusCode::from_bytes(status.as_bytes()).ok());
    let status = status.ok_or_else(|| TransportError::Broken("the response has no status".to_owned()))?;
    let names = names.filter(|_| status.as_u16() < 400);
    Ok(Reply { status, headers: headers(lines, names), body: Message::Response(response) })
}

/// Sends a request to STS or to a token issuer. Returns the status and the text of the response.
pub(super) async fn fetch_text(
    request: &http::Request<Bytes>,
    timeout: Duration,
    limit: usize,
) -> Result<(StatusCode, String), TransportError> {
    let head = request_json(request.method(), &request.uri().to_string(), request.headers());
    let body = std::str::from_utf8(request.body()).ok().filter(|body| !body.is_empty());
    let millis = timeout.as_millis() as f64;
    let answer = settled(send_for_text(&head, body, millis, limit as f64)).await?;
    let answer = answer.as_string().unwrap_or_default();
    let (status, text) = answer.split_once('\n').unwrap_or_default();
    let status = StatusCode::from_bytes(status.as_bytes());
    let status = status.map_err(|_| TransportError::Broken("the response has no status".to_owned()))?;
    Ok((status, text.to_owned()))
}

/// Returns whether a token is signed by a key.
pub(super) async fn is_signed_by(token: &TokenProof<'_>, key: &Key) -> Result<bool, TransportError> {
    let (algorithm, signature, text) = (key.algorithm.name(), token.signature(), token.signed_text());
    Ok(settled(is_signed_by_key(algorithm, &key.jwk, signature, text)).await?.is_truthy())
}

/// Returns the SHA-256 of bytes, computed by the runtime, or `None` if the runtime fails.
pub(super) async fn sha256(bytes: &[u8]) -> Option<[u8; 32]> {
    let digest = settled(sha256_of(bytes)).await.ok()?.dyn_into::<ArrayBuffer>().ok()?;
    Uint8Array::new(&digest).to_vec().try_into().ok()
}

/// Waits, so that the runtime works for other requests.
pub(super) async fn pause(time: Duration) {
    // The promise is never rejected.
    drop(settled(pause_promise(time.as_millis() as f64)).await);
}

/// Returns a request with the decoded bytes as its body.
pub(super) fn decoded(bytes: &[u8], encoding: ContentEncoding) -> web_sys::Request {
    decoded_bytes(bytes, encoding.name())
}

impl Message {
    /// Returns a reader of the body in blocks of `size` bytes.
    pub(super) fn blocks(&self, size: u32) -> Blocks {
        Blocks::new(self.as_js(), size)
    }

    fn as_js(&self) -> &JsValue {
        match self {
            Self::Request(request) => request.as_ref(),
            Self::Response(response) => response.as_ref(),
        }
    }

    /// Reads the whole body as one buffer. Returns `None` if the body is longer than `limit` bytes.
    pub(super) async fn read(
        &self,
        limit: usize,
        timeout: Option<Duration>,
    ) -> Result<Option<Vec<u8>>, TransportError> {
        // `readAll` takes 0 milliseconds as no time limit.
        let millis = timeout.unwrap_or_default().as_millis() as f64;
        let body = settled(read_all(self.as_js(), limit as f64, millis)).await?;
        let Ok(bytes) = body.dyn_into::<Uint8Array>() else { return Ok(None) };
        let copy = bytes.to_vec();
        reuse(&bytes);
        Ok(Some(copy))
    }

    /// Returns a request with the decoded body, which is decoded while it is read.
    pub(super) fn decoded(&self, encoding: ContentEncoding) -> web_sys::Request {
        decoded_stream(self.as_js(), encoding.name())
    }

    /// Cancels the body of a response that is not needed, which frees the connection. Does nothing for a request.
    pub(super) fn discard(&self) {
        if let Self::Response(response) = self {
            discard(response);
        }
    }
}

impl transport::Blocks for Blocks {
    async fn next(&mut self, block: &mut Vec<u8>) -> Result<Option<()>, TransportError> {
        let value = settled(self.next_block()).await?;
        let Ok(array) = value.dyn_into::<Uint8Array>() else { return Ok(None) };
        block.resize(array.length() as usize, 0);
        array.copy_to(block);
        Ok(Some(()))
    }

    fn cancel(&self, reason: &str) {
        self.cancel_rest(reason);
    }

    fn release(&self) {
        self.release_rest();
    }
}

impl transport::Sink for Sink {
    async fn write(&self, bytes: &[u8]) -> Result<(), TransportError> {
        settled(self.write_bytes(bytes)).await?;
        Ok(())
    }

    async fn send(&self, body: Bytes) -> Result<(), TransportError> {
        let sent = self.send_body(&body);
        // JavaScript has a copy now.
        drop(body);
        settled(sent).await?;
        Ok(())
    }

    async fn close(&self) -> Result<(), TransportError> {
        settled(self.close_stream()).await?;
        Ok(())
    }

    fn abort(&self, reason: &str) {
        self.abort_stream(reason);
    }
}

impl Sink {
    /// Returns the JavaScript response whose body is written to this sink.
    pub(super) fn response(&self, response: &Response<Message>) -> Result<web_sys::Response, TransportError> {
        self.respond_readable(&response_json(response)).map_err(TransportError::from)
    }
}

/// Returns the JavaScript response for a response of the core.
pub(super) fn response(response: &Response<Message>) -> Result<web_sys::Response, TransportError> {
    let head = response_json(response);
    let built = match &response.body {
        ResponseBody::Bytes(bytes) => respond_bytes(&head, bytes),
        ResponseBody::Stream { stream: Message::Response(from), .. } => respond_stream(&head, Some(from)),
        ResponseBody::Empty | ResponseBody::Stream { .. } | ResponseBody::Converted { .. } => {
            respond_stream(&head, None)
        }
    };
    built.map_err(TransportError::from)
}

/// Returns the JavaScript response to a client that may still be sending its body.
pub(super) fn response_amid(
    response: &Response<Message>,
    client: &web_sys::Request,
) -> Result<web_sys::Response, TransportError> {
    let ResponseBody::Bytes(bytes) = &response.body else { return self::response(response) };
    respond_amid(&response_json(response), bytes, client).map_err(TransportError::from)
}

/// Returns a function that reads a variable or a secret of the Worker by its name.
pub(super) fn variables(env: &Env) -> impl Fn(&str) -> Option<String> + '_ {
    |name| variable(env, name)
}

impl From<TransportError> for JsValue {
    fn from(error: TransportError) -> Self {
        Self::from_str(&error.to_string())
    }
}

impl From<JsValue> for TransportError {
    fn from(error: JsValue) -> Self {
        let Some(text) = error.as_string() else { return Self::Broken(format!("{error:?}")) };
        match text.strip_prefix("client: ") {
            Some(reason) => Self::Client(reason.to_owned()),
            None if text == "timeout" => Self::Timeout,
            None if text == "hash mismatch" => Self::HashMismatch,
            None => Self::Broken(text),
        }
    }
}

fn time(millis: &str) -> SystemTime {
    UNIX_EPOCH + Duration::from_millis(millis.parse().unwrap_or_default())
}
