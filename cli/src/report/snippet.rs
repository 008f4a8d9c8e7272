//! Formats a finding with the line of the document.

use std::borrow::Cow;
use std::ops::Range;

use annotate_snippets::renderer::{DEFAULT_TERM_WIDTH, Renderer};
use annotate_snippets::{AnnotationKind, Group, Level, Origin, Snippet};
use anstream::adapter::strip_str;
use s3_edge_gateway_compiler::finding::Finding;
use unicode_width::UnicodeWidthChar;

use super::Severity;
use crate::input::WhyAndRemedy;
use crate::text::{shown, visible, wrap};

/// The spaces that replace a tab.
const TAB: &str = "    ";

/// The character that replaces the hidden parts of a line that is wider than the terminal.
const ELLIPSIS: char = '…';

/// The text of a document.
pub(crate) struct Text<'t> {
    /// The name of the file.
    name: Cow<'t, str>,
    text: Cow<'t, str>,
    /// Whether the text is ASCII. Then a column is a byte offset, which avoids a slow search in a line of megabytes.
    is_ascii: bool,
    /// The byte offset of each line.
    lines: Vec<usize>,
}

impl<'t> Text<'t> {
    /// Returns the text of a file. Bytes that are not UTF-8 become U+FFFD.
    pub(crate) fn new(name: &'t str, bytes: &'t [u8]) -> Self {
        let text = String::from_utf8_lossy(bytes);
        let lines = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
        let is_ascii = text.is_ascii();
        Self { name: visible(name), text, is_ascii, lines }
    }

    fn line(&self, number: usize) -> Option<&str> {
        let begin = *self.lines.get(number.checked_sub(1)?)?;
        let end = self.lines.get(number).map_or(self.text.len(), |next| next - 1);
        let line = self.text.get(begin..end)?;
        Some(line.strip_suffix('\r').unwrap_or(line))
    }

    /// Returns a finding as text, with an empty line at its end.
    pub(crate) fn finding(&self, finding: &Finding, texts: &WhyAndRemedy, width: Option<usize>) -> String {
        let severity = Severity::of(finding);
        let level = match severity {
            Severity::Error => Level::ERROR,
            Severity::Warning => Level::WARNING,
        };
        let code = finding.code.as_str();
        let title = fitted(&finding.message, width, severity.as_str().len() + code.len() + "[]: ".len());
        let place = finding.place;
        let gutter = place.line.to_string().len() + 1;
        let aside =
            |name: &str, text: &str| fitted(text, width, gutter + "= ".len() + name.len() + ": ".len());
        let origin = Origin::path(&*self.name).line(place.line).char_column(place.column);
        let mut group = Group::with_title(level.primary_title(title).id(code)).element(origin);
        let room = width.unwrap_or(DEFAULT_TERM_WIDTH).saturating_sub(gutter + 3).max(20);
        if let Some(line) = self.line(place.line) {
            let column = place.column.saturating_sub(1);
            let at = if self.is_ascii { column.min(line.len()) } else { offset(line, column) };
            let excerpt = Excerpt::new(line, at, room);
            let annotation = AnnotationKind::Primary.span(excerpt.marked);
            let snippet = Snippet::source(excerpt.text).line_start(place.line).annotation(annotation);
            group = group.element(snippet);
        }
        if !finding.pointer.is_empty() {
            group = group.element(Level::NOTE.with_name("at").message(aside("at", &finding.pointer)));
        }
        let group = group
            .element(Level::NOTE.with_name("why").message(aside("why", texts.why)))
            .element(Level::HELP.message(aside("help", texts.remedy)));
        let renderer = Renderer::styled().term_width(width.unwrap_or(DEFAULT_TERM_WIDTH));
        let rendered = renderer.render(&[group]);
        // The columns of the excerpt differ from those of the file, so the snippet has no path. The renderer treats
        // the snippet as another file and prints the line `:::`, which is removed here.
        let lines = rendered.lines().filter(|line| strip_str(line).to_string().trim() != ":::");
        lines.fold(String::new(), |text, line| text + line + "\n") + "\n"
    }
}

/// Wraps a text that follows a label of `label` columns.
fn fitted(text: &str, width: Option<usize>, label: usize) -> String {
    wrap(text, width.map(|width| width.saturating_sub(label))).join("\n")
}

/// The shown part of a line.
#[derive(Debug, Eq, PartialEq)]
struct Excerpt {
    text: String,
    /// The byte range of `text` to mark.
    marked: Range<usize>,
}

impl Excerpt {
    /// Cuts a line to at most `room` columns around the byte offset `at`.
    fn new(line: &str, at: usize, room: usize) -> Self {
        let (before, after) = line.split_at(at);
        let token = token_length(after);
        let budget = room.saturating_sub(2);
        let fits = |before: &str| width_of(before) + width_of(after) <= room;
        let is_short = line.len() <= 4 * room;
        // If the line is too long, the indentation is removed first.
        let before = if is_short && fits(before) { before } else { before.trim_start() };
        let (left, right) = if is_short && fits(before) {
            (before, after)
        } else {
            let left = last_columns(before, budget / 3);
            let right = first_columns(after, budget - width_of(left));
            // The left side may use the columns that the right side does not need.
            (last_columns(before, budget - width_of(right)), right)
        };
        let mut text = String::new();
        if left.len() < before.len() {
            text.push(ELLIPSIS);
        }
        push_shown(&mut text, left);
        let begin = text.len();
        let marked = token.min(right.len());
        let (inside, outside) = right.split_at(marked);
        push_shown(&mut text, inside);
        let end = text.len();
        push_shown(&mut text, outside);
        if right.len() < after.len() {
            text.push(ELLIPSIS);
        }
        Self { text, marked: begin..end }
    }
}

