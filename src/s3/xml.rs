//! Extracts the text of one element from the small XML documents in AWS's responses.
//!
//! This is not a complete XML parser. It skips comments, processing instructions and CDATA, so it never mistakes text for an
//! element. It returns `None` for a document type declaration and for any other syntax that it does not support.

use std::borrow::Cow;

/// Returns the raw text of the first element at `path`. The path has the names of the ancestors, from the root, and then the
/// name of the element. Namespace prefixes are ignored. Returns `None` if the element does not exist, or contains anything
/// but text.
pub(super) fn text<'a>(document: &'a str, path: &[&str]) -> Option<&'a str> {
    let mut open: Vec<&'a str> = Vec::new();
    let mut rest = document;
    loop {
        rest = rest.split_once('<')?.1;
        if let Some(comment) = rest.strip_prefix("!--") {
            rest = comment.split_once("-->")?.1;
        } else if let Some(data) = rest.strip_prefix("![CDATA[") {
            rest = data.split_once("]]>")?.1;
        } else if let Some(instruction) = rest.strip_prefix('?') {
            rest = instruction.split_once("?>")?.1;
        } else if rest.starts_with('!') {
            return None;
        } else if let Some(end) = rest.strip_prefix('/') {
            open.pop()?;
            rest = end.split_once('>')?.1;
        } else {
            let (tag, behind) = split_tag(rest)?;
            rest = behind;
            if tag.ends_with('/') {
                continue;
            }
            let name = tag.split_ascii_whitespace().next()?;
            open.push(name.split_once(':').map_or(name, |(_, local)| local));
            if open == path {
                let (text, behind) = rest.split_once('<')?;
                return behind.starts_with('/').then_some(text);
            }
        }
    }
}

/// Replaces predefined entities (`&amp;`) and character references (`&#38;`, `&#x26;`) with their characters. Returns `None`
/// if the text has any other reference.
pub(super) fn unescape(raw: &str) -> Option<Cow<'_, str>> {
    let Some((first, mut rest)) = raw.split_once('&') else {
        return Some(Cow::Borrowed(raw));
    };
    let mut text = String::from(first);
    loop {
        let (reference, behind) = rest.split_once(';')?;
        text.push(match reference {
            "amp" => '&',
            "lt" => '<',
            "gt" => '>',
            "quot" => '"',
            "apos" => '\'',
            _ => {
                let number = reference.strip_prefix('#')?;
                let code = match number.strip_prefix('x') {
                    Some(digits) => u32::from_str_radix(digits, 16),
                    None => number.parse(),
                };
                char::from_u32(code.ok()?)?
            }
        });
        match behind.split_once('&') {
            Some((until, next)) => {
                text.push_str(until);
                rest = next;
            }
            None => {
                text.push_str(behind);
                return Some(Cow::Owned(text));
            }
        }
    }
}

/// Splits the text at the `>` that ends a tag. A `>` inside a quoted attribute does not end the tag.
fn split_tag(text: &str) -> Option<(&str, &str)> {
    let mut quote = None;
    let end = text.find(|c| match (quote, c) {
        (None, '>') => true,
        (None, '"' | '\'') => {
            quote = Some(c);
            false
        }
        (Some(open), _) if open == c => {
            quote = None;
            false
        }
        _ => false,
    })?;
    let (tag, behind) = text.split_at_checked(end)?;
    Some((tag, behind.strip_prefix('>')?))
}

#[cfg(test)]
mod tests {
    use super::*;

    const PATH: &[&str] = &["Error", "Code"];

    #[test]
    fn finds_the_element_and_no_other() {
        for (document, expected) in [
            ("<Error><Code>A</Code></Error>", Some("A")),
            ("<?xml version=\"1.0\"?>\n<Error>\n <Code>A</Code></Error>", Some("A")),
            ("<Error xmlns='http://a/>'><Code x=\">\">A</Code></Error>", Some("A")),
            ("<s3:Error><s3:Code>A</s3:Code></s3:Error>", Some("A")),
            ("<Error><Inner><Code>B</Code></Inner><Code>A</Code></Error>", Some("A")),
            ("<Error><Empty/><Empty a='b'/><Code>A</Code></Error>", Some("A")),
            ("<Error><!-- <Code>B</Code> --><Code>A</Code></Error>", Some("A")),
            ("<Error><Key><![CDATA[</Key><Code>B</Code>]]></Key><Code>A</Code></Error>", Some("A")),
            ("<Error><Key>&lt;Code&gt;B</Key><Code>A</Code></Error>", Some("A")),
            ("<Error><Code></Code></Error>", Some("")),
            ("<Error><Code/></Error>", None),
            ("<Error><Code><b>A</b></Code></Error>", None),
            ("<Code>A</Code>", None),
            ("<Wrapped><Error><Code>A</Code></Error></Wrapped>", None),
            ("<!DOCTYPE a><Error><Code>A</Code></Error>", None),
            ("<Error><Code>A", None),
            ("<Error><Code", None),
            ("</Error>", None),
            ("", None),
            ("Not Found", None),
        ] {
            assert_eq!(text(document, PATH), expected, "{document}");
        }
    }

    #[test]
    fn resolves_references() {
        for (raw, expected) in [
            ("plain", Some("plain")),
            ("a &amp;&lt;&gt;&quot;&apos; b", Some("a &<>\"' b")),
            ("&#65;&#x42;", Some("AB")),
            ("&nbsp;", None),
            ("&#xD800;", None),
            ("&amp", None),
        ] {
            assert_eq!(unescape(raw).as_deref(), expected, "{raw}");
        }
    }
}
