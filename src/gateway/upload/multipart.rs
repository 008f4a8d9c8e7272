//! The steps of a multipart upload: the request of each step, and the values that S3's response must have.

use bytes::Bytes;
use http::header::{CONTENT_LENGTH, CONTENT_TYPE, ETAG};
use http::{HeaderMap, HeaderValue, Method, StatusCode};

use crate::api::integration::Integration;
use crate::gateway::message::OutboundBody;
use crate::gateway::rejection::Rejection;
use crate::gateway::request::context::Context;
use crate::gateway::request::integration_request::{Connection, IntegrationRequest, Level, Recipient};
use crate::gateway::request::method_request::{BlockRequest, RequestHead, S3Target};
use crate::s3::multipart::{MOST_BYTES, MOST_PARTS, Step, completed_etag, parts_document, upload_id};
use crate::s3::{Signer, error_body};

/// A multipart upload in the place of one PUT. It starts with [`Upload::create`] and ends with [`Upload::complete`] or
/// [`Upload::abort`]. S3 keeps the previous object until the upload is complete.
#[derive(Debug)]
pub(super) struct Upload<'c> {
    pub(super) context: &'c Context<'c>,
    pub(super) integration: &'c Integration,
    target: Box<S3Target<'c>>,
    headers: HeaderMap,
    signer: Signer,
    id: String,
    etags: Vec<String>,
}

/// S3's response to a step.
#[derive(Debug)]
pub(super) struct Stored {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
}

/// A step that failed.
#[derive(Debug)]
pub(super) enum Failed {
    /// S3 returned an error, which the client gets.
    Error(Box<Stored>),
    /// S3 returned a success without a value that the upload needs, such as `UploadId`.
    Incomplete(Rejection),
}

impl<'c> Upload<'c> {
    pub(super) fn new(request: BlockRequest<'c>, signer: Option<&Signer>) -> Self {
        let BlockRequest { head, target, .. } = request;
        let signer = signer.unwrap_or(&target.s3.signer).clone();
        let RequestHead { context, integration, headers, .. } = head;
        Self { context, integration, target, headers, signer, id: String::new(), etags: Vec::new() }
    }

    /// Returns the request that starts the upload.
    ///
    /// # Errors
    /// The [`Rejection`] of [`S3Target::url_with`].
    pub(super) fn create<B>(&self) -> Result<IntegrationRequest<'_, B>, Rejection> {
        self.step(Step::Create, Method::POST, &[("uploads", "")], Bytes::new())
    }

    /// Reads S3's response to the request that starts the upload.
    ///
    /// # Errors
    /// Returns [`Failed`] if the response is an error or has no upload id.
    pub(super) fn created(&mut self, response: Stored) -> Result<(), Failed> {
        match upload_id(&response.body).filter(|_| response.status.is_success()) {
            Some(id) => {
                self.id = id;
                Ok(())
            }
            None => Err(response.refused("UploadId")),
        }
    }

    /// Returns the request with the next part.
    ///
    /// # Errors
    /// The [`Rejection`] of [`S3Target::url_with`], and the [`Rejection`] for more parts than S3 allows.
    pub(super) fn part<B>(&self, bytes: Bytes) -> Result<IntegrationRequest<'_, B>, Rejection> {
        if self.etags.len() == MOST_PARTS {
            return Err(Rejection::too_large(MOST_BYTES));
        }
        let number = self.next_part_number().to_string();
        let query = [("partNumber", number.as_str()), ("uploadId", self.id.as_str())];
        self.step(Step::Part, Method::PUT, &query, bytes)
    }

    /// Returns the number of the next part.
    pub(super) fn next_part_number(&self) -> usize {
        self.etags.len() + 1
    }

    /// Reads S3's response to the request with a part.
    ///
    /// # Errors
    /// Returns [`Failed`] if the response is an error or has no `ETag`.
    pub(super) fn part_stored(&mut self, response: Stored) -> Result<(), Failed> {
        let etag = response.headers.get(ETAG).and_then(|etag| etag.to_str().ok());
        match etag.filter(|_| response.status.is_success()) {
            Some(etag) => {
                self.etags.push(etag.to_owned());
                Ok(())
            }
            None => Err(response.refused("ETag")),
        }
    }

    /// Returns the request that completes the upload: S3 joins the parts to an object.
    ///
    /// # Errors
    /// The [`Rejection`] of [`S3Target::url_with`].
    pub(super) fn complete<B>(&self) -> Result<IntegrationRequest<'_, B>, Rejection> {
        let document = parts_document(&self.etags).into();
        self.step(Step::Complete, Method::POST, &[("uploadId", &self.id)], document)
    }

    /// Reads S3's response to the request that completes the upload. Returns the response to the PUT that the upload replaces.
    ///
    /// # Errors
    /// Returns [`Failed`] if the response has no `ETag`, or is an error. The status of an error may be 200.
    pub(super) fn completed(&self, response: Stored) -> Result<Stored, Failed> {
        let etag = completed_etag(&response.body).and_then(|etag| HeaderValue::try_from(etag).ok());
        let Some(etag) = etag.filter(|_| response.status.is_success()) else {
            return Err(response.refused("ETag"));
        };
        let mut headers = response.headers;
        headers.remove(CONTENT_TYPE);
        headers.insert(CONTENT_LENGTH, HeaderValue::from_static("0"));
        headers.insert(ETAG, etag);
        Ok(Stored { status: StatusCode::OK, headers, body: Bytes::new() })
    }

    /// Returns the request that deletes the parts, or `None` if the upload has not started.
    ///
    /// # Errors
    /// The [`Rejection`] of [`S3Target::url_with`].
    pub(super) fn abort<B>(&self) -> Option<Result<IntegrationRequest<'_, B>, Rejection>> {
        let query = [("uploadId", self.id.as_str())];
        (!self.id.is_empty()).then(|| self.step(Step::Abort, Method::DELETE, &query, Bytes::new()))
    }

    fn step<B>(
        &self,
        step: Step,
        method: Method,
        query: &[(&str, &str)],
        body: Bytes,
    ) -> Result<IntegrationRequest<'_, B>, Rejection> {
        let url = self.target.url_with(query)?;
        let headers = step.headers(&self.headers);
        let recipient = Recipient::S3 {
            signer: &self.signer,
            url,
            level: Level::Object,
            connection: Connection::of(&self.target.s3.endpoint),
        };
        let (context, integration) = (self.context, self.integration);
        Ok(IntegrationRequest {
            context,
            integration,
            recipient,
            method,
            headers,
            body: OutboundBody::from(body),
        })
    }
}

