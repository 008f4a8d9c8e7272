//! The driver: calls the stages of a request in their order, and a [`Transport`] for input and output.
//!
//! [The life of a request](crate#the-life-of-a-request) shows the order. Each stage takes the type that the previous stage
//! returns.

use bytes::Bytes;

use super::access_log::AccessLog;
use super::authorize::admission::{Admitted, Credentials, read_credentials};
use super::authorize::verification::verify;
use super::behaviour::Difference;
use super::conversion::codec::Codec;
use super::deployment::gateway::Gateway;
use super::deployment::settings::AccessLogSetting;
use super::limits::{
    DOWNLOAD_BLOCK, DOWNLOAD_MEMORY, PAUSE, PAUSE_AFTER, PAYLOAD_LIMIT, SIGNED_MEMORY, UNCOUNTED_RESPONSE,
};
use super::message::{OutboundBody, RequestBody, Response, ResponseBody};
use super::rare::rare;
use super::rejection::Rejection;
use super::request::context::Context;
use super::request::inbound::Inbound;
use super::request::integration_request::IntegrationRequest;
use super::request::method_request::{MethodRequest, MockRequest, RequestTransfer, SingleRequest};
use super::request::mock;
use super::request::passthrough::{connection_headers, passthrough};
use super::request::request_validator::{ReadBody, ValidHead, Validated};
use super::request::routing::{Routing, Served, route};
use super::request::signing::{sign, signer_of_role};
use super::request::whole_body::whole_body;
use super::response::endpoint_response::EndpointResponse;
use super::response::gateway_response::{configuration_response, gateway_response};
use super::response::retry::Verification;
use super::response::select::{Answer, Awaiting, Transfer};
use super::second_attempt::{learn_time, may_pass, second_attempt};
use super::transport::{Blocks, Event, Reply, Sink, Transport, TransportError};
use super::upload::block_upload::{Uploaded, upload};
use crate::s3::Signer;

/// Serves one request: sends the response to the client, and writes the line of the access log if `ACCESS_LOG` includes the
/// request.
///
/// # Errors
/// The reason why the runtime cannot send any response. The access log then has no line.
pub async fn serve<T: Transport>(
    gateway: &Gateway,
    inbound: Inbound,
    client: T::Body,
    transport: &T,
) -> Result<(), TransportError> {
    let (context, routing) = route(gateway, inbound);
    let mut log = AccessLog::new(&context);
    let backend = routing.backend_name();
    let response = match routing {
        Routing::Served(served) => serve_at_edge(served, &context, client, transport, &mut log).await,
        Routing::Unsupported(_) | Routing::Unknown | Routing::Outside => {
            match rare(pass_through(routing, &context, transport, &mut log)).await {
                Ok(()) => {
                    finish(log, &context, transport);
                    return Ok(());
                }
                Err(rejection) => Err(rejection),
            }
        }
    };
    respond(response, &context, backend, transport, &mut log).await?;
    finish(log, &context, transport);
    Ok(())
}

/// Serves a request for an operation that runs at the edge. Returns the response to the client.
async fn serve_at_edge<'c, T: Transport>(
    served: Served<'c>,
    context: &'c Context<'c>,
    client: T::Body,
    transport: &T,
    log: &mut AccessLog,
) -> Result<Response<T::Body>, Rejection> {
    let (proven, body) = match read_credentials(context, served)? {
        Credentials::NotRequired(proven) => {
            let length = context.inbound.content_length();
            (proven, RequestBody::Stream { stream: client, length })
        }
        Credentials::Sent(proof) => rare(verify(proof, context, client, transport)).await?,
    };
    let admitted = Admitted::new(context, served, proven)?;
    serve_admitted(admitted, body, transport, log).await
}

