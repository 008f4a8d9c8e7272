//! Settings: their default values, and the messages for values that are not valid. No message contains a secret.

#![expect(clippy::expect_used, reason = "clippy checks the helper functions of tests as production code")]

use std::collections::BTreeMap;

use s3_edge_gateway::gateway::deployment::passthrough_url::UnknownRoutes;
use s3_edge_gateway::gateway::deployment::settings::{
    AccessLogSetting, AnonymousWrites, AssumeRole, ResourcePolicySetting, Variables,
};
use s3_edge_gateway::gateway::{Behaviour, Gateway, Settings};
use s3_edge_gateway::s3::Addressing;
use s3_edge_gateway_compiler::api_of;

const ID: &str = "AKIAIOSFODNN7EXAMPLE";
const SECRET: &str = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";

/// Reads the settings of a deployment: valid keys and the given variables.
fn read(variables: &[(&str, &str)]) -> Result<Settings, Vec<String>> {
    let mut all = BTreeMap::from([("AWS_ACCESS_KEY_ID", ID), ("AWS_SECRET_ACCESS_KEY", SECRET)]);
    all.extend(variables.iter().copied());
    let variable = |name: &str| all.get(name).map(|value| (*value).to_owned());
    Settings::from_variables(&Variables(&variable))
        .map_err(|errors| errors.iter().map(ToString::to_string).collect())
}

fn faults(variables: &[(&str, &str)]) -> Vec<String> {
    read(variables).expect_err("the settings are not valid")
}

#[test]
fn settings_that_are_not_set_have_their_defaults() {
    let settings = read(&[]).unwrap();
    assert_eq!(settings.behaviour, Behaviour::Edge);
    assert_eq!(settings.s3_endpoint, None);
    assert_eq!(settings.s3_bucket, None);
    assert_eq!(settings.s3_region, None);
    assert_eq!(settings.s3_addressing, Addressing::Path);
    assert_eq!(settings.credentials.access_key_id(), ID);
    assert_eq!(settings.assume_role, AssumeRole::Never);
    assert_eq!(settings.base_path, None);
    assert_eq!(settings.stage_name, None);
    assert!(settings.stage_variables.is_empty());
    assert_eq!(settings.anonymous_writes, AnonymousWrites::Refused);
    assert!(settings.api_keys.is_empty());
    assert!(settings.iam_access_keys.0.is_empty());
    assert!(settings.jwt_issuers.is_empty());
    assert_eq!(settings.resource_policy, ResourcePolicySetting::Enforced);
    assert_eq!(settings.access_log, AccessLogSetting::All);
    assert_eq!(settings.passthrough, None);
}

#[test]
fn an_empty_setting_is_not_set() {
    let names = [
        "COMPATIBILITY",
        "S3_ENDPOINT",
        "S3_BUCKET",
        "S3_REGION",
        "S3_ADDRESSING",
        "AWS_SESSION_TOKEN",
        "ASSUME_ROLE",
        "STS_ENDPOINT",
        "BASE_PATH",
        "STAGE_NAME",
        "STAGE_VARIABLES",
        "ALLOW_ANONYMOUS_WRITES",
        "API_KEYS",
        "IAM_ACCESS_KEYS",
        "JWT_ISSUERS",
        "RESOURCE_POLICY",
        "ACCESS_LOG",
        "PASSTHROUGH_URL",
        "PASSTHROUGH_UNKNOWN",
    ];
    let settings = read(&names.map(|name| (name, ""))).unwrap();
    assert_eq!(format!("{settings:?}"), format!("{:?}", read(&[]).unwrap()));
}

