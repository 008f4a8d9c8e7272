//! The response, from the head of the backend's response to the response to the client.

pub mod endpoint_response;
pub mod gateway_response;
pub mod negotiate;
pub mod respond;
pub mod retry;
pub mod select;
