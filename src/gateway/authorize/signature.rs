//! Signature Version 4 of a request, for operations with `x-amazon-apigateway-authtype: awsSigv4`.
//!
//! In the canonical request of `execute-api`, the path is encoded twice. AWS normalizes the path first. The gateway does
//! not, because its backend gets the path as it was sent: a signature of `PUT /a/b` must not be valid for `/a//b`. Sources:
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv.html>, and for the messages
//! <https://repost.aws/knowledge-center/api-gateway-iam-sigv4-mismatch>.
//!
//! The signature always covers the body. `UNSIGNED-PAYLOAD` is documented for S3 only; if it were accepted, an intercepted
//! request could be repeated with any body. The signature must also cover `X-HTTP-Method-Override`, and the headers
//! `x-amz-*` that a mapping reads.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::time::Duration;

use aws_sigv4::sign::v4::{calculate_signature, generate_signing_key};
use http::header::HOST;
use http::{HeaderMap, HeaderName};
use percent_encoding::{percent_decode_str, percent_encode, utf8_percent_encode};

use super::proven::Proven;
use super::signature_fault::{Fault, only};
use crate::api::integration::Integration;
use crate::api::mapping::RequestSource;
use crate::gateway::deployment::settings::SecretKeys;
use crate::gateway::rejection::Rejection;
use crate::gateway::request::context::Caller;
use crate::gateway::request::inbound::{Inbound, METHOD_OVERRIDE};
use crate::s3::PayloadHash;
use crate::s3::canonical_request::{
    ALGORITHM, TERMINATOR, canonical_request, credential_scope, single_spaced, sorted, string_to_sign,
};
use crate::s3::signing_date::SigningDate;
use crate::s3::wire_url::{PATH, QUERY};

/// The greatest accepted difference between the date of a signature and the time of arrival. AWS's messages state this
/// value.
const SKEW: Duration = Duration::from_secs(5 * 60);

const SERVICE: &str = "execute-api";
const CONTENT_SHA256: &str = "x-amz-content-sha256";

/// The header with a security token. If the header is sent, it must be signed, although the gateway does not use the token.
/// Otherwise the header could be added or replaced in transit.
const SECURITY_TOKEN: HeaderName = HeaderName::from_static("x-amz-security-token");

/// A signature with a valid date and a known key. The signature itself is not verified yet.
#[derive(Debug)]
pub struct SignatureProof<'g> {
    access_key_id: String,
    secret: &'g str,
    region: String,
    signed_headers: Vec<String>,
    signature: String,
    date: SigningDate,
}

/// A signature after its verification with the head of the request.
#[derive(Debug)]
pub enum HeadVerified<'g> {
    /// The signature is valid if the body has this SHA-256.
    WithHash(Proven, [u8; 32]),
    /// The head does not state the hash of the body. The signature is verified with the body.
    WithoutHash(SignatureProof<'g>),
}

