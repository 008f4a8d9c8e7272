//! Request validators at work: a request that does not bring what the document asks for goes no further.
//!
//! Before anything is mapped, parameters first. Inside: the checks. Not inside: what is asked for
//! (`api::request_validator`).

use super::context::Context;
use super::parameters;
use super::rejection::Rejection;
use crate::api::mapping::{MethodRequestSource, Name};
use crate::api::model::{Matches, Model, instance};
use crate::api::request_validator::Validation;

/// Makes sure that every required parameter is present. A blank query parameter or header counts as missing; a path
/// parameter is a segment of the path, and `%20` is one.
pub(super) fn require_parameters(context: &Context<'_>, validation: &Validation) -> Result<(), Rejection> {
    // A parameter that cannot be decoded is present. The code that reads it reports the fault.
    let is_missing = |source: &&MethodRequestSource| match parameters::value(context, source) {
        Ok(Some(_)) if matches!(source, MethodRequestSource::Path(_)) => false,
        Ok(value) => value.is_none_or(|value| value.trim().is_empty()),
        Err(_) => false,
    };
    let missing: Vec<_> = validation.required.iter().filter(is_missing).map(name).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let cause = "the document's request validator asks for them".to_owned();
    Err(Rejection::missing_parameters(&missing.join(", "), cause))
}

/// Makes sure that the body is what its model says. An empty one is `{}` (observed on LocalStack).
pub(super) fn require_model(model: &Model, body: &[u8], matches: &Matches) -> Result<(), Rejection> {
    let body = if body.is_empty() { b"{}" } else { body };
    let faults = match instance::parse(body) {
        Ok(value) => model.faults(&value, matches),
        Err(_) => vec!["the body is not JSON".to_owned()],
    };
    if faults.is_empty() { Ok(()) } else { Err(Rejection::invalid_body(&faults)) }
}

fn name(source: &MethodRequestSource) -> &str {
    use MethodRequestSource::{Header, MultiValueHeader, MultiValueQueryString, Path, QueryString};
    match source {
        Path(name) | QueryString(name) | MultiValueQueryString(name) => Name::as_str(name),
        Header(header) | MultiValueHeader(header) => &header.written,
    }
}
