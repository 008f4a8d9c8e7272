/// Which statuses from 100 to 599 a regular expression matches in full, as in Java's `matches`; or what is wrong with it.
///
/// An argument, as every runtime brings its own engine: JavaScript's in the Worker, an ECMAScript one on the host. The
/// two read what documents use of Java's syntax alike.
pub type MatchStatuses = dyn Fn(&str) -> Result<Vec<u16>, String>;

/// [`MatchStatuses`] for the host.
#[cfg(not(target_arch = "wasm32"))]
///
/// # Errors
/// What the parser of the expression says.
pub fn match_statuses(pattern: &str) -> Result<Vec<u16>, String> {
    let pattern = regress::Regex::new(&format!("^(?:{pattern})$")).map_err(|error| error.text)?;
    Ok((100..600).filter(|status| pattern.find(&status.to_string()).is_some()).collect())
}

/// The patterns of one document. Most of its entries have the same few, and carrying one out costs 500 questions.
pub(crate) struct KnownPatterns<'m> {
    pub(super) matching: &'m MatchStatuses,
    known: RefCell<BTreeMap<String, Result<SelectionPattern, String>>>,
}

impl<'m> KnownPatterns<'m> {
    pub(crate) fn new(matching: &'m MatchStatuses) -> Self {
        Self { matching, known: RefCell::default() }
    }

    /// [`SelectionPattern::parse`], once for every text.
    pub(crate) fn parse(&self, text: &str) -> Result<SelectionPattern, String> {
        let mut known = self.known.borrow_mut();
        if let Some(parsed) = known.get(text) {
            return parsed.clone();
        }
        let parsed = SelectionPattern::parse(text, self.matching);
        known.insert(text.to_owned(), parsed.clone());
        parsed
    }
}

    /// Reads the key of an entry.
    ///
    /// # Errors
    /// What the expression's parser says, or what of it only Java reads.
    pub fn parse(text: &str, matching: &MatchStatuses) -> Result<Self, String> {
        if text == "default" || text.is_empty() {
            return Ok(Self::Default);
        }
        if let Some(reason) = java_pattern::foreign(text) {
            return Err(reason);
        }
        pattern::quick(text)?;
        let mut statuses = StatusSet::default();
        for status in matching(text)? {
            statuses.insert(status);
        }
        Ok(Self::Statuses(statuses))
    }

#[cfg(test)]
mod tests {
    use super::*;

    fn statuses(pattern: &str) -> Vec<u16> {
        let SelectionPattern::Statuses(set) = SelectionPattern::parse(pattern, &match_statuses).unwrap()
        else {
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
        assert!(SelectionPattern::parse("(", &match_statuses).is_err());
    }
}
