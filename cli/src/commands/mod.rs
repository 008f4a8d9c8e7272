//! The commands, one file each; `check` is `compile` without a file to write.

pub(crate) mod compile;
pub(crate) mod explain;
pub(crate) mod policy;

use s3_edge_gateway::gateway::Settings;
use s3_edge_gateway_compiler::explain::supposed_settings;
use s3_edge_gateway_compiler::finding::Finding;

use crate::input::{Input, SettingsFile};
use crate::outcome::Failure;
use crate::report::findings_summary;
use crate::report::snippet::Text;
use crate::surroundings::Surroundings;

/// Returns findings as text, each with its line.
fn findings_text(input: &Input, findings: &[Finding], width: Option<usize>) -> String {
    let text = Text::new(&input.shown, &input.bytes);
    findings.iter().map(|finding| text.finding(finding, &input.explanation(finding), width)).collect()
}

/// Returns the last line for a document with errors.
fn errors_line(input: &Input, findings: &[Finding], outcome: &str) -> String {
    format!("{}: {}{outcome}.\n", input.shown, findings_summary(findings))
}

/// Returns the settings of a supposed deployment: of the file, or else of the environment, with made-up keys.
fn supposed(
    file: Option<&SettingsFile>,
    compatibility: Option<&str>,
    surroundings: &Surroundings<'_>,
) -> Result<Settings, Failure> {
    let value = |name: &str| match (name, compatibility, file) {
        ("COMPATIBILITY", Some(given), _) => Some(given.to_owned()),
        (name, _, Some(file)) => file.get(name),
        (name, _, None) => (surroundings.variable)(name),
    };
    supposed_settings(&value).map_err(|errors| match file {
        Some(file) => file.failure(errors),
        None => {
            let lines: Vec<_> =
                errors.iter().map(|error| format!("The environment variable {error}")).collect();
            Failure(lines.join("\n"))
        }
    })
}
