//! Bodies that are converted while they pass: block by block, in constant memory.
//!
//! Inside: pumping S3's body to the client, and the client's to S3 in parts. Not inside: what becomes of a block
//! (`gateway`), and the JavaScript of readers and writers (`bridge`).

use bytes::Bytes;
use http::StatusCode;

use super::bridge::{self, Blocks, Failure, Message, Sink};
use super::sign;
use crate::gateway::content::InvalidBase64;
use crate::gateway::upload::{Intake, Refusal, Stored, Upload};
use crate::gateway::{
    Awaiting, Codec, Context, EndpointRequest, EndpointResponse, IntegrationRequest, MethodRequest, Rejection,
};
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
    Backend(Failure),
    Client(Failure),
    Conversion(InvalidBase64),
}

/// S3's body on its way through a conversion. Its first block is read before the client is answered, so that a body that
/// breaks off at once is a 504.
pub(super) struct Download {
    blocks: Blocks,
    block: Vec<u8>,
    codec: Codec,
    progress: Progress,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Progress {
    Block,
    End,
}

impl Download {
    pub(super) async fn begin(from: &Message, codec: Codec) -> Result<Self, Failure> {
        let (blocks, block, progress) = (from.blocks(DOWNLOAD_BLOCK), Vec::new(), Progress::Block);
        let mut download = Self { blocks, block, codec, progress };
        download.advance().await?;
        Ok(download)
    }

    /// Pumps the rest into the sink, and counts the bytes that it took. A body that breaks off breaks the client's off.
    pub(super) async fn pump(mut self, sink: &Sink, written: &mut u64) -> Result<(), Ended> {
        let mut converted = Vec::new();
        loop {
            converted.clear();
            let pushed = match self.progress {
                Progress::Block => self.codec.push(&self.block, &mut converted),
                Progress::End => self.codec.finish(&mut converted),
            };
            pushed.map_err(|error| {
                sink.abort("not base64");
                self.blocks.cancel("not base64");
                Ended::Conversion(error)
            })?;
            if !converted.is_empty() {
                sink.write(&converted).await.map_err(|failure| self.left_by_client(failure))?;
            }
            *written += converted.len() as u64;
            if self.progress == Progress::End {
                sink.close().await.map_err(|failure| self.left_by_client(failure))?;
                return Ok(());
            }
            self.advance().await.map_err(|failure| {
                sink.abort("S3 broke off");
                Ended::Backend(failure)
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
        Ended::Client(failure)
    }
}

/// Looks through S3's body; gives the request for the same body once more.
pub(super) async fn look_through<'c>(
    response: EndpointResponse<'c>,
    from: &Message,
    backend: &str,
) -> Result<(IntegrationRequest<'c, Message>, Awaiting<'c>), Rejection> {
    let mut verification = response.verify().inspect_err(|_| from.discard())?;
    let (blocks, mut block) = (from.blocks(DOWNLOAD_BLOCK), Vec::new());
    while blocks.next(&mut block).await.map_err(|failure| failure.reading(backend))?.is_some() {
        verification.push(&block).inspect_err(|_| blocks.cancel("not base64"))?;
    }
    verification.end()
}

/// A body that has been taken from the client.
pub(super) enum Taken<'c> {
    /// All of it, converted: small enough for one PUT.
    Whole(MethodRequest<'c>, Bytes),
    /// It went to S3 in parts; this is what S3 answered.
    InParts(Awaiting<'c>, Stored),
    /// S3 refused one of them; what it answered, and what the log should say.
    GivenUp(Awaiting<'c>, Stored, Vec<String>),
}

/// Takes a client's body block by block, and sends it to S3 in parts if it turns out large.
pub(super) async fn take<'c>(
    request: MethodRequest<'c>,
    context: &Context<'_>,
    client: &Message,
    signer: Option<&'c Signer>,
    bytes_in: &mut u64,
) -> Result<Taken<'c>, Rejection> {
    let (blocks, intake) = (client.blocks(UPLOAD_BLOCK), request.intake()?);
    let mut source =
        Source { context, blocks, block: Vec::new(), intake, bytes_in, progress: Progress::Block };
    let taken = take_all(request, &mut source, signer).await;
    source.blocks.release();
    taken
}

async fn take_all<'c>(
    request: MethodRequest<'c>,
    source: &mut Source<'_>,
    signer: Option<&'c Signer>,
) -> Result<Taken<'c>, Rejection> {
    while source.progress == Progress::Block {
        source.advance().await?.map_err(|error| request.undecodable(error))?;
        if let Some(part) = source.intake.next_part() {
            return in_parts(request.upload(signer)?, part, source).await;
        }
    }
    Ok(Taken::Whole(request, source.intake.rest()))
}

/// A client's body on its way in.
struct Source<'s> {
    context: &'s Context<'s>,
    blocks: Blocks,
    block: Vec<u8>,
    intake: Intake,
    bytes_in: &'s mut u64,
    progress: Progress,
}

