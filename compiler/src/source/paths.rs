//! Paths and operations that depend on an unresolved value.
//!
//! These paths and operations become unresolved operations, which are routed and reported as unsupported. If an operation
//! were removed, another path of the document, such as `/{proxy+}`, could receive its requests. There is one
//! exception: paths that a loop or an include would produce cannot be routed if their names are not known.

use std::collections::HashMap;

use s3_edge_gateway::api::Verb;

use super::node::{Node, Unresolved, Value};
use super::object::Object;
use crate::finding::Place;

/// The prefix of the key of a loop.
pub(super) const LOOP: &str = "Fn::ForEach::";

/// The key of the operation for all methods without an operation of their own.
const ANY_METHOD: &str = "x-amazon-apigateway-any-method";

/// The position of an object relative to the paths of the document.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Level {
    /// The root of the document.
    Document,
    /// The object `paths`.
    Paths,
    /// The object of one path.
    PathItem,
    /// Any other object.
    Other,
}

impl Level {
    /// Returns whether the object contains operations or path items.
    pub(super) fn has_operations(self) -> bool {
        matches!(self, Self::Paths | Self::PathItem)
    }

    /// Returns the level of the value under a key.
    pub(super) fn inside(self, key: &str) -> Self {
        match self {
            // The result of the function is merged into the object that contains it, so the level does not change.
            _ if is_merged(key) => self,
            Self::Document if key == "paths" => Self::Paths,
            Self::Paths if !key.starts_with("x-") => Self::PathItem,
            _ => Self::Other,
        }
    }
}

/// Returns whether a key is a function whose result is merged into the object that contains it.
pub(super) fn is_merged(key: &str) -> bool {
    key == "Fn::If" || key == "Fn::Transform" || key.starts_with(LOOP)
}

/// Returns whether a key of a path item is an operation.
pub(super) fn is_operation(key: &str) -> bool {
    Verb::BY_KEY.iter().any(|(verb, _)| *verb == key)
}

/// Returns the value of an `Fn::If` with an unknown condition, in `paths` or in a path item. The value has the
/// operations of all branches, and each operation is unresolved.
pub(super) fn unresolved_branches(
    level: Level,
    branches: impl IntoIterator<Item = Node>,
    why: &Unresolved,
    place: Place,
) -> Value {
    let mut operations = Object::default();
    let mut paths = Vec::new();
    for branch in branches {
        if level == Level::PathItem {
            mask(&mut operations, Node { place, ..branch }, why);
            continue;
        }
        let Value::Object(entries) = branch.value else { continue };
        for (path, item) in entries {
            if item.is_null() || path.starts_with("x-") {
                continue;
            }
            let place = item.place;
            let mut masked = Object::default();
            mask(&mut masked, item, why);
            paths.push((path, Node { value: Value::Object(masked), place }));
        }
    }
    match level {
        Level::PathItem => Value::Object(operations),
        _ => Value::object(join(level, paths)),
    }
}

/// Joins entries with the same path or method if one of them comes from an unknown condition. An operation that both
/// entries define becomes unresolved. Other repeated keys stay, so that they are reported as duplicates.
pub(super) fn join(level: Level, entries: Vec<(String, Node)>) -> Vec<(String, Node)> {
    let mut joined: Vec<(String, Node)> = Vec::with_capacity(entries.len());
    let mut positions: HashMap<String, usize> = HashMap::new();
    for (key, node) in entries {
        let known = positions.get(&key).and_then(|position| joined.get_mut(*position));
        match known {
            Some((_, known)) if is_optional(level, known) || is_optional(level, &node) => {
                if level == Level::Paths {
                    join_operations(known, node);
                } else if is_optional(level, &node) {
                    *known = node;
                }
            }
            _ => {
                positions.insert(key.clone(), joined.len());
                joined.push((key, node));
            }
        }
    }
    // `parameters` apply to all operations of the path, so unresolved `parameters` make each operation unresolved.
    let shared = joined.iter().find(|(key, _)| level == Level::PathItem && key == SHARED);
    if let Some((_, Node { value: Value::Unresolved(why), .. })) = shared {
        let why = why.clone();
        mask_operations(joined.iter_mut().map(|(key, node)| (key.as_str(), node)), &why);
    }
    joined
}

/// Returns a path item whose operations are unresolved, with an unresolved operation for all other methods.
pub(super) fn unresolved_path_item(
    mut entries: Vec<(String, Node)>,
    why: &Unresolved,
    place: Place,
) -> Object<Node> {
    mask_operations(entries.iter_mut().map(|(key, node)| (key.as_str(), node)), why);
    let mut item = Object::from(entries);
    item.set(ANY_METHOD, unresolved(why, place));
    item
}

