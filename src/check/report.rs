//! Findings for people, and for programs.

use std::fmt::Write;

use serde_json::json;

use super::command::Colour;
use super::finding::{Finding, Severity};

/// How many findings there are of a severity.
pub fn count(findings: &[Finding], severity: Severity) -> usize {
    findings.iter().filter(|finding| finding.severity == severity).count()
}

/// One JSON object.
pub fn json(file: &str, findings: &[Finding]) -> String {
    let report = json!({
        "file": file,
        "errors": count(findings, Severity::Error),
        "warnings": count(findings, Severity::Warning),
        "findings": findings,
    });
    format!("{report:#}\n")
}

/// Text: every finding with its place, and a line that sums them up.
pub fn human(file: &str, findings: &[Finding], colour: Colour) -> String {
    let mut text = String::new();
    for finding in findings {
        let (word, mark) = match finding.severity {
            Severity::Error => ("error", "31"),
            Severity::Warning => ("warning", "33"),
        };
        let place = colour.paint("1", &format!("{file}:{}:{}", finding.line, finding.column));
        let word = colour.paint(mark, &format!("{word}[{}]", finding.code));
        let pointer = if finding.pointer.is_empty() { "/" } else { &finding.pointer };
        let _ = writeln!(text, "{place}: {word}: {}", finding.message);
        let _ = writeln!(text, "    at:      {}", colour.paint("2", pointer));
        let _ = writeln!(text, "    why:     {}", finding.why);
        let _ = writeln!(text, "    instead: {}\n", finding.instead);
    }
    let errors = number(count(findings, Severity::Error), "error");
    let warnings = number(count(findings, Severity::Warning), "warning");
    let _ = writeln!(text, "{file}: {errors}, {warnings}");
    text
}

fn number(count: usize, noun: &str) -> String {
    match count {
        0 => format!("no {noun}s"),
        1 => format!("1 {noun}"),
        more => format!("{more} {noun}s"),
    }
}
