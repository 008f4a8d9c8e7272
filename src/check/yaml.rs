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
use serde_saphyr::budget::BudgetBreach;
use serde_saphyr::{Options, Tagged};

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

/// How many keys and values a document may have, those included that its aliases stand for: several times what the 300
/// resources and the 6 MB of API Gateway come to, and read within seconds. `TOO_MUCH` tells it.
const NODES: usize = 1_000_000;

const TOO_MUCH: (&str, &str) = (
    "its aliases stand for too much: with them it has more than 1000000 keys and values, or 64 MiB of text",
    "have fewer aliases inside of what aliases stand for",
);

const TOO_DEEP: (&str, &str) = ("it is nested more than 64 deep", "have less inside of each other");

/// Reads a document.
///
/// # Errors
/// What is not YAML, tags that nobody knows, and documents of too much ([`excess`]).
pub fn from_str(text: &str) -> Result<Value, serde_saphyr::Error> {
    let read = || serde_saphyr::from_str_with_options(text, options()).map(|Node(value)| value);
    thread::scope(|scope| match thread::Builder::new().stack_size(STACK).spawn_scoped(scope, read) {
        Ok(reading) => reading.join().unwrap_or_else(|panic| resume_unwind(panic)),
        Err(_) => read(),
    })
}

/// How many aliases there are says nothing: one CORS method stands below each path. What they come to is limited, and
/// so is the text (64 MiB, as ever), which is copied for every alias.
fn options() -> Options {
    serde_saphyr::options! {
        budget: serde_saphyr::budget! {
            max_nodes: NODES,
            // At most as many as there are nodes, and twice that.
            max_aliases: NODES,
            max_anchors: NODES,
            max_merge_keys: NODES,
            max_events: usize::MAX,
            max_recorded_anchor_events: 2 * NODES,
            enforce_alias_anchor_ratio: false,
        },
        alias_limits: serde_saphyr::alias_limits! { max_total_replayed_events: usize::MAX },
    }
}

/// What a document has too much of, and what to do about it, where that is why it was not read.
#[must_use]
pub fn excess(error: &serde_saphyr::Error) -> Option<(&'static str, &'static str)> {
    let error = match error.without_snippet() {
        serde_saphyr::Error::AliasError { error, .. } => error,
        error => error,
    };
    match error {
        serde_saphyr::Error::Budget { breach: BudgetBreach::Depth { .. }, .. } => Some(TOO_DEEP),
        serde_saphyr::Error::Budget { .. } => Some(TOO_MUCH),
        _ => None,
    }
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

    /// What API Gateway's 300 resources may come to, with an alias for all that is alike in them.
    #[test]
    fn aliases_of_many_methods() {
        let mut text = "a: &a {b: [c, d, e], f: {g: h, i: j}}\nk: [&k l]\nm:\n".to_owned();
        for method in 0..800 {
            text += &format!("  - {{id: {method}, one: *a, two: *a, three: *k}}\n");
        }
        let methods = &from_str(&text).unwrap()["m"];
        let common = json!({ "b": ["c", "d", "e"], "f": { "g": "h", "i": "j" } });
        assert_eq!(methods[799], json!({ "id": 799, "one": common, "two": common, "three": "l" }));
    }

    /// A few lines that stand for billions of values, and one for more text than there is memory.
    #[test]
    fn aliases_that_stand_for_too_much() {
        let mut laughs = "a: &a [x,x,x,x,x,x,x,x,x]\n".to_owned();
        for (before, name) in ('a'..'i').zip('b'..='i') {
            laughs += &format!("{name}: &{name} [{}]\n", vec![format!("*{before}"); 9].join(","));
        }
        let long = format!("a: &a {}\nb: [{}]\n", "x".repeat(1 << 20), ["*a"; 100].join(","));
        for text in [laughs, long] {
            assert_eq!(excess(&from_str(&text).unwrap_err()), Some(TOO_MUCH), "{text:.20}");
        }
        assert!(TOO_MUCH.0.contains(&NODES.to_string()));
        assert_eq!(excess(&from_str(&"- ".repeat(100)).unwrap_err()), Some(TOO_DEEP));
        assert_eq!(excess(&from_str("[").unwrap_err()), None);
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
