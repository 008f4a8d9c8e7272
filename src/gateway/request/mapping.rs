//! Parameter mappings: the values of `requestParameters`, of `responseParameters`, and of the headers of gateway
//! responses (<https://docs.aws.amazon.com/apigateway/latest/developerguide/request-response-data-mappings.html>).

use std::borrow::Cow;

use http::{HeaderMap, HeaderValue};
use percent_encoding::percent_decode_str;

use super::context::Context;
use super::request_validator::Validated;
use crate::api::mapping::{
    AmbientSource, GatewayResponseSource, MethodRequestSource, Name, RequestSource, RequestTarget,
    ResponseSource,
};
use crate::gateway::http_rules::header_text;
use crate::gateway::json_body::JsonBody;
use crate::gateway::rejection::Rejection;

/// The values that the mappings of an integration set for one request.
#[derive(Debug, Default)]
pub(super) struct Mapped<'i> {
    path: Vec<(&'i Name, PathValue<'i>)>,
    pub(super) query: Vec<(&'i Name, Cow<'i, str>)>,
    pub(super) headers: HeaderMap,
}

/// The value of a placeholder in the uri.
#[derive(Debug)]
struct PathValue<'i> {
    decoded: Cow<'i, str>,
    /// The value as it arrived, if it is a path parameter of the client.
    raw: Option<&'i str>,
}

/// Returns the value of a request source, or `None` if it is missing.
///
/// # Errors
/// The [`Rejection`] for a value that is not UTF-8.
pub fn request_value<'v>(
    request: &'v Validated<'_>,
    source: &'v RequestSource,
) -> Result<Option<Cow<'v, str>>, Rejection> {
    match source {
        RequestSource::MethodRequest(source) => request.context.parameter(source),
        RequestSource::Body(path) => {
            Ok(request.body.as_ref().and_then(|body| body.value(path)).map(Cow::Owned))
        }
        RequestSource::Ambient(source) => Ok(request.context.ambient(source)),
    }
}

/// Returns the value of a response source. `headers` and `body` are the backend's.
pub(in crate::gateway) fn response_value<'v>(
    context: &'v Context<'_>,
    headers: &'v HeaderMap,
    body: Option<&JsonBody>,
    source: &'v ResponseSource,
) -> Option<Cow<'v, str>> {
    match source {
        ResponseSource::Header(header) => header_text(headers, header.name.as_str()),
        ResponseSource::MultiValueHeader(header) => {
            let values = headers.get_all(&header.name).iter();
            let values: Vec<_> = values.map(|value| String::from_utf8_lossy(value.as_bytes())).collect();
            (!values.is_empty()).then(|| Cow::Owned(values.join(",")))
        }
        ResponseSource::Body(path) => body.and_then(|body| body.value(path)).map(Cow::Owned),
        ResponseSource::Ambient(source) => context.ambient(source),
    }
}

/// Returns the value for a header of a gateway response. A value that cannot be decoded is left out.
pub(in crate::gateway) fn gateway_response_value<'v>(
    context: &'v Context<'_>,
    source: &'v GatewayResponseSource,
) -> Option<Cow<'v, str>> {
    match source {
        GatewayResponseSource::MethodRequest(source) => context.parameter(source).ok().flatten(),
        GatewayResponseSource::Ambient(source) => context.ambient(source),
    }
}

impl<'i> Mapped<'i> {
    /// Evaluates the mappings of a request, in the order of the document. A missing value leaves its target out.
    ///
    /// # Errors
    /// The [`Rejection`] for a value that its target cannot have.
    pub(super) fn of(request: &'i Validated<'_>) -> Result<Self, Rejection> {
        let mut mapped = Self::default();
        for (target, source) in &request.served.integration().request_parameters {
            let Some(value) = request_value(request, source)? else { continue };
            match target {
                RequestTarget::Path(name) => {
                    let raw = match source {
                        RequestSource::MethodRequest(MethodRequestSource::Path(name)) => {
                            request.context.raw_path_parameter(name)
                        }
                        _ => None,
                    };
                    mapped.path.push((name, PathValue { decoded: decoded_static(source, value), raw }));
                }
                RequestTarget::QueryString(name) => match source {
                    RequestSource::MethodRequest(MethodRequestSource::MultiValueQueryString(from)) => {
                        for value in request.context.inbound.query_values(from.as_str()) {
                            mapped.add_query(name, Cow::Owned(value?));
                        }
                    }
                    // An empty static value is meant, as in `?acl=`.
                    RequestSource::Ambient(AmbientSource::Static(text)) => {
                        let value = decoded_static(source, Cow::Owned(text.replace('+', " ")));
                        mapped.query.push((name, value));
                    }
                    source => mapped.add_query(name, decoded_static(source, value)),
                },
                RequestTarget::Header(header) if !value.is_empty() => {
                    let parsed = HeaderValue::from_bytes(value.as_bytes()).map_err(|_| {
                        let name = &header.written;
                        Rejection::bad_parameter(format!(
                            "the value for the header {name} has a control character"
                        ))
                    })?;
                    mapped.headers.insert(&header.name, parsed);
                }
                RequestTarget::Header(_) => {}
            }
        }
        Ok(mapped)
    }

    /// Adds a query parameter. An empty value leaves it out, as in headers and in the path.
    fn add_query(&mut self, name: &'i Name, value: Cow<'i, str>) {
        if !value.is_empty() {
            self.query.push((name, value));
        }
    }

    /// Returns the value for `{name}` of the uri. An empty value counts as missing: a key cannot be empty.
    pub(super) fn path_value(&self, name: &Name) -> Option<&str> {
        let found = self.path.iter().find(|(known, _)| *known == name);
        found.map(|(_, value)| value.decoded.as_ref()).filter(|value| !value.is_empty())
    }

    /// Returns the value for `{name}` as it arrived, if it is a path parameter of the client.
    pub(super) fn raw_path_value(&self, name: &Name) -> Option<&str> {
        self.path.iter().find(|(known, _)| *known == name).and_then(|(_, value)| value.raw)
    }
}

/// Decodes a static value: the document writes it percent-encoded
/// (<https://docs.aws.amazon.com/apigateway/latest/api/API_PutIntegration.html>).
fn decoded_static<'v>(source: &RequestSource, value: Cow<'v, str>) -> Cow<'v, str> {
    match source {
        RequestSource::Ambient(AmbientSource::Static(_)) if value.contains('%') => {
            Cow::Owned(percent_decode_str(&value).decode_utf8_lossy().into_owned())
        }
        RequestSource::Ambient(_) | RequestSource::Body(_) | RequestSource::MethodRequest(_) => value,
    }
}