/// Serves a request whose caller is admitted. Returns the response to the client.
///
/// # Errors
/// The [`Rejection`] of the stage that fails.
pub async fn serve_admitted<T: Transport>(
    admitted: Admitted<'_>,
    body: RequestBody<T::Body>,
    transport: &T,
    log: &mut AccessLog,
) -> Result<Response<T::Body>, Rejection> {
    let context = admitted.context();
    let head = admitted.validate_head()?;
    let body = match context.content_encoding() {
        Some(encoding) => transport.decoded(body, encoding),
        None => body,
    };
    let (request, body) = match head {
        ValidHead::BodyNotRead(request) => (request, body),
        ValidHead::BodyRead(read) => rare(validate_body(read, body, context, transport, log)).await?,
    };
    serve_valid(request, body, transport, log).await
}

/// Serves a valid request. Returns the response to the client.
///
/// # Errors
/// The [`Rejection`] of the stage that fails.
pub async fn serve_valid<T: Transport>(
    request: Validated<'_>,
    body: RequestBody<T::Body>,
    transport: &T,
    log: &mut AccessLog,
) -> Result<Response<T::Body>, Rejection> {
    let context = request.context;
    transport.observe(Event::Validated(&request));
    let request = MethodRequest::new(&request, body.place())?;
    transport.observe(Event::MethodRequest(&request));
    let signer = match request.role() {
        Some(role) => Some(signer_of_role(role, context.gateway, transport).await?),
        None => None,
    };
    let signer = signer.as_ref();
    let request = match request {
        MethodRequest::Single(request) => single(request, body, signer, transport, log).await?,
        MethodRequest::Blocks(request) => match rare(upload(request, body, signer, transport, log)).await? {
            Uploaded::Single(request) => request,
            Uploaded::InParts(response) => return Ok(response),
        },
        MethodRequest::Mock(request) => return rare(mock(request, body, transport, log)).await,
    };
    exchange(request, transport, log).await
}

/// Buffers the whole body and validates it. Called only if a model or a parameter mapping reads the body.
async fn validate_body<'c, T: Transport>(
    head: ReadBody<'c>,
    body: RequestBody<T::Body>,
    context: &Context<'_>,
    transport: &T,
    log: &mut AccessLog,
) -> Result<(Validated<'c>, RequestBody<T::Body>), Rejection> {
    let bytes = whole_body(body, context.json_body_limit(), context, transport).await?;
    log.bytes_in = Some(bytes.len() as u64);
    let pause = async || {
        if bytes.len() > PAUSE_AFTER {
            transport.pause(PAUSE).await;
        }
    };
    let validated = head.validate(bytes.clone(), &pause).await?;
    Ok((validated, RequestBody::from(bytes)))
}

/// Returns the request to the backend, with the client's body as `request.transfer` states.
async fn single<'c, T: Transport>(
    request: SingleRequest<'c>,
    body: RequestBody<T::Body>,
    signer: Option<&'c Signer>,
    transport: &T,
    log: &mut AccessLog,
) -> Result<IntegrationRequest<'c, T::Body>, Rejection> {
    let body = match request.transfer {
        RequestTransfer::None => {
            let context = request.head.context;
            let body = if request.plan.can_fail() || body.is_unverified() {
                whole_body(body, PAYLOAD_LIMIT, context, transport).await?
            } else {
                Bytes::new()
            };
            log.bytes_in = Some(body.len() as u64);
            log.converted(request.plan.conversion);
            return request.without_body(body, signer);
        }
        RequestTransfer::Stream(length) => match body {
            RequestBody::Stream { stream, .. } => OutboundBody::Stream { stream, length, sha256: None },
            RequestBody::Signed { stream, sha256, .. } if request.streams_signed(length) => {
                request.head.context.hold(SIGNED_MEMORY)?;
                OutboundBody::Stream { stream, length, sha256: Some(sha256) }
            }
            body @ (RequestBody::Signed { .. } | RequestBody::Bytes(_) | RequestBody::Empty) => {
                OutboundBody::from(whole_body(body, PAYLOAD_LIMIT, request.head.context, transport).await?)
            }
        },
        RequestTransfer::Buffer => {
            OutboundBody::from(whole_body(body, PAYLOAD_LIMIT, request.head.context, transport).await?)
        }
    };
    log.bytes_in = Some(body.length());
    log.converted(request.plan.conversion);
    request.integrate(body, signer)
}

