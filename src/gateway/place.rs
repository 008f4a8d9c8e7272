//! Where in S3 a request goes: the integration's uri with its placeholders filled.

use crate::api::integration_uri::{IntegrationUri, UriPiece, UriText};
use crate::api::mapping::{Name, RequestSource, RequestTarget};
use crate::api::template::Values;
use crate::s3::{Addressing, Bucket, Endpoint, Key, Region, Target, UnaddressableBucket, WireUrl};

use super::context::Context;
use super::parameters::Mapped;
use super::rejection::Rejection;

/// A bucket, an object in it, or the service as a whole.
#[derive(Debug)]
pub(super) struct Place {
    bucket: Option<Bucket>,
    pub(super) key: Option<Key>,
    query: Vec<(String, String)>,
}

impl Place {
    /// Fills the placeholders of an integration's uri.
    pub(super) fn render(
        uri: &IntegrationUri,
        context: &Context<'_>,
        mapped: &Mapped<'_>,
    ) -> Result<Self, Rejection> {
        let render = |text: &UriText| render(text, context, mapped);
        let mut query = Vec::new();
        for (name, value) in &uri.query {
            query.push((render(name)?, render(value)?));
        }
        query.extend(mapped.query.iter().cloned());
        let path = render(&uri.path)?;
        let (bucket, key) = match (&uri.bucket, &context.gateway.settings.s3_bucket) {
            (Some(bucket), _) => (Some(parse_bucket(&render(bucket)?, bucket)?), path.as_str()),
            (None, Some(bucket)) => (Some(bucket.clone()), path.as_str()),
            (None, None) if path.is_empty() => (None, ""),
            (None, None) => {
                let (bucket, key) = path.split_once('/').unwrap_or((&path, ""));
                (Some(parse_bucket(bucket, &uri.path)?), key)
            }
        };
        let key = if key.is_empty() { None } else { Some(Key::parse(key).map_err(bad_parameter)?) };
        Ok(Self { bucket, key, query })
    }

    /// Whether it is an object, and nothing of it in particular, as its tags would be.
    pub(super) fn is_plain_object(&self) -> bool {
        self.bucket.is_some() && self.key.is_some() && self.query.is_empty()
    }

    /// The URL of this place.
    ///
    /// `more` are parameters beside those of the uri and the mappings.
    pub(super) fn url(
        &self,
        endpoint: &Endpoint,
        addressing: Addressing,
        more: &[(&str, &str)],
    ) -> Result<WireUrl, Rejection> {
        let mut query = self.query.clone();
        query.extend(more.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        let target = match (&self.bucket, &self.key) {
            (Some(bucket), Some(key)) => Target::Object(bucket, key),
            (Some(bucket), None) => Target::Bucket(bucket),
            (None, _) => Target::Service,
        };
        WireUrl::new(endpoint, addressing, target, &query).map_err(|error| match error {
            UnaddressableBucket::IpAddress => Rejection::configuration(format!("S3_ADDRESSING: {error}")),
            UnaddressableBucket::Name(_) | UnaddressableBucket::HostLength(_) => bad_parameter(error),
        })
    }
}

fn render(text: &UriText, context: &Context<'_>, mapped: &Mapped<'_>) -> Result<String, Rejection> {
    let mut rendered = String::new();
    for piece in &text.0 {
        match piece {
            UriPiece::Text(text) => rendered.push_str(text),
            UriPiece::Parameter(name) => {
                let value = mapped.path_value(name).ok_or_else(|| missing(name, context))?;
                rendered.push_str(value);
            }
            // Observed: a stage variable that is not set is empty.
            UriPiece::StageVariable(name) => {
                rendered.push_str(&context.stage_variable(name.as_str()).unwrap_or_default())
            }
            // `Deployed` has seen to it that it is set.
            UriPiece::Region => {
                rendered.push_str(context.gateway.settings.s3_region.as_ref().map_or("", Region::as_str))
            }
        }
    }
    Ok(rendered)
}

/// A placeholder without a value: the client's fault where the client should have sent it, `missing-path-parameter`.
pub(super) fn missing(placeholder: &Name, context: &Context<'_>) -> Rejection {
    let cause = format!("no value for {{{}}} of the integration's uri", placeholder.as_str());
    let mappings =
        context.served().into_iter().flat_map(|matched| &matched.operation.integration.request_parameters);
    let target = RequestTarget::Path(placeholder.clone());
    let mapping = mappings.into_iter().find(|(known, _)| *known == target);
    match mapping {
        Some((_, RequestSource::MethodRequest(source))) if context.gateway.is_edge() => {
            let name = source.to_string();
            let name = name.splitn(4, '.').nth(3).unwrap_or_default();
            Rejection::missing_parameters(name, cause)
        }
        Some((_, RequestSource::Body(path))) if context.gateway.is_edge() => {
            Rejection::missing_parameters(&format!("body{path}"), cause)
        }
        _ => Rejection::configuration(cause),
    }
}

/// The bucket, which `source` begins with. Where no value of the client is in it, it is the deployment that is wrong.
fn parse_bucket(text: &str, source: &UriText) -> Result<Bucket, Rejection> {
    let is_before_slash = |piece: &&UriPiece| !matches!(piece, UriPiece::Text(text) if text.contains('/'));
    let mut pieces = source.0.iter().take_while(is_before_slash);
    let is_client_s = pieces.any(|piece| matches!(piece, UriPiece::Parameter(_)));
    Bucket::parse(text).map_err(|error| match is_client_s {
        true => bad_parameter(error),
        false => Rejection::configuration(format!("the bucket `{text}` of the integration's uri: {error}")),
    })
}

fn bad_parameter(error: impl std::fmt::Display) -> Rejection {
    Rejection::bad_parameter(error.to_string())
}
