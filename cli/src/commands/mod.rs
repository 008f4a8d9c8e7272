//! The commands. `check` is in the file of `compile`.

pub(crate) mod compile;
pub(crate) mod explain;
pub(crate) mod policy;

use s3_edge_gateway::gateway::Settings;
use s3_edge_gateway_compiler::explain::example_settings;
use s3_edge_gateway_compiler::finding::Finding;

use crate::input::{Input, SettingsFile};
use crate::outcome::Failure;
use crate::report::findings_summary;
use crate::report::snippet::Text;
use crate::surroundings::Surroundings;

/// Returns findings as text, each with the line of the document.
fn findings_text(input: &Input, findings: &[Finding], width: Option<usize>) -> String {
    let text = Text::new(&input.shown, &input.bytes);
    findings.iter().map(|finding| text.finding(finding, &input.why_and_remedy(finding), width)).collect()
}

/// Returns the last line of the report about a document with errors: the name of the document, the number of errors, and
/// the text `outcome`.
fn errors_line(input: &Input, findings: &[Finding], outcome: &str) -> String {
    format!("{}: {}{outcome}.\n", input.shown, findings_summary(findings))
}

/// Returns the settings for an explanation or a policy, with an example access key. If there is no settings file, reads the
/// environment. `compatibility` overrides the setting `COMPATIBILITY`.
fn example_settings_of(
    file: Option<&SettingsFile>,
    compatibility: Option<&str>,
    surroundings: &Surroundings<'_>,
) -> Result<Settings, Failure> {
    let value = |name: &str| match (name, compatibility, file) {
        ("COMPATIBILITY", Some(given), _) => Some(given.to_owned()),
        (name, _, Some(file)) => file.get(name),
        (name, _, None) => (surroundings.variable)(name),
    };
    example_settings(&value).map_err(|errors| match file {
        Some(file) => file.failure(errors),
        None => {
            let lines: Vec<_> =
                errors.iter().map(|error| format!("The environment variable {error}")).collect();
            Failure(lines.join("\n"))
        }
    })
}
