//! Lints: parts of a document that compile, and that may surprise its author.
//!
//! Inside: one file for each subject, all reading the compiled API and its outline. Not inside: the sentences why and the
//! remedies (`finding::code`), and findings that only the reader of a document can report, such as ignored keys. Each
//! decision about a request is made by the gateway's own functions.

mod body_outcome;
mod headers;
mod keys;
mod list;
mod media_types;
mod mocks;
mod operation;
mod pointer;
mod request_bodies;
mod response_bodies;
mod responses;
mod sample_types;
mod security;
mod templates;
mod variables;

use s3_edge_gateway::gateway::Settings;

use self::list::Lints;
use self::media_types::BinaryTypes;
use self::operation::LintedOperation;
use crate::compilation::CompiledDocument;
use crate::finding::{Finding, Place};

/// Returns the lints of a document, in the order of its text.
///
/// `settings` are those of the deployment, if they are known. `places` returns the place of a JSON pointer.
pub fn lints(
    document: &CompiledDocument,
    settings: Option<&Settings>,
    places: &dyn Fn(&str) -> Place,
) -> Vec<Finding> {
    let CompiledDocument { api, outline } = document;
    let mut lints = Lints { findings: Vec::new(), places };
    media_types::find(outline, &mut lints);
    let binary_types = BinaryTypes::new(outline);
    let methods = api
        .resources
        .iter()
        .flat_map(|resource| resource.methods.iter().map(move |method| (resource, method)));
    for ((resource, method), outline) in methods.zip(&outline.operations) {
        let Some(served) = method.operation.served() else { continue };
        let operation = LintedOperation {
            resource,
            verb: &method.verb,
            served,
            outline,
            binary_types: &binary_types,
            settings,
        };
        security::find(&operation, &mut lints);
        keys::find(&operation, &mut lints);
        headers::find(&operation, &mut lints);
        templates::find(&operation, &mut lints);
        mocks::find(&operation, &mut lints);
        responses::find(&operation, &mut lints);
        request_bodies::find(&operation, &mut lints);
        response_bodies::find(&operation, &mut lints);
        variables::find(&operation, &mut lints);
    }
    variables::find_in_gateway_responses(api, outline, &mut lints);
    lints.findings.sort_by_key(|finding| finding.place);
    lints.findings
}
