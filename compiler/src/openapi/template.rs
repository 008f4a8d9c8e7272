//! Parses mapping templates: text, `$input.body`, `$context.NAME` and `$stageVariables.NAME`, and in gateway responses
//! `method.request.…`.
//!
//! In templates of integrations, other constructs of the Velocity template language are refused with their position.

use s3_edge_gateway::api::template::{Piece, Reference, Template};

use super::mapping::method_request;

/// The first construct of a template that is not supported.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct TemplateError {
    /// The line of the template, counted from 1.
    pub line: usize,
    /// The column in characters, counted from 1.
    pub column: usize,
    /// The text that begins with the construct: at most 20 characters, up to the first control character.
    pub seen: String,
}

/// The syntax of a template.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Dialect {
    /// A template of an integration request or response.
    Integration,
    /// A template of a gateway response. It has no input body, so `$input.body` becomes `{}`. It may also contain
    /// `method.request.…` without a `$`
    /// (<https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-gatewayResponse-definition.html>).
    GatewayResponse,
}

/// Parses a template.
///
/// # Errors
/// Returns the first construct that is not supported. A template of a gateway response causes no error: its other
/// constructs are text.
pub fn parse(text: &str, dialect: Dialect) -> Result<Template, TemplateError> {
    Ok(Template::new(Parser::new(text).pieces(dialect)?))
}

/// The parser of one template. `at` is the offset of the next byte.
struct Parser<'t> {
    text: &'t str,
    at: usize,
    pieces: Vec<Piece>,
}

impl<'t> Parser<'t> {
    fn new(text: &'t str) -> Self {
        Self { text, at: 0, pieces: Vec::new() }
    }

    fn pieces(mut self, dialect: Dialect) -> Result<Vec<Piece>, TemplateError> {
        match dialect {
            Dialect::Integration => self.integration()?,
            Dialect::GatewayResponse => self.gateway_response(),
        }
        Ok(self.pieces)
    }

    fn integration(&mut self) -> Result<(), TemplateError> {
        while let Some(found) = self.rest().find(['$', '#']) {
            self.push_text(found);
            if self.rest().starts_with('#') {
                self.hash()?;
            } else {
                self.dollar()?;
            }
        }
        self.push_text(self.rest().len());
        Ok(())
    }

    /// Parses a template of a gateway response. Text that is not a known reference does not change.
    fn gateway_response(&mut self) {
        while let Some(found) = self.rest().find(['$', 'm']) {
            self.push_text(found);
            let rest = self.rest();
            let known = rest.strip_prefix("method.request.").map(|name| (name, "method.request.".len()));
            if let Some((name, skipped)) = known {
                let length = name_length(name);
                let source = rest.get(..skipped + length).filter(|_| length > 0).and_then(method_request);
                if let Some(source) = source {
                    self.push_reference(skipped + length, Reference::MethodRequest(source));
                    continue;
                }
            }
            match self.reference() {
                Some((Some(reference), length)) => self.push_reference(length, reference),
                _ => self.push_text(1),
            }
        }
        self.push_text(self.rest().len());
    }

    /// Parses a `#`. If a letter, `#`, `*`, `{`, `[` or `@` follows, the `#` begins a directive or a comment, which is
    /// an error. Otherwise the `#` is text.
    fn hash(&mut self) -> Result<(), TemplateError> {
        let next = self.rest().chars().nth(1);
        match next {
            Some('#' | '*' | '[' | '{' | '@') => Err(self.unsupported()),
            Some(letter) if letter.is_ascii_alphabetic() => Err(self.unsupported()),
            _ => {
                self.push_text(1);
                Ok(())
            }
        }
    }

    /// Parses a `$`. If a name, `!` or `{` follows, the `$` begins a reference. Otherwise the `$` is text, as in
    /// `"$ 5"`.
    fn dollar(&mut self) -> Result<(), TemplateError> {
        match self.reference() {
            Some((Some(reference), length)) => {
                self.push_reference(length, reference);
                Ok(())
            }
            Some((None, _)) => Err(self.unsupported()),
            None => {
                self.push_text(1);
                Ok(())
            }
        }
    }

