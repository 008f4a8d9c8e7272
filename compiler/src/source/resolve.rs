//! Resolves the functions and placeholders of a tree.

use std::collections::HashMap;

use super::fault::{Outcome, repeated_key};
use super::intrinsic::{self, Resolve};
use super::node::{Node, Text, Unresolved, Value};
use super::parameters::Parameters;
use super::paths::{self, LOOP, Level};
use super::placeholder::{self, Piece, Replaced};
use super::position::At;
use super::session::Session;
use super::shell;
use super::template::Template;
use crate::finding::pointer::escape;
use crate::finding::{Code, Finding};

/// A memoized value. `InProgress` detects cycles.
enum Memo<T> {
    InProgress,
    Done(T),
}

/// Resolves one document.
pub(super) struct Resolver<'a> {
    pub(super) session: Session<'a>,
    /// Whether placeholders of Terraform are replaced. In a CloudFormation template they are plain text.
    terraform: bool,
    conditions: HashMap<String, Memo<Option<bool>>>,
    names: HashMap<String, Memo<Option<Text>>>,
}

impl<'a> Resolver<'a> {
    pub(super) fn new(options: &'a Parameters, template: Option<Template<'a>>) -> Self {
        Self {
            terraform: template.is_none(),
            session: Session::new(options, template),
            conditions: HashMap::new(),
            names: HashMap::new(),
        }
    }

    /// Resolves a node. Returns `None` if the node must be removed (`AWS::NoValue`).
    pub(super) fn node(&mut self, node: Node, at: &At<'_>) -> Outcome<Option<Node>> {
        self.session.charge_nodes(1, at)?;
        let Node { value, place } = node;
        let value = match value {
            Value::Text(text) if self.terraform && text.text.contains("${") => {
                let replaced = if at.is_template { Replaced::WithValue } else { Replaced::All };
                Value::Text(self.replace(&text.text, replaced, at)?)
            }
            Value::Array(items) => {
                let mut list = Vec::with_capacity(items.len());
                for (index, item) in items.into_iter().enumerate() {
                    let at = at.index(index, item.place);
                    list.extend(self.node(item, &at)?);
                }
                Value::Array(list)
            }
            Value::Object(object) => {
                let mut entries: Vec<_> = object.into_iter().collect();
                match entries.pop() {
                    Some((name, argument)) if entries.is_empty() && self.is_function(&name, &argument) => {
                        let value = self.function(&name, argument, at)?;
                        return Ok(value.map(|value| Node { value, place }));
                    }
                    last => {
                        entries.extend(last);
                        Value::object(self.object(entries, at)?)
                    }
                }
            }
            value => value,
        };
        Ok(Some(Node { value, place }))
    }

    /// Returns whether the only entry of an object is a function. `Condition` may also be a key of a policy or a
    /// schema, so `Condition` counts as a function only if its value is the name of a known condition.
    fn is_function(&self, name: &str, argument: &Node) -> bool {
        match (name, &argument.value) {
            ("Ref", Value::Text(_)) => true,
            ("Condition", Value::Text(name)) => {
                let name = name.text.as_str();
                self.session.options.conditions.contains_key(name)
                    || self
                        .session
                        .template
                        .as_ref()
                        .is_some_and(|template| template.conditions.contains_key(name))
            }
            _ => name.starts_with("Fn::"),
        }
    }

    /// Returns the value of an object that consists of a function, or `None` if the value must be removed.
    fn function(&mut self, name: &str, argument: Node, at: &At<'_>) -> Outcome<Option<Value>> {
        let inner = at.key(name, argument.place);
        let Some(value) = intrinsic::call(self, name, argument, &inner)? else { return Ok(None) };
        let why = value.unresolved().first().cloned();
        Ok(Some(match (at.level, why) {
            // The paths that the function would produce are not known, so they are left out. `intrinsic::call` has added
            // a lint about the function.
            (Level::Paths, Some(_)) if name == "Fn::Transform" || name.starts_with(LOOP) => {
                Value::object(Vec::new())
            }
            (Level::PathItem, Some(why)) => {
                Value::Object(paths::unresolved_path_item(Vec::new(), &why, at.place))
            }
            _ => value,
        }))
    }

