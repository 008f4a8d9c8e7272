//! Tests the JSON object of `compile` and `check`.

use serde_json::Value;

use super::{command, command_with};

/// Returns the JSON object and the exit status. The command must not write to the standard error.
fn report(line: &str) -> (Value, u8) {
    let outcome = command(line);
    assert_eq!(outcome.err, "", "{line}");
    (serde_json::from_str(&outcome.out).unwrap(), outcome.status)
}

fn keys(value: &Value) -> Vec<&str> {
    value.as_object().unwrap().keys().map(String::as_str).collect()
}

#[test]
fn the_object_has_the_documented_keys() {
    let (report, status) = report("check DOCUMENTS/mixed.yaml --json");
    assert_eq!(status, 0);
    assert_eq!(keys(&report), ["operations", "findings", "bytes"]);
    let [served, conditional, unsupported] = report["operations"].as_array().unwrap().as_slice() else {
        unreachable!("three operations")
    };
    assert_eq!(keys(served), ["method", "path", "served", "reasons"]);
    assert_eq!((&served["served"], &served["reasons"]), (&"edge".into(), &Value::Array(Vec::new())));
    assert_eq!(keys(conditional), ["method", "path", "served", "requires", "reasons"]);
    assert_eq!(conditional["requires"], serde_json::json!(["JWT_ISSUERS", "STAGE_VARIABLES"]));
    let reason = &unsupported["reasons"][0];
    assert_eq!(keys(reason), ["code", "message", "pointer", "line", "column"]);
    assert_eq!(reason["code"], "integration-lambda");
    let finding = &report["findings"][0];
    let expected = ["severity", "code", "message", "why", "remedy", "pointer", "line", "column"];
    assert_eq!(keys(finding), expected);
    assert_eq!(finding["severity"], "warning");
}

#[test]
fn bytes_is_the_size_of_the_written_file_or_null() {
    let folder = super::Folder::new("bytes");
    let output = folder.path("api.bin");
    let (written, status) = report(&format!("compile DOCUMENTS/mixed.yaml --json -o {}", output.display()));
    assert_eq!(status, 0);
    assert_eq!(written["bytes"].as_u64(), Some(std::fs::metadata(&output).unwrap().len()));
    for (line, expected) in [
        ("check DOCUMENTS/mixed.yaml --json".to_owned(), 0),
        (format!("compile DOCUMENTS/errors.yaml --json -o {}", output.display()), 1),
        (format!("compile DOCUMENTS/mixed.yaml --strict --json -o {}", output.display()), 1),
    ] {
        let (report, status) = report(&line);
        assert_eq!((&report["bytes"], status), (&Value::Null, expected), "{line}");
    }
    assert_eq!(folder.names(), ["api.bin"]);
}

#[test]
fn the_object_has_the_error_of_an_unreadable_document() {
    for (bytes, code, line, column) in [
        (&b""[..], "document-empty", 1, 1),
        (b"{\n  \"a\": 1,\n}", "not-json", 3, 1),
        (b"a: b\n  c: d\n", "not-yaml", 2, 4),
        (b"{\n\xff}", "not-utf-8", 2, 1),
        (b"\xef\xbb\xbf{}", "byte-order-mark", 1, 1),
    ] {
        let outcome = command_with("check - --json", &[], bytes, None);
        let report: Value = serde_json::from_str(&outcome.out).unwrap();
        let finding = &report["findings"][0];
        assert_eq!((outcome.status, finding["code"].as_str()), (1, Some(code)), "{report}");
        assert_eq!(
            (finding["line"].as_u64(), finding["column"].as_u64()),
            (Some(line), Some(column)),
            "{code}"
        );
        assert_eq!(report["operations"], Value::Array(Vec::new()));
    }
}

/// The sample document has lints for `aws`, but none for `edge`.
#[test]
fn the_option_compatibility_selects_the_lints() {
    let codes = |options: &str| {
        let (report, status) = report(&format!("check SHARED/sample-openapi-3.0.json --json{options}"));
        assert_eq!(status, 0);
        let findings = report["findings"].as_array().unwrap().clone();
        findings.iter().map(|finding| finding["code"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert!(codes("").is_empty(), "{:?}", codes(""));
    assert!(codes(" --compatibility aws").contains(&"download-corrupted".to_owned()));
    assert_eq!(codes(" --compatibility both"), codes(" --compatibility aws"));
    let (own, _) = report("check ../api/openapi.json --json");
    assert_eq!(own["findings"], Value::Array(Vec::new()));
}

#[test]
fn settings_decide_conditional_operations() {
    let served = |line: &str| report(line).0["operations"][1]["served"].clone();
    assert_eq!(served("check DOCUMENTS/mixed.yaml --json"), "conditional");
    assert_eq!(served("check DOCUMENTS/mixed.yaml --json --settings DOCUMENTS/settings.json"), "unsupported");
    let folder = super::Folder::new("settings");
    let issuers = r#"{\"sign-in\": {\"issuer\": \"https://issuer.example.com\", \"audience\": [\"a\"],
        \"jwks_uri\": \"https://issuer.example.com/keys\"}}"#;
    let issuers = issuers.replace('\n', "");
    let content =
        format!(r#"{{"STAGE_VARIABLES": "{{\"bucket\": \"photos\"}}", "JWT_ISSUERS": "{issuers}"}}"#);
    let file = folder.write("s.json", &content);
    assert_eq!(served(&format!("check DOCUMENTS/mixed.yaml --json --settings {file}")), "edge");
}

#[test]
fn the_example_in_the_documentation_equals_the_output() {
    let page = std::fs::read_to_string("../docs/compiler.md").unwrap();
    let section = page.split("\n## JSON\n").nth(1).unwrap();
    let block = |language: &str| {
        let (_, rest) = section.split_once(&format!("```{language}\n")).unwrap();
        rest.split("```").next().unwrap()
    };
    let outcome = command_with("check - --json", &[], block("yaml").as_bytes(), None);
    let report: Value = serde_json::from_str(&outcome.out).unwrap();
    assert_eq!(serde_json::from_str::<Value>(block("json")).unwrap(), report, "{}", outcome.out);
}
