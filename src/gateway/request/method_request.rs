//! The method request: the target, the headers, and the plan for the body. They are decided before the body is read, unless
//! the caller's signature, a model or a parameter mapping needs the body.

use std::num::NonZeroU64;

use http::header::{ACCEPT, CONTENT_TYPE, USER_AGENT};
use http::{HeaderMap, HeaderValue, Method};

use super::context::Context;
use super::http_target::HttpTarget;
use super::mapping::{Mapped, unaddressable};
use super::request_validator::Validated;
use crate::api::gateway_response::ResponseType;
use crate::api::integration::{Backend, ContentHandling, Integration, PassthroughBehavior};
use crate::api::media_type::Listed;
use crate::api::template::Template;
use crate::gateway::behaviour::Difference;
use crate::gateway::conversion::Conversion;
use crate::gateway::conversion::base64::WhiteSpace;
use crate::gateway::conversion::codec::Codec;
use crate::gateway::deployment::backend::{DeployedBackend, DeployedS3};
use crate::gateway::deployment::role::Role;
use crate::gateway::http_rules::{
    CONDITIONAL, FORBIDDEN_TO_S3, FORBIDDEN_TO_URLS, NOT_PROXIED, WITHOUT_EFFECT, reads_object, sends_nothing,
};
use crate::gateway::limits::{READ_BLOCK, SINGLE_UPLOAD_LIMIT};
use crate::gateway::message::BodyPlace;
use crate::gateway::rejection::Rejection;
use crate::s3::Key;
use crate::s3::location::Location;
use crate::s3::multipart::is_about_the_whole_body;
use crate::s3::wire_url::WireUrl;

/// A request that is ready except for its body. The variant defines how the body is handled.
#[derive(Debug)]
pub enum MethodRequest<'c> {
    /// A request to the backend. Its [`RequestTransfer`] defines how the body is sent.
    Single(SingleRequest<'c>),
    /// An upload to S3 whose converted body may be too long for one request. The body is converted block by block.
    Blocks(BlockRequest<'c>),
    /// A request for a mock. The rendered request template selects the integration response.
    Mock(MockRequest<'c>),
}

/// The head of a request to the backend.
#[derive(Debug)]
pub(in crate::gateway) struct RequestHead<'c> {
    pub(in crate::gateway) context: &'c Context<'c>,
    pub(in crate::gateway) integration: &'c Integration,
    pub(in crate::gateway) method: &'c Method,
    pub(in crate::gateway) headers: HeaderMap,
}

/// A request to the backend, ready except for its body.
#[derive(Debug)]
pub struct SingleRequest<'c> {
    pub(in crate::gateway) head: RequestHead<'c>,
    pub(in crate::gateway) target: Target<'c>,
    /// The plan for the body.
    pub plan: RequestPlan<'c>,
    /// How the body is transferred.
    pub transfer: RequestTransfer,
}

/// An upload to S3, ready except for its body.
#[derive(Debug)]
pub struct BlockRequest<'c> {
    pub(in crate::gateway) head: RequestHead<'c>,
    pub(in crate::gateway) target: Box<S3Target<'c>>,
    /// The plan for the body.
    pub plan: RequestPlan<'c>,
    pub(in crate::gateway) codec: Codec,
}

/// A request for a mock.
#[derive(Debug)]
pub struct MockRequest<'c> {
    pub(in crate::gateway) context: &'c Context<'c>,
    pub(in crate::gateway) integration: &'c Integration,
    /// The plan for the body.
    pub plan: RequestPlan<'c>,
    /// Whether the body is read: the template names it, or there is no template.
    pub reads_body: bool,
}

/// The target of a request to a backend.
#[derive(Debug)]
pub(in crate::gateway) enum Target<'c> {
    S3(Box<S3Target<'c>>),
    Http(HttpTarget),
}

/// The target of a request to S3.
#[derive(Debug)]
pub(in crate::gateway) struct S3Target<'c> {
    pub(in crate::gateway) s3: &'c DeployedS3,
    pub(in crate::gateway) location: Location,
}

/// The conversion and the template of a request body, with the values that decided them.
#[derive(Clone, Copy, Debug)]
pub struct RequestPlan<'c> {
    pub conversion: Conversion,
    /// The request template that applies, with the media type of its entry.
    pub template: Option<(&'c str, &'c Template)>,
    /// Whether the `Content-Type` is a binary media type.
    pub content_type: Listed,
    /// `contentHandling`
    pub content_handling: Option<ContentHandling>,
}