/// Serves a request for a mock integration. Returns the response to the client.
async fn mock<T: Transport>(
    request: MockRequest<'_>,
    body: RequestBody<T::Body>,
    transport: &T,
    log: &mut AccessLog,
) -> Result<Response<T::Body>, Rejection> {
    let body = if request.reads_body || body.is_unverified() {
        whole_body(body, PAYLOAD_LIMIT, request.context, transport).await?
    } else {
        Bytes::new()
    };
    log.bytes_in = Some(body.len() as u64);
    log.converted(request.plan.conversion);
    let status = mock::status(&request.render(body)?)?;
    let response = EndpointResponse::of_mock(&request, status)?;
    transport.observe(Event::Response(&response));
    response.respond_bytes(Bytes::new())
}

/// Sends the request to the backend, and sends it again if the response requires that. Returns the response to the client.
async fn exchange<'c, T: Transport>(
    request: IntegrationRequest<'c, T::Body>,
    transport: &T,
    log: &mut AccessLog,
) -> Result<Response<T::Body>, Rejection> {
    let (mut awaiting, mut request) = (Awaiting::new(&request), request);
    loop {
        let backend = request.integration.backend.name();
        let (second, now) = (request.for_second_attempt(), transport.now());
        let (clock, is_signed) = (&request.context.gateway.clock, request.is_signed());
        let signed = match request.bytes_to_hash() {
            Some(_) => rare(sign(request, transport)).await?,
            None => request.sign(None, now)?,
        };
        let mut sent = transport.send(signed).await;
        if may_pass(&sent) {
            match second {
                Some(second) => sent = rare(second_attempt(sent, second, now, transport, log)).await?,
                None if is_signed => learn_time(&sent, clock, transport),
                None => {}
            }
        }
        let Reply { status, headers, body } = sent.map_err(|error| error.before_head(backend))?;
        awaiting.log(log, status, &headers);
        let (response, transfer) = match awaiting.answered(status, headers) {
            Ok(Answer::Respond(response, transfer)) => (response, transfer),
            Ok(Answer::Repeat(repeatable)) => {
                transport.discard(body);
                transport.observe(Event::Repeat);
                request = repeatable.whole();
                awaiting = Awaiting::new(&request);
                continue;
            }
            Ok(Answer::Verify(verification, conversion)) => {
                log.response_conversion = Some(conversion.name());
                (request, awaiting) = rare(verify_body(verification, body, backend, transport)).await?;
                continue;
            }
            Err(rejection) => {
                transport.discard(body);
                return Err(rejection);
            }
        };
        log.response_conversion = Some(response.plan.conversion.name());
        transport.observe(Event::Response(&response));
        log.causes.extend(response.remark());
        return receive(*response, transfer, body, backend, transport, log).await;
    }
}

/// Returns the response to the client, with the backend's body as `transfer` states.
async fn receive<T: Transport>(
    response: EndpointResponse<'_>,
    transfer: Transfer,
    body: T::Body,
    backend: &str,
    transport: &T,
    log: &mut AccessLog,
) -> Result<Response<T::Body>, Rejection> {
    if let Err(rejection) = response.hold(&transfer) {
        transport.discard(body);
        return Err(rejection);
    }
    match transfer {
        Transfer::Stream => {
            let length = response.length();
            Ok(response.respond(ResponseBody::Stream { stream: body, length }))
        }
        Transfer::Blocks { codec, length } => {
            Ok(response.respond(ResponseBody::Converted { stream: body, codec, length }))
        }
        Transfer::Buffer { limit, timeout } => {
            let bytes = transport.read(&body, limit, timeout).await;
            let bytes = bytes.map_err(|error| error.within_body(backend))?;
            let bytes = bytes.ok_or_else(|| response.too_large(limit))?;
            log.s3_error = response.error_code(&bytes).map(str::to_owned);
            response.respond_bytes(bytes)
        }
        Transfer::None => {
            transport.discard(body);
            response.respond_bytes(Bytes::new())
        }
    }
}

