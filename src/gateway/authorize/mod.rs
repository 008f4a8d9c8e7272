//! Who may call: what a method's security asks, checked against the deployment's keys and issuers.
//!
//! Inside: the order of the checks, anonymous writes, and API keys; one file each for [`signature`]s and [`token`]s.
//! [`Context::admit`] reads what a request brings, and says with a [`Proof`] what is left to be verified; only a proof
//! that holds gives the [`Proven`] that [`Context::accept`] takes, and nothing goes on to S3 without it. Source:
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-control-access-to-api.html>.

mod issuer;
mod key_set;
pub mod signature;
mod signing_date;
pub mod token;

use sha2::{Digest, Sha256};

pub use self::issuer::{JwksUri, JwtIssuer};
pub(super) use self::issuer::{issuers, unused_issuers};
pub use self::key_set::{Finding, ISSUER_TIMEOUT, Key, KnownKeys, SET_LIMIT};
use self::signature::SignatureProof;
use self::token::TokenProof;
use super::backend::DeployedBackend;
use super::context::{Caller, Matched};
use super::rejection::Rejection;
use super::settings::AnonymousWrites;
use super::{Context, sends_nothing};
use crate::api::gateway_response::ResponseType;
use crate::api::{ApiKey, Authorization};

/// What a request brings to show who calls.
#[derive(Debug)]
pub enum Proof<'g> {
    /// Nothing, as nothing is asked: the caller is in already.
    NotNeeded,
    /// A signature over the request: verify it with the body.
    Signature(SignatureProof<'g>),
    /// A token: verify it with a key of its issuer.
    Token(TokenProof<'g>),
}

/// Who calls, beyond doubt.
#[derive(Debug)]
pub struct Proven(Identity);

#[derive(Debug)]
enum Identity {
    Anyone,
    /// The id of the key that signed.
    AccessKey(String),
    /// The claims of a token, a JSON object.
    Claims(serde_json::Value),
}

impl<'g> Context<'g> {
    /// Checks what can be checked from the head of the request: that there is a route, that a write is not
    /// anonymous by oversight, and that there is a proof of who calls where one is asked for.
    ///
    /// # Errors
    /// The [`Rejection`] for a caller who may not, whatever else the proof is worth.
    pub fn admit(&mut self) -> Result<Proof<'g>, Rejection> {
        let matched = self.served().ok_or_else(|| self.unserved())?;
        refuse_anonymous_write(self, matched)?;
        let headers = &self.inbound.headers;
        match &matched.operation.security.authorization {
            Authorization::None => {
                self.accept(Proven(Identity::Anyone))?;
                Ok(Proof::NotNeeded)
            }
            Authorization::AwsIam => {
                let keys = &self.gateway.settings.iam_access_keys;
                Ok(Proof::Signature(SignatureProof::read(&self.inbound, keys)?))
            }
            Authorization::Token(authorizer) => {
                Ok(Proof::Token(TokenProof::read(headers, authorizer, &matched.deployed.issuers)?))
            }
        }
    }

    /// Takes the caller in, after a check of the API key where one is asked for.
    ///
    /// # Errors
    /// The [`Rejection`] for an API key that is missing or unknown.
    pub fn accept(&mut self, proven: Proven) -> Result<(), Rejection> {
        let matched = self.served().ok_or_else(|| self.unserved())?;
        let mut caller = match proven.0 {
            Identity::Anyone => Caller::default(),
            Identity::AccessKey(id) => Caller { access_key: Some(id), ..Caller::default() },
            Identity::Claims(claims) => Caller { claims: Some(claims), ..Caller::default() },
        };
        if matched.operation.security.api_key == ApiKey::Required {
            caller.api_key_id = Some(known_api_key(self)?);
        }
        self.caller = Some(caller);
        Ok(())
    }
}

/// A method that changes S3 and asks nothing of its callers is one that a document shows off, or an oversight. The
/// deployment has to say which.
fn refuse_anonymous_write(context: &Context<'_>, matched: &Matched<'_>) -> Result<(), Rejection> {
    let DeployedBackend::S3(s3) = &matched.deployed.backend else { return Ok(()) };
    let method = s3.backend.http_method.of_request(&context.method);
    let writes = !sends_nothing(method);
    let allowed = context.gateway.settings.anonymous_writes == AnonymousWrites::Allowed;
    if !writes || allowed || !matched.operation.security.is_open() {
        return Ok(());
    }
    Err(Rejection::of(ResponseType::AccessDenied).because(format!(
        "{method} toward S3 without `security` in the document; add security, or set ALLOW_ANONYMOUS_WRITES to \"true\""
    )))
}

fn known_api_key(context: &Context<'_>) -> Result<String, Rejection> {
    let reject = |cause: &str| Rejection::of(ResponseType::InvalidApiKey).because(cause);
    let key = context.inbound.headers.get("x-api-key").ok_or_else(|| reject("no x-api-key header"))?;
    let hash: [u8; 32] = Sha256::digest(key.as_bytes()).into();
    // Hashes of secrets: how far two of them agree tells nothing of the key.
    let known = context.gateway.settings.api_keys.iter().find(|known| known.sha256 == hash);
    known.map(|known| known.id.clone()).ok_or_else(|| reject("an API key that is not in API_KEYS"))
}
