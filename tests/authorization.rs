//! Authorization: runs `vectors/authorization/*.json` against the core, and tests API keys and roles.
//! The shell verifies the signatures of tokens: here each vector has the shell's verdict.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "clippy takes helpers of tests for production code"
)]

use std::process::ExitCode;
use std::sync::LazyLock;
use std::time::{Duration, SystemTime};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use proptest::prelude::*;
use s3_edge_gateway::gateway::authorize::token::Verdict;
use s3_edge_gateway::gateway::authorize::{Finding, KnownKeys};
use s3_edge_gateway::gateway::deployment::settings::Variables;
use s3_edge_gateway::gateway::{Context, Gateway, Inbound, MethodRequest, Proof, Rejection, Settings};
use s3_edge_gateway_compiler::api_of;
use serde::Deserialize;
use serde_json::{Value, json};
use test_harness::Trial;

const DOCUMENT: &str = include_str!("vectors/authorization/api.json");

const IAM_ACCESS_KEYS: &str = r#"{"AKIAIOSFODNN7EXAMPLE": "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"}"#;

/// The key is `open sesame`.
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
    assert_eq!(signatures.len(), 94);
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
        api_keys,
        checks_run_in_their_order,
        an_api_key_beside_a_token,
        no_request_goes_on_before_it_is_admitted,
        deployments_that_do_not_fit_the_document,
        an_operation_is_never_served_without_its_security,
        roles_that_cannot_be_assumed,
        stage_variables_in_credentials,
        sessions_of_a_role,
        no_role_without_the_setting,
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
    let body = STANDARD.decode(&request.body).unwrap();
    let mut context = GATEWAY.receive(request.into_inbound());
    let outcome = admit_signed(&mut context, &body);
    match expected {
        ExpectedOfSignature::Accepted { access_key } => {
            assert!(outcome.is_ok(), "{outcome:?}");
            assert_eq!(read(&context, "identity.accessKey").as_deref(), Some(access_key.as_str()));
        }
        ExpectedOfSignature::Refused { error_type, message } => {
            let rejection = outcome.unwrap_err();
            assert_eq!(rejection.message, message, "{rejection:?}");
            let response = context.reject::<()>(&rejection);
            assert_eq!(response.status, StatusCode::FORBIDDEN, "{rejection:?}");
            assert_eq!(response.header("x-amzn-errortype"), Some(error_type.as_str()), "{rejection:?}");
            assert!(MethodRequest::open(&context).is_err(), "{rejection:?}");
        }
    }
}

fn check_token(vector: TokenVector, jwks: &Value) {
    let TokenVector { name: _, source, path, header, forged, expected } = vector;
    assert!(!source.is_empty(), "`source` is empty");
    let headers: Vec<_> = header.iter().map(|text| ("authorization", text.as_str())).collect();
    let mut context = GATEWAY.receive(inbound("GET", &path, &headers));
    let verdict = if forged { Verdict::Forged } else { Verdict::Genuine };
    let outcome = admit_with_token(&mut context, jwks, verdict);
    match expected {
        ExpectedOfToken::Accepted { subject } => {
            assert!(outcome.is_ok(), "{outcome:?}");
            assert_eq!(read(&context, "authorizer.claims.sub").as_deref(), Some(subject.as_str()));
        }
        ExpectedOfToken::Refused { message, cause } => {
            let rejection = outcome.unwrap_err();
            assert_eq!(rejection.message, message, "{rejection:?}");
            let logged = rejection.causes.iter().chain([&rejection.message]);
            assert!(logged.into_iter().any(|logged| *logged == cause), "{rejection:?}");
            let response = context.reject::<()>(&rejection);
            assert_eq!(response.status, StatusCode::UNAUTHORIZED);
            assert_eq!(response.header("x-amzn-errortype"), Some("UnauthorizedException"));
            assert!(MethodRequest::open(&context).is_err());
        }
    }
}

fn api_keys() {
    let gateway = gateway(&[]);
    for (headers, expected) in [
        (&[("x-api-key", "open sesame")][..], Some("ann")),
        (&[("x-api-key", "Open Sesame")], None),
        (&[("x-api-key", "")], None),
        (&[], None),
        (&[("authorization", "open sesame")], None),
        // The hash is not the key.
        (&[("x-api-key", "41ef4bb0b23661e66301aac36066912dac037827b4ae63a7b1165a5aa93ed4eb")], None),
    ] {
        let mut context = gateway.receive(inbound("PUT", "/v1/keyed", headers));
        let admitted = context.admit();
        assert_eq!(admitted.is_ok(), expected.is_some(), "{headers:?}");
        assert_eq!(read(&context, "identity.apiKeyId").as_deref(), expected);
        if let Err(rejection) = admitted {
            let response = context.reject::<()>(&rejection);
            assert_eq!(response.status, StatusCode::FORBIDDEN);
            assert_eq!(response.header("x-amzn-errortype"), Some("ForbiddenException"));
            assert!(!format!("{rejection:?}").contains("sesame"));
        }
    }
}

