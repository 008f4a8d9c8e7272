//! An operation as it is deployed: the document's part, resolved with the settings when the isolate starts.
//!
//! Inside: which operations run with these settings. Not inside: requests. An operation that these settings cannot serve
//! is unsupported, with a reason that names the setting; the others are served.

use super::authorize::{self, JwtIssuer};
use super::backend::DeployedBackend;
use super::settings::{ResourcePolicySetting, Settings};
use crate::api::{Api, Operation, Reason, ResourcePolicy, ServedOperation, UnsupportedOperation};

/// An operation of a deployment.
#[derive(Debug)]
pub(super) enum DeployedOperation {
    /// It is served at the edge.
    Served(Box<Deployed>),
    /// It is not.
    Unsupported(UnsupportedOperation),
}

/// A served operation's resolved backend and its trusted token issuers.
#[derive(Debug)]
pub(super) struct Deployed {
    pub(super) backend: DeployedBackend,
    pub(super) issuers: Vec<JwtIssuer>,
}

impl DeployedOperation {
    pub(super) fn new(api: &Api, operation: &Operation, settings: &Settings) -> Self {
        let served = match operation {
            Operation::Served(served) => served,
            Operation::Unsupported(unsupported) => return Self::Unsupported(unsupported.clone()),
        };
        match Deployed::new(api, served, settings) {
            Ok(deployed) => Self::Served(Box::new(deployed)),
            Err(reason) => Self::Unsupported(UnsupportedOperation {
                reasons: vec![reason],
                is_signed: served.security.authorization == crate::api::Authorization::AwsIam,
            }),
        }
    }
}

impl Deployed {
    fn new(api: &Api, operation: &ServedOperation, settings: &Settings) -> Result<Self, Reason> {
        let reason = |code: &str, message: String| Reason { code: code.to_owned(), message };
        if api.resource_policy == ResourcePolicy::Present
            && settings.resource_policy == ResourcePolicySetting::Enforced
        {
            let message = "The document has a resource policy, which is not evaluated at the edge. Set RESOURCE_POLICY to \"ignore\" to serve it without the policy.";
            return Err(reason("resource-policy", message.to_owned()));
        }
        let backend = DeployedBackend::new(&operation.integration.backend, settings)
            .map_err(|message| reason("setting-missing", message))?;
        let issuers = authorize::issuers(operation, &settings.jwt_issuers)
            .map_err(|message| reason("issuer-missing", message))?;
        Ok(Self { backend, issuers })
    }
}
