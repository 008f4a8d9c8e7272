//! Reads the input of the command: the document, its parameters file and a settings file.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Path, PathBuf};

use s3_edge_gateway::gateway::Settings;
use s3_edge_gateway::gateway::deployment::settings::Variables;
use s3_edge_gateway_compiler::finding::{Behaviours, Code, Finding};
use s3_edge_gateway_compiler::source::{Notation, Parameters, repeated_keys};
use s3_edge_gateway_compiler::{Compilation, Input as CompilerInput};
use serde_json::Value;

use crate::arguments::{LintsOf, NotationName, Values};
use crate::outcome::Failure;
use crate::surroundings::Surroundings;

/// A document and its parameters.
pub(crate) struct Input {
    /// The name of the file as written, or `(standard input)`.
    pub(crate) shown: String,
    pub(crate) bytes: Vec<u8>,
    /// The files that were read: the document and its parameters file.
    pub(crate) files: Vec<PathBuf>,
    notation: ChosenNotation,
    parameters: Parameters,
}

/// The notation of a document, by its origin.
#[derive(Clone, Copy)]
enum ChosenNotation {
    /// From the extension of the file name.
    Extension(Notation),
    /// From the option `--notation`.
    Option(Notation),
    /// From the first character of the document.
    FirstCharacter,
}

/// The reason for a finding, and its remedy.
pub(crate) struct WhyAndRemedy {
    pub(crate) why: &'static str,
    pub(crate) remedy: &'static str,
}

impl Input {
    /// Reads a document and its parameters file. If `api` is `None`, reads the document that the build compiles.
    ///
    /// # Errors
    /// Returns an error if `api` is `None` and the document of the build is missing or ambiguous, if a file is missing or cannot
    /// be read, or if parameters are not valid.
    pub(crate) fn read(
        api: Option<&str>,
        notation: Option<NotationName>,
        values: &Values,
        surroundings: &Surroundings<'_>,
    ) -> Result<Self, Failure> {
        let options = from_options(values)?;
        let name = match api {
            Some(name) => name.to_owned(),
            None => document_of_the_build(surroundings)?,
        };
        let bytes = read(&name, surroundings)?;
        let mut input = Self {
            shown: name.clone(),
            bytes,
            files: Vec::new(),
            notation: notation
                .map_or(ChosenNotation::FirstCharacter, |name| ChosenNotation::Option(name.into())),
            parameters: Parameters::default(),
        };
        if name == "-" {
            input.shown = "(standard input)".to_owned();
        } else {
            let path = PathBuf::from(&name);
            let beside = path.with_extension("parameters.json");
            if let (None, Some(notation)) = (notation, Notation::of_file_name(&name)) {
                input.notation = ChosenNotation::Extension(notation);
            }
            // `symlink_metadata`, so that a broken link is reported as an error.
            if beside != path && beside.symlink_metadata().is_ok() {
                input.parameters = parameters(&beside, surroundings)?;
                input.files.push(beside);
            }
            input.files.push(path);
        }
        input.parameters.extend(options);
        Ok(input)
    }

    /// Compiles the document. Removes the lints that do not concern the behaviours in `lints`.
    pub(crate) fn compile(&self, lints: LintsOf, settings: Option<&Settings>) -> Compilation {
        let input = CompilerInput {
            bytes: &self.bytes,
            notation: match self.notation {
                ChosenNotation::Extension(notation) | ChosenNotation::Option(notation) => Some(notation),
                ChosenNotation::FirstCharacter => None,
            },
            parameters: &self.parameters,
            settings,
        };
        let mut compilation = s3_edge_gateway_compiler::compile(&input);
        compilation.findings.retain(|finding| match (finding.behaviours, lints) {
            (Behaviours::Both, _) | (_, LintsOf::Both) => true,
            (Behaviours::Edge, lints) => lints == LintsOf::Edge,
            (Behaviours::Aws, lints) => lints == LintsOf::Aws,
        });
        compilation
    }

