//! Checks tokens of clients. A verifier knows which texts were signed with which keys. The gateway admits a request if and only if
//! its token was signed with a key of its issuer, and its claims fit the operation.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::LazyLock;
use std::time::{Duration, UNIX_EPOCH};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::{Method, StatusCode};
use s3_edge_gateway::api::Api;
use s3_edge_gateway::gateway::Gateway;
use s3_edge_gateway::gateway::authorize::key_set::Key;
use s3_edge_gateway::gateway::authorize::token::{TokenProof, Verdict};
use s3_edge_gateway::gateway::transport::TransportError;
use s3_edge_gateway_testing::{Answer, ClientRequest, Sent, serve_with_verifier};
use serde_json::{Value, json};

use crate::change::change;
use crate::deployment::{BEHAVIOURS, compile_json, deploy};
use crate::exchange::{append_header, check_response, check_sent, text};
use crate::random::Random;

/// The time of the first request, in seconds since 1970. Many numbers that mutations insert are close to it.
const START: u64 = 200;

/// The longest wait before a request, in seconds. Keys are used for at most two hours.
const LONGEST_WAIT: u64 = 3 * 60 * 60;

/// The time for which keys are used, in seconds.
const KEYS_VALID: u64 = 2 * 60 * 60;

/// The time by which the clock of an issuer may be ahead, in seconds.
const LEEWAY: f64 = 60.0;

/// The greatest length of a token, in bytes.
const LONGEST_TOKEN: usize = 16 * 1024;

/// The greatest length of a key set, in bytes.
const LONGEST_KEY_SET: usize = 256 * 1024;

/// The maximum number of requests in an input.
const MOST_REQUESTS: usize = 4;

const ISSUER: &str = "https://issuer.example";
const OTHER_ISSUER: &str = "https://other.example";
const POOL: &str = "https://cognito-idp.us-west-2.amazonaws.com/us-west-2_abc";
const OTHER_POOL: &str = "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_def";

/// The header with the claim `sub` in the request to S3.
const SUBJECT: &str = "x-amz-meta-subject";

/// The operations, with the rules for their tokens.
const OPERATIONS: [Operation; 5] = [
    Operation { scopes: &[], audience: &["app", "web"], ..Operation::of("/custom", "custom") },
    Operation { scopes: &["read", "all"], audience: &["app", "web"], ..Operation::of("/scoped", "custom") },
    Operation { header: "x-token", issuers: &[OTHER_ISSUER], ..Operation::of("/header", "header") },
    Operation { issuers: &[POOL, OTHER_POOL], used_as: Some("id"), ..Operation::of("/user", "pool") },
    Operation {
        scopes: &["files/read"],
        issuers: &[POOL, OTHER_POOL],
        used_as: Some("access"),
        ..Operation::of("/access", "pool")
    },
];

/// The rules for the tokens of an operation.
struct Operation {
    path: &'static str,
    /// The name of the security scheme.
    scheme: &'static str,
    /// The header with the token.
    header: &'static str,
    /// The token needs one of these scopes, if there are any.
    scopes: &'static [&'static str],
    /// The token is from one of these issuers.
    issuers: &'static [&'static str],
    /// The token is for one of these audiences, if there are any.
    audience: &'static [&'static str],
    /// The required claim `token_use`.
    used_as: Option<&'static str>,
}

impl Operation {
    const fn of(path: &'static str, scheme: &'static str) -> Self {
        Self {
            path,
            scheme,
            header: "authorization",
            scopes: &[],
            issuers: &[ISSUER],
            audience: &[],
            used_as: None,
        }
    }
}

/// The API with [`OPERATIONS`].
static API: LazyLock<Api> = LazyLock::new(|| {
    let operation = |operation: &Operation| {
        let scheme = operation.scheme;
        let get = json!({ "get": {
            "security": [{ scheme: operation.scopes }],
            "responses": { "200": {} },
            "x-amazon-apigateway-integration": {
                "type": "aws",
                "httpMethod": "GET",
                "uri": "arn:aws:apigateway:us-west-2:s3:path/files/key",
                "requestParameters": {
                    "integration.request.header.x-amz-meta-subject": "context.authorizer.claims.sub",
                },
                "responses": { "default": { "statusCode": 200 } },
            },
        } });
        (operation.path.to_owned(), get)
    };
    let scheme = |header: &str, kind: &str, authorizer: Value| {
        json!({ "type": "apiKey", "name": header, "in": "header", "x-amazon-apigateway-authtype": kind,
            "x-amazon-apigateway-authorizer": authorizer })
    };
    let token = json!({ "type": "token" });
    let pools = json!({ "type": "cognito_user_pools", "providerARNs": [
        "arn:aws:cognito-idp:us-west-2:123456789012:userpool/us-west-2_abc",
        "arn:aws:cognito-idp:eu-west-1:123456789012:userpool/eu-west-1_def",
    ] });
    let document = json!({
        "openapi": "3.0.1",
        "paths": OPERATIONS.iter().map(operation).collect::<serde_json::Map<_, _>>(),
        "components": { "securitySchemes": {
            "custom": scheme("Authorization", "custom", token.clone()),
            "header": scheme("X-Token", "custom", token),
            "pool": scheme("Authorization", "cognito_user_pools", pools),
        } },
    });
    let compilation = compile_json(document.to_string().as_bytes());
    let findings = compilation.findings;
    compilation.document.unwrap_or_else(|| panic!("the document does not compile: {findings:?}")).api
});

