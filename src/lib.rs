//! Runs an Amazon API Gateway document for Amazon S3 at the edge.
//!
//! A document (OpenAPI 3.0 or Swagger 2.0 with `x-amazon-apigateway-*` extensions) defines the routes, the requests to S3,
//! the binary media types, and the conversions between bytes and base64. The compiler writes it to `api.bin`. This crate
//! serves requests with that file. It consists of a core without clocks, sockets and JavaScript, and of a thin shell for
//! Cloudflare Workers.
//!
//! # The life of a request
//!
//! ```text
//! client --head--> route --> admit --> validate --> MethodRequest --body--> IntegrationRequest --sign--+
//!                    |                                                                                  v
//!                    +--> original API                                              S3, a URL, or a mock
//!                                                                                                       |
//! client <------ Response <--body-- EndpointResponse <--select, negotiate-- Awaiting <------head--------+
//!
//!                         any stage --> Rejection --> gateway response --> client
//! ```
//!
//! [`serve`](gateway::serve::serve) is the driver: it runs the stages in their order, over a
//! [`Transport`](gateway::Transport), which sends, reads and waits.
//!
//! 1. [`route`](gateway::request::routing::route) finds the operation. If none is served,
//!    [`passthrough`](gateway::request::passthrough::passthrough) decides whether the original API gets the request.
//! 2. [`read_proof`](gateway::authorize::admission::read_proof) reads the credentials. Once they are verified, the caller
//!    is [`Admitted`](gateway::authorize::admission::Admitted).
//! 3. [`validate_head`](gateway::authorize::admission::Admitted::validate_head) runs the request validator. The body is
//!    read here only if a model or a mapping reads it.
//! 4. [`MethodRequest::new`](gateway::request::method_request::MethodRequest::new) applies the mappings and plans what
//!    happens to the body.
//! 5. The body is converted and the request is signed: the result is a
//!    [`SignedRequest`](gateway::request::integration_request::SignedRequest), which is sent. A long upload is sent to S3
//!    in parts.
//! 6. The head of the backend's response selects the integration response, or the request is sent again.
//! 7. [`EndpointResponse`](gateway::response::endpoint_response::EndpointResponse) converts the body and writes the
//!    [`Response`](gateway::message::Response).
//!
//! A body that is not converted passes as a stream, which the core never reads. A converted body passes in blocks, in
//! constant memory. A body is held in memory, up to a limit, only if a stage needs all of it at once.
//!
//! # Modules
//!
//! - [`api`]: the compiled document as types. [`api::compiled`] encodes and decodes `api.bin`.
//! - [`s3`]: the rules of S3: keys, URLs and signatures.
//! - [`gateway`]: the stages of a request.
//! - `edge`: the shell. It needs wasm32 and the feature `edge`.
//!
//! `edge` depends on `gateway`, and `gateway` on [`api`] and [`s3`]. There are no other dependencies. The crate
//! `s3-edge-gateway-compiler` parses documents, and depends on this crate.
//!
//! # Example
//!
//! One request on the host, with the runtime of the tests. The closure is S3:
//!
//! ```
//! use s3_edge_gateway::gateway::{Gateway, Settings, deployment::settings::Variables};
//! use s3_edge_gateway_testing::{Answer, ClientRequest, serve_request};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let document = include_bytes!("../api/openapi.json");
//! let api = s3_edge_gateway_compiler::api_of(document).map_err(|errors| format!("{errors:?}"))?;
//! let variable = |name: &str| match name {
//!     "AWS_ACCESS_KEY_ID" => Some("AKIDEXAMPLE".to_owned()),
//!     "AWS_SECRET_ACCESS_KEY" => Some("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY".to_owned()),
//!     "S3_BUCKET" => Some("photos".to_owned()),
//!     _ => None,
//! };
//! let settings = Settings::from_variables(&Variables(&variable)).map_err(|errors| format!("{errors:?}"))?;
//! let gateway = Gateway::new(api, settings).map_err(|errors| format!("{errors:?}"))?;
//!
//! let request = ClientRequest::new(http::Method::GET, "/v1/s3?key=a%20b.txt");
//! let served = serve_request(&gateway, &request, |to_s3| {
//!     assert_eq!(to_s3.url, "https://s3.us-west-2.amazonaws.com/photos/a%20b.txt");
//!     assert!(to_s3.headers.contains_key("authorization"));
//!     Ok(Answer { body: b"hello".to_vec(), ..Answer::default() })
//! });
//! assert_eq!((served.response.status, served.response.text().as_str()), (200, "hello"));
//! # Ok(())
//! # }
//! ```

pub mod api;
#[cfg(all(target_arch = "wasm32", feature = "edge"))]
mod edge;
pub mod gateway;
pub mod s3;
