//! One request's context: what `$context` and `$stageVariables` read, and what every stage needs.
//!
//! Inside: the request's head, the route it took, who called. Not inside: the body, and S3's answer.

use std::borrow::Cow;
use std::net::IpAddr;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use http::{HeaderMap, Method as HttpMethod};

use super::Gateway;
use super::coding::Coding;
use super::deployment::{Deployed, DeployedOperation};
use super::header_rules::NOT_READABLE;
use super::known_body::Look;
use super::method_request::PAYLOAD_LIMIT;
use super::rejection::Rejection;
use super::route::Route;
use crate::api::context_variable::{ContextVariable, claim};
use crate::api::integration::Backend;
use crate::api::mapping::{AmbientSource, MethodRequestSource};
use crate::api::template::Values;
use crate::api::{Operation, Resource, ServedOperation, UnsupportedOperation};

/// The head of a client's request, and the circumstances of its arrival.
#[derive(Clone, Debug)]
pub struct Inbound {
    /// The method.
    pub method: HttpMethod,
    /// The path of the URL, as it came: still percent-encoded.
    pub path: String,
    /// The query of the URL, without `?`, as it came.
    pub query: Option<String>,
    /// The host of the URL.
    pub host: String,
    /// The headers.
    pub headers: HeaderMap,
    /// A new id for this request.
    pub request_id: String,
    /// The client's address, where it is known.
    pub source_ip: Option<IpAddr>,
    /// When the request arrived.
    pub time: SystemTime,
}

/// Who called, as far as the method's security asked.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Caller {
    /// The id of the API key.
    pub api_key_id: Option<String>,
    /// The access key id of the signature.
    pub access_key: Option<String>,
    /// The claims of the token, a JSON object.
    pub claims: Option<serde_json::Value>,
}

/// A request on its way through the gateway.
#[derive(Debug)]
pub struct Context<'g> {
    pub(super) gateway: &'g Gateway,
    pub(super) inbound: Inbound,
    pub(super) method: HttpMethod,
    pub(super) routing: Routing<'g>,
    /// Who called; `None` until [`Context::accept`] has taken them in.
    pub(super) caller: Option<Caller>,
    /// How the body was encoded, where it [had to be decoded](Context::decode_body).
    pub(super) coding: Option<Coding>,
    /// What the body says, where the document [looks into it](Context::looks_into_body).
    pub(super) look: Look,
}

/// The operation that the method and the path of a request select, if there is one.
#[derive(Debug)]
pub(super) enum Routing<'g> {
    /// An operation that runs at the edge.
    Served(Matched<'g>),
    /// An operation that does not run at the edge.
    Unsupported { resource: &'g Resource, operation: &'g UnsupportedOperation },
    /// No operation, on a path below the base path.
    Unknown,
    /// A path that is not below the base path.
    Outside,
}

/// The served operation that takes the request.
#[derive(Debug)]
pub(super) struct Matched<'g> {
    pub(super) resource: &'g Resource,
    pub(super) operation: &'g ServedOperation,
    pub(super) deployed: &'g Deployed,
    /// In the order of the path's parameters, still percent-encoded.
    pub(super) parameters: Vec<String>,
}

impl Inbound {
    /// The `Content-Length`, if there is one.
    pub fn content_length(&self) -> Option<u64> {
        /// What JavaScript can count to.
        const MOST: u64 = 1 << 53;
        let length = self.headers.get("content-length")?.to_str().ok()?.parse().ok()?;
        (length < MOST).then_some(length)
    }

    /// The method that is meant in place of that which was sent.
    pub fn overriding_method(&self) -> Option<HttpMethod> {
        let name = self.headers.get("x-http-method-override")?.as_bytes().trim_ascii();
        HttpMethod::from_bytes(&name.to_ascii_uppercase()).ok()
    }
}

