//! An operation of a deployment: the document's operation, resolved with the settings when the isolate starts.
//!
//! An operation that cannot be served with the settings is unsupported, with a reason. The other operations are still served.
//! If the compiler runs without settings, it reports an operation that requires a setting as conditional.

use super::backend::{DeployedBackend, resolve};
use super::jwt_issuer::{self, JwtIssuer};
use super::settings::{ResourcePolicySetting, Settings};
use crate::api::integration::{Backend, DecidedBy};
use crate::api::{
    Api, Authorization, Operation, Reason, ResourcePolicy, ServedOperation, UnsupportedOperation,
};

/// An operation of a deployment.
#[derive(Debug)]
pub(in crate::gateway) enum DeployedOperation {
    /// An operation that is served at the edge.
    Served(Box<Deployed>),
    /// An operation that is not served at the edge, with the reasons.
    Unsupported(UnsupportedOperation),
}

/// The resolved backend of a served operation, and the token issuers that the operation trusts.
#[derive(Debug)]
pub(in crate::gateway) struct Deployed {
    pub(in crate::gateway) backend: DeployedBackend,
    pub(in crate::gateway) issuers: Vec<JwtIssuer>,
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
                is_signed: served.security.authorization == Authorization::AwsIam,
            }),
        }
    }
}

impl Deployed {
    fn new(api: &Api, operation: &ServedOperation, settings: &Settings) -> Result<Self, Reason> {
        if api.resource_policy == ResourcePolicy::Present
            && settings.resource_policy == ResourcePolicySetting::Enforced
        {
            let message = "The document has a resource policy, which is not evaluated at the edge. Set RESOURCE_POLICY to \"ignore\" to serve the operation without the policy.";
            return Err(reason("resource-policy", message.to_owned()));
        }
        let backend = &operation.integration.backend;
        if let Some(name) = missing_stage_variable(backend, settings) {
            let message = format!(
                "The integration's `uri` needs the stage variable `{name}`. Add `{name}` to STAGE_VARIABLES."
            );
            return Err(reason("stage-variable-missing", message));
        }
        let backend = resolve(backend, settings).map_err(|(code, message)| reason(code, message))?;
        let issuers = jwt_issuer::issuers(operation, &settings.jwt_issuers)
            .map_err(|message| reason("issuer-missing", message))?;
        Ok(Self { backend, issuers })
    }
}

fn reason(code: &str, message: String) -> Reason {
    Reason { code: code.to_owned(), message }
}

/// Returns the first stage variable that decides the host or the bucket of a backend and has no value, or `None`.
fn missing_stage_variable<'b>(backend: &'b Backend, settings: &Settings) -> Option<&'b str> {
    let is_missing = |(name, decided_by): &(&str, DecidedBy)| {
        let is_decided = *decided_by == DecidedBy::VariableOrBucket && settings.s3_bucket.is_some();
        !is_decided && !settings.stage_variables.contains_key(*name)
    };
    backend.decisive_stage_variables().into_iter().find(is_missing).map(|(name, _)| name)
}
