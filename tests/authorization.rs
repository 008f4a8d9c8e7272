//! Authorization: runs `vectors/authorization/*.json` against the core, and tests API keys, the keys of issuers, and roles.
//! A runtime verifies the signatures of tokens. In these tests, `forged` of each vector is the result of that verification.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "clippy checks the helper functions of tests as production code"
)]

use std::process::ExitCode;
use std::time::{Duration, SystemTime};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderMap, Method, StatusCode};
use proptest::prelude::*;
use s3_edge_gateway::api::template::Values;
use s3_edge_gateway::gateway::access_log::AccessLog;
use s3_edge_gateway::gateway::authorize::admission::{Admitted, Credentials, Proof, read_credentials};
use s3_edge_gateway::gateway::authorize::signature::HeadVerified;
use s3_edge_gateway::gateway::authorize::signature_fault::Fault;
use s3_edge_gateway::gateway::authorize::token::Verdict;
use s3_edge_gateway::gateway::deployment::settings::Variables;
use s3_edge_gateway::gateway::message::Response;
use s3_edge_gateway::gateway::request::context::Context;
use s3_edge_gateway::gateway::request::routing::{Served as Operation, route};
use s3_edge_gateway::gateway::response::gateway_response::gateway_response;
use s3_edge_gateway::gateway::transport::TransportError;
use s3_edge_gateway::gateway::{Gateway, Rejection, Settings};
use s3_edge_gateway::s3::PayloadHash;
use s3_edge_gateway_compiler::api_of;
use s3_edge_gateway_testing::{Answer, ClientRequest, Sent, Served, serve_request};
use serde::Deserialize;
use serde_json::{Value, json};
use test_harness::Trial;

const DOCUMENT: &str = include_str!("vectors/authorization/api.json");

/// The URL of the issuer's keys.
const KEYS: &str = "https://issuer.example/keys";

/// The URL of STS.
const STS: &str = "https://sts.us-west-2.amazonaws.com/";

const IAM_ACCESS_KEYS: &str = r#"{"AKIAIOSFODNN7EXAMPLE": "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"}"#;

/// The API key is `open sesame`.
const API_KEYS: &str =
    r#"{"ann": "sha256:41ef4bb0b23661e66301aac36066912dac037827b4ae63a7b1165a5aa93ed4eb"}"#;

const JWT_ISSUERS: &str = r#"{
    "jwt": {"issuer": "https://issuer.example", "audience": ["app"], "jwks_uri": "https://issuer.example/keys"},
    "other": {"issuer": "https://issuer.example", "jwks_uri": "https://issuer.example/keys"}
}"#;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SignatureVector {
    name: String,
    source: String,
    request: SignedRequest,
    expected: ExpectedOfSignature,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SignedRequest {
    method: String,
    host: String,
    path: String,
    query: Option<String>,
    headers: Vec<(String, String)>,
    body: String,
    now: u64,
}

