//! [`Signer`]: Signature Version 4 over a [`WireUrl`], computed by `aws-sigv4`.
//!
//! What is S3's own here (encode once, no normalised path, `x-amz-content-sha256`) is a setting of that crate; what
//! is this gateway's own is the list of headers that are signed.
//!
//! A signature with its URL costs 11 us in wasm. A third of that is the signing key, which changes once a day;
//! `aws-sigv4` has no way to be given one.

use std::fmt;
use std::time::{Duration, SystemTime};

use aws_sigv4::http_request::{
    PayloadChecksumKind, PercentEncodingMode, SignableBody, SignableRequest, SigningSettings,
    UriPathNormalizationMode,
};
use aws_sigv4::sign::v4;
use http::header::{AUTHORIZATION, HOST, HeaderMap, HeaderName, HeaderValue};
use sha2::{Digest as _, Sha256};
use thiserror::Error;

use super::credentials::Credentials;
use super::region::{Region, Service};
use super::wire_url::WireUrl;

/// Signs requests to one service of one region.
#[derive(Clone, Debug)]
pub struct Signer {
    credentials: Credentials,
    region: Region,
    service: Service,
    settings: SigningSettings,
    also_signed: Vec<HeaderName>,
}

/// The SHA-256 of a body, or the statement that there is none: `x-amz-content-sha256`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PayloadHash {
    /// The digest of the whole body; S3 refuses any other body.
    Sha256([u8; 32]),
    /// `UNSIGNED-PAYLOAD`: the body is not covered by the signature, as for one that is streamed. Over plain HTTP
    /// anybody on the way could exchange it.
    Unsigned,
}

