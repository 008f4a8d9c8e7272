//! The method request: the client's request as the document sees it, and everything that its head decides.
//!
//! Inside: what the head decides, in the order of API Gateway. Not inside: evaluating mappings (`parameters`), where S3
//! is (`place`), and the body (`integration_request`).

use http::{HeaderMap, HeaderName, HeaderValue, Method as HttpMethod};

use super::backend::{DeployedBackend, DeployedS3};
use super::codec::Codec;
use super::content::Conversion;
use super::context::Context;
use super::header_rules::{CONDITIONAL, FORBIDDEN_TO_S3};
use super::parameters::Mapped;
use super::place::Place;
use super::rejection::Rejection;
use super::role::Role;
use super::{Compatibility, Demand, reads, sends_nothing};
use crate::api::gateway_response::ResponseType;
use crate::api::integration::{ContentHandling, Integration, PassthroughBehavior};
use crate::api::media_type::Listed;
use crate::s3::WireUrl;
use crate::s3::multipart::{PART_SIZE, is_about_the_whole_body};
use crate::template::Template;

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
    /// Nowhere: a mock.
    Mock,
}

/// What a request to S3 is about.
#[derive(Debug)]
pub(super) struct ToS3<'c> {
    pub(super) s3: &'c DeployedS3,
    pub(super) method: HttpMethod,
    pub(super) url: WireUrl,
    place: Place,
}

impl<'c> MethodRequest<'c> {
    /// Reads the head of the request as the document says.
    ///
    /// # Errors
    /// A [`Rejection`] for what the head already decides: a parameter that is missing or cannot be read, a type that
    /// no template fits, a mapping that is forbidden.
    pub fn open(context: &'c Context<'c>) -> Result<Self, Rejection> {
        let matched = context.route.as_ref().ok_or_else(Rejection::missing_authentication_token)?;
        if context.caller.is_none() {
            return Err(Rejection::missing_authentication_token().because("the caller was not accepted"));
        }
        refuse_over_payload_limit(context)?;
        let integration = &matched.method.integration;
        let mapped = Mapped::of(context, integration)?;
        let content_type = context.inbound.headers.get("content-type");
        let content_type = content_type.and_then(|value| value.to_str().ok());
        let template = request_template(integration, content_type)?;
        if let Some(name) = FORBIDDEN_TO_S3.iter().find(|name| mapped.headers.contains_key(**name)) {
            let cause = format!("requestParameters map the header `{name}`, which may not be set toward S3");
            return Err(Rejection::configuration(cause));
        }
        let destination = Destination::of(&matched.deployed.backend, context, &mapped)?;
        let listed = context.gateway.api.binary_media_types.lists(content_type);
        let handling = destination.handling(integration, listed, context.gateway.settings.compatibility);
        let conversion = Conversion::of_request(listed, handling);
        let headers = mapped.headers;
        let mut opened = Self { context, integration, destination, headers, template, conversion };
        opened.add_client_headers(conversion);
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
            Destination::Mock => self.template.is_none_or(Template::names_body),
        }
    }

    /// How long the request's body is, where the client told.
    pub fn content_length(&self) -> Option<u64> {
        self.context.inbound.content_length()
    }

    /// What is wanted of the request's body.
    pub fn demand(&self) -> Demand {
        if !self.sends_body() {
            return Demand::Discard;
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

    /// The role to take on for this request; none where the deployment's keys sign, or nobody.
    pub fn role(&self) -> Option<&'c Role> {
        match &self.destination {
            Destination::S3(to) => to.s3.role.as_ref(),
            Destination::Mock => None,
        }
    }

    fn add_client_headers(&mut self, conversion: Conversion) {
        let Destination::S3(to) = &self.destination else { return };
        let inbound = &self.context.inbound;
        let is_edge = self.context.gateway.is_edge();
        if !sends_nothing(&inbound.method) && !self.headers.contains_key("content-type") {
            let stored = match (conversion, &to.place.key) {
                // `stored-content-type`
                (Conversion::Base64Decode, Some(key)) if is_edge => {
                    mime_guess::from_path(key.as_str()).first_raw().or(Some("application/octet-stream"))
                }
                _ => None,
            };
            let value =
                stored.map(HeaderValue::from_static).or_else(|| inbound.headers.get("content-type").cloned());
            if let Some(value) = value {
                self.headers.insert("content-type", value);
            }
        }
        // `ranges-and-conditions`
        if is_edge && reads(&to.method) {
            for name in CONDITIONAL {
                if let Some(value) = inbound.headers.get(*name).filter(|_| !self.headers.contains_key(*name))
                {
                    self.headers.insert(HeaderName::from_static(name), value.clone());
                }
            }
        }
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
                let method = s3.http_method.of_request(&context.inbound.method).clone();
                let place = Place::render(&s3.uri, context, mapped)?;
                let url = place.url(&s3.endpoint, context.gateway.settings.s3_addressing, &[])?;
                Self::S3(Box::new(ToS3 { s3, method, url, place }))
            }
            DeployedBackend::Mock => Self::Mock,
        })
    }

    /// What the document wants done with the body.
    fn handling(
        &self,
        integration: &Integration,
        listed: Listed,
        compatibility: Compatibility,
    ) -> Option<ContentHandling> {
        match (self, integration.content_handling, compatibility) {
            // `mock-preflight`: only a template reads it, and a template reads text.
            (Self::Mock, None, Compatibility::Edge) if listed == Listed::Yes => {
                Some(ContentHandling::ConvertToText)
            }
            (_, handling, _) => handling,
        }
    }

    /// Whether bytes may pass by: a body whose hash is not signed is only as safe as its way to S3.
    fn takes_streams(&self) -> bool {
        match self {
            Self::S3(to) => to.s3.endpoint.is_https() || to.s3.endpoint.is_loopback(),
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

/// Whether a body of this length is sent in one piece, whatever it is; base64 has at most as many bytes as characters.
fn is_small(length: u64, codec: &Codec) -> bool {
    codec.length_of(length).unwrap_or(length) <= UNCUT_LIMIT as u64
}

/// In `aws`, a request of more than 10 MB goes no further, whatever else is wrong with it.
fn refuse_over_payload_limit(context: &Context<'_>) -> Result<(), Rejection> {
    let is_over = context.inbound.content_length().is_some_and(|length| length > PAYLOAD_LIMIT as u64);
    if is_over && !context.gateway.is_edge() { Err(context.over_payload_limit()) } else { Ok(()) }
}

/// Which request template applies to a content type, if any
/// (<https://docs.aws.amazon.com/apigateway/latest/developerguide/integration-passthrough-behaviors.html>).
fn request_template<'i>(
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
