//! The endpoint response: what S3 answered, on its way to the client.
//!
//! Inside: what is wanted of its body, and the conversion of that. Not inside: which integration response takes it, and
//! whether S3 is asked again (`awaiting`), which conversion it is (`treatment`), and headers (`response_headers`).

use std::fmt::Display;
use std::time::Duration;

use bytes::Bytes;
use http::header::ETAG;
use http::{HeaderMap, StatusCode};

use super::codec::Codec;
use super::content::{Conversion, WhiteSpace};
use super::context::Context;
use super::known_body::{KnownBody, MalformedJson, reads_body};
use super::method_request::PAYLOAD_LIMIT;
use super::mock::MockStatus;
use super::rejection::Rejection;
use super::repeat::{Asked, undecodable};
use super::treatment::{Kind, Seen, Treatment};
use super::{Body, Compatibility, Demand, Response, has_no_body, header_text};
use crate::api::integration::{Backend, Integration, IntegrationResponse, MethodResponse};
use crate::s3::error_body;

/// The largest body that is converted in one piece, which is quicker than block by block.
const CONVERSION_LIMIT: usize = 2 * 1024 * 1024;

/// The largest error body of S3 that is passed on.
const ERROR_LIMIT: usize = 256 * 1024;

/// What S3 answered, and what becomes of it.
#[derive(Debug)]
pub struct EndpointResponse<'c> {
    pub(super) context: &'c Context<'c>,
    pub(super) integration: &'c Integration,
    pub(super) entry: &'c IntegrationResponse,
    pub(super) status: StatusCode,
    pub(super) endpoint_status: StatusCode,
    /// Nobody sends a body in answer to HEAD.
    pub(super) without_body: bool,
    /// Whether S3 was asked for a range, or under a condition.
    pub(super) was_conditional: bool,
    pub(super) headers: HeaderMap,
    pub(super) treatment: Treatment<'c>,
    /// The request that S3 answered, where it may be repeated.
    pub(super) asked: Option<Box<Asked<'c>>>,
    /// How long the decoded body is, where all of it is known to be base64.
    pub(super) decoded_length: Option<u64>,
}

impl<'c> EndpointResponse<'c> {
    /// Returns the response of a mock.
    ///
    /// # Errors
    /// A [`Rejection`] if no integration response matches the status, the default included.
    pub(super) fn of_mock(
        context: &'c Context<'c>,
        integration: &'c Integration,
        status: MockStatus,
    ) -> Result<Self, Rejection> {
        let entry = status.response(integration);
        let entry = declared(entry.ok_or_else(|| not_selected("the mock", status))?)?;
        let headers = HeaderMap::new();
        let treatment = Seen::new(context, &headers).treatment_of_mock(entry)?;
        // Only reports use it: the status of a mock is not sent.
        let endpoint_status = status.as_http().unwrap_or(entry.status);
        Ok(Self::new(context, integration, entry, endpoint_status, headers, treatment))
    }

    /// The answer as the selected entry takes it. `status` is the backend's.
    pub(super) fn new(
        context: &'c Context<'c>,
        integration: &'c Integration,
        entry: &'c IntegrationResponse,
        status: StatusCode,
        headers: HeaderMap,
        treatment: Treatment<'c>,
    ) -> Self {
        Self {
            context,
            integration,
            entry,
            status: entry.status,
            endpoint_status: status,
            without_body: context.sends_head(),
            was_conditional: false,
            headers,
            treatment,
            asked: None,
            decoded_length: None,
        }
    }

    /// The status for the client.
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// What happens to the body.
    pub fn conversion(&self) -> Conversion {
        self.treatment.conversion
    }

    /// What the log should say of S3's answer, where it points to a fault of the deployment.
    pub fn note(&self) -> Option<String> {
        let is_redirect =
            self.endpoint_status.is_redirection() && self.endpoint_status != StatusCode::NOT_MODIFIED;
        if !is_redirect || !self.is_of_s3() {
            return None;
        }
        let region = header_text(&self.headers, "x-amz-bucket-region");
        let region = region.map(|region| format!(" ({region})")).unwrap_or_default();
        let status = self.endpoint_status;
        Some(format!(
            "S3 redirects with {status}: the bucket is in another region{region}; set S3_REGION and S3_ENDPOINT"
        ))
    }

