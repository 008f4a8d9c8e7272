//! The command-line arguments.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use http::{HeaderName, HeaderValue, StatusCode};
use s3_edge_gateway::api::final_status;
use s3_edge_gateway_compiler::source::Notation;

/// Runs an Amazon API Gateway document at the edge: compiles it, checks it and explains it.
#[derive(Debug, Parser)]
#[command(name = "s3-edge-gateway", version, max_term_width = 100, after_help = STATUS)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Command,
}

const STATUS: &str = "\
Exit status: 0 for success, 1 if the document has errors, 2 if the command fails for another reason.
Results are written to the standard output, findings and messages to the standard error.";

const COMPILE_EXAMPLES: &str = "\
Examples:
  s3-edge-gateway compile api.yaml -o api.bin
  s3-edge-gateway compile template.yaml --resource Api --parameter BucketName=photos
  s3-edge-gateway compile api.yaml --json > report.json";

const EXPLAIN_USAGE: &str = "\
s3-edge-gateway explain [OPTIONS] [API] <METHOD> <PATH>

Arguments:
  [API]     The document, as for `compile`
  <METHOD>  The method of the request
  <PATH>    The path with the query. The base path is optional";

const EXPLAIN_EXAMPLES: &str = "\
Settings come from the environment (S3_BUCKET, S3_REGION, COMPATIBILITY, ...), or from the file of --settings.

Examples:
  s3-edge-gateway explain api.yaml GET '/v1/s3?key=a.jpg' -H 'Range: bytes=0-9'
  s3-edge-gateway explain api.yaml PUT '/v1/s3?key=a.jpg' --body @a.jpg
  s3-edge-gateway explain api.yaml GET /v1/s3 --status 404 --compatibility aws";

const POLICY_NOTE: &str =
    "Settings come from the environment (S3_BUCKET, ...), or from the file of --settings.";

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Compiles a document to `api.bin`, which the Worker runs
    #[command(after_help = COMPILE_EXAMPLES)]
    Compile(CompileArguments),
    /// Reports the same findings as `compile`, without writing a file
    Check(CheckArguments),
    /// Shows what happens to one request, stage by stage
    #[command(after_help = EXPLAIN_EXAMPLES, override_usage = EXPLAIN_USAGE)]
    Explain(ExplainArguments),
    /// Prints the IAM policy that the document's S3 operations need
    #[command(after_help = POLICY_NOTE)]
    Policy(PolicyArguments),
}

/// The document: the positional argument of all commands except `explain`.
#[derive(Args, Debug)]
pub(crate) struct Document {
    /// An OpenAPI or Swagger document in JSON or YAML, or a CloudFormation or SAM template that contains one. `-` is the
    /// standard input [default: the environment variable API, or api/openapi.json, .yaml or .yml]
    pub(crate) api: Option<String>,
    /// The notation of the document [default: decided by the extension .json, .yaml or .yml, or by the first character]
    #[arg(long, value_enum)]
    pub(crate) notation: Option<NotationName>,
}

/// Values for the functions and placeholders of the document. The options override the values of the parameters file:
/// `api.parameters.json` for `api.yaml`.
#[derive(Args, Debug)]
#[command(
    next_help_heading = "Values of the document (also read from NAME.parameters.json beside NAME.yaml)"
)]
pub(crate) struct Values {
    /// The value of a template parameter, an attribute (`Resource.Attribute`) or a pseudo parameter (`AWS::Region`)
    #[arg(long, value_name = "NAME=VALUE", value_parser = assignment)]
    pub(crate) parameter: Vec<(String, String)>,
    /// The value of a condition of a template
    #[arg(long, value_name = "NAME=true|false", value_parser = condition)]
    pub(crate) condition: Vec<(String, bool)>,
    /// The value of a Terraform placeholder: `${NAME}` or `${var.NAME}`
    #[arg(long, value_name = "NAME=VALUE", value_parser = assignment)]
    pub(crate) variable: Vec<(String, String)>,
    /// The logical id of the API, if the template has several APIs
    #[arg(long, value_name = "LOGICAL_ID")]
    pub(crate) resource: Option<String>,
}

/// Options for the report about a document.
#[derive(Args, Debug)]
pub(crate) struct Reporting {
    /// Report each unsupported operation as an error
    #[arg(long)]
    pub(crate) strict: bool,
    /// A file with a JSON object that maps names of settings to strings. The settings decide which conditional
    /// operations are served
    #[arg(long, value_name = "FILE")]
    pub(crate) settings: Option<PathBuf>,
    /// Show the lints that concern this value of the setting COMPATIBILITY, or all lints (both)
    #[arg(long, value_enum, default_value_t = LintsOf::Edge)]
    pub(crate) compatibility: LintsOf,
    /// Print one JSON object with `operations`, `findings` (severity, code, message, why, remedy, pointer, line,
    /// column) and `bytes`
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Args, Debug)]
pub(crate) struct CompileArguments {
    #[command(flatten)]
    pub(crate) document: Document,
    /// The file to write. If the document has errors, an existing file does not change
    #[arg(short, long, value_name = "FILE", default_value = "api.bin")]
    pub(crate) output: PathBuf,
    #[command(flatten)]
    pub(crate) reporting: Reporting,
    #[command(flatten)]
    pub(crate) values: Values,
}

