//! The differences: `docs/differences.json` is the data. A vector shows each row, or the row names the file that does.
//! `UPDATE=1 cargo test --test exchange` writes the tables of `docs/differences.md` from it.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::vector::{cases, read};

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
    /// A file that shows the difference, if no exchange does.
    seen_in: Option<SeenIn>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SeenIn {
    file: PathBuf,
    text: String,
}

#[test]
fn every_row_is_shown_and_nothing_else() {
    let cases = cases();
    let shown = |behaviour: &str| -> BTreeSet<String> {
        let cases = cases.iter().filter(|case| case.behaviour == behaviour);
        cases.flat_map(|case| case.differs.iter().cloned()).collect()
    };
    let Differences { edge, api_gateway } = differences();
    assert_eq!(shown("edge"), edge.iter().map(|row| row.name.clone()).collect());
    let by_exchanges = api_gateway.iter().filter(|row| row.seen_in.is_none());
    assert_eq!(shown("aws"), by_exchanges.map(|row| row.name.clone()).collect());
    for row in &api_gateway {
        let Some(seen) = &row.seen_in else { continue };
        assert!(text(&seen.file).contains(&seen.text), "{}: not seen in {:?}", row.name, seen.file);
    }
}

/// The code that decides a difference has its name in a comment.
#[test]
fn the_code_names_every_row_of_edge() {
    let code: String = rust_files(&root().join("src/gateway")).iter().map(text).collect();
    let names = differences().edge.into_iter().map(|row| row.name);
    let missing: Vec<_> = names.filter(|name| !code.contains(&format!("`{name}`"))).collect();
    assert!(missing.is_empty(), "{missing:?}");
}

#[test]
fn the_tables_are_those_of_the_data() {
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

/// Asserts that the table of a file that begins with `head` has these rows. With `UPDATE`, writes the table.
fn has_table<const N: usize>(file: &str, head: &str, rows: impl Iterator<Item = [String; N]>) {
    let mut table = format!("{head}\n|{}\n", " --- |".repeat(N));
    rows.for_each(|row| writeln!(table, "| {} |", row.join(" | ")).unwrap());
    let page = text(file);
    let begin = page.find(head).unwrap_or_else(|| panic!("{file} has no table {head}"));
    let end = page[begin..].find("\n\n").map_or(page.len(), |length| begin + length + 1);
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(root().join(file), [&page[..begin], &table, &page[end..]].concat()).unwrap();
    } else {
        assert!(page[begin..end] == table, "{file} is not what docs/differences.json says: {table}");
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

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { rust_files(&path) } else { vec![path] }).collect()
}
