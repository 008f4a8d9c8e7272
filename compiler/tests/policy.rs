//! Checks the IAM policy of a document: it has the actions for each kind of request to S3, and no others.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "clippy takes helpers of tests for production code"
)]

use std::collections::BTreeMap;

use s3_edge_gateway_compiler::compilation::CompiledDocument;
use s3_edge_gateway_compiler::explain::example_settings;
use s3_edge_gateway_compiler::policy::policy;
use s3_edge_gateway_compiler::source::Parameters;
use s3_edge_gateway_compiler::{Input, compile};
use serde_json::{Map, Value, json};

/// An operation, the settings of its deployment, and the expected actions for each resource.
struct Case {
    name: &'static str,
    verb: &'static str,
    method: &'static str,
    uri: &'static str,
    mapped: &'static [(&'static str, &'static str)],
    variables: &'static [(&'static str, &'static str)],
    expected: &'static [(&'static str, &'static [&'static str])],
}

const PLAIN: Case = Case {
    name: "an object",
    verb: "get",
    method: "GET",
    uri: "s3:path/{bucket}/{key}",
    mapped: &[],
    variables: &[],
    expected: &[("arn:aws:s3:::*/*", &["s3:GetObject"])],
};

const ACL: &str = "integration.request.header.X-Amz-Acl";
const COPY: &str = "integration.request.header.x-amz-copy-source";
const VERSION: &str = "integration.request.querystring.versionId";
const UPLOAD: &[&str] = &["s3:AbortMultipartUpload", "s3:PutObject"];

