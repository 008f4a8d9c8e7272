//! Formats the report as one JSON object.

use s3_edge_gateway_compiler::compilation::{OperationReport, Served};
use s3_edge_gateway_compiler::finding::Finding;
use serde_json::{Map, Value, json};

use super::{Severity, served_name};
use crate::input::{Input, WhyAndRemedy};

/// Returns the report, with a line break at its end. `bytes` is the size of `api.bin`, or `None` if it is not written.
pub(crate) fn report(
    input: &Input,
    operations: &[OperationReport],
    findings: &[Finding],
    bytes: Option<usize>,
) -> String {
    let report = json!({
        "operations": operations.iter().map(operation).collect::<Vec<_>>(),
        "findings": findings.iter().map(|one| finding(input, one)).collect::<Vec<_>>(),
        "bytes": bytes,
    });
    format!("{report:#}\n")
}

fn operation(operation: &OperationReport) -> Value {
    let mut object = Map::new();
    object.insert("method".to_owned(), Value::from(operation.method.as_str()));
    object.insert("path".to_owned(), Value::from(operation.path.as_str()));
    object.insert("served".to_owned(), Value::from(served_name(&operation.served)));
    if let Served::Conditional(settings) = &operation.served {
        object.insert("requires".to_owned(), Value::from(settings.clone()));
    }
    let reasons = operation.reasons.iter().map(|reason| {
        json!({
            "code": reason.code.as_str(),
            "message": reason.message,
            "pointer": reason.pointer,
            "line": reason.place.line,
            "column": reason.place.column,
        })
    });
    object.insert("reasons".to_owned(), reasons.collect());
    Value::Object(object)
}

fn finding(input: &Input, finding: &Finding) -> Value {
    let WhyAndRemedy { why, remedy } = input.why_and_remedy(finding);
    json!({
        "severity": Severity::of(finding).as_str(),
        "code": finding.code.as_str(),
        "message": finding.message,
        "why": why,
        "remedy": remedy,
        "pointer": finding.pointer,
        "line": finding.place.line,
        "column": finding.place.column,
    })
}
