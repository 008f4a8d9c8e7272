//! JSON paths in mappings: the text after `method.request.body` and `integration.response.body`.
//!
//! A path consists of names, `['names']` and `[indices]`, which select one value. The compiler refuses the other operators
//! of JSONPath, because they can select several values. Source:
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/request-response-data-mappings.html>.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::json::Node;

/// A path to one value.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub struct JsonPath {
    written: String,
    steps: Vec<Step>,
}

/// One step of a path.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub enum Step {
    /// The name of a property.
    Name(String),
    /// The index of an array item, counted from 0.
    Index(usize),
}

impl JsonPath {
    /// Returns a path with these steps. `written` is the text of the path in the document.
    pub fn new(written: impl Into<String>, steps: Vec<Step>) -> Self {
        Self { written: written.into(), steps }
    }

    /// Returns whether the path selects the whole body.
    pub fn is_root(&self) -> bool {
        self.steps.is_empty()
    }

    /// Returns the selected value, or `None` if it does not exist.
    pub fn follow<'j>(&self, value: Node<'j>) -> Option<Node<'j>> {
        self.steps.iter().try_fold(value, |value, step| match step {
            Step::Name(name) => value.property(name),
            Step::Index(index) => value.items()?.nth(*index),
        })
    }
}

impl fmt::Display for JsonPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.written)
    }
}
