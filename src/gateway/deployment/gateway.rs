//! The gateway: an API with the settings of its deployment.

use std::cell::RefCell;
use std::collections::BTreeMap;

use super::budget::Budget;
use super::clock::Clock;
use super::error::DeploymentError;
use super::jwt_issuer::{JwksUri, unused_issuers};
use super::operation::DeployedOperation;
use super::read_headers::ReadHeaders;
use super::role::Session;
use super::router::Router;
use super::settings::{ResourcePolicySetting, Settings};
use crate::api::{Api, Reason, ResourcePolicy};
use crate::gateway::authorize::key_set::KeySet;
use crate::s3::region::Region;

/// An API with its settings, and the sessions of STS and the keys of token issuers that this isolate has fetched. Only
/// values are kept, never futures, because the runtime does not allow a request to wait for the work of another request.
#[derive(Debug)]
pub struct Gateway {
    pub(in crate::gateway) api: Api,
    pub(in crate::gateway) settings: Settings,
    base_path: String,
    read_headers: ReadHeaders,
    pub(in crate::gateway) router: Router,
    /// The operations by the index of the resource and the index of the method.
    pub(in crate::gateway) deployed: Vec<Vec<DeployedOperation>>,
    /// The sessions of assumed roles, by the ARN of the role.
    pub(in crate::gateway) sessions: RefCell<BTreeMap<String, Session>>,
    /// The keys of token issuers.
    pub(in crate::gateway) key_sets: RefCell<BTreeMap<JwksUri, KeySet>>,
    pub(in crate::gateway) clock: Clock,
    pub(in crate::gateway) budget: Budget,
}

impl Gateway {
    /// Resolves an API with its settings.
    ///
    /// # Errors
    /// Returns an error for each setting that does not fit the API. An operation that cannot be served with these settings
    /// is not an error: the operation is unsupported.
    pub fn new(api: Api, settings: Settings) -> Result<Self, Vec<DeploymentError>> {
        let mut errors: Vec<_> = unused_issuers(&api, &settings.jwt_issuers).collect();
        let base_path = base_path(&api, &settings).unwrap_or_else(|error| {
            errors.push(error);
            String::new()
        });
        if !errors.is_empty() {
            return Err(errors);
        }
        let deployed = api.resources.iter().map(|resource| {
            let methods = resource.methods.iter();
            methods.map(|method| DeployedOperation::new(&api, &method.operation, &settings)).collect()
        });
        let deployed = deployed.collect();
        let router = Router::new(&api);
        let read_headers = ReadHeaders::new(&api, &settings);
        let (sessions, key_sets, clock) = Default::default();
        let budget = Budget::new(settings.memory_budget);
        Ok(Self {
            api,
            settings,
            base_path,
            read_headers,
            router,
            deployed,
            sessions,
            key_sets,
            clock,
            budget,
        })
    }

    /// Returns the warnings of the deployment: a resource policy that is ignored, and token issuers whose tokens are accepted
    /// with any audience. The Worker logs the warnings when it starts.
    pub fn warnings(&self) -> Vec<String> {
        let ignores_policy = self.api.resource_policy == ResourcePolicy::Present
            && self.settings.resource_policy == ResourcePolicySetting::Ignored;
        let policy = ignores_policy.then(|| {
            "RESOURCE_POLICY is \"ignore\": the resource policy of the document is not evaluated".to_owned()
        });
        let any_audience = self.settings.jwt_issuers.iter().filter(|(_, issuer)| issuer.audience.is_empty());
        let audiences = any_audience.map(|(name, _)| {
            format!(
                "JWT_ISSUERS: the entry `{name}` has no `audience`, so tokens that the issuer made for other applications are accepted"
            )
        });
        policy.into_iter().chain(audiences).collect()
    }

    pub fn api(&self) -> &Api {
        &self.api
    }

    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Returns the names of the headers that this deployment reads.
    pub fn read_headers(&self) -> &ReadHeaders {
        &self.read_headers
    }

    /// Returns the base path of this deployment: an empty string, or a path such as `/v1`.
    pub fn base_path(&self) -> &str {
        &self.base_path
    }

    /// Returns for each operation, in the order of [`Api::operations`], the reasons why it is not served. The list of a
    /// served operation is empty.
    pub fn reasons(&self) -> impl Iterator<Item = &[Reason]> {
        self.deployed.iter().flatten().map(|deployed| match deployed {
            DeployedOperation::Served(_) => &[][..],
            DeployedOperation::Unsupported(unsupported) => unsupported.reasons.as_slice(),
        })
    }

    /// Returns the part of a path after the base path, or `None` if the path is not below the base path.
    pub(in crate::gateway) fn below_base_path<'p>(&self, path: &'p str) -> Option<&'p str> {
        let below = path.strip_prefix(self.base_path.as_str())?;
        (below.is_empty() || below.starts_with('/')).then_some(below)
    }

    /// Returns the name of the stage: `STAGE_NAME`, or without that setting the last segment of the base path.
    pub(in crate::gateway) fn stage_name(&self) -> &str {
        let last = self.base_path.rsplit('/').next().unwrap_or_default();
        self.settings.stage_name.as_deref().unwrap_or(last)
    }
}

/// Returns the value of a variable in the base path of a document: `S3_REGION` for `AWS::Region`, and for any other name the
/// stage variable. Returns `None` if this setting or stage variable is missing.
pub fn base_path_variable<'s>(settings: &'s Settings, name: &str) -> Option<&'s str> {
    match name {
        "AWS::Region" => settings.s3_region.as_ref().map(Region::as_str),
        name => settings.stage_variables.get(name).map(String::as_str),
    }
}

/// Returns `BASE_PATH`, or without that setting the base path of the document with its variables replaced by their values.
fn base_path(api: &Api, settings: &Settings) -> Result<String, DeploymentError> {
    if let Some(path) = &settings.base_path {
        return Ok(path.clone());
    }
    api.base_path.fill(|name| base_path_variable(settings, name)).map_err(|name| DeploymentError {
        place: "BASE_PATH".to_owned(),
        reason: format!(
            "the base path of the document contains the variable `{name}`, which has no value. {}, or set BASE_PATH to the whole base path",
            match name {
                "AWS::Region" => "Set S3_REGION".to_owned(),
                name => format!("Add `{name}` to STAGE_VARIABLES"),
            }
        ),
    })
}
