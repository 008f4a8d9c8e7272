//! Text for terminals: line wrapping, styles, and visible control characters.

use std::borrow::Cow;

use annotate_snippets::Level;
use annotate_snippets::renderer::Renderer;
use anstyle::{AnsiColor, Style};
use unicode_width::UnicodeWidthStr;

pub(crate) const GOOD: Style = AnsiColor::Green.on_default();
pub(crate) const DOUBTFUL: Style = AnsiColor::Yellow.on_default();
pub(crate) const BAD: Style = AnsiColor::Red.on_default();
pub(crate) const BOLD: Style = Style::new().bold();

/// The minimum width for line wrapping, in columns.
const NARROWEST: usize = 20;

/// Returns the text in a style.
pub(crate) fn paint(style: Style, text: &str) -> String {
    format!("{style}{text}{style:#}")
}

/// Replaces control characters, which a terminal would interpret, and invisible characters with visible characters.
pub(crate) fn visible(text: &str) -> Cow<'_, str> {
    if text.chars().any(|letter| shown(letter) != letter) {
        Cow::Owned(text.chars().map(shown).collect())
    } else {
        Cow::Borrowed(text)
    }
}

/// Returns the visible replacement of a control character or an invisible character. Returns other characters unchanged.
pub(crate) fn shown(letter: char) -> char {
    match letter {
        '\0'..='\u{1f}' => char::from_u32(0x2400 + u32::from(letter)).unwrap_or('\u{fffd}'),
        '\u{7f}' => '\u{2421}',
        // C1 controls, zero-width characters, direction marks, line separators and the byte order mark.
        '\u{80}'..='\u{9f}'
        | '\u{200b}'..='\u{200f}'
        | '\u{2028}'..='\u{202e}'
        | '\u{2066}'..='\u{2069}'
        | '\u{feff}' => '\u{fffd}',
        other => other,
    }
}

/// Wraps a text between words into lines of at most `room` columns. A `room` of less than [`NARROWEST`] counts as
/// [`NARROWEST`]. A longer word has its own line. If `room` is `None`, the text is one line.
pub(crate) fn wrap(text: &str, room: Option<usize>) -> Vec<String> {
    let text = visible(text);
    let Some(room) = room.map(|room| room.max(NARROWEST)) else {
        return vec![text.into_owned()];
    };
    let mut lines: Vec<String> = Vec::new();
    for word in text.split(' ') {
        match lines.last_mut() {
            Some(line) if line.width() + 1 + word.width() <= room => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

/// Formats the message of a command that fails.
pub fn failure(reason: &str, width: Option<usize>) -> String {
    let room = width.map(|width| width.saturating_sub("error: ".len()));
    let lines: Vec<_> = reason.lines().flat_map(|line| wrap(line, room)).collect();
    let report = [annotate_snippets::Group::with_title(Level::ERROR.primary_title(lines.join("\n")))];
    format!("{}\n", Renderer::styled().render(&report))
}

/// Returns a number with a noun: `1 error`, `2 errors`.
pub(crate) fn count(number: usize, noun: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{} {noun}{plural}", grouped(number))
}

/// Returns a number with commas between groups of three digits.
fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_fit_unless_a_word_is_longer() {
        let text = "one two three four https://example.com/longer-than-a-line five";
        let lines = wrap(text, Some(20));
        assert_eq!(lines, ["one two three four", "https://example.com/longer-than-a-line", "five"]);
        assert_eq!(lines.join(" "), text);
        assert_eq!(wrap(text, None), [text]);
        assert_eq!(wrap(text, Some(1)), lines);
        assert_eq!(wrap("", Some(80)), [""]);
    }

    #[test]
    fn control_characters_are_visible() {
        assert_eq!(visible("a\u{1b}[2J\n\u{7f}\u{9b}\u{202e}é"), "a␛[2J␊␡\u{fffd}\u{fffd}é");
        assert!(matches!(visible("plain"), Cow::Borrowed(_)));
    }

    #[test]
    fn numbers_have_commas_and_plurals() {
        let numbers = [0, 999, 1000, 1234567].map(grouped);
        assert_eq!(numbers, ["0", "999", "1,000", "1,234,567"]);
        assert_eq!([count(1, "error"), count(0, "error")], ["1 error", "0 errors"]);
    }
}
