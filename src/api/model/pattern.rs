//! Regular expressions of models. The compiler translates an expression into automata, which read each byte of a text once.

use regex_automata::{Input, dfa::Automaton as _, dfa::sparse::DFA};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _, ser::Error as _};

/// An ECMAScript regular expression.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Pattern {
    /// The expression as written in the document, for messages.
    expression: String,
    /// The conditions that a text must meet. A lookahead at the start of the expression is a condition of its own.
    conditions: Vec<Condition>,
}

/// A condition of a [`Pattern`].
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Condition {
    pub automaton: Automaton,
    /// Whether the automaton must find a match, or must not find one.
    pub must_match: bool,
}

/// A deterministic automaton that searches a text for a match.
#[derive(Clone, Debug)]
pub struct Automaton(DFA<Vec<u8>>);

impl Pattern {
    pub fn new(expression: impl Into<String>, conditions: Vec<Condition>) -> Self {
        Self { expression: expression.into(), conditions }
    }

    pub fn expression(&self) -> &str {
        &self.expression
    }

    /// Returns whether the expression matches somewhere in a text. Takes time in proportion to the length of the text.
    pub fn matches(&self, text: &str) -> bool {
        self.conditions.iter().all(|condition| condition.automaton.finds(text) == condition.must_match)
    }
}

impl Automaton {
    /// Returns the automaton with these bytes.
    ///
    /// # Errors
    /// Returns the reason if the bytes are not an automaton of this version of the gateway.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, String> {
        match DFA::from_bytes(bytes) {
            Ok((automaton, _)) => Ok(Self(automaton.to_owned())),
            Err(error) => Err(error.to_string()),
        }
    }

    fn finds(&self, text: &str) -> bool {
        // An error means a byte at which the automaton stops. The compiler makes no automaton with such a byte.
        self.0.try_search_fwd(&Input::new(text).earliest(true)).is_ok_and(|found| found.is_some())
    }
}

impl Serialize for Automaton {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut bytes = vec![0; self.0.write_to_len()];
        let length = self.0.write_to_little_endian(&mut bytes).map_err(S::Error::custom)?;
        bytes.truncate(length);
        serializer.serialize_bytes(&bytes)
    }
}

impl<'de> Deserialize<'de> for Automaton {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::from_bytes(<&[u8]>::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}
