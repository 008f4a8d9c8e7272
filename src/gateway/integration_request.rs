//! The integration request: the body converted and rendered, the request signed, ready to be sent to S3.

use std::time::{Duration, SystemTime};

use bytes::Bytes;
use http::{HeaderMap, Method as HttpMethod};

use super::awaiting::Awaiting;
use super::codec::Codec;
use super::content::{InvalidBase64, WhiteSpace};
use super::context::Context;
use super::endpoint_response::EndpointResponse;
use super::http_url::HttpUrl;
use super::method_request::{Destination, MethodRequest, PAYLOAD_LIMIT, ToS3};
use super::rejection::Rejection;
use super::upload::{Intake, Upload};
use super::{Body, Compatibility, mock, reads};
use crate::s3::{PayloadHash, Signer, SigningError, WireUrl};

/// What a method request leads to.
#[derive(Debug)]
#[cfg_attr(
    not(target_arch = "wasm32"),
    expect(
        clippy::large_enum_variant,
        reason = "taken apart as soon as it is there; and half as large in the Worker"
    )
)]
pub enum Integrated<'c, S> {
    /// To the backend, which answers.
    Request(IntegrationRequest<'c, S>, Awaiting<'c>),
    /// To the client: a mock has nobody to ask, and no body to wait for.
    Response(EndpointResponse<'c>),
}

/// A request to the backend. One to S3 lacks nothing but its signature, which covers the hash of the body.
#[derive(Clone, Debug)]
pub struct IntegrationRequest<'c, S> {
    pub(super) recipient: Recipient<'c>,
    pub(super) method: HttpMethod,
    pub(super) headers: HeaderMap,
    pub(super) body: Body<S>,
    pub(super) timeout: Duration,
}

/// Whom a request goes to.
#[derive(Clone, Debug)]
pub(super) enum Recipient<'c> {
    S3 { signer: &'c Signer, url: WireUrl, level: Level },
    Http(HttpUrl),
}

/// Which level of S3 a request is at, as S3 calls it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Level {
    Object,
    /// That of a bucket, or of all of them.
    Bucket,
}

/// A request to the backend, signed where that is S3, to be sent as it is.
#[derive(Debug)]
pub struct EndpointRequest<S> {
    /// The method.
    pub method: HttpMethod,
    /// The URL; what was signed, where anything was.
    pub url: String,
    /// The headers, `host` excepted, which is the URL's.
    pub headers: HeaderMap,
    /// The body.
    pub body: Body<S>,
    /// How long the backend may take to its first byte.
    pub timeout: Duration,
}

impl<S> IntegrationRequest<'_, S> {
    /// The bytes whose hash is signed; `None` where there are none, where they pass by as a stream, or where nothing is
    /// signed.
    pub fn bytes(&self) -> Option<&Bytes> {
        match (&self.body, &self.recipient) {
            (Body::Bytes(bytes), Recipient::S3 { .. }) => Some(bytes),
            (Body::Bytes(_), Recipient::Http(_)) => None,
            (Body::Empty | Body::Stream { .. } | Body::Converted { .. }, _) => None,
        }
    }

    /// Whether it asks for something that may be there in another form too: an object, or what a URL has.
    pub(super) fn asks_for_content(&self) -> bool {
        reads(&self.method) && !matches!(self.recipient, Recipient::S3 { level: Level::Bucket, .. })
    }

    fn is_signed(&self) -> bool {
        matches!(self.recipient, Recipient::S3 { .. })
    }

    /// Signs, where that is due.
    ///
    /// # Errors
    /// A [`Rejection`] for a request that cannot be signed.
    pub fn sign(self, time: SystemTime) -> Result<EndpointRequest<S>, Rejection> {
        let hash = match &self.body {
            Body::Empty => PayloadHash::EMPTY,
            Body::Bytes(bytes) if self.is_signed() => PayloadHash::of(bytes),
            Body::Bytes(_) | Body::Stream { .. } | Body::Converted { .. } => PayloadHash::Unsigned,
        };
        self.sign_with(&hash, time)
    }

    /// Signs, with the hash of the [bytes](Self::bytes) that somebody else has reckoned.
    ///
    /// # Errors
    /// A [`Rejection`] for a request that cannot be signed.
    pub fn sign_with(self, hash: &PayloadHash, time: SystemTime) -> Result<EndpointRequest<S>, Rejection> {
        let Self { recipient, method, mut headers, body, timeout } = self;
        let url = match recipient {
            Recipient::S3 { signer, url, .. } => {
                signer.sign(&method, &url, &mut headers, hash, time).map_err(unsignable)?;
                url.to_string()
            }
            Recipient::Http(url) => url.to_string(),
        };
        Ok(EndpointRequest { method, url, headers, body, timeout })
    }
}

