//! Tests of the checks, with small crates that keep or break the rules.

use crate::graph::Graph;
use crate::source::{Crate, Files};
use crate::{circles, median_lines, trip_faults, wrong_arrows};

const LIBRARY: Crate = Crate { name: "library", root: "src/lib.rs" };
const COMMAND: Crate = Crate { name: "command", root: "cli/src/lib.rs" };

fn files(texts: &[(&str, &str)]) -> Files {
    texts.iter().map(|(file, text)| ((*file).into(), (*text).to_owned())).collect()
}

fn graph(texts: &[(&str, &str)]) -> Graph {
    let files = files(texts);
    let has = |of: &&Crate| files.contains_key(std::path::Path::new(of.root));
    let crates: Vec<Crate> = [LIBRARY, COMMAND].iter().filter(has).copied().collect();
    Graph::read(&files, &crates)
}

/// Returns each arrow of the crates as the text "from line to".
fn arrows(texts: &[(&str, &str)]) -> Vec<String> {
    let graph = graph(texts);
    let text = |file: &std::path::Path| file.display().to_string();
    graph.arrows().map(|arrow| format!("{} {} {}", text(&arrow.from), arrow.line, text(&arrow.to))).collect()
}

#[test]
fn two_files_that_import_each_other_are_a_circle() {
    let graph = graph(&[
        ("src/lib.rs", "mod a;\nmod b;"),
        ("src/a.rs", "use crate::b::B;\npub struct A;"),
        ("src/b.rs", "pub struct B;\n\nfn b(_: super::a::A) {}"),
    ]);
    let expected = "A circle of files:\n  \
                    src/a.rs:1 imports `crate::b::B` from src/b.rs\n  \
                    src/b.rs:3 imports `super::a::A` from src/a.rs";
    assert_eq!(circles(&graph), [expected]);
}

#[test]
fn a_parent_that_re_exports_and_a_child_that_imports_from_it_are_a_circle() {
    let circle = [
        ("src/lib.rs", "mod m;"),
        ("src/m/mod.rs", "mod a;\nmod b;\npub use a::A;"),
        ("src/m/a.rs", "pub struct A;\nuse super::b::B;"),
        ("src/m/b.rs", "use super::A;"),
    ];
    let messages = circles(&graph(&circle));
    assert_eq!(messages.len(), 1);
    assert!(messages[0].contains("src/m/b.rs:1 imports `super::A` from src/m/mod.rs"), "{}", messages[0]);
    assert!(messages[0].contains("src/m/a.rs:2"), "{}", messages[0]);
}

#[test]
fn the_shortest_circle_is_shown_and_the_other_files_are_named() {
    let messages = circles(&graph(&[
        ("src/lib.rs", "mod a; mod b; mod c;"),
        ("src/a.rs", "use crate::b::B;"),
        ("src/b.rs", "use crate::c::C;"),
        ("src/c.rs", "use crate::a::A;\nuse crate::b::B;"),
    ]));
    let expected = "A circle of files:\n  \
                    src/b.rs:1 imports `crate::c::C` from src/c.rs\n  \
                    src/c.rs:2 imports `crate::b::B` from src/b.rs\n  \
                    Also in this circle: src/a.rs.";
    assert_eq!(messages, [expected]);
}

#[test]
fn every_form_of_an_import_is_an_arrow() {
    let b = ("src/b.rs", "pub mod inner {}");
    let forms = [
        "use crate::b::{self, B};",
        "use super::b as c;",
        "use crate::{b::inner::*};",
        "pub use super::b::B;",
        "fn f() { super::b::b(); }",
        "type T = Vec<super::b::B>;",
        "fn f() { assert!(x, \"{}\", super::b::B); }",
        "fn f() { vec![(1, crate::b::B { x: 1 })]; }",
        "struct S { #[serde(with = \"crate::b\")] x: u8 }",
        "#[cfg(target_arch = \"wasm32\")] use super::b::B;",
        "#[cfg(not(test))] use super::b::B;",
        "fn f() { use super::b::B; }",
        "mod inline { use super::super::b::B; }",
        "mod inline { use crate::*; fn f() { b::b() } }",
        "impl super::b::Trait for S {}",
        "fn f() -> impl Fn(super::b::B) { match x { super::b::X => y } }",
    ];
    for form in forms {
        let found = arrows(&[("src/lib.rs", "mod a; mod b;"), ("src/a.rs", form), b]);
        assert!(found.contains(&"src/a.rs 1 src/b.rs".to_owned()), "{form}: {found:?}");
    }
}

