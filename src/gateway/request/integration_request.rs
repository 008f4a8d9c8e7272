//! The integration request: converts the body, renders the request template and signs the request.

use std::time::{Duration, SystemTime};

use bytes::Bytes;
use http::{HeaderMap, Method};

use super::context::Context;
use super::http_target::HttpTarget;
use super::method_request::{
    BlockRequest, MockRequest, RequestHead, RequestPlan, SingleRequest, Target, white_space,
};
use crate::api::integration::{ContentHandling, Integration, IntegrationResponse};
use crate::gateway::behaviour::Difference;
use crate::gateway::conversion::Conversion;
use crate::gateway::conversion::base64::InvalidBase64;
use crate::gateway::http_rules::{has_condition, reads_object};
use crate::gateway::limits::{HASH_LIMIT, PAYLOAD_LIMIT};
use crate::gateway::message::OutboundBody;
use crate::gateway::rejection::Rejection;
use crate::s3::{Endpoint, PayloadHash, Signer, SigningError, WireUrl};

/// A request to the backend, complete except for its signature. Only requests to S3 are signed.
#[derive(Clone, Debug)]
pub(in crate::gateway) struct IntegrationRequest<'c, B> {
    pub(in crate::gateway) context: &'c Context<'c>,
    pub(in crate::gateway) integration: &'c Integration,
    pub(in crate::gateway) recipient: Recipient<'c>,
    pub(in crate::gateway) method: Method,
    pub(in crate::gateway) headers: HeaderMap,
    pub(in crate::gateway) body: OutboundBody<B>,
}

/// The recipient of a request.
#[derive(Clone, Debug)]
pub(in crate::gateway) enum Recipient<'c> {
    S3 { signer: &'c Signer, url: WireUrl, level: Level, connection: Connection },
    Http(HttpTarget),
}

/// The kind of the S3 resource that a request names.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(in crate::gateway) enum Level {
    Object,
    /// A bucket, or the service.
    Bucket,
}

/// The protection of the connection to S3.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(in crate::gateway) enum Connection {
    /// TLS or a loopback connection protects the body. The hash of a body longer than [`HASH_LIMIT`] is not signed, because
    /// hashing takes a quarter of the CPU time of an upload.
    Protected,
    /// The connection is plain HTTP. The hash of each body is signed, so that a changed body is refused.
    Plain,
}

impl Connection {
    pub(in crate::gateway) fn of(endpoint: &Endpoint) -> Self {
        if endpoint.is_safe() { Self::Protected } else { Self::Plain }
    }
}

/// A request to the backend, signed if the backend is S3. The runtime may add headers, but changes nothing that is set here.
#[derive(Debug)]
pub struct SignedRequest<B> {
    pub method: Method,
    pub url: String,
    /// The headers, without `host`.
    pub headers: HeaderMap,
    pub body: OutboundBody<B>,
    /// The time limit for the head of the response. The runtime adds time for a long request body.
    pub timeout: Duration,
    pub server: Server,
}

/// The kind of a server.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Server {
    /// S3. The runtime may add headers about caching to reads, because S3 ignores them.
    S3,
    /// The server of an `http` or `http_proxy` integration. The runtime must not add headers about caching.
    Http,
}

impl<'c, B> IntegrationRequest<'c, B> {
    /// Returns the body if its hash is signed and the body is longer than [`HASH_LIMIT`]. The runtime should hash such a
    /// body, because it hashes about ten times as fast as WebAssembly.
    pub(in crate::gateway) fn bytes_to_hash(&self) -> Option<&Bytes> {
        self.signed_bytes().filter(|bytes| bytes.len() > HASH_LIMIT)
    }

    /// Returns the body whose hash is signed, or `None` if the body is empty or its hash is not signed.
    fn signed_bytes(&self) -> Option<&Bytes> {
        match (&self.body, &self.recipient) {
            (OutboundBody::Bytes(bytes), Recipient::S3 { connection: Connection::Plain, .. }) => Some(bytes),
            (OutboundBody::Bytes(bytes), Recipient::S3 { connection: Connection::Protected, .. })
                if bytes.len() <= HASH_LIMIT =>
            {
                Some(bytes)
            }
            (OutboundBody::Bytes(_) | OutboundBody::Empty | OutboundBody::Stream { .. }, _) => None,
        }
    }

