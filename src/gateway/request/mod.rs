//! The request, from the client's head to the signed request to the backend.

pub mod content_encoding;
pub mod context;
pub mod http_target;
pub mod inbound;
pub mod integration_request;
pub mod mapping;
pub mod method_request;
pub mod mock;
pub mod passthrough;
pub mod request_validator;
pub mod routing;
pub mod signing;
pub mod whole_body;
