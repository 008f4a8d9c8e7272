//! Parses selection patterns, the keys of an integration's `responses`: a regular expression for the status, or
//! `default`.

use std::collections::BTreeMap;

use s3_edge_gateway::api::integration::{SelectionPattern, StatusSet};

use super::{java_pattern, pattern_limits};
use crate::finding::Code;

/// The code of a refused pattern, and the reason as part of a sentence.
pub(super) type Refusal = (Code, String);

/// A cache of the patterns of one document. Parsing a pattern is slow, because the pattern is matched with 500 statuses.
/// Most entries have the same few patterns.
#[derive(Default)]
pub(super) struct Patterns(BTreeMap<String, Result<SelectionPattern, Refusal>>);

impl Patterns {
    /// Parses a pattern, or returns the cached result.
    pub(super) fn parse(&mut self, text: &str) -> Result<SelectionPattern, Refusal> {
        if let Some(parsed) = self.0.get(text) {
            return parsed.clone();
        }
        let parsed = parse(text);
        self.0.insert(text.to_owned(), parsed.clone());
        parsed
    }
}

/// Parses the key of an entry of `responses`.
///
/// # Errors
/// Returns the code and the reason, as part of a sentence.
pub fn parse(text: &str) -> Result<SelectionPattern, (Code, String)> {
    if text == "default" || text.is_empty() {
        return Ok(SelectionPattern::Default);
    }
    if let Some(reason) = java_pattern::differing_syntax(text) {
        return Err((Code::PatternOfJava, reason));
    }
    pattern_limits::check_complexity(text).map_err(|reason| (Code::PatternInvalid, reason))?;
    let mut statuses = StatusSet::default();
    for status in matching(text).map_err(|reason| (Code::PatternInvalid, reason))? {
        statuses.insert(status);
    }
    Ok(SelectionPattern::Statuses(statuses))
}

/// Returns the statuses from 100 to 599 that an expression matches as a whole, like Java's `matches`.
fn matching(pattern: &str) -> Result<Vec<u16>, String> {
    let pattern = regress::Regex::new(&format!("^(?:{pattern})$")).map_err(|error| error.text)?;
    Ok((100..600).filter(|status| pattern.find(&status.to_string()).is_some()).collect())
}

#[cfg(test)]
mod tests {
    use http::StatusCode;

    use super::*;

    fn statuses(pattern: &str) -> Vec<u16> {
        let SelectionPattern::Statuses(set) = parse(pattern).unwrap() else {
            panic!("{pattern} is the default");
        };
        (100..600).filter(|status| set.contains(StatusCode::from_u16(*status).unwrap())).collect()
    }

    #[test]
    fn patterns_match_the_whole_status() {
        assert_eq!(statuses(r"2\d{2}"), (200..300).collect::<Vec<_>>());
        assert_eq!(statuses("404"), [404]);
        assert_eq!(statuses("40[34]|5.*").len(), 102);
        assert_eq!(statuses(r"2(?!06)\d{2}").len(), 99);
        assert!(statuses("0").is_empty());
        assert!(parse("(").is_err());
    }
}
