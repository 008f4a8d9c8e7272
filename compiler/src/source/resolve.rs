//! Resolves the functions and placeholders of a tree, within limits.

use std::collections::{BTreeSet, HashMap};

use super::fault::{Outcome, repeated_key};
use super::limit::{MAX_DEPTH, MAX_NODES, MAX_TEXT};
use super::node::{Node, Text, Unresolved, Value, escape};
use super::parameters::Parameters;
use super::placeholder;
use super::position::At;
use super::shell;
use super::template::Template;
use crate::finding::{Code, Finding, Place};

/// The kinds of values that a person gives.
#[derive(Clone, Copy, Eq, Ord, PartialEq, PartialOrd)]
pub(super) enum Kind {
    Parameter,
    Condition,
    Variable,
}

impl Kind {
    fn as_str(self) -> &'static str {
        match self {
            Self::Parameter => "parameter",
            Self::Condition => "condition",
            Self::Variable => "variable",
        }
    }
}

/// A value that is computed once, or is being computed.
enum Memo<T> {
    InProgress,
    Done(T),
}

/// Resolves one document.
pub(super) struct Resolver<'a> {
    pub(super) options: &'a Parameters,
    pub(super) template: Option<Template<'a>>,
    /// Whether placeholders of Terraform are resolved: not in a template of CloudFormation, where such text is plain.
    terraform: bool,
    findings: Vec<Finding>,
    nodes: usize,
    text: usize,
    conditions: HashMap<String, Memo<Option<bool>>>,
    names: HashMap<String, Memo<Option<Text>>>,
    used: BTreeSet<(Kind, String)>,
    asked: BTreeSet<(Kind, String)>,
}

impl<'a> Resolver<'a> {
    pub(super) fn new(options: &'a Parameters, template: Option<Template<'a>>) -> Self {
        Self {
            options,
            terraform: template.is_none(),
            template,
            findings: Vec::new(),
            nodes: 0,
            text: 0,
            conditions: HashMap::new(),
            names: HashMap::new(),
            used: BTreeSet::new(),
            asked: BTreeSet::new(),
        }
    }

    /// Resolves a node. Returns `None` if it is to be removed (`AWS::NoValue`).
    pub(super) fn node(&mut self, node: Node, at: &At<'_>) -> Outcome<Option<Node>> {
        self.charge_nodes(1, at)?;
        let Node { value, place } = node;
        let value = match value {
            Value::Text(text) if self.terraform && text.text.contains("${") => {
                Value::Text(placeholder::resolve(self, &text.text, at, at.is_template)?)
            }
            Value::Array(items) => {
                let mut list = Vec::with_capacity(items.len());
                for (index, item) in items.into_iter().enumerate() {
                    let at = at.index(index, item.place);
                    list.extend(self.node(item, &at)?);
                }
                Value::Array(list)
            }
            Value::Object(mut entries) => match entries.pop() {
                Some((name, argument)) if entries.is_empty() && self.is_function(&name, &argument) => {
                    let at = at.key(&name, argument.place);
                    let value = self.function(&name, argument, &at)?;
                    return Ok(value.map(|value| Node { value, place }));
                }
                last => {
                    entries.extend(last);
                    Value::Object(self.object(entries, at)?)
                }
            },
            value => value,
        };
        Ok(Some(Node { value, place }))
    }

    /// Returns whether the only entry of an object is a function. `Condition` may also be data, so the condition has to
    /// be known.
    fn is_function(&self, name: &str, argument: &Node) -> bool {
        match (name, &argument.value) {
            ("Ref", Value::Text(_)) => true,
            ("Condition", Value::Text(name)) => {
                let name = name.text.as_str();
                self.options.conditions.contains_key(name)
                    || self.template.as_ref().is_some_and(|template| template.conditions.contains_key(name))
            }
            _ => name.starts_with("Fn::"),
        }
    }

