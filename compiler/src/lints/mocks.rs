//! Mocks that answer nothing but errors: what their templates say where no request has a part in it.

use super::fate::{self, Fate};
use super::operation::{Operation, selected};
use super::responses::{responses_pointer, takes_anything};
use super::surprise::Surprise;
use super::{List, Surprises};
use crate::api::integration::ContentHandling;
use crate::gateway::mock;
use crate::template::{Dialect, Template};

pub(super) fn find(operation: &Operation<'_>, list: &List<'_>, surprises: &mut Surprises<'_>) {
    find_bytes(operation, list, surprises);
    find_statuses(operation, surprises);
    find_without_template(operation, surprises);
}

/// With `*/*`, what a template of a mock meets is bytes, unless it is converted.
fn find_bytes(operation: &Operation<'_>, list: &List<'_>, surprises: &mut Surprises<'_>) {
    if !list.has_everything() {
        return;
    }
    let templates = operation.request_templates();
    if !templates.is_empty() && operation.content_handling() != Some(ContentHandling::ConvertToText) {
        let keys: Vec<_> = templates.iter().map(|(key, _)| *key).collect();
        // What has no template may pass, and name its response itself.
        let preflights = match fate::of_request(operation, list, None) {
            Fate::TemplateFails => ", as one without a Content-Type does,",
            _ => "",
        };
        let message = format!(
            "{}: every request that meets the mock's request template for {}{preflights} is a 500",
            operation.name,
            keys.join(", ")
        );
        surprises.add(Surprise::MockFails, operation.integration_pointer(), message);
    }
    for entry in operation.responses() {
        let converts = entry.content_handling() == Some(ContentHandling::ConvertToText);
        if !converts && !entry.templates().is_empty() {
            let message =
                format!("{}: this response of the mock is a 500, as it has a template", operation.name);
            surprises.add(Surprise::MockFails, entry.pointer, message);
        }
    }
}

fn find_statuses(operation: &Operation<'_>, surprises: &mut Surprises<'_>) {
    let responses = operation.responses();
    let is_readable = responses.iter().all(|entry| entry.selection.is_some());
    let is_told = is_readable && takes_anything(operation, &responses);
    for (key, pointer) in operation.request_templates() {
        let Some(status) = status(operation, key) else { continue };
        let name = &operation.name;
        match status {
            None => {
                let message =
                    format!("{name}: a 500, as the request template for {key} gives no integer `statusCode`");
                surprises.add(Surprise::MockWithoutStatus, pointer, message);
            }
            // No pattern matches 999.
            Some(status)
                if is_told
                    && selected(&responses, status.as_http().map_or(999, |status| status.as_u16()))
                        .is_none() =>
            {
                let message = format!(
                    "{name}: a 500, as no entry takes the {status} that the request template for {key} gives"
                );
                surprises.add(Surprise::StatusNotTaken, responses_pointer(operation), message);
            }
            Some(_) => {}
        }
    }
}

/// What the template for a type gives, where that is the same for every request.
fn status(operation: &Operation<'_>, media_type: &str) -> Option<Option<mock::MockStatus>> {
    let text = operation.integration.get("requestTemplates")?.get(media_type)?.as_str()?;
    let template = Template::parse(text, Dialect::Integration).ok()?;
    Some(mock::status(template.constant()?.as_bytes()).ok())
}

/// What comes without a Content-Type, as preflights do, is application/json to templates.
fn find_without_template(operation: &Operation<'_>, surprises: &mut Surprises<'_>) {
    let templates = operation.integration.get("requestTemplates");
    if templates.is_some_and(|templates| !templates.is_object() && !templates.is_null()) {
        return;
    }
    let written = templates.and_then(|templates| templates.as_object());
    let has = |wanted: &str| {
        let entry =
            written.and_then(|written| written.iter().find(|(key, _)| key.eq_ignore_ascii_case(wanted)));
        entry.map(|(_, text)| text.as_str().is_some_and(|text| !text.is_empty()))
    };
    let (which, is_refused) = match has("application/json").or_else(|| has("$default")) {
        Some(true) => return,
        Some(false) => ("a request without a Content-Type", false),
        None => {
            let is_empty = written.is_none_or(|written| written.is_empty());
            let passthrough = operation.text("passthroughBehavior").unwrap_or_default().to_ascii_uppercase();
            let is_refused = match passthrough.as_str() {
                "NEVER" => true,
                "WHEN_NO_TEMPLATES" => !is_empty,
                _ => false,
            };
            let which = if is_empty { "every request" } else { "a request without a Content-Type" };
            (which, is_refused)
        }
    };
    let status = if is_refused { 415 } else { 500 };
    // What passes may have a statusCode of its own.
    let sends = !matches!(operation.verb.to_string().as_str(), "GET" | "HEAD" | "OPTIONS");
    let unless = match sends && !is_refused {
        true => ", unless its body is JSON with a `statusCode`",
        false => "",
    };
    let message =
        format!("{}: {which} is a {status}, as there is no request template for it{unless}", operation.name);
    surprises.add(Surprise::MockWithoutStatus, operation.integration_pointer(), message);
}
