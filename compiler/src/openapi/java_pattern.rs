//! Finds syntax in a selection pattern that Java and JavaScript interpret differently.
//!
//! API Gateway evaluates selection patterns with Java. The compiler's engine has the syntax of JavaScript, which reads
//! many constructs of Java as plain letters without an error: `\Q404\E` becomes the text `Q404E`, which no status
//! matches. A pattern with such a construct is refused. Source:
//! <https://docs.oracle.com/en/java/javase/21/docs/api/java.base/java/util/regex/Pattern.html>.

/// Letters that may follow a backslash. In a match against three digits, Java and JavaScript give the same result for them.
/// The exception, `x` or `u` before `{`, is checked separately.
const SHARED: &[char] =
    &['d', 'D', 'w', 'W', 's', 'S', 'b', 'B', 't', 'n', 'r', 'f', 'v', 'x', 'u', 'c', 'k'];

/// Returns a description of the first construct that the two languages interpret differently, as part of a sentence, or
/// `None` if there is none.
pub(super) fn differing_syntax(pattern: &str) -> Option<String> {
    let mut rest = pattern;
    let (mut in_class, mut depth) = (false, 0_usize);
    while let Some(letter) = rest.chars().next() {
        let after = rest.get(letter.len_utf8()..)?;
        let mut length = letter.len_utf8();
        match letter {
            '\\' => {
                let Some(escaped) = after.chars().next() else {
                    return Some("the `\\` at the end has no character after it".to_owned());
                };
                let is_of_java = escaped.is_ascii_alphabetic() && !SHARED.contains(&escaped);
                // `\x{34}` is a code point in Java, and 34 times the letter x in JavaScript.
                if is_of_java || matches!(escaped, 'x' | 'u') && after.get(1..)?.starts_with('{') {
                    return Some(format!(
                        "the compiler does not read `\\{escaped}` here as Java does. Use digits and character classes instead"
                    ));
                }
                length += escaped.len_utf8();
            }
            '[' if in_class => {
                return Some(
                    "a character class inside a character class is syntax that only Java has".to_owned(),
                );
            }
            '&' if in_class && after.starts_with('&') => {
                return Some("`&&` in a character class is syntax that only Java has".to_owned());
            }
            '[' => {
                in_class = true;
                if after.trim_start_matches('^').starts_with(']') {
                    return Some("the character class `[]` is empty".to_owned());
                }
            }
            ']' => in_class = false,
            // The pattern is evaluated inside of a group, which an unmatched parenthesis would close.
            ')' if !in_class && depth == 0 => return Some("a `)` has no matching `(`".to_owned()),
            ')' if !in_class => depth -= 1,
            '(' if !in_class => depth += 1,
            '{' if !in_class && !is_quantifier(after) => {
                return Some("a `{` does not begin a quantifier such as {2} or {1,3}".to_owned());
            }
            _ => {}
        }
        rest = rest.get(length..)?;
    }
    None
}

/// Returns whether the text after a brace is a quantifier: `2}`, `2,}` or `2,3}`.
fn is_quantifier(after: &str) -> bool {
    let Some((inside, _)) = after.split_once('}') else { return false };
    let (least, most) = inside.split_once(',').unwrap_or((inside, ""));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    !least.is_empty() && digits(least) && digits(most)
}

#[cfg(test)]
mod tests {
    use super::differing_syntax;

    #[test]
    fn common_syntax_is_accepted() {
        for pattern in [
            r"2\d{2}",
            "404",
            "40[34]|5.*",
            r"2(?!06)\d{2}",
            "[45]\\d\\d",
            r"4\d{1,2}",
            r"(?:4|5)\d+?",
            "",
            "(",
            r"\.",
            "([)])",
            r"\)",
        ] {
            assert_eq!(differing_syntax(pattern), None, "{pattern}");
        }
    }

    #[test]
    fn differing_syntax_is_found() {
        for pattern in [
            r"\Q404\E",
            r"\A4\d\d\z",
            r"\p{Digit}+",
            r"4\h",
            "[45&&[^4]]",
            "[4[5]]",
            r"2\d{2",
            "4{}",
            "[]4]",
            "[^]]",
            r"\x{34}04",
            "4)|(5",
            "2\\",
        ] {
            assert!(differing_syntax(pattern).is_some(), "{pattern}");
        }
    }
}
