//! An upload in blocks: reads the client's body block by block, converts it, and sends it to S3.

use std::time::Duration;

use bytes::Bytes;
use http::StatusCode;
use sha2::{Digest as _, Sha256};

use super::intake::Intake;
use super::multipart::{Failed, Stored, Upload};
use crate::gateway::access_log::AccessLog;
use crate::gateway::authorize::signature_fault::Fault;
use crate::gateway::behaviour::Difference;
use crate::gateway::conversion::base64::InvalidBase64;
use crate::gateway::limits::{COPIES, UPLOAD_BLOCK, UPLOAD_STEP_LIMIT};
use crate::gateway::message::{RequestBody, Response};
use crate::gateway::rejection::Rejection;
use crate::gateway::request::context::Context;
use crate::gateway::request::integration_request::{IntegrationRequest, undecodable};
use crate::gateway::request::method_request::BlockRequest;
use crate::gateway::request::signing::sign;
use crate::gateway::response::endpoint_response::EndpointResponse;
use crate::gateway::second_attempt::{learn_time, may_pass, second_attempt};
use crate::gateway::transport::{Blocks, Event, Reply, Transport, TransportError};
use crate::s3::Signer;

/// The result of an upload in blocks.
pub(in crate::gateway) enum Uploaded<'c, B> {
    /// The converted body fits into one part. The request with this body has not been sent yet.
    Single(IntegrationRequest<'c, B>),
    /// The multipart upload has ended: it is complete, or S3 has refused a step. The value is the response to the client.
    InParts(Response<B>),
}

/// Reads the client's body block by block, and sends it to S3 in parts if it is long.
///
/// # Errors
/// The [`Rejection`] for a body that breaks off, cannot be converted or needs too many parts, and for a step without a usable
/// response of S3. A multipart upload that has started is then aborted. If the abort fails, the reason is added to the causes
/// of the rejection. Also the [`Rejection`] for a response of S3 that cannot be sent to the client.
pub(in crate::gateway) async fn upload<'c, T: Transport>(
    request: BlockRequest<'c>,
    body: RequestBody<T::Body>,
    signer: Option<&'c Signer>,
    transport: &T,
    log: &mut AccessLog,
) -> Result<Uploaded<'c, T::Body>, Rejection> {
    let (context, intake) = (request.head.context, Intake::new(request.codec.clone()));
    let blocks = |stream| Some(transport.blocks(&stream, UPLOAD_BLOCK));
    let (blocks, block, signed) = match body {
        RequestBody::Stream { stream, .. } => (blocks(stream), Vec::new(), None),
        RequestBody::Signed { stream, sha256, .. } => {
            (blocks(stream), Vec::new(), Some((Sha256::new(), sha256)))
        }
        RequestBody::Bytes(bytes) => (None, bytes.to_vec(), None),
        RequestBody::Empty => (None, Vec::new(), None),
    };
    let mut source = Source { context, blocks, block, signed, intake, bytes_read: 0, is_at_end: false };
    let conversion = request.plan.conversion;
    let uploaded = source.upload(request, signer, transport, log).await;
    if let Some(blocks) = &source.blocks {
        blocks.release();
    }
    log.bytes_in = Some(source.bytes_read);
    log.converted(conversion);
    uploaded
}

/// The client's body, and the progress of reading and converting it.
struct Source<'s, K> {
    context: &'s Context<'s>,
    blocks: Option<K>,
    block: Vec<u8>,
    /// The hash of the bytes that were read, and the hash that the signature requires.
    signed: Option<(Sha256, [u8; 32])>,
    intake: Intake,
    bytes_read: u64,
    is_at_end: bool,
}

/// The reason why a multipart upload ends early.
enum Stop {
    /// S3 refused a step. The values are S3's response, and the cause for the access log.
    Refused(Box<Stored>, String),
    /// The gateway rejects the request.
    Rejected(Rejection),
}

