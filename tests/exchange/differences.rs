//! The rows of `docs/differences.json`. A vector shows each row, or the row has the file and the text that show it.
//! `UPDATE=1 cargo test --test exchange` writes the tables of `docs/differences.md` from the rows.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::path::{Path, PathBuf};

use s3_edge_gateway::gateway::behaviour;
use serde::Deserialize;
use test_harness::{Trial, read, test};

use crate::vector::{Case, Difference};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Differences {
    /// The differences between `edge` and `aws`.
    edge: Vec<OfEdge>,
    /// The differences between `aws` and API Gateway.
    api_gateway: Vec<OfApiGateway>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OfEdge {
    name: String,
    aws: String,
    edge: String,
    reason: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OfApiGateway {
    name: String,
    api_gateway: String,
    aws: String,
    reason: String,
    /// A file that shows the difference, and a text in it, if no vector of an exchange shows the difference.
    seen_in: Option<SeenIn>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SeenIn {
    file: PathBuf,
    text: String,
}

/// Returns the tests of the rows, and one test for each vector whose outcome differs from API Gateway.
pub fn tests(cases: &[Case]) -> Vec<Trial> {
    let rows = |difference: fn(&Case) -> Option<&Difference>| -> BTreeSet<String> {
        cases.iter().filter_map(difference).flat_map(|difference| difference.rows.iter().cloned()).collect()
    };
    let in_edge = rows(|case| case.edge.as_ref());
    let of_api_gateway = rows(|case| case.api_gateway.as_ref());
    let mut tests = vec![
        test("differences::every row is shown", move || every_row_is_shown(&in_edge, &of_api_gateway)),
        test("differences::the code has every row of edge", the_code_has_every_row_of_edge),
        test("differences::the tables have the rows of the data", the_tables_have_the_rows_of_the_data),
    ];
    for case in cases {
        let Some(difference) = &case.api_gateway else { continue };
        let (name, is_real) = (case.name.replacen("::aws::", "::api_gateway::", 1), difference.is_real);
        tests.push(test(name, move || assert!(is_real, "`api_gateway` changes nothing in `expected`")));
    }
    tests
}

/// A vector or a file shows each row, and vectors name no other row.
fn every_row_is_shown(in_edge: &BTreeSet<String>, of_api_gateway: &BTreeSet<String>) {
    let Differences { edge, api_gateway } = differences();
    assert_eq!(
        *in_edge,
        edge.iter().map(|row| row.name.clone()).collect(),
        "the rows that vectors name in `edge`"
    );
    let by_exchanges = api_gateway.iter().filter(|row| row.seen_in.is_none());
    let by_exchanges = by_exchanges.map(|row| row.name.clone()).collect();
    assert_eq!(*of_api_gateway, by_exchanges, "the rows that vectors name in `api_gateway`");
    for row in &api_gateway {
        let Some(seen) = &row.seen_in else { continue };
        assert!(
            text(&seen.file).contains(&seen.text),
            "{}: {:?} does not contain {:?}",
            row.name,
            seen.file,
            seen.text
        );
    }
}

/// The enum `Difference` of the gateway has exactly the rows of `edge`.
fn the_code_has_every_row_of_edge() {
    let in_code = behaviour::Difference::ALL.iter().map(|difference| difference.name().to_owned());
    assert_eq!(
        in_code.collect::<BTreeSet<_>>(),
        differences().edge.into_iter().map(|row| row.name).collect()
    );
}

fn the_tables_have_the_rows_of_the_data() {
    let Differences { edge, api_gateway } = differences();
    let with_reasons = edge
        .iter()
        .map(|row| [format!("`{}`", row.name), row.aws.clone(), row.edge.clone(), row.reason.clone()]);
    let of_api_gateway = api_gateway.iter().map(|row| {
        let seen =
            row.seen_in.as_ref().map_or("exchanges".to_owned(), |seen| format!("`{}`", seen.file.display()));
        [format!("`{}`", row.name), row.api_gateway.clone(), row.aws.clone(), row.reason.clone(), seen]
    });
    has_table("docs/differences.md", "| name | `aws` | `edge` | why |", with_reasons);
    has_table("docs/differences.md", "| name | API Gateway | `aws` | why | seen in |", of_api_gateway);
}

/// Asserts that the table with this head has these rows. If the variable `UPDATE` is set, writes the table instead.
fn has_table<const N: usize>(file: &str, head: &str, rows: impl Iterator<Item = [String; N]>) {
    let mut table = format!("{head}\n|{}\n", " --- |".repeat(N));
    rows.for_each(|row| writeln!(table, "| {} |", row.join(" | ")).unwrap());
    let page = text(file);
    let begin = page.find(head).unwrap_or_else(|| panic!("{file} has no table with the head {head}"));
    let end = page[begin..].find("\n\n").map_or(page.len(), |length| begin + length + 1);
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(root().join(file), [&page[..begin], &table, &page[end..]].concat()).unwrap();
    } else {
        assert!(
            page[begin..end] == table,
            "{file} differs from docs/differences.json. Run `UPDATE=1 cargo test --test exchange` to write this table:\n{table}"
        );
    }
}

fn differences() -> Differences {
    read("../docs/differences.json")
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn text(path: impl AsRef<Path>) -> String {
    let path = root().join(path);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}
