//! Multipart uploads: the headers of each step, and the XML documents of requests and responses
//! (<https://docs.aws.amazon.com/AmazonS3/latest/userguide/mpuoverview.html>).

use http::HeaderMap;

use super::error_body::utf8_start;
use super::xml;

/// The size in bytes of every part except the last. S3's minimum is 5 MiB
/// (<https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html>).
pub const PART_SIZE: usize = 8 * 1024 * 1024;

/// The greatest number of parts in one upload.
pub const MOST_PARTS: usize = 10_000;

/// The greatest size of one upload, in bytes.
pub const MOST_BYTES: u64 = MOST_PARTS as u64 * PART_SIZE as u64;

/// A step of a multipart upload.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Step {
    /// `CreateMultipartUpload`
    Create,
    /// `UploadPart`
    Part,
    /// `CompleteMultipartUpload`
    Complete,
    /// `AbortMultipartUpload`
    Abort,
}

/// The headers that every step sends: the payer, and the expected owner of the bucket.
const EVERY_STEP: &[&str] = &["x-amz-request-payer", "x-amz-expected-bucket-owner"];

/// The prefix of the headers with a customer-provided encryption key. Every step except the abort sends the key, because S3
/// does not store it.
const CUSTOMER_KEY: &str = "x-amz-server-side-encryption-customer-";

/// Conditions for replacing the object. Only [`Step::Complete`] sends them, because that step replaces the object.
const CONDITIONS: &[&str] = &["if-match", "if-none-match"];

/// Headers about the whole body, which no step sends.
const WHOLE_BODY: &[&str] = &["content-length", "content-md5", "x-amz-sdk-checksum-algorithm"];
/// The prefix of the headers with a checksum of the whole body, which no step sends.
const WHOLE_BODY_CHECKSUM: &str = "x-amz-checksum-";

impl Step {
    /// Returns the headers that this step sends. `of_put` are the headers of the PUT that the multipart upload replaces.
    pub fn headers(self, of_put: &HeaderMap) -> HeaderMap {
        let kept = of_put.iter().filter(|(name, _)| self.has_header(name.as_str()));
        kept.map(|(name, value)| (name.clone(), value.clone())).collect()
    }

    fn has_header(self, name: &str) -> bool {
        let every = EVERY_STEP.contains(&name);
        let customer_key = name.starts_with(CUSTOMER_KEY);
        let condition = CONDITIONS.contains(&name);
        match self {
            Self::Create => !condition && !is_about_the_whole_body(name),
            Self::Part => every || customer_key,
            Self::Complete => every || customer_key || condition,
            Self::Abort => every,
        }
    }
}

/// Returns whether a header is about the whole body: its length or a checksum. A body with such a checksum cannot be sent in
/// parts.
pub fn is_about_the_whole_body(name: &str) -> bool {
    WHOLE_BODY.contains(&name) || name.starts_with(WHOLE_BODY_CHECKSUM)
}

/// Returns the upload id in the response to [`Step::Create`], or `None` if the response has none.
pub fn upload_id(answer: &[u8]) -> Option<String> {
    let id = xml::text(utf8_start(answer), &["InitiateMultipartUploadResult", "UploadId"])?;
    Some(xml::unescape(id)?.trim().to_owned()).filter(|id| !id.is_empty())
}

/// Returns the body of [`Step::Complete`]. `etags` are the values of `ETag` in S3's responses to the parts, in order.
pub fn parts_document(etags: &[String]) -> String {
    let mut document = String::from("<CompleteMultipartUpload>");
    for (index, etag) in etags.iter().enumerate() {
        let number = index + 1;
        let etag = etag.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
        document += &format!("<Part><PartNumber>{number}</PartNumber><ETag>{etag}</ETag></Part>");
    }
    document + "</CompleteMultipartUpload>"
}

/// Returns the object's `ETag` in the response to [`Step::Complete`], or `None` if the response is an error. S3 may send an
/// error with the status 200 (<https://docs.aws.amazon.com/AmazonS3/latest/API/API_CompleteMultipartUpload.html>).
pub fn completed_etag(answer: &[u8]) -> Option<String> {
    let etag = xml::text(utf8_start(answer), &["CompleteMultipartUploadResult", "ETag"])?;
    Some(xml::unescape(etag)?.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_step_sends_its_headers() {
        let names = [
            "content-type",
            "cache-control",
            "x-amz-meta-a",
            "x-amz-request-payer",
            "x-amz-server-side-encryption-customer-key",
            "if-none-match",
            "content-md5",
            "x-amz-checksum-sha256",
        ];
        let of_put: HeaderMap =
            names.map(|name| (name.parse().unwrap(), "v".parse().unwrap())).into_iter().collect();
        let of = |step: Step| names.map(|name| step.headers(&of_put).contains_key(name));
        assert_eq!(of(Step::Create), [true, true, true, true, true, false, false, false]);
        assert_eq!(of(Step::Part), [false, false, false, true, true, false, false, false]);
        assert_eq!(of(Step::Complete), [false, false, false, true, true, true, false, false]);
        assert_eq!(of(Step::Abort), [false, false, false, true, false, false, false, false]);
    }

    #[test]
    fn reads_and_writes_the_xml_documents() {
        let created = b"<?xml version=\"1.0\"?><InitiateMultipartUploadResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Bucket>b</Bucket><UploadId>a&amp;b</UploadId></InitiateMultipartUploadResult>";
        assert_eq!(upload_id(created), Some("a&b".to_owned()));
        assert_eq!(upload_id(b"<Error><Code>AccessDenied</Code></Error>"), None);
        assert_eq!(
            parts_document(&["\"e1\"".to_owned(), "\"e2\"".to_owned()]),
            "<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>\"e1\"</ETag></Part><Part><PartNumber>2</PartNumber><ETag>\"e2\"</ETag></Part></CompleteMultipartUpload>"
        );
        let done =
            b"<CompleteMultipartUploadResult><ETag>&quot;x-2&quot;</ETag></CompleteMultipartUploadResult>";
        assert_eq!(completed_etag(done), Some("\"x-2\"".to_owned()));
        assert_eq!(completed_etag(b"<Error><Code>InternalError</Code></Error>"), None);
    }
}