/// How the client's body is transferred.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum RequestTransfer {
    /// The body is not sent. A conversion that can fail is still carried out, so that its error is not hidden.
    None,
    /// The body is sent as a stream, unchanged. The value is its length in bytes.
    Stream(NonZeroU64),
    /// The whole body is read into memory, up to the payload limit, and then converted.
    Buffer,
}

/// The `User-Agent` of requests to an HTTP backend. API Gateway sends the ID of the API instead of `s3-edge-gateway`.
const OUR_USER_AGENT: HeaderValue = HeaderValue::from_static("AmazonAPIGateway_s3-edge-gateway");

const JSON: HeaderValue = HeaderValue::from_static("application/json");

impl<'c> MethodRequest<'c> {
    /// Applies the mappings, selects the request template, and decides how the body is converted and transferred.
    ///
    /// # Errors
    /// The [`Rejection`] for a parameter that is missing or not valid, for a `Content-Type` without a template where one is
    /// required, for a mapping to a header that must not be set, and for a `uri` that does not give a valid target.
    pub fn new(request: &Validated<'c>, body: BodyPlace) -> Result<Self, Rejection> {
        let (context, served) = (request.context, request.served);
        let integration = served.integration();
        let mapped = Mapped::of(request)?;
        let content_type = context.inbound.text(&CONTENT_TYPE);
        let template = request_template(integration, content_type)?;
        let backend = &served.deployed.backend;
        refuse_forbidden_headers(&mapped, backend)?;
        let content_type = context.gateway.api.binary_media_types.lists(content_type);
        let content_handling = integration.content_handling;
        let conversion = conversion(backend, content_type, content_handling, template.is_some(), context);
        let plan = RequestPlan { conversion, template, content_type, content_handling };
        let (target, method) = match backend {
            Backend::S3(s3) => {
                let target = Box::new(S3Target { s3, location: mapped.location(s3)? });
                (Target::S3(target), s3.backend.http_method.of_request(context.method()))
            }
            Backend::Http(http) => {
                let target = HttpTarget::render(&http.uri, &mapped, None)?;
                (Target::Http(target), http.http_method.of_request(context.method()))
            }
            Backend::HttpProxy(http) => {
                let query = context.inbound.query.as_deref();
                let target = HttpTarget::render(&http.uri, &mapped, query)?;
                (Target::Http(target), http.http_method.of_request(context.method()))
            }
            Backend::Mock => {
                let reads_body = template.is_none_or(|(_, template)| template.names_body());
                return Ok(Self::Mock(MockRequest { context, integration, plan, reads_body }));
            }
        };
        let mut head = RequestHead { context, integration, method, headers: mapped.headers };
        match backend {
            Backend::HttpProxy(_) => head.add_all_client_headers(),
            Backend::S3(_) | Backend::Http(_) | Backend::Mock => head.add_client_headers(&plan, target.key()),
        }
        if let Target::Http(_) = target {
            head.set_http_headers();
        }
        Ok(Self::with_transfer(head, target, plan, body))
    }

    /// Decides how the body is transferred.
    fn with_transfer(
        head: RequestHead<'c>,
        target: Target<'c>,
        plan: RequestPlan<'c>,
        body: BodyPlace,
    ) -> Self {
        let context = head.context;
        let single = |head, target, transfer| Self::Single(SingleRequest { head, target, plan, transfer });
        if sends_nothing(head.method) {
            return single(head, target, RequestTransfer::None);
        }
        if body == BodyPlace::Memory {
            return single(head, target, RequestTransfer::Buffer);
        }
        let length = context.content_length();
        let keeps_bytes = plan.template.is_none() && plan.conversion.keeps_bytes(context.behaviour());
        let of_stream = length.and_then(NonZeroU64::new).filter(|_| keeps_bytes && target.takes_streams());
        if let Some(length) = of_stream {
            return single(head, target, RequestTransfer::Stream(length));
        }
        match target {
            Target::S3(target) if context.has(Difference::NoCeiling) && head.is_plain_put(&target) => {
                match plan.codec(context).filter(|codec| !is_short(codec, length)) {
                    Some(codec) => Self::Blocks(BlockRequest { head, target, plan, codec }),
                    None => single(head, Target::S3(target), RequestTransfer::Buffer),
                }
            }
            Target::S3(_) | Target::Http(_) => single(head, target, RequestTransfer::Buffer),
        }
    }

