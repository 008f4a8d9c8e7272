//! Deployments that a document could have.

use std::collections::BTreeMap;

use s3_edge_gateway::api::integration::match_statuses;
use s3_edge_gateway::api::{Api, Authorization, DocumentError, TokenProvider};
use s3_edge_gateway::gateway::settings::Variables;
use s3_edge_gateway::gateway::{Gateway, Settings};
use serde_json::json;

/// The two behaviours.
pub const BEHAVIOURS: [&str; 2] = ["aws", "edge"];

/// SHA-256 of `key`.
const API_KEYS: &str = r#"{"id": "sha256:2c70e12b7a0646f92279f427c7b38e7334d8e5389cff167a1dc30e73f826b683"}"#;

/// Reads a document as the host does.
pub fn load(document: &[u8]) -> Result<Api, Vec<DocumentError>> {
    Api::from_openapi(document, &match_statuses)
}

/// Settings beside those that are always there.
pub type More<'m> = &'m [(&'m str, &'m str)];

/// Deploys an API with all that its methods ask for.
///
/// # Errors
/// What does not go together, each with a word of it.
pub fn deploy(api: Api, behaviour: &str, more: More<'_>) -> Result<Gateway, Vec<String>> {
    let issuers = issuers(&api);
    let variable = |name: &str| {
        let known = match name {
            "AWS_ACCESS_KEY_ID" => Some("AKIDEXAMPLE"),
            "AWS_SECRET_ACCESS_KEY" => Some("made-up"),
            "COMPATIBILITY" => Some(behaviour),
            "S3_REGION" => Some("us-west-2"),
            "ALLOW_ANONYMOUS_WRITES" => Some("true"),
            "STAGE_VARIABLES" => Some(r#"{"bucket": "files", "backend": "b.example:8080", "empty": ""}"#),
            "JWT_ISSUERS" => issuers.as_deref(),
            "API_KEYS" => Some(API_KEYS),
            _ => None,
        };
        let other = more.iter().find(|(other, _)| *other == name).map(|(_, value)| *value);
        other.or(known).map(str::to_owned)
    };
    let settings = Settings::from_variables(&Variables(&variable));
    let settings = settings.map_err(|errors| errors.iter().map(ToString::to_string).collect::<Vec<_>>())?;
    Gateway::new(api, settings).map_err(|errors| errors.iter().map(ToString::to_string).collect())
}

/// An issuer for every scheme that wants one, and for no other.
fn issuers(api: &Api) -> Option<String> {
    let methods = api.resources.iter().flat_map(|resource| &resource.methods);
    let wanted = methods.filter_map(|method| match &method.security.authorization {
        Authorization::Token(token) if token.provider == TokenProvider::Custom => Some(token.scheme.clone()),
        Authorization::Token(_) | Authorization::AwsIam | Authorization::None => None,
    });
    let issuer = json!({ "issuer": "https://i.example", "jwks_uri": "https://i.example/keys" });
    let issuers: BTreeMap<_, _> = wanted.map(|scheme| (scheme, issuer.clone())).collect();
    (!issuers.is_empty()).then(|| json!(issuers).to_string())
}