#[derive(Deserialize)]
#[serde(untagged, deny_unknown_fields)]
enum ExpectedOfSignature {
    Accepted { access_key: String },
    Refused { error_type: String, message: String },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Tokens {
    jwks: Value,
    vectors: Vec<TokenVector>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TokenVector {
    name: String,
    source: String,
    path: String,
    header: Option<String>,
    #[serde(default)]
    forged: bool,
    expected: ExpectedOfToken,
}

#[derive(Deserialize)]
#[serde(untagged, deny_unknown_fields)]
enum ExpectedOfToken {
    Accepted { subject: String },
    Refused { message: String, cause: String },
}

fn main() -> ExitCode {
    let signatures: Vec<SignatureVector> = test_harness::read("vectors/authorization/signatures.json");
    assert_eq!(signatures.len(), 103);
    let tokens = tokens();
    assert_eq!(tokens.vectors.len(), 65);
    let signature = |vector: SignatureVector| {
        test_harness::test(format!("signatures::{}", vector.name), move || check_signature(vector))
    };
    let mut tests: Vec<Trial> = signatures.into_iter().map(signature).collect();
    for vector in tokens.vectors {
        let (name, jwks) = (format!("tokens::{}", vector.name), tokens.jwks.clone());
        tests.push(test_harness::test(name, move || check_token(vector, &jwks)));
    }
    tests.extend(test_harness::functions![
        only_a_valid_api_key_admits_a_request,
        checks_run_in_their_order,
        an_operation_can_require_a_token_and_an_api_key,
        keys_of_an_issuer_are_not_fetched_for_each_token,
        keys_that_cannot_be_fetched_are_a_failure_of_the_authorizer,
        settings_of_authorization_have_to_fit_the_document,
        an_operation_is_never_served_without_its_security,
        an_operation_without_a_valid_role_is_not_served,
        stage_variables_in_credentials_are_replaced,
        a_session_of_a_role_is_renewed_before_it_expires,
        no_role_is_assumed_without_the_setting,
        no_header_makes_a_panic,
        no_token_makes_a_panic,
    ]);
    test_harness::run(tests)
}

fn tokens() -> Tokens {
    test_harness::read("vectors/authorization/tokens.json")
}

fn check_signature(vector: SignatureVector) {
    let SignatureVector { name: _, source, request, expected } = vector;
    assert!(!source.is_empty(), "`source` is empty");
    let (gateway, request) = (gateway(&[]), request.into_request());
    let (context, routing) = route(&gateway, request.inbound());
    let admitted = admit_signed(&context, routing.served().unwrap(), &request.body);
    match expected {
        ExpectedOfSignature::Accepted { access_key } => {
            assert!(admitted.is_ok(), "{admitted:?}");
            let known = context.context("identity.accessKey");
            assert_eq!(known.as_deref(), Some(access_key.as_str()));
        }
        ExpectedOfSignature::Refused { error_type, message } => {
            let rejection = admitted.unwrap_err();
            assert_eq!(rejection.message, message, "{rejection:?}");
            let response: Response<()> = gateway_response(&context, &rejection);
            assert_eq!(response.status, StatusCode::FORBIDDEN, "{rejection:?}");
            assert_eq!(response.header("x-amzn-errortype"), Some(error_type.as_str()), "{rejection:?}");
        }
    }
}

/// Admits a request with a signature. Later stages do not run: they require the parameter `key`, which most vectors do not have.
fn admit_signed<'c>(
    context: &'c Context<'c>,
    operation: Operation<'c>,
    body: &[u8],
) -> Result<Admitted<'c>, Rejection> {
    let Credentials::Sent(Proof::Signature(proof)) = read_credentials(context, operation)? else {
        panic!("the operation requires no signature")
    };
    let proven = match proof.verify_head(context.inbound())? {
        HeadVerified::WithHash(proven, sha256) if PayloadHash::of(body) == PayloadHash::Sha256(sha256) => {
            proven
        }
        HeadVerified::WithHash(..) => return Err(Fault::HASH_MISMATCH.into()),
        HeadVerified::WithoutHash(proof) => {
            proof.verify(context.inbound(), &PayloadHash::of(body).to_string())?
        }
    };
    Admitted::new(context, operation, proven)
}

fn check_token(vector: TokenVector, jwks: &Value) {
    let TokenVector { name: _, source, path, header, forged, expected } = vector;
    assert!(!source.is_empty(), "`source` is empty");
    let headers: Vec<_> = header.iter().map(|text| ("authorization", text.as_str())).collect();
    let verdict = if forged { Verdict::Forged } else { Verdict::Genuine };
    let request = ClientRequest { verdict, ..request("GET", &path, &headers) };
    let served = serve(&gateway(&[]), &request, jwks);
    match expected {
        ExpectedOfToken::Accepted { subject } => {
            assert_eq!(served.response.status, 200, "{:?}", served.log);
            assert_eq!(served.response.header("x-subject"), Some(subject.as_str()));
        }
        ExpectedOfToken::Refused { message, cause } => {
            assert_eq!(served.response.status, 401, "{:?}", served.log);
            assert_eq!(served.response.header("x-amzn-errortype"), Some("UnauthorizedException"));
            assert!(!is_sent(&served));
            let AccessLog { message: logged, causes, .. } = served.log.unwrap();
            assert_eq!(logged.as_deref(), Some(message.as_str()), "{causes:?}");
            assert!(causes.contains(&cause) || message == cause, "{causes:?}");
        }
    }
}

