//! Lints about request bodies: uploads that are corrupted, refused, or stored in another form.

use s3_edge_gateway::api::integration::ContentHandling;

use super::body_outcome::{Outcome, of_request};
use super::keys::is_object;
use super::list::Lints;
use super::operation::LintedOperation;
use super::response_bodies::type_names;
use super::sample_types::{SampleTypes, is_textual, listed_types};
use crate::finding::{Behaviours, Code};

pub(super) fn find(operation: &LintedOperation<'_>, lints: &mut Lints<'_>) {
    if operation.s3().is_none() && operation.http().is_none() {
        return;
    }
    find_templates_over_bytes(operation, lints);
    if operation.uploads() && (operation.http().is_some() || is_object(operation)) {
        let uploads = Uploads { operation, samples: SampleTypes::of_request(operation) };
        uploads.find_corrupted(lints);
        uploads.find_refused(lints);
        uploads.find_kept_as_base64(lints);
        uploads.find_stored_as_json(lints);
    }
}

fn find_templates_over_bytes(operation: &LintedOperation<'_>, lints: &mut Lints<'_>) {
    let templates = &operation.integration().request_templates;
    let fails = |name: &str| of_request(operation, Some(name)) == Outcome::TemplateFails;
    for key in templates.media_types().filter(|key| templates.get(key).flatten().is_some()) {
        let types: Vec<String> = match key {
            "$default" => {
                let tried = SampleTypes::of_request(operation).types.into_iter();
                tried.filter(|name| templates.get(name).is_none() && fails(name)).collect()
            }
            key if key.contains('/') && fails(key) => vec![key.to_owned()],
            _ => Vec::new(),
        };
        if !types.is_empty() {
            let message = format!(
                "A request with a body of {} gets a 500, because the request template for {key} is applied to bytes.",
                types.join(", ")
            );
            let pointer = operation.integration_pointer(&["requestTemplates", key]);
            lints.add(Code::TemplateMeetsBytes, Behaviours::Both, pointer, message);
        }
    }
}

/// The uploads of an operation.
struct Uploads<'u, 'd> {
    operation: &'u LintedOperation<'d>,
    samples: SampleTypes,
}

impl Uploads<'_, '_> {
    fn find_corrupted(&self, lints: &mut Lints<'_>) {
        if let Some(types) = self.named(&self.types(Outcome::Corrupted)) {
            let message = format!(
                "A body of {types} is {} with U+FFFD in place of bytes that are not UTF-8.",
                self.stored()
            );
            lints.add(Code::UploadCorrupted, Behaviours::Aws, self.pointer(), message);
        }
    }

    fn find_refused(&self, lints: &mut Lints<'_>) {
        let mut types = self.types(Outcome::Decoded);
        // The text types that the document declares are reported, too, if their bodies are decoded. `application/json` is not
        // reported, because clients send base64 with this type on purpose.
        let texts = self.operation.outline.request_types.iter();
        types.extend(
            texts
                .filter(|name| is_textual(name) && *name != "application/json" && self.samples.are_declared)
                .filter(|name| of_request(self.operation, Some(name)) == Outcome::Decoded)
                .cloned(),
        );
        let Some(types) = self.named(&types) else { return };
        // For types that the document does not declare, `edge` needs no lint: its response is a 400 that contains the
        // offset of the first byte that is not base64.
        let behaviours = if self.samples.are_declared { Behaviours::Both } else { Behaviours::Aws };
        let message = format!("A body of {types} is refused unless it is base64.");
        lints.add(Code::UploadMustBeBase64, behaviours, self.pointer(), message);
    }

    fn find_kept_as_base64(&self, lints: &mut Lints<'_>) {
        if let Some(types) = self.named(&self.types(Outcome::Encoded)) {
            let message = format!("A body of {types} is {} as base64.", self.stored());
            lints.add(Code::UploadKeptAsBase64, Behaviours::Both, self.pointer(), message);
        }
        let passes = |name: &String| of_request(self.operation, Some(name)) == Outcome::Fine;
        let binary_types = self.operation.binary_types;
        let handling = self.operation.integration().content_handling;
        if handling == Some(ContentHandling::ConvertToBinary) && listed_types(binary_types).iter().any(passes)
        {
            let sent = match binary_types.has_everything() {
                true => "with any `Content-Type`".to_owned(),
                false => format!("as {}", binary_types.named()),
            };
            let message = format!(
                "Base64 that is sent {sent} is {} as base64, because CONVERT_TO_BINARY does not decode a binary media type.",
                self.stored()
            );
            // `edge` does not decode this base64 either. The lint nevertheless concerns only `aws`. Otherwise each document
            // for `edge` that accepts both bytes and base64 would get this lint.
            lints.add(Code::UploadKeptAsBase64, Behaviours::Aws, self.pointer(), message);
        }
    }

    fn find_stored_as_json(&self, lints: &mut Lints<'_>) {
        let is_decoded = of_request(self.operation, Some("application/json")) == Outcome::Decoded;
        if is_decoded && !self.operation.sends_header("content-type") && self.operation.s3().is_some() {
            let message = "A body that is sent as application/json is decoded from base64, but the object is stored with the type application/json.";
            lints.add(Code::StoredAsJson, Behaviours::Aws, self.pointer(), message.to_owned());
        }
    }

    fn types(&self, wanted: Outcome) -> Vec<String> {
        let is_it = |name: &&String| of_request(self.operation, Some(name)) == wanted;
        self.samples.types.iter().filter(is_it).cloned().collect()
    }

    fn named(&self, types: &[String]) -> Option<String> {
        type_names(types, &self.samples, self.operation.binary_types)
    }

    fn stored(&self) -> &'static str {
        if self.operation.s3().is_some() { "stored" } else { "sent to the backend" }
    }

    fn pointer(&self) -> String {
        match self.operation.integration().content_handling {
            Some(_) => self.operation.integration_pointer(&["contentHandling"]),
            None => self.operation.outline.integration.clone(),
        }
    }
}
