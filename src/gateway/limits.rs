//! Limits of sizes, in bytes, and of times.

use std::time::Duration;

use crate::s3::multipart::PART_SIZE;

/// The longest body that is read into memory. In `aws`, it is also the longest body of a served operation, as in API Gateway
/// (<https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-execution-service-limits-table.html>).
pub const PAYLOAD_LIMIT: usize = 10 * 1024 * 1024;

/// The default of the setting `JSON_BODY_LIMIT`.
pub(super) const JSON_BODY_LIMIT: usize = 1024 * 1024;

/// The default of the setting `MEMORY_BUDGET`: half of the memory of an isolate
/// (<https://developers.cloudflare.com/workers/platform/limits/#memory>).
pub(super) const MEMORY_BUDGET: usize = 64 * 1024 * 1024;

/// The greatest value of `MEMORY_BUDGET`, for runtimes with more memory than Cloudflare's.
pub(super) const MOST_MEMORY_BUDGET: usize = 1024 * 1024 * 1024;

/// The number of copies of a body that are in memory at the same time: one in JavaScript and one in WebAssembly.
pub(super) const COPIES: usize = 2;

/// The memory that a body needs while it is converted block by block for the client: a block and its base64, with their copies.
pub(super) const DOWNLOAD_MEMORY: usize = COPIES * 2 * DOWNLOAD_BLOCK;

/// The longest response body whose memory is not counted while the client receives it. Counting needs a pipe of the runtime, which costs
/// a third more CPU time for an object of 1 MiB.
pub(super) const UNCOUNTED_RESPONSE: usize = 2 * 1024 * 1024;

/// The longest JSON body that is read and validated without pauses for other requests.
pub(super) const PAUSE_AFTER: usize = 1024 * 1024;

/// The pause for other requests while a JSON body is read and validated that is longer than [`PAUSE_AFTER`]. After a shorter pause,
/// `workerd` resumes this request before it reads from the connections of other requests.
pub(super) const PAUSE: Duration = Duration::from_millis(5);

/// The longest converted body that is sent in one request if a multipart upload is possible. A longer body is sent in parts.
pub(super) const SINGLE_UPLOAD_LIMIT: usize = PART_SIZE;

/// The longest response body that is converted as a whole in `edge`, although it could be converted block by block. The
/// conversion of a short body costs less as a whole.
pub(super) const CONVERSION_LIMIT: usize = 2 * 1024 * 1024;

/// The longest error document of S3 that is accepted.
pub(super) const ERROR_LIMIT: usize = 256 * 1024;

/// The longest accepted response of S3 to a step of a multipart upload.
pub(super) const UPLOAD_STEP_LIMIT: usize = 256 * 1024;

/// The size of the blocks in which a response body is converted. It is a multiple of three, and gives 1 MiB of base64.
pub(super) const DOWNLOAD_BLOCK: usize = 768 * 1024;

/// The size of the blocks in which a long request body is read as a whole. A shorter body is read at once.
pub(super) const READ_BLOCK: usize = 256 * 1024;

/// The memory of a signed body that streams: the blocks that JavaScript verifies (`VERIFIED_BYTES` in `bridge.js`).
pub(super) const SIGNED_MEMORY: usize = 3 * 256 * 1024;

/// The size of the blocks in which a request body is converted.
pub(super) const UPLOAD_BLOCK: usize = 1024 * 1024;

/// The longest body of a request to S3 that the core hashes itself, because a call into the runtime would cost more. A longer
/// body is hashed by the runtime, or not at all if the endpoint of S3 is safe (https or loopback).
pub(super) const HASH_LIMIT: usize = 4 * 1024;

/// The longest accepted response of STS.
pub(super) const STS_LIMIT: usize = 64 * 1024;

/// The time limit for the complete response of STS.
pub(super) const STS_TIMEOUT: Duration = Duration::from_secs(10);

/// The shortest pause before the second attempt of a request.
pub(super) const SHORTEST_PAUSE: Duration = Duration::from_millis(50);

/// The shortest time in which a second attempt is worth its cost.
pub(super) const SHORTEST_ATTEMPT: Duration = Duration::from_millis(500);

/// The difference of two clocks that needs no correction. S3 accepts signatures whose time differs by at most 15 minutes.
pub(super) const CLOCK_TOLERANCE: Duration = Duration::from_secs(5 * 60);

/// The longest accepted JSON Web Key Set.
pub(super) const KEY_SET_LIMIT: usize = 256 * 1024;

/// The time limit for the complete response of a token issuer.
pub(super) const ISSUER_TIMEOUT: Duration = Duration::from_secs(5);

/// The time limit for the head of the original API's response. It is longer than API Gateway's default of 29 s, so that the
/// client gets API Gateway's own response to a timeout.
pub(super) const PASSTHROUGH_TIMEOUT: Duration = Duration::from_secs(35);
