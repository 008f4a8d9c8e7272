//! One request: the stages, as pure functions.
//!
//! Inside: everything between the client's request and S3's, and between S3's answer and the client's. Not inside:
//! sending, receiving, waiting and reading clocks (`edge`). The whole protocol, in the order of a request:
//!
//! 1. [`Gateway::receive`]: route the request; gives the [`Context`]. [`Context::dispatch`] decides whether it is served
//!    at the edge or sent to the original API as a [`PassthroughRequest`], which ends the protocol.
//! 2. [`Context::admit`]: who may call; gives a [`Proof`], of which what it says has still to be verified, and then
//!    [`Context::accept`]: the API key. Nobody gets any further without both.
//!    Where the document [looks into the body](Context::looks_into_body), as validators and some mappings do, it is read
//!    as a whole, and handed to [`Context::look_into`].
//! 3. [`MethodRequest::open`]: parameters, template, URL; says with [`MethodRequest::demand`] what it wants of the body,
//!    and with [`MethodRequest::role`] whose keys shall sign.
//! 4. [`MethodRequest::integrate`]: convert, render; gives the [`IntegrationRequest`], which is signed to be an
//!    [`EndpointRequest`], and an [`Awaiting`]; or, where nobody is to be asked, the [`EndpointResponse`] of a mock:
//!    [`Integrated`].
//!    A large body is taken block by block instead, by [`MethodRequest::intake`]: one that turns out small goes on with
//!    [`MethodRequest::integrate_converted`], a large one in parts with [`MethodRequest::upload`].
//! 5. [`Awaiting::answered`]: select the integration response; gives the [`EndpointResponse`], or a request to repeat.
//!    A body that must be known as a whole before any of it is sent, and is too large to be held, is looked through by
//!    [`EndpointResponse::verify`], which gives the request for the same body once more.
//! 6. [`EndpointResponse::respond`]: convert, render; gives the [`Response`].
//!
//! Any stage may fail with a [`Rejection`], which [`Context::reject`] turns into the gateway's own answer.

pub mod access_log;
pub mod authorize;
pub mod awaiting;
mod backend;
pub mod codec;
pub mod coding;
pub mod content;
pub mod context;
mod deployment;
pub mod endpoint_response;
pub mod header_rules;
mod http_url;
mod inspect;
pub mod integration_request;
mod known_body;
pub mod method_request;
pub mod mock;
mod parameters;
pub mod passthrough;
mod place;
pub mod rejection;
pub mod repeat;
mod response_headers;
pub mod role;
pub mod route;
pub mod settings;
mod treatment;
pub mod upload;
mod validation;

use bytes::Bytes;
use http::{HeaderMap, Method as HttpMethod, StatusCode};

pub use self::authorize::Proof;
pub use self::awaiting::{Answer, Awaiting};
pub use self::codec::Codec;
pub use self::context::{Caller, Context, Inbound};
use self::deployment::DeployedOperation;
pub use self::endpoint_response::EndpointResponse;
pub use self::inspect::Value as MappedValue;
pub use self::integration_request::{EndpointRequest, Integrated, IntegrationRequest};
pub use self::method_request::MethodRequest;
pub use self::passthrough::{Dispatch, PassthroughRequest};
pub use self::rejection::Rejection;
use self::route::Router;
use self::settings::ResourcePolicySetting;
pub use self::settings::{Compatibility, Settings};
use crate::api::{Api, ResourcePolicy};

/// A body on its way: `S` is a stream that the core never reads.
#[derive(Clone, Debug)]
pub enum Body<S> {
    /// None, which is not the same as an empty one only to those who count headers.
    Empty,
    /// All of it.
    Bytes(Bytes),
    /// Bytes that pass by.
    Stream {
        /// The stream itself.
        stream: S,
        /// How many bytes will come, where that is known.
        length: Option<u64>,
    },
    /// Bytes that are converted while they pass.
    Converted {
        /// The stream itself.
        stream: S,
        /// What is to be done with its blocks.
        codec: Codec,
        /// How many bytes will come out, where that is known.
        length: Option<u64>,
    },
}

/// What a stage wants done with a body before it is handed over.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Demand {
    /// All of it in memory, up to so many bytes; more is an error of the stage.
    Buffer {
        /// In bytes.
        limit: usize,
    },
    /// As it is; it is not looked at.
    Stream,
    /// Block by block, converted on the way.
    Transform,
    /// Block by block, to see whether it can be converted: nobody gets it yet.
    Verify,
    /// Not at all: the body is not needed.
    Discard,
}

/// What the client is answered.
#[derive(Debug)]
pub struct Response<S> {
    /// The status.
    pub status: StatusCode,
    /// The headers, each with the spelling to send.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Body<S>,
}

/// An API that is deployed: the document and the settings, compiled.
#[derive(Debug)]
pub struct Gateway {
    api: Api,
    settings: Settings,
    base_path: String,
    router: Router,
    /// As the resources of the document, and their methods.
    deployed: Vec<Vec<DeployedOperation>>,
}

