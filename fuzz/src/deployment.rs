//! Compiles documents, and deploys APIs with all settings that their operations need.

use std::collections::BTreeMap;

use s3_edge_gateway::api::{Api, Authorization, TokenProvider};
use s3_edge_gateway::gateway::deployment::settings::Variables;
use s3_edge_gateway::gateway::{Gateway, Settings};
use s3_edge_gateway_compiler::source::{Notation, Parameters};
use s3_edge_gateway_compiler::{Compilation, Input, compile};
use serde_json::json;

/// The values of `COMPATIBILITY`.
pub const BEHAVIOURS: [&str; 2] = ["aws", "edge"];

/// The value of `API_KEYS`: the hash is the SHA-256 of the API key `key`.
const API_KEYS: &str = r#"{"id": "sha256:2c70e12b7a0646f92279f427c7b38e7334d8e5389cff167a1dc30e73f826b683"}"#;

/// Compiles a JSON document without parameters.
pub fn compile_json(document: &[u8]) -> Compilation {
    compile_with(document, Some(Notation::Json), &Parameters::default())
}

/// Compiles a file.
pub fn compile_with(bytes: &[u8], notation: Option<Notation>, parameters: &Parameters) -> Compilation {
    compile(&Input { bytes, notation, parameters, settings: None })
}

/// Additional settings, as names and values. They override the values of [`settings`].
pub type More<'m> = &'m [(&'m str, &'m str)];

/// Returns all settings that the operations of an API need.
///
/// # Errors
/// Returns a message for each setting that is not valid.
pub fn settings(api: &Api, behaviour: &str, more: More<'_>) -> Result<Settings, Vec<String>> {
    let issuers = issuers(api);
    let variable = |name: &str| {
        let known = match name {
            "AWS_ACCESS_KEY_ID" => Some("AKIDEXAMPLE"),
            "AWS_SECRET_ACCESS_KEY" => Some("made-up"),
            "COMPATIBILITY" => Some(behaviour),
            "S3_REGION" => Some("us-west-2"),
            "ALLOW_ANONYMOUS_WRITES" => Some("true"),
            "RESOURCE_POLICY" => Some("ignore"),
            "STAGE_VARIABLES" => Some(r#"{"bucket": "files", "backend": "b.example:8080", "empty": ""}"#),
            "JWT_ISSUERS" => issuers.as_deref(),
            "API_KEYS" => Some(API_KEYS),
            _ => None,
        };
        let other = more.iter().find(|(other, _)| *other == name).map(|(_, value)| *value);
        other.or(known).map(str::to_owned)
    };
    let settings = Settings::from_variables(&Variables(&variable));
    settings.map_err(|errors| errors.iter().map(ToString::to_string).collect())
}

/// Deploys an API with the settings of [`settings`].
///
/// # Errors
/// Returns a message for each setting that is not valid or does not fit the API.
pub fn deploy(api: Api, behaviour: &str, more: More<'_>) -> Result<Gateway, Vec<String>> {
    let settings = settings(&api, behaviour, more)?;
    Gateway::new(api, settings).map_err(|errors| errors.iter().map(ToString::to_string).collect())
}

/// Returns `JWT_ISSUERS` with an issuer for each scheme that needs one, or `None` if no scheme needs one.
fn issuers(api: &Api) -> Option<String> {
    let needed = api.served().filter_map(|operation| match &operation.security.authorization {
        Authorization::Token(token) if token.provider == TokenProvider::Custom => Some(token.scheme.clone()),
        Authorization::Token(_) | Authorization::AwsIam | Authorization::None => None,
    });
    let issuer = json!({ "issuer": "https://i.example", "jwks_uri": "https://i.example/keys" });
    let issuers: BTreeMap<_, _> = needed.map(|scheme| (scheme, issuer.clone())).collect();
    (!issuers.is_empty()).then(|| json!(issuers).to_string())
}