impl<K: Blocks> Source<'_, K> {
    async fn upload<'c, T: Transport<Blocks = K>>(
        &mut self,
        request: BlockRequest<'c>,
        signer: Option<&'c Signer>,
        transport: &T,
        log: &mut AccessLog,
    ) -> Result<Uploaded<'c, T::Body>, Rejection> {
        while !self.is_at_end {
            self.advance().await?;
            if let Some(part) = self.intake.next_part() {
                transport.observe(Event::Multipart);
                let upload = Upload::new(request, signer);
                return self.in_parts(upload, part, transport, log).await.map(Uploaded::InParts);
            }
        }
        Ok(Uploaded::Single(request.integrate(self.intake.rest(), signer)))
    }

    /// Reads and converts the next block. After the last block, finishes the conversion.
    async fn advance(&mut self) -> Result<(), Rejection> {
        // A body that is not read in blocks was read as a whole, and is recorded.
        if self.blocks.is_some() {
            self.context.hold(COPIES * (self.most_block() + self.intake.memory()))?;
        }
        let has_block = match &mut self.blocks {
            Some(blocks) => {
                let next = blocks.next(&mut self.block).await;
                next.map_err(|error| self.context.broken_body(&error.to_string()))?.is_some()
            }
            None => self.bytes_read == 0 && !self.block.is_empty(),
        };
        self.is_at_end = !has_block;
        let converted = if has_block {
            self.bytes_read += self.block.len() as u64;
            if let Some((hash, _)) = &mut self.signed {
                hash.update(&self.block);
            }
            self.intake.push(&self.block)
        } else {
            if let Some((hash, expected)) = self.signed.take()
                && hash.finalize() != expected
            {
                return Err(Fault::HASH_MISMATCH.into());
            }
            self.intake.end()
        };
        converted.map_err(|error: InvalidBase64| undecodable(self.context, error))
    }

    /// Returns the memory that the next block needs, in bytes.
    fn most_block(&self) -> usize {
        let length = self.context.content_length().and_then(|length| usize::try_from(length).ok());
        length.unwrap_or(UPLOAD_BLOCK).min(UPLOAD_BLOCK)
    }

    async fn in_parts<'c, T: Transport<Blocks = K>>(
        &mut self,
        mut upload: Upload<'c>,
        first: Bytes,
        transport: &T,
        log: &mut AccessLog,
    ) -> Result<Response<T::Body>, Rejection> {
        let stored = match self.send_parts(&mut upload, first, transport, log).await {
            Ok(stored) => stored,
            Err(stop) => {
                let left_behind = abort_twice(&upload, transport).await;
                transport.keep_abort(None);
                match stop {
                    Stop::Refused(stored, cause) => {
                        log.causes.push(cause);
                        log.causes.extend(left_behind);
                        *stored
                    }
                    Stop::Rejected(rejection) => {
                        return Err(match left_behind {
                            Some(cause) => rejection.because(cause),
                            None => rejection,
                        });
                    }
                }
            }
        };
        let Stored { status, headers, body } = stored;
        log.s3_answered(status, &headers);
        let response = EndpointResponse::of_upload(upload.context, upload.integration, status, headers)?;
        transport.observe(Event::Response(&response));
        log.response_conversion = Some(response.plan.conversion.name());
        log.s3_error = response.error_code(&body).map(str::to_owned);
        response.respond_bytes(body)
    }

    async fn send_parts<T: Transport<Blocks = K>>(
        &mut self,
        upload: &mut Upload<'_>,
        first: Bytes,
        transport: &T,
        log: &mut AccessLog,
    ) -> Result<Stored, Stop> {
        let created = send(upload.create()?, "CreateMultipartUpload", transport).await?;
        step("CreateMultipartUpload", created, |response| upload.created(response))?;
        let mut ready = Some(first);
        loop {
            while let Some(part) = ready.take().or_else(|| self.intake.next_part()) {
                keep_abort(upload, transport);
                send_part(upload, part, transport, log).await?;
            }
            if self.is_at_end {
                break;
            }
            self.advance().await?;
        }
        // The last part is never empty: `next_part` returns a part only if more bytes than that part are held.
        send_part(upload, self.intake.rest(), transport, log).await?;
        let completed = send(upload.complete()?, "CompleteMultipartUpload", transport).await?;
        let stored = step("CompleteMultipartUpload", completed, |response| upload.completed(response))?;
        transport.keep_abort(None);
        Ok(stored)
    }
}

