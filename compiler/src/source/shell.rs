//! Names in a command line, for messages.

/// Returns a name as it is typed in a shell: in quotation marks if it has other than plain characters.
pub(super) fn word(name: &str) -> String {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"._:-/".contains(&byte);
    if name.bytes().all(is_plain) { name.to_owned() } else { format!("'{}'", name.replace('\'', "'\\''")) }
}
