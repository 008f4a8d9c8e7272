//! Tests the arguments and the settings of the environment. If they are not valid, the exit status is 2, and the message
//! names the argument or the setting, and the remedy.

use super::{command, command_with, plain};

/// The arguments, and the first line of the message.
const MISUSES: &[(&str, &str)] = &[
    ("", "Runs an Amazon API Gateway document at the edge: compiles it, checks it and explains it"),
    ("compil", "error: unrecognized subcommand 'compil'"),
    ("check --jsno", "error: unexpected argument '--jsno' found"),
    ("check a.yaml b.yaml", "error: unexpected argument 'b.yaml' found"),
    ("check --compatibility gcp", "error: invalid value 'gcp' for '--compatibility <COMPATIBILITY>'"),
    (
        "check SHARED/mock.json --parameter Name",
        "error: invalid value 'Name' for '--parameter <NAME=VALUE>': there is no `=`. Write NAME=VALUE, for example BucketName=photos",
    ),
    (
        "check SHARED/mock.json --parameter =x",
        "error: invalid value '=x' for '--parameter <NAME=VALUE>': there is no name before `=`. Write NAME=VALUE, for example BucketName=photos",
    ),
    (
        "check SHARED/mock.json --variable x",
        "error: invalid value 'x' for '--variable <NAME=VALUE>': there is no `=`. Write NAME=VALUE, for example BucketName=photos",
    ),
    (
        "check SHARED/mock.json --condition IsProd=yes",
        "error: invalid value 'IsProd=yes' for '--condition <NAME=true|false>': a condition needs a name and the value true or false. Write NAME=true or NAME=false",
    ),
    (
        "check SHARED/mock.json --condition A=true --condition A=false",
        "error: --condition A has two values, true and false. Remove one of them.",
    ),
    (
        "check SHARED/mock.json --parameter A=1 --parameter A=2",
        "error: --parameter A has two values, \"1\" and \"2\". Remove one of them.",
    ),
    ("check nothing.json", "error: nothing.json: The file does not exist. Check the name and the folder."),
    ("check tests", "error: tests: This is a folder. Name a file in this folder."),
    (
        "compile SHARED/mock.json -o -",
        "error: --output -: The output cannot be the standard output. Write the name of a file, for example `-o api.bin`.",
    ),
    (
        "compile SHARED/mock.json -o tests",
        "error: --output tests: This is a folder. Write the name of a file, for example `-o tests/api.bin`.",
    ),
    (
        "compile SHARED/mock.json -o nothing/api.bin",
        "error: --output nothing/api.bin: The folder nothing does not exist. Create it, or write to another folder.",
    ),
    (
        "compile SHARED/mock.json -o ../cli/../tests/documents/mock.json",
        "error: --output ../cli/../tests/documents/mock.json: The command also reads this file. Write another name, for example `-o api.bin`.",
    ),
    (
        "compile SHARED/mock.json -o /dev/null",
        "error: --output /dev/null: This is not a regular file. Write the name of a file, for example `-o api.bin`.",
    ),
    (
        "check SHARED/mock.json --settings nothing.json",
        "error: --settings nothing.json: The file does not exist. Check the name and the folder.",
    ),
    (
        "check SHARED/mock.json --settings -",
        "error: --settings -: The settings cannot be the standard input. Write the name of a file.",
    ),
    (
        "explain",
        "error: explain: A method and a path are missing. Write [API] METHOD PATH, for example: explain GET /v1/s3.",
    ),
    (
        "explain GET",
        "error: explain: The arguments are `GET`, but the command takes two or three. Write [API] METHOD PATH, for example: explain GET /v1/s3.",
    ),
    (
        "explain a.yaml GET /a /b",
        "error: explain: The arguments are `a.yaml GET /a /b`, but the command takes two or three. Write [API] METHOD PATH, for example: explain GET /v1/s3.",
    ),
    (
        "explain SHARED/mock.json /a GET",
        "error: /a: This is a path, but a method comes first. Write: GET /a.",
    ),
    (
        "explain SHARED/mock.json GET a",
        "error: a: The path does not begin with `/`. Write a method and a path: GET /v1/s3.",
    ),
    (
        "explain SHARED/mock.json G@T /a",
        "error: G@T: This is not an HTTP method. Use GET, HEAD, PUT, POST, DELETE, PATCH or OPTIONS.",
    ),
    (
        "explain GET /a --status 100",
        "error: invalid value '100' for '--status <NUMBER>': this is not a final status. Write a number from 200 to 599",
    ),
    ("explain GET /a --status", "error: a value is required for '--status <NUMBER>' but none was supplied"),
    (
        "explain GET /a --status 200 --status 404",
        "error: the argument '--status <NUMBER>' cannot be used multiple times",
    ),
    (
        "explain GET /a -H Range",
        "error: invalid value 'Range' for '--header <NAME: VALUE>': there is no colon. Write a name, a colon and a value: 'Range: bytes=0-9'",
    ),
    (
        "explain GET /a -H 'a b: c'",
        "error: invalid value 'a b: c' for '--header <NAME: VALUE>': `a b` is not a valid header name. Use letters, digits and `-`, as in 'Range: bytes=0-9'",
    ),
    (
        "explain GET /a --accept a/b -H 'ACCEPT: c/d'",
        "error: --accept and --header both set the header accept. Use only one of them.",
    ),
    (
        "explain PUT /a --body x -H 'Content-Length: 9'",
        "error: --header sets Content-Length, but --body already determines the length. Remove one of the two options.",
    ),
    (
        "explain SHARED/mock.json PUT /a --body @",
        "error: --body @: The name of the file is missing. Write it after the `@`: --body @photo.jpg.",
    ),
    (
        "explain SHARED/mock.json PUT /a --body @nothing.bin",
        "error: --body nothing.bin: The file does not exist. Check the name and the folder.",
    ),
    (
        "explain - PUT /a --body @-",
        "error: The document and --body cannot both be the standard input. Write the name of a file for one of them.",
    ),
];

