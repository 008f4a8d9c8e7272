//! Compiles the example of each code, and compares the generated page with `docs/lints.md`.
//!
//! `compiler/tests/lints/README.md` describes how to add an example. `UPDATE=1 cargo test -p s3-edge-gateway-compiler
//! --test lints` writes the page.

#![expect(clippy::unwrap_used, reason = "clippy takes helpers of tests for production code")]

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use s3_edge_gateway::gateway::Settings;
use s3_edge_gateway::gateway::deployment::settings::Variables;
use s3_edge_gateway_compiler::finding::{Behaviours, Class, Code, Finding};
use s3_edge_gateway_compiler::source::{Notation, Parameters};
use s3_edge_gateway_compiler::{Input, compile};

/// The prefixes of an example's options, which are comments in its first lines.
const ABOUT: &str = "# about: ";
const PARAMETERS: &str = "# parameters: ";
const SETTINGS: &str = "# settings: ";

/// A document that causes the finding of one code.
struct Example {
    /// `yaml` or `json`.
    notation: &'static str,
    bytes: Vec<u8>,
    /// The text of the comment `# about:`.
    about: Option<String>,
    parameters: Parameters,
    settings: Option<Settings>,
}

/// All examples with their findings. They are compiled only once, because the example of `too-large` takes long to compile.
static EXAMPLES: LazyLock<BTreeMap<&str, (Example, Vec<Finding>)>> = LazyLock::new(|| {
    let examples = Code::ALL.iter().filter_map(|code| Some((code.as_str(), Example::of(*code)?)));
    let with_findings = examples.map(|(code, example)| {
        let findings = example.findings();
        (code, (example, findings))
    });
    with_findings.collect()
});

impl Example {
    fn of(code: Code) -> Option<Self> {
        let path = |notation: &str| folder().join(format!("{code}.{notation}"));
        let found = ["yaml", "json"]
            .into_iter()
            .find_map(|notation| Some((notation, std::fs::read(path(notation)).ok()?)));
        let (notation, bytes) = found?;
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let mut example =
            Self { notation, bytes, about: None, parameters: Parameters::default(), settings: None };
        for line in text.lines() {
            if let Some(about) = line.strip_prefix(ABOUT) {
                example.about = Some(about.to_owned());
            } else if let Some(parameters) = line.strip_prefix(PARAMETERS) {
                example.parameters = Parameters::from_json(parameters.as_bytes()).unwrap();
            } else if let Some(written) = line.strip_prefix(SETTINGS) {
                example.settings = Some(settings(written));
            } else {
                break;
            }
        }
        Some(example)
    }

    /// Returns all findings, including the reasons of unsupported operations.
    fn findings(&self) -> Vec<Finding> {
        let notation = if self.notation == "json" { Notation::Json } else { Notation::Yaml };
        let input = Input {
            bytes: &self.bytes,
            notation: Some(notation),
            parameters: &self.parameters,
            settings: self.settings.as_ref(),
        };
        let compilation = compile(&input);
        let mut findings = compilation.findings;
        for operation in
            compilation.document.iter().flat_map(|document| document.operations(self.settings.as_ref()))
        {
            findings.extend(operation.reasons);
        }
        findings
    }

    /// Returns the parts between the comments `# show` and `# end`, or the whole document if it has no such comments,
    /// without the common indentation.
    fn shown(&self) -> String {
        let text = String::from_utf8_lossy(&self.bytes);
        let is_marked = text.lines().any(|line| line.trim() == "# show");
        let mut parts: Vec<Vec<&str>> = vec![Vec::new()];
        let mut is_shown = !is_marked;
        for line in text.lines() {
            match line.trim() {
                "# show" => is_shown = true,
                "# end" => {
                    is_shown = false;
                    parts.push(Vec::new());
                }
                _ if is_shown && !is_option(line) => parts.last_mut().unwrap().push(line),
                _ => {}
            }
        }
        let parts = parts.iter().filter(|lines| !lines.is_empty()).map(|lines| without_indentation(lines));
        parts.collect::<Vec<_>>().join("# ...\n")
    }
}

/// Returns the settings of an example: a JSON object of strings, with an access key.
fn settings(written: &str) -> Settings {
    let written: BTreeMap<String, String> = serde_json::from_str(written).unwrap();
    let variable = |name: &str| match name {
        "AWS_ACCESS_KEY_ID" | "AWS_SECRET_ACCESS_KEY" => Some("example".to_owned()),
        name => written.get(name).cloned(),
    };
    Settings::from_variables(&Variables(&variable)).unwrap()
}

