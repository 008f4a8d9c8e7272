//! Evaluating `requestParameters`: values of the client's request, decoded once, to the places that they are mapped to.
//!
//! A query is form-decoded (`+` is a space), a path percent-decoded (`+` is `+`), each once; what is then no UTF-8 is
//! refused, as no S3 key can be made of it.

use http::{HeaderMap, HeaderValue};
use percent_encoding::percent_decode_str;

use super::context::Context;
use super::rejection::Rejection;
use crate::api::integration::Integration;
use crate::api::mapping::{AmbientSource, MethodRequestSource, Name, RequestSource, RequestTarget};

/// What the mappings of an integration give for one request.
#[derive(Debug, Default)]
pub(super) struct Mapped<'i> {
    pub(super) path: Vec<(&'i Name, String)>,
    pub(super) query: Vec<(String, String)>,
    pub(super) headers: HeaderMap,
}

impl<'i> Mapped<'i> {
    /// Evaluates every mapping. A value that is missing leaves its target out.
    pub(super) fn of(context: &Context<'_>, integration: &'i Integration) -> Result<Self, Rejection> {
        let mut mapped = Self::default();
        for (target, source) in &integration.request_parameters {
            let value = match source {
                RequestSource::MethodRequest(source) => value(context, source)?,
                RequestSource::Body(path) => context.known_body().and_then(|body| body.value(path)),
                RequestSource::Ambient(source) => context.ambient(source).map(|value| value.into_owned()),
            };
            let Some(value) = value else { continue };
            match target {
                RequestTarget::Path(name) => mapped.path.push((name, of_url(source, value))),
                RequestTarget::QueryString(name) => match source {
                    RequestSource::MethodRequest(MethodRequestSource::MultiValueQueryString(from)) => {
                        for value in query_values(context, from.as_str()) {
                            mapped.add_query(name, value?);
                        }
                    }
                    // The document may mean an empty value, as in `?acl=`.
                    RequestSource::Ambient(AmbientSource::Static(_)) => {
                        let value = of_url(source, value.replace('+', " "));
                        mapped.query.push((name.as_str().to_owned(), value));
                    }
                    source => mapped.add_query(name, of_url(source, value)),
                },
                RequestTarget::Header(header) if !value.is_empty() => {
                    let parsed = HeaderValue::from_bytes(value.as_bytes());
                    let parsed = parsed.map_err(|_| {
                        Rejection::bad_parameter(format!(
                            "the value for the header {} has a control character",
                            header.written
                        ))
                    })?;
                    mapped.headers.insert(&header.name, parsed);
                }
                RequestTarget::Header(_) => {}
            }
        }
        Ok(mapped)
    }

    /// Adds a query parameter. An empty value leaves it out, as it does for headers and the path.
    fn add_query(&mut self, name: &Name, value: String) {
        if !value.is_empty() {
            self.query.push((name.as_str().to_owned(), value));
        }
    }

    /// The value for `{name}` of the uri; an empty one counts as missing, as a key cannot be empty.
    pub(super) fn path_value(&self, name: &Name) -> Option<&str> {
        let found = self.path.iter().find(|(known, _)| *known == name);
        found.map(|(_, value)| value.as_str()).filter(|value| !value.is_empty())
    }
}

/// Static values are written encoded for the URL that they go to
/// (<https://docs.aws.amazon.com/apigateway/latest/api/API_PutIntegration.html>).
fn of_url(source: &RequestSource, value: String) -> String {
    match source {
        RequestSource::Ambient(AmbientSource::Static(_)) => {
            percent_decode_str(&value).decode_utf8_lossy().into_owned()
        }
        RequestSource::Ambient(_) | RequestSource::Body(_) | RequestSource::MethodRequest(_) => value,
    }
}

/// One value of the client's request, decoded; `None` where it is missing.
pub(super) fn value(
    context: &Context<'_>,
    source: &MethodRequestSource,
) -> Result<Option<String>, Rejection> {
    match source {
        MethodRequestSource::Path(name) => path_value(context, name),
        MethodRequestSource::QueryString(name) => query_values(context, name.as_str()).last().transpose(),
        MethodRequestSource::MultiValueQueryString(name) => {
            let values = query_values(context, name.as_str()).collect::<Result<Vec<_>, _>>()?;
            Ok((!values.is_empty()).then(|| values.join(",")))
        }
        MethodRequestSource::Header(header) => {
            Ok(context.header(header.name.as_str()).map(|value| value.into_owned()))
        }
        MethodRequestSource::MultiValueHeader(header) => {
            let values: Vec<_> = context.header_values(header.name.as_str()).collect();
            Ok((!values.is_empty()).then(|| values.join(",")))
        }
    }
}

fn path_value(context: &Context<'_>, name: &Name) -> Result<Option<String>, Rejection> {
    raw_path_parameter(context, name).map(|raw| decode(raw, name.as_str())).transpose()
}

/// A value out of the client's path, as it came; `None` for what is not out of it.
pub(super) fn raw_path_value<'c>(context: &'c Context<'_>, source: &MethodRequestSource) -> Option<&'c str> {
    let MethodRequestSource::Path(name) = source else { return None };
    raw_path_parameter(context, name)
}

fn raw_path_parameter<'c>(context: &'c Context<'_>, name: &Name) -> Option<&'c str> {
    let matched = context.served()?;
    let mut named = matched.resource.path.parameters().zip(&matched.parameters);
    named.find(|(known, _)| *known == name).map(|(_, raw)| raw.as_str())
}

/// Every value of that name, in the order of the query.
fn query_values<'q>(
    context: &'q Context<'_>,
    name: &'q str,
) -> impl Iterator<Item = Result<String, Rejection>> + 'q {
    let query = context.inbound.query.as_deref().unwrap_or_default();
    let pairs = query.split('&').filter(|pair| !pair.is_empty());
    let pairs = pairs.map(|pair| pair.split_once('=').unwrap_or((pair, "")));
    let wanted = pairs.filter(move |(raw, _)| form_decode(raw, name).is_ok_and(|decoded| decoded == name));
    wanted.map(move |(_, raw)| form_decode(raw, name))
}

fn form_decode(raw: &str, name: &str) -> Result<String, Rejection> {
    if raw.contains('+') { decode(&raw.replace('+', " "), name) } else { decode(raw, name) }
}

fn decode(raw: &str, name: &str) -> Result<String, Rejection> {
    let decoded = percent_decode_str(raw).decode_utf8();
    let decoded =
        decoded.map_err(|_| Rejection::bad_parameter(format!("the value of {name} is not UTF-8")))?;
    Ok(decoded.into_owned())
}
