//! What S3's error document says: its code, and whether the gateway's own credentials are to blame.

use super::xml;

/// The `Code` of an S3 error document, such as `NoSuchKey`
/// ([error responses](https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html)).
/// The beginning of the document is enough; `None` if this is not one.
pub fn code(body: &[u8]) -> Option<&str> {
    let code = xml::text(utf8_start(body), &["Error", "Code"])?.trim();
    let known = !code.is_empty() && code.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'.');
    known.then_some(code)
}

/// Whether an error of this code says that the gateway signed wrongly, with the wrong keys or at the wrong time:
/// nothing that its client did or could repair.
pub fn is_about_our_credentials(code: &str) -> bool {
    matches!(
        code,
        // the region in the signature's scope is not the bucket's
        "AuthorizationHeaderMalformed"
            // the session token is too old
            | "ExpiredToken"
            // no such key
            | "InvalidAccessKeyId"
            // the session token is not one
            | "InvalidToken"
            // the account of the key may not use S3
            | "NotSignedUp"
            // the clock is wrong
            | "RequestTimeTooSkewed"
            // the wrong secret, or a request changed on its way
            | "SignatureDoesNotMatch"
            // the session token has to be exchanged
            | "TokenRefreshRequired"
    )
}

/// As much of the beginning as is UTF-8: a body that was cut off may end within a character.
pub(super) fn utf8_start(body: &[u8]) -> &str {
    match std::str::from_utf8(body) {
        Ok(text) => text,
        Err(error) => body
            .get(..error.valid_up_to())
            .and_then(|start| std::str::from_utf8(start).ok())
            .unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_code() {
        let body = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>NoSuchKey</Code>\
                    <Message>The specified key does not exist.</Message><Key>é</Key></Error>";
        assert_eq!(code(body.as_bytes()), Some("NoSuchKey"));
        let within_the_key = body.find('é').unwrap() + 1;
        assert_eq!(code(&body.as_bytes()[..within_the_key]), Some("NoSuchKey"));
        assert_eq!(code(b"<Error><Code>No such key</Code></Error>"), None);
        assert_eq!(code(b"\xff\xfe"), None);
        assert_eq!(code(b"{\"Code\":\"NoSuchKey\"}"), None);
    }

    #[test]
    fn knows_whose_fault_it_is() {
        for code in ["InvalidAccessKeyId", "SignatureDoesNotMatch", "ExpiredToken", "InvalidToken"] {
            assert!(is_about_our_credentials(code));
        }
        for code in ["AccessDenied", "NoSuchKey", "NoSuchBucket", ""] {
            assert!(!is_about_our_credentials(code));
        }
    }
}
