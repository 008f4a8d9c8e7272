//! The documentation: links between its pages lead to a file and a heading, every setting and every fault of `api.bin` has an
//! entry, and the README stays short.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "clippy checks the helper functions of tests as production code"
)]

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use s3_edge_gateway::api::compiled::CompiledError;
use s3_edge_gateway::gateway::Settings;
use s3_edge_gateway::gateway::deployment::settings::Variables;

const FOLDERS: &[&str] =
    &[".", "docs", "bench", "fuzz", "tests", "tests/vectors", "tests/templates", "compiler/tests/lints"];

#[test]
fn links_lead_to_files_and_headings() {
    let mut broken = Vec::new();
    for page in pages() {
        let text = prose(&read(&page));
        let targets =
            text.split("](").skip(1).filter_map(|rest| rest.split_once(')')).map(|(target, _)| target);
        for target in targets.filter(|target| !target.contains("://")) {
            let (path, heading) = target.split_once('#').unwrap_or((target, ""));
            let file = if path.is_empty() { page.clone() } else { page.with_file_name("").join(path) };
            let leads = file.exists() && (heading.is_empty() || headings(&file).contains(heading));
            if !leads {
                broken.push(format!("{}: {target}", page.display()));
            }
        }
    }
    assert!(broken.is_empty(), "links without a file or a heading: {broken:#?}");
}

#[test]
fn every_setting_has_an_entry() {
    let names = RefCell::new(BTreeSet::new());
    let variable = |name: &str| {
        names.borrow_mut().insert(name.to_owned());
        None
    };
    drop(Settings::from_variables(&Variables(&variable)));
    let page = read(&root().join("docs/settings.md"));
    let has_row = |name: &String| page.contains(&format!("\n| [`{name}`](#"));
    let missing: Vec<_> = names.into_inner().into_iter().filter(|name| !has_row(name)).collect();
    assert!(missing.is_empty(), "docs/settings.md has no entry for {missing:?}");
}

#[test]
fn operations_md_has_a_row_for_each_error_of_api_bin() {
    let version = CompiledError::Version { compiler: "0.0.0".to_owned(), format: 0 };
    let errors = [
        CompiledError::NotCompiled,
        CompiledError::CutOff(0),
        version,
        CompiledError::Damaged("bytes follow the API"),
    ];
    // `edge` is compiled for wasm32 only, so its texts are read from the source.
    let deployment = read(&root().join("src/edge/deployment.rs"));
    assert!(deployment.contains(r#"format!("api.bin: {error}")"#), "the prefix of the faults has changed");
    let (_, not_loaded) = deployment.split_once(r#"faults.push(""#).unwrap();
    let mut messages: Vec<_> = errors.iter().map(|error| format!("api.bin: {error}")).collect();
    messages.push(not_loaded.split('"').next().unwrap().to_owned());

    let page = read(&root().join("docs/operations.md"));
    let rows = page.split("\n| begins with `api.bin").skip(1);
    let beginnings: Vec<_> = rows.map(|row| format!("api.bin{}", row.split('`').next().unwrap())).collect();
    for message in &messages {
        let count = beginnings.iter().filter(|beginning| message.starts_with(beginning.as_str())).count();
        assert_eq!(count, 1, "docs/operations.md has {count} rows for: {message}");
    }
    assert_eq!(
        beginnings.len(),
        messages.len(),
        "docs/operations.md has rows for messages that the code does not contain. All rows: {beginnings:#?}"
    );
}

#[test]
fn the_readme_is_short() {
    let text = read(&root().join("README.md"));
    assert!(text.lines().count() <= 100, "README.md has more than 100 lines");
    let long: Vec<_> = sentences(&prose(&text)).into_iter().filter(|words| words.len() > 25).collect();
    assert!(long.is_empty(), "README.md has sentences of more than 25 words: {long:#?}");
}

/// Returns the words of each sentence. The end of a table cell or of a list item ends a sentence.
fn sentences(text: &str) -> Vec<Vec<String>> {
    let blocks = text.replace("\n- ", "\n\n").replace('|', "\n\n");
    let mut sentences = Vec::new();
    for block in blocks.split("\n\n") {
        let mut words = Vec::new();
        for word in block.split_whitespace() {
            words.push(word.to_owned());
            if word.ends_with(['.', '!', '?']) {
                sentences.push(std::mem::take(&mut words));
            }
        }
        sentences.push(words);
    }
    sentences
}

/// Returns a page without its code blocks.
fn prose(text: &str) -> String {
    text.split("```").step_by(2).collect()
}

/// Returns the anchors that GitHub makes of the headings.
fn headings(page: &Path) -> BTreeSet<String> {
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    let text = prose(&read(page));
    let titles = text.lines().filter(|line| line.starts_with('#'));
    titles
        .map(|line| {
            let title = line.trim_start_matches('#').trim().to_lowercase().replace(' ', "-");
            let slug: String =
                title.chars().filter(|c| c.is_alphanumeric() || matches!(c, '-' | '_')).collect();
            let count = seen.entry(slug.clone()).or_default();
            *count += 1;
            if *count == 1 { slug } else { format!("{slug}-{}", *count - 1) }
        })
        .collect()
}

fn pages() -> Vec<PathBuf> {
    let files = FOLDERS.iter().flat_map(|folder| std::fs::read_dir(root().join(folder)).unwrap());
    let files = files.map(|entry| entry.unwrap().path());
    files.filter(|path| path.extension().is_some_and(|extension| extension == "md")).collect()
}

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}
