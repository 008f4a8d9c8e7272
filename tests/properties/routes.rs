//! Routing against an oracle that looks at every path of the document, one after the other.

use http::Method;
use proptest::prelude::*;
use s3_edge_gateway::api::integration::match_statuses;
use s3_edge_gateway::api::{Api, Segment, Verb};
use s3_edge_gateway::gateway::route::{MethodId, Router};
use serde_json::{Map, Value, json};

const VERBS: [&str; 5] = ["get", "head", "put", "options", "x-amazon-apigateway-any-method"];

/// What can stand in a path of the document; `{` and `{+` become parameters, named by their place.
fn document_path() -> impl Strategy<Value = Vec<&'static str>> {
    let segment = prop::sample::select(vec!["a", "b", "a", "x%2Fy", "{"]);
    (prop::collection::vec(segment, 0..5), any::<bool>())
        .prop_map(|(segments, greedy)| segments.into_iter().chain(greedy.then_some("{+")).collect())
}

fn request_path() -> impl Strategy<Value = String> {
    let segment = prop::sample::select(vec!["a", "b", "a", "c", "x%2Fy", "x%2fy", "%61", ""]);
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
    Api::from_openapi(&serde_json::to_vec(&document).unwrap(), &match_statuses).unwrap()
}

/// How a path of the document takes a request's: which kind of segment at each place (static before `{name}`, `{name}`
/// before `{name+}`), and what the parameters are. A slash at the end, and those at the beginning, are nothing but to a
/// greedy parameter.
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

/// Of all methods that take the request: the one whose path is the most static from the left, its own before ANY.
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
    fn routes_are_those_of_a_matcher_that_knows_no_tree(
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