/// A key that signs. The value of `signer` in an input selects it.
fn signer(name: &str) -> (&'static str, Value) {
    match name {
        "ec" => ("ES256", json!({ "kty": "EC", "crv": "P-256", "x": "ZWM", "y": "ZWM" })),
        "two" => ("RS256", json!({ "kty": "RSA", "n": "dHdv", "e": "AQAB" })),
        "foreign" => ("RS256", json!({ "kty": "RSA", "n": "Zm9yZWlnbg", "e": "AQAB" })),
        _ => ("RS256", json!({ "kty": "RSA", "n": "b25l", "e": "AQAB" })),
    }
}

/// A token that was signed.
struct Signing {
    token: String,
    header: Value,
    claims: Value,
    /// The algorithm and the public key.
    algorithm: &'static str,
    key: Value,
}

impl Signing {
    /// Signs the token of a request. A header or claims that are a text need not be valid JSON.
    fn new(number: usize, written: &Value) -> Self {
        let (algorithm, key) = signer(text(written, "signer"));
        let json = |part: &Value| part.as_str().map_or_else(|| part.to_string(), str::to_owned);
        let (header, claims) = (json(&written["header"]), json(&written["claims"]));
        let parsed = |text: &str| serde_json::from_str(text).unwrap_or_default();
        let encode = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        let signature = encode(format!("signature {number} with {key}").as_bytes());
        let token = format!("{}.{}.{signature}", encode(header.as_bytes()), encode(claims.as_bytes()));
        Self { token, header: parsed(&header), claims: parsed(&claims), algorithm, key }
    }

    /// Returns whether the verifier has the signed text, the signature and the key of this signing.
    fn is_of(&self, token: &TokenProof<'_>, key: &Key) -> bool {
        let Some((signed, signature)) = self.token.rsplit_once('.') else { return false };
        signed == token.signed_text()
            && signature == URL_SAFE_NO_PAD.encode(token.signature())
            && self.algorithm == key.algorithm.name()
            && serde_json::from_str(&key.jwk).is_ok_and(|jwk: Value| jwk == self.key)
    }
}

/// The keys of the issuers as of the last fetch that succeeded, with its time. The keys of an issuer have its name as their key.
type KeySets = BTreeMap<&'static str, (Vec<Value>, u64)>;

/// Checks one input: a JSON object whose `requests` are sent to one deployment. Each request has the `path` of an operation, the
/// `wait` before it in seconds, the parts of its token (`header`, `claims`, `signer`), the `prefix` of the token in the header,
/// changes in `change`, and the issuer's response in `keys` and `status`.
pub fn run(data: &[u8]) {
    let Ok(input) = serde_json::from_slice::<Value>(data) else { return };
    let behaviour = BEHAVIOURS[Random::of(data).below(BEHAVIOURS.len())];
    let issuer = |issuer: &str| json!({ "issuer": issuer, "jwks_uri": format!("{issuer}/keys") });
    let mut custom = issuer(ISSUER);
    custom["audience"] = json!(["app", "web"]);
    let issuers = json!({ "custom": custom, "header": issuer(OTHER_ISSUER) }).to_string();
    let gateway = deploy(API.clone(), behaviour, &[("JWT_ISSUERS", &issuers)]);
    let gateway = gateway.unwrap_or_else(|errors| panic!("the API cannot be deployed: {errors:?}"));
    let (mut signings, mut key_sets, mut now) = (Vec::new(), KeySets::new(), START);
    let requests = input["requests"].as_array().into_iter().flatten().take(MOST_REQUESTS);
    for (number, written) in requests.enumerate() {
        now += written["wait"].as_u64().unwrap_or_default().min(LONGEST_WAIT);
        signings.push(Signing::new(number, written));
        serve(&gateway, written, &signings, &mut key_sets, now);
    }
}

