//! Surprises on the way back: which entry takes an answer of S3, what becomes of its status, and of its headers.

use std::collections::HashMap;
use std::ops::RangeInclusive;

use serde_json::Value;

use super::Surprises;
use super::operation::{Entry, Operation, selected};
use super::samples::is_textual;
use super::surprise::Surprise;
use crate::api::integration::{SelectionPattern, StatusSet};
use crate::api::integration_uri::IntegrationUri;
use crate::gateway::header_rules::{DROPPED, REMAPPED};

/// Headers of a request that S3 answers with 206 or 304.
const ASKS_FOR_A_PART: &[&str] = &["range", "if-range"];
const ASKS_UNDER_A_CONDITION: &[&str] = &["if-none-match", "if-modified-since"];

pub(super) fn find(operation: &Operation<'_>, surprises: &mut Surprises<'_>) {
    let responses = operation.responses();
    find_patterns(operation, &responses, surprises);
    find_renamed(operation, &responses, surprises);
    let is_http = operation.is_of_type("http");
    let asks_somebody = operation.s3_uri().is_some() || is_http;
    if !asks_somebody && !operation.is_of_type("mock") {
        return;
    }
    if !takes_anything(operation, &responses) {
        let message = format!("{}: every answer is a 500, as no entry takes any", operation.name);
        surprises.add(Surprise::StatusNotTaken, responses_pointer(operation), message);
        return;
    }
    if !asks_somebody {
        return;
    }
    find_successes(operation, &responses, surprises);
    find_errors(operation, &responses, surprises);
    find_hidden(operation, &responses, surprises);
    // What a backend beside S3 answers is as often JSON as not, unless the document says so.
    let is_json = is_http && !operation.response_types().iter().any(|name| !is_textual(name));
    let success = selected(&responses, 200).filter(|_| operation.reads() || operation.heads());
    let is_mapped = |entry: &&Entry<'_>| entry.maps_header("content-type") || entry.always_makes_json();
    if let Some(entry) = success.filter(|entry| !is_json && !is_mapped(entry)) {
        let message = format!("{}: every answer is application/json under `aws`", operation.name);
        surprises.add(Surprise::ContentTypeNotMapped, entry.pointer.clone(), message);
    }
}

pub(super) fn responses_pointer(operation: &Operation<'_>) -> String {
    format!("{}/responses", operation.integration_pointer())
}

/// Whether any status has an entry; a pattern, or a list, that cannot be read might have one.
pub(super) fn takes_anything(operation: &Operation<'_>, responses: &[Entry<'_>]) -> bool {
    let is_readable = operation.integration.get("responses").is_none_or(Value::is_object);
    let takes_any = |entry: &Entry<'_>| match &entry.selection {
        Some(SelectionPattern::Statuses(statuses)) => !statuses.is_empty(),
        Some(SelectionPattern::Default) | None => true,
    };
    !is_readable || responses.iter().any(takes_any)
}

/// What a method is answered where nothing is wrong: any of these.
fn successes(method: &str, uri: Option<&IntegrationUri>) -> RangeInclusive<u16> {
    match (method, uri) {
        ("GET" | "HEAD", Some(_)) => 200..=200,
        ("DELETE", Some(_)) => 204..=204,
        // An object; what is put of it, or of a bucket, is a 204 too.
        ("PUT", Some(uri)) if uri.query.is_empty() => 200..=200,
        _ => 200..=299,
    }
}

fn find_successes(operation: &Operation<'_>, responses: &[Entry<'_>], surprises: &mut Surprises<'_>) {
    if responses.iter().any(|entry| entry.selection.is_none()) {
        return;
    }
    let (uri, methods) = (operation.s3_uri(), operation.methods());
    let mut failing: Vec<(RangeInclusive<u16>, Vec<&str>)> = Vec::new();
    for method in &methods {
        let usual = successes(method, uri.as_ref());
        if usual.clone().any(|status| selected(responses, status).is_some()) {
            continue;
        }
        match failing.iter_mut().find(|(known, _)| *known == usual) {
            Some((_, known)) => known.push(method),
            None => failing.push((usual, vec![method])),
        }
    }
    let whose = whose(operation);
    for (usual, of) in failing {
        let of = if of.len() == methods.len() { String::new() } else { format!(" of {}", of.join(", ")) };
        let status = if usual.start() == usual.end() { usual.start().to_string() } else { "2xx".to_owned() };
        let message =
            format!("{}: every success{of} is a 500, as no entry takes {whose} {status}", operation.name);
        surprises.add(Surprise::StatusNotTaken, responses_pointer(operation), message);
    }
}

