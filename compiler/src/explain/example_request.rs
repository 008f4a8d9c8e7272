//! The request to explain.

use bytes::Bytes;
use http::{HeaderMap, Method, StatusCode};

/// A request to explain, and the status and type of its simulated response.
#[derive(Clone, Debug, Default)]
pub struct ExampleRequest {
    pub method: Method,
    /// The path with the query. The base path is optional.
    pub path: String,
    pub headers: HeaderMap,
    /// The body. If `None`, a PUT, POST or PATCH has an example body, and other methods have none.
    pub body: Option<Bytes>,
    /// The status of the backend's response. If `None`, the response has the usual status for the request.
    pub status: Option<StatusCode>,
    /// The `Content-Type` of the backend's response. If `None`, the response has the usual type for the request.
    pub response_type: Option<String>,
}
