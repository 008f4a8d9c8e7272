//! S3's error document: its code, and whether the error is about the gateway's own credentials.

use super::xml;

/// Returns the `Code` of an S3 error document, such as `NoSuchKey`
/// ([error responses](https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html)).
/// The beginning of the document is sufficient. Returns `None` if the body is not an error document.
pub fn code(body: &[u8]) -> Option<&str> {
    let code = xml::text(utf8_start(body), &["Error", "Code"])?.trim();
    let known = !code.is_empty() && code.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'.');
    known.then_some(code)
}

/// Returns whether the error is about the gateway's signature, keys or clock. The client did not cause it and cannot correct
/// it.
pub fn is_about_our_credentials(code: &str) -> bool {
    matches!(
        code,
        // The region in the signature is not the region of the bucket.
        "AuthorizationHeaderMalformed"
            // The session token has expired.
            | "ExpiredToken"
            // The access key does not exist.
            | "InvalidAccessKeyId"
            // The session token is not valid.
            | "InvalidToken"
            // The account of the access key cannot use S3.
            | "NotSignedUp"
            // The clock is wrong.
            | "RequestTimeTooSkewed"
            // The secret is wrong, or the request was changed after it was signed.
            | "SignatureDoesNotMatch"
            // The session token must be renewed.
            | "TokenRefreshRequired"
    )
}

/// Returns the longest beginning of a body that is UTF-8. A body that was cut off may end inside a character.
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
    fn recognizes_errors_about_the_credentials() {
        for code in ["InvalidAccessKeyId", "SignatureDoesNotMatch", "ExpiredToken", "InvalidToken"] {
            assert!(is_about_our_credentials(code));
        }
        for code in ["AccessDenied", "NoSuchKey", "NoSuchBucket", ""] {
            assert!(!is_about_our_credentials(code));
        }
    }
}
