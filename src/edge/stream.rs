//! Bodies that are converted while they pass: block by block, in constant memory.
//!
//! Inside: pumping S3's body to the client, and the client's to S3 in parts. Not inside: what becomes of a block
//! (`gateway`), and the JavaScript of readers and writers (`bridge`).

use bytes::Bytes;
use http::StatusCode;

use super::bridge::{self, Blocks, Failure, Message, Sink};
use super::sign;
use crate::gateway::content::InvalidBase64;
use crate::gateway::upload::{Intake, Stored, Upload};
use crate::gateway::{Awaiting, Encoding, IntegrationRequest, MethodRequest, Rejection};
use crate::s3::Signer;

/// The size of the blocks that S3's bodies are read in: their base64 is 1 MiB, and none leaves a rest over.
const DOWNLOAD_BLOCK: u32 = 768 * 1024;

/// The size of the blocks that clients' bodies are read in.
const UPLOAD_BLOCK: u32 = 1024 * 1024;

/// The largest answer that S3 gives to a step of an upload.
const ANSWER_LIMIT: usize = 256 * 1024;

/// Which side ended a download before its time.
#[derive(Debug)]
pub(super) enum Ended {
    ByS3(Failure),
    ByClient(Failure),
}

/// S3's body on its way through an encoding. Its first block is read before the client is answered, so that a body that
/// breaks off at once is a 504.
pub(super) struct Download {
    blocks: Blocks,
    block: Vec<u8>,
    encoding: Encoding,
    progress: Progress,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Progress {
    Block,
    End,
}

impl Download {
    pub(super) async fn begin(from: &Message, encoding: Encoding) -> Result<Self, Failure> {
        let (blocks, block, progress) = (from.blocks(DOWNLOAD_BLOCK), Vec::new(), Progress::Block);
        let mut download = Self { blocks, block, encoding, progress };
        download.advance().await?;
        Ok(download)
    }

    /// Pumps the rest into the sink; gives the number of bytes written. A body that breaks off breaks the client's off.
    pub(super) async fn pump(mut self, sink: &Sink) -> Result<u64, Ended> {
        let mut encoded = Vec::new();
        let mut written = 0;
        loop {
            encoded.clear();
            match self.progress {
                Progress::Block => self.encoding.push(&self.block, &mut encoded),
                Progress::End => self.encoding.finish(&mut encoded),
            }
            if !encoded.is_empty() {
                sink.write(&encoded).await.map_err(|failure| self.left_by_client(failure))?;
            }
            written += encoded.len() as u64;
            if self.progress == Progress::End {
                sink.close().await.map_err(|failure| self.left_by_client(failure))?;
                return Ok(written);
            }
            self.advance().await.map_err(|failure| {
                sink.abort("S3 broke off");
                Ended::ByS3(failure)
            })?;
        }
    }

    async fn advance(&mut self) -> Result<(), Failure> {
        let next = self.blocks.next(&mut self.block).await?;
        self.progress = next.map_or(Progress::End, |()| Progress::Block);
        Ok(())
    }

    fn left_by_client(&self, failure: Failure) -> Ended {
        self.blocks.cancel("the client broke off");
        Ended::ByClient(failure)
    }
}

/// A body that has been taken from the client.
pub(super) enum Taken<'c> {
    /// All of it, converted: small enough for one PUT.
    Whole(MethodRequest<'c>, Bytes),
    /// It went to S3 in parts; this is what S3 answered.
    InParts(Awaiting<'c>, Stored),
}

/// Takes a client's body block by block, and sends it to S3 in parts if it turns out large.
pub(super) async fn take<'c>(
    request: MethodRequest<'c>,
    client: &Message,
    signer: Option<&'c Signer>,
    bytes_in: &mut u64,
) -> Result<Taken<'c>, Rejection> {
    let mut source =
        Source { blocks: client.blocks(UPLOAD_BLOCK), block: Vec::new(), intake: request.intake(), bytes_in };
    loop {
        let more =
            source.advance().await.and_then(|more| more.map_err(|error| request.undecodable(error)))?;
        if let Some(part) = source.intake.next_part() {
            return in_parts(request.upload(signer), part, source).await;
        }
        if !more {
            let body = source.intake.finish().map_err(|error| request.undecodable(error))?;
            return Ok(Taken::Whole(request, body));
        }
    }
}

