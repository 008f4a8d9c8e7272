//! Exchanging credentials for the credentials of a role: the request and the response of `AssumeRole`
//! (<https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html>).
//!
//! The caller sends the request, and stores the result until it expires.

use std::time::{Duration, SystemTime};

use bytes::Bytes;
use http::header::{CONTENT_TYPE, HeaderValue};
use http::{Method, StatusCode};
use thiserror::Error;

use super::credentials::{Credentials, InvalidCredentials};
use super::endpoint::Endpoint;
use super::error_body::utf8_start;
use super::signer::{PayloadHash, Signer, SigningError};
use super::wire_url::{self, WireUrl};
use super::xml;

/// A request for the credentials of a role.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AssumeRole {
    role_arn: String,
    session_name: String,
    duration: Duration,
}

/// The reason why the parameters are not valid for STS.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum InvalidAssumeRole {
    /// The role is not `arn:{partition}:iam::{account}:role/{name}`.
    #[error("the role is not an ARN such as arn:aws:iam::123456789012:role/name")]
    RoleArn,
    /// The session name is not 2 to 64 of `A-Z a-z 0-9 _ + = , . @ -`.
    #[error(
        "the session name does not consist of 2 to 64 letters, digits and '_', '+', '=', ',', '.', '@', '-'"
    )]
    SessionName,
    /// The duration is not 15 minutes to 12 hours.
    #[error("the duration is not between 900 and 43,200 seconds")]
    Duration,
}

/// The credentials of a role.
#[derive(Clone, Debug)]
pub struct Assumed {
    pub credentials: Credentials,
    /// The time when the credentials expire.
    pub expires_at: SystemTime,
}