#[test]
fn each_setting_is_read() {
    let hash = "2CF24DBA5FB0A30E26E83B2AC5B9E29E1B161E5C1FA7425E73043362938B9824";
    let settings = read(&[
        ("COMPATIBILITY", "aws"),
        ("S3_ENDPOINT", "HTTP://LocalHost:80/"),
        ("S3_BUCKET", "photos"),
        ("S3_REGION", "auto"),
        ("S3_ADDRESSING", "virtual"),
        ("AWS_SESSION_TOKEN", "token=="),
        ("ASSUME_ROLE", "true"),
        ("STS_ENDPOINT", "https://sts.example.com"),
        ("BASE_PATH", "v2/files/"),
        ("STAGE_NAME", "prod"),
        ("STAGE_VARIABLES", "{\"bucket\": \"photos\"}"),
        ("ALLOW_ANONYMOUS_WRITES", "true"),
        ("API_KEYS", &format!("{{\"team\": \"sha256:{hash}\"}}")),
        ("IAM_ACCESS_KEYS", "{\"AKIDA\": \"hush\"}"),
        (
            "JWT_ISSUERS",
            "{\"pool\": {\"issuer\": \"https://i.example\", \"jwks_uri\": \"https://i.example/keys\", \"audience\": [\"a\"]}}",
        ),
        ("RESOURCE_POLICY", "ignore"),
        ("ACCESS_LOG", "errors"),
        ("PASSTHROUGH_URL", "HTTPS://Api.Example.com:443/prod/"),
        ("PASSTHROUGH_UNKNOWN", "true"),
    ])
    .unwrap();
    assert_eq!(settings.behaviour, Behaviour::Aws);
    assert_eq!(settings.s3_endpoint.unwrap().to_string(), "http://localhost");
    assert_eq!(settings.s3_bucket.unwrap().as_str(), "photos");
    assert_eq!(settings.s3_region.unwrap().as_str(), "auto");
    assert_eq!(settings.s3_addressing, Addressing::Virtual);
    let AssumeRole::OfTheDocument(Some(sts)) = settings.assume_role else { panic!("no role") };
    assert_eq!(sts.to_string(), "https://sts.example.com");
    assert_eq!(settings.base_path.as_deref(), Some("/v2/files"));
    assert_eq!(settings.stage_name.as_deref(), Some("prod"));
    assert_eq!(settings.stage_variables["bucket"], "photos");
    assert_eq!(settings.anonymous_writes, AnonymousWrites::Allowed);
    assert_eq!(settings.api_keys[0].id, "team");
    assert_eq!(settings.api_keys[0].sha256[..3], [0x2c, 0xf2, 0x4d]);
    assert_eq!(settings.iam_access_keys.0["AKIDA"], "hush");
    assert_eq!(settings.jwt_issuers["pool"].audience, ["a"]);
    assert_eq!(settings.resource_policy, ResourcePolicySetting::Ignored);
    assert_eq!(settings.access_log, AccessLogSetting::Errors);
    let passthrough = settings.passthrough.unwrap();
    assert_eq!(passthrough.url.to_string(), "https://api.example.com/prod");
    assert_eq!(passthrough.unknown_routes, UnknownRoutes::PassedOn);
}

#[test]
fn a_base_path_may_have_slashes_at_its_ends() {
    for (text, expected) in [("/", ""), ("v1", "/v1"), ("/v1", "/v1"), ("//v1//", "/v1"), ("/a/b/", "/a/b")] {
        assert_eq!(read(&[("BASE_PATH", text)]).unwrap().base_path.as_deref(), Some(expected), "{text}");
    }
}

#[test]
fn missing_keys_are_named_with_the_command_that_sets_them() {
    assert_eq!(
        faults(&[("AWS_ACCESS_KEY_ID", ""), ("AWS_SECRET_ACCESS_KEY", "")]),
        [
            "AWS_ACCESS_KEY_ID is not set. Use `wrangler secret put AWS_ACCESS_KEY_ID` to set the id of the access key \
             that signs requests to S3.",
            "AWS_SECRET_ACCESS_KEY is not set. Use `wrangler secret put AWS_SECRET_ACCESS_KEY` to set the secret of the \
             access key in AWS_ACCESS_KEY_ID.",
        ]
    );
}

