//! Compiles API Gateway documents: bytes in, a compiled API and findings out.
//!
//! `source` reads the text, `openapi` compiles it to an `Api`, and `lints` reports parts of the `Api` that probably do
//! not do what the author expects. The library does not use files, clocks or processes, so that it also runs on wasm32.

#![expect(
    missing_docs,
    reason = "only this workspace uses the crate: a field whose name says everything needs no comment"
)]

pub mod compilation;
pub mod explain;
pub mod finding;
pub mod lints;
pub mod openapi;
pub mod policy;
pub mod requirement;
pub mod source;

use std::collections::HashSet;

use s3_edge_gateway::api::Api;
use s3_edge_gateway::gateway::Settings;

pub use self::compilation::{Compilation, CompiledDocument};
use self::finding::{Code, Finding, Place};

/// A file to compile.
#[derive(Clone, Copy, Debug)]
pub struct Input<'i> {
    /// The content of the file.
    pub bytes: &'i [u8],
    /// JSON or YAML. If `None`, the first character of the content decides.
    pub notation: Option<source::Notation>,
    /// The values that the user sets for functions, conditions and placeholders of the document.
    pub parameters: &'i source::Parameters,
    /// The settings of the deployment, for the lints that depend on them.
    pub settings: Option<&'i Settings>,
}

/// Compiles a file: an OpenAPI or Swagger document, or a CloudFormation or SAM template that contains one.
pub fn compile(input: &Input<'_>) -> Compilation {
    let document = match source::read(input.bytes, input.notation, input.parameters) {
        Ok(document) => document,
        Err(findings) => return Compilation { document: None, findings: sorted(findings) },
    };
    match openapi::read(&document) {
        Ok((compiled, mut findings)) => {
            let place = |pointer: &str| document.place(pointer);
            findings.extend(lints::lints(&compiled, input.settings, &place));
            findings.extend(document.findings);
            findings.extend(nothing_served(&compiled.api, &document.pointer, document.root.place));
            Compilation { document: Some(compiled), findings: sorted(findings) }
        }
        Err(findings) => Compilation { document: None, findings: sorted(findings) },
    }
}

/// Compiles a document, JSON or YAML, without parameters.
///
/// # Errors
/// Returns the findings if one of them is an error.
pub fn api_of(document: &[u8]) -> Result<Api, Vec<Finding>> {
    let parameters = source::Parameters::default();
    let compilation =
        compile(&Input { bytes: document, notation: None, parameters: &parameters, settings: None });
    compilation.document.map(|document| document.api).ok_or(compilation.findings)
}

/// Returns a lint if the document has operations and each of them is unsupported.
fn nothing_served(api: &Api, pointer: &str, place: Place) -> Option<Finding> {
    let count = api.operations().count();
    let message = match count {
        1 => "The only operation of the document is unsupported.".to_owned(),
        count => format!("Each of the {count} operations of the document is unsupported."),
    };
    (count > 0 && api.served().next().is_none())
        .then(|| Finding::new(Code::NothingServed, message, pointer, place))
}

/// Sorts findings by place and removes duplicates. A value that several parts of the document refer to with `$ref` is
/// read several times, with the same findings each time.
fn sorted(mut findings: Vec<Finding>) -> Vec<Finding> {
    let mut seen = HashSet::new();
    findings.retain(|finding| seen.insert((finding.code, finding.pointer.clone(), finding.message.clone())));
    findings.sort_by_key(|finding| finding.place);
    findings
}
