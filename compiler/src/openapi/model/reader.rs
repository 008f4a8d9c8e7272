//! Reads schemas (JSON schema draft 4) and the schemas that they refer to.
//!
//! Only the models that a validator checks are read. An unknown keyword makes the operation unsupported, because the
//! validator could not check the keyword.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use s3_edge_gateway::api::model::{
    Assertion, Combination, Dependency, Index, Model, Others, Pattern, Schema, Type,
};

use super::pattern::{Refusal, translate};
use crate::finding::Code;
use crate::openapi::cursor::Cursor;
use crate::openapi::report::Report;
use crate::source::{Value, shortened};

/// Keywords without effect on validation. In draft 4, checking `format` is optional. API Gateway refuses a model with
/// `example`, `examples`, `discriminator` or `$id` (reported 2015 to 2022), but this compiler ignores them.
const ANNOTATIONS: &[&str] = &[
    "$comment",
    "$id",
    "$schema",
    "definitions",
    "default",
    "deprecated",
    "description",
    "discriminator",
    "example",
    "examples",
    "externalDocs",
    "format",
    "id",
    "readOnly",
    "title",
    "writeOnly",
    "xml",
];

/// Reads one model.
pub(super) struct Reader<'d> {
    root: &'d Cursor<'d>,
    schemas: Vec<Schema>,
    /// The targets of references, by the text of the reference.
    referred: BTreeMap<String, Index>,
    /// The targets that are not read yet. They are in a queue, because a long chain of references would recurse too
    /// deep.
    unread: VecDeque<(String, Index)>,
}

impl<'d> Reader<'d> {
    pub(super) fn new(root: &'d Cursor<'d>) -> Self {
        Self { root, schemas: Vec::new(), referred: BTreeMap::new(), unread: VecDeque::new() }
    }

    pub(super) fn model(mut self, node: &Cursor<'_>, report: &mut Report) -> Model {
        self.schema(node, report);
        while let Some((reference, index)) = self.unread.pop_front() {
            let Some(target) = self.root.target(&reference) else {
                let message = format!(
                    "The schema reference `{reference}` has no target in this document, so the body cannot be validated."
                );
                report.add(node, Code::ModelReference, message);
                continue;
            };
            let assertions = self.assertions(&target, report);
            self.fill(index, assertions);
        }
        if self.has_cycle() {
            let message = "The schema refers to itself for the same value, so validation would not end. A schema may refer to itself only below a property or an item.";
            report.add(node, Code::ModelInvalid, message);
        }
        Model { schemas: self.schemas }
    }

    /// Returns whether a schema refers to itself for the same value, and not for a property or an item of the value.
    /// The validation with such a schema would not end. Searches depth first, without recursion.
    fn has_cycle(&self) -> bool {
        let with_successors = |index: Index| {
            let schema = self.schemas.get(index).into_iter();
            let successors: Vec<_> =
                schema.flat_map(|schema| &schema.0).flat_map(Assertion::of_the_same_value).collect();
            (index, successors)
        };
        let (mut on_path, mut visited) = (BTreeSet::new(), BTreeSet::new());
        for first in 0..self.schemas.len() {
            let mut path: Vec<_> =
                visited.insert(first).then(|| with_successors(first)).into_iter().collect();
            on_path.extend(path.iter().map(|(index, _)| *index));
            while let Some((index, successors)) = path.last_mut() {
                match successors.pop() {
                    Some(next) if on_path.contains(&next) => return true,
                    Some(next) if visited.insert(next) => {
                        on_path.insert(next);
                        path.push(with_successors(next));
                    }
                    Some(_) => {}
                    None => {
                        on_path.remove(index);
                        path.pop();
                    }
                }
            }
        }
        false
    }

    fn schema(&mut self, node: &Cursor<'_>, report: &mut Report) -> Index {
        let index = self.schemas.len();
        self.schemas.push(Schema::default());
        let assertions = self.assertions(node, report);
        self.fill(index, assertions);
        index
    }

    fn fill(&mut self, index: Index, assertions: Vec<Assertion>) {
        if let Some(schema) = self.schemas.get_mut(index) {
            schema.0 = assertions;
        }
    }

    fn assertions(&mut self, node: &Cursor<'_>, report: &mut Report) -> Vec<Assertion> {
        // The keys beside a reference have no effect.
        if let Some(reference) = node.get("$ref").filter(|reference| !reference.is_object()) {
            return self.reference(&reference).map(Assertion::Reference).into_iter().collect();
        }
        if !node.is_object() {
            if !node.refuse_unresolved(report) {
                report.add(
                    node,
                    Code::ModelInvalid,
                    format!("The schema {}, which is not an object.", node.seen_here()),
                );
            }
            return Vec::new();
        }
        let mut assertions = Vec::new();
        for (keyword, value) in node.entries() {
            assertions.extend(self.assertion(keyword, &value, node, report));
        }
        assertions.extend(self.items(node, report));
        assertions.extend(self.properties(node, report));
        assertions
    }

