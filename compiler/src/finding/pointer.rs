//! Escapes and unescapes the keys in JSON pointers (RFC 6901).

/// Escapes a key for a JSON pointer.
pub(crate) fn escape(key: &str) -> String {
    key.replace('~', "~0").replace('/', "~1")
}

/// Returns the key that [`escape`] converted to a step of a JSON pointer.
pub(crate) fn unescape(step: &str) -> String {
    step.replace("~1", "/").replace("~0", "~")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unescape_reverts_escape() {
        for (key, step) in [("/a~", "~1a~0"), ("~1", "~01"), ("a", "a"), ("", "")] {
            assert_eq!((escape(key).as_str(), unescape(step).as_str()), (step, key));
        }
    }
}