/// Settings that do not fit the document.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("{place}: {reason}")]
pub struct DeploymentError {
    /// The path of the document, with the method; or the setting.
    pub place: String,
    /// What does not fit.
    pub reason: String,
}

impl Gateway {
    /// Compiles a document for a deployment.
    ///
    /// # Errors
    /// Settings that do not fit the document. An operation that they cannot serve is not an error: it is unsupported.
    pub fn new(api: Api, settings: Settings) -> Result<Self, Vec<DeploymentError>> {
        let mut errors: Vec<_> = authorize::unused_issuers(&api, &settings.jwt_issuers).collect();
        let base_path = base_path(&api, &settings).unwrap_or_else(|error| {
            errors.push(error);
            String::new()
        });
        if !errors.is_empty() {
            return Err(errors);
        }
        let deployed = api.resources.iter().map(|resource| {
            let methods = resource.methods.iter();
            methods.map(|method| DeployedOperation::new(&api, &method.operation, &settings)).collect()
        });
        let deployed = deployed.collect();
        let router = Router::new(&api);
        Ok(Self { api, settings, base_path, router, deployed })
    }

    /// Returns the remarks about this deployment for the log, at the start of each isolate.
    pub fn warning(&self) -> Option<&'static str> {
        let ignores = self.api.resource_policy == ResourcePolicy::Present
            && self.settings.resource_policy == ResourcePolicySetting::Ignored;
        ignores
            .then_some("RESOURCE_POLICY is \"ignore\": the resource policy of the document is not evaluated")
    }

    /// Takes a request in. This never fails: whether it leads anywhere is the first question of the next stage.
    pub fn receive(&self, inbound: Inbound) -> Context<'_> {
        Context::new(self, inbound)
    }

    fn below_base_path<'p>(&self, path: &'p str) -> Option<&'p str> {
        let below = path.strip_prefix(self.base_path.as_str())?;
        (below.is_empty() || below.starts_with('/')).then_some(below)
    }

    fn stage_name(&self) -> &str {
        let last = self.base_path.rsplit('/').next().unwrap_or_default();
        self.settings.stage_name.as_deref().unwrap_or(last)
    }

    fn is_edge(&self) -> bool {
        self.settings.compatibility == Compatibility::Edge
    }
}

/// The base path: that of the settings, else that of the document with its variables filled in.
fn base_path(api: &Api, settings: &Settings) -> Result<String, DeploymentError> {
    if let Some(path) = &settings.base_path {
        return Ok(path.clone());
    }
    let value = |name: &str| match name {
        "AWS::Region" => settings.s3_region.as_ref().map(crate::s3::Region::as_str),
        name => settings.stage_variables.get(name).map(String::as_str),
    };
    api.base_path.fill(value).map_err(|name| DeploymentError {
        place: "BASE_PATH".to_owned(),
        reason: format!(
            "the base path of the document has the variable `{name}`, which has no value; set `{name}` in STAGE_VARIABLES, or set BASE_PATH"
        ),
    })
}

impl<S> Body<S> {
    /// How many bytes there are, where that is known.
    pub fn length(&self) -> Option<u64> {
        match self {
            Self::Empty => Some(0),
            Self::Bytes(bytes) => Some(bytes.len() as u64),
            Self::Stream { length, .. } | Self::Converted { length, .. } => *length,
        }
    }
}

impl<S> Response<S> {
    /// A response without a body, to be filled.
    fn new(status: StatusCode) -> Self {
        Self { status, headers: Vec::new(), body: Body::Empty }
    }

    /// The value of a header, by its name in any letter case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }

    /// Sets a header, in place of one of the same name.
    fn set(&mut self, name: impl Into<String>, value: impl Into<String>) {
        let (name, value) = (name.into(), value.into());
        self.headers.retain(|(known, _)| !known.eq_ignore_ascii_case(&name));
        self.headers.push((name, value));
    }
}

/// Returns whether a request of this method has no body to send
/// (observed: integrations with these methods send none, whatever the client sent).
pub fn sends_nothing(method: &HttpMethod) -> bool {
    matches!(*method, HttpMethod::GET | HttpMethod::HEAD | HttpMethod::OPTIONS)
}

/// Returns whether a request of this method reads an object, so that ranges and conditions have a meaning.
pub fn reads(method: &HttpMethod) -> bool {
    matches!(*method, HttpMethod::GET | HttpMethod::HEAD)
}

/// Whether a response of this status has no body (<https://fetch.spec.whatwg.org/#null-body-status>).
fn has_no_body(status: StatusCode) -> bool {
    matches!(status.as_u16(), 204 | 205 | 304)
}

/// The last value of a header as text.
fn header_text<'h>(headers: &'h HeaderMap, name: &str) -> Option<std::borrow::Cow<'h, str>> {
    let last = headers.get_all(name).iter().next_back()?;
    Some(String::from_utf8_lossy(last.as_bytes()))
}