    fn object(&mut self, entries: Vec<(String, Node)>, at: &At<'_>) -> Outcome<Vec<(String, Node)>> {
        let mut object = Vec::with_capacity(entries.len());
        let mut may_repeat = false;
        for (mut key, node) in entries {
            let place = node.place;
            let inner = at.key(&key, place);
            if key == "Fn::If" || key == "Fn::Transform" {
                let Some(value) = self.function(&key, node, &inner)? else { continue };
                match value {
                    Value::Object(chosen) => {
                        object.extend(chosen);
                        may_repeat = true;
                    }
                    value => object.push((key, Node { value, place })),
                }
                continue;
            }
            let is_reference = key == "$ref" && matches!(node.value, Value::Text(_));
            let node = if is_reference { Some(node) } else { self.node(node, &inner)? };
            if self.terraform && key.contains("${") {
                // Only given values are replaced: a key cannot be marked.
                let resolved = placeholder::resolve(self, &key, &inner, true)?;
                may_repeat |= resolved.text != key;
                key = resolved.text;
            }
            object.extend(node.map(|node| (key, node)));
        }
        match repeated_key(&object, at).filter(|_| may_repeat) {
            Some(fault) => Err(Box::new(fault)),
            None => Ok(object),
        }
    }

    /// Resolves a part of the template other than the document.
    pub(super) fn part(&mut self, node: &Node, at: &At<'_>) -> Outcome<Option<Node>> {
        self.node(node.clone(), at)
    }

    /// Returns the value of a parameter, a pseudo parameter or a name of a resource.
    pub(super) fn lookup(&mut self, name: &str, at: &At<'_>) -> Outcome<Value> {
        let declaration = self.template.as_ref().and_then(|template| template.parameters.get(name).copied());
        let of_type = |node: &Node| node.get("Type").and_then(Node::as_str).unwrap_or_default().to_owned();
        let kind = declaration.map(of_type).unwrap_or_default();
        let is_list = kind == "CommaDelimitedList" || kind.contains("List<");
        if let Some(value) = self.given(name, is_list, at)? {
            return Ok(value);
        }
        if let Some(declaration) = declaration {
            // The default of a parameter of the Systems Manager is its name there, not its value.
            let default =
                declaration.get("Default").filter(|_| !kind.starts_with("AWS::SSM::Parameter::Value"));
            if let Some(default) = default.and_then(|node| scalar(&node.value)) {
                self.charge_text(default.len(), at)?;
                return self.value_of(&serde_json::Value::String(default), is_list, at);
            }
        } else if name == "AWS::Region" || name == "AWS::Partition" {
            return Ok(Value::Text(format!("${{{name}}}").into()));
        } else if let Some(name) = self.resource_name(name, at)? {
            self.charge_text(name.text.len(), at)?;
            return Ok(Value::Text(name));
        }
        Ok(Value::Text(self.missing(name).into()))
    }

    /// Returns a parameter that was given, and records that it is used.
    pub(super) fn given(&mut self, name: &str, is_list: bool, at: &At<'_>) -> Outcome<Option<Value>> {
        let options = self.options;
        let Some(value) = options.parameters.get(name) else { return Ok(None) };
        self.record_use(Kind::Parameter, name);
        self.value_of(value, is_list, at).map(Some)
    }

    fn value_of(&mut self, value: &serde_json::Value, is_list: bool, at: &At<'_>) -> Outcome<Value> {
        let text = |value: &serde_json::Value| match value {
            serde_json::Value::String(text) => text.clone(),
            value => value.to_string(),
        };
        let items = match value {
            serde_json::Value::Array(items) => items.iter().map(text).collect::<Vec<_>>(),
            value if is_list => text(value).split(',').map(|item| item.trim().to_owned()).collect(),
            value => {
                let text = text(value);
                self.charge_text(text.len(), at)?;
                return Ok(Value::Text(text.into()));
            }
        };
        self.charge_nodes(items.len(), at)?;
        self.charge_text(items.iter().map(String::len).sum(), at)?;
        let node = |item: String| Node { value: Value::text(item), place: at.place };
        Ok(Value::Array(items.into_iter().map(node).collect()))
    }