    fn object(&mut self, entries: Vec<(String, Node)>, at: &At<'_>) -> Outcome<Vec<(String, Node)>> {
        let mut object = Vec::with_capacity(entries.len());
        let mut may_repeat = false;
        let mut of_path_item = None;
        for (mut key, node) in entries {
            let place = node.place;
            let inner = at.key(&key, place);
            if paths::is_merged(&key) {
                let Some(value) = intrinsic::call(self, &key, node, &inner)? else { continue };
                match value {
                    Value::Object(chosen) => {
                        object.extend(chosen);
                        may_repeat = true;
                    }
                    value => {
                        let why = self.not_an_object(&key, &value, &inner);
                        match at.level {
                            // The lint of an include or a loop reports the missing paths.
                            Level::Paths if key != "Fn::If" => {}
                            Level::Paths => {
                                intrinsic::add_unevaluated_lint(&mut self.session, &key, &inner);
                            }
                            Level::PathItem => of_path_item = Some(why),
                            Level::Document | Level::Other => {
                                object.push((key, paths::unresolved(&why, place)));
                            }
                        }
                    }
                }
                continue;
            }
            let is_reference = key == "$ref" && matches!(node.value, Value::Text(_));
            let node = if is_reference { Some(node) } else { self.node(node, &inner)? };
            if self.terraform && key.contains("${") {
                // A key cannot be unresolved, so placeholders without a value do not change.
                let resolved = self.replace(&key, Replaced::WithValue, &inner)?;
                may_repeat |= resolved.text != key;
                key = resolved.text;
            }
            object.extend(node.map(|node| (key, node)));
        }
        if may_repeat && at.level.has_operations() {
            object = paths::join(at.level, object);
        }
        if let Some(why) = of_path_item {
            object = paths::unresolved_path_item(object, &why, at.place).into_iter().collect();
        }
        match repeated_key(&object, at).filter(|_| may_repeat) {
            Some(fault) => Err(Box::new(fault)),
            None => Ok(object),
        }
    }

    /// Returns the unresolved value for a function among the keys of an object if the function does not return an object.
    /// Adds a lint if the result of the function is known.
    fn not_an_object(&mut self, name: &str, value: &Value, at: &At<'_>) -> Unresolved {
        if let Some(why) = value.unresolved().first() {
            return why.clone();
        }
        let seen = value.kind();
        let message =
            format!("`{name}` among the keys of an object returns {seen}. The result must be an object.");
        self.session.lint(Code::IntrinsicMalformed, message, at);
        Unresolved { name: name.to_owned(), remedy: format!("Change `{name}` so that it returns an object.") }
    }

    /// Replaces the placeholders of Terraform in a string.
    fn replace(&mut self, source: &str, replaced: Replaced, at: &At<'_>) -> Outcome<Text> {
        let mut text = Text::default();
        for piece in placeholder::pieces_of_terraform(source, replaced) {
            let name = match piece {
                Piece::Literal(literal) => {
                    self.session.charge_text(literal.len(), at)?;
                    text.text.push_str(literal);
                    continue;
                }
                Piece::Escaped(name) => {
                    let literal = format!("${{{name}}}");
                    self.session.append(&mut text, &Text::from(literal), at)?;
                    continue;
                }
                Piece::Name(name) => name,
            };
            let piece = match (self.session.variable(name.trim()), replaced) {
                (Some(value), _) => Text::from(value),
                (None, Replaced::WithValue) => Text::from(format!("${{{name}}}")),
                (None, Replaced::All) => Text {
                    text: format!("${{{name}}}"),
                    unresolved: vec![Unresolved {
                        name: name.trim().to_owned(),
                        remedy: format!("Set it with `--variable {}=VALUE`.", shell::word(name.trim())),
                    }],
                },
            };
            self.session.append(&mut text, &piece, at)?;
        }
        Ok(text)
    }