/// Sends a request with the last token of `signings`, and checks that it is admitted if and only if its token is valid.
fn serve(gateway: &Gateway, written: &Value, signings: &[Signing], key_sets: &mut KeySets, now: u64) {
    let operation = OPERATIONS.iter().find(|operation| operation.path == text(written, "path"));
    let operation = operation.unwrap_or(&OPERATIONS[0]);
    let mut request = ClientRequest::new(Method::GET, operation.path);
    request.time = UNIX_EPOCH + Duration::from_secs(now);
    if let Some(signing) = signings.last() {
        let value = format!("{}{}", text(written, "prefix"), signing.token);
        append_header(&mut request.headers, operation.header, &value);
    }
    change(&mut request, &written["change"]);
    // The path and the method stay those of the operation.
    (request.method, request.url) = (Method::GET, operation.path.to_owned());
    request.headers.remove("x-http-method-override");
    let key_sets = RefCell::new(key_sets);
    let backend = |sent: &Sent| {
        check_sent(sent);
        let issuer = [ISSUER, OTHER_ISSUER, POOL, OTHER_POOL].into_iter().find(|issuer| {
            sent.url == format!("{issuer}/keys") || sent.url == format!("{issuer}/.well-known/jwks.json")
        });
        let Some(issuer) = issuer else { return Ok(Answer::default()) };
        let answer = key_set(written)?;
        let keys = serde_json::from_slice::<Value>(&answer.body).ok();
        let keys = keys.and_then(|set| set.get("keys")?.as_array().cloned());
        if let Some(keys) = keys.filter(|_| answer.status == 200 && answer.body.len() <= LONGEST_KEY_SET) {
            key_sets.borrow_mut().insert(issuer, (keys, now));
        }
        Ok(answer)
    };
    let verifier = |token: &TokenProof<'_>, key: &Key| {
        assert_eq!(token.algorithm(), key.algorithm, "the key is for another algorithm than the token");
        let jwk: Value = serde_json::from_str(&key.jwk).expect("a key is JSON");
        if signings.iter().any(|signing| signing.is_of(token, key)) {
            Ok(Verdict::Genuine)
        } else if ["one", "two", "ec", "foreign"].into_iter().any(|name| signer(name).1 == jwk) {
            Ok(Verdict::Forged)
        } else {
            Err(TransportError::Broken("the key is malformed".to_owned()))
        }
    };
    let served = serve_with_verifier(gateway, &request, backend, &verifier);
    check_response(&served.response);
    let to_s3 = served.requests.iter().find(|sent| sent.url.ends_with("/files/key"));
    let token = sent_token(&request, operation);
    let signing = token.and_then(|token| signings.iter().find(|signing| signing.token == token));
    let key_sets = key_sets.into_inner();
    match (to_s3, signing) {
        (Some(sent), Some(signing)) => {
            assert!(signing.fits(operation, now), "the claims do not fit: {}", signing.claims);
            assert!(signing.has_key(key_sets, now), "the issuer has no such key: {}", signing.header);
            check_subject(sent, &signing.claims);
        }
        (Some(_), None) => panic!("the token was not signed: {request:?}"),
        (None, Some(signing)) => {
            let is_valid = signing.fits(operation, now) && signing.has_certain_key(key_sets, now);
            let error = served.log.map(|log| (log.error, log.causes));
            assert!(!is_valid || has_invalid_subject(&signing.claims), "refused: {error:?} {request:?}");
        }
        (None, None) => {}
    }
}

/// Returns the issuer's response. `keys` is the key set, or a text that need not be JSON.
fn key_set(written: &Value) -> Result<Answer, TransportError> {
    let status = written["status"].as_u64().and_then(|status| u16::try_from(status).ok());
    let status = status.and_then(|status| StatusCode::from_u16(status).ok()).unwrap_or_default();
    match &written["keys"] {
        Value::Null => Err(TransportError::Timeout),
        Value::String(text) => Ok(Answer { status, body: text.clone().into_bytes(), ..Answer::default() }),
        set => Ok(Answer { status, body: set.to_string().into_bytes(), ..Answer::default() }),
    }
}

