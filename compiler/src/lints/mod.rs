//! The checker: what a document will do, told before it is deployed.
//!
//! Inside: everything that cannot run, with its line ([`finding`]); everything that surprises people, by the gateway's own
//! rules ([`surprise`]); what would happen to one request, by the gateway itself ([`explain`]); and the rights that the
//! document needs ([`policy`]). Not inside: serving, and reading files other than the document. For the host only.

mod arguments;
mod bodies;
pub mod command;
pub mod explain;
mod fate;
pub mod finding;
pub mod look;
mod mocks;
mod operation;
pub mod place;
pub mod policy;
pub mod report;
mod requests;
mod responses;
mod rights;
mod samples;
pub mod source;
pub mod supposed;
pub mod surprise;
mod target;
mod unread;
mod variables;
pub mod yaml;

use std::collections::HashSet;

use serde_json::Value;

use self::finding::Finding;
use self::operation::operations;
use self::place::Places;
use self::source::Source;
use self::supposed::Variable;
use self::surprise::Surprise;
use crate::api::Api;
use crate::api::integration::match_statuses;
use crate::api::media_type::BinaryMediaTypes;
use crate::gateway::{Gateway, Settings};

/// Everything that there is to say about a document, in the order of its text.
///
/// # Errors
/// Variables of the shell that are malformed.
pub fn check(source: &Source, variable: &Variable<'_>) -> Result<Vec<Finding>, Vec<String>> {
    if let Some(finding) = template(source) {
        return Ok(vec![finding]);
    }
    let mut findings = errors(source, variable)?;
    let mut surprises = Surprises { findings: Vec::new(), places: &source.places };
    // What of them is malformed has been told, where the document is any good.
    let settings = supposed::settings(None, variable).ok();
    find_surprises(&source.document, settings.as_ref(), &mut surprises);
    let repeated = &source.places.repeated;
    let known: HashSet<&str> = repeated.iter().map(|(pointer, _)| pointer.as_str()).collect();
    for (pointer, place) in repeated {
        let mut outer = pointer.match_indices('/').filter_map(|(at, _)| pointer.get(..at));
        if outer.any(|outer| known.contains(outer)) {
            continue;
        }
        let key = pointer.rsplit('/').next().unwrap_or_default().replace("~1", "/").replace("~0", "~");
        surprises.add(Surprise::KeyTwice, pointer.clone(), format!("`{key}` stands here a second time"));
        if let Some(finding) = surprises.findings.last_mut() {
            (finding.line, finding.column) = (place.line, place.column);
        }
    }
    findings.append(&mut surprises.findings);
    findings.sort_by_key(|finding| (finding.line, finding.column, finding.severity));
    Ok(findings)
}

/// A template of CloudFormation or SAM, which has the document in it, or the name of its file.
fn template(source: &Source) -> Option<Finding> {
    let has = |key: &str| source.document.get(key).is_some();
    if has("openapi") || has("swagger") || has("paths") {
        return None;
    }
    let key = ["AWSTemplateFormatVersion", "Resources"].into_iter().find(|key| has(key))?;
    Some(Finding::template(format!("/{key}"), &source.places))
}

fn errors(source: &Source, variable: &Variable<'_>) -> Result<Vec<Finding>, Vec<String>> {
    let api = match Api::from_openapi(source.document.to_string().as_bytes(), &match_statuses) {
        Ok(api) => api,
        Err(errors) => return Ok(errors.iter().map(|error| Finding::error(error, &source.places)).collect()),
    };
    let settings = supposed::settings(Some(&api), variable)?;
    let errors = Gateway::new(api, settings).err().unwrap_or_default();
    Ok(errors.iter().map(|error| Finding::undeployable(error.to_string())).collect())
}

/// The surprises found so far.
struct Surprises<'s> {
    findings: Vec<Finding>,
    places: &'s Places,
}

impl Surprises<'_> {
    fn add(&mut self, surprise: Surprise, pointer: String, message: String) {
        self.add_with_types(surprise, pointer, message, Vec::new());
    }

    /// One that some types of bodies meet.
    fn add_with_types(&mut self, surprise: Surprise, pointer: String, message: String, types: Vec<String>) {
        let finding = Finding::warning(surprise, pointer, message, self.places);
        self.findings.push(Finding { media_types: types, ..finding });
    }
}

fn find_surprises(document: &Value, settings: Option<&Settings>, surprises: &mut Surprises<'_>) {
    const LIST: &str = "x-amazon-apigateway-binary-media-types";
    let list = document.get(LIST).and_then(Value::as_array);
    let entries: Vec<&str> = list.into_iter().flatten().filter_map(Value::as_str).collect();
    for (index, entry) in entries.iter().enumerate() {
        if never_matches(entry) {
            let message = format!("`{entry}` matches no Content-Type and no Accept");
            surprises.add(Surprise::MediaTypeNeverMatches, format!("/{LIST}/{index}"), message);
        }
    }
    let entries: Vec<&str> = entries.into_iter().filter(|entry| !never_matches(entry)).collect();
    let list = List { binary: BinaryMediaTypes::from_entries(entries.iter().copied()), entries, settings };
    for operation in &operations(document) {
        requests::find(operation, &list, surprises);
        responses::find(operation, surprises);
        bodies::find(operation, &list, surprises);
        variables::find(operation, surprises);
    }
    variables::find_in_gateway_responses(document, surprises);
}

/// The document's binary media types, as they match and as they are written; and what is known of the deployment.
struct List<'d> {
    binary: BinaryMediaTypes,
    entries: Vec<&'d str>,
    settings: Option<&'d Settings>,
}

impl List<'_> {
    fn has_everything(&self) -> bool {
        self.entries.iter().any(|entry| entry.trim() == "*/*")
    }
}

fn never_matches(entry: &str) -> bool {
    let Some((kind, subtype)) = entry.trim().split_once('/') else { return true };
    let is_wrong = |part: &str| part.is_empty() || part.contains([';', ',', '/', ' ']);
    let has_wildcard = kind.contains('*') || subtype.contains('*');
    let is_wildcard = subtype == "*" && (kind == "*" || !kind.contains('*'));
    is_wrong(kind) || is_wrong(subtype) || (has_wildcard && !is_wildcard)
}
