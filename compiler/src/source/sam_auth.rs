//! Applies the property `Auth` of an `AWS::Serverless::Api` to the security of the operations.
//!
//! SAM keeps the existing `security` of an operation. It adds the default authorizer unless the operation has `NONE`,
//! `AWS_IAM` or an authorizer of the API. It adds the API key unless the operation has `api_key_false`. This module
//! does the same. The security of an operation becomes unresolved if the result is not certain. The module does not
//! define the schemes that SAM defines, so that an operation with such a scheme is unsupported and never open.
//!
//! Source: `set_path_default_authorizer` and `set_path_default_apikey_required` in
//! <https://github.com/aws/serverless-application-model/blob/develop/samtranslator/swagger/swagger.py>.

use std::collections::BTreeSet;

use super::node::{Node, Unresolved, Value};
use super::object::Object;
use super::paths::{is_operation, unresolved, unresolved_path_item};
use crate::finding::Place;

/// The authorizer for signatures with AWS credentials.
const AWS_IAM: &str = "AWS_IAM";
/// The scheme with which an operation opts out of the default authorizer.
const NONE: &str = "NONE";
/// The scheme of an API key.
const API_KEY: &str = "api_key";
/// The scheme with which an operation opts out of the API key.
const NO_API_KEY: &str = "api_key_false";

/// The settings of `Auth`.
pub(super) struct Auth {
    /// The scheme for operations that have neither an authorizer nor [`NONE`].
    pub(super) default: Option<String>,
    /// Whether operations need an API key.
    pub(super) needs_key: bool,
    /// Whether the API has a resource policy.
    pub(super) has_policy: bool,
    /// Whether the default authorizer applies to OPTIONS methods.
    default_of_options: bool,
    authorizers: BTreeSet<String>,
    place: Place,
}

impl Auth {
    /// Reads `Auth` of the globals and of the resource. The resource overrides the globals, except that the authorizers of
    /// both apply. Returns `None` if `auths` is empty.
    ///
    /// # Errors
    /// Returns the unresolved value that `Auth` depends on, or the malformed part of `Auth`.
    pub(super) fn read(auths: &[Node]) -> Result<Option<Self>, Unresolved> {
        let Some(last) = auths.last() else { return Ok(None) };
        let property = |name: &str| {
            let mut found = auths.iter().rev().filter_map(|auth| auth.get(name));
            found.find(|node| !node.is_null())
        };
        for auth in auths {
            check_object(auth, "Auth")?;
        }
        let mut authorizers = BTreeSet::new();
        for node in auths.iter().filter_map(|auth| auth.get("Authorizers")) {
            check_object(node, "Auth.Authorizers")?;
            authorizers.extend(node.as_object().into_iter().flatten().map(|(name, _)| name.clone()));
        }
        let is_true = |node: &Node| node.as_bool().unwrap_or_else(|| node.as_str() != Some("false"));
        for name in ["ApiKeyRequired", "DefaultAuthorizer", "AddDefaultAuthorizerToCorsPreflight"] {
            if let Some(why) = property(name).and_then(|node| node.unresolved().first()) {
                return Err(why.clone());
            }
        }
        let default = match property("DefaultAuthorizer") {
            None => None,
            Some(node) => match node.as_str() {
                Some(name) => Some(name.to_owned()).filter(|name| name != NONE),
                None => {
                    return Err(malformed(
                        "Auth.DefaultAuthorizer",
                        "the name of an authorizer as `DefaultAuthorizer`",
                    ));
                }
            },
        };
        Ok(Some(Self {
            default,
            needs_key: property("ApiKeyRequired").is_some_and(is_true),
            has_policy: property("ResourcePolicy").is_some(),
            default_of_options: property("AddDefaultAuthorizerToCorsPreflight").is_none_or(is_true),
            authorizers,
            place: last.place,
        }))
    }

