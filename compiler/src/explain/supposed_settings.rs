//! Settings for requests that are never sent.

use s3_edge_gateway::gateway::Settings;
use s3_edge_gateway::gateway::deployment::settings::Variables;

/// Returns a variable by its name.
pub type Variable<'v> = dyn Fn(&str) -> Option<String> + 'v;

/// Reads settings with an example access key in the place of the deployment's. Secrets of callers (`API_KEYS`,
/// `IAM_ACCESS_KEYS`) are not read: the caller is supposed.
///
/// Nothing else is supposed. An operation that needs an entry of `JWT_ISSUERS`, `RESOURCE_POLICY`, a stage variable or
/// `S3_REGION` is served only if `variable` returns it.
///
/// # Errors
/// Each variable that is not valid.
pub fn supposed_settings(variable: &Variable<'_>) -> Result<Settings, Vec<String>> {
    let read = |name: &str| match name {
        "AWS_ACCESS_KEY_ID" => Some("AKIDEXAMPLE".to_owned()),
        "AWS_SECRET_ACCESS_KEY" => Some("example".to_owned()),
        "AWS_SESSION_TOKEN" | "API_KEYS" | "IAM_ACCESS_KEYS" => None,
        name => variable(name),
    };
    let settings = Settings::from_variables(&Variables(&read));
    settings.map_err(|errors| errors.iter().map(ToString::to_string).collect())
}