#[test]
fn invalid_arguments_have_status_2() {
    for (line, message) in MISUSES {
        let outcome = command(line);
        let words = if line.is_empty() { super::run_words(&[], &[], b"", None) } else { outcome };
        assert_eq!((words.status, words.out.as_str()), (2, ""), "{line}");
        assert_eq!(plain(&words.err).lines().next(), Some(*message), "{line}");
    }
}

#[test]
fn help_and_version_have_status_0() {
    for line in ["--help", "help", "--version", "compile --help", "help check", "explain -h", "policy --help"]
    {
        let outcome = command(line);
        assert_eq!((outcome.status, outcome.err.as_str()), (0, ""), "{line}");
        assert!(plain(&outcome.out).lines().all(|line| line.chars().count() <= 100), "{}", outcome.out);
    }
}

/// Control characters in a message are replaced, so that the terminal does not interpret them.
#[test]
fn control_characters_in_arguments_are_visible() {
    let outcome = command("check \u{1b}[2J");
    assert_eq!(plain(&outcome.err), "error: ␛[2J: The file does not exist. Check the name and the folder.\n");
}

#[test]
fn without_an_argument_the_command_reads_the_document_of_the_build() {
    let none = command("check");
    assert_eq!(none.status, 2);
    let expected = "error: The name of the document is missing, and this folder has no api/openapi.json, .yaml or .yml. \
        Write the name as an argument, or set the environment variable API to it.\n";
    assert_eq!(plain(&none.err), expected);
    let named = command_with("check --json", &[("API", "../tests/documents/mock.json")], b"", None);
    assert_eq!(named, command("check --json SHARED/mock.json"));
    assert_eq!(named.status, 0, "{}", named.out);
}

#[test]
fn settings_of_the_environment_are_checked() {
    for line in ["explain SHARED/mock.json GET /a", "policy SHARED/mock.json"] {
        let outcome = command_with(line, &[("S3_BUCKET", "No Bucket")], b"", None);
        assert_eq!((outcome.status, outcome.out.as_str()), (2, ""), "{line}");
        let err = plain(&outcome.err);
        assert!(
            err.starts_with("error: The environment variable S3_BUCKET is `No Bucket`, which is not valid: "),
            "{err}"
        );
    }
}
