//! [`Key`]: the key of an object that a URL can carry.

use std::fmt;

use thiserror::Error;

/// The key of an object: UTF-8, not empty, and one that survives the parsing of a URL.
///
/// Everything else is part of the key and kept: `//`, a `/` at either end, control characters, any normalisation form.
/// S3 limits a key to 1,024 bytes and answers `KeyTooLongError` itself
/// ([object keys](https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html)); other servers have other
/// limits, so none is checked here.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Key(String);

/// Why a text is not a key that can be asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum InvalidKey {
    /// No character at all; the URL would be the bucket's.
    #[error("a key has at least one character")]
    Empty,
    /// A NUL character, which no S3 server is known to keep.
    #[error("a key has no NUL character")]
    Nul,
    /// A segment `.` or `..`. [URL parsing](https://url.spec.whatwg.org/#path-state) removes those, percent-encoded
    /// or not, so `fetch` would ask for another object.
    #[error("a key has no segment \".\" or \"..\", because a URL cannot carry it")]
    DotSegment,
}

impl Key {
    /// Takes a decoded key.
    ///
    /// # Errors
    /// [`InvalidKey`] when a request for this key would be a request for something else.
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

    /// The key, decoded.
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
    fn keeps_what_a_url_can_carry() {
        for key in
            ["a", "/", "//", "/a", "a/", "a//b", "...", "a..b", ".a", "%2e%2e", "a\\..\\b", "\u{1}", "😀"]
        {
            assert_eq!(Key::parse(key).unwrap().as_str(), key);
        }
    }

    #[test]
    fn refuses_what_it_cannot() {
        assert_eq!(Key::parse(""), Err(InvalidKey::Empty));
        assert_eq!(Key::parse("a\0"), Err(InvalidKey::Nul));
        for key in [".", "..", "a/..", "../a", "a/./b", "a/../b", "/.", "./"] {
            assert_eq!(Key::parse(key), Err(InvalidKey::DotSegment), "{key}");
        }
    }
}
