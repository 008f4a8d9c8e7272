//! Verifying what a request brings to show who calls: whatever of it has to be waited for.
//!
//! Inside: reading the body that a signature covers, asking issuers for their keys, and the keys that this isolate
//! knows. Not inside: what is right and what is wrong (`gateway::authorize`). Keys are kept as values: a future of
//! one request must not be waited for by another.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::time::SystemTime;

use bytes::Bytes;

use super::bridge::{self, Failure, Message};
use super::task::apart;
use crate::gateway::authorize::signature::SignatureProof;
use crate::gateway::authorize::token::{TokenProof, Verdict};
use crate::gateway::authorize::{Finding, ISSUER_TIMEOUT, JwksUri, Key, KnownKeys, Proven, SET_LIMIT};
use crate::gateway::{Body, Context, Proof, Rejection};

thread_local! {
    static KNOWN: RefCell<BTreeMap<JwksUri, KnownKeys>> = const { RefCell::new(BTreeMap::new()) };
}

/// Lets the caller in, or not. Gives the body, which is in memory where it had to be read for a signature.
pub(super) async fn admit(
    context: &mut Context<'_>,
    request: web_sys::Request,
) -> Result<Body<Message>, Rejection> {
    let proof = context.admit()?;
    let client = Message::FromClient(request);
    let length = context.inbound().content_length();
    match proof {
        Proof::NotNeeded => Ok(Body::Stream { stream: client, length }),
        Proof::Signature(proof) => {
            let (bytes, proven) = apart(verify_signature(proof, context, &client)).await?;
            context.accept(proven)?;
            Ok(if bytes.is_empty() { Body::Empty } else { Body::Bytes(bytes) })
        }
        Proof::Token(proof) => {
            let proven = apart(verify_token(proof, context.inbound().time)).await?;
            context.accept(proven)?;
            Ok(Body::Stream { stream: client, length })
        }
    }
}

async fn verify_signature(
    proof: SignatureProof<'_>,
    context: &Context<'_>,
    client: &Message,
) -> Result<(Bytes, Proven), Rejection> {
    let bytes =
        client.read(proof.limit()).await.map_err(|failure| context.broken_body(&failure.to_string()))?;
    let bytes = Bytes::from(bytes.ok_or_else(|| context.over_payload_limit())?);
    let proven = proof.verify(context.inbound(), &bytes)?;
    Ok((bytes, proven))
}

async fn verify_token(proof: TokenProof<'_>, now: SystemTime) -> Result<Proven, Rejection> {
    let key = key(&proof, now).await?;
    let unusable = |failure: Failure| {
        Rejection::authorizer_failure(format!("a key at {} is none: {failure}", proof.jwks_uri()))
    };
    let is_genuine = bridge::is_signed_by(&proof, &key).await.map_err(unusable)?;
    proof.verify(if is_genuine { Verdict::Genuine } else { Verdict::Forged }, now)
}

/// The key that a token says to be signed with; the issuer is asked where this isolate does not know it.
async fn key(proof: &TokenProof<'_>, now: SystemTime) -> Result<Key, Rejection> {
    let uri = proof.jwks_uri();
    let find = || {
        KNOWN.with_borrow(|known| match known.get(uri) {
            Some(keys) => keys.find(proof.key_id(), proof.algorithm(), now),
            None => Finding::Ask,
        })
    };
    let mut finding = find();
    if finding == Finding::Ask {
        let answer = ask(uri).await;
        let answer = answer.as_deref().map_err(Clone::clone);
        KNOWN.with_borrow_mut(|known| known.entry(uri.clone()).or_default().learn(answer, now));
        finding = find();
    }
    match finding {
        Finding::Key(key) => Ok(key),
        Finding::Unknown => Err(proof.unknown_key()),
        Finding::Unreachable(reason) => {
            Err(Rejection::authorizer_failure(format!("no keys from {uri}: {reason}")))
        }
        Finding::Ask => Err(Rejection::authorizer_failure(format!("no keys from {uri}"))),
    }
}

async fn ask(uri: &JwksUri) -> Result<String, String> {
    let request = http::Request::get(uri.as_str()).header("accept", "application/json").body(Bytes::new());
    let request = request.map_err(|error| error.to_string())?;
    match bridge::ask(&request, ISSUER_TIMEOUT, SET_LIMIT).await {
        Ok((http::StatusCode::OK, text)) => Ok(text),
        Ok((status, _)) => Err(format!("the issuer answered {status}")),
        Err(failure) => Err(failure.to_string()),
    }
}
