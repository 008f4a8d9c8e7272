//! The headers of a response: mapped by the document, taken over from S3, or the gateway's own.

use std::borrow::Cow;

use http::StatusCode;

use super::endpoint_response::EndpointResponse;
use super::header_rules::{DROPPED, HOP_BY_HOP, REMAPPED, REPRESENTATION};
use super::known_body::KnownBody;
use super::treatment::Kind;
use super::{Compatibility, Response, header_text, reads};
use crate::api::mapping::ResponseSource;
use crate::api::template::Template;

impl EndpointResponse<'_> {
    pub(super) fn add_headers<S>(&self, response: &mut Response<S>, body: Option<&KnownBody>) {
        for (header, source) in &self.entry.headers {
            let name = header.name.as_str();
            if DROPPED.contains(&name) {
                continue;
            }
            if let Some(value) = self.value(source, body).filter(|value| !value.is_empty()) {
                if REMAPPED.contains(&name) {
                    response.set(format!("x-amzn-Remapped-{}", header.written), value);
                } else {
                    response.set(header.written.as_str(), value);
                }
            }
        }
        if self.treatment.kind == Kind::Proxied {
            self.pass_headers(response);
        } else if self.context.gateway.is_edge() {
            self.add_edge_headers(response);
        }
        if response.header("content-type").is_none() && !self.leaves_type_open(response) {
            response.set("Content-Type", "application/json");
        }
        response.set("x-amzn-RequestId", self.context.inbound.request_id.as_str());
    }

    /// What an `http_proxy`'s backend sent passes, but for what is about its connection, and under the names that a mapping
    /// could set (observed: `x-amzn-Remapped-Date`).
    fn pass_headers<S>(&self, response: &mut Response<S>) {
        for (name, value) in &self.headers {
            let (name, value) = (name.as_str(), String::from_utf8_lossy(value.as_bytes()).into_owned());
            let written = match name {
                _ if HOP_BY_HOP.contains(&name) => continue,
                _ if REMAPPED.contains(&name) || name == "x-amzn-requestid" => {
                    format!("x-amzn-remapped-{name}")
                }
                _ => name.to_owned(),
            };
            response.headers.push((written, value));
        }
    }

    /// `representation-headers`, `ranges-and-conditions`
    fn add_edge_headers<S>(&self, response: &mut Response<S>) {
        let is_mapped =
            |name: &str| self.entry.headers.iter().any(|(header, _)| header.name.as_str() == name);
        let keeps_bytes = self.treatment.keeps_bytes(Compatibility::Edge);
        // Whatever can be said of an object that has not changed was said of its bytes.
        if keeps_bytes || self.status() == StatusCode::NOT_MODIFIED {
            for (name, written) in REPRESENTATION.iter().filter(|(name, _)| !is_mapped(name)) {
                if let Some(value) = header_text(&self.headers, name) {
                    response.set(*written, value);
                }
            }
        }
        let has_type = response.header("content-type").is_some() || self.leaves_type_open(response);
        if self.treatment.kind == Kind::Error && self.is_of_s3() && keeps_bytes && !has_type {
            response.set("Content-Type", "application/xml");
        }
        if self.reads() && self.depends_on_accept() {
            let mapped = response.header("vary").unwrap_or_default();
            let says_so = |name: &str| name == "*" || name.eq_ignore_ascii_case("accept");
            if mapped.is_empty() {
                response.set("Vary", "Accept");
            } else if !mapped.split(',').map(str::trim).any(says_so) {
                response.set("Vary", format!("{mapped}, Accept"));
            }
        }
        if let Some(range) =
            header_text(&self.headers, "content-range").filter(|_| !is_mapped("content-range"))
        {
            response.set("Content-Range", range);
        }
        if self.treatment.kind != Kind::Content {
            return;
        }
        if !keeps_bytes
            && self.status() != StatusCode::NOT_MODIFIED
            && self.reads()
            && !is_mapped("accept-ranges")
        {
            response.set("Accept-Ranges", "none");
        }
        if self.without_body
            && let Some(length) = self.answered_length()
        {
            response.set("Content-Length", length.to_string());
        }
    }

    /// Whether another Accept might have been answered otherwise: in another form, with another template, or, beyond the end
    /// of the object, with the whole of it.
    fn depends_on_accept(&self) -> bool {
        let is_of_object =
            self.treatment.kind == Kind::Content || self.was_conditional && self.status() == 416;
        let negotiates = is_of_object && self.entry.content_handling.is_none();
        negotiates || self.entry.templates.media_types().nth(1).is_some()
    }

    /// Whether the answer says nothing of a type: a 304 would change that of what is stored in a cache, and an error
    /// without a body has none.
    fn leaves_type_open<S>(&self, response: &Response<S>) -> bool {
        let is_empty_error = self.treatment.kind == Kind::Error && response.body.length() == Some(0);
        self.context.gateway.is_edge() && (self.status() == StatusCode::NOT_MODIFIED || is_empty_error)
    }

    fn reads(&self) -> bool {
        reads(&self.context.method)
    }

    /// How long the body is that a HEAD does not show, where that follows from what S3 told.
    fn answered_length(&self) -> Option<u64> {
        let length = self.length()?;
        if self.treatment.keeps_bytes(Compatibility::Edge) {
            return Some(length);
        }
        // The GET that this HEAD asks about is another request.
        let is_alike = !self.treatment.template.is_some_and(Template::names_context);
        self.codec().filter(|_| is_alike)?.length_of(length)
    }

    fn value(&self, source: &ResponseSource, body: Option<&KnownBody>) -> Option<String> {
        match source {
            ResponseSource::Header(header) => {
                header_text(&self.headers, header.name.as_str()).map(Cow::into_owned)
            }
            ResponseSource::MultiValueHeader(header) => {
                let values = self.headers.get_all(&header.name).iter();
                let values: Vec<_> = values.map(|value| String::from_utf8_lossy(value.as_bytes())).collect();
                (!values.is_empty()).then(|| values.join(","))
            }
            ResponseSource::Body(path) => body.and_then(|body| body.value(path)),
            ResponseSource::Ambient(source) => self.context.ambient(source).map(Cow::into_owned),
        }
    }
}
