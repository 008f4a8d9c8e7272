//! The deployment that the checker supposes: the variables of the shell that name a place, made-up keys for the rest, as
//! nothing is ever sent.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use crate::api::{Api, Authorization, TokenProvider};
use crate::gateway::Settings;
use crate::gateway::settings::Variables;

/// A variable of the shell, by its name.
pub type Variable<'v> = dyn Fn(&str) -> Option<String> + 'v;

/// Settings that are read from the shell.
const READ: &[&str] = &[
    "S3_BUCKET",
    "S3_ENDPOINT",
    "S3_REGION",
    "S3_ADDRESSING",
    "COMPATIBILITY",
    "BASE_PATH",
    "STAGE_NAME",
    "STAGE_VARIABLES",
    "JWT_ISSUERS",
];

/// The settings, with issuers for what the document wants and the shell does not name.
///
/// # Errors
/// Variables of the shell that are malformed.
pub fn settings(api: Option<&Api>, variable: &Variable<'_>) -> Result<Settings, Vec<String>> {
    let read = |name: &str| match name {
        "AWS_ACCESS_KEY_ID" => Some("AKIDEXAMPLE".to_owned()),
        "AWS_SECRET_ACCESS_KEY" => Some("made-up".to_owned()),
        name => variable(name).filter(|_| READ.contains(&name)),
    };
    let issuers = issuers(api, read("JWT_ISSUERS"));
    let with_issuers = |name: &str| match name {
        "JWT_ISSUERS" => issuers.clone(),
        name => read(name),
    };
    let settings = Settings::from_variables(&Variables(&with_issuers));
    settings.map_err(|errors| errors.iter().map(ToString::to_string).collect())
}

fn issuers(api: Option<&Api>, written: Option<String>) -> Option<String> {
    let methods = api.into_iter().flat_map(|api| &api.resources).flat_map(|resource| &resource.methods);
    let wanted: BTreeSet<&str> = methods
        .filter_map(|method| match &method.security.authorization {
            Authorization::Token(token) if token.provider == TokenProvider::Custom => {
                Some(token.scheme.as_str())
            }
            Authorization::Token(_) | Authorization::AwsIam | Authorization::None => None,
        })
        .collect();
    let mut known: Map<String, Value> = match written {
        None => Map::new(),
        Some(text) => match serde_json::from_str(&text) {
            Ok(known) => known,
            Err(_) => return Some(text),
        },
    };
    for scheme in wanted {
        let supposed = json!({
            "issuer": "https://issuer.example.com",
            "audience": ["supposed"],
            "jwks_uri": "https://issuer.example.com/keys",
        });
        known.entry(scheme).or_insert(supposed);
    }
    (!known.is_empty()).then(|| Value::Object(known).to_string())
}
