//! Routing, compared with a matcher that tries each path of the document.

use http::Method;
use proptest::prelude::*;
use s3_edge_gateway::api::{Api, Segment, Verb};
use s3_edge_gateway::gateway::deployment::router::{MethodId, Router};
use s3_edge_gateway_compiler::api_of;
use serde_json::{Map, Value, json};

const VERBS: [&str; 5] = ["get", "head", "put", "options", "x-amazon-apigateway-any-method"];

/// The segments of a path of the document. `document` replaces `{` by a parameter such as `{p0}`, and `{+` by one such as `{p0+}`.
fn document_path() -> impl Strategy<Value = Vec<&'static str>> {
    let segment = prop::sample::select(vec!["a", "b", "a", "x.y", "{"]);
    (prop::collection::vec(segment, 0..5), any::<bool>())
        .prop_map(|(segments, greedy)| segments.into_iter().chain(greedy.then_some("{+")).collect())
}

fn request_path() -> impl Strategy<Value = String> {
    let segment = prop::sample::select(vec!["a", "b", "a", "c", "x.y", "x%2Ey", "%61", ""]);
    prop::collection::vec(segment, 0..7).prop_map(|segments| format!("/{}", segments.join("/")))
}

fn document(paths: &[(Vec<&str>, Vec<&str>)]) -> Api {
    let operation = json!({ "responses": { "200": {} }, "x-amazon-apigateway-integration": {
        "type": "aws", "httpMethod": "GET", "uri": "arn:aws:apigateway:us-west-2:s3:path/b/k",
        "responses": { "default": { "statusCode": 200 } } } });
    let mut written = Map::new();
    for (segments, verbs) in paths {
        let name = |(at, segment): (usize, &&str)| match *segment {
            "{" => format!("/{{p{at}}}"),
            "{+" => format!("/{{p{at}+}}"),
            text => format!("/{text}"),
        };
        let path: String = segments.iter().enumerate().map(name).collect();
        let methods: Map<_, _> = verbs.iter().map(|verb| ((*verb).to_owned(), operation.clone())).collect();
        written.insert(if path.is_empty() { "/".to_owned() } else { path }, Value::Object(methods));
    }
    let document = json!({ "openapi": "3.0.1", "paths": written });
    api_of(&serde_json::to_vec(&document).unwrap()).unwrap()
}

/// Matches the path of a request. Returns the kind of each segment (0: static, 1: `{name}`, 2: `{name+}`) and the values of the
/// parameters, or `None` if the path does not match. One slash at the end, and slashes at the start, are ignored unless they are
/// part of a greedy parameter.
fn takes(template: &[Segment], path: &str) -> Option<(Vec<u8>, Vec<String>)> {
    let (mut kinds, mut parameters) = (Vec::new(), Vec::new());
    let greedy = matches!(template.last(), Some(Segment::Greedy(_)));
    let trimmed = path.trim_start_matches('/');
    let texts: Vec<&str> = match (greedy, template.len()) {
        (true, 1) => vec![&path[1..]],
        (true, count) => trimmed.splitn(count, '/').collect(),
        (false, _) if trimmed.is_empty() => Vec::new(),
        (false, _) => trimmed.strip_suffix('/').unwrap_or(trimmed).split('/').collect(),
    };
    if texts.len() != template.len() {
        return None;
    }
    for (segment, text) in template.iter().zip(texts) {
        match segment {
            Segment::Static(known) if known == text => kinds.push(0),
            Segment::Static(_) => return None,
            Segment::Parameter(_) | Segment::Greedy(_) if text.is_empty() => return None,
            Segment::Parameter(_) => kinds.push(1),
            Segment::Greedy(_) => kinds.push(2),
        }
        if !matches!(segment, Segment::Static(_)) {
            parameters.push(text.to_owned());
        }
    }
    Some((kinds, parameters))
}

