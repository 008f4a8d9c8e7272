//! Requests signed with Signature Version 4, as operations of `x-amazon-apigateway-authtype: awsSigv4` want them.
//!
//! Inside: reading the `Authorization` header, and computing the signature anew with `aws-sigv4` in its default form
//! (a normalised path, encoded twice), which is that of `execute-api`. Not inside: whose keys are known (a setting).
//! Sources: <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv.html>, and for the wording of refusals
//! <https://repost.aws/knowledge-center/api-gateway-iam-sigv4-mismatch> and what AWS is observed to answer.
//!
//! The body is always part of what is proved: `UNSIGNED-PAYLOAD` is S3's own (and there is no word of AWS on it for
//! `execute-api`); accepting it would let a request that was overheard be repeated with any body.

use std::borrow::Cow;
use std::time::Duration;

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4::SigningParams;
use http::HeaderMap;

use super::signing_date::SigningDate;
use super::{Identity, Proven};
use crate::gateway::context::Inbound;
use crate::gateway::method_request::PAYLOAD_LIMIT;
use crate::gateway::rejection::Rejection;
use crate::gateway::settings::SecretKeys;
use crate::s3::PayloadHash;

/// How far a client's clock may be off (as AWS; its refusals say so).
const SKEW: Duration = Duration::from_secs(5 * 60);

const ALGORITHM: &str = "AWS4-HMAC-SHA256";
const SERVICE: &str = "execute-api";
const TERMINATOR: &str = "aws4_request";
const CONTENT_SHA256: &str = "x-amz-content-sha256";

/// A signature by a key that is known, made just now; whether it is right depends on the body.
#[derive(Debug)]
pub struct SignatureProof<'g> {
    access_key_id: String,
    secret: &'g str,
    region: String,
    signed_headers: Vec<String>,
    signature: String,
    date: SigningDate,
}