/// The reason why a response of STS has no usable credentials. The reason never contains a part of the credentials.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum StsError {
    /// STS refused the request.
    #[error("STS answered {status}{}{}", after_colon(code), after_colon(message))]
    Refused {
        status: StatusCode,
        /// The error code, such as `AccessDenied`; empty if the response has none.
        code: String,
        /// The explanation for the log; empty if the response has none.
        message: String,
    },
    /// An element is missing or not valid.
    #[error("the response of STS has no valid `{0}`")]
    Missing(&'static str),
    #[error("the credentials in the response of STS are not valid")]
    Credentials(#[from] InvalidCredentials),
}

/// The only version of the STS API.
const VERSION: &str = "2011-06-15";

impl AssumeRole {
    /// Validates the ARN of the role, the name of the session in AWS's logs, and the duration of the session, which is cut
    /// to whole seconds.
    ///
    /// # Errors
    /// Returns [`InvalidAssumeRole`] for the first parameter that is not valid.
    pub fn new(
        role_arn: impl Into<String>,
        session_name: impl Into<String>,
        duration: Duration,
    ) -> Result<AssumeRole, InvalidAssumeRole> {
        let (role_arn, session_name) = (role_arn.into(), session_name.into());
        if !is_role_arn(&role_arn) {
            return Err(InvalidAssumeRole::RoleArn);
        }
        let allowed = |b: u8| b.is_ascii_alphanumeric() || b"_+=,.@-".contains(&b);
        if !(2..=64).contains(&session_name.len()) || !session_name.bytes().all(allowed) {
            return Err(InvalidAssumeRole::SessionName);
        }
        if !(900..=43_200).contains(&duration.as_secs()) {
            return Err(InvalidAssumeRole::Duration);
        }
        Ok(AssumeRole { role_arn, session_name, duration })
    }

    pub fn role_arn(&self) -> &str {
        &self.role_arn
    }

    /// Returns the signed request: a `POST` of a form, as the SDKs send it.
    ///
    /// `signer` must sign for [`Service::Sts`](super::Service::Sts).
    ///
    /// # Errors
    /// Returns the [`SigningError`] of [`Signer::sign`], or [`SigningError::Unusable`] if the endpoint is not a URI.
    pub fn request(
        &self,
        endpoint: &Endpoint,
        signer: &Signer,
        time: SystemTime,
    ) -> Result<http::Request<Bytes>, SigningError> {
        let duration = self.duration.as_secs().to_string();
        let body = wire_url::form(&[
            ("Action", "AssumeRole"),
            ("Version", VERSION),
            ("RoleArn", &self.role_arn),
            ("RoleSessionName", &self.session_name),
            ("DurationSeconds", &duration),
        ]);
        let url = WireUrl::root(endpoint);
        let mut request = http::Request::new(Bytes::from(body));
        *request.method_mut() = Method::POST;
        *request.uri_mut() =
            url.as_str().parse().map_err(|_| SigningError::Unusable("the endpoint is not a URI"))?;
        let form = HeaderValue::from_static("application/x-www-form-urlencoded");
        request.headers_mut().insert(CONTENT_TYPE, form);
        let payload = PayloadHash::of(request.body());
        signer.sign(&Method::POST, &url, request.headers_mut(), &payload, time)?;
        Ok(request)
    }
}

/// Parses the response to [`AssumeRole::request`].
///
/// # Errors
/// Returns [`StsError`] if the status is not 200, or if the response has no valid credentials or no valid time of expiry.
pub fn parse_response(status: StatusCode, body: &[u8]) -> Result<Assumed, StsError> {
    let document = utf8_start(body);
    if status != StatusCode::OK {
        let part = |name| text(document, &["ErrorResponse", "Error", name]).unwrap_or_default();
        return Err(StsError::Refused { status, code: part("Code"), message: part("Message") });
    }
    let part = |name| {
        text(document, &["AssumeRoleResponse", "AssumeRoleResult", "Credentials", name])
            .ok_or(StsError::Missing(name))
    };
    Ok(Assumed {
        credentials: Credentials::new(
            part("AccessKeyId")?,
            part("SecretAccessKey")?,
            Some(part("SessionToken")?),
        )?,
        expires_at: parse_time(&part("Expiration")?).ok_or(StsError::Missing("Expiration"))?,
    })
}

/// Returns a part of a message with the colon that separates it, or nothing if the part is empty.
fn after_colon(part: &str) -> String {
    if part.is_empty() { String::new() } else { format!(": {part}") }
}

fn text(document: &str, path: &[&str]) -> Option<String> {
    Some(xml::unescape(xml::text(document, path)?.trim())?.into_owned())
}

fn is_role_arn(text: &str) -> bool {
    let mut parts = text.splitn(6, ':');
    let mut next = || parts.next().unwrap_or_default();
    next() == "arn"
        && !next().is_empty()
        && next() == "iam"
        && next().is_empty()
        && !next().is_empty()
        && next().strip_prefix("role/").is_some_and(|name| !name.is_empty())
        && text.len() <= 2048
        && text.bytes().all(|b| b.is_ascii_graphic())
}

/// Parses a time such as `2026-11-22T10:00:00Z`. A fraction of a second is dropped.
fn parse_time(text: &str) -> Option<SystemTime> {
    let (date, time) = text.strip_suffix('Z')?.split_once('T')?;
    let [year, month, day] = numbers(date, '-')?;
    let (time, fraction) = time.split_once('.').unwrap_or((time, "0"));
    let [hour, minute, second] = numbers(time, ':')?;
    let in_range = (1970..=9999).contains(&year)
        && (1..=12).contains(&month)
        && (1..=31).contains(&day)
        && hour < 24
        && minute < 60
        && second < 61
        && fraction.bytes().all(|b| b.is_ascii_digit());
    if !in_range {
        return None;
    }
    let seconds = ((days_since_1970(year, month, day) * 24 + hour) * 60 + minute) * 60 + second;
    SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(seconds))
}

fn numbers(text: &str, separator: char) -> Option<[u64; 3]> {
    let number = |part: &str| {
        let digits = part.bytes().all(|b| b.is_ascii_digit());
        digits.then(|| part.parse().ok()).flatten()
    };
    let parts: Option<Vec<u64>> = text.split(separator).map(number).collect();
    parts?.try_into().ok()
}

