//! [`Signer`]: Signature Version 4 for a [`WireUrl`].
//!
//! `aws-sigv4` derives the signing key and computes the signature. This crate builds the canonical request itself, so that the
//! signing key is derived once a day. The function of `aws-sigv4` that signs a whole request derives the key for each request,
//! and then a signature costs three times as much. A test compares the signatures of this module with those of that function.
//!
//! The rules of S3 are: the path is encoded once and is not normalized, and `x-amz-content-sha256` is sent
//! (<https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html>).

use std::borrow::Cow;
use std::cell::Cell;
use std::fmt;
use std::time::{Duration, SystemTime};

use aws_sigv4::sign::v4::{calculate_signature, generate_signing_key};
use http::header::{AUTHORIZATION, HOST, HeaderMap, HeaderName, HeaderValue};
use sha2::{Digest as _, Sha256};
use thiserror::Error;
use time::Date;

use super::canonical_request::{
    ALGORITHM, canonical_request, credential_scope, single_spaced, sorted, string_to_sign,
};
use super::credentials::Credentials;
use super::region::{Region, Service};
use super::signing_date::SigningDate;
use super::wire_url::WireUrl;

/// Signs requests to one service in one region.
#[derive(Clone, Debug)]
pub struct Signer {
    credentials: Credentials,
    region: Region,
    service: Service,
    also_signed: Vec<HeaderName>,
    key: LastKey,
}

/// The signing key of the last signature. A key is valid for one day.
#[derive(Clone)]
struct LastKey(Cell<Option<(Date, [u8; 32])>>);

/// The value of `x-amz-content-sha256`: the SHA-256 of a body, or `UNSIGNED-PAYLOAD`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PayloadHash {
    /// The digest of the whole body. S3 refuses a body with another digest.
    Sha256([u8; 32]),
    /// `UNSIGNED-PAYLOAD`: the signature does not cover the body, for example because it streams. Over plain HTTP, the body
    /// could be replaced in transit.
    Unsigned,
}

/// The reason why a request cannot be signed.
#[derive(Debug, Error)]
pub enum SigningError {
    /// The value of a signed header contains characters other than visible ASCII and spaces.
    ///
    /// S3 requires metadata with other characters to be encoded ([user-defined
    /// metadata](https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingMetadata.html)). Other characters and tabs
    /// cannot be signed reliably: `fetch` decides how other characters are encoded, and S3 servers treat tabs differently.
    #[error("the value of the header {0} must be signed, but it is not visible ASCII")]
    HeaderValue(HeaderName),
    #[error("the time of the request is before 1970 or after the year 9999")]
    Time,
    /// A part of the credentials is not valid in a header, or the endpoint of STS is not a URI.
    #[error("{0}")]
    Unusable(&'static str),
}

/// The prefix of headers that are always signed, as S3 requires
/// ([signed headers](https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html)).
const SIGNED_PREFIX: &str = "x-amz-";

/// The other headers that are signed if they are set. Headers that are not in this list may be added, removed or changed
/// between the gateway and S3 (`accept-encoding`, `cache-control`, `if-*`, `range`, `user-agent`, `cf-*`, `x-forwarded-*`).
/// If a signed header changes, S3 answers 403.
const SIGNED: [&str; 2] = [
    // The type of the stored object. S3 requires its signature, and it does not change in transit.
    "content-type",
    // Its signature protects a body whose hash is not signed.
    "content-md5",
];

/// The headers that the signer controls. It removes the caller's values, and then sets the values that the signature needs.
const SET_BY_SIGNER: [HeaderName; 5] = [
    // The signature.
    AUTHORIZATION,
    // Signed, but not set here: `fetch` always sends the host of the URL.
    HOST,
    // From the payload hash.
    CONTENT_SHA256,
    // From the time of the request.
    DATE,
    // From the credentials: another token would not match them.
    SECURITY_TOKEN,
];

const CONTENT_SHA256: HeaderName = HeaderName::from_static("x-amz-content-sha256");
const DATE: HeaderName = HeaderName::from_static("x-amz-date");
const SECURITY_TOKEN: HeaderName = HeaderName::from_static("x-amz-security-token");

/// The first second after 9999-12-31, as the time since 1970. The year in a signature has four digits.
const END_OF_YEAR_9999: Duration = Duration::from_secs(253_402_300_800);

impl Signer {
    pub fn new(credentials: Credentials, region: Region, service: Service) -> Signer {
        Signer { credentials, region, service, also_signed: Vec::new(), key: LastKey(Cell::new(None)) }
    }

