//! Evaluates the intrinsic functions of CloudFormation.
//!
//! Source: <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference.html>.

use super::fault::Outcome;
use super::node::{Node, Text, Unresolved, Value, shortened};
use super::paths::{self, LOOP};
use super::placeholder::{Piece, pieces_of_sub};
use super::position::At;
use super::session::Session;
use super::shell;
use crate::finding::{Code, Place};

/// The beginning of a placeholder that API Gateway resolves when it imports the document.
const OF_DEPLOYMENT: &str = "${AWS::";

/// The methods of the resolver that functions call. The trait avoids a cycle between this module and the resolver.
pub(super) trait Resolve<'a> {
    /// Returns the state of the reading: options, limits and lints.
    fn session(&mut self) -> &mut Session<'a>;

    /// Resolves a node. Returns `None` if the node must be removed (`AWS::NoValue`).
    fn node(&mut self, node: Node, at: &At<'_>) -> Outcome<Option<Node>>;

    /// Returns the value of `Ref`: a parameter, a pseudo parameter or the name of a resource.
    fn lookup(&mut self, name: &str, at: &At<'_>) -> Outcome<Value>;

    /// Returns the value of a condition, or `None` if it is unknown.
    fn condition(&mut self, name: &str, at: &At<'_>) -> Outcome<Option<bool>>;
}

/// Returns the value of a function, or `None` if the value must be removed (`AWS::NoValue`).
pub(super) fn call(
    resolver: &mut dyn Resolve<'_>,
    name: &str,
    argument: Node,
    at: &At<'_>,
) -> Outcome<Option<Value>> {
    resolver.function(name, argument, at)
}

/// Adds a lint for a function in `paths` or in a path item whose result the compiler cannot read.
pub(super) fn add_unevaluated_lint(session: &mut Session<'_>, name: &str, at: &At<'_>) {
    let message = format!("The compiler cannot read the paths or operations that `{name}` produces.");
    session.lint(Code::IntrinsicInPaths, message, at);
}

/// Returns the value of a condition's expression, or `None` if it is unknown.
pub(super) fn evaluate(resolver: &mut dyn Resolve<'_>, node: &Node, at: &At<'_>) -> Outcome<Option<bool>> {
    resolver.evaluate(node, at)
}

impl dyn Resolve<'_> + '_ {
    fn function(&mut self, name: &str, argument: Node, at: &At<'_>) -> Outcome<Option<Value>> {
        self.session().charge_nodes(1, at)?;
        Ok(Some(match name {
            "Ref" => match argument.as_str() {
                Some("AWS::NoValue") => return Ok(None),
                Some(name) => self.lookup(name, at)?,
                None => self.malformed("Ref", "a name", &argument, at),
            },
            "Fn::If" => return self.choose(argument, at),
            "Fn::Sub" => self.substitute(argument, at)?,
            "Fn::GetAtt" => self.attribute(argument, at)?,
            "Fn::Join" => self.join(argument, at)?,
            "Fn::Select" => self.select(argument, at)?,
            "Fn::Split" => self.split(argument, at)?,
            "Fn::FindInMap" => self.find_in_map(argument, at)?,
            "Fn::ImportValue" => self.import(argument, at)?,
            "Fn::Base64" => match self.text(argument, at)? {
                Ok(text) if is_fixed(&text) => {
                    self.session().charge_text(text.text.len() * 2, at)?;
                    Value::text(base64(text.text.as_bytes()))
                }
                Ok(text) => Value::Unresolved(self.reason(&text)),
                Err(seen) => self.malformed(name, "a string", &seen, at),
            },
            "Fn::Length" => match self.node(argument, at)? {
                Some(Node { value: Value::Array(items), .. }) => Value::Number(items.len().into()),
                other => self.unresolved_list(name, other, at),
            },
            "Fn::ToJsonString" => self.json_string(argument, at)?,
            "Condition" | "Fn::And" | "Fn::Equals" | "Fn::Not" | "Fn::Or" => {
                let place = argument.place;
                let expression = Value::object(vec![(name.to_owned(), argument)]);
                match self.evaluate(&Node { value: expression, place }, at)? {
                    Some(value) => Value::Bool(value),
                    None => Value::Unresolved(Unresolved {
                        name: name.to_owned(),
                        remedy: format!("Set the conditions and parameters in the arguments of `{name}`."),
                    }),
                }
            }
            "Fn::Transform" => {
                let location = argument.pointer("/Parameters/Location").and_then(Node::as_str);
                let location = location.map(|name| format!("`{name}`"));
                let included = location.as_deref().unwrap_or("another file");
                let message =
                    format!("`Fn::Transform` includes {included}, which the compiler does not read.");
                self.session().lint(Code::IncludeNotRead, message, at);
                let included = location.as_deref().unwrap_or("the included file");
                let remedy = format!("Copy the content of {included} into the document.");
                Value::Unresolved(Unresolved { name: name.to_owned(), remedy })
            }
            "Fn::Cidr" | "Fn::GetAZs" => Value::Unresolved(Unresolved {
                name: name.to_owned(),
                remedy: format!("Replace `{name}` with its value."),
            }),
            _ if at.level.has_operations() => {
                add_unevaluated_lint(self.session(), name, at);
                let remedy = format!("Write the result of `{name}` into the document.");
                Value::Unresolved(Unresolved { name: name.to_owned(), remedy })
            }
            _ => {
                let (what, remedy) = match name.starts_with(LOOP) {
                    true => (
                        "is a loop, which the compiler does not run",
                        format!("Write the result of `{name}` into the document."),
                    ),
                    false => {
                        ("is not a function of CloudFormation", format!("Replace `{name}` with its value."))
                    }
                };
                self.session().lint(Code::IntrinsicUnknown, format!("`{name}` {what}."), at);
                Value::Unresolved(Unresolved { name: name.to_owned(), remedy })
            }
        }))
    }

    /// `Fn::If`: `[condition, value if true, value if false]`.
    fn choose(&mut self, argument: Node, at: &At<'_>) -> Outcome<Option<Value>> {
        let arguments = match take_array::<3>(argument) {
            Ok(arguments) => arguments,
            Err(seen) => {
                let form = "an array of a condition and two values";
                return Ok(Some(self.malformed("Fn::If", form, &seen, at)));
            }
        };
        let [condition, if_true, if_false] = arguments;
        let Some(name) = condition.as_str() else {
            return Ok(Some(self.malformed("Fn::If", "the name of a condition first", &condition, at)));
        };
        let (index, chosen) = match self.condition(name, at)? {
            Some(true) => (1, if_true),
            Some(false) => (2, if_false),
            None => {
                let remedy = format!("Set it with `--condition {}=true` or `=false`.", shell::word(name));
                let unresolved = Unresolved { name: name.to_owned(), remedy };
                if !at.level.has_operations() {
                    return Ok(Some(Value::Unresolved(unresolved)));
                }
                let mut branches = Vec::new();
                for (index, branch) in [(1, if_true), (2, if_false)] {
                    let at = at.index(index, branch.place);
                    branches.extend(self.node(branch, &at)?);
                }
                return Ok(Some(paths::unresolved_branches(at.level, branches, &unresolved, at.place)));
            }
        };
        let at = at.index(index, chosen.place);
        Ok(self.node(chosen, &at)?.map(|node| node.value))
    }

    /// `Fn::Sub`: a string, or an array of a string and an object with the values of variables in the string.
    fn substitute(&mut self, argument: Node, at: &At<'_>) -> Outcome<Value> {
        const FORM: &str = "a string, or an array of a string and an object";
        let (source, values) = match argument.value {
            Value::Array(items) if items.len() <= 2 => {
                let mut items = items.into_iter();
                (items.next(), items.next())
            }
            value => (Some(Node { value, ..argument }), None),
        };
        let Some(source) = source else {
            return Ok(self.malformed_form("Fn::Sub", FORM, "an empty array", at));
        };
        let Some(text) = source.value.scalar() else {
            return Ok(self.malformed("Fn::Sub", FORM, &source, at));
        };
        let mut given = std::collections::HashMap::new();
        match values {
            None => {}
            Some(Node { value: Value::Object(entries), .. }) => {
                for (name, node) in entries {
                    let at = at.key(&name, node.place);
                    match self.text(node, &at)? {
                        Ok(text) => _ = given.insert(name, text),
                        Err(seen) => {
                            return Ok(self.malformed(
                                "Fn::Sub",
                                "a string as the value of each variable",
                                &seen,
                                &at,
                            ));
                        }
                    }
                }
            }
            Some(seen) => return Ok(self.malformed("Fn::Sub", FORM, &seen, at)),
        }
        let mut result = Text::default();
        for piece in pieces_of_sub(&text) {
            let piece = match piece {
                Piece::Literal(text) => Text::from(text),
                Piece::Escaped(name) => Text::from(format!("${{{name}}}")),
                Piece::Name(name) if name.trim().starts_with("stageVariables.") || name.trim().is_empty() => {
                    Text::from(format!("${{{name}}}"))
                }
                Piece::Name(name) => {
                    let name = name.trim();
                    match given.get(name) {
                        Some(text) => {
                            self.session().append(&mut result, text, at)?;
                            continue;
                        }
                        None => match self.lookup(name, at)? {
                            Value::Text(text) => text,
                            _ => Text::from(Unresolved {
                                name: name.to_owned(),
                                remedy: format!(
                                    "`Fn::Sub` needs a string, not a list. Set `{name}` to one string."
                                ),
                            }),
                        },
                    }
                }
            };
            self.session().append(&mut result, &piece, at)?;
        }
        Ok(Value::Text(result))
    }

    /// `Fn::GetAtt`: `[resource, attribute]` or `resource.attribute`.
    fn attribute(&mut self, argument: Node, at: &At<'_>) -> Outcome<Value> {
        let mut name = Text::default();
        match argument.value {
            Value::Array(items) if items.len() >= 2 => {
                for (index, item) in items.into_iter().enumerate() {
                    let at = at.index(index, item.place);
                    match self.text(item, &at)? {
                        Ok(text) => {
                            if index > 0 {
                                name.text.push('.');
                            }
                            self.session().append(&mut name, &text, &at)?;
                        }
                        Err(seen) => return Ok(self.malformed("Fn::GetAtt", "strings", &seen, &at)),
                    }
                }
            }
            Value::Text(text) if text.text.contains('.') => name = text,
            value => {
                let form = "an array of a resource and an attribute";
                let seen = Node { value, place: argument.place };
                return Ok(self.malformed("Fn::GetAtt", form, &seen, at));
            }
        }
        if !is_fixed(&name) {
            return Ok(Value::Unresolved(self.reason(&name)));
        }
        match self.session().given(&name.text, false, at)? {
            Some(value) => Ok(value),
            None => Ok(Value::Text(self.session().missing(&name.text).into())),
        }
    }

    /// `Fn::Join`: `[delimiter, list]`.
    fn join(&mut self, argument: Node, at: &At<'_>) -> Outcome<Value> {
        const FORM: &str = "an array of a delimiter and a list of strings";
        let (delimiter, list) = match self.text_and_list(argument, at)? {
            Ok(arguments) => arguments,
            Err(seen) => return Ok(self.malformed("Fn::Join", FORM, &seen, at)),
        };
        let inner = at.index(1, list.place);
        let items = match self.node(list, &inner)? {
            None => Vec::new(),
            Some(Node { value: Value::Array(items), .. }) => items,
            Some(Node { value: Value::Text(text), .. }) if !text.unresolved.is_empty() => {
                return Ok(Value::Text(text));
            }
            Some(Node { value: Value::Unresolved(unresolved), .. }) => {
                return Ok(Value::Text(unresolved.into()));
            }
            Some(seen) => return Ok(self.malformed("Fn::Join", FORM, &seen, at)),
        };
        let mut result = Text::default();
        for (index, item) in items.into_iter().enumerate() {
            if index > 0 {
                self.session().append(&mut result, &delimiter, at)?;
            }
            match into_text(item) {
                Ok(text) => self.session().append(&mut result, &text, at)?,
                Err(seen) => return Ok(self.malformed("Fn::Join", "a list of strings only", &seen, at)),
            }
        }
        Ok(Value::Text(result))
    }

    /// `Fn::Select`: `[index, list]`.
    fn select(&mut self, argument: Node, at: &At<'_>) -> Outcome<Value> {
        const FORM: &str = "an array of an index and a list";
        let (index, list) = match self.text_and_list(argument, at)? {
            Ok(arguments) => arguments,
            Err(seen) => return Ok(self.malformed("Fn::Select", FORM, &seen, at)),
        };
        let inner = at.index(1, list.place);
        let list = self.node(list, &inner)?;
        if !is_fixed(&index) {
            return Ok(Value::Unresolved(self.reason(&index)));
        }
        let Some(Node { value: Value::Array(items), .. }) = list else {
            return Ok(self.unresolved_list("Fn::Select", list, at));
        };
        let count = items.len();
        let item = index.text.trim().parse().ok().and_then(|index: usize| items.into_iter().nth(index));
        match item {
            Some(item) => Ok(item.value),
            None => {
                let items = if count == 1 { "item" } else { "items" };
                let seen = format!("the index `{}` and a list of {count} {items}", index.text);
                Ok(self.malformed_form("Fn::Select", "an index of an item in the list", &seen, at))
            }
        }
    }

    /// `Fn::Split`: `[delimiter, text]`.
    fn split(&mut self, argument: Node, at: &At<'_>) -> Outcome<Value> {
        const FORM: &str = "an array of a delimiter and a string";
        let [delimiter, text] = match take_array::<2>(argument) {
            Ok(arguments) => arguments,
            Err(seen) => return Ok(self.malformed("Fn::Split", FORM, &seen, at)),
        };
        let (delimiter, text) = match (self.text(delimiter, at)?, self.text(text, at)?) {
            (Ok(delimiter), Ok(text)) => (delimiter, text),
            (Err(seen), _) | (_, Err(seen)) => return Ok(self.malformed("Fn::Split", FORM, &seen, at)),
        };
        for text in [&delimiter, &text] {
            if !text.unresolved.is_empty() {
                return Ok(Value::Unresolved(self.reason(text)));
            }
        }
        if delimiter.text.is_empty() {
            return Ok(self.malformed_form(
                "Fn::Split",
                "a delimiter of one character or more",
                "an empty delimiter",
                at,
            ));
        }
        // The unknown value of `${AWS::Region}` consists of letters, digits and hyphens, so it contains no delimiter
        // with another character.
        let is_in_values = delimiter.text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
        if is_in_values && !is_fixed(&text) {
            return Ok(Value::Unresolved(self.reason(&text)));
        }
        let parts = split_around_placeholders(&text.text, &delimiter.text);
        self.session().charge_nodes(parts.len(), at)?;
        self.session().charge_text(text.text.len(), at)?;
        let node = |part: &str| Node { value: Value::text(part), place: at.place };
        Ok(Value::Array(parts.into_iter().map(node).collect()))
    }

    /// `Fn::FindInMap`: `[map, key, key]`, and optionally an object with `DefaultValue`.
    fn find_in_map(&mut self, argument: Node, at: &At<'_>) -> Outcome<Value> {
        const FORM: &str = "an array of a mapping and two keys";
        let mut items = match argument.value {
            Value::Array(items) if items.len() == 3 || items.len() == 4 => items.into_iter(),
            value => {
                let seen = Node { value, place: argument.place };
                return Ok(self.malformed("Fn::FindInMap", FORM, &seen, at));
            }
        };
        let mut names = Vec::new();
        for item in items.by_ref().take(3) {
            match self.text(item, at)? {
                Ok(text) if text.unresolved.is_empty() => names.push(text.text),
                Ok(text) => return Ok(Value::Unresolved(self.reason(&text))),
                Err(seen) => return Ok(self.malformed("Fn::FindInMap", FORM, &seen, at)),
            }
        }
        let whole = names.join(".");
        if let Some(value) = self.session().given(&whole, false, at)? {
            return Ok(value);
        }
        if whole.contains(OF_DEPLOYMENT) {
            return Ok(Value::Unresolved(self.reason(&Text::from(whole))));
        }
        let mut found = None;
        if let [map, first, second] = names.as_slice() {
            let map = self
                .session()
                .template
                .as_ref()
                .and_then(|template| template.mappings.get(map.as_str()).copied());
            let first = map.and_then(|map| map.get(first));
            found = first.and_then(|first| first.get(second));
            // The search through the keys takes time, so 16 keys count as one node toward the limit.
            let searched = [map, first].into_iter().flatten().filter_map(Node::as_object).map(<[_]>::len);
            self.session().charge_nodes(searched.sum::<usize>() / 16, at)?;
        }
        if let Some(found) = found {
            let found = found.clone();
            return Ok(self.node(found, at)?.map_or(Value::Null, |node| node.value));
        }
        let default = items.next().and_then(|options| match options.value {
            Value::Object(entries) => entries.into_iter().find(|(key, _)| key == "DefaultValue"),
            _ => None,
        });
        if let Some((key, node)) = default {
            let at = at.key(&key, node.place);
            return Ok(self.node(node, &at)?.map_or(Value::Null, |node| node.value));
        }
        if self.session().template.is_some() {
            let message =
                format!("`Mappings` of the template has no `{whole}`, which `Fn::FindInMap` reads.");
            self.session().lint(Code::IntrinsicMalformed, message, at);
        }
        Ok(Value::Text(self.session().missing(&whole).into()))
    }

    /// `Fn::ImportValue`: the name of an export. The parameter with this name has the value of the export.
    fn import(&mut self, argument: Node, at: &At<'_>) -> Outcome<Value> {
        let name = match self.text(argument, at)? {
            Ok(name) => name,
            Err(seen) => return Ok(self.malformed("Fn::ImportValue", "the name of an export", &seen, at)),
        };
        match self.session().given(&name.text, false, at)? {
            Some(value) => Ok(value),
            None if is_fixed(&name) => Ok(Value::Text(self.session().missing(&name.text).into())),
            None => Ok(Value::Unresolved(self.reason(&name))),
        }
    }

    /// `Fn::ToJsonString`: an object or a list.
    fn json_string(&mut self, argument: Node, at: &At<'_>) -> Outcome<Value> {
        let Some(node) = self.node(argument, at)? else { return Ok(Value::text("null")) };
        if let Some(unresolved) = first_unresolved(&node) {
            return Ok(Value::Unresolved(unresolved.clone()));
        }
        let json = node.to_json().to_string();
        self.session().charge_text(json.len(), at)?;
        Ok(Value::text(json))
    }

    fn evaluate(&mut self, node: &Node, at: &At<'_>) -> Outcome<Option<bool>> {
        self.session().charge_nodes(1, at)?;
        let Some([(name, argument)]) = node.as_object() else {
            self.malformed(
                "A condition",
                "one of Fn::Equals, Fn::And, Fn::Or, Fn::Not and Condition",
                node,
                at,
            );
            return Ok(None);
        };
        let at = at.key(name, argument.place);
        let operands = argument.as_array().unwrap_or_default();
        match (name.as_str(), operands) {
            ("Condition", _) if argument.as_str().is_some() => {
                self.condition(argument.as_str().unwrap_or_default(), &at)
            }
            ("Fn::Not", [operand]) => Ok(self.evaluate(operand, &at)?.map(|value| !value)),
            ("Fn::And" | "Fn::Or", [_, ..]) => {
                // One false operand makes `Fn::And` false, and one true operand makes `Fn::Or` true.
                let deciding = name == "Fn::Or";
                let mut result = Some(!deciding);
                for (index, operand) in operands.iter().enumerate() {
                    match self.evaluate(operand, &at.index(index, operand.place))? {
                        Some(value) if value == deciding => return Ok(Some(deciding)),
                        Some(_) => {}
                        None => result = None,
                    }
                }
                Ok(result)
            }
            ("Fn::Equals", [one, other]) => {
                let one = self.node(one.clone(), &at.index(0, one.place))?;
                let other = self.node(other.clone(), &at.index(1, other.place))?;
                let known = |node: &Option<Node>| node.as_ref().is_some_and(is_known);
                if !known(&one) || !known(&other) {
                    return Ok(None);
                }
                let text = |node: &Node| node.value.scalar().unwrap_or_else(|| node.to_json().to_string());
                Ok(Some(one.as_ref().map(text) == other.as_ref().map(text)))
            }
            _ => {
                self.malformed(
                    name,
                    "an array of conditions, or of two values for Fn::Equals",
                    argument,
                    &at,
                );
                Ok(None)
            }
        }
    }

    /// Resolves an argument that must be text. Returns the resolved node as the inner error if its value
    /// cannot be text.
    fn text(&mut self, node: Node, at: &At<'_>) -> Outcome<Result<Text, Node>> {
        let node = self.node(node, at)?;
        Ok(node.map_or(Ok(Text::default()), into_text))
    }

    /// Resolves the first of two arguments, which must be text. Returns the text and the second argument, which is not
    /// resolved. The inner error is the argument that is not valid.
    fn text_and_list(&mut self, argument: Node, at: &At<'_>) -> Outcome<Result<(Text, Node), Node>> {
        let [text, list] = match take_array::<2>(argument) {
            Ok(arguments) => arguments,
            Err(seen) => return Ok(Err(seen)),
        };
        Ok(self.text(text, at)?.map(|text| (text, list)))
    }

    /// Returns why a text is not fixed: its first unresolved value, or else a pseudo parameter such as `AWS::Region`.
    fn reason(&mut self, text: &Text) -> Unresolved {
        match text.unresolved.first() {
            Some(unresolved) => unresolved.clone(),
            None if text.text.contains("${AWS::Partition}") => self.session().missing("AWS::Partition"),
            None => self.session().missing("AWS::Region"),
        }
    }

    /// Returns an unresolved value for a function whose argument is not a list. Adds a lint unless the argument is
    /// unresolved.
    fn unresolved_list(&mut self, function: &str, node: Option<Node>, at: &At<'_>) -> Value {
        match node {
            Some(Node { value: Value::Unresolved(unresolved), .. }) => Value::Unresolved(unresolved),
            Some(Node { value: Value::Text(text), .. }) if !text.unresolved.is_empty() => {
                Value::Unresolved(self.reason(&text))
            }
            Some(seen) => self.malformed(function, "a list", &seen, at),
            None => self.malformed_form(function, "a list", "no argument", at),
        }
    }

    fn malformed(&mut self, function: &str, form: &str, seen: &Node, at: &At<'_>) -> Value {
        let seen = format!("the argument `{}`", shortened(&seen.to_json().to_string()));
        self.malformed_form(function, form, &seen, at)
    }

    /// Adds a lint for an invalid argument. Returns an unresolved value as the value of the function.
    fn malformed_form(&mut self, function: &str, form: &str, seen: &str, at: &At<'_>) -> Value {
        let subject = if function.contains(' ') { function.to_owned() } else { format!("`{function}`") };
        self.session().lint(Code::IntrinsicMalformed, format!("{subject} has {seen}. It needs {form}."), at);
        let Place { line, .. } = at.place;
        let remedy = format!("Correct the arguments of {subject} in line {line}.");
        Value::Unresolved(Unresolved { name: function.to_owned(), remedy })
    }
}

/// Returns whether each piece of a text has a value. A piece that API Gateway resolves has no value yet.
fn is_fixed(text: &Text) -> bool {
    text.unresolved.is_empty() && !text.text.contains(OF_DEPLOYMENT)
}

/// Returns whether a value contains no unresolved value and only fixed text.
fn is_known(node: &Node) -> bool {
    match &node.value {
        Value::Text(text) => is_fixed(text),
        Value::Array(items) => items.iter().all(is_known),
        Value::Object(entries) => entries.iter().all(|(_, node)| is_known(node)),
        Value::Unresolved(_) => false,
        Value::Null | Value::Bool(_) | Value::Number(_) => true,
    }
}

fn first_unresolved(node: &Node) -> Option<&Unresolved> {
    match &node.value {
        Value::Array(items) => items.iter().find_map(first_unresolved),
        Value::Object(entries) => entries.iter().find_map(|(_, node)| first_unresolved(node)),
        _ => node.unresolved().first(),
    }
}

/// Returns a resolved value as text, or the node itself if it cannot be text.
fn into_text(node: Node) -> Result<Text, Node> {
    match node.value {
        Value::Text(text) => Ok(text),
        Value::Unresolved(unresolved) => Ok(unresolved.into()),
        _ => node.value.scalar().map(Text::from).ok_or(node),
    }
}

/// Returns the items of an array that has exactly `N` items, or the node itself.
fn take_array<const N: usize>(node: Node) -> Result<[Node; N], Node> {
    let place = node.place;
    match node.value {
        Value::Array(items) => items.try_into().map_err(|items| Node { value: Value::Array(items), place }),
        value => Err(Node { value, place }),
    }
}

/// Splits a text at each delimiter outside of `${AWS::Name}`.
fn split_around_placeholders<'t>(text: &'t str, delimiter: &str) -> Vec<&'t str> {
    let mut parts = Vec::new();
    let (mut start, mut index) = (0, 0);
    while let Some(rest) = text.get(index..).filter(|rest| !rest.is_empty()) {
        if rest.starts_with(OF_DEPLOYMENT) {
            index += rest.find('}').map_or(rest.len(), |end| end + 1);
        } else if rest.starts_with(delimiter) {
            parts.extend(text.get(start..index));
            index += delimiter.len();
            start = index;
        } else {
            index += rest.chars().next().map_or(1, char::len_utf8);
        }
    }
    parts.extend(text.get(start..));
    parts
}

fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let group =
            chunk.iter().fold(0_u32, |group, byte| group << 8 | u32::from(*byte)) << (8 * (3 - chunk.len()));
        for position in 0..4 {
            let letter = LETTERS.get((group >> (18 - 6 * position)) as usize & 63);
            text.push(if position <= chunk.len() {
                letter.map_or('=', |letter| char::from(*letter))
            } else {
                '='
            });
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use serde_json::{Value as Json, json};

    use super::super::{Document, Notation, Parameters, read};
    use super::*;
    use crate::finding::Finding;

    fn parameters(text: &str) -> Parameters {
        Parameters::from_json(text.as_bytes()).unwrap()
    }

    fn document(yaml: &str, parameters: &Parameters) -> Document {
        read(yaml.as_bytes(), Some(Notation::Yaml), parameters)
            .unwrap_or_else(|faults| panic!("{yaml}: {faults:?}"))
    }

    /// Returns the value of `x`, and the names of its unresolved pieces.
    fn value(yaml: &str, parameters: &Parameters) -> (Json, Vec<String>) {
        let document = document(&format!("openapi: 3.0.1\nx: {yaml}\n"), parameters);
        let Some(node) = document.root.get("x") else { return (json!("removed"), Vec::new()) };
        (node.to_json(), node.unresolved().iter().map(|unresolved| unresolved.name.clone()).collect())
    }

    #[test]
    fn functions_with_values_are_evaluated() {
        let given = parameters(
            r#"{"parameters": {"Name": "n", "List": ["a", "b"], "Fn.Arn": "arn:fn", "AWS::AccountId": "1234",
                "exported-n": "e", "Map.n.key": "m", "Index": "1"}, "conditions": {"Yes": true, "No": false}}"#,
        );
        for (yaml, expected) in [
            ("!Ref Name", json!("n")),
            ("{Ref: Name}", json!("n")),
            ("!Ref List", json!(["a", "b"])),
            ("!Ref AWS::AccountId", json!("1234")),
            ("!Ref AWS::NoValue", json!("removed")),
            ("[1, !Ref AWS::NoValue, 2]", json!([1, 2])),
            ("{a: !Ref AWS::NoValue, b: c}", json!({ "b": "c" })),
            ("!GetAtt Fn.Arn", json!("arn:fn")),
            ("{Fn::GetAtt: [Fn, Arn]}", json!("arn:fn")),
            ("{Fn::GetAtt: Fn.Arn}", json!("arn:fn")),
            ("!Sub '<${Name}:${Fn.Arn}:${!Name}>'", json!("<n:arn:fn:${Name}>")),
            ("!Sub ['${a}-${Name}', {a: !Ref Name}]", json!("n-n")),
            ("!Sub ['${Name}', {Name: own}]", json!("own")),
            (
                "!Sub '${AWS::Region} ${stageVariables.a} $x ${open'",
                json!("${AWS::Region} ${stageVariables.a} $x ${open"),
            ),
            ("!Join ['-', [a, !Ref Name, 3, true, !Ref AWS::NoValue]]", json!("a-n-3-true")),
            ("!Join [',', !Ref List]", json!("a,b")),
            ("!Join ['', []]", json!("")),
            ("!If [Yes, {a: !Ref Name}, b]", json!({ "a": "n" })),
            ("!If [No, a, !Ref AWS::NoValue]", json!("removed")),
            ("!If [No, a, !If [Yes, b, c]]", json!("b")),
            ("!Select [1, !Ref List]", json!("b")),
            ("!Select [!Ref Index, [a, b]]", json!("b")),
            ("!Select ['0', !Split ['|', 'a|b']]", json!("a")),
            ("!Select [3, !Split [':', !Sub 'arn:aws:s3:${AWS::Region}:x']]", json!("${AWS::Region}")),
            ("!Split [', ', 'a, b, ']", json!(["a", "b", ""])),
            ("!FindInMap [Map, !Ref Name, key]", json!("m")),
            ("!FindInMap [Map, a, key, {DefaultValue: d}]", json!("d")),
            ("!ImportValue exported-n", json!("e")),
            ("!ImportValue {Fn::Sub: 'exported-${Name}'}", json!("e")),
            ("!Base64 a", json!("YQ==")),
            ("!Base64 {Ref: Name}", json!("bg==")),
            ("!Base64 'ab?'", json!("YWI/")),
            ("!Base64 'abcd?>'", json!("YWJjZD8+")),
            ("!Length [a, b]", json!(2)),
            ("!ToJsonString {a: [!Ref Name]}", json!("{\"a\":[\"n\"]}")),
            ("{Fn::Equals: [a, a]}", json!(true)),
            ("!Condition 'Yes'", json!(true)),
            ("{Condition: 'No'}", json!(false)),
        ] {
            assert_eq!(value(yaml, &given), (expected, Vec::new()), "{yaml}");
        }
    }

    #[test]
    fn functions_without_values_are_unresolved() {
        for (yaml, expected, names) in [
            ("!Ref Name", "${Name}", vec!["Name"]),
            ("!GetAtt OrderFunction.Arn", "${OrderFunction.Arn}", vec!["OrderFunction.Arn"]),
            ("!GetAtt Nested.Outputs.Arn", "${Nested.Outputs.Arn}", vec!["Nested.Outputs.Arn"]),
            ("!Sub 'a${B}c${D.E}${B}${AWS::Region}'", "a${B}c${D.E}${B}${AWS::Region}", vec!["B", "D.E"]),
            ("!Sub ['${a}', {a: !Ref B}]", "${B}", vec!["B"]),
            ("!Ref AWS::Region", "${AWS::Region}", vec![]),
            ("!Ref AWS::Partition", "${AWS::Partition}", vec![]),
            ("!Ref AWS::AccountId", "${AWS::AccountId}", vec!["AWS::AccountId"]),
            (
                "!Join [':', [arn, !Ref AWS::Region, !GetAtt R.Arn]]",
                "arn:${AWS::Region}:${R.Arn}",
                vec!["R.Arn"],
            ),
            ("!Join ['', !Ref List]", "${List}", vec!["List"]),
            ("!Join ['', [a, !If [C, b, c]]]", "a${C}", vec!["C"]),
            ("!If [C, a, b]", "${C}", vec!["C"]),
            ("!Select [0, !Ref List]", "${List}", vec!["List"]),
            ("!Select [0, [a, !Ref B]]", "a", vec![]),
            ("!Select [!Ref I, [a]]", "${I}", vec!["I"]),
            ("!Split ['-', !Ref B]", "${B}", vec!["B"]),
            ("!Split ['-', !Ref AWS::Region]", "${AWS::Region}", vec!["AWS::Region"]),
            ("!FindInMap [Map, a, b]", "${Map.a.b}", vec!["Map.a.b"]),
            ("!FindInMap [Map, !Ref Stage, b]", "${Stage}", vec!["Stage"]),
            ("!FindInMap [Map, !Ref AWS::Region, b]", "${AWS::Region}", vec!["AWS::Region"]),
            ("!ImportValue e", "${e}", vec!["e"]),
            ("!ImportValue {Fn::Sub: '${S}-e'}", "${S}", vec!["S"]),
            ("!Base64 {Ref: B}", "${B}", vec!["B"]),
            ("!ToJsonString {a: !Ref B}", "${B}", vec!["B"]),
            ("!GetAZs ''", "${Fn::GetAZs}", vec!["Fn::GetAZs"]),
            ("!Equals [!Ref AWS::Region, eu-west-1]", "${Fn::Equals}", vec!["Fn::Equals"]),
        ] {
            let names: Vec<String> = names.into_iter().map(str::to_owned).collect();
            assert_eq!(value(yaml, &Parameters::default()), (json!(expected), names), "{yaml}");
        }
        let text = "a: !GetAtt F.Arn\nb: !If [C, 1, 2]\nc: !Sub '${a b}'\n";
        let document = document(text, &Parameters::default());
        let remedy = |key: &str| document.root.get(key).unwrap().unresolved()[0].remedy.clone();
        assert_eq!(remedy("a"), "Set it with `--parameter F.Arn=VALUE`.");
        assert_eq!(remedy("b"), "Set it with `--condition C=true` or `=false`.");
        assert_eq!(remedy("c"), "Set it with `--parameter 'a b'=VALUE`.");
        assert!(matches!(document.root.get("a").unwrap().value, Value::Text(_)));
        assert!(matches!(document.root.get("b").unwrap().value, Value::Unresolved(_)));
    }

    #[test]
    fn objects_that_resemble_functions_are_unchanged() {
        for yaml in [
            "{$ref: '#/a'}",
            "{Ref: {a: b}}",
            "{Ref: a, other: b}",
            "{Condition: {StringEquals: {a: b}}}",
            "{Condition: good}",
            "{properties: {Condition: {type: string}, Ref: {type: string}}}",
            "{Fn: a, If: b}",
        ] {
            let expected = serde_saphyr::from_str::<Json>(yaml).unwrap();
            assert_eq!(value(yaml, &Parameters::default()), (expected, Vec::new()), "{yaml}");
        }
    }

    #[test]
    fn malformed_functions_are_unresolved_with_a_lint() {
        for (yaml, message) in [
            (
                "{Fn::If: [a, b]}",
                "`Fn::If` has the argument `[\"a\",\"b\"]`. It needs an array of a condition and two values.",
            ),
            (
                "{Fn::If: [[], b, c]}",
                "`Fn::If` has the argument `[]`. It needs the name of a condition first.",
            ),
            (
                "!Sub {a: b}",
                "`Fn::Sub` has the argument `{\"a\":\"b\"}`. It needs a string, or an array of a string and an object.",
            ),
            (
                "!Sub []",
                "`Fn::Sub` has an empty array. It needs a string, or an array of a string and an object.",
            ),
            (
                "!Sub [a, b]",
                "`Fn::Sub` has the argument `\"b\"`. It needs a string, or an array of a string and an object.",
            ),
            (
                "!Sub [a, {b: []}]",
                "`Fn::Sub` has the argument `[]`. It needs a string as the value of each variable.",
            ),
            (
                "!GetAtt a",
                "`Fn::GetAtt` has the argument `\"a\"`. It needs an array of a resource and an attribute.",
            ),
            (
                "!Join [a, b]",
                "`Fn::Join` has the argument `\"b\"`. It needs an array of a delimiter and a list of strings.",
            ),
            ("!Join ['', [[a]]]", "`Fn::Join` has the argument `[\"a\"]`. It needs a list of strings only."),
            (
                "!Select [2, [a]]",
                "`Fn::Select` has the index `2` and a list of 1 item. It needs an index of an item in the list.",
            ),
            ("!Select [0, a]", "`Fn::Select` has the argument `\"a\"`. It needs a list."),
            (
                "!Split ['', a]",
                "`Fn::Split` has an empty delimiter. It needs a delimiter of one character or more.",
            ),
            (
                "!FindInMap [a, b]",
                "`Fn::FindInMap` has the argument `[\"a\",\"b\"]`. It needs an array of a mapping and two keys.",
            ),
            (
                "!Not [a]",
                "A condition has the argument `\"a\"`. It needs one of Fn::Equals, Fn::And, Fn::Or, Fn::Not and Condition.",
            ),
            ("{Fn::Foo: a}", "`Fn::Foo` is not a function of CloudFormation."),
        ] {
            let document = document(&format!("openapi: 3.0.1\nx: {yaml}"), &Parameters::default());
            assert!(matches!(document.root.get("x").unwrap().value, Value::Unresolved(_)), "{yaml}");
            let messages: Vec<_> = document.findings.iter().map(|finding| finding.message.as_str()).collect();
            assert_eq!(messages, [message], "{yaml}");
            assert_eq!(document.findings[0].place.line, 2);
        }
    }

    #[test]
    fn a_condition_among_paths_decides_which_paths_exist() {
        let text =
            "paths:\n  /a: {get: 1}\n  Fn::If:\n    - C\n    - /b: {get: !Ref N}\n    - !Ref AWS::NoValue\n";
        let with = parameters(r#"{"conditions": {"C": true}, "parameters": {"N": "n"}}"#);
        let read_with = document(text, &with);
        assert_eq!(
            read_with.root.to_json(),
            json!({ "paths": { "/a": { "get": 1 }, "/b": { "get": "n" } } })
        );
        assert_eq!(read_with.root.pointer("/paths/~1b").unwrap().place, Place { line: 5, column: 7 });
        let without = parameters(r#"{"conditions": {"C": false}}"#);
        assert_eq!(document(text, &without).root.to_json(), json!({ "paths": { "/a": { "get": 1 } } }));
        let repeated = text.replace("/b", "/a");
        let faults: Vec<Finding> = read(repeated.as_bytes(), None, &with).unwrap_err();
        assert_eq!((faults[0].code, faults[0].pointer.as_str()), (Code::DuplicateKey, "/paths/~1a"));
    }

    #[test]
    fn placeholders_are_not_split() {
        let parts = split_around_placeholders("a:${AWS::Region}:\u{e9}", ":");
        assert_eq!(parts, ["a", "${AWS::Region}", "\u{e9}"]);
        assert_eq!(split_around_placeholders("${AWS::Region", ":"), ["${AWS::Region"]);
        assert_eq!(split_around_placeholders("", ":"), [""]);
    }
}
