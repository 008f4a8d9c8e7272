//! Reads the request validator of an operation.
//!
//! Source: <https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-method-request-validation.html>.

use s3_edge_gateway::api::request_validator::Validation;

use super::cursor::Cursor;
use super::declared::Declared;
use super::keys;
use super::model::read_models;
use super::report::Report;
use crate::finding::Code;

const VALIDATORS: &str = "x-amazon-apigateway-request-validators";
const VALIDATOR: &str = "x-amazon-apigateway-request-validator";
const BODY: &str = "validateRequestBody";
const PARAMETERS: &str = "validateRequestParameters";

/// Reads the checks for requests to an operation. The validator of the operation overrides the validator of the API
/// (recorded on AWS).
pub(super) fn read(
    root: &Cursor<'_>,
    item: &Cursor<'_>,
    operation: &Cursor<'_>,
    declared: &Declared<'_>,
    report: &mut Report,
) -> Validation {
    let mut validation = Validation::default();
    let Some(reference) = operation.get(VALIDATOR).or_else(|| root.get(VALIDATOR)) else { return validation };
    if reference.refuse_unresolved(report) {
        return validation;
    }
    let name = reference.str().unwrap_or_default();
    let validator = root.get(VALIDATORS).and_then(|validators| validators.get(name));
    let Some(validator) = validator.filter(Cursor::is_object) else {
        let message = format!("The request validator {} is not defined in `{VALIDATORS}`.", reference.seen());
        report.add(&reference, Code::ValidatorUndefined, message);
        return validation;
    };
    keys::check(&validator, "a request validator", &[BODY, PARAMETERS], report);
    let mut checks = |key: &str| match validator.get(key) {
        None => false,
        Some(value) => value.truth().unwrap_or_else(|| {
            if !value.refuse_unresolved(report) {
                report.add(
                    &value,
                    Code::ValueInvalid,
                    format!("{}, which is not true or false.", value.seen_here()),
                );
            }
            false
        }),
    };
    let (parameters, body) = (checks(PARAMETERS), checks(BODY));
    if parameters {
        validation.required.extend(declared.parameters.required().cloned());
        // API Gateway lists missing parameters by name, so `method.request.header.…` is before `method.request.path.…`
        // (recorded, without a date).
        validation.required.sort_by_cached_key(ToString::to_string);
    }
    if body {
        let [root, item, operation] = [root, item, operation].map(Cursor::as_written);
        validation.models = read_models(&root, &item, &operation, report);
    }
    validation
}
