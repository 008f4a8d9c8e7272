//! Findings for people, and for programs.

use std::fmt::Write;

use serde_json::json;

use super::finding::{Finding, Severity};
use super::look::{Look, Mark, visible};

/// How far the lines below a finding's first stand from the left, with what they are.
const INDENT: usize = 13;

/// How far the first goes on from the left, where it is too long for one.
const CONTINUED: usize = 4;

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
pub fn human(file: &str, findings: &[Finding], look: Look) -> String {
    let mut text = String::new();
    for finding in findings {
        let (word, mark) = match finding.severity {
            Severity::Error => ("error", Mark::Bad),
            Severity::Warning => ("warning", Mark::Doubtful),
        };
        let place = format!("{file}:{}:{}:", finding.line, finding.column);
        let word = format!("{word}[{}]:", finding.code);
        let first = look.lines(&format!("{place} {word} {}", visible(&finding.message)), CONTINUED);
        let first = first.join(&format!("\n{}", " ".repeat(CONTINUED)));
        let first = first.replacen(&place, &look.paint(Mark::Name, &place), 1);
        let _ = writeln!(text, "{}", first.replacen(&word, &look.paint(mark, &word), 1));
        let pointer = if finding.pointer.is_empty() { "the document as a whole" } else { &finding.pointer };
        let _ = writeln!(text, "    at:      {}", look.paint(Mark::Aside, &visible(pointer)));
        for (name, told) in [("why:", &finding.why), ("instead:", &finding.instead)] {
            let mut label = format!("    {name:<9}");
            for line in look.lines(&visible(told), INDENT) {
                let _ = writeln!(text, "{label}{line}");
                label = " ".repeat(INDENT);
            }
        }
        text.push('\n');
    }
    let part = |severity: Severity, noun: &str, mark: Mark| {
        let count = count(findings, severity);
        let told = number(count, noun);
        if count == 0 { told } else { look.paint(mark, &told) }
    };
    let errors = part(Severity::Error, "error", Mark::Bad);
    let warnings = part(Severity::Warning, "warning", Mark::Doubtful);
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