/// Sends a part. In `edge`, sends it again after a failure that often passes.
async fn send_part<T: Transport>(
    upload: &mut Upload<'_>,
    part: Bytes,
    transport: &T,
    log: &mut AccessLog,
) -> Result<(), Stop> {
    let name = format!("UploadPart {}", upload.next_part_number());
    let in_step = |rejection: Rejection| rejection.because(format!("in the step {name}"));
    let second =
        upload.context.has(Difference::SecondAttempt).then(|| upload.part(part.clone())).transpose()?;
    let request = sign(upload.part(part)?, transport).await.map_err(in_step)?;
    let (timeout, started) = (request.timeout, transport.now());
    let mut sent = transport.send(request).await;
    if let Some(second) = second.filter(|_| may_pass(&sent)) {
        sent = second_attempt(sent, second, started, transport, log).await.map_err(in_step)?;
    }
    let stored = whole(sent, timeout, transport).await.map_err(in_step)?;
    step(&name, stored, |response| upload.part_stored(response))
}

/// Reads S3's response to a step.
fn step<R>(name: &str, response: Stored, read: impl FnOnce(Stored) -> Result<R, Failed>) -> Result<R, Stop> {
    let status = response.status;
    read(response).map_err(|failed| match failed {
        Failed::Error(stored) => Stop::Refused(stored, format!("S3 answered {status} to {name}")),
        Failed::Incomplete(rejection) => Stop::Rejected(rejection.because(format!("in the step {name}"))),
    })
}

/// Sends the request of a step and reads S3's whole response. A rejection has the name of the step as a cause.
async fn send<T: Transport>(
    request: IntegrationRequest<'_, T::Body>,
    name: &str,
    transport: &T,
) -> Result<Stored, Rejection> {
    exchange(request, transport).await.map_err(|rejection| rejection.because(format!("in the step {name}")))
}

async fn exchange<T: Transport>(
    request: IntegrationRequest<'_, T::Body>,
    transport: &T,
) -> Result<Stored, Rejection> {
    let clock = &request.context.gateway.clock;
    let request = sign(request, transport).await?;
    let timeout = request.timeout;
    let sent = transport.send(request).await;
    learn_time(&sent, clock, transport);
    whole(sent, timeout, transport).await
}

/// Reads S3's whole response to a step.
async fn whole<T: Transport>(
    sent: Result<Reply<T::Body>, TransportError>,
    timeout: Duration,
    transport: &T,
) -> Result<Stored, Rejection> {
    let reply = sent.map_err(|error| error.before_head("S3"))?;
    let body = transport.read(&reply.body, UPLOAD_STEP_LIMIT, Some(timeout)).await;
    let body = body.map_err(|error| error.within_body("S3"))?;
    let body = body.ok_or_else(|| {
        Rejection::integration_failure(format!(
            "S3's response to a step of the upload is longer than {UPLOAD_STEP_LIMIT} bytes"
        ))
    })?;
    Ok(Stored { status: reply.status, headers: reply.headers, body })
}

/// Passes the request that aborts the upload to the runtime, for the case that the gateway itself fails. The signature is valid
/// for a quarter of an hour, so this is repeated for each part.
fn keep_abort<T: Transport>(upload: &Upload<'_>, transport: &T) {
    let signed =
        upload.abort().map(|request| request.and_then(|request| request.sign(None, transport.now())));
    if let Some(Ok(request)) = signed {
        transport.keep_abort(Some(&request));
    }
}

/// Aborts the upload, so that S3 deletes its parts. Tries again once after a failure: without an abort, only a lifecycle
/// rule of the bucket can delete the parts. Returns a cause for the log if both attempts fail, or else `None`.
async fn abort_twice<T: Transport>(upload: &Upload<'_>, transport: &T) -> Option<String> {
    if abort(upload, transport).await.is_ok() {
        return None;
    }
    let reason = abort(upload, transport).await.err()?;
    Some(format!("the multipart upload could not be aborted, so its parts remain in the bucket: {reason}"))
}

async fn abort<T: Transport>(upload: &Upload<'_>, transport: &T) -> Result<(), String> {
    let Some(request) = upload.abort() else { return Ok(()) };
    let failed = |rejection: Rejection| rejection.causes.join(": ");
    let stored = exchange(request.map_err(failed)?, transport).await.map_err(failed)?;
    // 404: the upload does not exist any more.
    let is_gone = stored.status.is_success() || stored.status == StatusCode::NOT_FOUND;
    if is_gone { Ok(()) } else { Err(format!("S3 answered {}", stored.status)) }
}

impl From<Rejection> for Stop {
    fn from(rejection: Rejection) -> Self {
        Self::Rejected(rejection)
    }
}
