//! The location of a request in S3: the service, a bucket or an object, and a query.

use super::bucket::Bucket;
use super::endpoint::Endpoint;
use super::key::Key;
use super::wire_url::{Addressing, Target, UnaddressableBucket, WireUrl};

/// A location with its URL.
#[derive(Debug)]
pub struct Location {
    addressing: Addressing,
    bucket: Option<Bucket>,
    key: Option<Key>,
    query: Vec<(String, String)>,
    url: WireUrl,
}

impl Location {
    /// Returns the location of an object, of a bucket if `key` is `None`, or of the service if `bucket` is `None`.
    ///
    /// # Errors
    /// [`UnaddressableBucket`]
    pub fn new(
        endpoint: &Endpoint,
        addressing: Addressing,
        bucket: Option<Bucket>,
        key: Option<Key>,
        query: Vec<(String, String)>,
    ) -> Result<Self, UnaddressableBucket> {
        let url = url(endpoint, addressing, bucket.as_ref(), key.as_ref(), &query)?;
        Ok(Self { addressing, bucket, key, query, url })
    }

    /// Returns the key of the object, if the location is one.
    pub fn key(&self) -> Option<&Key> {
        self.key.as_ref()
    }

    /// Returns whether the location is an object without a query. With a query it could be a subresource, such as the
    /// object's tags.
    pub fn is_plain_object(&self) -> bool {
        self.bucket.is_some() && self.key.is_some() && self.query.is_empty()
    }

    /// Returns the URL.
    pub fn into_url(self) -> WireUrl {
        self.url
    }

    /// Returns the URL with more query parameters.
    ///
    /// # Errors
    /// [`UnaddressableBucket`]
    pub fn url_with(
        &self,
        endpoint: &Endpoint,
        more: &[(&str, &str)],
    ) -> Result<WireUrl, UnaddressableBucket> {
        let more = more.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        let query: Vec<_> = self.query.iter().cloned().chain(more).collect();
        url(endpoint, self.addressing, self.bucket.as_ref(), self.key.as_ref(), &query)
    }
}

fn url(
    endpoint: &Endpoint,
    addressing: Addressing,
    bucket: Option<&Bucket>,
    key: Option<&Key>,
    query: &[(String, String)],
) -> Result<WireUrl, UnaddressableBucket> {
    let target = match (bucket, key) {
        (Some(bucket), Some(key)) => Target::Object(bucket, key),
        (Some(bucket), None) => Target::Bucket(bucket),
        (None, _) => Target::Service,
    };
    WireUrl::new(endpoint, addressing, target, query)
}
