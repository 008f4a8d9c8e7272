//! Random documents and settings are either read, or refused with errors.

use proptest::prelude::*;
use s3_edge_gateway::api::Api;
use s3_edge_gateway::gateway::Settings;
use s3_edge_gateway::gateway::deployment::settings::Variables;
use s3_edge_gateway_compiler::api_of;
use s3_edge_gateway_compiler::finding::Finding;
use serde_json::{Map, Value, json};

const SAMPLE: &str = include_str!("../documents/sample-openapi-3.0.json");
const STATUSES: &str = include_str!("../documents/statuses.json");
const EXTENSIONS: &str = include_str!("../documents/every-extension.json");

/// References to existing and missing targets, and to the document that contains the reference.
fn reference() -> impl Strategy<Value = Value> {
    let places = [
        "#",
        "#/paths",
        "#/paths/~1login",
        "#/paths/~1again~1%7Bname%7D",
        "#/paths/~1again~1{name}",
        "#/%ff",
        "x",
        "#/components/parameters/name",
        "#/components/responses/file",
        "#/components/securitySchemes/key",
        "#/components/schemas/Tree",
        "#/nowhere",
    ];
    prop::sample::select(places.to_vec()).prop_map(|place| json!({ "$ref": place }))
}

fn json_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<String>().prop_map(Value::from),
        "[a-z0-9./{}+'$:-]{0,12}".prop_map(Value::from),
        reference(),
    ];
    leaf.prop_recursive(3, 16, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec(("[a-zA-Z/{}~.+-]{0,10}", inner), 0..4)
                .prop_map(|entries| Value::Object(entries.into_iter().collect::<Map<_, _>>())),
        ]
    })
}

fn load(document: &Value) -> Result<Api, Vec<Finding>> {
    api_of(&serde_json::to_vec(document).unwrap())
}

/// Adds the JSON pointers of a value and of each value inside of it to `found`.
fn places(value: &Value, pointer: &str, found: &mut Vec<String>) {
    found.push(pointer.to_owned());
    match value {
        Value::Object(entries) => {
            for (key, value) in entries {
                let key = key.replace('~', "~0").replace('/', "~1");
                places(value, &format!("{pointer}/{key}"), found);
            }
        }
        Value::Array(items) => {
            for (index, value) in items.iter().enumerate() {
                places(value, &format!("{pointer}/{index}"), found);
            }
        }
        _ => {}
    }
}

proptest! {
    #[test]
    fn random_bytes_are_refused(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        prop_assert!(api_of(&bytes).is_err());
    }

    #[test]
    fn any_json_is_read_or_refused(value in json_value()) {
        if let Err(errors) = load(&json!({ "openapi": "3.0.1", "paths": value })) {
            prop_assert!(!errors.is_empty());
        }
    }

    /// One value of a document is replaced. The pointer of each error, without its last segment, leads to a value.
    #[test]
    fn a_document_with_one_other_value_is_read_or_refused(
        which in any::<prop::sample::Index>(), at in any::<prop::sample::Index>(), other in json_value(),
    ) {
        let mut document: Value = serde_json::from_str([SAMPLE, STATUSES, EXTENSIONS][which.index(3)]).unwrap();
        let mut found = Vec::new();
        places(&document, "", &mut found);
        let place = &found[at.index(found.len())];
        *document.pointer_mut(place).unwrap() = other;
        let Err(errors) = load(&document) else { return Ok(()) };
        prop_assert!(!errors.is_empty());
        for error in errors {
            let parent = error.pointer.rsplit_once('/').map_or("", |(parent, _)| parent);
            prop_assert!(document.pointer(parent).is_some(), "{:?} in {}", error, document);
            prop_assert!(error.message.ends_with('.'), "{}", error.message);
        }
    }

    #[test]
    fn any_settings_are_read_or_refused(values in prop::collection::vec(any::<String>(), 16), json in json_value()) {
        let names = [
            "COMPATIBILITY", "S3_ENDPOINT", "S3_BUCKET", "S3_REGION", "S3_ADDRESSING", "AWS_ACCESS_KEY_ID",
            "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "ASSUME_ROLE", "STS_ENDPOINT", "BASE_PATH", "STAGE_NAME",
            "ALLOW_ANONYMOUS_WRITES",
        ];
        let json = json.to_string();
        let variable = |name: &str| match names.iter().position(|known| *known == name) {
            Some(index) => Some(values[index].clone()),
            None => Some(json.clone()),
        };
        if let Err(errors) = Settings::from_variables(&Variables(&variable)) {
            prop_assert!(!errors.is_empty());
            let secret = &values[6];
            let messages = errors.iter().map(ToString::to_string).collect::<String>();
            prop_assert!(secret.chars().count() < 6 || !messages.contains(secret.as_str()), "{}", messages);
        }
    }
}