    /// Returns the reason for a finding, and its remedy. For invalid JSON and YAML, both depend on the origin of the
    /// notation: another file extension helps only if the notation came from the extension.
    pub(crate) fn why_and_remedy(&self, finding: &Finding) -> WhyAndRemedy {
        match (finding.code, self.notation) {
            (Code::NotJson, ChosenNotation::Option(_) | ChosenNotation::FirstCharacter) => WhyAndRemedy {
                why: "The document is read as JSON because of its first character or `--notation`, and the JSON is not valid.",
                remedy: "Correct the JSON at the position shown, or give `--notation yaml` if the document is YAML.",
            },
            (Code::NotYaml, ChosenNotation::Option(_) | ChosenNotation::FirstCharacter) => WhyAndRemedy {
                why: "The document is read as YAML because of its first character or `--notation`, and the YAML is not valid.",
                remedy: "Correct the YAML at the position shown, or give `--notation json` if the document is JSON.",
            },
            (code, _) => WhyAndRemedy { why: code.why(), remedy: code.remedy() },
        }
    }
}

/// Reads a parameters file.
fn parameters(path: &Path, surroundings: &Surroundings<'_>) -> Result<Parameters, Failure> {
    let shown = path.display().to_string();
    let bytes = read(&shown, surroundings)?;
    Parameters::from_json(&bytes).map_err(|faults| {
        let lines: Vec<_> = faults.iter().map(|fault| format!("{shown}: {fault}")).collect();
        Failure(lines.join("\n"))
    })
}

/// Returns the values of the options.
fn from_options(values: &Values) -> Result<Parameters, Failure> {
    let parameters = values.parameter.iter().map(|(name, value)| (name.clone(), Value::from(value.clone())));
    Ok(Parameters {
        parameters: unique("--parameter", parameters)?,
        conditions: unique("--condition", values.condition.iter().cloned())?,
        variables: unique("--variable", values.variable.iter().cloned())?,
        resource: values.resource.clone(),
    })
}

fn unique<T: PartialEq + std::fmt::Display>(
    option: &str,
    values: impl Iterator<Item = (String, T)>,
) -> Result<BTreeMap<String, T>, Failure> {
    let mut read = BTreeMap::new();
    for (name, value) in values {
        if let Some(first) = read.get(&name)
            && *first != value
        {
            return Err(Failure(format!(
                "{option} {name} has two values, {first} and {value}. Remove one of them."
            )));
        }
        read.insert(name, value);
    }
    Ok(read)
}

/// Returns the name of the document that the build compiles: the environment variable `API`, or the file in `api/`.
fn document_of_the_build(surroundings: &Surroundings<'_>) -> Result<String, Failure> {
    if let Some(name) = (surroundings.variable)("API").filter(|name| !name.is_empty()) {
        return Ok(name);
    }
    let candidates = ["json", "yaml", "yml"].map(|extension| format!("api/openapi.{extension}"));
    let found: Vec<_> =
        candidates.into_iter().filter(|path| Path::new(path).symlink_metadata().is_ok()).collect();
    match found.as_slice() {
        [path] => Ok(path.clone()),
        [] => Err(Failure(
            "The name of the document is missing, and this folder has no api/openapi.json, .yaml or .yml. Write the name \
             as an argument, or set the environment variable API to it."
                .to_owned(),
        )),
        several => Err(Failure(format!(
            "The name of the document is missing, and this folder has several documents: {}. Write the name of one of them as an argument.",
            several.join(", ")
        ))),
    }
}

/// Reads a file, or the standard input if the name is `-`.
///
/// # Errors
/// Returns an error if the file is missing, is a folder or cannot be read.
pub(crate) fn read(name: &str, surroundings: &Surroundings<'_>) -> Result<Vec<u8>, Failure> {
    if name == "-" {
        return (surroundings.stdin)()
            .map_err(|error| Failure(format!("(standard input): The input cannot be read: {error}.")));
    }
    if Path::new(name).is_dir() {
        return Err(Failure(format!("{name}: This is a folder. Name a file in this folder.")));
    }
    std::fs::read(name).map_err(|error| {
        let link = std::fs::read_link(name).ok();
        Failure(match (error.kind(), link) {
            (io::ErrorKind::NotFound, Some(target)) => format!(
                "{name}: This is a symbolic link to {}, which does not exist. Correct the link, or remove it.",
                target.display()
            ),
            (io::ErrorKind::NotFound, None) => {
                format!("{name}: The file does not exist. Check the name and the folder.")
            }
            (io::ErrorKind::PermissionDenied, _) => {
                format!("{name}: The user has no permission to read the file. Change its permissions.")
            }
            _ => format!("{name}: The file cannot be read: {error}."),
        })
    })
}