impl<'g> Routing<'g> {
    fn of(gateway: &'g Gateway, method: &HttpMethod, path: &str) -> Self {
        let Some(path) = gateway.below_base_path(path) else { return Self::Outside };
        let Some(Route { method, parameters }) = gateway.router.find(method, path) else {
            return Self::Unknown;
        };
        let resource = gateway.api.resources.get(method.resource);
        let deployed = gateway.deployed.get(method.resource).and_then(|of| of.get(method.method));
        let (Some(resource), Some(deployed)) = (resource, deployed) else { return Self::Unknown };
        let operation = resource.methods.get(method.method).map(|method| &method.operation);
        match (operation, deployed) {
            (Some(Operation::Served(operation)), DeployedOperation::Served(deployed)) => {
                let parameters = parameters.into_iter().map(str::to_owned).collect();
                Self::Served(Matched { resource, operation, deployed, parameters })
            }
            (_, DeployedOperation::Unsupported(operation))
            | (Some(Operation::Unsupported(operation)), DeployedOperation::Served(_)) => {
                Self::Unsupported { resource, operation }
            }
            (None, DeployedOperation::Served(_)) => Self::Unknown,
        }
    }
}

impl<'g> Context<'g> {
    /// Takes a request in and finds its route.
    pub(super) fn new(gateway: &'g Gateway, inbound: Inbound) -> Self {
        let method = inbound.overriding_method().unwrap_or_else(|| inbound.method.clone());
        let routing = Routing::of(gateway, &method, &inbound.path);
        Self { gateway, inbound, method, routing, caller: None, coding: None, look: Look::NotYet }
    }

    /// Returns the operation that takes the request, if it runs at the edge.
    pub(super) fn served(&self) -> Option<&Matched<'g>> {
        match &self.routing {
            Routing::Served(matched) => Some(matched),
            Routing::Unsupported { .. } | Routing::Unknown | Routing::Outside => None,
        }
    }

    /// The head of the client's request.
    pub fn inbound(&self) -> &Inbound {
        &self.inbound
    }

    /// The method that the client means: that of its request, or what `X-HTTP-Method-Override` says
    /// (<https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-known-issues.html>).
    pub fn method(&self) -> &HttpMethod {
        &self.method
    }

    /// Who answers the request behind this gateway, for the log.
    pub fn backend_name(&self) -> &'static str {
        match self.served().map(|matched| &matched.operation.integration.backend) {
            Some(Backend::Http(_) | Backend::HttpProxy(_)) => "the backend",
            Some(Backend::S3(_) | Backend::Mock) => "S3",
            None => "the original API",
        }
    }

    /// Whether the client waits for a head alone, whatever it means.
    pub(super) fn sends_head(&self) -> bool {
        [&self.inbound.method, &self.method].contains(&&HttpMethod::HEAD)
    }

    /// The path template that the request matches: `/{folder}/{item}`.
    pub fn resource_path(&self) -> Option<&'g str> {
        match &self.routing {
            Routing::Served(Matched { resource, .. }) | Routing::Unsupported { resource, .. } => {
                Some(resource.path.written.as_str())
            }
            Routing::Unknown | Routing::Outside => None,
        }
    }

    /// The rejection for a body that is larger than [`PAYLOAD_LIMIT`] and would have to be held in memory.
    pub fn over_payload_limit(&self) -> Rejection {
        if self.gateway.is_edge() {
            Rejection::too_large(PAYLOAD_LIMIT as u64)
        } else {
            Rejection::payload_limit()
        }
    }

    /// The text of a header that a document may read: the last of that name.
    pub(super) fn header(&self, name: &str) -> Option<Cow<'_, str>> {
        self.header_values(name).last()
    }

    /// Every value of a header that a document may read. The Worker's runtime has joined them to one already.
    pub(super) fn header_values<'v>(
        &'v self,
        name: &str,
    ) -> impl Iterator<Item = Cow<'v, str>> + use<'v, 'g> {
        let is_readable = !NOT_READABLE.iter().any(|hidden| hidden.eq_ignore_ascii_case(name));
        let values = is_readable.then(|| self.inbound.headers.get_all(name).iter());
        values.into_iter().flatten().map(|value| String::from_utf8_lossy(value.as_bytes()))
    }

    /// The value of an ambient mapping source.
    pub(super) fn ambient<'a>(&'a self, source: &'a AmbientSource) -> Option<Cow<'a, str>> {
        match source {
            AmbientSource::Context(name) => self.context(name.as_str()),
            AmbientSource::StageVariable(name) => self.stage_variable(name.as_str()),
            AmbientSource::Static(text) => Some(Cow::Borrowed(text)),
        }
    }

    fn claim(&self, name: &str) -> Option<Cow<'_, str>> {
        let claim = self.caller.as_ref()?.claims.as_ref()?.get(name)?;
        Some(claim.as_str().map_or_else(|| Cow::Owned(claim.to_string()), Cow::Borrowed))
    }
}

