//! A runtime without a network: the client's body and the backend's responses are simulated, and each decision of the
//! gateway is recorded.

use std::cell::{Cell, RefCell};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use http::header::{CONTENT_TYPE, ETAG, HeaderValue};
use http::{HeaderMap, HeaderName, Method, StatusCode};
use s3_edge_gateway::gateway::access_log::AccessLog;
use s3_edge_gateway::gateway::authorize::key_set::Key;
use s3_edge_gateway::gateway::authorize::token::{TokenProof, Verdict};
use s3_edge_gateway::gateway::conversion::Conversion;
use s3_edge_gateway::gateway::message::{RequestBody, Response};
use s3_edge_gateway::gateway::request::content_encoding::ContentEncoding;
use s3_edge_gateway::gateway::request::context::Context;
use s3_edge_gateway::gateway::request::integration_request::SignedRequest;
use s3_edge_gateway::gateway::request::passthrough::PassthroughRequest;
use s3_edge_gateway::gateway::transport::{Blocks, Event, Reply, Sink, Transport, TransportError};
use s3_edge_gateway::s3::multipart::PART_SIZE;

use super::example_request::ExampleRequest;
use super::explanation::Backend;
use super::inbound::usually_has_body;
use super::recorder::Recorder;
use super::simulated_backend::{BackendResponse, Received, client_body};

/// The time of every signature. No response depends on the time.
const NOW: SystemTime = UNIX_EPOCH;

const CREATED: &str =
    "<InitiateMultipartUploadResult><UploadId>upload</UploadId></InitiateMultipartUploadResult>";
const COMPLETED: &str =
    "<CompleteMultipartUploadResult><ETag>&quot;etag&quot;</ETag></CompleteMultipartUploadResult>";

/// A body in the simulated runtime.
#[derive(Clone, Debug)]
pub(super) enum SimulatedBody {
    /// The body of the client.
    Client,
    /// The body of the backend.
    Backend(Bytes),
}

/// The runtime of one request.
pub(super) struct SimulatedRuntime<'q> {
    example: &'q ExampleRequest,
    /// The client's `Content-Length`.
    content_length: Option<u64>,
    content_type: Option<String>,
    recorder: RefCell<Recorder<'q>>,
    /// The conversion of the request body, or `Identity` if the gateway has not decided the conversion.
    conversion: Cell<Conversion>,
    names_key: Cell<bool>,
    is_repeated: Cell<bool>,
    is_multipart: Cell<bool>,
}

impl<'q> SimulatedRuntime<'q> {
    pub(super) fn new(example: &'q ExampleRequest, context: &Context<'_>, recorder: Recorder<'q>) -> Self {
        Self {
            example,
            content_length: context.inbound().content_length(),
            content_type: context.inbound().text(&CONTENT_TYPE).map(str::to_owned),
            recorder: RefCell::new(recorder),
            conversion: Cell::new(Conversion::Identity),
            names_key: Cell::new(false),
            is_repeated: Cell::new(false),
            is_multipart: Cell::new(false),
        }
    }

    pub(super) fn into_recorder(self) -> Recorder<'q> {
        self.recorder.into_inner()
    }

    /// Returns the body of the example request. If it has none, returns an example body that the conversion accepts, or an
    /// empty body for methods that usually have no body.
    fn client_body(&self) -> Bytes {
        match &self.example.body {
            Some(body) => body.clone(),
            None if usually_has_body(&self.example.method) => {
                client_body(self.content_type.as_deref(), self.conversion.get())
            }
            None => Bytes::new(),
        }
    }

    /// Returns the simulated response of the backend. Records the request and the response.
    fn exchange(&self, request: &SignedRequest<SimulatedBody>) -> BackendResponse {
        let mut recorder = self.recorder.borrow_mut();
        recorder.backend_request(request);
        let backend = recorder.backend().unwrap_or(Backend::S3);
        let (names_key, is_repeated) = (self.names_key.get(), self.is_repeated.get());
        let received = Received {
            method: &request.method,
            url: &request.url,
            headers: &request.headers,
            backend,
            names_key,
            is_repeated,
        };
        let response = BackendResponse::to(&received, self.example);
        recorder.backend_response(&response);
        response
    }

    /// Returns S3's response to a step of a multipart upload. Records only the request that creates the upload and the response
    /// that completes it.
    fn upload_step(&self, request: &SignedRequest<SimulatedBody>) -> BackendResponse {
        let ok = |etag: Option<&'static str>, body: &'static str| {
            let mut headers = HeaderMap::new();
            headers.extend(etag.map(|etag| (ETAG, HeaderValue::from_static(etag))));
            BackendResponse { status: StatusCode::OK, headers, body: Bytes::from_static(body.as_bytes()) }
        };
        let query = request.url.split_once('?').map_or("", |(_, query)| query);
        match request.method {
            Method::PUT => ok(Some("\"part\""), ""),
            Method::DELETE => ok(None, ""),
            _ if query.starts_with("uploads") => {
                self.recorder.borrow_mut().multipart_request(request);
                ok(None, CREATED)
            }
            _ => {
                let received = Received {
                    method: &Method::PUT,
                    url: request.url.split('?').next().unwrap_or_default(),
                    headers: &request.headers,
                    backend: Backend::S3,
                    names_key: true,
                    is_repeated: false,
                };
                let mut response = BackendResponse::to(&received, self.example);
                self.recorder.borrow_mut().backend_response(&response);
                if response.status.is_success() {
                    response.body = Bytes::from_static(COMPLETED.as_bytes());
                }
                response
            }
        }
    }
}

