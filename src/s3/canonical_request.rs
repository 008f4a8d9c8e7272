//! The texts of Signature Version 4 from which a signature is computed: the canonical request and the string to sign
//! (<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html>).

use std::borrow::Cow;

pub const ALGORITHM: &str = "AWS4-HMAC-SHA256";

/// The end of a credential scope.
pub const TERMINATOR: &str = "aws4_request";

/// Returns the credential scope.
pub fn credential_scope(day: &str, region: &str, service: &str) -> String {
    [day, region, service, TERMINATOR].join("/")
}

/// Returns the string to sign. `canonical_hash` is the hash of the canonical request.
pub fn string_to_sign(date: &str, scope: &str, canonical_hash: &str) -> String {
    [ALGORITHM, date, scope, canonical_hash].join("\n")
}

/// Returns the canonical request. `path` and `query` are in their canonical form. `signed` has the signed headers, sorted by
/// their names. `names` has these names, joined by `;`. `payload` is the hash of the body, or `UNSIGNED-PAYLOAD`.
pub fn canonical_request(
    method: &str,
    path: &str,
    query: &str,
    signed: &[(&str, Cow<'_, str>)],
    names: &str,
    payload: &str,
) -> String {
    let mut text = String::with_capacity(512);
    let mut push = |parts: &[&str]| parts.iter().for_each(|part| text.push_str(part));
    push(&[method, "\n", path, "\n", query, "\n"]);
    for (name, value) in signed {
        push(&[name, ":", value, "\n"]);
    }
    push(&["\n", names, "\n", payload]);
    text
}

/// Returns a query with its pairs sorted by the encoded name, then by the encoded value.
pub fn sorted(query: &str) -> Cow<'_, str> {
    if !query.contains('&') {
        return Cow::Borrowed(query);
    }
    let pairs = query.split('&').map(|pair| pair.split_once('=').unwrap_or((pair, "")));
    // The signed headers have the same type, so the program contains the code of the sort function only once.
    let mut pairs: Vec<(&str, Cow<'_, str>)> =
        pairs.map(|(name, value)| (name, Cow::Borrowed(value))).collect();
    pairs.sort_unstable();
    let pairs: Vec<String> = pairs.into_iter().map(|(name, value)| format!("{name}={value}")).collect();
    Cow::Owned(pairs.join("&"))
}

/// Returns the value of a header without spaces at its start and its end, and with one space instead of several.
pub fn single_spaced(value: &str) -> Cow<'_, str> {
    if value.starts_with(' ') || value.ends_with(' ') || value.as_bytes().windows(2).any(|pair| pair == b"  ")
    {
        let words: Vec<&str> = value.split(' ').filter(|word| !word.is_empty()).collect();
        return Cow::Owned(words.join(" "));
    }
    Cow::Borrowed(value)
}
