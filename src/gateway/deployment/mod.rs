//! A deployment: an API and its settings, resolved when the isolate starts.

pub mod backend;
pub(in crate::gateway) mod budget;
pub(in crate::gateway) mod clock;
pub mod error;
pub mod gateway;
pub mod jwt_issuer;
pub mod operation;
pub mod passthrough_url;
pub mod read_headers;
pub mod role;
pub mod router;
pub mod settings;
