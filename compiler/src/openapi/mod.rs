//! Compiles OpenAPI and Swagger documents with `x-amazon-apigateway-*` extensions to an `Api`.
//!
//! The module follows API Gateway's import: parts that the import accepts compile with the same meaning. Most parts that
//! the import ignores are ignored here, too, and reported with a lint. An operation that cannot run at the edge is
//! unsupported, without an effect on the other operations.

mod backend;
mod cursor;
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
mod pattern_limits;
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
    Api, Authorization, Method, Operation, Reason, Resource, ResourcePath, ResourcePolicy,
    UnsupportedOperation, Verb,
};

use self::cursor::{Cursor, Field};
use self::operation::Shared;
use self::path::{PathTemplate, Siblings};
use self::report::Report;
use crate::compilation::{CompiledDocument, OperationOutline, Outline};
use crate::finding::{Code, Finding};
use crate::requirement::Condition;
use crate::source::Document;

/// The keys of a path item that are not operations.
const KEYS_OF_PATH_ITEMS: &[&str] = &["parameters", "servers", "summary", "description", "$ref"];

/// Compiles a document. Returns the compiled document and its lints.
///
/// # Errors
/// Returns the errors of the document.
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
        let message = format!("The document is {}, which is not an object.", root.seen());
        report.add(root, Code::DocumentType, message);
        return None;
    }
    let paths = match root.get("paths") {
        Some(paths) if paths.is_object() => paths,
        Some(paths) => {
            report.add(
                &paths,
                Code::DocumentType,
                format!("{}, which is not an object of paths.", paths.seen_here()),
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
    let policy = root.field("x-amazon-apigateway-policy");
    if let Field::Found(at) | Field::Unreadable(at) = &policy {
        requires.push(at.requires(Condition::ResourcePolicy));
    }
    let resource_policy = root::resource_policy(policy);
    if resource_policy == ResourcePolicy::Absent {
        requires.clear();
    }
    let base_path = root::base_path(root, report);
    for name in base_path.variables() {
        let at = root.get("basePath").or_else(|| root.get("servers")).unwrap_or_else(|| root.clone());
        requires.push(at.requires(Condition::BasePath(name.to_owned())));
    }
    let (_, unresolved) = report.operation(|report| root.refuse_merge(report));
    let mut shared = Shared { root: root.clone(), patterns: Default::default(), requires, unresolved };
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

/// A compiled method and its outline.
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
    for (key, field) in paths.fields().filter(|(key, _)| !key.starts_with("x-")) {
        let (item, is_readable) = match field {
            Field::Found(item) => (item, true),
            Field::Unreadable(at) => (at, false),
            Field::Absent => continue,
        };
        let mut template = PathTemplate::read(key, &item, report);
        siblings.add(&mut template);
        if !item.is_object() && !item.node.is_null() && !item.is_unresolved() {
            let message = format!("The path {}, which is not an object.", item.seen_here());
            report.add(&item, Code::DocumentType, message);
            continue;
        }
        let mut entries = Vec::new();
        if is_readable {
            check_path_item(&item, report);
        } else {
            entries.push(unreadable(&item, &Verb::Any, report));
        }
        for (key, verb) in Verb::BY_KEY {
            match item.field(key) {
                Field::Absent => {}
                Field::Found(node) => {
                    let (operation, outline) = operation::read(shared, &item, &node, &template, report);
                    entries.push(Entry { method: Method { verb: verb.clone(), operation }, outline });
                }
                Field::Unreadable(at) => entries.push(unreadable(&at, verb, report)),
            }
        }
        // A path with a fault is not merged with another path.
        let same = by_name.get(&template.name).filter(|_| template.is_valid());
        match same.and_then(|index| resources.get_mut(*index)) {
            Some((_, known)) => merge(known, entries),
            None => {
                if template.is_valid() {
                    by_name.insert(template.name, resources.len());
                }
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

/// Returns an unsupported operation for a path item or an operation that is a reference without a target.
fn unreadable(at: &Cursor<'_>, verb: &Verb, report: &mut Report) -> Entry {
    let message = format!(
        "{}, which is a reference without a target in this document, so the operation is not known. Copy the target into the document.",
        at.seen_here()
    );
    let ((), reasons) = report.operation(|report| report.add(at, Code::OperationReference, message));
    let mut outline = OperationOutline::new(at.pointer.clone(), at.node.place);
    outline.reasons = reasons;
    let operation = operation::unsupported(&outline.reasons, false);
    Entry { method: Method { verb: verb.clone(), operation }, outline }
}

/// Adds the operations of a second path of the same resource, such as `/a/` after `/a`. A method that both paths have
/// becomes unsupported, because API Gateway refuses the document ("Duplicate method").
fn merge(known: &mut Vec<Entry>, entries: Vec<Entry>) {
    for entry in entries {
        let Some(first) = known.iter_mut().find(|first| first.method.verb == entry.method.verb) else {
            known.push(entry);
            continue;
        };
        let message = format!(
            "The method {} at {} belongs to the same resource as the method at {}.",
            entry.method.verb, entry.outline.pointer, first.outline.pointer
        );
        let place = entry.outline.place;
        let finding =
            Finding::new(Code::MethodDuplicate, message.clone(), entry.outline.pointer.clone(), place);
        first.outline.reasons.push(finding);
        let reason = Reason { code: Code::MethodDuplicate.as_str().to_owned(), message };
        match &mut first.method.operation {
            Operation::Unsupported(unsupported) => unsupported.reasons.push(reason),
            Operation::Served(served) => {
                let is_signed = served.security.authorization == Authorization::AwsIam;
                let unsupported = UnsupportedOperation { reasons: vec![reason], is_signed };
                first.method.operation = Operation::Unsupported(unsupported);
            }
        }
    }
}

fn check_path_item(item: &Cursor<'_>, report: &mut Report) {
    if item.node.get("trace").is_some() {
        let message = "API Gateway does not have the method TRACE, so the operation is ignored.";
        report.add_key(item, "trace", Code::MethodTrace, message);
    }
    let verbs = Verb::BY_KEY.iter().map(|(key, _)| *key).chain(["trace"]);
    let known: Vec<_> = verbs.chain(KEYS_OF_PATH_ITEMS.iter().copied()).collect();
    keys::check(item, "a path item", &known, report);
}
