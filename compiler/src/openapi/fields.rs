//! Fields that integrations and their responses have in common.

use s3_edge_gateway::api::integration::{ContentHandling, Templates};

use super::cursor::Cursor;
use super::report::Report;
use super::template::{self, Dialect};
use crate::finding::Code;

/// Reads templates by media type. A null or empty one lets the body pass.
pub(super) fn templates(node: &Cursor<'_>, key: &str, report: &mut Report) -> Templates {
    let Some(templates) = node.get(key) else { return Templates::default() };
    expect_object(&templates, report);
    let mut read = Vec::new();
    for (media_type, template) in templates.entries() {
        let text = if template.node.is_null() { "" } else { template.str().unwrap_or("\u{0}") };
        if text == "\u{0}" {
            if !template.refuse_unresolved(report) {
                report.add(
                    &template,
                    Code::ValueType,
                    format!("The template {} is not a string.", template.seen_here()),
                );
            }
            continue;
        }
        if template.refuse_unresolved(report) {
            continue;
        }
        if text.is_empty() {
            read.push((media_type.to_owned(), None));
            continue;
        }
        match template::parse(text, Dialect::Integration) {
            Ok(parsed) => read.push((media_type.to_owned(), Some(parsed))),
            Err(error) => {
                let message = format!(
                    "The template has `{}` at its line {}, column {}. Only text, $input.body, $context.NAME and $stageVariables.NAME run at the edge.",
                    error.seen, error.line, error.column
                );
                report.add(&template, Code::TemplateNotSupported, message);
            }
        }
    }
    Templates::new(read)
}

pub(super) fn content_handling(node: &Cursor<'_>, report: &mut Report) -> Option<ContentHandling> {
    let words = [
        ("CONVERT_TO_TEXT", ContentHandling::ConvertToText),
        ("CONVERT_TO_BINARY", ContentHandling::ConvertToBinary),
    ];
    node.get("contentHandling").and_then(|node| node.word(&words, Code::ValueInvalid, report))
}

/// Reports a value that is not an object, where one is needed.
pub(super) fn expect_object(node: &Cursor<'_>, report: &mut Report) {
    if !node.is_object() && !node.refuse_unresolved(report) {
        report.add(node, Code::ValueType, format!("{} is not an object.", node.seen_here()));
    }
}

/// Returns the expression of a mapping. One that is not a string is reported and has no effect, as API Gateway's import
/// does (recorded, 2025-07: "Invalid format for 'requestParameters'", a warning).
pub(super) fn mapping_text<'d>(value: &Cursor<'d>, report: &mut Report) -> Option<&'d str> {
    if value.refuse_unresolved(report) {
        return None;
    }
    let text = value.str();
    if text.is_none() {
        let message =
            format!("{} is not a string. The mapping is ignored, as API Gateway does.", value.seen_here());
        report.add(value, Code::MappingNotAString, message);
    }
    // API Gateway's import replaces these variables in every string.
    if let Some((_, open)) = text.and_then(|text| text.split_once("${AWS::")) {
        let name = open.split('}').next().unwrap_or_default();
        let message = format!(
            "`{}` needs the value of `AWS::{name}`, which is not given. Give it with `--parameter AWS::{name}=VALUE`.",
            value.name()
        );
        report.add(value, Code::UnresolvedValue, message);
        return None;
    }
    text
}
