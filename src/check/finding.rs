//! Findings: what is wrong with a document, and what will surprise, each with a reason and a way out.

use serde::Serialize;

use super::place::{Place, Places};
use super::surprise::Surprise;
use crate::api::{DocumentError, Problem};

/// How bad a finding is.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// The document cannot run.
    Error,
    /// It runs, and somebody will be surprised.
    Warning,
}

/// One thing that was found in a document.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct Finding {
    /// How bad it is.
    pub severity: Severity,
    /// What kind of finding it is: a name that stays.
    pub code: &'static str,
    /// The place, as a JSON pointer (RFC 6901).
    pub pointer: String,
    /// The line of the text, from 1.
    pub line: usize,
    /// The character of the line, from 1.
    pub column: usize,
    /// What it is.
    pub message: String,
    /// Why it is so.
    pub why: String,
    /// What to do about it.
    pub instead: String,
    /// The types of bodies that it is about, where it is about some.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub media_types: Vec<String>,
}

/// Why anything is an error.
const CANNOT_RUN: &str =
    "a document is served as a whole or not at all: with this, every request would be answered 500";

impl Finding {
    /// A text that is no document.
    pub(super) fn unreadable(message: String, instead: String, place: Place) -> Self {
        Self::fatal("unreadable", String::new(), place, message, instead)
    }

    /// What the document's reader says.
    pub(super) fn error(error: &DocumentError, places: &Places) -> Self {
        let (message, instead) = match &error.problem {
            Problem::Unsupported { what, instead } => {
                (format!("{what} is not supported"), (*instead).to_owned())
            }
            problem => (problem.to_string(), "write what is expected there, or remove it".to_owned()),
        };
        Self::fatal("cannot-run", error.pointer.clone(), places.find(&error.pointer), message, instead)
    }

    /// A template of CloudFormation in the place of a document.
    pub(super) fn template(pointer: String, places: &Places) -> Self {
        let place = places.find(&pointer);
        let message = "this is a template of CloudFormation or SAM, and no document of an API".to_owned();
        let instead = "take the API's definition out of it, which is the Body of an AWS::ApiGateway::RestApi or the DefinitionBody of an AWS::Serverless::Api; or deploy the template and take API Gateway's export"
            .to_owned();
        Self::fatal("cannot-run", pointer, place, message, instead)
    }

    /// A document and settings that do not go together.
    pub(super) fn undeployable(message: String) -> Self {
        let instead = "correct the document or the setting".to_owned();
        Self::fatal("cannot-be-deployed", String::new(), Place::START, message, instead)
    }

    fn fatal(code: &'static str, pointer: String, place: Place, message: String, instead: String) -> Self {
        Self {
            severity: Severity::Error,
            code,
            pointer,
            line: place.line,
            column: place.column,
            message,
            why: CANNOT_RUN.to_owned(),
            instead,
            media_types: Vec::new(),
        }
    }

    /// A surprise.
    pub(super) fn warning(surprise: Surprise, pointer: String, message: String, places: &Places) -> Self {
        let place = places.find(&pointer);
        let told = surprise.told();
        Self {
            severity: Severity::Warning,
            code: told.code,
            pointer,
            line: place.line,
            column: place.column,
            message,
            why: told.why.to_owned(),
            instead: told.instead.to_owned(),
            media_types: Vec::new(),
        }
    }
}