    /// Returns the plan for the body.
    pub fn plan(&self) -> &RequestPlan<'c> {
        match self {
            Self::Single(request) => &request.plan,
            Self::Blocks(request) => &request.plan,
            Self::Mock(request) => &request.plan,
        }
    }

    /// Returns the role to assume for this request, or `None` if the deployment's keys sign it or it is not signed.
    pub(in crate::gateway) fn role(&self) -> Option<&'c Role> {
        match self {
            Self::Single(SingleRequest { target: Target::S3(target), .. })
            | Self::Blocks(BlockRequest { target, .. }) => target.s3.role.as_ref(),
            Self::Single(_) | Self::Mock(_) => None,
        }
    }

    /// Returns whether the target is an object of S3.
    pub fn names_key(&self) -> bool {
        match self {
            Self::Single(SingleRequest { target: Target::S3(target), .. })
            | Self::Blocks(BlockRequest { target, .. }) => target.location.key().is_some(),
            Self::Single(_) | Self::Mock(_) => false,
        }
    }
}

impl SingleRequest<'_> {
    /// Returns whether a body streams whose hash is verified at its end: only a long body for S3, which stores nothing if the end is
    /// missing. Another backend may use the bytes that it has received.
    pub(in crate::gateway) fn streams_signed(&self, length: NonZeroU64) -> bool {
        length.get() > READ_BLOCK as u64 && matches!(self.target, Target::S3(_))
    }
}

impl RequestPlan<'_> {
    /// Returns the streaming codec, or `None` if the conversion needs the whole body.
    fn codec(&self, context: &Context<'_>) -> Option<Codec> {
        let template = self.template.map(|(_, template)| (template, context));
        self.conversion.codec(context.behaviour(), white_space(context), template)
    }
}

impl RequestHead<'_> {
    /// Returns whether the request is a PUT that a multipart upload can replace.
    fn is_plain_put(&self, target: &S3Target<'_>) -> bool {
        let is_put = *self.method == Method::PUT && target.location.is_plain_object();
        is_put && !self.headers.keys().any(|name| is_about_the_whole_body(name.as_str()))
    }

    /// Adds the `Content-Type` of the body, and in `edge` the range and the conditions, unless mappings set these headers.
    /// `key` is the key of the S3 object, if the target is an object. In `edge`, the extension of the key decides the
    /// `Content-Type` of a body that is decoded from base64.
    fn add_client_headers(&mut self, plan: &RequestPlan<'_>, key: Option<&str>) {
        let (context, inbound) = (self.context, &self.context.inbound);
        if !sends_nothing(context.method()) && !self.headers.contains_key(CONTENT_TYPE) {
            let is_by_key =
                plan.conversion == Conversion::Base64Decode && context.has(Difference::StoredContentType);
            let of_key = key
                .filter(|_| is_by_key)
                .map(|key| mime_guess::from_path(key).first_raw().unwrap_or("application/octet-stream"));
            let of_client = || inbound.headers.get(CONTENT_TYPE).cloned();
            if let Some(value) = of_key.map(HeaderValue::from_static).or_else(of_client) {
                self.headers.insert(CONTENT_TYPE, value);
            }
        }
        if context.has(Difference::RangesAndConditions) && reads_object(self.method) {
            for name in CONDITIONAL {
                if let Some(value) = inbound.headers.get(&name) {
                    self.headers.entry(name).or_insert_with(|| value.clone());
                }
            }
        }
    }

    /// Adds every header of the client that passes to an `http_proxy`, unless a mapping sets it.
    fn add_all_client_headers(&mut self) {
        let is_hidden = |name: &str| NOT_PROXIED.contains(&name) || self.context.hides(name);
        let mapped = self.headers.clone();
        for (name, value) in &self.context.inbound.headers {
            if !is_hidden(name.as_str()) && !mapped.contains_key(name) {
                self.headers.append(name, value.clone());
            }
        }
    }

    /// Removes the headers that have no effect in requests to a URL. Adds the `Accept` and the `User-Agent` of API Gateway
    /// if they are missing (for an `http_proxy` only in `aws`: <https://github.com/localstack/localstack/pull/11143>).
    fn set_http_headers(&mut self) {
        for name in WITHOUT_EFFECT {
            self.headers.remove(*name);
        }
        let is_proxy = matches!(self.integration.backend, Backend::HttpProxy(_));
        if !(is_proxy && self.context.has(Difference::ProxyDefaultHeaders)) {
            self.headers.entry(ACCEPT).or_insert(JSON);
            self.headers.entry(USER_AGENT).or_insert(OUR_USER_AGENT);
        }
    }
}

impl S3Target<'_> {
    /// Returns the URL with more query parameters.
    ///
    /// # Errors
    /// The [`Rejection`] for a bucket that cannot be a subdomain of the endpoint as `S3_ADDRESSING` requires.
    pub(in crate::gateway) fn url_with(&self, more: &[(&str, &str)]) -> Result<WireUrl, Rejection> {
        self.location.url_with(&self.s3.endpoint, more).map_err(unaddressable)
    }
}

