//! The location of a request in S3: the service, a bucket or an object, and a query.

use super::bucket::Bucket;
use super::endpoint::Endpoint;
use super::key::Key;
use super::wire_url::{Addressing, Target, UnaddressableBucket, WireUrl};

/// A location in S3 with its URL.
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
    /// Returns [`UnaddressableBucket`] if the bucket must be a subdomain and its name or the endpoint does not allow that.
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

    /// Returns the key, or `None` for a bucket and for the service.
    pub fn key(&self) -> Option<&Key> {
        self.key.as_ref()
    }

    /// Returns whether the location is an object without a query. With a query, the location may be a
    /// subresource, such as the tags of an object.
    pub fn is_plain_object(&self) -> bool {
        self.bucket.is_some() && self.key.is_some() && self.query.is_empty()
    }

    pub fn into_url(self) -> WireUrl {
        self.url
    }

    /// Returns the URL with the parameters `more` at the end of its query.
    ///
    /// # Errors
    /// Returns [`UnaddressableBucket`] as [`Location::new`] does.
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
