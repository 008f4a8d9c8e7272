//! Checks the files of the crates: no files import each other in a circle, imports between folders go in one direction, a
//! plain GET has few files of stages, and the files of the gateway are short.
//!
//! An arrow goes from a file to a file that it imports from. In `s3/sts.rs`, `use super::key::Key` is an arrow to
//! `s3/key.rs`, and `use super::Key` is an arrow to `s3/mod.rs`, which re-exports `Key`. A `mod name;` item is not an arrow.
//! `docs/architecture.md` describes the folders and the stages of a plain GET.

#![expect(
    clippy::panic,
    clippy::indexing_slicing,
    reason = "clippy checks the helper functions of tests as production code"
)]

mod fixtures;
mod graph;
mod source;

use std::fs;
use std::path::Path;
use std::sync::LazyLock;

use self::graph::{Circle, Graph};
use self::source::{Crate, Files};

const CRATES: &[Crate] = &[
    Crate { name: "s3_edge_gateway", root: "src/lib.rs" },
    Crate { name: "s3_edge_gateway_compiler", root: "compiler/src/lib.rs" },
    Crate { name: "s3_edge_gateway_cli", root: "cli/src/lib.rs" },
    Crate { name: "the command's binary", root: "cli/src/main.rs" },
];

const FOLDERS: &[&str] = &["src", "compiler/src", "cli/src"];

/// The other folders and files that a folder or file may import from. For each file, the first entry that matches counts.
const ARROWS: &[(&str, &[&str])] = &[
    ("src/api", &[]),
    ("src/s3", &[]),
    ("src/gateway", &["src/api", "src/s3"]),
    ("src/edge", &["src/gateway", "src/api", "src/s3"]),
    ("src/lib.rs", &["src"]),
    ("compiler/src/finding", &[]),
    ("compiler/src/model_pattern.rs", &[]),
    ("compiler/src/source", &["compiler/src/finding", "src/api"]),
    ("compiler/src/requirement.rs", &["compiler/src/finding", "src/gateway", "src/api"]),
    (
        "compiler/src/compilation.rs",
        &["compiler/src/requirement.rs", "compiler/src/finding", "src/gateway", "src/api"],
    ),
    (
        "compiler/src/openapi",
        &[
            "compiler/src/compilation.rs",
            "compiler/src/requirement.rs",
            "compiler/src/source",
            "compiler/src/finding",
            "src/api",
        ],
    ),
    ("compiler/src/policy", &["compiler/src/compilation.rs", "src/gateway", "src/api", "src/s3"]),
    (
        "compiler/src/lints",
        &[
            "compiler/src/policy",
            "compiler/src/compilation.rs",
            "compiler/src/finding",
            "src/gateway",
            "src/api",
            "src/s3",
        ],
    ),
    (
        "compiler/src/explain",
        &[
            "compiler/src/policy",
            "compiler/src/compilation.rs",
            "compiler/src/requirement.rs",
            "compiler/src/finding",
            "src/gateway",
            "src/api",
            "src/s3",
        ],
    ),
    ("compiler/src/lib.rs", &["compiler/src", "src/gateway", "src/api"]),
    ("cli/src", &["compiler/src", "src/gateway", "src/api", "src/s3"]),
];

/// The files of `src/gateway` with the stages of a plain GET of an object, each before the files that it imports from.
const TRIP: &[&str] = &[
    "src/gateway/serve.rs",
    "src/gateway/response/select.rs",
    "src/gateway/response/endpoint_response.rs",
    "src/gateway/response/negotiate.rs",
    "src/gateway/request/integration_request.rs",
    "src/gateway/request/method_request.rs",
    "src/gateway/request/mapping.rs",
    "src/gateway/request/request_validator.rs",
    "src/gateway/authorize/admission.rs",
    "src/gateway/request/routing.rs",
];

/// Files and folders of `src/gateway` with values that the stages pass on or look up.
const VALUES: &[&str] = &[
    "src/gateway/mod.rs",
    "src/gateway/access_log.rs",
    "src/gateway/behaviour.rs",
    "src/gateway/http_rules.rs",
    "src/gateway/json_body.rs",
    "src/gateway/limits.rs",
    "src/gateway/message.rs",
    "src/gateway/rare.rs",
    "src/gateway/rejection.rs",
    "src/gateway/transport.rs",
    "src/gateway/authorize/key_set.rs",
    "src/gateway/authorize/mod.rs",
    "src/gateway/authorize/proven.rs",
    "src/gateway/conversion",
    "src/gateway/deployment",
    "src/gateway/request/mod.rs",
    "src/gateway/request/content_encoding.rs",
    "src/gateway/request/context.rs",
    "src/gateway/request/inbound.rs",
    "src/gateway/response/mod.rs",
];

