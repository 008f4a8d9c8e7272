//! The integration request: the body converted and rendered, the request signed, ready to be sent to S3.

use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, Method as HttpMethod};

use super::content::{Conversion, InvalidBase64, WhiteSpace};
use super::endpoint_response::Awaiting;
use super::method_request::MethodRequest;
use super::rejection::Rejection;
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
        let hash = match &body {
            Body::Empty => PayloadHash::EMPTY,
            Body::Bytes(bytes) => PayloadHash::of(bytes),
            Body::Stream { .. } => PayloadHash::Unsigned,
        };
        let mut headers = self.headers;
        let signer = signer.unwrap_or(&self.deployed.signer);
        let time = self.context.inbound.time;
        signer.sign(&self.method, &self.url, &mut headers, &hash, time).map_err(unsignable)?;
        let request = S3Request {
            method: self.method,
            url: self.url,
            headers,
            body,
            timeout: self.integration.timeout,
        };
        let awaiting = Awaiting::new(self.context, self.integration, &request);
        Ok((request, awaiting))
    }

    fn convert<S>(&self, body: Body<S>) -> Result<Body<S>, Rejection> {
        if self.template.is_some() && !self.conversion.gives_text() {
            let cause =
                "a request template applies, but the body is bytes; set contentHandling to CONVERT_TO_TEXT";
            return Err(Rejection::configuration(cause));
        }
        let bytes = match body {
            Body::Stream { .. } => return Ok(body),
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

    /// `upload-errors`
    fn undecodable(&self, error: InvalidBase64) -> Rejection {
        debug_assert_eq!(self.conversion, Conversion::Base64Decode);
        match self.context.gateway.settings.compatibility {
            Compatibility::Aws => Rejection::configuration(error.to_string()),
            Compatibility::Edge => Rejection::bad_body(error.to_string()),
        }
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
