//! Predicts the outcome of a body, with the gateway's own functions for conversions and templates.

use s3_edge_gateway::api::media_type::Form;
use s3_edge_gateway::api::template::Template;
use s3_edge_gateway::gateway::Behaviour;
use s3_edge_gateway::gateway::conversion::Conversion;
use s3_edge_gateway::gateway::request::method_request::request_template;

use super::media_types::BinaryTypes;
use super::operation::{LintedOperation, LintedResponse};

/// The outcome of a body with bytes that are not UTF-8.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Outcome {
    /// The bytes pass unchanged, or a template renders a text that contains them as base64 or not at all.
    Fine,
    /// Bytes that are not UTF-8 become U+FFFD.
    Corrupted,
    /// The bytes become base64, without a template.
    Encoded,
    /// The body is decoded as base64. A body that is not base64 is an error.
    Decoded,
    /// A template is applied to bytes. The client gets a 500.
    TemplateFails,
    /// No request template matches, and `passthroughBehavior` does not let the body pass. The client gets a 415.
    Refused,
}

/// A media type that no document names. Only the binary media type `*/*` and the template `$default` match it.
pub(super) const UNKNOWN_TYPE: &str = "-/-";

/// Returns the outcome of a client's body with this `Content-Type` in `aws`. In `edge`, no body is corrupted, and the body of
/// a mock without `contentHandling` is text. The other outcomes are the same.
pub(super) fn of_request(operation: &LintedOperation<'_>, content_type: Option<&str>) -> Outcome {
    let integration = operation.integration();
    let Ok(template) = request_template(integration, content_type) else { return Outcome::Refused };
    let listed = operation.binary_types.lists(content_type);
    of(Conversion::of_request(listed, integration.content_handling), template.map(|(_, template)| template))
}

/// Returns the outcome of a backend's body in `aws`, and the media type of the template if one is applied. `payload` is the
/// `Content-Type` of the backend, and `accept` is the `Accept` of the client.
pub(super) fn of_response<'d>(
    entry: LintedResponse<'d>,
    binary_types: &BinaryTypes,
    payload: Option<&str>,
    accept: Option<&str>,
) -> (Outcome, Option<&'d str>) {
    let (listed, accepted) = (binary_types.lists(payload), Form::from(binary_types.lists(accept)));
    let handling = entry.response.content_handling;
    let conversion = Conversion::of_response(listed, accepted, handling, Behaviour::Aws);
    let selected = entry.response.templates.for_accept(accept);
    let template = selected.and_then(|(_, template)| template);
    (of(conversion, template), selected.filter(|_| template.is_some()).map(|(key, _)| key))
}

/// Returns whether `edge` decodes a backend's body of the type `payload` as base64. `edge` decodes only with
/// CONVERT_TO_BINARY, and applies no template to the decoded bytes.
pub(super) fn is_decoded_in_edge(
    entry: LintedResponse<'_>,
    binary_types: &BinaryTypes,
    payload: Option<&str>,
) -> bool {
    let (listed, handling) = (binary_types.lists(payload), entry.response.content_handling);
    // In `edge`, `Accept` has no effect on whether the body is decoded, so any form gives the same result.
    Conversion::of_response(listed, Form::Text, handling, Behaviour::Edge) == Conversion::Base64Decode
}

fn of(conversion: Conversion, template: Option<&Template>) -> Outcome {
    let shows_body = template.is_none_or(Template::names_body);
    match (template, conversion) {
        (Some(_), conversion) if !conversion.gives_text() => Outcome::TemplateFails,
        (_, Conversion::Text) if shows_body => Outcome::Corrupted,
        (Some(_), _) | (None, Conversion::Text | Conversion::Identity) => Outcome::Fine,
        (None, Conversion::Base64Encode) => Outcome::Encoded,
        (None, Conversion::Base64Decode) => Outcome::Decoded,
    }
}