    /// Returns a signer that also signs the headers `names` if they are set. Use it only if nothing changes these headers
    /// between the gateway and S3.
    #[must_use]
    pub fn also_signing(mut self, names: impl IntoIterator<Item = HeaderName>) -> Signer {
        self.also_signed.extend(names);
        self
    }

    /// Signs a request at `time` and adds the signature to `headers`.
    ///
    /// Sets `authorization`, `x-amz-date`, `x-amz-content-sha256` (S3) and `x-amz-security-token` (with a session token),
    /// and replaces previous values. Removes `host`, because `fetch` sends the host of the URL. If a signed header occurs
    /// more than once, joins its values with commas. The body must have the hash `payload`, and the URL must be sent
    /// unchanged.
    ///
    /// # Errors
    /// Returns [`SigningError`] if the time, the value of a signed header or a part of the credentials cannot be signed. The
    /// content of `headers` is then unspecified.
    pub fn sign(
        &self,
        method: &http::Method,
        url: &WireUrl,
        headers: &mut HeaderMap,
        payload: &PayloadHash,
        time: SystemTime,
    ) -> Result<(), SigningError> {
        if !time.duration_since(SystemTime::UNIX_EPOCH).is_ok_and(|since| since < END_OF_YEAR_9999) {
            return Err(SigningError::Time);
        }
        for name in SET_BY_SIGNER {
            headers.remove(name);
        }
        self.join_repeated(headers)?;
        let (date, stated_hash) = (SigningDate::from(time), payload.to_string());
        let date_text = date.to_string();
        headers.insert(DATE, value(&date_text)?);
        if self.service == Service::S3 {
            headers.insert(CONTENT_SHA256, value(&stated_hash)?);
        }
        if let Some(token) = self.credentials.session_token() {
            headers.insert(SECURITY_TOKEN, secret_value(token)?);
        }
        let signed = self.signed_headers(url, headers)?;
        let names = signed.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(";");
        let query = sorted(url.query());
        let canonical = canonical_request(method.as_str(), url.path(), &query, &signed, &names, &stated_hash);
        let day = date_text.get(.."20130524".len()).unwrap_or_default();
        let scope = credential_scope(day, self.region.as_str(), self.service.name());
        let canonical_hash = PayloadHash::of(canonical.as_bytes()).to_string();
        let to_sign = string_to_sign(&date_text, &scope, &canonical_hash);
        let signature = calculate_signature(self.signing_key(date), to_sign.as_bytes());
        let authorization = [
            ALGORITHM,
            " Credential=",
            self.credentials.access_key_id(),
            "/",
            &scope,
            ", SignedHeaders=",
            &names,
            ", Signature=",
            &signature,
        ]
        .concat();
        headers.insert(AUTHORIZATION, secret_value(&authorization)?);
        Ok(())
    }

    /// Returns the signed headers with their values, sorted by their names.
    fn signed_headers<'h>(
        &self,
        url: &'h WireUrl,
        headers: &'h HeaderMap,
    ) -> Result<Vec<(&'h str, Cow<'h, str>)>, SigningError> {
        let signed = headers.iter().filter(|(name, _)| self.signs(name));
        let mut signed = signed
            .map(|(name, value)| Ok((name.as_str(), single_spaced(visible(name, value)?))))
            .collect::<Result<Vec<_>, SigningError>>()?;
        signed.push(("host", Cow::Borrowed(url.authority())));
        signed.sort_unstable();
        Ok(signed)
    }

