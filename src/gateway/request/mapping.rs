//! Parameter mappings: the values of `requestParameters`, of `responseParameters` and of the headers of gateway responses,
//! and the `uri` with its placeholders replaced
//! (<https://docs.aws.amazon.com/apigateway/latest/developerguide/request-response-data-mappings.html>).

use std::borrow::Cow;
use std::fmt::Display;

use http::{HeaderMap, HeaderValue};
use percent_encoding::{AsciiSet, CONTROLS, percent_decode_str, utf8_percent_encode};

use super::context::Context;
use super::request_validator::Validated;
use crate::api::integration_uri::{UriPiece, UriText};
use crate::api::mapping::{
    AmbientSource, GatewayResponseSource, MethodRequestSource, Name, RequestSource, RequestTarget,
    ResponseSource,
};
use crate::api::template::Values;
use crate::gateway::behaviour::Difference;
use crate::gateway::deployment::backend::DeployedS3;
use crate::gateway::http_rules::header_text;
use crate::gateway::json_body::JsonBody;
use crate::gateway::rejection::Rejection;
use crate::s3::location::Location;
use crate::s3::wire_url::{PATH, QUERY};
use crate::s3::{Bucket, Key, Region, UnaddressableBucket};

/// The characters to encode in the text of a uri: URL parsing would encode or replace them in some part of a URL.
const ENCODED_BY_URL_PARSING: &AsciiSet =
    &CONTROLS.add(b' ').add(b'"').add(b'<').add(b'>').add(b'`').add(b'\\').add(b'^').add(b'|').add(b'}');

/// The percent-encoding of a rendered part of the uri.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Encoding {
    /// No encoding: [`Location`] encodes the parts of a uri for S3.
    None,
    /// The encoding of the path of a URL. A path parameter of the client is inserted as it arrived: `%2F` stays `%2F`.
    Path,
    /// The encoding of the query of a URL. A path parameter of the client is inserted as it arrived.
    Query,
}

/// The values that the mappings of an integration set for one request.
#[derive(Debug)]
pub(super) struct Mapped<'i> {
    request: &'i Validated<'i>,
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

/// Returns the value of a response source, or `None` if it is missing. `headers` and `body` are those of the backend's
/// response.
pub(in crate::gateway) fn response_value<'v>(
    context: &'v Context<'_>,
    headers: &'v HeaderMap,
    body: Option<&JsonBody>,
    source: &'v ResponseSource,
) -> Option<Cow<'v, str>> {
    match source {
        ResponseSource::Header(header) => header_text(headers, &header.name),
        ResponseSource::MultiValueHeader(header) => {
            let values = headers.get_all(&header.name).iter();
            let values: Vec<_> = values.map(|value| String::from_utf8_lossy(value.as_bytes())).collect();
            (!values.is_empty()).then(|| Cow::Owned(values.join(",")))
        }
        ResponseSource::Body(path) => body.and_then(|body| body.value(path)).map(Cow::Owned),
        ResponseSource::Ambient(source) => context.ambient(source),
    }
}

