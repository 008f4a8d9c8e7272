//! What the conversions of `aws` will do to bodies: by the gateway's own tables, for the types that the document declares,
//! else for those that people store.

use super::operation::{Entry, Operation, selected};
use super::surprise::Surprise;
use super::target::{Level, Target, Values};
use super::{List, Surprises};
use crate::api::integration::ContentHandling;
use crate::api::media_type::{Form, Listed};
use crate::gateway::Compatibility;
use crate::gateway::content::Conversion;

/// What people store; `binary/octet-stream` is S3's own default.
const STORED: &[&str] =
    &["image/jpeg", "image/png", "application/pdf", "application/zip", "binary/octet-stream"];

/// What S3 lists buckets and keys as.
const LISTING: &str = "application/xml";

/// What stands for text.
const TEXTUAL: &[&str] =
    &["application/json", "application/xml", "application/javascript", "application/x-www-form-urlencoded"];

pub(super) fn find(operation: &Operation<'_>, list: &List<'_>, surprises: &mut Surprises<'_>) {
    let Some(uri) = operation.s3_uri() else { return };
    let level = Target::of(operation, &uri, &Values { operation: Some(operation), settings: None }).level;
    find_templates_over_bytes(operation, list, surprises);
    if level == Level::Object && operation.uploads() {
        find_in_request(operation, list, surprises);
    }
    let responses = operation.responses();
    if let Some(entry) = selected(&responses, 200).filter(|_| operation.reads()) {
        find_in_response(operation, level, entry, list, surprises);
    }
}

fn find_templates_over_bytes(operation: &Operation<'_>, list: &List<'_>, surprises: &mut Surprises<'_>) {
    let handling = operation.content_handling();
    for (media_type, pointer) in operation.request_templates() {
        let conversion = Conversion::of_request(list.binary.lists(Some(media_type)), handling);
        if media_type != "$default" && !conversion.gives_text() {
            let message =
                format!("{}: the request template for {media_type} meets bytes: 500", operation.name);
            surprises.add(Surprise::TemplateMeetsBytes, pointer, message);
        }
    }
}

fn find_in_request(operation: &Operation<'_>, list: &List<'_>, surprises: &mut Surprises<'_>) {
    let handling = operation.content_handling();
    let conversion = |media_type: &str| Conversion::of_request(list.binary.lists(Some(media_type)), handling);
    let declared = operation.request_types();
    let has_template = |media_type: &&str| {
        operation.request_templates().iter().any(|(key, _)| key.eq_ignore_ascii_case(media_type))
    };
    let types: Vec<&str> =
        or_stored(&declared).into_iter().filter(|media_type| !has_template(media_type)).collect();
    let becoming = |wanted: Conversion| -> Vec<&str> {
        types.iter().copied().filter(|media_type| conversion(media_type) == wanted).collect()
    };
    let place = || match operation.integration.contains_key("contentHandling") {
        true => format!("{}/contentHandling", operation.integration_pointer()),
        false => operation.integration_pointer(),
    };
    let corrupted: Vec<_> = becoming(Conversion::Text).into_iter().filter(|text| !is_textual(text)).collect();
    if !corrupted.is_empty() {
        let message = format!(
            "{}: bytes of {} are stored with U+FFFD in them",
            operation.name,
            and_more(&corrupted, &declared)
        );
        surprises.add(Surprise::UploadCorrupted, place(), message);
    }
    let decoded = becoming(Conversion::Base64Decode);
    let decoded: Vec<_> = decoded.into_iter().filter(|media_type| !is_textual(media_type)).collect();
    if !decoded.is_empty() {
        let message = format!(
            "{}: bytes of {} are refused: they have to be base64",
            operation.name,
            and_more(&decoded, &declared)
        );
        surprises.add(Surprise::UploadMustBeBase64, place(), message);
    }
    let encoded = becoming(Conversion::Base64Encode);
    if !encoded.is_empty() {
        let message = format!("{}: bytes of {} are stored as base64", operation.name, encoded.join(", "));
        surprises.add(Surprise::UploadKeptAsBase64, place(), message);
    }
    if handling == Some(ContentHandling::ConvertToBinary) && !list.entries.is_empty() {
        let message = format!(
            "{}: base64 that is sent as one of {} is stored as base64",
            operation.name,
            list.entries.join(", ")
        );
        surprises.add(Surprise::UploadKeptAsBase64, place(), message);
    }
    let json = conversion("application/json") == Conversion::Base64Decode;
    if json && !operation.sends_header("content-type") {
        let message = format!(
            "{}: base64 that is sent as application/json is stored as application/json",
            operation.name
        );
        surprises.add(Surprise::StoredAsJson, place(), message);
    }
}