#[derive(Args, Debug)]
pub(crate) struct CheckArguments {
    #[command(flatten)]
    pub(crate) document: Document,
    #[command(flatten)]
    pub(crate) reporting: Reporting,
    #[command(flatten)]
    pub(crate) values: Values,
}

#[derive(Args, Debug)]
pub(crate) struct ExplainArguments {
    /// `[API] METHOD PATH`. It is one list, because in `clap` the first of three positional arguments cannot be optional.
    #[arg(num_args = 0.., hide = true)]
    pub(crate) request: Vec<String>,
    /// The notation of the document [default: decided by the extension .json, .yaml or .yml, or by the first character]
    #[arg(long, value_enum)]
    pub(crate) notation: Option<NotationName>,
    /// A header of the request; repeatable
    #[arg(short = 'H', long, value_name = "NAME: VALUE", value_parser = header)]
    pub(crate) header: Vec<(HeaderName, HeaderValue)>,
    /// The value of the header `Accept`
    #[arg(long, value_name = "TYPES", value_parser = header_value)]
    pub(crate) accept: Option<HeaderValue>,
    /// The value of the header `Content-Type`
    #[arg(long, value_name = "TYPE", value_parser = header_value)]
    pub(crate) content_type: Option<HeaderValue>,
    /// The body, or `@` and the name of a file (`@-` is the standard input) [default: an example body for PUT, POST and
    /// PATCH]
    #[arg(long, value_name = "TEXT|@FILE")]
    pub(crate) body: Option<String>,
    /// The status of the simulated backend response [default: the usual status for the request]
    #[arg(long, value_name = "NUMBER", value_parser = status)]
    pub(crate) status: Option<StatusCode>,
    /// The media type of the simulated backend response [default: the usual type for the request]
    #[arg(long, value_name = "TYPE")]
    pub(crate) s3_content_type: Option<String>,
    /// The behaviour of the gateway [default: the setting COMPATIBILITY, or edge]
    #[arg(long, value_enum)]
    pub(crate) compatibility: Option<Behaviour>,
    /// A file with a JSON object that maps names of settings to strings. The settings in the environment are then ignored
    #[arg(long, value_name = "FILE")]
    pub(crate) settings: Option<PathBuf>,
    /// Print one JSON object
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) values: Values,
}

#[derive(Args, Debug)]
pub(crate) struct PolicyArguments {
    #[command(flatten)]
    pub(crate) document: Document,
    /// A file with a JSON object that maps names of settings to strings. The settings in the environment are then ignored
    #[arg(long, value_name = "FILE")]
    pub(crate) settings: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) values: Values,
}

/// The lints to show, by the behaviour that they concern.
#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub(crate) enum LintsOf {
    Edge,
    Aws,
    Both,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum NotationName {
    Json,
    Yaml,
}

impl From<NotationName> for Notation {
    fn from(name: NotationName) -> Self {
        match name {
            NotationName::Json => Self::Json,
            NotationName::Yaml => Self::Yaml,
        }
    }
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Behaviour {
    Edge,
    Aws,
}

impl Behaviour {
    /// Returns the value of the setting `COMPATIBILITY`.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Edge => "edge",
            Self::Aws => "aws",
        }
    }
}

fn assignment(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.trim().is_empty() => Ok((name.trim().to_owned(), value.to_owned())),
        Some(_) => {
            Err("there is no name before `=`. Write NAME=VALUE, for example BucketName=photos".to_owned())
        }
        None => Err("there is no `=`. Write NAME=VALUE, for example BucketName=photos".to_owned()),
    }
}

fn condition(text: &str) -> Result<(String, bool), String> {
    let invalid =
        || "a condition needs a name and the value true or false. Write NAME=true or NAME=false".to_owned();
    let (name, value) = text.split_once('=').ok_or_else(invalid)?;
    let value = value.parse().map_err(|_| invalid())?;
    if name.trim().is_empty() { Err(invalid()) } else { Ok((name.trim().to_owned(), value)) }
}

/// Parses `Name: value`, the form of `curl -H`.
fn header(text: &str) -> Result<(HeaderName, HeaderValue), String> {
    let (name, value) = text
        .split_once(':')
        .ok_or("there is no colon. Write a name, a colon and a value: 'Range: bytes=0-9'")?;
    let name = HeaderName::try_from(name.trim()).map_err(|_| {
        format!("`{name}` is not a valid header name. Use letters, digits and `-`, as in 'Range: bytes=0-9'")
    })?;
    Ok((name, header_value(value.trim())?))
}

fn header_value(text: &str) -> Result<HeaderValue, String> {
    HeaderValue::from_str(text)
        .map_err(|_| "this is not a valid header value. Remove the control characters".to_owned())
}

fn status(text: &str) -> Result<StatusCode, String> {
    text.parse()
        .ok()
        .and_then(final_status)
        .ok_or_else(|| "this is not a final status. Write a number from 200 to 599".to_owned())
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn clap_accepts_the_definition_of_the_arguments() {
        Arguments::command().debug_assert();
    }
}
