//! Faults of a signature, and the rejections for them.

use http::{HeaderMap, HeaderName};

use crate::api::gateway_response::ResponseType;
use crate::gateway::rejection::Rejection;

/// A fault of a signature. The message is for the client.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum Fault {
    /// The request has no signature of the accepted algorithm.
    #[error("Missing Authentication Token")]
    Missing,
    /// The signature is in the query, as in a presigned URL.
    #[error("Signatures in the query are not accepted; sign the request in its Authorization header")]
    InQuery,
    /// A header occurs more than once, but must occur at most once.
    #[error("Header occurs more than once: {0}")]
    Repeated(&'static str),
    /// A part of the `Authorization` header is missing, empty or repeated.
    #[error("Authorization header requires '{0}' parameter.")]
    Parameter(&'static str),
    /// A part of the `Authorization` header is not `Credential`, `SignedHeaders` or `Signature`.
    #[error("Invalid key=value pair in Authorization header")]
    Pair,
    /// `Credential` does not have five parts: the access key ID and the four parts of the credential scope.
    #[error(
        "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/aws4_request"
    )]
    Scope,
    /// The credential scope is for another service.
    #[error("Credential should be scoped to correct service: 'execute-api'.")]
    Service,
    /// The credential scope does not end with `aws4_request`.
    #[error("Credential should be scoped with a valid terminator: 'aws4_request'.")]
    Terminator,
    /// `x-amz-date` and `Date` are missing.
    #[error("Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header.")]
    NoDate,
    /// `x-amz-date` or `Date` is malformed.
    #[error("Date must be in ISO-8601 'basic format', as 20130524T000000Z")]
    Date,
    /// The credential scope is for another day than the date of the request.
    #[error(
        "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '{0}'"
    )]
    ScopeDate(String),
    /// The signature is too old.
    #[error("Signature expired: {signed} is now earlier than {limit} ({now} - 5 min.)")]
    Expired {
        /// The date of the signature.
        signed: String,
        /// The earliest valid date.
        limit: String,
        /// The time of arrival.
        now: String,
    },
    /// The date of the signature is too far in the future.
    #[error("Signature not yet current: {signed} is still later than {limit} ({now} + 5 min.)")]
    NotYetCurrent {
        /// The date of the signature.
        signed: String,
        /// The latest valid date.
        limit: String,
        /// The time of arrival.
        now: String,
    },
    /// A header that must be signed is not signed. `host` must always be signed. `x-amz-security-token`,
    /// `X-HTTP-Method-Override`, and each `x-amz-*` header that a mapping reads must be signed if they are sent.
    #[error("'{}' must be a 'SignedHeader' in the AWS Authorization.", capitalized(.0))]
    Unsigned(HeaderName),
    /// The key is not in `IAM_ACCESS_KEYS`.
    #[error("The security token included in the request is invalid.")]
    UnknownKey,
    /// Any other fault. The client gets the same message for all of these faults. The cause is for the access log.
    #[error("{}", ResponseType::InvalidSignature.message())]
    Mismatch(&'static str),
}

impl Fault {
    /// The body does not have the hash that the head states.
    pub const HASH_MISMATCH: Self = Self::Mismatch("x-amz-content-sha256 is not the hash of the body");
}

/// For [`Fault::Mismatch`], the client gets no detail. For any other fault, the client gets a message that names the fault,
/// which is AWS's message if AWS has one. The gateway response has the type `INVALID_SIGNATURE`, although the error types
/// differ. Only for [`Fault::Missing`], it has the type `MISSING_AUTHENTICATION_TOKEN`.
impl From<Fault> for Rejection {
    fn from(fault: Fault) -> Self {
        let message = fault.to_string();
        let named = |error_type| Self {
            error_type,
            ..Self::new(ResponseType::InvalidSignature, message.clone(), Vec::new())
        };
        match fault {
            Fault::Missing => Self::missing_authentication_token(),
            Fault::InQuery
            | Fault::Repeated(_)
            | Fault::Parameter(_)
            | Fault::Pair
            | Fault::Scope
            | Fault::NoDate
            | Fault::Date => named("IncompleteSignatureException"),
            Fault::UnknownKey => named("UnrecognizedClientException"),
            Fault::Service
            | Fault::Terminator
            | Fault::ScopeDate(_)
            | Fault::Expired { .. }
            | Fault::NotYetCurrent { .. }
            | Fault::Unsigned(_) => named(ResponseType::InvalidSignature.error_type()),
            Fault::Mismatch(cause) => Self::of(ResponseType::InvalidSignature).because(cause),
        }
    }
}

/// Returns the value of a header that occurs at most once.
///
/// # Errors
/// The [`Fault`] of a header that occurs more than once or is not visible ASCII.
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

/// Returns the name of a header with capitals, as in AWS's messages: `X-Amz-Date` for `x-amz-date`.
fn capitalized(name: &HeaderName) -> String {
    let mut starts_word = true;
    let capitalize = |letter: char| {
        let written = if starts_word { letter.to_ascii_uppercase() } else { letter };
        starts_word = letter == '-';
        written
    };
    name.as_str().chars().map(capitalize).collect()
}
