//! What `aws` will do to bodies: for every type that may come, by what becomes of it (`fate`).

use super::fate::{self, Fate};
use super::operation::{Entry, Operation, selected};
use super::rights::is_subresource;
use super::samples::{Samples, accepts, is_textual, listed};
use super::surprise::Surprise;
use super::target::{Level, Target, Values};
use super::{List, Surprises};
use crate::api::integration::ContentHandling;
use crate::api::media_type::Listed;

/// What S3 lists buckets and keys as.
const LISTING: &str = "application/xml";

pub(super) fn find(operation: &Operation<'_>, list: &List<'_>, surprises: &mut Surprises<'_>) {
    let is_http = operation.is_of_type("http");
    if operation.s3_uri().is_none() && !is_http {
        return;
    }
    find_templates_over_bytes(operation, list, surprises);
    let is_content = is_http || is_object(operation, list);
    if is_content && operation.uploads() {
        find_in_request(operation, list, surprises);
    }
    let responses = operation.responses();
    let Some(entry) = selected(&responses, 200) else { return };
    let response = Response { operation, entry, list };
    if operation.reads() {
        let listing = Samples { types: vec![LISTING.to_owned()], are_declared: true };
        match is_content {
            true => response.find(&Samples::of_response(operation, list), is_http, surprises),
            false => response.find_of_listing(&listing, surprises),
        }
        response.find_errors(&responses, surprises);
        response.find_failing_errors(&responses, surprises);
    } else {
        // What answers a PUT has no type, and no body but that of the template.
        response.find_failing_template(&[None], "answers without a type", surprises);
        response.find_failing_errors(&responses, surprises);
    }
}

/// Whether S3 is asked for an object, and not for something of it.
fn is_object(operation: &Operation<'_>, list: &List<'_>) -> bool {
    let Some(uri) = operation.s3_uri() else { return false };
    let values = Values { operation: Some(operation), settings: list.settings };
    let level = Target::of(operation, &uri, &values).level;
    level == Level::Object && !uri.query.iter().any(|(name, _)| is_subresource(&values.text(name), level))
}

fn find_templates_over_bytes(operation: &Operation<'_>, list: &List<'_>, surprises: &mut Surprises<'_>) {
    let templates = operation.request_templates();
    let fails = |name: &str| fate::of_request(operation, list, Some(name)) == Fate::TemplateFails;
    let has_own = |name: &str| templates.iter().any(|(key, _)| key.eq_ignore_ascii_case(name));
    for (key, pointer) in &templates {
        let types = match *key {
            "$default" => {
                let tried = Samples::of_request(operation, list).types.into_iter();
                tried.filter(|name| !has_own(name) && fails(name)).collect()
            }
            key if key.contains('/') && fails(key) => vec![key.to_owned()],
            _ => Vec::new(),
        };
        if !types.is_empty() {
            let whose = if *key == "$default" { format!(", of {}", types.join(", ")) } else { String::new() };
            let message =
                format!("{}: the request template for {key} meets bytes{whose}: 500", operation.name);
            surprises.add_with_types(Surprise::TemplateMeetsBytes, pointer.clone(), message, types);
        }
    }
}

fn find_in_request(operation: &Operation<'_>, list: &List<'_>, surprises: &mut Surprises<'_>) {
    let samples = Samples::of_request(operation, list);
    let of = |wanted: Fate| -> Vec<String> {
        let is_it = |name: &&String| fate::of_request(operation, list, Some(name)) == wanted;
        samples.types.iter().filter(is_it).cloned().collect()
    };
    let pointer = || match operation.says("contentHandling") {
        true => format!("{}/contentHandling", operation.integration_pointer()),
        false => operation.integration_pointer(),
    };
    let stored = if operation.s3_uri().is_some() { "stored" } else { "sent on" };
    let mut told = |surprise, types: Vec<String>, what: &dyn Fn(&str) -> String| {
        if !types.is_empty() {
            let message = format!("{}: {}", operation.name, what(&and_more(&types, &samples, list)));
            surprises.add_with_types(surprise, pointer(), message, types);
        }
    };
    told(Surprise::UploadCorrupted, of(Fate::Corrupted), &|types| {
        format!("bytes of {types} are {stored} with U+FFFD in them")
    });
    // Text that has to be base64 fails too; application/json is what people name base64 with.
    let mut decoded = of(Fate::Decoded);
    let texts = operation.request_types().into_iter();
    decoded.extend(
        texts
            .filter(|name| is_textual(name) && *name != "application/json" && samples.are_declared)
            .filter(|name| fate::of_request(operation, list, Some(name)) == Fate::Decoded)
            .map(str::to_owned),
    );
    told(Surprise::UploadMustBeBase64, decoded, &|types| {
        format!("bytes of {types} are refused: they have to be base64")
    });
    told(Surprise::UploadKeptAsBase64, of(Fate::Encoded), &|types| {
        format!("bytes of {types} are {stored} as base64")
    });
    let passes = |name: &String| fate::of_request(operation, list, Some(name)) == Fate::Fine;
    let to_binary = operation.content_handling() == Some(ContentHandling::ConvertToBinary);
    if to_binary && listed(list).iter().any(passes) {
        let types = if list.has_everything() { "any type".to_owned() } else { one_of(list) };
        let message = format!("{}: base64 that is sent as {types} is {stored} as base64", operation.name);
        surprises.add(Surprise::UploadKeptAsBase64, pointer(), message);
    }
    let json = fate::of_request(operation, list, Some("application/json")) == Fate::Decoded;
    if json && !operation.sends_header("content-type") && operation.s3_uri().is_some() {
        let message = format!(
            "{}: base64 that is sent as application/json is stored as application/json",
            operation.name
        );
        surprises.add(Surprise::StoredAsJson, pointer(), message);
    }
}