    /// Resolves a part of the template that is outside of the document.
    pub(super) fn part(&mut self, node: &Node, at: &At<'_>) -> Outcome<Option<Node>> {
        self.node(node.clone(), at)
    }

    /// Returns the value of `Ref`: a parameter, a pseudo parameter or the name of a resource.
    fn lookup(&mut self, name: &str, at: &At<'_>) -> Outcome<Value> {
        let declaration =
            self.session.template.as_ref().and_then(|template| template.parameters.get(name).copied());
        let of_type = |node: &Node| node.get("Type").and_then(Node::as_str).unwrap_or_default().to_owned();
        let kind = declaration.map(of_type).unwrap_or_default();
        let is_list = kind == "CommaDelimitedList" || kind.contains("List<");
        if let Some(value) = self.session.given(name, is_list, at)? {
            return Ok(value);
        }
        if let Some(declaration) = declaration {
            // The default of a Systems Manager parameter is its name in the Parameter Store, not its value.
            let default =
                declaration.get("Default").filter(|_| !kind.starts_with("AWS::SSM::Parameter::Value"));
            if let Some(default) = default.and_then(|node| node.value.scalar()) {
                self.session.charge_text(default.len(), at)?;
                return self.session.value_of(&serde_json::Value::String(default), is_list, at);
            }
        } else if name == "AWS::Region" || name == "AWS::Partition" {
            return Ok(Value::Text(format!("${{{name}}}").into()));
        } else if let Some(name) = self.resource_name(name, at)? {
            self.session.charge_text(name.text.len(), at)?;
            return Ok(Value::Text(name));
        }
        Ok(Value::Text(self.session.missing(name).into()))
    }

    /// Returns the name of a resource, or `None` if no property sets the name, or if the value of the property is not known.
    fn resource_name(&mut self, id: &str, at: &At<'_>) -> Outcome<Option<Text>> {
        let Some(template) = &self.session.template else { return Ok(None) };
        let Some((property, name)) = template.name_of(id) else { return Ok(None) };
        match self.names.get(id) {
            Some(Memo::Done(name)) => return Ok(name.clone()),
            Some(Memo::InProgress) => return Err(self.cycle("name of the resource", id, at)),
            None => {}
        }
        self.names.insert(id.to_owned(), Memo::InProgress);
        let pointer = format!("/Resources/{}/Properties/{property}", escape(id));
        let start = At::root(&pointer, name.place, at.depth + 1);
        let resolved = self.part(name, &start)?;
        let name = match resolved.map(|node| node.value) {
            Some(Value::Text(text)) if text.unresolved.is_empty() => Some(text),
            _ => None,
        };
        self.names.insert(id.to_owned(), Memo::Done(name.clone()));
        Ok(name)
    }

    /// Returns the value of a condition, or `None` if it is unknown.
    pub(super) fn condition(&mut self, name: &str, at: &At<'_>) -> Outcome<Option<bool>> {
        if let Some(value) = self.session.given_condition(name) {
            return Ok(Some(value));
        }
        match self.conditions.get(name) {
            Some(Memo::Done(value)) => return Ok(*value),
            Some(Memo::InProgress) => return Err(self.cycle("condition", name, at)),
            None => {}
        }
        let Some(definition) =
            self.session.template.as_ref().and_then(|template| template.conditions.get(name).copied())
        else {
            self.session.record_missing_condition(name);
            return Ok(None);
        };
        self.conditions.insert(name.to_owned(), Memo::InProgress);
        let pointer = format!("/Conditions/{}", escape(name));
        let start = At::root(&pointer, definition.place, at.depth + 1);
        let value = intrinsic::evaluate(self, definition, &start)?;
        self.conditions.insert(name.to_owned(), Memo::Done(value));
        if value.is_none() {
            self.session.record_missing_condition(name);
        }
        Ok(value)
    }

