//! Tests the files that the command reads and writes.

use super::{Folder, command_with, plain, run_words};
use s3_edge_gateway_cli::Outcome;

const DOCUMENT: &str = r#"{"openapi": "3.0.1", "info": {"title": "A", "version": "1"}, "paths": {}}"#;
const BROKEN: &str = r#"{"openapi": "3.0.1", "paths": {,}}"#;

fn words(words: &[&str]) -> Outcome {
    let words: Vec<_> = words.iter().map(|word| (*word).to_owned()).collect();
    run_words(&words, &[], b"", None)
}

#[test]
fn a_broken_document_does_not_change_the_old_file() {
    let folder = Folder::new("broken");
    let (good, broken) = (folder.write("good.json", DOCUMENT), folder.write("broken.json", BROKEN));
    let output = folder.path("api.bin");
    let target = output.to_str().unwrap();
    let refused = words(&["compile", &broken, "-o", target]);
    assert_eq!((refused.status, refused.out.as_str()), (1, ""));
    assert_eq!(folder.names(), ["broken.json", "good.json"]);
    let written = words(&["compile", &good, "-o", target]);
    assert_eq!(written.status, 0, "{}", written.err);
    let bytes = std::fs::read(&output).unwrap();
    assert!(
        plain(&written.out).ends_with(&format!("Wrote {target} ({} bytes).\n", bytes.len())),
        "{}",
        written.out
    );
    assert!(s3_edge_gateway::api::compiled::decode(&bytes).is_ok());
    let refused = words(&["compile", &broken, "-o", target]);
    assert_eq!(refused.status, 1);
    assert!(
        plain(&refused.err).ends_with(&format!("{broken}: 1 error. {target} is not written.\n")),
        "{}",
        refused.err
    );
    assert_eq!(std::fs::read(&output).unwrap(), bytes);
    assert_eq!(folder.names(), ["api.bin", "broken.json", "good.json"]);
}

#[test]
fn check_writes_nothing() {
    let folder = Folder::new("check");
    let good = folder.write("good.json", DOCUMENT);
    assert_eq!(words(&["check", &good]).status, 0);
    assert_eq!(folder.names(), ["good.json"]);
}

#[cfg(unix)]
#[test]
fn a_symbolic_link_is_followed_and_not_replaced() {
    let folder = Folder::new("link");
    let good = folder.write("good.json", DOCUMENT);
    let (real, link) = (folder.write("real.bin", "old"), folder.path("api.bin"));
    std::os::unix::fs::symlink(&real, &link).unwrap();
    assert_eq!(words(&["compile", &good, "-o", link.to_str().unwrap()]).status, 0);
    assert!(link.is_symlink());
    assert!(std::fs::read(&real).unwrap().starts_with(b"S3EG"));
}

#[cfg(unix)]
#[test]
fn a_symbolic_link_to_nothing_is_refused() {
    let folder = Folder::new("link-output");
    let good = folder.write("good.json", DOCUMENT);
    let link = folder.path("api.bin");
    std::os::unix::fs::symlink("real.bin", &link).unwrap();
    let outcome = words(&["compile", &good, "-o", link.to_str().unwrap()]);
    assert_eq!((outcome.status, outcome.out.as_str()), (2, ""));
    let expected = format!(
        "error: --output {}: This is a symbolic link to real.bin, which does not exist. Write the name of that file, or remove the link.\n",
        link.display()
    );
    assert_eq!(plain(&outcome.err), expected);
    assert!(link.is_symlink());
    assert_eq!(folder.names(), ["api.bin", "good.json"]);
}

#[cfg(unix)]
#[test]
fn the_mode_of_an_existing_file_is_kept() {
    use std::os::unix::fs::PermissionsExt;
    let folder = Folder::new("mode");
    let (good, old) = (folder.write("good.json", DOCUMENT), folder.write("api.bin", "old"));
    for mode in [0o600, 0o664, 0o440] {
        std::fs::set_permissions(&old, std::fs::Permissions::from_mode(mode)).unwrap();
        let outcome = words(&["compile", &good, "-o", &old]);
        assert_eq!(outcome.status, 0, "{}", outcome.err);
        assert_eq!(std::fs::metadata(&old).unwrap().permissions().mode() & 0o7777, mode);
        assert!(std::fs::read(&old).unwrap().starts_with(b"S3EG"));
    }
}

