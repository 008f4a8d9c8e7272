//! Admission of a caller: the credentials that an operation requires, the refusal of anonymous writes, and the API key.

use http::Method;
use sha2::{Digest, Sha256};

use super::proven::Proven;
use super::signature::SignatureProof;
use super::token::TokenProof;
use crate::api::gateway_response::ResponseType;
use crate::api::integration::Backend;
use crate::api::{ApiKey, Authorization};
use crate::gateway::deployment::settings::AnonymousWrites;
use crate::gateway::http_rules::sends_nothing;
use crate::gateway::rejection::Rejection;
use crate::gateway::request::context::{Caller, Context};
use crate::gateway::request::routing::Served;

/// The credentials of a request.
#[derive(Debug)]
pub enum Credentials<'g> {
    /// The operation requires no signature and no token. The caller is anonymous.
    NotRequired(Proven),
    /// The client has sent the credentials that the operation requires.
    Sent(Proof<'g>),
}

/// Credentials that are not verified yet.
#[derive(Debug)]
pub enum Proof<'g> {
    /// A signature. Its verification needs the body.
    Signature(SignatureProof<'g>),
    /// A token. Its verification needs a key of its issuer.
    Token(TokenProof<'g>),
}

/// A request whose caller may call the operation.
#[derive(Clone, Copy, Debug)]
pub struct Admitted<'c> {
    context: &'c Context<'c>,
    served: Served<'c>,
}

/// Reads the credentials of a request.
///
/// # Errors
/// The [`Rejection`] for an anonymous write that the deployment does not allow, and for credentials that are missing or
/// malformed.
pub fn read_credentials<'c>(
    context: &'c Context<'_>,
    served: Served<'c>,
) -> Result<Credentials<'c>, Rejection> {
    refuse_anonymous_write(context, served)?;
    let proof = match &served.operation.security.authorization {
        Authorization::None => return Ok(Credentials::NotRequired(Proven::new(Caller::default()))),
        Authorization::AwsIam => {
            let keys = &context.gateway.settings.iam_access_keys;
            Proof::Signature(SignatureProof::read(&context.inbound, keys, served.integration())?)
        }
        Authorization::Token(authorizer) => {
            let (headers, issuers) = (&context.inbound.headers, &served.deployed.issuers);
            Proof::Token(TokenProof::read(headers, authorizer, issuers)?)
        }
    };
    Ok(Credentials::Sent(proof))
}

impl<'c> Admitted<'c> {
    /// Admits a caller, after a check of the API key if the operation requires one.
    ///
    /// # Errors
    /// The [`Rejection`] for an API key that is missing or unknown.
    pub fn new(context: &'c Context<'c>, served: Served<'c>, proven: Proven) -> Result<Self, Rejection> {
        let mut caller = proven.into_caller();
        if served.operation.security.api_key == ApiKey::Required {
            caller.api_key_id = Some(known_api_key(context)?.to_owned());
        }
        context.caller.get_or_init(|| caller);
        Ok(Self { context, served })
    }

    pub fn context(&self) -> &'c Context<'c> {
        self.context
    }

    /// Returns the operation.
    pub fn served(&self) -> Served<'c> {
        self.served
    }

    /// Admits an anonymous caller without a check. Only for requests that are never sent.
    pub fn supposed(context: &'c Context<'c>, served: Served<'c>) -> Self {
        context.caller.get_or_init(Caller::default);
        Self { context, served }
    }
}

/// Returns whether the request is an anonymous write that the deployment does not allow: a request to S3 with a method other
/// than GET, HEAD and OPTIONS, for an operation without `security`.
pub fn is_refused_anonymous_write(context: &Context<'_>, served: Served<'_>) -> bool {
    anonymous_write(context, served).is_some()
}

/// Refuses an anonymous write that the deployment does not allow, because the missing `security` may be an oversight in the
/// document.
fn refuse_anonymous_write(context: &Context<'_>, served: Served<'_>) -> Result<(), Rejection> {
    let Some(method) = anonymous_write(context, served) else { return Ok(()) };
    Err(Rejection::of(ResponseType::AccessDenied).because(format!(
        "{method} to S3 without `security` in the document: add `security`, or set ALLOW_ANONYMOUS_WRITES to \"true\""
    )))
}

/// Returns the method of the request to S3 if the request is an anonymous write that is not allowed, or else `None`.
fn anonymous_write<'c>(context: &'c Context<'_>, served: Served<'c>) -> Option<&'c Method> {
    let Backend::S3(s3) = &served.deployed.backend else { return None };
    let method = s3.backend.http_method.of_request(context.method());
    let is_allowed = context.gateway.settings.anonymous_writes == AnonymousWrites::Allowed;
    (!sends_nothing(method) && !is_allowed && served.operation.security.is_open()).then_some(method)
}

/// Returns the id of the request's API key, as `API_KEYS` defines it.
fn known_api_key<'c>(context: &'c Context<'_>) -> Result<&'c str, Rejection> {
    let reject = |cause: &str| Rejection::of(ResponseType::InvalidApiKey).because(cause);
    let key = context.inbound.headers.get("x-api-key");
    let key = key.ok_or_else(|| reject("the header x-api-key is missing"))?;
    // Hashes are compared, so that the time of the comparison reveals nothing about the known keys.
    let hash: [u8; 32] = Sha256::digest(key.as_bytes()).into();
    let known = context.gateway.settings.api_keys.iter().find(|known| known.sha256 == hash);
    known.map(|known| known.id.as_str()).ok_or_else(|| reject("the API key is not in API_KEYS"))
}
