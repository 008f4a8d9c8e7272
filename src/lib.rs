//! s3-edge-gateway
pub mod api;
pub mod gateway;
pub mod s3;
pub mod template;
