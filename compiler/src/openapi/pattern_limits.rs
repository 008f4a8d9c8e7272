//! Limits for regular expressions, checked before an engine compiles them.
//!
//! A deeply nested expression could overflow the stack of an engine. An expression with many repetitions and alternatives
//! could take exponential time, because engines backtrack. This module counts groups, repetitions and alternatives. The
//! engine checks the rest of the syntax.

/// The maximum depth of groups. Engines parse groups recursively.
const MAX_DEPTH: usize = 64;

/// The maximum number of choices in a selection pattern: repetitions of variable length, and alternatives. In the worst
/// case, an engine tries all ways to distribute the three digits of a status over them.
const MAX_CHOICES: u32 = 64;

/// The maximum length in bytes. Some engines recurse over alternatives, so that a long expression could overflow the
/// stack.
const MAX_LENGTH: usize = 4096;

/// Checks that an engine can compile an expression without a stack overflow, and that each `)` has a matching `(`. An
/// unmatched `)` would close the group in which a selection pattern is evaluated.
///
/// # Errors
/// Returns the reason why the expression is refused, as part of a sentence.
pub(super) fn check_nesting(pattern: &str) -> Result<(), String> {
    choices(pattern).map(|_| ())
}

/// Checks the nesting of a selection pattern, and that an engine can match the pattern with a status in a short time.
///
/// # Errors
/// Returns the reason why the pattern is refused, as part of a sentence.
pub(super) fn check_complexity(pattern: &str) -> Result<(), String> {
    if choices(pattern)? > MAX_CHOICES {
        return Err("it can match a status in too many ways".to_owned());
    }
    Ok(())
}

/// The number of choices in the group that is being read, or in the whole pattern.
#[derive(Default)]
struct Group {
    /// The choices of the current alternative.
    current: u32,
    /// The maximum of the choices of the alternatives before the current alternative.
    most: u32,
    /// The number of alternatives after the first.
    others: u32,
}

impl Group {
    /// Returns the number of choices in one repetition of a group that is repeated `times` times. If `times` is 1, the
    /// choice between alternatives counts once, because the engine tries the alternatives one after another. Otherwise each
    /// alternative after the first counts.
    fn choices(&self, times: u32) -> u32 {
        let alternatives = if times > 1 { self.others } else { self.others.min(1) };
        self.most.max(self.current).saturating_add(alternatives)
    }

    fn alternative(&mut self) {
        (self.most, self.current, self.others) = (self.most.max(self.current), 0, self.others + 1);
    }
}

/// Returns the number of choices in an expression, or the reason why the expression is refused.
fn choices(pattern: &str) -> Result<u32, String> {
    if pattern.len() > MAX_LENGTH {
        return Err(format!("it is longer than {MAX_LENGTH} bytes"));
    }
    let mut outer: Vec<Group> = Vec::new();
    let mut group = Group::default();
    let mut rest = pattern.chars();
    while let Some(character) = rest.next() {
        let mut closed = Group::default();
        match character {
            '\\' => _ = rest.next(),
            '[' => skip_class(&mut rest),
            '(' => {
                // The question mark of `(?:` is not a repetition.
                if let Some(after) = rest.as_str().strip_prefix('?') {
                    rest = after.chars();
                }
                if outer.len() == MAX_DEPTH {
                    return Err(format!("its groups are nested more than {MAX_DEPTH} levels deep"));
                }
                outer.push(std::mem::take(&mut group));
                continue;
            }
            ')' => {
                let unopened = || "a `)` has no matching `(`".to_owned();
                closed = std::mem::replace(&mut group, outer.pop().ok_or_else(unopened)?);
            }
            '|' => {
                group.alternative();
                continue;
            }
            _ => {}
        }
        let (times, varies) = repetition(&mut rest);
        let choices = closed.choices(times).saturating_add(varies).saturating_mul(times);
        group.current = group.current.saturating_add(choices);
    }
    Ok(group.choices(1))
}

/// Skips the rest of a character class after its opening bracket.
fn skip_class(rest: &mut std::str::Chars<'_>) {
    while let Some(character) = rest.next() {
        match character {
            ']' => return,
            '\\' => _ = rest.next(),
            _ => {}
        }
    }
}

/// Reads a quantifier, if one follows. Returns the number of repetitions that count, and 1 if this number is variable
/// or 0 if it is fixed. A status has three digits, so at most three optional repetitions match a character.
fn repetition(rest: &mut std::str::Chars<'_>) -> (u32, u32) {
    const CHARACTERS: u32 = 3;
    let text = rest.as_str();
    let (repetition, length) = match text.chars().next() {
        Some('?') => ((1, 1), 1),
        Some('*' | '+') => ((CHARACTERS, 1), 1),
        Some('{') => {
            let Some((inside, _)) = text.get(1..).and_then(|inside| inside.split_once('}')) else {
                return (1, 0);
            };
            let (least, most) = inside.split_once(',').unwrap_or((inside, inside));
            // A number that overflows becomes the maximum.
            let number = |text: &str| {
                text.bytes().all(|b| b.is_ascii_digit()).then(|| text.parse().unwrap_or(u32::MAX))
            };
            let Some(least) = number(least).filter(|_| !least.is_empty()) else { return (1, 0) };
            let repetition = match number(most).filter(|_| !most.is_empty()) {
                Some(most) if most == least => (least, 0),
                _ => (least.max(CHARACTERS), 1),
            };
            (repetition, inside.len() + 2)
        }
        _ => return (1, 0),
    };
    *rest = text.get(length..).unwrap_or_default().chars();
    // A lazy quantifier has the same number of choices, in another order.
    if let Some(after) = rest.as_str().strip_prefix('?') {
        *rest = after.chars();
    }
    repetition
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn common_patterns_are_accepted() {
        let many: Vec<_> = (100..600).map(|status| status.to_string()).collect();
        for pattern in [
            "",
            r"2\d{2}",
            r"(4|5)\d{2}",
            r"(\n|.)+",
            r"2(?!06)\d{2}",
            r".*\[Bad\].*[a-z]*.*",
            "[(]{3,}",
            "{x}",
            r"(?<a>4\d\d)|5\d\d?",
            &many.join("|"),
        ] {
            assert_eq!(check_complexity(pattern), Ok(()), "{pattern}");
        }
    }

    #[test]
    fn complex_patterns_are_refused() {
        for pattern in [
            r"(\d?){1000}x",
            r"((((\d*)*)*)*)*x",
            "((a{2}|){9}){99999999999}",
            r"(\d|\d\d|\d\d\d|){40}x",
            &r"\d?".repeat(65),
        ] {
            assert!(check_complexity(pattern).is_err(), "{pattern}");
            assert!(check_nesting(pattern).is_ok(), "{pattern}");
        }
    }

    #[test]
    fn unbalanced_deep_and_long_patterns_are_refused() {
        for pattern in [")(", "a)|(b", &"(".repeat(65), &"a|".repeat(2049)] {
            assert!(check_nesting(pattern).is_err(), "{pattern}");
        }
    }
}
