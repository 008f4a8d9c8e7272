//! Models: JSON schemas of bodies, draft 4, as request validators check them.
//!
//! Inside: a schema as types, and what of a value does not fit it, in the words of the validator that API Gateway runs
//! (<https://github.com/java-json-tools/json-schema-validator>). Not inside: reading one (`reader`). `format` is not
//! checked. Source: <https://datatracker.ietf.org/doc/html/draft-fge-json-schema-validation-00>.

mod reader;

use serde_json::{Map, Value};

pub(super) use self::reader::read_models;

/// Whether an ECMAScript regular expression matches somewhere in a text. Every runtime brings its own engine; the document
/// was not loaded with an expression that cannot be read.
pub type Matches = dyn Fn(&str, &str) -> bool;

/// [`Matches`] for the host.
#[cfg(not(target_arch = "wasm32"))]
pub fn matches(pattern: &str, text: &str) -> bool {
    regress::Regex::new(pattern).is_ok_and(|pattern| pattern.find(text).is_some())
}

/// The models of an operation, by the media type of the body.
#[derive(Clone, Debug, Default)]
pub struct Models(Vec<(String, Model)>);

/// A schema with all that it refers to.
#[derive(Clone, Debug, Default)]
pub struct Model {
    /// The first one is the schema itself.
    schemas: Vec<Schema>,
}

/// What a value has to be.
#[derive(Clone, Debug, Default)]
struct Schema(Vec<Assertion>);

/// A schema of the same model.
type Index = usize;

#[derive(Clone, Debug)]
enum Assertion {
    Reference(Index),
    Types(Vec<Type>),
    Enum(Vec<Value>),
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
    AllOf(Vec<Index>),
    AnyOf(Vec<Index>),
    OneOf(Vec<Index>),
    Not(Index),
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Type {
    Array,
    Boolean,
    Integer,
    Null,
    Number,
    Object,
    String,
}

/// The items, or properties, that nothing else is said of.
#[derive(Clone, Copy, Debug)]
enum Others {
    Allowed,
    Forbidden,
    Like(Index),
}

#[derive(Clone, Debug)]
enum Dependency {
    Properties(Vec<String>),
    Schema(Index),
}

impl Models {
    /// The model for a content type, `application/json` where there is none; else that of `$default`. A body of another type is
    /// not checked
    /// (<https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-method-request-validation.html>).
    pub fn of(&self, content_type: Option<&str>) -> Option<&Model> {
        let essence = content_type.and_then(|text| text.split([';', ',']).next());
        let essence = essence.map_or("application/json", str::trim);
        let of = |wanted: &str| self.0.iter().find(|(known, _)| known.eq_ignore_ascii_case(wanted));
        of(essence).or_else(|| of("$default")).map(|(_, model)| model)
    }
}

impl Model {
    /// Everything of a value that does not fit.
    pub fn faults(&self, value: &Value, matches: &Matches) -> Vec<String> {
        let mut check = Check { model: self, matches, depth: 0, faults: Vec::new() };
        check.schema(0, value);
        check.faults
    }
}

/// One look at a value.
struct Check<'m> {
    model: &'m Model,
    matches: &'m Matches,
    depth: usize,
    faults: Vec<String>,
}

/// How deep schemas may lie in schemas while a value is checked, so that one which refers to itself comes to an end.
const DEEPEST: usize = 256;

