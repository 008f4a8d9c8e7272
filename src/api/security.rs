//! Who may call a method: `security`, and the schemes that it names.
//!
//! Inside: security schemes with their `x-amazon-apigateway-auth*` extensions as types. Not inside: checking a request
//! against them (`gateway::authorize`), and the keys and issuers, which are settings of the deployment. Source:
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-swagger-extensions-authorizer.html>.

use http::HeaderName;
use serde::{Deserialize, Serialize};

use super::http_serde;

/// What a method asks of its callers. API Gateway asks for all of it, however the document groups it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Security {
    /// Whether an API key is needed, in `x-api-key`.
    pub api_key: ApiKey,
    /// Who the caller must be.
    pub authorization: Authorization,
}

/// Whether an API key is needed.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, Serialize, Deserialize)]
pub enum ApiKey {
    /// It is.
    Required,
    /// It is not.
    #[default]
    NotRequired,
}

/// Who a caller must be.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub enum Authorization {
    /// Anyone.
    #[default]
    None,
    /// `x-amazon-apigateway-authtype: awsSigv4`: a SigV4 signature for the service `execute-api`.
    AwsIam,
    /// Somebody with a token.
    Token(TokenAuthorizer),
}

/// An authorizer that reads a JSON Web Token.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TokenAuthorizer {
    /// The name of the security scheme, which `JWT_ISSUERS` refers to.
    pub scheme: String,
    /// The header with the token.
    #[serde(with = "http_serde::header_name")]
    pub header: HeaderName,
    /// The scopes of which the token must have one; none where the list is empty.
    pub scopes: Vec<String>,
    /// Where the document says that the tokens come from.
    pub provider: TokenProvider,
}

/// Where the document says that tokens come from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum TokenProvider {
    /// Cognito user pools, by ARN: `arn:aws:cognito-idp:{region}:{account}:userpool/{id}`.
    Cognito(Vec<String>),
    /// The issuer that `JWT_ISSUERS` names.
    Custom,
}

impl Security {
    /// Whether anyone may call the method.
    pub fn is_open(&self) -> bool {
        self.api_key == ApiKey::NotRequired && self.authorization == Authorization::None
    }
}

/// The issuer of a user pool's tokens
/// (<https://docs.aws.amazon.com/cognito/latest/developerguide/amazon-cognito-user-pools-using-tokens-verifying-a-jwt.html>).
pub fn cognito_issuer(arn: &str) -> Option<String> {
    let parts: Vec<&str> = arn.splitn(6, ':').collect();
    let &["arn", partition, "cognito-idp", region, _, pool] = parts.as_slice() else { return None };
    let id = pool.strip_prefix("userpool/").filter(|id| !id.is_empty() && !region.is_empty())?;
    let suffix = if partition == "aws-cn" { "amazonaws.com.cn" } else { "amazonaws.com" };
    Some(format!("https://cognito-idp.{region}.{suffix}/{id}"))
}
