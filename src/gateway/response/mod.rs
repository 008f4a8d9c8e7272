//! The response, from the head of the backend's response to the response to the client.

pub mod endpoint_response;
pub mod gateway_response;
pub mod negotiate;
pub mod retry;
mod s3_error;
pub mod select;