impl<'g> SignatureProof<'g> {
    /// Reads the signature from the head of a request.
    ///
    /// # Errors
    /// The [`Fault`] of a signature that is missing or malformed, is for another service or day, is too old or too new, does
    /// not cover a required header, or has an unknown key. Also the [`Fault`] of a query with unsorted values of a repeated
    /// parameter.
    pub(super) fn read(
        inbound: &Inbound,
        keys: &'g SecretKeys,
        integration: &Integration,
    ) -> Result<Self, Fault> {
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
        let date = date_of(&inbound.headers)?;
        if day != date.scope_day() {
            return Err(Fault::ScopeDate(date.scope_day()));
        }
        check_skew(date, inbound)?;
        let signed_headers: Vec<_> = signed_headers.split(';').map(str::to_owned).collect();
        if !signed_headers.is_sorted_by(|a, b| a < b) {
            return Err(Fault::Mismatch("SignedHeaders is not sorted, or names a header twice"));
        }
        let mapped = integration.request_parameters.iter().filter_map(|(_, source)| match source {
            RequestSource::MethodRequest(source) => source.header().map(|header| &header.name),
            _ => None,
        });
        let mapped = mapped.filter(|name| is_signed_if_mapped(name));
        for name in [&HOST, &SECURITY_TOKEN, &METHOD_OVERRIDE].into_iter().chain(mapped) {
            let is_sent = *name == HOST || inbound.headers.contains_key(name);
            if is_sent && !signed_headers.iter().any(|signed| signed == name.as_str()) {
                return Err(Fault::Unsigned(name.clone()));
            }
        }
        if !has_sorted_repetitions(&encoded_query(inbound.query.as_deref().unwrap_or_default())) {
            return Err(Fault::Mismatch(
                "a repeated query parameter has values that are not sorted, and a signature does not cover their order",
            ));
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

    /// Verifies the signature of a request whose head states the hash of the body, before the body is read. So a body is held in
    /// memory only for a caller with a valid signature.
    ///
    /// # Errors
    /// The [`Rejection`] for a signature that does not match, for an `x-amz-content-sha256` that is not accepted, and for a
    /// signed header that is missing, repeated or not visible ASCII.
    pub fn verify_head(self, inbound: &Inbound) -> Result<HeadVerified<'g>, Rejection> {
        let Some(stated) = stated_hash(&inbound.headers)? else { return Ok(HeadVerified::WithoutHash(self)) };
        let proven = self.verify(inbound, stated)?;
        let mut sha256 = [0; 32];
        match hex::decode_to_slice(stated, &mut sha256) {
            Ok(()) if PayloadHash::Sha256(sha256).to_string() == stated => {
                Ok(HeadVerified::WithHash(proven, sha256))
            }
            _ => Err(Fault::HASH_MISMATCH.into()),
        }
    }

    /// Verifies the signature of a request with this head and a body with this hash.
    ///
    /// # Errors
    /// The [`Rejection`] for a signature that does not match, and for a signed header that is missing, repeated or not visible
    /// ASCII.
    pub fn verify(self, inbound: &Inbound, hash: &str) -> Result<Proven, Rejection> {
        let expected = self.expected(inbound, hash)?;
        // Hashes are compared, so that the time does not reveal how much of the signature is correct.
        if PayloadHash::of(expected.as_bytes()) == PayloadHash::of(self.signature.as_bytes()) {
            let access_key = Some(self.access_key_id);
            return Ok(Proven::new(Caller { access_key, ..Caller::default() }));
        }
        let cause = format!("the signed headers are {}", self.signed_headers.join(";"));
        Err(Rejection::from(Fault::Mismatch("the signature does not match")).because(cause))
    }

    fn expected(&self, inbound: &Inbound, hash: &str) -> Result<String, Fault> {
        let headers = self.canonical_headers(inbound)?;
        let names = self.signed_headers.join(";");
        let path = utf8_percent_encode(&inbound.path, PATH).to_string();
        let query = encoded_query(inbound.query.as_deref().unwrap_or_default());
        let canonical =
            canonical_request(inbound.method.as_str(), &path, &sorted(&query), &headers, &names, hash);
        let scope = credential_scope(&self.date.scope_day(), &self.region, SERVICE);
        let canonical_hash = PayloadHash::of(canonical.as_bytes()).to_string();
        let to_sign = string_to_sign(&self.date.to_string(), &scope, &canonical_hash);
        let key = generate_signing_key(self.secret, self.date.time(), &self.region, SERVICE);
        Ok(calculate_signature(key, to_sign.as_bytes()))
    }

    /// Returns the headers that the client has signed, each with the value that arrived. A repeated header is refused: the
    /// client signs the values joined with `,`, but the Worker's runtime joins them with `, `.
    fn canonical_headers<'h>(&'h self, inbound: &'h Inbound) -> Result<Vec<(&'h str, Cow<'h, str>)>, Fault> {
        let mut headers = Vec::with_capacity(self.signed_headers.len());
        for name in &self.signed_headers {
            let mut values = inbound.headers.get_all(name).iter();
            let value = match (values.next(), values.next()) {
                (Some(value), None) => value.to_str().ok(),
                (None, _) if name == "host" => Some(inbound.host.as_str()),
                (None, _) => return Err(Fault::Mismatch("a signed header did not arrive")),
                (Some(_), Some(_)) => return Err(Fault::Mismatch("a signed header occurs more than once")),
            };
            let value = value.ok_or(Fault::Mismatch("a signed header is not visible ASCII"))?;
            headers.push((name.as_str(), single_spaced(value)));
        }
        Ok(headers)
    }
}

