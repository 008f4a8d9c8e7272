//! The integration request: the body converted and rendered, the request signed, ready to be sent to S3.

use std::time::{Duration, SystemTime};

use bytes::Bytes;
use http::{HeaderMap, Method as HttpMethod};

use super::content::{InvalidBase64, WhiteSpace};
use super::endpoint_response::Awaiting;
use super::method_request::MethodRequest;
use super::rejection::Rejection;
use super::upload::{Intake, Upload};
use super::{Body, Compatibility};
use crate::s3::{PayloadHash, Signer, SigningError, WireUrl};

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

impl<'c> MethodRequest<'c> {
    /// Converts, renders and signs. `body` is as [`MethodRequest::demand`] asked for it; `signer` is that of an assumed
    /// role, if one was.
    ///
    /// # Errors
    /// A [`Rejection`] for a body that cannot be converted, or a request that cannot be signed.
    pub fn integrate<S>(
        self,
        body: Body<S>,
        signer: Option<&Signer>,
    ) -> Result<(S3Request<S>, Awaiting<'c>), Rejection> {
        let body = if self.sends_body() { self.convert(body)? } else { Body::Empty };
        self.send(body, signer)
    }

    /// Signs, with a body that is converted already: [`Intake`].
    ///
    /// # Errors
    /// A [`Rejection`] for a request that cannot be signed.
    pub fn integrate_converted<S>(
        self,
        body: Bytes,
        signer: Option<&Signer>,
    ) -> Result<(S3Request<S>, Awaiting<'c>), Rejection> {
        self.send(if body.is_empty() { Body::Empty } else { Body::Bytes(body) }, signer)
    }

    /// Takes the body block by block: [`Demand::Transform`](super::Demand).
    pub fn intake(&self) -> Intake {
        Intake::new(self.conversion)
    }

    /// Sends the body in parts.
    pub fn upload(self, signer: Option<&Signer>) -> Upload<'c> {
        Upload::new(self, signer)
    }

    /// The rejection for a body that is not base64: `upload-errors`.
    pub fn undecodable(&self, error: InvalidBase64) -> Rejection {
        match self.context.gateway.settings.compatibility {
            Compatibility::Aws => Rejection::configuration(error.to_string()),
            Compatibility::Edge => Rejection::bad_body(error.to_string()),
        }
    }

    fn send<S>(
        self,
        body: Body<S>,
        signer: Option<&Signer>,
    ) -> Result<(S3Request<S>, Awaiting<'c>), Rejection> {
        let signer = signer.unwrap_or(&self.deployed.signer);
        let (timeout, time) = (self.integration.timeout, self.context.inbound.time);
        let request = S3Request::signed(signer, self.method, self.url, self.headers, body, timeout, time)?;
        let again = (request.url.clone(), request.headers.clone());
        let awaiting = Awaiting::new(self.context, self.integration, &request.method, Some(again));
        Ok((request, awaiting))
    }

    fn convert<S>(&self, body: Body<S>) -> Result<Body<S>, Rejection> {
        if self.template.is_some() && !self.conversion.gives_text() {
            let cause =
                "a request template applies, but the body is bytes; set contentHandling to CONVERT_TO_TEXT";
            return Err(Rejection::configuration(cause));
        }
        let bytes = match body {
            Body::Stream { .. } | Body::Encoded { .. } => return Ok(body),
            Body::Empty if self.template.is_none() => return Ok(Body::Empty),
            Body::Empty => Bytes::new(),
            Body::Bytes(bytes) => bytes,
        };
        let compatibility = self.context.gateway.settings.compatibility;
        let template = self.template.map(|template| (template, self.context));
        let white_space = match compatibility {
            Compatibility::Aws => WhiteSpace::Refused,
            Compatibility::Edge => WhiteSpace::Ignored,
        };
        let converted = self.conversion.apply(bytes, compatibility, white_space, template);
        converted.map(Body::Bytes).map_err(|error| self.undecodable(error))
    }
}

impl<S> S3Request<S> {
    /// A request with its signature.
    pub(super) fn signed(
        signer: &Signer,
        method: HttpMethod,
        url: WireUrl,
        mut headers: HeaderMap,
        body: Body<S>,
        timeout: Duration,
        time: SystemTime,
    ) -> Result<Self, Rejection> {
        let hash = match &body {
            Body::Empty => PayloadHash::EMPTY,
            Body::Bytes(bytes) => PayloadHash::of(bytes),
            Body::Stream { .. } | Body::Encoded { .. } => PayloadHash::Unsigned,
        };
        signer.sign(&method, &url, &mut headers, &hash, time).map_err(unsignable)?;
        Ok(Self { method, url, headers, body, timeout })
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
