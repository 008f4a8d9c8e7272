//! Formats the table of operations.

use std::fmt::Write;

use anstyle::Style;
use s3_edge_gateway_compiler::compilation::{OperationReport, Served};
use s3_edge_gateway_compiler::finding::Finding;
use unicode_width::UnicodeWidthStr;

use super::served_name;
use crate::text::{BAD, BOLD, DOUBTFUL, GOOD, paint, visible, wrap};

/// The title of the first column.
const OPERATION: &str = "OPERATION";

/// The width of the column `SERVED`.
const SERVED: usize = "unsupported".len();

/// The spaces between two columns.
const GAP: &str = "  ";

/// The minimum width of the column `WHY`. If the other columns leave less room, the reasons are below the operations.
const LEAST_ROOM: usize = 36;

/// The minimum room for the column `OPERATION` beside the column `WHY`. The column is narrower if all operations are shorter.
const LEAST_OPERATION: usize = 16;

/// The indentation of reasons below the operations.
const INDENT: usize = 4;

/// Returns the table and its notes, or an empty text if there are no operations.
pub(crate) fn table(operations: &[OperationReport], width: Option<usize>) -> String {
    if operations.is_empty() {
        return String::new();
    }
    let verb = operations.iter().map(|operation| operation.method.width()).max().unwrap_or_default();
    let names: Vec<_> = operations
        .iter()
        .map(|operation| format!("{:<verb$} {}", operation.method, visible(&operation.path)))
        .collect();
    let widths: Vec<_> = names.iter().map(|name| name.width()).collect();
    let layout = Layout::new(&widths, width);
    let mut text = String::new();
    let why = [(BOLD, "WHY".to_owned())];
    let has_reasons = operations.iter().any(|operation| !operation.reasons.is_empty());
    let why = why.get(..usize::from(layout.beside && has_reasons)).unwrap_or_default();
    layout.row(&mut text, (OPERATION, BOLD), ("SERVED", BOLD), why);
    for (operation, name) in operations.iter().zip(&names) {
        let style = style(&operation.served);
        let reasons: Vec<_> = operation.reasons.iter().map(|found| (Style::new(), reason(found))).collect();
        layout.row(&mut text, (name, Style::new()), (served_name(&operation.served), style), &reasons);
    }
    let notes = notes(operations);
    if !notes.is_empty() {
        text.push('\n');
    }
    for note in notes {
        for line in wrap(&note, width) {
            let _ = writeln!(text, "{line}");
        }
    }
    text
}

/// The layout of the table.
struct Layout {
    /// The width of the first column. A wider operation has its own line.
    operation: usize,
    /// The number of characters to the left of the reasons.
    indent: usize,
    /// Whether the reasons have their own column.
    beside: bool,
    /// The width of the reasons, or `None` if they are not wrapped.
    room: Option<usize>,
}

impl Layout {
    /// Returns the layout for operations of these widths.
    fn new(operations: &[usize], width: Option<usize>) -> Self {
        let widest = |most: usize| {
            let fitting = operations.iter().copied().filter(|operation| *operation <= most);
            fitting.max().unwrap_or_default().max(OPERATION.len())
        };
        let indent = |operation: usize| operation + SERVED + 2 * GAP.len();
        let most = width.map_or(usize::MAX, |width| width.saturating_sub(LEAST_ROOM + indent(0)));
        if most >= LEAST_OPERATION {
            let operation = widest(most);
            let indent = indent(operation);
            Self { operation, indent, beside: true, room: width.map(|width| width.saturating_sub(indent)) }
        } else {
            let most = width.map_or(usize::MAX, |width| width.saturating_sub(SERVED + GAP.len()));
            let room = width.map(|width| width.saturating_sub(INDENT));
            Self { operation: widest(most), indent: INDENT, beside: false, room }
        }
    }

    fn row(
        &self,
        text: &mut String,
        operation: (&str, Style),
        served: (&str, Style),
        reasons: &[(Style, String)],
    ) {
        let mut lines = reasons
            .iter()
            .flat_map(|(style, reason)| wrap(reason, self.room).into_iter().map(|line| paint(*style, &line)));
        let (name, style) = operation;
        text.push_str(&paint(style, name));
        let mut column = name.width();
        if column > self.operation {
            text.push('\n');
            column = 0;
        }
        text.push_str(&" ".repeat(self.operation.saturating_sub(column)));
        text.push_str(GAP);
        let (served, style) = served;
        text.push_str(&paint(style, served));
        if self.beside
            && let Some(first) = lines.next()
        {
            text.push_str(&" ".repeat(SERVED.saturating_sub(served.len())));
            text.push_str(GAP);
            text.push_str(&first);
        }
        text.push('\n');
        for line in lines {
            text.push_str(&" ".repeat(self.indent));
            text.push_str(&line);
            text.push('\n');
        }
    }
}

fn style(served: &Served) -> Style {
    match served {
        Served::Edge => GOOD,
        Served::Conditional(_) => DOUBTFUL,
        Served::Unsupported => BAD,
    }
}

fn reason(finding: &Finding) -> String {
    format!("{} ({}, line {})", finding.message, finding.code, finding.place.line)
}

/// Returns the notes about the values of the column `SERVED`.
fn notes(operations: &[OperationReport]) -> Vec<String> {
    let mut notes = Vec::new();
    let settings = operations.iter().filter_map(|operation| match &operation.served {
        Served::Conditional(settings) => Some(settings.iter().copied()),
        Served::Edge | Served::Unsupported => None,
    });
    let mut settings: Vec<_> = settings.flatten().collect();
    settings.sort_unstable();
    settings.dedup();
    if !settings.is_empty() {
        let settings = settings.join(", ");
        notes.push(format!(
            "conditional: The operation is served at the edge if the settings allow it ({settings}). Otherwise it is unsupported."
        ));
    }
    if operations.iter().any(|operation| operation.served == Served::Unsupported) {
        notes.push(
            "unsupported: Requests go to PASSTHROUGH_URL if it is set. Otherwise they get a 501.".to_owned(),
        );
    }
    notes
}
