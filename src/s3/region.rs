//! [`Region`], [`Partition`] and [`Service`]: the parts of AWS's host names and of a signature's scope.

use std::fmt;

use thiserror::Error;

/// The name of a region: 1 to 63 of `A-Z a-z 0-9 - _`, without the prefix `xn--`. Examples are `us-east-1`, and `auto` or
/// `garage` of other S3 servers.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Region(String);

/// The error for a text that is not the name of a region.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("a region consists of 1 to 63 letters, digits, '-' and '_', and does not start with 'xn--'")]
pub struct InvalidRegion;

impl Region {
    /// Validates the name of a region.
    ///
    /// # Errors
    /// Returns [`InvalidRegion`] if the name is not valid in a host name or in a signature's scope.
    pub fn parse(name: &str) -> Result<Region, InvalidRegion> {
        let allowed = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_');
        // With `xn--`, the host name in `Endpoint::aws` would be a punycode name.
        let punycode = name.get(..4).is_some_and(|p| p.eq_ignore_ascii_case("xn--"));
        if punycode || !(1..=63).contains(&name.len()) || !name.bytes().all(allowed) {
            return Err(InvalidRegion);
        }
        Ok(Region(name.to_owned()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Region {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A public partition of AWS: the second part of every ARN
/// ([ARNs](https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html); the domains are those of `partitions.json`
/// in the AWS SDKs).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Partition {
    /// `aws`
    Aws,
    /// `aws-cn`, the regions in China
    AwsCn,
    /// `aws-eusc`, the European Sovereign Cloud
    AwsEusc,
    /// `aws-us-gov`, GovCloud (US)
    AwsUsGov,
}

/// The error for a text that is not the name of a partition.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("the partition is not one of aws, aws-cn, aws-eusc, aws-us-gov")]
pub struct UnknownPartition;

impl Partition {
    /// Parses the name in an ARN.
    ///
    /// # Errors
    /// Returns [`UnknownPartition`] for any other name.
    pub fn parse(name: &str) -> Result<Partition, UnknownPartition> {
        match name {
            "aws" => Ok(Partition::Aws),
            "aws-cn" => Ok(Partition::AwsCn),
            "aws-eusc" => Ok(Partition::AwsEusc),
            "aws-us-gov" => Ok(Partition::AwsUsGov),
            _ => Err(UnknownPartition),
        }
    }

    /// Returns the partition of a region
    /// (<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html>).
    pub fn of(region: &Region) -> Partition {
        match region.as_str().split_once('-') {
            Some(("cn", _)) => Partition::AwsCn,
            Some(("eusc", _)) => Partition::AwsEusc,
            Some(("us", rest)) if rest.starts_with("gov-") => Partition::AwsUsGov,
            _ => Partition::Aws,
        }
    }

    /// Returns the name in an ARN.
    pub fn name(self) -> &'static str {
        match self {
            Partition::Aws => "aws",
            Partition::AwsCn => "aws-cn",
            Partition::AwsEusc => "aws-eusc",
            Partition::AwsUsGov => "aws-us-gov",
        }
    }

    pub(super) fn dns_suffix(self) -> &'static str {
        match self {
            Partition::Aws | Partition::AwsUsGov => "amazonaws.com",
            Partition::AwsCn => "amazonaws.com.cn",
            Partition::AwsEusc => "amazonaws.eu",
        }
    }
}

/// An AWS service that the gateway calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Service {
    /// Amazon S3
    S3,
    /// AWS Security Token Service
    Sts,
}

impl Service {
    /// Returns the name in host names and in a signature's scope.
    pub fn name(self) -> &'static str {
        match self {
            Service::S3 => "s3",
            Service::Sts => "sts",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn region_accepts_letters_digits_hyphens_and_underscores() {
        for name in ["us-east-1", "auto", "garage", "eu_Central-1"] {
            assert_eq!(Region::parse(name).unwrap().as_str(), name);
        }
        for name in ["", "us east", "a/b", "a.b", "xn--a", "é", &"a".repeat(64)] {
            assert_eq!(Region::parse(name), Err(InvalidRegion), "{name}");
        }
    }

    #[test]
    fn partition_accepts_the_names_of_public_partitions() {
        assert_eq!(Partition::parse("aws-cn"), Ok(Partition::AwsCn));
        assert_eq!(Partition::parse("aws-iso"), Err(UnknownPartition));
    }
}
