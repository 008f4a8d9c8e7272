//! The transport: the functions of a runtime that the core calls. The Worker, `explain` and the runtime for tests implement
//! them. The [driver](super::serve) is the same for all three.

use std::fmt;
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use http::{HeaderMap, HeaderName, StatusCode};

use super::access_log::AccessLog;
use super::authorize::key_set::Key;
use super::authorize::signature_fault::Fault;
use super::authorize::token::{TokenProof, Verdict};
use super::message::{RequestBody, Response};
use super::rejection::Rejection;
use super::request::content_encoding::ContentEncoding;
use super::request::integration_request::SignedRequest;
use super::request::method_request::MethodRequest;
use super::request::passthrough::PassthroughRequest;
use super::request::request_validator::Validated;
use super::response::endpoint_response::EndpointResponse;

/// The interface of a runtime.
pub trait Transport {
    /// A body in the runtime: the client's or the backend's.
    type Body;
    /// A body that is read block by block.
    type Blocks: Blocks;
    /// A response body that is written block by block.
    type Sink: Sink;

    /// Returns the current time.
    fn now(&self) -> SystemTime;

    /// Sends a request to the backend. Returns the head of the response, with a body that is not yet read.
    fn send(
        &self,
        request: SignedRequest<Self::Body>,
    ) -> impl Future<Output = Result<Reply<Self::Body>, TransportError>>;

    /// Sends a request to the original API. The body is the client's, unchanged. `length` is its `Content-Length`, if the
    /// client has sent one.
    fn send_passthrough(
        &self,
        request: &PassthroughRequest,
        length: Option<u64>,
    ) -> impl Future<Output = Result<Reply<Self::Body>, TransportError>>;

    /// Sends a request to a token issuer or to STS. Returns the status and the text of a response of at most `limit` bytes,
    /// which must be complete within `timeout`.
    fn fetch_text(
        &self,
        request: &http::Request<Bytes>,
        timeout: Duration,
        limit: usize,
    ) -> impl Future<Output = Result<(StatusCode, String), TransportError>>;

    /// Reads a body to its end. Returns `None` if it is longer than `limit` bytes. Without a timeout, the
    /// runtime limits the time by the number of bytes.
    fn read(
        &self,
        body: &Self::Body,
        limit: usize,
        timeout: Option<Duration>,
    ) -> impl Future<Output = Result<Option<Bytes>, TransportError>>;

    /// Returns a reader of a body in blocks of `size` bytes. The last block may be shorter.
    fn blocks(&self, body: &Self::Body, size: usize) -> Self::Blocks;

    /// Returns the decoded body. The decoding happens while the body is read. An empty body stays empty. A body whose hash is not
    /// verified yet is not decoded.
    fn decoded(&self, body: RequestBody<Self::Body>, encoding: ContentEncoding) -> RequestBody<Self::Body>;

    /// Cancels the body of a backend's response that is neither read nor sent to the client.
    fn discard(&self, body: Self::Body);

    /// Returns the SHA-256 of bytes, or `None` if the runtime cannot compute it.
    fn sha256(&self, bytes: &[u8]) -> impl Future<Output = Option<[u8; 32]>>;

    /// Verifies the signature of a token.
    ///
    /// # Errors
    /// Returns the reason why the key cannot be used.
    fn verify(
        &self,
        token: &TokenProof<'_>,
        key: &Key,
    ) -> impl Future<Output = Result<Verdict, TransportError>>;

    /// Waits for a time, so that the runtime works for other requests. The default implementation does nothing, for a
    /// runtime that serves one request at a time.
    fn pause(&self, _time: Duration) -> impl Future<Output = ()> {
        std::future::ready(())
    }

    /// Keeps the request that aborts the running upload, or drops it if `request` is `None`. The runtime sends this request if
    /// the gateway itself fails. The default implementation does nothing, for a runtime that ends with the gateway.
    fn keep_abort(&self, _request: Option<&SignedRequest<Self::Body>>) {}

    /// Sends the response to the client.
    ///
    /// # Errors
    /// Returns the reason why the runtime cannot send the response.
    fn respond(&self, response: Response<Self::Body>) -> impl Future<Output = Result<(), TransportError>>;

