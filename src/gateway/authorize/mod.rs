//! Who may call: what a method's security asks, checked against the deployment's keys and issuers.
//!
//! Inside: the decision, for anonymous writes and API keys. Source:
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-control-access-to-api.html>.

use http::Method as HttpMethod;
use sha2::{Digest, Sha256};

use super::Context;
use super::context::Matched;
use super::rejection::Rejection;
use super::settings::AnonymousWrites;
use crate::api::ApiKey;
use crate::api::gateway_response::ResponseType;
use crate::api::integration::IntegrationMethod;

impl Context<'_> {
    /// Checks what can be checked from the head of the request: that there is a route, that a write is not
    /// anonymous by oversight, and the API key.
    ///
    /// # Errors
    /// The [`Rejection`] for a caller who may not.
    pub fn admit(&mut self) -> Result<(), Rejection> {
        let matched = self.route.as_ref().ok_or_else(Rejection::missing_authentication_token)?;
        refuse_anonymous_write(self, matched)?;
        if matched.method.security.api_key == ApiKey::Required {
            self.caller.api_key_id = Some(known_api_key(self)?);
        }
        Ok(())
    }
}

/// A method that changes S3 and asks nothing of its callers is one that a document shows off, or an oversight. The
/// deployment has to say which.
fn refuse_anonymous_write(context: &Context<'_>, matched: &Matched<'_>) -> Result<(), Rejection> {
    let method = match &matched.method.integration.http_method {
        IntegrationMethod::Fixed(method) => method,
        IntegrationMethod::Client => &context.inbound.method,
    };
    let writes =
        matches!(*method, HttpMethod::PUT | HttpMethod::POST | HttpMethod::DELETE | HttpMethod::PATCH);
    let allowed = context.gateway.settings.anonymous_writes == AnonymousWrites::Allowed;
    if !writes || allowed || !matched.method.security.is_open() {
        return Ok(());
    }
    Err(Rejection::of(ResponseType::AccessDenied).because(format!(
        "{method} toward S3 without `security` in the document; add security, or set ALLOW_ANONYMOUS_WRITES to \"true\""
    )))
}

fn known_api_key(context: &Context<'_>) -> Result<String, Rejection> {
    let reject = |cause: &str| Rejection::of(ResponseType::InvalidApiKey).because(cause);
    let key = context.inbound.headers.get("x-api-key").ok_or_else(|| reject("no x-api-key header"))?;
    let hash: [u8; 32] = Sha256::digest(key.as_bytes()).into();
    // Hashes of secrets: how far two of them agree tells nothing of the key.
    let known = context.gateway.settings.api_keys.iter().find(|known| known.sha256 == hash);
    known.map(|known| known.id.clone()).ok_or_else(|| reject("an API key that is not in API_KEYS"))
}
