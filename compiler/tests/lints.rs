//! `docs/lints.md`: a paragraph for each code, with an example that is compiled here.
//!
//! `compiler/tests/lints/README.md` says how to add an example. `UPDATE=1 cargo test -p s3-edge-gateway-compiler --test
//! lints` writes the page.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "clippy takes helpers of tests for production code"
)]

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use s3_edge_gateway_compiler::finding::{Behaviours, Class, Code, Finding};
use s3_edge_gateway_compiler::source::{Notation, Parameters};
use s3_edge_gateway_compiler::{Input, compile};

/// A document that has one finding to show.
struct Example {
    /// `yaml` or `json`.
    notation: &'static str,
    bytes: Vec<u8>,
    /// What the comment `# about:` says.
    about: Option<String>,
    parameters: Parameters,
}

impl Example {
    fn of(code: Code) -> Option<Self> {
        let path = |notation: &str| folder().join(format!("{code}.{notation}"));
        let found = ["yaml", "json"].into_iter().find_map(|notation| Some((notation, std::fs::read(path(notation)).ok()?)));
        let (notation, bytes) = found?;
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let mut example = Self { notation, bytes, about: None, parameters: Parameters::default() };
        for line in text.lines().map_while(|line| line.strip_prefix("# ")) {
            let (key, value) = line.split_once(": ").unwrap_or((line, ""));
            match key {
                "about" => example.about = Some(value.to_owned()),
                "parameter" => {
                    let (name, value) = value.split_once('=').unwrap();
                    example.parameters.values.insert(name.to_owned(), value.into());
                }
                // The document begins with what is shown.
                "show" => break,
                other => unreachable!("{code}: `{other}` is not an option of an example"),
            }
        }
        Some(example)
    }

    /// Returns each finding, those of operations included.
    fn findings(&self) -> Vec<Finding> {
        let notation = if self.notation == "json" { Notation::Json } else { Notation::Yaml };
        let input = Input {
            bytes: &self.bytes,
            notation: Some(notation),
            parameters: &self.parameters,
            lints: Behaviours::Both,
        };
        let compilation = compile(&input);
        let mut findings = compilation.findings;
        for operation in compilation.document.iter().flat_map(|document| document.operations(None)) {
            findings.extend(operation.reasons);
        }
        findings
    }

    fn finding(&self, code: Code) -> Finding {
        let findings = self.findings();
        let found = findings.iter().find(|finding| finding.code == code);
        found.unwrap_or_else(|| unreachable!("{code} is not reported for its example, but {findings:#?}")).clone()
    }

    /// Returns the part between the comments `# show` and `# end`, or all of the document, without its indentation.
    fn shown(&self) -> String {
        let text = String::from_utf8_lossy(&self.bytes);
        let lines: Vec<&str> = text.lines().collect();
        let is_marked = lines.iter().any(|line| line.trim() == "# show");
        let mut shown = Vec::new();
        let mut is_shown = !is_marked;
        for (index, line) in lines.iter().enumerate() {
            match line.trim() {
                "# show" => is_shown = true,
                "# end" => is_shown = false,
                _ if is_shown && !is_option(&lines, index) => shown.push(*line),
                _ => {}
            }
        }
        let indentation = |line: &&str| line.len() - line.trim_start().len();
        let least = shown.iter().filter(|line| !line.trim().is_empty()).map(indentation).min().unwrap_or_default();
        shown.iter().map(|line| format!("{}\n", line.get(least..).unwrap_or_default())).collect()
    }
}

/// Returns whether a line is one of the comments at the beginning.
fn is_option(lines: &[&str], index: usize) -> bool {
    lines[..=index].iter().all(|line| line.starts_with("# "))
}

#[test]
fn each_code_has_an_example() {
    let missing: Vec<_> = Code::ALL.iter().filter(|code| Example::of(**code).is_none()).map(|code| code.as_str()).collect();
    assert!(missing.is_empty(), "add compiler/tests/lints/CODE.yaml for {}", missing.join(", "));
}

