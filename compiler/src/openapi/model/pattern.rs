//! Translates the regular expressions of a schema into automata.
//!
//! An expression of ECMAScript can take exponential time in an engine that backtracks. An automaton takes linear time, but
//! cannot run back-references, nor lookarounds except lookaheads at the start of the expression.

use oxc_allocator::Allocator;
use oxc_regular_expression::ast::{
    Alternative, BoundaryAssertionKind, Character, CharacterClass, CharacterClassContents,
    CharacterClassContentsKind, CharacterClassEscapeKind, CharacterKind, Disjunction,
    LookAroundAssertionKind, Quantifier, Term,
};
use oxc_regular_expression::{LiteralParser, Options};
use oxc_span::{GetSpan, Span};
use regex_automata::dfa::{StartKind, dense};
use regex_automata::nfa::thompson::{self, WhichCaptures};
use regex_syntax::hir::{Class, ClassUnicode, ClassUnicodeRange, Hir, Look, Repetition};
use s3_edge_gateway::api::model::{Automaton, Condition, Pattern};

use crate::openapi::pattern_limits;

/// The maximum size of an automaton in `api.bin`, in bytes. An expression for an e-mail address has about 1 KiB, and
/// `^.{1,256}$` has 40 KiB.
const MAX_AUTOMATON: usize = 128 * 1024;

/// The maximum memory of the automaton before it is compressed, in bytes. An expression that is too large is refused in less
/// than a second.
const MAX_UNCOMPRESSED: usize = 1024 * 1024;

/// The maximum memory of each other step of the translation, in bytes.
const MAX_MEMORY: usize = 4 * 1024 * 1024;

/// The characters of `\s`.
const WHITE_SPACE: &[(char, char)] = &[
    ('\t', '\r'),
    (' ', ' '),
    ('\u{a0}', '\u{a0}'),
    ('\u{1680}', '\u{1680}'),
    ('\u{2000}', '\u{200a}'),
    ('\u{2028}', '\u{2029}'),
    ('\u{202f}', '\u{202f}'),
    ('\u{205f}', '\u{205f}'),
    ('\u{3000}', '\u{3000}'),
    ('\u{feff}', '\u{feff}'),
];

/// The characters of `\w`.
const WORD: &[(char, char)] = &[('0', '9'), ('A', 'Z'), ('_', '_'), ('a', 'z')];

/// The characters that `.` does not match.
const LINE_ENDS: &[(char, char)] = &[('\n', '\n'), ('\r', '\r'), ('\u{2028}', '\u{2029}')];

/// The reason why an expression has no automaton, as part of a sentence.
#[derive(Debug)]
pub(super) enum Refusal {
    /// The text is not a regular expression of ECMAScript.
    Invalid(String),
    /// An automaton cannot run the expression.
    NotSupported(String),
}

/// Translates a regular expression. Characters are code points, also outside of the Basic Multilingual Plane.
///
/// # Errors
/// Returns the reason if the expression is not valid, or if an automaton cannot run it.
pub(super) fn translate(expression: &str) -> Result<Pattern, Refusal> {
    pattern_limits::check_nesting(expression).map_err(Refusal::Invalid)?;
    let allocator = Allocator::default();
    let parsed = LiteralParser::new(&allocator, expression, None, Options::default()).parse();
    let parsed = parsed.map_err(|error| Refusal::Invalid(reason(&error.to_string())))?;
    let translation = Translation { expression };
    let mut conditions = Vec::new();
    let (lookaheads, rest) = leading_lookaheads(&parsed.body);
    for lookahead in lookaheads {
        let Term::LookAroundAssertion(lookahead) = lookahead else { continue };
        let hir = Hir::concat(vec![Hir::look(Look::Start), translation.disjunction(&lookahead.body)?]);
        let must_match = lookahead.kind == LookAroundAssertionKind::Lookahead;
        conditions.push(Condition { automaton: automaton(&hir)?, must_match });
    }
    let rest = match rest {
        Some(terms) => Hir::concat(vec![Hir::look(Look::Start), translation.terms(terms)?]),
        None => translation.disjunction(&parsed.body)?,
    };
    conditions.push(Condition { automaton: automaton(&rest)?, must_match: true });
    Ok(Pattern::new(expression, conditions))
}

