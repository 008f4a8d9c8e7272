//! Uploads that are taken block by block: converted on the way, sent whole if they turn out small, in parts if not.
//!
//! Inside: cutting a stream into parts, and the requests of a multipart upload in their order. Not inside: reading and
//! sending (`edge`), and S3's rules of which step carries what (`s3::multipart`).

use bytes::Bytes;
use http::header::{CONTENT_LENGTH, CONTENT_TYPE, ETAG};
use http::{HeaderMap, HeaderValue, Method as HttpMethod, StatusCode};

use super::awaiting::Awaiting;
use super::codec::Codec;
use super::content::InvalidBase64;
use super::context::Context;
use super::integration_request::{Level, Recipient, undecodable};
use super::method_request::{Destination, MethodRequest, ToS3};
use super::rejection::Rejection;
use super::{Body, IntegrationRequest};
use crate::api::integration::Integration;
use crate::s3::multipart::{
    MOST_BYTES, MOST_PARTS, PART_SIZE, Step, completed_etag, parts_document, upload_id,
};
use crate::s3::{Signer, error_body};

/// A body on its way in, converted and cut into parts.
#[derive(Debug)]
pub struct Intake {
    codec: Codec,
    held: Vec<u8>,
}

impl Intake {
    pub(super) fn new(codec: Codec) -> Self {
        Self { codec, held: Vec::new() }
    }

    /// Takes a block of the client's body.
    ///
    /// # Errors
    /// [`InvalidBase64`], with the offset from the beginning of the body.
    pub fn push(&mut self, block: &[u8]) -> Result<(), InvalidBase64> {
        self.make_room(self.codec.most(block.len()));
        self.codec.push(block, &mut self.held)
    }

    /// The next part, where it is certain that more follows.
    pub fn next_part(&mut self) -> Option<Bytes> {
        if self.held.len() <= PART_SIZE {
            return None;
        }
        // No larger than it must be: while a part is on its way, it is all that is held beside it.
        let rest = self.held.split_off(PART_SIZE);
        Some(std::mem::replace(&mut self.held, rest).into())
    }

    /// Makes room for so many bytes. What has become large will be a part: it gets all of its memory at once, as doubling what
    /// there is would take twice of that.
    fn make_room(&mut self, bytes: usize) {
        const LARGE: usize = PART_SIZE / 4;
        let needed = self.held.len() + bytes;
        if needed > self.held.capacity() && needed > LARGE {
            self.held.reserve_exact(needed.max(PART_SIZE + bytes) - self.held.len());
        }
    }

    /// Takes the end of the client's body.
    ///
    /// # Errors
    /// [`InvalidBase64`]
    pub fn end(&mut self) -> Result<(), InvalidBase64> {
        self.codec.finish(&mut self.held)
    }

    /// What is left after the end, when there is no [`Intake::next_part`] any more: all of the body, where there was none.
    pub fn rest(&mut self) -> Bytes {
        std::mem::take(&mut self.held).into()
    }
}

/// A multipart upload in the place of one PUT. It is begun with [`Upload::create`] and ends with [`Upload::complete`] or
/// [`Upload::abort`]; until it is complete, S3 has the object that it had.
#[derive(Debug)]
pub struct Upload<'c> {
    context: &'c Context<'c>,
    integration: &'c Integration,
    to: ToS3<'c>,
    headers: HeaderMap,
    signer: Signer,
    id: String,
    etags: Vec<String>,
}

/// What S3 answered to a step that ends the upload, as if it were the answer to the PUT.
#[derive(Debug)]
pub struct Stored {
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The body: empty, or S3's error.
    pub body: Bytes,
}

/// Why a step of an upload was none.
#[derive(Debug)]
pub enum Refusal {
    /// S3 says so: its answer.
    Told(Box<Stored>),
    /// S3 claims success, but its answer is not one that can be gone on with.
    Senseless(Rejection),
}

impl<'c> Upload<'c> {
    pub(super) fn new(request: MethodRequest<'c>, signer: Option<&Signer>) -> Result<Self, Rejection> {
        let MethodRequest { context, integration, destination, headers, .. } = request;
        let Destination::S3(to) = destination else {
            return Err(Rejection::configuration("only S3 takes a body in parts"));
        };
        let signer = signer.unwrap_or(&to.s3.signer).clone();
        Ok(Self { context, integration, to: *to, headers, signer, id: String::new(), etags: Vec::new() })
    }

