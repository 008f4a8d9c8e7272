//! The context of a request: the source of `$context`, `$stageVariables` and `method.request`.

use std::borrow::Cow;
use std::cell::OnceCell;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use http::Method;

use super::content_encoding::{ContentEncoding, Decoding};
use super::inbound::{Inbound, percent_decode};
use crate::api::Resource;
use crate::api::context_variable::{ContextVariable, claim};
use crate::api::mapping::{AmbientSource, MethodRequestSource, Name};
use crate::api::template::Values;
use crate::gateway::behaviour::{Behaviour, Difference};
use crate::gateway::deployment::budget::{Held, OverBudget};
use crate::gateway::deployment::gateway::Gateway;
use crate::gateway::http_rules::NOT_READABLE;
use crate::gateway::limits::PAYLOAD_LIMIT;
use crate::gateway::rejection::Rejection;

/// A caller. The security of the operation decides which fields are set.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Caller {
    /// The id of the API key.
    pub api_key_id: Option<String>,
    /// The access key id of the signature.
    pub access_key: Option<String>,
    /// The claims of the token, a JSON object.
    pub claims: Option<serde_json::Value>,
}

/// A client's request, as the stages read it. Only `caller` is set later.
#[derive(Debug)]
pub struct Context<'g> {
    pub(in crate::gateway) gateway: &'g Gateway,
    pub(in crate::gateway) inbound: Inbound,
    method: Method,
    resource: Option<&'g Resource>,
    /// The values of the path parameters in the order of the path, percent-encoded as they arrived.
    path_parameters: Vec<String>,
    pub(super) decoding: Decoding,
    /// Set when the caller is admitted. Before, `$context` variables about the caller have no value.
    pub(in crate::gateway) caller: OnceCell<Caller>,
    held: Held<'g>,
}

impl<'g> Context<'g> {
    /// Returns the context of a request. `resource` is `None` if no operation matches the request.
    pub(super) fn new(
        gateway: &'g Gateway,
        inbound: Inbound,
        method: Method,
        resource: Option<&'g Resource>,
        path_parameters: Vec<String>,
    ) -> Self {
        let decoding = Decoding::of(&gateway.api.compression, &inbound.headers);
        let (caller, held) = (OnceCell::new(), gateway.budget.open());
        Self { gateway, inbound, method, resource, path_parameters, decoding, caller, held }
    }

    /// Returns the head of the client's request.
    pub fn inbound(&self) -> &Inbound {
        &self.inbound
    }

    /// Returns the method that selects the operation: see [`Inbound::intended_method`].
    pub fn method(&self) -> &Method {
        &self.method
    }

    /// Returns the behaviour of the deployment.
    pub fn behaviour(&self) -> Behaviour {
        self.gateway.settings.behaviour
    }

    /// Returns whether the behaviour of the deployment has this difference from API Gateway.
    pub(in crate::gateway) fn has(&self, difference: Difference) -> bool {
        self.behaviour().has(difference)
    }

    /// Returns whether the response has no body: the client's method, or the method in `X-HTTP-Method-Override`, is HEAD.
    pub(in crate::gateway) fn wants_head_only(&self) -> bool {
        self.inbound.method == Method::HEAD || self.method == Method::HEAD
    }

