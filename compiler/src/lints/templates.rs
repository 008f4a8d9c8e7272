//! Lints about request templates: templates that no request selects, and requests that no template matches.

use s3_edge_gateway::api::integration::PassthroughBehavior;

use super::body_outcome::{Outcome, UNKNOWN_TYPE, of_request};
use super::list::Lints;
use super::operation::LintedOperation;
use crate::finding::{Behaviours, Code};

pub(super) fn find(operation: &LintedOperation<'_>, lints: &mut Lints<'_>) {
    find_never_selected(operation, lints);
    if operation.s3().is_some() || operation.http().is_some() {
        find_refused_types(operation, lints);
    }
}

fn find_never_selected(operation: &LintedOperation<'_>, lints: &mut Lints<'_>) {
    let templates = &operation.integration().request_templates;
    let rendering = templates.media_types().filter(|key| templates.get(key).flatten().is_some());
    for media_type in rendering.filter(|key| *key != "$default" && !is_plain(key)) {
        let message = format!("No request selects this request template for `{media_type}`.");
        let pointer = operation.integration_pointer(&["requestTemplates", media_type]);
        lints.add(Code::TemplateCannotOccur, Behaviours::Both, pointer, message);
    }
}

/// Returns whether a media type is `type/subtype` without parameters and wildcards.
fn is_plain(media_type: &str) -> bool {
    let parts = media_type.split_once('/');
    parts.is_some_and(|(kind, subtype)| !kind.is_empty() && !subtype.is_empty() && !subtype.contains('/'))
        && !media_type.contains([';', ',', ' ', '*'])
}

/// Finds requests that get a 415: no template matches them, and `passthroughBehavior` does not let the body pass.
fn find_refused_types(operation: &LintedOperation<'_>, lints: &mut Lints<'_>) {
    let is_refused = |name: Option<&str>| of_request(operation, name) == Outcome::Refused;
    let integration = operation.integration();
    let keys: Vec<_> = integration.request_templates.media_types().collect();
    let declared = operation.outline.request_types.iter().map(String::as_str);
    let declared: Vec<_> = declared.filter(|name| !name.contains('*')).collect();
    let types: Vec<_> = declared.iter().copied().filter(|name| is_refused(Some(name))).collect();
    // With NEVER, the author probably wants the gateway to refuse other types.
    let is_meant = integration.passthrough_behavior == PassthroughBehavior::Never;
    let mut requests = Vec::new();
    if !types.is_empty() {
        requests.push(format!("with a body of {}", types.join(", ")));
    } else if declared.is_empty() && operation.uploads() && !is_meant && is_refused(Some(UNKNOWN_TYPE)) {
        requests.push(format!("with a body of another type than {}", keys.join(", ")));
    }
    if is_refused(None) {
        requests.push("without a `Content-Type`".to_owned());
    }
    if requests.is_empty() {
        return;
    }
    let requests = match keys.is_empty() {
        true => "Every request".to_owned(),
        false => format!("A request {}", requests.join(", or ")),
    };
    let message = format!("{requests} gets a 415, because no request template matches it.");
    let pointer = operation.integration_pointer(&["passthroughBehavior"]);
    lints.add(Code::TypeRefused, Behaviours::Both, pointer, message);
}