/// Returns the byte offset of the character with this index, or the length of the line if it is shorter.
fn offset(line: &str, index: usize) -> usize {
    line.char_indices().nth(index).map_or(line.len(), |(at, _)| at)
}

/// Returns the length in bytes of the key or the value at the beginning of a text: a quoted string, `{`, `[`, or all
/// characters before a space, a comma, or a colon that is followed by a space or ends the text.
fn token_length(text: &str) -> usize {
    let mut letters = text.char_indices();
    let Some((_, first)) = letters.next() else { return 0 };
    match first {
        '{' | '[' => 1,
        '"' | '\'' => {
            let mut escaped = false;
            for (at, letter) in letters {
                match letter {
                    _ if escaped => escaped = false,
                    '\\' if first == '"' => escaped = true,
                    letter if letter == first => return at + 1,
                    _ => {}
                }
            }
            text.len()
        }
        _ => {
            let ends = |(at, letter): &(usize, char)| {
                letter.is_whitespace()
                    || *letter == ','
                    || (*letter == ':'
                        && text
                            .get(at + 1..)
                            .is_none_or(|rest| !rest.starts_with(|next: char| !next.is_whitespace())))
            };
            text.char_indices().skip(1).find(ends).map_or(text.len(), |(at, _)| at)
        }
    }
}

fn columns(letter: char) -> usize {
    if letter == '\t' { TAB.len() } else { shown(letter).width().unwrap_or_default() }
}

fn width_of(text: &str) -> usize {
    text.chars().map(columns).sum()
}

/// Returns the longest prefix of a text that has at most `most` columns.
fn first_columns(text: &str, most: usize) -> &str {
    let mut used = 0;
    let end = text.char_indices().find(|(_, letter)| {
        used += columns(*letter);
        used > most
    });
    text.get(..end.map_or(text.len(), |(at, _)| at)).unwrap_or_default()
}

/// Returns the longest suffix of a text that has at most `most` columns.
fn last_columns(text: &str, most: usize) -> &str {
    let mut used = 0;
    let begin = text.char_indices().rev().find(|(_, letter)| {
        used += columns(*letter);
        used > most
    });
    text.get(begin.map_or(0, |(at, letter)| at + letter.len_utf8())..).unwrap_or_default()
}

fn push_shown(text: &mut String, part: &str) {
    for letter in part.chars() {
        match letter {
            '\t' => text.push_str(TAB),
            letter => text.push(shown(letter)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn marked(line: &str, column: usize, room: usize) -> (String, String) {
        let excerpt = Excerpt::new(line, offset(line, column - 1), room);
        let marked = excerpt.text[excerpt.marked.clone()].to_owned();
        assert!(width_of(&excerpt.text) <= room, "{excerpt:?}");
        (excerpt.text, marked)
    }

    #[test]
    fn the_key_or_the_value_is_marked() {
        for (line, column, expected) in [
            ("    get: x", 5, "get"),
            ("  /a/{b}: {", 3, "/a/{b}"),
            ("  \"a\\\" b\": 1", 3, "\"a\\\" b\""),
            ("  'a b': 1", 3, "'a b'"),
            ("  2\\d{2}:", 3, "2\\d{2}"),
            ("  s3:path/a", 3, "s3:path/a"),
            ("  - a, b", 5, "a"),
            ("[{}]", 2, "{"),
            ("  \"open", 3, "\"open"),
            ("abc", 4, ""),
            ("abc", 40, ""),
            ("", 1, ""),
            ("é: b", 1, "é"),
            ("é: b", 4, "b"),
        ] {
            assert_eq!(marked(line, column, 80).1, expected, "{line} {column}");
        }
    }

    #[test]
    fn long_lines_are_cut_around_the_column() {
        let line = format!("{}\"key\": 1,{}", "x".repeat(300_000), "y".repeat(300_000));
        let (text, key) = marked(&line, 300_001, 60);
        assert_eq!(key, "\"key\"");
        assert!(text.starts_with("…xx") && text.ends_with("yy…"), "{text}");
        assert_eq!(marked(&line, 1, 60).0, format!("{}…", "x".repeat(58)));
        assert_eq!(marked(&line, usize::MAX, 60).0, format!("…{}", "y".repeat(58)));
        let indented = format!("{}key: value", " ".repeat(60));
        assert_eq!(marked(&indented, 61, 40).0, "key: value");
        let wide = format!("{}k: {}", "語".repeat(1000), "語".repeat(1000));
        assert_eq!(marked(&wide, 1001, 40).1, "k");
    }

    #[test]
    fn tabs_and_control_characters_are_visible() {
        assert_eq!(
            marked("\tk\u{1b}[2J: \u{202e}x", 2, 80),
            ("    k␛[2J: \u{fffd}x".to_owned(), "k␛[2J".to_owned())
        );
    }

    #[test]
    fn lines_are_found_by_their_number() {
        let text = Text::new("a", b"one\r\ntwo\n\nfour");
        let lines: Vec<_> = (0..6).map(|number| text.line(number)).collect();
        assert_eq!(lines, [None, Some("one"), Some("two"), Some(""), Some("four"), None]);
        assert_eq!(Text::new("a", b"").line(1), Some(""));
    }
}
