//! [`Bucket`]: the name of a bucket, valid in a path or a host name.

use std::fmt;

use thiserror::Error;

/// The name of a bucket: 3 to 255 of `A-Z a-z 0-9 . _ -`.
///
/// The current rules allow up to 63 characters without capitals and underscores. Buckets that were created in `us-east-1`
/// before March 2018 may have up to 255 characters with both
/// ([naming rules](https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html)).
/// A name outside the current rules can be addressed only by path: see [`Bucket::is_host_label`].
/// No valid name changes the structure of the path or the host in which it is inserted.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Bucket(String);

/// The reason why a text is not the name of a bucket.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum InvalidBucket {
    /// The length, which is less than 3 or more than 255 characters.
    #[error("a bucket name has 3 to 255 characters, not {0}")]
    Length(usize),
    /// The first character that is not allowed.
    #[error("a bucket name consists of letters, digits, '.', '_' and '-', not {0:?}")]
    Character(char),
}

impl Bucket {
    /// Validates a name.
    ///
    /// # Errors
    /// Returns [`InvalidBucket`] if S3 cannot have a bucket with this name.
    pub fn parse(name: &str) -> Result<Bucket, InvalidBucket> {
        let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
        if let Some(other) = name.chars().find(|&c| !allowed(c)) {
            return Err(InvalidBucket::Character(other));
        }
        if !(3..=255).contains(&name.len()) {
            return Err(InvalidBucket::Length(name.len()));
        }
        Ok(Bucket(name.to_owned()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns whether the name can be a subdomain of the endpoint's host, and URL parsing does not change the name. Such a
    /// name follows the current rules: up to 63 of `a-z 0-9 . -`, and every part between dots begins and ends with a letter
    /// or a digit, and does not begin with `xn--`.
    pub fn is_host_label(&self) -> bool {
        let allowed = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
        let part = |part: &str| {
            !part.is_empty()
                && part.bytes().all(allowed)
                && !part.starts_with('-')
                && !part.ends_with('-')
                && !part.starts_with("xn--")
        };
        self.0.len() <= 63 && self.0.split('.').all(part)
    }
}

impl fmt::Display for Bucket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accepts_current_and_old_names() {
        for (name, host_label) in [
            ("photos", true),
            ("my.photos-2", true),
            ("123", true),
            ("a--b", true),
            ("Photos_Of_2009", false),
            ("my..photos", false),
            (".photos", false),
            ("photos-", false),
            ("my.-photos", false),
            ("xn--photos", false),
            ("...", false),
        ] {
            let bucket = Bucket::parse(name).unwrap();
            assert_eq!(bucket.as_str(), name);
            assert_eq!(bucket.is_host_label(), host_label, "{name}");
        }
        assert!(!Bucket::parse(&"a".repeat(64)).unwrap().is_host_label());
    }

    #[test]
    fn refuses_names_that_would_change_the_url() {
        for name in
            ["", ".", "..", "ab", "a/b", "a b", "a%2fb", "a?b", "a#b", "a@b", "a:b", "a\\b", "bücket", "a\0b"]
        {
            assert!(Bucket::parse(name).is_err(), "{name:?}");
        }
        assert_eq!(Bucket::parse(&"a".repeat(256)), Err(InvalidBucket::Length(256)));
    }
}
