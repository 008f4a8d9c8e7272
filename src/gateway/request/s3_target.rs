//! The target of a request to S3: a bucket, an object in it, or the service as a whole.

use std::fmt::Display;

use super::mapping::Mapped;
use super::request_validator::Validated;
use super::uri::{Encoding, UriRenderer};
use crate::api::integration_uri::{UriPiece, UriText};
use crate::gateway::deployment::backend::DeployedS3;
use crate::gateway::rejection::Rejection;
use crate::s3::{Addressing, Bucket, Endpoint, Key, Target, UnaddressableBucket, WireUrl};

/// A target in S3, with its URL.
#[derive(Debug)]
pub(in crate::gateway) struct S3Target<'c> {
    pub(in crate::gateway) s3: &'c DeployedS3,
    addressing: Addressing,
    bucket: Option<Bucket>,
    pub(in crate::gateway) key: Option<Key>,
    query: Vec<(String, String)>,
    pub(in crate::gateway) url: WireUrl,
}

impl<'c> S3Target<'c> {
    /// Renders the target of a request.
    ///
    /// # Errors
    /// The [`Rejection`] for a placeholder without a value, and for a bucket or a key that is not valid.
    pub(super) fn render(
        s3: &'c DeployedS3,
        request: &Validated<'_>,
        mapped: &Mapped<'_>,
    ) -> Result<Self, Rejection> {
        let (uri, settings) = (&s3.backend.uri, &request.context.gateway.settings);
        let renderer = UriRenderer::new(request, mapped);
        let render = |text: &UriText| renderer.render(text, Encoding::None);
        let mut query = Vec::with_capacity(uri.query.len() + mapped.query.len());
        for (name, value) in &uri.query {
            query.push((render(name)?, render(value)?));
        }
        let mapped = mapped.query.iter();
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
        let addressing = settings.s3_addressing;
        let url = url(&s3.endpoint, addressing, bucket.as_ref(), key.as_ref(), &query)?;
        Ok(Self { s3, addressing, bucket, key, query, url })
    }

    /// Returns whether the target is an object as such, and not a subresource such as its tags.
    pub(super) fn is_plain_object(&self) -> bool {
        self.bucket.is_some() && self.key.is_some() && self.query.is_empty()
    }

    /// Returns the URL with more query parameters.
    pub(in crate::gateway) fn url_with(&self, more: &[(&str, &str)]) -> Result<WireUrl, Rejection> {
        let more = more.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        let query: Vec<_> = self.query.iter().cloned().chain(more).collect();
        url(&self.s3.endpoint, self.addressing, self.bucket.as_ref(), self.key.as_ref(), &query)
    }
}

fn url(
    endpoint: &Endpoint,
    addressing: Addressing,
    bucket: Option<&Bucket>,
    key: Option<&Key>,
    query: &[(String, String)],
) -> Result<WireUrl, Rejection> {
    let target = match (bucket, key) {
        (Some(bucket), Some(key)) => Target::Object(bucket, key),
        (Some(bucket), None) => Target::Bucket(bucket),
        (None, _) => Target::Service,
    };
    WireUrl::new(endpoint, addressing, target, query).map_err(|error| match error {
        UnaddressableBucket::IpAddress => Rejection::configuration(format!("S3_ADDRESSING: {error}")),
        UnaddressableBucket::Name(_) | UnaddressableBucket::HostLength(_) => bad_parameter(error),
    })
}

/// Parses the bucket that `source` starts with. A bucket without a value of the client is an error of the configuration.
fn parse_bucket(text: &str, source: &UriText) -> Result<Bucket, Rejection> {
    let is_before_slash = |piece: &&UriPiece| !matches!(piece, UriPiece::Text(text) if text.contains('/'));
    let mut pieces = source.0.iter().take_while(is_before_slash);
    let is_client_s = pieces.any(|piece| matches!(piece, UriPiece::Parameter(_)));
    Bucket::parse(text).map_err(|error| match is_client_s {
        true => bad_parameter(error),
        false => Rejection::configuration(format!("the bucket `{text}` of the integration's uri: {error}")),
    })
}

fn bad_parameter(error: impl Display) -> Rejection {
    Rejection::bad_parameter(error.to_string())
}
