//! Formats findings, operations and explanations as text or as JSON.

pub(crate) mod explanation;
pub(crate) mod json;
pub(crate) mod snippet;
pub(crate) mod table;

use s3_edge_gateway_compiler::compilation::{OperationReport, Served};
use s3_edge_gateway_compiler::finding::{Class, Finding};

use crate::text::count;

/// The severity of a finding in this run.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Severity {
    Error,
    Warning,
}

impl Severity {
    /// Returns the severity of a finding in the list of findings. A reason for an unsupported operation is in this list only
    /// with `--strict`, as an error.
    pub(crate) fn of(finding: &Finding) -> Self {
        match finding.code.class() {
            Class::Error | Class::Unsupported => Self::Error,
            Class::Lint => Self::Warning,
        }
    }

    /// Returns the word for text and JSON.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
        }
    }
}

/// Returns whether `api.bin` is not written because of this finding.
pub(crate) fn is_error(finding: &Finding) -> bool {
    Severity::of(finding) == Severity::Error
}

/// Returns the number of findings of each severity: `1 error, 2 warnings`. Returns an empty text if there are no
/// findings.
pub(crate) fn findings_summary(findings: &[Finding]) -> String {
    let of = |severity| findings.iter().filter(|finding| Severity::of(finding) == severity).count();
    let counts = [Severity::Error, Severity::Warning]
        .map(|severity| (of(severity), severity.as_str()))
        .into_iter()
        .filter(|(number, _)| *number > 0)
        .map(|(number, noun)| count(number, noun));
    counts.collect::<Vec<_>>().join(", ")
}

/// Returns the number of operations of each kind: `3 operations (1 edge, 0 conditional, 2 unsupported)`.
pub(crate) fn operations_summary(operations: &[OperationReport]) -> String {
    let of =
        |name: &str| operations.iter().filter(|operation| served_name(&operation.served) == name).count();
    let counts = ["edge", "conditional", "unsupported"].map(|name| format!("{} {name}", of(name)));
    format!("{} ({})", count(operations.len(), "operation"), counts.join(", "))
}

/// Returns the word for [`Served`] in text and in JSON.
pub(crate) fn served_name(served: &Served) -> &'static str {
    match served {
        Served::Edge => "edge",
        Served::Conditional(_) => "conditional",
        Served::Unsupported => "unsupported",
    }
}
