//! YAML as a document's value, with what CloudFormation's tags mean: `!Sub "…"` is `{"Fn::Sub": "…"}`.
//!
//! Inside: reading, for the checker and for the build, which has this file as a module of its own. Not inside: what the
//! functions are good for (`api/intrinsic`). Source:
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference.html>.

use std::fmt;
use std::panic::resume_unwind;
use std::thread;

use serde::de::{Deserialize, DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};
use serde_saphyr::Tagged;

/// What stands between `Fn::` and the value, and after `!` in the short form.
const FUNCTIONS: &[&str] = &[
    "And",
    "Base64",
    "Cidr",
    "Equals",
    "FindInMap",
    "GetAZs",
    "GetAtt",
    "If",
    "ImportValue",
    "Join",
    "Length",
    "Not",
    "Or",
    "Select",
    "Split",
    "Sub",
    "ToJsonString",
    "Transform",
];

/// Those whose long form has no `Fn::`.
const BARE_FUNCTIONS: &[&str] = &["Condition", "Ref"];

/// The tags of YAML itself: they say what a scalar is.
const CORE: &str = "tag:yaml.org,2002:";

/// Documents may be nested 64 deep, and every level takes some 40 KiB of the stack where nothing is optimized: more than
/// Windows gives a program.
const STACK: usize = 16 << 20;

/// Reads a document.
///
/// # Errors
/// What is not YAML, and tags that nobody knows.
pub fn from_str(text: &str) -> Result<Value, serde_saphyr::Error> {
    let read = || serde_saphyr::from_str(text).map(|Node(value)| value);
    thread::scope(|scope| match thread::Builder::new().stack_size(STACK).spawn_scoped(scope, read) {
        Ok(reading) => reading.join().unwrap_or_else(|panic| resume_unwind(panic)),
        Err(_) => read(),
    })
}

/// A value whose tags have become what they mean.
struct Node(Value);

/// The value without its tag.
struct Untagged(Value);

struct Reader;

/// A tag that stands where no function can.
struct TagOfKey(String);

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Tagged(Untagged(value), tag) = Tagged::deserialize(deserializer)?;
        let Some(tag) = tag.filter(|tag| !is_of_yaml(tag)) else { return Ok(Self(value)) };
        let function = long_form(&tag).ok_or_else(|| unknown(&tag))?;
        Ok(Self(Value::Object(Map::from_iter([(function, value)]))))
    }
}

impl<'de> Deserialize<'de> for Untagged {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Reader).map(Self)
    }
}

impl<'de> DeserializeSeed<'de> for TagOfKey {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, _: D) -> Result<(), D::Error> {
        Err(D::Error::custom(format_args!("the tag `{}` stands at a key", self.0)))
    }
}

fn is_of_yaml(tag: &str) -> bool {
    tag == "!" || tag.starts_with(CORE)
}

fn long_form(tag: &str) -> Option<String> {
    let name = tag.strip_prefix('!')?;
    if BARE_FUNCTIONS.contains(&name) {
        return Some(name.to_owned());
    }
    FUNCTIONS.contains(&name).then(|| format!("Fn::{name}"))
}

fn unknown<E: Error>(tag: &str) -> E {
    E::custom(format_args!("the tag `{tag}` is neither YAML's own nor CloudFormation's"))
}

