//! Reading schemas, with what they refer to.
//!
//! Only what a validator will check is read. A keyword that draft 4 has not is refused: who wrote it wants it checked.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use serde_json::Value;

use super::{Assertion, Combination, Dependency, Index, Model, Others, Schema, Type};
use crate::api::error::Problem;
use crate::api::integration::MatchStatuses;
use crate::api::json::Json;
use crate::api::node::{Errors, Node};
use crate::api::pattern;

/// Keywords that say nothing of whether a value fits. `format` may be one of them, in draft 4, and is one here.
const ANNOTATIONS: &[&str] = &[
    "$schema",
    "definitions",
    "default",
    "deprecated",
    "description",
    "discriminator",
    "example",
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
    root: &'d Node<'d>,
    matching: &'d MatchStatuses,
    schemas: Vec<Schema>,
    /// What is referred to, as it is written, and where it is.
    referred: BTreeMap<String, Index>,
    /// Those of them that have still to be read: one after the other, as any number may lead to one another.
    unread: VecDeque<(String, Index)>,
}

impl<'d> Reader<'d> {
    pub(super) fn new(root: &'d Node<'d>, matching: &'d MatchStatuses) -> Self {
        Self { root, matching, schemas: Vec::new(), referred: BTreeMap::new(), unread: VecDeque::new() }
    }

    pub(super) fn model(mut self, node: &Node<'_>, errors: &mut Errors) -> Model {
        self.schema(node, errors);
        while let Some((reference, index)) = self.unread.pop_front() {
            let Some(target) = self.root.target(&reference) else { continue };
            let assertions = self.assertions(&target, errors);
            self.fill(index, assertions);
        }
        if self.comes_back() {
            let what = "a schema that refers to itself for the same value".to_owned();
            let instead = "it may below a property or an item";
            errors.add(node, Problem::Unsupported { what, instead });
        }
        Model { schemas: self.schemas }
    }

    /// Whether a schema asks for itself, or another one that it asks for does: no check would come to an end.
    fn comes_back(&self) -> bool {
        let asked = |index: Index| {
            let schema = self.schemas.get(index).into_iter();
            let asked: Vec<_> =
                schema.flat_map(|schema| &schema.0).flat_map(Assertion::of_the_same_value).collect();
            (index, asked)
        };
        let (mut above, mut done) = (BTreeSet::new(), BTreeSet::new());
        for first in 0..self.schemas.len() {
            let mut way: Vec<_> = done.insert(first).then(|| asked(first)).into_iter().collect();
            above.extend(way.iter().map(|(index, _)| *index));
            while let Some((index, rest)) = way.last_mut() {
                match rest.pop() {
                    Some(next) if above.contains(&next) => return true,
                    Some(next) if done.insert(next) => {
                        above.insert(next);
                        way.push(asked(next));
                    }
                    Some(_) => {}
                    None => {
                        above.remove(index);
                        way.pop();
                    }
                }
            }
        }
        false
    }

    fn schema(&mut self, node: &Node<'_>, errors: &mut Errors) -> Index {
        let index = self.schemas.len();
        self.schemas.push(Schema::default());
        let assertions = self.assertions(node, errors);
        self.fill(index, assertions);
        index
    }

    fn fill(&mut self, index: Index, assertions: Vec<Assertion>) {
        if let Some(schema) = self.schemas.get_mut(index) {
            schema.0 = assertions;
        }
    }

    fn assertions(&mut self, node: &Node<'_>, errors: &mut Errors) -> Vec<Assertion> {
        // Beside it nothing counts.
        if let Some(reference) = node.get("$ref") {
            return self.reference(&reference).map(Assertion::Reference).into_iter().collect();
        }
        let mut assertions = Vec::new();
        for (keyword, value) in node.entries(errors) {
            assertions.extend(self.assertion(keyword, &value, node, errors));
        }
        assertions.extend(self.items(node, errors));
        assertions.extend(self.properties(node, errors));
        assertions
    }

