//! Runs `vectors/models.json`: schemas, values, and the faults that the validator reports for each value.

#![expect(clippy::unwrap_used, reason = "clippy checks the helper functions of tests as production code")]

use std::cell::Cell;
use std::pin::pin;
use std::process::ExitCode;
use std::task::{Context, Poll, Waker};

use http::Method;
use s3_edge_gateway::api::Api;
use s3_edge_gateway::api::json::Json;
use s3_edge_gateway::api::model::Model;
use s3_edge_gateway::gateway::deployment::settings::Variables;
use s3_edge_gateway::gateway::{Gateway, Settings};
use s3_edge_gateway_compiler::api_of;
use s3_edge_gateway_testing::{Answer, ClientRequest, document_with_schema, serve_request};
use serde::Deserialize;
use serde_json::{Value, json};
use test_harness::Trial;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    about: String,
    components: Value,
    vectors: Vec<Vector>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Vector {
    name: String,
    source: String,
    schema: Value,
    /// Values, each with its faults.
    values: Vec<(Value, Vec<String>)>,
    /// JSON texts, each with the faults of its value. They keep the spelling of a number, such as `1.0`,
    /// which `values` does not keep.
    #[serde(default)]
    texts: Vec<(String, Vec<String>)>,
}

fn main() -> ExitCode {
    let File { about, components, vectors } = test_harness::read("vectors/models.json");
    assert!(!about.is_empty());
    let mut tests: Vec<Trial> =
        vectors.into_iter().map(|vector| faults(vector, components.clone())).collect();
    tests.extend(test_harness::functions![
        only_a_body_that_fits_its_model_is_sent,
        a_long_body_has_the_same_faults_with_pauses,
        a_validation_has_limits,
    ]);
    test_harness::run(tests)
}

fn faults(vector: Vector, components: Value) -> Trial {
    let Vector { name, source, schema, values, texts } = vector;
    test_harness::test(format!("models::{name}"), move || {
        assert!(!source.is_empty(), "`source` is empty");
        let model = model(&schema, &components);
        let values = values.into_iter().map(|(value, faults)| (value.to_string(), faults));
        for (text, mut expected) in values.chain(texts) {
            let mut faults = model.faults(Json::read(&text).unwrap().root());
            faults.sort();
            expected.sort();
            assert_eq!(faults, expected, "{text}");
        }
    })
}

/// The limits of faults, of work, of nesting, and of the length of a value in a message.
fn a_validation_has_limits() {
    let faults = |schema: &Value, body: &Value| {
        let node = json!({ "allOf": [{ "properties": { "a": { "$ref": "#/components/schemas/Node" } } }] });
        let text = body.to_string();
        model(schema, &json!({ "schemas": { "Node": node } })).faults(Json::read(&text).unwrap().root())
    };
    assert_eq!(faults(&json!({ "items": { "type": "string" } }), &json!(vec![1; 100])).len(), 20);
    let known: Vec<_> = (0..200).collect();
    let much = faults(&json!({ "items": { "enum": known } }), &json!(vec![199; 20_000]));
    assert_eq!(much, ["instance takes too much work to validate"]);
    let deep = (0..120).fold(json!(1), |inner, _| json!({ "a": inner }));
    let too_deep = faults(&json!({ "$ref": "#/components/schemas/Node" }), &deep);
    assert!(too_deep.contains(&"instance is nested too deeply".to_owned()), "{too_deep:?}");
    let long = faults(&json!({ "maxLength": 1 }), &json!("a".repeat(10_000)));
    assert!(long.iter().all(|fault| fault.len() < 1200) && long.len() == 1, "{long:?}");
    let names: Value =
        (0..100).map(|nth| (format!("name{nth}"), json!(1))).collect::<serde_json::Map<_, _>>().into();
    let forbidden = faults(&json!({ "additionalProperties": false }), &names);
    assert_eq!(forbidden.join("").matches("name").count(), 20);
}

fn a_long_body_has_the_same_faults_with_pauses() {
    let item = json!({ "type": "object", "required": ["a"], "properties": { "a": { "type": "integer" } } });
    let list = json!({ "type": "array", "items": { "$ref": "#/components/schemas/Item" } });
    let components = json!({ "schemas": { "Item": item, "List": list } });
    let good = vec![json!({ "a": 1 }); 60_000];
    let mut bad = good.clone();
    *bad.get_mut(50_000).unwrap() = json!({ "a": "text" });
    bad.push(json!([]));
    let reference = json!({ "$ref": "#/components/schemas/List" });
    let nested = json!({
        "properties": { "list": reference, "rest": { "type": "string" } },
        "additionalProperties": false,
    });
    for (schema, body, faults) in [
        (&reference, json!(good), 0),
        (&reference, json!(bad), 2),
        (&nested, json!({ "list": good, "rest": "text" }), 0),
        (&nested, json!({ "rest": 1, "list": bad, "more": 1 }), 4),
        (&json!({ "items": reference, "maxItems": 1 }), json!([good, bad]), 3),
        (&json!({ "allOf": [reference] }), json!(bad), 1),
        (&json!({ "items": [reference], "additionalItems": false }), json!([bad, 1]), 3),
    ] {
        let (text, model) = (body.to_string(), model(schema, &components));
        let (json, pauses) = (Json::read(&text).unwrap(), Cell::new(0));
        let with_pauses = pin!(model.faults_with_pauses(json.root(), &async || pauses.set(pauses.get() + 1)))
            .poll(&mut Context::from_waker(Waker::noop()))
            .map(|mut faults| {
                faults.sort();
                faults
            });
        let mut expected = model.faults(json.root());
        expected.sort();
        assert_eq!(expected.len(), faults, "{schema}: {expected:?}");
        assert_eq!(with_pauses, Poll::Ready(expected), "{schema}");
        let is_fallback = schema.get("allOf").is_some() || schema.get("items").is_some_and(Value::is_array);
        assert_eq!(pauses.get() == 0, is_fallback, "{schema}: {} pauses", pauses.get());
    }
}

fn only_a_body_that_fits_its_model_is_sent() {
    let variable = |name: &str| match name {
        "AWS_ACCESS_KEY_ID" | "AWS_SECRET_ACCESS_KEY" => Some("x".to_owned()),
        "ALLOW_ANONYMOUS_WRITES" => Some("true".to_owned()),
        _ => None,
    };
    let settings = Settings::from_variables(&Variables(&variable)).unwrap();
    let gateway = Gateway::new(api(&json!({ "type": "object" }), &json!({})), settings).unwrap();
    for (body, status) in [("[]", 400), ("{", 400), ("{}", 200), ("", 200)] {
        let body = body.as_bytes().to_vec();
        let request = ClientRequest { body: body.clone(), ..ClientRequest::new(Method::PUT, "/x") };
        let served = serve_request(&gateway, &request, |_| Ok(Answer::default()));
        assert_eq!(served.response.status, status, "{:?}", served.log);
        let sent: Vec<_> = served.requests.into_iter().map(|sent| sent.body).collect();
        assert_eq!(sent, if status == 200 { vec![body] } else { Vec::new() });
    }
}

/// Returns the model of an operation whose body has the schema.
fn model(schema: &Value, components: &Value) -> Model {
    let api = api(schema, components);
    let method = api.resources.first().and_then(|resource| resource.methods.first()).unwrap();
    method.operation.served().unwrap().validation.models.of(Some("application/json")).unwrap().clone()
}

fn api(schema: &Value, components: &Value) -> Api {
    let document = document_with_schema(schema, components);
    api_of(&serde_json::to_vec(&document).unwrap()).unwrap()
}