#[test]
fn each_fault_names_the_setting_the_value_seen_and_the_remedy() {
    let url = "is not valid: the URL does not start with http:// or https://. Set it to a URL without a path, such as";
    let variables = "a JSON object of strings, such as {\"bucket\": \"photos\"}.";
    let keys = "a JSON object that maps key ids to hashes, such as {\"team\": \"sha256:<64 hex digits>\"}.";
    let access_keys = "a JSON object that maps access key ids to secret access keys.";
    let issuers = "a JSON object that maps names of security schemes to {\"issuer\", \"audience\": [...], \"jwks_uri\"}, \
                   with https URLs.";
    let not_an_object =
        |seen: &str, expected: &str| format!("is not a JSON object: it is {seen}. Set it to {expected}");
    let not_json = |expected: &str| not_an_object("not JSON (line 1, column 1)", expected);
    let entry = |setting: &str, key: &str, fault: &str, expected: &str| {
        format!("has an entry `{key}` that is not valid: {fault}. Set {setting} to {expected}")
    };
    for (name, value, expected) in [
        ("COMPATIBILITY", "AWS", "is `AWS`, which is not valid. Set it to `edge` or `aws`, or leave it out.".to_owned()),
        ("S3_ADDRESSING", "host", "is `host`, which is not valid. Set it to `path` or `virtual`, or leave it out.".to_owned()),
        ("ASSUME_ROLE", "yes", "is `yes`, which is not valid. Set it to `true` or `false`, or leave it out.".to_owned()),
        ("ALLOW_ANONYMOUS_WRITES", "1", "is `1`, which is not valid. Set it to `true` or `false`, or leave it out.".to_owned()),
        ("RESOURCE_POLICY", "Ignore", "is `Ignore`, which is not valid. Set it to `ignore`, or leave it out.".to_owned()),
        ("ACCESS_LOG", "none", "is `none`, which is not valid. Set it to `all`, `errors` or `off`, or leave it out.".to_owned()),
        ("S3_ENDPOINT", "localhost:9000", format!("is `localhost:9000`, which {url} http://127.0.0.1:9000.")),
        (
            "S3_ENDPOINT",
            "http://localhost/minio",
            "is `http://localhost/minio`, which is not valid: the URL has a path, a query or a fragment. Set it to \
             a URL without a path, such as http://127.0.0.1:9000."
                .to_owned(),
        ),
        ("STS_ENDPOINT", "sts", format!("is `sts`, which {url} https://sts.us-west-2.amazonaws.com.")),
        (
            "S3_BUCKET",
            "a/b",
            "is `a/b`, which is not valid: a bucket name consists of letters, digits, '.', '_' and '-', not '/'. Set it to \
             the name of a bucket, such as photos."
                .to_owned(),
        ),
        (
            "S3_REGION",
            "us west",
            "is `us west`, which is not valid: a region consists of 1 to 63 letters, digits, '-' and '_', and does \
             not start with 'xn--'. Set it to a region, such as us-west-2."
                .to_owned(),
        ),
        ("STAGE_VARIABLES", "bucket=photos", not_json(variables)),
        ("STAGE_VARIABLES", "[]", not_an_object("an array", variables)),
        ("STAGE_VARIABLES", "{\"n\": 1}", entry("STAGE_VARIABLES", "n", "it is a number, not a string", variables)),
        (
            "STAGE_VARIABLES",
            "{\"a b\": \"x\"}",
            "has a variable `a b`, whose name is not valid. Use only letters, digits and `._$:-`.".to_owned(),
        ),
        ("API_KEYS", "x", not_json(keys)),
        ("API_KEYS", "{\"team\": null}", entry("API_KEYS", "team", "it is null, not a string", keys)),
        ("API_KEYS", "{\"team\": \"correct horse\"}", entry("API_KEYS", "team", "it does not start with `sha256:`", keys)),
        ("API_KEYS", "{\"team\": \"sha256:abc\"}", entry("API_KEYS", "team", "`sha256:` is not followed by 64 hex digits", keys)),
        ("IAM_ACCESS_KEYS", "x", not_json(access_keys)),
        ("IAM_ACCESS_KEYS", "\"x\"", not_an_object("a string", access_keys)),
        ("IAM_ACCESS_KEYS", "{\"AKIDA\": \"hush hush\"}", entry("IAM_ACCESS_KEYS", "AKIDA", "the secret access key is empty, or has white space or a control character", access_keys)),
        ("JWT_ISSUERS", "x", not_json(issuers)),
        ("JWT_ISSUERS", "{\"pool\": {\"issuer\": \"https://i.example\"}}", entry("JWT_ISSUERS", "pool", "its `jwks_uri` is missing, empty or not a string", issuers)),
        (
            "JWT_ISSUERS",
            "{\"pool\": {\"issuer\": \"i\", \"jwks_uri\": \"http://i.example/keys\"}}",
            entry("JWT_ISSUERS", "pool", "its `jwks_uri` must be an https URL (http only on loopback) without a user name or a fragment", issuers),
        ),
        (
            "JWT_ISSUERS",
            "{\"pool\": {\"issuer\": \"i\", \"jwks_uri\": \"https://i.example/keys\", \"audience\": \"a\"}}",
            entry("JWT_ISSUERS", "pool", "its `audience` is not an array of strings", issuers),
        ),
    ] {
        assert_eq!(faults(&[(name, value)]), [format!("{name} {expected}")], "{name}={value}");
    }
}

#[test]
fn all_faults_are_reported_at_once() {
    let faults = faults(&[
        ("AWS_SECRET_ACCESS_KEY", ""),
        ("COMPATIBILITY", "both"),
        ("S3_ENDPOINT", "nowhere"),
        ("S3_BUCKET", "a"),
        ("STAGE_VARIABLES", "{\"a\": 1, \"b\": 2}"),
        ("API_KEYS", "{"),
    ]);
    let names: Vec<&str> = faults.iter().filter_map(|fault| fault.split(' ').next()).collect();
    assert_eq!(
        names,
        [
            "AWS_SECRET_ACCESS_KEY",
            "COMPATIBILITY",
            "S3_ENDPOINT",
            "S3_BUCKET",
            "STAGE_VARIABLES",
            "STAGE_VARIABLES",
            "API_KEYS"
        ]
    );
}