impl Target<'_> {
    /// Returns whether the body may be a stream. The hash of a stream is not signed, so the connection to S3 must be safe.
    fn takes_streams(&self) -> bool {
        match self {
            Self::S3(target) => target.s3.endpoint.is_safe(),
            Self::Http(_) => true,
        }
    }

    /// Returns the key of the S3 object, or `None` if the target is not an object.
    fn key(&self) -> Option<&str> {
        match self {
            Self::S3(target) => target.location.key().map(Key::as_str),
            Self::Http(_) => None,
        }
    }
}

/// Returns the conversion of the body.
fn conversion(
    backend: &DeployedBackend,
    content_type: Listed,
    handling: Option<ContentHandling>,
    has_template: bool,
    context: &Context<'_>,
) -> Conversion {
    match (backend, handling) {
        // In `aws`, `contentHandling` converts the body of an `http_proxy` too: AWS's table of conversions has no exception.
        (Backend::HttpProxy(_), Some(_)) if !context.has(Difference::ProxyContentHandling) => {
            Conversion::of_request(content_type, handling)
        }
        // In `edge`, and in `aws` without `contentHandling`, the body passes unchanged. A conversion without
        // `contentHandling` was never seen on AWS.
        (Backend::HttpProxy(_), _) => Conversion::Identity,
        // A template can only read text, so the body is text even if `*/*` is a binary media type.
        (Backend::Mock, None) if has_template && context.has(Difference::MockPreflight) => {
            Conversion::of_request(content_type, Some(ContentHandling::ConvertToText))
        }
        (Backend::S3(_) | Backend::Http(_) | Backend::Mock, handling) => {
            Conversion::of_request(content_type, handling)
        }
    }
}

/// Returns how white space in the base64 of a request body is treated. It is skipped in `edge`, because clients may send
/// base64 in lines.
pub(super) fn white_space(context: &Context<'_>) -> WhiteSpace {
    if context.has(Difference::UploadErrors) { WhiteSpace::Ignored } else { WhiteSpace::Refused }
}

/// Returns whether the converted body certainly fits into one request. The length of decoded bytes is not known, but it is
/// not greater than the length of their base64.
fn is_short(codec: &Codec, length: Option<u64>) -> bool {
    length.is_some_and(|length| codec.length_of(length).unwrap_or(length) <= SINGLE_UPLOAD_LIMIT as u64)
}

/// Refuses mappings to headers that a document must not set.
fn refuse_forbidden_headers(mapped: &Mapped<'_>, backend: &DeployedBackend) -> Result<(), Rejection> {
    let (forbidden, place) = match backend {
        Backend::S3(_) => (FORBIDDEN_TO_S3, "S3"),
        Backend::Http(_) | Backend::HttpProxy(_) => (FORBIDDEN_TO_URLS, "a URL"),
        Backend::Mock => return Ok(()),
    };
    if mapped.headers.is_empty() {
        return Ok(());
    }
    match forbidden.iter().find(|name| mapped.headers.contains_key(**name)) {
        Some(name) => Err(Rejection::configuration(format!(
            "requestParameters map the header `{name}`, which must not be set in requests to {place}"
        ))),
        None => Ok(()),
    }
}

/// Returns the request template for a `Content-Type`, with the media type of its entry, or `None` if the body passes
/// without a template. A request without a `Content-Type` counts as `application/json`
/// (<https://docs.aws.amazon.com/apigateway/latest/developerguide/integration-passthrough-behaviors.html>).
///
/// # Errors
/// The [`Rejection`] 415 if no template matches and `passthroughBehavior` forbids passing the body.
pub fn request_template<'i>(
    integration: &'i Integration,
    content_type: Option<&str>,
) -> Result<Option<(&'i str, &'i Template)>, Rejection> {
    let templates = &integration.request_templates;
    let essence =
        content_type.and_then(|text| text.split([';', ',']).next()).map_or("application/json", str::trim);
    if let Some((media_type, template)) = templates.entry(essence).or_else(|| templates.entry("$default")) {
        return Ok(template.map(|template| (media_type, template)));
    }
    let passes = match integration.passthrough_behavior {
        PassthroughBehavior::WhenNoMatch => true,
        PassthroughBehavior::WhenNoTemplates => templates.is_empty(),
        PassthroughBehavior::Never => false,
    };
    if passes { Ok(None) } else { Err(Rejection::of(ResponseType::UnsupportedMediaType)) }
}
