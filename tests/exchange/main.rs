//! Runs the vectors of whole exchanges, `vectors/exchange`, and the conversion tables, `vectors/conversion`, against the core.
//! `e2e/exchange.test.mjs` and `e2e/conversion.test.mjs` run them through the built Worker. `tests/README.md` shows how to run one
//! vector.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "clippy checks the helper functions of tests as production code"
)]

mod check;
mod conversion;
mod differences;
mod drive;
mod vector;

use std::collections::BTreeMap;
use std::process::ExitCode;

use s3_edge_gateway::api::gateway_response::ResponseType;
use serde_json::Value;
use test_harness::{Failed, Trial, read, test};

use self::drive::Driven;
use self::vector::{Case, NamedAnswers, Runner, Vector, vectors};

fn main() -> ExitCode {
    let vectors = vectors();
    let cases: Vec<Case> = vectors.iter().flat_map(Vector::cases).collect();
    let mut tests = differences::tests(&cases);
    tests.extend(conversion::tests());
    tests.push(test("gateway_responses::the table has the values of the code", gateway_responses));
    tests.push(runners(&cases));
    tests.push(named_answers(&vectors));
    tests.extend(cases.into_iter().map(exchange));
    test_harness::run(tests)
}

fn run(case: &Case) -> Driven {
    drive::drive(case)
}

/// Returns the test of a case. The test is ignored if only the built Worker can run the case.
fn exchange(case: Case) -> Trial {
    let name = case.name.clone();
    if let Some(only) = case.only.as_ref().filter(|only| only.runner == Runner::Worker) {
        let failed = Failed::from(format!("only the built Worker can run this vector: {}", only.why));
        return Trial::test(name, move || Err(failed)).with_ignored_flag(true);
    }
    test(name, move || {
        let is_real = case.edge.as_ref().is_none_or(|difference| difference.is_real);
        assert!(is_real, "`edge` changes nothing in `expected`");
        check::check(&case, &run(&case));
    })
}

/// Returns a test: each case for only one runner has a reason, and more than nine of ten cases are for both runners.
fn runners(cases: &[Case]) -> Trial {
    let reasons = cases.iter().filter_map(|case| Some((case.name.clone(), case.only.as_ref()?.why.clone())));
    let reasons: Vec<_> = reasons.collect();
    let count = cases.len();
    test("vectors::a vector for one runner has a reason", move || {
        for (name, why) in &reasons {
            assert!(why.len() > 20, "{name}: the reason {why:?} is too short");
        }
        assert!(
            reasons.len() * 10 < count,
            "{} of {count} cases are for only one runner, which is a tenth or more",
            reasons.len()
        );
    })
}

/// Returns a test: each named answer of S3 is used at least three times.
fn named_answers(vectors: &[Vector]) -> Trial {
    let mut used: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for vector in vectors {
        for name in &vector.named_answers {
            used.entry(name.clone()).or_default().push(vector.name.clone());
        }
    }
    test("vectors::each named answer of S3 is used at least three times", move || {
        let NamedAnswers { about, answers } = NamedAnswers::read();
        assert!(!about.is_empty());
        for (name, _) in answers {
            let users = used.get(&name).map(Vec::as_slice).unwrap_or_default();
            assert!(
                users.len() >= 3,
                "the answer {name:?} is used only by {users:?}. Write it out in these vectors."
            );
        }
    })
}

/// `vectors/gateway_responses.json` has the status, the error type and the message of each type in the code.
fn gateway_responses() {
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