#[test]
fn a_document_is_read_from_the_standard_input() {
    let folder = Folder::new("stdin");
    let output = folder.path("api.bin");
    let line = format!("compile - -o {}", output.display());
    let outcome = command_with(&line, &[], DOCUMENT.as_bytes(), None);
    assert_eq!(outcome.status, 0, "{}", outcome.err);
    assert!(plain(&outcome.out).contains("\n(standard input): 0 operations "), "{}", outcome.out);
    let yaml = command_with("check -", &[], b"openapi: 3.0.1\npaths: {}\n", None);
    assert_eq!(yaml.status, 0, "{}", yaml.err);
}

/// YAML may begin like JSON, and the standard input has no file extension that decides between the two notations.
#[test]
fn the_option_notation_overrides_the_first_character_and_the_extension() {
    let flow: &[u8] = b"{openapi: 3.0.1, paths: {}}";
    let outcome = command_with("check -", &[], flow, None);
    assert_eq!(outcome.status, 1);
    let err = plain(&outcome.err);
    let why = "= why: The document is read as JSON because of its first character or `--notation`, and the JSON is not valid.";
    let help =
        "= help: Correct the JSON at the position shown, or give `--notation yaml` if the document is YAML.";
    assert!(err.contains(why) && err.contains(help), "{err}");
    assert!(!err.contains(".yaml"), "{err}");
    let json = command_with("check - --json", &[], flow, None).out;
    assert!(json.contains("or give `--notation yaml` if"), "{json}");
    let block = command_with("check - --notation json", &[], b"openapi: 3.0.1\npaths: {}\n", None);
    assert_eq!(block.status, 1);
    let broken = plain(&command_with("check - --notation yaml", &[], b"a: b\n c: d\n", None).err);
    assert!(broken.contains("or give `--notation json` if the document is JSON."), "{broken}");
    for line in ["check -", "policy -", "explain - GET /a"] {
        let outcome = command_with(&format!("{line} --notation yaml"), &[], flow, None);
        assert_eq!(outcome.status, 0, "{line}: {}", outcome.err);
    }

    let folder = Folder::new("notation");
    for name in ["api.template", "api.json"] {
        let file = folder.write(name, std::str::from_utf8(flow).unwrap());
        assert_eq!(words(&["check", &file]).status, 1, "{name}");
        assert_eq!(words(&["check", &file, "--notation", "yaml"]).status, 0, "{name}");
    }
}

const TEMPLATE: &str = r#"{"Parameters": {"Version": {"Type": "String"}}, "Resources": {"Api": {
    "Type": "AWS::ApiGateway::RestApi", "Properties": {"Body": {"openapi": "3.0.1", "paths": {
        "/a": {"get": {"x-amazon-apigateway-integration": {
            "type": "http_proxy", "httpMethod": "GET", "uri": {"Fn::Sub": "https://example.com/${Version}/a"}
    }}}}}}}}}"#;

fn uri(document: &str, options: &[&str]) -> Option<String> {
    let outcome = words(&[["explain", document, "GET", "/a", "--json"].as_slice(), options].concat());
    assert_eq!(outcome.status, 0, "{}", outcome.err);
    let story: serde_json::Value = serde_json::from_str(&outcome.out).unwrap();
    let stages = story["stages"].as_array().unwrap();
    stages.iter().find_map(|stage| stage["url"].as_str().map(str::to_owned))
}

