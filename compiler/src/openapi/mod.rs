//! Reading a document: OpenAPI and Swagger with `x-amazon-apigateway-*` extensions.
//!
//! Every JSON key of a document stands here and nowhere else. The rule: what API Gateway's import accepts compiles, with
//! its meaning; what it ignores is ignored, with a lint; an operation that cannot run here is unsupported, and the others
//! are served.

mod backend;
pub(crate) mod cursor;
mod declared;
mod fields;
mod integration;
mod java_pattern;
mod json_path;
mod keys;
mod mapping;
mod model;
mod operation;
mod parameters;
mod path;
mod pattern;
mod reference;
mod reference_check;
mod report;
mod request_validator;
mod responses;
mod root;
mod security;
pub mod selection_pattern;
pub mod template;
mod uri;

use std::collections::HashMap;

use s3_edge_gateway::api::{
    Api, Method, Operation, Reason, Resource, ResourcePath, ResourcePolicy, UnsupportedOperation, Verb,
};

use self::cursor::Cursor;
use self::operation::Shared;
use self::path::{PathTemplate, Siblings};
use self::report::Report;
use crate::compilation::{CompiledDocument, OperationOutline, Outline};
use crate::finding::{Code, Finding};
use crate::requirement::Condition;
use crate::source::Document;

/// The keys of a path item that are not operations.
const KEYS_OF_PATH_ITEMS: &[&str] = &["parameters", "servers", "summary", "description", "$ref"];

/// Reads a document.
///
/// # Errors
/// The findings that stop the compilation.
pub(crate) fn read(document: &Document) -> Result<(CompiledDocument, Vec<Finding>), Vec<Finding>> {
    let mut report = Report::default();
    let root = Cursor::root(&document.root, &document.pointer);
    let compiled = read_root(&root, &mut report);
    match compiled.filter(|_| report.errors.is_empty()) {
        Some(compiled) => Ok((compiled, report.lints)),
        None => Err(report.errors),
    }
}

fn read_root(root: &Cursor<'_>, report: &mut Report) -> Option<CompiledDocument> {
    if !root.is_object() {
        let message = format!("The document is {}, not an object.", root.seen());
        report.add(root, Code::DocumentType, message);
        return None;
    }
    let paths = match root.get("paths") {
        Some(paths) if paths.is_object() => paths,
        Some(paths) => {
            report.add(
                &paths,
                Code::DocumentType,
                format!("{} is not an object of paths.", paths.seen_here()),
            );
            return None;
        }
        None => {
            report.add(root, Code::PathsMissing, "The document has no object `paths`.");
            return None;
        }
    };
    root::check_version(root, report);
    keys::check(root, "a document", root::KEYS, report);
    reference_check::check(root, report);
    root::check_endpoint(root, report);
    let (binary_media_types, written) = root::binary_media_types(root, report);
    let mut requires = Vec::new();
    let mut resource_policy = ResourcePolicy::Absent;
    if let Some(policy) = root.get("x-amazon-apigateway-policy") {
        resource_policy = root::resource_policy(&policy);
        if resource_policy == ResourcePolicy::Present {
            requires.push(policy.requires(Condition::ResourcePolicy));
        }
    }
    let base_path = root::base_path(root, report);
    for name in base_path.variables() {
        let at = root.get("basePath").or_else(|| root.get("servers")).unwrap_or_else(|| root.clone());
        requires.push(at.requires(Condition::BasePath(name.to_owned())));
    }
    let mut shared = Shared { root: root.clone(), patterns: Default::default(), requires };
    let (resources, operations) = read_paths(&mut shared, &paths, report);
    let api = Api {
        base_path,
        resources,
        binary_media_types,
        compression: root::compression(root, report),
        gateway_responses: root::gateway_responses(root, report),
        resource_policy,
    };
    let outline = Outline { pointer: root.pointer.clone(), operations, binary_media_types: written };
    Some(CompiledDocument { api, outline })
}

/// An operation that has been read, with its outline.
struct Entry {
    method: Method,
    outline: OperationOutline,
}

fn read_paths(
    shared: &mut Shared<'_>,
    paths: &Cursor<'_>,
    report: &mut Report,
) -> (Vec<Resource>, Vec<OperationOutline>) {
    let mut resources: Vec<(ResourcePath, Vec<Entry>)> = Vec::new();
    let mut by_name: HashMap<String, usize> = HashMap::new();
    let mut siblings = Siblings::default();
    for (key, item) in paths.entries().filter(|(key, _)| !key.starts_with("x-")) {
        let mut template = PathTemplate::read(key, &item, report);
        siblings.add(&mut template);
        if !item.is_object() && !item.node.is_null() && !item.is_unresolved() {
            report.add(&item, Code::DocumentType, format!("The path {} is not an object.", item.seen_here()));
            continue;
        }
        check_path_item(&item, report);
        let mut entries = Vec::new();
        for (key, verb) in Verb::BY_KEY {
            let Some(node) = item.get(key) else { continue };
            let (operation, outline) = operation::read(shared, &item, &node, &template, report);
            entries.push(Entry { method: Method { verb: verb.clone(), operation }, outline });
        }
        // `/a/` is `/a`.
        let name = template.path.written.trim_end_matches('/').to_owned();
        match by_name.get(&name).and_then(|at| resources.get_mut(*at)) {
            Some((_, known)) => merge(known, entries),
            None => {
                by_name.insert(name, resources.len());
                resources.push((template.path, entries));
            }
        }
    }
    let (mut read, mut outlines) = (Vec::new(), Vec::new());
    for (path, entries) in resources {
        let mut methods = Vec::with_capacity(entries.len());
        for Entry { method, outline } in entries {
            methods.push(method);
            outlines.push(outline);
        }
        read.push(Resource { path, methods });
    }
    (read, outlines)
}

/// Adds the operations of a path that is the same resource: `/a` and `/a/`. API Gateway refuses a method that both have
/// ("Duplicate method"), so that it is unsupported.
fn merge(known: &mut Vec<Entry>, entries: Vec<Entry>) {
    for entry in entries {
        let Some(first) = known.iter_mut().find(|first| first.method.verb == entry.method.verb) else {
            known.push(entry);
            continue;
        };
        let message = format!(
            "{} {} is the same method of the same resource as {}.",
            entry.method.verb, entry.outline.pointer, first.outline.pointer
        );
        let place = entry.outline.place;
        let finding =
            Finding::new(Code::MethodDuplicate, message.clone(), entry.outline.pointer.clone(), place);
        first.outline.reasons.push(finding);
        let reason = Reason { code: Code::MethodDuplicate.as_str().to_owned(), message };
        match &mut first.method.operation {
            Operation::Unsupported(unsupported) => unsupported.reasons.push(reason),
            Operation::Served(_) => {
                let unsupported = UnsupportedOperation { reasons: vec![reason], is_signed: false };
                first.method.operation = Operation::Unsupported(unsupported);
            }
        }
    }
}

fn check_path_item(item: &Cursor<'_>, report: &mut Report) {
    if item.node.get("trace").is_some() {
        let message = "API Gateway has no method TRACE. The operation is ignored.";
        report.add_key(item, "trace", Code::MethodTrace, message);
    }
    let verbs = Verb::BY_KEY.iter().map(|(key, _)| *key).chain(["trace"]);
    let known: Vec<_> = verbs.chain(KEYS_OF_PATH_ITEMS.iter().copied()).collect();
    keys::check(item, "a path item", &known, report);
}
