//! Validation of a value against a model. The messages are those of the validator in API Gateway
//! (<https://github.com/java-json-tools/json-schema-validator>), except the messages about nesting and about too much work.

use std::borrow::Cow;
use std::collections::HashMap;

use serde_json::{Number, Value};

use super::duplicates::has_duplicates;
use super::{Assertion, Combination, Dependency, Index, Model, Others, Pattern, Schema, Type};
use crate::api::json::{Kind, Node};

/// The greatest number of faults that are reported. The validation stops after this number of faults.
const MOST_FAULTS: usize = 20;

/// The greatest length of a value in a message, in bytes.
const MOST_SHOWN: usize = 1000;

impl Model {
    /// Returns at most 20 messages about the faults of a value. The list is empty if the value is valid. One more message
    /// follows for each limit that stopped the validation: the depth and the work. The value is then not valid.
    pub fn faults(&self, body: Node<'_>) -> Vec<String> {
        let mut check = Check::new(self, body);
        check.schema(0, body);
        check.into_faults()
    }

    /// Returns the faults of a value like [`Model::faults`]. Calls `pause` after each part of the work for a long body.
    pub async fn faults_with_pauses(&self, body: Node<'_>, pause: &impl AsyncFn()) -> Vec<String> {
        let mut check = Check::new(self, body);
        check.long_schema(0, body, pause).await;
        check.into_faults()
    }

    /// Returns whether a value can be validated against the same schema twice.
    fn applies_schemas_twice(&self) -> bool {
        use Assertion::{Combined, Dependencies, Not, Properties};
        self.schemas.iter().flat_map(|schema| &schema.0).any(|assertion| match assertion {
            Combined(..) | Not(_) | Dependencies(_) => true,
            Properties { patterns, .. } => !patterns.is_empty(),
            _ => false,
        })
    }
}

/// The state of one validation.
struct Check<'m> {
    model: &'m Model,
    /// The results for pairs of a schema and the offset of a value, if the model can apply a schema to a value twice. Without
    /// these results, schemas that refer to each other in two branches would double the work with each level of the body.
    seen: Option<HashMap<(Index, usize), Outcome>>,
    /// The number of enclosing schemas within `allOf`, `anyOf`, `oneOf` or `not`. The faults of such a schema are counted, but
    /// not reported.
    unreported_branches: usize,
    /// The length of `faults` at which the validation stops. Within `allOf`, `anyOf`, `oneOf` and `not`, the limit allows one
    /// new fault, because a schema with one fault does not match.
    most_faults: usize,
    depth: usize,
    /// Whether [`MAX_DEPTH`] was reached. The value is then not valid, even within `not`.
    is_too_deep: bool,
    /// The work so far: about one unit for each value and each property that is visited.
    work: usize,
    most_work: usize,
    /// The work after which the validation of a long body pauses.
    next_pause: usize,
    /// The pairs of a schema and the offset of a long value whose faults are reported.
    long: Vec<(Index, usize)>,
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

/// The greatest number of results in [`Check::seen`]. When it is reached, all results are removed, which limits the memory.
const MOST_SEEN: usize = 1 << 16;

/// The greatest work for an empty body, in the units of [`Check::work`]. Each byte of the body adds 2 to the limit.
const LEAST_WORK: usize = 1_000_000;

/// The least length of a value whose items and properties are validated with pauses, in bytes.
const LONG: usize = 128 * 1024;

/// The work between two pauses. It takes 10 to 40 ms.
const WORK_BETWEEN_PAUSES: usize = 200_000;

impl<'m> Check<'m> {
    fn new(model: &'m Model, body: Node<'_>) -> Self {
        Self {
            model,
            seen: model.applies_schemas_twice().then(HashMap::new),
            unreported_branches: 0,
            most_faults: MOST_FAULTS,
            depth: 0,
            is_too_deep: false,
            work: 0,
            most_work: 2 * body.length() + LEAST_WORK,
            next_pause: WORK_BETWEEN_PAUSES,
            long: Vec::new(),
            faults: Vec::new(),
        }
    }

    fn into_faults(self) -> Vec<String> {
        let mut faults = self.faults;
        faults.truncate(MOST_FAULTS);
        if self.is_too_deep {
            faults.push("instance is nested too deeply".to_owned());
        }
        if self.work > self.most_work {
            faults.push("instance takes too much work to validate".to_owned());
        }
        faults
    }

