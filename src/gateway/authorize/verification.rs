//! Verification of credentials: a signature with the body that it covers, or a token with a key of its issuer.

use std::time::Duration;

use bytes::Bytes;
use http::StatusCode;

use super::admission::Proof;
use super::key_set::{Key, Lookup};
use super::proven::Proven;
use super::signature::HeadVerified;
use super::token::TokenProof;
use crate::gateway::deployment::jwt_issuer::JwksUri;
use crate::gateway::limits::{ISSUER_TIMEOUT, KEY_SET_LIMIT, PAYLOAD_LIMIT};
use crate::gateway::message::RequestBody;
use crate::gateway::rejection::Rejection;
use crate::gateway::request::context::Context;
use crate::gateway::request::signing::hash_of;
use crate::gateway::request::whole_body::whole_body;
use crate::gateway::transport::Transport;

/// Verifies the credentials of a request. Returns the caller and the body. If a signature covers the body, the body is in memory,
/// or it is [`RequestBody::Signed`].
///
/// # Errors
/// The [`Rejection`] for credentials that are not valid, for a signed body that cannot be read, and for keys that cannot be
/// fetched.
pub(in crate::gateway) async fn verify<T: Transport>(
    proof: Proof<'_>,
    context: &Context<'_>,
    client: T::Body,
    transport: &T,
) -> Result<(Proven, RequestBody<T::Body>), Rejection> {
    let length = context.inbound.content_length();
    let signature = match proof {
        Proof::Signature(signature) => signature,
        Proof::Token(token) => {
            let proven = verify_token(token, context, transport).await?;
            return Ok((proven, RequestBody::Stream { stream: client, length }));
        }
    };
    let whole = |body| whole_body(body, PAYLOAD_LIMIT, context, transport);
    match signature.verify_head(&context.inbound)? {
        HeadVerified::WithHash(proven, sha256) => {
            let signed = RequestBody::Signed { stream: client, length, sha256 };
            // The signature covers the body as the client sent it, before its `Content-Encoding` is decoded.
            let is_decoded = context.content_encoding().is_some();
            let body = if is_decoded { RequestBody::from(whole(signed).await?) } else { signed };
            Ok((proven, body))
        }
        HeadVerified::WithoutHash(signature) => {
            let bytes = whole(RequestBody::Stream { stream: client, length }).await?;
            let hash = hash_of(&bytes, transport).await.to_string();
            Ok((signature.verify(&context.inbound, &hash)?, RequestBody::from(bytes)))
        }
    }
}

async fn verify_token<T: Transport>(
    proof: TokenProof<'_>,
    context: &Context<'_>,
    transport: &T,
) -> Result<Proven, Rejection> {
    let now = context.inbound.time;
    let key = key(&proof, context, transport).await?;
    let verdict = transport.verify(&proof, &key).await.map_err(|error| {
        Rejection::authorizer_failure(format!("a key at {} is not valid: {error}", proof.jwks_uri()))
    })?;
    proof.verify(verdict, now)
}

/// The pause between two searches for a key while another request fetches the key set.
const BETWEEN_LOOKS: Duration = Duration::from_millis(20);

/// The greatest number of repeated searches for a key: as many as fit into [`ISSUER_TIMEOUT`].
const MOST_LOOKS: u128 = ISSUER_TIMEOUT.as_millis() / BETWEEN_LOOKS.as_millis();

/// Returns the key that a token names. The key set is fetched if this isolate has none, or one that is too old or does not
/// have the key.
async fn key<T: Transport>(
    proof: &TokenProof<'_>,
    context: &Context<'_>,
    transport: &T,
) -> Result<Key, Rejection> {
    let (key_sets, uri) = (&context.gateway.key_sets, proof.jwks_uri());
    let find = |now| {
        let key_sets = key_sets.borrow();
        key_sets.get(uri).map_or(Lookup::Fetch, |keys| keys.find(proof.key_id(), proof.algorithm(), now))
    };
    let mut found = find(context.inbound.time);
    // The promise of another request must not be awaited, so the search is repeated until that request has stored its result.
    for _ in 0..MOST_LOOKS {
        if found != Lookup::Wait {
            break;
        }
        transport.pause(BETWEEN_LOOKS).await;
        found = find(transport.now());
    }
    // After the last `Lookup::Wait`, this request fetches the key set, too: the fetch of the other request never ends if its
    // client has disconnected.
    if matches!(found, Lookup::Fetch | Lookup::Wait) {
        let started = transport.now();
        key_sets.borrow_mut().entry(uri.clone()).or_default().ask(started);
        let fetched = fetch(uri, transport).await;
        let fetched = fetched.as_deref().map_err(Clone::clone);
        key_sets.borrow_mut().entry(uri.clone()).or_default().store(fetched, transport.now());
        found = find(started);
    }
    match found {
        Lookup::Key(key) => Ok(key),
        Lookup::Unknown => Err(proof.unknown_key()),
        Lookup::Unreachable(reason) => {
            Err(Rejection::authorizer_failure(format!("no keys from {uri}: {reason}")))
        }
        Lookup::Fetch | Lookup::Wait => Err(Rejection::authorizer_failure(format!("no keys from {uri}"))),
    }
}

async fn fetch<T: Transport>(uri: &JwksUri, transport: &T) -> Result<String, String> {
    let request = http::Request::get(uri.as_str()).header("accept", "application/json").body(Bytes::new());
    let request = request.map_err(|error| error.to_string())?;
    match transport.fetch_text(&request, ISSUER_TIMEOUT, KEY_SET_LIMIT).await {
        Ok((StatusCode::OK, text)) => Ok(text),
        Ok((status, _)) => Err(format!("the issuer answered {status}")),
        Err(error) => Err(error.to_string()),
    }
}
