//! The arguments of the command: what is asked, or what is wrong with the asking.

use http::header::{ACCEPT, CONTENT_LENGTH, CONTENT_TYPE};
use http::{HeaderName, HeaderValue, StatusCode};

use super::explain::Question;

/// How to use it.
pub(super) const USAGE: &str = "\
usage: npm run check -- [FILE] [OPTION…]

Tells what is wrong with an API document, and what will surprise.

FILE is JSON or YAML; - is the standard input. Without a FILE it is the document that the build embeds: API_DEFINITION_PATH,
else api/openapi.json, .yaml or .yml.

  --json                       for programs: one JSON object, also with --explain
  --policy                     the IAM policy that the document needs, as JSON
  --explain METHOD PATH        what would happen to such a request, stage by stage; with
      -H, --header 'NAME: VALUE'   a header of it, as often as there are headers
      --accept TYPES               its Accept
      --content-type TYPE          its Content-Type
      --body TEXT, --body @FILE    its body; without one, a made-up one where the method has a body
      --status NUMBER              what the backend answers: 200, unless something else is usual
      --s3-content-type TYPE       the type that S3, or another backend, answers with
      --compatibility aws|edge     as whom to answer: COMPATIBILITY, else edge
  -h, --help                   this text

The status is 0; 1 where something in the document cannot run; 2 where the command cannot do what it is asked.

S3_BUCKET, S3_ENDPOINT, S3_REGION, S3_ADDRESSING, COMPATIBILITY, BASE_PATH, STAGE_NAME, STAGE_VARIABLES and JWT_ISSUERS are read
from the environment, as by a deployment. NO_COLOR=1 turns colours off.

  npm run check -- api.yaml --explain GET '/v1/s3?key=a.jpg' -H 'Range: bytes=0-9' --compatibility aws
  npm run --silent check -- api.yaml --json > findings.json
";

/// What is asked.
#[derive(Debug)]
pub(super) struct Arguments {
    /// The document; `-` is the standard input.
    pub(super) file: Option<String>,
    pub(super) json: bool,
    pub(super) task: Task,
}

#[derive(Debug)]
pub(super) enum Task {
    Findings,
    Policy,
    Explain(Box<Question>, Option<BodyFrom>),
    Help,
}

/// Where the body of a request to explain is.
#[derive(Debug)]
pub(super) enum BodyFrom {
    Text(String),
    /// `-` is the standard input.
    File(String),
}

/// What has been read so far.
#[derive(Default)]
struct Reader {
    file: Option<String>,
    json: bool,
    policy: bool,
    help: bool,
    /// An option that only `--explain` has.
    detail: Option<String>,
    is_explained: bool,
    body: Option<BodyFrom>,
    question: Question,
}

impl Arguments {
    pub(super) fn parse(arguments: &[String]) -> Result<Self, String> {
        let mut reader = Reader::default();
        let mut rest = arguments.iter();
        while let Some(argument) = rest.next() {
            match argument.as_str() {
                "-" => reader.file(argument)?,
                option if option.starts_with('-') => reader.option(option, &mut rest)?,
                _ => reader.file(argument)?,
            }
        }
        reader.end()
    }
}

impl Reader {
    fn file(&mut self, name: &str) -> Result<(), String> {
        match &self.file {
            None => self.file = Some(name.to_owned()),
            Some(first) => {
                return Err(format!("{first} and {name}: one document at a time, as a gateway serves one"));
            }
        }
        Ok(())
    }

    fn option(&mut self, argument: &str, rest: &mut std::slice::Iter<'_, String>) -> Result<(), String> {
        let (name, attached) = match argument.split_once('=') {
            Some((name, value)) if name.starts_with("--") => (name, Some(value.to_owned())),
            _ => (argument, None),
        };
        let is_flag = matches!(name, "--json" | "--policy" | "--help");
        if is_flag && attached.is_some() {
            return Err(format!("{name} takes no value"));
        }
        let mut attached = attached;
        let mut value = |what: &str| {
            let next = || rest.next().filter(|next| !is_option(next)).cloned();
            attached.take().or_else(next).ok_or_else(|| format!("{name} needs {what}"))
        };
        match name {
            "--help" | "-h" => self.help = true,
            "--json" => self.json = true,
            "--policy" => self.policy = true,
            "--explain" => {
                let method = value("a method and a path: --explain GET /v1/s3")?;
                self.question.method = method_of(&method)?;
                self.question.path = path_of(&value("a path behind the method: --explain GET /v1/s3")?)?;
                if std::mem::replace(&mut self.is_explained, true) {
                    return Err("--explain: one request at a time".to_owned());
                }
            }
            "-H" | "--header" => {
                let text = value("a header: --header 'Range: bytes=0-9'")?;
                let (name, value) = header_of(&text)?;
                self.question.headers.append(name, value);
            }
            "--accept" => self.header(ACCEPT, &value("types: --accept image/png")?)?,
            "--content-type" => self.header(CONTENT_TYPE, &value("a type: --content-type image/png")?)?,
            "--body" => {
                let text = value("a text, or @ and a file: --body @photo.jpg")?;
                let body = match text.strip_prefix('@') {
                    Some("") => return Err("--body @: there is no name of a file behind the @".to_owned()),
                    Some(file) => BodyFrom::File(file.to_owned()),
                    None => BodyFrom::Text(text),
                };
                once(&mut self.body, body, name)?;
            }
            "--status" => {
                let number = value("a status: --status 404")?;
                once(&mut self.question.status, status_of(&number)?, name)?;
            }
            "--s3-content-type" => {
                let content_type = value("a type: --s3-content-type image/png")?;
                HeaderValue::from_str(&content_type)
                    .map_err(|_| format!("{name} `{content_type}`: this cannot be a header's value"))?;
                once(&mut self.question.answered_type, content_type, name)?;
            }
            "--compatibility" => {
                let text = value("aws or edge")?;
                if !matches!(text.as_str(), "aws" | "edge") {
                    return Err(format!("--compatibility {text}: it is aws or edge"));
                }
                once(&mut self.question.compatibility, text, name)?;
            }
            other => return Err(format!("{other}: there is no such option")),
        }
        if !is_flag && !matches!(name, "-h" | "--explain") {
            self.detail.get_or_insert(name.to_owned());
        }
        Ok(())
    }