    fn schema(&mut self, index: Index, value: Node<'_>) {
        let Some(assertions) = self.enter(index, value) else { return };
        let reported = self.faults.len();
        for assertion in assertions {
            self.assertion(assertion, value);
        }
        self.leave(index, value, reported);
    }

    /// Validates a value like [`Self::schema`], with pauses if it is long. Only the items of a list and the properties with a schema of
    /// their own are visited with pauses.
    async fn long_schema(&mut self, index: Index, value: Node<'_>, pause: &impl AsyncFn()) {
        if value.length() < LONG {
            return self.schema(index, value);
        }
        let Some(assertions) = self.enter(index, value) else { return };
        let reported = self.faults.len();
        for assertion in assertions {
            match assertion {
                Assertion::Reference(index) => Box::pin(self.long_schema(*index, value, pause)).await,
                Assertion::Items { first, others: Others::Like(index) } if first.is_empty() => {
                    for item in value.items().into_iter().flatten() {
                        if self.is_over() {
                            break;
                        }
                        if item.length() < LONG {
                            self.schema(*index, item);
                        } else {
                            Box::pin(self.long_schema(*index, item, pause)).await;
                        }
                        if self.work > self.next_pause {
                            self.next_pause = self.work + WORK_BETWEEN_PAUSES;
                            pause().await;
                        }
                    }
                }
                Assertion::Properties { named, .. } => {
                    // The long properties are in `long` afterwards, so that `assertion` does not visit them again.
                    let properties = value.properties().into_iter().flatten();
                    for (name, property) in properties.filter(|(_, property)| property.length() >= LONG) {
                        for (_, index) in named.iter().filter(|(known, _)| *known == name) {
                            Box::pin(self.long_schema(*index, property, pause)).await;
                        }
                    }
                    self.assertion(assertion, value);
                }
                _ => self.assertion(assertion, value),
            }
        }
        self.leave(index, value, reported);
        self.long.push((index, value.offset()));
    }

