//! What Java's regular expressions have and JavaScript's have not, and what JavaScript alone takes for an expression.
//!
//! API Gateway reads selection patterns with Java, and JavaScript takes much of Java's own syntax for plain letters, without
//! a word: `\Q404\E` is the text `Q404E` to it, which no status is. So it is refused. Source:
//! <https://docs.oracle.com/en/java/javase/21/docs/api/java.base/java/util/regex/Pattern.html>.

/// Escapes of letters that mean the same in both, as far as the three digits of a status go.
const SHARED: &[char] =
    &['d', 'D', 'w', 'W', 's', 'S', 'b', 'B', 't', 'n', 'r', 'f', 'v', 'x', 'u', 'c', 'k'];

/// What of a pattern the two would read differently, if anything.
pub(super) fn foreign(pattern: &str) -> Option<String> {
    let mut rest = pattern;
    let (mut in_class, mut depth) = (false, 0_usize);
    while let Some(letter) = rest.chars().next() {
        let after = rest.get(letter.len_utf8()..)?;
        let mut length = letter.len_utf8();
        match letter {
            '\\' => {
                let Some(escaped) = after.chars().next() else {
                    return Some("`\\` at the end escapes nothing".to_owned());
                };
                let is_own = escaped.is_ascii_alphabetic() && !SHARED.contains(&escaped);
                // `\x{34}` is a code point in Java, and 34 letters x in JavaScript.
                if is_own || matches!(escaped, 'x' | 'u') && after.get(1..)?.starts_with('{') {
                    return Some(format!(
                        "`\\{escaped}` is syntax of Java alone. Write it with digits and classes"
                    ));
                }
                length += escaped.len_utf8();
            }
            '[' if in_class => return Some("a class in a class is syntax of Java alone".to_owned()),
            '&' if in_class && after.starts_with('&') => {
                return Some("`&&` in a class is syntax of Java alone".to_owned());
            }
            '[' => {
                in_class = true;
                if after.trim_start_matches('^').starts_with(']') {
                    return Some("the class `[]` is empty".to_owned());
                }
            }
            ']' => in_class = false,
            // The engines are given the pattern in a group of their own, which this one would end.
            ')' if !in_class && depth == 0 => return Some("`)` closes nothing".to_owned()),
            ')' if !in_class => depth -= 1,
            '(' if !in_class => depth += 1,
            '{' if !in_class && !is_count(after) => {
                return Some("`{` does not begin a count, as {2} or {1,3}".to_owned());
            }
            _ => {}
        }
        rest = rest.get(length..)?;
    }
    None
}

/// Whether what follows a brace is a count: `2}`, `2,}`, `2,3}`.
fn is_count(after: &str) -> bool {
    let Some((inside, _)) = after.split_once('}') else { return false };
    let (least, most) = inside.split_once(',').unwrap_or((inside, ""));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    !least.is_empty() && digits(least) && digits(most)
}

#[cfg(test)]
mod tests {
    use super::foreign;

    #[test]
    fn what_both_read_alike() {
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
            assert_eq!(foreign(pattern), None, "{pattern}");
        }
    }

    #[test]
    fn what_java_alone_reads() {
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
            assert!(foreign(pattern).is_some(), "{pattern}");
        }
    }
}
