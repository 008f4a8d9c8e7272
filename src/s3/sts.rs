//! Exchanging credentials for those of a role: the request and the answer of `AssumeRole`.
//!
//! [AssumeRole](https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html) of AWS STS. Sending, and
//! keeping the result until it expires, is the caller's.

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

/// Why the parameters are not ones that STS takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum InvalidAssumeRole {
    /// Not `arn:{partition}:iam::{account}:role/{name}`.
    #[error("the role is not an ARN such as arn:aws:iam::123456789012:role/name")]
    RoleArn,
    /// Not 2 to 64 of `A-Z a-z 0-9 _ + = , . @ -`.
    #[error("the session name has 2 to 64 letters, digits and '_', '+', '=', ',', '.', '@', '-'")]
    SessionName,
    /// Not 15 minutes to 12 hours.
    #[error("the duration is not between 900 and 43,200 seconds")]
    Duration,
}

/// The credentials of a role.
#[derive(Clone, Debug)]
pub struct Assumed {
    /// What to sign with.
    pub credentials: Credentials,
    /// When they stop being valid.
    pub expires_at: SystemTime,
}

/// Why an answer of STS holds no credentials. Never contains any part of the credentials.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum StsError {
    /// STS said no.
    #[error("STS answered {status}: {code}: {message}")]
    Refused {
        /// The status of the answer.
        status: StatusCode,
        /// Such as `AccessDenied`; empty if the answer had none.
        code: String,
        /// The explanation, for the log; empty if the answer had none.
        message: String,
    },
    /// The answer lacks an element.
    #[error("the answer of STS has no readable {0}")]
    Missing(&'static str),
    /// The credentials in the answer are not usable.
    #[error("the answer of STS has unusable credentials")]
    Credentials(#[from] InvalidCredentials),
}

/// The version of the API of STS, fixed since its beginning.
const VERSION: &str = "2011-06-15";

impl AssumeRole {
    /// The role to assume, the name that AWS shall log for the session, and for how long (whole seconds).
    ///
    /// # Errors
    /// [`InvalidAssumeRole`] names the parameter that STS would refuse.
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

    /// The role.
    pub fn role_arn(&self) -> &str {
        &self.role_arn
    }

    /// The signed request: a form by `POST`, as the SDKs send it.
    ///
    /// `signer` is one for [`Service::Sts`](super::Service::Sts).
    ///
    /// # Errors
    /// [`SigningError`], as from [`Signer::sign`].
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
            url.as_str().parse().map_err(|_| SigningError::Unusable("the endpoint is no URI"))?;
        let form = HeaderValue::from_static("application/x-www-form-urlencoded");
        request.headers_mut().insert(CONTENT_TYPE, form);
        let payload = PayloadHash::of(request.body());
        signer.sign(&Method::POST, &url, request.headers_mut(), &payload, time)?;
        Ok(request)
    }
}

/// Reads the answer to [`AssumeRole::request`].
///
/// # Errors
/// [`StsError`] when STS refused, or the answer is not as documented.
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

/// Reads `2026-11-22T10:00:00Z`, with or without a fraction of a second, which is dropped.
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

/// Days in the Gregorian calendar, with years that begin in March so that the leap day is their last.
fn days_since_1970(year: u64, month: u64, day: u64) -> u64 {
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let leap_days = year / 4 - year / 100 + year / 400;
    let days_before_month = (153 * month + 2) / 5;
    // 719,468 days lie between 0000-03-01 and 1970-01-01, and one counts days from 1.
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
    fn asks() {
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
        assert_eq!(assumed.credentials.as_aws().secret_access_key(), "hush/+");
        assert_eq!(assumed.credentials.as_aws().session_token(), Some("token=="));
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
            parse_response(StatusCode::BAD_GATEWAY, b"oops").unwrap_err(),
            StsError::Refused {
                status: StatusCode::BAD_GATEWAY,
                code: String::new(),
                message: String::new()
            }
        );
    }
}
