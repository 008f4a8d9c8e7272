//! Mapping templates: text around references, as `{"image": "$input.body"}`.
//!
//! Inside: parsing at load (`parser`), rendering per request. Not inside: HTTP, and where the referenced values come from. What
//! is supported is text, `$input.body`, `$context.…` and `$stageVariables.…`; every other piece of the Velocity
//! template language is refused when the document is loaded, never ignored.

mod parser;

use std::borrow::Cow;

use self::parser::Parser;

/// A parsed template.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Template {
    pieces: Vec<Piece>,
}

#[derive(Clone, Debug, Eq, PartialEq)]
enum Piece {
    Text(String),
    Reference(Reference),
}

/// What a template can refer to.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Reference {
    /// `$input.body`: the whole body, as text.
    InputBody,
    /// `$context.NAME`, with dots inside the name for nested values.
    Context(String),
    /// `$stageVariables.NAME`.
    StageVariable(String),
    /// `method.request.header.NAME` and its like, in the templates of gateway responses only.
    MethodRequest(String),
}

/// What cannot be parsed, and where.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("at character {offset}: {what}")]
pub struct TemplateError {
    /// Offset in characters from the start of the template.
    pub offset: usize,
    /// What stands there and what was expected.
    pub what: String,
}

/// Where the values of references come from.
pub trait Values {
    /// The value of `$context.NAME`; `None` renders as nothing, as API Gateway renders null.
    fn context(&self, name: &str) -> Option<Cow<'_, str>>;
    /// The value of `$stageVariables.NAME`.
    fn stage_variable(&self, name: &str) -> Option<Cow<'_, str>>;
    /// The value of `method.request.NAME`.
    fn method_request(&self, name: &str) -> Option<Cow<'_, str>>;
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

/// Which references a template may hold.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Dialect {
    /// Templates of integration requests and responses.
    Integration,
    /// Templates of gateway responses: they have no body to refer to, but may name `method.request.…`
    /// (<https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-gatewayResponse-definition.html>).
    GatewayResponse,
}

impl Template {
    /// Parses the text of a template.
    ///
    /// # Errors
    /// The first piece that is not supported, with its offset.
    pub fn parse(text: &str, dialect: Dialect) -> Result<Self, TemplateError> {
        Ok(Self { pieces: Parser::new(text).pieces(dialect)? })
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
    #[cfg(not(target_arch = "wasm32"))]
    pub(crate) fn constant(&self) -> Option<&str> {
        match self.pieces.as_slice() {
            [] => Some(""),
            [Piece::Text(text)] => Some(text),
            _ => None,
        }
    }

    /// The names of `$context` that it refers to.
    #[cfg(not(target_arch = "wasm32"))]
    pub(crate) fn context_names(&self) -> impl Iterator<Item = &str> {
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

#[cfg(test)]
mod tests {
    use super::*;

    struct Fixed;

    impl Values for Fixed {
        fn context(&self, name: &str) -> Option<Cow<'_, str>> {
            (name == "error.messageString").then_some(Cow::Borrowed("\"no\""))
        }
        fn stage_variable(&self, name: &str) -> Option<Cow<'_, str>> {
            (name == "v").then_some(Cow::Borrowed("stage"))
        }
        fn method_request(&self, name: &str) -> Option<Cow<'_, str>> {
            (name == "header.Origin").then_some(Cow::Borrowed("https://a.example"))
        }
    }

    fn render(template: &str, dialect: Dialect) -> String {
        let rendered = Template::parse(template, dialect).unwrap().render(b"QQ==".as_slice(), &Fixed);
        String::from_utf8(rendered).unwrap()
    }

    #[test]
    fn integration_templates() {
        for (template, expected) in [
            ("{\n   \"image\": \"$input.body\"\n}", "{\n   \"image\": \"QQ==\"\n}"),
            ("${input.body}x$!{stageVariables.v}", "QQ==xstage"),
            ("$context.error.messageString.", "\"no\"."),
            ("$5 # $", "$5 # $"),
            ("$context.nothing|", "|"),
            ("", ""),
        ] {
            assert_eq!(render(template, Dialect::Integration), expected);
        }
    }

    #[test]
    fn what_is_not_supported_is_said_with_its_offset() {
        for (template, offset) in [
            ("é#set($x = 1)", 1),
            ("ab$input.json('$.a')", 2),
            ("$input.path('$')", 0),
            ("x $util.escapeJavaScript($input.body)", 2),
            ("## comment", 0),
            ("${input.body", 0),
            ("$input.body.length()", 0),
            ("$context['a']", 0),
        ] {
            let error = Template::parse(template, Dialect::Integration).unwrap_err();
            assert_eq!(error.offset, offset, "{template}: {error}");
        }
    }

    #[test]
    fn gateway_response_templates_substitute_and_never_fail() {
        let template =
            "{\"m\":$context.error.messageString,\"o\":\"method.request.header.Origin\",\"x\":\"$x #if m\"}";
        let expected = "{\"m\":\"no\",\"o\":\"https://a.example\",\"x\":\"$x #if m\"}";
        assert_eq!(render(template, Dialect::GatewayResponse), expected);
        assert_eq!(render("$method.request.header.Origin", Dialect::GatewayResponse), "$https://a.example");
    }

    #[test]
    fn an_empty_body_is_an_empty_object() {
        let template = Template::parse("[$input.body]", Dialect::Integration).unwrap();
        assert_eq!(template.render(b"".as_slice(), &Fixed), b"[{}]");
    }

    #[test]
    fn what_is_around_a_single_body() {
        let around =
            |template: &str| Template::parse(template, Dialect::Integration).unwrap().around_body(&Fixed);
        let texts = |before: &str, after: &str| Some((before.to_owned(), after.to_owned()));
        for (template, expected) in [
            ("[$input.body]", texts("[", "]")),
            ("$input.body", texts("", "")),
            ("$input.body$stageVariables.v", texts("", "stage")),
            (
                "{\"e\":$context.error.messageString$context.nothing,\"b\":\"$input.body\"}",
                texts("{\"e\":\"no\",\"b\":\"", "\"}"),
            ),
            ("$input.body$input.body", None),
            ("$stageVariables.v", None),
            ("", None),
        ] {
            assert_eq!(around(template), expected, "{template}");
        }
    }
}
