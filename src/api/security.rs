//! The security of an operation: `security`, and the security schemes in it with their `x-amazon-apigateway-auth*` extensions.
//!
//! API keys, access keys and token issuers are settings of a deployment. Only Cognito user pools are in the document.
//! Source: <https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-swagger-extensions-authorizer.html>.

use http::HeaderName;
use serde::{Deserialize, Serialize};

use super::http_serde;

/// The checks of the caller of an operation: the API key and the authorization. A request must pass both checks, even if the
/// document declares the two schemes as alternatives. API Gateway does the same.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Security {
    pub api_key: ApiKey,
    pub authorization: Authorization,
}

/// Whether a request must have an API key in the header `x-api-key`.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, Serialize, Deserialize)]
pub enum ApiKey {
    Required,
    #[default]
    NotRequired,
}

/// The proof of identity that a caller must send.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub enum Authorization {
    /// None: anyone can call the operation.
    #[default]
    None,
    /// `x-amazon-apigateway-authtype: awsSigv4`: a SigV4 signature for the service `execute-api`.
    AwsIam,
    /// A JSON Web Token.
    Token(TokenAuthorizer),
}

/// An authorizer that verifies a JSON Web Token.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TokenAuthorizer {
    /// The name of the security scheme, which is the key in `JWT_ISSUERS`.
    pub scheme: String,
    /// The header that contains the token.
    #[serde(with = "http_serde::header_name")]
    pub header: HeaderName,
    /// The token must have one of these scopes. An empty list requires no scope.
    pub scopes: Vec<String>,
    pub provider: TokenProvider,
}

/// The token issuer that the document names.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum TokenProvider {
    /// The ARNs of Cognito user pools: `arn:aws:cognito-idp:{region}:{account}:userpool/{id}`.
    Cognito(Vec<String>),
    /// The document names no issuer. `JWT_ISSUERS` must have an entry for the scheme.
    Custom,
}

impl Security {
    /// Returns whether anyone can call the operation.
    pub fn is_open(&self) -> bool {
        self.api_key == ApiKey::NotRequired && self.authorization == Authorization::None
    }
}

/// Returns the issuer of the tokens of a user pool, or `None` if the text is not the ARN of a user pool
/// (<https://docs.aws.amazon.com/cognito/latest/developerguide/amazon-cognito-user-pools-using-tokens-verifying-a-jwt.html>).
pub fn cognito_issuer(arn: &str) -> Option<String> {
    let parts: Vec<&str> = arn.splitn(6, ':').collect();
    let &["arn", partition, "cognito-idp", region, _, pool] = parts.as_slice() else { return None };
    let id = pool.strip_prefix("userpool/").filter(|id| !id.is_empty() && !region.is_empty())?;
    let suffix = if partition == "aws-cn" { "amazonaws.com.cn" } else { "amazonaws.com" };
    Some(format!("https://cognito-idp.{region}.{suffix}/{id}"))
}
