//! s3-edge-gateway
pub mod api;
#[cfg(target_arch = "wasm32")]
mod edge;
pub mod gateway;
pub mod s3;
pub mod template;
