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
//!            one HTTP request                                                        this core, tested on the host
//! client --head--> Context --> MethodRequest --body--> EndpointRequest ----------+
//!   ^              route,       map, decode,            convert, render     v
//!   |              admit        choose template                             S3   (the shell's one fetch; or a URL)
//!   |                                                                       |
//!   +--- Response <--body--- EndpointResponse <---head----------------------+
//!        convert, render     select, negotiate
//!        any stage --> Rejection --> Response
//! ```
//!
//! 1. [`Gateway::receive`](gateway::Gateway::receive) routes the request and returns its [`Context`](gateway::Context).
//! 2. [`Context::admit`](gateway::Context::admit) identifies the caller. A signature or a token is a
//!    [`Proof`](gateway::Proof), which must be verified before [`Context::accept`](gateway::Context::accept).
//!    If the document uses values of the body, [`Context::look_into`](gateway::Context::look_into) reads them now.
//! 3. [`MethodRequest::open`](gateway::MethodRequest::open) evaluates the head. Its [`Demand`](gateway::Demand) states
//!    whether the body streams or must be in memory.
//! 4. [`MethodRequest::integrate`](gateway::MethodRequest::integrate) converts the body and returns an
//!    [`IntegrationRequest`](gateway::IntegrationRequest). Signing makes it an [`EndpointRequest`](gateway::EndpointRequest).
//! 5. [`Awaiting::answered`](gateway::Awaiting::answered) selects the integration response by the status of S3's response.
//!    It returns an [`EndpointResponse`](gateway::EndpointResponse), with a demand for S3's body.
//! 6. [`EndpointResponse::respond`](gateway::EndpointResponse::respond) returns the [`Response`](gateway::Response).
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
//! Serving a request on the host, without a server, up to the signed request to S3:
//!
//! ```
//! use s3_edge_gateway::gateway::{Body, Gateway, Inbound, Integrated, MethodRequest, Settings, settings::Variables};
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
//! let mut context = gateway.receive(Inbound {
//!     method: http::Method::GET,
//!     path: "/v1/s3".to_owned(),
//!     query: Some("key=a%20b.jpg".to_owned()),
//!     host: "api.example.com".to_owned(),
//!     headers: http::HeaderMap::new(),
//!     request_id: "1".to_owned(),
//!     source_ip: None,
//!     time: std::time::SystemTime::UNIX_EPOCH,
//! });
//! context.admit()?;
//! let request = MethodRequest::open(&context)?;
//! let Integrated::Request(request, _awaiting) = request.integrate::<()>(Body::Empty, None)? else {
//!     return Err("a mock".into());
//! };
//! let to_s3 = request.sign(std::time::SystemTime::UNIX_EPOCH)?;
//! assert_eq!(to_s3.url.as_str(), "https://s3.us-west-2.amazonaws.com/photos/a%20b.jpg");
//! assert!(to_s3.headers.contains_key("authorization"));
//! # Ok(())
//! # }
//! ```

pub mod api;
#[cfg(all(target_arch = "wasm32", feature = "edge"))]
mod edge;
pub mod gateway;
pub mod s3;
