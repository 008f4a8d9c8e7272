//! Validation of a value against a model. The messages are those of the validator in API Gateway, except the message about
//! nesting (<https://github.com/java-json-tools/json-schema-validator>).

use std::collections::{BTreeSet, HashMap};

use serde_json::{Map, Value};

use super::canonical::canonical;
use super::{Assertion, Combination, Dependency, Index, Matches, Model, Others, Type};

impl Model {
    /// Returns a message for each violation. The list is empty if the value is valid.
    pub fn faults(&self, value: &Value, matches: &Matches<'_>) -> Vec<String> {
        let seen = HashMap::new();
        let mut check =
            Check { model: self, matches, seen, unreported_branches: 0, depth: 0, faults: Vec::new() };
        check.schema(0, value);
        check.faults
    }
}

/// The state of one validation.
struct Check<'m> {
    model: &'m Model,
    matches: &'m Matches<'m>,
    /// The results for pairs of a schema and a value. Without these results, schemas that refer to each other in two
    /// branches would double the work with each level of the body.
    seen: HashMap<(Index, *const Value), Outcome>,
    /// The number of enclosing schemas whose faults are counted but not reported: those within `allOf`, `anyOf`, `oneOf` and
    /// `not`.
    unreported_branches: usize,
    depth: usize,
    faults: Vec<String>,
}

/// The result of validating a value against a schema.
#[derive(Clone, Copy)]
enum Outcome {
    Valid,
    /// The value is not valid, and its faults are in the list.
    Reported,
    /// The value is not valid, and its faults were dropped.
    Unreported,
}

/// The greatest depth of nested schemas during a validation. The limit protects the stack.
const MAX_DEPTH: usize = 256;

impl Check<'_> {
    fn schema(&mut self, index: Index, value: &Value) {
        let model = self.model;
        if self.depth == MAX_DEPTH {
            return self.fault("instance is nested too deeply");
        }
        let key = (index, std::ptr::from_ref(value));
        match self.seen.get(&key) {
            Some(Outcome::Valid) => return,
            // The caller only counts the fault and drops its text.
            Some(Outcome::Reported | Outcome::Unreported) if self.unreported_branches > 0 => {
                return self.fault("as before");
            }
            Some(Outcome::Reported) => return,
            Some(Outcome::Unreported) | None => {}
        }
        let reported = self.faults.len();
        self.depth += 1;
        for assertion in model.schemas.get(index).into_iter().flat_map(|schema| &schema.0) {
            self.assertion(assertion, value);
        }
        self.depth -= 1;
        let outcome = match (self.faults.len() == reported, self.unreported_branches) {
            (true, _) => Outcome::Valid,
            (false, 0) => Outcome::Reported,
            (false, _) => Outcome::Unreported,
        };
        self.seen.insert(key, outcome);
    }

    /// Returns whether a value is valid. The faults of the value are not reported.
    fn is_valid(&mut self, index: Index, value: &Value) -> bool {
        let reported = self.faults.len();
        self.unreported_branches += 1;
        self.schema(index, value);
        self.unreported_branches -= 1;
        let is_valid = self.faults.len() == reported;
        self.faults.truncate(reported);
        is_valid
    }

    fn assertion(&mut self, assertion: &Assertion, value: &Value) {
        use Assertion::*;
        match assertion {
            Reference(index) => self.schema(*index, value),
            Types(types) => self.types(types, value),
            Enum(values) => {
                let wanted = canonical(value);
                if !values.iter().any(|known| canonical(known) == wanted) {
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
            Combined(combination, schemas) => self.combined(*combination, schemas, value),
            Not(index) => {
                if self.is_valid(*index, value) {
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
                let mut known = BTreeSet::new();
                if !items.iter().all(|item| known.insert(canonical(item))) {
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

    fn combined(&mut self, combination: Combination, schemas: &[Index], value: &Value) {
        let fitting = schemas.iter().filter(|index| self.is_valid(**index, value)).count();
        let all = schemas.len();
        let fault = match combination {
            Combination::All => (fitting < all).then(|| {
                format!("instance failed to match all required schemas (matched only {fitting} out of {all})")
            }),
            Combination::Any => (fitting == 0)
                .then(|| format!("instance failed to match at least one required schema among {all}")),
            Combination::One => (fitting != 1).then(|| {
                format!("instance failed to match exactly one schema (matched {fitting} out of {all})")
            }),
        };
        self.faults.extend(fault);
    }

    fn fault(&mut self, fault: impl Into<String>) {
        self.faults.push(fault.into());
    }
}

/// Returns the names that an object does not have, sorted.
fn absent<'n>(names: &'n [String], object: &Map<String, Value>) -> Vec<&'n str> {
    let mut absent: Vec<_> =
        names.iter().filter(|name| !object.contains_key(*name)).map(String::as_str).collect();
    absent.sort_unstable();
    absent
}

/// Returns whether a number is a multiple of another, within the precision of 64-bit floats: 0.1 is not exactly a tenth.
fn is_multiple(number: f64, divisor: f64) -> bool {
    let times = number / divisor;
    if times.is_infinite() {
        return number % divisor == 0.0;
    }
    let nearest = times.round();
    (times - nearest).abs() <= nearest.abs() * 4.0 * f64::EPSILON
}
