//! Requirements: settings without which an operation is unsupported.

use s3_edge_gateway::api::integration::DecidedBy;
use s3_edge_gateway::gateway::Settings;
use s3_edge_gateway::gateway::deployment::gateway::base_path_variable;
use s3_edge_gateway::gateway::deployment::settings::ResourcePolicySetting;

use crate::finding::{Code, Finding, Place};

/// A condition of an operation, and the place in the document that makes the condition necessary.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Requirement {
    pub condition: Condition,
    pub pointer: String,
    pub place: Place,
}

/// A condition on the settings of a deployment.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Condition {
    /// `JWT_ISSUERS` has an entry for this security scheme.
    Issuer(String),
    /// `RESOURCE_POLICY` is `ignore`.
    ResourcePolicy,
    /// `STAGE_VARIABLES` has this variable, which is a part of the host or the bucket in the `uri`. With
    /// [`DecidedBy::VariableOrBucket`], `S3_BUCKET` may be set instead.
    StageVariable { name: String, decided_by: DecidedBy },
    /// `S3_REGION` is set. It is the value of `${AWS::Region}` in the `uri`.
    Region,
    /// `BASE_PATH` is set, or this variable of the document's base path has a value.
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
                settings.base_path.is_some() || base_path_variable(settings, name).is_some()
            }
        }
    }

    /// Returns the name of the setting that the condition is about.
    pub fn setting(&self) -> &'static str {
        match self.condition {
            Condition::Issuer(_) => "JWT_ISSUERS",
            Condition::ResourcePolicy => "RESOURCE_POLICY",
            Condition::StageVariable { .. } => "STAGE_VARIABLES",
            Condition::Region => "S3_REGION",
            Condition::BasePath(_) => "BASE_PATH",
        }
    }

    /// Returns the names of the settings of several conditions, in alphabetical order and without duplicates.
    pub fn settings<'r>(requirements: impl Iterator<Item = &'r Self>) -> Vec<&'static str> {
        let mut names: Vec<_> = requirements.map(Self::setting).collect();
        names.sort_unstable();
        names.dedup();
        names
    }

    /// Returns the finding for a condition that is not met.
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
                "The document has a resource policy, which the edge does not evaluate.".to_owned(),
            ),
            Condition::StageVariable { name, .. } => (
                Code::StageVariableMissing,
                format!("The `uri` of the integration needs the stage variable `{name}`."),
            ),
            Condition::Region => (
                Code::RegionMissing,
                "The `uri` of the integration contains `${AWS::Region}`, which needs the setting S3_REGION."
                    .to_owned(),
            ),
            Condition::BasePath(name) => (
                Code::BasePathVariable,
                format!("The base path of the document contains the variable `{name}`, which has no value."),
            ),
        };
        Finding::new(code, message, self.pointer.clone(), self.place)
    }
}

#[cfg(test)]
mod tests {
    use s3_edge_gateway::gateway::deployment::settings::Variables;

    use super::*;

    #[test]
    fn the_region_in_a_base_path_comes_from_s3_region_and_other_variables_from_stage_variables() {
        let is_met = |variable: &str, setting: (&str, &str)| {
            let keys = [("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE"), ("AWS_SECRET_ACCESS_KEY", "a-secret"), setting];
            let value = |name: &str| {
                keys.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
            };
            let settings = Settings::from_variables(&Variables(&value)).unwrap();
            let condition = Condition::BasePath(variable.to_owned());
            let requirement = Requirement { condition, pointer: String::new(), place: Place::START };
            requirement.is_met(&settings)
        };
        assert!(is_met("AWS::Region", ("S3_REGION", "eu-west-1")));
        assert!(!is_met("AWS::Region", ("STAGE_VARIABLES", r#"{"region": "eu-west-1"}"#)));
        assert!(is_met("stage", ("STAGE_VARIABLES", r#"{"stage": "v1"}"#)));
        assert!(!is_met("stage", ("S3_REGION", "eu-west-1")));
        assert!(is_met("AWS::Region", ("BASE_PATH", "/v1")));
    }
}