/// Returns the value for a header of a gateway response, or `None` if it is missing or cannot be decoded.
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
    /// Evaluates the mappings of a request, in the order of the document. A target without a value is left out.
    ///
    /// # Errors
    /// The [`Rejection`] for a value that is not UTF-8, and for a header value with a control character other than a tab.
    pub(super) fn of(request: &'i Validated<'i>) -> Result<Self, Rejection> {
        let mut mapped = Self { request, path: Vec::new(), query: Vec::new(), headers: HeaderMap::new() };
        for (target, source) in &request.served.integration().request_parameters {
            let Some(value) = request_value(request, source)? else { continue };
            match target {
                RequestTarget::Path(name) => {
                    let raw = match source {
                        RequestSource::MethodRequest(MethodRequestSource::Path(name)) => {
                            request.context.raw_path_parameter(name)
                        }
                        RequestSource::MethodRequest(_)
                        | RequestSource::Body(_)
                        | RequestSource::Ambient(_) => None,
                    };
                    mapped.path.push((name, PathValue { decoded: decoded_static(source, value), raw }));
                }
                RequestTarget::QueryString(name) => match source {
                    RequestSource::MethodRequest(MethodRequestSource::MultiValueQueryString(from)) => {
                        for value in request.context.inbound.query_values(from.as_str()) {
                            mapped.add_query(name, Cow::Owned(value?));
                        }
                    }
                    // In a static value, `+` is a space. The value may be empty, as in `?acl=`.
                    RequestSource::Ambient(AmbientSource::Static(text)) => {
                        let value = decoded_static(source, Cow::Owned(text.replace('+', " ")));
                        mapped.query.push((name, value));
                    }
                    RequestSource::MethodRequest(_) | RequestSource::Body(_) | RequestSource::Ambient(_) => {
                        mapped.add_query(name, value);
                    }
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

    /// Adds a query parameter, unless its value is empty.
    fn add_query(&mut self, name: &'i Name, value: Cow<'i, str>) {
        if !value.is_empty() {
            self.query.push((name, value));
        }
    }

    /// Returns the value of the placeholder `{name}`, or `None` if it is missing or empty.
    fn path_value(&self, name: &Name) -> Option<&str> {
        let found = self.path.iter().find(|(known, _)| *known == name);
        found.map(|(_, value)| value.decoded.as_ref()).filter(|value| !value.is_empty())
    }

    /// Returns the value of the placeholder `{name}` as it arrived, or `None` if it is not a path parameter of the client.
    fn raw_path_value(&self, name: &Name) -> Option<&str> {
        self.path.iter().find(|(known, _)| *known == name).and_then(|(_, value)| value.raw)
    }

    /// Returns the location in S3 that the uri of the integration names. The bucket is that of the uri, otherwise
    /// `S3_BUCKET`, otherwise the first segment of the path.
    ///
    /// # Errors
    /// The [`Rejection`] for a placeholder without a value, for a bucket or a key that is not valid, and for a bucket that
    /// cannot be a subdomain of the endpoint as `S3_ADDRESSING` requires.
    pub(super) fn location(&self, s3: &DeployedS3) -> Result<Location, Rejection> {
        let (uri, settings) = (&s3.backend.uri, &self.request.context.gateway.settings);
        let render = |text: &UriText| self.render(text, Encoding::None);
        let mut query = Vec::with_capacity(uri.query.len() + self.query.len());
        for (name, value) in &uri.query {
            query.push((render(name)?, render(value)?));
        }
        let mapped = self.query.iter();
        query.extend(mapped.map(|(name, value)| (name.as_str().to_owned(), value.clone().into_owned())));
        let path = render(&uri.path)?;
        let (bucket, key) = match (&uri.bucket, &settings.s3_bucket) {
            (Some(bucket), _) => (Some(parse_bucket(&render(bucket)?, bucket)?), path.as_str()),
            (None, Some(bucket)) => (Some(bucket.clone()), path.as_str()),
            (None, None) if path.is_empty() => (None, ""),
            (None, None) => {
                let (bucket, key) = path.split_once('/').unwrap_or((&path, ""));
                (Some(parse_bucket(bucket, &uri.path)?), key)
            }
        };
        let key = if key.is_empty() { None } else { Some(Key::parse(key).map_err(bad_parameter)?) };
        Location::new(&s3.endpoint, settings.s3_addressing, bucket, key, query).map_err(unaddressable)
    }

    /// Renders a part of the uri: each placeholder is replaced by its value.
    ///
    /// # Errors
    /// The [`Rejection`] for a placeholder without a value.
    pub(super) fn render(&self, text: &UriText, encoding: Encoding) -> Result<String, Rejection> {
        let mut rendered = String::new();
        for piece in &text.0 {
            match piece {
                UriPiece::Text(text) => match encoding {
                    Encoding::None => rendered.push_str(text),
                    Encoding::Path | Encoding::Query => {
                        rendered.extend(utf8_percent_encode(text, ENCODED_BY_URL_PARSING));
                    }
                },
                UriPiece::Parameter(name) => self.append_parameter(&mut rendered, name, encoding)?,
                // A stage variable that is not set is empty (seen on API Gateway; date not recorded).
                UriPiece::StageVariable(name) => {
                    rendered
                        .push_str(&self.request.context.stage_variable(name.as_str()).unwrap_or_default());
                }
                // `DeployedS3` requires S3_REGION for this placeholder. The compiler refuses it in the URL of an HTTP
                // server.
                UriPiece::Region => {
                    let region = self.request.context.gateway.settings.s3_region.as_ref();
                    rendered.push_str(region.map_or("", Region::as_str));
                }
            }
        }
        Ok(rendered)
    }

    fn append_parameter(
        &self,
        rendered: &mut String,
        name: &Name,
        encoding: Encoding,
    ) -> Result<(), Rejection> {
        let set = match encoding {
            Encoding::None => None,
            Encoding::Path => Some(PATH),
            Encoding::Query => Some(QUERY),
        };
        let raw = self.raw_path_value(name).filter(|_| set.is_some());
        match (raw, self.path_value(name), set) {
            (Some(raw), _, _) => rendered.push_str(raw),
            (None, Some(value), Some(set)) => rendered.extend(utf8_percent_encode(value, set)),
            (None, Some(value), None) => rendered.push_str(value),
            (None, None, _) => return Err(self.missing(name)),
        }
        Ok(())
    }

    /// Returns the rejection for a placeholder without a value. If the placeholder is mapped from a parameter or the body of
    /// the client's request, the rejection in `edge` is a 400 with the name of the missing parameter. Otherwise it is a 500.
    fn missing(&self, placeholder: &Name) -> Rejection {
        let cause =
            format!("the placeholder {{{}}} of the integration's uri has no value", placeholder.as_str());
        let target = RequestTarget::Path(placeholder.clone());
        let mut mappings = self.request.served.integration().request_parameters.iter();
        let source = mappings.find(|(known, _)| *known == target).map(|(_, source)| source);
        match source.filter(|_| self.request.context.has(Difference::MissingPathParameter)) {
            Some(RequestSource::MethodRequest(source)) => {
                let name = source.to_string();
                let name = name.splitn(4, '.').nth(3).unwrap_or_default();
                Rejection::missing_parameters(name, cause)
            }
            Some(RequestSource::Body(path)) => Rejection::missing_parameters(&format!("body{path}"), cause),
            Some(RequestSource::Ambient(_)) | None => Rejection::configuration(cause),
        }
    }
}

/// Returns a value for the path or the query. A static value is percent-decoded, because documents write such values
/// percent-encoded (<https://docs.aws.amazon.com/apigateway/latest/api/API_PutIntegration.html>).
fn decoded_static<'v>(source: &RequestSource, value: Cow<'v, str>) -> Cow<'v, str> {
    match source {
        RequestSource::Ambient(AmbientSource::Static(_)) if value.contains('%') => {
            Cow::Owned(percent_decode_str(&value).decode_utf8_lossy().into_owned())
        }
        RequestSource::Ambient(_) | RequestSource::Body(_) | RequestSource::MethodRequest(_) => value,
    }
}

/// Returns the rejection for a bucket that cannot be a subdomain of the endpoint as `S3_ADDRESSING` requires.
pub(super) fn unaddressable(error: UnaddressableBucket) -> Rejection {
    match error {
        UnaddressableBucket::IpAddress => {
            Rejection::configuration(format!("S3_ADDRESSING is \"virtual\", but {error}"))
        }
        UnaddressableBucket::Name(_) | UnaddressableBucket::HostLength(_) => bad_parameter(error),
    }
}

/// Parses the bucket `text`, which was rendered from the start of `source`.
///
/// # Errors
/// The [`Rejection`] for a name that is not valid: a 400 if the bucket contains a placeholder `{name}`, otherwise a 500.
fn parse_bucket(text: &str, source: &UriText) -> Result<Bucket, Rejection> {
    let is_before_slash = |piece: &&UriPiece| !matches!(piece, UriPiece::Text(text) if text.contains('/'));
    let mut pieces = source.0.iter().take_while(is_before_slash);
    let has_parameter = pieces.any(|piece| matches!(piece, UriPiece::Parameter(_)));
    Bucket::parse(text).map_err(|error| match has_parameter {
        true => bad_parameter(error),
        false => Rejection::configuration(format!(
            "the bucket `{text}` of the integration's uri is not valid: {error}"
        )),
    })
}

fn bad_parameter(error: impl Display) -> Rejection {
    Rejection::bad_parameter(error.to_string())
}
