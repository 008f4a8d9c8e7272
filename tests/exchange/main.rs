//! Runs the vectors of whole exchanges, `vectors/exchange`, and the conversion tables, `vectors/conversion`, against
//! the core. `e2e/exchange.test.mjs` runs the same through the built Worker.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "clippy takes helpers of tests for production code"
)]

mod check;
mod conversion;
mod differences;
mod drive;
mod vector;

use std::collections::{BTreeMap, BTreeSet};

use s3_edge_gateway::api::gateway_response::ResponseType;
use serde_json::Value;

use self::vector::{Case, Runner, cases, read};

#[test]
fn exchanges() {
    let signatures: BTreeMap<String, Vec<String>> = read("vectors/exchange_signatures.json");
    let cases = cases();
    let mut red = Vec::new();
    for case in cases.iter().filter(|case| runs_here(case)) {
        let result = std::panic::catch_unwind(|| {
            let signatures = signatures.get(&case.name).cloned().unwrap_or_default();
            check::check(case, &drive::drive(case), &signatures);
        });
        if result.is_err() {
            red.push(&case.name);
        }
    }
    assert!(red.is_empty(), "{} of {} cases are red: {red:#?}", red.len(), cases.len());
    let names: BTreeSet<&String> = cases.iter().map(|case| &case.name).collect();
    assert_eq!(names.len(), cases.len(), "two vectors of one name in one file");
    let stale: Vec<_> = signatures.keys().filter(|name| !names.contains(name)).collect();
    assert!(stale.is_empty(), "signatures of no case; run `node tests/vectors/sign.mjs`: {stale:#?}");
}

#[test]
fn what_only_one_runner_can_run_says_why() {
    let cases = cases();
    for case in cases.iter().filter(|case| !runs_here(case)) {
        assert!(case.only.as_ref().is_some_and(|only| only.why.len() > 20), "{}", case.name);
    }
    let everywhere = cases.iter().filter(|case| case.only.is_none()).count();
    assert!(everywhere * 10 > cases.len() * 9, "only {everywhere} of {} run in both", cases.len());
}

/// `vectors/gateway_responses.json` is the table of the reference; the code's own has to be the same.
#[test]
fn gateway_responses_are_those_of_the_reference() {
    let table: BTreeMap<String, Value> = read("vectors/gateway_responses.json");
    assert_eq!(table.len(), ResponseType::ALL.len());
    for response_type in ResponseType::ALL {
        let row = &table[response_type.name()];
        assert_eq!(row["status"], response_type.status().as_u16(), "{response_type:?}");
        assert_eq!(row["headers"]["x-amzn-ErrorType"], response_type.error_type(), "{response_type:?}");
        let body: Value = serde_json::from_str(row["body"].as_str().unwrap()).unwrap();
        let message = body.get("message").or(body.get("Message")).unwrap();
        let is_null = response_type.name().starts_with("AUTHORIZER_");
        assert!(message == response_type.message() || (is_null && message.is_null()), "{response_type:?}");
    }
}

fn runs_here(case: &Case) -> bool {
    case.only.as_ref().is_none_or(|only| only.runner == Runner::Host)
}