/// First the route, then anonymous writes, then the signature or token, then the API key.
fn checks_run_in_their_order() {
    let gateway = gateway(&[]);
    let refusal = |method: &str, path: &str, headers: &[(&str, &str)]| {
        let mut context = gateway.receive(inbound(method, path, headers));
        let rejection = context.admit().unwrap_err();
        rejection.response_type.name()
    };
    assert_eq!(refusal("GET", "/v1/nowhere", &[]), "MISSING_AUTHENTICATION_TOKEN");
    assert_eq!(refusal("PUT", "/v1/open", &[]), "ACCESS_DENIED");
    assert_eq!(refusal("PUT", "/v1/signed", &[]), "MISSING_AUTHENTICATION_TOKEN");
    assert_eq!(refusal("PUT", "/v1/token", &[]), "UNAUTHORIZED");
    assert_eq!(refusal("PUT", "/v1/signed-and-keyed", &[]), "MISSING_AUTHENTICATION_TOKEN");
    let key = [("x-api-key", "open sesame")];
    assert_eq!(refusal("PUT", "/v1/signed-and-keyed", &key), "MISSING_AUTHENTICATION_TOKEN");
    assert_eq!(refusal("PUT", "/v1/keyed", &[]), "INVALID_API_KEY");
}

fn an_api_key_beside_a_token() {
    let gateway = gateway(&[]);
    let Tokens { jwks, vectors } = tokens();
    let token = vectors.first().and_then(|vector| vector.header.clone()).unwrap();
    for (key, expected) in [("open sesame", None), ("wrong", Some("INVALID_API_KEY"))] {
        let headers = [("authorization", token.as_str()), ("x-api-key", key)];
        let mut context = gateway.receive(inbound("GET", "/v1/token-and-keyed", &headers));
        let refused = admit_with_token(&mut context, &jwks, Verdict::Genuine).err();
        assert_eq!(refused.map(|rejection| rejection.response_type.name()), expected);
        assert_eq!(read(&context, "authorizer.claims.sub").is_some(), expected.is_none());
    }
}

fn no_request_goes_on_before_it_is_admitted() {
    let gateway = gateway(&[]);
    let context = gateway.receive(inbound("GET", "/v1/open", &[]));
    assert!(MethodRequest::open(&context).is_err());
}

