//! `--policy`: what every kind of request to S3 needs, and no more.

use std::collections::BTreeMap;

use s3_edge_gateway::check::policy::policy;
use serde_json::{Map, Value, json};

/// An operation, the variables of its deployment, and the actions on every resource.
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
            name: "a bucket before the service",
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
            name: "the bucket of the deployment stands back behind that of the uri",
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
        Case { name: "buckets", uri: "s3:path//", expected: &[("*", &["s3:ListAllMyBuckets"])], ..PLAIN },
        Case {
            name: "an upload, which may be in parts",
            method: "PUT",
            expected: &[("arn:aws:s3:::*/*", UPLOAD)],
            ..PLAIN
        },
        Case {
            name: "an upload of aws, which is in one piece",
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
            name: "headers of an upload mean nothing to a download",
            mapped: &[(ACL, "'private'"), (COPY, "'a/b'")],
            ..PLAIN
        },
        Case {
            name: "an upload that cannot be cut",
            method: "PUT",
            mapped: &[("integration.request.header.Content-MD5", "'1B2M2Y8AsgTpgAmY7PhCfg=='")],
            expected: &[("arn:aws:s3:::*/*", &["s3:PutObject"])],
            ..PLAIN
        },
        Case {
            name: "a copy of whatever the client names",
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
            name: "a copy of one version of an object, whose key has a question mark",
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
            name: "a copy of what the deployment names",
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
            name: "a deletion of a version, always",
            method: "DELETE",
            uri: "s3:path/{bucket}/{key}?versionId={version}",
            expected: &[("arn:aws:s3:::*/*", &["s3:DeleteObjectVersion"])],
            ..PLAIN
        },
        Case {
            name: "a version, where the client names one",
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
            name: "tags, or the object, as the client asks",
            mapped: &[("integration.request.querystring.tagging", "context.tagging")],
            expected: &[("arn:aws:s3:::*/*", &["s3:GetObject", "s3:GetObjectTagging"])],
            ..PLAIN
        },
        Case {
            name: "tags, as the document maps them",
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
            name: "the beginning of an upload",
            verb: "post",
            method: "POST",
            uri: "s3:path/{bucket}/{key}?uploads",
            expected: &[("arn:aws:s3:::*/*", &["s3:PutObject"])],
            ..PLAIN
        },
        Case {
            name: "the end of an upload",
            verb: "delete",
            method: "DELETE",
            uri: "s3:path/{bucket}/{key}?uploadId={id}",
            expected: &[("arn:aws:s3:::*/*", &["s3:AbortMultipartUpload"])],
            ..PLAIN
        },
        Case { name: "S3 takes no such POST", verb: "post", method: "POST", expected: &[], ..PLAIN },
        Case {
            name: "many deletions at once",
            verb: "post",
            method: "POST",
            uri: "s3:path/{bucket}?delete",
            expected: &[("arn:aws:s3:::*/*", &["s3:DeleteObject"])],
            ..PLAIN
        },
        Case {
            name: "a bucket is made, with an ACL",
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
            name: "a bucket that is mapped, and always the same",
            mapped: &[("integration.request.path.bucket", "'photos'")],
            expected: &[("arn:aws:s3:::photos/*", &["s3:GetObject"])],
            ..PLAIN
        },
        Case {
            name: "characters that IAM would take for others",
            uri: "s3:path/photos/a*b%3Fc$d",
            expected: &[("arn:aws:s3:::photos/a${*}b${?}c${$}d", &["s3:GetObject"])],
            ..PLAIN
        },
        Case {
            name: "any method, toward any",
            verb: "x-amazon-apigateway-any-method",
            method: "ANY",
            expected: &[(
                "arn:aws:s3:::*/*",
                &["s3:AbortMultipartUpload", "s3:DeleteObject", "s3:GetObject", "s3:PutObject"],
            )],
            ..PLAIN
        },
        Case { name: "any method, toward one", verb: "x-amazon-apigateway-any-method", ..PLAIN },
        Case { name: "one method, toward any", verb: "head", method: "ANY", ..PLAIN },
    ]
}