    /// Returns the signing key for a day. The key of the last signature is used again if the day is the same.
    fn signing_key(&self, date: SigningDate) -> [u8; 32] {
        if let Some((day, key)) = self.key.0.get()
            && day == date.day()
        {
            return key;
        }
        let secret = self.credentials.secret_access_key();
        let derived = generate_signing_key(secret, date.time(), self.region.as_str(), self.service.name());
        let mut key = [0; 32];
        key.copy_from_slice(derived.as_ref());
        self.key.0.set(Some((date.day(), key)));
        key
    }

    fn signs(&self, name: &HeaderName) -> bool {
        is_signed(name) || self.also_signed.contains(name)
    }

    fn join_repeated(&self, headers: &mut HeaderMap) -> Result<(), SigningError> {
        if headers.len() == headers.keys_len() {
            return Ok(());
        }
        let repeated =
            |name: &&HeaderName| self.signs(name) && headers.get_all(*name).iter().nth(1).is_some();
        let names: Vec<HeaderName> = headers.keys().filter(repeated).cloned().collect();
        for name in names {
            let values: Vec<&[u8]> = headers.get_all(&name).iter().map(HeaderValue::as_bytes).collect();
            let joined = HeaderValue::from_bytes(&values.join(&b","[..]))
                .map_err(|_| SigningError::HeaderValue(name.clone()))?;
            headers.insert(name, joined);
        }
        Ok(())
    }
}

impl PayloadHash {
    /// The hash of an empty body.
    pub const EMPTY: PayloadHash = PayloadHash::Sha256([
        0xe3, 0xb0, 0xc4, 0x42, 0x98, 0xfc, 0x1c, 0x14, 0x9a, 0xfb, 0xf4, 0xc8, 0x99, 0x6f, 0xb9, 0x24, 0x27,
        0xae, 0x41, 0xe4, 0x64, 0x9b, 0x93, 0x4c, 0xa4, 0x95, 0x99, 0x1b, 0x78, 0x52, 0xb8, 0x55,
    ]);

    /// Returns the hash of `body`.
    pub fn of(body: &[u8]) -> PayloadHash {
        PayloadHash::Sha256(Sha256::digest(body).into())
    }
}

/// Prints the value of `x-amz-content-sha256`.
impl fmt::Display for PayloadHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            PayloadHash::Sha256(digest) => {
                let mut text = [0; 64];
                hex::encode_to_slice(digest, &mut text).map_err(|_| fmt::Error)?;
                f.write_str(str::from_utf8(&text).map_err(|_| fmt::Error)?)
            }
            PayloadHash::Unsigned => f.write_str("UNSIGNED-PAYLOAD"),
        }
    }
}

/// Does not print the key.
impl fmt::Debug for LastKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LastKey")
    }
}

fn value(text: &str) -> Result<HeaderValue, SigningError> {
    HeaderValue::from_str(text).map_err(|_| {
        SigningError::Unusable(
            "the access key ID or the session token has a character that is not valid in a header",
        )
    })
}

/// Returns a value that is not printed in debug output.
fn secret_value(text: &str) -> Result<HeaderValue, SigningError> {
    let mut value = value(text)?;
    value.set_sensitive(true);
    Ok(value)
}

fn is_signed(name: &HeaderName) -> bool {
    name.as_str().starts_with(SIGNED_PREFIX) || SIGNED.contains(&name.as_str())
}

/// Returns whether a request with this header cannot be signed: the header must be signed, and its value contains characters
/// other than visible ASCII and spaces.
pub fn is_refused(name: &HeaderName, value: &HeaderValue) -> bool {
    is_signed(name) && visible(name, value).is_err()
}

fn visible<'a>(name: &HeaderName, value: &'a HeaderValue) -> Result<&'a str, SigningError> {
    value
        .to_str()
        .ok()
        .filter(|text| !text.contains('\t'))
        .ok_or_else(|| SigningError::HeaderValue(name.clone()))
}