impl Values for Context<'_> {
    /// <https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-mapping-template-reference.html>; what
    /// only AWS has (account ids, caches, firewalls) is empty, as it is there where it does not apply.
    fn context(&self, name: &str) -> Option<Cow<'_, str>> {
        let inbound = &self.inbound;
        let Some(variable) = ContextVariable::from_name(name) else { return self.claim(claim(name)?) };
        Some(match variable {
            ContextVariable::RequestId | ContextVariable::ExtendedRequestId => {
                Cow::Borrowed(inbound.request_id.as_str())
            }
            ContextVariable::HttpMethod => Cow::Borrowed(self.method.as_str()),
            ContextVariable::Path => Cow::Borrowed(inbound.path.as_str()),
            ContextVariable::ResourcePath => Cow::Borrowed(self.resource_path()?),
            ContextVariable::Stage => Cow::Borrowed(self.gateway.stage_name()),
            ContextVariable::Protocol => Cow::Borrowed("HTTP/1.1"),
            ContextVariable::DomainName => Cow::Borrowed(inbound.host.as_str()),
            ContextVariable::DomainPrefix => Cow::Borrowed(inbound.host.split('.').next()?),
            ContextVariable::RequestTime => Cow::Owned(common_log_time(inbound.time)),
            ContextVariable::RequestTimeEpoch => {
                Cow::Owned(since_epoch(inbound.time).as_millis().to_string())
            }
            ContextVariable::SourceIp => Cow::Owned(inbound.source_ip?.to_string()),
            ContextVariable::UserAgent => self.header("user-agent")?,
            ContextVariable::ApiKey => {
                self.caller.as_ref()?.api_key_id.as_ref()?;
                self.header("x-api-key")?
            }
            ContextVariable::ApiKeyId => Cow::Borrowed(self.caller.as_ref()?.api_key_id.as_deref()?),
            ContextVariable::AccessKey => Cow::Borrowed(self.caller.as_ref()?.access_key.as_deref()?),
        })
    }

    fn stage_variable(&self, name: &str) -> Option<Cow<'_, str>> {
        self.gateway.settings.stage_variables.get(name).map(|value| Cow::Borrowed(value.as_str()))
    }

    /// As gateway responses read it: decoded, and silent where it cannot be.
    fn method_request(&self, source: &MethodRequestSource) -> Option<Cow<'_, str>> {
        super::parameters::value(self, source).ok().flatten().map(Cow::Owned)
    }
}

fn since_epoch(time: SystemTime) -> Duration {
    time.duration_since(UNIX_EPOCH).unwrap_or_default()
}

/// `09/Apr/2026:12:34:56 +0000`
fn common_log_time(time: SystemTime) -> String {
    let time = time::OffsetDateTime::from(time);
    let month = time.month().to_string();
    let month = month.get(..3).unwrap_or_default();
    let (year, day) = (time.year(), time.day());
    format!("{day:02}/{month}/{year}:{:02}:{:02}:{:02} +0000", time.hour(), time.minute(), time.second())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times() {
        assert_eq!(
            common_log_time(UNIX_EPOCH + Duration::from_secs(1_775_738_096)),
            "09/Apr/2026:12:34:56 +0000"
        );
    }
}
