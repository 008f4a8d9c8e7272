//! Checks signatures of clients. A request is signed, sent, changed, and sent again. The gateway admits a request if and only if a
//! second implementation of Signature Version 4 verifies it. An admitted request differs from the signed request only in parts
//! that no signature covers, and it has the same effect.

use std::collections::BTreeSet;
use std::sync::LazyLock;
use std::time::{Duration, UNIX_EPOCH};

use hmac::{Hmac, KeyInit, Mac};
use http::header::{AUTHORIZATION, CONTENT_ENCODING, CONTENT_LENGTH, HOST, HeaderName, HeaderValue};
use s3_edge_gateway::api::Api;
use s3_edge_gateway::gateway::Gateway;
use s3_edge_gateway_testing::{Answer, ClientRequest, Received, Sent, serve_request};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::change::change;
use crate::date::{basic_date, http_date, seconds_of_basic, seconds_of_http};
use crate::deployment::{BEHAVIOURS, compile_json, deploy};
use crate::exchange::{check_response, check_sent, read_request, text};
use crate::random::Random;

const KEY_ID: &str = "AKIAIOSFODNN7EXAMPLE";
const SECRET: &str = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
const ALGORITHM: &str = "AWS4-HMAC-SHA256";

/// The time of arrival, in seconds since 1970: 2024-02-29T23:59:59Z. A minute later, it is another day, month and signing key.
const NOW: i64 = 1_709_251_199;

/// The greatest difference between the date of a signature and the time of arrival, in seconds.
const SKEW: i64 = 300;

/// The header that the document passes to S3.
const MAPPED: &str = "x-amz-meta-note";

const METHOD_OVERRIDE: &str = "x-http-method-override";

/// The methods of `x-amazon-apigateway-any-method`.
const METHODS: [&str; 7] = ["DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"];

/// An API that requires a signature for each path and method. S3 gets the path, a query parameter and a header.
static API: LazyLock<Api> = LazyLock::new(|| {
    let operation = |uri: &str, mut parameters: Value| {
        parameters["integration.request.querystring.name"] = json!("method.request.querystring.name");
        parameters["integration.request.header.x-amz-meta-note"] =
            json!("method.request.header.x-amz-meta-note");
        json!({ "x-amazon-apigateway-any-method": {
            "parameters": [
                { "in": "path", "name": "key", "required": true },
                { "in": "query", "name": "name" },
                { "in": "header", "name": MAPPED },
            ],
            "security": [{ "sigv4": [] }],
            "responses": { "200": { "headers": { "X-Access-Key": {} } } },
            "x-amazon-apigateway-integration": {
                "type": "aws",
                "httpMethod": "ANY",
                "uri": format!("arn:aws:apigateway:us-west-2:s3:path/{uri}"),
                "requestParameters": parameters,
                "responses": { "default": { "statusCode": 200, "responseParameters": {
                    "method.response.header.X-Access-Key": "context.identity.accessKey",
                } } },
            },
        } })
    };
    let of_key = json!({ "integration.request.path.key": "method.request.path.key" });
    let document = json!({
        "openapi": "3.0.1",
        "x-amazon-apigateway-binary-media-types": ["*/*"],
        "paths": { "/": operation("files/root", json!({})), "/{key+}": operation("files/{key}", of_key) },
        "components": { "securitySchemes": { "sigv4": {
            "type": "apiKey", "name": "Authorization", "in": "header", "x-amazon-apigateway-authtype": "awsSigv4",
        } } },
    });
    let compilation = compile_json(document.to_string().as_bytes());
    let findings = compilation.findings;
    compilation.document.unwrap_or_else(|| panic!("the document does not compile: {findings:?}")).api
});

/// Checks one input: a JSON object with `request`, the options of its signature in `sign`, and the changes in `change`. A request
/// that has an `Authorization` header is not signed.
pub fn run(data: &[u8]) {
    let Ok(input) = serde_json::from_slice::<Value>(data) else { return };
    let behaviour = BEHAVIOURS[Random::of(data).below(BEHAVIOURS.len())];
    let keys = json!({ KEY_ID: SECRET }).to_string();
    let gateway = deploy(API.clone(), behaviour, &[("IAM_ACCESS_KEYS", &keys)]);
    let gateway = gateway.unwrap_or_else(|errors| panic!("the API cannot be deployed: {errors:?}"));
    let mut original = read_request(&input["request"]);
    original.time = UNIX_EPOCH + Duration::from_secs(NOW.unsigned_abs());
    original.headers.remove(CONTENT_LENGTH);
    original.headers.remove(HOST);
    let is_signed = !original.headers.contains_key(AUTHORIZATION);
    if is_signed {
        sign(&mut original, &input["sign"]);
        let verified = verify(&original);
        assert!(
            has_unsorted_values(&original) || verified.is_ok(),
            "the signed request is not valid: {verified:?} {original:?}"
        );
    }
    let first = serve(&gateway, &original);
    let mut changed = original.clone();
    change(&mut changed, &input["change"]);
    changed.headers.remove(CONTENT_LENGTH);
    changed.headers.remove(HOST);
    let second = serve(&gateway, &changed);
    if is_signed && first.is_admitted && second.is_admitted {
        check_same(&original, &changed);
        let has_same_encoding =
            original.headers.get(CONTENT_ENCODING) == changed.headers.get(CONTENT_ENCODING);
        if let (Some(first), Some(second)) = (first.sent, second.sent)
            && has_same_encoding
        {
            assert_eq!(first, second, "the changed request has another effect");
        }
    }
}

