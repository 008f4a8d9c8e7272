//! The request that is explained.

use bytes::Bytes;
use http::{HeaderMap, Method as HttpMethod, StatusCode};

/// A request to explain.
#[derive(Clone, Debug, Default)]
pub struct Question {
    /// The method.
    pub method: HttpMethod,
    /// The path with the query; the base path may be left out.
    pub path: String,
    /// The headers.
    pub headers: HeaderMap,
    /// The body. If `None`, methods that usually have a body get a supposed one.
    pub body: Option<Bytes>,
    /// The status of the backend's response. If `None`, the usual one.
    pub status: Option<StatusCode>,
    /// The `Content-Type` of the backend's response. If `None`, the usual one.
    pub response_type: Option<String>,
}
