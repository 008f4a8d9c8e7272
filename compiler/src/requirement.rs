//! Settings that decide whether an operation is served.

use s3_edge_gateway::api::integration::DecidedBy;
use s3_edge_gateway::gateway::Settings;
use s3_edge_gateway::gateway::deployment::settings::ResourcePolicySetting;

use crate::finding::{Code, Finding, Place};

/// One condition of an operation.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Requirement {
    /// What must be set.
    pub condition: Condition,
    /// What in the document makes it necessary.
    pub pointer: String,
    /// Its place.
    pub place: Place,
}

/// What must be set for an operation to be served.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Condition {
    /// `JWT_ISSUERS` has an entry for this security scheme.
    Issuer(String),
    /// `RESOURCE_POLICY` is `ignore`.
    ResourcePolicy,
    /// `STAGE_VARIABLES` has this variable of a host or a bucket.
    StageVariable {
        /// The variable.
        name: String,
        /// Whether `S3_BUCKET` replaces it.
        decided_by: DecidedBy,
    },
    /// `S3_REGION` is set, for `${AWS::Region}`.
    Region,
    /// `BASE_PATH` is set, or `STAGE_VARIABLES` has this variable of the document's base path.
    BasePath(String),
}

impl Requirement {
    /// Returns whether these settings meet the condition.
    pub fn is_met(&self, settings: &Settings) -> bool {
        match &self.condition {
            Condition::Issuer(scheme) => settings.jwt_issuers.contains_key(scheme),
            Condition::ResourcePolicy => settings.resource_policy == ResourcePolicySetting::Ignored,
            Condition::StageVariable { name, decided_by } => {
                let is_decided = *decided_by == DecidedBy::VariableOrBucket && settings.s3_bucket.is_some();
                is_decided || settings.stage_variables.contains_key(name)
            }
            Condition::Region => settings.s3_region.is_some(),
            Condition::BasePath(name) => {
                settings.base_path.is_some() || settings.stage_variables.contains_key(name)
            }
        }
    }

    /// Returns the name of the setting.
    pub fn setting(&self) -> &'static str {
        match self.condition {
            Condition::Issuer(_) => "JWT_ISSUERS",
            Condition::ResourcePolicy => "RESOURCE_POLICY",
            Condition::StageVariable { .. } => "STAGE_VARIABLES",
            Condition::Region => "S3_REGION",
            Condition::BasePath(_) => "BASE_PATH",
        }
    }

    /// Returns the names of the settings of several conditions, each once and in alphabetical order.
    pub fn settings<'r>(requirements: impl Iterator<Item = &'r Self>) -> Vec<&'static str> {
        let mut names: Vec<_> = requirements.map(Self::setting).collect();
        names.sort_unstable();
        names.dedup();
        names
    }

    /// Returns the condition as a finding.
    pub fn finding(&self) -> Finding {
        let (code, message) = match &self.condition {
            Condition::Issuer(scheme) => (
                Code::IssuerMissing,
                format!(
                    "The security scheme `{scheme}` needs an entry in JWT_ISSUERS that names its issuer."
                ),
            ),
            Condition::ResourcePolicy => (
                Code::ResourcePolicy,
                "The document has a resource policy, which is not evaluated at the edge.".to_owned(),
            ),
            Condition::StageVariable { name, .. } => (
                Code::StageVariableMissing,
                format!("The integration's `uri` needs the stage variable `{name}`."),
            ),
            Condition::Region => (
                Code::RegionMissing,
                "The integration's `uri` has `${AWS::Region}`, which S3_REGION gives.".to_owned(),
            ),
            Condition::BasePath(name) => (
                Code::BasePathVariable,
                format!("The base path of the document has the variable `{name}`, which has no value."),
            ),
        };
        Finding::new(code, message, self.pointer.clone(), self.place)
    }
}