    /// Applies the settings to the security schemes and to all operations of a document.
    pub(super) fn apply(&self, root: &mut Node) {
        let Value::Object(document) = &mut root.value else { return };
        self.mask_schemes(document);
        if self.default.is_none() && !self.needs_key {
            return;
        }
        let of_root = document.get("security").filter(|node| !node.is_null()).cloned();
        for_each_operation(document, |method, operation| {
            self.secure(method, operation, of_root.as_ref());
        });
    }

    /// Adds the default authorizer and the API key to one operation.
    fn secure(&self, method: &str, operation: &mut Object<Node>, of_root: Option<&Node>) {
        let default = self.default.as_deref().filter(|_| method != "options" || self.default_of_options);
        let own = operation.get("security").filter(|node| !node.is_null());
        let written = own.or(of_root.filter(|_| default.is_none()));
        let mut list = match written.map(|node| &node.value) {
            None => Vec::new(),
            Some(Value::Array(items)) => items.clone(),
            // The reader in `openapi` reports the unresolved value.
            Some(Value::Unresolved(_)) if own.is_some() => return,
            Some(_) => {
                let why =
                    malformed("Auth", "an array of security requirements as `security` of the operation");
                return operation.set("security", unresolved(&why, self.place));
            }
        };
        let has = |list: &[Node], is_named: &dyn Fn(&str) -> bool| {
            list.iter().filter_map(Node::as_object).flatten().any(|(name, _)| is_named(name))
        };
        let count = list.len();
        let decides = |name: &str| name == NONE || name == AWS_IAM || self.authorizers.contains(name);
        if let Some(default) = default.filter(|_| !has(&list, &decides)) {
            list.push(self.requirement(default));
        }
        if self.needs_key && has(&list, &|name| name == NO_API_KEY) {
            let is_mark = |node: &Node| matches!(node.as_object(), Some([(name, _)]) if name == NO_API_KEY);
            list.retain(|node| !is_mark(node));
        } else if self.needs_key && !has(&list, &|name| name == API_KEY) {
            list.push(self.requirement(API_KEY));
        }
        if list.len() != count {
            let place = written.map_or(self.place, |node| node.place);
            operation.set("security", Node { value: Value::Array(list), place });
        }
    }

    fn requirement(&self, scheme: &str) -> Node {
        let scopes = Node { value: Value::Array(Vec::new()), place: self.place };
        Node { value: Value::object(vec![(scheme.to_owned(), scopes)]), place: self.place }
    }

    /// Makes each scheme unresolved that both the document and `Auth.Authorizers` define, because SAM replaces the
    /// scheme of the document.
    fn mask_schemes(&self, document: &mut Object<Node>) {
        if self.authorizers.is_empty() {
            return;
        }
        if let Some(schemes) = document.get_mut("securityDefinitions") {
            self.mask_schemes_of(schemes);
        }
        let Some(components) = document.get_mut("components") else { return };
        match &mut components.value {
            Value::Object(entries) if entries.get("$ref").is_none() => {
                if let Some(schemes) = entries.get_mut("securitySchemes") {
                    self.mask_schemes_of(schemes);
                }
            }
            value => *value = Value::Unresolved(reference()),
        }
    }

    fn mask_schemes_of(&self, schemes: &mut Node) {
        match &mut schemes.value {
            Value::Object(entries) if entries.get("$ref").is_none() => {
                for (name, scheme) in
                    entries.values_mut().filter(|(name, _)| self.authorizers.contains(*name))
                {
                    let name = format!("Auth.Authorizers.{name}");
                    let remedy =
                        "Remove the authorizer from `Auth`, so that the scheme of the document applies."
                            .to_owned();
                    scheme.value = Value::Unresolved(Unresolved { name, remedy });
                }
            }
            value => *value = Value::Unresolved(reference()),
        }
    }
}

/// Makes the security of all operations unresolved.
pub(super) fn mask(root: &mut Node, why: &Unresolved, place: Place) {
    let Value::Object(document) = &mut root.value else { return };
    document.set("security", unresolved(why, place));
    for_each_operation(document, |_, operation| operation.set("security", unresolved(why, place)));
}