/// The outcome of a request.
struct Outcome {
    is_admitted: bool,
    /// The first request to S3: its method, URL, mapped header and body. A signature does not cover repeated spaces in the header.
    sent: Option<(String, String, Option<String>, Vec<u8>)>,
}

/// Sends a request, and checks that it is admitted if and only if its signature is valid.
fn serve(gateway: &Gateway, request: &ClientRequest) -> Outcome {
    let served = serve_request(gateway, request, |sent| {
        check_sent(sent);
        Ok(Answer { body: b"\xff\xd8".to_vec(), ..Answer::default() })
    });
    check_response(&served.response);
    let error = served.log.and_then(|log| log.error);
    let is_admitted = !matches!(error, Some("INVALID_SIGNATURE" | "MISSING_AUTHENTICATION_TOKEN"));
    let verified = verify(request);
    if is_admitted {
        assert!(verified.is_ok(), "admitted: {verified:?} {request:?}");
    } else {
        assert!(served.requests.is_empty(), "refused, but sent: {:?}", served.requests);
        assert!(verified.is_err() || !has_route(request), "refused with {error:?}: {request:?}");
        assert_eq!(served.response.status, 403, "{request:?}");
    }
    let sent = served.requests.into_iter().next();
    if sent.is_some() {
        check_caller(&served.response);
    }
    let note = |sent: &Sent| {
        sent.headers.get(MAPPED).map(|value| spaced(&String::from_utf8_lossy(value.as_bytes())))
    };
    let effect = |sent: Sent| (sent.method.clone(), sent.url.clone(), note(&sent), sent.body);
    Outcome { is_admitted, sent: sent.map(effect) }
}

/// Checks that the mapping has the access key that signed the request.
fn check_caller(response: &Received) {
    assert!(response.status != 200 || response.header("x-access-key") == Some(KEY_ID), "{response:?}");
}

/// Returns whether the document has an operation for the request.
fn has_route(request: &ClientRequest) -> bool {
    let method = request.headers.get(METHOD_OVERRIDE).map(|value| value.as_bytes().trim_ascii());
    let method = method.map(|method| method.to_ascii_uppercase());
    // A value that is not a method is ignored.
    let method = method.filter(|method| http::Method::from_bytes(method).is_ok());
    let method = method.unwrap_or_else(|| request.method.as_str().as_bytes().to_vec());
    METHODS.iter().any(|known| known.as_bytes() == method)
}

/// Checks that two requests with the same signature do not differ in a part that the signature covers.
fn check_same(original: &ClientRequest, changed: &ClientRequest) {
    assert_eq!(original.method, changed.method, "another method has the same signature");
    assert_eq!(original.host, changed.host, "another host has the same signature");
    assert_eq!(original.body, changed.body, "another body has the same signature");
    let ((path, query), (other_path, other_query)) = (parts(original), parts(changed));
    assert_eq!(path, other_path, "another path has the same signature");
    let names = |query| pairs(query).into_iter().map(|(name, _)| name).collect::<BTreeSet<_>>();
    assert_eq!(names(query), names(other_query), "other parameters have the same signature");
    for name in names(query) {
        let values = |query| pairs(query).into_iter().filter(|(other, _)| *other == name).collect::<Vec<_>>();
        assert_eq!(values(query), values(other_query), "other values have the same signature");
    }
    for name in [MAPPED, METHOD_OVERRIDE, "x-amz-security-token"] {
        let values = |request: &ClientRequest| {
            let values = request.headers.get_all(name).iter();
            values.map(|value| spaced(&String::from_utf8_lossy(value.as_bytes()))).collect::<Vec<_>>()
        };
        assert_eq!(values(original), values(changed), "another {name} has the same signature");
    }
}

