//! Mock integrations: the `statusCode` of a rendered request template
//! (<https://docs.aws.amazon.com/apigateway/latest/developerguide/how-to-mock-integration.html>).
//!
//! A lenient parser reads the output of the template. Its grammar is that of `json-smart` in permissive mode, which agrees
//! with all results that LocalStack has recorded on AWS (<https://github.com/localstack/localstack/pull/11968>).

use std::fmt;

use http::StatusCode;

use crate::api::integration::{Integration, IntegrationResponse};
use crate::gateway::rejection::Rejection;

/// The `statusCode` of a mock: any integer, not only an HTTP status.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct MockStatus(i128);

impl MockStatus {
    /// Returns the HTTP status, or `None` for an integer below 100 or above 999. Selection patterns match only
    /// statuses of three digits.
    pub(crate) fn as_http(self) -> Option<StatusCode> {
        StatusCode::from_u16(u16::try_from(self.0).ok()?).ok()
    }

    /// Returns the integration response for the status: the entry that matches, otherwise `default`, otherwise `None`.
    pub fn response(self, integration: &Integration) -> Option<&IntegrationResponse> {
        match self.as_http() {
            Some(status) => integration.response_for(status),
            None => integration.default_response(),
        }
    }
}

impl fmt::Display for MockStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Returns the `statusCode` of the integration request's body, which selects the integration response.
///
/// # Errors
/// The [`Rejection`] for a body that is not an object, or has no integer `statusCode`.
pub fn status(body: &[u8]) -> Result<MockStatus, Rejection> {
    let text = std::str::from_utf8(body).unwrap_or_default();
    let status = Parser { text, at: 0 }.object_at_start().ok();
    status.flatten().map(MockStatus).ok_or_else(|| {
        Rejection::configuration(
            "the mock's integration request has no integer `statusCode`; use a request template such as `{\"statusCode\": 200}`",
        )
    })
}

/// The greatest depth of nested objects and arrays. The limit protects the stack: the parser is recursive, and reads the
/// client's body if the mock has no template.
const DEEPEST: usize = 128;

/// The error for a text that does not match the grammar.
struct Malformed;

/// A parser of lenient JSON, with names and values without quotes or in single quotes, superfluous commas, and any text
/// after the first object.
struct Parser<'t> {
    text: &'t str,
    /// The offset of the next byte.
    at: usize,
}

/// A parsed value. Only the value of an integer is kept.
enum Parsed {
    Integer(i128),
    Other,
}

impl<'t> Parser<'t> {
    /// Returns the integer `statusCode` of the object at the start of the text, or `None` if the object has none.
    fn object_at_start(&mut self) -> Result<Option<i128>, Malformed> {
        self.skip_spaces();
        match self.peek() {
            Some(b'{') => self.object(0),
            _ => Err(Malformed),
        }
    }

    /// Reads an object from its `{` to its `}`. Returns its integer `statusCode`, or `None`. If the name is repeated, the
    /// last value counts.
    fn object(&mut self, depth: usize) -> Result<Option<i128>, Malformed> {
        self.at += 1;
        let mut status = None;
        loop {
            self.skip_spaces();
            match self.peek().ok_or(Malformed)? {
                b'}' => {
                    self.at += 1;
                    return Ok(status);
                }
                b',' => {
                    self.at += 1;
                    continue;
                }
                b':' | b'[' | b']' | b'{' => return Err(Malformed),
                _ => {}
            }
            let name = self.name()?;
            self.skip_spaces();
            if self.peek() != Some(b':') {
                return Err(Malformed);
            }
            self.at += 1;
            let value = self.value(b'}', depth)?;
            if name == "statusCode" {
                status = match value {
                    Parsed::Integer(integer) => Some(integer),
                    Parsed::Other => None,
                };
            }
            self.skip_spaces();
            if !matches!(self.peek(), Some(b'}' | b',')) {
                return Err(Malformed);
            }
        }
    }

    /// Reads an array from its `[` to its `]`.
    fn array(&mut self, depth: usize) -> Result<(), Malformed> {
        self.at += 1;
        loop {
            self.skip_spaces();
            match self.peek().ok_or(Malformed)? {
                b']' => {
                    self.at += 1;
                    return Ok(());
                }
                b',' => self.at += 1,
                _ => _ = self.value(b']', depth)?,
            }
        }
    }

    /// Reads a name. A name without quotes ends at the next colon, and may contain any other character.
    fn name(&mut self) -> Result<&'t str, Malformed> {
        match self.peek() {
            Some(quote @ (b'"' | b'\'')) => self.string(quote),
            _ => Ok(self.until(|byte| byte == b':').trim()),
        }
    }

    /// Reads a value. A value without quotes ends at a comma or at `end`, the byte that closes the object or the array.
    fn value(&mut self, end: u8, depth: usize) -> Result<Parsed, Malformed> {
        self.skip_spaces();
        match self.peek().ok_or(Malformed)? {
            b'{' | b'[' if depth == DEEPEST => return Err(Malformed),
            b'{' => _ = self.object(depth + 1)?,
            b'[' => self.array(depth + 1)?,
            quote @ (b'"' | b'\'') => _ = self.string(quote)?,
            b':' | b'}' | b']' => return Err(Malformed),
            _ => return Ok(integer(self.until(|byte| byte == b',' || byte == end).trim())),
        }
        Ok(Parsed::Other)
    }

    /// Reads a string with its quotes. Returns the text between them. Escapes are kept.
    fn string(&mut self, quote: u8) -> Result<&'t str, Malformed> {
        self.at += 1;
        let mut is_escaped = false;
        let inside = self.until(|byte| {
            let closes = byte == quote && !is_escaped;
            is_escaped = byte == b'\\' && !is_escaped;
            closes
        });
        match self.peek() {
            Some(_) => {
                self.at += 1;
                Ok(inside)
            }
            None => Err(Malformed),
        }
    }

    fn skip_spaces(&mut self) {
        self.until(|byte| !matches!(byte, b' ' | b'\t' | b'\r' | b'\n'));
    }

    /// Moves to the first byte that `stops` accepts, or to the end. Returns the text before the new position.
    fn until(&mut self, stops: impl FnMut(u8) -> bool) -> &'t str {
        let rest = self.text.get(self.at..).unwrap_or_default();
        let length = rest.bytes().position(stops).unwrap_or(rest.len());
        self.at += length;
        rest.get(..length).unwrap_or_default()
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }
}

