//! The values that the user sets for functions and placeholders: parameters, conditions and variables.

use std::collections::{BTreeMap, HashSet};

use serde_json::Value;

use super::json;
use super::node::{Node, Value as NodeValue};

/// The values from `NAME.parameters.json` and from the options of the command.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Parameters {
    /// Values of `Ref`, `Fn::Sub`, `Fn::GetAtt` (with the key `Resource.Attribute`), `Fn::FindInMap` (with the key
    /// `Map.Key.Key`) and `Fn::ImportValue`. Each value is a string or a list of strings.
    pub parameters: BTreeMap<String, Value>,
    pub conditions: BTreeMap<String, bool>,
    /// Values of Terraform placeholders. The key is the text between `${` and `}`, with or without `var.`.
    pub variables: BTreeMap<String, String>,
    /// The logical id of the API to compile, for a template with several APIs.
    pub resource: Option<String>,
}

const VALID_KEYS: &str = "`parameters`, `conditions`, `variables` and `resource`";

impl Parameters {
    /// Reads `{"parameters": {}, "conditions": {}, "variables": {}, "resource": ""}`. Each key is optional.
    ///
    /// # Errors
    /// Returns one message if the text is not a JSON object. Otherwise returns a message for each repeated key. If no
    /// key is repeated, returns a message for each unknown key and for each value that is not valid.
    pub fn from_json(bytes: &[u8]) -> Result<Self, Vec<String>> {
        let value: Value = serde_json::from_slice(bytes).map_err(|error| {
            vec![format!("The parameters are not JSON: {error}. Write an object with the keys {VALID_KEYS}.")]
        })?;
        let repeated = repeated_keys(bytes);
        if !repeated.is_empty() {
            return Err(repeated);
        }
        let Value::Object(sections) = value else {
            let seen = shown(&value);
            return Err(vec![format!(
                "The parameters are {seen}. Write an object with the keys {VALID_KEYS}."
            )]);
        };
        let mut read = Self::default();
        let mut faults = Vec::new();
        for (section, value) in sections {
            match (section.as_str(), value) {
                ("parameters", Value::Object(entries)) => {
                    for (name, value) in entries {
                        match parameter(&value) {
                            Some(value) => _ = read.parameters.insert(name, value),
                            None => faults.push(format!(
                                "The parameter `{name}` is {}. Write a string, or a list that contains only strings.",
                                shown(&value)
                            )),
                        }
                    }
                }
                ("conditions", Value::Object(entries)) => {
                    for (name, value) in entries {
                        match value {
                            Value::Bool(value) => _ = read.conditions.insert(name, value),
                            value => faults.push(format!(
                                "The condition `{name}` is {}. Write `true` or `false` without quotation marks.",
                                shown(&value)
                            )),
                        }
                    }
                }
                ("variables", Value::Object(entries)) => {
                    for (name, value) in entries {
                        match scalar(&value) {
                            Some(value) => _ = read.variables.insert(name, value),
                            None => faults
                                .push(format!("The variable `{name}` is {}. Write a string.", shown(&value))),
                        }
                    }
                }
                ("resource", Value::String(id)) => read.resource = Some(id).filter(|id| !id.is_empty()),
                ("resource", Value::Null) => {}
                ("resource", value) => faults.push(format!(
                    "`resource` is {}. Write the logical id of the API in the template as a string.",
                    shown(&value)
                )),
                ("parameters" | "conditions" | "variables", value) => faults.push(format!(
                    "`{section}` is {}. Write an object that maps names to values.",
                    shown(&value)
                )),
                _ => faults.push(format!(
                    "`{section}` is not a key of a parameters file. The valid keys are {VALID_KEYS}."
                )),
            }
        }
        if faults.is_empty() { Ok(read) } else { Err(faults) }
    }

    /// Adds the values of `other`. They override the existing values.
    pub fn extend(&mut self, other: Self) {
        self.parameters.extend(other.parameters);
        self.conditions.extend(other.conditions);
        for (name, value) in other.variables {
            // `x` and `var.x` are the same variable.
            let plain = name.strip_prefix("var.").unwrap_or(&name);
            self.variables.remove(&format!("var.{plain}"));
            self.variables.remove(plain);
            self.variables.insert(name, value);
        }
        self.resource = other.resource.or_else(|| self.resource.take());
    }
}

