//! The conversion tables: a test for each row and behaviour.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde::Deserialize;
use serde_json::{Map, Value, json};
use test_harness::{Trial, read, test};

use super::drive::Driven;
use super::run;
use super::vector::{Answer, Case, ClientRequest, ExpectedResponse, Outcome, WrittenBody};

const HANDLINGS: [&str; 3] = ["undefined", "CONVERT_TO_TEXT", "CONVERT_TO_BINARY"];
const YES_AND_NO: [&str; 2] = ["no", "yes"];
const TEMPLATES: [&str; 2] = ["none", "template"];
const BODIES: [&str; 4] = ["base64", "bytes", "text", "empty"];

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    about: String,
    source: String,
    values: BTreeMap<String, WrittenBody>,
    columns: Vec<String>,
    rows: Vec<Vec<String>>,
}

/// Returns the tests of both tables.
pub fn tests() -> Vec<Trial> {
    let request = Arc::new(read::<Table>("vectors/conversion/request.json"));
    let response = Arc::new(read::<Table>("vectors/conversion/response.json"));
    let mut tests = table_tests("request", &request, check_request);
    tests.extend(table_tests("response", &response, check_response));
    tests.push(test("conversion::request::the table is complete", move || {
        request.is_complete(&[&YES_AND_NO, &HANDLINGS, &TEMPLATES, &BODIES]);
    }));
    tests.push(test("conversion::response::the table is complete", move || {
        response.is_complete(&[&YES_AND_NO, &YES_AND_NO, &HANDLINGS, &TEMPLATES, &BODIES]);
    }));
    tests
}

/// A check of one row. Its arguments are the table, the row without its two outcomes, the name of the behaviour, and the outcome
/// that the row has for this behaviour.
type Check = fn(&Table, &[String], &'static str, &str);

fn table_tests(direction: &str, table: &Arc<Table>, check: Check) -> Vec<Trial> {
    let mut tests = Vec::new();
    for row in &table.rows {
        let [combination @ .., aws, edge] = row.as_slice() else { panic!("a row without outcomes: {row:?}") };
        let columns = table.columns.iter().zip(combination);
        let shown: Vec<_> = columns.map(|(column, value)| format!("{column}: {value}")).collect();
        for (behaviour, expected) in [("aws", aws), ("edge", edge)] {
            let name = format!("conversion::{direction}::{behaviour}::{}", shown.join(", "));
            let (table, combination, expected) = (Arc::clone(table), combination.to_vec(), expected.clone());
            tests.push(test(name, move || check(&table, &combination, behaviour, &expected)));
        }
    }
    tests
}

fn check_request(table: &Table, combination: &[String], behaviour: &'static str, expected: &str) {
    let [listed, handling, template, body] = combination else { panic!("{combination:?}") };
    let content_type = if listed == "yes" { "image/png" } else { "application/x-other" };
    let headers = json!({ "Content-Type": content_type });
    let mut case = case("PUT", handling, template, headers, behaviour);
    case.request.body = table.values[body].clone();
    for chunked in [false, true] {
        case.request.chunked = chunked;
        let driven = run(&case);
        let name = format!("chunked: {chunked}");
        match table.values.get(expected) {
            Some(stored) => {
                assert_eq!(driven.requests.len(), 1, "{name}: {driven:?}");
                assert_eq!(driven.requests[0].body, stored.bytes(), "{name}: {driven:?}");
                assert_eq!(driven.response.status, 200, "{name}");
            }
            None => {
                assert!(driven.requests.is_empty(), "{name}");
                is_error(&driven, expected, &name);
            }
        }
    }
}

fn check_response(table: &Table, combination: &[String], behaviour: &'static str, expected: &str) {
    let [listed, accepted, handling, template, body] = combination else { panic!("{combination:?}") };
    let accept = if accepted == "yes" { "image/png" } else { "application/json" };
    let content_type = if listed == "yes" { "image/png" } else { "application/x-other" };
    let mut case = case("GET", handling, template, json!({ "Accept": accept }), behaviour);
    let headers = json!({ "Content-Type": content_type, "ETag": "\"e\"" });
    for chunked in [false, true] {
        let answer = || Answer {
            status: 200,
            headers: serde_json::from_value(headers.clone()).unwrap(),
            body: table.values[body].clone(),
            chunked,
        };
        // The gateway may request the object twice: to verify its base64, and to decode it.
        case.s3 = vec![answer(), answer()];
        let driven = run(&case);
        let name = format!("chunked: {chunked}");
        match table.values.get(expected) {
            Some(shown) => {
                assert_eq!(driven.response.body, shown.bytes(), "{name}: {driven:?}");
                assert_eq!(driven.response.status, 200, "{name}");
            }
            None => is_error(&driven, expected, &name),
        }
    }
}

impl Table {
    /// Asserts that each combination of the values of the columns is exactly one row.
    fn is_complete(&self, dimensions: &[&[&str]]) {
        assert!(!self.about.is_empty() && !self.source.is_empty());
        assert_eq!(self.columns.len(), dimensions.len() + 2);
        let count: usize = dimensions.iter().map(|values| values.len()).product();
        let seen: BTreeSet<_> = self.rows.iter().map(|row| &row[..dimensions.len()]).collect();
        assert_eq!((seen.len(), self.rows.len()), (count, count));
        for row in &self.rows {
            for (value, known) in row.iter().zip(dimensions) {
                assert!(known.contains(&value.as_str()), "{value} in {row:?}");
            }
        }
    }
}

fn case(method: &str, handling: &str, template: &str, headers: Value, behaviour: &'static str) -> Case {
    let path = match handling {
        "CONVERT_TO_TEXT" => "to-text",
        "CONVERT_TO_BINARY" => "to-binary",
        undefined => undefined,
    };
    let defaults: Value = read("vectors/defaults.json");
    let mut settings: BTreeMap<String, String> =
        serde_json::from_value(defaults["settings"].clone()).unwrap();
    settings.insert("COMPATIBILITY".to_owned(), behaviour.to_owned());
    Case {
        name: format!("{method} /{path}/{template} in {behaviour}"),
        behaviour,
        document: read("documents/conversion.json"),
        settings,
        clock: 0,
        request: ClientRequest {
            method: method.to_owned(),
            url: format!("/{path}/{template}"),
            headers: serde_json::from_value(headers).unwrap(),
            body: WrittenBody::default(),
            chunked: false,
        },
        s3: vec![Answer {
            status: 200,
            headers: Default::default(),
            body: WrittenBody::default(),
            chunked: false,
        }],
        expected: Outcome {
            requests: Vec::new(),
            response: ExpectedResponse {
                status: 0,
                headers: Default::default(),
                body: WrittenBody::default(),
            },
            log: Map::new(),
        },
        only: None,
        edge: None,
        api_gateway: None,
    }
}

/// Asserts that the response is the expected error: `500`, or `400 at N`, where N is the offset of the invalid byte.
fn is_error(driven: &Driven, expected: &str, name: &str) {
    let (status, body) = match expected.split_once(" at ") {
        Some((status, offset)) => {
            (status, format!("{{\"message\": \"Invalid base64 in request body at offset {offset}\"}}"))
        }
        None => (expected, "{\"message\": \"Internal server error\"}".to_owned()),
    };
    let seen = String::from_utf8_lossy(&driven.response.body);
    assert_eq!(
        (driven.response.status.to_string().as_str(), seen.as_ref()),
        (status, body.as_str()),
        "{name}"
    );
}