fn deployments_that_do_not_fit_the_document() {
    let errors = |vars: &[(&str, &str)]| -> Vec<String> {
        deploy(vars).err().unwrap_or_default().iter().map(ToString::to_string).collect()
    };
    assert_eq!(errors(&[]), Vec::<String>::new());
    let without = deploy(&[("JWT_ISSUERS", "")]).unwrap_or_else(|_| panic!());
    let causes = not_served(&without, "/v1/token");
    assert!(causes[0].contains("the authorizer `jwt` needs an entry in JWT_ISSUERS"), "{causes:?}");
    assert_eq!(not_served(&without, "/v1/open"), Vec::<String>::new());

    let mut issuers: Value = serde_json::from_str(JWT_ISSUERS).unwrap();
    issuers["poool"] = issuers["jwt"].clone();
    assert_eq!(
        errors(&[("JWT_ISSUERS", &issuers.to_string())]),
        ["JWT_ISSUERS: no operation has an authorizer named `poool`"]
    );
    for uri in ["http://issuer.example/keys", "http://10.0.0.1/keys", "issuer.example/keys"] {
        issuers = json!({"jwt": {"issuer": "https://issuer.example", "jwks_uri": uri}});
        let found = errors(&[("JWT_ISSUERS", &issuers.to_string())]);
        assert!(
            found[0].starts_with(
                "JWT_ISSUERS has an entry `jwt` that is not valid: its `jwks_uri` is not an https URL"
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

/// Returns why an operation is not served: the causes in the log.
fn not_served(gateway: &Gateway, path: &str) -> Vec<String> {
    let refused = gateway.receive(inbound("GET", path, &[])).admit().err();
    let refused = refused.filter(|rejection| rejection.message == "Not implemented at the edge");
    refused.map(|rejection| rejection.causes).unwrap_or_default()
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

    // At the root it applies to each operation without its own.
    let mut document: Value = serde_json::from_str(DOCUMENT).unwrap();
    document["security"] = json!([{"sigv4": []}]);
    let gateway = deploy_document(&document.to_string(), &[]).unwrap_or_else(|errors| panic!("{errors:?}"));
    let rejection = gateway.receive(inbound("GET", "/v1/open", &[])).admit().unwrap_err();
    assert_eq!(rejection.response_type.name(), "MISSING_AUTHENTICATION_TOKEN");

    let mut document: Value = serde_json::from_str(DOCUMENT).unwrap();
    document["paths"]["/open"]["get"]["x-amazon-apigateway-auth"] = json!({"type": "AWS_IAM"});
    let gateway = deploy_document(&document.to_string(), &[]).unwrap_or_else(|_| panic!());
    let rejection = gateway.receive(inbound("GET", "/v1/open", &[])).admit().unwrap_err();
    assert_eq!(rejection.response_type.name(), "MISSING_AUTHENTICATION_TOKEN");
}

fn roles_that_cannot_be_assumed() {
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
fn stage_variables_in_credentials() {
    let mut document: Value = serde_json::from_str(DOCUMENT).unwrap();
    document["paths"] = json!({"/open": {"get": document["paths"]["/open"]["get"].clone()}});
    let integration = &mut document["paths"]["/open"]["get"]["x-amazon-apigateway-integration"];
    integration["credentials"] = json!(
        "arn:aws:iam::${stageVariables.account}:role/${stageVariables.none}files-${stageVariables.stage}"
    );
    let variables = r#"{"account": "123456789012", "stage": "test"}"#;
    let vars = [("ASSUME_ROLE", "true"), ("JWT_ISSUERS", ""), ("STAGE_VARIABLES", variables)];
    let gateway = deploy_document(&document.to_string(), &vars).unwrap_or_else(|errors| panic!("{errors:?}"));
    let mut context = gateway.receive(inbound("GET", "/v1/open", &[]));
    context.admit().unwrap();
    let method_request = MethodRequest::open(&context).unwrap();
    assert_eq!(method_request.role().unwrap().arn(), "arn:aws:iam::123456789012:role/files-test");
}

/// The times at which a session of a role is renewed and is no longer used.
fn sessions_of_a_role() {
    let gateway = deploy(&[("ASSUME_ROLE", "true"), ("AWS_SESSION_TOKEN", "")]).unwrap();
    let mut context = gateway.receive(inbound("GET", "/v1/open", &[]));
    context.admit().unwrap();
    let method_request = MethodRequest::open(&context).unwrap();
    let role = method_request.role().unwrap();
    assert_eq!(role.arn(), "arn:aws:iam::123456789012:role/files");
    let question = role.question(at(0)).unwrap();
    assert_eq!(question.uri(), "https://sts.us-west-2.amazonaws.com/");
    let credential = question.headers()["authorization"].to_str().unwrap();
    assert!(credential.contains("/us-west-2/sts/aws4_request"), "{credential}");

    let answer = |expiration: &str| {
        format!(
            "<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>ASIA</AccessKeyId>\
             <SecretAccessKey>hush</SecretAccessKey><SessionToken>token</SessionToken>\
             <Expiration>{expiration}</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>"
        )
    };
    let hour = role.answered(StatusCode::OK, answer("2024-03-01T00:59:59Z").as_bytes(), at(0)).unwrap();
    assert!(hour.is_fresh(at(55 * 60 - 1)) && !hour.is_fresh(at(55 * 60)));
    assert!(hour.is_usable(at(59 * 60)) && !hour.is_usable(at(60 * 60 - 30)));
    let short = role.answered(StatusCode::OK, answer("2024-03-01T00:03:59Z").as_bytes(), at(0)).unwrap();
    assert!(short.is_fresh(at(119)) && !short.is_fresh(at(120)));
    assert!(!format!("{short:?}").contains("hush"));

    let expired = role.answered(StatusCode::OK, answer("2024-02-29T23:59:59Z").as_bytes(), at(0));
    let refused =
        b"<ErrorResponse><Error><Code>AccessDenied</Code><Message>no</Message></Error></ErrorResponse>";
    let refused = role.answered(StatusCode::FORBIDDEN, refused, at(0));
    for (answer, cause) in [(expired, "already expired"), (refused, "AccessDenied: no")] {
        let rejection = answer.unwrap_err();
        let response = context.reject::<()>(&rejection);
        assert_eq!(response.status, StatusCode::INTERNAL_SERVER_ERROR);
        assert_eq!(rejection.message, "Internal server error");
        assert!(rejection.causes[0].contains(cause), "{rejection:?}");
    }
}

fn no_role_without_the_setting() {
    let gateway = gateway(&[]);
    let mut context = gateway.receive(inbound("GET", "/v1/open", &[]));
    context.admit().unwrap();
    assert!(MethodRequest::open(&context).unwrap().role().is_none());
}

static GATEWAY: LazyLock<Gateway> = LazyLock::new(|| gateway(&[]));

proptest! {
    fn no_header_makes_a_panic(
        authorization in "(AWS4-HMAC-SHA256 )?(Credential=AKIAIOSFODNN7EXAMPLE/[0-9]{8}/[a-z]*/execute-api/aws4_request,? ?|\
                          SignedHeaders=[a-z;-]*,? ?|Signature=[0-9a-f]{0,64},? ?|[ -~]{0,8}){0,5}",
        date in "[0-9]{8}T[0-9]{6}Z|[A-Z][a-z]{2}, [0-9]{1,2} [A-Z][a-z]{2} [0-9]{1,5} [0-9:]{0,8} GMT|[ -~]{0,20}",
        query in "[ -~]{0,40}",
        body in prop::collection::vec(any::<u8>(), 0..20),
    ) {
        let headers = [("authorization", authorization.as_str()), ("x-amz-date", date.as_str())];
        let request = Inbound { query: Some(query), ..inbound("PUT", "/v1/signed", &headers) };
        prop_assert!(admit_signed(&mut GATEWAY.receive(request), &body).is_err());
    }

    fn no_token_makes_a_panic(
        header in r#"\{("alg": "RS256"|"kid": "rsa"|"crit": 1|,){0,4}\}"#,
        claims in r#"\{("iss": "https://issuer.example"|"exp": [0-9eE.-]{0,9}|"aud": \[?"app"\]?|,){0,6}\}"#,
        rest in "[ -~]{0,10}",
    ) {
        let part = |text: &str| base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(text);
        let token = format!("{}.{}.{rest}", part(&header), part(&claims));
        let mut context = GATEWAY.receive(inbound("GET", "/v1/token", &[("authorization", &token)]));
        if let Ok(Proof::Token(proof)) = context.admit() {
            let now = context.inbound().time;
            prop_assert!(proof.verify(Verdict::Forged, now).is_err());
        }
    }
}

/// Does the shell's part for a signature.
fn admit_signed(context: &mut Context<'_>, body: &[u8]) -> Result<(), Rejection> {
    let Proof::Signature(proof) = context.admit()? else { panic!("the operation needs no signature") };
    let proven = proof.verify(context.inbound(), body)?;
    context.accept(proven)
}

/// Does the shell's part for a token, with a verdict on its signature.
fn admit_with_token(context: &mut Context<'_>, jwks: &Value, verdict: Verdict) -> Result<(), Rejection> {
    let Proof::Token(proof) = context.admit()? else { panic!("the operation needs no token") };
    let now = context.inbound().time;
    let mut keys = KnownKeys::default();
    assert_eq!(keys.find(proof.key_id(), proof.algorithm(), now), Finding::Ask);
    keys.learn(Ok(&jwks.to_string()), now);
    let proven = match keys.find(proof.key_id(), proof.algorithm(), now) {
        Finding::Key(_) => proof.verify(verdict, now)?,
        Finding::Unknown => return Err(proof.unknown_key()),
        other => panic!("{other:?}"),
    };
    context.accept(proven)
}

fn read(context: &Context<'_>, name: &str) -> Option<String> {
    use s3_edge_gateway::api::template::Values;
    context.context(name).map(|value| value.into_owned())
}

impl SignedRequest {
    fn into_inbound(self) -> Inbound {
        let headers: Vec<_> =
            self.headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        Inbound {
            host: self.host,
            query: self.query,
            time: SystemTime::UNIX_EPOCH + Duration::from_secs(self.now),
            ..inbound(&self.method, &self.path, &headers)
        }
    }
}

fn inbound(method: &str, path: &str, headers: &[(&str, &str)]) -> Inbound {
    let mut map = HeaderMap::new();
    for (name, value) in headers {
        map.append(HeaderName::try_from(*name).unwrap(), HeaderValue::try_from(*value).unwrap());
    }
    Inbound {
        method: Method::from_bytes(method.as_bytes()).unwrap(),
        path: path.to_owned(),
        query: Some("key=a.txt".to_owned()),
        host: "api.example.com".to_owned(),
        headers: map,
        request_id: "1".to_owned(),
        source_ip: None,
        time: at(0),
    }
}

/// Seconds after 2024-02-29T23:59:59Z.
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
