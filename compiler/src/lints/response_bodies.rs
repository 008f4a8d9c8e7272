//! Lints about response bodies: objects, listings and errors that the client gets corrupted, as base64, or as a 500.

use http::{Method, StatusCode};
use s3_edge_gateway::api::media_type::Listed;

use super::body_outcome::{Outcome, is_decoded_in_edge, of_response};
use super::keys::is_object;
use super::list::Lints;
use super::media_types::BinaryTypes;
use super::operation::{LintedOperation, LintedResponse};
use super::sample_types::{SampleTypes, accepts};
use crate::finding::{Behaviours, Code};

/// The media type of S3's listings and errors.
const XML: &str = "application/xml";

pub(super) fn find(operation: &LintedOperation<'_>, lints: &mut Lints<'_>) {
    let is_http = operation.http().is_some();
    if operation.s3().is_none() && !is_http {
        return;
    }
    let Some(entry) = operation.response_for(StatusCode::OK) else { return };
    let success = Response { operation, entry };
    if operation.may_send(&Method::GET) {
        match is_http || is_object(operation) {
            true => success.find_in_content(&SampleTypes::of_response(operation), lints),
            false => success.find_in_listing(lints),
        }
        find_decoded_error(&success, lints);
    } else {
        // The response to a method other than GET often has no body and no `Content-Type`. A template may be applied to it,
        // too.
        success.find_failing_template(&[None], lints);
    }
    find_failing_error_templates(&success, lints);
}

/// An operation, and one entry of its integration's `responses`.
#[derive(Clone, Copy)]
struct Response<'r, 'd> {
    operation: &'r LintedOperation<'d>,
    entry: LintedResponse<'d>,
}

/// The media types of bodies with the same outcome, and the values of `Accept` that cause this outcome.
#[derive(Default)]
struct Found {
    types: Vec<String>,
    /// Whether an `Accept` that is a binary media type causes the outcome.
    with_listed: bool,
    /// Whether an `Accept` that is not a binary media type, or no `Accept`, causes the outcome.
    with_others: bool,
    /// The media type of the template, if one is applied.
    template: Option<String>,
}

impl Found {
    /// Returns the condition on `Accept` for a message, or an empty text if the outcome does not depend on whether `Accept`
    /// is a binary media type.
    fn condition(&self, binary_types: &BinaryTypes) -> String {
        match (self.with_listed, self.with_others) {
            (true, false) if !binary_types.has_everything() => {
                format!(" if the `Accept` is {}", binary_types.named())
            }
            (false, true) if !binary_types.entries.is_empty() => {
                " unless the `Accept` is a binary media type".to_owned()
            }
            _ => String::new(),
        }
    }
}

impl Response<'_, '_> {
    fn find_in_content(&self, samples: &SampleTypes, lints: &mut Lints<'_>) {
        let types: Vec<_> = samples.types.iter().map(|name| Some(name.as_str())).collect();
        let binary_types = self.operation.binary_types;
        let corrupted = self.with(Outcome::Corrupted, &types);
        if let Some(types) = type_names(&corrupted.types, samples, binary_types) {
            let message = format!(
                "A body of {types} is returned with U+FFFD in place of bytes that are not UTF-8{}.",
                corrupted.condition(binary_types)
            );
            lints.add(Code::DownloadCorrupted, Behaviours::Aws, self.pointer(), message);
        }
        self.find_decoded(&types, lints, &|decoded, condition| {
            let types = type_names(decoded, samples, binary_types).unwrap_or_default();
            format!("A body of {types} becomes a 500{condition}, unless the body is base64.")
        });
        self.find_failing_template(&types, lints);
        self.find_first_accept(&types, lints);
    }

    fn find_in_listing(&self, lints: &mut Lints<'_>) {
        let types = [Some(XML)];
        self.find_decoded(&types, lints, &|_, condition| {
            format!("The XML listing of S3 becomes a 500{condition}.")
        });
        self.find_failing_template(&types, lints);
        self.find_first_accept(&types, lints);
    }

    /// Finds bodies that are decoded as base64. Difference `lossless-binary-accept`: `edge` decodes only with
    /// CONVERT_TO_BINARY.
    fn find_decoded(
        &self,
        types: &[Option<&str>],
        lints: &mut Lints<'_>,
        message: &dyn Fn(&[String], &str) -> String,
    ) {
        let binary_types = self.operation.binary_types;
        let in_aws = self.with(Outcome::Decoded, types);
        let condition = in_aws.condition(binary_types);
        let is_decoded = |payload: &&Option<&str>| is_decoded_in_edge(self.entry, binary_types, **payload);
        let in_edge: Vec<String> =
            types.iter().filter(is_decoded).flatten().map(|name| (*name).to_owned()).collect();
        let mut add = |behaviours, types: &[String], condition: &str| {
            if !types.is_empty() {
                lints.add(Code::BinaryAcceptFails, behaviours, self.pointer(), message(types, condition));
            }
        };
        if in_aws.types == in_edge && condition.is_empty() {
            add(Behaviours::Both, &in_edge, "");
        } else {
            add(Behaviours::Aws, &in_aws.types, &condition);
            add(Behaviours::Edge, &in_edge, "");
        }
    }

