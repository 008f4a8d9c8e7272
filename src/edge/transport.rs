//! The [`Transport`] of the Worker's runtime.

use std::cell::RefCell;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use http::{HeaderName, StatusCode};
use js_sys::Date;
use worker::console_log;

use super::bridge::{self, Blocks, Message, Sink};
use super::task::answer_with;
use crate::gateway::access_log::AccessLog;
use crate::gateway::authorize::key_set::Key;
use crate::gateway::authorize::token::{TokenProof, Verdict};
use crate::gateway::deployment::read_headers::ReadHeaders;
use crate::gateway::message::{RequestBody, Response};
use crate::gateway::request::content_encoding::ContentEncoding;
use crate::gateway::request::integration_request::SignedRequest;
use crate::gateway::request::passthrough::PassthroughRequest;
use crate::gateway::transport::{Reply, Transport, TransportError};

/// The runtime for one request of a client.
pub(super) struct Runtime {
    /// The headers of responses that JavaScript passes to Rust, or `None` for all headers.
    response_headers: Option<&'static [HeaderName]>,
    /// The client's request. If its body is decoded, the request with the decoded body.
    client: RefCell<web_sys::Request>,
}

impl Runtime {
    pub(super) fn new(client: web_sys::Request, headers: &'static ReadHeaders) -> Self {
        Self { response_headers: headers.of_responses.as_deref(), client: RefCell::new(client) }
    }
}

pub(super) fn now() -> SystemTime {
    UNIX_EPOCH + Duration::from_millis(Date::now() as u64)
}

impl Transport for Runtime {
    type Body = Message;
    type Blocks = Blocks;
    type Sink = Sink;

    fn now(&self) -> SystemTime {
        now()
    }

    async fn send(&self, request: SignedRequest<Message>) -> Result<Reply<Message>, TransportError> {
        bridge::send(request, self.response_headers).await
    }

    async fn send_passthrough(
        &self,
        request: &PassthroughRequest,
        length: Option<u64>,
    ) -> Result<Reply<Message>, TransportError> {
        // `Clone::clone` copies the reference. `client.clone()` would be JavaScript's `clone`, which makes a second body.
        let client = Clone::clone(&*self.client.borrow());
        bridge::pass_through(request, &client, length).await
    }

    async fn fetch_text(
        &self,
        request: &http::Request<Bytes>,
        timeout: Duration,
        limit: usize,
    ) -> Result<(StatusCode, String), TransportError> {
        bridge::fetch_text(request, timeout, limit).await
    }

    async fn read(
        &self,
        body: &Message,
        limit: usize,
        timeout: Option<Duration>,
    ) -> Result<Option<Bytes>, TransportError> {
        Ok(body.read(limit, timeout).await?.map(Bytes::from))
    }

    fn blocks(&self, body: &Message, size: usize) -> Blocks {
        body.blocks(size as u32)
    }

    fn decoded(&self, body: RequestBody<Message>, encoding: ContentEncoding) -> RequestBody<Message> {
        let decoded = match &body {
            RequestBody::Stream { stream, .. } => stream.decoded(encoding),
            RequestBody::Bytes(bytes) => bridge::decoded(bytes, encoding),
            RequestBody::Empty | RequestBody::Signed { .. } => return body,
        };
        // `Clone::clone` copies the reference. `decoded.clone()` would be JavaScript's `clone`, which makes a second body.
        self.client.replace(Clone::clone(&decoded));
        RequestBody::Stream { stream: Message::Request(decoded), length: None }
    }

    fn discard(&self, body: Message) {
        body.discard();
    }

    fn keep_abort(&self, request: Option<&SignedRequest<Message>>) {
        bridge::keep_abort(request);
    }

    async fn sha256(&self, bytes: &[u8]) -> Option<[u8; 32]> {
        bridge::sha256(bytes).await
    }

    async fn verify(&self, token: &TokenProof<'_>, key: &Key) -> Result<Verdict, TransportError> {
        let is_genuine = bridge::is_signed_by(token, key).await?;
        Ok(if is_genuine { Verdict::Genuine } else { Verdict::Forged })
    }

    async fn pause(&self, time: Duration) {
        bridge::pause(time).await;
    }

    async fn respond(&self, response: Response<Message>) -> Result<(), TransportError> {
        let is_refused = response.status.is_client_error() || response.status.is_server_error();
        let built = if is_refused {
            bridge::response_amid(&response, &self.client.borrow())
        } else {
            bridge::response(&response)
        };
        answer_with(built?).await;
        Ok(())
    }

    async fn respond_in_blocks(
        &self,
        response: Response<Message>,
        length: Option<u64>,
    ) -> Result<Sink, TransportError> {
        let sink = Sink::new(length.map(|length| length as f64));
        answer_with(sink.response(&response)?).await;
        Ok(sink)
    }

    async fn respond_passthrough(
        &self,
        reply: Reply<Message>,
        dropped: &[HeaderName],
    ) -> Result<(), TransportError> {
        let Message::Response(response) = &reply.body else {
            return Err(TransportError::Broken("the reply is not a response".to_owned()));
        };
        answer_with(bridge::response_as_it_came(response, dropped)?).await;
        Ok(())
    }

    fn log(&self, line: &AccessLog) {
        console_log!("{}", line.to_line());
    }
}