    /// The request that begins the upload.
    ///
    /// # Errors
    /// A [`Rejection`] where there is no such URL.
    pub fn create<S>(&self) -> Result<IntegrationRequest<'_, S>, Rejection> {
        self.step(Step::Create, HttpMethod::POST, &[("uploads", "")], Bytes::new())
    }

    /// Takes S3's answer to it.
    ///
    /// # Errors
    /// A [`Refusal`].
    pub fn created(&mut self, answer: Stored) -> Result<(), Refusal> {
        match upload_id(&answer.body).filter(|_| answer.status.is_success()) {
            Some(id) => {
                self.id = id;
                Ok(())
            }
            None => Err(answer.refused("UploadId")),
        }
    }

    /// The request with the next part.
    ///
    /// # Errors
    /// A [`Rejection`] where there is no URL for it, or where S3 allows no more parts.
    pub fn part<S>(&self, bytes: Bytes) -> Result<IntegrationRequest<'_, S>, Rejection> {
        if self.etags.len() == MOST_PARTS {
            return Err(Rejection::too_large(MOST_BYTES));
        }
        let number = self.next_part_number().to_string();
        let query = [("partNumber", number.as_str()), ("uploadId", self.id.as_str())];
        self.step(Step::Part, HttpMethod::PUT, &query, bytes)
    }

    /// The number of the next part.
    pub fn next_part_number(&self) -> usize {
        self.etags.len() + 1
    }

    /// Takes S3's answer to it.
    ///
    /// # Errors
    /// A [`Refusal`].
    pub fn part_stored(&mut self, answer: Stored) -> Result<(), Refusal> {
        let etag = answer.headers.get(ETAG).and_then(|etag| etag.to_str().ok());
        match etag.filter(|_| answer.status.is_success()) {
            Some(etag) => {
                self.etags.push(etag.to_owned());
                Ok(())
            }
            None => Err(answer.refused("ETag")),
        }
    }

    /// The request that makes the parts an object.
    ///
    /// # Errors
    /// A [`Rejection`] where there is no URL for it.
    pub fn complete<S>(&self) -> Result<IntegrationRequest<'_, S>, Rejection> {
        let document = parts_document(&self.etags).into();
        self.step(Step::Complete, HttpMethod::POST, &[("uploadId", &self.id)], document)
    }

    /// Takes S3's answer to it.
    ///
    /// # Errors
    /// A [`Refusal`], which may come with the status 200.
    pub fn completed(&self, answer: Stored) -> Result<Stored, Refusal> {
        let etag = completed_etag(&answer.body).and_then(|etag| HeaderValue::try_from(etag).ok());
        let Some(etag) = etag.filter(|_| answer.status.is_success()) else {
            return Err(answer.refused("ETag"));
        };
        let mut headers = answer.headers;
        headers.remove(CONTENT_TYPE);
        headers.insert(CONTENT_LENGTH, HeaderValue::from_static("0"));
        headers.insert(ETAG, etag);
        Ok(Stored { status: StatusCode::OK, headers, body: Bytes::new() })
    }

    /// The request that gives the parts up; `None` where nothing was begun.
    ///
    /// # Errors
    /// A [`Rejection`] where there is no URL for it.
    pub fn abort<S>(&self) -> Option<Result<IntegrationRequest<'_, S>, Rejection>> {
        let query = [("uploadId", self.id.as_str())];
        (!self.id.is_empty()).then(|| self.step(Step::Abort, HttpMethod::DELETE, &query, Bytes::new()))
    }

    /// The rejection for a body that is not base64.
    pub fn undecodable(&self, error: InvalidBase64) -> Rejection {
        undecodable(self.context, error)
    }

    /// What waits for the answer to the PUT that this upload stands for.
    pub fn awaiting(&self) -> Awaiting<'c> {
        Awaiting::of_upload(self.context, self.integration)
    }

    fn step<S>(
        &self,
        step: Step,
        method: HttpMethod,
        query: &[(&str, &str)],
        body: Bytes,
    ) -> Result<IntegrationRequest<'_, S>, Rejection> {
        let url = self.to.url_with(query, self.context)?;
        let headers = step.headers(&self.headers);
        let body = if body.is_empty() { Body::Empty } else { Body::Bytes(body) };
        let (recipient, timeout) =
            (Recipient::S3 { signer: &self.signer, url, level: Level::Object }, self.integration.timeout);
        Ok(IntegrationRequest { recipient, method, headers, body, timeout })
    }
}

impl Stored {
    /// An answer that is no success, whatever its status; where it claims to be one, it lacks `what`.
    fn refused(mut self, what: &str) -> Refusal {
        if self.status.is_success() {
            if error_body::code(&self.body).is_none() {
                let cause = format!("S3 answered {} without its {what}", self.status);
                return Refusal::Senseless(Rejection::integration_failure(cause));
            }
            self.status = StatusCode::INTERNAL_SERVER_ERROR;
        }
        Refusal::Told(Box::new(self))
    }
}
