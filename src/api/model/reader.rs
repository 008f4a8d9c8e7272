//! Reading schemas: those of an operation's body, in OpenAPI 3.0 and Swagger 2.0, with what they refer to.
//!
//! Only what a validator will check is read. A keyword that draft 4 has not is refused: who wrote it wants it checked.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use serde_json::Value;

use super::{Assertion, Combination, Dependency, Index, Model, Models, Others, Schema, Type};
use crate::api::error::Problem;
use crate::api::integration::MatchStatuses;
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

/// Reads the models of an operation: `requestBody` in OpenAPI 3.0, the parameter `in: body` in Swagger 2.0.
pub(in crate::api) fn read_models(
    root: &Node<'_>,
    item: &Node<'_>,
    operation: &Node<'_>,
    matching: &MatchStatuses,
    errors: &mut Errors,
) -> Models {
    let mut models = Models::default();
    let body = operation.get("requestBody");
    let body = body.as_ref().and_then(|body| resolve(root, body, errors));
    if let Some(content) = body.as_ref().and_then(|body| body.get("content")) {
        let entries: Vec<_> = content.entries(errors).collect();
        for (media_type, entry) in &entries {
            let Some(schema) = entry.get("schema") else { continue };
            let model = Reader::new(root, matching).model(&schema, errors);
            models.0.push(((*media_type).to_owned(), Arc::new(model)));
        }
    }
    for owner in [operation, item] {
        let Some(parameters) = owner.get("parameters").filter(|_| models.0.is_empty()) else { continue };
        let items: Vec<_> = parameters.items(errors).collect();
        for parameter in &items {
            let Some(parameter) = resolve(root, parameter, errors) else { continue };
            let is_body = parameter.value.get("in").and_then(Value::as_str) == Some("body");
            let Some(schema) = parameter.get("schema").filter(|_| is_body) else { continue };
            let model = Arc::new(Reader::new(root, matching).model(&schema, errors));
            for media_type in consumed(root, operation) {
                models.0.push((media_type, Arc::clone(&model)));
            }
        }
    }
    models
}

/// The media types of a body in Swagger 2.0.
fn consumed(root: &Node<'_>, operation: &Node<'_>) -> Vec<String> {
    let consumes = operation.value.get("consumes").or_else(|| root.value.get("consumes"));
    let types = consumes.and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
    let types: Vec<_> = types.map(str::to_owned).collect();
    if types.is_empty() { vec!["application/json".to_owned()] } else { types }
}

/// A place, or that which its `$ref` names; nothing where it leads nowhere, which is told where references are.
fn resolve<'d>(root: &Node<'d>, node: &'d Node<'d>, errors: &mut Errors) -> Option<Node<'d>> {
    match node.get("$ref") {
        Some(reference) => root.target(reference.string(errors)?),
        None => Some(*node),
    }
}

/// Reads one model.
struct Reader<'d> {
    root: &'d Node<'d>,
    matching: &'d MatchStatuses,
    schemas: Vec<Schema>,
    /// What is referred to, as it is written, and where it is.
    referred: BTreeMap<String, Index>,
    /// Those of them that have still to be read: one after the other, as any number may lead to one another.
    unread: VecDeque<(String, Index)>,
}

impl<'d> Reader<'d> {
    fn new(root: &'d Node<'d>, matching: &'d MatchStatuses) -> Self {
        Self { root, matching, schemas: Vec::new(), referred: BTreeMap::new(), unread: VecDeque::new() }
    }

