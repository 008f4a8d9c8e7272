//! Computes the outcome of a body in `aws`, with the gateway's own functions for conversions and templates.

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
    /// The bytes pass unchanged, or a template renders text that does not contain them.
    Fine,
    /// Bytes that are not UTF-8 become U+FFFD.
    Corrupted,
    /// The bytes become base64.
    Encoded,
    /// The body is decoded as base64. A body that is not base64 is an error.
    Decoded,
    /// A template is applied to bytes, which is a 500.
    TemplateFails,
    /// No template matches, and the body may not pass without one, which is a 415.
    Refused,
}

/// A media type that is not a binary media type and has no template.
pub(super) const UNKNOWN_TYPE: &str = "-/-";

/// Returns the outcome of a client's body with this `Content-Type` in `aws`. The outcome in `edge` differs only for text,
/// which passes unchanged, and for mocks.
pub(super) fn of_request(operation: &LintedOperation<'_>, content_type: Option<&str>) -> Outcome {
    let integration = operation.integration();
    let Ok(template) = request_template(integration, content_type) else { return Outcome::Refused };
    let listed = operation.binary_types.lists(content_type);
    of(Conversion::of_request(listed, integration.content_handling), template.map(|(_, template)| template))
}

/// Returns the outcome in `aws` of a body of the type `payload` from the backend for a client with this `Accept`, and the
/// media type of the template if one is applied.
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

/// Returns whether `edge` decodes a body of the type `payload` from the backend as base64. It does so only with
/// CONVERT_TO_BINARY, and applies no template then.
pub(super) fn is_decoded_in_edge(
    entry: LintedResponse<'_>,
    binary_types: &BinaryTypes,
    payload: Option<&str>,
) -> bool {
    let (listed, handling) = (binary_types.lists(payload), entry.response.content_handling);
    // `Accept` has no effect on whether the body is decoded, so any form will do.
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
