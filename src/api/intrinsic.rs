//! What CloudFormation writes in the place of a text: `{"Fn::Sub": "…"}` and its like.
//!
//! An export has none of them, a template has. What `Fn::Sub` makes of `${AWS::Region}` is known here too, so that such a
//! text is read; all else only CloudFormation can resolve. Source:
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference-sub.html>.

use std::borrow::Cow;

use super::error::Problem;
use super::json::Json;
use super::node::{Errors, Node};
use super::reference::Document;

/// The function that a value calls, if it calls one.
pub(super) fn name<'a>(value: &Json<'a>) -> Option<&'a str> {
    let object = value.as_object().filter(|object| object.len() == 1)?;
    let (key, _) = object.iter().next()?;
    (*key == "Ref" || *key == "Condition" || is_function(key)).then_some(*key)
}

/// Whether a key is a function, whatever stands beside it: `Fn::Transform` brings in what is in another file.
pub(super) fn is_function(key: &str) -> bool {
    key.starts_with("Fn::")
}

/// The problem that a function stands where a value should.
pub(super) fn unsupported(function: &str) -> Problem {
    let what = format!("`{function}` of CloudFormation");
    let instead = "deploy the template and take API Gateway's export, where it is resolved";
    Problem::Unsupported { what, instead }
}

/// A text in which import-time variables may stand: as it is, or in `Fn::Sub`.
pub(super) fn text<'a>(node: &'a Node<'_>, errors: &mut Errors) -> Option<Cow<'a, str>> {
    match text_of(node.value) {
        Ok(text) => Some(text),
        Err(NoText::Other) => node.string(errors).map(Cow::Borrowed),
        Err(NoText::Sub) => {
            errors.add(node, unsupported(SUB));
            None
        }
    }
}

const SUB: &str = "Fn::Sub";

/// Why a value is no text.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum NoText {
    /// It is something else.
    Other,
    /// Only CloudFormation knows what `Fn::Sub` makes of it.
    Sub,
}

/// The text that a value is or stands for.
pub(crate) fn text_of<D: Document>(value: &D) -> Result<Cow<'_, str>, NoText> {
    let Some(sub) = value.only(SUB) else { return value.text().map(Cow::Borrowed).ok_or(NoText::Other) };
    // With a list, `Fn::Sub` has values of its own.
    let mut rest = sub.text().ok_or(NoText::Sub)?;
    let mut plain = String::new();
    while let Some((before, after)) = rest.split_once("${") {
        plain.push_str(before);
        plain.push_str("${");
        // `${!name}` is `${name}`, for somebody else.
        rest = match after.strip_prefix('!') {
            Some(literal) => literal,
            None if after.starts_with("AWS::") => after,
            None => return Err(NoText::Sub),
        };
    }
    plain.push_str(rest);
    Ok(Cow::Owned(plain))
}