/// Why a request cannot be signed.
#[derive(Debug, Error)]
pub enum SigningError {
    /// The value of a header that is to be signed has something other than visible ASCII and spaces.
    ///
    /// S3 wants such metadata encoded
    /// ([user-defined metadata](https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingMetadata.html)), and with
    /// raw bytes or tabs nobody agrees on what was signed: `fetch` chooses the bytes on the wire, and signers differ
    /// in what they do to a tab.
    #[error("the header {0} is to be signed, but its value is not visible ASCII")]
    HeaderValue(HeaderName),
    /// The time of the request is before 1970 or after the year 9999.
    #[error("the time of the request cannot be written as a date of four digits")]
    Time,
    /// `aws-sigv4` refused; a URL of more than 65,534 bytes is the known way.
    #[error("the request cannot be signed")]
    Signature(#[source] aws_sigv4::http_request::SigningError),
    /// `aws-sigv4` was asked with a parameter missing, or answered with a value that is no header.
    #[error("the signature is not usable: {0}")]
    Unusable(&'static str),
}

/// Every header with this prefix is signed: S3 demands it
/// ([signed headers](https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html)).
const SIGNED_PREFIX: &str = "x-amz-";

/// Which other headers are signed when they are set. Everything not listed may be added, removed or rewritten between
/// this signature and S3 (`accept-encoding`, `cache-control`, `if-*`, `range`, `user-agent`, `cf-*`,
/// `x-forwarded-*`), and a signed header that changes is a 403.
const SIGNED: [&str; 2] = [
    // Decides what a later reader believes the object to be; S3 asks for it when present, and nobody on the way
    // touches it.
    "content-type",
    // The integrity of a body whose hash is not signed.
    "content-md5",
];

/// What the signature itself sets: whatever the caller had under these names is dropped.
const OWN: [HeaderName; 5] = [
    // The result.
    AUTHORIZATION,
    // Always that of the URL, since `fetch` will send no other.
    HOST,
    // From the payload hash.
    HeaderName::from_static("x-amz-content-sha256"),
    // From the time of the request.
    HeaderName::from_static("x-amz-date"),
    // From the credentials; a token of somebody else would make them wrong.
    HeaderName::from_static("x-amz-security-token"),
];

/// 0000-01-01 to 9999-12-31 is what the date of a signature can say; this is the first second after it.
const END_OF_TIME: Duration = Duration::from_secs(253_402_300_800);

impl Signer {
    /// A signer with these credentials.
    pub fn new(credentials: Credentials, region: Region, service: Service) -> Signer {
        let mut settings = SigningSettings::default();
        settings.excluded_headers = None; // SIGNED decides
        settings.percent_encoding_mode = PercentEncodingMode::Single;
        settings.uri_path_normalization_mode = UriPathNormalizationMode::Disabled;
        settings.payload_checksum_kind = match service {
            Service::S3 => PayloadChecksumKind::XAmzSha256,
            Service::Sts => PayloadChecksumKind::NoHeader,
        };
        Signer { credentials, region, service, settings, also_signed: Vec::new() }
    }

    /// The same signer, which also signs the headers `names` when they are set: for a way to S3 that is known to
    /// leave them alone.
    #[must_use]
    pub fn also_signing(mut self, names: impl IntoIterator<Item = HeaderName>) -> Signer {
        self.also_signed.extend(names);
        self
    }

    /// Signs a request as of `time` and puts the signature into `headers`.
    ///
    /// Sets `authorization`, `x-amz-date`, `x-amz-content-sha256` (S3) and `x-amz-security-token` (with a session
    /// token), whatever was there before, and removes `host`, which is the URL's. A signed header that occurs more
    /// than once becomes one with its values joined by commas, so that nobody on the way has to.
    /// The body sent must have the hash `payload`, and the URL must be sent as it is.
    ///
    /// # Errors
    /// [`SigningError`]; `headers` is then not to be used.
    pub fn sign(
        &self,
        method: &http::Method,
        url: &WireUrl,
        headers: &mut HeaderMap,
        payload: &PayloadHash,
        time: SystemTime,
    ) -> Result<(), SigningError> {
        if !time.duration_since(SystemTime::UNIX_EPOCH).is_ok_and(|since| since < END_OF_TIME) {
            return Err(SigningError::Time);
        }
        for name in OWN {
            headers.remove(name);
        }
        self.join_repeated(headers)?;
        let signed = headers
            .iter()
            .filter(|(name, _)| self.signs(name))
            .map(|(name, value)| Ok((name.as_str(), visible(name, value)?)))
            .collect::<Result<Vec<_>, SigningError>>()?;

        let request =
            SignableRequest::new(method.as_str(), url.as_str(), signed.into_iter(), payload.to_signable())
                .map_err(SigningError::Signature)?;
        let identity = self.credentials.as_aws().clone().into();
        let params = v4::SigningParams::builder()
            .identity(&identity)
            .region(self.region.as_str())
            .name(self.service.name())
            .time(time)
            .settings(self.settings.clone())
            .build()
            .map_err(|_| SigningError::Unusable("a parameter is missing"))?
            .into();
        let (signature, _) =
            aws_sigv4::http_request::sign(request, &params).map_err(SigningError::Signature)?.into_parts();

        for header in signature.into_parts().0 {
            let mut value = HeaderValue::from_str(header.value())
                .map_err(|_| SigningError::Unusable("a value is no header value"))?;
            value.set_sensitive(header.sensitive() || header.name() == AUTHORIZATION);
            headers.insert(header.name(), value);
        }
        Ok(())
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
    /// The hash of no body at all.
    pub const EMPTY: PayloadHash = PayloadHash::Sha256([
        0xe3, 0xb0, 0xc4, 0x42, 0x98, 0xfc, 0x1c, 0x14, 0x9a, 0xfb, 0xf4, 0xc8, 0x99, 0x6f, 0xb9, 0x24, 0x27,
        0xae, 0x41, 0xe4, 0x64, 0x9b, 0x93, 0x4c, 0xa4, 0x95, 0x99, 0x1b, 0x78, 0x52, 0xb8, 0x55,
    ]);

    /// The hash of `body`.
    pub fn of(body: &[u8]) -> PayloadHash {
        PayloadHash::Sha256(Sha256::digest(body).into())
    }

    fn to_signable(self) -> SignableBody<'static> {
        match self {
            PayloadHash::Sha256(_) => SignableBody::Precomputed(self.to_string()),
            PayloadHash::Unsigned => SignableBody::UnsignedPayload,
        }
    }
}

/// The value of `x-amz-content-sha256`.
impl fmt::Display for PayloadHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            PayloadHash::Sha256(digest) => digest.iter().try_for_each(|byte| write!(f, "{byte:02x}")),
            PayloadHash::Unsigned => f.write_str("UNSIGNED-PAYLOAD"),
        }
    }
}

fn is_signed(name: &HeaderName) -> bool {
    name.as_str().starts_with(SIGNED_PREFIX) || SIGNED.contains(&name.as_str())
}

/// Returns whether a request with this header cannot be signed.
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
