//! Quotes names for command lines in messages.

/// Returns a name as an argument of a shell command. The name is quoted if it contains special characters.
pub(super) fn word(name: &str) -> String {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"._:-/".contains(&byte);
    if name.bytes().all(is_plain) { name.to_owned() } else { format!("'{}'", name.replace('\'', "'\\''")) }
}
