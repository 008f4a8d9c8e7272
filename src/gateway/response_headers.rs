//! The headers of a response: mapped by the document, taken over from S3, or the gateway's own.

use std::borrow::Cow;

use http::Method as HttpMethod;

use super::endpoint_response::EndpointResponse;
use super::header_rules::{DROPPED, REMAPPED, REPRESENTATION};
use super::treatment::Kind;
use super::{Compatibility, Response, header_text};
use crate::api::mapping::ResponseSource;

impl EndpointResponse<'_> {
    pub(super) fn add_headers<S>(&self, response: &mut Response<S>) {
        for (header, source) in &self.entry.headers {
            let name = header.name.as_str();
            if DROPPED.contains(&name) {
                continue;
            }
            if let Some(value) = self.value(source).filter(|value| !value.is_empty()) {
                if REMAPPED.contains(&name) {
                    response.set(format!("x-amzn-Remapped-{}", header.written), value);
                } else {
                    response.set(header.written.as_str(), value);
                }
            }
        }
        if self.context.gateway.is_edge() {
            self.add_edge_headers(response);
        }
        if response.header("content-type").is_none() {
            response.set("Content-Type", "application/json");
        }
        response.set("x-amzn-RequestId", self.context.inbound.request_id.as_str());
    }

    /// `representation-headers`, `ranges-and-conditions`
    fn add_edge_headers<S>(&self, response: &mut Response<S>) {
        let is_mapped =
            |name: &str| self.entry.headers.iter().any(|(header, _)| header.name.as_str() == name);
        let keeps_bytes = self.treatment.keeps_bytes(Compatibility::Edge);
        if keeps_bytes {
            for (name, written) in REPRESENTATION.iter().filter(|(name, _)| !is_mapped(name)) {
                if let Some(value) = header_text(&self.headers, name) {
                    response.set(*written, value);
                }
            }
        }
        if self.treatment.kind == Kind::Error && keeps_bytes && response.header("content-type").is_none() {
            response.set("Content-Type", "application/xml");
        }
        if let Some(range) =
            header_text(&self.headers, "content-range").filter(|_| !is_mapped("content-range"))
        {
            response.set("Content-Range", range);
        }
        if self.treatment.kind == Kind::Error {
            return;
        }
        if !keeps_bytes && self.reads() && !is_mapped("accept-ranges") {
            response.set("Accept-Ranges", "none");
        }
        if self.without_body
            && let Some(length) = self.answered_length()
        {
            response.set("Content-Length", length.to_string());
        }
        if self.entry.content_handling.is_none() && self.reads() && !is_mapped("vary") {
            response.set("Vary", "Accept");
        }
    }

    fn reads(&self) -> bool {
        matches!(self.context.inbound.method, HttpMethod::GET | HttpMethod::HEAD)
    }

    /// How long the body is that a HEAD does not show, where that follows from what S3 told.
    fn answered_length(&self) -> Option<u64> {
        let length = self.length()?;
        if self.treatment.keeps_bytes(Compatibility::Edge) {
            return Some(length);
        }
        self.treatment.encoding().map(|encoding| encoding.length_of(length))
    }

    fn value(&self, source: &ResponseSource) -> Option<String> {
        match source {
            ResponseSource::Header(header) => {
                header_text(&self.headers, header.name.as_str()).map(Cow::into_owned)
            }
            ResponseSource::MultiValueHeader(header) => {
                let values = self.headers.get_all(&header.name).iter();
                let values: Vec<_> = values.map(|value| String::from_utf8_lossy(value.as_bytes())).collect();
                (!values.is_empty()).then(|| values.join(","))
            }
            ResponseSource::Ambient(source) => self.context.ambient(source).map(Cow::into_owned),
        }
    }
}