/// What is wrong with a signature: the message is for the client.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum Fault {
    /// No signature at all, or something else in its place.
    #[error("Missing Authentication Token")]
    Missing,
    /// A signature in the query, as of a presigned URL.
    #[error("Signatures in the query are not accepted; sign the request in its Authorization header")]
    InQuery,
    /// A header that must be one is there more than once.
    #[error("Header occurs more than once: {0}")]
    Repeated(&'static str),
    /// A part of the `Authorization` header that is missing, empty, or there twice.
    #[error("Authorization header requires '{0}' parameter.")]
    Parameter(&'static str),
    /// A part of the `Authorization` header that is none of `Credential`, `SignedHeaders`, `Signature`.
    #[error("Invalid key=value pair in Authorization header")]
    Pair,
    /// A credential scope that has not five parts.
    #[error(
        "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/aws4_request"
    )]
    Scope,
    /// A credential scope of another service.
    #[error("Credential should be scoped to correct service: 'execute-api'.")]
    Service,
    /// A credential scope that ends otherwise.
    #[error("Credential should be scoped with a valid terminator: 'aws4_request'.")]
    Terminator,
    /// Neither `x-amz-date` nor `Date`.
    #[error("Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header.")]
    NoDate,
    /// A date that is none.
    #[error("Date must be in ISO-8601 'basic format', as 20130524T000000Z")]
    Date,
    /// A credential scope of another day.
    #[error(
        "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '{0}'"
    )]
    ScopeDate(String),
    /// Signed too long ago.
    #[error("Signature expired: {signed} is now earlier than {limit} ({now} - 5 min.)")]
    Expired {
        /// When, by the request.
        signed: String,
        /// The earliest that would do.
        limit: String,
        /// When it arrived.
        now: String,
    },
    /// Signed too far in the future.
    #[error("Signature not yet current: {signed} is still later than {limit} ({now} + 5 min.)")]
    NotYetCurrent {
        /// When, by the request.
        signed: String,
        /// The latest that would do.
        limit: String,
        /// When it arrived.
        now: String,
    },
    /// A header that everybody has to sign, or that was sent and gives rights.
    #[error("'{0}' must be a 'SignedHeader' in the AWS Authorization.")]
    Unsigned(&'static str),
    /// A key that is not in `IAM_ACCESS_KEYS`.
    #[error("The security token included in the request is invalid.")]
    UnknownKey,
    /// Anything else: the same message, and only the log says which.
    #[error("{}", crate::api::gateway_response::ResponseType::InvalidSignature.message())]
    Mismatch(&'static str),
}

impl<'g> SignatureProof<'g> {
    /// Reads the signature from the head of a request.
    ///
    /// # Errors
    /// Everything that is wrong with it whatever the body.
    pub(super) fn read(inbound: &Inbound, keys: &'g SecretKeys) -> Result<Self, Fault> {
        let Some(text) = only(&inbound.headers, "authorization")? else {
            return Err(if has_query_signature(inbound) { Fault::InQuery } else { Fault::Missing });
        };
        let parts = text.strip_prefix(ALGORITHM).and_then(|rest| rest.strip_prefix(' '));
        let Parts { credential, signed_headers, signature } = Parts::read(parts.ok_or(Fault::Missing)?)?;
        let scope = credential.split('/').collect::<Vec<_>>();
        let &[id, day, region, service, terminator] = scope.as_slice() else { return Err(Fault::Scope) };
        if service != SERVICE {
            return Err(Fault::Service);
        }
        if terminator != TERMINATOR {
            return Err(Fault::Terminator);
        }
        let date = SigningDate::of(&inbound.headers)?;
        if day != date.day() {
            return Err(Fault::ScopeDate(date.day()));
        }
        check_skew(date, inbound)?;
        let signed_headers: Vec<_> = signed_headers.split(';').map(str::to_owned).collect();
        if !signed_headers.is_sorted_by(|a, b| a < b) {
            return Err(Fault::Mismatch("SignedHeaders is not sorted, or names a header twice"));
        }
        let is_signed = |name: &str| signed_headers.iter().any(|signed| signed == name);
        // A token that anybody could have added or exchanged says nothing. The gateway itself has no use for it.
        let has_token = inbound.headers.contains_key("x-amz-security-token");
        if !is_signed("host") {
            return Err(Fault::Unsigned("Host"));
        }
        if has_token && !is_signed("x-amz-security-token") {
            return Err(Fault::Unsigned("X-Amz-Security-Token"));
        }
        let secret = keys.0.get(id).ok_or(Fault::UnknownKey)?;
        Ok(Self {
            access_key_id: id.to_owned(),
            secret,
            region: region.to_owned(),
            signed_headers,
            signature: signature.to_owned(),
            date,
        })
    }

    /// How many bytes of body are held in memory for the check: as many as API Gateway takes.
    pub fn limit(&self) -> usize {
        PAYLOAD_LIMIT
    }

    /// Checks the signature of a request with this head and this body.
    ///
    /// # Errors
    /// The [`Rejection`] for a signature that is not the one of this key over this request.
    pub fn verify(self, inbound: &Inbound, body: &[u8]) -> Result<Proven, Rejection> {
        let expected = self.expected(inbound, body)?;
        // Hashes: how far two of them agree, which takes its time, tells nothing of the signature.
        if PayloadHash::of(expected.as_bytes()) != PayloadHash::of(self.signature.as_bytes()) {
            let cause = format!("over the headers {}", self.signed_headers.join(";"));
            return Err(Rejection::from(Fault::Mismatch("another signature")).because(cause));
        }
        Ok(Proven(Identity::AccessKey(self.access_key_id)))
    }

    fn expected(&self, inbound: &Inbound, body: &[u8]) -> Result<String, Fault> {
        let unusable = |_| Fault::Mismatch("the request cannot be signed as it arrived");
        let headers = self.canonical_headers(inbound)?;
        let headers = headers.iter().map(|(name, value)| (*name, value.as_ref()));
        let query = inbound.query.as_ref().map(|query| format!("?{query}")).unwrap_or_default();
        let url = format!("https://{}{}{query}", inbound.host, inbound.path);
        let hash = SignableBody::Precomputed(payload_hash(&inbound.headers, body)?);
        let request = SignableRequest::new(inbound.method.as_str(), url, headers, hash).map_err(unusable)?;
        let credentials =
            Credentials::new(&self.access_key_id, self.secret, None, None, "IAM_ACCESS_KEYS").into();
        let params = SigningParams::builder()
            .identity(&credentials)
            .region(&self.region)
            .name(SERVICE)
            .time(self.date.time())
            .settings(self.settings())
            .build()
            .map_err(|_| Fault::Mismatch("a parameter is missing"))?
            .into();
        let (_, signature) = sign(request, &params).map_err(unusable)?.into_parts();
        Ok(signature)
    }

    /// The default form, of exactly the headers that the client has signed.
    fn settings(&self) -> SigningSettings {
        let mut settings = SigningSettings::default();
        let by_other_date = !self.signed_headers.iter().any(|name| name == "x-amz-date");
        settings.excluded_headers = by_other_date.then(|| vec!["x-amz-date".into()]);
        settings
    }

    /// The headers that the client has signed, each with the value that arrived. The runtime joins the values of a
    /// header that was sent twice with `, ` where signatures have `,`: no such header can be signed.
    fn canonical_headers<'h>(&'h self, inbound: &'h Inbound) -> Result<Vec<(&'h str, Cow<'h, str>)>, Fault> {
        let mut headers = Vec::with_capacity(self.signed_headers.len());
        for name in &self.signed_headers {
            let mut values = inbound.headers.get_all(name).iter();
            let value = match (values.next(), values.next()) {
                (Some(value), None) => value.to_str().ok().map(Cow::Borrowed),
                (None, _) if name == "host" => Some(Cow::Borrowed(inbound.host.as_str())),
                (None, _) => return Err(Fault::Mismatch("a signed header did not arrive")),
                (Some(_), Some(_)) => return Err(Fault::Mismatch("a signed header occurs more than once")),
            };
            let value = value.ok_or(Fault::Mismatch("a signed header is not visible ASCII"))?;
            headers.push((name.as_str(), value));
        }
        Ok(headers)
    }
}

