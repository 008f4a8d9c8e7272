//! A document as its file has it: the value and the places, from JSON or YAML.

use std::path::Path;

use serde_json::Value;

use super::finding::Finding;
use super::place::{Place, Places};
use super::yaml;

/// A document that could be read.
#[derive(Debug)]
pub struct Source {
    /// Its value.
    pub document: Value,
    /// Where everything in it stands.
    pub places: Places,
}

/// How a document is written.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Notation {
    Json,
    Yaml,
}

/// What Windows puts before a text.
const BYTE_ORDER_MARK: char = '\u{feff}';

impl Source {
    /// Reads a file: YAML where its name ends in `.yaml` or `.yml`, else JSON, as the build does. What comes from the
    /// standard input, `-`, is JSON where it begins as JSON does.
    ///
    /// # Errors
    /// The finding that it is neither.
    pub fn read(file: &Path, bytes: &[u8]) -> Result<Self, Box<Finding>> {
        let unreadable = |message: String, instead: &str, place: Place| {
            Box::new(Finding::unreadable(message, instead.to_owned(), place))
        };
        let text = std::str::from_utf8(bytes).map_err(|error| {
            let before = bytes.get(..error.valid_up_to()).unwrap_or_default();
            let message = format!("not a text in UTF-8: the byte at {} is none of it", error.valid_up_to());
            unreadable(message, "save the document as UTF-8", end_of(&String::from_utf8_lossy(before)))
        })?;
        let notation = Notation::of(file, text);
        let give = match notation {
            Notation::Yaml => "give a document that is YAML",
            Notation::Json => "give a document that is JSON, or name a YAML file .yaml",
        };
        if text.trim_start_matches(BYTE_ORDER_MARK).trim().is_empty() {
            return Err(unreadable("there is nothing in it".to_owned(), give, Place::START));
        }
        if notation == Notation::Json && text.starts_with(BYTE_ORDER_MARK) {
            let message = "not JSON: it begins with a byte order mark".to_owned();
            return Err(unreadable(message, "save the document as UTF-8 without one", Place::START));
        }
        let document = match notation {
            Notation::Yaml => read_yaml(text, give),
            Notation::Json => read_json(text).map_err(|(message, place)| (message, give, place)),
        };
        match document {
            Ok(document) => Ok(Self { document, places: Places::of(text) }),
            Err((message, instead, place)) => Err(unreadable(message, instead, place)),
        }
    }
}

/// What the parser says to those who call it, and what it means to those who write documents.
const FOR_PROGRAMMERS: &[(&str, &str)] = &[
    (", set DuplicateKeyPolicy in Options if acceptable", ""),
    ("; use from_str_multiple or from_str_multiple_with_options", ""),
    ("recursive references require weak recursion types", "an alias inside of what it stands for"),
];

impl Notation {
    fn of(file: &Path, text: &str) -> Self {
        let is_yaml = match file.extension() {
            Some(extension) => extension == "yaml" || extension == "yml",
            None => {
                file == Path::new("-")
                    && !text.trim_start_matches(BYTE_ORDER_MARK).trim_start().starts_with(['{', '['])
            }
        };
        if is_yaml { Self::Yaml } else { Self::Json }
    }
}

fn end_of(text: &str) -> Place {
    let line = text.rsplit('\n').next().unwrap_or_default();
    Place { line: text.matches('\n').count() + 1, column: line.chars().count() + 1 }
}

fn read_json(text: &str) -> Result<Value, (String, Place)> {
    serde_json::from_str(text).map_err(|error| {
        let place = Place { line: error.line().max(1), column: error.column().max(1) };
        let told = error.to_string();
        // The place is told before.
        let told = told.rsplit_once(" at line ").map_or(told.as_str(), |(told, _)| told);
        (format!("not JSON: {told}"), place)
    })
}

fn read_yaml<'g>(text: &str, give: &'g str) -> Result<Value, (String, &'g str, Place)> {
    yaml::from_str(text).map_err(|error| {
        let place = error.location().map(|location| Place {
            line: usize::try_from(location.line()).unwrap_or(1).max(1),
            column: usize::try_from(location.column()).unwrap_or(1).max(1),
        });
        let place = place.unwrap_or(Place::START);
        if let Some((message, instead)) = yaml::excess(&error) {
            return (message.to_owned(), instead, place);
        }
        let told = error.without_snippet().to_string();
        let mut told = told.lines().next().unwrap_or_default().to_owned();
        for (to_programmers, to_authors) in FOR_PROGRAMMERS {
            told = told.replace(to_programmers, to_authors);
        }
        (format!("not YAML: {told}"), give, place)
    })
}