    /// Returns whether the request may have to be sent again after the response: without its ranges and conditions, or to
    /// decode a body whose base64 was verified in the first response. Always `false` in `aws`.
    pub(in crate::gateway) fn may_be_repeated(&self) -> bool {
        let decodes =
            |entry: &IntegrationResponse| entry.content_handling == Some(ContentHandling::ConvertToBinary);
        self.context.has(Difference::RangesAndConditions)
            && reads_object(&self.method)
            && (has_condition(&self.headers) || self.integration.responses.iter().any(decodes))
    }

    /// Returns whether the request is signed: its backend is S3.
    pub(in crate::gateway) fn is_signed(&self) -> bool {
        matches!(self.recipient, Recipient::S3 { .. })
    }

    /// Returns the request for a second attempt, or `None` if the request is sent only once: a write, and each request in `aws`.
    pub(in crate::gateway) fn for_second_attempt(&self) -> Option<Self> {
        (self.context.has(Difference::SecondAttempt) && reads_object(&self.method))
            .then(|| self.without_body())
    }

    /// Copies the request without its body.
    pub(in crate::gateway) fn without_body<C>(&self) -> IntegrationRequest<'c, C> {
        IntegrationRequest {
            context: self.context,
            integration: self.integration,
            recipient: self.recipient.clone(),
            method: self.method.clone(),
            headers: self.headers.clone(),
            body: OutboundBody::Empty,
        }
    }

    /// Returns whether the request reads an object or the content of a URL, which a client may accept as bytes or as text.
    pub(in crate::gateway) fn reads_content(&self) -> bool {
        reads_object(&self.method) && !matches!(self.recipient, Recipient::S3 { level: Level::Bucket, .. })
    }

    /// Signs the request if the backend is S3. `hash` is the hash of the [bytes to hash](Self::bytes_to_hash). If `hash` is
    /// `None`, this function computes the hash of a body whose hash is signed.
    ///
    /// # Errors
    /// The [`Rejection`] for a request that cannot be signed.
    pub(in crate::gateway) fn sign(
        self,
        hash: Option<PayloadHash>,
        time: SystemTime,
    ) -> Result<SignedRequest<B>, Rejection> {
        let hash = hash.unwrap_or_else(|| match (&self.body, self.signed_bytes()) {
            (OutboundBody::Empty, _) => PayloadHash::EMPTY,
            (OutboundBody::Stream { sha256: Some(sha256), .. }, _) => PayloadHash::Sha256(*sha256),
            (_, Some(bytes)) => PayloadHash::of(bytes),
            (_, None) => PayloadHash::Unsigned,
        });
        let timeout = self.integration.timeout;
        let Self { context, recipient, method, mut headers, body, .. } = self;
        let (url, server) = match recipient {
            Recipient::S3 { signer, url, .. } => {
                let time = context.gateway.clock.corrected(time);
                signer.sign(&method, &url, &mut headers, &hash, time).map_err(unsignable)?;
                (url.into_string(), Server::S3)
            }
            Recipient::Http(url) => (url.into_string(), Server::Http),
        };
        Ok(SignedRequest { method, url, headers, body, timeout, server })
    }
}