impl<'c> MethodRequest<'c> {
    /// Converts and renders. `body` is as [`MethodRequest::demand`] asked for it; `signer` is that of an assumed role, if
    /// one was.
    ///
    /// # Errors
    /// A [`Rejection`] for a body that cannot be converted, and for a mock whose response the document does not name.
    pub fn integrate<S>(
        self,
        body: Body<S>,
        signer: Option<&'c Signer>,
    ) -> Result<Integrated<'c, S>, Rejection> {
        let body = match &self.destination {
            Destination::S3(_) | Destination::Http(_) | Destination::HttpProxy(_) if !self.sends_body() => {
                Body::Empty
            }
            Destination::S3(_) | Destination::Http(_) | Destination::HttpProxy(_) | Destination::Mock => {
                self.convert(body)?
            }
        };
        self.with_body(body, signer)
    }

    /// Takes a body that is converted already: [`Intake`].
    ///
    /// # Errors
    /// As [`MethodRequest::integrate`].
    pub fn integrate_converted<S>(
        self,
        body: Bytes,
        signer: Option<&'c Signer>,
    ) -> Result<Integrated<'c, S>, Rejection> {
        self.with_body(if body.is_empty() { Body::Empty } else { Body::Bytes(body) }, signer)
    }

    /// Takes the body block by block: [`Demand::Transform`](super::Demand).
    ///
    /// # Errors
    /// A [`Rejection`] where the demand is another.
    pub fn intake(&self) -> Result<Intake, Rejection> {
        let codec = self.codec();
        codec.map(Intake::new).ok_or_else(|| Rejection::configuration("the body is needed as a whole"))
    }

    /// Sends the body in parts.
    ///
    /// # Errors
    /// A [`Rejection`] where that is not S3's to take.
    pub fn upload(self, signer: Option<&Signer>) -> Result<Upload<'c>, Rejection> {
        Upload::new(self, signer)
    }

    /// The rejection for a body that is not base64: `upload-errors`.
    pub fn undecodable(&self, error: InvalidBase64) -> Rejection {
        undecodable(self.context, error)
    }

    fn with_body<S>(self, body: Body<S>, signer: Option<&'c Signer>) -> Result<Integrated<'c, S>, Rejection> {
        let Self { context, integration, destination, headers, .. } = self;
        let (recipient, method) = match destination {
            Destination::S3(to) => {
                let ToS3 { s3, method, url, place } = *to;
                let level = if place.key.is_some() { Level::Object } else { Level::Bucket };
                (Recipient::S3 { signer: signer.unwrap_or(&s3.signer), url, level }, method)
            }
            Destination::Http(to) | Destination::HttpProxy(to) => (Recipient::Http(to.url), to.method),
            Destination::Mock => {
                let bytes = if let Body::Bytes(bytes) = &body { bytes } else { &Bytes::new() };
                let status = mock::status(bytes)?;
                return EndpointResponse::of_mock(context, integration, status).map(Integrated::Response);
            }
        };
        let timeout = integration.timeout;
        let request = IntegrationRequest { recipient, method, headers, body, timeout };
        let awaiting = Awaiting::new(context, integration, &request);
        Ok(Integrated::Request(request, awaiting))
    }

    /// How the body is converted block by block, where it can be.
    pub(super) fn codec(&self) -> Option<Codec> {
        let template = self.template.map(|template| (template, self.context));
        let compatibility = self.context.gateway.settings.compatibility;
        self.conversion.codec(compatibility, self.white_space(), template)
    }

    fn white_space(&self) -> WhiteSpace {
        match self.context.gateway.settings.compatibility {
            Compatibility::Aws => WhiteSpace::Refused,
            Compatibility::Edge => WhiteSpace::Ignored,
        }
    }

    fn convert<S>(&self, body: Body<S>) -> Result<Body<S>, Rejection> {
        if self.template.is_some() && !self.conversion.gives_text() {
            let cause =
                "a request template applies, but the body is bytes; set contentHandling to CONVERT_TO_TEXT";
            return Err(Rejection::configuration(cause));
        }
        let bytes = match body {
            Body::Stream { .. } | Body::Converted { .. } => return Ok(body),
            Body::Empty if self.template.is_none() => return Ok(Body::Empty),
            Body::Empty => Bytes::new(),
            Body::Bytes(bytes) => bytes,
        };
        let template = self.template.map(|template| (template, self.context));
        let compatibility = self.context.gateway.settings.compatibility;
        let converted = self.conversion.apply(bytes, compatibility, self.white_space(), template);
        let converted = converted.map_err(|error| self.undecodable(error))?;
        if compatibility == Compatibility::Aws && converted.len() > PAYLOAD_LIMIT {
            return Err(self.context.over_payload_limit());
        }
        Ok(Body::Bytes(converted))
    }
}

pub(super) fn undecodable(context: &Context<'_>, error: InvalidBase64) -> Rejection {
    match context.gateway.settings.compatibility {
        Compatibility::Aws => Rejection::configuration(error.to_string()),
        Compatibility::Edge => Rejection::bad_body(error.to_string()),
    }
}

fn unsignable(error: SigningError) -> Rejection {
    match error {
        SigningError::HeaderValue(name) => {
            Rejection::bad_parameter(format!("the value for the header {name} is not visible ASCII"))
        }
        other => Rejection::configuration(format!("the request to S3 cannot be signed: {other}")),
    }
}