/// Returns the token of a request, or `None` if its header does not have exactly one value.
fn sent_token<'r>(request: &'r ClientRequest, operation: &Operation) -> Option<&'r str> {
    let mut values = request.headers.get_all(operation.header).iter();
    let (value, None) = (values.next()?.to_str().ok()?.trim(), values.next()) else { return None };
    let has_scheme = value.get(..7).is_some_and(|scheme| scheme.eq_ignore_ascii_case("bearer "));
    Some(if has_scheme { value[7..].trim_start() } else { value })
}

impl Signing {
    /// Returns whether the header and the claims are those that the operation requires.
    fn fits(&self, operation: &Operation, now: u64) -> bool {
        let Self { header, claims, .. } = self;
        #[expect(clippy::cast_precision_loss, reason = "the time is a small number")]
        let now = now as f64;
        let time = |name: &str| claims.get(name).map(Value::as_f64);
        let is_past = |name: &str| match time(name) {
            None => true,
            Some(time) => time.is_some_and(|time| time <= now + LEEWAY),
        };
        let is_issuer = |name: &str| operation.issuers.contains(&name);
        let audiences = texts(claims.get("aud").or_else(|| claims.get("client_id")));
        let scopes = texts(claims.get("scope").or_else(|| claims.get("scp")));
        let mut scopes = scopes.iter().flat_map(|text| text.split(' '));
        self.token.len() <= LONGEST_TOKEN
            && header["alg"] == self.algorithm
            && header["kid"].is_string()
            && header.get("crit").is_none()
            && claims["iss"].as_str().is_some_and(is_issuer)
            && time("exp").flatten().is_some_and(|expiry| expiry > now)
            && is_past("nbf")
            && is_past("iat")
            && operation.used_as.is_none_or(|used| claims["token_use"] == used)
            && (operation.audience.is_empty() || audiences.iter().any(|one| operation.audience.contains(one)))
            && (operation.scopes.is_empty() || scopes.any(|one| operation.scopes.contains(&one)))
    }

    /// Returns the keys of the token's issuer that have the id and the type of the token's key.
    fn keys_of_issuer<'k>(&self, key_sets: &'k KeySets, now: u64) -> Vec<&'k Value> {
        let issuer = self.claims["iss"].as_str().unwrap_or_default();
        let Some((keys, _)) = key_sets.get(issuer).filter(|(_, fetched)| now - fetched < KEYS_VALID) else {
            return Vec::new();
        };
        let is_same = |key: &&Value| {
            key["kid"] == self.header["kid"] && key["kty"] == self.key["kty"] && is_usable(key)
        };
        keys.iter().filter(is_same).collect()
    }

    /// Returns whether the issuer has the key that signed the token.
    fn has_key(&self, key_sets: &KeySets, now: u64) -> bool {
        let is_same = |known: &Value| members(&self.key).all(|(name, value)| known[name] == *value);
        self.keys_of_issuer(key_sets, now).into_iter().any(is_same)
    }

    /// Returns whether the issuer has only one key with the id of the token, and this key signed the token.
    fn has_certain_key(&self, key_sets: &KeySets, now: u64) -> bool {
        self.has_key(key_sets, now) && self.keys_of_issuer(key_sets, now).len() == 1
    }
}

/// Returns whether a key is for signatures with the algorithm of its type.
fn is_usable(key: &Value) -> bool {
    let algorithm = if key["kty"] == "RSA" { "RS256" } else { "ES256" };
    let allows = |name: &str, value: &str| key[name].as_str().is_none_or(|found| found == value);
    allows("use", "sig") && allows("alg", algorithm)
}

fn members(key: &Value) -> impl Iterator<Item = (&String, &Value)> {
    key.as_object().into_iter().flatten()
}

/// Returns a text, or the texts in an array.
fn texts(value: Option<&Value>) -> Vec<&str> {
    match value {
        Some(Value::Array(items)) => items.iter().filter_map(Value::as_str).collect(),
        value => value.and_then(Value::as_str).into_iter().collect(),
    }
}

/// Checks that S3 gets the claim `sub` of the token.
fn check_subject(sent: &Sent, claims: &Value) {
    let found = sent.headers.get(SUBJECT).map(|value| String::from_utf8_lossy(value.as_bytes()));
    if let Some(subject) = claims["sub"].as_str().filter(|subject| !subject.is_empty()) {
        assert_eq!(found.as_deref(), Some(subject), "S3 gets another claim");
    }
}

/// Returns whether the claim `sub` cannot be sent in a header.
fn has_invalid_subject(claims: &Value) -> bool {
    let subject = claims["sub"].as_str().map_or_else(|| claims["sub"].to_string(), str::to_owned);
    !subject.bytes().all(|byte| byte.is_ascii_graphic() || byte == b' ')
}