    fn reference(&mut self, reference: &Node<'_>) -> Option<Index> {
        // One that is no text is told where references are.
        let text = reference.value.as_str()?;
        if let Some(index) = self.referred.get(text) {
            return Some(*index);
        }
        let index = self.schemas.len();
        self.schemas.push(Schema::default());
        self.referred.insert(text.to_owned(), index);
        self.unread.push_back((text.to_owned(), index));
        Some(index)
    }

    /// One keyword. Those that count together are read together: `items`, `properties`.
    fn assertion(
        &mut self,
        keyword: &str,
        value: &Node<'_>,
        schema: &Node<'_>,
        errors: &mut Errors,
    ) -> Option<Assertion> {
        let exclusive = |keyword| schema.value.get(keyword).and_then(Json::as_bool).unwrap_or_default();
        Some(match keyword {
            "type" => Assertion::Types(types(value, errors)),
            "enum" => Assertion::Enum(value.expect("an array of values", errors, |value| {
                let values = value.as_array().filter(|values| !values.is_empty())?;
                Some(values.iter().map(Value::from).collect())
            })?),
            "multipleOf" => {
                Assertion::MultipleOf(value.expect("a number above 0", errors, |value| {
                    value.as_f64().filter(|number| *number > 0.0)
                })?)
            }
            "minimum" => {
                Assertion::Minimum { limit: number(value, errors)?, exclusive: exclusive("exclusiveMinimum") }
            }
            "maximum" => {
                Assertion::Maximum { limit: number(value, errors)?, exclusive: exclusive("exclusiveMaximum") }
            }
            "exclusiveMinimum" | "exclusiveMaximum" => {
                value.expect("true or false (draft 4)", errors, Json::as_bool)?;
                return None;
            }
            "minLength" => Assertion::MinLength(count(value, errors)?),
            "maxLength" => Assertion::MaxLength(count(value, errors)?),
            "pattern" => Assertion::Pattern(self.pattern(value.string(errors)?, value, errors)?),
            "minItems" => Assertion::MinItems(count(value, errors)?),
            "maxItems" => Assertion::MaxItems(count(value, errors)?),
            "uniqueItems" => {
                value.expect("true or false", errors, Json::as_bool)?.then_some(Assertion::UniqueItems)?
            }
            "minProperties" => Assertion::MinProperties(count(value, errors)?),
            "maxProperties" => Assertion::MaxProperties(count(value, errors)?),
            "required" => Assertion::Required(names(value, errors)),
            "dependencies" => Assertion::Dependencies(self.dependencies(value, errors)),
            "allOf" => self.combined(Combination::All, value, errors)?,
            "anyOf" => self.combined(Combination::Any, value, errors)?,
            "oneOf" => self.combined(Combination::One, value, errors)?,
            "not" => Assertion::Not(self.schema(value, errors)),
            "items" | "additionalItems" | "properties" | "patternProperties" | "additionalProperties" => {
                return None;
            }
            "nullable" if value.value.as_bool() == Some(false) => return None,
            "nullable" => {
                let what = "the keyword `nullable`".to_owned();
                let instead = "schemas are JSON schema draft 4: write \"type\": [\"string\", \"null\"]";
                errors.add(value, Problem::Unsupported { what, instead });
                return None;
            }
            "$ref" => return None,
            known if ANNOTATIONS.contains(&known) || known.starts_with("x-") => return None,
            unknown => {
                let what = format!("the keyword `{unknown}`");
                let instead = "schemas of validated bodies are JSON schema draft 4";
                errors.add(value, Problem::Unsupported { what, instead });
                return None;
            }
        })
    }

    fn items(&mut self, node: &Node<'_>, errors: &mut Errors) -> Option<Assertion> {
        let items = node.get("items")?;
        if items.value.is_array() {
            let first = self.several(&items, errors);
            return Some(Assertion::Items { first, others: self.others(node, "additionalItems", errors) });
        }
        Some(Assertion::Items { first: Vec::new(), others: Others::Like(self.schema(&items, errors)) })
    }