/// Returns the matching method whose path has the lowest kinds of segments from the left. An exact method precedes ANY of the same
/// path.
fn oracle(api: &Api, verb: &Method, path: &str) -> Option<(MethodId, Vec<String>)> {
    let mut found = Vec::new();
    for (resource, entry) in api.resources.iter().enumerate() {
        let Some((kinds, parameters)) = takes(&entry.path.segments, path) else { continue };
        for (method, definition) in entry.methods.iter().enumerate() {
            let rank = match &definition.verb {
                Verb::Exactly(exactly) if exactly == verb => 0,
                Verb::Any if verb.as_str() != "TRACE" => 1,
                Verb::Exactly(_) | Verb::Any => continue,
            };
            found.push((kinds.clone(), rank, MethodId { resource, method }, parameters.clone()));
        }
    }
    found.into_iter().min().map(|(_, _, method, parameters)| (method, parameters))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn the_router_finds_the_same_route_as_the_matcher(
        paths in prop::collection::hash_map(
            document_path(), prop::sample::subsequence(VERBS.to_vec(), 1..4), 1..12),
        requests in prop::collection::vec((prop::sample::select(
            vec!["GET", "HEAD", "PUT", "OPTIONS", "DELETE", "TRACE"]), request_path()), 20),
    ) {
        let paths: Vec<_> = paths.into_iter().collect();
        let api = document(&paths);
        let router = Router::new(&api);
        for (verb, path) in requests {
            let verb: Method = verb.parse().unwrap();
            let found = router.find(&verb, &path);
            let found = found.map(|route| {
                (route.method, route.parameters.into_iter().map(str::to_owned).collect::<Vec<_>>())
            });
            prop_assert_eq!(found, oracle(&api, &verb, &path), "{} {}", verb, path);
        }
    }
}

const DOCUMENT: &str = r#"{"openapi": "3.0.1", "paths": {
    "/": {"get": ?},
    "/test": {"post": ?},
    "/{proxy+}": {"options": ?, "x-amazon-apigateway-any-method": ?},
    "/part1/hardcoded-value": {"get": ?},
    "/part1/{one}/x": {"get": ?},
    "/a/{b}/c/{d+}": {"get": ?}
}}"#;

fn find(verb: &str, path: &str) -> Option<(String, Vec<String>)> {
    let operation = r#"{"responses": {"200": {}}, "x-amazon-apigateway-integration": {"type": "aws", "httpMethod": "GET",
        "uri": "arn:aws:apigateway:us-west-2:s3:path/b/k", "responses": {"default": {"statusCode": 200}}}}"#;
    let api = api_of(DOCUMENT.replace('?', operation).as_bytes()).unwrap();
    let router = Router::new(&api);
    let route = router.find(&verb.parse().unwrap(), path)?;
    let resource = &api.resources[route.method.resource];
    let verb = &resource.methods[route.method.method].verb;
    let name = format!("{verb} {}", resource.path.written);
    Some((name, route.parameters.into_iter().map(str::to_owned).collect()))
}

#[test]
fn a_request_is_routed_to_the_most_specific_path() {
    for (verb, path, expected, parameters) in [
        ("GET", "/", "GET /", vec![]),
        ("GET", "", "GET /", vec![]),
        ("GET", "//", "GET /", vec![]),
        ("POST", "/test", "POST /test", vec![]),
        ("POST", "/test/", "POST /test", vec![]),
        ("OPTIONS", "/test", "OPTIONS /{proxy+}", vec!["test"]),
        ("GET", "/part1/random-value", "ANY /{proxy+}", vec!["part1/random-value"]),
        ("GET", "/part1/hardcoded-value", "GET /part1/hardcoded-value", vec![]),
        ("GET", "/part1/hardcoded-value/x", "GET /part1/{one}/x", vec!["hardcoded-value"]),
        ("GET", "/a/1/c/2/3//4", "GET /a/{b}/c/{d+}", vec!["1", "2/3//4"]),
        ("GET", "/a//c/2", "ANY /{proxy+}", vec!["a//c/2"]),
        ("GET", "/x%2Fy", "ANY /{proxy+}", vec!["x%2Fy"]),
        ("GET", "/x/", "ANY /{proxy+}", vec!["x/"]),
        ("GET", "/x//", "ANY /{proxy+}", vec!["x//"]),
        ("GET", "//x", "ANY /{proxy+}", vec!["/x"]),
        ("DELETE", "//", "ANY /{proxy+}", vec!["/"]),
        ("GET", "/a/1/c/2/", "GET /a/{b}/c/{d+}", vec!["1", "2/"]),
        ("GET", "/a/1/c//2", "GET /a/{b}/c/{d+}", vec!["1", "/2"]),
        ("GET", "//part1/1/x/", "GET /part1/{one}/x", vec!["1"]),
    ] {
        let (name, found) = find(verb, path).unwrap();
        assert_eq!(
            (name.as_str(), found),
            (expected, parameters.iter().map(|p| (*p).to_owned()).collect()),
            "{verb} {path}"
        );
    }
    for unknown in ["LOCK", "COPY", "TRACE", "PROPFIND"] {
        assert_eq!(find(unknown, "/test"), None, "ANY does not match {unknown}");
    }
    assert_eq!(find("POST", "/"), None);
}
