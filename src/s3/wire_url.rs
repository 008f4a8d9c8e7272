//! [`WireUrl`]: the URL of a request to S3. The URL is built once, and signed and sent without changes. This module is the
//! only URL encoder for S3.

use std::fmt::{self, Write as _};
use std::ops::Range;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use thiserror::Error;

use super::bucket::Bucket;
use super::endpoint::Endpoint;
use super::key::Key;

/// An absolute URL in the spelling that S3, Signature Version 4 and URL parsing have in common.
///
/// In the path, `A-Z a-z 0-9 - . _ ~ /` are not encoded. Every other byte is encoded once as `%XX` in upper case. In the
/// query, `/` is encoded, too ([UriEncode](https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html)).
/// URL parsing ([URL Standard](https://url.spec.whatwg.org/)) does not change the URL.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct WireUrl {
    text: String,
    authority: Range<usize>,
}

/// The target of an S3 operation: the service, a bucket or an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target<'a> {
    /// The service itself, as in `ListBuckets`.
    Service,
    /// A bucket, as in `ListObjectsV2`.
    Bucket(&'a Bucket),
    Object(&'a Bucket, &'a Key),
}

/// The position of the bucket's name in the URL
/// ([virtual hosting](https://docs.aws.amazon.com/AmazonS3/latest/userguide/VirtualHosting.html)).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Addressing {
    /// `https://s3.example.com/bucket/key`
    #[default]
    Path,
    /// `https://bucket.s3.example.com/key`
    Virtual,
}

/// The error for a text that is not `path` or `virtual`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("the addressing is neither \"path\" nor \"virtual\"")]
pub struct UnknownAddressing;

impl Addressing {
    /// Parses `path` or `virtual`.
    ///
    /// # Errors
    /// Returns [`UnknownAddressing`] for any other text.
    pub fn parse(text: &str) -> Result<Addressing, UnknownAddressing> {
        match text {
            "path" => Ok(Addressing::Path),
            "virtual" => Ok(Addressing::Virtual),
            _ => Err(UnknownAddressing),
        }
    }
}

/// The reason why a bucket cannot be a subdomain of the endpoint. It occurs only with [`Addressing::Virtual`].
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum UnaddressableBucket {
    /// The name is not valid in a host name; see [`Bucket::is_host_label`].
    #[error("the bucket {0} cannot be part of a host name; address it by path")]
    Name(Bucket),
    #[error("the endpoint is an IP address, which has no subdomains; address buckets by path")]
    IpAddress,
    /// Together with the bucket, the host name would have more than 253 characters.
    #[error("with the bucket {0} the host name is too long; address it by path")]
    HostLength(Bucket),
}

/// The characters to encode in a path: all except the unreserved characters of RFC 3986 and the slash.
pub const PATH: &AsciiSet = &QUERY.remove(b'/');

/// The characters to encode in names and values of a query: all except the unreserved characters of RFC 3986.
pub const QUERY: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

impl WireUrl {
    /// Returns the URL of `target` at `endpoint`. `query` contains decoded names and values, which keep their order.
    ///
    /// The path of a bucket is `/bucket`, without a slash at its end, as AWS writes it. S3 accepts both. A parameter without a
    /// value is `name=`, which has the same signature as `name`.
    ///
    /// # Errors
    /// Returns [`UnaddressableBucket`] if the bucket must be a subdomain and its name or the endpoint does not allow that.
    pub fn new(
        endpoint: &Endpoint,
        addressing: Addressing,
        target: Target<'_>,
        query: &[(String, String)],
    ) -> Result<WireUrl, UnaddressableBucket> {
        let (bucket, key) = match target {
            Target::Service => (None, None),
            Target::Bucket(bucket) => (Some(bucket), None),
            Target::Object(bucket, key) => (Some(bucket), Some(key)),
        };
        let (sub_domain, segment) = match addressing {
            Addressing::Path => (None, bucket),
            Addressing::Virtual => (bucket, None),
        };
        let mut url = match sub_domain {
            Some(bucket) => WireUrl::with_subdomain(bucket, endpoint)?,
            None => WireUrl::root(endpoint),
        };
        if let Some(bucket) = segment {
            url.text.push_str(bucket.as_str());
        }
        if let Some(key) = key {
            if segment.is_some() {
                url.text.push('/');
            }
            push(&mut url.text, utf8_percent_encode(key.as_str(), PATH));
        }
        if !query.is_empty() {
            url.text.push('?');
            let pairs = query.iter().map(|(name, value)| (name.as_str(), value.as_str()));
            push_pairs(&mut url.text, pairs);
        }
        Ok(url)
    }

    /// Returns the URL `/` of `endpoint`. Requests to STS have only this URL.
    pub fn root(endpoint: &Endpoint) -> WireUrl {
        WireUrl::begin(endpoint, "")
    }

    pub fn into_string(self) -> String {
        self.text
    }

    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Returns the value of the `Host` header: the host, and the port unless it is the scheme's default.
    pub fn authority(&self) -> &str {
        self.text.get(self.authority.clone()).unwrap_or_default()
    }

    /// Returns the encoded path without the query.
    pub fn path(&self) -> &str {
        self.path_and_query().0
    }

    /// Returns the encoded query without the question mark, or an empty text.
    pub(super) fn query(&self) -> &str {
        self.path_and_query().1
    }

    fn path_and_query(&self) -> (&str, &str) {
        let behind = self.text.get(self.authority.end..).unwrap_or_default();
        behind.split_once('?').unwrap_or((behind, ""))
    }

    fn with_subdomain(bucket: &Bucket, endpoint: &Endpoint) -> Result<WireUrl, UnaddressableBucket> {
        let host = endpoint.host_name().ok_or(UnaddressableBucket::IpAddress)?;
        if !bucket.is_host_label() {
            return Err(UnaddressableBucket::Name(bucket.clone()));
        }
        if bucket.as_str().len() + 1 + host.len() > 253 {
            return Err(UnaddressableBucket::HostLength(bucket.clone()));
        }
        Ok(WireUrl::begin(endpoint, &format!("{bucket}.")))
    }

    fn begin(endpoint: &Endpoint, sub_domain: &str) -> WireUrl {
        let (prefix, authority) = (endpoint.prefix(), endpoint.authority());
        let mut text = String::with_capacity(prefix.len() + sub_domain.len() + authority.len() + 64);
        for part in [prefix, sub_domain, authority] {
            text.push_str(part);
        }
        let authority = prefix.len()..text.len();
        text.push('/');
        WireUrl { text, authority }
    }
}

impl AsRef<str> for WireUrl {
    fn as_ref(&self) -> &str {
        &self.text
    }
}

impl fmt::Display for WireUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// Encodes a form as the body of a `POST`. The fields are encoded as in a query, which every form decoder can read.
pub(super) fn form(fields: &[(&str, &str)]) -> String {
    let mut text = String::new();
    push_pairs(&mut text, fields.iter().copied());
    text
}

fn push_pairs<'a>(text: &mut String, pairs: impl Iterator<Item = (&'a str, &'a str)>) {
    for (position, (name, value)) in pairs.enumerate() {
        if position > 0 {
            text.push('&');
        }
        push(text, utf8_percent_encode(name, QUERY));
        text.push('=');
        push(text, utf8_percent_encode(value, QUERY));
    }
}

fn push(text: &mut String, part: impl fmt::Display) {
    // Writing to a `String` cannot fail.
    let _ = write!(text, "{part}");
}