/// Reads a body to its end and verifies that it is base64. Returns the request that fetches the body again, and the
/// [`Awaiting`] for the response to this request.
async fn verify_body<'c, T: Transport>(
    mut verification: Verification<'c>,
    body: T::Body,
    backend: &str,
    transport: &T,
) -> Result<(IntegrationRequest<'c, T::Body>, Awaiting<'c>), Rejection> {
    if let Err(rejection) = verification.context().hold(DOWNLOAD_MEMORY) {
        transport.discard(body);
        return Err(rejection);
    }
    let (mut blocks, mut block) = (transport.blocks(&body, DOWNLOAD_BLOCK), Vec::new());
    while blocks.next(&mut block).await.map_err(|error| error.within_body(backend))?.is_some() {
        if let Err(rejection) = verification.push(&block) {
            blocks.cancel("not base64");
            return Err(rejection);
        }
    }
    let (request, verified) = verification.end()?;
    let awaiting = Awaiting::new(&request).after(verified);
    Ok((request, awaiting))
}

/// Sends the response to the client. A rejection is sent as its gateway response. If the runtime cannot send the response, a
/// 500 is sent in its place.
///
/// # Errors
/// The reason why the runtime cannot send the 500, or the head of a response whose body is converted block by block.
async fn respond<T: Transport>(
    response: Result<Response<T::Body>, Rejection>,
    context: &Context<'_>,
    backend: &str,
    transport: &T,
    log: &mut AccessLog,
) -> Result<(), TransportError> {
    let response = match response {
        Ok(Response { status, headers, body: ResponseBody::Converted { stream, codec, length } }) => {
            let mut head = Response { status, headers, body: ResponseBody::Empty };
            forbid_sniffing(&mut head, context);
            match rare(download(head, &stream, codec, length, backend, transport, log)).await? {
                Ok(()) => return Ok(()),
                Err(rejection) => Err(rejection),
            }
        }
        Ok(Response { status, headers, body: ResponseBody::Bytes(bytes) })
            if bytes.len() > UNCOUNTED_RESPONSE =>
        {
            let mut head = Response { status, headers, body: ResponseBody::Empty };
            forbid_sniffing(&mut head, context);
            return rare(send_counted(head, bytes, transport, log)).await;
        }
        response => response,
    };
    let mut response = response.unwrap_or_else(|rejection| {
        transport.observe(Event::Rejected(&rejection));
        log.reject(&rejection);
        gateway_response(context, &rejection)
    });
    forbid_sniffing(&mut response, context);
    log.status = response.status.as_u16();
    log.bytes_out = response.body.length();
    match transport.respond(response).await {
        Ok(()) => Ok(()),
        Err(error) => {
            log.reject(&unsendable(&error));
            let response = configuration_response(&context.inbound.request_id);
            log.status = response.status.as_u16();
            log.bytes_out = response.body.length();
            transport.respond(response).await
        }
    }
}

/// Adds `X-Content-Type-Options: nosniff` in `edge`, unless the response has this header. Without it, a browser can take a stored
/// file for HTML and run its scripts.
fn forbid_sniffing<B>(response: &mut Response<B>, context: &Context<'_>) {
    const OPTIONS: &str = "X-Content-Type-Options";
    if context.has(Difference::NoSniffing) && response.header(OPTIONS).is_none() {
        response.headers.push((OPTIONS.to_owned(), "nosniff".to_owned()));
    }
}

/// Sends a long body from memory. The memory is counted until the client has received the body.
///
/// # Errors
/// The reason why the runtime cannot send the head.
async fn send_counted<T: Transport>(
    head: Response<T::Body>,
    body: Bytes,
    transport: &T,
    log: &mut AccessLog,
) -> Result<(), TransportError> {
    log.status = head.status.as_u16();
    let sink = transport.respond_in_blocks(head, Some(body.len() as u64)).await?;
    let length = body.len() as u64;
    let sent = sink.send(body).await;
    log.bytes_out = sent.is_ok().then_some(length);
    log.causes.extend(sent.err().map(|error| format!("the client broke off: {error}")));
    Ok(())
}