impl Check<'_> {
    fn schema(&mut self, index: Index, value: &Value) {
        let model = self.model;
        if self.depth == DEEPEST {
            return self.faults.push("the schema refers to itself too many times".to_owned());
        }
        self.depth += 1;
        for assertion in model.schemas.get(index).into_iter().flat_map(|schema| &schema.0) {
            self.assertion(assertion, value);
        }
        self.depth -= 1;
    }

    /// Whether a value fits, without a word of why it does not.
    fn fits(&mut self, index: Index, value: &Value) -> bool {
        let told = self.faults.len();
        self.schema(index, value);
        let fits = self.faults.len() == told;
        self.faults.truncate(told);
        fits
    }

    fn assertion(&mut self, assertion: &Assertion, value: &Value) {
        use Assertion::*;
        match assertion {
            Reference(index) => self.schema(*index, value),
            Types(types) => self.types(types, value),
            Enum(values) => {
                if !values.iter().any(|known| is_equal(known, value)) {
                    let known = Value::from(values.clone());
                    self.fault(format!(
                        "instance value ({value}) not found in enum (possible values: {known})"
                    ));
                }
            }
            MultipleOf(_) | Minimum { .. } | Maximum { .. } => {
                if let Some(number) = value.as_f64() {
                    self.number(assertion, number, value);
                }
            }
            MinLength(_) | MaxLength(_) | Pattern(_) => {
                if let Some(text) = value.as_str() {
                    self.string(assertion, text);
                }
            }
            MinItems(_) | MaxItems(_) | UniqueItems | Items { .. } => {
                if let Some(items) = value.as_array() {
                    self.array(assertion, items);
                }
            }
            MinProperties(_) | MaxProperties(_) | Required(_) | Properties { .. } | Dependencies(_) => {
                if let Some(object) = value.as_object() {
                    self.object(assertion, object, value);
                }
            }
            AllOf(schemas) | AnyOf(schemas) | OneOf(schemas) => self.combined(assertion, schemas, value),
            Not(index) => {
                if self.fits(*index, value) {
                    self.fault("instance matched a schema which it should not have");
                }
            }
        }
    }

    fn types(&mut self, types: &[Type], value: &Value) {
        if !types.iter().any(|expected| expected.is_of(value)) {
            let seen = Type::of(value).name();
            let mut allowed: Vec<_> = types.iter().map(|expected| expected.name()).collect();
            allowed.sort_unstable();
            let allowed = Value::from(allowed);
            self.fault(format!(
                "instance type ({seen}) does not match any allowed primitive type (allowed: {allowed})"
            ));
        }
    }

    fn number(&mut self, assertion: &Assertion, number: f64, value: &Value) {
        match assertion {
            Assertion::MultipleOf(divisor) if !is_multiple(number, *divisor) => {
                self.fault(format!("remainder of division is not zero ({value} / {divisor})"));
            }
            Assertion::Minimum { limit, exclusive } => {
                if number < *limit {
                    self.fault(format!(
                        "numeric instance is lower than the required minimum (minimum: {limit}, found: {value})"
                    ));
                } else if *exclusive && number <= *limit {
                    self.fault(format!(
                        "numeric instance is not strictly greater than the required minimum {limit}"
                    ));
                }
            }
            Assertion::Maximum { limit, exclusive } => {
                if number > *limit {
                    self.fault(format!(
                        "numeric instance is greater than the required maximum (maximum: {limit}, found: {value})"
                    ));
                } else if *exclusive && number >= *limit {
                    self.fault(format!(
                        "numeric instance is not strictly lower than the required maximum {limit}"
                    ));
                }
            }
            _ => {}
        }
    }

    fn string(&mut self, assertion: &Assertion, text: &str) {
        let length = text.chars().count() as u64;
        let shown = Value::from(text);
        match assertion {
            Assertion::MinLength(least) if length < *least => {
                self.fault(format!(
                    "string {shown} is too short (length: {length}, required minimum: {least})"
                ));
            }
            Assertion::MaxLength(most) if length > *most => {
                self.fault(format!("string {shown} is too long (length: {length}, maximum allowed: {most})"));
            }
            Assertion::Pattern(pattern) if !(self.matches)(pattern, text) => {
                self.fault(format!("ECMA 262 regex \"{pattern}\" does not match input string {shown}"));
            }
            _ => {}
        }
    }

    fn array(&mut self, assertion: &Assertion, items: &[Value]) {
        let length = items.len() as u64;
        match assertion {
            Assertion::MinItems(least) if length < *least => self.fault(format!(
                "array is too short: must have at least {least} elements but instance has {length} elements"
            )),
            Assertion::MaxItems(most) if length > *most => self.fault(format!(
                "array is too long: must have at most {most} elements but instance has {length} elements"
            )),
            Assertion::UniqueItems => {
                let is_known =
                    |(at, item): (usize, &Value)| items.iter().take(at).any(|known| is_equal(known, item));
                if items.iter().enumerate().any(is_known) {
                    self.fault("array must not contain duplicate elements");
                }
            }
            Assertion::Items { first, others } => {
                for (at, item) in items.iter().enumerate() {
                    match (first.get(at), others) {
                        (Some(index), _) | (None, Others::Like(index)) => self.schema(*index, item),
                        (None, Others::Allowed) => {}
                        (None, Others::Forbidden) => {
                            let most = first.len();
                            return self.fault(format!(
                                "array must not have more than {most} elements, but it has {length}"
                            ));
                        }
                    }
                }
            }
            _ => {}
        }
    }

    fn object(&mut self, assertion: &Assertion, object: &Map<String, Value>, value: &Value) {
        let count = object.len() as u64;
        match assertion {
            Assertion::MinProperties(least) if count < *least => {
                self.fault(format!(
                    "object has too few properties (found {count} but schema requires at least {least})"
                ));
            }
            Assertion::MaxProperties(most) if count > *most => {
                self.fault(format!(
                    "object has too many properties (found {count} but schema requires at most {most})"
                ));
            }
            Assertion::Required(names) => {
                let missing = absent(names, object);
                if !missing.is_empty() {
                    let missing = Value::from(missing);
                    self.fault(format!("object has missing required properties ({missing})"));
                }
            }
            Assertion::Properties { named, patterns, others } => {
                self.properties(named, patterns, *others, object)
            }
            Assertion::Dependencies(dependencies) => {
                for (name, dependency) in dependencies.iter().filter(|(name, _)| object.contains_key(name)) {
                    match dependency {
                        Dependency::Schema(index) => self.schema(*index, value),
                        Dependency::Properties(names) => {
                            let missing = absent(names, object);
                            if !missing.is_empty() {
                                let (name, missing) = (Value::from(name.as_str()), Value::from(missing));
                                self.fault(format!(
                                    "property {name} of object has missing property dependencies (missing: {missing})"
                                ));
                            }
                        }
                    }
                }
            }
            _ => {}
        }
    }

    fn properties(
        &mut self,
        named: &[(String, Index)],
        patterns: &[(String, Index)],
        others: Others,
        object: &Map<String, Value>,
    ) {
        let mut forbidden = Vec::new();
        for (name, value) in object {
            let mut is_known = false;
            for (_, index) in named.iter().filter(|(known, _)| known == name) {
                is_known = true;
                self.schema(*index, value);
            }
            for (pattern, index) in patterns {
                if (self.matches)(pattern, name) {
                    is_known = true;
                    self.schema(*index, value);
                }
            }
            match others {
                Others::Forbidden if !is_known => forbidden.push(name.as_str()),
                Others::Like(index) if !is_known => self.schema(index, value),
                Others::Allowed | Others::Forbidden | Others::Like(_) => {}
            }
        }
        if !forbidden.is_empty() {
            forbidden.sort_unstable();
            let forbidden = Value::from(forbidden);
            self.fault(format!(
                "object instance has properties which are not allowed by the schema: {forbidden}"
            ));
        }
    }

    fn combined(&mut self, assertion: &Assertion, schemas: &[Index], value: &Value) {
        let fitting = schemas.iter().filter(|index| self.fits(**index, value)).count();
        let all = schemas.len();
        match assertion {
            Assertion::AllOf(_) if fitting < all => self.fault(format!(
                "instance failed to match all required schemas (matched only {fitting} out of {all})"
            )),
            Assertion::AnyOf(_) if fitting == 0 => {
                self.fault(format!("instance failed to match at least one required schema among {all}"))
            }
            Assertion::OneOf(_) if fitting != 1 => self.fault(format!(
                "instance failed to match exactly one schema (matched {fitting} out of {all})"
            )),
            _ => {}
        }
    }

    fn fault(&mut self, fault: impl Into<String>) {
        self.faults.push(fault.into());
    }
}

