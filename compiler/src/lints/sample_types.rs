//! The media types for which the lints predict the outcome of a body: declared types, binary media types of the document,
//! and common types of objects.

use std::collections::HashSet;

use super::media_types::BinaryTypes;
use super::operation::LintedOperation;

/// Common types of objects. `binary/octet-stream` is the default of S3.
const COMMON: &[&str] =
    &["image/jpeg", "image/png", "application/pdf", "application/zip", "binary/octet-stream"];

/// One example for each other top-level type of binary data.
const OTHER_KINDS: &[&str] = &["audio/mpeg", "font/woff2", "model/stl", "video/mp4"];

/// Text types in addition to `text/*`, `*+json` and `*+xml`.
const TEXTUAL: &[&str] =
    &["application/json", "application/xml", "application/javascript", "application/x-www-form-urlencoded"];

pub(super) struct SampleTypes {
    pub(super) types: Vec<String>,
    /// Whether the document declares the types. Otherwise they are only examples.
    pub(super) are_declared: bool,
}

impl SampleTypes {
    /// Returns the media types of request bodies. Empty if uploads of bytes are not expected.
    pub(super) fn of_request(operation: &LintedOperation<'_>) -> Self {
        let declared = &operation.outline.request_types;
        // The document declares only bodies of text types.
        let are_texts = !declared.is_empty() && declared.iter().all(|name| is_textual(name));
        if are_texts && operation.outline.declares_body {
            return Self { types: Vec::new(), are_declared: true };
        }
        // The types of bodies for an HTTP backend are unknown. With `contentHandling`, bytes are probable.
        let is_known = operation.s3().is_some() || operation.integration().content_handling.is_some();
        Self::new(declared, operation.binary_types, is_known)
    }

    /// Returns the media types of response bodies.
    pub(super) fn of_response(operation: &LintedOperation<'_>) -> Self {
        let is_s3 = operation.s3().is_some();
        let mut samples = Self::new(&operation.outline.response_types, operation.binary_types, is_s3);
        // An object may have the default type of S3, whatever the document declares.
        let default = "binary/octet-stream".to_owned();
        if is_s3 && !samples.types.contains(&default) {
            samples.types.push(default);
        }
        samples
    }

    /// Returns the declared types without text types. If there are none, returns examples if bytes are probable
    /// (`is_known`), otherwise no types. Text types do not count, because exports of API Gateway declare
    /// `application/json` for each body.
    fn new(declared: &[String], binary_types: &BinaryTypes, is_known: bool) -> Self {
        let is_declared = |media_type: &&String| {
            media_type.contains('/') && !media_type.contains('*') && !is_textual(media_type)
        };
        let types: Vec<_> = declared.iter().filter(is_declared).cloned().collect();
        if !types.is_empty() {
            return Self { types: unique(types), are_declared: true };
        }
        let common = COMMON.iter().map(|media_type| (*media_type).to_owned());
        let listed = listed_types(binary_types).into_iter().filter(|media_type| !is_textual(media_type));
        let types = if is_known { unique(common.chain(listed).collect()) } else { Vec::new() };
        Self { types, are_declared: false }
    }
}

/// Returns types that are binary media types: at least one for each entry of the list.
pub(super) fn listed_types(binary_types: &BinaryTypes) -> Vec<String> {
    let of_entry = |entry: &String| -> Vec<String> {
        let entry = entry.trim();
        let Some((kind, "*")) = entry.split_once('/') else { return vec![entry.to_owned()] };
        let is_of_kind = |known: &&&str| {
            kind == "*" || known.split('/').next().is_some_and(|of| of.eq_ignore_ascii_case(kind))
        };
        let known: Vec<_> =
            COMMON.iter().chain(OTHER_KINDS).filter(is_of_kind).map(|known| (*known).to_owned()).collect();
        if known.is_empty() { vec![entry.to_owned()] } else { known }
    };
    unique(binary_types.entries.iter().flat_map(of_entry).collect())
}

/// Returns values of `Accept` that can cause different responses: no header, common values, the types of the templates,
/// and binary media types.
pub(super) fn accepts<'t>(
    template_types: impl Iterator<Item = &'t str>,
    binary_types: &BinaryTypes,
) -> Vec<Option<String>> {
    let usual = ["application/json", "text/html", "*/*"].into_iter();
    let written = usual.chain(template_types).map(str::to_owned).chain(listed_types(binary_types));
    std::iter::once(None).chain(unique(written.collect()).into_iter().map(Some)).collect()
}

pub(super) fn is_textual(media_type: &str) -> bool {
    let essence = media_type.split(';').next().unwrap_or(media_type).trim().to_ascii_lowercase();
    essence.starts_with("text/")
        || essence.ends_with("+json")
        || essence.ends_with("+xml")
        || TEXTUAL.contains(&essence.as_str())
}

fn unique(types: Vec<String>) -> Vec<String> {
    let mut known = HashSet::new();
    types.into_iter().filter(|media_type| known.insert(media_type.to_ascii_lowercase())).collect()
}