/// What follows the algorithm: `Credential=…, SignedHeaders=…, Signature=…`, in any order.
struct Parts<'a> {
    credential: &'a str,
    signed_headers: &'a str,
    signature: &'a str,
}

impl<'a> Parts<'a> {
    fn read(text: &'a str) -> Result<Self, Fault> {
        let (mut credential, mut signed_headers, mut signature) = (None, None, None);
        for pair in text.split(',') {
            let (name, value) = pair.trim().split_once('=').ok_or(Fault::Pair)?;
            let (part, name) = match name {
                "Credential" => (&mut credential, "Credential"),
                "SignedHeaders" => (&mut signed_headers, "SignedHeaders"),
                "Signature" => (&mut signature, "Signature"),
                _ => return Err(Fault::Pair),
            };
            if value.is_empty() || part.replace(value).is_some() {
                return Err(Fault::Parameter(name));
            }
        }
        Ok(Self {
            credential: credential.ok_or(Fault::Parameter("Credential"))?,
            signed_headers: signed_headers.ok_or(Fault::Parameter("SignedHeaders"))?,
            signature: signature.ok_or(Fault::Parameter("Signature"))?,
        })
    }
}

/// The hash of the body. One that the client states must be that of the body that came, whether or not it was signed.
fn payload_hash(headers: &HeaderMap, body: &[u8]) -> Result<String, Fault> {
    let actual = PayloadHash::of(body).to_string();
    match only(headers, CONTENT_SHA256)? {
        Some("UNSIGNED-PAYLOAD") => Err(Fault::Mismatch("UNSIGNED-PAYLOAD, which is not accepted")),
        Some(stated) if stated != actual => {
            Err(Fault::Mismatch("the body has not the hash x-amz-content-sha256"))
        }
        Some(_) | None => Ok(actual),
    }
}

/// The value of a header, if there is just one, and it is visible ASCII.
pub(super) fn only<'h>(headers: &'h HeaderMap, name: &'static str) -> Result<Option<&'h str>, Fault> {
    let mut values = headers.get_all(name).iter();
    match (values.next(), values.next()) {
        (None, _) => Ok(None),
        (Some(value), None) => {
            value.to_str().map(Some).map_err(|_| Fault::Mismatch("a header is not visible ASCII"))
        }
        (Some(_), Some(_)) => Err(Fault::Repeated(name)),
    }
}

fn check_skew(date: SigningDate, inbound: &Inbound) -> Result<(), Fault> {
    // A date of the header has whole seconds, so that the clock is read in whole seconds, too.
    let now = SigningDate::from(inbound.time);
    let (signed, arrived) = (date.time(), inbound.time);
    let text = |time| SigningDate::from(time).to_string();
    if signed + SKEW < arrived {
        let (signed, limit) = (date.to_string(), text(arrived - SKEW));
        return Err(Fault::Expired { signed, limit, now: now.to_string() });
    }
    if signed > arrived + SKEW {
        let (signed, limit) = (date.to_string(), text(arrived + SKEW));
        return Err(Fault::NotYetCurrent { signed, limit, now: now.to_string() });
    }
    Ok(())
}

fn has_query_signature(inbound: &Inbound) -> bool {
    let pairs = inbound.query.as_deref().unwrap_or_default().split('&');
    pairs.filter_map(|pair| pair.split('=').next()).any(|name| name.eq_ignore_ascii_case("X-Amz-Signature"))
}