fn cases() -> Vec<Case> {
    vec![
        PLAIN,
        Case { name: "HEAD", method: "HEAD", ..PLAIN },
        Case {
            name: "a bucket in the host of the uri",
            uri: "photos.s3:path/{key}",
            expected: &[("arn:aws:s3:::photos/*", &["s3:GetObject"])],
            ..PLAIN
        },
        Case {
            name: "the bucket of the deployment",
            uri: "s3:path/{key}",
            variables: &[("S3_BUCKET", "photos")],
            expected: &[("arn:aws:s3:::photos/*", &["s3:GetObject"])],
            ..PLAIN
        },
        Case {
            name: "the bucket in the host of the uri is used instead of the bucket of the deployment",
            uri: "photos.s3:path/a/{key}",
            variables: &[("S3_BUCKET", "others")],
            expected: &[("arn:aws:s3:::photos/a/*", &["s3:GetObject"])],
            ..PLAIN
        },
        Case {
            name: "a listing",
            uri: "s3:path/{bucket}?list-type=2&prefix={prefix}",
            expected: &[("arn:aws:s3:::*", &["s3:ListBucket"])],
            ..PLAIN
        },
        Case {
            name: "a listing of the bucket of the deployment",
            uri: "s3:path/",
            variables: &[("S3_BUCKET", "photos")],
            expected: &[("arn:aws:s3:::photos", &["s3:ListBucket"])],
            ..PLAIN
        },
        Case { name: "all buckets", uri: "s3:path//", expected: &[("*", &["s3:ListAllMyBuckets"])], ..PLAIN },
        Case {
            name: "an upload, which may become a multipart upload",
            method: "PUT",
            expected: &[("arn:aws:s3:::*/*", UPLOAD)],
            ..PLAIN
        },
        Case {
            name: "an upload in aws, which is one request",
            method: "PUT",
            variables: &[("COMPATIBILITY", "aws")],
            expected: &[("arn:aws:s3:::*/*", &["s3:PutObject"])],
            ..PLAIN
        },
        Case {
            name: "an upload with an ACL",
            method: "PUT",
            mapped: &[(ACL, "'private'")],
            expected: &[(
                "arn:aws:s3:::*/*",
                &["s3:AbortMultipartUpload", "s3:PutObject", "s3:PutObjectAcl"],
            )],
            ..PLAIN
        },
        Case {
            name: "an upload with tags, a grant and a lock",
            method: "PUT",
            mapped: &[
                ("integration.request.header.x-amz-tagging", "'a=b'"),
                ("integration.request.header.x-amz-grant-read", "'id=1'"),
                ("integration.request.header.x-amz-object-lock-mode", "'GOVERNANCE'"),
                ("integration.request.header.x-amz-object-lock-legal-hold", "'ON'"),
            ],
            expected: &[(
                "arn:aws:s3:::*/*",
                &[
                    "s3:AbortMultipartUpload",
                    "s3:PutObject",
                    "s3:PutObjectAcl",
                    "s3:PutObjectLegalHold",
                    "s3:PutObjectRetention",
                    "s3:PutObjectTagging",
                ],
            )],
            ..PLAIN
        },
        Case {
            name: "headers of an upload do not count for a download",
            mapped: &[(ACL, "'private'"), (COPY, "'a/b'")],
            ..PLAIN
        },
        Case {
            name: "an upload that cannot become a multipart upload",
            method: "PUT",
            mapped: &[("integration.request.header.Content-MD5", "'1B2M2Y8AsgTpgAmY7PhCfg=='")],
            expected: &[("arn:aws:s3:::*/*", &["s3:PutObject"])],
            ..PLAIN
        },
        Case {
            name: "a copy of an object that the client names",
            method: "PUT",
            uri: "photos.s3:path/{key}",
            mapped: &[(COPY, "context.source")],
            expected: &[("arn:aws:s3:::*/*", &["s3:GetObject"]), ("arn:aws:s3:::photos/*", UPLOAD)],
            ..PLAIN
        },
        Case {
            name: "a copy of one object",
            method: "PUT",
            uri: "photos.s3:path/{key}",
            mapped: &[(COPY, "'/templates/empty%20page.html'")],
            expected: &[
                ("arn:aws:s3:::photos/*", UPLOAD),
                ("arn:aws:s3:::templates/empty page.html", &["s3:GetObject"]),
            ],
            ..PLAIN
        },
        Case {
            name: "a copy of one version of an object with a question mark in its key",
            method: "PUT",
            uri: "photos.s3:path/{key}",
            mapped: &[(COPY, "'/templates/empty%20page%3F.html?versionId=3'")],
            expected: &[
                ("arn:aws:s3:::photos/*", UPLOAD),
                ("arn:aws:s3:::templates/empty page${?}.html", &["s3:GetObjectVersion"]),
            ],
            ..PLAIN
        },
        Case {
            name: "a copy of an object that a stage variable names",
            method: "PUT",
            uri: "photos.s3:path/{key}",
            mapped: &[(COPY, "stageVariables.source")],
            variables: &[("STAGE_VARIABLES", "{\"source\": \"templates/a%20b\"}")],
            expected: &[("arn:aws:s3:::photos/*", UPLOAD), ("arn:aws:s3:::templates/a b", &["s3:GetObject"])],
            ..PLAIN
        },
        Case {
            name: "a deletion",
            method: "DELETE",
            expected: &[("arn:aws:s3:::*/*", &["s3:DeleteObject"])],
            ..PLAIN
        },
        Case {
            name: "a deletion that always names a version",
            method: "DELETE",
            uri: "s3:path/{bucket}/{key}?versionId={version}",
            expected: &[("arn:aws:s3:::*/*", &["s3:DeleteObjectVersion"])],
            ..PLAIN
        },
        Case {
            name: "a version, if the client names one",
            mapped: &[(VERSION, "context.version")],
            expected: &[("arn:aws:s3:::*/*", &["s3:GetObject", "s3:GetObjectVersion"])],
            ..PLAIN
        },
        Case {
            name: "a version that the document names",
            mapped: &[(VERSION, "'3'")],
            expected: &[("arn:aws:s3:::*/*", &["s3:GetObjectVersion"])],
            ..PLAIN
        },
        Case {
            name: "an ACL of a version",
            method: "PUT",
            uri: "s3:path/{bucket}/{key}?acl&versionId={version}",
            expected: &[("arn:aws:s3:::*/*", &["s3:PutObjectVersionAcl"])],
            ..PLAIN
        },
        Case {
            name: "tags if the client sends the query parameter, otherwise the object",
            mapped: &[("integration.request.querystring.tagging", "context.tagging")],
            expected: &[("arn:aws:s3:::*/*", &["s3:GetObject", "s3:GetObjectTagging"])],
            ..PLAIN
        },
        Case {
            name: "tags, because the document always sends the query parameter",
            method: "DELETE",
            mapped: &[("integration.request.querystring.tagging", "''")],
            expected: &[("arn:aws:s3:::*/*", &["s3:DeleteObjectTagging"])],
            ..PLAIN
        },
        Case {
            name: "attributes",
            uri: "s3:path/{bucket}/{key}?attributes",
            expected: &[("arn:aws:s3:::*/*", &["s3:GetObject", "s3:GetObjectAttributes"])],
            ..PLAIN
        },
        Case {
            name: "uploads of a bucket",
            uri: "s3:path/{bucket}?uploads",
            expected: &[("arn:aws:s3:::*", &["s3:ListBucketMultipartUploads"])],
            ..PLAIN
        },
        Case {
            name: "the creation of a multipart upload",
            verb: "post",
            method: "POST",
            uri: "s3:path/{bucket}/{key}?uploads",
            expected: &[("arn:aws:s3:::*/*", &["s3:PutObject"])],
            ..PLAIN
        },
        Case {
            name: "the abort of a multipart upload",
            verb: "delete",
            method: "DELETE",
            uri: "s3:path/{bucket}/{key}?uploadId={id}",
            expected: &[("arn:aws:s3:::*/*", &["s3:AbortMultipartUpload"])],
            ..PLAIN
        },
        Case { name: "a POST that S3 does not have", verb: "post", method: "POST", expected: &[], ..PLAIN },
        Case {
            name: "a deletion of many objects",
            verb: "post",
            method: "POST",
            uri: "s3:path/{bucket}?delete",
            expected: &[("arn:aws:s3:::*/*", &["s3:DeleteObject"])],
            ..PLAIN
        },
        Case {
            name: "a bucket is created with an ACL",
            verb: "put",
            method: "PUT",
            uri: "s3:path/{bucket}",
            mapped: &[(ACL, "'private'")],
            expected: &[("arn:aws:s3:::*", &["s3:CreateBucket", "s3:PutBucketAcl"])],
            ..PLAIN
        },
        Case {
            name: "a stage variable in the bucket",
            uri: "files-${stageVariables.stage}.s3:path/{key}",
            expected: &[("arn:aws:s3:::files-*/*", &["s3:GetObject"])],
            ..PLAIN
        },
        Case {
            name: "a stage variable that the deployment sets",
            uri: "files-${stageVariables.stage}.s3:path/{key}",
            variables: &[("STAGE_VARIABLES", r#"{"stage": "beta"}"#)],
            expected: &[("arn:aws:s3:::files-beta/*", &["s3:GetObject"])],
            ..PLAIN
        },
        Case {
            name: "a bucket that is mapped from a constant",
            mapped: &[("integration.request.path.bucket", "'photos'")],
            expected: &[("arn:aws:s3:::photos/*", &["s3:GetObject"])],
            ..PLAIN
        },
        Case {
            name: "special characters of IAM",
            uri: "s3:path/photos/a*b%3Fc$d",
            expected: &[("arn:aws:s3:::photos/a${*}b${?}c${$}d", &["s3:GetObject"])],
            ..PLAIN
        },
        Case {
            name: "any method of the client, any method to S3",
            verb: "x-amazon-apigateway-any-method",
            method: "ANY",
            expected: &[(
                "arn:aws:s3:::*/*",
                &["s3:AbortMultipartUpload", "s3:DeleteObject", "s3:GetObject", "s3:PutObject"],
            )],
            ..PLAIN
        },
        Case {
            name: "any method of the client, one method to S3",
            verb: "x-amazon-apigateway-any-method",
            ..PLAIN
        },
        Case { name: "one method of the client, any method to S3", verb: "head", method: "ANY", ..PLAIN },
    ]
}

#[test]
fn each_request_needs_exactly_the_expected_actions() {
    for case in cases() {
        let (before, behind) = case.uri.split_once("s3:").unwrap();
        let uri = format!("arn:aws:apigateway:eu-west-1:{before}s3:{behind}");
        let document = json!({ "/x": { case.verb: to_s3(case.method, &uri, case.mapped) } });
        assert_eq!(rights_of(document, case.variables), expected(case.expected), "{}", case.name);
    }
}

#[test]
fn the_any_method_takes_the_methods_without_an_operation() {
    let mock = json!({ "x-amazon-apigateway-integration": { "type": "mock" } });
    let lambda = json!({ "x-amazon-apigateway-integration": {
        "type": "aws_proxy",
        "httpMethod": "POST",
        "uri": "arn:aws:apigateway:eu-west-1:lambda:path/2015-03-31/functions/arn:aws:lambda:eu-west-1:1:function:f/invocations",
    } });
    let any = to_s3("ANY", "arn:aws:apigateway:eu-west-1:b.s3:path/{key}", &[]);
    let document = json!({ "/x": { "put": mock, "delete": lambda, "x-amazon-apigateway-any-method": any } });
    assert_eq!(rights_of(document, &[]), expected(&[("arn:aws:s3:::b/*", &["s3:GetObject"])]));
}

#[test]
fn unsupported_operations_have_no_rights() {
    let mut unsupported = to_s3("GET", "arn:aws:apigateway:eu-west-1:b.s3:path/{key}", &[]);
    unsupported["x-amazon-apigateway-integration"]["type"] = "aws_proxy".into();
    let served = to_s3("GET", "arn:aws:apigateway:eu-west-1:c.s3:path/{key}", &[]);
    let document = json!({ "/x": { "get": unsupported }, "/y": { "get": served } });
    assert_eq!(rights_of(document, &[]), expected(&[("arn:aws:s3:::c/*", &["s3:GetObject"])]));
}

#[test]
fn the_partition_is_from_the_uri_or_the_region() {
    for (arn, region, partition) in [
        ("aws-cn:apigateway:cn-north-1", None, "aws-cn"),
        ("${AWS::Partition}:apigateway:us-gov-west-1", None, "aws-us-gov"),
        ("${AWS::Partition}:apigateway:${AWS::Region}", Some(("S3_REGION", "cn-north-1")), "aws-cn"),
        ("${AWS::Partition}:apigateway:${AWS::Region}", None, "aws"),
    ] {
        let document = json!({ "/x": { "get": to_s3("GET", &format!("arn:{arn}:b.s3:path/{{key}}"), &[]) } });
        let found = rights_of(document, region.as_slice());
        assert_eq!(found.keys().collect::<Vec<_>>(), [&format!("arn:{partition}:s3:::b/*")]);
    }
}

#[test]
fn without_settings_the_bucket_is_from_the_path() {
    let document = compiled(json!({ "/x": { "get": to_s3("GET", PLAIN_URI, &[]) } }));
    assert_eq!(policy(&document, None)["Statement"][0]["Resource"], json!(["arn:aws:s3:::*/*"]));
}

const PLAIN_URI: &str = "arn:aws:apigateway:eu-west-1:s3:path/{bucket}/{key}";

/// Returns an operation whose placeholders are mapped from `context.requestId`, unless `mapped` has another
/// source.
fn to_s3(method: &str, uri: &str, mapped: &[(&str, &str)]) -> Value {
    let placeholders = uri
        .replace("${", "")
        .split('{')
        .skip(1)
        .map(|rest| {
            let name = rest.split('}').next().unwrap();
            (format!("integration.request.path.{name}"), Value::from("context.requestId"))
        })
        .collect::<Vec<_>>();
    let mut mappings: Map<String, Value> = placeholders.into_iter().collect();
    mappings.extend(mapped.iter().map(|(target, source)| ((*target).to_owned(), (*source).into())));
    json!({ "x-amazon-apigateway-integration": {
        "type": "aws", "httpMethod": method, "uri": uri, "requestParameters": mappings,
        "responses": { "default": { "statusCode": "200" } },
    } })
}

fn compiled(paths: Value) -> CompiledDocument {
    let document =
        json!({ "openapi": "3.0.1", "info": { "title": "Rights", "version": "1" }, "paths": paths });
    let bytes = document.to_string();
    let parameters = Parameters::default();
    let compilation =
        compile(&Input { bytes: bytes.as_bytes(), notation: None, parameters: &parameters, settings: None });
    compilation.document.unwrap_or_else(|| panic!("{:?}", compilation.findings))
}

fn rights_of(paths: Value, variables: &[(&str, &str)]) -> BTreeMap<String, Vec<String>> {
    let variable =
        |name: &str| variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned());
    let policy = policy(&compiled(paths), Some(&example_settings(&variable).unwrap()));
    assert_eq!(policy["Version"], "2012-10-17");
    let texts = |value: &Value| -> Vec<String> { serde_json::from_value(value.clone()).unwrap() };
    let mut rights = BTreeMap::new();
    for statement in policy["Statement"].as_array().unwrap() {
        assert_eq!(statement["Effect"], "Allow");
        for resource in texts(&statement["Resource"]) {
            let twice = rights.insert(resource, texts(&statement["Action"]));
            assert_eq!(twice, None);
        }
    }
    rights
}

fn expected(rights: &[(&str, &[&str])]) -> BTreeMap<String, Vec<String>> {
    let texts = |actions: &[&str]| actions.iter().map(|action| (*action).to_owned()).collect();
    rights.iter().map(|(resource, actions)| ((*resource).to_owned(), texts(actions))).collect()
}
