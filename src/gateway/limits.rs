//! Limits of sizes, in bytes, and of times.

use std::time::Duration;

use crate::s3::multipart::PART_SIZE;

/// The longest body that is held in memory, and in `aws` the longest body: API Gateway's payload limit
/// (<https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-execution-service-limits-table.html>).
pub const PAYLOAD_LIMIT: usize = 10 * 1024 * 1024;

/// The longest converted upload that is sent in one request, even if it could be sent in parts.
pub(super) const SINGLE_UPLOAD_LIMIT: usize = PART_SIZE;

/// The longest response body that is converted as a whole in `edge`, although it could be converted block by block. For a
/// short body, this costs less.
pub(super) const CONVERSION_LIMIT: usize = 2 * 1024 * 1024;

/// The longest error document of S3 that is accepted.
pub(super) const ERROR_LIMIT: usize = 256 * 1024;

/// The longest accepted response of S3 to a step of a multipart upload.
pub(super) const UPLOAD_STEP_LIMIT: usize = 256 * 1024;

/// The size of the blocks in which a response body is converted. It is a multiple of three, and gives 1 MiB of base64.
pub(super) const DOWNLOAD_BLOCK: usize = 768 * 1024;

/// The size of the blocks in which a request body is converted.
pub(super) const UPLOAD_BLOCK: usize = 1024 * 1024;

/// The longest body that the core hashes itself, because a call into the runtime would cost more. The runtime hashes longer
/// bodies. If the endpoint of S3 is safe (https or loopback), longer bodies are not hashed.
pub(super) const HASH_LIMIT: usize = 4 * 1024;

/// The longest accepted response of STS.
pub(super) const STS_LIMIT: usize = 64 * 1024;

/// The time limit for the complete response of STS.
pub(super) const STS_TIMEOUT: Duration = Duration::from_secs(10);

/// The longest accepted JSON Web Key Set.
pub(super) const KEY_SET_LIMIT: usize = 256 * 1024;

/// The time limit for the complete response of a token issuer.
pub(super) const ISSUER_TIMEOUT: Duration = Duration::from_secs(5);

/// The time limit for the head of the original API's response. It is longer than API Gateway's default of 29 s, so that the
/// client gets API Gateway's own response to a timeout.
pub(super) const PASSTHROUGH_TIMEOUT: Duration = Duration::from_secs(35);
