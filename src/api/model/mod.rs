//! Models: JSON schemas of bodies, draft 4, as request validators check them.
//!
//! Inside: a schema as types, and which values fit it (`check`). `format` is not
//! checked. Source: <https://datatracker.ietf.org/doc/html/draft-fge-json-schema-validation-00>.

mod canonical;
mod check;
pub mod instance;
mod json_text;

use serde::{Deserialize, Serialize};
use serde_json::{Number, Value};

/// Whether an ECMAScript regular expression matches somewhere in a text. Every runtime brings its own engine; the document
/// was not loaded with an expression that cannot be read.
pub type Matches<'m> = dyn Fn(&str, &str) -> bool + 'm;

/// The models of an operation, each with the media types of the bodies that it is for.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Models(pub Vec<(Vec<String>, Model)>);

/// A schema with all that it refers to.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Model {
    /// The first one is the schema itself.
    pub schemas: Vec<Schema>,
}

/// What a value has to be.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Schema(pub Vec<Assertion>);

/// A schema of the same model.
pub type Index = usize;

/// One keyword of a schema.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the keywords of draft 4")]
pub enum Assertion {
    Reference(Index),
    Types(Vec<Type>),
    Enum(#[serde(with = "json_text")] Vec<Value>),
    MultipleOf(f64),
    Minimum { limit: f64, exclusive: bool },
    Maximum { limit: f64, exclusive: bool },
    MinLength(u64),
    MaxLength(u64),
    Pattern(String),
    MinItems(u64),
    MaxItems(u64),
    UniqueItems,
    Items { first: Vec<Index>, others: Others },
    MinProperties(u64),
    MaxProperties(u64),
    Required(Vec<String>),
    Properties { named: Vec<(String, Index)>, patterns: Vec<(String, Index)>, others: Others },
    Dependencies(Vec<(String, Dependency)>),
    Combined(Combination, Vec<Index>),
    Not(Index),
}

/// How several schemas combine.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub enum Combination {
    /// `allOf`
    All,
    /// `anyOf`
    Any,
    /// `oneOf`
    One,
}

/// A primitive type.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the types of JSON")]
pub enum Type {
    Array,
    Boolean,
    Integer,
    Null,
    Number,
    Object,
    String,
}

/// The items, or properties, that nothing else is said of.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub enum Others {
    /// Any value.
    Allowed,
    /// None.
    Forbidden,
    /// Values of a schema.
    Like(Index),
}

/// What a property requires of the object that has it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Dependency {
    /// Other properties.
    Properties(Vec<String>),
    /// That the object matches a schema.
    Schema(Index),
}

impl Models {
    /// The model for a content type, `application/json` where there is none; else that of `$default`. A body of another type is
    /// not checked
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
    /// The schemas that it wants the same value to fit, or not to.
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
    /// Every type.
    pub const ALL: [Self; 7] =
        [Self::Array, Self::Boolean, Self::Integer, Self::Null, Self::Number, Self::Object, Self::String];

    /// Returns the name in schemas.
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

    fn of(value: &Value) -> Self {
        match value {
            Value::Array(_) => Self::Array,
            Value::Bool(_) => Self::Boolean,
            Value::Null => Self::Null,
            Value::Number(number) if number.is_f64() && !is_large(number) => Self::Number,
            Value::Number(_) => Self::Integer,
            Value::Object(_) => Self::Object,
            Value::String(_) => Self::String,
        }
    }

    fn is_of(self, value: &Value) -> bool {
        let seen = Self::of(value);
        seen == self || (seen, self) == (Self::Integer, Self::Number)
    }
}

/// Returns whether a number is beyond the 64 bits of serde_json's integers. An integer of more digits is parsed as a float.
fn is_large(number: &Number) -> bool {
    number.as_f64().is_some_and(|float| float.abs() >= i64::MAX as f64)
}