impl<'c> SingleRequest<'c> {
    /// Returns the request with its body, which is converted and rendered unless it is a stream. `signer` is the signer of
    /// an assumed role, or `None` if the deployment's keys sign.
    ///
    /// # Errors
    /// The [`Rejection`] for a body that cannot be converted.
    pub(in crate::gateway) fn integrate<B>(
        self,
        body: OutboundBody<B>,
        signer: Option<&'c Signer>,
    ) -> Result<IntegrationRequest<'c, B>, Rejection> {
        let Self { head, target, plan, .. } = self;
        let body = match body {
            OutboundBody::Stream { .. } => body,
            OutboundBody::Empty if plan.template.is_none() => OutboundBody::Empty,
            OutboundBody::Empty => OutboundBody::Bytes(plan.convert(Bytes::new(), head.context)?),
            OutboundBody::Bytes(bytes) => OutboundBody::Bytes(plan.convert(bytes, head.context)?),
        };
        Ok(head.integrate(target, body, signer))
    }

    /// Returns the request without a body. The client's body is still converted and rendered if that can fail, so that the
    /// error is reported.
    ///
    /// # Errors
    /// The [`Rejection`] for a body that cannot be converted.
    pub(in crate::gateway) fn without_body<B>(
        self,
        body: Bytes,
        signer: Option<&'c Signer>,
    ) -> Result<IntegrationRequest<'c, B>, Rejection> {
        let Self { head, target, plan, .. } = self;
        if plan.can_fail() {
            plan.convert(body, head.context)?;
        }
        Ok(head.integrate(target, OutboundBody::Empty, signer))
    }
}

impl<'c> BlockRequest<'c> {
    /// Returns the request with the whole converted body.
    pub(in crate::gateway) fn integrate<B>(
        self,
        converted: Bytes,
        signer: Option<&'c Signer>,
    ) -> IntegrationRequest<'c, B> {
        self.head.integrate(Target::S3(self.target), OutboundBody::from(converted), signer)
    }
}

impl MockRequest<'_> {
    /// Converts the body and renders the request template.
    ///
    /// # Errors
    /// The [`Rejection`] for a body that cannot be converted.
    pub(in crate::gateway) fn render(&self, body: Bytes) -> Result<Bytes, Rejection> {
        if body.is_empty() && self.plan.template.is_none() {
            return Ok(body);
        }
        self.plan.convert(body, self.context)
    }
}

impl<'c> RequestHead<'c> {
    fn integrate<B>(
        self,
        target: Target<'c>,
        body: OutboundBody<B>,
        signer: Option<&'c Signer>,
    ) -> IntegrationRequest<'c, B> {
        let Self { context, integration, method, headers } = self;
        let recipient = match target {
            Target::S3(target) => {
                let level = if target.location.key().is_some() { Level::Object } else { Level::Bucket };
                let (signer, connection) =
                    (signer.unwrap_or(&target.s3.signer), Connection::of(&target.s3.endpoint));
                Recipient::S3 { signer, url: target.location.into_url(), level, connection }
            }
            Target::Http(target) => Recipient::Http(target),
        };
        IntegrationRequest { context, integration, recipient, method: method.clone(), headers, body }
    }
}

impl RequestPlan<'_> {
    /// Returns whether the conversion is carried out even if the body is not sent, because it can fail: base64 may not be
    /// valid, and a template does not apply to bytes.
    pub fn can_fail(&self) -> bool {
        self.template.is_some() || self.conversion == Conversion::Base64Decode
    }

    /// Converts and renders a whole body.
    fn convert(&self, body: Bytes, context: &Context<'_>) -> Result<Bytes, Rejection> {
        if self.template.is_some() && !self.conversion.gives_text() {
            return Err(Rejection::template_on_bytes("request"));
        }
        let template = self.template.map(|(_, template)| (template, context));
        let converted = self.conversion.apply(body, context.behaviour(), white_space(context), template);
        let converted = converted.map_err(|error| undecodable(context, error))?;
        if converted.len() > PAYLOAD_LIMIT && !context.has(Difference::NoCeiling) {
            return Err(context.over_limit(PAYLOAD_LIMIT));
        }
        Ok(converted)
    }
}

/// Returns the rejection for a request body that is not base64: a 400 in `edge`, a 500 in `aws`.
pub(in crate::gateway) fn undecodable(context: &Context<'_>, error: InvalidBase64) -> Rejection {
    if context.has(Difference::UploadErrors) {
        Rejection::bad_body(error.to_string())
    } else {
        Rejection::configuration(error.to_string())
    }
}

fn unsignable(error: SigningError) -> Rejection {
    match error {
        SigningError::HeaderValue(name) => {
            Rejection::bad_parameter(format!("the value for the header {name} is not visible ASCII"))
        }
        SigningError::Time | SigningError::Unusable(_) => {
            Rejection::configuration(format!("the request to S3 cannot be signed: {error}"))
        }
    }
}
