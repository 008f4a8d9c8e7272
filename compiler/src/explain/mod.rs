//! Explains one request stage by stage. The gateway processes the request, and a simulated backend responds to it.
//!
//! This file runs the request through the gateway. `recorder` records the decisions of each stage, and `text` formats
//! them.

mod example_settings;
pub mod explanation;
mod inbound;
mod phrases;
mod recorder;
mod simulated_backend;
pub mod text;

use std::time::{SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use http::{HeaderMap, Method as HttpMethod, StatusCode};
use s3_edge_gateway::api::http_uri::Scheme;
use s3_edge_gateway::gateway::method_request::PAYLOAD_LIMIT;
use s3_edge_gateway::gateway::{
    Answer, Body, Context, Demand, Dispatch, EndpointResponse, Gateway, Integrated, MethodRequest, Rejection,
    Response, Settings,
};
use s3_edge_gateway::s3::multipart::PART_SIZE;

pub use self::example_settings::example_settings;
use self::explanation::{Backend, Explanation};
use self::inbound::{inbound, usually_has_body};
use self::recorder::Recorder;
use self::simulated_backend::{BackendResponse, Received};
use crate::compilation::CompiledDocument;
use crate::matches;

/// A request to explain.
#[derive(Clone, Debug, Default)]
pub struct ExampleRequest {
    pub method: HttpMethod,
    /// The path with the query. The base path is optional.
    pub path: String,
    pub headers: HeaderMap,
    /// The body. If `None`, methods that usually have a body get an example body.
    pub body: Option<Bytes>,
    /// The status of the backend's response. If `None`, the usual status for the request.
    pub status: Option<StatusCode>,
    /// The `Content-Type` of the backend's response. If `None`, the usual type for the request.
    pub response_type: Option<String>,
}

/// The time of all signatures. It has no effect on the response.
const SIGNED_AT: SystemTime = UNIX_EPOCH;

/// Explains a request without sending anything. It assumes that the caller is authorized, and simulates the response of
/// the backend.
///
/// As in a deployment, `settings` decide which operations are served. The explanation of an unsupported operation lists
/// the missing settings. [`example_settings()`] returns settings without real keys.
///
/// # Errors
/// Returns a message for each setting that does not fit the document.
pub fn explain(
    document: &CompiledDocument,
    example: &ExampleRequest,
    settings: Settings,
) -> Result<Explanation, Vec<String>> {
    let gateway = Gateway::new(document.api.clone(), settings.clone())
        .map_err(|errors| errors.iter().map(ToString::to_string).collect::<Vec<_>>())?;
    let mut context = gateway.receive(inbound(example, gateway.base_path()));
    let mut recorder = Recorder::new(example, &document.outline, &gateway, &context);
    recorder.route(&context);
    let Some(security) = context.security() else {
        recorder.unsupported(&context, &settings);
        let response = match context.dispatch(Scheme::Https) {
            Ok(Dispatch::PassThrough(request)) => {
                recorder.passthrough(&request);
                None
            }
            Ok(Dispatch::Serve) => Some(context.reject(&Rejection::missing_authentication_token())),
            Err(rejection) => {
                recorder.not_passed_on(&context, &rejection);
                Some(context.reject(&rejection))
            }
        };
        return Ok(recorder.finish(response.as_ref()));
    };
    // For an operation without security, `admit` refuses only anonymous writes.
    recorder.security(security, security.is_open() && context.admit().is_err());
    context.suppose_accepted();
    let response = read_body(example, &mut context, &mut recorder)
        .and_then(|()| Exchange { example, context: &context }.run(&mut recorder));
    let response = response.unwrap_or_else(|rejection| {
        recorder.rejection(&rejection);
        context.reject(&rejection)
    });
    Ok(recorder.finish(Some(&response)))
}

/// Validates the headers, and the body if a model or a mapping needs it. A body of the example request counts as decoded.
/// Without one, the body is `{}` and counts as valid.
fn read_body(
    example: &ExampleRequest,
    context: &mut Context<'_>,
    recorder: &mut Recorder<'_>,
) -> Result<(), Rejection> {
    if let Some(coding) = context.decode_body()? {
        recorder.decoding(coding);
    }
    recorder.validator(context);
    if !context.looks_into_body()? {
        return Ok(());
    }
    match &example.body {
        None => context.suppose_body(),
        Some(body) if body.len() > PAYLOAD_LIMIT => return Err(context.over_payload_limit()),
        Some(body) => context.look_into(body, &matches)?,
    }
    Ok(())
}

/// The exchange with the backend, in the order of the Worker.
struct Exchange<'q, 'c> {
    example: &'q ExampleRequest,
    context: &'c Context<'c>,
}

impl<'c> Exchange<'_, 'c> {
    fn run(&self, recorder: &mut Recorder<'_>) -> Result<Response<()>, Rejection> {
        recorder.parameters(self.context);
        let request = MethodRequest::open(self.context)?;
        let body = self.client_body(&request);
        recorder.request_body(self.context, &request, body.is_empty());
        let names_key = request.names_key();
        if self.is_multipart(&request, &body)? {
            return self.multipart(request, recorder);
        }
        let (mut request, mut awaiting) = match self.integrate(request, body)? {
            Integrated::Request(request, awaiting) => (request, awaiting),
            Integrated::Response(response) => {
                recorder.mock(&response);
                recorder.selected(self.context, &response);
                recorder.response_template(&response);
                return response.respond(Body::Empty);
            }
        };
        // The gateway may repeat a request with a range or a condition once, without these headers.
        for is_repeated in [false, true] {
            let signed = request.sign(SIGNED_AT)?;
            recorder.backend_request(&signed);
            let backend = recorder.backend().unwrap_or(Backend::S3);
            let received = Received { request: &signed, backend, names_key, is_repeated };
            let reply = BackendResponse::to(&received, self.example);
            recorder.backend_response(&reply);
            match awaiting.answered(reply.status, reply.headers.clone())? {
                Answer::Repeat(repeated) => {
                    recorder.repeat();
                    (request, awaiting) = *repeated;
                }
                Answer::Response(response) => return self.respond(response, &reply, recorder),
            }
        }
        Err(Rejection::configuration("the gateway repeats a request at most once"))
    }

    fn respond(
        &self,
        response: EndpointResponse<'_>,
        reply: &BackendResponse,
        recorder: &mut Recorder<'_>,
    ) -> Result<Response<()>, Rejection> {
        recorder.selected(self.context, &response);
        recorder.response_body(self.context, &response, reply);
        let body = match response.demand() {
            Demand::Stream | Demand::Transform if reply.body.is_empty() => Body::Empty,
            Demand::Stream | Demand::Transform => Body::Stream { stream: (), length: response.length() },
            Demand::Buffer { .. } | Demand::Verify => Body::Bytes(reply.body.clone()),
            Demand::Discard => Body::Empty,
        };
        response.respond(body)
    }

    /// Records the first request of a multipart upload. The simulated response is that of the PUT that the upload
    /// replaces.
    fn multipart(
        &self,
        request: MethodRequest<'c>,
        recorder: &mut Recorder<'_>,
    ) -> Result<Response<()>, Rejection> {
        let upload = request.upload(None)?;
        let mut signed = upload.create::<()>()?.sign(SIGNED_AT)?;
        recorder.multipart_request(&signed);
        signed.method = HttpMethod::PUT;
        signed.url = signed.url.split('?').next().unwrap_or_default().to_owned();
        let received =
            Received { request: &signed, backend: Backend::S3, names_key: true, is_repeated: false };
        let reply = BackendResponse::to(&received, self.example);
        recorder.backend_response(&reply);
        match upload.awaiting().answered::<()>(reply.status, reply.headers.clone())? {
            Answer::Response(response) => self.respond(response, &reply, recorder),
            Answer::Repeat(_) => Err(Rejection::configuration("the gateway never repeats an upload")),
        }
    }

    fn integrate(&self, request: MethodRequest<'c>, bytes: Bytes) -> Result<Integrated<'c, ()>, Rejection> {
        let body = match request.demand() {
            Demand::Discard => Body::Empty,
            Demand::Transform => {
                let converted = converted(&request, &bytes)?;
                return request.integrate_converted(converted, None);
            }
            Demand::Buffer { limit } if self.length(&bytes) > limit as u64 => {
                return Err(self.context.over_payload_limit());
            }
            _ if bytes.is_empty() => Body::Empty,
            Demand::Stream => Body::Stream { stream: (), length: request.content_length() },
            Demand::Buffer { .. } | Demand::Verify => Body::Bytes(bytes),
        };
        request.integrate(body, None)
    }

    /// Returns the body of the example request, or an example body that the conversion accepts.
    fn client_body(&self, request: &MethodRequest<'_>) -> Bytes {
        let headers = &self.context.inbound().headers;
        match &self.example.body {
            Some(body) => body.clone(),
            None if self.context.reads_body() => Bytes::from_static(b"{}"),
            None if usually_has_body(&self.example.method) => {
                let content_type = headers.get("content-type").and_then(|value| value.to_str().ok());
                simulated_backend::client_body(content_type, request.conversion())
            }
            None => Bytes::new(),
        }
    }

    /// Returns the length of the body. For an example body, the client's `Content-Length` overrides it.
    fn length(&self, bytes: &Bytes) -> u64 {
        let sent = self.context.inbound().content_length().filter(|_| self.example.body.is_none());
        sent.unwrap_or(bytes.len() as u64)
    }

    /// Returns whether the gateway sends the body to S3 in parts because of its size.
    fn is_multipart(&self, request: &MethodRequest<'_>, body: &Bytes) -> Result<bool, Rejection> {
        if request.demand() != Demand::Transform {
            return Ok(false);
        }
        Ok(request.content_length().is_some() || converted(request, body)?.len() > PART_SIZE)
    }
}

fn converted(request: &MethodRequest<'_>, bytes: &Bytes) -> Result<Bytes, Rejection> {
    let mut intake = request.intake()?;
    intake.push(bytes).map_err(|error| request.undecodable(error))?;
    intake.end().map_err(|error| request.undecodable(error))?;
    Ok(intake.rest())
}
