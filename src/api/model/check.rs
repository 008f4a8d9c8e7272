//! What of a value does not fit a schema, in the words of the validator that API Gateway runs
//! (<https://github.com/java-json-tools/json-schema-validator>).

use std::collections::{BTreeSet, HashMap};

use serde_json::{Map, Value};

use super::canonical::canonical;
use super::{Assertion, Combination, Dependency, Index, Matches, Model, Others, Type};

impl Model {
    /// Everything of a value that does not fit.
    pub fn faults(&self, value: &Value, matches: &Matches<'_>) -> Vec<String> {
        let seen = HashMap::new();
        let mut check = Check { model: self, matches, seen, silent: 0, depth: 0, faults: Vec::new() };
        check.schema(0, value);
        check.faults
    }
}

/// One look at a value.
struct Check<'m> {
    model: &'m Model,
    matches: &'m Matches<'m>,
    /// Which schemas have been held against which values. Where schemas name one another in several branches, it would be
    /// twice as often a level of the body otherwise.
    seen: HashMap<(Index, *const Value), Seen>,
    /// Within how many branches this is whose faults nobody is told.
    silent: usize,
    depth: usize,
    faults: Vec<String>,
}

/// What came of a schema and a value.
#[derive(Clone, Copy)]
enum Seen {
    Fits,
    /// Its faults have been told.
    Told,
    /// It has faults, which nobody was told.
    Silent,
}

/// How deep schemas may lie in schemas while a value is checked: what the stack bears.
const DEEPEST: usize = 256;

impl Check<'_> {
    fn schema(&mut self, index: Index, value: &Value) {
        let model = self.model;
        if self.depth == DEEPEST {
            return self.fault("instance is nested too deeply");
        }
        let key = (index, std::ptr::from_ref(value));
        match self.seen.get(&key) {
            Some(Seen::Fits) => return,
            Some(Seen::Told | Seen::Silent) if self.silent > 0 => return self.fault("as before"),
            Some(Seen::Told) => return,
            Some(Seen::Silent) | None => {}
        }
        let told = self.faults.len();
        self.depth += 1;
        for assertion in model.schemas.get(index).into_iter().flat_map(|schema| &schema.0) {
            self.assertion(assertion, value);
        }
        self.depth -= 1;
        let seen = match (self.faults.len() == told, self.silent) {
            (true, _) => Seen::Fits,
            (false, 0) => Seen::Told,
            (false, _) => Seen::Silent,
        };
        self.seen.insert(key, seen);
    }

    /// Whether a value fits, without a word of why it does not.
    fn fits(&mut self, index: Index, value: &Value) -> bool {
        let told = self.faults.len();
        self.silent += 1;
        self.schema(index, value);
        self.silent -= 1;
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
        let fitting = schemas.iter().filter(|index| self.fits(**index, value)).count();
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

/// Those of the names that an object has not, in their order.
fn absent<'n>(names: &'n [String], object: &Map<String, Value>) -> Vec<&'n str> {
    let mut absent: Vec<_> =
        names.iter().filter(|name| !object.contains_key(*name)).map(String::as_str).collect();
    absent.sort_unstable();
    absent
}

/// Whether a number is so many times another: as near as 64 bits tell, as 0.1 is not a tenth.
fn is_multiple(number: f64, divisor: f64) -> bool {
    let times = number / divisor;
    if times.is_infinite() {
        return number % divisor == 0.0;
    }
    let nearest = times.round();
    (times - nearest).abs() <= nearest.abs() * 4.0 * f64::EPSILON
}