/// Returns the number of days since 1970-01-01. The computation uses years that begin in March, so the leap day is the last
/// day of a year.
fn days_since_1970(year: u64, month: u64, day: u64) -> u64 {
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let leap_days = year / 4 - year / 100 + year / 400;
    let days_before_month = (153 * month + 2) / 5;
    // There are 719,468 days from 0000-03-01 to 1970-01-01, and days of a month begin at 1.
    year * 365 + leap_days + days_before_month + day - 719_469
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::s3::{Region, Service};

    const ROLE: &str = "arn:aws:iam::123456789012:role/demo";

    #[test]
    fn reads_times() {
        for (text, expected) in [
            ("1970-01-01T00:00:00Z", Some(0)),
            ("2013-05-24T00:00:00Z", Some(1_369_353_600)),
            ("2000-02-29T23:59:59Z", Some(951_868_799)),
            ("2000-03-01T00:00:00Z", Some(951_868_800)),
            ("2100-03-01T00:00:00Z", Some(4_107_542_400)),
            ("2019-11-09T13:34:41.123Z", Some(1_573_306_481)),
            ("2019-11-09T13:34:41", None),
            ("2019-11-09T13:34:41+01:00", None),
            ("2019-13-09T13:34:41Z", None),
            ("2019-11-09", None),
            ("1969-12-31T23:59:59Z", None),
            ("2019-11-09T13:34:-1Z", None),
            ("99999999999999999999-01-01T00:00:00Z", None),
            ("", None),
        ] {
            let expected = expected.map(|s| SystemTime::UNIX_EPOCH + Duration::from_secs(s));
            assert_eq!(parse_time(text), expected, "{text}");
        }
    }

    #[test]
    fn checks_the_parameters() {
        let hour = Duration::from_secs(3600);
        assert!(AssumeRole::new(ROLE, "s3-edge-gateway", hour).is_ok());
        assert!(AssumeRole::new("arn:aws-cn:iam::123456789012:role/path/demo", "ab", hour).is_ok());
        for role in [
            "",
            "demo",
            "arn:aws:iam::123456789012:user/a",
            "arn:aws:iam::123456789012:role/",
            "arn:aws:iam:::role/a",
        ] {
            assert_eq!(AssumeRole::new(role, "ab", hour), Err(InvalidAssumeRole::RoleArn));
        }
        for name in ["", "a", "a b", "a/b"] {
            assert_eq!(AssumeRole::new(ROLE, name, hour), Err(InvalidAssumeRole::SessionName));
        }
        for seconds in [0, 899, 43_201] {
            let duration = Duration::from_secs(seconds);
            assert_eq!(AssumeRole::new(ROLE, "ab", duration), Err(InvalidAssumeRole::Duration));
        }
    }

    #[test]
    fn signs_the_request() {
        let signer = Signer::new(
            Credentials::new("AKIAIOSFODNN7EXAMPLE", "secret", None).unwrap(),
            Region::parse("us-east-1").unwrap(),
            Service::Sts,
        );
        let endpoint = Endpoint::parse("http://127.0.0.1:9000").unwrap();
        let request = AssumeRole::new(ROLE, "edge", Duration::from_secs(900))
            .unwrap()
            .request(&endpoint, &signer, SystemTime::UNIX_EPOCH + Duration::from_secs(1_369_353_600))
            .unwrap();
        assert_eq!(request.method(), Method::POST);
        assert_eq!(request.uri(), "http://127.0.0.1:9000/");
        assert_eq!(
            request.body(),
            "Action=AssumeRole&Version=2011-06-15&RoleArn=arn%3Aaws%3Aiam%3A%3A123456789012%3Arole%2Fdemo\
             &RoleSessionName=edge&DurationSeconds=900"
        );
        let authorization = request.headers()["authorization"].to_str().unwrap();
        let start = "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/sts/aws4_request, \
                     SignedHeaders=content-type;host;x-amz-date, Signature=";
        assert!(authorization.starts_with(start), "{authorization}");
    }

    #[test]
    fn reads_credentials() {
        let body = "<AssumeRoleResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><AssumeRoleResult>\
            <AssumedRoleUser><Arn>a</Arn></AssumedRoleUser><Credentials><AccessKeyId>ASIAEXAMPLE</AccessKeyId>\
            <SecretAccessKey>hush/+</SecretAccessKey><SessionToken>\n token== \n</SessionToken>\
            <Expiration>2019-11-09T13:34:41Z</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>";
        let assumed = parse_response(StatusCode::OK, body.as_bytes()).unwrap();
        assert_eq!(assumed.credentials.access_key_id(), "ASIAEXAMPLE");
        assert_eq!(assumed.credentials.secret_access_key(), "hush/+");
        assert_eq!(assumed.credentials.session_token(), Some("token=="));
        assert_eq!(assumed.expires_at, SystemTime::UNIX_EPOCH + Duration::from_secs(1_573_306_481));
        assert!(!format!("{assumed:?}").contains("hush"));

        let without = body.replace("Expiration>", "Expiry>");
        assert_eq!(
            parse_response(StatusCode::OK, without.as_bytes()).unwrap_err(),
            StsError::Missing("Expiration")
        );
    }

    #[test]
    fn reads_refusals() {
        let body = "<ErrorResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><Error><Type>Sender</Type>\
            <Code>AccessDenied</Code><Message>not &quot;allowed&quot;</Message></Error></ErrorResponse>";
        assert_eq!(
            parse_response(StatusCode::FORBIDDEN, body.as_bytes()).unwrap_err().to_string(),
            "STS answered 403 Forbidden: AccessDenied: not \"allowed\""
        );
        assert_eq!(
            parse_response(StatusCode::BAD_GATEWAY, b"oops").unwrap_err().to_string(),
            "STS answered 502 Bad Gateway"
        );
    }
}