/// Calls `change` for each operation. SAM does not follow references, so an operation behind a reference becomes
/// unresolved.
fn for_each_operation(document: &mut Object<Node>, mut change: impl FnMut(&str, &mut Object<Node>)) {
    let Some(paths) = document.get_mut("paths") else { return };
    let items = match &mut paths.value {
        Value::Object(items) if items.get("$ref").is_none() => items,
        value => return *value = Value::Unresolved(reference()),
    };
    for (_, item) in items.values_mut() {
        let place = item.place;
        let Value::Object(entries) = &mut item.value else { continue };
        if entries.get("$ref").is_some() {
            *entries = unresolved_path_item(Vec::new(), &reference(), place);
            continue;
        }
        for (key, operation) in entries.values_mut().filter(|(key, _)| is_operation(key)) {
            match &mut operation.value {
                Value::Object(operation) if operation.get("$ref").is_none() => change(key, operation),
                value @ Value::Object(_) => *value = Value::Unresolved(reference()),
                _ => {}
            }
        }
    }
}

/// Checks that a value is null, or an object without unresolved functions among its keys.
fn check_object(node: &Node, name: &str) -> Result<(), Unresolved> {
    if node.is_null() {
        return Ok(());
    }
    if let Some(why) = node.unresolved().first() {
        return Err(why.clone());
    }
    let Some(entries) = node.as_object() else { return Err(malformed(name, "an object")) };
    let of_function = entries.iter().find(|(key, _)| key.starts_with("Fn::"));
    match of_function.and_then(|(_, node)| node.unresolved().first()) {
        Some(why) => Err(why.clone()),
        None => Ok(()),
    }
}

fn malformed(name: &str, form: &str) -> Unresolved {
    Unresolved { name: name.to_owned(), remedy: format!("Write {form}.") }
}

