//! The commands `compile` and `check`.

use s3_edge_gateway_compiler::Compilation;
use s3_edge_gateway_compiler::compilation::{CompiledDocument, OperationReport, Served};
use s3_edge_gateway_compiler::finding::Finding;

use super::{errors_line, findings_text};
use crate::arguments::{CheckArguments, CompileArguments, Document, Reporting, Values};
use crate::input::{Input, SettingsFile};
use crate::outcome::{DOCUMENT_HAS_ERRORS, Failure, Outcome};
use crate::output::Target;
use crate::report::{findings_summary, is_error, json, operations_summary, table};
use crate::surroundings::Surroundings;
use crate::text::{DOUBTFUL, count, paint, wrap};

/// Compiles a document and writes `api.bin`.
pub(crate) fn compile(
    arguments: &CompileArguments,
    surroundings: &Surroundings<'_>,
) -> Result<Outcome, Failure> {
    let CompileArguments { document, output, reporting, values } = arguments;
    let job = Job::read(document, reporting, values, surroundings)?;
    let mut read: Vec<_> = job.input.files.iter().map(|file| file.as_path()).collect();
    read.extend(reporting.settings.as_deref());
    let target = Target::new(output, &read)?;
    job.run(Some(&target))
}

/// Reports the same findings as `compile`, without writing a file.
pub(crate) fn check(arguments: &CheckArguments, surroundings: &Surroundings<'_>) -> Result<Outcome, Failure> {
    let CheckArguments { document, reporting, values } = arguments;
    Job::read(document, reporting, values, surroundings)?.run(None)
}

/// A document to compile, and the settings that decide which conditional operations are served.
struct Job<'j> {
    input: Input,
    settings: Option<SettingsFile>,
    reporting: &'j Reporting,
    width: Option<usize>,
}

impl<'j> Job<'j> {
    fn read(
        document: &Document,
        reporting: &'j Reporting,
        values: &Values,
        surroundings: &Surroundings<'_>,
    ) -> Result<Self, Failure> {
        let input = Input::read(document.api.as_deref(), document.notation, values, surroundings)?;
        let settings =
            reporting.settings.as_deref().map(|path| SettingsFile::read(path, surroundings)).transpose()?;
        Ok(Self { input, settings, reporting, width: surroundings.width })
    }

    fn run(&self, target: Option<&Target>) -> Result<Outcome, Failure> {
        let mut notes = String::new();
        let settings = match &self.settings {
            None => None,
            Some(file) => {
                let (settings, unknown) = file.settings()?;
                for name in unknown {
                    notes.push_str(&self.unknown_setting(file.shown(), &name));
                }
                Some(settings)
            }
        };
        let Compilation { document, mut findings } =
            self.input.compile(self.reporting.compatibility, settings.as_ref());
        let operations =
            document.as_ref().map(|document| document.operations(settings.as_ref())).unwrap_or_default();
        let refused = self.refused(&operations);
        // The reasons replace the lints, because a report with errors has no lints.
        if !refused.is_empty() {
            findings = refused;
        }
        let document = document.filter(|_| !findings.iter().any(is_error));
        let written = match (&document, target) {
            (Some(document), Some(target)) => Some(write(document, target)?),
            _ => None,
        };
        let mut outcome = Outcome { err: notes, ..Outcome::default() };
        if document.is_none() {
            outcome.status = DOCUMENT_HAS_ERRORS;
        }
        if self.reporting.json {
            outcome.out = json::report(&self.input, &operations, &findings, written);
            return Ok(outcome);
        }
        outcome.err.push_str(&findings_text(&self.input, &findings, self.width));
        if document.is_none() {
            let rest =
                target.map(|target| format!(". {} is not written", target.shown())).unwrap_or_default();
            outcome.err.push_str(&errors_line(&self.input, &findings, &rest));
            return Ok(outcome);
        }
        outcome.out = table::table(&operations, self.width);
        let mut counts = vec![operations_summary(&operations)];
        counts.extend(Some(findings_summary(&findings)).filter(|summary| !summary.is_empty()));
        let mut line = format!("{}: {}.", self.input.shown, counts.join(", "));
        if let (Some(target), Some(bytes)) = (target, written) {
            line.push_str(&format!(" Wrote {} ({}).", target.shown(), count(bytes, "byte")));
        }
        outcome.out.push_str(&format!("\n{}\n", wrap(&line, self.width).join("\n")));
        Ok(outcome)
    }

    /// Returns the reasons of unsupported operations, which are errors with `--strict`. Without `--strict`, the list is empty.
    fn refused(&self, operations: &[OperationReport]) -> Vec<Finding> {
        if !self.reporting.strict {
            return Vec::new();
        }
        let unsupported = operations.iter().filter(|operation| operation.served == Served::Unsupported);
        let mut reasons: Vec<_> = unsupported.flat_map(|operation| operation.reasons.clone()).collect();
        reasons.sort_by_key(|reason| reason.place);
        // Several operations may have the same reason, such as the resource policy.
        reasons.dedup();
        reasons
    }

    fn unknown_setting(&self, file: &str, name: &str) -> String {
        let text = format!("{file}: `{name}` is not a setting, so it is ignored. Check its spelling.");
        format!("{} {}\n", paint(DOUBTFUL, "note:"), wrap(&text, self.width).join("\n"))
    }
}

/// Writes `api.bin`. Returns its size in bytes.
fn write(document: &CompiledDocument, target: &Target) -> Result<usize, Failure> {
    let bytes = document.bytes().map_err(Failure)?;
    target.write(&bytes)?;
    Ok(bytes.len())
}
