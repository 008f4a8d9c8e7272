//! The method request: the client's request as the document sees it, and everything that its head decides.
//!
//! Inside: what the head decides, in the order of API Gateway. Not inside: evaluating mappings (`parameters`), where S3
//! is (`place`), and the body (`integration_request`).

use http::header::{self, ACCEPT, CONTENT_TYPE};
use http::{HeaderMap, HeaderName, HeaderValue, Method as HttpMethod};

use super::backend::{DeployedBackend, DeployedS3};
use super::codec::Codec;
use super::content::Conversion;
use super::context::Context;
use super::header_rules::{
    CONDITIONAL, FORBIDDEN_TO_S3, FORBIDDEN_TO_URLS, NOT_PROXIED, NOT_READABLE, WITHOUT_EFFECT,
};
use super::http_url::HttpUrl;
use super::parameters::Mapped;
use super::place::Place;
use super::rejection::Rejection;
use super::role::Role;
use super::{Compatibility, Demand, reads, sends_nothing};
use crate::api::gateway_response::ResponseType;
use crate::api::integration::{ContentHandling, HttpBackend, Integration, PassthroughBehavior};
use crate::api::media_type::Listed;
use crate::api::template::Template;
use crate::s3::WireUrl;
use crate::s3::multipart::{PART_SIZE, is_about_the_whole_body};

/// What API Gateway holds at the most, of a request or a response: 10 MB
/// (<https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-execution-service-limits-table.html>).
pub const PAYLOAD_LIMIT: usize = 10 * 1024 * 1024;

/// The longest upload that is sent in one piece, where it could be cut into parts.
const UNCUT_LIMIT: usize = PART_SIZE;

/// The method of a request, ready but for its body.
#[derive(Debug)]
pub struct MethodRequest<'c> {
    pub(super) context: &'c Context<'c>,
    pub(super) integration: &'c Integration,
    pub(super) destination: Destination<'c>,
    pub(super) headers: HeaderMap,
    pub(super) template: Option<&'c Template>,
    pub(super) conversion: Conversion,
}

/// Where a request goes.
#[derive(Debug)]
pub(super) enum Destination<'c> {
    S3(Box<ToS3<'c>>),
    Http(ToHttp),
    HttpProxy(ToHttp),
    /// Nowhere: a mock.
    Mock,
}

/// What a request to S3 is about.
#[derive(Debug)]
pub(super) struct ToS3<'c> {
    pub(super) s3: &'c DeployedS3,
    pub(super) method: HttpMethod,
    pub(super) url: WireUrl,
    pub(super) place: Place,
}

/// What a request to a URL is about.
#[derive(Debug)]
pub(super) struct ToHttp {
    pub(super) method: HttpMethod,
    pub(super) url: HttpUrl,
}

/// Who asks an HTTP backend: API Gateway has its name and the id of the API there.
const USER_AGENT: &str = "AmazonAPIGateway_s3-edge-gateway";

impl<'c> MethodRequest<'c> {
    /// Reads the head of the request as the document says.
    ///
    /// # Errors
    /// A [`Rejection`] for what the head already decides: a parameter that is missing or cannot be read, a type that
    /// no template fits, a mapping that is forbidden.
    pub fn open(context: &'c Context<'c>) -> Result<Self, Rejection> {
        let matched = context.served().ok_or_else(Rejection::missing_authentication_token)?;
        if context.caller.is_none() {
            return Err(Rejection::missing_authentication_token().because("the caller was not accepted"));
        }
        context.refuse_unread_body()?;
        let integration = &matched.operation.integration;
        let mapped = Mapped::of(context, integration)?;
        let content_type = context.inbound.headers.get("content-type");
        let content_type = content_type.and_then(|value| value.to_str().ok());
        let template = request_template(integration, content_type)?;
        refuse_forbidden(&mapped, &matched.deployed.backend)?;
        let destination = Destination::of(&matched.deployed.backend, context, &mapped)?;
        let listed = context.gateway.api.binary_media_types.lists(content_type);
        let conversion = destination.conversion(
            listed,
            integration.content_handling,
            template,
            context.gateway.settings.compatibility,
        );
        let mut headers = mapped.headers;
        if let Destination::Http(_) | Destination::HttpProxy(_) = destination {
            WITHOUT_EFFECT.iter().for_each(|name| _ = headers.remove(*name));
        }
        let mut opened = Self { context, integration, destination, headers, template, conversion };
        opened.add_headers();
        Ok(opened)
    }

    /// What happens to the body.
    pub fn conversion(&self) -> Conversion {
        self.conversion
    }

    /// Whether the body leads anywhere.
    pub(super) fn sends_body(&self) -> bool {
        match &self.destination {
            Destination::S3(to) => !sends_nothing(&to.method),
            Destination::Http(to) | Destination::HttpProxy(to) => !sends_nothing(&to.method),
            Destination::Mock => self.template.is_none_or(Template::names_body),
        }
    }

