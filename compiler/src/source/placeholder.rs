//! Splits text at placeholders: `${var.bucket}` of Terraform, and `${Name}` of `Fn::Sub`.

/// A piece of a text with placeholders.
#[derive(Debug, Eq, PartialEq)]
pub(super) enum Piece<'t> {
    Literal(&'t str),
    Name(&'t str),
    /// `${!Name}` in `Fn::Sub` or `$${Name}` in Terraform, which produce the literal `${Name}`.
    Escaped(&'t str),
}

/// The placeholders of Terraform that are replaced.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Replaced {
    /// All placeholders. A placeholder without a value becomes an unresolved piece.
    All,
    /// Only placeholders with a value. Other placeholders do not change: they may be references of a mapping template, or
    /// they are in a key, which cannot be unresolved. `$${x}` is a `$` and a placeholder, because it may be text of a
    /// mapping template.
    WithValue,
}

/// Splits a text at the placeholders of Terraform. `${stageVariables.x}` and `${AWS::x}` are literals, because API
/// Gateway resolves them.
pub(super) fn pieces_of_terraform(text: &str, replaced: Replaced) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("${") {
        let Some((name, following)) = braced(after) else { break };
        let whole = rest.get(before.len()..rest.len() - following.len()).unwrap_or_default();
        rest = following;
        let (literal, piece) = match before.strip_suffix('$') {
            // Terraform writes the literal `${x}` as `$${x}`.
            Some(before) if replaced == Replaced::All => (before, Piece::Escaped(name)),
            _ if is_resolved_by_api_gateway(name.trim()) => (before, Piece::Literal(whole)),
            _ => (before, Piece::Name(name)),
        };
        pieces.extend([Piece::Literal(literal), piece]);
    }
    pieces.push(Piece::Literal(rest));
    pieces
}

/// Returns whether a placeholder is not one of Terraform: API Gateway resolves the placeholder, or the text in its braces
/// is not a name.
fn is_resolved_by_api_gateway(name: &str) -> bool {
    name.is_empty()
        || name.starts_with(['!', '{'])
        || name.starts_with("stageVariables.")
        || name.starts_with("AWS::")
}

/// Splits the text after `${` at the brace that closes the placeholder. Inner pairs of braces are skipped. Returns
/// `None` if the placeholder is not closed.
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

/// Splits the text of `Fn::Sub`.
pub(super) fn pieces_of_sub(text: &str) -> Vec<Piece<'_>> {
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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::{Notation, Parameters, read};
    use super::*;

    fn variables(given: &[(&str, &str)]) -> Parameters {
        let variables = given.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        Parameters { variables: variables.collect(), ..Parameters::default() }
    }

    #[test]
    fn variables_of_terraform_are_replaced() {
        let given = variables(&[
            ("bucket", "b"),
            ("var.full", "f"),
            ("aws_iam_role.x.arn", "arn"),
            ("f(\"{a}\")", "c"),
        ]);
        for (text, expected, missing) in [
            ("${bucket}/${var.bucket}", "b/b", vec![]),
            ("${var.full}", "f", vec![]),
            ("${full}", "${full}", vec!["full"]),
            ("${aws_iam_role.x.arn}", "arn", vec![]),
            ("${ bucket }", "b", vec![]),
            ("${f(\"{a}\")}", "c", vec![]),
            ("<${other}${var.last}>", "<${other}${var.last}>", vec!["other", "var.last"]),
            (
                "${stageVariables.bucket} ${AWS::AccountId} ${}",
                "${stageVariables.bucket} ${AWS::AccountId} ${}",
                vec![],
            ),
            ("a$${bucket}b$${other}", "a${bucket}b${other}", vec![]),
            ("$ { } ${open ${bucket", "$ { } ${open ${bucket", vec![]),
        ] {
            let json = json!({ "paths": {}, "x": text }).to_string();
            let document = read(json.as_bytes(), Some(Notation::Json), &given).unwrap();
            let node = document.root.get("x").unwrap();
            let names: Vec<_> = node.unresolved().iter().map(|unresolved| unresolved.name.as_str()).collect();
            assert_eq!((node.as_str(), names), (Some(expected), missing), "{text}");
        }
        let document = read(b"{\"a\": {\"$ref\": \"#/${bucket}\"}}", None, &given).unwrap();
        assert_eq!(document.root.to_json(), json!({ "a": { "$ref": "#/${bucket}" } }));
        let document = read(b"a: ${var.x}", None, &Parameters::default()).unwrap();
        let unresolved = &document.root.get("a").unwrap().unresolved()[0];
        assert_eq!(unresolved.remedy, "Set it with `--variable var.x=VALUE`.");
    }

    /// `${name}` in a mapping template is a reference of the template unless a variable has this name.
    #[test]
    fn mapping_templates_keep_their_references() {
        let template = "#set($x = 1)${x} ${input.body} $${x} ${bucket}";
        let json = json!({
            "requestTemplates": { "application/json": template, "${bucket}": "" },
            "responses": { "200": { "responseTemplates": { "a": { "Fn::Join": ["", [template]] } } } },
            "c": { "requestTemplates": { "d": { "Fn::Sub": "${x}${!y}" } } },
        });
        let json = json.to_string();
        let document = read(json.as_bytes(), None, &variables(&[("bucket", "b")])).unwrap();
        let expected = "#set($x = 1)${x} ${input.body} $${x} b";
        for pointer in ["/requestTemplates/application~1json", "/responses/200/responseTemplates/a"] {
            let node = document.root.pointer(pointer).unwrap();
            assert_eq!((node.as_str(), node.unresolved().len()), (Some(expected), 0), "{pointer}");
        }
        assert!(document.root.pointer("/requestTemplates/b").is_some());
        let node = document.root.pointer("/c/requestTemplates/d").unwrap();
        assert_eq!((node.as_str(), node.unresolved().len()), (Some("${x}${y}"), 1));
    }

    #[test]
    fn text_of_fn_sub_is_split_at_placeholders() {
        use Piece::{Escaped, Literal, Name};
        assert_eq!(pieces_of_sub("a${b}${!c}$d"), [Literal("a"), Name("b"), Escaped("c"), Literal("$d")]);
        assert_eq!(pieces_of_sub("${a"), [Literal("${a")]);
        assert_eq!(pieces_of_sub(""), []);
    }
}
