//! Which types of bodies an operation is tried with: those that the document declares, those that its list names, and
//! those that people store.

use super::List;
use super::operation::Operation;

/// What people store; `binary/octet-stream` is S3's own default.
const STORED: &[&str] =
    &["image/jpeg", "image/png", "application/pdf", "application/zip", "binary/octet-stream"];

/// One type of every kind.
const OF_KINDS: &[&str] = &["audio/mpeg", "font/woff2", "model/stl", "video/mp4"];

/// What stands for text.
const TEXTUAL: &[&str] =
    &["application/json", "application/xml", "application/javascript", "application/x-www-form-urlencoded"];

/// Types to try.
pub(super) struct Samples {
    pub(super) types: Vec<String>,
    /// Whether the document says which types these are; else they stand for others too.
    pub(super) are_declared: bool,
}

impl Samples {
    /// Of uploads.
    pub(super) fn of_request(operation: &Operation<'_>, list: &List<'_>) -> Self {
        let declared = operation.request_types();
        // Who says that the body is JSON, and no more, means it; who names any type does not.
        let are_texts = !declared.is_empty() && declared.iter().all(|name| is_textual(name));
        if are_texts && operation.declares_body() {
            return Self { types: Vec::new(), are_declared: true };
        }
        // What a backend beside S3 is sent is not known, unless it is to be bytes.
        let is_known = operation.s3_uri().is_some() || operation.content_handling().is_some();
        Self::new(&declared, list, is_known)
    }

    /// Of objects, and of other answers.
    pub(super) fn of_response(operation: &Operation<'_>, list: &List<'_>) -> Self {
        let is_s3 = operation.s3_uri().is_some();
        let mut samples = Self::new(&operation.response_types(), list, is_s3);
        // What S3 says of the type is the object's, not the document's.
        let default = "binary/octet-stream".to_owned();
        if is_s3 && !samples.types.contains(&default) {
            samples.types.push(default);
        }
        samples
    }

    /// Exports declare application/json for whatever passes: who declares nothing else has declared nothing.
    fn new(declared: &[&str], list: &List<'_>, is_known: bool) -> Self {
        let is_told = |media_type: &&str| {
            media_type.contains('/') && !media_type.contains('*') && !is_textual(media_type)
        };
        let told: Vec<_> = declared.iter().copied().filter(is_told).map(str::to_owned).collect();
        if !told.is_empty() {
            return Self { types: unique(told), are_declared: true };
        }
        let stored = STORED.iter().map(|media_type| (*media_type).to_owned());
        let listed = listed(list).into_iter().filter(|media_type| !is_textual(media_type));
        let types = if is_known { unique(stored.chain(listed).collect()) } else { Vec::new() };
        Self { types, are_declared: false }
    }
}

/// Types that the list matches: one at least of every entry.
pub(super) fn listed(list: &List<'_>) -> Vec<String> {
    let of_entry = |entry: &&str| -> Vec<String> {
        let entry = entry.trim();
        let Some((kind, "*")) = entry.split_once('/') else { return vec![entry.to_owned()] };
        let is_of_kind = |known: &&&str| {
            kind == "*" || known.split('/').next().is_some_and(|of| of.eq_ignore_ascii_case(kind))
        };
        let known: Vec<_> =
            STORED.iter().chain(OF_KINDS).filter(is_of_kind).map(|known| (*known).to_owned()).collect();
        if known.is_empty() { vec![entry.to_owned()] } else { known }
    };
    unique(list.entries.iter().flat_map(of_entry).collect())
}

/// Accepts that differ in what they lead to: that of nobody, of browsers, of the templates, and of the list.
pub(super) fn accepts(templates: &[&str], list: &List<'_>) -> Vec<Option<String>> {
    let usual = ["application/json", "text/html", "*/*"];
    let written = usual.iter().chain(templates).map(|accept| (*accept).to_owned()).chain(listed(list));
    std::iter::once(None).chain(unique(written.collect()).into_iter().map(Some)).collect()
}

/// Whether a body of this type is text.
pub(super) fn is_textual(media_type: &str) -> bool {
    let essence = media_type.split(';').next().unwrap_or(media_type).trim().to_ascii_lowercase();
    essence.starts_with("text/")
        || essence.ends_with("+json")
        || essence.ends_with("+xml")
        || TEXTUAL.contains(&essence.as_str())
}

fn unique(types: Vec<String>) -> Vec<String> {
    let mut kept: Vec<String> = Vec::new();
    for media_type in types {
        if !kept.iter().any(|known| known.eq_ignore_ascii_case(&media_type)) {
            kept.push(media_type);
        }
    }
    kept
}