    fn cycle(&self, what: &str, name: &str, at: &At<'_>) -> Box<Finding> {
        let message = format!("The {what} `{name}` depends on itself.");
        Box::new(Finding::new(Code::ConditionCycle, message, at.pointer(), at.place))
    }
}

impl<'a> Resolve<'a> for Resolver<'a> {
    fn session(&mut self) -> &mut Session<'a> {
        &mut self.session
    }

    fn node(&mut self, node: Node, at: &At<'_>) -> Outcome<Option<Node>> {
        Self::node(self, node, at)
    }

    fn lookup(&mut self, name: &str, at: &At<'_>) -> Outcome<Value> {
        Self::lookup(self, name, at)
    }

    fn condition(&mut self, name: &str, at: &At<'_>) -> Outcome<Option<bool>> {
        Self::condition(self, name, at)
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Notation, read};
    use super::*;

    fn faults(yaml: &str, parameters: &Parameters) -> Vec<Finding> {
        read(yaml.as_bytes(), Some(Notation::Yaml), parameters).unwrap_err()
    }

    fn template(body: &str, rest: &str) -> String {
        format!(
            "Resources:\n  Api:\n    Type: AWS::ApiGateway::RestApi\n    Properties:\n      Body:\n        openapi: 3.0.1\n        x: {body}\n{rest}"
        )
    }

    #[test]
    fn cycles_are_errors() {
        for rest in [
            "Conditions:\n  A: !Not [!Condition A]\n",
            "Conditions:\n  A: !Not [!Condition B]\n  B: !Or [!Condition C, !Condition A]\n  C: !Equals [a, b]\n",
            "Conditions:\n  A: !Equals [!If [A, a, b], b]\n",
        ] {
            let faults = faults(&template("!If [A, 1, 2]", rest), &Parameters::default());
            assert_eq!(faults[0].code, Code::ConditionCycle, "{rest}");
            assert!(faults[0].message.contains("depends on itself"), "{}", faults[0].message);
            assert!(faults[0].pointer.starts_with("/Conditions/"), "{}", faults[0].pointer);
        }
        let buckets = "  A: {Type: AWS::S3::Bucket, Properties: {BucketName: !Sub '${B}-a'}}\n  B: {Type: AWS::S3::Bucket, Properties: {BucketName: !Ref A}}\n";
        let faults = faults(&template("!Ref A", buckets), &Parameters::default());
        assert_eq!(faults[0].code, Code::ConditionCycle);
    }

    #[test]
    fn unresolved_functions_among_keys_stay() {
        for (function, name, remedy) in [
            ("Fn::If: [C, {b: 1}, {}]", "C", "Set it with `--condition C=true` or `=false`."),
            ("Fn::If: [C, {b: 1}, !Ref AWS::NoValue]", "C", "Set it with `--condition C=true` or `=false`."),
            ("Fn::If: []", "Fn::If", "Correct the arguments of `Fn::If` in line 2."),
            ("Fn::If: [Yes, text, {}]", "Fn::If", "Change `Fn::If` so that it returns an object."),
            ("Fn::If: [Yes, !Ref P, {}]", "P", "Set it with `--parameter P=VALUE`."),
            ("Fn::If: [Yes, !If [C, {}, {}], {}]", "C", "Set it with `--condition C=true` or `=false`."),
            (
                "Fn::If: [Yes, {Fn::If: [C, {}, {}], b: 1}, {}]",
                "C",
                "Set it with `--condition C=true` or `=false`.",
            ),
            (
                "Fn::Transform: {Name: AWS::Include, Parameters: {Location: s3://k}}",
                "Fn::Transform",
                "Copy the content of `s3://k` into the document.",
            ),
            (
                "'Fn::ForEach::L': [N, [a], {b: 1}]",
                "Fn::ForEach::L",
                "Write the result of `Fn::ForEach::L` into the document.",
            ),
        ] {
            let parameters = Parameters::from_json(br#"{"conditions": {"Yes": true}}"#).unwrap();
            let text = format!("openapi: 3.0.1\nx: {{a: 1, {function}}}\n");
            let root = read(text.as_bytes(), Some(Notation::Yaml), &parameters).unwrap().root;
            let entries = root.get("x").and_then(Node::as_object).unwrap();
            let found = entries.iter().find(|(key, _)| key.starts_with("Fn::"));
            let Some(Value::Unresolved(why)) = found.map(|(_, node)| &node.value) else {
                panic!("{function}: {entries:?}")
            };
            assert_eq!((why.name.as_str(), why.remedy.as_str()), (name, remedy), "{function}");
            assert!(root.pointer("/x/a").is_some(), "{function}");
        }
    }

    /// The name of each bucket contains the name of the next bucket twice.
    #[test]
    fn expansion_is_bounded() {
        let bucket = |index: usize, name: &str| {
            format!("  B{index}: {{Type: AWS::S3::Bucket, Properties: {{BucketName: {name}}}}}\n")
        };
        let doubled = |index: usize| bucket(index, &format!("!Sub '${{B{0}}}${{B{0}}}'", index + 1));
        let chain =
            |length: usize| (0..length).map(doubled).collect::<String>() + &bucket(length, "abcdefgh");
        for (length, name) in [(25, "x".repeat(8)), (20, "x".repeat(1000)), (40, String::new())] {
            let buckets = chain(length).replace("abcdefgh", &name);
            let faults = faults(&template("!Ref B0", &buckets), &Parameters::default());
            assert!([Code::TooLarge, Code::TooDeep].contains(&faults[0].code), "{length}: {faults:?}");
        }
        let document = read(template("!Ref B0", &chain(4)).as_bytes(), None, &Parameters::default()).unwrap();
        assert_eq!(document.root.get("x").and_then(Node::as_str).map(str::len), Some(8 * 16));
    }

    #[test]
    fn huge_results_of_functions_are_errors() {
        let mut parameters = Parameters::default();
        let item = serde_json::Value::String("x".repeat(1000));
        parameters.parameters.insert("Long".to_owned(), serde_json::Value::Array(vec![item; 10_000]));
        parameters.parameters.insert("Many".to_owned(), serde_json::Value::Array(vec!["".into(); 100_000]));
        let list = |function: &str| format!("openapi: 3.0.1\nx: [{}]\n", [function; 20].join(", "));
        let fault = &faults(&list("!Join ['', !Ref Long]"), &parameters)[0];
        assert_eq!((fault.code, fault.place.line), (Code::TooLarge, 2), "{}", fault.message);
        assert!(fault.message.contains("64 MiB"));
        let fault = &faults(&list("!Ref Many"), &parameters)[0];
        assert_eq!((fault.code, fault.place.line), (Code::TooLarge, 2), "{}", fault.message);
        assert!(fault.message.contains("1000000"));
    }

    #[test]
    fn chains_of_conditions_are_bounded() {
        let mut conditions = "Conditions:\n".to_owned();
        for index in 0..5000 {
            conditions += &format!("  C{index}: !Not [!Condition C{}]\n", index + 1);
        }
        conditions += "  C5000: !Equals [a, a]\n";
        let fault = &faults(&template("!If [C0, 1, 2]", &conditions), &Parameters::default())[0];
        assert_eq!(fault.code, Code::TooDeep, "{}", fault.message);
        let text = template("!If [C4990, 1, 2]", &conditions);
        let document = read(text.as_bytes(), None, &Parameters::default()).unwrap();
        assert_eq!(document.root.get("x").unwrap().to_json(), 1);
    }
}