fn only_a_valid_api_key_admits_a_request() {
    let gateway = gateway(&[]);
    for (headers, expected) in [
        (&[("x-api-key", "open sesame")][..], Some("ann")),
        (&[("x-api-key", "Open Sesame")], None),
        (&[("x-api-key", "")], None),
        (&[], None),
        (&[("authorization", "open sesame")], None),
        // The hash of a key is not accepted as the key.
        (&[("x-api-key", "41ef4bb0b23661e66301aac36066912dac037827b4ae63a7b1165a5aa93ed4eb")], None),
    ] {
        let served = serve(&gateway, &request("PUT", "/v1/keyed", headers), &Value::Null);
        assert_eq!(is_sent(&served), expected.is_some(), "{headers:?}");
        assert_eq!(served.response.header("x-api-key-id"), expected);
        if expected.is_none() {
            assert_eq!(served.response.status, 403);
            assert_eq!(served.response.header("x-amzn-errortype"), Some("ForbiddenException"));
            assert!(!served.log.unwrap().to_line().contains("sesame"));
        }
    }
}

/// The checks run in the order route, anonymous writes, signature or token, API key.
fn checks_run_in_their_order() {
    let gateway = gateway(&[]);
    let error = |method: &str, path: &str, headers: &[(&str, &str)]| {
        let served = serve(&gateway, &request(method, path, headers), &Value::Null);
        assert!(served.requests.is_empty());
        served.log.unwrap().error.unwrap()
    };
    assert_eq!(error("GET", "/v1/nowhere", &[]), "MISSING_AUTHENTICATION_TOKEN");
    assert_eq!(error("PUT", "/v1/open", &[]), "ACCESS_DENIED");
    assert_eq!(error("PUT", "/v1/signed", &[]), "MISSING_AUTHENTICATION_TOKEN");
    assert_eq!(error("PUT", "/v1/token", &[]), "UNAUTHORIZED");
    assert_eq!(error("PUT", "/v1/signed-and-keyed", &[]), "MISSING_AUTHENTICATION_TOKEN");
    let key = [("x-api-key", "open sesame")];
    assert_eq!(error("PUT", "/v1/signed-and-keyed", &key), "MISSING_AUTHENTICATION_TOKEN");
    assert_eq!(error("PUT", "/v1/keyed", &[]), "INVALID_API_KEY");
}

/// Returns the key set of the vectors, and their first token, which is valid.
fn valid_token() -> (Value, String) {
    let Tokens { jwks, vectors } = tokens();
    let token = vectors.into_iter().next().and_then(|vector| vector.header);
    (jwks, token.unwrap())
}

fn with_token(path: &str, headers: &[(&str, &str)]) -> ClientRequest {
    ClientRequest { verdict: Verdict::Genuine, ..request("GET", path, headers) }
}

fn an_operation_can_require_a_token_and_an_api_key() {
    let gateway = gateway(&[]);
    let (jwks, token) = valid_token();
    for (key, expected) in [("open sesame", None), ("wrong", Some("INVALID_API_KEY"))] {
        let headers = [("authorization", token.as_str()), ("x-api-key", key)];
        let served = serve(&gateway, &with_token("/v1/token-and-keyed", &headers), &jwks);
        assert_eq!(served.log.as_ref().unwrap().error, expected);
        assert_eq!(served.response.header("x-subject").is_some(), expected.is_none());
        assert_eq!(is_sent(&served), expected.is_none());
    }
}