/// The files of [`VALUES`] that may import types of stages: functions of the trait `Transport`, and the variants of `Event`, use
/// such types.
const IMPORTS_STAGES: &[&str] = &["src/gateway/transport.rs"];

/// Files and folders of `src/gateway` with stages that a plain GET does not need.
const OTHER_STAGES: &[&str] = &[
    "src/gateway/authorize/signature.rs",
    "src/gateway/authorize/signature_fault.rs",
    "src/gateway/authorize/token.rs",
    "src/gateway/authorize/verification.rs",
    "src/gateway/request/http_target.rs",
    "src/gateway/request/mock.rs",
    "src/gateway/request/passthrough.rs",
    "src/gateway/request/signing.rs",
    "src/gateway/request/whole_body.rs",
    "src/gateway/response/gateway_response.rs",
    "src/gateway/response/retry.rs",
    "src/gateway/response/s3_error.rs",
    "src/gateway/second_attempt.rs",
    "src/gateway/upload",
];

/// The largest allowed number of files in [`TRIP`].
const TRIP_FILES: usize = 10;

/// The largest allowed median of the number of lines of a file of `src/gateway`, without comments and empty lines: the median
/// of version 0.1.
const MEDIAN_LINES: usize = 128;

static WORKSPACE: LazyLock<Files> = LazyLock::new(workspace);

static GRAPH: LazyLock<Graph> = LazyLock::new(|| Graph::read(&WORKSPACE, CRATES));

fn workspace() -> Files {
    fn collect(folder: &Path, files: &mut Files) {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let entries = fs::read_dir(root.join(folder)).unwrap_or_else(|error| panic!("{folder:?}: {error}"));
        for entry in entries.flatten() {
            let path = folder.join(entry.file_name());
            if entry.path().is_dir() {
                collect(&path, files);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text =
                    fs::read_to_string(entry.path()).unwrap_or_else(|error| panic!("{path:?}: {error}"));
                files.insert(path, text);
            }
        }
    }
    let mut files = Files::new();
    FOLDERS.iter().for_each(|folder| collect(Path::new(folder), &mut files));
    files
}

/// Returns a message for each circle of files.
fn circles(graph: &Graph) -> Vec<String> {
    graph.circles().iter().map(circle_message).collect()
}

fn circle_message(circle: &Circle) -> String {
    let arrows: Vec<String> = circle.shortest.iter().map(|arrow| format!("  {arrow}")).collect();
    let others: Vec<String> = circle
        .files
        .iter()
        .filter(|file| circle.shortest.iter().all(|arrow| arrow.from != **file))
        .map(|file| file.display().to_string())
        .collect();
    let others = if others.is_empty() {
        String::new()
    } else {
        format!("\n  Also in this circle: {}.", others.join(", "))
    };
    format!("A circle of files:\n{}{others}", arrows.join("\n"))
}

/// Returns a message for each file without an entry in [`ARROWS`], and for each arrow that the entry does not allow.
fn wrong_arrows(graph: &Graph) -> Vec<String> {
    let folder_of = |file: &Path| ARROWS.iter().find(|(folder, _)| file.starts_with(folder));
    let mut messages: Vec<String> = graph
        .files()
        .filter(|file| folder_of(file).is_none())
        .map(|file| format!("{} is not in `ARROWS`. Add it, or its folder.", file.display()))
        .collect();
    for arrow in graph.arrows() {
        let Some((from, allowed)) = folder_of(&arrow.from) else { continue };
        if !arrow.to.starts_with(from) && !allowed.iter().any(|folder| arrow.to.starts_with(folder)) {
            let allowed = if allowed.is_empty() {
                "from no other folder".to_owned()
            } else {
                format!("only from {}", allowed.join(", "))
            };
            messages.push(format!("{arrow}, but {from} may import {allowed}."));
        }
    }
    messages
}

/// Returns a message for each file of `trip` that does not exist, and for each import from a file that is earlier in `trip`.
fn trip_faults(graph: &Graph, trip: &[&str]) -> Vec<String> {
    let at = |file: &Path| trip.iter().position(|name| Path::new(name) == file);
    let missing = trip
        .iter()
        .filter(|name| graph.files().all(|file| file != Path::new(name)))
        .map(|name| format!("{name} in `TRIP` does not exist. Correct the name or remove it."));
    let backwards = graph
        .arrows()
        .filter(|arrow| at(&arrow.from).zip(at(&arrow.to)).is_some_and(|(from, to)| to < from))
        .map(|arrow| format!("{arrow}, which is earlier in `TRIP`. A stage must not import its caller."));
    missing.chain(backwards).collect()
}

