//! How the command is asked: arguments, files, the standard input, colours, and what it says where it cannot be understood.

use s3_edge_gateway::check::look::Look;
use serde_json::Value;

use super::{run_in, told, with_input};

const NO_VARIABLES: super::Variable<'static> = &|_| None;

/// What cannot be understood: status 2, and the first line of what is said.
const MISUSES: &[(&str, &str)] = &[
    ("--jsno", "--jsno: there is no such option"),
    (
        "quiet.yaml broken.yaml",
        "tests/checker/documents/quiet.yaml and tests/checker/documents/broken.yaml: one document at a time, as a gateway serves one",
    ),
    ("quiet.yaml --policy --explain GET /a", "--policy and --explain: one of them at a time"),
    ("quiet.yaml --json=yes", "--json takes no value"),
    ("quiet.yaml --accept x/y", "--accept is a detail of --explain METHOD PATH, which is not there"),
    ("quiet.yaml --body x", "--body is a detail of --explain METHOD PATH, which is not there"),
    ("quiet.yaml --explain", "--explain needs a method and a path: --explain GET /v1/s3"),
    ("quiet.yaml --explain GET", "--explain needs a path behind the method: --explain GET /v1/s3"),
    ("quiet.yaml --explain GET --json", "--explain needs a path behind the method: --explain GET /v1/s3"),
    ("quiet.yaml --explain /v1/s3", "--explain /v1/s3: the method comes first: --explain GET /v1/s3"),
    ("quiet.yaml --explain GET a", "--explain … a: a path begins with a slash"),
    ("quiet.yaml --explain G@T /a", "--explain G@T: this is no method"),
    ("quiet.yaml --explain GET /a --explain GET /b", "--explain: one request at a time"),
    ("quiet.yaml --explain GET /a --status 100", "--status 100: a status is a number from 200 to 599"),
    ("quiet.yaml --explain GET /a --status", "--status needs a status: --status 404"),
    ("quiet.yaml --explain GET /a --status 404 --status 200", "--status is given more than once"),
    ("quiet.yaml --explain GET /a --compatibility gcp", "--compatibility gcp: it is aws or edge"),
    (
        "quiet.yaml --explain GET /a -H Range",
        "--header `Range`: expected a name, a colon and a value: 'Range: bytes=0-9'",
    ),
    ("quiet.yaml --explain GET /a -H 'a b: c'", "--header `a b: c`: `a b` cannot be a header's name"),
    (
        "quiet.yaml --explain GET /a --header 'a: \u{1}'",
        "--header `a: \u{1}`: this cannot be a header's value",
    ),
    ("quiet.yaml --explain GET /a --accept a/b -H 'ACCEPT: c/d'", "accept is given more than once"),
    ("quiet.yaml --explain GET /a --accept \u{1}", "--accept `\u{1}`: this cannot be a header's value"),
    (
        "quiet.yaml --explain PUT /a --body x -H 'Content-Length: 9'",
        "--header Content-Length: the length is that of --body",
    ),
    ("quiet.yaml --explain PUT /a --body", "--body needs a text, or @ and a file: --body @photo.jpg"),
    ("quiet.yaml --explain PUT /a --body @", "--body @: there is no name of a file behind the @"),
    ("quiet.yaml --explain PUT /a --body @nothing.bin", "--body: nothing.bin: there is no such file"),
    ("- --explain PUT /a --body @-", "the document and --body cannot both be the standard input"),
    ("nothing.json", "nothing.json: there is no such file"),
    ("tests/checker", "tests/checker: this is a folder; name a file in it"),
];

#[test]
fn misuses() {
    for (arguments, expected) in MISUSES {
        let told = told(arguments, NO_VARIABLES);
        assert_eq!((told.status, told.out.as_str()), (2, ""), "{arguments}");
        assert_eq!(
            told.err.lines().collect::<Vec<_>>(),
            [*expected, "(npm run check -- --help tells how to ask)"]
        );
    }
    let malformed = told("quiet.yaml", &|name| (name == "S3_BUCKET").then(|| "No Bucket".to_owned()));
    assert!(malformed.status == 2 && malformed.err.starts_with("S3_BUCKET: "), "{}", malformed.err);
}

#[test]
fn help() {
    for arguments in ["--help", "-h", "quiet.yaml --help", "--policy --help"] {
        let told = told(arguments, NO_VARIABLES);
        assert!(told.status == 0 && told.out.starts_with("usage: npm run check -- "), "{arguments}");
        assert!(told.out.lines().all(|line| line.chars().count() <= 128));
    }
}

/// What comes before the options or behind them, with a space or `=`, is the same.
#[test]
fn spellings() {
    let lines = [
        "SAMPLE --explain GET /s3?key=files/a.jpg --accept image/png --status 404",
        "--explain get /v1/s3?key=files/a.jpg --accept=image/png --status=404 SAMPLE",
        "--status=404 SAMPLE -H 'Accept: image/png' --explain GET https://api.example.com/v1/s3?key=files/a.jpg#top",
        "SAMPLE --header accept:image/png --status 404 --explain=GET /s3?key=files/a.jpg",
    ];
    let answers = lines.map(|line| told(line, NO_VARIABLES));
    assert!(answers[0].out.contains("To client    500"), "{:?}", answers[0]);
    assert!(answers.iter().all(|answer| *answer == answers[0]), "{answers:?}");
}