impl<'de> Visitor<'de> for Reader {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_bool<E>(self, truth: bool) -> Result<Value, E> {
        Ok(Value::Bool(truth))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Value, E> {
        Ok(Value::from(number))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Value, E> {
        Ok(Value::from(number))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Value, E> {
        Ok(Number::from_f64(number).map_or(Value::Null, Value::Number))
    }

    fn visit_str<E>(self, text: &str) -> Result<Value, E> {
        Ok(Value::from(text))
    }

    fn visit_string<E>(self, text: String) -> Result<Value, E> {
        Ok(Value::String(text))
    }

    fn visit_none<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        while let Some(Node(item)) = items.next_element()? {
            list.push(item);
        }
        Ok(Value::Array(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let mut object = Map::new();
        while let Some(Tagged(key, tag)) = entries.next_key::<Tagged<String>>()? {
            if let Some(tag) = tag.filter(|tag| !is_of_yaml(tag)) {
                // The place that is told is that of the value.
                entries.next_value_seed(TagOfKey(tag))?;
            }
            let Node(value) = entries.next_value()?;
            object.insert(key, value);
        }
        Ok(Value::Object(object))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn short_forms_mean_what_the_long_ones_do() {
        for (text, expected) in [
            ("a: !Sub \"'${Origin}'\"", json!({ "a": { "Fn::Sub": "'${Origin}'" } })),
            ("a: !Sub '${Origin}'", json!({ "a": { "Fn::Sub": "${Origin}" } })),
            ("a: !Sub ${Origin}", json!({ "a": { "Fn::Sub": "${Origin}" } })),
            ("a: !Sub |\n  b\n  c\n", json!({ "a": { "Fn::Sub": "b\nc\n" } })),
            ("a: !Sub [\"${b}\", {b: c}]", json!({ "a": { "Fn::Sub": ["${b}", { "b": "c" }] } })),
            ("!Ref A", json!({ "Ref": "A" })),
            ("a: !Ref AWS::Region", json!({ "a": { "Ref": "AWS::Region" } })),
            ("a: !Ref 1", json!({ "a": { "Ref": 1 } })),
            ("a: !Condition B", json!({ "a": { "Condition": "B" } })),
            ("a: !GetAtt A.B", json!({ "a": { "Fn::GetAtt": "A.B" } })),
            (
                "a:\n  b: !Join ['', [a, !Ref B]]",
                json!({ "a": { "b": { "Fn::Join": ["", ["a", { "Ref": "B" }]] } } }),
            ),
            (
                "- !If\n  - A\n  - { b: !ImportValue c }\n  - !Ref AWS::NoValue",
                json!([{ "Fn::If": ["A", { "b": { "Fn::ImportValue": "c" } }, { "Ref": "AWS::NoValue" }] }]),
            ),
            (
                "a: !Transform\n  Name: AWS::Include\n  Parameters: {Location: s3://a/b}",
                json!({ "a": { "Fn::Transform": { "Name": "AWS::Include", "Parameters": { "Location": "s3://a/b" } } } }),
            ),
            (
                "a: &x !Ref A\nb: *x\nc: &y {d: !Sub e}\nf: {<<: *y, g: 1}",
                json!({
                    "a": { "Ref": "A" },
                    "b": { "Ref": "A" },
                    "c": { "d": { "Fn::Sub": "e" } },
                    "f": { "d": { "Fn::Sub": "e" }, "g": 1 }
                }),
            ),
        ] {
            assert_eq!(from_str(text).unwrap(), expected, "{text}");
        }
    }

    /// Without tags of CloudFormation a document is what it is to everybody.
    #[test]
    fn values_are_those_of_yaml() {
        for text in [
            "a: !!str 1\nb: !!int \"2\"\nc: !!float 1\nd: ! 4\ne: !!seq [1]\nf: !!map {g: !!null ~}",
            "200: a\n1.5: b\ntrue: c\nnull: d\n~: e\n\"x\": f\n!!str 7: g\n0404: h\n",
            "- 1\n- -1\n- 18446744073709551615\n- 1.5\n- 1e3\n- .inf\n- .nan\n- 1.10\n- 0x1f\n- 0o17\n- 017\n- 1_000",
            "- true\n- yes\n- on\n- ~\n- null\n- \n- ''\n- 2001-01-01\n- 12:30\n- |\n  a\n- >\n  b\n  c",
            "a: &a {b: [1, *z]}",
            "a: &a {b: 1, c: {d: 2}}\ne:\n  <<: *a\n  b: 3\nf: {<<: [*a, {g: 1}]}\nh: *a",
            "a: 123456789012345678901234567890",
            "a: !!binary aGVsbG8=",
            "",
            "a",
            "? [a, b]\n: c",
        ] {
            let (own, plain) = (from_str(text), serde_saphyr::from_str::<Value>(text));
            match (own, plain) {
                (Ok(own), Ok(plain)) => assert_eq!(own, plain, "{text}"),
                (Err(own), Err(plain)) => assert_eq!(own.to_string(), plain.to_string(), "{text}"),
                (own, plain) => panic!("{text}: {own:?} {plain:?}"),
            }
        }
    }

    /// What is nested too deeply is refused, and takes no program with it.
    #[test]
    fn depths() {
        for (open, close) in [("[", "]"), ("{a: ", "}"), ("!If [", "]"), ("- ", "")] {
            let nested = |depth: usize| format!("{}{}", open.repeat(depth), close.repeat(depth));
            assert!(from_str(&nested(60)).is_ok(), "{open}");
            assert!(from_str(&nested(1000)).is_err(), "{open}");
        }
    }
}
