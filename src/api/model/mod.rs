//! Models: JSON schemas of request bodies, and the validation of a value as in draft 4
//! (<https://datatracker.ietf.org/doc/html/draft-fge-json-schema-validation-00>), except that `format` is not checked.

mod canonical;
mod check;
mod duplicates;
mod json_text;
mod pattern;

use serde::{Deserialize, Serialize};
use serde_json::{Number, Value};

pub use self::pattern::{Automaton, Condition, Pattern};
use crate::api::json::{Kind, Node};

/// The models of an operation, each with the media types of its bodies.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Models(pub Vec<(Vec<String>, Model)>);

/// A schema with every schema that it refers to.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Model {
    /// The first item is the schema of the body.
    pub schemas: Vec<Schema>,
}

/// A schema: a value must meet every assertion.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Schema(pub Vec<Assertion>);

/// The index of a schema in [`Model::schemas`].
pub type Index = usize;

/// An assertion: a keyword of a schema with its value.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Assertion {
    Reference(Index),
    Types(Vec<Type>),
    Enum(#[serde(with = "json_text")] Vec<Value>),
    MultipleOf(f64),
    Minimum { limit: f64, exclusive: bool },
    Maximum { limit: f64, exclusive: bool },
    MinLength(u64),
    MaxLength(u64),
    Pattern(Pattern),
    MinItems(u64),
    MaxItems(u64),
    UniqueItems,
    Items { first: Vec<Index>, others: Others },
    MinProperties(u64),
    MaxProperties(u64),
    Required(Vec<String>),
    Properties { named: Vec<(String, Index)>, patterns: Vec<(Pattern, Index)>, others: Others },
    Dependencies(Vec<(String, Dependency)>),
    Combined(Combination, Vec<Index>),
    Not(Index),
}

#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub enum Combination {
    /// `allOf`
    All,
    /// `anyOf`
    Any,
    /// `oneOf`
    One,
}

/// A primitive type of JSON Schema.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub enum Type {
    Array,
    Boolean,
    Integer,
    Null,
    Number,
    Object,
    String,
}

/// The rule for additional items or properties: `additionalItems` and `additionalProperties`.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub enum Others {
    /// Any value is valid.
    Allowed,
    /// No additional value is allowed.
    Forbidden,
    /// Each value must match the schema.
    Like(Index),
}

/// An entry of `dependencies`. It applies only to objects that have the property with the name of the entry.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Dependency {
    /// The object must have these properties, too.
    Properties(Vec<String>),
    /// The object must match the schema.
    Schema(Index),
}

impl Models {
    /// Returns the model for a content type, otherwise the model of `$default`, otherwise `None`: the body is then not
    /// validated. An absent content type is `application/json`
    /// (<https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-method-request-validation.html>).
    pub fn of(&self, content_type: Option<&str>) -> Option<&Model> {
        let essence = content_type.and_then(|text| text.split([';', ',']).next());
        let essence = essence.map_or("application/json", str::trim);
        let has =
            |types: &[String], wanted: &str| types.iter().any(|known| known.eq_ignore_ascii_case(wanted));
        let of = |wanted: &str| self.0.iter().find(|(types, _)| has(types, wanted));
        of(essence).or_else(|| of("$default")).map(|(_, model)| model)
    }
}

impl Assertion {
    /// Returns the schemas that the assertion applies to the value itself, not to the items or properties of the value.
    pub fn of_the_same_value(&self) -> Vec<Index> {
        match self {
            Self::Reference(index) | Self::Not(index) => vec![*index],
            Self::Combined(_, schemas) => schemas.clone(),
            Self::Dependencies(dependencies) => {
                let schema = |(_, dependency): &(String, Dependency)| match dependency {
                    Dependency::Schema(index) => Some(*index),
                    Dependency::Properties(_) => None,
                };
                dependencies.iter().filter_map(schema).collect()
            }
            Self::Types(_)
            | Self::Enum(_)
            | Self::MultipleOf(_)
            | Self::Minimum { .. }
            | Self::Maximum { .. }
            | Self::MinLength(_)
            | Self::MaxLength(_)
            | Self::Pattern(_)
            | Self::MinItems(_)
            | Self::MaxItems(_)
            | Self::UniqueItems
            | Self::Items { .. }
            | Self::MinProperties(_)
            | Self::MaxProperties(_)
            | Self::Required(_)
            | Self::Properties { .. } => Vec::new(),
        }
    }
}

impl Type {
    pub const ALL: [Self; 7] =
        [Self::Array, Self::Boolean, Self::Integer, Self::Null, Self::Number, Self::Object, Self::String];

    /// Returns the name of the type in schemas.
    pub fn name(self) -> &'static str {
        match self {
            Self::Array => "array",
            Self::Boolean => "boolean",
            Self::Integer => "integer",
            Self::Null => "null",
            Self::Number => "number",
            Self::Object => "object",
            Self::String => "string",
        }
    }

    fn of(value: Node<'_>) -> Self {
        // The content of a string need not be decoded, which saves time for a long body.
        if value.is_string() {
            return Self::String;
        }
        match value.kind() {
            Kind::Array => Self::Array,
            Kind::Bool(_) => Self::Boolean,
            Kind::Null => Self::Null,
            Kind::Number(number) if number.is_f64() && !is_large(&number) => Self::Number,
            Kind::Number(_) => Self::Integer,
            Kind::Object => Self::Object,
            Kind::String(_) => Self::String,
        }
    }

    /// Returns whether a value of the type `seen` has this type.
    fn includes(self, seen: Self) -> bool {
        seen == self || (seen, self) == (Self::Integer, Self::Number)
    }
}

/// Returns whether the absolute value of a float is at least 2^63. serde_json parses an integer that does not fit into 64 bits
/// as a float, so such a float counts as an integer.
fn is_large(number: &Number) -> bool {
    number.as_f64().is_some_and(|float| float.abs() >= i64::MAX as f64)
}