    fn properties(&mut self, node: &Node<'_>, errors: &mut Errors) -> Option<Assertion> {
        let keywords = ["properties", "patternProperties", "additionalProperties"];
        keywords.iter().find_map(|keyword| node.get(keyword))?;
        let mut named = self.by_name(node, "properties", errors);
        named.sort();
        let mut patterns = Vec::new();
        for (pattern, index) in self.by_name(node, "patternProperties", errors) {
            let place = node.get("patternProperties");
            let read = place
                .as_ref()
                .and_then(|place| place.get(&pattern))
                .and_then(|place| self.pattern(&pattern, &place, errors));
            patterns.extend(read.map(|pattern| (pattern, index)));
        }
        let others = self.others(node, "additionalProperties", errors);
        Some(Assertion::Properties { named, patterns, others })
    }

    fn by_name(&mut self, node: &Node<'_>, keyword: &str, errors: &mut Errors) -> Vec<(String, Index)> {
        let Some(properties) = node.get(keyword) else { return Vec::new() };
        let entries = properties.entries(errors);
        entries.map(|(name, schema)| (name.to_owned(), self.schema(&schema, errors))).collect()
    }

    fn others(&mut self, node: &Node<'_>, keyword: &str, errors: &mut Errors) -> Others {
        match node.get(keyword) {
            None => Others::Allowed,
            Some(others) => match others.value.as_bool() {
                Some(true) => Others::Allowed,
                Some(false) => Others::Forbidden,
                None if others.value.is_object() => Others::Like(self.schema(&others, errors)),
                None => {
                    errors.add(&others, others.unexpected("true, false or a schema"));
                    Others::Allowed
                }
            },
        }
    }

    fn dependencies(&mut self, node: &Node<'_>, errors: &mut Errors) -> Vec<(String, Dependency)> {
        let mut dependencies = Vec::new();
        for (name, dependency) in node.entries(errors) {
            let read = if dependency.value.is_array() {
                Dependency::Properties(names(&dependency, errors))
            } else {
                Dependency::Schema(self.schema(&dependency, errors))
            };
            dependencies.push((name.to_owned(), read));
        }
        dependencies
    }

    fn combined(
        &mut self,
        combination: Combination,
        node: &Node<'_>,
        errors: &mut Errors,
    ) -> Option<Assertion> {
        node.expect("an array of schemas", errors, |value| {
            value.as_array().filter(|schemas| !schemas.is_empty())
        })?;
        Some(Assertion::Combined(combination, self.several(node, errors)))
    }

    fn several(&mut self, node: &Node<'_>, errors: &mut Errors) -> Vec<Index> {
        node.items(errors).map(|schema| self.schema(&schema, errors)).collect()
    }

    fn pattern(&self, text: &str, node: &Node<'_>, errors: &mut Errors) -> Option<String> {
        // It is read, and never carried out: no status is what it is about.
        let read = pattern::readable(text).and_then(|()| (self.matching)(&format!("(?!)(?:{text})")));
        let read = read.map_err(|reason| Problem::Pattern { pattern: text.to_owned(), reason });
        errors.keep(node, read).map(|_| text.to_owned())
    }
}

fn types(node: &Node<'_>, errors: &mut Errors) -> Vec<Type> {
    let read = |node: &Node<'_>, errors: &mut Errors| {
        node.expect("array, boolean, integer, null, number, object or string", errors, |value| {
            Type::ALL.into_iter().find(|known| value.as_str() == Some(known.name()))
        })
    };
    let Some(types) = node.value.as_array() else { return read(node, errors).into_iter().collect() };
    if types.is_empty() {
        errors.add(node, node.unexpected("a type, or an array of types,"));
    }
    node.items(errors).filter_map(|item| read(&item, errors)).collect()
}

fn names(node: &Node<'_>, errors: &mut Errors) -> Vec<String> {
    node.items(errors).filter_map(|item| item.string(errors).map(str::to_owned)).collect()
}

fn number(node: &Node<'_>, errors: &mut Errors) -> Option<f64> {
    node.expect("a number", errors, Json::as_f64)
}

fn count(node: &Node<'_>, errors: &mut Errors) -> Option<u64> {
    node.expect("a whole number from 0", errors, Json::as_u64)
}
