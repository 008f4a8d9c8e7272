//! The request that is explained.

use bytes::Bytes;
use http::{HeaderMap, Method, StatusCode};

/// A request to explain.
#[derive(Clone, Debug, Default)]
pub struct ExampleRequest {
    pub method: Method,
    /// The path with the query. The base path is optional.
    pub path: String,
    pub headers: HeaderMap,
    /// The body. If `None`, methods that usually have a body get an example body.
    pub body: Option<Bytes>,
    /// The status of the backend's response. If `None`, the usual status for the request.
    pub status: Option<StatusCode>,
    /// The `Content-Type` of the backend's response. If `None`, the usual type for the request.
    pub response_type: Option<String>,
}
