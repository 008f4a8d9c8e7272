//! Token issuers: the entries of `JWT_ISSUERS` and the user pools of Cognito authorizers.
//!
//! The document and the settings together decide which issuers a method trusts.

use std::collections::BTreeMap;
use std::fmt;

use serde_json::Value;

use super::error::DeploymentError;
use crate::api::{Api, Authorization, ServedOperation, TokenAuthorizer, TokenProvider, cognito_issuer};
use crate::s3::Endpoint;

/// A token issuer that an authorizer trusts.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct JwtIssuer {
    /// The required value of the claim `iss`.
    pub issuer: String,
    /// The accepted values of the claim `aud` (or `client_id`). If the list is empty, every value is accepted.
    pub audience: Vec<String>,
    /// The URL of the issuer's keys.
    pub jwks_uri: JwksUri,
}

/// The URL of a JSON Web Key Set: https, or http on loopback.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct JwksUri(String);

impl JwtIssuer {
    /// Reads an entry of `JWT_ISSUERS`.
    ///
    /// # Errors
    /// Returns the reason why the entry is not valid.
    pub(super) fn read(entry: &Value) -> Result<Self, &'static str> {
        let text = |key: &str| entry.get(key)?.as_str().filter(|text| !text.is_empty());
        let known = ["issuer", "audience", "jwks_uri"];
        let keys = entry.as_object().ok_or("it is not an object")?;
        if !keys.keys().all(|key| known.contains(&key.as_str())) {
            return Err("it has a key other than `issuer`, `audience` and `jwks_uri`");
        }
        let audience = match entry.get("audience") {
            None => Vec::new(),
            Some(list) => strings(list).ok_or("its `audience` is not an array of strings")?,
        };
        let issuer = text("issuer").ok_or("its `issuer` is missing, empty or not a string")?.to_owned();
        let uri = text("jwks_uri").ok_or("its `jwks_uri` is missing, empty or not a string")?;
        let jwks_uri = JwksUri::parse(uri).ok_or(
            "its `jwks_uri` must be an https URL (http only on loopback) without a user name or a fragment",
        )?;
        Ok(Self { issuer, audience, jwks_uri })
    }

    /// The valid values of the setting, for messages.
    pub(super) const EXPECTED: &str = "a JSON object that maps names of security schemes to {\"issuer\", \
         \"audience\": [...], \"jwks_uri\"}, with https URLs";

    /// Returns the issuer of a Cognito user pool, or `None` if the ARN is not valid
    /// (<https://docs.aws.amazon.com/cognito/latest/developerguide/amazon-cognito-user-pools-using-tokens-verifying-a-jwt.html>).
    fn of_user_pool(arn: &str) -> Option<Self> {
        let issuer = cognito_issuer(arn)?;
        let jwks_uri = JwksUri::parse(&format!("{issuer}/.well-known/jwks.json"))?;
        Some(Self { issuer, audience: Vec::new(), jwks_uri })
    }
}

fn strings(list: &Value) -> Option<Vec<String>> {
    list.as_array()?.iter().map(|item| item.as_str().map(str::to_owned)).collect()
}