/// Returns the median of the number of lines of the files in a folder, without comments and empty lines. If the number of
/// files is even, the result is the greater of the two middle values.
fn median_lines(files: &Files, folder: &str) -> usize {
    let is_code = |line: &&str| !line.trim().is_empty() && !line.trim().starts_with("//");
    let inside = files.iter().filter(|(file, _)| file.starts_with(folder));
    let mut sizes: Vec<usize> = inside.map(|(_, text)| text.lines().filter(is_code).count()).collect();
    sizes.sort_unstable();
    sizes.get(sizes.len() / 2).copied().unwrap_or_default()
}

fn assert_none(messages: &[String], remedy: &str) {
    assert!(messages.is_empty(), "\n\n{}\n\n{remedy}\n", messages.join("\n\n"));
}

#[test]
fn every_file_belongs_to_a_crate() {
    let read: Vec<&Path> = GRAPH.files().collect();
    let unread = WORKSPACE.keys().filter(|file| !read.contains(&file.as_path()));
    let messages: Vec<String> =
        unread.map(|file| format!("{} is not part of a crate.", file.display())).collect();
    assert_none(&messages, "Add a `mod` item for the file, or delete the file.");
}

#[test]
fn no_files_import_each_other_in_a_circle() {
    assert_none(
        &circles(&GRAPH),
        "Import from the file that defines an item, not from a `mod.rs` or `lib.rs` that re-exports it. \
         Move the items that two files need from each other to a third file.",
    );
}

#[test]
fn arrows_between_folders_run_one_way() {
    assert_none(
        &wrong_arrows(&GRAPH),
        "Move the item to a folder that both may import from, or pass its value as an argument.",
    );
}

#[test]
fn no_stage_of_a_plain_get_imports_its_caller() {
    assert_none(&trip_faults(&GRAPH, TRIP), "Move the items that both files need to a file after them.");
}

#[test]
fn a_plain_get_has_few_files_of_stages() {
    let count = TRIP.len();
    assert!(
        count <= TRIP_FILES,
        "`TRIP` has {count} files. At most {TRIP_FILES} are allowed. Move a stage to the file of the stage before it."
    );
}

#[test]
fn every_file_of_the_gateway_is_in_one_list() {
    let files = WORKSPACE.keys().filter(|file| file.starts_with("src/gateway"));
    let lists = |file: &Path| {
        [TRIP, VALUES, OTHER_STAGES]
            .iter()
            .flat_map(|list| list.iter())
            .filter(|entry| file.starts_with(entry))
            .count()
    };
    let messages: Vec<String> = files
        .filter(|file| lists(file) != 1)
        .map(|file| {
            format!(
                "{} is in {} of the lists `TRIP`, `VALUES` and `OTHER_STAGES`.",
                file.display(),
                lists(file)
            )
        })
        .collect();
    assert_none(
        &messages,
        "Each file of src/gateway belongs to exactly one of these lists. `TRIP` has the stages of a plain GET.",
    );
}

#[test]
fn each_entry_of_the_lists_of_the_gateway_is_a_file_or_folder() {
    let is_known = |entry: &str| WORKSPACE.keys().any(|file| file.starts_with(entry));
    let messages: Vec<String> = [TRIP, VALUES, OTHER_STAGES, IMPORTS_STAGES]
        .concat()
        .into_iter()
        .filter(|entry| !is_known(entry))
        .map(|entry| format!("{entry} does not exist."))
        .collect();
    assert_none(&messages, "Remove the entry.");
}

#[test]
fn values_of_the_gateway_import_no_stages() {
    let is_in = |list: &[&str], file: &Path| list.iter().any(|entry| file.starts_with(entry));
    let messages: Vec<String> = GRAPH
        .arrows()
        .filter(|arrow| is_in(VALUES, &arrow.from) && !is_in(IMPORTS_STAGES, &arrow.from))
        .filter(|arrow| is_in(TRIP, &arrow.to) || is_in(OTHER_STAGES, &arrow.to))
        .map(|arrow| format!("{arrow}, which is a stage."))
        .collect();
    assert_none(
        &messages,
        "List the file as a stage, or move the value that it needs to a file of `VALUES`.",
    );
}

#[test]
fn the_median_file_of_the_gateway_is_short() {
    let median = median_lines(&WORKSPACE, "src/gateway");
    assert!(
        median <= MEDIAN_LINES,
        "The median file of src/gateway has {median} lines of code. At most {MEDIAN_LINES} are allowed. Split files by subject."
    );
}