#[test]
fn paths_that_import_nothing_are_not_arrows() {
    let forms = [
        "#[cfg(test)] mod tests { use super::super::b::B; }",
        "#[cfg(all(test, unix))] use super::b::B;",
        "impl S { #[cfg(test)] fn f() { super::b::b(); } }",
        "pub(in crate::a) struct S;",
        "/// See [`B`](super::b::B).\nstruct S;",
        "use std::fmt; fn f() { fmt::b(); Self::b(); B::b(); }",
    ];
    for form in forms {
        let found = arrows(&[("src/lib.rs", "mod a; mod b;"), ("src/a.rs", form), ("src/b.rs", "")]);
        assert!(found.is_empty(), "{form}: {found:?}");
    }
}

#[test]
fn an_imported_module_leads_to_its_files() {
    let found = arrows(&[
        ("src/lib.rs", "mod a; mod m;"),
        ("src/a.rs", "use crate::m;\nfn f() { m::n::g() }"),
        ("src/m/mod.rs", "pub mod n;"),
        ("src/m/n.rs", ""),
    ]);
    assert_eq!(found, ["src/a.rs 1 src/m/mod.rs", "src/a.rs 2 src/m/n.rs"]);
}

#[test]
fn arrows_between_folders_are_checked_across_crates() {
    let messages = wrong_arrows(&graph(&[
        ("src/lib.rs", "pub mod api; pub mod gateway; mod edge;"),
        ("src/api/mod.rs", "use crate::gateway::Settings;"),
        ("src/gateway/mod.rs", "use crate::api::Api;"),
        ("src/edge/mod.rs", "use crate::gateway::Gateway;"),
        ("cli/src/lib.rs", "use library::gateway::Gateway;\nuse library::edge::run;"),
    ]));
    let expected = [
        "cli/src/lib.rs:2 imports `library::edge::run` from src/edge/mod.rs, but cli/src may import only \
         from compiler/src, src/gateway, src/api, src/s3.",
        "src/api/mod.rs:1 imports `crate::gateway::Settings` from src/gateway/mod.rs, but src/api may import \
         from no other folder.",
    ];
    assert_eq!(messages, expected);
}

#[test]
fn a_trip_goes_forward_through_files_that_exist() {
    let graph = graph(&[
        ("src/lib.rs", "mod serve; mod route;"),
        ("src/serve.rs", "use crate::route::route;"),
        ("src/route.rs", ""),
    ]);
    assert!(trip_faults(&graph, &["src/serve.rs", "src/route.rs"]).is_empty());
    let messages = trip_faults(&graph, &["src/gone.rs", "src/route.rs", "src/serve.rs"]);
    assert_eq!(messages.len(), 2);
    assert!(messages[0].starts_with("src/gone.rs in `TRIP` does not exist."), "{}", messages[0]);
    assert!(messages[1].starts_with("src/serve.rs:1 imports `crate::route::route`"), "{}", messages[1]);
}

#[test]
fn the_median_counts_lines_of_code() {
    let files =
        files(&[("m/a.rs", "//! A\n\nfn a() {}\n"), ("m/b.rs", "1\n2\n3"), ("m/c.rs", "1\n2"), ("n.rs", "")]);
    assert_eq!(median_lines(&files, "m"), 2);
}
