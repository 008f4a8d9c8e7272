//! Reading a whole request body into memory.

use bytes::Bytes;

use super::context::Context;
use crate::gateway::limits::PAYLOAD_LIMIT;
use crate::gateway::message::RequestBody;
use crate::gateway::rejection::Rejection;
use crate::gateway::transport::Transport;

/// Reads a body into memory. Returns the whole body.
///
/// # Errors
/// The [`Rejection`] for a body that breaks off, or that is longer than [`PAYLOAD_LIMIT`].
pub(in crate::gateway) async fn whole_body<T: Transport>(
    body: RequestBody<T::Body>,
    context: &Context<'_>,
    transport: &T,
) -> Result<Bytes, Rejection> {
    match body {
        RequestBody::Empty => Ok(Bytes::new()),
        RequestBody::Bytes(bytes) => Ok(bytes),
        RequestBody::Stream { stream, .. } => {
            let bytes = transport.read(&stream, PAYLOAD_LIMIT, None).await;
            let bytes = bytes.map_err(|error| context.broken_body(&error.to_string()))?;
            bytes.ok_or_else(|| context.over_payload_limit())
        }
    }
}
