//! JSON Web Tokens ([RFC 7515](https://www.rfc-editor.org/rfc/rfc7515), compact form) for operations with an authorizer.
//!
//! The runtime verifies the signature and returns a [`Verdict`]. A Cognito authorizer accepts identity tokens, or access
//! tokens if the operation names scopes
//! (<https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-integrate-with-cognito.html>). The rules of
//! any other authorizer are those of
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-jwt-authorizer.html>.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::HeaderMap;
use serde_json::Value;

use super::key_set::Algorithm;
use super::proven::Proven;
use crate::api::gateway_response::ResponseType;
use crate::api::{TokenAuthorizer, TokenProvider};
use crate::gateway::deployment::jwt_issuer::{JwksUri, JwtIssuer};
use crate::gateway::rejection::Rejection;
use crate::gateway::request::context::Caller;

/// The longest accepted token, in bytes. It is above API Gateway's limit of 10,240 bytes for all headers.
const LENGTH_LIMIT: usize = 16 * 1024;

/// The time by which an issuer's clock may be ahead of the gateway's clock.
const LEEWAY: Duration = Duration::from_secs(60);

/// A token that names a trusted issuer. Its signature is not verified yet.
#[derive(Debug)]
pub struct TokenProof<'g> {
    authorizer: &'g TokenAuthorizer,
    issuer: &'g JwtIssuer,
    token: Token,
}

/// The result of the verification of a token's signature.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Verdict {
    /// The signature is valid.
    Genuine,
    /// The signature is not valid.
    Forged,
}

/// A fault of a token. The message is for the access log. The client gets only the message of [`Fault::Expired`].
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum Fault {
    /// The header with the token is missing, empty or repeated.
    #[error("the header with the token is missing, empty or repeated")]
    Missing,
    /// The token is too long.
    #[error("the token is longer than 16 KiB")]
    TooLong,
    /// The token does not have three parts of base64url, with JSON objects in the first two parts.
    #[error("the token is not a JSON Web Token")]
    Form,
    /// The algorithm is not accepted.
    #[error("the token's `alg` is neither RS256 nor ES256")]
    Algorithm,
    /// The token has a `crit` header: extensions that the receiver must support.
    #[error("the token has a `crit` header")]
    Critical,
    /// The id of the key is missing.
    #[error("the token has no `kid`")]
    NoKeyId,
    /// The issuer is not trusted.
    #[error("the token's `iss` is not an issuer of this authorizer")]
    Issuer,
    /// The issuer does not have the key.
    #[error("the issuer has no key with the token's `kid` and `alg`")]
    UnknownKey,
    /// The signature is not valid.
    #[error("the token's signature is not valid")]
    Forged,
    /// `aud`, or without it `client_id`, is not in the audience of the issuer.
    #[error("the token's `aud` or `client_id` is not an audience of this authorizer")]
    Audience,
    /// An access token in the place of an identity token, or the reverse.
    #[error("the token's `token_use` is not `{0}`")]
    Use(&'static str),
    /// The token has none of the operation's scopes.
    #[error("the token has none of the operation's scopes")]
    Scope,
    /// `exp` is missing or not a number.
    #[error("the token has no `exp`, or its `exp` is not a number")]
    NoExpiry,
    /// `exp` is in the past.
    #[error("The incoming token has expired")]
    Expired,
    /// `nbf` or `iat` is in the future, or not a number.
    #[error("the token's `nbf` or `iat` is in the future or is not a number")]
    NotYetValid,
}

/// The client gets no detail, except that a token has expired (seen on API Gateway's Cognito authorizers; date not
/// recorded).
impl From<Fault> for Rejection {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Expired => Self::new(ResponseType::Unauthorized, fault.to_string(), Vec::new()),
            Fault::Missing
            | Fault::TooLong
            | Fault::Form
            | Fault::Algorithm
            | Fault::Critical
            | Fault::NoKeyId
            | Fault::Issuer
            | Fault::UnknownKey
            | Fault::Forged
            | Fault::Audience
            | Fault::Use(_)
            | Fault::Scope
            | Fault::NoExpiry
            | Fault::NotYetValid => Self::of(ResponseType::Unauthorized).because(fault.to_string()),
        }
    }
}

impl<'g> TokenProof<'g> {
    /// Reads the token from the head of a request.
    ///
    /// # Errors
    /// The [`Fault`] of a token that is missing, too long or malformed, has an `alg` or a `crit` that is not accepted, or is
    /// from an issuer that is not trusted. The signature and the claims other than `iss` are verified later.
    pub(super) fn read(
        headers: &HeaderMap,
        authorizer: &'g TokenAuthorizer,
        issuers: &'g [JwtIssuer],
    ) -> Result<Self, Fault> {
        let mut values = headers.get_all(&authorizer.header).iter();
        let (Some(value), None) = (values.next(), values.next()) else { return Err(Fault::Missing) };
        let text = value.to_str().map_err(|_| Fault::Form)?;
        let token = Token::parse(without_scheme(text))?;
        let issuer = token.claims.get("iss").and_then(Value::as_str);
        let issuer = issuers.iter().find(|known| issuer == Some(known.issuer.as_str()));
        Ok(Self { authorizer, issuer: issuer.ok_or(Fault::Issuer)?, token })
    }

