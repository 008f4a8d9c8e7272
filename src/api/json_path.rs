//! Paths into JSON, as mappings write them behind `method.request.body` and `integration.response.body`.
//!
//! Inside: names, `['names']` and `[indices]`, which lead to one value. Everything else of JSONPath may lead to several,
//! and is refused. Source:
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/request-response-data-mappings.html>.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A way to one value.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub struct JsonPath {
    written: String,
    steps: Vec<Step>,
}

/// One step of a path.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub enum Step {
    /// The value of a property.
    Name(String),
    /// The item of an array, counted from 0.
    Index(usize),
}

impl JsonPath {
    /// Returns a path of these steps; `written` is what the document has.
    pub fn new(written: impl Into<String>, steps: Vec<Step>) -> Self {
        Self { written: written.into(), steps }
    }

    /// Whether it leads to all of the body.
    pub fn is_root(&self) -> bool {
        self.steps.is_empty()
    }

    /// The value that it leads to, if there is one.
    pub fn follow<'v>(&self, value: &'v Value) -> Option<&'v Value> {
        self.steps.iter().try_fold(value, |value, step| match step {
            Step::Name(name) => value.get(name),
            Step::Index(index) => value.get(index),
        })
    }
}

impl fmt::Display for JsonPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.written)
    }
}