impl JwksUri {
    fn parse(text: &str) -> Option<Self> {
        let (scheme, rest) = text.split_once("://")?;
        let authority = rest.split(['/', '?']).next()?;
        let server = Endpoint::parse(&format!("{scheme}://{authority}")).ok()?;
        let is_safe = server.is_safe();
        let is_plain = text.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'#' && byte != b'\\');
        (is_safe && is_plain).then(|| Self(text.to_owned()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for JwksUri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Returns the issuers that a method trusts: the entry of its security scheme in `JWT_ISSUERS`, or else the user pools of its
/// Cognito authorizer. The list is empty if the method does not require a token.
///
/// # Errors
/// Returns a message if the scheme has no entry in `JWT_ISSUERS`, and has no user pools or a user pool whose ARN is not valid.
pub(super) fn issuers(
    operation: &ServedOperation,
    settings: &BTreeMap<String, JwtIssuer>,
) -> Result<Vec<JwtIssuer>, String> {
    let Authorization::Token(authorizer) = &operation.security.authorization else { return Ok(Vec::new()) };
    let TokenAuthorizer { scheme, provider, .. } = authorizer;
    if let Some(issuer) = settings.get(scheme) {
        return Ok(vec![issuer.clone()]);
    }
    let pools = match provider {
        TokenProvider::Cognito(pools) => pools.as_slice(),
        TokenProvider::Custom => &[],
    };
    let issuers: Option<Vec<_>> = pools.iter().map(|arn| JwtIssuer::of_user_pool(arn)).collect();
    issuers.filter(|issuers| !issuers.is_empty()).ok_or_else(|| {
        format!("The security scheme `{scheme}` has no token issuer. Add an entry `{scheme}` to JWT_ISSUERS.")
    })
}

/// Returns an error for each entry of `JWT_ISSUERS` that no operation at the edge uses. The name of such an entry is probably
/// misspelled. The Cognito authorizer that is meant would then trust its user pools, without the audience of the entry.
pub(super) fn unused_issuers(
    api: &Api,
    settings: &BTreeMap<String, JwtIssuer>,
) -> impl Iterator<Item = DeploymentError> {
    let has_scheme = move |name: &str| {
        api.served().any(|operation| match &operation.security.authorization {
            Authorization::Token(authorizer) => authorizer.scheme == name,
            Authorization::None | Authorization::AwsIam => false,
        })
    };
    settings.keys().filter(move |name| !has_scheme(name)).map(|name| DeploymentError {
        place: "JWT_ISSUERS".to_owned(),
        reason: format!(
            "no operation that runs at the edge has an authorizer named `{name}`. Correct the name, or remove the entry"
        ),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_safe_urls_of_key_sets_are_accepted() {
        for text in [
            "https://example.com/.well-known/jwks.json",
            "https://example.com",
            "https://example.com:8443/keys?tenant=a",
            "http://127.0.0.1:8000/jwks.json",
            "http://localhost:8000/jwks.json",
            "http://[::1]/jwks.json",
        ] {
            assert_eq!(JwksUri::parse(text).map(|uri| uri.to_string()).as_deref(), Some(text));
        }
        for text in [
            "",
            "example.com",
            "http://example.com/jwks.json",
            "http://127.0.0.1:80@example.com/jwks.json",
            "http://127.0.0.1.example.com/jwks.json",
            "http://example.com\\@127.0.0.1/",
            "https://example.com/\\jwks",
            "https://example.com/jwks.json#a",
            "https://example.com/a b",
            "https:///jwks.json",
            "ftp://127.0.0.1/jwks.json",
            "file:///etc/passwd",
        ] {
            assert_eq!(JwksUri::parse(text), None, "{text}");
        }
    }

    #[test]
    fn only_valid_entries_of_jwt_issuers_are_read() {
        let entry = |text: &str| JwtIssuer::read(&serde_json::from_str(text).unwrap());
        let read =
            entry(r#"{"issuer": "me", "audience": ["a"], "jwks_uri": "https://example.com/"}"#).unwrap();
        assert_eq!((read.issuer.as_str(), read.audience.as_slice()), ("me", &["a".to_owned()][..]));
        assert!(
            entry(r#"{"issuer": "me", "jwks_uri": "https://example.com/"}"#).unwrap().audience.is_empty()
        );
        for text in [
            "[]",
            "\"me\"",
            r#"{"issuer": "me"}"#,
            r#"{"issuer": "", "jwks_uri": "https://example.com/"}"#,
            r#"{"issuer": "me", "jwks_uri": "http://example.com/"}"#,
            r#"{"issuer": "me", "audience": "a", "jwks_uri": "https://example.com/"}"#,
            r#"{"issuer": "me", "audience": [1], "jwks_uri": "https://example.com/"}"#,
            r#"{"issuer": "me", "audiences": ["a"], "jwks_uri": "https://example.com/"}"#,
        ] {
            assert!(entry(text).is_err(), "{text}");
        }
    }

    #[test]
    fn the_arn_of_a_user_pool_gives_the_url_of_its_keys() {
        let pool =
            JwtIssuer::of_user_pool("arn:aws:cognito-idp:eu-west-1:123456789012:userpool/eu-west-1_abc");
        let uri = "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_abc/.well-known/jwks.json";
        assert_eq!(pool.unwrap().jwks_uri.as_str(), uri);
    }
}
