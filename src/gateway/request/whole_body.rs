//! Reading a whole request body into memory.

use bytes::Bytes;

use super::context::Context;
use super::signing::hash_of;
use crate::gateway::authorize::signature_fault::Fault;
use crate::gateway::limits::{COPIES, READ_BLOCK};
use crate::gateway::message::RequestBody;
use crate::gateway::rejection::Rejection;
use crate::gateway::transport::{Blocks, Transport, TransportError};
use crate::s3::PayloadHash;

/// Reads a body of at most `limit` bytes into memory. Returns the whole body.
///
/// # Errors
/// The [`Rejection`] for a body that breaks off, that is longer than `limit`, that exceeds the memory budget, or that does not
/// have the hash of its signature.
pub(in crate::gateway) async fn whole_body<T: Transport>(
    body: RequestBody<T::Body>,
    limit: usize,
    context: &Context<'_>,
    transport: &T,
) -> Result<Bytes, Rejection> {
    match body {
        RequestBody::Empty => Ok(Bytes::new()),
        RequestBody::Bytes(bytes) if bytes.len() > limit => Err(context.over_limit(limit)),
        RequestBody::Bytes(bytes) => Ok(bytes),
        RequestBody::Stream { stream, length } => read(&stream, length, limit, context, transport).await,
        RequestBody::Signed { stream, length, sha256 } => {
            let bytes = read(&stream, length, limit, context, transport).await?;
            match hash_of(&bytes, transport).await {
                PayloadHash::Sha256(actual) if actual == sha256 => Ok(bytes),
                _ => Err(Fault::HASH_MISMATCH.into()),
            }
        }
    }
}

async fn read<T: Transport>(
    stream: &T::Body,
    length: Option<u64>,
    limit: usize,
    context: &Context<'_>,
    transport: &T,
) -> Result<Bytes, Rejection> {
    let broken = |error: TransportError| context.broken_body(&error.to_string());
    match length.map(|length| usize::try_from(length).unwrap_or(usize::MAX)) {
        Some(length) if length > limit => Err(context.over_limit(limit)),
        Some(length) if length <= READ_BLOCK => {
            context.hold(COPIES * length)?;
            let bytes = transport.read(stream, limit, None).await.map_err(broken)?;
            bytes.ok_or_else(|| context.over_limit(limit))
        }
        length => {
            let mut blocks = transport.blocks(stream, READ_BLOCK);
            let bytes = collect(&mut blocks, length.unwrap_or(limit), context).await;
            blocks.release();
            let bytes = bytes?;
            context.hold(COPIES * bytes.len())?;
            Ok(bytes)
        }
    }
}

/// Reads blocks up to the end of a body. The memory grows with the bytes that have arrived, so that clients that send nothing do not
/// use up the budget.
async fn collect(blocks: &mut impl Blocks, most: usize, context: &Context<'_>) -> Result<Bytes, Rejection> {
    let (mut body, mut block) = (Vec::new(), Vec::new());
    loop {
        let room = body.len() + READ_BLOCK;
        if room > body.capacity() {
            let capacity = room.max(2 * body.len()).min(most.max(READ_BLOCK));
            context.hold(COPIES * capacity)?;
            body.reserve_exact(capacity - body.len());
        }
        match blocks.next(&mut block).await {
            Ok(Some(())) if body.len() + block.len() > most => return Err(context.over_limit(most)),
            Ok(Some(())) => body.extend_from_slice(&block),
            Ok(None) => return Ok(body.into()),
            Err(error) => return Err(context.broken_body(&error.to_string())),
        }
    }
}
