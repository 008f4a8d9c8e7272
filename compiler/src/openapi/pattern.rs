//! Regular expressions before an engine gets them: whether it can read one without running out of stack, and whether it can
//! carry one out in time.
//!
//! Inside: groups and repetitions, counted. Not inside: everything else of their syntax, which is the engine's (`integration`).

/// How deep groups may lie in groups: engines read them by recursion.
const DEEPEST: usize = 64;

/// How many places of a selection pattern may vary: an engine tries every way to spread three characters over them.
const MOST_PLACES: u32 = 64;

/// The longest pattern: some engines recurse over alternatives.
const LONGEST: usize = 4096;

/// Makes sure that an engine can read a pattern, and that it stays one whatever is put around it.
///
/// # Errors
/// What is wrong with it.
pub(super) fn readable(pattern: &str) -> Result<(), String> {
    places(pattern).map(|_| ())
}

/// Makes sure that a pattern over statuses can be carried out, too.
///
/// # Errors
/// What is wrong with it.
pub(super) fn quick(pattern: &str) -> Result<(), String> {
    if places(pattern)? > MOST_PLACES {
        return Err("it can match a status in too many ways".to_owned());
    }
    Ok(())
}

/// A group that is being read, or all of the pattern: how many places of it vary.
#[derive(Default)]
struct Group {
    /// Of the alternative that is being read.
    current: u32,
    /// Of the one before it that has the most.
    most: u32,
    /// How many alternatives there are beside the first.
    others: u32,
}

impl Group {
    /// An engine tries one alternative after the other, and has a choice anew where the group is repeated.
    fn places(&self, times: u32) -> u32 {
        let choices = if times > 1 { self.others } else { self.others.min(1) };
        self.most.max(self.current).saturating_add(choices)
    }

    fn alternative(&mut self) {
        (self.most, self.current, self.others) = (self.most.max(self.current), 0, self.others + 1);
    }
}

fn places(pattern: &str) -> Result<u32, String> {
    if pattern.len() > LONGEST {
        return Err(format!("it is longer than {LONGEST} bytes"));
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
                // `(?:` and its like begin with what is no repetition.
                if let Some(after) = rest.as_str().strip_prefix('?') {
                    rest = after.chars();
                }
                if outer.len() == DEEPEST {
                    return Err(format!("its groups are more than {DEEPEST} deep"));
                }
                outer.push(std::mem::take(&mut group));
                continue;
            }
            ')' => {
                let unopened = || "it closes a group that it does not open".to_owned();
                closed = std::mem::replace(&mut group, outer.pop().ok_or_else(unopened)?);
            }
            '|' => {
                group.alternative();
                continue;
            }
            _ => {}
        }
        let (times, varies) = repetition(&mut rest);
        let places = closed.places(times).saturating_add(varies).saturating_mul(times);
        group.current = group.current.saturating_add(places);
    }
    Ok(group.places(1))
}

/// Skips the rest of `[…]`.
fn skip_class(rest: &mut std::str::Chars<'_>) {
    while let Some(character) = rest.next() {
        match character {
            ']' => return,
            '\\' => _ = rest.next(),
            _ => {}
        }
    }
}

/// How often what came last is repeated, and 1 where that may vary. Of three characters no more than three repetitions get any,
/// and the empty ones beyond the least number are none.
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
            // What has too many digits is too many.
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
    // Lazy: as many ways, in another order.
    if let Some(after) = rest.as_str().strip_prefix('?') {
        *rest = after.chars();
    }
    repetition
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_write_is_quick() {
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
            assert_eq!(quick(pattern), Ok(()), "{pattern}");
        }
    }

    #[test]
    fn what_would_take_too_long() {
        for pattern in [
            r"(\d?){1000}x",
            r"((((\d*)*)*)*)*x",
            "((a{2}|){9}){99999999999}",
            r"(\d|\d\d|\d\d\d|){40}x",
            &r"\d?".repeat(65),
        ] {
            assert!(quick(pattern).is_err(), "{pattern}");
            assert!(readable(pattern).is_ok(), "{pattern}");
        }
    }

    #[test]
    fn what_cannot_be_read() {
        for pattern in [")(", "a)|(b", &"(".repeat(65), &"a|".repeat(2049)] {
            assert!(readable(pattern).is_err(), "{pattern}");
        }
    }
}
