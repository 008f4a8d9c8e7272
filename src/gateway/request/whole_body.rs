//! Reading a whole request body into memory.

use bytes::Bytes;

use super::context::Context;
use crate::gateway::limits::COPIES;
use crate::gateway::message::RequestBody;
use crate::gateway::rejection::Rejection;
use crate::gateway::transport::Transport;

/// Reads a body of at most `limit` bytes into memory. Returns the whole body.
///
/// # Errors
/// The [`Rejection`] for a body that breaks off, that is longer than `limit`, or that exceeds the memory budget.
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
        RequestBody::Stream { stream, length } => {
            // A body without a length may have any length up to the limit. A body that is too long is not held.
            let most = length.map_or(limit, |length| usize::try_from(length).unwrap_or(usize::MAX));
            if most <= limit {
                context.hold(COPIES * most)?;
            }
            let bytes = transport.read(&stream, limit, None).await;
            let bytes = bytes.map_err(|error| context.broken_body(&error.to_string()))?;
            bytes.ok_or_else(|| context.over_limit(limit))
        }
    }
}
