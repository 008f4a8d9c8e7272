//! [`Endpoint`]: the scheme, host and port of a service.

use std::fmt;
use std::net::{Ipv4Addr, Ipv6Addr};

use thiserror::Error;

use super::region::{Partition, Region, Service};

/// The scheme, host and port of a service, in the spelling that `fetch` sends after URL parsing.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Endpoint {
    scheme: Scheme,
    host: Host,
    /// `host` or `host:port`.
    authority: String,
}

/// The reason why a text is not an endpoint.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum InvalidEndpoint {
    #[error("the URL does not start with http:// or https://")]
    Scheme,
    /// Credentials have their own settings.
    #[error("the URL has a user name or a password")]
    UserInfo,
    /// The signature covers the whole path. A proxy that removes a path prefix would make the signature invalid.
    #[error("the URL has a path, a query or a fragment")]
    Path,
    /// The host is a name with a dot at its end, or URL parsing would refuse it or change more than its letter case, as
    /// `127.1` to `127.0.0.1`. IPv6 addresses may be shortened.
    #[error("the host is not a plain DNS name or IP address")]
    Host,
    #[error("the port is not a number from 1 to 65535")]
    Port,
}

impl Endpoint {
    /// Parses `http://127.0.0.1:9000` or `https://s3.example.com`. One `/` at the end is allowed.
    ///
    /// The signature covers the host, so the host is spelled as after URL parsing ([URL
    /// Standard](https://url.spec.whatwg.org/#host-parsing)): in lower case, without the scheme's default port, and with the
    /// shortest notation of an IPv6 address. A name or an IPv4 address that URL parsing would change in another way
    /// (`127.1`, `0x7f.0.0.1`, a name in Unicode) is refused.
    ///
    /// # Errors
    /// Returns [`InvalidEndpoint`] for the part that is not valid.
    pub fn parse(text: &str) -> Result<Endpoint, InvalidEndpoint> {
        let (scheme, rest) = text.split_once("://").ok_or(InvalidEndpoint::Scheme)?;
        let scheme = match scheme.to_ascii_lowercase().as_str() {
            "http" => Scheme::Http,
            "https" => Scheme::Https,
            _ => return Err(InvalidEndpoint::Scheme),
        };
        let authority = rest.strip_suffix('/').unwrap_or(rest);
        if authority.contains('@') {
            return Err(InvalidEndpoint::UserInfo);
        }
        if authority.contains(['/', '?', '#', '\\']) {
            return Err(InvalidEndpoint::Path);
        }
        // The port follows the last colon. If the text ends with `]`, that colon is within an IPv6 address, and there is no
        // port.
        let (host, port) = match authority.rsplit_once(':') {
            Some((host, port)) if !port.ends_with(']') => (host, Some(parse_port(port)?)),
            _ => (authority, None),
        };
        let host = Host::parse(host)?;
        let authority = match port.filter(|&port| port != scheme.default_port()) {
            Some(port) => format!("{host}:{port}"),
            None => host.to_string(),
        };
        Ok(Endpoint { scheme, host, authority })
    }

    /// Returns the endpoint of a service in a region of AWS: `https://s3.us-east-1.amazonaws.com`
    /// ([S3](https://docs.aws.amazon.com/general/latest/gr/s3.html),
    /// [STS](https://docs.aws.amazon.com/general/latest/gr/sts.html)).
    pub fn aws(service: Service, region: &Region, partition: Partition) -> Endpoint {
        let host =
            format!("{}.{}.{}", service.name(), region.as_str().to_ascii_lowercase(), partition.dns_suffix());
        Endpoint { scheme: Scheme::Https, authority: host.clone(), host: Host::Name(host) }
    }

    pub fn is_https(&self) -> bool {
        self.scheme == Scheme::Https
    }

