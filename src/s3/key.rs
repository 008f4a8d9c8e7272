//! [`Key`]: the key of an object, valid in a URL.

use std::fmt;

use thiserror::Error;

/// The key of an object: UTF-8, not empty, and unchanged by URL parsing.
///
/// `//`, a `/` at either end, control characters except NUL, and any Unicode normalization form are allowed and kept. The
/// length is not checked: S3 answers `KeyTooLongError` above 1,024 bytes ([object
/// keys](https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html)), and other servers have other limits.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Key(String);

/// The reason why a text cannot be a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum InvalidKey {
    /// The URL would be the URL of the bucket.
    #[error("the key is empty")]
    Empty,
    /// No known S3 server accepts a NUL character.
    #[error("the key contains a NUL character")]
    Nul,
    /// [URL parsing](https://url.spec.whatwg.org/#path-state) removes these segments, even if their dots are percent-encoded.
    /// So `fetch` would request another object.
    #[error("the key has a segment \".\" or \"..\", which a URL cannot contain")]
    DotSegment,
}

impl Key {
    /// Validates a decoded key.
    ///
    /// # Errors
    /// Returns [`InvalidKey`] if the key is empty, contains a NUL character, or has a segment `.` or `..`.
    pub fn parse(key: impl Into<String>) -> Result<Key, InvalidKey> {
        let key = key.into();
        if key.is_empty() {
            return Err(InvalidKey::Empty);
        }
        if key.contains('\0') {
            return Err(InvalidKey::Nul);
        }
        if key.split('/').any(|segment| matches!(segment, "." | "..")) {
            return Err(InvalidKey::DotSegment);
        }
        Ok(Key(key))
    }

    /// Returns the decoded key.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accepts_keys_that_a_url_can_contain() {
        for key in
            ["a", "/", "//", "/a", "a/", "a//b", "...", "a..b", ".a", "%2e%2e", "a\\..\\b", "\u{1}", "😀"]
        {
            assert_eq!(Key::parse(key).unwrap().as_str(), key);
        }
    }

    #[test]
    fn refuses_keys_that_a_url_cannot_contain() {
        assert_eq!(Key::parse(""), Err(InvalidKey::Empty));
        assert_eq!(Key::parse("a\0"), Err(InvalidKey::Nul));
        for key in [".", "..", "a/..", "../a", "a/./b", "a/../b", "/.", "./"] {
            assert_eq!(Key::parse(key), Err(InvalidKey::DotSegment), "{key}");
        }
    }
}
