//! The shell: the Worker's entry, and nothing that could be decided without one.
//!
//! Inside: reading and sending messages, waiting, the clock, the log. Not inside: what any of it means (`gateway`).

mod admission;
mod bridge;
mod deployment;
mod passthrough;
mod sessions;
mod stream;
mod task;

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use js_sys::Date;
use wasm_bindgen::prelude::*;
use worker::{Env, console_log};

use self::bridge::{Failure, Message, Sink};
use self::deployment::{Faults, deployment};
use self::stream::{Download, Ended, Taken};
use self::task::apart;
use crate::api::gateway_response::ResponseType;
use crate::api::http_uri::Scheme;
use crate::gateway::access_log::AccessLog;
use crate::gateway::method_request::PAYLOAD_LIMIT;
use crate::gateway::rejection::configuration_response;
use crate::gateway::upload::Stored;
use crate::gateway::{
    Answer, Awaiting, Body, Context, Demand, Dispatch, EndpointRequest, EndpointResponse, Inbound,
    Integrated, IntegrationRequest, MethodRequest, Rejection, Response,
};
use crate::s3::PayloadHash;

/// How many bytes are hashed before a call into the runtime is worth it.
const HASHED_HERE: usize = 4 * 1024;

/// Begins to answer a request, as the task of that number: [`task`].
///
/// # Errors
/// Why there is no response.
#[wasm_bindgen]
pub fn begin(task: u32, request: web_sys::Request, env: &Env) -> Result<JsValue, JsValue> {
    let (inbound, scheme) = bridge::inbound(&request);
    let gateway = match deployment(env) {
        Ok(gateway) => gateway,
        Err(faults) => return Ok(bridge::response(&misconfigured(&inbound, faults))?.into()),
    };
    let context = gateway.receive(inbound);
    task::begin(task, async move { Ok(answer(context, scheme, request).await?) })
}

/// Answers a request, and logs it.
async fn answer(
    mut context: Context<'static>,
    scheme: Scheme,
    request: web_sys::Request,
) -> Result<(), Failure> {
    let mut log = AccessLog::new(&context);
    // Not `request.clone()`, which is JavaScript's: that one makes a second body.
    let mut client = Clone::clone(&request);
    let served = match context.dispatch(scheme) {
        Ok(Dispatch::Serve) => admit_and_serve(&mut context, request, &mut client, &mut log).await,
        Ok(Dispatch::PassThrough(passed)) => {
            match apart(passthrough::pass(&passed, &request, &context, &mut log)).await {
                Ok(response) => {
                    task::answer_with(response).await;
                    log_end(log, context.inbound());
                    return Ok(());
                }
                Err(rejection) => Err(rejection),
            }
        }
        Err(rejection) => Err(rejection),
    };
    let begun = match served {
        Ok(response) => begin_download(response, context.backend_name()).await,
        Err(rejection) => Err(rejection),
    };
    let (response, download) = begun.unwrap_or_else(|rejection| {
        log.reject(&rejection);
        (context.reject(&rejection), None)
    });
    log.status = response.status.as_u16();
    log.bytes_out = response.body.length();
    if let Some(download) = download {
        let sink = Sink::new(log.bytes_out.map(|length| length as f64));
        task::answer_with(sink.response(&response)?).await;
        if let Err(ended) = apart(download.pump(&sink, log.bytes_out.insert(0))).await {
            log.causes.push(ended.cause(context.backend_name()));
        }
    } else {
        let is_refused = response.status.is_client_error() || response.status.is_server_error();
        let built =
            if is_refused { bridge::response_amid(&response, &client) } else { bridge::response(&response) };
        task::answer_with(built.or_else(|failure| unsendable(failure, &mut log))?).await;
    }
    log_end(log, context.inbound());
    Ok(())
}

/// Lets the caller in and serves the request at the edge. `client` becomes the request whose body can be read on.
async fn admit_and_serve(
    context: &mut Context<'static>,
    request: web_sys::Request,
    client: &mut web_sys::Request,
    log: &mut AccessLog,
) -> Result<Response<Message>, Rejection> {
    let sent = admission::admit(context, request).await?;
    let sent = decoded(context, sent, client)?;
    let sent = look_into(context, sent, log).await?;
    serve(context, sent, log).await
}

/// The gateway's own answer where the runtime cannot send the one that was meant.
fn unsendable(failure: Failure, log: &mut AccessLog) -> Result<web_sys::Response, Failure> {
    log.reject(&Rejection::configuration(format!("the response cannot be sent: {failure}")));
    let response = configuration_response(&log.request_id);
    log.status = response.status.as_u16();
    log.bytes_out = response.body.length();
    bridge::response(&response)
}