    /// What is wanted of S3's body.
    pub fn demand(&self) -> Demand {
        match self.treatment.kind {
            _ if self.is_bodiless() => return Demand::Discard,
            Kind::Mock => return Demand::Discard,
            Kind::Error if self.is_of_s3() => return Demand::Buffer { limit: ERROR_LIMIT },
            Kind::Error | Kind::Content | Kind::Proxied => {}
        }
        let compatibility = self.context.gateway.settings.compatibility;
        let keeps_bytes = self.treatment.keeps_bytes(compatibility);
        if reads_body(self.entry) {
            return Demand::Buffer { limit: PAYLOAD_LIMIT };
        }
        match compatibility {
            Compatibility::Edge if keeps_bytes => Demand::Stream,
            Compatibility::Edge => self.demand_of_conversion(),
            Compatibility::Aws
                if keeps_bytes && self.length().is_some_and(|length| length <= PAYLOAD_LIMIT as u64) =>
            {
                Demand::Stream
            }
            Compatibility::Aws => Demand::Buffer { limit: PAYLOAD_LIMIT },
        }
    }

    /// How long S3 may take to the end of a body that is held. What the client gets as it is in `edge` takes however long
    /// it takes (`no-ceiling`): a client that is tired of waiting ends it.
    pub fn body_timeout(&self) -> Option<Duration> {
        let is_content = matches!(self.treatment.kind, Kind::Content | Kind::Proxied);
        let takes_its_time = is_content && self.context.gateway.is_edge();
        (!takes_its_time).then_some(self.integration.timeout)
    }

    /// `no-ceiling`: block by block wherever that can be.
    fn demand_of_conversion(&self) -> Demand {
        if self.codec().is_none() {
            return Demand::Buffer { limit: PAYLOAD_LIMIT };
        }
        let has_up_to = |limit: usize| self.length().is_some_and(|length| length <= limit as u64);
        match self.treatment.conversion {
            Conversion::Base64Decode if self.decoded_length.is_some() => Demand::Transform,
            // Only by an ETag the same can be asked for again.
            Conversion::Base64Decode
                if !has_up_to(PAYLOAD_LIMIT) && self.asked.is_some() && self.headers.contains_key(ETAG) =>
            {
                Demand::Verify
            }
            Conversion::Base64Decode => Demand::Buffer { limit: PAYLOAD_LIMIT },
            Conversion::Identity | Conversion::Text | Conversion::Base64Encode => {
                if has_up_to(CONVERSION_LIMIT) {
                    Demand::Buffer { limit: CONVERSION_LIMIT }
                } else {
                    Demand::Transform
                }
            }
        }
    }

    /// The rejection for a body larger than [`Demand::Buffer`] allows.
    pub fn too_large(&self) -> Rejection {
        let Demand::Buffer { limit } = self.demand() else {
            return Rejection::response_too_large("the answer's body");
        };
        let cause = format!("the answer's body is larger than {limit} bytes");
        match (self.treatment.kind, self.context.gateway.settings.compatibility) {
            (Kind::Error, _) => Rejection::integration_failure(cause),
            (Kind::Content | Kind::Proxied | Kind::Mock, Compatibility::Edge) => {
                Rejection::response_too_large(cause)
            }
            (Kind::Content | Kind::Proxied | Kind::Mock, Compatibility::Aws) => {
                Rejection::configuration(cause)
            }
        }
    }

    /// Converts and renders. `body` is as [`EndpointResponse::demand`] asked for it.
    ///
    /// # Errors
    /// A [`Rejection`] for a body that cannot be converted, and for errors of S3 that are about the gateway's own keys.
    pub fn respond<S>(self, body: Body<S>) -> Result<Response<S>, Rejection> {
        let known = self.look_into(&body)?;
        let body = self.convert(body)?;
        let mut response = Response::new(self.status);
        response.body = body;
        self.add_headers(&mut response, known.as_ref());
        Ok(response)
    }

    /// Reads S3's body, where headers are mapped from it.
    fn look_into<S>(&self, body: &Body<S>) -> Result<Option<KnownBody>, Rejection> {
        let bytes: &[u8] = match body {
            _ if !reads_body(self.entry) => return Ok(None),
            Body::Bytes(bytes) => bytes,
            Body::Empty | Body::Stream { .. } | Body::Converted { .. } => b"",
        };
        let known = KnownBody::read(bytes);
        known.map(Some).map_err(|MalformedJson| {
            Rejection::configuration(
                "responseParameters read the answer's body, which begins as JSON and is none",
            )
        })
    }