    /// The `Content-Length` of the request, if there is one.
    pub fn content_length(&self) -> Option<u64> {
        self.context.inbound.content_length()
    }

    /// What is wanted of the request's body.
    pub fn demand(&self) -> Demand {
        if !self.sends_body() {
            return Demand::Discard;
        }
        if self.context.known_body().is_some() {
            // It is in memory already.
            return Demand::Buffer { limit: PAYLOAD_LIMIT };
        }
        let compatibility = self.context.gateway.settings.compatibility;
        let keeps_bytes = self.template.is_none() && self.conversion.keeps_bytes(compatibility);
        let length = self.content_length();
        if keeps_bytes && self.destination.takes_streams() && length.is_some() {
            return Demand::Stream;
        }
        match self.codec().filter(|_| self.context.gateway.is_edge() && self.can_be_cut()) {
            Some(codec) if !length.is_some_and(|length| is_small(length, &codec)) => Demand::Transform,
            Some(_) | None => Demand::Buffer { limit: PAYLOAD_LIMIT },
        }
    }

    /// Whether this is a plain PUT of an object, which a multipart upload can stand for.
    fn can_be_cut(&self) -> bool {
        let Destination::S3(to) = &self.destination else { return false };
        let is_put = to.method == HttpMethod::PUT && to.place.is_plain_object();
        is_put && !self.headers.keys().any(|name| is_about_the_whole_body(name.as_str()))
    }

    /// The role to assume for this request. `None` if the deployment's keys sign it, or if it is not signed.
    pub fn role(&self) -> Option<&'c Role> {
        match &self.destination {
            Destination::S3(to) => to.s3.role.as_ref(),
            Destination::Http(_) | Destination::HttpProxy(_) | Destination::Mock => None,
        }
    }

    fn add_headers(&mut self) {
        let (method, key) = match &self.destination {
            Destination::S3(to) => (&to.method, to.place.key.as_ref()),
            Destination::Http(to) => (&to.method, None),
            Destination::HttpProxy(_) => return self.add_all_client_headers(),
            Destination::Mock => return,
        };
        let inbound = &self.context.inbound;
        let is_edge = self.context.gateway.is_edge();
        if !sends_nothing(&self.context.method) && !self.headers.contains_key(CONTENT_TYPE) {
            let stored = match (self.conversion, key) {
                // `stored-content-type`
                (Conversion::Base64Decode, Some(key)) if is_edge => {
                    mime_guess::from_path(key.as_str()).first_raw().or(Some("application/octet-stream"))
                }
                _ => None,
            };
            let value =
                stored.map(HeaderValue::from_static).or_else(|| inbound.headers.get(CONTENT_TYPE).cloned());
            if let Some(value) = value {
                self.headers.insert(CONTENT_TYPE, value);
            }
        }
        // `ranges-and-conditions`
        if is_edge && reads(method) {
            for name in CONDITIONAL {
                if let Some(value) = inbound.headers.get(*name).filter(|_| !self.headers.contains_key(*name))
                {
                    self.headers.insert(HeaderName::from_static(name), value.clone());
                }
            }
        }
        if let Destination::Http(_) = &self.destination {
            let json = HeaderValue::from_static("application/json");
            self.headers.entry(ACCEPT).or_insert(json);
            self.headers.entry(header::USER_AGENT).or_insert(HeaderValue::from_static(USER_AGENT));
        }
    }

    /// What the mappings set comes in the place of what the client sent.
    fn add_all_client_headers(&mut self) {
        let is_hidden = |name: &str| NOT_READABLE.contains(&name) || NOT_PROXIED.contains(&name);
        let mapped = self.headers.clone();
        for (name, value) in &self.context.inbound.headers {
            if !is_hidden(name.as_str()) && !mapped.contains_key(name) {
                self.headers.append(name, value.clone());
            }
        }
    }
}

/// Refuses mappings to headers that are not a document's to set.
fn refuse_forbidden(mapped: &Mapped<'_>, backend: &DeployedBackend) -> Result<(), Rejection> {
    let (forbidden, place) = match backend {
        DeployedBackend::S3(_) => (FORBIDDEN_TO_S3, "S3"),
        DeployedBackend::Http(_) | DeployedBackend::HttpProxy(_) => (FORBIDDEN_TO_URLS, "a URL"),
        DeployedBackend::Mock => return Ok(()),
    };
    match forbidden.iter().find(|name| mapped.headers.contains_key(**name)) {
        Some(name) => {
            let cause =
                format!("requestParameters map the header `{name}`, which may not be set toward {place}");
            Err(Rejection::configuration(cause))
        }
        None => Ok(()),
    }
}

