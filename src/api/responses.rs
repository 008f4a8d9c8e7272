//! `responses` of an integration. Each entry matches statuses of the backend, and defines the response to the client.

use http::StatusCode;
use serde::{Deserialize, Serialize};

use super::content_handling::ContentHandling;
use super::http_serde;
use super::mapping::{Header, ResponseSource};
use super::templates::Templates;

/// An integration response: one entry of `responses`. It matches statuses of the backend and defines the client's response.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct IntegrationResponse {
    /// Matches the status of the backend.
    pub pattern: SelectionPattern,
    /// `statusCode`: the status of the client's response.
    #[serde(with = "http_serde::status")]
    pub status: StatusCode,
    pub method_response: MethodResponse,
    /// `responseParameters`: the headers of the client's response, in document order.
    pub headers: Vec<(Header, ResponseSource)>,
    /// `responseTemplates`
    pub templates: Templates,
    /// The conversion of the backend's body.
    pub content_handling: Option<ContentHandling>,
}

/// Whether the operation's `responses` declare the status of an integration response.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub enum MethodResponse {
    Declared,
    /// The status is not declared. The client gets a 500 if the integration response is selected ("Output mapping refers to
    /// an invalid method response").
    Undeclared,
}

/// The selection pattern of an integration response: a regular expression for the status, or `default`.
///
/// The compiler evaluates the expression for every status and stores the statuses that match.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub enum SelectionPattern {
    /// `default`: used if no other entry matches.
    Default,
    /// The statuses whose three digits the expression matches completely.
    Statuses(StatusSet),
}

/// A set of statuses from 100 to 611, as 512 bits. Bit 0 is the status 100.
#[derive(Clone, Debug, Default, Eq, PartialEq, Serialize, Deserialize)]
pub struct StatusSet([u64; 8]);

impl SelectionPattern {
    /// Returns whether the pattern matches only this status.
    pub fn is_exactly(&self, status: StatusCode) -> bool {
        match self {
            Self::Default => false,
            Self::Statuses(set) => set.contains(status) && set.len() == 1,
        }
    }
}

impl StatusSet {
    pub fn contains(&self, status: StatusCode) -> bool {
        let index = usize::from(status.as_u16().saturating_sub(100));
        self.0.get(index / 64).is_some_and(|word| word >> (index % 64) & 1 == 1)
    }

    /// Returns the number of statuses in the set.
    pub fn len(&self) -> u32 {
        self.0.iter().map(|word| word.count_ones()).sum()
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns whether the two sets have a status in common.
    pub fn meets(&self, other: &Self) -> bool {
        self.0.iter().zip(&other.0).any(|(one, other)| one & other != 0)
    }

    /// Returns whether every status of this set is in the other set.
    pub fn is_within(&self, other: &Self) -> bool {
        self.0.iter().zip(&other.0).all(|(one, other)| one & !other == 0)
    }

    /// Adds every status of another set.
    pub fn extend(&mut self, other: &Self) {
        self.0.iter_mut().zip(&other.0).for_each(|(one, other)| *one |= other);
    }

    /// Adds a status. A number below 100 counts as 100, and a number above 611 is ignored.
    pub fn insert(&mut self, status: u16) {
        let index = usize::from(status.saturating_sub(100));
        if let Some(word) = self.0.get_mut(index / 64) {
            *word |= 1 << (index % 64);
        }
    }
}

impl IntegrationResponse {
    /// The integration response of an `http_proxy`. It has no mappings. The client gets the backend's status instead of the
    /// `status` in this constant.
    pub const PROXIED: &Self = &Self {
        pattern: SelectionPattern::Default,
        status: StatusCode::OK,
        method_response: MethodResponse::Declared,
        headers: Vec::new(),
        templates: Templates::new(Vec::new()),
        content_handling: None,
    };
}