#[test]
fn no_message_has_a_secret() {
    let secrets = [
        ("AWS_ACCESS_KEY_ID", "AKIA IOSF\u{e9}"),
        ("AWS_SECRET_ACCESS_KEY", "s3cr3t with spaces"),
        ("AWS_SESSION_TOKEN", "s3cr3t\ntoken"),
        ("API_KEYS", "{\"team\": \"s3cr3t\"}"),
        ("API_KEYS", "s3cr3t"),
        ("IAM_ACCESS_KEYS", "{\"AKIDA\": \"s3cr3t with spaces\"}"),
        ("IAM_ACCESS_KEYS", "[\"s3cr3t\"]"),
        ("S3_ENDPOINT", "http://user:s3cr3t@127.0.0.1:9000"),
        ("STS_ENDPOINT", "https://s3cr3t@sts.example.com/path"),
        ("PASSTHROUGH_URL", "https://me:s3cr3t@api.example.com/prod"),
        ("PASSTHROUGH_URL", "s3cr3t@api.example.com"),
        ("PASSTHROUGH_URL", "https://api.example.com/prod?key=s3cr3t"),
        ("PASSTHROUGH_URL", "https://api.example.com/prod#s3cr3t"),
    ];
    for (name, value) in secrets {
        let messages = faults(&[(name, value)]).join("\n");
        assert!(
            !messages.contains("s3cr3t") && !messages.contains("IOSF") && !messages.contains(SECRET),
            "{name}: {messages}"
        );
    }
    let hash = "ab".repeat(32);
    let settings = read(&[
        ("AWS_SESSION_TOKEN", "s3cr3t-token"),
        ("API_KEYS", &format!("{{\"team\": \"sha256:{hash}\"}}")),
        ("IAM_ACCESS_KEYS", "{\"AKIDA\": \"s3cr3t\"}"),
    ]);
    let shown = format!("{:?}", settings.unwrap());
    for secret in ["s3cr3t", SECRET, ID, hash.as_str(), "171"] {
        assert!(!shown.contains(secret), "{secret} in {shown}");
    }
}

#[test]
fn a_key_that_is_not_valid_is_reported_under_the_name_of_its_setting() {
    for (name, value, what) in [
        ("AWS_ACCESS_KEY_ID", "a,b", "the access key id"),
        ("AWS_SECRET_ACCESS_KEY", "a\n", "the secret access key"),
        ("AWS_SESSION_TOKEN", "a b", "the session token"),
    ] {
        let messages = faults(&[(name, value)]);
        assert_eq!(messages.len(), 1, "{messages:?}");
        assert!(messages[0].starts_with(&format!("{name} is not valid: {what}")), "{messages:?}");
    }
}

#[test]
fn an_ignored_policy_and_an_issuer_without_an_audience_are_warnings() {
    const API: &str = r#"{
        "openapi": "3.0.1",
        "x-amazon-apigateway-policy": {"Version": "2012-10-17", "Statement": []},
        "components": {"securitySchemes": {"pool": {"type": "http", "scheme": "bearer"}}},
        "paths": {"/x": {"get": {"security": [{"pool": []}], "x-amazon-apigateway-integration": {
            "type": "mock", "responses": {"default": {"statusCode": "200"}}
        }}}}
    }"#;
    let warnings = |policy: &str, audience: &str| {
        let issuer = format!(
            r#"{{"pool": {{"issuer": "https://i.example", "jwks_uri": "https://i.example/keys"{audience}}}}}"#
        );
        let settings = read(&[("RESOURCE_POLICY", policy), ("JWT_ISSUERS", &issuer)]).unwrap();
        Gateway::new(api_of(API.as_bytes()).unwrap(), settings).unwrap().warnings()
    };
    let [policy, audience] = warnings("ignore", "").try_into().unwrap();
    assert!(policy.starts_with("RESOURCE_POLICY is \"ignore\""), "{policy}");
    assert!(audience.starts_with("JWT_ISSUERS: the entry `pool` has no `audience`"), "{audience}");
    assert_eq!(warnings("ignore", r#", "audience": []"#).len(), 2);
    assert_eq!(warnings("ignore", r#", "audience": ["a"]"#).len(), 1);
}