#[test]
fn documents_that_cannot_be_read() {
    for (name, bytes, place, message) in [
        ("-", &b""[..], (1, 1), "there is nothing in it"),
        ("-", b" \n\n", (1, 1), "there is nothing in it"),
        ("-", b"{\n  \"a\": 1,\n}", (3, 1), "not JSON: trailing comma"),
        ("-", b"a: b\n  c: d\n", (2, 4), "not YAML: "),
        ("-", b"{\n\xff}", (2, 1), "not a text in UTF-8: the byte at 2 is none of it"),
        ("-", b"\xef\xbb\xbf{}", (1, 1), "not JSON: it begins with a byte order mark"),
        ("-", b"\x89PNG\r\n", (1, 1), "not a text in UTF-8: the byte at 0 is none of it"),
    ] {
        let json = [name.to_owned(), "--json".to_owned()];
        let told = with_input(&json, NO_VARIABLES, Look::PLAIN, bytes);
        assert_eq!((told.status, told.err.as_str()), (1, ""), "{bytes:?}");
        let report: Value = serde_json::from_str(&told.out).unwrap();
        let finding = &report["findings"][0];
        assert_eq!(report["file"], "(standard input)");
        assert_eq!(finding["code"], "unreadable");
        let found = finding["message"].as_str().unwrap();
        assert!(found.starts_with(message), "{found}");
        assert_eq!(
            (finding["line"].as_u64(), finding["column"].as_u64()),
            (Some(place.0), Some(place.1)),
            "{found}"
        );
    }
}

#[test]
fn the_standard_input() {
    let quiet = std::fs::read("tests/checker/documents/quiet.yaml").unwrap();
    let told = with_input(&["-".to_owned()], NO_VARIABLES, Look::PLAIN, &quiet);
    assert_eq!((told.status, told.out.as_str()), (0, "(standard input): no errors, no warnings\n"));
    let words = super::words("tests/checker/documents/quiet.yaml --explain PUT /a.txt --json --body @-");
    let told = with_input(&words, NO_VARIABLES, Look::PLAIN, b"from the standard input");
    assert_eq!((told.status, told.err.as_str()), (0, ""));
}

/// A policy that is kept in a file is one, or the file is empty.
#[test]
fn a_policy_is_never_an_error() {
    for (arguments, begin) in [
        ("broken.yaml --policy", "tests/checker/documents/broken.yaml:1:1: error"),
        ("broken.yaml --policy --json", "{"),
    ] {
        let told = told(arguments, NO_VARIABLES);
        assert_eq!((told.status, told.out.as_str()), (1, ""));
        assert!(told.err.starts_with(begin), "{}", told.err);
    }
    let none = told("http.json --policy", NO_VARIABLES);
    assert_eq!(none.status, 0);
    assert_eq!(none.err, "tests/documents/http.json: no integration asks S3 for anything\n");
    let json = told("SAMPLE --policy --json", NO_VARIABLES);
    assert_eq!(json, told("SAMPLE --policy", NO_VARIABLES));
}

/// A program that asks for a story gets findings where the document has errors, and can tell by the status.
#[test]
fn a_story_of_a_broken_document() {
    let told = told("broken.yaml --explain GET /c --json", NO_VARIABLES);
    let report: Value = serde_json::from_str(&told.out).unwrap();
    assert_eq!((told.status, &report["errors"], &report["warnings"]), (1, &Value::from(7), &Value::from(0)));
}

#[test]
fn colours_and_widths_are_for_terminals() {
    for line in [
        "tests/checker/documents/broken.yaml",
        "tests/checker/documents/surprises.yaml",
        "tests/documents/sample-openapi-3.0.json --explain GET /s3?key=files/a.png --accept image/jpeg --compatibility aws",
    ] {
        let words = super::words(line);
        let plain = run_in(&words, NO_VARIABLES, Look::PLAIN).out;
        assert!(!plain.contains('\x1b'));
        let coloured = run_in(&words, NO_VARIABLES, Look { colour: true, width: None }).out;
        assert!(coloured.contains("\x1b[31m") || coloured.contains("\x1b[33m"));
        let codes = ["0", "1", "2", "31", "32", "33"].map(|code| format!("\x1b[{code}m"));
        assert_eq!(codes.iter().fold(coloured, |text, code| text.replace(code, "")), plain);
        let narrow = run_in(&words, NO_VARIABLES, Look { colour: false, width: Some(72) }).out;
        let too_long = |line: &&str| line.chars().count() > 72 && line.split_whitespace().count() > 4;
        let pointers = |line: &&str| !line.starts_with("    at: ");
        assert_eq!(narrow.lines().filter(pointers).find(too_long), None);
        let joined = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
        assert_eq!(joined(&narrow), joined(&plain));
    }
}

/// What a document or a request says is shown, and not carried out by a terminal.
#[test]
fn control_characters_are_not_passed_on() {
    let document =
        serde_json::json!({ "openapi": "3.0.1", "paths": { "/\u{1b}[2J": { "get": {} }, "\u{1b}]0;": 1 } });
    let words = super::words("- --explain GET /a%1B?\u{1b}=");
    for words in [&words[..1], &words] {
        let told = with_input(words, NO_VARIABLES, Look::PLAIN, document.to_string().as_bytes());
        assert!(!told.out.contains('\u{1b}'), "{}", told.out);
    }
}