/// Returns whether a header must be signed if a mapping reads it. `x-amz-date` and `x-amz-content-sha256` are verified even if
/// they are not signed.
fn is_signed_if_mapped(name: &HeaderName) -> bool {
    name.as_str().starts_with("x-amz-") && !["x-amz-date", CONTENT_SHA256].contains(&name.as_str())
}

/// Returns whether a header that a mapping reads is always signed, or is verified in another way.
pub fn is_always_signed(name: &HeaderName) -> bool {
    name.as_str().starts_with("x-amz-") || *name == HOST || *name == METHOD_OVERRIDE
}

/// Returns a query with its names and values decoded and encoded again, as in the canonical request.
fn encoded_query(query: &str) -> String {
    let encoded = |text: &str| {
        let text = text.replace('+', " ");
        let decoded: Vec<u8> = percent_decode_str(&text).collect();
        percent_encode(&decoded, QUERY).to_string()
    };
    let pairs = query.split('&').filter(|pair| !pair.is_empty()).map(|pair| {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        format!("{}={}", encoded(name), encoded(value))
    });
    pairs.collect::<Vec<_>>().join("&")
}

/// Returns whether the values of each repeated parameter of an encoded query are sorted, as in the canonical request.
fn has_sorted_repetitions(query: &str) -> bool {
    let mut last = BTreeMap::new();
    let mut pairs = query.split('&').map(|pair| pair.split_once('=').unwrap_or((pair, "")));
    pairs.all(|(name, value)| last.insert(name, value).is_none_or(|earlier| earlier <= value))
}

/// The parts of the `Authorization` header after the algorithm: `Credential=…, SignedHeaders=…, Signature=…`, in any order.
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

/// Returns the hash of the body that the head states, or `None` if it states none.
fn stated_hash(headers: &HeaderMap) -> Result<Option<&str>, Fault> {
    match only(headers, CONTENT_SHA256)? {
        Some("UNSIGNED-PAYLOAD") => {
            Err(Fault::Mismatch("x-amz-content-sha256 is UNSIGNED-PAYLOAD, which is not accepted"))
        }
        stated => Ok(stated),
    }
}

/// Returns the date of a request: `x-amz-date`, or else `Date` in the format of `x-amz-date` or of HTTP
/// (<https://docs.aws.amazon.com/IAM/latest/UserGuide/signing-elements.html>).
fn date_of(headers: &HeaderMap) -> Result<SigningDate, Fault> {
    match (only(headers, "x-amz-date")?, only(headers, "date")?) {
        (Some(text), _) => SigningDate::parse_basic(text),
        (None, Some(text)) => SigningDate::parse_basic(text).or_else(|| SigningDate::parse_http(text)),
        (None, None) => return Err(Fault::NoDate),
    }
    .ok_or(Fault::Date)
}

fn check_skew(date: SigningDate, inbound: &Inbound) -> Result<(), Fault> {
    // The messages state times in whole seconds. The comparisons use the exact time of arrival.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn x_amz_date_is_read_before_date() {
        let day = |headers: &HeaderMap| date_of(headers).map(SigningDate::scope_day);
        let mut headers = HeaderMap::new();
        assert_eq!(day(&headers), Err(Fault::NoDate));
        headers.insert("date", "Fri, 24 May 2013 00:00:00 GMT".parse().unwrap());
        assert_eq!(day(&headers).unwrap(), "20130524");
        headers.insert("x-amz-date", "20130525T000000Z".parse().unwrap());
        assert_eq!(day(&headers).unwrap(), "20130525");
        headers.append("x-amz-date", "20130526T000000Z".parse().unwrap());
        assert_eq!(day(&headers), Err(Fault::Repeated("x-amz-date")));
    }
}