#[test]
fn options_override_the_parameters_file_beside_the_document() {
    let folder = Folder::new("parameters");
    let document = folder.write("api.prod.json", TEMPLATE);
    assert_eq!(uri(&document, &[]), None);
    folder.write("api.prod.parameters.json", r#"{"parameters": {"Version": "v1"}}"#);
    assert_eq!(uri(&document, &[]).as_deref(), Some("https://example.com/v1/a"));
    assert_eq!(uri(&document, &["--parameter", "Version=v2"]).as_deref(), Some("https://example.com/v2/a"));
}

#[test]
fn an_invalid_parameters_file_has_status_2() {
    for (content, message) in [
        ("{", "The parameters are not JSON: "),
        (r#"{"parameter": {}}"#, "`parameter` is not a key of a parameters file. "),
        (r#"{"conditions": {"IsProd": "true"}}"#, "The condition `IsProd` is the string "),
        (
            "{\"parameters\": {\"A\": \"1\",\n \"A\": \"2\"}}",
            "An object contains the key `A` twice, again at line 2, column 2. Write it once.",
        ),
    ] {
        let folder = Folder::new("broken-parameters");
        let document = folder.write("api.json", DOCUMENT);
        let file = folder.write("api.parameters.json", content);
        let outcome = words(&["check", &document, "--json"]);
        assert_eq!((outcome.status, outcome.out.as_str()), (2, ""));
        let err = plain(&outcome.err);
        assert!(err.starts_with(&format!("error: {file}: {message}")), "{err}");
    }
}

/// A broken link to a parameters file must be an error. Otherwise its values would be missing without a message.
#[cfg(unix)]
#[test]
fn a_broken_link_to_a_parameters_file_has_status_2() {
    let folder = Folder::new("link-parameters");
    let document = folder.write("api.json", DOCUMENT);
    let link = folder.path("api.parameters.json");
    std::os::unix::fs::symlink("nothing.json", &link).unwrap();
    let outcome = words(&["check", &document]);
    assert_eq!((outcome.status, outcome.out.as_str()), (2, ""));
    let expected = format!(
        "error: {}: This is a symbolic link to nothing.json, which does not exist. Correct the link, or remove it.\n",
        link.display()
    );
    assert_eq!(plain(&outcome.err), expected);
}

#[test]
fn an_invalid_settings_file_has_status_2() {
    for (content, message) in [
        ("{", "The settings are not JSON: "),
        ("[]", "The settings are not an object. Write a JSON object "),
        (r#"{"S3_REGION": 1}"#, "The setting `S3_REGION` is the number `1`. Write a string."),
        (
            r#"{"JWT_ISSUERS": {}}"#,
            "The setting `JWT_ISSUERS` is an object. Write a string that contains the object as JSON text.",
        ),
        (r#"{"S3_BUCKET": "No Bucket"}"#, "S3_BUCKET is `No Bucket`, which is not valid: "),
        (
            r#"{"S3_REGION": "us-west-1", "S3_REGION": "us-west-2"}"#,
            "An object contains the key `S3_REGION` twice, again at line 1, column 28. Write it once.",
        ),
    ] {
        let folder = Folder::new("broken-settings");
        let (document, file) = (folder.write("api.json", DOCUMENT), folder.write("s.json", content));
        for line in [
            ["check", &document, "--settings", &file].as_slice(),
            &["policy", &document, "--settings", &file],
            &["explain", &document, "GET", "/a", "--settings", &file],
        ] {
            let outcome = words(line);
            assert_eq!((outcome.status, outcome.out.as_str()), (2, ""), "{line:?}");
            let err = plain(&outcome.err);
            assert!(err.starts_with(&format!("error: {file}: {message}")), "{err}");
        }
    }
}

#[test]
fn names_that_are_not_settings_are_noted() {
    let folder = Folder::new("unknown-setting");
    let (document, file) =
        (folder.write("api.json", DOCUMENT), folder.write("s.json", r#"{"S3_BUKET": "a"}"#));
    let outcome = words(&["check", &document, "--settings", &file]);
    let expected =
        format!("note: {file}: `S3_BUKET` is not a setting, so it is ignored. Check its spelling.\n");
    assert_eq!(outcome.status, 0);
    assert!(plain(&outcome.err).starts_with(&expected), "{}", outcome.err);
}