    /// Returns a variable of Terraform that was given.
    pub(super) fn variable(&mut self, name: &str) -> Option<&'a str> {
        let options = self.options;
        let short = name.strip_prefix("var.");
        for name in std::iter::once(name).chain(short) {
            if let Some(value) = options.variables.get(name) {
                self.record_use(Kind::Variable, name);
                return Some(value);
            }
        }
        self.asked.insert((Kind::Variable, name.to_owned()));
        None
    }

    /// Returns the mark for a parameter without a value.
    pub(super) fn missing(&mut self, name: &str) -> Unresolved {
        self.asked.insert((Kind::Parameter, name.to_owned()));
        Unresolved {
            name: name.to_owned(),
            remedy: format!("Give it with `--parameter {}=VALUE`.", shell::word(name)),
        }
    }

    /// Returns the name of a resource whose property determines it, or `None` if the deployment determines it.
    fn resource_name(&mut self, id: &str, at: &At<'_>) -> Outcome<Option<Text>> {
        let Some(template) = &self.template else { return Ok(None) };
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

    /// Returns the value of a condition, or `None` if it is not known.
    pub(super) fn condition(&mut self, name: &str, at: &At<'_>) -> Outcome<Option<bool>> {
        if let Some(value) = self.options.conditions.get(name) {
            let value = *value;
            self.record_use(Kind::Condition, name);
            return Ok(Some(value));
        }
        match self.conditions.get(name) {
            Some(Memo::Done(value)) => return Ok(*value),
            Some(Memo::InProgress) => return Err(self.cycle("condition", name, at)),
            None => {}
        }
        let Some(definition) =
            self.template.as_ref().and_then(|template| template.conditions.get(name).copied())
        else {
            self.asked.insert((Kind::Condition, name.to_owned()));
            return Ok(None);
        };
        self.conditions.insert(name.to_owned(), Memo::InProgress);
        let pointer = format!("/Conditions/{}", escape(name));
        let start = At::root(&pointer, definition.place, at.depth + 1);
        let value = self.evaluate(definition, &start)?;
        self.conditions.insert(name.to_owned(), Memo::Done(value));
        if value.is_none() {
            self.asked.insert((Kind::Condition, name.to_owned()));
        }
        Ok(value)
    }

    fn cycle(&self, what: &str, name: &str, at: &At<'_>) -> Box<Finding> {
        let message = format!("The {what} `{name}` depends on itself.");
        Box::new(Finding::new(Code::ConditionCycle, message, at.pointer(), at.place))
    }

    /// Adds a lint.
    pub(super) fn lint(&mut self, code: Code, message: String, at: &At<'_>) {
        self.findings.push(Finding::new(code, message, at.pointer(), at.place));
    }

    /// Counts nodes and checks the depth.
    pub(super) fn charge_nodes(&mut self, count: usize, at: &At<'_>) -> Outcome<()> {
        if at.depth > MAX_DEPTH {
            let message = format!(
                "The functions and conditions here depend on each other more than {MAX_DEPTH} levels deep."
            );
            return Err(Box::new(Finding::new(Code::TooDeep, message, at.pointer(), at.place)));
        }
        self.nodes = self.nodes.saturating_add(count);
        if self.nodes <= MAX_NODES {
            return Ok(());
        }
        let message =
            format!("With its functions resolved, the document has more than {MAX_NODES} keys and values.");
        Err(Box::new(Finding::new(Code::TooLarge, message, at.pointer(), at.place)))
    }

    /// Counts bytes of text that functions and placeholders produce.
    pub(super) fn charge_text(&mut self, bytes: usize, at: &At<'_>) -> Outcome<()> {
        self.text = self.text.saturating_add(bytes);
        if self.text <= MAX_TEXT {
            return Ok(());
        }
        let limit = MAX_TEXT >> 20;
        let message =
            format!("The functions and placeholders of the document produce more than {limit} MiB of text.");
        Err(Box::new(Finding::new(Code::TooLarge, message, at.pointer(), at.place)))
    }

    /// Appends a piece to a text.
    pub(super) fn append(&mut self, text: &mut Text, piece: &Text, at: &At<'_>) -> Outcome<()> {
        self.charge_text(piece.text.len(), at)?;
        text.text.push_str(&piece.text);
        for unresolved in &piece.unresolved {
            self.charge_text(unresolved.name.len() + unresolved.remedy.len() + size_of::<Unresolved>(), at)?;
            // One mark for a name is enough; the search is bounded.
            if text.unresolved.len() > 100 || !text.unresolved.contains(unresolved) {
                text.unresolved.push(unresolved.clone());
            }
        }
        Ok(())
    }

    fn record_use(&mut self, kind: Kind, name: &str) {
        self.used.insert((kind, name.to_owned()));
    }

    /// Returns the lints, those for unused values included.
    pub(super) fn into_findings(mut self) -> Vec<Finding> {
        let options = self.options;
        let parameters = options.parameters.keys().map(|name| (Kind::Parameter, name));
        let conditions = options.conditions.keys().map(|name| (Kind::Condition, name));
        let variables = options.variables.keys().map(|name| (Kind::Variable, name));
        let mut unused = Vec::new();
        for (kind, name) in parameters.chain(conditions).chain(variables) {
            if self.used.contains(&(kind, name.clone())) || self.is_declared(kind, name) {
                continue;
            }
            // The search is bounded: the first values without a use get a hint.
            let (what, closest) =
                (kind.as_str(), (unused.len() < 20).then(|| self.closest(kind, name)).flatten());
            let hint = closest.map(|closest| format!(" Is `{closest}` meant?")).unwrap_or_default();
            unused.push(format!("The document does not use the {what} `{name}`, which is given.{hint}"));
        }
        if let (Some(id), None) = (&options.resource, &self.template) {
            unused.push(format!(
                "The resource `{id}` is given, and the file is a document and not a template."
            ));
        }
        let lint = |message| Finding::new(Code::ParameterUnused, message, "", Place::START);
        self.findings.extend(unused.into_iter().map(lint));
        self.findings
    }

    fn is_declared(&self, kind: Kind, name: &str) -> bool {
        self.template.as_ref().is_some_and(|template| match kind {
            Kind::Parameter => template.parameters.contains_key(name),
            Kind::Condition => template.conditions.contains_key(name),
            Kind::Variable => false,
        })
    }

    /// Returns the name that the document uses and that is closest to a name that it does not use.
    fn closest(&self, kind: Kind, name: &str) -> Option<String> {
        let used =
            self.used.iter().chain(&self.asked).filter(|(of, _)| *of == kind).map(|(_, name)| name.as_str());
        let declared = self.template.iter().flat_map(|template| match kind {
            Kind::Parameter => template.parameters.keys().copied().collect::<Vec<_>>(),
            Kind::Condition => template.conditions.keys().copied().collect(),
            Kind::Variable => Vec::new(),
        });
        // The first thousand names are enough for a hint.
        let known = used.chain(declared).take(1000).filter(|known| known.len() <= 100 && name.len() <= 100);
        let (distance, known) = known.map(|known| (distance(name, known), known)).min()?;
        (distance <= 1 + name.chars().count() / 4).then(|| known.to_owned())
    }
}