fn whose(operation: &Operation<'_>) -> &'static str {
    if operation.s3_uri().is_some() { "S3's" } else { "the backend's" }
}

fn find_errors(operation: &Operation<'_>, responses: &[Entry<'_>], surprises: &mut Surprises<'_>) {
    let is_success = |entry: &Entry<'_>| entry.status.is_some_and(|status| (200..300).contains(&status));
    let whose = whose(operation);
    let mut told: Vec<(u16, &Entry<'_>)> = Vec::new();
    for status in [404, 403] {
        match selected(responses, status) {
            Some(entry) if is_success(entry) => told.push((status, entry)),
            Some(_) => {}
            None => {
                let message = format!("{}: {whose} {status} is a 500, as no entry takes it", operation.name);
                surprises.add(Surprise::StatusNotTaken, responses_pointer(operation), message);
                break;
            }
        }
    }
    let Some((_, entry)) = told.first() else { return };
    let statuses: Vec<_> = told.iter().map(|(status, _)| status.to_string()).collect();
    let are = if statuses.len() == 1 { "is" } else { "are" };
    let has_body = operation.methods().iter().any(|method| method != "HEAD");
    let body = match (operation.s3_uri().is_some(), has_body) {
        (_, false) => "",
        (true, true) => ", with S3's XML for a body",
        (false, true) => ", with the error for a body",
    };
    let message = format!(
        "{}: {whose} {} {are} answered as {}{body}",
        operation.name,
        statuses.join(" and "),
        entry.status.unwrap_or_default()
    );
    surprises.add(Surprise::ErrorAnsweredAsSuccess, entry.pointer.clone(), message);
}

fn find_hidden(operation: &Operation<'_>, responses: &[Entry<'_>], surprises: &mut Surprises<'_>) {
    for (asking, status) in [(ASKS_FOR_A_PART, 206), (ASKS_UNDER_A_CONDITION, 304)] {
        let asked: Vec<_> = asking.iter().copied().filter(|name| operation.sends_header(name)).collect();
        let Some(name) = asked.first().filter(|_| operation.reads() || operation.heads()) else { continue };
        let to = if operation.s3_uri().is_some() { "S3" } else { "the backend" };
        let Some(entry) = selected(responses, status) else {
            let message = format!(
                "{}: {name} is sent to {to}, and its {status} is a 500, as no entry takes it",
                operation.name
            );
            surprises.add(Surprise::StatusNotTaken, responses_pointer(operation), message);
            continue;
        };
        let Some(told) = entry.status.filter(|told| *told != status) else { continue };
        let message =
            format!("{}: {name} is sent to {to}, and its {status} is answered as {told}", operation.name);
        surprises.add(Surprise::PartialContentHidden, entry.pointer.clone(), message);
    }
}

fn find_patterns(operation: &Operation<'_>, responses: &[Entry<'_>], surprises: &mut Surprises<'_>) {
    let mut known: HashMap<u16, &str> = HashMap::new();
    // What those before an entry take, and which of them takes what.
    let (mut taken, mut before): (_, Vec<(&str, &StatusSet)>) = (StatusSet::default(), Vec::new());
    for entry in responses {
        let told = entry.status.map(|status| (status, *known.entry(status).or_insert(entry.pattern)));
        if let Some((status, other)) = told.filter(|(_, other)| *other != entry.pattern) {
            let message = format!(
                "{}: `{other}` and `{}` have one statusCode, {status}",
                operation.name, entry.pattern
            );
            surprises.add(Surprise::StatusTwice, entry.pointer.clone(), message);
        }
        let Some(SelectionPattern::Statuses(statuses)) = &entry.selection else { continue };
        if statuses.is_empty() {
            let message = format!("{}: `{}` matches no status", operation.name, entry.pattern);
            surprises.add(Surprise::PatternMatchesNothing, entry.pointer.clone(), message);
            continue;
        }
        if let Some((other, _)) = before.iter().find(|(_, other)| statuses.meets(other)) {
            let message = if statuses.is_within(&taken) {
                format!("{}: `{}` is never taken: `{other}` comes first", operation.name, entry.pattern)
            } else {
                format!("{}: `{}` also matches what `{other}` does", operation.name, entry.pattern)
            };
            surprises.add(Surprise::PatternShadowed, entry.pointer.clone(), message);
        }
        taken.extend(statuses);
        before.push((entry.pattern, statuses));
    }
}

fn find_renamed(operation: &Operation<'_>, responses: &[Entry<'_>], surprises: &mut Surprises<'_>) {
    for mapping in responses.iter().flat_map(Entry::mappings) {
        let Some(name) = mapping.target.strip_prefix("method.response.header.") else { continue };
        if REMAPPED.iter().chain(DROPPED).any(|renamed| renamed.eq_ignore_ascii_case(name)) {
            let message =
                format!("{}: the header {name} does not reach the client by this name", operation.name);
            surprises.add(Surprise::HeaderRenamed, mapping.pointer, message);
        }
    }
}