    /// Returns whether no network between the gateway and the service can read or change a message: the connection is
    /// encrypted (https), or stays on this machine (loopback).
    pub fn is_safe(&self) -> bool {
        self.is_https() || self.is_loopback()
    }

    /// Returns whether the endpoint is a loopback address: `localhost`, a subdomain of `localhost`, `127.0.0.0/8`, `::1`, or
    /// an IPv6 form of `127.0.0.0/8` ([RFC 6761, 6.3](https://www.rfc-editor.org/rfc/rfc6761#section-6.3)).
    pub fn is_loopback(&self) -> bool {
        match &self.host {
            Host::Name(name) => name == "localhost" || name.ends_with(".localhost"),
            Host::V4(address) => address.is_loopback(),
            Host::V6(address) => {
                address.is_loopback() || address.to_ipv4_mapped().is_some_and(|v4| v4.is_loopback())
            }
        }
    }

    /// Returns the scheme with `://`.
    pub(super) fn prefix(&self) -> &'static str {
        match self.scheme {
            Scheme::Http => "http://",
            Scheme::Https => "https://",
        }
    }

    /// Returns the host name, or `None` for an IP address.
    pub(super) fn host_name(&self) -> Option<&str> {
        match &self.host {
            Host::Name(name) => Some(name),
            Host::V4(_) | Host::V6(_) => None,
        }
    }

    /// Returns `host` or `host:port`.
    pub(super) fn authority(&self) -> &str {
        &self.authority
    }
}

/// Prints the URL without a path: `http://127.0.0.1:9000`.
impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.prefix(), self.authority())
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Scheme {
    Http,
    Https,
}

impl Scheme {
    fn default_port(self) -> u16 {
        match self {
            Scheme::Http => 80,
            Scheme::Https => 443,
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Host {
    Name(String),
    V4(Ipv4Addr),
    V6(Ipv6Addr),
}

impl Host {
    fn parse(text: &str) -> Result<Host, InvalidEndpoint> {
        if let Some(inner) = text.strip_prefix('[') {
            let address = inner.strip_suffix(']').and_then(|a| a.parse().ok());
            return address.map(Host::V6).ok_or(InvalidEndpoint::Host);
        }
        if let Ok(address) = text.parse() {
            return Ok(Host::V4(address));
        }
        let allowed = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_');
        let mut last = "";
        for label in text.split('.') {
            if label.is_empty() || label.len() > 63 || !label.bytes().all(allowed) {
                return Err(InvalidEndpoint::Host);
            }
            last = label;
        }
        // URL parsing treats a host whose last label is a number as an IPv4 address.
        let number = last.bytes().all(|b| b.is_ascii_digit())
            || last.get(..2).is_some_and(|x| x.eq_ignore_ascii_case("0x"));
        if number || text.len() > 253 {
            return Err(InvalidEndpoint::Host);
        }
        Ok(Host::Name(text.to_ascii_lowercase()))
    }
}

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Host::Name(name) => f.write_str(name),
            Host::V4(address) => write!(f, "{address}"),
            // URL parsing prints an IPv6 address in hexadecimal only. `Ipv6Addr` prints the end of a mapped address as IPv4.
            Host::V6(address) => match (address.to_ipv4_mapped(), address.segments()) {
                (Some(_), [.., high, low]) => write!(f, "[::ffff:{high:x}:{low:x}]"),
                _ => write!(f, "[{address}]"),
            },
        }
    }
}