/// Why an upload in parts ended before its time.
enum Stop {
    /// S3 refused a step: its answer, and which step that was.
    Refused(Box<Stored>, String),
    /// The gateway did.
    Rejected(Rejection),
}

impl Source<'_> {
    /// Takes the next block, or the end of the body.
    async fn advance(&mut self) -> Result<Result<(), InvalidBase64>, Rejection> {
        let next = self.blocks.next(&mut self.block).await;
        if next.map_err(|failure| self.context.broken_body(&failure.to_string()))?.is_none() {
            self.progress = Progress::End;
            return Ok(self.intake.end());
        }
        *self.bytes_in += self.block.len() as u64;
        Ok(self.intake.push(&self.block))
    }
}

async fn in_parts<'c>(
    mut upload: Upload<'c>,
    first: Bytes,
    source: &mut Source<'_>,
) -> Result<Taken<'c>, Rejection> {
    let stop = match send_parts(&mut upload, first, source).await {
        Ok(stored) => return Ok(Taken::InParts(upload.awaiting(), stored)),
        Err(stop) => stop,
    };
    let left_behind = match abort(&upload).await {
        Ok(()) => None,
        // Once more: nobody else will do it.
        Err(_) => abort(&upload).await.err(),
    };
    match stop {
        Stop::Refused(stored, step) => {
            let causes = std::iter::once(step).chain(left_behind).collect();
            Ok(Taken::GivenUp(upload.awaiting(), *stored, causes))
        }
        Stop::Rejected(rejection) => Err(match left_behind {
            Some(failed) => rejection.because(failed),
            None => rejection,
        }),
    }
}

async fn send_parts(upload: &mut Upload<'_>, first: Bytes, source: &mut Source<'_>) -> Result<Stored, Stop> {
    let create = sign(upload.create()?).await?;
    step("CreateMultipartUpload", create, |answer| upload.created(answer)).await?;
    let mut ready = Some(first);
    loop {
        while let Some(part) = ready.take().or_else(|| source.intake.next_part()) {
            send_part(upload, part).await?;
        }
        if source.progress == Progress::End {
            break;
        }
        source.advance().await?.map_err(|error| upload.undecodable(error))?;
    }
    // What was held back until something else came: never nothing.
    send_part(upload, source.intake.rest()).await?;
    let complete = sign(upload.complete()?).await?;
    step("CompleteMultipartUpload", complete, |answer| upload.completed(answer)).await
}

async fn send_part(upload: &mut Upload<'_>, part: Bytes) -> Result<(), Stop> {
    let name = format!("UploadPart {}", upload.next_part_number());
    let part = sign(upload.part(part)?).await?;
    step(&name, part, |answer| upload.part_stored(answer)).await
}

/// Takes one step of an upload. Errors are reported with the step's name.
async fn step<T>(
    name: &str,
    request: EndpointRequest<Message>,
    accept: impl FnOnce(Stored) -> Result<T, Refusal>,
) -> Result<T, Stop> {
    let at_step = |rejection: Rejection| rejection.because(format!("at {name}"));
    let answer = exchange(request).await.map_err(at_step)?;
    let status = answer.status;
    accept(answer).map_err(|refusal| match refusal {
        Refusal::Told(stored) => Stop::Refused(stored, format!("S3 answered {status} to {name}")),
        Refusal::Senseless(rejection) => Stop::Rejected(at_step(rejection)),
    })
}

/// Gives the parts up, so that nothing is left half-uploaded.
async fn abort(upload: &Upload<'_>) -> Result<(), String> {
    let left = |reason: String| {
        format!("the multipart upload could not be aborted, its parts are left behind: {reason}")
    };
    let Some(request) = upload.abort() else { return Ok(()) };
    let failed = |rejection: Rejection| left(rejection.causes.join(": "));
    let request = sign(request.map_err(failed)?).await.map_err(failed)?;
    let answer = exchange(request).await.map_err(failed)?;
    // 404: it is gone already.
    let is_gone = answer.status.is_success() || answer.status == StatusCode::NOT_FOUND;
    if is_gone { Ok(()) } else { Err(left(format!("S3 answered {}", answer.status))) }
}

/// Sends one step of an upload and takes the whole of S3's answer.
async fn exchange(request: EndpointRequest<Message>) -> Result<Stored, Rejection> {
    let timeout = request.timeout;
    let (status, headers, from) = bridge::send(request).await.map_err(|failure| failure.reaching("S3"))?;
    let body = Message::FromS3(from)
        .read_within(timeout, ANSWER_LIMIT)
        .await
        .map_err(|failure| failure.reading("S3"))?;
    let body =
        body.ok_or_else(|| Rejection::integration_failure("S3's answer to a step of an upload is too long"))?;
    Ok(Stored { status, headers, body: body.into() })
}

impl From<Rejection> for Stop {
    fn from(rejection: Rejection) -> Self {
        Self::Rejected(rejection)
    }
}