#[test]
fn each_example_has_a_code() {
    for entry in std::fs::read_dir(folder()).unwrap() {
        let path = entry.unwrap().path();
        let stem = path.file_stem().unwrap().to_str().unwrap().to_owned();
        let is_code = Code::ALL.iter().any(|code| code.as_str() == stem);
        assert!(is_code || stem == "README", "{} has the name of no code", path.display());
    }
}

/// The message of a finding names what was found, in one sentence.
#[test]
fn each_example_is_reported() {
    for code in Code::ALL {
        let Some(example) = Example::of(*code) else { continue };
        let finding = example.finding(*code);
        assert!(finding.message.ends_with('.'), "{code}: {}", finding.message);
        // An example shows one fault: it compiles unless it is the example of an error.
        let errors = example.findings().into_iter().filter(|finding| finding.code.class() == Class::Error);
        let others: Vec<_> = errors.filter(|finding| finding.code != *code).collect();
        assert!(others.is_empty(), "{code}: {others:#?}");
    }
}

#[test]
fn the_page_is_up_to_date() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/lints.md");
    let page = page();
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&path, &page).unwrap();
    }
    let written = std::fs::read_to_string(&path).unwrap_or_default();
    let hint = "docs/lints.md is out of date: UPDATE=1 cargo test -p s3-edge-gateway-compiler --test lints";
    assert!(written == page, "{hint}");
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/lints")
}

const CLASSES: &[(Class, &str, &str)] = &[
    (Class::Error, "Errors", "The document does not compile."),
    (
        Class::Unsupported,
        "Unsupported operations",
        "The document compiles, and the operation does not run at the edge. Its requests go to `PASSTHROUGH_URL`, or are \
         answered 501. With `--strict`, each is an error.",
    ),
    (
        Class::Lint,
        "Lints",
        "The document compiles, and something in it may surprise its author. A lint that concerns `aws` alone is shown with \
         `--compatibility aws` or `both`.",
    ),
];

fn page() -> String {
    let mut page = "# Findings of the compiler\n\n\
        <!-- Generated from the table of codes and compiler/tests/lints: do not edit. -->\n\n\
        Each finding has a stable code, a place in the file and a remedy. This page has a paragraph for each code, with an \
        example that the tests compile.\n"
        .to_owned();
    for (class, title, about) in CLASSES {
        let codes: Vec<_> = Code::ALL.iter().filter(|code| code.class() == *class).collect();
        let links: Vec<_> = codes.iter().map(|code| format!("[{code}](#{code})")).collect();
        write!(page, "\n## {title}\n\n{about}\n\n{}\n", links.join(" · ")).unwrap();
        for code in codes {
            page.push_str(&paragraph(*code));
        }
    }
    page
}

fn paragraph(code: Code) -> String {
    let mut text = format!("\n### {code}\n\n{}\n\n**Remedy:** {}\n", code.why(), code.remedy());
    let Some(example) = Example::of(code) else { return text };
    let finding = example.finding(code);
    if code.class() == Class::Lint {
        let behaviours = match finding.behaviours {
            Behaviours::Both => "`edge` and `aws`",
            Behaviours::Edge => "`edge`",
            Behaviours::Aws => "`aws`",
        };
        write!(text, "\n**Concerns:** {behaviours}\n").unwrap();
    }
    if let Some(about) = &example.about {
        write!(text, "\n{about}\n").unwrap();
    }
    write!(text, "\n```{}\n{}```\n\n> {}\n", example.notation, example.shown(), quoted(&finding.message)).unwrap();
    text
}

/// Returns a message as Markdown shows it: what looks like markup outside of code is escaped.
fn quoted(message: &str) -> String {
    let parts = message.split('`').enumerate().map(|(index, part)| match index % 2 {
        0 => part.replace('*', "\\*").replace('<', "\\<").replace('\n', " "),
        _ => part.replace('\n', " "),
    });
    parts.collect::<Vec<_>>().join("`")
}
