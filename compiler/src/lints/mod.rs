//! Lints: parts of a document that compile, but probably do not do what its author expects.
//!
//! There is one file for each subject. The lints read the compiled API and its outline, and use the gateway's own
//! functions to predict the response to a request. `finding::code` has the reasons and the remedies. Lints that need
//! the text of the document, such as those about ignored keys, are in `openapi`.

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

/// Returns the lints of a document, sorted by place.
///
/// `settings` are the settings of the deployment, or `None` if they are not known. `places` returns the place of a JSON
/// pointer in the file.
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