impl Type {
    const ALL: [Self; 7] =
        [Self::Array, Self::Boolean, Self::Integer, Self::Null, Self::Number, Self::Object, Self::String];

    fn name(self) -> &'static str {
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
            Value::Number(number) if number.is_f64() => Self::Number,
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

/// Those of the names that an object has not, in their order.
fn absent<'n>(names: &'n [String], object: &Map<String, Value>) -> Vec<&'n str> {
    let mut absent: Vec<_> =
        names.iter().filter(|name| !object.contains_key(*name)).map(String::as_str).collect();
    absent.sort_unstable();
    absent
}

/// Whether two values are the same: numbers by what they are, not by how they are written.
fn is_equal(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Number(one), Value::Number(other)) => {
            one == other || one.as_f64() == other.as_f64() && one.is_f64() != other.is_f64()
        }
        (Value::Array(one), Value::Array(other)) => {
            one.len() == other.len() && one.iter().zip(other).all(|(one, other)| is_equal(one, other))
        }
        (Value::Object(one), Value::Object(other)) => {
            let has = |(name, value): (&String, &Value)| {
                other.get(name).is_some_and(|other| is_equal(value, other))
            };
            one.len() == other.len() && one.iter().all(has)
        }
        (one, other) => one == other,
    }
}

/// Whether a number is so many times another: as near as 64 bits tell, as 0.1 is not a tenth.
fn is_multiple(number: f64, divisor: f64) -> bool {
    let times = number / divisor;
    let nearest = times.round();
    (times - nearest).abs() <= nearest.abs() * 4.0 * f64::EPSILON
}
