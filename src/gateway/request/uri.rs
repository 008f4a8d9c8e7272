//! The texts of an integration's uri, rendered: each placeholder is replaced by its value.

use percent_encoding::{AsciiSet, CONTROLS, NON_ALPHANUMERIC, utf8_percent_encode};

use super::mapping::Mapped;
use super::request_validator::Validated;
use crate::api::integration_uri::{UriPiece, UriText};
use crate::api::mapping::{Name, RequestSource, RequestTarget};
use crate::api::template::Values;
use crate::gateway::behaviour::Difference;
use crate::gateway::rejection::Rejection;
use crate::s3::Region;

/// The characters that are not encoded in a query: the unreserved ones (RFC 3986 section 2.3).
pub(super) const QUERY: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// The same in a path, with the slash.
const PATH: &AsciiSet = &QUERY.remove(b'/');

/// The characters that URL parsing encodes in any part of a URL.
const ENCODED_BY_URL_PARSING: &AsciiSet =
    &CONTROLS.add(b' ').add(b'"').add(b'<').add(b'>').add(b'`').add(b'\\').add(b'^').add(b'|').add(b'}');

/// The encoding of the rendered text.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Encoding {
    /// Not encoded, as an S3 key is.
    None,
    /// For the path of a URL. A path parameter of the client stays as it arrived, so that `%2F` stays encoded.
    Path,
    /// For the query of a URL, likewise.
    Query,
}

/// Renders the texts of one uri.
#[derive(Clone, Copy, Debug)]
pub(super) struct UriRenderer<'r> {
    request: &'r Validated<'r>,
    mapped: &'r Mapped<'r>,
}

impl<'r> UriRenderer<'r> {
    pub(super) fn new(request: &'r Validated<'r>, mapped: &'r Mapped<'r>) -> Self {
        Self { request, mapped }
    }

    /// Renders a text.
    ///
    /// # Errors
    /// The [`Rejection`] for a placeholder without a value.
    pub(super) fn render(self, text: &UriText, encoding: Encoding) -> Result<String, Rejection> {
        let mut rendered = String::new();
        for piece in &text.0 {
            match piece {
                UriPiece::Text(text) => match encoding {
                    Encoding::None => rendered.push_str(text),
                    Encoding::Path | Encoding::Query => {
                        rendered.extend(utf8_percent_encode(text, ENCODED_BY_URL_PARSING));
                    }
                },
                UriPiece::Parameter(name) => self.append_parameter(&mut rendered, name, encoding)?,
                // A variable that is not set is empty (seen on API Gateway; date not recorded).
                UriPiece::StageVariable(name) => {
                    rendered
                        .push_str(&self.request.context.stage_variable(name.as_str()).unwrap_or_default());
                }
                // The deployment has verified that it is set. The compiler refuses it in URLs.
                UriPiece::Region => {
                    let region = self.request.context.gateway.settings.s3_region.as_ref();
                    rendered.push_str(region.map_or("", Region::as_str));
                }
            }
        }
        Ok(rendered)
    }

    fn append_parameter(
        self,
        rendered: &mut String,
        name: &Name,
        encoding: Encoding,
    ) -> Result<(), Rejection> {
        let set = match encoding {
            Encoding::None => None,
            Encoding::Path => Some(PATH),
            Encoding::Query => Some(QUERY),
        };
        let raw = self.mapped.raw_path_value(name).filter(|_| set.is_some());
        match (raw, self.mapped.path_value(name), set) {
            (Some(raw), _, _) => rendered.push_str(raw),
            (None, Some(value), Some(set)) => rendered.extend(utf8_percent_encode(value, set)),
            (None, Some(value), None) => rendered.push_str(value),
            (None, None, _) => return Err(self.missing(name)),
        }
        Ok(())
    }

    /// Returns the rejection for a placeholder without a value. It names the client's parameter if there is one.
    fn missing(self, placeholder: &Name) -> Rejection {
        let cause = format!("no value for {{{}}} of the integration's uri", placeholder.as_str());
        let target = RequestTarget::Path(placeholder.clone());
        let mut mappings = self.request.served.integration().request_parameters.iter();
        let source = mappings.find(|(known, _)| *known == target).map(|(_, source)| source);
        match source.filter(|_| self.request.context.has(Difference::MissingPathParameter)) {
            Some(RequestSource::MethodRequest(source)) => {
                let name = source.to_string();
                let name = name.splitn(4, '.').nth(3).unwrap_or_default();
                Rejection::missing_parameters(name, cause)
            }
            Some(RequestSource::Body(path)) => Rejection::missing_parameters(&format!("body{path}"), cause),
            Some(RequestSource::Ambient(_)) | None => Rejection::configuration(cause),
        }
    }
}
