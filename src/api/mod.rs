//! What an API is: the compiled document as types, with no reader.
//!
//! Inside: what an API definition says. Not inside: reading one (the crate `s3-edge-gateway-compiler`), the settings of
//! a deployment, and anything about one request.

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

/// An API definition: OpenAPI or Swagger with `x-amazon-apigateway-*` extensions.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Api {
    /// The prefix that the document serves its paths under.
    pub base_path: BasePath,
    /// Every path of the document.
    pub resources: Vec<Resource>,
    /// `x-amazon-apigateway-binary-media-types`
    pub binary_media_types: BinaryMediaTypes,
    /// Whether bodies of requests may have a content coding.
    pub compression: Compression,
    /// `x-amazon-apigateway-gateway-responses`
    pub gateway_responses: GatewayResponses,
    /// Whether the document has a resource policy.
    pub resource_policy: ResourcePolicy,
}

/// `x-amazon-apigateway-minimum-compression-size`: whether it is set. Its value decides nothing in a Worker: Cloudflare
/// compresses responses by its own rules.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub enum Compression {
    /// The gateway ignores the header `Content-Encoding` of a request.
    Disabled,
    /// The gateway decodes a request that has a `Content-Encoding`.
    Enabled,
}

/// `x-amazon-apigateway-policy`: whether the document has one. It is not evaluated here, so every operation needs
/// `RESOURCE_POLICY=ignore` to be served.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, Serialize, Deserialize)]
pub enum ResourcePolicy {
    /// The document has no policy, or one that allows everything to everyone.
    #[default]
    Absent,
    /// The document has a policy that restricts who may call.
    Present,
}

impl Api {
    /// Returns every operation with its path and its verb, in the order of the document.
    pub fn operations(&self) -> impl Iterator<Item = (&ResourcePath, &Verb, &Operation)> {
        self.resources.iter().flat_map(|resource| {
            resource.methods.iter().map(|method| (&resource.path, &method.verb, &method.operation))
        })
    }

    /// Returns the operations that the edge serves, as far as the document decides.
    pub fn served(&self) -> impl Iterator<Item = &ServedOperation> {
        self.operations().filter_map(|(_, _, operation)| operation.served())
    }
}