    /// Whether it was S3 who answered.
    pub(super) fn is_of_s3(&self) -> bool {
        matches!(self.integration.backend, Backend::S3(_))
    }

    /// Whether the client gets no body, whatever S3 sent.
    fn is_bodiless(&self) -> bool {
        self.without_body || has_no_body(self.status)
    }

    /// S3's code for its error, for the log.
    pub fn error_code<'b>(&self, body: &'b [u8]) -> Option<&'b str> {
        error_body::code(body).filter(|_| self.treatment.kind == Kind::Error && self.is_of_s3())
    }

    /// The `Content-Length` of S3's response, if there is one.
    pub fn length(&self) -> Option<u64> {
        header_text(&self.headers, "content-length")?.parse().ok()
    }

    /// How S3's body is converted block by block, where it can be.
    pub(super) fn codec(&self) -> Option<Codec> {
        self.treatment.codec(self.context)
    }

    fn convert<S>(&self, body: Body<S>) -> Result<Body<S>, Rejection> {
        let compatibility = self.context.gateway.settings.compatibility;
        let bytes = match body {
            _ if self.is_bodiless() => return Ok(Body::Empty),
            Body::Stream { .. } if self.treatment.keeps_bytes(compatibility) => return Ok(body),
            Body::Stream { stream, length } => {
                let Some(codec) = self.codec() else { return Ok(Body::Stream { stream, length }) };
                let length = length.and_then(|length| codec.length_of(length)).or(self.decoded_length);
                return Ok(Body::Converted { stream, codec, length });
            }
            Body::Converted { .. } => return Ok(body),
            Body::Empty => Bytes::new(),
            Body::Bytes(bytes) => bytes,
        };
        if self.treatment.kind == Kind::Error && self.is_of_s3() {
            refuse_to_show_our_keys(&bytes, self.context.gateway.settings.credentials.access_key_id())?;
        }
        let template = self.treatment.template.map(|template| (template, self.context));
        let converted = self.treatment.conversion.apply(bytes, compatibility, WhiteSpace::Refused, template);
        let converted = converted.map_err(undecodable)?;
        if compatibility == Compatibility::Aws && converted.len() > PAYLOAD_LIMIT {
            let cause = format!("the answer's body is converted to more than {PAYLOAD_LIMIT} bytes");
            return Err(Rejection::configuration(cause));
        }
        Ok(Body::Bytes(converted))
    }
}

/// Returns the entry of `responses` that takes an answer.
///
/// # Errors
/// A [`Rejection`] if no entry does, or if the operation does not declare its status.
pub(super) fn selected<'c>(
    integration: &'c Integration,
    status: StatusCode,
    whose: &str,
) -> Result<&'c IntegrationResponse, Rejection> {
    let entry = integration.response_for(status).ok_or_else(|| not_selected(whose, status))?;
    declared(entry)
}

/// Returns an entry whose status the operation declares.
fn declared(entry: &IntegrationResponse) -> Result<&IntegrationResponse, Rejection> {
    match entry.method_response {
        MethodResponse::Declared => Ok(entry),
        MethodResponse::Undeclared => Err(Rejection::configuration(format!(
            "the selected entry has the status {}, which the operation's responses do not declare",
            entry.status
        ))),
    }
}

fn not_selected(whose: &str, status: impl Display) -> Rejection {
    Rejection::configuration(format!(
        "no entry of the integration's responses matches {whose}'s status {status}"
    ))
}

/// An error of S3 about the gateway's own keys tells strangers the key id, or the string that was signed: in both
/// behaviours the client is told nothing of it, and the log the code. Garage names the key under `AccessDenied`.
fn refuse_to_show_our_keys(body: &[u8], key_id: &str) -> Result<(), Rejection> {
    /// A shorter id may be a word, or a part of one. AWS's have at least 16 characters.
    const SHORTEST_ID: usize = 8;
    let code = error_body::code(body).unwrap_or_default();
    let key_id = key_id.as_bytes();
    let names_our_key =
        || key_id.len() >= SHORTEST_ID && body.windows(key_id.len()).any(|part| part == key_id);
    if error_body::is_about_our_credentials(code) {
        return Err(Rejection::configuration(format!(
            "S3 answered {code}: check AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN, S3_REGION and the clock"
        )));
    }
    if names_our_key() {
        return Err(Rejection::configuration(format!(
            "S3 answered {code}, and its account of it names the access key: the client was not shown it"
        )));
    }
    Ok(())
}
