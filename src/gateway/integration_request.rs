//! The integration request: the body converted and rendered, the request signed, ready to be sent to S3.

use std::time::{Duration, SystemTime};

use bytes::Bytes;
use http::{HeaderMap, Method as HttpMethod};

use super::codec::Codec;
use super::content::{InvalidBase64, WhiteSpace};
use super::context::Context;
use super::endpoint_response::{Awaiting, EndpointResponse};
use super::method_request::{Destination, MethodRequest, PAYLOAD_LIMIT, ToS3};
use super::rejection::Rejection;
use super::upload::{Intake, Upload};
use super::{Body, Compatibility, mock};
use crate::s3::{PayloadHash, Signer, SigningError, WireUrl};

/// What a method request leads to.
#[derive(Debug)]
pub enum Integrated<'c, S> {
    /// To the backend, which answers.
    Request(IntegrationRequest<'c, S>, Awaiting<'c>),
    /// To the client: a mock has nobody to ask, and no body to wait for.
    Response(EndpointResponse<'c>),
}

/// A request to S3 that lacks nothing but its signature, which covers the hash of the body.
#[derive(Clone, Debug)]
pub struct IntegrationRequest<'c, S> {
    pub(super) signer: &'c Signer,
    pub(super) method: HttpMethod,
    pub(super) url: WireUrl,
    pub(super) headers: HeaderMap,
    pub(super) body: Body<S>,
    pub(super) timeout: Duration,
}

/// A signed request to S3, to be sent as it is.
#[derive(Debug)]
pub struct S3Request<S> {
    /// The method.
    pub method: HttpMethod,
    /// The URL that was signed.
    pub url: WireUrl,
    /// The headers, `host` excepted, which is the URL's.
    pub headers: HeaderMap,
    /// The body.
    pub body: Body<S>,
    /// How long S3 may take to its first byte.
    pub timeout: Duration,
}

impl<S> IntegrationRequest<'_, S> {
    /// The bytes that are sent; `None` where there are none, or where they pass by as a stream.
    pub fn bytes(&self) -> Option<&Bytes> {
        match &self.body {
            Body::Bytes(bytes) => Some(bytes),
            Body::Empty | Body::Stream { .. } | Body::Converted { .. } => None,
        }
    }

    /// Signs.
    ///
    /// # Errors
    /// A [`Rejection`] for a request that cannot be signed.
    pub fn sign(self, time: SystemTime) -> Result<S3Request<S>, Rejection> {
        let hash = match &self.body {
            Body::Empty => PayloadHash::EMPTY,
            Body::Bytes(bytes) => PayloadHash::of(bytes),
            Body::Stream { .. } | Body::Converted { .. } => PayloadHash::Unsigned,
        };
        self.sign_with(&hash, time)
    }

    /// Signs, with the hash of the [bytes](Self::bytes) that somebody else has reckoned.
    ///
    /// # Errors
    /// A [`Rejection`] for a request that cannot be signed.
    pub fn sign_with(self, hash: &PayloadHash, time: SystemTime) -> Result<S3Request<S>, Rejection> {
        let Self { signer, method, url, mut headers, body, timeout } = self;
        signer.sign(&method, &url, &mut headers, hash, time).map_err(unsignable)?;
        Ok(S3Request { method, url, headers, body, timeout })
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
            Destination::S3(_) if !self.sends_body() => Body::Empty,
            Destination::S3(_) | Destination::Mock => self.convert(body)?,
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
        let to = match destination {
            Destination::S3(to) => *to,
            Destination::Mock => {
                let bytes = if let Body::Bytes(bytes) = &body { bytes } else { &Bytes::new() };
                let status = mock::status(bytes)?;
                return EndpointResponse::of_mock(context, integration, status).map(Integrated::Response);
            }
        };
        let ToS3 { s3, method, url, .. } = to;
        let (signer, timeout) = (signer.unwrap_or(&s3.signer), integration.timeout);
        let request = IntegrationRequest { signer, method, url, headers, body, timeout };
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
