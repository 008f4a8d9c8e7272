//! The command `explain`.

use http::header::{ACCEPT, CONTENT_LENGTH, CONTENT_TYPE};
use http::{HeaderMap, Method};
use s3_edge_gateway_compiler::explain::{self, ExampleRequest};
use serde_json::{Map, Value};

use super::{errors_line, example_settings_of, findings_text};
use crate::arguments::{Behaviour, ExplainArguments, LintsOf};
use crate::input::{Input, SettingsFile, read};
use crate::outcome::{DOCUMENT_HAS_ERRORS, Failure, Outcome};
use crate::report::{explanation, json};
use crate::surroundings::Surroundings;

/// Explains one request.
pub(crate) fn explain(
    arguments: &ExplainArguments,
    surroundings: &Surroundings<'_>,
) -> Result<Outcome, Failure> {
    let (api, method, path) = match arguments.request.as_slice() {
        [method, path] => (None, method, path),
        [api, method, path] => (Some(api.as_str()), method, path),
        given => {
            let seen = match given {
                [] => "A method and a path are missing.".to_owned(),
                given => {
                    format!("The arguments are `{}`, but the command takes two or three.", given.join(" "))
                }
            };
            return Err(Failure(format!(
                "explain: {seen} Write [API] METHOD PATH, for example: explain GET /v1/s3."
            )));
        }
    };
    let mut example = ExampleRequest {
        method: parse_method(method)?,
        path: parse_path(path)?,
        headers: headers(arguments)?,
        status: arguments.status,
        response_type: arguments.s3_content_type.clone(),
        ..ExampleRequest::default()
    };
    if api == Some("-") && arguments.body.as_deref() == Some("@-") {
        return Err(Failure(
            "The document and --body cannot both be the standard input. Write the name of a file for one of them."
                .to_owned(),
        ));
    }
    let input = Input::read(api, arguments.notation, &arguments.values, surroundings)?;
    let file =
        arguments.settings.as_deref().map(|path| SettingsFile::read(path, surroundings)).transpose()?;
    example.body =
        arguments.body.as_deref().map(|body| read_body(body, surroundings)).transpose()?.map(Into::into);
    let compilation = input.compile(LintsOf::Edge, None);
    let Some(document) = compilation.document else {
        let findings = &compilation.findings;
        let mut outcome = Outcome { status: DOCUMENT_HAS_ERRORS, ..Outcome::default() };
        if arguments.json {
            outcome.out = json::report(&input, &[], findings, None);
        } else {
            outcome.err =
                findings_text(&input, findings, surroundings.width) + &errors_line(&input, findings, "");
        }
        return Ok(outcome);
    };
    let compatibility = arguments.compatibility.map(Behaviour::as_str);
    let settings = example_settings_of(file.as_ref(), compatibility, surroundings)?;
    let explained =
        explain::explain(&document, &example, settings).map_err(|errors| Failure(errors.join("\n")))?;
    let out = if arguments.json {
        let mut object = Map::new();
        object.insert("file".to_owned(), Value::from(input.shown.as_str()));
        match serde_json::to_value(&explained) {
            Ok(Value::Object(explanation)) => object.extend(explanation),
            Ok(_) => {}
            Err(error) => {
                return Err(Failure(format!("The explanation cannot be encoded as JSON: {error}.")));
            }
        }
        format!("{:#}\n", Value::Object(object))
    } else {
        explanation::explanation(&explain::text::lines(&explained), surroundings.width)
    };
    Ok(Outcome { out, ..Outcome::default() })
}

fn parse_method(text: &str) -> Result<Method, Failure> {
    if text.starts_with('/') {
        return Err(Failure(format!("{text}: This is a path, but a method comes first. Write: GET {text}.")));
    }
    text.to_ascii_uppercase().parse().map_err(|_| {
        Failure(format!(
            "{text}: This is not an HTTP method. Use GET, HEAD, PUT, POST, DELETE, PATCH or OPTIONS."
        ))
    })
}

/// Returns the path and the query of an argument that is a path or a URL.
fn parse_path(text: &str) -> Result<String, Failure> {
    let (path, _) = text.split_once('#').unwrap_or((text, ""));
    let path = match path.split_once("://") {
        Some((scheme, rest)) if scheme.chars().all(|letter| letter.is_ascii_alphanumeric()) => {
            match rest.find(['/', '?']).and_then(|at| rest.get(at..)) {
                Some(path) if path.starts_with('/') => path.to_owned(),
                Some(query) => format!("/{query}"),
                None => "/".to_owned(),
            }
        }
        _ => path.to_owned(),
    };
    if path.starts_with('/') {
        return Ok(path);
    }
    Err(Failure(format!("{text}: The path does not begin with `/`. Write a method and a path: GET /v1/s3.")))
}

fn headers(arguments: &ExplainArguments) -> Result<HeaderMap, Failure> {
    let mut headers = HeaderMap::new();
    for (name, value) in &arguments.header {
        headers.append(name, value.clone());
    }
    for (name, option, value) in
        [(ACCEPT, "--accept", &arguments.accept), (CONTENT_TYPE, "--content-type", &arguments.content_type)]
    {
        let Some(value) = value else { continue };
        if headers.contains_key(&name) {
            return Err(Failure(format!(
                "{option} and --header both set the header {name}. Use only one of them."
            )));
        }
        headers.insert(name, value.clone());
    }
    if arguments.body.is_some() && headers.contains_key(CONTENT_LENGTH) {
        return Err(Failure(
            "--header sets Content-Length, but --body already determines the length. Remove one of the two options."
                .to_owned(),
        ));
    }
    Ok(headers)
}

fn read_body(text: &str, surroundings: &Surroundings<'_>) -> Result<Vec<u8>, Failure> {
    match text.strip_prefix('@') {
        None => Ok(text.as_bytes().to_vec()),
        Some("") => Err(Failure(
            "--body @: The name of the file is missing. Write it after the `@`: --body @photo.jpg."
                .to_owned(),
        )),
        Some(name) => read(name, surroundings).map_err(|Failure(reason)| Failure(format!("--body {reason}"))),
    }
}
