//! What becomes of one body in `aws`: by the gateway's own conversions, and the template that applies.

use serde_json::{Map, Value};

use super::List;
use super::operation::{Entry, Operation};
use crate::api::media_type::{Form, Listed, MediaType};
use crate::gateway::Compatibility;
use crate::gateway::content::Conversion;

/// What becomes of bytes.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Fate {
    /// They stay what they are, or a template makes something else.
    Fine,
    /// Bytes that are no text become U+FFFD.
    Corrupted,
    /// They become base64.
    Encoded,
    /// They have to be base64; what is none is a 500.
    Decoded,
    /// A template meets bytes: a 500.
    TemplateFails,
    /// No template, and nothing passes: a 415.
    Refused,
}

/// Of a client's body with this `Content-Type`.
pub(super) fn of_request(operation: &Operation<'_>, list: &List<'_>, content_type: Option<&str>) -> Fate {
    let conversion = Conversion::of_request(list.binary.lists(content_type), operation.content_handling());
    let templates = operation.integration.get("requestTemplates").and_then(Value::as_object);
    let essence = content_type.and_then(|text| text.split([';', ',']).next());
    let essence = essence.map_or("application/json", str::trim);
    let entry =
        templates.and_then(|templates| get(templates, essence).or_else(|| get(templates, "$default")));
    if let Some((_, text)) = entry {
        return of(conversion, text);
    }
    let has_none = templates.is_none_or(Map::is_empty);
    let is = |word: &str| {
        operation.text("passthroughBehavior").is_some_and(|text| text.eq_ignore_ascii_case(word))
    };
    if is("NEVER") || is("WHEN_NO_TEMPLATES") && !has_none { Fate::Refused } else { of(conversion, None) }
}

/// Of a body that the backend answers as `payload`, to a client with this `Accept`; with the key of the template that
/// applies, where that is not empty.
pub(super) fn of_response<'d>(
    entry: &Entry<'d>,
    list: &List<'_>,
    payload: Option<&str>,
    accept: Option<&str>,
) -> (Fate, Option<&'d str>) {
    let accepted = match list.binary.lists(accept) {
        Listed::Yes => Form::Binary,
        Listed::No => Form::Text,
    };
    let listed = list.binary.lists(payload);
    let conversion = Conversion::of_response(listed, accepted, entry.content_handling(), Compatibility::Aws);
    let templates = entry.node.get("responseTemplates").and_then(Value::as_object);
    let chosen = templates.and_then(|templates| {
        let wanted = accept.and_then(MediaType::first_of);
        let exact = templates.keys().find(|key| wanted.is_some_and(|wanted| wanted.is(key)));
        let exact = exact.and_then(|key| get(templates, key));
        let first = || templates.keys().next().and_then(|key| get(templates, key));
        exact.or_else(|| get(templates, "application/json")).or_else(first)
    });
    let text = chosen.and_then(|(_, text)| text);
    (of(conversion, text), chosen.filter(|_| text.is_some()).map(|(key, _)| key))
}

fn of(conversion: Conversion, template: Option<&str>) -> Fate {
    let shows_body = template.is_none_or(|text| text.contains("$input"));
    match (template, conversion) {
        (Some(_), conversion) if !conversion.gives_text() => Fate::TemplateFails,
        (_, Conversion::Text) if shows_body => Fate::Corrupted,
        (Some(_), _) => Fate::Fine,
        (None, Conversion::Text | Conversion::Identity) => Fate::Fine,
        (None, Conversion::Base64Encode) => Fate::Encoded,
        (None, Conversion::Base64Decode) => Fate::Decoded,
    }
}

/// The entry for a type: its key, and the template if it is not empty.
fn get<'t>(templates: &'t Map<String, Value>, media_type: &str) -> Option<(&'t str, Option<&'t str>)> {
    let (key, value) = templates.iter().find(|(key, _)| key.eq_ignore_ascii_case(media_type))?;
    Some((key, value.as_str().filter(|text| !text.is_empty())))
}
