//! Errors of S3 that point to a fault of the deployment.

use http::{HeaderMap, HeaderName, StatusCode};

use crate::gateway::http_rules::header_text;
use crate::gateway::rejection::Rejection;
use crate::s3::error_body;

const BUCKET_REGION: HeaderName = HeaderName::from_static("x-amz-bucket-region");

/// Returns a remark for the access log about a redirect of S3.
pub(super) fn redirect_remark(status: StatusCode, headers: &HeaderMap) -> String {
    let region = header_text(headers, &BUCKET_REGION);
    let region = region.map(|region| format!(" ({region})")).unwrap_or_default();
    format!(
        "S3 redirects with {status}: the bucket is in another region{region}; set S3_REGION and S3_ENDPOINT"
    )
}

/// Rejects two kinds of errors of S3 with a 500, in `edge` and in `aws`: errors about the deployment's own keys, signature or
/// clock, and error documents that contain the deployment's access key id. The S3 server Garage writes this id into
/// `AccessDenied`. The access log has the code of the error.
pub(super) fn refuse_to_show_own_keys(body: &[u8], key_id: &str) -> Result<(), Rejection> {
    /// The length in bytes of the shortest id that is searched for. A shorter id may be a part of a word. AWS's ids have at
    /// least 16 characters.
    const SHORTEST_ID: usize = 8;
    let code = error_body::code(body).unwrap_or("an error without a code");
    if error_body::is_about_our_credentials(code) {
        return Err(Rejection::configuration(format!(
            "S3 answered {code}: check AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN, S3_REGION and the clock"
        )));
    }
    let key_id = key_id.as_bytes();
    if key_id.len() >= SHORTEST_ID && body.windows(key_id.len()).any(|part| part == key_id) {
        return Err(Rejection::configuration(format!(
            "S3 answered {code}: the error document contains the access key id, so it is not sent to the client"
        )));
    }
    Ok(())
}