fn find_in_response(
    operation: &Operation<'_>,
    level: Level,
    entry: &Entry<'_>,
    list: &List<'_>,
    surprises: &mut Surprises<'_>,
) {
    let handling = entry.content_handling();
    let declared = operation.response_types();
    // What S3 says of the type is the object's, not the document's.
    let mut types = or_stored(&declared);
    if !types.contains(&"binary/octet-stream") {
        types.push("binary/octet-stream");
    }
    types.retain(|media_type| !is_textual(media_type));
    if level != Level::Object {
        types = vec![LISTING];
    }
    let what = if level == Level::Object { "objects" } else { "listings" };
    let conversion = |media_type: &str, form: Form| {
        Conversion::of_response(list.binary.lists(Some(media_type)), form, handling, Compatibility::Aws)
    };
    // Without a list no Accept is binary; with `*/*` no other is there.
    let text = (!list.has_everything()).then_some(Form::Text);
    let binary = (!list.entries.is_empty()).then_some(Form::Binary);
    let becoming = |form: Option<Form>, wanted: Conversion| -> Vec<&str> {
        let Some(form) = form else { return Vec::new() };
        types.iter().copied().filter(|media_type| conversion(media_type, form) == wanted).collect()
    };
    let corrupted = match becoming(text, Conversion::Text) {
        none if none.is_empty() => becoming(binary, Conversion::Text),
        some => some,
    };
    if !corrupted.is_empty() && level == Level::Object {
        let message = format!(
            "{}: {what} of {} are answered with U+FFFD in them",
            operation.name,
            and_more(&corrupted, &declared)
        );
        surprises.add(Surprise::DownloadCorrupted, entry.pointer.clone(), message);
    }
    let decoded = becoming(binary.or(text), Conversion::Base64Decode);
    if !decoded.is_empty() && entry.templates().is_empty() {
        let accept = match handling {
            None => format!(" with an Accept of {}", list.entries.join(", ")),
            Some(_) => String::new(),
        };
        let types = if level == Level::Object { and_more(&decoded, &declared) } else { LISTING.to_owned() };
        let message =
            format!("{}: {what} of {types} are a 500{accept}, unless they hold base64", operation.name);
        surprises.add(Surprise::BinaryAcceptFails, entry.pointer.clone(), message);
    }
    if let Some((media_type, pointer)) = entry.templates().first() {
        let forms = [text, binary];
        let meets = |media_type: &&str| {
            forms.iter().flatten().any(|form| !conversion(media_type, *form).gives_text())
        };
        let mut met: Vec<&str> = types.iter().copied().filter(meets).collect();
        met.extend(
            list.entries
                .iter()
                .copied()
                .filter(|entry| meets(entry) && !met.contains(entry))
                .collect::<Vec<_>>(),
        );
        if !met.is_empty() {
            let accept = if handling.is_none() { " with a binary Accept" } else { "" };
            let message = format!(
                "{}: the response template for {media_type} meets bytes{accept}, for {what} of {}: 500",
                operation.name,
                met.join(", ")
            );
            surprises.add(Surprise::TemplateMeetsBytes, pointer.clone(), message);
        }
    }
    let negotiates = handling.is_none() && !list.entries.is_empty() && !list.has_everything();
    if negotiates && list.binary.lists(Some("text/html")) == Listed::No {
        let message = format!(
            "{}: an Accept that does not begin with one of {} (browsers, curl) is answered with base64",
            operation.name,
            list.entries.join(", ")
        );
        surprises.add(Surprise::FirstAcceptCounts, entry.pointer.clone(), message);
    }
}

fn or_stored<'d>(declared: &[&'d str]) -> Vec<&'d str> {
    if declared.is_empty() { STORED.to_vec() } else { declared.to_vec() }
}

/// The types, and that they are not all, where the document declares none.
fn and_more(types: &[&str], declared: &[&str]) -> String {
    let listed = types.join(", ");
    if declared.is_empty() { format!("types that are not listed ({listed}, …)") } else { listed }
}

pub(super) fn is_textual(media_type: &str) -> bool {
    let essence = media_type.split(';').next().unwrap_or(media_type).trim().to_ascii_lowercase();
    essence.starts_with("text/")
        || essence.ends_with("+json")
        || essence.ends_with("+xml")
        || TEXTUAL.contains(&essence.as_str())
}