/// Begins to read a body that is converted on its way.
async fn begin_download(
    response: Response<Message>,
    backend: &str,
) -> Result<(Response<Message>, Option<Download>), Rejection> {
    let Body::Converted { stream, codec, length } = response.body else { return Ok((response, None)) };
    let download = Download::begin(&stream, codec).await.map_err(|failure| failure.reading(backend))?;
    Ok((Response { body: Body::Stream { stream, length }, ..response }, Some(download)))
}

/// Has an encoded body decoded on its way; `client` is where the rest of it can be read then.
fn decoded(
    context: &mut Context<'_>,
    sent: Body<Message>,
    client: &mut web_sys::Request,
) -> Result<Body<Message>, Rejection> {
    let Some(coding) = context.decode_body()? else { return Ok(sent) };
    let decoded = match &sent {
        Body::Stream { stream, .. } => stream.decoded(coding),
        Body::Bytes(bytes) => bridge::decoded(bytes, coding),
        Body::Empty | Body::Converted { .. } => return Ok(sent),
    };
    // Not `decoded.clone()`, which is JavaScript's.
    *client = Clone::clone(&decoded);
    Ok(Body::Stream { stream: Message::FromClient(decoded), length: None })
}

/// Reads the body, where the document looks into it.
async fn look_into(
    context: &mut Context<'_>,
    sent: Body<Message>,
    log: &mut AccessLog,
) -> Result<Body<Message>, Rejection> {
    if !context.looks_into_body()? {
        return Ok(sent);
    }
    let sent = whole_or_stream(context, Demand::Buffer { limit: PAYLOAD_LIMIT }, sent).await?;
    log.bytes_in = sent.length();
    let bytes: &[u8] = if let Body::Bytes(bytes) = &sent { bytes } else { b"" };
    context.look_into(bytes, &bridge::matches)?;
    Ok(sent)
}

/// The stages of a request, in their order.
async fn serve(
    context: &Context<'_>,
    sent: Body<Message>,
    log: &mut AccessLog,
) -> Result<Response<Message>, Rejection> {
    let method_request = MethodRequest::open(context)?;
    let signer = sessions::signer(&method_request, context.inbound().time).await?;
    let signer = signer.as_ref();
    let conversion = method_request.conversion();
    let integrated = match (method_request.demand(), sent) {
        (Demand::Transform, Body::Stream { stream: client, .. }) => {
            let taken =
                apart(stream::take(method_request, context, &client, signer, log.bytes_in.insert(0))).await;
            log.converted(conversion);
            match taken? {
                Taken::Whole(method_request, body) => method_request.integrate_converted(body, signer)?,
                Taken::InParts(awaiting, stored) => return in_parts(awaiting, stored, log),
                Taken::GivenUp(awaiting, refused, causes) => {
                    log.causes.extend(causes);
                    return in_parts(awaiting, refused, log);
                }
            }
        }
        (demand, sent) => {
            let body = whole_or_stream(context, demand, sent).await?;
            log.bytes_in = body.length();
            log.converted(conversion);
            method_request.integrate(body, signer)?
        }
    };
    let (request, awaiting) = match integrated {
        Integrated::Request(request, awaiting) => (request, awaiting),
        Integrated::Response(response) => return response.respond(Body::Empty),
    };
    let (response, from) = exchange(request, awaiting, context.backend_name(), log).await?;
    let body = match response.demand() {
        Demand::Stream | Demand::Transform | Demand::Verify => {
            Body::Stream { length: response.length(), stream: from }
        }
        Demand::Discard => {
            from.discard();
            Body::Empty
        }
        Demand::Buffer { limit } => {
            let bytes = match response.body_timeout() {
                Some(time) => from.read_within(time, limit).await,
                None => from.read(limit).await,
            };
            let bytes = bytes.map_err(|failure| failure.reading(context.backend_name()))?;
            Body::Bytes(bytes.ok_or_else(|| response.too_large())?.into())
        }
    };
    if let Body::Bytes(bytes) = &body {
        log.s3_error = response.error_code(bytes).map(str::to_owned);
    }
    response.respond(body)
}

/// Sends the request to S3; once more, where its answer asks for that, or has to be looked through first.
async fn exchange<'c>(
    mut request: IntegrationRequest<'c, Message>,
    mut awaiting: Awaiting<'c>,
    backend: &str,
    log: &mut AccessLog,
) -> Result<(EndpointResponse<'c>, Message), Rejection> {
    loop {
        let (status, headers, from) =
            bridge::send(sign(request).await?).await.map_err(|failure| failure.reaching(backend))?;
        awaiting.tell(log, status, &headers);
        let from = Message::FromS3(from);
        match awaiting.answered(status, headers).inspect_err(|_| from.discard())? {
            Answer::Repeat(again) => {
                from.discard();
                (request, awaiting) = *again;
            }
            Answer::Response(response) => {
                log.response_conversion = Some(response.conversion().name());
                if response.demand() != Demand::Verify {
                    log.causes.extend(response.note());
                    return Ok((response, from));
                }
                (request, awaiting) = stream::look_through(response, &from, backend).await?;
            }
        }
    }
}

