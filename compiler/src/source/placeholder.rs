//! Placeholders in plain text: `${var.bucket}` of Terraform, and the pieces of `Fn::Sub`.

use super::node::{Text, Unresolved};
use super::resolve::{At, Outcome, Resolver};
use super::template;

/// Replaces the placeholders of Terraform in a string. `${stageVariables.x}` and `${AWS::x}` stay: API Gateway resolves
/// them. Where `only_given` is set, as in a mapping template, what is not given stays without a mark.
pub(super) fn resolve(
    resolver: &mut Resolver<'_>,
    source: &str,
    at: &At<'_>,
    only_given: bool,
) -> Outcome<Text> {
    let mut text = Text::default();
    let mut rest = source;
    while let Some((before, after)) = rest.split_once("${") {
        let Some((name, following)) = braced(after) else { break };
        let whole = rest.get(before.len()..rest.len() - following.len()).unwrap_or_default();
        rest = following;
        match before.strip_suffix('$') {
            // `$${x}` is how Terraform writes the literal `${x}`.
            Some(before) if !only_given => {
                resolver.charge_text(before.len() + whole.len(), at)?;
                text.text.push_str(before);
                text.text.push_str(whole);
                continue;
            }
            _ => {
                resolver.charge_text(before.len(), at)?;
                text.text.push_str(before);
            }
        }
        let name = name.trim();
        let value = if is_of_the_gateway(name) { None } else { resolver.variable(name) };
        let piece = match value {
            Some(value) => Text::from(value),
            None if only_given || is_of_the_gateway(name) => Text::from(whole),
            None => Text {
                text: whole.to_owned(),
                unresolved: vec![Unresolved {
                    name: name.to_owned(),
                    remedy: format!("Give it with `--variable {}=VALUE`.", template::shell_word(name)),
                }],
            },
        };
        resolver.append(&mut text, &piece, at)?;
    }
    resolver.charge_text(rest.len(), at)?;
    text.text.push_str(rest);
    Ok(text)
}

/// Returns whether API Gateway resolves the placeholder.
fn is_of_the_gateway(name: &str) -> bool {
    name.is_empty()
        || name.starts_with(['!', '{'])
        || name.starts_with("stageVariables.")
        || name.starts_with("AWS::")
}

/// Splits a text behind `${` at the brace that closes it. Braces inside of it are counted.
fn braced(text: &str) -> Option<(&str, &str)> {
    let mut depth = 0_usize;
    for (index, byte) in text.bytes().enumerate() {
        match byte {
            b'{' => depth += 1,
            b'}' if depth == 0 => return Some((text.get(..index)?, text.get(index + 1..)?)),
            b'}' => depth -= 1,
            _ => {}
        }
    }
    None
}

/// A piece of the text of `Fn::Sub`.
#[derive(Debug, Eq, PartialEq)]
pub(super) enum Piece<'t> {
    Literal(&'t str),
    Name(&'t str),
    /// `${!Name}`, which stands for the literal `${Name}`.
    Escaped(&'t str),
}

/// Splits the text of `Fn::Sub`.
pub(super) fn pieces(text: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("${") {
        let Some((name, following)) = after.split_once('}') else { break };
        if !before.is_empty() {
            pieces.push(Piece::Literal(before));
        }
        pieces.push(match name.strip_prefix('!') {
            Some(name) => Piece::Escaped(name),
            None => Piece::Name(name),
        });
        rest = following;
    }
    if !rest.is_empty() {
        pieces.push(Piece::Literal(rest));
    }
    pieces
}
