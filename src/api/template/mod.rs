//! Mapping templates: text with references, such as `{"image": "$input.body"}`.
//!
//! A template of an integration consists of text, `$input.body`, `$context.NAME` and `$stageVariables.NAME`. The compiler
//! refuses every other construct of the Velocity template language. A template of a gateway response has no body, but may
//! contain `method.request.…`.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use super::mapping::MethodRequestSource;

#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub struct Template {
    pieces: Vec<Piece>,
}

#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub enum Piece {
    Text(String),
    Reference(Reference),
}

/// A reference, which rendering replaces by its value.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub enum Reference {
    /// `$input.body`: the whole body, as text.
    InputBody,
    /// `$context.NAME`. Dots in the name select nested values.
    Context(String),
    /// `$stageVariables.NAME`.
    StageVariable(String),
    /// `method.request.header.NAME` and other values of the request. Only templates of gateway responses contain them.
    MethodRequest(MethodRequestSource),
}

/// The values of references. `None` renders as empty text, as null does in API Gateway.
pub trait Values {
    /// Returns the value of `$context.NAME`.
    fn context(&self, name: &str) -> Option<Cow<'_, str>>;
    /// Returns the value of `$stageVariables.NAME`.
    fn stage_variable(&self, name: &str) -> Option<Cow<'_, str>>;
    /// Returns the value of `method.request.NAME`.
    fn method_request(&self, source: &MethodRequestSource) -> Option<Cow<'_, str>>;
}

/// The value of `$input.body`. It is written directly to the output, without an intermediate copy.
pub trait InputBody {
    /// Returns the number of bytes.
    fn length(&self) -> usize;
    /// Appends the bytes to the output.
    fn append_to(&self, rendered: &mut Vec<u8>);
}

impl InputBody for [u8] {
    fn length(&self) -> usize {
        self.len()
    }

    fn append_to(&self, rendered: &mut Vec<u8>) {
        rendered.extend_from_slice(self);
    }
}

impl Template {
    pub fn new(pieces: Vec<Piece>) -> Self {
        Self { pieces }
    }

    /// Renders the template. `$input.body` of an empty body renders as `{}` (seen on API Gateway; date not recorded).
    pub fn render(&self, body: &(impl InputBody + ?Sized), values: &impl Values) -> Vec<u8> {
        let length = body.length();
        let mut rendered = Vec::with_capacity(self.capacity(length));
        for piece in &self.pieces {
            match piece.value(values) {
                Some(value) => rendered.extend_from_slice(value.as_bytes()),
                None if length == 0 => rendered.extend_from_slice(b"{}"),
                None => body.append_to(&mut rendered),
            }
        }
        rendered
    }

    /// Returns the rendered text before and after `$input.body`, or `None` if the template does not contain `$input.body`
    /// exactly once.
    pub fn around_body(&self, values: &impl Values) -> Option<(String, String)> {
        let mut bodies = self.pieces.iter().enumerate().filter(|(_, piece)| piece.is_body());
        let (at, _) = bodies.next().filter(|_| bodies.next().is_none())?;
        let (before, after) = self.pieces.split_at(at);
        let render = |pieces: &[Piece]| pieces.iter().filter_map(|piece| piece.value(values)).collect();
        Some((render(before), render(after)))
    }

    /// Returns whether the template contains `$input.body`.
    pub fn names_body(&self) -> bool {
        self.pieces.iter().any(Piece::is_body)
    }

    /// Returns whether the template contains `$context`: its text may then differ for each request.
    pub fn names_context(&self) -> bool {
        self.pieces.iter().any(|piece| matches!(piece, Piece::Reference(Reference::Context(_))))
    }

    /// Returns the rendered text of a template without references, or `None` if it contains a reference.
    pub fn constant(&self) -> Option<&str> {
        match self.pieces.as_slice() {
            [] => Some(""),
            [Piece::Text(text)] => Some(text),
            _ => None,
        }
    }

    /// Returns the parameters of the client's request to which the template refers.
    pub fn method_request_sources(&self) -> impl Iterator<Item = &MethodRequestSource> {
        self.pieces.iter().filter_map(|piece| match piece {
            Piece::Reference(Reference::MethodRequest(source)) => Some(source),
            Piece::Text(_) | Piece::Reference(_) => None,
        })
    }

    /// Returns the names of the `$context` variables in the template.
    pub fn context_names(&self) -> impl Iterator<Item = &str> {
        self.pieces.iter().filter_map(|piece| match piece {
            Piece::Reference(Reference::Context(name)) => Some(name.as_str()),
            Piece::Text(_) | Piece::Reference(_) => None,
        })
    }

    fn capacity(&self, body: usize) -> usize {
        let size = |piece: &Piece| match piece {
            Piece::Text(text) => text.len(),
            Piece::Reference(Reference::InputBody) => body,
            Piece::Reference(_) => 16,
        };
        self.pieces.iter().map(size).sum()
    }
}

impl Piece {
    fn is_body(&self) -> bool {
        *self == Self::Reference(Reference::InputBody)
    }

    /// Returns the text of the piece, or `None` if the piece is `$input.body`.
    fn value<'v>(&'v self, values: &'v impl Values) -> Option<Cow<'v, str>> {
        let value = match self {
            Self::Text(text) => Some(Cow::Borrowed(text.as_str())),
            Self::Reference(Reference::InputBody) => return None,
            Self::Reference(Reference::Context(name)) => values.context(name),
            Self::Reference(Reference::StageVariable(name)) => values.stage_variable(name),
            Self::Reference(Reference::MethodRequest(name)) => values.method_request(name),
        };
        Some(value.unwrap_or_default())
    }
}
