//! The method request: the client's request as the document sees it, and everything that its head decides.
//!
//! Inside: what the head decides, in the order of API Gateway. Not inside: evaluating mappings (`parameters`), where S3
//! is (`place`), and the body (`integration_request`).

use http::{HeaderMap, HeaderName, HeaderValue, Method as HttpMethod};

use super::codec::Codec;
use super::content::Conversion;
use super::context::Context;
use super::header_rules::{CONDITIONAL, FORBIDDEN_TO_S3};
use super::parameters::Mapped;
use super::place::Place;
use super::rejection::Rejection;
use super::role::Role;
use super::{Demand, Deployed, reads, sends_nothing};
use crate::api::gateway_response::ResponseType;
use crate::api::integration::{Integration, IntegrationMethod, PassthroughBehavior};
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
    pub(super) deployed: &'c Deployed,
    pub(super) method: HttpMethod,
    pub(super) url: WireUrl,
    place: Place,
    pub(super) headers: HeaderMap,
    pub(super) template: Option<&'c Template>,
    pub(super) conversion: Conversion,
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
        context.refuse_unread_body()?;
        let integration = &matched.method.integration;
        let mapped = Mapped::of(context, integration)?;
        let content_type = context.inbound.headers.get("content-type");
        let content_type = content_type.and_then(|value| value.to_str().ok());
        let template = request_template(integration, content_type)?;
        if let Some(name) = FORBIDDEN_TO_S3.iter().find(|name| mapped.headers.contains_key(**name)) {
            let cause = format!("requestParameters map the header `{name}`, which may not be set toward S3");
            return Err(Rejection::configuration(cause));
        }
        let method = match &integration.http_method {
            IntegrationMethod::Fixed(method) => method.clone(),
            IntegrationMethod::Client => context.inbound.method.clone(),
        };
        let place = Place::render(&integration.uri, context, &mapped)?;
        let url = place.url(&matched.deployed.endpoint, context.gateway.settings.s3_addressing, &[])?;
        let listed = context.gateway.api.binary_media_types.lists(content_type);
        let conversion = Conversion::of_request(listed, integration.content_handling);
        let mut opened = Self {
            context,
            integration,
            deployed: matched.deployed,
            method,
            url,
            place,
            headers: mapped.headers,
            template,
            conversion,
        };
        opened.add_client_headers(conversion);
        Ok(opened)
    }

    /// What happens to the body.
    pub fn conversion(&self) -> Conversion {
        self.conversion
    }

    /// Whether S3 is sent a body at all.
    pub(super) fn sends_body(&self) -> bool {
        !sends_nothing(&self.method)
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
        if self.context.known_body.is_some() {
            // It is in memory already.
            return Demand::Buffer { limit: PAYLOAD_LIMIT };
        }
        let compatibility = self.context.gateway.settings.compatibility;
        let keeps_bytes = self.template.is_none() && self.conversion.keeps_bytes(compatibility);
        // A body whose hash is not signed is only as safe as its way to S3.
        let endpoint = &self.deployed.endpoint;
        let safe_unsigned = endpoint.is_https() || endpoint.is_loopback();
        let length = self.content_length();
        if keeps_bytes && safe_unsigned && length.is_some() {
            return Demand::Stream;
        }
        match self.codec().filter(|_| self.context.gateway.is_edge() && self.can_be_cut()) {
            Some(codec) if !length.is_some_and(|length| is_small(length, &codec)) => Demand::Transform,
            Some(_) | None => Demand::Buffer { limit: PAYLOAD_LIMIT },
        }
    }

    /// Whether this is a plain PUT of an object, which a multipart upload can stand for.
    fn can_be_cut(&self) -> bool {
        let is_put = self.method == HttpMethod::PUT && self.place.is_plain_object();
        is_put && !self.headers.keys().any(|name| is_about_the_whole_body(name.as_str()))
    }

    /// The URL with more parameters.
    pub(super) fn url_with(&self, query: &[(&str, &str)]) -> Result<WireUrl, Rejection> {
        self.place.url(&self.deployed.endpoint, self.context.gateway.settings.s3_addressing, query)
    }

    /// The role to take on for this request; none where the deployment's keys sign.
    pub fn role(&self) -> Option<&'c Role> {
        self.deployed.role.as_ref()
    }

    fn add_client_headers(&mut self, conversion: Conversion) {
        let inbound = &self.context.inbound;
        let is_edge = self.context.gateway.is_edge();
        if !sends_nothing(&inbound.method) && !self.headers.contains_key("content-type") {
            let stored = match (conversion, &self.place.key) {
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
        if is_edge && reads(&self.method) {
            for name in CONDITIONAL {
                if let Some(value) = inbound.headers.get(*name).filter(|_| !self.headers.contains_key(*name))
                {
                    self.headers.insert(HeaderName::from_static(name), value.clone());
                }
            }
        }
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
