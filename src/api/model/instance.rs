//! Parsing the JSON body that is validated against a model.

use serde_json::Value;

/// Parses a body. `-0` becomes the integer `0`, as in the Java validator of API Gateway. serde_json would make it the float
/// `-0.0`.
///
/// # Errors
/// Returns the error of serde_json if the body is not JSON.
pub fn parse(body: &[u8]) -> serde_json::Result<Value> {
    let value = serde_json::from_slice(body)?;
    match without_negative_zeros(body) {
        Some(rewritten) => serde_json::from_slice(&rewritten),
        None => Ok(value),
    }
}

/// Returns the JSON with `0` instead of each integer `-0`, or `None` if no integer in the JSON is `-0`. The body must be
/// JSON.
fn without_negative_zeros(body: &[u8]) -> Option<Vec<u8>> {
    if !body.windows(2).any(|pair| pair == b"-0") {
        return None;
    }
    let mut rewritten: Option<Vec<u8>> = None;
    let mut copied = 0;
    let (mut is_in_string, mut is_escaped) = (false, false);
    for (at, byte) in body.iter().enumerate() {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' => is_escaped = is_in_string,
            b'"' => is_in_string = !is_in_string,
            b'-' if !is_in_string && is_negative_zero(body, at) => {
                rewritten.get_or_insert_default().extend_from_slice(body.get(copied..at)?);
                copied = at + 1;
            }
            _ => {}
        }
    }
    let mut rewritten = rewritten?;
    rewritten.extend_from_slice(body.get(copied..)?);
    Some(rewritten)
}

/// Returns whether the integer `-0` begins at the offset. `-0.0`, `-0e1` and the exponent of `1e-0` are not integers.
fn is_negative_zero(body: &[u8], at: usize) -> bool {
    let is_exponent =
        at.checked_sub(1).and_then(|before| body.get(before)).is_some_and(|e| b"eE".contains(e));
    let is_longer = body.get(at + 2).is_some_and(|next| next.is_ascii_digit() || b".eE".contains(next));
    body.get(at + 1) == Some(&b'0') && !is_exponent && !is_longer
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_integer_minus_zero_becomes_zero() {
        for (body, expected) in [
            ("-0", Some("0")),
            ("[-0,-0 , {\"-0\": -0}]", Some("[0,0 , {\"-0\": 0}]")),
            (r#"["\"-0", -0, "\\", -0]"#, Some(r#"["\"-0", 0, "\\", 0]"#)),
            ("[-0.0, -0e1, -0E1, 1e-0, 1e-05, -1, \"-0\", 0]", None),
        ] {
            assert!(serde_json::from_str::<Value>(body).is_ok(), "{body}");
            let rewritten = without_negative_zeros(body.as_bytes());
            assert_eq!(rewritten.as_deref(), expected.map(str::as_bytes), "{body}");
        }
        assert!(parse(b"--0").is_err());
        assert!(parse(b"{\"a\": -0").is_err());
    }
}
