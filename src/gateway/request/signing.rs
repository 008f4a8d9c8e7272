//! Signing of requests to S3: the hash of the body, and the session of an assumed role.

use super::integration_request::{IntegrationRequest, SignedRequest};
use crate::gateway::deployment::gateway::Gateway;
use crate::gateway::deployment::role::{Role, Session};
use crate::gateway::limits::{HASH_LIMIT, STS_LIMIT, STS_TIMEOUT};
use crate::gateway::rare::rare;
use crate::gateway::rejection::Rejection;
use crate::gateway::transport::Transport;
use crate::s3::{PayloadHash, Signer};

/// Signs a request with the current time. The runtime computes the hash of a long body.
///
/// # Errors
/// The [`Rejection`] for a request that cannot be signed.
pub(in crate::gateway) async fn sign<T: Transport>(
    request: IntegrationRequest<'_, T::Body>,
    transport: &T,
) -> Result<SignedRequest<T::Body>, Rejection> {
    let hash = match request.bytes_to_hash() {
        Some(bytes) => Some(hash_of(bytes, transport).await),
        None => None,
    };
    request.sign(hash, transport.now())
}

/// Returns the hash of a body. The runtime hashes a long body.
pub(in crate::gateway) async fn hash_of<T: Transport>(bytes: &[u8], transport: &T) -> PayloadHash {
    let of_runtime = if bytes.len() > HASH_LIMIT { transport.sha256(bytes).await } else { None };
    of_runtime.map_or_else(|| PayloadHash::of(bytes), PayloadHash::Sha256)
}

/// Returns the signer of a role. STS is called if this isolate has no session of the role, or a session that must be renewed.
/// If STS fails, the session that must be renewed is used as long as its keys are valid.
///
/// # Errors
/// The [`Rejection`] for a role that cannot be assumed if this isolate has no session with valid keys.
pub(in crate::gateway) async fn signer_of_role<T: Transport>(
    role: &Role,
    gateway: &Gateway,
    transport: &T,
) -> Result<Signer, Rejection> {
    let now = transport.now();
    let known = gateway.sessions.borrow().get(role.arn()).cloned();
    if let Some(session) = known.as_ref().filter(|session| session.is_fresh(now)) {
        return Ok(role.signer(session));
    }
    let session = match (rare(assume(role, transport)).await, known) {
        (Ok(session), _) => session,
        (Err(_), Some(session)) if session.is_usable(now) => return Ok(role.signer(&session)),
        (Err(rejection), _) => return Err(rejection),
    };
    let signer = role.signer(&session);
    gateway.sessions.borrow_mut().insert(role.arn().to_owned(), session);
    Ok(signer)
}

async fn assume<T: Transport>(role: &Role, transport: &T) -> Result<Session, Rejection> {
    let now = transport.now();
    let response = transport.fetch_text(&role.request(now)?, STS_TIMEOUT, STS_LIMIT).await;
    let (status, text) = response.map_err(|error| role.failed(error))?;
    role.session(status, text.as_bytes(), now)
}