/// The key of a path item whose value applies to all operations of the path.
const SHARED: &str = "parameters";

fn is_optional(level: Level, node: &Node) -> bool {
    let is_unresolved = |node: &Node| matches!(node.value, Value::Unresolved(_));
    match (level, &node.value) {
        (Level::Paths, Value::Object(item)) => item.iter().all(|(_, operation)| is_unresolved(operation)),
        _ => is_unresolved(node),
    }
}

fn join_operations(known: &mut Node, other: Node) {
    let Value::Object(known) = &mut known.value else { return *known = other };
    let Value::Object(operations) = other.value else { return };
    let entries: Vec<_> = std::mem::take(known).into_iter().chain(operations).collect();
    *known = join(Level::PathItem, entries).into();
}

fn mask_operations<'n>(entries: impl Iterator<Item = (&'n str, &'n mut Node)>, why: &Unresolved) {
    for (key, node) in entries {
        if is_operation(key) {
            *node = unresolved(why, node.place);
        }
    }
}

/// Adds the operations and the shared parameters of a path item as unresolved values. If the path item is a reference or
/// not an object, adds an unresolved operation for all methods instead.
fn mask(masked: &mut Object<Node>, item: Node, why: &Unresolved) {
    let Node { value, place } = item;
    let entries = match value {
        Value::Object(entries) if entries.iter().all(|(key, _)| key != "$ref") => entries,
        Value::Null => return,
        _ => return masked.set(ANY_METHOD, unresolved(why, place)),
    };
    for (key, node) in entries {
        if (is_operation(&key) || key == SHARED) && !node.is_null() {
            masked.set(&key, unresolved(why, node.place));
        }
    }
}