    fn model(mut self, node: &Node<'_>, errors: &mut Errors) -> Model {
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
            return self.reference(&reference, errors).map(Assertion::Reference).into_iter().collect();
        }
        let mut assertions = Vec::new();
        let entries: Vec<_> = node.entries(errors).collect();
        for (keyword, value) in &entries {
            assertions.extend(self.assertion(keyword, value, node, errors));
        }
        assertions.extend(self.items(node, errors));
        assertions.extend(self.properties(node, errors));
        assertions
    }

    fn reference(&mut self, reference: &Node<'_>, errors: &mut Errors) -> Option<Index> {
        let text = reference.string(errors)?;
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
        let exclusive = |keyword| schema.value.get(keyword).and_then(Value::as_bool).unwrap_or_default();
        Some(match keyword {
            "type" => Assertion::Types(types(value, errors)),
            "enum" => Assertion::Enum(value.expect("an array", errors, |value| value.as_array().cloned())?),
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
                value.expect("true or false (draft 4)", errors, Value::as_bool)?;
                return None;
            }
            "minLength" => Assertion::MinLength(count(value, errors)?),
            "maxLength" => Assertion::MaxLength(count(value, errors)?),
            "pattern" => Assertion::Pattern(self.pattern(value.string(errors)?, value, errors)?),
            "minItems" => Assertion::MinItems(count(value, errors)?),
            "maxItems" => Assertion::MaxItems(count(value, errors)?),
            "uniqueItems" => {
                value.expect("true or false", errors, Value::as_bool)?.then_some(Assertion::UniqueItems)?
            }
            "minProperties" => Assertion::MinProperties(count(value, errors)?),
            "maxProperties" => Assertion::MaxProperties(count(value, errors)?),
            "required" => Assertion::Required(names(value, errors)),
            "dependencies" => Assertion::Dependencies(self.dependencies(value, errors)),
            "allOf" => Assertion::Combined(Combination::All, self.several(value, errors)),
            "anyOf" => Assertion::Combined(Combination::Any, self.several(value, errors)),
            "oneOf" => Assertion::Combined(Combination::One, self.several(value, errors)),
            "not" => Assertion::Not(self.schema(value, errors)),
            "items" | "additionalItems" | "properties" | "patternProperties" | "additionalProperties" => {
                return None;
            }
            "nullable" if value.value == &Value::Bool(false) => return None,
            "nullable" => {
                let what = "the keyword `nullable`".to_owned();
                let instead = "schemas are JSON schema draft 4: write \"type\": [\"string\", \"null\"]";
                errors.add(value, Problem::Unsupported { what, instead });
                return None;
            }
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
        let entries: Vec<_> = properties.entries(errors).collect();
        entries.iter().map(|(name, schema)| ((*name).to_owned(), self.schema(schema, errors))).collect()
    }

    fn others(&mut self, node: &Node<'_>, keyword: &str, errors: &mut Errors) -> Others {
        match node.get(keyword) {
            None => Others::Allowed,
            Some(others) => match others.value.as_bool() {
                Some(true) => Others::Allowed,
                Some(false) => Others::Forbidden,
                None => Others::Like(self.schema(&others, errors)),
            },
        }
    }

    fn dependencies(&mut self, node: &Node<'_>, errors: &mut Errors) -> Vec<(String, Dependency)> {
        let entries: Vec<_> = node.entries(errors).collect();
        let mut dependencies = Vec::new();
        for (name, dependency) in &entries {
            let read = if dependency.value.is_array() {
                Dependency::Properties(names(dependency, errors))
            } else {
                Dependency::Schema(self.schema(dependency, errors))
            };
            dependencies.push(((*name).to_owned(), read));
        }
        dependencies
    }

    fn several(&mut self, node: &Node<'_>, errors: &mut Errors) -> Vec<Index> {
        let items: Vec<_> = node.items(errors).collect();
        items.iter().map(|schema| self.schema(schema, errors)).collect()
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
    if !node.value.is_array() {
        return read(node, errors).into_iter().collect();
    }
    let items: Vec<_> = node.items(errors).collect();
    items.iter().filter_map(|item| read(item, errors)).collect()
}

fn names(node: &Node<'_>, errors: &mut Errors) -> Vec<String> {
    let items: Vec<_> = node.items(errors).collect();
    items.iter().filter_map(|item| item.string(errors).map(str::to_owned)).collect()
}

fn number(node: &Node<'_>, errors: &mut Errors) -> Option<f64> {
    node.expect("a number", errors, Value::as_f64)
}

fn count(node: &Node<'_>, errors: &mut Errors) -> Option<u64> {
    node.expect("a whole number from 0", errors, Value::as_u64)
}