/// Signs a request at most five minutes before or after its arrival. First removes the headers that a client would not send.
fn sign(request: &mut ClientRequest, options: &Value) {
    let offset = options["offset"].as_i64().unwrap_or_default().clamp(-SKEW, SKEW);
    let seconds = NOW + offset;
    let region = text(options, "region");
    let is_region = |region: &&str| {
        !region.is_empty() && region.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    let region = Some(region).filter(is_region).unwrap_or("us-west-2");
    for name in ["x-amz-date", "date", "x-amz-content-sha256"] {
        request.headers.remove(name);
    }
    let (basic, http) = (basic_date(seconds), http_date(seconds));
    let (date_name, date) = match text(options, "date") {
        "http" => ("date", &http),
        "date" => ("date", &basic),
        _ => ("x-amz-date", &basic),
    };
    let mut set = |name: &'static str, value: &str| {
        let value = HeaderValue::from_str(value).expect("a date or a hash is a header value");
        request.headers.insert(HeaderName::from_static(name), value);
    };
    set(date_name, date);
    let hash = hex(&Sha256::digest(&request.body));
    if options["hash"] == true {
        set("x-amz-content-sha256", &hash);
    }
    let asked = options["signed"].as_array().into_iter().flatten().filter_map(Value::as_str);
    let asked: BTreeSet<String> = asked.map(str::to_ascii_lowercase).collect();
    let mut signed = BTreeSet::from(["host".to_owned()]);
    let names: Vec<HeaderName> = request.headers.keys().cloned().collect();
    for name in names {
        if name.as_str().starts_with("x-amz-") || name == METHOD_OVERRIDE || asked.contains(name.as_str()) {
            match request.headers.get(&name).filter(|value| value.to_str().is_ok()).cloned() {
                // The client signs one value.
                Some(value) => {
                    request.headers.insert(&name, value);
                    signed.insert(name.as_str().to_owned());
                }
                None => {
                    request.headers.remove(&name);
                }
            }
        }
    }
    let signed: Vec<_> = signed.into_iter().collect();
    let scope = Scope { date: &basic, region };
    let signature = signature(request, &signed, scope, &hash).expect("each signed header has one value");
    let (day, names) = (&basic[..8], signed.join(";"));
    let value = format!(
        "{ALGORITHM} Credential={KEY_ID}/{day}/{region}/execute-api/aws4_request, SignedHeaders={names}, Signature={signature}"
    );
    let value = HeaderValue::from_str(&value).expect("the parts of the header are visible ASCII");
    request.headers.insert(AUTHORIZATION, value);
}

/// Verifies a request by the rules of Signature Version 4 and the stricter rules of the gateway, which `docs/differences.json` lists.
///
/// # Errors
/// Returns the first rule that the request breaks.
fn verify(request: &ClientRequest) -> Result<(), &'static str> {
    let authorization = one(request, "authorization")?.ok_or("no Authorization")?;
    let parts = authorization.strip_prefix(ALGORITHM).and_then(|rest| rest.strip_prefix(' '));
    let mut parts: Vec<_> = parts.ok_or("another algorithm")?.split(',').map(str::trim).collect();
    parts.sort_unstable();
    let [credential, signature_part, signed] = parts.as_slice() else { return Err("not three parts") };
    let credential = credential.strip_prefix("Credential=").ok_or("no Credential")?;
    let given = signature_part.strip_prefix("Signature=").ok_or("no Signature")?;
    let signed = signed.strip_prefix("SignedHeaders=").ok_or("no SignedHeaders")?;
    let credential: Vec<_> = credential.split('/').collect();
    let [KEY_ID, day, region, "execute-api", "aws4_request"] = *credential.as_slice() else {
        return Err("another key or scope");
    };
    let date = match (one(request, "x-amz-date")?, one(request, "date")?) {
        (Some(date), _) => seconds_of_basic(date),
        (None, Some(date)) => seconds_of_basic(date).or_else(|| seconds_of_http(date)),
        (None, None) => None,
    };
    let seconds = date.ok_or("no valid date")?;
    if (seconds - NOW).abs() > SKEW {
        return Err("too old or too new");
    }
    let date = basic_date(seconds);
    if day != &date[..8] {
        return Err("another day");
    }
    let signed: Vec<String> = signed.split(';').map(str::to_owned).collect();
    if !signed.windows(2).all(|pair| pair[0] < pair[1]) {
        return Err("the signed headers are not sorted");
    }
    if !signed.iter().any(|name| name == "host") {
        return Err("host is not signed");
    }
    for name in [MAPPED, METHOD_OVERRIDE, "x-amz-security-token"] {
        if request.headers.contains_key(name) && !signed.iter().any(|signed| signed == name) {
            return Err("a header that must be signed is not signed");
        }
    }
    if has_unsorted_values(request) {
        return Err("the values of a parameter are not sorted");
    }
    let hash = hex(&Sha256::digest(&request.body));
    if one(request, "x-amz-content-sha256")?.is_some_and(|stated| stated != hash) {
        return Err("another hash of the body");
    }
    let scope = Scope { date: &date, region };
    if signature(request, &signed, scope, &hash)? == given { Ok(()) } else { Err("another signature") }
}