/// Returns a message of the parser as part of a sentence.
fn reason(message: &str) -> String {
    let message = message.strip_prefix("Invalid regular expression: ").unwrap_or(message);
    let mut characters = message.trim_end_matches('.').chars();
    let first = characters.next().map(|first| first.to_ascii_lowercase());
    first.into_iter().chain(characters).collect()
}

/// Splits `^(?=A)(?!B)C` into its lookaheads and C. Returns no lookahead and `None` if the expression does not start so.
/// The text matches if `^A` and `^C` match and `^B` does not match.
fn leading_lookaheads<'r, 'a>(body: &'r Disjunction<'a>) -> (&'r [Term<'a>], Option<&'r [Term<'a>]>) {
    let [Alternative { body: terms, .. }] = body.body.as_slice() else { return (&[], None) };
    let [Term::BoundaryAssertion(first), rest @ ..] = terms.as_slice() else { return (&[], None) };
    if first.kind != BoundaryAssertionKind::Start {
        return (&[], None);
    }
    let is_lookahead = |term: &Term<'_>| match term {
        Term::LookAroundAssertion(assertion) => matches!(
            assertion.kind,
            LookAroundAssertionKind::Lookahead | LookAroundAssertionKind::NegativeLookahead
        ),
        _ => false,
    };
    let (lookaheads, rest) = rest.split_at(rest.iter().take_while(|term| is_lookahead(term)).count());
    (lookaheads, Some(rest))
}

/// Builds the automaton of an expression.
fn automaton(hir: &Hir) -> Result<Automaton, Refusal> {
    let too_large = || Refusal::NotSupported("its automaton is too large".to_owned());
    let limits = thompson::Config::new().nfa_size_limit(Some(MAX_MEMORY)).which_captures(WhichCaptures::None);
    let nfa = thompson::Compiler::new().configure(limits).build_from_hir(hir).map_err(|_| too_large())?;
    let limits = dense::Config::new()
        .accelerate(false)
        .start_kind(StartKind::Unanchored)
        .determinize_size_limit(Some(MAX_MEMORY))
        .dfa_size_limit(Some(MAX_UNCOMPRESSED));
    let dense = dense::Builder::new().configure(limits).build_from_nfa(&nfa).map_err(|_| too_large())?;
    let bytes = dense.to_sparse().map_err(|_| too_large())?.to_bytes_little_endian();
    if bytes.len() > MAX_AUTOMATON {
        return Err(too_large());
    }
    Automaton::from_bytes(&bytes).map_err(Refusal::NotSupported)
}

/// The translation of one expression.
struct Translation<'e> {
    expression: &'e str,
}

