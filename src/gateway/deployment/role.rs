//! The role of an integration: the ARN in the document's `credentials`. If `ASSUME_ROLE` is `true`, the gateway requests
//! temporary keys of this role from STS.

use std::time::{Duration, SystemTime};

use bytes::Bytes;
use http::StatusCode;

use super::settings::{AssumeRole as Setting, Settings};
use crate::gateway::rejection::Rejection;
use crate::s3::sts::{self, AssumeRole};
use crate::s3::{Credentials, Endpoint, Partition, Region, Service, Signer};

/// A role that the gateway assumes.
#[derive(Clone, Debug)]
pub struct Role {
    request: AssumeRole,
    endpoint: Endpoint,
    deployment: Signer,
    region: Region,
}

/// The temporary keys of a role.
#[derive(Clone, Debug)]
pub struct Session {
    credentials: Credentials,
    renew_at: SystemTime,
    expires_at: SystemTime,
}

/// The name of the session in AWS's logs.
const SESSION_NAME: &str = "s3-edge-gateway";

/// The requested duration of a session. Every role allows this duration, but not every role allows a longer one.
const DURATION: Duration = Duration::from_secs(60 * 60);

/// The time before the end of a session at which the session is renewed. A session of less than twice this time is renewed
/// after half of its duration.
const AHEAD: Duration = Duration::from_secs(5 * 60);

/// The time before the end of a session from which its keys are no longer used. A new session that ends within this time is
/// refused.
const MARGIN: Duration = Duration::from_secs(30);

/// Replaces each `${stageVariables.NAME}` with the value of the variable. A variable that is not set is empty, as in a `uri`
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
            // Text without a closing brace is not a reference, and does not change.
            None => filled.extend(["${stageVariables.", piece]),
        }
    }
    filled
}

impl Role {
    /// Returns the role of an integration, or `None` if the deployment's keys sign the requests to S3.
    ///
    /// With `ASSUME_ROLE`, the deployment's keys sign only the requests to STS. So an integration must have a role, and the
    /// role must not be that of the caller (`arn:aws:iam::*:user/*`), which only AWS can assume.
    ///
    /// # Errors
    /// Returns a message if `credentials` is missing or is not the ARN of a role.
    pub(super) fn of(
        credentials: Option<&str>,
        settings: &Settings,
        region: &Region,
        partition: Partition,
    ) -> Result<Option<Self>, String> {
        let Setting::OfTheDocument(endpoint) = &settings.assume_role else { return Ok(None) };
        let arn = credentials.ok_or(
            "ASSUME_ROLE is \"true\", but the integration has no `credentials`. Set `credentials` to the ARN of a role, or leave ASSUME_ROLE out.",
        )?;
        let arn = with_stage_variables(arn, settings);
        let arn =
            arn.replace("${AWS::Partition}", partition.name()).replace("${AWS::Region}", region.as_str());
        if arn.contains("${AWS::AccountId}") {
            return Err(format!(
                "ASSUME_ROLE is \"true\", but `credentials` is `{arn}`. Replace `${{AWS::AccountId}}` by the number of the account."
            ));
        }
        let request = AssumeRole::new(arn.as_str(), SESSION_NAME, DURATION)
            .map_err(|error| format!("ASSUME_ROLE is \"true\", but `credentials` is `{arn}`: {error}."))?;
        let of_aws = || Endpoint::aws(Service::Sts, region, partition);
        Ok(Some(Self {
            request,
            endpoint: endpoint.clone().unwrap_or_else(of_aws),
            deployment: Signer::new(settings.credentials.clone(), region.clone(), Service::Sts),
            region: region.clone(),
        }))
    }

    /// Returns the ARN of the role.
    pub fn arn(&self) -> &str {
        self.request.role_arn()
    }

    /// Returns the request to STS.
    ///
    /// # Errors
    /// The [`Rejection`] for a request that cannot be signed.
    pub fn request(&self, now: SystemTime) -> Result<http::Request<Bytes>, Rejection> {
        let request = self.request.request(&self.endpoint, &self.deployment, now);
        request.map_err(|error| self.failed(error))
    }

    /// Reads STS's response.
    ///
    /// # Errors
    /// The [`Rejection`] for a response without keys, and for keys that expire within 30 seconds.
    pub fn session(&self, status: StatusCode, body: &[u8], now: SystemTime) -> Result<Session, Rejection> {
        let response = sts::parse_response(status, body).map_err(|error| self.failed(error))?;
        let (credentials, expires_at) = (response.credentials, response.expires_at);
        let lifetime = expires_at.duration_since(now).unwrap_or_default();
        let renew_at = now + lifetime.saturating_sub(AHEAD.min(lifetime / 2));
        let session = Session { credentials, renew_at, expires_at };
        if session.is_usable(now) {
            Ok(session)
        } else {
            Err(self.failed("the session has expired or expires within 30 seconds"))
        }
    }

    /// Returns the signer of requests to S3.
    pub fn signer(&self, session: &Session) -> Signer {
        Signer::new(session.credentials.clone(), self.region.clone(), Service::S3)
    }

    /// Returns the rejection for a role that cannot be assumed. The client gets no detail, as in API Gateway.
    pub fn failed(&self, cause: impl std::fmt::Display) -> Rejection {
        let (arn, endpoint) = (self.arn(), &self.endpoint);
        Rejection::configuration(format!("the role {arn} cannot be assumed at {endpoint}: {cause}"))
    }
}

impl Session {
    /// Returns whether the session need not be renewed yet.
    pub fn is_fresh(&self, now: SystemTime) -> bool {
        now < self.renew_at
    }

    /// Returns whether the keys can still sign requests: the session does not end within 30 seconds.
    pub fn is_usable(&self, now: SystemTime) -> bool {
        now + MARGIN < self.expires_at
    }
}
