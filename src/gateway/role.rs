//! The role of an integration: `credentials` of the document, exchanged for keys where `ASSUME_ROLE` says so.
//!
//! Inside: which role a method has, the question to STS and what its answer is good for. Not inside: STS's own rules
//! (`s3::sts`), sending, and keeping the sessions of an isolate (`edge`).

use std::time::{Duration, SystemTime};

use bytes::Bytes;
use http::StatusCode;

use super::rejection::Rejection;
use super::settings::{AssumeRole as Setting, Settings};
use crate::s3::sts::{self, AssumeRole};
use crate::s3::{Credentials, Endpoint, Partition, Region, Service, Signer};

/// A role that the gateway takes on.
#[derive(Clone, Debug)]
pub struct Role {
    question: AssumeRole,
    endpoint: Endpoint,
    deployment: Signer,
    region: Region,
}

/// The keys of a role, for a while.
#[derive(Clone, Debug)]
pub struct Session {
    credentials: Credentials,
    renew_at: SystemTime,
    expires_at: SystemTime,
}

/// How the session is called in AWS's logs.
const SESSION_NAME: &str = "s3-edge-gateway";

/// The longest session that every role allows.
const DURATION: Duration = Duration::from_secs(60 * 60);

/// How long before it expires a session is renewed; half of its lifetime where that is less.
const AHEAD: Duration = Duration::from_secs(5 * 60);

/// How long a request may be on its way with keys that are about to expire.
const MARGIN: Duration = Duration::from_secs(30);

/// How long STS may take to answer.
pub const STS_TIMEOUT: Duration = Duration::from_secs(10);

/// How large its answer may be.
pub const STS_LIMIT: usize = 64 * 1024;

/// Puts stage variables in their places, `${stageVariables.NAME}`; one that is not set is empty, as in a uri
/// (<https://docs.aws.amazon.com/apigateway/latest/developerguide/aws-api-gateway-stage-variables-reference.html>).
fn with_stage_variables(text: &str, settings: &Settings) -> String {
    let mut pieces = text.split("${stageVariables.");
    let mut filled = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        match piece.split_once('}') {
            Some((name, rest)) => {
                filled.extend(settings.stage_variables.get(name).map(String::as_str));
                filled.push_str(rest);
            }
            // What is no reference stays as it is.
            None => filled.extend(["${stageVariables.", piece]),
        }
    }
    filled
}

impl Role {
    /// The role of an integration; none where the deployment's keys sign.
    ///
    /// With `ASSUME_ROLE` the deployment's keys are for STS alone. An integration that names no role, or the caller's
    /// own (`arn:aws:iam::*:user/*`, which only AWS can pass on), would need keys that are not meant for it.
    ///
    /// # Errors
    /// A role that cannot be taken on.
    pub(super) fn of(
        credentials: Option<&str>,
        settings: &Settings,
        region: &Region,
        partition: Partition,
    ) -> Result<Option<Self>, String> {
        let Setting::OfTheDocument(endpoint) = &settings.assume_role else { return Ok(None) };
        let arn = credentials.ok_or(
            "ASSUME_ROLE is \"true\", but the integration has no `credentials`. Write the ARN of a role, or leave ASSUME_ROLE out.",
        )?;
        let arn = with_stage_variables(arn, settings);
        let arn =
            arn.replace("${AWS::Partition}", partition.name()).replace("${AWS::Region}", region.as_str());
        if arn.contains("${AWS::AccountId}") {
            return Err(format!(
                "ASSUME_ROLE is \"true\", but `credentials` is `{arn}`. Replace `${{AWS::AccountId}}` by the number of the account."
            ));
        }
        let question = AssumeRole::new(arn.as_str(), SESSION_NAME, DURATION)
            .map_err(|error| format!("ASSUME_ROLE is \"true\", but `credentials` is `{arn}`: {error}."))?;
        let of_aws = || Endpoint::aws(Service::Sts, region, partition);
        Ok(Some(Self {
            question,
            endpoint: endpoint.clone().unwrap_or_else(of_aws),
            deployment: Signer::new(settings.credentials.clone(), region.clone(), Service::Sts),
            region: region.clone(),
        }))
    }

    /// The role's name.
    pub fn arn(&self) -> &str {
        self.question.role_arn()
    }

    /// The question to STS.
    ///
    /// # Errors
    /// The [`Rejection`] for a question that cannot be signed.
    pub fn question(&self, now: SystemTime) -> Result<http::Request<Bytes>, Rejection> {
        let question = self.question.request(&self.endpoint, &self.deployment, now);
        question.map_err(|error| self.failed(error))
    }

    /// Reads STS's answer.
    ///
    /// # Errors
    /// The [`Rejection`] for a request that cannot be signed, as STS gave no keys.
    pub fn answered(&self, status: StatusCode, body: &[u8], now: SystemTime) -> Result<Session, Rejection> {
        let answer = sts::parse_response(status, body).map_err(|error| self.failed(error))?;
        let (credentials, expires_at) = (answer.credentials, answer.expires_at);
        let lifetime = expires_at.duration_since(now).unwrap_or_default();
        let renew_at = now + lifetime.saturating_sub(AHEAD.min(lifetime / 2));
        let session = Session { credentials, renew_at, expires_at };
        if session.is_usable(now) { Ok(session) } else { Err(self.failed("the session has already expired")) }
    }

    /// What to sign requests to S3 with.
    pub fn signer(&self, session: &Session) -> Signer {
        Signer::new(session.credentials.clone(), self.region.clone(), Service::S3)
    }

    /// The client learns nothing: a role that cannot be taken on is a matter of the deployment (as API Gateway answers).
    pub fn failed(&self, cause: impl std::fmt::Display) -> Rejection {
        let (arn, endpoint) = (self.arn(), &self.endpoint);
        Rejection::configuration(format!("the role {arn} cannot be assumed at {endpoint}: {cause}"))
    }
}

impl Session {
    /// Whether there is no need to ask STS again yet.
    pub fn is_fresh(&self, now: SystemTime) -> bool {
        now < self.renew_at
    }

    /// Whether the keys still sign, if STS should not answer.
    pub fn is_usable(&self, now: SystemTime) -> bool {
        now + MARGIN < self.expires_at
    }
}
