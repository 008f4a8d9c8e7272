//! Runs an Amazon API Gateway document for Amazon S3 at the edge.
//!
//! A document (OpenAPI 3.0 or Swagger 2.0 with `x-amazon-apigateway-*` extensions) defines the routes, the requests to the
//! backends, the binary media types, and the conversions between bytes and base64. The compiler writes the compiled document
//! to the file `api.bin`. This crate serves requests with that file. The crate consists of a core without clocks, sockets
//! and JavaScript, and of a thin shell for Cloudflare Workers.
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
//! [`serve`](gateway::serve::serve) is the driver: it runs the stages in their order. For input and output it calls a
//! [`Transport`](gateway::Transport).
//!
//! 1. [`route`](gateway::request::routing::route) finds the operation. If no operation matches, or if the operation does not
//!    run at the edge, [`passthrough`](gateway::request::passthrough::passthrough) decides whether the request is sent to
//!    the original API: the API on AWS that `PASSTHROUGH_URL` names.
//! 2. [`read_credentials`](gateway::authorize::admission::read_credentials) reads the credentials. After their verification
//!    and the check of the API key, the request is [`Admitted`](gateway::authorize::admission::Admitted).
//! 3. [`validate_head`](gateway::authorize::admission::Admitted::validate_head) runs the request validator. The whole body
//!    is read in this stage if a model or a parameter mapping reads values of the body.
//! 4. [`MethodRequest::new`](gateway::request::method_request::MethodRequest::new) applies the parameter mappings, selects
//!    the request template, and decides how the body is converted and transferred.
//! 5. The body is converted, and a request to S3 is signed. The result is a
//!    [`SignedRequest`](gateway::request::integration_request::SignedRequest), to which the runtime only adds headers. A long upload
//!    that is converted is sent to S3 in parts.
//! 6. The status of the backend's response selects the integration response. Sometimes the head of the backend's response
//!    requires that the request is sent again, for example without its range.
//! 7. [`EndpointResponse`](gateway::response::endpoint_response::EndpointResponse) converts the body and makes the
//!    [`Response`](gateway::message::Response) to the client.
//!
//! A body that needs no conversion usually passes as a stream, which the core does not read. A long body that is converted
//! passes in blocks, in constant memory. The core holds a body in memory, up to a limit, if the body is short or if a stage
//! needs the whole body. With `COMPATIBILITY=aws`, every converted body is held in memory.
//!
//! # Modules
//!
//! - [`api`]: the compiled document as types. [`api::compiled`] encodes and decodes `api.bin`.
//! - [`s3`]: the rules of S3: keys, URLs and signatures.
//! - [`gateway`]: the stages of a request.
//! - `edge`: the shell. It is compiled only for wasm32 with the feature `edge`.
//!
//! `edge` depends on `gateway` and [`api`]. `gateway` depends on [`api`] and [`s3`], which depend on no other module. The
//! crate `s3-edge-gateway-compiler` parses documents, and depends on this crate.
//!
//! # Example
//!
//! This example serves one request on the host, with the runtime of the tests. The closure responds in the place of S3:
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