impl Translation<'_> {
    fn disjunction(&self, disjunction: &Disjunction<'_>) -> Result<Hir, Refusal> {
        let alternatives = disjunction.body.iter().map(|alternative| self.terms(&alternative.body));
        Ok(Hir::alternation(alternatives.collect::<Result<_, _>>()?))
    }

    fn terms(&self, terms: &[Term<'_>]) -> Result<Hir, Refusal> {
        let mut translated = Vec::with_capacity(terms.len());
        let mut rest = terms;
        loop {
            rest = match rest {
                [] => return Ok(Hir::concat(translated)),
                // The parser returns a character outside of the Basic Multilingual Plane as two surrogates.
                [Term::Character(high), Term::Character(low), rest @ ..]
                    if let Some(character) = joined(high, low) =>
                {
                    translated.push(literal(character));
                    rest
                }
                [Term::Character(high), Term::Quantifier(quantifier), rest @ ..]
                    if let Term::Character(low) = &quantifier.body
                        && let Some(character) = joined(high, low) =>
                {
                    translated.push(self.repeated(literal(character), quantifier)?);
                    rest
                }
                [term, rest @ ..] => {
                    translated.push(self.term(term)?);
                    rest
                }
            };
        }
    }

    fn term(&self, term: &Term<'_>) -> Result<Hir, Refusal> {
        match term {
            Term::BoundaryAssertion(assertion) => Ok(Hir::look(match assertion.kind {
                BoundaryAssertionKind::Start => Look::Start,
                BoundaryAssertionKind::End => Look::End,
                BoundaryAssertionKind::Boundary => Look::WordAscii,
                BoundaryAssertionKind::NegativeBoundary => Look::WordAsciiNegate,
            })),
            Term::LookAroundAssertion(assertion) => Err(self.refuse("a lookaround", assertion.span)),
            Term::Quantifier(quantifier) => self.repeated(self.term(&quantifier.body)?, quantifier),
            Term::Character(character) => Ok(literal(self.character(character)?)),
            Term::Dot(_) => Ok(class(negated(ranges(LINE_ENDS)))),
            Term::CharacterClassEscape(escape) => Ok(class(escaped(escape.kind))),
            Term::CharacterClass(written) => Ok(class(self.class(written)?)),
            Term::CapturingGroup(group) => self.disjunction(&group.body),
            Term::IgnoreGroup(group) if group.modifiers.is_none() => self.disjunction(&group.body),
            Term::IgnoreGroup(group) => Err(self.refuse("a group with modifiers", group.span)),
            Term::IndexedReference(reference) => Err(self.refuse("a back-reference", reference.span)),
            Term::NamedReference(reference) => Err(self.refuse("a back-reference", reference.span)),
            Term::UnicodePropertyEscape(escape) => Err(self.refuse("a Unicode property", escape.span)),
        }
    }

    fn repeated(&self, repeated: Hir, quantifier: &Quantifier<'_>) -> Result<Hir, Refusal> {
        let number = |number: u64| {
            u32::try_from(number)
                .map_err(|_| self.refuse("a quantifier with a number that is too large", quantifier.span))
        };
        Ok(Hir::repetition(Repetition {
            min: number(quantifier.min)?,
            max: quantifier.max.map(number).transpose()?,
            greedy: quantifier.greedy,
            sub: Box::new(repeated),
        }))
    }

    fn class(&self, written: &CharacterClass<'_>) -> Result<ClassUnicode, Refusal> {
        let mut characters = ClassUnicode::empty();
        // The parser reads `\c` in a class as two characters. In ECMAScript, it can be the start of an escape.
        let text = self.expression.get(written.span.start as usize..written.span.end as usize);
        if text.is_none_or(|text| text.replace("\\\\", "").contains("\\c")) {
            return Err(self.refuse("a class with `\\c`", written.span));
        }
        if written.kind != CharacterClassContentsKind::Union {
            return Err(self.refuse("an operation on character classes", written.span));
        }
        for content in &written.body {
            match content {
                CharacterClassContents::Character(character) => {
                    let character = self.character(character)?;
                    characters.push(ClassUnicodeRange::new(character, character));
                }
                CharacterClassContents::CharacterClassRange(range) => {
                    let (first, last) = (self.character(&range.min)?, self.character(&range.max)?);
                    characters.push(ClassUnicodeRange::new(first, last));
                }
                CharacterClassContents::CharacterClassEscape(escape) => {
                    characters.union(&escaped(escape.kind));
                }
                CharacterClassContents::UnicodePropertyEscape(_)
                | CharacterClassContents::NestedCharacterClass(_)
                | CharacterClassContents::ClassStringDisjunction(_) => {
                    return Err(self.refuse("an operation on character classes", content.span()));
                }
            }
        }
        Ok(if written.negative { negated(characters) } else { characters })
    }

    fn character(&self, character: &Character) -> Result<char, Refusal> {
        // The parser does not read each octal escape as ECMAScript does: `\400` is `\40` and `0`.
        if matches!(character.kind, CharacterKind::Octal1 | CharacterKind::Octal2 | CharacterKind::Octal3) {
            return Err(self.refuse("an octal escape", character.span));
        }
        char::from_u32(character.value)
            .ok_or_else(|| self.refuse("half of a character (a surrogate)", character.span))
    }

    /// Returns the refusal of a construct, with its text.
    fn refuse(&self, construct: &str, span: Span) -> Refusal {
        let written = self.expression.get(span.start as usize..span.end as usize);
        Refusal::NotSupported(match written {
            Some(written) => format!("`{written}` is {construct}"),
            None => format!("it contains {construct}"),
        })
    }
}

