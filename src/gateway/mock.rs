//! Mocks: responses that nobody is asked for.
//!
//! Inside: which response the request template says it is. Not inside: rendering either template (`integration_request`,
//! `endpoint_response`). Source:
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/how-to-mock-integration.html>.

use http::StatusCode;
use serde_json::Value;

use super::rejection::Rejection;

/// The `statusCode` of the integration request's body, which selects the response.
///
/// # Errors
/// A [`Rejection`] where there is none that is an integer.
pub fn status(body: &[u8]) -> Result<StatusCode, Rejection> {
    let code = read(body).as_ref().and_then(|object| object.get("statusCode")?.as_u64());
    let status = code.and_then(|code| StatusCode::from_u16(u16::try_from(code).ok()?).ok());
    status.ok_or_else(|| {
        Rejection::configuration("the mock's request template gives no JSON with an integer `statusCode`")
    })
}

/// JSON, also with names that are not quoted: `{statusCode: 200}` (observed).
fn read(body: &[u8]) -> Option<Value> {
    let text = std::str::from_utf8(body).ok()?;
    serde_json::from_str(text).or_else(|_| serde_json::from_str(&with_quoted_names(text))).ok()
}

fn with_quoted_names(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 16);
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let (token, tail) = rest.split_at(token_length(rest, first));
        let is_name = is_of_name(first) && tail.trim_start().starts_with(':');
        if is_name {
            quoted.extend(["\"", token, "\""]);
        } else {
            quoted.push_str(token);
        }
        rest = tail;
    }
    quoted
}

/// The length of the string, the word or the character that the text begins with.
fn token_length(text: &str, first: char) -> usize {
    if first == '"' {
        let mut is_escaped = false;
        let closes = |c: char| {
            let closes = c == '"' && !is_escaped;
            is_escaped = c == '\\' && !is_escaped;
            closes
        };
        let inside = text.get(1..).unwrap_or_default();
        return inside.find(closes).map_or(text.len(), |at| at + 2);
    }
    let word = text.find(|c| !is_of_name(c)).unwrap_or(text.len());
    word.max(first.len_utf8())
}

fn is_of_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_' || c == '$'
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statuses() {
        for (body, expected) in [
            (r#"{"statusCode": 200}"#, Some(200)),
            ("{statusCode: 200}", Some(200)),
            ("{ statusCode : 404, \"a: b\\\" c: \": \"x: y\" }", Some(404)),
            ("\n{\n  \"message\": {code: [1, true]},\n  statusCode:302\n}\n", Some(302)),
            (r#"{"statusCode": "200"}"#, None),
            (r#"{"statusCode": 200.5}"#, None),
            (r#"{"statusCode": 99}"#, None),
            (r#"{"statusCode": 70000}"#, None),
            (r#"{"statuscode": 200}"#, None),
            ("[200]", None),
            ("200", None),
            ("{}", None),
            ("{statusCode: 200", None),
            ("{\"statusCode: 200}", None),
            ("é: \u{fffd}", None),
            ("", None),
        ] {
            let status = status(body.as_bytes()).ok().map(|status| status.as_u16());
            assert_eq!(status, expected, "{body}");
        }
        assert!(status(b"\xff").is_err());
    }
}