/// Returns a scalar as the text that CloudFormation makes of it.
pub(super) fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::Text(text) => Some(text.text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(value) => Some(value.to_string()),
        _ => None,
    }
}

/// Returns the number of letters to change, add or remove, without regard to case.
fn distance(one: &str, other: &str) -> usize {
    let other: Vec<char> = other.to_lowercase().chars().collect();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (line, letter) in one.to_lowercase().chars().enumerate() {
        let mut left = line + 1;
        let mut next = vec![left];
        for ((other, above), diagonal) in other.iter().zip(row.iter().skip(1)).zip(&row) {
            left = (diagonal + usize::from(*other != letter)).min(above + 1).min(left + 1);
            next.push(left);
        }
        row = next;
    }
    row.last().copied().unwrap_or_default()
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
    fn values_that_are_not_used_are_reported() {
        let parameters = Parameters::from_json(
            br#"{"parameters": {"Bukcet": "b", "Used": "u"}, "conditions": {"Zzzzzz": true},
                "variables": {"stge": "s"}, "resource": "Api"}"#,
        );
        let text =
            "openapi: 3.0.1\na: !Ref Bucket\nb: !Ref Used\nc: ${var.other}${stage}\nd: !If [C, 1, 2]\n";
        let document = read(text.as_bytes(), None, &parameters.unwrap()).unwrap();
        let messages: Vec<_> = document.findings.iter().map(|finding| finding.message.as_str()).collect();
        assert_eq!(
            messages,
            [
                "The document does not use the parameter `Bukcet`, which is given. Is `Bucket` meant?",
                "The document does not use the condition `Zzzzzz`, which is given.",
                "The document does not use the variable `stge`, which is given. Is `stage` meant?",
                "The resource `Api` is given, and the file is a document and not a template.",
            ]
        );
        assert!(document.findings.iter().all(|finding| finding.code == Code::ParameterUnused));
    }

    #[test]
    fn distances() {
        for (one, other, expected) in
            [("", "", 0), ("a", "", 1), ("Bucket", "bucket", 0), ("abc", "axc", 1), ("ab", "ba", 2)]
        {
            assert_eq!(distance(one, other), expected, "{one} {other}");
        }
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

    /// Each name is twice the next one.
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
    fn huge_joins_are_errors() {
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