/// The entry that takes a success.
struct Response<'r, 'd> {
    operation: &'r Operation<'d>,
    entry: &'r Entry<'d>,
    list: &'r List<'d>,
}

/// What becomes of types, and whether that is so with Accepts that are listed, and with others.
struct Found {
    types: Vec<String>,
    with_listed: bool,
    with_others: bool,
    /// The template that applies.
    template: Option<String>,
}

impl Found {
    /// With which Accepts, where it is not with all of them.
    fn accept(&self, list: &List<'_>) -> String {
        match (self.with_listed, self.with_others) {
            (true, false) if list.has_everything() => String::new(),
            (true, false) => format!(" with an Accept of {}", list.entries.join(", ")),
            (false, true) if !list.entries.is_empty() => ", unless the Accept is listed".to_owned(),
            _ => String::new(),
        }
    }
}

impl Response<'_, '_> {
    fn find(&self, samples: &Samples, is_http: bool, surprises: &mut Surprises<'_>) {
        let types: Vec<_> = samples.types.iter().map(|name| Some(name.as_str())).collect();
        let what = if is_http { "bodies" } else { "objects" };
        let corrupted = self.with(Fate::Corrupted, &types);
        self.tell(
            surprises,
            Surprise::DownloadCorrupted,
            &corrupted,
            &|types, accept| format!("{what} of {types} are answered with U+FFFD in them{accept}"),
            samples,
        );
        let decoded = self.with(Fate::Decoded, &types);
        self.tell(
            surprises,
            Surprise::BinaryAcceptFails,
            &decoded,
            &|types, accept| format!("{what} of {types} are a 500{accept}, unless they hold base64"),
            samples,
        );
        let failing: Vec<String> = self.with(Fate::TemplateFails, &types).types;
        let failing: Vec<_> = failing.iter().map(|name| Some(name.as_str())).collect();
        if !failing.is_empty() {
            let named: Vec<String> = failing.iter().flatten().map(|name| (*name).to_owned()).collect();
            self.find_failing_template(
                &failing,
                &format!("{what} of {}", and_more(&named, samples, self.list)),
                surprises,
            );
        }
        self.find_first_accept(&types, surprises);
    }

    fn find_of_listing(&self, samples: &Samples, surprises: &mut Surprises<'_>) {
        let types = [Some(LISTING)];
        let decoded = self.with(Fate::Decoded, &types);
        self.tell(
            surprises,
            Surprise::BinaryAcceptFails,
            &decoded,
            &|types, accept| format!("S3's answer, which is {types}, is a 500{accept}"),
            samples,
        );
        self.find_failing_template(&types, "S3's answer, which is application/xml", surprises);
        self.find_first_accept(&types, surprises);
    }

    fn find_failing_template(&self, types: &[Option<&str>], what: &str, surprises: &mut Surprises<'_>) {
        let failing = self.with(Fate::TemplateFails, types);
        let Some(template) = &failing.template else { return };
        let escaped = super::place::escaped(template);
        let message = format!(
            "{}: the response template for {template} meets bytes{}, for {what}: 500",
            self.operation.name,
            failing.accept(self.list)
        );
        let pointer = format!("{}/responseTemplates/{escaped}", self.entry.pointer);
        surprises.add_with_types(Surprise::TemplateMeetsBytes, pointer, message, failing.types);
    }

