//! [`Signer`]: Signature Version 4 for a [`WireUrl`], computed by `aws-sigv4`.
//!
//! The rules of S3 (encode once, do not normalize the path, `x-amz-content-sha256`) are settings of `aws-sigv4`. This module
//! defines the list of signed headers.
//!
//! Building and signing one URL takes 11 µs in wasm. A third of this time is for the signing key. The key changes only once
//! a day, but `aws-sigv4` cannot reuse a key.

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

/// Signs requests to one service in one region.
#[derive(Clone, Debug)]
pub struct Signer {
    credentials: Credentials,
    region: Region,
    service: Service,
    settings: SigningSettings,
    also_signed: Vec<HeaderName>,
}

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
    /// `aws-sigv4` returned an error. The only known cause is a URL of more than 65,534 bytes.
    #[error("aws-sigv4 refused the request; its URL may be longer than 65,534 bytes")]
    Signature(#[source] aws_sigv4::http_request::SigningError),
    /// A parameter for `aws-sigv4` is missing, `aws-sigv4` returned a value that is not valid in a header, or the endpoint
    /// of STS is not a URI.
    #[error("the signature is not valid: {0}")]
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
    HeaderName::from_static("x-amz-content-sha256"),
    // From the time of the request.
    HeaderName::from_static("x-amz-date"),
    // From the credentials: another token would not match them.
    HeaderName::from_static("x-amz-security-token"),
];

/// The first second after 9999-12-31, as the time since 1970. The year in a signature has four digits.
const END_OF_YEAR_9999: Duration = Duration::from_secs(253_402_300_800);

impl Signer {
    pub fn new(credentials: Credentials, region: Region, service: Service) -> Signer {
        let mut settings = SigningSettings::default();
        settings.excluded_headers = None; // `Signer::signs` selects the headers.
        settings.percent_encoding_mode = PercentEncodingMode::Single;
        settings.uri_path_normalization_mode = UriPathNormalizationMode::Disabled;
        settings.payload_checksum_kind = match service {
            Service::S3 => PayloadChecksumKind::XAmzSha256,
            Service::Sts => PayloadChecksumKind::NoHeader,
        };
        Signer { credentials, region, service, settings, also_signed: Vec::new() }
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
    /// Returns [`SigningError`]. The content of `headers` is then unspecified.
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
                .map_err(|_| SigningError::Unusable("a value is not valid in a header"))?;
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
    /// The hash of an empty body.
    pub const EMPTY: PayloadHash = PayloadHash::Sha256([
        0xe3, 0xb0, 0xc4, 0x42, 0x98, 0xfc, 0x1c, 0x14, 0x9a, 0xfb, 0xf4, 0xc8, 0x99, 0x6f, 0xb9, 0x24, 0x27,
        0xae, 0x41, 0xe4, 0x64, 0x9b, 0x93, 0x4c, 0xa4, 0x95, 0x99, 0x1b, 0x78, 0x52, 0xb8, 0x55,
    ]);

    /// Returns the hash of `body`.
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

/// Prints the value of `x-amz-content-sha256`.
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

/// Returns whether a request with this header cannot be signed: the header must be signed, and its value is not visible
/// ASCII.
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
