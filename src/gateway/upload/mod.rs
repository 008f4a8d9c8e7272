//! Uploads in blocks: the converted body is sent in one request if it is short, and as a multipart upload otherwise.

pub(super) mod block_upload;
mod intake;
mod multipart;
