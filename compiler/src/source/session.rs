//! The state of one reading: the options and their use, the limits, and the lints.

use std::collections::BTreeSet;

use super::fault::Outcome;
use super::limit::{MAX_DEPTH, MAX_NODES, MAX_TEXT};
use super::node::{Node, Text, Unresolved, Value};
use super::parameters::Parameters;
use super::position::At;
use super::shell;
use super::template::Template;
use crate::finding::{Code, Finding, Place};

/// The kind of an option.
#[derive(Clone, Copy, Eq, Ord, PartialEq, PartialOrd)]
enum Kind {
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

pub(super) struct Session<'a> {
    pub(super) options: &'a Parameters,
    pub(super) template: Option<Template<'a>>,
    findings: Vec<Finding>,
    /// The number of nodes so far.
    nodes: usize,
    /// The number of bytes that functions and placeholders have produced so far.
    text: usize,
    /// The options that the document uses.
    used: BTreeSet<(Kind, String)>,
    /// The names in the document that have no value.
    missing: BTreeSet<(Kind, String)>,
}

impl<'a> Session<'a> {
    pub(super) fn new(options: &'a Parameters, template: Option<Template<'a>>) -> Self {
        Self {
            options,
            template,
            findings: Vec::new(),
            nodes: 0,
            text: 0,
            used: BTreeSet::new(),
            missing: BTreeSet::new(),
        }
    }

    /// Returns the parameter from the options, and records its use.
    pub(super) fn given(&mut self, name: &str, is_list: bool, at: &At<'_>) -> Outcome<Option<Value>> {
        let options = self.options;
        let Some(value) = options.parameters.get(name) else { return Ok(None) };
        self.record_use(Kind::Parameter, name);
        self.value_of(value, is_list, at).map(Some)
    }

    /// Returns the condition from the options, and records its use.
    pub(super) fn given_condition(&mut self, name: &str) -> Option<bool> {
        let value = *self.options.conditions.get(name)?;
        self.record_use(Kind::Condition, name);
        Some(value)
    }

    /// Records that a condition has no value.
    pub(super) fn record_missing_condition(&mut self, name: &str) {
        self.missing.insert((Kind::Condition, name.to_owned()));
    }

    /// Returns the value of a parameter: a string, or a list of strings.
    pub(super) fn value_of(
        &mut self,
        value: &serde_json::Value,
        is_list: bool,
        at: &At<'_>,
    ) -> Outcome<Value> {
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

    /// Returns the Terraform variable from the options, and records its use or that it has no value.
    pub(super) fn variable(&mut self, name: &str) -> Option<&'a str> {
        let options = self.options;
        let short = name.strip_prefix("var.");
        for name in std::iter::once(name).chain(short) {
            if let Some(value) = options.variables.get(name) {
                self.record_use(Kind::Variable, name);
                return Some(value);
            }
        }
        self.missing.insert((Kind::Variable, name.to_owned()));
        None
    }

    /// Returns the unresolved value of a parameter, and records that the parameter has no value.
    pub(super) fn missing(&mut self, name: &str) -> Unresolved {
        self.missing.insert((Kind::Parameter, name.to_owned()));
        Unresolved {
            name: name.to_owned(),
            remedy: format!("Set it with `--parameter {}=VALUE`.", shell::word(name)),
        }
    }

    pub(super) fn lint(&mut self, code: Code, message: String, at: &At<'_>) {
        self.findings.push(Finding::new(code, message, at.pointer(), at.place));
    }

    /// Counts nodes toward the limit, and checks the depth.
    pub(super) fn charge_nodes(&mut self, count: usize, at: &At<'_>) -> Outcome<()> {
        if at.depth > MAX_DEPTH {
            let message = format!(
                "The functions and conditions at this place depend on each other more than {MAX_DEPTH} levels deep."
            );
            return Err(Box::new(Finding::new(Code::TooDeep, message, at.pointer(), at.place)));
        }
        self.nodes = self.nodes.saturating_add(count);
        if self.nodes <= MAX_NODES {
            return Ok(());
        }
        let message = format!(
            "The document has more than {MAX_NODES} keys and values after its functions are resolved."
        );
        Err(Box::new(Finding::new(Code::TooLarge, message, at.pointer(), at.place)))
    }

