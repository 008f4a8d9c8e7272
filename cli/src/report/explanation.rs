//! Formats the explanation of a request as text.

use anstyle::Style;
use s3_edge_gateway_compiler::explain::text::{COLUMN, Line, LineKind};

use crate::text::{BAD, BOLD, DOUBTFUL, GOOD, paint, wrap};

/// Returns the lines with styles. Wraps all lines except those of a body to the width of the terminal.
pub(crate) fn explanation(lines: &[Line], width: Option<usize>) -> String {
    let room = width.map(|width| width.saturating_sub(COLUMN));
    let mut text = String::new();
    for line in lines {
        let (label_style, style) = styles(line.kind);
        let (indent, parts) = match line.kind {
            LineKind::Title => (0, wrap(&line.text, width)),
            LineKind::Body => (COLUMN, vec![line.text.clone()]),
            _ => (COLUMN, wrap(&line.text, room)),
        };
        let mut label = line.label;
        for part in parts {
            let before = if label.is_empty() { String::new() } else { paint(label_style, label) };
            let gap = " ".repeat(indent.saturating_sub(label.chars().count()));
            let after = if part.is_empty() { String::new() } else { paint(style, &part) };
            let gap = if after.is_empty() { "" } else { gap.as_str() };
            text.push_str(&format!("{before}{gap}{after}\n"));
            label = "";
        }
    }
    text
}

/// Returns the styles of the label and of the text.
fn styles(kind: LineKind) -> (Style, Style) {
    match kind {
        LineKind::Title => (BOLD, BOLD),
        LineKind::Sentence | LineKind::Body => (BOLD, Style::new()),
        LineKind::Refusal => (BAD.bold(), Style::new()),
        LineKind::Success => (BOLD, GOOD),
        LineKind::ClientError => (BOLD, DOUBTFUL),
        LineKind::ServerError => (BOLD, BAD),
    }
}
