//! The types of a compiled document. The crate `s3-edge-gateway-compiler` compiles a document to an [`Api`].

mod base_path;
pub mod compiled;
mod content_handling;
pub mod context_variable;
mod final_status;
pub mod gateway_response;
mod http_serde;
pub mod http_uri;
pub mod integration;
pub mod integration_uri;
pub mod json;
pub mod json_path;
pub mod mapping;
pub mod media_type;
pub mod model;
mod operation;
pub mod request_validator;
mod resource;
mod responses;
mod security;
mod shared_responses;
pub mod template;
mod templates;

use serde::{Deserialize, Serialize};

pub use self::base_path::BasePath;
pub use self::final_status::final_status;
use self::gateway_response::GatewayResponses;
use self::media_type::BinaryMediaTypes;
pub use self::operation::{Operation, Reason, ServedOperation, UnsupportedOperation};
pub use self::resource::{Method, Resource, ResourcePath, Segment, Verb};
pub use self::security::{ApiKey, Authorization, Security, TokenAuthorizer, TokenProvider, cognito_issuer};

/// A compiled document. The source is OpenAPI or Swagger with `x-amazon-apigateway-*` extensions.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Api {
    /// The prefix of every path.
    pub base_path: BasePath,
    pub resources: Vec<Resource>,
    /// `x-amazon-apigateway-binary-media-types`
    pub binary_media_types: BinaryMediaTypes,
    pub compression: Compression,
    /// `x-amazon-apigateway-gateway-responses`
    pub gateway_responses: GatewayResponses,
    pub resource_policy: ResourcePolicy,
}

/// Whether `x-amazon-apigateway-minimum-compression-size` is set. The value of this extension has no effect in a Worker,
/// because Cloudflare compresses responses by its own rules.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub enum Compression {
    /// The gateway does not decode request bodies. `Content-Encoding` is a header like any other.
    Disabled,
    /// The gateway decodes a request body whose `Content-Encoding` is gzip or deflate. Other encodings except `identity` are
    /// refused.
    Enabled,
}

/// Whether the document has a resource policy (`x-amazon-apigateway-policy`) that may restrict the callers. The gateway does
/// not evaluate policies. So with such a policy, the operations are served only if `RESOURCE_POLICY` is `ignore`.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, Serialize, Deserialize)]
pub enum ResourcePolicy {
    /// The document has no policy, or an empty policy, or a policy that certainly allows every request of every caller.
    #[default]
    Absent,
    /// The policy may restrict the callers, or cannot be read.
    Present,
}

impl Api {
    /// Returns every operation with its path and its verb, in document order.
    pub fn operations(&self) -> impl Iterator<Item = (&ResourcePath, &Verb, &Operation)> {
        self.resources.iter().flat_map(|resource| {
            resource.methods.iter().map(|method| (&resource.path, &method.verb, &method.operation))
        })
    }

    /// Returns the operations that can run at the edge. The settings may still exclude some of them.
    pub fn served(&self) -> impl Iterator<Item = &ServedOperation> {
        self.operations().filter_map(|(_, _, operation)| operation.served())
    }
}
