//! The command `policy`.

use s3_edge_gateway_compiler::policy;
use serde_json::Value;

use super::{errors_line, example_settings_of, findings_text};
use crate::arguments::{LintsOf, PolicyArguments};
use crate::input::{Input, SettingsFile};
use crate::outcome::{DOCUMENT_HAS_ERRORS, Failure, Outcome};
use crate::surroundings::Surroundings;

/// Prints the IAM policy. If the document has errors, nothing is written to the standard output.
pub(crate) fn policy(
    arguments: &PolicyArguments,
    surroundings: &Surroundings<'_>,
) -> Result<Outcome, Failure> {
    let input = Input::read(
        arguments.document.api.as_deref(),
        arguments.document.notation,
        &arguments.values,
        surroundings,
    )?;
    let file =
        arguments.settings.as_deref().map(|path| SettingsFile::read(path, surroundings)).transpose()?;
    let compilation = input.compile(LintsOf::Edge, None);
    let Some(document) = compilation.document else {
        let err = findings_text(&input, &compilation.findings, surroundings.width)
            + &errors_line(&input, &compilation.findings, "");
        return Ok(Outcome { err, status: DOCUMENT_HAS_ERRORS, ..Outcome::default() });
    };
    let settings = example_settings_of(file.as_ref(), None, surroundings)?;
    let policy = policy::policy(&document, Some(&settings));
    let mut outcome = Outcome { out: format!("{policy:#}\n"), ..Outcome::default() };
    if policy.get("Statement") == Some(&Value::Array(Vec::new())) {
        outcome.err = format!(
            "{}: No operation that is served at the edge sends requests to S3, so the policy has no statement. IAM refuses a policy without statements.\n",
            input.shown
        );
    }
    Ok(outcome)
}