    /// Finds a template that is applied to bytes in `aws`. Difference `template-by-accept`: in `edge`, the bytes pass.
    fn find_failing_template(&self, types: &[Option<&str>], lints: &mut Lints<'_>) {
        let failing = self.with(Outcome::TemplateFails, types);
        let Some(template) = &failing.template else { return };
        let body = match failing.types.is_empty() {
            true => "A response".to_owned(),
            false => format!("A body of {}", failing.types.join(", ")),
        };
        let message = format!(
            "{body} becomes a 500{}, because the response template for {template} is applied to bytes.",
            failing.condition(self.operation.binary_types)
        );
        let pointer = self.entry.pointer(&["responseTemplates", template]);
        lints.add(Code::TemplateMeetsBytes, Behaviours::Aws, pointer, message);
    }

    fn find_first_accept(&self, types: &[Option<&str>], lints: &mut Lints<'_>) {
        let binary_types = self.operation.binary_types;
        let is_negotiated = self.entry.response.content_handling.is_none() && !binary_types.has_everything();
        let encoded = self.with(Outcome::Encoded, types);
        let html = binary_types.lists(Some("text/html"));
        if is_negotiated && !encoded.types.is_empty() && html == Listed::No {
            let message = format!(
                "A body of {} is returned as base64 unless `Accept` begins with {}.",
                encoded.types.join(", "),
                binary_types.named()
            );
            lints.add(Code::FirstAcceptCounts, Behaviours::Aws, self.pointer(), message);
        }
    }

    /// Returns those of the media types whose body has the outcome `wanted` for at least one `Accept`.
    fn with(&self, wanted: Outcome, types: &[Option<&str>]) -> Found {
        let binary_types = self.operation.binary_types;
        let accepts = accepts(self.entry.response.templates.media_types(), binary_types);
        let mut found = Found::default();
        for media_type in types {
            let mut has_outcome = false;
            for accept in &accepts {
                let (outcome, template) =
                    of_response(self.entry, binary_types, *media_type, accept.as_deref());
                if outcome != wanted {
                    continue;
                }
                has_outcome = true;
                match binary_types.lists(accept.as_deref()) {
                    Listed::Yes => found.with_listed = true,
                    Listed::No => found.with_others = true,
                }
                found.template = found.template.or_else(|| template.map(str::to_owned));
            }
            found.types.extend(media_type.filter(|_| has_outcome).map(str::to_owned));
        }
        found
    }

    fn pointer(&self) -> String {
        self.entry.outline.pointer.clone()
    }
}

/// Finds errors of S3 that `aws` decodes as base64, because of the `Accept` or CONVERT_TO_BINARY, although they are XML.
fn find_decoded_error(success: &Response<'_, '_>, lints: &mut Lints<'_>) {
    let operation = success.operation;
    let entry = operation.response_for(StatusCode::NOT_FOUND).filter(|_| operation.s3().is_some());
    let Some(entry) = entry else { return };
    let error = Response { entry, ..*success };
    let decoded = error.with(Outcome::Decoded, &[Some(XML)]);
    if entry.response.status != StatusCode::INTERNAL_SERVER_ERROR && !decoded.types.is_empty() {
        let message = format!(
            "A 404 of S3 becomes a 500 without the error document of S3{}.",
            decoded.condition(operation.binary_types)
        );
        lints.add(Code::ErrorFails, Behaviours::Aws, error.pointer(), message);
    }
}

/// Finds templates of errors that are applied to bytes, in entries that do not match successes. Whether an error counts as
/// bytes depends on the `Accept` and on `contentHandling`, not on the media type of the error.
fn find_failing_error_templates(success: &Response<'_, '_>, lints: &mut Lints<'_>) {
    let mut known = vec![&success.entry.outline.pointer];
    for status in [StatusCode::NOT_FOUND, StatusCode::FORBIDDEN] {
        let Some(entry) = success.operation.response_for(status) else { continue };
        // If the entry already has the status 500, the failure changes only the body, so it is not reported.
        if entry.response.status == StatusCode::INTERNAL_SERVER_ERROR
            || known.contains(&&entry.outline.pointer)
        {
            continue;
        }
        known.push(&entry.outline.pointer);
        Response { entry, ..*success }.find_failing_template(&[None], lints);
    }
}

/// Returns the types for a message, or `None` if `types` is empty. An ellipsis shows that they are only examples.
pub(super) fn type_names(
    types: &[String],
    samples: &SampleTypes,
    binary_types: &BinaryTypes,
) -> Option<String> {
    if types.is_empty() {
        return None;
    }
    let joined = types.join(", ");
    let is_listed = |name: &String| binary_types.lists(Some(name)) == Listed::Yes;
    Some(match types.iter().any(is_listed) {
        _ if samples.are_declared => joined,
        false => format!("a type that is not a binary media type ({joined}, …)"),
        true if binary_types.entries.iter().any(|entry| entry.contains('*')) => format!("{joined}, …"),
        true => joined,
    })
}
