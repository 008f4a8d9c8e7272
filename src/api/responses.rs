//! `responses` of an integration: which of the backend's responses each entry takes, and what they become.

use http::StatusCode;
use serde::{Deserialize, Serialize};

use super::content_handling::ContentHandling;
use super::http_serde;
use super::mapping::{Header, ResponseSource};
use super::templates::Templates;

/// One entry of `responses`: which answers of the backend it takes, and what they become.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct IntegrationResponse {
    /// Which statuses of the backend it takes.
    pub pattern: SelectionPattern,
    /// The status for the client.
    #[serde(with = "http_serde::status")]
    pub status: StatusCode,
    /// Whether the operation declares that status.
    pub method_response: MethodResponse,
    /// Headers for the client, in the order of the document.
    pub headers: Vec<(Header, ResponseSource)>,
    /// `responseTemplates`
    pub templates: Templates,
    /// What happens to the body.
    pub content_handling: Option<ContentHandling>,
}

/// Whether the operation declares the status of an entry of the integration's `responses`.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub enum MethodResponse {
    /// It does.
    Declared,
    /// It does not: an answer that selects the entry is a 500 ("Output mapping refers to an invalid method response").
    Undeclared,
}

/// The key of an entry of `responses`: a regular expression over the status, or `default`.
///
/// The expression is carried out for every status once, when the document is loaded; what is kept is its answers.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub enum SelectionPattern {
    /// Taken where nothing else matches.
    Default,
    /// The statuses that match in full.
    Statuses(StatusSet),
}

/// A set of the statuses 100 to 599.
#[derive(Clone, Debug, Default, Eq, PartialEq, Serialize, Deserialize)]
pub struct StatusSet([u64; 8]);

impl SelectionPattern {
    /// Whether the pattern names this very status and no other.
    pub fn is_exactly(&self, status: StatusCode) -> bool {
        match self {
            Self::Default => false,
            Self::Statuses(set) => set.contains(status) && set.len() == 1,
        }
    }
}

impl StatusSet {
    /// Whether the status is in the set.
    pub fn contains(&self, status: StatusCode) -> bool {
        let index = usize::from(status.as_u16().saturating_sub(100));
        self.0.get(index / 64).is_some_and(|word| word >> (index % 64) & 1 == 1)
    }

    /// How many statuses are in the set.
    pub fn len(&self) -> u32 {
        self.0.iter().map(|word| word.count_ones()).sum()
    }

    /// Whether no status is.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether some status is in both sets.
    pub fn meets(&self, other: &Self) -> bool {
        self.0.iter().zip(&other.0).any(|(one, other)| one & other != 0)
    }

    /// Whether every status of the set is in the other one.
    pub fn is_within(&self, other: &Self) -> bool {
        self.0.iter().zip(&other.0).all(|(one, other)| one & !other == 0)
    }

    /// Takes all of another set in.
    pub fn extend(&mut self, other: &Self) {
        self.0.iter_mut().zip(&other.0).for_each(|(one, other)| *one |= other);
    }

    /// Adds a status.
    pub fn insert(&mut self, status: u16) {
        let index = usize::from(status.saturating_sub(100));
        if let Some(word) = self.0.get_mut(index / 64) {
            *word |= 1 << (index % 64);
        }
    }
}

impl IntegrationResponse {
    /// What becomes of the answers of an `http_proxy`: nothing.
    pub const PROXIED: &Self = &Self {
        pattern: SelectionPattern::Default,
        status: StatusCode::OK,
        method_response: MethodResponse::Declared,
        headers: Vec::new(),
        templates: Templates::new(Vec::new()),
        content_handling: None,
    };
}