    /// Returns the URL of the issuer's keys.
    pub fn jwks_uri(&self) -> &'g JwksUri {
        &self.issuer.jwks_uri
    }

    /// Returns the id of the key, as the token states it.
    pub fn key_id(&self) -> &str {
        &self.token.key_id
    }

    /// Returns the algorithm, as the token states it.
    pub fn algorithm(&self) -> Algorithm {
        self.token.algorithm
    }

    /// Returns the signed text.
    pub fn signed_text(&self) -> &str {
        &self.token.signed
    }

    /// Returns the bytes of the signature, encoded as its algorithm defines.
    pub fn signature(&self) -> &[u8] {
        &self.token.signature
    }

    /// Returns the rejection for a key that the issuer does not have.
    pub fn unknown_key(&self) -> Rejection {
        Fault::UnknownKey.into()
    }

    /// Checks the claims of a token whose signature was verified with this verdict. Returns the caller.
    ///
    /// # Errors
    /// The [`Rejection`] for a forged signature, and for a claim that is missing or not accepted.
    pub fn verify(self, verdict: Verdict, now: SystemTime) -> Result<Proven, Rejection> {
        match verdict {
            Verdict::Forged => return Err(Fault::Forged.into()),
            Verdict::Genuine => {}
        }
        let claims = Claims(&self.token.claims);
        claims.check_times(now)?;
        claims.check_audience(&self.issuer.audience)?;
        let scopes = self.authorizer.scopes.as_slice();
        match self.authorizer.provider {
            TokenProvider::Cognito(_) if scopes.is_empty() => claims.check_use("id")?,
            TokenProvider::Cognito(_) => claims.check_use("access")?,
            TokenProvider::Custom => {}
        }
        claims.check_scopes(scopes)?;
        let claims = Some(self.token.claims);
        Ok(Proven::new(Caller { claims, ..Caller::default() }))
    }
}

/// Returns the token in the value of a header: the text after `Bearer `, or the whole value if it has no such prefix.
fn without_scheme(value: &str) -> &str {
    match value.trim().split_once(' ') {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => token.trim_start(),
        Some(_) | None => value.trim(),
    }
}

/// A parsed token.
#[derive(Debug)]
struct Token {
    algorithm: Algorithm,
    key_id: String,
    signed: String,
    signature: Vec<u8>,
    claims: Value,
}

impl Token {
    fn parse(text: &str) -> Result<Self, Fault> {
        if text.is_empty() {
            return Err(Fault::Missing);
        }
        if text.len() > LENGTH_LIMIT {
            return Err(Fault::TooLong);
        }
        let (signed, signature) = text.rsplit_once('.').ok_or(Fault::Form)?;
        let (header, claims) = signed.split_once('.').ok_or(Fault::Form)?;
        let bytes = |part: &str| URL_SAFE_NO_PAD.decode(part).map_err(|_| Fault::Form);
        let object = |part: &str| {
            let value: Value = serde_json::from_slice(&bytes(part)?).map_err(|_| Fault::Form)?;
            if value.is_object() { Ok(value) } else { Err(Fault::Form) }
        };
        let header = object(header)?;
        let text_of = |name: &str| header.get(name).and_then(Value::as_str);
        let algorithm = match text_of("alg") {
            Some("RS256") => Algorithm::Rs256,
            Some("ES256") => Algorithm::Es256,
            Some(_) | None => return Err(Fault::Algorithm),
        };
        if header.get("crit").is_some() {
            return Err(Fault::Critical);
        }
        let key_id = text_of("kid").ok_or(Fault::NoKeyId)?.to_owned();
        let (claims, signature) = (object(claims)?, bytes(signature)?);
        Ok(Self { algorithm, key_id, signed: signed.to_owned(), signature, claims })
    }
}

/// The claims of a token.
struct Claims<'c>(&'c Value);

impl Claims<'_> {
    fn check_times(&self, now: SystemTime) -> Result<(), Fault> {
        let now = now.duration_since(UNIX_EPOCH).unwrap_or_default();
        let expiry = self.0.get("exp").and_then(Value::as_f64).ok_or(Fault::NoExpiry)?;
        if expiry <= now.as_secs_f64() {
            return Err(Fault::Expired);
        }
        let limit = (now + LEEWAY).as_secs_f64();
        let times = ["nbf", "iat"].iter().filter_map(|name| self.0.get(name));
        let are_past = times.map(Value::as_f64).all(|time| time.is_some_and(|time| time <= limit));
        if are_past { Ok(()) } else { Err(Fault::NotYetValid) }
    }

    /// Checks `aud`, or `client_id` if `aud` is missing, as in Cognito's access tokens. If `expected` is empty, every
    /// audience is accepted.
    fn check_audience(&self, expected: &[String]) -> Result<(), Fault> {
        let found = self.0.get("aud").or_else(|| self.0.get("client_id"));
        let is_one = |name: &str| expected.iter().any(|known| known == name);
        let matches = found.is_some_and(|found| texts(found).any(is_one));
        if matches || expected.is_empty() { Ok(()) } else { Err(Fault::Audience) }
    }

    fn check_use(&self, expected: &'static str) -> Result<(), Fault> {
        let found = self.0.get("token_use").and_then(Value::as_str);
        if found == Some(expected) { Ok(()) } else { Err(Fault::Use(expected)) }
    }

    fn check_scopes(&self, expected: &[String]) -> Result<(), Fault> {
        let found = self.0.get("scope").or_else(|| self.0.get("scp"));
        let is_one = |name: &str| expected.iter().any(|known| known == name);
        let matches = found.is_some_and(|found| texts(found).flat_map(|text| text.split(' ')).any(is_one));
        if matches || expected.is_empty() { Ok(()) } else { Err(Fault::Scope) }
    }
}

/// Returns the value if it is a string, or each string in it if it is an array.
fn texts(value: &Value) -> impl Iterator<Item = &str> {
    let items = value.as_array().map_or(std::slice::from_ref(value), Vec::as_slice);
    items.iter().filter_map(Value::as_str)
}