fn without_indentation(lines: &[&str]) -> String {
    let indentation = |line: &&str| line.len() - line.trim_start().len();
    let least =
        lines.iter().filter(|line| !line.trim().is_empty()).map(indentation).min().unwrap_or_default();
    lines.iter().map(|line| format!("{}\n", line.get(least..).unwrap_or_default())).collect()
}

fn is_option(line: &str) -> bool {
    [ABOUT, PARAMETERS, SETTINGS].iter().any(|option| line.starts_with(option))
}

#[test]
fn each_code_has_an_example() {
    let missing: Vec<_> = Code::ALL
        .iter()
        .filter(|code| !EXAMPLES.contains_key(code.as_str()))
        .map(|code| code.as_str())
        .collect();
    assert!(
        missing.is_empty(),
        "These codes have no example: {}. Add compiler/tests/lints/CODE.yaml for each of them.",
        missing.join(", ")
    );
}

#[test]
fn each_example_has_a_code() {
    for entry in std::fs::read_dir(folder()).unwrap() {
        let path = entry.unwrap().path();
        let stem = path.file_stem().unwrap().to_str().unwrap().to_owned();
        let is_code = Code::ALL.iter().any(|code| code.as_str() == stem);
        assert!(
            is_code || stem == "README",
            "The name of {} is not a code. Name the example after the code that it shows.",
            path.display()
        );
    }
}

/// An example contains no error except the one of its own code.
#[test]
fn each_example_is_reported() {
    let mut faults = Vec::new();
    for code in Code::ALL {
        let Some((_, findings)) = EXAMPLES.get(code.as_str()) else { continue };
        let is_expected = |finding: &&Finding| finding.code == *code;
        match findings.iter().find(is_expected) {
            None => faults.push(format!("{code} is not reported. The findings are: {findings:#?}")),
            Some(finding) if !finding.message.ends_with(['.', '?']) => {
                faults.push(format!("{code}: the message is not a whole sentence: {}", finding.message))
            }
            Some(_) => {}
        }
        let is_other = |finding: &&Finding| finding.code.class() == Class::Error && finding.code != *code;
        faults.extend(
            findings
                .iter()
                .find(is_other)
                .map(|other| format!("{code}: the example has another error: {other:?}")),
        );
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn the_page_is_up_to_date() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/lints.md");
    let page = page();
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&path, &page).unwrap();
    }
    let written = std::fs::read_to_string(&path).unwrap_or_default();
    let hint =
        "docs/lints.md is out of date. Run: UPDATE=1 cargo test -p s3-edge-gateway-compiler --test lints";
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
        "The document compiles, but the operation does not run at the edge. Its requests go to `PASSTHROUGH_URL`, or get a \
         501. With `--strict`, each such operation is an error.",
    ),
    (
        Class::Lint,
        "Lints",
        "The document compiles, but a part of it probably does not do what its author expects. A lint that concerns only \
         `aws` is shown with `--compatibility aws` or `both`.",
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
    let mut text = format!("\n### {code}\n\n{}\n", code.why());
    if let Some((example, findings)) = EXAMPLES.get(code.as_str())
        && let Some(finding) = findings.iter().find(|finding| finding.code == code)
    {
        if let Some(about) = &example.about {
            write!(text, "\n{about}\n").unwrap();
        }
        write!(text, "\n```{}\n{}```\n", example.notation, example.shown()).unwrap();
        let concerns = match (code.class(), finding.behaviours) {
            (Class::Error | Class::Unsupported, _) => "",
            (Class::Lint, Behaviours::Both) => "Concerns `edge` and `aws`. ",
            (Class::Lint, Behaviours::Edge) => "Concerns `edge`. ",
            (Class::Lint, Behaviours::Aws) => "Concerns `aws`. ",
        };
        write!(text, "\n> {concerns}{}\n", quoted(&finding.message)).unwrap();
    }
    write!(text, "\n**Remedy:** {}\n", code.remedy()).unwrap();
    if let Some(evidence) = code.evidence() {
        write!(text, "\n**API Gateway:** {}\n", quoted(evidence)).unwrap();
    }
    text
}

/// Escapes Markdown markup in a message, except in code.
fn quoted(message: &str) -> String {
    let parts = message.split('`').enumerate().map(|(index, part)| match index % 2 {
        0 => part.replace('*', "\\*").replace('<', "\\<").replace('\n', " "),
        _ => part.replace('\n', " "),
    });
    parts.collect::<Vec<_>>().join("`")
}