impl<'c> Destination<'c> {
    fn of(
        backend: &'c DeployedBackend,
        context: &Context<'_>,
        mapped: &Mapped<'_>,
    ) -> Result<Self, Rejection> {
        Ok(match backend {
            DeployedBackend::S3(s3) => {
                let method = s3.backend.http_method.of_request(&context.method).clone();
                let place = Place::render(&s3.backend.uri, context, mapped)?;
                let url = place.url(&s3.endpoint, context.gateway.settings.s3_addressing, &[])?;
                Self::S3(Box::new(ToS3 { s3, method, url, place }))
            }
            DeployedBackend::Http(http) => Self::Http(ToHttp::new(http, context, mapped, None)?),
            DeployedBackend::HttpProxy(http) => {
                Self::HttpProxy(ToHttp::new(http, context, mapped, context.inbound.query.as_deref())?)
            }
            DeployedBackend::Mock => Self::Mock,
        })
    }

    /// What happens to the body.
    fn conversion(
        &self,
        listed: Listed,
        handling: Option<ContentHandling>,
        template: Option<&Template>,
        compatibility: Compatibility,
    ) -> Conversion {
        match (self, handling, compatibility) {
            // `proxy-content-handling`: the documented table has no exception for proxies. Without `contentHandling`, what
            // API Gateway does to a proxy's body is not recorded, and it passes.
            (Self::HttpProxy(_), handling @ Some(_), Compatibility::Aws) => {
                Conversion::of_request(listed, handling)
            }
            (Self::HttpProxy(_), _, _) => Conversion::Identity,
            // `mock-preflight`: a template reads text.
            (Self::Mock, None, Compatibility::Edge) if template.is_some() => {
                Conversion::of_request(listed, Some(ContentHandling::ConvertToText))
            }
            (Self::S3(_) | Self::Http(_) | Self::Mock, handling, _) => {
                Conversion::of_request(listed, handling)
            }
        }
    }

    /// Whether bytes may pass by: a body toward S3 whose hash is not signed is only as safe as its way there.
    fn takes_streams(&self) -> bool {
        match self {
            Self::S3(to) => to.s3.endpoint.is_https() || to.s3.endpoint.is_loopback(),
            Self::Http(_) | Self::HttpProxy(_) => true,
            Self::Mock => false,
        }
    }
}

impl ToS3<'_> {
    /// The URL with more parameters.
    pub(super) fn url_with(
        &self,
        query: &[(&str, &str)],
        context: &Context<'_>,
    ) -> Result<WireUrl, Rejection> {
        self.place.url(&self.s3.endpoint, context.gateway.settings.s3_addressing, query)
    }
}

impl ToHttp {
    fn new(
        http: &HttpBackend,
        context: &Context<'_>,
        mapped: &Mapped<'_>,
        passed: Option<&str>,
    ) -> Result<Self, Rejection> {
        let method = http.http_method.of_request(&context.method).clone();
        Ok(Self { method, url: HttpUrl::render(&http.uri, context, mapped, passed)? })
    }
}

/// Whether a body of this length is sent in one piece, whatever it is; base64 has at most as many bytes as characters.
fn is_small(length: u64, codec: &Codec) -> bool {
    codec.length_of(length).unwrap_or(length) <= UNCUT_LIMIT as u64
}

/// In `aws`, a request of more than 10 MB goes no further, whatever else is wrong with it.
pub(super) fn refuse_over_payload_limit(context: &Context<'_>) -> Result<(), Rejection> {
    let is_over = context.inbound.content_length().is_some_and(|length| length > PAYLOAD_LIMIT as u64);
    if is_over && !context.gateway.is_edge() { Err(context.over_payload_limit()) } else { Ok(()) }
}

/// Returns the request template for a `Content-Type`, or `None` if the body passes without one
/// (<https://docs.aws.amazon.com/apigateway/latest/developerguide/integration-passthrough-behaviors.html>).
///
/// # Errors
/// The [`Rejection`] 415 if no template matches and `passthroughBehavior` forbids passing the body.
pub fn request_template<'i>(
    integration: &'i Integration,
    content_type: Option<&str>,
) -> Result<Option<&'i Template>, Rejection> {
    let templates = &integration.request_templates;
    let essence =
        content_type.and_then(|text| text.split([';', ',']).next()).map_or("application/json", str::trim);
    if let Some(entry) = templates.get(essence).or_else(|| templates.get("$default")) {
        return Ok(entry);
    }
    let passes = match integration.passthrough_behavior {
        PassthroughBehavior::WhenNoMatch => true,
        PassthroughBehavior::WhenNoTemplates => templates.is_empty(),
        PassthroughBehavior::Never => false,
    };
    if passes { Ok(None) } else { Err(Rejection::of(ResponseType::UnsupportedMediaType)) }
}