    /// Sends the head of the response to the client. The body is written to the returned sink. `length` is the length of the
    /// converted body in bytes, if this length is known.
    fn respond_in_blocks(
        &self,
        response: Response<Self::Body>,
        length: Option<u64>,
    ) -> impl Future<Output = Result<Self::Sink, TransportError>>;

    /// Sends the original API's response to the client, without the headers in `dropped`.
    fn respond_passthrough(
        &self,
        reply: Reply<Self::Body>,
        dropped: &[HeaderName],
    ) -> impl Future<Output = Result<(), TransportError>>;

    /// Writes a line of the access log.
    fn log(&self, line: &AccessLog);

    /// Receives the decisions of the core that [`Event`] lists, each before the core carries it out. The default
    /// implementation does nothing.
    fn observe(&self, _event: Event<'_>) {}
}

/// A body that is read block by block.
pub trait Blocks {
    /// Copies the next block into `block`. Returns `None` at the end.
    fn next(&mut self, block: &mut Vec<u8>) -> impl Future<Output = Result<Option<()>, TransportError>>;

    /// Cancels the rest of the body.
    fn cancel(&self, reason: &str);

    /// Stops reading, so that another reader can read the rest of the body.
    fn release(&self);
}

/// A response body that is written block by block.
pub trait Sink {
    /// Writes bytes, and waits until there is room for more.
    fn write(&self, bytes: &[u8]) -> impl Future<Output = Result<(), TransportError>>;

    /// Writes the whole body and ends it. Waits until the client has received it.
    fn send(&self, body: Bytes) -> impl Future<Output = Result<(), TransportError>> {
        async move {
            self.write(&body).await?;
            self.close().await
        }
    }

    /// Ends the body.
    fn close(&self) -> impl Future<Output = Result<(), TransportError>>;

    /// Breaks the body off, so that the client does not take it for complete.
    fn abort(&self, reason: &str);
}

/// The head of a response to the gateway, with a body that is not read yet.
#[derive(Debug)]
pub struct Reply<B> {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: B,
}

/// A decision of the core.
#[derive(Clone, Copy, Debug)]
pub enum Event<'e> {
    /// The request is valid. The mappings are evaluated next.
    Validated(&'e Validated<'e>),
    /// The method request is decided: the target, the headers, and the plan for the body.
    MethodRequest(&'e MethodRequest<'e>),
    /// The body is sent to S3 in parts.
    Multipart,
    /// The request is sent again, without ranges and conditions.
    Repeat,
    /// The integration response is selected, with the plan for the body.
    Response(&'e EndpointResponse<'e>),
    /// The request is rejected.
    Rejected(&'e Rejection),
}

/// A failure of the runtime.
#[derive(Debug)]
pub enum TransportError {
    /// The response, or its whole body, did not arrive in time.
    Timeout,
    /// The client disconnected, or its body broke off, while the request was sent to a server. The value is the runtime's
    /// reason.
    Client(String),
    /// The client's body does not have the SHA-256 of its signature. The server has not received the end of the body.
    HashMismatch,
    /// Any other failure, such as a connection that failed, with the runtime's reason.
    Broken(String),
}

impl TransportError {
    /// Returns the rejection for a failure before the head of the response. `backend` names the server.
    pub(super) fn before_head(self, backend: &str) -> Rejection {
        match self {
            Self::Timeout => {
                Rejection::integration_timeout(format!("{backend} did not begin to respond in time"))
            }
            Self::Client(reason) => Rejection::body_broke_off(&reason),
            Self::HashMismatch => Fault::HASH_MISMATCH.into(),
            Self::Broken(reason) => {
                Rejection::integration_failure(format!("{backend} could not be reached: {reason}"))
            }
        }
    }

    /// Returns the rejection for a failure within the body of the response. `backend` names the server.
    pub(super) fn within_body(self, backend: &str) -> Rejection {
        match self {
            Self::Timeout => {
                Rejection::integration_timeout(format!("{backend} did not complete its response in time"))
            }
            Self::Client(reason) => Rejection::integration_failure(format!("the client broke off: {reason}")),
            Self::HashMismatch | Self::Broken(_) => {
                Rejection::integration_failure(format!("{backend} broke off its response: {self}"))
            }
        }
    }
}

impl fmt::Display for TransportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Timeout => f.write_str("timeout"),
            Self::HashMismatch => f.write_str("the body has another hash"),
            Self::Client(reason) | Self::Broken(reason) => f.write_str(reason),
        }
    }
}