    /// S3's account of an error is text: with a binary Accept it is decoded too.
    fn find_errors(&self, responses: &[Entry<'_>], surprises: &mut Surprises<'_>) {
        let Some(entry) = selected(responses, 404).filter(|_| self.operation.s3_uri().is_some()) else {
            return;
        };
        let response = Response { entry, ..*self };
        let decoded = response.with(Fate::Decoded, &[Some(LISTING)]);
        let is_another = entry.status.is_some_and(|status| status != 500);
        if is_another && !decoded.types.is_empty() {
            let message =
                format!("{}: S3's 404 is a bare 500{}", self.operation.name, decoded.accept(self.list));
            surprises.add(Surprise::ErrorFails, entry.pointer.clone(), message);
        }
    }

    /// A template over an error, where another entry takes successes: it is the form of the answer that is decisive,
    /// whatever the error says.
    fn find_failing_errors(&self, responses: &[Entry<'_>], surprises: &mut Surprises<'_>) {
        let whose = if self.operation.s3_uri().is_some() { "S3's" } else { "the backend's" };
        let mut told = vec![self.entry.pattern];
        for status in [404, 403] {
            let Some(entry) = selected(responses, status) else { continue };
            // A 500 is what it was to be, but for its body.
            if entry.status == Some(500) || told.contains(&entry.pattern) {
                continue;
            }
            told.push(entry.pattern);
            let response = Response { entry, ..*self };
            response.find_failing_template(&[None], &format!("{whose} {status}"), surprises);
        }
    }

    fn find_first_accept(&self, types: &[Option<&str>], surprises: &mut Surprises<'_>) {
        let is_negotiated = self.entry.content_handling().is_none() && !self.list.has_everything();
        let encoded = self.with(Fate::Encoded, types);
        let html = self.list.binary.lists(Some("text/html"));
        if is_negotiated && !encoded.types.is_empty() && html == Listed::No {
            let message = format!(
                "{}: an Accept that does not begin with {} (browsers, curl) is answered with base64",
                self.operation.name,
                one_of(self.list)
            );
            surprises.add_with_types(
                Surprise::FirstAcceptCounts,
                self.entry.pointer.clone(),
                message,
                encoded.types,
            );
        }
    }

    /// Which of the types have this fate, with any Accept.
    fn with(&self, wanted: Fate, types: &[Option<&str>]) -> Found {
        let accepts = accepts(&self.entry.template_keys(), self.list);
        let mut found = Found { types: Vec::new(), with_listed: false, with_others: false, template: None };
        for media_type in types {
            let mut has_it = false;
            for accept in &accepts {
                let (fate, template) =
                    fate::of_response(self.entry, self.list, *media_type, accept.as_deref());
                if fate != wanted {
                    continue;
                }
                has_it = true;
                match self.list.binary.lists(accept.as_deref()) {
                    Listed::Yes => found.with_listed = true,
                    Listed::No => found.with_others = true,
                }
                if let Some(template) = template {
                    found.template.get_or_insert(template.to_owned());
                }
            }
            found.types.extend(media_type.filter(|_| has_it).map(str::to_owned));
        }
        found
    }

    fn tell(
        &self,
        surprises: &mut Surprises<'_>,
        surprise: Surprise,
        found: &Found,
        what: &dyn Fn(&str, &str) -> String,
        samples: &Samples,
    ) {
        if !found.types.is_empty() {
            let told = what(&and_more(&found.types, samples, self.list), &found.accept(self.list));
            let message = format!("{}: {told}", self.operation.name);
            surprises.add_with_types(surprise, self.entry.pointer.clone(), message, found.types.clone());
        }
    }
}

fn one_of(list: &List<'_>) -> String {
    match list.entries.as_slice() {
        [only] => (*only).to_owned(),
        entries => format!("one of {}", entries.join(", ")),
    }
}

/// The types, and that they stand for others, where the document declares none.
fn and_more(types: &[String], samples: &Samples, list: &List<'_>) -> String {
    let joined = types.join(", ");
    let is_listed = |name: &String| list.binary.lists(Some(name)) == Listed::Yes;
    match types.iter().any(is_listed) {
        _ if samples.are_declared => joined,
        false => format!("types that are not listed ({joined}, …)"),
        true if list.entries.iter().any(|entry| entry.contains('*')) => format!("{joined}, …"),
        true => joined,
    }
}