impl Stored {
    /// Returns the failure for a response that is an error, or is a success without the value `what`.
    fn refused(mut self, what: &str) -> Failed {
        if self.status.is_success() {
            if error_body::code(&self.body).is_none() {
                let cause = format!("S3 answered {} without `{what}`", self.status);
                return Failed::Incomplete(Rejection::integration_failure(cause));
            }
            self.status = StatusCode::INTERNAL_SERVER_ERROR;
        }
        Failed::Error(Box::new(self))
    }
}

#[cfg(test)]
mod tests {
    use std::time::SystemTime;

    use super::*;
    use crate::api::compiled::{FORMAT, decode};
    use crate::api::http_uri::Scheme;
    use crate::gateway::authorize::admission::Admitted;
    use crate::gateway::deployment::settings::Variables;
    use crate::gateway::message::BodyPlace;
    use crate::gateway::request::method_request::MethodRequest;
    use crate::gateway::request::request_validator::ValidHead;
    use crate::gateway::request::routing::route;
    use crate::gateway::{Gateway, Inbound, Settings};

    /// Calls the steps without the driver, because through the driver the test would have to send 80 GB.
    #[test]
    fn an_upload_has_at_most_ten_thousand_parts() {
        let file = format!("tests/vectors/compiled/validators.{FORMAT}.bin");
        let api = decode(&std::fs::read(file).unwrap()).unwrap();
        let keys = ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"];
        let variable = |name: &str| keys.contains(&name).then(|| "x".to_owned());
        let settings = Settings::from_variables(&Variables(&variable)).unwrap();
        let gateway = Gateway::new(api, settings).unwrap();
        let inbound = Inbound {
            method: Method::PUT,
            scheme: Scheme::Https,
            path: "/pets".to_owned(),
            query: None,
            host: "api.example.com".to_owned(),
            headers: HeaderMap::new(),
            request_id: "1".to_owned(),
            source_ip: None,
            time: SystemTime::UNIX_EPOCH,
        };
        let (context, routing) = route(&gateway, inbound);
        let admitted = Admitted::supposed(&context, routing.served().unwrap());
        let request = match admitted.validate_head().unwrap() {
            ValidHead::BodyNotRead(request) => request,
            ValidHead::BodyRead(head) => head.suppose(),
        };
        let MethodRequest::Blocks(request) = MethodRequest::new(&request, BodyPlace::Runtime).unwrap() else {
            panic!("the body is not sent in blocks")
        };
        let mut upload = Upload::new(request, None);
        assert!(upload.abort::<()>().is_none());
        let stored = |headers: HeaderMap, body: &'static str| Stored {
            status: StatusCode::OK,
            headers,
            body: Bytes::from_static(body.as_bytes()),
        };
        let created =
            "<InitiateMultipartUploadResult><UploadId>id</UploadId></InitiateMultipartUploadResult>";
        upload.created(stored(HeaderMap::new(), created)).unwrap();
        for number in 1..=MOST_PARTS {
            assert_eq!(upload.next_part_number(), number);
            let etag = (ETAG, HeaderValue::from_static("\"etag\""));
            upload.part_stored(stored(HeaderMap::from_iter([etag]), "")).unwrap();
        }
        let rejection = upload.part::<()>(Bytes::new()).unwrap_err();
        assert_eq!(rejection.response_type.status(), StatusCode::PAYLOAD_TOO_LARGE);
    }
}