/// The keys of an issuer are fetched for the first token. For a token with an unknown key id, the keys are fetched again, at most
/// once a minute.
fn keys_of_an_issuer_are_not_fetched_for_each_token() {
    let gateway = gateway(&[]);
    let (jwks, token) = valid_token();
    let without_keys = json!({ "keys": [] });
    let fetches = |seconds: u64, jwks: &Value| {
        let request =
            ClientRequest { time: at(seconds), ..with_token("/v1/token", &[("authorization", &token)]) };
        let served = serve(&gateway, &request, jwks);
        let fetches = served.requests.iter().filter(|sent| sent.url == KEYS).count();
        (fetches, served.response.status)
    };
    assert_eq!(fetches(0, &without_keys), (1, 401));
    assert_eq!(fetches(59, &jwks), (0, 401));
    assert_eq!(fetches(60, &jwks), (1, 200));
    assert_eq!(fetches(61, &without_keys), (0, 200));
}

fn keys_that_cannot_be_fetched_are_a_failure_of_the_authorizer() {
    let token = valid_token().1;
    let request = with_token("/v1/token", &[("authorization", &token)]);
    let answer = |status, body: &str| Answer { status, body: body.into(), ..Answer::default() };
    for (answer, cause) in [
        (Err(TransportError::Timeout), "timeout"),
        (Err(TransportError::Broken("refused".to_owned())), "refused"),
        (Ok(answer(StatusCode::NOT_FOUND, "")), "the issuer answered 404 Not Found"),
        (Ok(answer(StatusCode::OK, "{}")), "the key set has no array `keys`"),
        (Ok(answer(StatusCode::OK, &"x".repeat(256 * 1024 + 1))), "too long"),
        (Ok(Answer { breaks_off: true, ..answer(StatusCode::OK, "{") }), "connection lost"),
    ] {
        let mut answer = Some(answer);
        let served = serve_request(&gateway(&[]), &request, |_| answer.take().unwrap());
        assert_eq!(served.response.status, 500);
        let log = served.log.unwrap();
        assert_eq!(log.error, Some("AUTHORIZER_FAILURE"));
        assert_eq!(log.causes, [format!("no keys from {KEYS}: {cause}")]);
    }
}