/// Parses a value without quotes.
fn integer(text: &str) -> Parsed {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let is_integer = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    if !is_integer {
        return Parsed::Other;
    }
    // An integer outside of `i128` becomes `i128::MAX`, which is not an HTTP status either.
    Parsed::Integer(text.parse().unwrap_or(i128::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(body: &str) -> Option<i128> {
        status(body.as_bytes()).ok().map(|status| status.0)
    }

    /// Recorded on AWS by LocalStack: <https://github.com/localstack/localstack/pull/11968>.
    #[test]
    fn lenient_forms_that_aws_accepts_have_a_status() {
        for body in [
            r#"{"statusCode": 200}"#,
            "{statusCode: 200}",
            "{ statusCode: 200 }",
            "{'statusCode': 200, '': ''}",
            r#"{"statusCode": 200, "": ""}"#,
            r#"{"statusCode": 200 , }"#,
            r#"{"statusCode": 200 ,, }"#,
            r#"{"statusCode": 200 , null: null }"#,
            r#"{statusCode: 200, "": ""}"#,
            r#"{statusCode: 200, " ": " "}"#,
            r#"{statusCode: 200, "value": 'goog'}"#,
            "{statusCode: 200, foo}: [ba r]}",
            "{statusCode: 200, foo'}: [ba r]}",
            "{statusCode: 200, }foo: [ba r]}",
            "{statusCode: 200, }foo: ''}",
            "{statusCode: 200,super{ f}oo: [ba r]}",
        ] {
            assert_eq!(parsed(body), Some(200), "{body}");
        }
    }

    /// Recorded on AWS by LocalStack: <https://github.com/localstack/localstack/pull/11968>.
    #[test]
    fn any_integer_is_a_status() {
        for integer in [0, -1000, -1, 1, 99, 600, 1000, 70_000, 10_i128.pow(30)] {
            assert_eq!(parsed(&format!("{{\"statusCode\": {integer}}}")), Some(integer));
        }
        let integer = "9".repeat(100);
        let huge = status(format!("{{statusCode: {integer}}}").as_bytes()).unwrap();
        assert_eq!(huge.as_http(), None);
    }

    /// Recorded on AWS by LocalStack: <https://github.com/localstack/localstack/pull/11968>.
    #[test]
    fn texts_that_aws_refuses_have_no_status() {
        for body in [
            r#"{"statusCode": "200"}"#,
            r#"{"statusCode": 200"#,
            r#"{"statusCode': 200 }"#,
            r#"{'statusCode": 200 }"#,
            "{'statusCode: 200 }",
            "statusCode: 200",
            "{statusCode: 200, {foo: [ba r]}",
            "{statusCode: 200, what:{}foo: [ba r]}}",
        ] {
            assert_eq!(parsed(body), None, "{body}");
        }
    }

    /// Cases that were not recorded on AWS. The expected values follow from the grammar.
    #[test]
    fn texts_without_a_recording_follow_the_grammar() {
        for (body, expected) in [
            ("{ 'statusCode': 200 }", Some(200)),
            ("{ statusCode : 404, \"a: b\\\" c: \": \"x: y\" }", Some(404)),
            ("\n{\n  \"message\": {code: [1, true]},\n  statusCode:302\n}\n", Some(302)),
            (r#"{"a": {"statusCode": 404}, "b": [{}, [{}]], "statusCode": 201}"#, Some(201)),
            (r#"{"statusCode": 404, "statusCode": 200}"#, Some(200)),
            (r#"{"statusCode": 404, "statusCode": "200"}"#, None),
            (r#"{"a": {"statusCode": 404}}"#, None),
            (r#"{"name": "é: \u{fffd}", statusCode: 200}"#, Some(200)),
            (r#"{"statusCode": 200.5}"#, None),
            (r#"{"statusCode": 2e2}"#, None),
            (r#"{"statusCode": 200 OK}"#, None),
            (r#"{"statusCode": -}"#, None),
            (r#"{"statusCode": [200]}"#, None),
            (r#"{"statusCode": }"#, None),
            (r#"{"statusCode"}"#, None),
            (r#"{"statuscode": 200}"#, None),
            ("[200]", None),
            ("200", None),
            ("{}", None),
            ("{statusCode: [200}", None),
            ("{\"statusCode: 200}", None),
            ("é: \u{fffd}", None),
            ("", None),
        ] {
            assert_eq!(parsed(body), expected, "{body}");
        }
        assert!(status(b"\xff").is_err());
        assert!(status(b"{statusCode: 200, a: \"\xff\"}").is_err());
    }

    #[test]
    fn deep_nesting_is_refused() {
        let nested = |depth: usize| {
            let (opened, closed) = ("[".repeat(depth), "]".repeat(depth));
            format!("{{statusCode: 200, a: {opened}{closed}}}")
        };
        assert_eq!(parsed(&nested(DEEPEST)), Some(200));
        assert_eq!(parsed(&nested(DEEPEST + 1)), None);
        assert_eq!(parsed(&nested(1_000_000)), None);
    }
}