    /// Starts the validation of a value against a schema. Returns the assertions of the schema, or `None` if nothing is left to do.
    fn enter(&mut self, index: Index, value: Node<'_>) -> Option<&'m [Assertion]> {
        if self.depth == MAX_DEPTH {
            self.is_too_deep = true;
            return None;
        }
        self.work += 1;
        if self.is_over() {
            return None;
        }
        let Schema(assertions) = self.model.schemas.get(index)?;
        // The items of a long array often have a schema with only `type`. Such a short check needs no stored result.
        if let [Assertion::Types(types)] = assertions.as_slice() {
            self.types(types, value);
            return None;
        }
        let key = (index, value.offset());
        if self.unreported_branches == 0 && value.length() >= LONG && self.long.contains(&key) {
            return None;
        }
        match self.seen.as_ref().and_then(|seen| seen.get(&key)) {
            Some(Outcome::Valid) => return None,
            // The caller only counts the fault and drops its text.
            Some(Outcome::Reported | Outcome::Unreported) if self.unreported_branches > 0 => {
                self.fault("as before");
                return None;
            }
            Some(Outcome::Reported) => return None,
            Some(Outcome::Unreported) | None => {}
        }
        self.depth += 1;
        Some(assertions)
    }

    /// Ends the validation of a value against a schema. `reported` is the number of faults before it.
    fn leave(&mut self, index: Index, value: Node<'_>, reported: usize) {
        self.depth -= 1;
        if let Some(seen) = &mut self.seen {
            let outcome = match (self.faults.len() == reported, self.unreported_branches) {
                (true, _) => Outcome::Valid,
                (false, 0) => Outcome::Reported,
                (false, _) => Outcome::Unreported,
            };
            if seen.len() == MOST_SEEN {
                seen.clear();
            }
            seen.insert((index, value.offset()), outcome);
        }
    }

    /// Returns whether the validation stops: there are enough faults, or it was too deep or took too much work.
    fn is_over(&self) -> bool {
        self.is_too_deep || self.work > self.most_work || self.faults.len() >= self.most_faults
    }

    /// Returns whether a value is valid. The faults of the value are not reported.
    fn is_valid(&mut self, index: Index, value: Node<'_>) -> bool {
        let reported = self.faults.len();
        let most_faults = std::mem::replace(&mut self.most_faults, reported + 1);
        self.unreported_branches += 1;
        self.schema(index, value);
        self.unreported_branches -= 1;
        self.most_faults = most_faults;
        let is_valid = self.faults.len() == reported;
        self.faults.truncate(reported);
        is_valid
    }

    fn assertion(&mut self, assertion: &Assertion, value: Node<'_>) {
        use Assertion::*;
        match assertion {
            Reference(index) => self.schema(*index, value),
            Types(types) => self.types(types, value),
            Enum(values) => {
                self.work += values.len() * (1 + value.length() / 64);
                if !values.iter().any(|known| value.equals(known)) {
                    let (shown, known) = (shown(value), Value::from(values.clone()));
                    self.fault(format!(
                        "instance value ({shown}) not found in enum (possible values: {known})"
                    ));
                }
            }
            MultipleOf(_) | Minimum { .. } | Maximum { .. } => {
                if let Kind::Number(number) = value.kind() {
                    self.number(assertion, &number);
                }
            }
            MinLength(_) | MaxLength(_) | Pattern(_) => {
                if let Kind::String(text) = value.kind() {
                    self.string(assertion, &text);
                }
            }
            MinItems(_) | MaxItems(_) | UniqueItems | Items { .. } => {
                if let Some(items) = value.items() {
                    self.array(assertion, value, items);
                }
            }
            MinProperties(_) | MaxProperties(_) | Required(_) | Properties { .. } | Dependencies(_) => {
                if value.properties().is_some() {
                    self.object(assertion, value);
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

    fn types(&mut self, types: &[Type], value: Node<'_>) {
        // The type of a plain integer is clear without parsing, which saves time for a long body.
        if value.is_plain_integer() && types.contains(&Type::Integer) {
            return;
        }
        let seen = Type::of(value);
        if !types.iter().any(|expected| expected.includes(seen)) {
            let seen = seen.name();
            let mut allowed: Vec<_> = types.iter().map(|expected| expected.name()).collect();
            allowed.sort_unstable();
            let allowed = Value::from(allowed);
            self.fault(format!(
                "instance type ({seen}) does not match any allowed primitive type (allowed: {allowed})"
            ));
        }
    }

    fn number(&mut self, assertion: &Assertion, value: &Number) {
        let Some(number) = value.as_f64() else { return };
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
        self.work += text.len() / 16;
        let length = text.chars().count() as u64;
        match assertion {
            Assertion::MinLength(least) if length < *least => {
                let shown = quoted(text);
                self.fault(format!(
                    "string {shown} is too short (length: {length}, required minimum: {least})"
                ));
            }
            Assertion::MaxLength(most) if length > *most => {
                let shown = quoted(text);
                self.fault(format!("string {shown} is too long (length: {length}, maximum allowed: {most})"));
            }
            Assertion::Pattern(pattern) if !self.matches(pattern, text) => {
                let (shown, pattern) = (quoted(text), pattern.expression());
                self.fault(format!("ECMA 262 regex \"{pattern}\" does not match input string {shown}"));
            }
            _ => {}
        }
    }

    fn array<'j>(
        &mut self,
        assertion: &Assertion,
        value: Node<'j>,
        items: impl Iterator<Item = Node<'j>> + Clone,
    ) {
        match assertion {
            Assertion::MinItems(least) => {
                let length = self.count(items);
                if length < *least {
                    self.fault(format!(
                        "array is too short: must have at least {least} elements but instance has {length} elements"
                    ));
                }
            }
            Assertion::MaxItems(most) => {
                let length = self.count(items);
                if length > *most {
                    self.fault(format!(
                        "array is too long: must have at most {most} elements but instance has {length} elements"
                    ));
                }
            }
            Assertion::UniqueItems => {
                self.work += value.length();
                if has_duplicates(items) {
                    self.fault("array must not contain duplicate elements");
                }
            }
            Assertion::Items { first, others } => {
                for (at, item) in items.enumerate() {
                    if self.is_over() {
                        return;
                    }
                    match (first.get(at), others) {
                        (Some(index), _) | (None, Others::Like(index)) => self.schema(*index, item),
                        (None, Others::Allowed) => return,
                        (None, Others::Forbidden) => {
                            let (most, length) = (first.len(), value.items().map_or(0, Iterator::count));
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

    fn object(&mut self, assertion: &Assertion, object: Node<'_>) {
        match assertion {
            Assertion::MinProperties(least) => {
                let count = self.count_names(object);
                if count < *least {
                    self.fault(format!(
                        "object has too few properties (found {count} but schema requires at least {least})"
                    ));
                }
            }
            Assertion::MaxProperties(most) => {
                let count = self.count_names(object);
                if count > *most {
                    self.fault(format!(
                        "object has too many properties (found {count} but schema requires at most {most})"
                    ));
                }
            }
            Assertion::Required(names) => {
                let missing = self.absent(names, object);
                if !missing.is_empty() {
                    let missing = Value::from(missing);
                    self.fault(format!("object has missing required properties ({missing})"));
                }
            }
            Assertion::Properties { named, patterns, others } => {
                self.properties(named, patterns, *others, object)
            }
            Assertion::Dependencies(dependencies) => {
                for (name, dependency) in dependencies {
                    if !self.absent(std::slice::from_ref(name), object).is_empty() {
                        continue;
                    }
                    match dependency {
                        Dependency::Schema(index) => self.schema(*index, object),
                        Dependency::Properties(names) => {
                            let missing = self.absent(names, object);
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
        patterns: &[(Pattern, Index)],
        others: Others,
        object: Node<'_>,
    ) {
        let mut forbidden = Vec::new();
        for (name, value) in object.properties().into_iter().flatten() {
            self.work += 1;
            if self.is_over() {
                return;
            }
            let mut is_known = false;
            for (_, index) in named.iter().filter(|(known, _)| *known == name) {
                is_known = true;
                self.schema(*index, value);
            }
            for (pattern, index) in patterns {
                if self.matches(pattern, &name) {
                    is_known = true;
                    self.schema(*index, value);
                }
            }
            match others {
                Others::Forbidden if !is_known && forbidden.len() < MOST_FAULTS => {
                    forbidden.push(Cow::Owned(cut(&name)));
                }
                Others::Like(index) if !is_known => self.schema(index, value),
                Others::Allowed | Others::Forbidden | Others::Like(_) => {}
            }
        }
        if !forbidden.is_empty() {
            let forbidden = Value::from(sorted(&forbidden));
            self.fault(format!(
                "object instance has properties which are not allowed by the schema: {forbidden}"
            ));
        }
    }

    /// Returns the names that an object does not have, sorted.
    fn absent<'n>(&mut self, names: &'n [String], object: Node<'_>) -> Vec<&'n str> {
        let mut absent: Vec<_> = names.iter().map(String::as_str).collect();
        for (name, _) in object.properties().into_iter().flatten() {
            self.work += 1 + absent.len() / 8;
            absent.retain(|wanted| *wanted != name);
        }
        absent.sort_unstable();
        absent
    }

    /// Returns whether a pattern matches in a text. Reading 16 bytes is about the work of visiting a value.
    fn matches(&mut self, pattern: &Pattern, text: &str) -> bool {
        self.work += 1 + text.len() / 16;
        pattern.matches(text)
    }

    fn count<'j>(&mut self, items: impl Iterator<Item = Node<'j>>) -> u64 {
        let count = items.count();
        self.work += count;
        count as u64
    }

    /// Returns the number of properties. A repeated name counts once.
    fn count_names(&mut self, object: Node<'_>) -> u64 {
        let names: Vec<_> = object.properties().into_iter().flatten().map(|(name, _)| name).collect();
        self.work += names.len();
        sorted(&names).len() as u64
    }

    fn combined(&mut self, combination: Combination, schemas: &[Index], value: Node<'_>) {
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

/// Returns the different names, sorted.
fn sorted<'n>(names: &'n [Cow<'_, str>]) -> Vec<&'n str> {
    let mut sorted: Vec<_> = names.iter().map(AsRef::as_ref).collect();
    sorted.sort_unstable();
    sorted.dedup();
    sorted
}

/// Returns the text of a value for a message, cut after about [`MOST_SHOWN`] bytes.
fn shown(value: Node<'_>) -> String {
    match value.kind() {
        Kind::String(text) => quoted(&text),
        Kind::Number(number) => number.to_string(),
        _ => value.compact(MOST_SHOWN),
    }
}

/// Returns a string in quotes for a message, cut after [`MOST_SHOWN`] bytes.
fn quoted(text: &str) -> String {
    Value::from(cut(text)).to_string()
}

/// Returns a text with at most [`MOST_SHOWN`] bytes, and an ellipsis if it is longer.
fn cut(text: &str) -> String {
    let end = text.floor_char_boundary(MOST_SHOWN);
    let ellipsis = if end < text.len() { "…" } else { "" };
    format!("{}{ellipsis}", text.get(..end).unwrap_or_default())
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