/// A client's body on its way in.
struct Source<'s> {
    blocks: Blocks,
    block: Vec<u8>,
    intake: Intake,
    bytes_in: &'s mut u64,
}

/// Why an upload in parts ended before its time.
enum Stop {
    /// S3 refused a step.
    Refused(Box<Stored>),
    /// The gateway did.
    Rejected(Rejection),
}

impl Source<'_> {
    /// Takes the next block; `false` at the end of the body.
    async fn advance(&mut self) -> Result<Result<bool, InvalidBase64>, Rejection> {
        let next = self.blocks.next(&mut self.block).await.map_err(Failure::reading_client)?;
        if next.is_none() {
            return Ok(Ok(false));
        }
        *self.bytes_in += self.block.len() as u64;
        Ok(self.intake.push(&self.block).map(|()| true))
    }
}

async fn in_parts<'c>(
    mut upload: Upload<'c>,
    first: Bytes,
    mut source: Source<'_>,
) -> Result<Taken<'c>, Rejection> {
    let stop = match send_parts(&mut upload, first, &mut source).await {
        Ok(stored) => return Ok(Taken::InParts(upload.awaiting(), stored)),
        Err(stop) => stop,
    };
    source.blocks.cancel("the upload was given up");
    let left_behind = abort(&upload).await.err();
    match stop {
        Stop::Refused(stored) => Ok(Taken::InParts(upload.awaiting(), *stored)),
        Stop::Rejected(rejection) => Err(match left_behind {
            Some(failed) => rejection.because(failed),
            None => rejection,
        }),
    }
}

async fn send_parts(upload: &mut Upload<'_>, first: Bytes, source: &mut Source<'_>) -> Result<Stored, Stop> {
    upload.created(exchange(upload.create()?).await?)?;
    let mut ready = Some(first);
    loop {
        while let Some(part) = ready.take().or_else(|| source.intake.next_part()) {
            upload.part_stored(exchange(upload.part(part)?).await?)?;
        }
        let more = source.advance().await?.map_err(|error| upload.undecodable(error))?;
        if !more {
            break;
        }
    }
    let last = source.intake.finish().map_err(|error| upload.undecodable(error))?;
    if !last.is_empty() {
        upload.part_stored(exchange(upload.part(last)?).await?)?;
    }
    Ok(upload.completed(exchange(upload.complete()?).await?)?)
}

/// Gives the parts up, so that nothing is left half-uploaded.
async fn abort(upload: &Upload<'_>) -> Result<(), String> {
    let left = |reason: String| {
        format!("the multipart upload could not be aborted, its parts are left behind: {reason}")
    };
    let Some(request) = upload.abort() else { return Ok(()) };
    let answer = exchange(request.map_err(|rejection| left(rejection.to_string()))?).await;
    let answer = answer.map_err(|rejection| left(rejection.causes.join(": ")))?;
    // 404: it is gone already.
    let is_gone = answer.status.is_success() || answer.status == StatusCode::NOT_FOUND;
    if is_gone { Ok(()) } else { Err(left(format!("S3 answered {}", answer.status))) }
}

/// Sends one step of an upload and takes the whole of S3's answer.
async fn exchange(request: IntegrationRequest<'_, Message>) -> Result<Stored, Rejection> {
    let (status, headers, from) = bridge::send(sign(request).await?).await.map_err(Failure::reaching_s3)?;
    let body = Message::FromS3(from).read(ANSWER_LIMIT).await.map_err(Failure::reading_s3)?;
    let body =
        body.ok_or_else(|| Rejection::integration_failure("S3's answer to a step of an upload is too long"))?;
    Ok(Stored { status, headers, body: body.into() })
}

impl From<Rejection> for Stop {
    fn from(rejection: Rejection) -> Self {
        Self::Rejected(rejection)
    }
}

impl From<Box<Stored>> for Stop {
    fn from(stored: Box<Stored>) -> Self {
        Self::Refused(stored)
    }
}
