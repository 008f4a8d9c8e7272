//! JSON Web Tokens, as operations with an authorizer want them.
//!
//! Inside: reading a token ([RFC 7515](https://www.rfc-editor.org/rfc/rfc7515), compact form), whose it says it is, and
//! its claims. Not inside: the issuer's keys (`key_set`), and the one step that needs a cryptographer: the shell
//! verifies the signature and says so with a [`Verdict`].
//!
//! A Cognito authorizer takes identity tokens, or where the operation names scopes, access tokens with one of them
//! (<https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-integrate-with-cognito.html>). Any other
//! authorizer has its rules from
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-jwt-authorizer.html>.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::HeaderMap;
use serde_json::Value;

use super::issuer::{JwksUri, JwtIssuer};
use super::{Identity, Proven};
use crate::api::{TokenAuthorizer, TokenProvider};
use crate::gateway::rejection::Rejection;

/// How long a token may be. API Gateway takes 10,240 bytes of headers altogether.
const LENGTH_LIMIT: usize = 16 * 1024;

/// How far the clock of an issuer may be ahead of ours.
const LEEWAY: Duration = Duration::from_secs(60);

/// A token that says to be of an issuer whom the method trusts.
#[derive(Debug)]
pub struct TokenProof<'g> {
    authorizer: &'g TokenAuthorizer,
    issuer: &'g JwtIssuer,
    token: Token,
}

/// How a token is signed. What is not in this list (`none`, and everything with a shared secret) is no signature here.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Algorithm {
    /// RSASSA-PKCS1-v1_5 with SHA-256.
    Rs256,
    /// ECDSA on P-256 with SHA-256.
    Es256,
}

/// What is found of a token's signature.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Verdict {
    /// It is that of the issuer's key.
    Genuine,
    /// It is not.
    Forged,
}

/// Why a token is not accepted. All of it is for the log; the client learns only of [`Fault::Expired`].
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum Fault {
    /// No header with a token, or more than one.
    #[error("no token")]
    Missing,
    /// Longer than anybody's.
    #[error("the token is longer than 16 KiB")]
    TooLong,
    /// Not three parts of base64url, or no JSON in them.
    #[error("the token is no JSON Web Token")]
    Form,
    /// Signed in a way that is not accepted, or not at all.
    #[error("the token's `alg` is neither RS256 nor ES256")]
    Algorithm,
    /// With extensions that must be understood (`crit`).
    #[error("the token has a `crit` header")]
    Critical,
    /// Without the name of its key.
    #[error("the token has no `kid`")]
    NoKeyId,
    /// Of somebody else.
    #[error("the token's `iss` is not an issuer of this authorizer")]
    Issuer,
    /// By a key that the issuer does not know.
    #[error("the issuer has no key of the token's `kid` and `alg`")]
    UnknownKey,
    /// With a signature that is wrong.
    #[error("the token's signature is wrong")]
    Forged,
    /// For somebody else.
    #[error("the token is for another audience")]
    Audience,
    /// An access token in place of an identity token, or the reverse.
    #[error("the token's `token_use` is not `{0}`")]
    Use(&'static str),
    /// Without any of the scopes of the operation.
    #[error("the token has none of the operation's scopes")]
    Scope,
    /// Valid forever.
    #[error("the token has no `exp`")]
    NoExpiry,
    /// Valid once.
    #[error("The incoming token has expired")]
    Expired,
    /// Valid some day.
    #[error("the token's `nbf` or `iat` is in the future, or no time")]
    NotYetValid,
}

impl<'g> TokenProof<'g> {
    /// Reads the token from the head of a request.
    ///
    /// # Errors
    /// Everything that is wrong with it before its signature is looked at.
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

    /// Where the key is that the token says to be signed with.
    pub fn jwks_uri(&self) -> &'g JwksUri {
        &self.issuer.jwks_uri
    }

    /// That key's name.
    pub fn key_id(&self) -> &str {
        &self.token.key_id
    }

    /// How the token says to be signed.
    pub fn algorithm(&self) -> Algorithm {
        self.token.algorithm
    }

    /// The text that is signed.
    pub fn signed_text(&self) -> &str {
        &self.token.signed
    }

    /// The signature, in the form of its algorithm.
    pub fn signature(&self) -> &[u8] {
        &self.token.signature
    }

    /// The rejection for a token of a key that the issuer does not have.
    pub fn unknown_key(&self) -> Rejection {
        Fault::UnknownKey.into()
    }

    /// Checks the claims of a token whose signature is known to be right or wrong.
    ///
    /// # Errors
    /// The [`Rejection`] for a token that is not accepted.
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
        Ok(Proven(Identity::Claims(self.token.claims)))
    }
}

/// The token of `Bearer {token}`, or of itself.
fn without_scheme(value: &str) -> &str {
    match value.trim().split_once(' ') {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => token.trim_start(),
        Some(_) | None => value.trim(),
    }
}

impl Algorithm {
    /// The name in tokens and keys.
    pub fn name(self) -> &'static str {
        match self {
            Self::Rs256 => "RS256",
            Self::Es256 => "ES256",
        }
    }
}

/// A token, read.
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

/// The claims of a token whose signature is right.
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

    /// `client_id` counts only where there is no `aud`, as in Cognito's access tokens.
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

/// A text, or the texts of a list.
fn texts(value: &Value) -> impl Iterator<Item = &str> {
    let items = value.as_array().map_or(std::slice::from_ref(value), Vec::as_slice);
    items.iter().filter_map(Value::as_str)
}
