//! The base path: the prefix of every path of an API.

use serde::{Deserialize, Serialize};

use super::integration_uri::{UriPiece, UriText};

/// A base path, such as `/v1` or `/${stageVariables.version}`. The settings of the deployment give the variables their
/// values.
#[derive(Clone, Debug, Default, Eq, PartialEq, Serialize, Deserialize)]
pub struct BasePath(pub UriText);

impl BasePath {
    /// Returns a base path without variables.
    pub fn literal(text: &str) -> Self {
        let text = Self::normal(text);
        Self(UriText(if text.is_empty() { Vec::new() } else { vec![UriPiece::Text(text)] }))
    }

    /// Returns the path with one leading slash and without trailing slashes, or an empty string for the root path.
    pub fn normal(text: &str) -> String {
        let trimmed = text.trim_matches('/');
        if trimmed.is_empty() { String::new() } else { format!("/{trimmed}") }
    }

    /// Returns the names of the variables in the base path. `${AWS::Region}` has the name `AWS::Region`.
    pub fn variables(&self) -> impl Iterator<Item = &str> {
        self.0.0.iter().filter_map(|piece| match piece {
            UriPiece::Text(_) => None,
            UriPiece::Parameter(name) | UriPiece::StageVariable(name) => Some(name.as_str()),
            UriPiece::Region => Some("AWS::Region"),
        })
    }

    /// Returns the base path with each variable replaced by its value. `value` is called with the name of a variable, and
    /// returns the value of the variable.
    ///
    /// # Errors
    /// Returns the name of the first variable without a value.
    pub fn fill<'v>(&self, value: impl Fn(&str) -> Option<&'v str>) -> Result<String, &str> {
        let mut text = String::new();
        for piece in &self.0.0 {
            match piece {
                UriPiece::Text(literal) => text.push_str(literal),
                UriPiece::Parameter(name) | UriPiece::StageVariable(name) => {
                    text.push_str(value(name.as_str()).ok_or_else(|| name.as_str())?);
                }
                UriPiece::Region => text.push_str(value("AWS::Region").ok_or("AWS::Region")?),
            }
        }
        Ok(Self::normal(&text))
    }
}