    /// Returns the path template that the request matches, such as `/{folder}/{item}`, or `None` if no operation matches.
    pub fn resource_path(&self) -> Option<&'g str> {
        self.resource.map(|resource| resource.path.written.as_str())
    }

    /// Returns the names and values of the path parameters. The values are percent-encoded as they arrived.
    pub fn path_parameters(&self) -> impl Iterator<Item = (&'g Name, &str)> {
        let names = self.resource.into_iter().flat_map(|resource| resource.path.parameters());
        names.zip(self.path_parameters.iter().map(String::as_str))
    }

    /// Returns the value of a path parameter, percent-encoded as it arrived, or `None` if the path has no such parameter.
    pub(super) fn raw_path_parameter(&self, name: &Name) -> Option<&str> {
        self.path_parameters().find(|(known, _)| *known == name).map(|(_, raw)| raw)
    }

    /// Returns the encoding from which the body must be decoded, or `None` if the body is not decoded.
    pub fn content_encoding(&self) -> Option<ContentEncoding> {
        self.decoding.encoding()
    }

    /// Returns the `Content-Length`, or `None` if it is missing or not valid, or if the body is decoded.
    pub(in crate::gateway) fn content_length(&self) -> Option<u64> {
        self.content_encoding().is_none().then(|| self.inbound.content_length())?
    }

    /// Records the number of bytes of bodies that the request holds in memory.
    ///
    /// # Errors
    /// The [`Rejection`] 503 if the requests of this isolate would hold more than `MEMORY_BUDGET`.
    pub(in crate::gateway) fn hold(&self, bytes: usize) -> Result<(), Rejection> {
        self.held.set(bytes).map_err(|OverBudget { needed, most }| {
            Rejection::overloaded(format!(
                "the request needs {needed} bytes of memory, and the requests of this isolate may hold {most} bytes together (MEMORY_BUDGET)"
            ))
        })
    }

    /// Returns the rejection for a body that broke off, with the reason that the runtime gives.
    pub(in crate::gateway) fn broken_body(&self, reason: &str) -> Rejection {
        match self.content_encoding() {
            None => Rejection::body_broke_off(reason),
            Some(encoding) => encoding.broken(reason),
        }
    }

    /// Returns the length in bytes of the longest body that a model or a mapping can read as JSON.
    pub fn json_body_limit(&self) -> usize {
        if self.has(Difference::NoCeiling) { self.gateway.settings.json_body_limit } else { PAYLOAD_LIMIT }
    }

    /// Returns the rejection for a request body that is larger than `limit`, before or after its conversion. In `aws`, the
    /// limit is always [`PAYLOAD_LIMIT`].
    pub fn over_limit(&self, limit: usize) -> Rejection {
        if self.has(Difference::NoCeiling) {
            Rejection::too_large(limit as u64)
        } else {
            Rejection::payload_limit()
        }
    }

    /// Returns whether mappings and templates cannot read a header of the client.
    pub(super) fn hides(&self, name: &str) -> bool {
        let is_decoded = self.decoding != Decoding::None && name.eq_ignore_ascii_case("content-encoding");
        is_decoded || NOT_READABLE.iter().any(|hidden| hidden.eq_ignore_ascii_case(name))
    }

    /// Returns the last value of a header, or `None` if the header is missing or mappings cannot read it.
    fn header(&self, name: &str) -> Option<Cow<'_, str>> {
        self.header_values(name).last()
    }

    fn header_values(&self, name: &str) -> impl Iterator<Item = Cow<'_, str>> {
        let values = (!self.hides(name)).then(|| self.inbound.header_values(name));
        values.into_iter().flatten()
    }

    /// Returns the value of `method.request.…`, or `None` if it is missing. Path and query parameters are decoded once.
    ///
    /// # Errors
    /// The [`Rejection`] for a path or query parameter that is not UTF-8.
    pub(super) fn parameter(&self, source: &MethodRequestSource) -> Result<Option<Cow<'_, str>>, Rejection> {
        let joined = |values: Vec<Cow<'_, str>>| (!values.is_empty()).then(|| Cow::Owned(values.join(",")));
        match source {
            MethodRequestSource::Path(name) => {
                let decoded = self.raw_path_parameter(name).map(|raw| percent_decode(raw, name.as_str()));
                Ok(decoded.transpose()?.map(Cow::Owned))
            }
            MethodRequestSource::QueryString(name) => {
                Ok(self.inbound.query_values(name.as_str()).last().transpose()?.map(Cow::Owned))
            }
            MethodRequestSource::MultiValueQueryString(name) => {
                let values = self.inbound.query_values(name.as_str()).map(|value| value.map(Cow::Owned));
                Ok(joined(values.collect::<Result<_, _>>()?))
            }
            MethodRequestSource::Header(header) => Ok(self.header(header.name.as_str())),
            MethodRequestSource::MultiValueHeader(header) => {
                Ok(joined(self.header_values(header.name.as_str()).collect()))
            }
        }
    }

    /// Returns the value of a `context` variable, of a stage variable or of a static value, or `None` if it is missing.
    pub(in crate::gateway) fn ambient<'a>(&'a self, source: &'a AmbientSource) -> Option<Cow<'a, str>> {
        match source {
            AmbientSource::Context(name) => self.context(name.as_str()),
            AmbientSource::StageVariable(name) => self.stage_variable(name.as_str()),
            AmbientSource::Static(text) => Some(Cow::Borrowed(text)),
        }
    }

    fn claim(&self, name: &str) -> Option<Cow<'_, str>> {
        let claim = self.caller.get()?.claims.as_ref()?.get(name)?;
        Some(claim.as_str().map_or_else(|| Cow::Owned(claim.to_string()), Cow::Borrowed))
    }
}

impl Values for Context<'_> {
    /// Returns the value of a `$context` variable, or `None` if it is missing
    /// (<https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-mapping-template-reference.html>).
    /// Variables about an AWS account, a cache or a firewall have no value.
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
                self.caller.get()?.api_key_id.as_ref()?;
                self.header("x-api-key")?
            }
            ContextVariable::ApiKeyId => Cow::Borrowed(self.caller.get()?.api_key_id.as_deref()?),
            ContextVariable::AccessKey => Cow::Borrowed(self.caller.get()?.access_key.as_deref()?),
        })
    }

    fn stage_variable(&self, name: &str) -> Option<Cow<'_, str>> {
        self.gateway.settings.stage_variables.get(name).map(|value| Cow::Borrowed(value.as_str()))
    }

    /// Returns the value of a parameter, or `None` if it is missing or cannot be decoded.
    fn method_request(&self, source: &MethodRequestSource) -> Option<Cow<'_, str>> {
        self.parameter(source).ok().flatten()
    }
}

fn since_epoch(time: SystemTime) -> Duration {
    time.duration_since(UNIX_EPOCH).unwrap_or_default()
}

/// Returns a time as `$context.requestTime` shows it: `09/Apr/2026:12:34:56 +0000`.
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
    fn a_time_has_the_format_of_the_common_log() {
        assert_eq!(
            common_log_time(UNIX_EPOCH + Duration::from_secs(1_775_738_096)),
            "09/Apr/2026:12:34:56 +0000"
        );
    }
}