    /// A header that has an option of its own.
    fn header(&mut self, name: HeaderName, value: &str) -> Result<(), String> {
        let parsed = HeaderValue::from_str(value);
        let parsed = parsed.map_err(|_| format!("--{name} `{value}`: this cannot be a header's value"))?;
        self.question.headers.append(name, parsed);
        Ok(())
    }

    fn end(self) -> Result<Arguments, String> {
        let Self { file, json, policy, help, detail, is_explained, body, question } = self;
        if help {
            return Ok(Arguments { file: None, json: false, task: Task::Help });
        }
        if policy && is_explained {
            return Err("--policy and --explain: one of them at a time".to_owned());
        }
        if let Some(option) = detail.filter(|_| !is_explained) {
            return Err(format!("{option} is a detail of --explain METHOD PATH, which is not there"));
        }
        for name in [ACCEPT, CONTENT_TYPE] {
            if question.headers.get_all(&name).iter().count() > 1 {
                return Err(format!("{name} is given more than once"));
            }
        }
        if body.is_some() && question.headers.contains_key(CONTENT_LENGTH) {
            return Err("--header Content-Length: the length is that of --body".to_owned());
        }
        if file.as_deref() == Some("-") && matches!(&body, Some(BodyFrom::File(name)) if name == "-") {
            return Err("the document and --body cannot both be the standard input".to_owned());
        }
        let task = match (is_explained, policy) {
            (true, _) => Task::Explain(Box::new(question), body),
            (false, true) => Task::Policy,
            (false, false) => Task::Findings,
        };
        Ok(Arguments { file, json, task })
    }
}

/// Whether this looks like an option, and not like the value of one.
fn is_option(argument: &str) -> bool {
    argument.starts_with("--") || argument == "-h" || argument == "-H"
}

fn once<T>(place: &mut Option<T>, value: T, name: &str) -> Result<(), String> {
    match place.replace(value) {
        None => Ok(()),
        Some(_) => Err(format!("{name} is given more than once")),
    }
}

fn method_of(text: &str) -> Result<http::Method, String> {
    if text.starts_with('/') {
        return Err(format!("--explain {text}: the method comes first: --explain GET {text}"));
    }
    text.to_ascii_uppercase().parse().map_err(|_| format!("--explain {text}: this is no method"))
}

/// A path with its query, also that of a URL.
fn path_of(text: &str) -> Result<String, String> {
    let of_url = text.split_once("://").map(|(_, rest)| rest.find(['/', '?']).map_or("/", |at| &rest[at..]));
    let path = of_url.unwrap_or(text);
    let path = path.split('#').next().unwrap_or_default();
    match path.starts_with('/') {
        true => Ok(path.to_owned()),
        false => Err(format!("--explain … {text}: a path begins with a slash")),
    }
}

/// `Name: value`, as curl has it.
fn header_of(text: &str) -> Result<(HeaderName, HeaderValue), String> {
    let (name, value) = text.split_once(':').ok_or_else(|| {
        format!("--header `{text}`: expected a name, a colon and a value: 'Range: bytes=0-9'")
    })?;
    let parsed = HeaderName::try_from(name.trim());
    let parsed = parsed.map_err(|_| format!("--header `{text}`: `{name}` cannot be a header's name"))?;
    let value = HeaderValue::from_str(value.trim());
    Ok((parsed, value.map_err(|_| format!("--header `{text}`: this cannot be a header's value"))?))
}

fn status_of(text: &str) -> Result<StatusCode, String> {
    let number: Option<u16> = text.parse().ok();
    let status = number.filter(|number| (200..600).contains(number));
    status
        .and_then(|number| StatusCode::from_u16(number).ok())
        .ok_or_else(|| format!("--status {text}: a status is a number from 200 to 599"))
}
