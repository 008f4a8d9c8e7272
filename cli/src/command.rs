//! The command: what it reads, what it prints, its status.

use std::io;
use std::path::Path;

use serde_json::{Map, Value};

use super::arguments::{Arguments, BodyFrom, Task, USAGE};
use super::explain::{self, Question};
use super::finding::{Finding, Severity};
use super::look::Look;
use super::source::Source;
use super::supposed::Variable;
use super::{check, policy, report};

/// What the command is run in.
pub struct Surroundings<'s> {
    /// The variables of the environment.
    pub variable: &'s Variable<'s>,
    /// Reads the standard input.
    pub input: &'s dyn Fn() -> io::Result<Vec<u8>>,
    /// How the output is shown.
    pub look: Look,
}

/// What the command has to say.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Told {
    /// For the standard output.
    pub out: String,
    /// For the standard error.
    pub err: String,
    /// The exit status.
    pub status: u8,
}

/// Runs the command in the current folder.
pub fn run(arguments: &[String], surroundings: &Surroundings<'_>) -> Told {
    answer(arguments, surroundings).unwrap_or_else(|reason| Told {
        err: format!("{reason}\n(npm run check -- --help tells how to ask)\n"),
        status: 2,
        ..Told::default()
    })
}

fn answer(arguments: &[String], surroundings: &Surroundings<'_>) -> Result<Told, String> {
    let Arguments { file, json, task } = Arguments::parse(arguments)?;
    if let Task::Help = task {
        return Ok(Told { out: USAGE.to_owned(), ..Told::default() });
    }
    let variable = surroundings.variable;
    let name = match file.or_else(|| variable("API_DEFINITION_PATH")) {
        Some(name) => name,
        None => the_only_one()?,
    };
    let bytes = read(&name, surroundings)?;
    let task = match task {
        Task::Explain(question, Some(from)) => {
            let body = match from {
                BodyFrom::Text(text) => text.into_bytes(),
                BodyFrom::File(name) => {
                    read(&name, surroundings).map_err(|reason| format!("--body: {reason}"))?
                }
            };
            Task::Explain(Box::new(Question { body: Some(body.into()), ..*question }), None)
        }
        task => task,
    };
    let shown = if name == "-" { "(standard input)" } else { &name };
    let report = Report { file: shown, json, look: surroundings.look };
    let wrong = |errors: Vec<String>| errors.join("\n");
    let source = Source::read(Path::new(&name), &bytes);
    let findings = match &source {
        Ok(source) => check(source, variable).map_err(wrong)?,
        Err(finding) => vec![(**finding).clone()],
    };
    let has_errors = report::count(&findings, Severity::Error) > 0;
    match (task, source) {
        (Task::Findings | Task::Help, _) => Ok(report.of(&findings)),
        (Task::Explain(question, _), Ok(source)) if !has_errors => {
            let story = explain::explain(&source.document, &question, variable).map_err(wrong)?;
            let out =
                if json { report.story(&story)? } else { explain::text::text(&story, surroundings.look) };
            Ok(Told { out, ..Told::default() })
        }
        (Task::Policy, Ok(source)) if !has_errors => {
            let policy = policy::policy(&source.document, variable).map_err(wrong)?;
            let needs_none = policy.get("Statement") == Some(&Value::Array(Vec::new()));
            // IAM takes no policy without a statement.
            let err = if needs_none {
                format!("{shown}: no integration asks S3 for anything\n")
            } else {
                String::new()
            };
            Ok(Told { out: format!("{policy:#}\n"), err, status: 0 })
        }
        (Task::Explain(..), _) => Ok(report.of(&only_errors(findings))),
        (Task::Policy, _) => {
            // Whoever keeps the output as a policy gets none.
            let Told { out, err, status } = report.of(&only_errors(findings));
            Ok(Told { out: err, err: out, status })
        }
    }
}

/// How findings are reported.
struct Report<'r> {
    file: &'r str,
    json: bool,
    look: Look,
}

impl Report<'_> {
    fn of(&self, findings: &[Finding]) -> Told {
        let out = match self.json {
            true => report::json(self.file, findings),
            false => report::human(self.file, findings, self.look),
        };
        let status = u8::from(report::count(findings, Severity::Error) > 0);
        Told { out, err: String::new(), status }
    }

    fn story(&self, story: &explain::story::Story) -> Result<String, String> {
        let mut told = Map::new();
        told.insert("file".to_owned(), Value::from(self.file));
        if let Value::Object(story) = serde_json::to_value(story).map_err(|error| error.to_string())? {
            told.extend(story);
        }
        Ok(format!("{:#}\n", Value::Object(told)))
    }
}

fn only_errors(findings: Vec<Finding>) -> Vec<Finding> {
    findings.into_iter().filter(|finding| finding.severity == Severity::Error).collect()
}

/// A file, or the standard input.
fn read(name: &str, surroundings: &Surroundings<'_>) -> Result<Vec<u8>, String> {
    if name == "-" {
        return (surroundings.input)().map_err(|error| format!("the standard input: {error}"));
    }
    if Path::new(name).is_dir() {
        return Err(format!("{name}: this is a folder; name a file in it"));
    }
    std::fs::read(name).map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => format!("{name}: there is no such file"),
        io::ErrorKind::PermissionDenied => format!("{name}: this file may not be read"),
        _ => format!("{name}: {error}"),
    })
}

/// As `build.rs` finds it.
fn the_only_one() -> Result<String, String> {
    let candidates = ["json", "yaml", "yml"].map(|extension| format!("api/openapi.{extension}"));
    let there: Vec<_> = candidates.into_iter().filter(|path| Path::new(path).exists()).collect();
    match there.as_slice() {
        [path] => Ok(path.clone()),
        [] => Err("there is no api/openapi.json, and API_DEFINITION_PATH names no other file".to_owned()),
        [first, second, ..] => Err(format!("there are {first} and {second}: name the one that is meant")),
    }
}
