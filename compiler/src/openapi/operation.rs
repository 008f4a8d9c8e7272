//! Reads one operation of a path.

use s3_edge_gateway::api::request_validator::Validation;
use s3_edge_gateway::api::{
    Authorization, Operation, Reason, Security, ServedOperation, UnsupportedOperation,
};

use super::cursor::Cursor;
use super::declared::Declared;
use super::integration;
use super::keys;
use super::path::PathTemplate;
use super::report::Report;
use super::request_validator;
use super::security;
use super::selection_pattern::Patterns;
use crate::compilation::OperationOutline;
use crate::finding::{Code, Finding};
use crate::requirement::{Condition, Requirement};

/// The keys of an operation, in both specifications.
const KEYS: &[&str] = &[
    "tags",
    "summary",
    "description",
    "externalDocs",
    "operationId",
    "consumes",
    "produces",
    "parameters",
    "requestBody",
    "responses",
    "callbacks",
    "schemes",
    "deprecated",
    "security",
    "servers",
];

/// The state that the operations of a document share.
pub(super) struct Shared<'d> {
    pub(super) root: Cursor<'d>,
    pub(super) patterns: Patterns,
    /// The conditions on the settings that each operation has, in addition to its own conditions.
    pub(super) requires: Vec<Requirement>,
    /// The reasons why no operation is supported: unresolved functions among the keys of the root. Usually empty.
    pub(super) unresolved: Vec<Finding>,
}

/// Reads an operation. An operation that cannot run at the edge is unsupported, with its reasons.
pub(super) fn read(
    shared: &mut Shared<'_>,
    item: &Cursor<'_>,
    node: &Cursor<'_>,
    template: &PathTemplate,
    report: &mut Report,
) -> (Operation, OperationOutline) {
    let mut outline = OperationOutline::new(node.pointer.clone(), node.node.place);
    let ((served, is_signed), reasons) =
        report.operation(|report| read_served(shared, item, node, template, &mut outline, report));
    outline.reasons = shared.unresolved.iter().cloned().chain(reasons).collect();
    if is_signed && !outline.reasons.is_empty() {
        let message = "The operation is unsupported and requires awsSigv4, so its requests get a 501 even if PASSTHROUGH_URL is set.";
        report.add(node, Code::SignedNotPassedOn, message);
    }
    let operation = match served.filter(|_| outline.reasons.is_empty()) {
        Some(served) => Operation::Served(Box::new(served)),
        None => unsupported(&outline.reasons, is_signed),
    };
    (operation, outline)
}

/// Returns an unsupported operation with these reasons.
pub(super) fn unsupported(reasons: &[Finding], is_signed: bool) -> Operation {
    let reason = |finding: &Finding| Reason {
        code: finding.code.as_str().to_owned(),
        message: finding.message.clone(),
    };
    let reasons = reasons.iter().map(reason).collect();
    Operation::Unsupported(UnsupportedOperation { reasons, is_signed })
}

fn read_served(
    shared: &mut Shared<'_>,
    item: &Cursor<'_>,
    node: &Cursor<'_>,
    template: &PathTemplate,
    outline: &mut OperationOutline,
    report: &mut Report,
) -> (Option<ServedOperation>, bool) {
    template.refuse(node, report);
    if node.refuse_unresolved(report) | node.refuse_merge(report) {
        return (None, false);
    }
    if !node.is_object() {
        report.add(node, Code::ValueType, format!("{}, which is not an object.", node.seen_here()));
        return (None, false);
    }
    keys::check(node, "an operation", KEYS, report);
    let (security, mut requires) = security::read(&shared.root, node, report);
    let is_signed = security.authorization == Authorization::AwsIam;
    let declared = Declared::read(item, node, &template.path, report);
    declared.add_types_to(outline, &shared.root, item, node);
    let read = integration::read(node, &declared, &mut shared.patterns, report);
    outline.integration =
        node.get("x-amazon-apigateway-integration").map(|node| node.pointer).unwrap_or_default();
    outline.responses = read.responses.outlines;
    let Some(integration) = read.integration else { return (None, is_signed) };
    let validation = request_validator::read(&shared.root, item, node, &declared, report);
    requires.extend(shared.requires.iter().cloned());
    let uri = node.get("x-amazon-apigateway-integration").and_then(|node| node.get("uri"));
    if let Some(uri) = uri {
        let variables = integration.backend.decisive_stage_variables().into_iter();
        requires.extend(variables.map(|(name, decided_by)| {
            uri.requires(Condition::StageVariable { name: name.to_owned(), decided_by })
        }));
        if let s3_edge_gateway::api::integration::Backend::S3(s3) = &integration.backend
            && s3.uri.needs_region()
        {
            requires.push(uri.requires(Condition::Region));
        }
    }
    outline.requires = requires;
    (Some(served(security, validation, integration)), is_signed)
}

fn served(
    security: Security,
    validation: Validation,
    integration: s3_edge_gateway::api::integration::Integration,
) -> ServedOperation {
    ServedOperation { security, validation, integration }
}
