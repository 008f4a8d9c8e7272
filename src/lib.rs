//! Runs an Amazon API Gateway document for Amazon S3 at the edge.
//!
//! A document (OpenAPI 3.0 or Swagger 2.0 with `x-amazon-apigateway-*` extensions) says which routes exist, how a
//! request becomes an S3 request, which media types are binary, and when bytes become base64 or back. The compiler turns
//! it into `api.bin`. This crate runs that file: a core without clocks, sockets or JavaScript, and a thin shell that
//! makes a Cloudflare Worker of it.
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
//! 1. [`Gateway::receive`](gateway::Gateway::receive) routes the request and gives its [`Context`](gateway::Context).
//! 2. [`Context::admit`](gateway::Context::admit) asks who calls. A signature or a token is a
//!    [`Proof`](gateway::Proof) that has still to be verified, before [`Context::accept`](gateway::Context::accept).
//!    Where the document looks into the body, it is read now: [`Context::look_into`](gateway::Context::look_into).
//! 3. [`MethodRequest::open`](gateway::MethodRequest::open) reads what the head decides, and says what it wants of the
//!    body: a [`Demand`](gateway::Demand).
//! 4. [`MethodRequest::integrate`](gateway::MethodRequest::integrate) converts the body and gives an
//!    [`IntegrationRequest`](gateway::IntegrationRequest), which is signed to be an [`EndpointRequest`](gateway::EndpointRequest).
//! 5. [`Awaiting::answered`](gateway::Awaiting::answered) takes the head of S3's answer and selects the integration
//!    response: an [`EndpointResponse`](gateway::EndpointResponse), with a demand of its own.
//! 6. [`EndpointResponse::respond`](gateway::EndpointResponse::respond) gives the [`Response`](gateway::Response).
//!
//! A body that stays as it is passes by as a stream that the core never reads. One that is converted goes block by block,
//! in constant memory; only what needs all of it at once is held, up to a limit.
//!
//! # Modules
//!
//! - [`api`]: the compiled document as types; the form of `api.bin` is [`api::compiled`].
//! - [`s3`]: keys, URLs and signatures; S3's rules and nothing else.
//! - [`gateway`]: one request, stage by stage.
//! - `edge`: the shell, for wasm32 only, with the feature `edge`.
//!
//! Modules depend one way: `edge` on `gateway`, `gateway` on [`api`] and [`s3`]. Documents are read by another crate,
//! `s3-edge-gateway-compiler`, which depends on this one.
//!
//! # Example
//!
//! What one request becomes, on the host, without a server:
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