/// Returns a message for each repeated key of a JSON text. serde_json keeps the last value and drops the first without an
/// error. Returns an empty list if the text is not JSON.
pub fn repeated_keys(json: &[u8]) -> Vec<String> {
    let mut faults = Vec::new();
    if let Some(root) = std::str::from_utf8(json).ok().and_then(|text| json::from_str(text).ok()) {
        add_repeated_keys(&root, &mut faults);
    }
    faults
}

fn add_repeated_keys(node: &Node, faults: &mut Vec<String>) {
    match &node.value {
        NodeValue::Array(items) => items.iter().for_each(|item| add_repeated_keys(item, faults)),
        NodeValue::Object(entries) => {
            let mut keys = HashSet::with_capacity(entries.len());
            for (key, value) in entries {
                if !keys.insert(key) {
                    faults.push(format!(
                        "An object contains the key `{key}` twice, again at line {}, column {}. Write it once.",
                        value.place.line, value.place.column
                    ));
                }
                add_repeated_keys(value, faults);
            }
        }
        _ => {}
    }
}

/// Returns the value of a parameter, or `None` if it is not valid. Numbers and booleans become strings, as in
/// CloudFormation.
fn parameter(value: &Value) -> Option<Value> {
    match value {
        Value::Array(items) => items.iter().map(|item| scalar(item).map(Value::String)).collect(),
        value => scalar(value).map(Value::String),
    }
}

fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(_) | Value::Bool(_) => Some(value.to_string()),
        _ => None,
    }
}

/// Returns a value for a message: its JSON type, and the first 60 characters of a scalar.
fn shown(value: &Value) -> String {
    let kind = match value {
        Value::Null => return "null".to_owned(),
        Value::Bool(_) => "the boolean",
        Value::Number(_) => "the number",
        Value::String(_) => "the string",
        Value::Array(_) => return "an array".to_owned(),
        Value::Object(_) => return "an object".to_owned(),
    };
    let text: String = value.to_string().chars().take(60).collect();
    format!("{kind} `{text}`")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn parameters_are_read_and_extended() {
        let text = r#"{"parameters": {"A": "b", "L": ["c", 2], "N": 3}, "conditions": {"C": false},
            "variables": {"v": "w"}, "resource": ""}"#;
        let mut read = Parameters::from_json(text.as_bytes()).unwrap();
        let expected = BTreeMap::from([
            ("A".to_owned(), json!("b")),
            ("L".to_owned(), json!(["c", "2"])),
            ("N".to_owned(), json!("3")),
        ]);
        assert_eq!(read.parameters, expected);
        assert_eq!(read.resource, None);
        let mut options = Parameters { resource: Some("Api".to_owned()), ..Parameters::default() };
        options.conditions.insert("C".to_owned(), true);
        options.parameters.insert("A".to_owned(), json!("z"));
        read.extend(options);
        assert!(read.conditions["C"]);
        assert_eq!(read.parameters["A"], json!("z"));
        assert_eq!(read.variables["v"], "w");
        read.extend(Parameters::default());
        assert_eq!(read.resource.as_deref(), Some("Api"));
    }

    #[test]
    fn messages_contain_the_key_and_the_value() {
        let cases = [
            ("{", "The parameters are not JSON: "),
            ("[]", "The parameters are an array. "),
            (r#"{"parameter": {}}"#, "`parameter` is not a key of a parameters file. "),
            (r#"{"parameters": []}"#, "`parameters` is an array. "),
            (r#"{"parameters": {"A": {}}}"#, "The parameter `A` is an object. "),
            (r#"{"parameters": {"A": [[]]}}"#, "The parameter `A` is an array. "),
            (r#"{"conditions": {"C": "true"}}"#, "The condition `C` is the string `\"true\"`. "),
            (r#"{"variables": {"v": null}}"#, "The variable `v` is null. "),
            (r#"{"resource": 1}"#, "`resource` is the number `1`. "),
            (
                r#"{"resource": "A", "resource": "B"}"#,
                "An object contains the key `resource` twice, again at line 1, column 19. Write it once.",
            ),
            (
                r#"{"parameters": {"A": [{"b": 1, "b": 2}]}}"#,
                "An object contains the key `b` twice, again at line 1, column 32. ",
            ),
        ];
        for (text, message) in cases {
            let faults = Parameters::from_json(text.as_bytes()).unwrap_err();
            assert!(faults.iter().any(|fault| fault.starts_with(message)), "{text}: {faults:?}");
        }
    }
}
