//! A document as its file has it: the value and the places, from JSON or YAML.

use std::path::Path;

use serde_json::Value;

use super::finding::Finding;
use super::place::{Place, Places};

/// A document that could be read.
#[derive(Debug)]
pub struct Source {
    /// Its value.
    pub document: Value,
    /// Where everything in it stands.
    pub places: Places,
}

impl Source {
    /// Reads a text: YAML where the file's name ends in `.yaml` or `.yml`, else JSON.
    ///
    /// # Errors
    /// The finding that it is neither.
    pub fn read(file: &Path, text: &str) -> Result<Self, Box<Finding>> {
        let is_yaml = file.extension().is_some_and(|extension| extension == "yaml" || extension == "yml");
        let document = if is_yaml { yaml(text) } else { json(text) };
        document.map(|document| Self { document, places: Places::of(text) }).map_err(|(message, place)| {
            let expected = if is_yaml { "a document that is YAML" } else { "a document that is JSON" };
            Box::new(Finding::unreadable(message, expected, place))
        })
    }
}

/// What the parser says to those who call it, and what it means to those who write documents.
const FOR_PROGRAMMERS: &[(&str, &str)] = &[
    (", set DuplicateKeyPolicy in Options if acceptable", ""),
    ("; use from_str_multiple or from_str_multiple_with_options", ""),
    ("recursive references require weak recursion types", "an alias inside of what it stands for"),
];

fn json(text: &str) -> Result<Value, (String, Place)> {
    serde_json::from_str(text).map_err(|error| {
        let place = Place { line: error.line().max(1), column: error.column().max(1) };
        (format!("not JSON: {error}"), place)
    })
}

fn yaml(text: &str) -> Result<Value, (String, Place)> {
    serde_saphyr::from_str(text).map_err(|error| {
        let place = error.location().map(|location| Place {
            line: usize::try_from(location.line()).unwrap_or(1).max(1),
            column: usize::try_from(location.column()).unwrap_or(1).max(1),
        });
        let told = error.without_snippet().to_string();
        let mut told = told.lines().next().unwrap_or_default().to_owned();
        for (to_programmers, to_authors) in FOR_PROGRAMMERS {
            told = told.replace(to_programmers, to_authors);
        }
        (format!("not YAML: {told}"), place.unwrap_or(Place::START))
    })
}
