//! The command: its arguments, what it prints, its status.

use std::path::Path;

use http::StatusCode;

use super::explain::{self, Question};
use super::finding::{Finding, Severity};
use super::source::Source;
use super::supposed::Variable;
use super::{check, policy, report};

/// How to use it.
const USAGE: &str = "\
usage: npm run check -- [FILE] [OPTION…]

FILE is a document, JSON or YAML; without one it is that which the build embeds: API_DEFINITION_PATH, else api/openapi.json,
.yaml or .yml. The status is 0, 1 where something in it cannot run, 2 where these arguments cannot be understood.

  --json                         the findings as one JSON object
  --policy                       the IAM policy that the document needs, as JSON
  --explain METHOD PATH          what would happen to such a request, stage by stage; with
      --content-type TYPE          its Content-Type
      --accept TYPES               its Accept
      --status NUMBER              what S3 answers: 200
      --s3-content-type TYPE       the type that S3 answers with
      --compatibility aws|edge     as whom to answer: edge

S3_BUCKET, S3_ENDPOINT, S3_REGION, S3_ADDRESSING, COMPATIBILITY, BASE_PATH, STAGE_NAME, STAGE_VARIABLES and JWT_ISSUERS are read
from the environment, as a deployment would.
";

/// Whether the output has colours.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Colour {
    /// A person looks at it.
    Terminal,
    /// A program, or a person who wants none.
    None,
}

impl Colour {
    pub(super) fn paint(self, code: &str, text: &str) -> String {
        match self {
            Self::Terminal => format!("\x1b[{code}m{text}\x1b[0m"),
            Self::None => text.to_owned(),
        }
    }
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

/// What is asked.
enum Mode {
    Findings,
    Json,
    Policy,
    Explain(Box<Question>),
    Help,
}

/// Runs the command in the current folder.
pub fn run(arguments: &[String], variable: &Variable<'_>, colour: Colour) -> Told {
    match answer(arguments, variable, colour) {
        Ok(told) => told,
        Err(reason) => Told { err: format!("{reason}\n\n{USAGE}"), status: 2, ..Told::default() },
    }
}

fn answer(arguments: &[String], variable: &Variable<'_>, colour: Colour) -> Result<Told, String> {
    let (file, mode) = parse(arguments)?;
    if matches!(mode, Mode::Help) {
        return Ok(Told { out: USAGE.to_owned(), ..Told::default() });
    }
    let file = match file.or_else(|| variable("API_DEFINITION_PATH")) {
        Some(file) => file,
        None => the_only_one()?,
    };
    let text = std::fs::read(&file).map_err(|error| format!("{file}: {error}"))?;
    let text = String::from_utf8(text).map_err(|error| format!("{file}: not UTF-8: {error}"))?;
    let source = match Source::read(Path::new(&file), &text) {
        Ok(source) => source,
        Err(finding) => return Ok(told(&file, &[*finding], &mode, colour)),
    };
    let wrong = |errors: Vec<String>| errors.join("\n");
    match &mode {
        Mode::Policy => {
            let policy = policy::policy(&source.document, variable("S3_BUCKET").as_deref());
            Ok(Told { out: format!("{policy:#}\n"), ..Told::default() })
        }
        Mode::Explain(question) => {
            let findings = check(&source, variable).map_err(wrong)?;
            if report::count(&findings, Severity::Error) > 0 {
                let errors: Vec<_> =
                    findings.into_iter().filter(|finding| finding.severity == Severity::Error).collect();
                return Ok(told(&file, &errors, &mode, colour));
            }
            let out = explain::explain(&source.document, question, variable).map_err(wrong)?;
            Ok(Told { out, ..Told::default() })
        }
        Mode::Findings | Mode::Json | Mode::Help => {
            Ok(told(&file, &check(&source, variable).map_err(wrong)?, &mode, colour))
        }
    }
}

fn told(file: &str, findings: &[Finding], mode: &Mode, colour: Colour) -> Told {
    let out = match mode {
        Mode::Json => report::json(file, findings),
        Mode::Findings | Mode::Policy | Mode::Explain(_) | Mode::Help => {
            report::human(file, findings, colour)
        }
    };
    let status = u8::from(report::count(findings, Severity::Error) > 0);
    Told { out, err: String::new(), status }
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

fn parse(arguments: &[String]) -> Result<(Option<String>, Mode), String> {
    let mut file = None;
    let mut modes = Vec::new();
    let mut question = Question::default();
    let mut asked = None;
    let mut rest = arguments.iter();
    while let Some(argument) = rest.next() {
        let mut value = |what: &str| rest.next().cloned().ok_or_else(|| format!("{argument} needs {what}"));
        let mut detail = true;
        match argument.as_str() {
            "--content-type" => question.content_type = Some(value("a type")?),
            "--accept" => question.accept = Some(value("types")?),
            "--s3-content-type" => question.s3_content_type = Some(value("a type")?),
            "--compatibility" => question.compatibility = Some(compatibility(value("aws or edge")?)?),
            "--status" => {
                let number = value("a status from 200 to 599")?;
                question.status = status(&number)
                    .ok_or_else(|| format!("--status {number}: a status is from 200 to 599"))?;
            }
            _ => detail = false,
        }
        if detail {
            asked.get_or_insert(argument);
            continue;
        }
        match argument.as_str() {
            "--help" | "-h" => return Ok((None, Mode::Help)),
            "--json" => modes.push(Mode::Json),
            "--policy" => modes.push(Mode::Policy),
            "--explain" => {
                let method = value("a method and a path")?.to_ascii_uppercase();
                question.method = method.parse().map_err(|_| format!("--explain {method}: no method"))?;
                question.path = value("a path")?;
                if !question.path.starts_with('/') {
                    return Err(format!("--explain {}: a path begins with a slash", question.path));
                }
                modes.push(Mode::Explain(Box::default()));
            }
            option if option.starts_with('-') => return Err(format!("{option}: no such option")),
            name if file.is_none() => file = Some(name.to_owned()),
            name => return Err(format!("{name}: one document at a time")),
        }
    }
    let mode = match (modes.pop(), modes.is_empty(), asked) {
        (_, false, _) => return Err("--json, --policy and --explain: one of them at a time".to_owned()),
        (Some(Mode::Explain(_)), _, _) => Mode::Explain(Box::new(question)),
        (_, _, Some(option)) => return Err(format!("{option} is for --explain")),
        (Some(mode), _, None) => mode,
        (None, _, None) => Mode::Findings,
    };
    Ok((file, mode))
}

fn compatibility(text: String) -> Result<String, String> {
    match text.as_str() {
        "aws" | "edge" => Ok(text),
        other => Err(format!("--compatibility {other}: aws or edge")),
    }
}

fn status(text: &str) -> Option<StatusCode> {
    let number: u16 = text.parse().ok()?;
    (200..600).contains(&number).then(|| StatusCode::from_u16(number).ok())?
}