    fn reference(&mut self, reference: &Cursor<'_>) -> Option<Index> {
        let text = reference.str()?;
        if let Some(index) = self.referred.get(text) {
            return Some(*index);
        }
        let index = self.schemas.len();
        self.schemas.push(Schema::default());
        self.referred.insert(text.to_owned(), index);
        self.unread.push_back((text.to_owned(), index));
        Some(index)
    }

    /// Reads one keyword. [`Self::items`] and [`Self::properties`] read the keywords for items and properties, which
    /// depend on each other.
    fn assertion(
        &mut self,
        keyword: &str,
        value: &Cursor<'_>,
        schema: &Cursor<'_>,
        report: &mut Report,
    ) -> Option<Assertion> {
        let exclusive =
            |keyword| schema.get(keyword).and_then(|value| value.node.as_bool()).unwrap_or_default();
        Some(match keyword {
            "type" => Assertion::Types(types(value, report)),
            "enum" => {
                let values: Vec<_> = value.items().map(|item| item.node.to_json()).collect();
                if values.is_empty() {
                    return invalid(value, "an array of values", report);
                }
                Assertion::Enum(values)
            }
            "multipleOf" => match number(value, report)? {
                divisor if divisor > 0.0 => Assertion::MultipleOf(divisor),
                _ => return invalid(value, "a number above 0", report),
            },
            "minimum" => {
                Assertion::Minimum { limit: number(value, report)?, exclusive: exclusive("exclusiveMinimum") }
            }
            "maximum" => {
                Assertion::Maximum { limit: number(value, report)?, exclusive: exclusive("exclusiveMaximum") }
            }
            "exclusiveMinimum" | "exclusiveMaximum" => {
                if value.node.as_bool().is_none() {
                    return invalid(value, "true or false, as in draft 4", report);
                }
                return None;
            }
            "minLength" => Assertion::MinLength(count(value, report)?),
            "maxLength" => Assertion::MaxLength(count(value, report)?),
            "pattern" => match value.str() {
                Some(text) => Assertion::Pattern(pattern(text, value, report)?),
                None => return invalid(value, "a regular expression", report),
            },
            "minItems" => Assertion::MinItems(count(value, report)?),
            "maxItems" => Assertion::MaxItems(count(value, report)?),
            "uniqueItems" => match value.node.as_bool() {
                Some(unique) => unique.then_some(Assertion::UniqueItems)?,
                None => return invalid(value, "true or false", report),
            },
            "minProperties" => Assertion::MinProperties(count(value, report)?),
            "maxProperties" => Assertion::MaxProperties(count(value, report)?),
            // `required: true` is a keyword of draft 3.
            "required" if value.node.as_bool().is_some() => {
                return invalid(value, "an array of names", report);
            }
            "required" => Assertion::Required(names(value, report)),
            "dependencies" => Assertion::Dependencies(self.dependencies(value, report)),
            "allOf" => self.combined(Combination::All, value, report)?,
            "anyOf" => self.combined(Combination::Any, value, report)?,
            "oneOf" => self.combined(Combination::One, value, report)?,
            "not" => Assertion::Not(self.schema(value, report)),
            "items" | "additionalItems" | "properties" | "patternProperties" | "additionalProperties" => {
                return None;
            }
            "nullable" if value.node.as_bool() == Some(false) => return None,
            "$ref" => return None,
            known if ANNOTATIONS.contains(&known) || known.starts_with("x-") => return None,
            unknown => {
                let message = format!(
                    "`{unknown}` is not a keyword of JSON schema draft 4, so the body cannot be validated."
                );
                report.add(value, Code::ModelKeyword, message);
                return None;
            }
        })
    }

    fn items(&mut self, node: &Cursor<'_>, report: &mut Report) -> Option<Assertion> {
        let items = node.get("items")?;
        if items.is_array() {
            let first = self.several(&items, report);
            return Some(Assertion::Items { first, others: self.others(node, "additionalItems", report) });
        }
        Some(Assertion::Items { first: Vec::new(), others: Others::Like(self.schema(&items, report)) })
    }

    fn properties(&mut self, node: &Cursor<'_>, report: &mut Report) -> Option<Assertion> {
        let keywords = ["properties", "patternProperties", "additionalProperties"];
        keywords.iter().find_map(|keyword| node.get(keyword))?;
        let mut named = self.by_name(node, "properties", report);
        named.sort();
        let mut patterns = Vec::new();
        for (pattern, index) in self.by_name(node, "patternProperties", report) {
            let place = node.get("patternProperties");
            let read = place
                .as_ref()
                .and_then(|place| place.get(&pattern))
                .and_then(|place| self::pattern(&pattern, &place, report));
            patterns.extend(read.map(|pattern| (pattern, index)));
        }
        let others = self.others(node, "additionalProperties", report);
        Some(Assertion::Properties { named, patterns, others })
    }