/// Returns the character that two surrogates encode, or `None` if the values are not such a pair.
fn joined(high: &Character, low: &Character) -> Option<char> {
    let units = [u16::try_from(high.value).ok()?, u16::try_from(low.value).ok()?];
    let mut characters = char::decode_utf16(units);
    match (characters.next(), characters.next()) {
        (Some(Ok(character)), None) => Some(character),
        _ => None,
    }
}

fn literal(character: char) -> Hir {
    Hir::literal(character.encode_utf8(&mut [0; 4]).as_bytes())
}

fn class(characters: ClassUnicode) -> Hir {
    Hir::class(Class::Unicode(characters))
}

fn ranges(ranges: &[(char, char)]) -> ClassUnicode {
    ClassUnicode::new(ranges.iter().map(|(first, last)| ClassUnicodeRange::new(*first, *last)))
}

fn negated(mut characters: ClassUnicode) -> ClassUnicode {
    characters.negate();
    characters
}

fn escaped(kind: CharacterClassEscapeKind) -> ClassUnicode {
    match kind {
        CharacterClassEscapeKind::D => ranges(&[('0', '9')]),
        CharacterClassEscapeKind::NegativeD => negated(ranges(&[('0', '9')])),
        CharacterClassEscapeKind::S => ranges(WHITE_SPACE),
        CharacterClassEscapeKind::NegativeS => negated(ranges(WHITE_SPACE)),
        CharacterClassEscapeKind::W => ranges(WORD),
        CharacterClassEscapeKind::NegativeW => negated(ranges(WORD)),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn matches(expression: &str, text: &str) -> bool {
        translate(expression).unwrap().matches(text)
    }

    fn refusal(expression: &str) -> String {
        match translate(expression) {
            Err(Refusal::Invalid(reason)) => format!("not valid: {reason}"),
            Err(Refusal::NotSupported(reason)) => format!("not supported: {reason}"),
            Ok(_) => "translated".to_owned(),
        }
    }

    #[test]
    fn an_expression_matches_what_an_engine_of_ecmascript_matches() {
        for (expression, texts) in [
            ("", &["", "a"] as &[_]),
            ("b", &["abc", "ac"]),
            ("^b$", &["b", "b\n", "\nb", "abc"]),
            ("^[a-zA-Z0-9._%+-]+@[a-zA-Z0-9.-]+\\.[a-zA-Z]{2,}$", &["a@b.cd", "a@b", "@b.cd"]),
            ("^\\d{3}-\\d{4}$|^x", &["123-4567", "\u{661}23-4567", "xyz", "y"]),
            ("^\\s+$", &[" \t\u{a0}\u{feff}\u{2003}", "\u{200b}", "\u{85}"]),
            ("^.$", &["a", "\n", "\r", "\u{2028}", "\u{85}", "é"]),
            ("^[^a]$", &["b", "a", "\n", "€"]),
            ("[^]", &["\n", ""]),
            ("[]", &["a", ""]),
            ("\\bab\\b", &["ab", "cab", "-ab-", "éab"]),
            ("a\\Bb", &["ab", "a b"]),
            ("\\x41\\u0042\\cJ\\t\\/\\-", &["AB\n\t/-", "AB"]),
            ("a{", &["a{", "a"]),
            ("{x}", &["{x}", "x"]),
            ("a{2,3}?b*?", &["a", "aa"]),
            ("(?:a|b)(?<name>c)", &["ac", "bc", "ab"]),
            ("[\\w.-]", &["_", ".", "-", "é", "\u{17f}"]),
            ("[[a]&&b]", &["[&&b]", "a&&b]", "a"]),
            ("\\p{L}", &["p{L}", "é"]),
            ("\\A\\z\\<", &["Az<", ""]),
            ("^(?=.*[a-z])(?=.*\\d)(?!.*\\s).{4,}$", &["abc1", "abcd", "ab1", "abc 1"]),
            ("^(?!\\s*$).+", &["a", "  ", ""]),
            ("^(a+)+$", &["aaaaaaaaaaaaaaaaaaaa", "aaaaab"]),
        ] {
            let oracle = regress::Regex::new(expression).unwrap();
            for text in texts {
                let expected = oracle.find(text).is_some();
                assert_eq!(matches(expression, text), expected, "{expression} in {text:?}");
            }
        }
    }

    #[test]
    fn a_character_outside_of_the_basic_multilingual_plane_is_one_character() {
        assert!(matches("^.$", "😀"));
        assert!(matches("^a😀b$", "a😀b"));
        assert!(matches("^\\ud83d\\ude00$", "😀"));
        assert!(matches("^😀{2}$", "😀😀"));
    }

    #[test]
    fn an_expression_without_an_automaton_is_refused_with_its_construct() {
        for (expression, expected) in [
            ("(a)\\1", "not supported: `\\1` is a back-reference"),
            ("a(?=b)", "not supported: `(?=b)` is a lookaround"),
            ("^a(?!b)", "not supported: `(?!b)` is a lookaround"),
            ("(?<=a)b", "not supported: `(?<=a)` is a lookaround"),
            ("^(?=a)b|c", "not supported: `(?=a)` is a lookaround"),
            ("[😀]", "not supported: "),
            ("a{9999999999}", "not supported: "),
            ("\\400", "not supported: `\\400` is an octal escape"),
            ("[\\ca]", "not supported: `[\\ca]` is a class with `\\c`"),
            ("a.{500}b", "not supported: its automaton is too large"),
            ("^(.{1,999}){1,999}$", "not supported: its automaton is too large"),
            ("(", "not valid: "),
            ("[z-a]", "not valid: "),
            ("*", "not valid: "),
        ] {
            let seen = refusal(expression);
            assert!(seen.starts_with(expected), "{expression}: {seen}");
        }
    }

    #[test]
    fn the_automaton_of_a_common_expression_is_small() {
        for (expression, most) in [
            ("^[a-zA-Z0-9._%+-]+@[a-zA-Z0-9.-]+\\.[a-zA-Z]{2,}$", 2_000),
            ("^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$", 4_000),
            ("^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d(\\.\\d+)?(Z|[+-]\\d\\d:?\\d\\d)$", 4_000),
            ("^.{1,256}$", 60_000),
        ] {
            let bytes = serde_json::to_vec(&translate(expression).unwrap()).unwrap().len() / 3;
            println!("{bytes} {expression}");
            assert!(bytes <= most, "{expression}: {bytes} bytes");
        }
    }

    /// Any expression of the constructs that both engines run.
    fn any_expression() -> impl Strategy<Value = String> {
        let atom = prop_oneof![
            "[abc]",
            Just(".".to_owned()),
            Just("\\d".to_owned()),
            Just("[^ab]".to_owned()),
            Just("[a-c1]".to_owned()),
            Just("\\b".to_owned()),
            Just("\\B".to_owned()),
            Just("^".to_owned()),
            Just("$".to_owned()),
        ];
        atom.prop_recursive(4, 24, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 1..4).prop_map(|terms| terms.concat()),
                (inner.clone(), inner.clone()).prop_map(|(one, other)| format!("(?:{one}|{other})")),
                (inner, prop::sample::select(vec!["?", "*", "+", "{2}", "{1,3}", "*?", "{0,2}?"]))
                    .prop_map(|(inner, quantifier)| format!("(?:{inner}){quantifier}")),
            ]
        })
    }

    proptest! {
        #[test]
        fn any_expression_matches_what_an_engine_of_ecmascript_matches(
            expression in any_expression(),
            texts in prop::collection::vec("[abc1 é\n]{0,8}", 8),
        ) {
            let oracle = regress::Regex::new(&expression).unwrap();
            let pattern = translate(&expression).unwrap();
            for text in texts {
                prop_assert_eq!(pattern.matches(&text), oracle.find(&text).is_some(), "{} in {:?}", expression, text);
            }
        }
    }
}