fn settings_of_authorization_have_to_fit_the_document() {
    let errors = |vars: &[(&str, &str)]| -> Vec<String> {
        deploy(vars).err().unwrap_or_default().iter().map(ToString::to_string).collect()
    };
    assert_eq!(errors(&[]), Vec::<String>::new());
    let without = deploy(&[("JWT_ISSUERS", "")]).unwrap_or_else(|_| panic!());
    let causes = not_served(&without, "/v1/token");
    assert!(causes[0].contains("Add an entry `jwt` to JWT_ISSUERS."), "{causes:?}");
    assert_eq!(not_served(&without, "/v1/open"), Vec::<String>::new());

    let mut issuers: Value = serde_json::from_str(JWT_ISSUERS).unwrap();
    issuers["poool"] = issuers["jwt"].clone();
    assert_eq!(
        errors(&[("JWT_ISSUERS", &issuers.to_string())]),
        [
            "JWT_ISSUERS: no operation that runs at the edge has an authorizer named `poool`. Correct the name, or remove the entry"
        ]
    );
    for uri in ["http://issuer.example/keys", "http://10.0.0.1/keys", "issuer.example/keys"] {
        issuers = json!({"jwt": {"issuer": "https://issuer.example", "jwks_uri": uri}});
        let found = errors(&[("JWT_ISSUERS", &issuers.to_string())]);
        assert!(
            found[0].starts_with(
                "JWT_ISSUERS has an entry `jwt` that is not valid: its `jwks_uri` must be an https URL"
            ),
            "{found:?}"
        );
    }
    let secret = errors(&[("IAM_ACCESS_KEYS", r#"{"AKIA": "hush hush"}"#)]);
    assert!(
        secret[0].starts_with("IAM_ACCESS_KEYS has an entry `AKIA` that is not valid: the secret "),
        "{secret:?}"
    );
    assert!(!format!("{secret:?}").contains("hush"));
}

/// Returns the causes in the log if an operation is not served, else an empty list.
fn not_served(gateway: &Gateway, path: &str) -> Vec<String> {
    let request = request("GET", path, &[]);
    // STS does not respond.
    let served = serve_request(gateway, &request, |_| Err(TransportError::Timeout));
    let log = served.log.filter(|log| log.message.as_deref() == Some("Not implemented at the edge"));
    log.map(|log| log.causes).unwrap_or_default()
}

fn an_operation_is_never_served_without_its_security() {
    let causes = |path: &str, change: &dyn Fn(&mut Value)| -> Vec<String> {
        let mut document: Value = serde_json::from_str(DOCUMENT).unwrap();
        change(&mut document);
        let gateway =
            deploy_document(&document.to_string(), &[]).unwrap_or_else(|errors| panic!("{errors:?}"));
        not_served(&gateway, path)
    };
    let found = causes("/v1/token", &|document| {
        document["paths"]["/token"]["get"]["x-amazon-apigateway-auth"] = json!({"type": "aws_iam"});
    });
    assert!(found[0].contains("a second authorizer of the operation"), "{found:?}");
    let found = causes("/v1/open", &|document| {
        document["paths"]["/open"]["get"]["x-amazon-apigateway-auth"] = json!({"type": "lambda"});
    });
    assert_eq!(found.len(), 1, "{found:?}");
    let found = causes("/v1/open", &|document| {
        document["paths"]["/open"]["get"]["security"] = json!([{"nobody": []}]);
    });
    assert!(found[0].contains("`nobody` is not defined"), "{found:?}");

    // `security` at the root applies to each operation without its own.
    let mut document: Value = serde_json::from_str(DOCUMENT).unwrap();
    document["security"] = json!([{"sigv4": []}]);
    let gateway = deploy_document(&document.to_string(), &[]).unwrap_or_else(|errors| panic!("{errors:?}"));
    let served = serve(&gateway, &request("GET", "/v1/open", &[]), &Value::Null);
    assert_eq!(served.log.unwrap().error, Some("MISSING_AUTHENTICATION_TOKEN"));

    let mut document: Value = serde_json::from_str(DOCUMENT).unwrap();
    document["paths"]["/open"]["get"]["x-amazon-apigateway-auth"] = json!({"type": "AWS_IAM"});
    let gateway = deploy_document(&document.to_string(), &[]).unwrap_or_else(|_| panic!());
    let served = serve(&gateway, &request("GET", "/v1/open", &[]), &Value::Null);
    assert_eq!(served.log.unwrap().error, Some("MISSING_AUTHENTICATION_TOKEN"));
}

fn an_operation_without_a_valid_role_is_not_served() {
    let errors = |credentials: Value| -> Vec<String> {
        let mut document: Value = serde_json::from_str(DOCUMENT).unwrap();
        document["paths"] = json!({"/open": {"get": document["paths"]["/open"]["get"].clone()}});
        let integration = &mut document["paths"]["/open"]["get"]["x-amazon-apigateway-integration"];
        integration["credentials"] = credentials.clone();
        if credentials.is_null() {
            integration.as_object_mut().unwrap().remove("credentials");
        }
        let vars = [("ASSUME_ROLE", "true"), ("JWT_ISSUERS", "")];
        let gateway =
            deploy_document(&document.to_string(), &vars).unwrap_or_else(|errors| panic!("{errors:?}"));
        not_served(&gateway, "/v1/open")
    };
    assert!(errors(json!("arn:aws:iam::123456789012:role/files")).is_empty());
    let found = errors(Value::Null);
    assert!(
        found[0].contains("ASSUME_ROLE is \"true\", but the integration has no `credentials`"),
        "{found:?}"
    );
    for arn in ["arn:aws:iam::*:user/*", "arn:aws:iam::files"] {
        let found = errors(json!(arn));
        assert_eq!(found.len(), 1);
        assert!(found[0].contains(&format!("`credentials` is `{arn}`: the role is not an ARN")), "{found:?}");
    }
}

/// <https://docs.aws.amazon.com/apigateway/latest/developerguide/aws-api-gateway-stage-variables-reference.html>
fn stage_variables_in_credentials_are_replaced() {
    let mut document: Value = serde_json::from_str(DOCUMENT).unwrap();
    document["paths"] = json!({"/open": {"get": document["paths"]["/open"]["get"].clone()}});
    let integration = &mut document["paths"]["/open"]["get"]["x-amazon-apigateway-integration"];
    integration["credentials"] = json!(
        "arn:aws:iam::${stageVariables.account}:role/${stageVariables.none}files-${stageVariables.stage}"
    );
    let variables = r#"{"account": "123456789012", "stage": "test"}"#;
    let vars = [("ASSUME_ROLE", "true"), ("JWT_ISSUERS", ""), ("STAGE_VARIABLES", variables)];
    let gateway = deploy_document(&document.to_string(), &vars).unwrap_or_else(|errors| panic!("{errors:?}"));
    let served = serve_with_sts(&gateway, 0, &session("2024-03-01T00:59:59Z"));
    let [sts, _] = served.requests.as_slice() else { panic!("{:?}", served.requests) };
    let body = String::from_utf8_lossy(&sts.body);
    assert!(body.contains("RoleArn=arn%3Aaws%3Aiam%3A%3A123456789012%3Arole%2Ffiles-test&"), "{body}");
}

/// Serves a request to an operation with a role. `sts` is the answer of STS, and S3 answers 200.
fn serve_with_sts(gateway: &Gateway, seconds: u64, sts: &Answer) -> Served {
    let request = ClientRequest { time: at(seconds), ..request("GET", "/v1/open", &[]) };
    serve_request(gateway, &request, |sent| Ok(if sent.url == STS { sts.clone() } else { Answer::default() }))
}

/// Returns the answer of STS with a session that expires at this time.
fn session(expiration: &str) -> Answer {
    let body = format!(
        "<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>ASIA</AccessKeyId>\
         <SecretAccessKey>hush</SecretAccessKey><SessionToken>token</SessionToken>\
         <Expiration>{expiration}</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>"
    );
    Answer { body: body.into(), ..Answer::default() }
}

fn urls(served: &Served) -> Vec<&str> {
    served.requests.iter().map(|sent| sent.url.as_str()).collect()
}

/// A session is renewed in its last five minutes, and a session of four minutes in its last two minutes. If STS answers with an
/// error, the old session is used until 30 seconds before it expires.
fn a_session_of_a_role_is_renewed_before_it_expires() {
    const OBJECT: &str = "https://s3.us-west-2.amazonaws.com/demo/a.txt";
    let deployed = || deploy(&[("ASSUME_ROLE", "true"), ("AWS_SESSION_TOKEN", "")]).unwrap();
    let gateway = deployed();
    let served = serve_with_sts(&gateway, 0, &session("2024-03-01T00:59:59Z"));
    assert_eq!(urls(&served), [STS, OBJECT]);
    let [sts, s3] = served.requests.as_slice() else { panic!() };
    let body = String::from_utf8_lossy(&sts.body);
    assert!(body.contains("RoleArn=arn%3Aaws%3Aiam%3A%3A123456789012%3Arole%2Ffiles&"), "{body}");
    let credential = |headers: &HeaderMap| headers["authorization"].to_str().unwrap().to_owned();
    assert!(credential(&sts.headers).contains("=AKIDEXAMPLE/20240229/us-west-2/sts/aws4_request"));
    assert!(credential(&s3.headers).contains("=ASIA/20240229/us-west-2/s3/aws4_request"));
    assert_eq!(s3.headers["x-amz-security-token"], "token");
    assert!(!format!("{gateway:?}").contains("hush"));

    let down = Answer { status: StatusCode::SERVICE_UNAVAILABLE, ..Answer::default() };
    assert_eq!(urls(&serve_with_sts(&gateway, 55 * 60 - 1, &down)), [OBJECT]);
    assert_eq!(urls(&serve_with_sts(&gateway, 55 * 60, &down)), [STS, OBJECT]);
    assert_eq!(urls(&serve_with_sts(&gateway, 59 * 60, &down)), [STS, OBJECT]);
    assert_eq!(urls(&serve_with_sts(&gateway, 60 * 60 - 30, &down)), [STS]);

    let (gateway, short) = (deployed(), session("2024-03-01T00:03:59Z"));
    assert_eq!(urls(&serve_with_sts(&gateway, 0, &short)), [STS, OBJECT]);
    assert_eq!(urls(&serve_with_sts(&gateway, 119, &short)), [OBJECT]);
    assert_eq!(urls(&serve_with_sts(&gateway, 120, &short)), [STS, OBJECT]);

    let refused =
        "<ErrorResponse><Error><Code>AccessDenied</Code><Message>no</Message></Error></ErrorResponse>";
    let refused = Answer { status: StatusCode::FORBIDDEN, body: refused.into(), ..Answer::default() };
    let too_long = Answer { body: vec![b'x'; 64 * 1024 + 1], ..Answer::default() };
    for (answer, cause) in [
        (session("2024-02-29T23:59:59Z"), "has expired or expires within 30 seconds"),
        (refused, "AccessDenied: no"),
        (too_long, "too long"),
        (Answer { breaks_off: true, ..Answer::default() }, "connection lost"),
    ] {
        let served = serve_with_sts(&deployed(), 0, &answer);
        assert_eq!(urls(&served), [STS]);
        assert_eq!(served.response.status, 500);
        let log = served.log.unwrap();
        assert_eq!(log.message.as_deref(), Some("Internal server error"));
        assert!(log.causes[0].contains(cause), "{:?}", log.causes);
    }
}

fn no_role_is_assumed_without_the_setting() {
    let served = serve_with_sts(&gateway(&[]), 0, &Answer::default());
    let [s3] = served.requests.as_slice() else { panic!("{:?}", served.requests) };
    assert!(s3.headers["authorization"].to_str().unwrap().contains("=AKIDEXAMPLE/"));
}

thread_local! {
    static GATEWAY: Gateway = gateway(&[]);
}

proptest! {
    fn no_header_makes_a_panic(
        authorization in "(AWS4-HMAC-SHA256 )?(Credential=AKIAIOSFODNN7EXAMPLE/[0-9]{8}/[a-z]*/execute-api/aws4_request,? ?|\
                          SignedHeaders=[a-z;-]*,? ?|Signature=[0-9a-f]{0,64},? ?|[ -~]{0,8}){0,5}",
        date in "[0-9]{8}T[0-9]{6}Z|[A-Z][a-z]{2}, [0-9]{1,2} [A-Z][a-z]{2} [0-9]{1,5} [0-9:]{0,8} GMT|[ -~]{0,20}",
        query in "[ -~]{0,40}",
        body in prop::collection::vec(any::<u8>(), 0..20),
    ) {
        let headers = [("authorization", authorization.as_str()), ("x-amz-date", date.as_str())];
        let url = format!("/v1/signed?{query}");
        let request = ClientRequest { url, body, ..request("PUT", "", &headers) };
        prop_assert!(!is_sent(&GATEWAY.with(|gateway| serve(gateway, &request, &Value::Null))));
    }

    fn no_token_makes_a_panic(
        header in r#"\{("alg": "RS256"|"kid": "rsa"|"crit": 1|,){0,4}\}"#,
        claims in r#"\{("iss": "https://issuer.example"|"exp": [0-9eE.-]{0,9}|"aud": \[?"app"\]?|,){0,6}\}"#,
        rest in "[ -~]{0,10}",
    ) {
        let part = |text: &str| base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(text);
        let token = format!("{}.{}.{rest}", part(&header), part(&claims));
        let request = request("GET", "/v1/token", &[("authorization", &token)]);
        let jwks = tokens().jwks;
        prop_assert!(!is_sent(&GATEWAY.with(|gateway| serve(gateway, &request, &jwks))));
    }
}

/// Serves a request. S3 answers 200, and an issuer answers with these keys.
fn serve(gateway: &Gateway, request: &ClientRequest, jwks: &Value) -> Served {
    serve_request(gateway, request, |sent| {
        let body = if asks_for_keys(sent) { jwks.to_string().into() } else { Vec::new() };
        Ok(Answer { body, ..Answer::default() })
    })
}

/// Returns whether the gateway sent a request to S3.
fn is_sent(served: &Served) -> bool {
    served.requests.iter().any(|sent| !asks_for_keys(sent))
}

/// Returns whether a request is for the keys of an issuer: the issuer in `JWT_ISSUERS`, or Cognito.
fn asks_for_keys(sent: &Sent) -> bool {
    sent.url == KEYS || sent.url.ends_with("/.well-known/jwks.json")
}

impl SignedRequest {
    fn into_request(self) -> ClientRequest {
        let headers: Vec<_> =
            self.headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        ClientRequest {
            url: self.query.map_or(self.path.clone(), |query| format!("{}?{query}", self.path)),
            host: self.host,
            body: STANDARD.decode(&self.body).unwrap(),
            is_chunked: true,
            time: SystemTime::UNIX_EPOCH + Duration::from_secs(self.now),
            ..request(&self.method, &self.path, &headers)
        }
    }
}

/// Returns a request for the key `a.txt`.
fn request(method: &str, path: &str, headers: &[(&str, &str)]) -> ClientRequest {
    ClientRequest {
        headers: s3_edge_gateway_testing::headers(headers),
        time: at(0),
        ..ClientRequest::new(Method::from_bytes(method.as_bytes()).unwrap(), &format!("{path}?key=a.txt"))
    }
}

/// Returns the time `seconds` after 2024-02-29T23:59:59Z.
fn at(seconds: u64) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(1_709_251_199 + seconds)
}

fn gateway(vars: &[(&str, &str)]) -> Gateway {
    deploy(vars)
        .unwrap_or_else(|errors| panic!("{:?}", errors.iter().map(ToString::to_string).collect::<Vec<_>>()))
}

fn deploy(vars: &[(&str, &str)]) -> Result<Gateway, Vec<Box<dyn std::error::Error>>> {
    deploy_document(DOCUMENT, vars)
}

fn deploy_document(
    document: &str,
    vars: &[(&str, &str)],
) -> Result<Gateway, Vec<Box<dyn std::error::Error>>> {
    fn boxed<E: std::error::Error + 'static>(errors: Vec<E>) -> Vec<Box<dyn std::error::Error>> {
        errors.into_iter().map(|error| Box::new(error) as _).collect()
    }
    let defaults = [
        ("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE"),
        ("AWS_SECRET_ACCESS_KEY", "secret"),
        ("S3_BUCKET", "demo"),
        ("IAM_ACCESS_KEYS", IAM_ACCESS_KEYS),
        ("API_KEYS", API_KEYS),
        ("JWT_ISSUERS", JWT_ISSUERS),
    ];
    let variable = |name: &str| {
        let found = vars.iter().chain(&defaults).find(|(known, _)| *known == name);
        found.map(|(_, value)| (*value).to_owned())
    };
    let settings = Settings::from_variables(&Variables(&variable)).map_err(boxed)?;
    let api = api_of(document.as_bytes()).map_err(boxed)?;
    Gateway::new(api, settings).map_err(boxed)
}