pub(super) fn unresolved(why: &Unresolved, place: Place) -> Node {
    Node { value: Value::Unresolved(why.clone()), place }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value as Json, json};

    use super::super::{Document, Parameters, read};
    use crate::finding::Code;

    fn document(yaml: &str) -> Document {
        let text = format!("openapi: 3.0.1\npaths: {yaml}\n");
        read(text.as_bytes(), None, &Parameters::default())
            .unwrap_or_else(|faults| panic!("{yaml}: {faults:?}"))
    }

    fn paths(yaml: &str) -> Json {
        document(yaml).root.get("paths").unwrap().to_json()
    }

    #[test]
    fn operations_of_an_unknown_condition_are_unresolved() {
        const ANY: &str = "x-amazon-apigateway-any-method";
        let branches = "[C, {/a: {get: {x: 1}, summary: s}, x-b: {}}, {/a: {put: {}}, /b: {post: {}}}]";
        let either = json!({ "/a": { "get": "${C}", "put": "${C}" }, "/b": { "post": "${C}" } });
        let mut with_c = either.clone();
        with_c["/c"] = json!({ "get": 1 });
        let other_a = json!({ "/a": { "get": "${C}", "put": "${C}", "head": 2 }, "/b": { "post": "${C}" } });
        for (yaml, expected) in [
            (format!("{{Fn::If: {branches}}}"), either),
            (format!("{{Fn::If: {branches}, /c: {{get: 1}}}}"), with_c),
            (format!("{{Fn::If: {branches}, /a: {{get: 1, head: 2}}}}"), other_a.clone()),
            (format!("{{/a: {{head: 2, get: 1}}, Fn::If: {branches}}}"), other_a),
            ("!If [C, {/a: {get: 1}}, !Ref AWS::NoValue]".into(), json!({ "/a": { "get": "${C}" } })),
            // Conditions inside of conditions.
            (
                "!If [C, {Fn::If: [D, {/a: {get: 1}}, {/b: {get: 1}}], /c: {get: 1}}, {}]".into(),
                json!({ "/a": { "get": "${C}" }, "/b": { "get": "${C}" }, "/c": { "get": "${C}" } }),
            ),
            // Unresolved values as a path item, or inside of a path item.
            (
                "{/a: !If [C, {get: 1}, {put: 1}], /b: {get: 1}}".into(),
                json!({ "/a": { "get": "${C}", "put": "${C}" }, "/b": { "get": 1 } }),
            ),
            (
                "{/a: {Fn::If: [C, {get: 1}, !Ref AWS::NoValue], put: 1, get: 2}}".into(),
                json!({ "/a": { "get": "${C}", "put": 1 } }),
            ),
            (
                "{/a: {Fn::If: [C, {parameters: []}, {}], get: 1, summary: s}}".into(),
                json!({ "/a": { "parameters": "${C}", "get": "${C}", "summary": "s" } }),
            ),
            ("{/a: null, Fn::If: [C, {/a: {get: 1}}, {}]}".into(), json!({ "/a": { "get": "${C}" } })),
            ("{Fn::If: [C, {/a: {get: 1}}, {}], /a: null}".into(), json!({ "/a": { "get": "${C}" } })),
            ("{/a: !If [C, {$ref: '#/x'}, {}]}".into(), json!({ "/a": { ANY: "${C}" } })),
            ("{/a: !Ref P}".into(), json!({ "/a": { ANY: "${P}" } })),
            // Conditions as an operation, or inside of an operation.
            ("{/a: {get: !If [C, {x: 1}, !Ref AWS::NoValue]}}".into(), json!({ "/a": { "get": "${C}" } })),
            (
                "{/a: {get: {Fn::If: [C, {x: 1}, {}], y: 2}}}".into(),
                json!({ "/a": { "get": { "Fn::If": "${C}", "y": 2 } } }),
            ),
        ] {
            assert_eq!(paths(&yaml), expected, "{yaml}");
        }
        let root = document("!If [C, {/a: {get: 1}}, {}]").root;
        let remedy = &root.pointer("/paths/~1a/get").unwrap().unresolved()[0].remedy;
        assert_eq!(remedy, "Set it with `--condition C=true` or `=false`.");
    }

    #[test]
    fn an_if_among_paths_whose_value_is_not_an_object_is_reported() {
        for function in ["[Yes, !Ref P, {}]", "[Yes, !Select [0, !Ref P], {}]", "[]", "[Yes, text, {}]"] {
            let text = format!("paths: {{/b: {{get: 1}}, Fn::If: {function}}}\n");
            let parameters = Parameters::from_json(br#"{"conditions": {"Yes": true}}"#).unwrap();
            let document = read(text.as_bytes(), None, &parameters).unwrap();
            assert_eq!(document.root.to_json(), json!({ "paths": { "/b": { "get": 1 } } }), "{function}");
            let codes: Vec<_> = document.findings.iter().map(|finding| finding.code).collect();
            assert!(codes.contains(&Code::IntrinsicInPaths), "{function}: {codes:?}");
        }
        // If `paths` itself is unresolved, the reader in `openapi` reports it.
        let parameters = Parameters::from_json(br#"{"conditions": {"Yes": true}}"#).unwrap();
        let whole = read(b"paths: !If [Yes, !Ref P, {}]\n", None, &parameters).unwrap().root;
        assert_eq!(whole.to_json(), json!({ "paths": "${P}" }));
    }

    #[test]
    fn functions_that_produce_paths_are_reported() {
        const INCLUDE: &str = "Fn::Transform: {Name: AWS::Include, Parameters: {Location: s3://b/k}}";
        const LOOP: &str = "'Fn::ForEach::Routes': [Name, [a], {'/${Name}': {get: 1}}]";
        const ANY: &str = "x-amazon-apigateway-any-method";
        for (function, name, code, message) in [
            (
                INCLUDE,
                "Fn::Transform",
                Code::IncludeNotRead,
                "`Fn::Transform` includes `s3://b/k`, which the compiler does not read.",
            ),
            (
                LOOP,
                "Fn::ForEach::Routes",
                Code::IntrinsicInPaths,
                "The compiler cannot read the paths or operations that `Fn::ForEach::Routes` produces.",
            ),
        ] {
            let anything = format!("${{{name}}}");
            for (yaml, expected) in [
                (format!("{{/b: {{get: 1}}, {function}}}"), json!({ "/b": { "get": 1 } })),
                (format!("{{{function}}}"), json!({})),
                (
                    format!("{{/b: {{get: 1, {function}}}}}"),
                    json!({ "/b": { "get": anything, ANY: anything } }),
                ),
                (format!("{{/b: {{{function}}}}}"), json!({ "/b": { ANY: anything } })),
            ] {
                let document = document(&yaml);
                assert_eq!(document.root.get("paths").unwrap().to_json(), expected, "{yaml}");
                let [finding] = document.findings.as_slice() else {
                    panic!("{yaml}: {:?}", document.findings)
                };
                assert_eq!((finding.code, finding.message.as_str()), (code, message), "{yaml}");
                assert!(finding.pointer.starts_with("/paths/"), "{yaml}");
            }
        }
    }
}