    /// Counts bytes that functions and placeholders produce toward the limit.
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

    /// Appends a piece to a text, with its unresolved pieces.
    pub(super) fn append(&mut self, text: &mut Text, piece: &Text, at: &At<'_>) -> Outcome<()> {
        self.charge_text(piece.text.len(), at)?;
        text.text.push_str(&piece.text);
        for unresolved in &piece.unresolved {
            self.charge_text(unresolved.name.len() + unresolved.remedy.len() + size_of::<Unresolved>(), at)?;
            // Equal pieces are listed once. If the list has more than 100 pieces, a piece is added without a search for an
            // equal piece, because the search takes time.
            if text.unresolved.len() > 100 || !text.unresolved.contains(unresolved) {
                text.unresolved.push(unresolved.clone());
            }
        }
        Ok(())
    }

    fn record_use(&mut self, kind: Kind, name: &str) {
        self.used.insert((kind, name.to_owned()));
    }

    /// Returns the lints. Adds a lint for each parameter, condition and variable that is set, but neither used in the
    /// document nor declared in the template. Also adds a lint for a resource that is set although the file is not a
    /// template.
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
            // The search for a similar name is slow, so only the first 20 unused names get a hint.
            let (what, closest) =
                (kind.as_str(), (unused.len() < 20).then(|| self.closest(kind, name)).flatten());
            let hint = closest.map(|closest| format!(" Did you mean `{closest}`?")).unwrap_or_default();
            unused.push(format!("The {what} `{name}` is set, but the document does not use it.{hint}"));
        }
        if let (Some(id), None) = (&options.resource, &self.template) {
            unused.push(format!(
                "The resource `{id}` is set, but the file is not a template, so the setting has no effect."
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

    /// Returns the name in the document that is most similar to `name`, or `None` if no name is similar.
    fn closest(&self, kind: Kind, name: &str) -> Option<String> {
        let used = self
            .used
            .iter()
            .chain(&self.missing)
            .filter(|(of, _)| *of == kind)
            .map(|(_, name)| name.as_str());
        let declared = self.template.iter().flat_map(|template| match kind {
            Kind::Parameter => template.parameters.keys().copied().collect::<Vec<_>>(),
            Kind::Condition => template.conditions.keys().copied().collect(),
            Kind::Variable => Vec::new(),
        });
        // The limit of 1000 names keeps the search short.
        let known = used.chain(declared).take(1000).filter(|known| known.len() <= 100 && name.len() <= 100);
        let (distance, known) = known.map(|known| (distance(name, known), known)).min()?;
        (distance <= 1 + name.chars().count() / 4).then(|| known.to_owned())
    }
}

/// Returns the Levenshtein distance of two texts, ignoring case.
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
    use super::super::read;
    use super::*;

    #[test]
    fn unused_options_are_reported() {
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
                "The parameter `Bukcet` is set, but the document does not use it. Did you mean `Bucket`?",
                "The condition `Zzzzzz` is set, but the document does not use it.",
                "The variable `stge` is set, but the document does not use it. Did you mean `stage`?",
                "The resource `Api` is set, but the file is not a template, so the setting has no effect.",
            ]
        );
        assert!(document.findings.iter().all(|finding| finding.code == Code::ParameterUnused));
    }

    #[test]
    fn distances_ignore_case() {
        for (one, other, expected) in
            [("", "", 0), ("a", "", 1), ("Bucket", "bucket", 0), ("abc", "axc", 1), ("ab", "ba", 2)]
        {
            assert_eq!(distance(one, other), expected, "{one} {other}");
        }
    }
}