impl Transport for SimulatedRuntime<'_> {
    type Body = SimulatedBody;
    type Blocks = SimulatedBlocks;
    type Sink = Nowhere;

    fn now(&self) -> SystemTime {
        NOW
    }

    async fn send(
        &self,
        request: SignedRequest<SimulatedBody>,
    ) -> Result<Reply<SimulatedBody>, TransportError> {
        let response =
            if self.is_multipart.get() { self.upload_step(&request) } else { self.exchange(&request) };
        let BackendResponse { status, headers, body } = response;
        Ok(Reply { status, headers, body: SimulatedBody::Backend(body) })
    }

    async fn send_passthrough(
        &self,
        _: &PassthroughRequest,
        _: Option<u64>,
    ) -> Result<Reply<SimulatedBody>, TransportError> {
        Err(no_network())
    }

    async fn fetch_text(
        &self,
        _: &http::Request<Bytes>,
        _: Duration,
        _: usize,
    ) -> Result<(StatusCode, String), TransportError> {
        Err(no_network())
    }

    async fn read(
        &self,
        body: &SimulatedBody,
        limit: usize,
        _: Option<Duration>,
    ) -> Result<Option<Bytes>, TransportError> {
        let (bytes, stated) = match body {
            SimulatedBody::Client => {
                (self.client_body(), self.content_length.filter(|_| self.example.body.is_none()))
            }
            SimulatedBody::Backend(bytes) => (bytes.clone(), None),
        };
        Ok(Some(bytes).filter(|bytes| stated.unwrap_or(bytes.len() as u64) <= limit as u64))
    }

    fn blocks(&self, body: &SimulatedBody, size: usize) -> SimulatedBlocks {
        let is_long = self.example.body.is_none() && self.content_length.is_some();
        let bytes = match body {
            // Valid base64, which is so long that the encoded and the decoded body each need more than one part.
            SimulatedBody::Client if is_long => Bytes::from(vec![b'A'; PART_SIZE * 2]),
            SimulatedBody::Client => self.client_body(),
            SimulatedBody::Backend(bytes) => bytes.clone(),
        };
        SimulatedBlocks { bytes, size }
    }

    fn decoded(&self, body: RequestBody<SimulatedBody>, _: ContentEncoding) -> RequestBody<SimulatedBody> {
        body
    }

    fn discard(&self, _: SimulatedBody) {}

    async fn sha256(&self, _: &[u8]) -> Option<[u8; 32]> {
        None
    }

    async fn verify(&self, _: &TokenProof<'_>, _: &Key) -> Result<Verdict, TransportError> {
        Err(no_network())
    }

    async fn respond(&self, _: Response<SimulatedBody>) -> Result<(), TransportError> {
        Ok(())
    }

    async fn respond_in_blocks(
        &self,
        _: Response<SimulatedBody>,
        _: Option<u64>,
    ) -> Result<Nowhere, TransportError> {
        Ok(Nowhere)
    }

    async fn respond_passthrough(
        &self,
        _: Reply<SimulatedBody>,
        _: &[HeaderName],
    ) -> Result<(), TransportError> {
        Ok(())
    }

    fn log(&self, _: &AccessLog) {}

    fn observe(&self, event: Event<'_>) {
        let mut recorder = self.recorder.borrow_mut();
        match event {
            Event::Validated(request) => recorder.parameters(request),
            Event::MethodRequest(request) => {
                self.conversion.set(request.plan().conversion);
                self.names_key.set(request.names_key());
                recorder.request_body(request, self.content_type.as_deref(), self.client_body().is_empty());
            }
            Event::Multipart => self.is_multipart.set(true),
            Event::Repeat => {
                self.is_repeated.set(true);
                recorder.repeat();
            }
            Event::Response(response) => recorder.response(response),
            // `served_request` records the rejection that `serve_valid` returns.
            Event::Rejected(_) => {}
        }
    }
}

fn no_network() -> TransportError {
    TransportError::Broken("the simulated runtime has no network".to_owned())
}

/// A simulated body, block by block.
pub(super) struct SimulatedBlocks {
    bytes: Bytes,
    size: usize,
}

impl Blocks for SimulatedBlocks {
    async fn next(&mut self, block: &mut Vec<u8>) -> Result<Option<()>, TransportError> {
        let next = self.bytes.split_to(self.size.min(self.bytes.len()));
        block.clear();
        block.extend_from_slice(&next);
        Ok((!next.is_empty()).then_some(()))
    }

    fn cancel(&self, _: &str) {}

    fn release(&self) {}
}

/// A response body that is not sent.
pub(super) struct Nowhere;

impl Sink for Nowhere {
    async fn write(&self, _: &[u8]) -> Result<(), TransportError> {
        Ok(())
    }

    async fn close(&self) -> Result<(), TransportError> {
        Ok(())
    }

    fn abort(&self, _: &str) {}
}