/// The date of a signature, as in `x-amz-date`, and its region.
#[derive(Clone, Copy)]
struct Scope<'s> {
    date: &'s str,
    region: &'s str,
}

/// Computes a signature.
///
/// # Errors
/// Returns the reason why a signed header has no single value.
fn signature(
    request: &ClientRequest,
    signed: &[String],
    scope: Scope<'_>,
    hash: &str,
) -> Result<String, &'static str> {
    let Scope { date, region } = scope;
    let (path, query) = parts(request);
    let mut encoded: Vec<_> =
        pairs(query).iter().map(|(name, value)| (encoded(name, b""), encoded(value, b""))).collect();
    encoded.sort();
    let query: Vec<_> = encoded.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let mut lines = vec![request.method.to_string(), self::encoded(path.as_bytes(), b"/"), query.join("&")];
    for name in signed {
        let value = match one(request, name)? {
            Some(value) => value,
            None if name == "host" => &request.host,
            None => return Err("a signed header is missing"),
        };
        lines.push(format!("{name}:{}", spaced(value)));
    }
    lines.extend([String::new(), signed.join(";"), hash.to_owned()]);
    let day = &date[..8];
    let canonical = hex(&Sha256::digest(lines.join("\n").as_bytes()));
    let to_sign = format!("{ALGORITHM}\n{date}\n{day}/{region}/execute-api/aws4_request\n{canonical}");
    let key = format!("AWS4{SECRET}").into_bytes();
    let key = [day, region, "execute-api", "aws4_request"].iter().fold(key, |key, part| hmac(&key, part));
    Ok(hex(&hmac(&key, &to_sign)))
}

/// Returns the value of a header that occurs at most once.
fn one<'r>(request: &'r ClientRequest, name: &str) -> Result<Option<&'r str>, &'static str> {
    let mut values = request.headers.get_all(name).iter();
    let value = values.next().map(|value| value.to_str().map_err(|_| "a header is not visible ASCII"));
    if values.next().is_some() { Err("a header occurs twice") } else { value.transpose() }
}

/// Returns the path and the query of a request.
fn parts(request: &ClientRequest) -> (&str, &str) {
    request.url.split_once('?').unwrap_or((&request.url, ""))
}

/// Returns the decoded pairs of a query, in their order.
fn pairs(query: &str) -> Vec<(Vec<u8>, Vec<u8>)> {
    let pairs = query.split('&').filter(|pair| !pair.is_empty());
    let pairs = pairs.map(|pair| pair.split_once('=').unwrap_or((pair, "")));
    pairs.map(|(name, value)| (decoded(name), decoded(value))).collect()
}

/// Returns whether a repeated parameter has values that are not sorted in their encoded form.
fn has_unsorted_values(request: &ClientRequest) -> bool {
    let pairs = pairs(parts(request).1);
    let of = |name: &[u8]| -> Vec<String> {
        let values = pairs.iter().filter(|(other, _)| other == name);
        values.map(|(_, value)| encoded(value, b"")).collect()
    };
    pairs.iter().any(|(name, _)| !of(name).is_sorted())
}

/// Decodes `+` and percent-encoded bytes.
fn decoded(text: &str) -> Vec<u8> {
    let (bytes, mut decoded, mut at) = (text.as_bytes(), Vec::new(), 0);
    while let Some(byte) = bytes.get(at) {
        let digit = |at: usize| bytes.get(at).and_then(|byte| char::from(*byte).to_digit(16));
        match (byte, digit(at + 1), digit(at + 2)) {
            (b'%', Some(high), Some(low)) => {
                decoded.extend(u8::try_from(high * 16 + low));
                at += 2;
            }
            (b'+', _, _) => decoded.push(b' '),
            _ => decoded.push(*byte),
        }
        at += 1;
    }
    decoded
}

/// Encodes all bytes except letters, digits, `-._~` and `kept`.
fn encoded(bytes: &[u8], kept: &[u8]) -> String {
    let encode = |byte: &u8| match byte {
        byte if byte.is_ascii_alphanumeric() || b"-._~".contains(byte) || kept.contains(byte) => {
            char::from(*byte).to_string()
        }
        byte => format!("%{byte:02X}"),
    };
    bytes.iter().map(encode).collect()
}

/// Returns a header without spaces at its ends and with single spaces inside.
fn spaced(value: &str) -> String {
    value.split(' ').filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}

fn hmac(key: &[u8], text: &str) -> Vec<u8> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("a key may have any length");
    mac.update(text.as_bytes());
    mac.finalize().into_bytes().to_vec()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