fn reference() -> Unresolved {
    let remedy =
        "Replace `$ref` with its target: SAM does not apply `Auth` to targets of references.".to_owned();
    Unresolved { name: "Auth".to_owned(), remedy }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value as Json, json};

    use super::super::{Document, Parameters, read};
    use super::*;
    use crate::finding::Code;

    fn document(auth: &str, body: &str) -> Document {
        let text = format!(
            "Resources:\n  A:\n    Type: AWS::Serverless::Api\n    Properties:\n      Auth: {auth}\n      DefinitionBody: {body}\n"
        );
        read(text.as_bytes(), None, &Parameters::default())
            .unwrap_or_else(|faults| panic!("{text}: {faults:?}"))
    }

    /// Returns `security` of the operation `get` after `Auth` is applied.
    fn security(auth: &str, security: &str) -> Json {
        let body = format!("{{swagger: '2.0', paths: {{/a: {{get: {{security: {security}}}}}}}}}");
        document(auth, &body).root.pointer("/paths/~1a/get/security").unwrap().to_json()
    }

    #[test]
    fn the_default_authorizer_is_added_as_in_sam() {
        const COG: &str = "{DefaultAuthorizer: Cog, Authorizers: {Cog: {}, Other: {}}}";
        const IAM: &str = "{DefaultAuthorizer: AWS_IAM}";
        for (auth, written, expected) in [
            (COG, "null", json!([{ "Cog": [] }])),
            (COG, "[]", json!([{ "Cog": [] }])),
            (COG, "[{key: []}]", json!([{ "key": [] }, { "Cog": [] }])),
            (COG, "[{NONE: []}]", json!([{ "NONE": [] }])),
            (COG, "[{key: []}, {NONE: []}]", json!([{ "key": [] }, { "NONE": [] }])),
            (COG, "[{Cog: [scope]}]", json!([{ "Cog": ["scope"] }])),
            (COG, "[{key: [], Other: []}]", json!([{ "key": [], "Other": [] }])),
            (COG, "[{AWS_IAM: []}]", json!([{ "AWS_IAM": [] }])),
            (COG, "{}", json!("${Auth}")),
            (COG, "{$ref: '#/x'}", json!("${Auth}")),
            (COG, "[{$ref: '#/x'}]", json!([{ "$ref": "#/x" }, { "Cog": [] }])),
            (IAM, "[]", json!([{ "AWS_IAM": [] }])),
            (IAM, "[{Cog: []}]", json!([{ "Cog": [] }, { "AWS_IAM": [] }])),
            ("{DefaultAuthorizer: NONE}", "[]", json!([])),
        ] {
            assert_eq!(security(auth, written), expected, "{auth} {written}");
        }
    }

    #[test]
    fn the_api_key_is_added_as_in_sam() {
        const KEY: &str = "{ApiKeyRequired: true}";
        for (auth, written, expected) in [
            (KEY, "[]", json!([{ "api_key": [] }])),
            (KEY, "[{other: []}]", json!([{ "other": [] }, { "api_key": [] }])),
            (KEY, "[{api_key: []}]", json!([{ "api_key": [] }])),
            (KEY, "[{other: []}, {api_key_false: []}]", json!([{ "other": [] }])),
            (KEY, "[{api_key_false: [], other: []}]", json!([{ "api_key_false": [], "other": [] }])),
            ("{ApiKeyRequired: 'true', DefaultAuthorizer: D}", "[]", json!([{ "D": [] }, { "api_key": [] }])),
            ("{ApiKeyRequired: 'false'}", "[]", json!([])),
            ("{ApiKeyRequired: false}", "[{a: []}]", json!([{ "a": [] }])),
        ] {
            assert_eq!(security(auth, written), expected, "{auth} {written}");
        }
    }

    #[test]
    fn security_of_the_root_applies_as_in_sam() {
        let body = "{security: [{root: []}], paths: {/a: {get: {}, options: {}}}}";
        for (auth, get, options) in [
            ("{DefaultAuthorizer: D}", json!([{ "D": [] }]), json!([{ "D": [] }])),
            (
                "{DefaultAuthorizer: D, AddDefaultAuthorizerToCorsPreflight: false}",
                json!([{ "D": [] }]),
                Json::Null,
            ),
            (
                "{ApiKeyRequired: true}",
                json!([{ "root": [] }, { "api_key": [] }]),
                json!([{ "root": [] }, { "api_key": [] }]),
            ),
        ] {
            let json = document(auth, body).root.to_json();
            assert_eq!(json["security"], json!([{ "root": [] }]), "{auth}");
            assert_eq!(json["paths"]["/a"]["get"]["security"], get, "{auth}");
            assert_eq!(json["paths"]["/a"]["options"]["security"], options, "{auth}");
        }
    }

    #[test]
    fn an_unresolved_auth_makes_all_security_unresolved() {
        let body = "{paths: {/a: {get: {security: []}, put: {}}}}";
        for (auth, name) in [
            ("!If [C, {DefaultAuthorizer: D}, !Ref AWS::NoValue]", "C"),
            ("{Fn::If: [C, {DefaultAuthorizer: D}, {}], ApiKeyRequired: false}", "C"),
            ("{ApiKeyRequired: !If [C, true, false]}", "C"),
            ("{DefaultAuthorizer: !Ref Unknown}", "Unknown"),
            ("{DefaultAuthorizer: [D]}", "Auth.DefaultAuthorizer"),
            ("{AddDefaultAuthorizerToCorsPreflight: !Ref Unknown, DefaultAuthorizer: D}", "Unknown"),
            ("{Authorizers: !If [C, {}, {}]}", "C"),
            ("{Authorizers: {Fn::If: [C, {}, {}], Other: {}}}", "C"),
            ("text", "Auth"),
        ] {
            let root = document(auth, body).root;
            for pointer in ["/security", "/paths/~1a/get/security", "/paths/~1a/put/security"] {
                let node = root.pointer(pointer).unwrap();
                assert!(
                    matches!(&node.value, Value::Unresolved(why) if why.name == name),
                    "{auth}: {node:?}"
                );
            }
        }
        // An `Auth` that a false condition removes.
        let text = "Conditions: {C: !Equals [a, b]}\n".to_owned()
            + "Resources: {A: {Type: AWS::Serverless::Api, Properties: {Auth: !If [C, {}, !Ref AWS::NoValue], DefinitionBody: {paths: {}}}}}";
        assert_eq!(read(text.as_bytes(), None, &Parameters::default()).unwrap().findings, []);
    }

    #[test]
    fn schemes_that_auth_defines_again_are_unresolved() {
        const AUTH: &str = "{Authorizers: {Cog: {AuthorizationScopes: [s]}, Own: {}}}";
        let schemes = "{Cog: {type: apiKey}, key: {type: apiKey}}";
        for (body, pointer) in [
            (format!("{{securityDefinitions: {schemes}}}"), "/securityDefinitions"),
            (format!("{{components: {{securitySchemes: {schemes}}}}}"), "/components/securitySchemes"),
        ] {
            let root = document(AUTH, &body).root;
            let node = root.pointer(&format!("{pointer}/Cog")).unwrap();
            assert_eq!(node.unresolved()[0].name, "Auth.Authorizers.Cog");
            let names: Vec<_> = root.pointer(pointer).unwrap().as_object().unwrap().iter().collect();
            assert_eq!(names.len(), 2, "{names:?}");
            assert!(root.pointer(&format!("{pointer}/key/type")).is_some());
        }
        for (body, pointer) in [
            ("{components: {$ref: '#/x'}}", "/components"),
            ("{components: {securitySchemes: {$ref: '#/x'}}}", "/components/securitySchemes"),
            ("{securityDefinitions: {$ref: '#/x'}}", "/securityDefinitions"),
        ] {
            let root = document(AUTH, body).root;
            assert!(matches!(root.pointer(pointer).unwrap().value, Value::Unresolved(_)), "{body}");
        }
    }

    #[test]
    fn operations_behind_references_are_unresolved() {
        let body = "{paths: {/a: {$ref: '#/x'}, /b: {get: {$ref: '#/x'}, put: {}, parameters: []}}}";
        let json = document("{DefaultAuthorizer: D}", body).root.to_json();
        let expected = json!({
            "/a": { "x-amazon-apigateway-any-method": "${Auth}" },
            "/b": { "get": "${Auth}", "put": { "security": [{ "D": [] }] }, "parameters": [] }
        });
        assert_eq!(json["paths"], expected);
    }

    #[test]
    fn auth_of_the_resource_overrides_auth_of_the_globals() {
        let text = "Globals: {Api: {Auth: {ApiKeyRequired: true, DefaultAuthorizer: G, Authorizers: {G: {}}}}}\nResources:\n  A:\n    Type: AWS::Serverless::Api\n    Properties:\n      Auth: {DefaultAuthorizer: Own, ResourcePolicy: {IpRangeWhitelist: [a]}}\n      DefinitionBody: {paths: {/a: {get: {}, put: {security: [{G: []}]}}}}\n";
        let read = read(text.as_bytes(), None, &Parameters::default()).unwrap();
        let json = read.root.to_json();
        assert_eq!(json["paths"]["/a"]["get"]["security"], json!([{ "Own": [] }, { "api_key": [] }]));
        assert_eq!(json["paths"]["/a"]["put"]["security"], json!([{ "G": [] }, { "api_key": [] }]));
        assert_eq!(json["x-amazon-apigateway-policy"], "${Auth.ResourcePolicy}");
        let codes: Vec<_> = read.findings.iter().map(|finding| finding.code).collect();
        assert_eq!(codes, [Code::TemplateProperty; 3]);
    }
}
