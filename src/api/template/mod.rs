//! Mapping templates as syntax trees: text around references, as `{"image": "$input.body"}`.
//!
//! Inside: rendering. Not inside: parsing (the compiler), HTTP, and the source of the referenced values. The tree holds
//! text, `$input.body`, `$context.NAME` and `$stageVariables.NAME`; the compiler refuses every other construct of the
//! Velocity template language.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use super::mapping::MethodRequestSource;

/// A parsed template.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub struct Template {
    pieces: Vec<Piece>,
}

/// A piece of a template.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub enum Piece {
    /// Literal text.
    Text(String),
    /// A reference, replaced by its value.
    Reference(Reference),
}

/// What a template can refer to.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub enum Reference {
    /// `$input.body`: the whole body, as text.
    InputBody,
    /// `$context.NAME`, with dots inside the name for nested values.
    Context(String),
    /// `$stageVariables.NAME`.
    StageVariable(String),
    /// `method.request.header.NAME` and its like, in the templates of gateway responses only.
    MethodRequest(MethodRequestSource),
}

/// Where the values of references come from.
pub trait Values {
    /// The value of `$context.NAME`; `None` renders as nothing, as API Gateway renders null.
    fn context(&self, name: &str) -> Option<Cow<'_, str>>;
    /// The value of `$stageVariables.NAME`.
    fn stage_variable(&self, name: &str) -> Option<Cow<'_, str>>;
    /// The value of `method.request.NAME`.
    fn method_request(&self, source: &MethodRequestSource) -> Option<Cow<'_, str>>;
}

/// What `$input.body` stands for; it is written where it belongs, so that it need not be written before.
pub trait InputBody {
    /// How many bytes it has.
    fn length(&self) -> usize;
    /// Appends them.
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
    /// Returns a template of these pieces.
    pub fn new(pieces: Vec<Piece>) -> Self {
        Self { pieces }
    }

    /// Renders the template. An empty body is `{}`, as observed on API Gateway.
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

    /// What is rendered before and after the body, where the template has it exactly once.
    pub fn around_body(&self, values: &impl Values) -> Option<(String, String)> {
        let mut bodies = self.pieces.iter().enumerate().filter(|(_, piece)| piece.is_body());
        let (at, _) = bodies.next().filter(|_| bodies.next().is_none())?;
        let (before, after) = self.pieces.split_at(at);
        let render = |pieces: &[Piece]| pieces.iter().filter_map(|piece| piece.value(values)).collect();
        Some((render(before), render(after)))
    }

    /// Whether it shows the body.
    pub fn names_body(&self) -> bool {
        self.pieces.iter().any(Piece::is_body)
    }

    /// Whether it names `$context`, so that no two requests need be rendered alike.
    pub fn names_context(&self) -> bool {
        self.pieces.iter().any(|piece| matches!(piece, Piece::Reference(Reference::Context(_))))
    }

    /// What it is rendered as, where it refers to nothing.
    pub fn constant(&self) -> Option<&str> {
        match self.pieces.as_slice() {
            [] => Some(""),
            [Piece::Text(text)] => Some(text),
            _ => None,
        }
    }

    /// The names of `$context` that it refers to.
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

    /// What it is rendered as; `None` for the body.
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