#[test]
fn rights() {
    for case in cases() {
        let mapped: Map<String, Value> =
            case.mapped.iter().map(|(target, source)| ((*target).to_owned(), (*source).into())).collect();
        let (before, behind) = case.uri.split_once("s3:").unwrap();
        let document = json!({ "paths": { "/x": { case.verb: { "x-amazon-apigateway-integration": {
            "type": "aws",
            "httpMethod": case.method,
            "uri": format!("arn:aws:apigateway:eu-west-1:{before}s3:{behind}"),
            "requestParameters": mapped,
        } } } } });
        assert_eq!(rights_of(&document, case.variables), expected(case.expected), "{}", case.name);
    }
}

/// `ANY` is what no other method of the path takes.
#[test]
fn any_takes_what_is_left() {
    let to = |method: &str| {
        json!({ "x-amazon-apigateway-integration": {
            "type": "aws", "httpMethod": method, "uri": "arn:aws:apigateway:eu-west-1:b.s3:path/{key}",
        } })
    };
    let mock = json!({ "x-amazon-apigateway-integration": { "type": "mock" } });
    let document = json!({ "paths": { "/x": {
        "put": mock, "delete": mock, "x-amazon-apigateway-any-method": to("ANY"),
    } } });
    assert_eq!(rights_of(&document, &[]), expected(&[("arn:aws:s3:::b/*", &["s3:GetObject"])]));
}

/// What is null is not there, to the gateway and to the policy.
#[test]
fn nulls_leave_any_what_they_name() {
    let to_any = json!({ "x-amazon-apigateway-integration": {
        "type": "aws", "httpMethod": "ANY", "uri": "arn:aws:apigateway:eu-west-1:b.s3:path/{key}",
    } });
    let document = json!({ "paths": { "/x": {
        "put": null, "get": null, "delete": { "$ref": "#/x-mock" }, "x-amazon-apigateway-any-method": to_any,
    } }, "x-mock": { "x-amazon-apigateway-integration": { "type": "mock" } } });
    let actions: &[&str] = &["s3:AbortMultipartUpload", "s3:GetObject", "s3:PutObject"];
    assert_eq!(rights_of(&document, &[]), expected(&[("arn:aws:s3:::b/*", actions)]));
}

/// A uri that CloudFormation would fill in is the uri that the gateway reads.
#[test]
fn uris_in_sub() {
    let rights = |uri: Value| {
        let document = json!({ "paths": { "/x": { "put": { "x-amazon-apigateway-integration": {
            "type": "aws", "httpMethod": "PUT", "uri": uri,
        } } } } });
        rights_of(&document, &[("S3_REGION", "eu-west-1")])
    };
    let uri = "arn:${AWS::Partition}:apigateway:${AWS::Region}:s3:path/b/x";
    let plain = rights(json!(uri));
    assert_eq!(plain.keys().collect::<Vec<_>>(), ["arn:aws:s3:::b/x"]);
    assert_eq!(rights(json!({ "Fn::Sub": uri })), plain);
    assert_eq!(rights(json!({ "Fn::Sub": [uri, {}] })), BTreeMap::new());
}

#[test]
fn partitions() {
    for (arn, region, partition) in [
        ("aws-cn:apigateway:cn-north-1", None, "aws-cn"),
        ("${AWS::Partition}:apigateway:us-gov-west-1", None, "aws-us-gov"),
        ("${AWS::Partition}:apigateway:${AWS::Region}", Some(("S3_REGION", "cn-north-1")), "aws-cn"),
        ("${AWS::Partition}:apigateway:${AWS::Region}", None, "aws"),
    ] {
        let document = json!({ "paths": { "/x": { "get": { "x-amazon-apigateway-integration": {
            "type": "aws", "httpMethod": "GET", "uri": format!("arn:{arn}:b.s3:path/{{key}}"),
        } } } } });
        let found = rights_of(&document, region.as_slice());
        assert_eq!(found.keys().collect::<Vec<_>>(), [&format!("arn:{partition}:s3:::b/*")]);
    }
}

fn rights_of(document: &Value, variables: &[(&str, &str)]) -> BTreeMap<String, Vec<String>> {
    let variable =
        |name: &str| variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned());
    let policy = policy(document, &variable).unwrap();
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
