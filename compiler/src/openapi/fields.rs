//! Reads the fields that integrations and integration responses have in common.

use s3_edge_gateway::api::integration::{ContentHandling, Templates};

use super::cursor::Cursor;
use super::report::Report;
use super::template::{self, Dialect};
use crate::finding::Code;

/// Reads templates by media type. A null or empty template lets the body pass unchanged.
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
                    format!("The template {}, which is not a string.", template.seen_here()),
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
                    "The template contains `{}` in its line {}, column {}. The edge supports only text, $input.body, $context.NAME and $stageVariables.NAME.",
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

/// Reports a value that is not an object.
pub(super) fn expect_object(node: &Cursor<'_>, report: &mut Report) {
    if !node.is_object() && !node.refuse_unresolved(report) {
        report.add(node, Code::ValueType, format!("{}, which is not an object.", node.seen_here()));
    }
}

/// Returns the expression of a mapping. Returns `None` for a value that is not a string, and reports the value: API
/// Gateway's import ignores such a mapping with a warning (recorded, 2025-07: "Invalid format for
/// 'requestParameters'"). Returns `None` also for an expression with an unresolved piece, and reports the piece.
pub(super) fn mapping_text<'d>(value: &Cursor<'d>, report: &mut Report) -> Option<&'d str> {
    if value.refuse_unresolved(report) {
        return None;
    }
    let text = value.str();
    if text.is_none() {
        let message = format!(
            "{}, which is not a string. The mapping is ignored, as in API Gateway.",
            value.seen_here()
        );
        report.add(value, Code::MappingNotAString, message);
    }
    // API Gateway's import replaces variables such as `${AWS::Region}` in all strings.
    if let Some((_, open)) = text.and_then(|text| text.split_once("${AWS::")) {
        let name = open.split('}').next().unwrap_or_default();
        let message = format!(
            "`{}` depends on `AWS::{name}`, which has no value. Set it with `--parameter AWS::{name}=VALUE`.",
            value.name()
        );
        report.add(value, Code::UnresolvedValue, message);
        return None;
    }
    text
}
