//! Settings for explanations and policies, for which no request is sent.

use s3_edge_gateway::gateway::Settings;
use s3_edge_gateway::gateway::deployment::settings::Variables;

/// A function that returns the value of a variable, or `None` if the variable is not set.
pub type Variable<'v> = dyn Fn(&str) -> Option<String> + 'v;

/// Reads settings, with an example access key instead of the access key of the deployment. The secrets of callers
/// (`API_KEYS`, `IAM_ACCESS_KEYS`) are not read, because an explanation assumes an authorized caller.
///
/// All other settings come from `variable`. For example, an operation that needs `S3_REGION` is served only if `variable`
/// returns a value for this setting.
///
/// # Errors
/// Returns a message for each variable that is not valid.
pub fn example_settings(variable: &Variable<'_>) -> Result<Settings, Vec<String>> {
    let read = |name: &str| match name {
        "AWS_ACCESS_KEY_ID" => Some("AKIDEXAMPLE".to_owned()),
        "AWS_SECRET_ACCESS_KEY" => Some("example".to_owned()),
        "AWS_SESSION_TOKEN" | "API_KEYS" | "IAM_ACCESS_KEYS" => None,
        name => variable(name),
    };
    let settings = Settings::from_variables(&Variables(&read));
    settings.map_err(|errors| errors.iter().map(ToString::to_string).collect())
}