/// Converts the backend's body block by block while it is sent to the client. If the backend's body ends too early or cannot
/// be converted, the response to the client is aborted.
///
/// # Errors
/// The inner error is the [`Rejection`] if the first block cannot be read. No head has been sent then. The outer error is
/// the reason why the runtime cannot send the head.
async fn download<T: Transport>(
    head: Response<T::Body>,
    body: &T::Body,
    mut codec: Codec,
    length: Option<u64>,
    backend: &str,
    transport: &T,
    log: &mut AccessLog,
) -> Result<Result<(), Rejection>, TransportError> {
    let (mut blocks, mut block) = (transport.blocks(body, DOWNLOAD_BLOCK), Vec::new());
    let mut next = match blocks.next(&mut block).await {
        Ok(next) => next,
        Err(error) => return Ok(Err(error.within_body(backend))),
    };
    log.status = head.status.as_u16();
    let sink = transport.respond_in_blocks(head, length).await?;
    let (mut converted, mut written) = (Vec::new(), 0);
    let cause = loop {
        converted.clear();
        let pushed = match next {
            Some(()) => codec.push(&block, &mut converted),
            None => codec.finish(&mut converted),
        };
        if let Err(error) = pushed {
            sink.abort("not base64");
            blocks.cancel("not base64");
            let offset = error.offset;
            break Some(format!(
                "the body of the response could not be converted: not base64 at offset {offset}"
            ));
        }
        let mut sent = if converted.is_empty() { Ok(()) } else { sink.write(&converted).await };
        if sent.is_ok() {
            written += converted.len() as u64;
            if next.is_none() {
                sent = sink.close().await;
            }
        }
        if let Err(error) = sent {
            blocks.cancel("the client broke off");
            break Some(format!("the client broke off: {error}"));
        }
        if next.is_none() {
            break None;
        }
        next = match blocks.next(&mut block).await {
            Ok(next) => next,
            Err(error) => {
                sink.abort("the backend broke off");
                break error.within_body(backend).causes.pop();
            }
        };
    };
    log.bytes_out = Some(written);
    log.causes.extend(cause);
    Ok(Ok(()))
}

/// Sends a request to the original API, and the response of the original API to the client.
///
/// # Errors
/// The [`Rejection`] for a request that is not sent to the original API, for an original API that does not respond with a
/// final status, and for a response that cannot be sent to the client.
async fn pass_through<T: Transport>(
    routing: Routing<'_>,
    context: &Context<'_>,
    transport: &T,
    log: &mut AccessLog,
) -> Result<(), Rejection> {
    let backend = routing.backend_name();
    let request = passthrough(context, routing)?;
    log.passed_through();
    log.bytes_in = context.inbound.content_length();
    let failed = |error: TransportError| error.before_head(backend);
    let reply = transport.send_passthrough(&request, log.bytes_in).await.map_err(failed)?;
    if reply.status.is_informational() {
        return Err(Rejection::integration_failure(format!(
            "{backend} answered {}, which is not a final status of HTTP",
            reply.status
        )));
    }
    let dropped: Vec<_> =
        connection_headers(&reply.headers).filter(|name| reply.headers.contains_key(name)).collect();
    log.original_answered(&request.method, reply.status, &reply.headers);
    let responded = transport.respond_passthrough(reply, &dropped).await;
    responded.map_err(|error| unsendable(&error))
}

fn unsendable(error: &TransportError) -> Rejection {
    Rejection::configuration(format!("the response cannot be sent: {error}"))
}

/// Writes the line of the access log, if `ACCESS_LOG` includes the request.
fn finish<T: Transport>(mut log: AccessLog, context: &Context<'_>, transport: &T) {
    let is_written = match context.gateway.settings.access_log {
        AccessLogSetting::All => true,
        AccessLogSetting::Errors => log.status >= 400 || !log.causes.is_empty(),
        AccessLogSetting::Off => false,
    };
    if is_written {
        let waited = transport.now().duration_since(context.inbound.time);
        log.ms = waited.map(|waited| waited.as_millis() as u64).unwrap_or_default();
        transport.log(&log);
    }
}
