//! One operation of a path.

use http::StatusCode;
use s3_edge_gateway::api::request_validator::Validation;
use s3_edge_gateway::api::{
    Authorization, Operation, Reason, ResourcePath, Security, ServedOperation, UnsupportedOperation,
};

use super::backend;
use super::cursor::Cursor;
use super::integration;
use super::keys;
use super::parameters::Parameters;
use super::path::PathTemplate;
use super::report::Report;
use super::request_validator;
use super::security;
use super::selection_pattern::Patterns;
use crate::compilation::OperationOutline;
use crate::finding::Code;
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

/// What an operation declares: the parameters and responses that may be mapped.
pub(super) struct Declared<'d> {
    pub(super) parameters: Parameters,
    responses: Option<Cursor<'d>>,
    pub(super) statuses: Vec<StatusCode>,
}

/// What the operations of a document share.
pub(super) struct Shared<'d> {
    pub(super) root: Cursor<'d>,
    pub(super) patterns: Patterns,
    /// Conditions that hold for each operation.
    pub(super) requires: Vec<Requirement>,
}

/// Reads an operation. One that cannot run at the edge is unsupported, with its reasons.
pub(super) fn read(
    shared: &mut Shared<'_>,
    item: &Cursor<'_>,
    node: &Cursor<'_>,
    template: &PathTemplate,
    report: &mut Report,
) -> (Operation, OperationOutline) {
    let mut outline = OperationOutline { pointer: node.pointer.clone(), ..OperationOutline::default() };
    let ((served, is_signed), reasons) =
        report.operation(|report| read_served(shared, item, node, template, &mut outline, report));
    outline.reasons = reasons;
    let operation = match served.filter(|_| outline.reasons.is_empty()) {
        Some(served) => Operation::Served(Box::new(served)),
        None => {
            let reason = |finding: &crate::finding::Finding| Reason {
                code: finding.code.as_str().to_owned(),
                message: finding.message.clone(),
            };
            let reasons = outline.reasons.iter().map(reason).collect();
            Operation::Unsupported(UnsupportedOperation { reasons, is_signed })
        }
    };
    (operation, outline)
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
    if node.refuse_unresolved(report) {
        return (None, false);
    }
    if !node.is_object() {
        report.add(node, Code::ValueType, format!("{} is not an object.", node.seen_here()));
        return (None, false);
    }
    keys::check(node, "an operation", KEYS, report);
    let (security, mut requires) = security::read(&shared.root, node, report);
    let is_signed = security.authorization == Authorization::AwsIam;
    let declared = Declared::read(item, node, &template.path, report);
    declared.describe(&shared.root, item, node, outline);
    let read = integration::read(node, &declared, &mut shared.patterns, report);
    outline.integration =
        node.get("x-amazon-apigateway-integration").map(|node| node.pointer).unwrap_or_default();
    outline.responses = read.responses.outlines;
    let Some(integration) = read.integration else { return (None, is_signed) };
    let validation = request_validator::read(&shared.root, item, node, &declared, report);
    requires.extend(shared.requires.iter().cloned());
    let uri = node.get("x-amazon-apigateway-integration").and_then(|node| node.get("uri"));
    if let Some(uri) = uri {
        let requirement =
            |condition| Requirement { condition, pointer: uri.pointer.clone(), place: uri.place() };
        let variables = backend::decisive_stage_variables(&integration.backend).into_iter();
        requires.extend(variables.map(|name| requirement(Condition::StageVariable(name))));
        if let s3_edge_gateway::api::integration::Backend::S3(s3) = &integration.backend
            && s3.uri.needs_region()
        {
            requires.push(requirement(Condition::Region));
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

impl<'d> Declared<'d> {
    fn read(item: &Cursor<'_>, node: &Cursor<'d>, path: &ResourcePath, report: &mut Report) -> Self {
        let parameters = Parameters::read(item, node, path, report);
        let responses = node.get("responses");
        let mut statuses = Vec::new();
        // API Gateway knows single statuses alone: `default` and `4XX` declare none.
        for key in responses.iter().flat_map(Cursor::keys) {
            let status =
                key.parse().ok().filter(|_| key.len() == 3).and_then(|code| StatusCode::from_u16(code).ok());
            statuses.extend(status.filter(|status| status.as_u16() < 600));
        }
        Self { parameters, responses, statuses }
    }

    /// Returns whether the operation's response of a status has a header.
    pub(super) fn declares_header(&self, status: StatusCode, header: &str) -> bool {
        let response = self.responses.as_ref().and_then(|responses| responses.get(status.as_str()));
        let headers = response.as_ref().and_then(|response| response.get("headers"));
        headers.iter().flat_map(Cursor::keys).any(|name| name.eq_ignore_ascii_case(header))
    }

    /// Notes the media types that the document declares for bodies.
    fn describe(
        &self,
        root: &Cursor<'_>,
        item: &Cursor<'_>,
        node: &Cursor<'_>,
        outline: &mut OperationOutline,
    ) {
        let listed = |key: &str| -> Vec<String> {
            let list = node.get(key).or_else(|| root.get(key));
            list.iter().flat_map(Cursor::items).filter_map(|item| item.str().map(str::to_owned)).collect()
        };
        let body = node.get("requestBody");
        let content = body.as_ref().and_then(|body| body.get("content"));
        outline.request_types = content.iter().flat_map(Cursor::keys).map(str::to_owned).collect();
        outline.request_types.extend(listed("consumes"));
        let parameters = [node, item].into_iter().filter_map(|owner| owner.get("parameters"));
        let mut parameters = parameters.flat_map(|list| list.items().collect::<Vec<_>>());
        outline.declares_body = body.is_some()
            || parameters
                .any(|parameter| parameter.get("in").is_some_and(|place| place.str() == Some("body")));
        let responses = self.responses.iter().flat_map(Cursor::entries);
        let successes = responses.filter(|(status, _)| status.starts_with('2'));
        let contents = successes.filter_map(|(_, response)| response.get("content"));
        outline.response_types =
            contents.flat_map(|content| content.keys().collect::<Vec<_>>()).map(str::to_owned).collect();
        outline.response_types.extend(listed("produces"));
    }
}