/// A settings file: a JSON object that maps names to strings.
pub(crate) struct SettingsFile {
    shown: String,
    entries: BTreeMap<String, String>,
}

impl SettingsFile {
    /// Reads a settings file.
    ///
    /// # Errors
    /// Returns an error if the path is `-`, if the file cannot be read, if it is not a JSON object of strings, or if a key is
    /// repeated.
    pub(crate) fn read(path: &Path, surroundings: &Surroundings<'_>) -> Result<Self, Failure> {
        const FORM: &str =
            "Write a JSON object that maps names of settings to strings: {\"S3_REGION\": \"us-west-2\"}.";
        let shown = path.display().to_string();
        if shown == "-" {
            return Err(Failure(
                "--settings -: The settings cannot be the standard input. Write the name of a file."
                    .to_owned(),
            ));
        }
        let bytes =
            read(&shown, surroundings).map_err(|Failure(reason)| Failure(format!("--settings {reason}")))?;
        let value: Value = serde_json::from_slice(&bytes)
            .map_err(|error| Failure(format!("{shown}: The settings are not JSON: {error}. {FORM}")))?;
        let Value::Object(settings) = value else {
            return Err(Failure(format!("{shown}: The settings are not an object. {FORM}")));
        };
        let mut entries = BTreeMap::new();
        let repeated = repeated_keys(&bytes);
        let mut faults: Vec<_> = repeated.iter().map(|fault| format!("{shown}: {fault}")).collect();
        for (name, value) in settings {
            match value {
                Value::String(text) => _ = entries.insert(name, text),
                other => faults.push(format!(
                    "{shown}: The setting `{name}` is {}. Write a string{}.",
                    kind(&other),
                    if other.is_object() { " that contains the object as JSON text" } else { "" },
                )),
            }
        }
        if faults.is_empty() { Ok(Self { shown, entries }) } else { Err(Failure(faults.join("\n"))) }
    }

    /// Returns the value of a setting, or `None` if the file does not have it.
    pub(crate) fn get(&self, name: &str) -> Option<String> {
        self.entries.get(name).cloned()
    }

    /// Returns the settings, with an example access key if the file has none. Also returns the names in the file that are
    /// not settings.
    ///
    /// # Errors
    /// Returns a message for each value that is not valid.
    pub(crate) fn settings(&self) -> Result<(Settings, Vec<String>), Failure> {
        let read = RefCell::new(BTreeSet::new());
        let value = |name: &str| {
            read.borrow_mut().insert(name.to_owned());
            self.get(name).or_else(|| match name {
                "AWS_ACCESS_KEY_ID" => Some("AKIDEXAMPLE".to_owned()),
                "AWS_SECRET_ACCESS_KEY" => Some("made-up".to_owned()),
                _ => None,
            })
        };
        let settings = Settings::from_variables(&Variables(&value)).map_err(|errors| self.failure(errors))?;
        let read = read.into_inner();
        Ok((settings, self.entries.keys().filter(|name| !read.contains(*name)).cloned().collect()))
    }

    /// Returns the failure for invalid values. Each message begins with the name of the file.
    pub(crate) fn failure(&self, errors: impl IntoIterator<Item = impl std::fmt::Display>) -> Failure {
        let lines: Vec<_> = errors.into_iter().map(|error| format!("{}: {error}", self.shown)).collect();
        Failure(lines.join("\n"))
    }

    /// Returns the path as it was written.
    pub(crate) fn shown(&self) -> &str {
        &self.shown
    }
}

fn kind(value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Bool(value) => format!("the boolean `{value}`"),
        Value::Number(value) => format!("the number `{value}`"),
        Value::String(_) => "a string".to_owned(),
        Value::Array(_) => "an array".to_owned(),
        Value::Object(_) => "an object".to_owned(),
    }
}