    /// Returns the reference that starts here and its length in bytes. Returns `None` if no reference starts here, and
    /// `Some((None, _))` if the reference is not supported.
    fn reference(&self) -> Option<(Option<Reference>, usize)> {
        let after = self.rest().strip_prefix('$')?;
        let quiet = after.strip_prefix('!').unwrap_or(after);
        let braced = quiet.strip_prefix('{');
        let name = braced.unwrap_or(quiet);
        let starts_name = name.starts_with(|letter: char| letter.is_ascii_alphabetic() || letter == '_');
        if !starts_name {
            return (braced.is_some() || quiet.len() < after.len()).then_some((None, 0));
        }
        let length = name_length(name);
        let (path, tail) = name.split_at_checked(length)?;
        let closing = usize::from(braced.is_some());
        let whole = self.rest().len() - tail.len() + closing;
        let ends_well = if braced.is_some() { tail.starts_with('}') } else { !tail.starts_with(['(', '[']) };
        let reference = match path.split_once('.') {
            _ if !ends_well => None,
            Some(("input", "body")) => Some(Reference::InputBody),
            Some(("context", name)) => Some(Reference::Context(name.to_owned())),
            Some(("stageVariables", name)) => Some(Reference::StageVariable(name.to_owned())),
            _ => None,
        };
        Some((reference, whole))
    }

    fn push_text(&mut self, length: usize) {
        let text = self.rest().get(..length).unwrap_or_default();
        match self.pieces.last_mut() {
            _ if text.is_empty() => {}
            Some(Piece::Text(last)) => last.push_str(text),
            _ => self.pieces.push(Piece::Text(text.to_owned())),
        }
        self.at += length;
    }

    fn push_reference(&mut self, length: usize, reference: Reference) {
        self.pieces.push(Piece::Reference(reference));
        self.at += length;
    }

    fn rest(&self) -> &'t str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn unsupported(&self) -> TemplateError {
        let before = self.text.get(..self.at).unwrap_or_default();
        let line = before.rsplit('\n').next().unwrap_or_default();
        let seen = self.rest().chars().take(20).take_while(|letter| !letter.is_control()).collect();
        TemplateError { line: before.matches('\n').count() + 1, column: line.chars().count() + 1, seen }
    }
}

/// Returns the length in bytes of a dotted name: ASCII letters, digits, `_`, `-`, and dots between them.
fn name_length(text: &str) -> usize {
    let is_name = |letter: char| letter.is_ascii_alphanumeric() || letter == '_' || letter == '-';
    let mut length = 0;
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        let joins = letter == '.' && length > 0 && letters.peek().is_some_and(|next| is_name(*next));
        if !is_name(letter) && !joins {
            break;
        }
        length += 1;
    }
    length
}

#[cfg(test)]
mod tests {
    use super::*;

    use std::borrow::Cow;

    use s3_edge_gateway::api::mapping::MethodRequestSource;
    use s3_edge_gateway::api::template::Values;

    struct Fixed;

    impl Values for Fixed {
        fn context(&self, name: &str) -> Option<Cow<'_, str>> {
            (name == "error.messageString").then_some(Cow::Borrowed("\"no\""))
        }
        fn stage_variable(&self, name: &str) -> Option<Cow<'_, str>> {
            (name == "v").then_some(Cow::Borrowed("stage"))
        }
        fn method_request(&self, source: &MethodRequestSource) -> Option<Cow<'_, str>> {
            (source.to_string() == "method.request.header.Origin")
                .then_some(Cow::Borrowed("https://a.example"))
        }
    }

    fn render(template: &str, dialect: Dialect) -> String {
        let rendered = parse(template, dialect).unwrap().render(b"QQ==".as_slice(), &Fixed);
        String::from_utf8(rendered).unwrap()
    }

    #[test]
    fn integration_templates_are_rendered() {
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
    fn unsupported_constructs_have_a_position() {
        for (template, column) in [
            ("é#set($x = 1)", 2),
            ("ab$input.json('$.a')", 3),
            ("$input.path('$')", 1),
            ("x $util.escapeJavaScript($input.body)", 3),
            ("## comment", 1),
            ("${input.body", 1),
            ("$input.body.length()", 1),
            ("$context['a']", 1),
        ] {
            let error = parse(template, Dialect::Integration).unwrap_err();
            assert_eq!((error.line, error.column), (1, column), "{template}: {error:?}");
        }
    }

    #[test]
    fn gateway_response_templates_replace_known_references_and_keep_other_text() {
        let template =
            "{\"m\":$context.error.messageString,\"o\":\"method.request.header.Origin\",\"x\":\"$x #if m\"}";
        let expected = "{\"m\":\"no\",\"o\":\"https://a.example\",\"x\":\"$x #if m\"}";
        assert_eq!(render(template, Dialect::GatewayResponse), expected);
        assert_eq!(render("$method.request.header.Origin", Dialect::GatewayResponse), "$https://a.example");
    }

    #[test]
    fn an_empty_body_renders_as_an_empty_object() {
        let template = parse("[$input.body]", Dialect::Integration).unwrap();
        assert_eq!(template.render(b"".as_slice(), &Fixed), b"[{}]");
    }

    #[test]
    fn text_around_a_single_body_is_returned() {
        let around = |template: &str| parse(template, Dialect::Integration).unwrap().around_body(&Fixed);
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