    fn by_name(&mut self, node: &Cursor<'_>, keyword: &str, report: &mut Report) -> Vec<(String, Index)> {
        let Some(properties) = node.get(keyword) else { return Vec::new() };
        let entries = properties.entries();
        entries.map(|(name, schema)| (name.to_owned(), self.schema(&schema, report))).collect()
    }

    fn others(&mut self, node: &Cursor<'_>, keyword: &str, report: &mut Report) -> Others {
        match node.get(keyword) {
            None => Others::Allowed,
            Some(others) => match others.node.as_bool() {
                Some(true) => Others::Allowed,
                Some(false) => Others::Forbidden,
                None if others.is_object() => Others::Like(self.schema(&others, report)),
                None => {
                    invalid::<Others>(&others, "true, false or a schema", report);
                    Others::Allowed
                }
            },
        }
    }

    fn dependencies(&mut self, node: &Cursor<'_>, report: &mut Report) -> Vec<(String, Dependency)> {
        let mut dependencies = Vec::new();
        for (name, dependency) in node.entries() {
            let read = if dependency.is_array() {
                Dependency::Properties(names(&dependency, report))
            } else {
                Dependency::Schema(self.schema(&dependency, report))
            };
            dependencies.push((name.to_owned(), read));
        }
        dependencies
    }

    fn combined(
        &mut self,
        combination: Combination,
        node: &Cursor<'_>,
        report: &mut Report,
    ) -> Option<Assertion> {
        if node.node.as_array().is_none_or(<[_]>::is_empty) {
            return invalid(node, "an array of schemas", report);
        }
        Some(Assertion::Combined(combination, self.several(node, report)))
    }

    fn several(&mut self, node: &Cursor<'_>, report: &mut Report) -> Vec<Index> {
        node.items().map(|schema| self.schema(&schema, report)).collect()
    }
}

/// Translates a regular expression. Reports one that is not valid, or that an automaton cannot run.
fn pattern(expression: &str, node: &Cursor<'_>, report: &mut Report) -> Option<Pattern> {
    let shown = shortened(expression);
    let (code, message) = match translate(expression) {
        Ok(pattern) => return Some(pattern),
        Err(Refusal::Invalid(reason)) => {
            (Code::ModelInvalid, format!("The regular expression `{shown}` is not valid: {reason}."))
        }
        Err(Refusal::NotSupported(reason)) => {
            (Code::ModelPattern, format!("The edge cannot run the regular expression `{shown}`: {reason}."))
        }
    };
    report.add(node, code, message);
    None
}

/// Reports a value that is not valid for its keyword. Returns `None`.
fn invalid<T>(node: &Cursor<'_>, valid: &str, report: &mut Report) -> Option<T> {
    if !node.refuse_unresolved(report) {
        report.add(
            node,
            Code::ModelInvalid,
            format!("{}, which is not valid in a schema. Use {valid}.", node.seen_here()),
        );
    }
    None
}

fn types(node: &Cursor<'_>, report: &mut Report) -> Vec<Type> {
    const VALID: &str = "array, boolean, integer, null, number, object or string";
    let read = |node: &Cursor<'_>, report: &mut Report| {
        let found = Type::ALL.into_iter().find(|known| node.str() == Some(known.name()));
        found.or_else(|| invalid(node, VALID, report))
    };
    match node.node.as_array() {
        None => read(node, report).into_iter().collect(),
        Some([]) => invalid::<Vec<Type>>(node, VALID, report).unwrap_or_default(),
        Some(_) => node.items().filter_map(|item| read(&item, report)).collect(),
    }
}

fn names(node: &Cursor<'_>, report: &mut Report) -> Vec<String> {
    if !node.is_array() {
        return invalid(node, "an array of names", report).unwrap_or_default();
    }
    let names = node.items().filter_map(|item| match item.str() {
        Some(name) => Some(name.to_owned()),
        None => invalid(&item, "a name", report),
    });
    names.collect()
}

fn number(node: &Cursor<'_>, report: &mut Report) -> Option<f64> {
    match &node.node.value {
        Value::Number(number) => number.as_f64(),
        _ => invalid(node, "a number", report),
    }
}

fn count(node: &Cursor<'_>, report: &mut Report) -> Option<u64> {
    match &node.node.value {
        Value::Number(_) => node.whole_number().or_else(|| invalid(node, "a whole number from 0", report)),
        _ => invalid(node, "a whole number from 0", report),
    }
}