/// Signs as of now. Of more than a few bytes the runtime reckons the hash, some ten times as fast as WebAssembly.
async fn sign(request: IntegrationRequest<'_, Message>) -> Result<EndpointRequest<Message>, Rejection> {
    let Some(bytes) = request.bytes().filter(|bytes| bytes.len() > HASHED_HERE) else {
        return request.sign(now());
    };
    match bridge::sha256(bytes).await {
        Some(hash) => request.sign_with(&PayloadHash::Sha256(hash), now()),
        None => request.sign(now()),
    }
}

/// What became of an upload in parts, as if it had been one PUT.
fn in_parts(
    awaiting: Awaiting<'_>,
    stored: Stored,
    log: &mut AccessLog,
) -> Result<Response<Message>, Rejection> {
    log.s3_answered(stored.status, &stored.headers);
    match awaiting.answered::<Message>(stored.status, stored.headers)? {
        Answer::Response(response) => {
            log.response_conversion = Some(response.conversion().name());
            log.s3_error = response.error_code(&stored.body).map(str::to_owned);
            response.respond(Body::Bytes(stored.body))
        }
        Answer::Repeat(_) => Err(Rejection::configuration("an upload cannot be repeated")),
    }
}

/// The client's body as the stage wants it. It is in memory already where a signature had to be verified over it.
async fn whole_or_stream(
    context: &Context<'_>,
    demand: Demand,
    sent: Body<Message>,
) -> Result<Body<Message>, Rejection> {
    let stream = match (demand, sent) {
        (Demand::Discard, _) | (_, Body::Empty) => return Ok(Body::Empty),
        (Demand::Stream, Body::Stream { length: Some(0) | None, .. }) => return Ok(Body::Empty),
        (Demand::Buffer { .. }, Body::Stream { stream, .. }) => stream,
        (_, sent) => return Ok(sent),
    };
    let Demand::Buffer { limit } = demand else { return Ok(Body::Empty) };
    let bytes = stream.read(limit).await.map_err(|failure| context.broken_body(&failure.to_string()))?;
    let bytes = bytes.ok_or_else(|| context.over_payload_limit())?;
    Ok(if bytes.is_empty() { Body::Empty } else { Body::Bytes(bytes.into()) })
}

fn misconfigured(inbound: &Inbound, faults: &Faults) -> Response<Message> {
    let response = configuration_response(&inbound.request_id);
    let mut log = AccessLog {
        request_id: inbound.request_id.clone(),
        method: inbound.method.as_str().to_owned(),
        status: response.status.as_u16(),
        bytes_out: response.body.length(),
        causes: faults.0.clone(),
        ..AccessLog::default()
    };
    log.reject(&Rejection::of(ResponseType::ApiConfigurationError));
    log_end(log, inbound);
    response
}

fn log_end(mut log: AccessLog, inbound: &Inbound) {
    log.ms = elapsed_millis(inbound);
    console_log!("{}", log.to_line());
}

fn elapsed_millis(inbound: &Inbound) -> u64 {
    now().duration_since(inbound.time).map(|elapsed| elapsed.as_millis() as u64).unwrap_or_default()
}

fn now() -> SystemTime {
    UNIX_EPOCH + Duration::from_millis(Date::now() as u64)
}

impl Ended {
    fn cause(&self, backend: &str) -> String {
        match self {
            Self::Backend(failure) => format!("{backend} broke off its answer: {failure}"),
            Self::Client(failure) => format!("the client broke off: {failure}"),
            Self::Conversion(error) => {
                format!("the answer's body could not be converted: not base64 at offset {}", error.offset)
            }
        }
    }
}

impl Failure {
    fn reaching(self, backend: &str) -> Rejection {
        match self {
            Self::Timeout => {
                Rejection::integration_timeout(format!("{backend} did not begin to answer in time"))
            }
            Self::Client(reason) => Rejection::body_broke_off(&reason),
            Self::Broken(reason) => {
                Rejection::integration_failure(format!("{backend} could not be reached: {reason}"))
            }
        }
    }

    fn reading(self, backend: &str) -> Rejection {
        match self {
            Self::Timeout => {
                Rejection::integration_timeout(format!("{backend} did not end its answer in time"))
            }
            _ => Rejection::integration_failure(format!("{backend} broke off its answer: {self}")),
        }
    }
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Timeout => f.write_str("timeout"),
            Self::Client(reason) | Self::Broken(reason) => f.write_str(reason),
        }
    }
}
