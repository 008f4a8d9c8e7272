//! [`WireUrl`]: the URL of a request to S3. Built once, signed as it is, sent as it is; the one encoder of the crate.

use std::fmt::{self, Write as _};
use std::ops::Range;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use thiserror::Error;

use super::bucket::Bucket;
use super::endpoint::Endpoint;
use super::key::Key;

/// An absolute URL in the only spelling that S3, Signature Version 4 and URL parsing agree upon.
///
/// In the path `A-Z a-z 0-9 - . _ ~ /` stand for themselves and every other byte is `%XX` in upper case, once; in the
/// query `/` is encoded too
/// ([UriEncode](https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html)).
/// Parsing it ([URL Standard](https://url.spec.whatwg.org/)) and writing it again changes nothing.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct WireUrl {
    text: String,
    authority: Range<usize>,
}

/// What a request is about: S3's operations are on the service, on a bucket or on an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target<'a> {
    /// The service itself, as in `ListBuckets`.
    Service,
    /// A bucket, as in `ListObjectsV2`.
    Bucket(&'a Bucket),
    /// An object.
    Object(&'a Bucket, &'a Key),
}

/// Where in the URL the bucket stands
/// ([virtual hosting](https://docs.aws.amazon.com/AmazonS3/latest/userguide/VirtualHosting.html)).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Addressing {
    /// `https://s3.example.com/bucket/key`
    #[default]
    Path,
    /// `https://bucket.s3.example.com/key`
    Virtual,
}

/// The text is not a way of addressing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("the addressing is neither \"path\" nor \"virtual\"")]
pub struct UnknownAddressing;

impl Addressing {
    /// Reads `path` or `virtual`.
    ///
    /// # Errors
    /// [`UnknownAddressing`] for any other text.
    pub fn parse(text: &str) -> Result<Addressing, UnknownAddressing> {
        match text {
            "path" => Ok(Addressing::Path),
            "virtual" => Ok(Addressing::Virtual),
            _ => Err(UnknownAddressing),
        }
    }
}

/// The bucket cannot be a sub-domain of the endpoint. Path addressing has no such case.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum UnaddressableBucket {
    /// The name is not one for a host name; see [`Bucket::is_host_label`].
    #[error("the bucket {0} cannot be part of a host name; address it by path")]
    Name(Bucket),
    /// An IP address has no sub-domains.
    #[error("the endpoint is an IP address and has no sub-domains; address buckets by path")]
    IpAddress,
    /// With the bucket in front, the host name would have more than 253 characters.
    #[error("with the bucket {0} the host name is too long; address it by path")]
    HostLength(Bucket),
}

/// What stands for itself in a path: the unreserved characters of RFC 3986 and the slash between segments.
const PATH: &AsciiSet = &QUERY.remove(b'/');

/// What stands for itself in the names and values of a query: the unreserved characters alone.
const QUERY: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

impl WireUrl {
    /// The URL of `target` at `endpoint`, with the decoded names and values of `query` in their order.
    ///
    /// A bucket by path is `/bucket`, without a slash at its end; S3 takes both, and this is how AWS writes it.
    /// A parameter without a value is `name=`, which signs the same as `name`.
    ///
    /// # Errors
    /// [`UnaddressableBucket`] when the bucket is to be a sub-domain and cannot.
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
            Some(bucket) => WireUrl::below(bucket, endpoint)?,
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

    /// The URL `/` of `endpoint`: the only one of services that are asked by form.
    pub fn root(endpoint: &Endpoint) -> WireUrl {
        WireUrl::begin(endpoint, "")
    }

    /// Returns the URL as text.
    pub fn into_string(self) -> String {
        self.text
    }

    /// The whole URL.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The host, with the port unless it is the scheme's own: the `Host` header.
    pub fn authority(&self) -> &str {
        self.text.get(self.authority.clone()).unwrap_or_default()
    }

    /// The path, encoded, without the query.
    pub fn path(&self) -> &str {
        let behind = self.text.get(self.authority.end..).unwrap_or_default();
        behind.split_once('?').map_or(behind, |(path, _)| path)
    }

    fn below(bucket: &Bucket, endpoint: &Endpoint) -> Result<WireUrl, UnaddressableBucket> {
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
        let prefix = endpoint.prefix();
        let mut text = format!("{prefix}{sub_domain}{}", endpoint.authority());
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

/// Encodes a form as the body of a `POST`: the query's encoding, which every form decoder reads.
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
    // Writing to a String never fails.
    let _ = write!(text, "{part}");
}
