//! The shell: the Worker's entry, and nothing that could be decided without one.
//!
//! Inside: reading and sending messages, waiting, the clock, the log. Not inside: what any of it means (`gateway`).

mod admission;
mod bridge;
mod deployment;
mod sessions;

use js_sys::Date;
use worker::{Context as WorkerContext, Env, console_log, event};

use self::bridge::{Failure, Message};
use self::deployment::{Faults, deployment};
use crate::gateway::access_log::AccessLog;
use crate::gateway::rejection::configuration_response;
use crate::gateway::{Answer, Body, Context, Demand, Inbound, MethodRequest, Rejection, Response};

#[event(fetch)]
async fn fetch(
    request: web_sys::Request,
    env: Env,
    _context: WorkerContext,
) -> worker::Result<web_sys::Response> {
    let inbound = bridge::inbound(&request);
    let response = match deployment(&env) {
        Ok(gateway) => answer(gateway.receive(inbound), request).await,
        Err(faults) => misconfigured(&inbound, faults),
    };
    bridge::response(&response).map_err(|failure| worker::Error::RustError(failure.to_string()))
}

/// Answers a request, and logs it.
async fn answer(mut context: Context<'_>, request: web_sys::Request) -> Response<Message> {
    let mut log = AccessLog::new(&context);
    let served = match admission::admit(&mut context, request).await {
        Ok(sent) => serve(&context, sent, &mut log).await,
        Err(rejection) => Err(rejection),
    };
    let response = served.unwrap_or_else(|rejection| {
        log.reject(&rejection);
        context.reject(&rejection)
    });
    log.status = response.status.as_u16();
    log.bytes_out = response.body.length();
    log.ms = elapsed_millis(context.inbound());
    console_log!("{}", log.to_line());
    response
}

/// The stages of a request, in their order.
async fn serve(
    context: &Context<'_>,
    sent: Body<Message>,
    log: &mut AccessLog,
) -> Result<Response<Message>, Rejection> {
    let method_request = MethodRequest::open(context)?;
    let signer = sessions::signer(&method_request, context.inbound().time).await?;
    let body = request_body(&method_request, sent).await?;
    log.bytes_in = body.length();
    log.request_conversion =
        log.bytes_in.filter(|length| *length > 0).map(|_| method_request.conversion().name());
    let (mut s3_request, mut awaiting) = method_request.integrate(body, signer.as_ref())?;
    loop {
        let (status, headers, from) = bridge::send(s3_request).await.map_err(Failure::reaching_s3)?;
        log.s3_status = Some(status.as_u16());
        log.s3_request_id =
            headers.get("x-amz-request-id").and_then(|id| id.to_str().ok()).map(str::to_owned);
        let from = Message::FromS3(from);
        match awaiting.answered(status, headers).inspect_err(|_| from.discard())? {
            Answer::Repeat(again) => {
                from.discard();
                (s3_request, awaiting) = *again;
            }
            Answer::Response(response) => {
                log.response_conversion = Some(response.conversion().name());
                log.causes.extend(response.note());
                let body = match response.demand() {
                    Demand::Stream => Body::Stream { length: response.length(), stream: from },
                    Demand::Discard => {
                        from.discard();
                        Body::Empty
                    }
                    Demand::Buffer { limit } => {
                        let bytes = from.read(limit).await.map_err(Failure::reading_s3)?;
                        Body::Bytes(bytes.ok_or_else(|| response.too_large())?.into())
                    }
                };
                return response.respond(body);
            }
        }
    }
}

/// The client's body as the stage wants it. It is in memory already where a signature had to be verified over it.
async fn request_body(
    method_request: &MethodRequest<'_>,
    sent: Body<Message>,
) -> Result<Body<Message>, Rejection> {
    let (sent, limit) = match (method_request.demand(), sent) {
        (Demand::Discard, _) | (_, Body::Empty) => return Ok(Body::Empty),
        (Demand::Stream, Body::Stream { length: Some(0) | None, .. }) => return Ok(Body::Empty),
        (Demand::Stream, sent) => return Ok(sent),
        (Demand::Buffer { limit }, sent) => (sent, limit),
    };
    let bytes = match sent {
        Body::Stream { stream, .. } => stream.read(limit).await.map_err(Failure::reading_client)?,
        Body::Bytes(bytes) => Some(bytes).filter(|bytes| bytes.len() <= limit).map(Vec::from),
        Body::Empty => None,
    };
    let bytes = bytes.ok_or_else(|| method_request.too_large())?;
    Ok(if bytes.is_empty() { Body::Empty } else { Body::Bytes(bytes.into()) })
}

fn misconfigured(inbound: &Inbound, faults: &Faults) -> Response<Message> {
    let response = configuration_response(&inbound.request_id);
    let log = AccessLog {
        request_id: inbound.request_id.clone(),
        method: inbound.method.as_str().to_owned(),
        status: response.status.as_u16(),
        bytes_out: response.body.length(),
        ms: elapsed_millis(inbound),
        error: Some(crate::api::gateway_response::ResponseType::ApiConfigurationError.name()),
        causes: faults.0.clone(),
        ..AccessLog::default()
    };
    console_log!("{}", log.to_line());
    response
}

fn elapsed_millis(inbound: &Inbound) -> u64 {
    let now = std::time::UNIX_EPOCH + std::time::Duration::from_millis(Date::now() as u64);
    now.duration_since(inbound.time).map(|elapsed| elapsed.as_millis() as u64).unwrap_or_default()
}

impl Failure {
    fn reaching_s3(self) -> Rejection {
        match self {
            Self::Timeout => Rejection::integration_timeout("S3 did not begin to answer in time"),
            Self::Client(_) => self.reading_client(),
            Self::Broken(reason) => {
                Rejection::integration_failure(format!("S3 could not be reached: {reason}"))
            }
        }
    }

    fn reading_s3(self) -> Rejection {
        Rejection::integration_failure(format!("S3 broke off its answer: {self}"))
    }

    fn reading_client(self) -> Rejection {
        Rejection::bad_body("The request body broke off".to_owned())
            .because(format!("the client broke off: {self}"))
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
