//! Multipart uploads: S3's rules for which request carries what, and the documents that go to and fro
//! (<https://docs.aws.amazon.com/AmazonS3/latest/userguide/mpuoverview.html>).

use http::HeaderMap;

use super::error_body::utf8_start;
use super::xml;

/// The size of every part but the last: S3's least is 5 MiB
/// (<https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html>).
pub const PART_SIZE: usize = 8 * 1024 * 1024;

/// S3's limit of parts in one upload.
pub const MOST_PARTS: usize = 10_000;

/// What fits into one upload.
pub const MOST_BYTES: u64 = MOST_PARTS as u64 * PART_SIZE as u64;

/// The steps of a multipart upload.
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

/// Headers that every step carries: who pays, and whose bucket it must be.
const EVERY_STEP: &[&str] = &["x-amz-request-payer", "x-amz-expected-bucket-owner"];

/// Headers that go with the bytes: keys of the customer, which S3 does not keep.
const CUSTOMER_KEY: &str = "x-amz-server-side-encryption-customer-";

/// Headers that decide whether the object may be replaced: at the moment when it would be.
const CONDITIONS: &[&str] = &["if-match", "if-none-match"];

/// Headers about the body as a whole, which no step has.
const WHOLE_BODY: &[&str] = &["content-length", "content-md5", "x-amz-sdk-checksum-algorithm"];
const WHOLE_BODY_CHECKSUM: &str = "x-amz-checksum-";

impl Step {
    /// Those headers of a PUT that this step carries.
    pub fn headers(self, of_put: &HeaderMap) -> HeaderMap {
        let kept = of_put.iter().filter(|(name, _)| self.carries(name.as_str()));
        kept.map(|(name, value)| (name.clone(), value.clone())).collect()
    }

    fn carries(self, name: &str) -> bool {
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

/// Whether a header vouches for the whole body, so that the body cannot be cut into parts.
pub fn is_about_the_whole_body(name: &str) -> bool {
    WHOLE_BODY.contains(&name) || name.starts_with(WHOLE_BODY_CHECKSUM)
}

/// The upload's id, of the answer to [`Step::Create`].
pub fn upload_id(answer: &[u8]) -> Option<String> {
    let id = xml::text(utf8_start(answer), &["InitiateMultipartUploadResult", "UploadId"])?;
    Some(xml::unescape(id)?.trim().to_owned()).filter(|id| !id.is_empty())
}

/// The body of [`Step::Complete`]: the `ETag` of every part, as S3 answered them, in order.
pub fn parts_document(etags: &[String]) -> String {
    let mut document = String::from("<CompleteMultipartUpload>");
    for (index, etag) in etags.iter().enumerate() {
        let number = index + 1;
        let etag = etag.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
        document += &format!("<Part><PartNumber>{number}</PartNumber><ETag>{etag}</ETag></Part>");
    }
    document + "</CompleteMultipartUpload>"
}

/// The object's `ETag`, of the answer to [`Step::Complete`]; `None` where that is an error, which S3 may send with the
/// status 200 (<https://docs.aws.amazon.com/AmazonS3/latest/API/API_CompleteMultipartUpload.html>).
pub fn completed_etag(answer: &[u8]) -> Option<String> {
    let etag = xml::text(utf8_start(answer), &["CompleteMultipartUploadResult", "ETag"])?;
    Some(xml::unescape(etag)?.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_header_has_its_step() {
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
    fn documents() {
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