fn parse_port(text: &str) -> Result<u16, InvalidEndpoint> {
    if !text.bytes().all(|b| b.is_ascii_digit()) {
        return Err(InvalidEndpoint::Port);
    }
    match text.parse() {
        Ok(0) | Err(_) => Err(InvalidEndpoint::Port),
        Ok(port) => Ok(port),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn endpoints_are_spelled_as_after_url_parsing() {
        for (text, expected) in [
            ("http://127.0.0.1:9000", "http://127.0.0.1:9000"),
            ("http://127.0.0.1:9000/", "http://127.0.0.1:9000"),
            ("HTTPS://S3.Example.COM:443", "https://s3.example.com"),
            ("http://localhost:80", "http://localhost"),
            ("http://localhost:443", "http://localhost:443"),
            ("http://my_minio:9000", "http://my_minio:9000"),
            ("http://[::1]:9000", "http://[::1]:9000"),
            ("http://[0:0:0:0:0:0:0:1]", "http://[::1]"),
            ("http://[::FFFF:127.0.0.1]", "http://[::ffff:7f00:1]"),
            ("https://s3.example.com:09000", "https://s3.example.com:9000"),
        ] {
            assert_eq!(Endpoint::parse(text).unwrap().to_string(), expected);
            assert_eq!(url::Url::parse(text).unwrap().as_str(), format!("{expected}/"));
        }
    }

    #[test]
    fn the_error_names_the_part_that_is_not_valid() {
        use InvalidEndpoint::{Host, Path, Port, Scheme, UserInfo};
        for (text, expected) in [
            ("", Scheme),
            ("127.0.0.1:9000", Scheme),
            ("ftp://localhost", Scheme),
            (" http://localhost", Scheme),
            ("http://user:pw@localhost", UserInfo),
            ("http://localhost/minio", Path),
            ("http://localhost//", Path),
            ("http://localhost?a", Path),
            ("http://localhost#a", Path),
            ("http://localhost\\a", Path),
            ("http://", Host),
            ("http://:9000", Host),
            ("http://a..b", Host),
            ("http://localhost.", Host),
            ("http://127.1", Host),
            ("http://1", Host),
            ("http://127.0.0.01", Host),
            ("http://a.0x1", Host),
            ("http://0X7f.0.0.0X1", Host),
            ("http://256.0.0.1", Host),
            ("http://bücher.example", Host),
            ("http://a%2eb", Host),
            ("http://[::1", Host),
            ("http://[::1%25eth0]", Host),
            ("http://::1", Host),
            ("http://localhost:", Port),
            ("http://localhost:0", Port),
            ("http://localhost:65536", Port),
            ("http://localhost:+80", Port),
            ("http://localhost ", Host),
        ] {
            assert_eq!(Endpoint::parse(text), Err(expected), "{text}");
        }
    }

    #[test]
    fn aws_returns_the_endpoint_of_each_partition() {
        let region = |name| Region::parse(name).unwrap();
        for (service, name, partition, expected) in [
            (Service::S3, "us-east-1", "aws", "https://s3.us-east-1.amazonaws.com"),
            (Service::Sts, "eu-west-1", "aws", "https://sts.eu-west-1.amazonaws.com"),
            (Service::S3, "cn-north-1", "aws-cn", "https://s3.cn-north-1.amazonaws.com.cn"),
            (Service::S3, "us-gov-west-1", "aws-us-gov", "https://s3.us-gov-west-1.amazonaws.com"),
            (Service::S3, "eusc-de-east-1", "aws-eusc", "https://s3.eusc-de-east-1.amazonaws.eu"),
        ] {
            let endpoint = Endpoint::aws(service, &region(name), Partition::parse(partition).unwrap());
            assert_eq!(endpoint.to_string(), expected);
            assert_eq!(Endpoint::parse(expected), Ok(endpoint));
        }
    }

    #[test]
    fn recognizes_loopback_addresses() {
        for (text, expected) in [
            ("http://localhost:9000", true),
            ("http://s3.localhost:9000", true),
            ("http://127.9.9.9", true),
            ("http://[::1]", true),
            ("http://[::ffff:127.0.0.1]", true),
            ("http://10.0.0.1", false),
            ("http://localhost.example.com", false),
            ("http://notlocalhost", false),
        ] {
            assert_eq!(Endpoint::parse(text).unwrap().is_loopback(), expected, "{text}");
        }
    }
}
