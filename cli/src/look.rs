//! How people are shown a text: in colours, and in lines that fit.

/// How a text is shown.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Look {
    /// Whether it has colours.
    pub colour: bool,
    /// How many characters a line has; without it, a line is as long as it is.
    pub width: Option<usize>,
}

/// What is marked.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Mark {
    Bad,
    Doubtful,
    Good,
    Name,
    Aside,
}

/// Narrower than this, breaking lines makes nothing better.
const NARROWEST: usize = 40;

impl Look {
    /// For programs, and for people who want no colours.
    pub const PLAIN: Self = Self { colour: false, width: None };

    pub(super) fn paint(self, mark: Mark, text: &str) -> String {
        let code = match mark {
            Mark::Bad => "31",
            Mark::Doubtful => "33",
            Mark::Good => "32",
            Mark::Name => "1",
            Mark::Aside => "2",
        };
        if self.colour { format!("\x1b[{code}m{text}\x1b[0m") } else { text.to_owned() }
    }

    /// The lines of a text that stands this far from the left, broken between words.
    pub(super) fn lines(self, text: &str, indent: usize) -> Vec<String> {
        let Some(width) = self.width.filter(|width| *width >= NARROWEST) else {
            return vec![text.to_owned()];
        };
        let room = width.saturating_sub(indent);
        let mut lines: Vec<String> = Vec::new();
        for word in text.split(' ') {
            match lines.last_mut() {
                Some(line) if line.chars().count() + 1 + word.chars().count() <= room => {
                    line.push(' ');
                    line.push_str(word);
                }
                _ => lines.push(word.to_owned()),
            }
        }
        lines
    }
}

/// A text without what a terminal would take for a command.
pub(super) fn visible(text: &str) -> String {
    text.chars().map(|c| if c.is_control() && c != '\t' { '\u{fffd}' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_fit() {
        let look = Look { colour: false, width: Some(44) };
        let text = "one two three four https://example.com/a-url-that-is-longer-than-a-line five";
        let lines = look.lines(text, 30);
        assert_eq!(
            lines,
            ["one two three", "four", "https://example.com/a-url-that-is-longer-than-a-line", "five"]
        );
        assert_eq!(lines.join(" "), text);
        assert_eq!(Look::PLAIN.lines(text, 30), [text]);
        assert_eq!(Look { width: Some(10), ..look }.lines(text, 4), [text]);
    }
}
