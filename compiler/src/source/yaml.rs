//! Parses YAML to a tree with places. Tags of CloudFormation become their long form: `!Sub "…"` becomes
//! `{"Fn::Sub": "…"}`.
//!
//! Source: <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference.html>.

use std::panic::resume_unwind;
use std::thread;

use serde::de::{Deserialize, DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess};
use serde_saphyr::budget::BudgetBreach;
use serde_saphyr::options::{DuplicateKeyPolicy, NonFiniteFloatPolicy};
use serde_saphyr::{Location, Options, Spanned, Tagged};

use super::fault::Fault;
use super::limit::{MAX_DEPTH, MAX_NODES};
use super::node::{Node, Value};
use super::visitor::{Containers, ValueVisitor};
use crate::finding::pointer::escape;
use crate::finding::{Code, Place};

/// The functions with the long form `Fn::Name` and the tag `!Name`.
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

/// The functions whose long form has no `Fn::`.
const BARE_FUNCTIONS: &[&str] = &["Condition", "Ref"];

/// The prefix of YAML's own tags, which set the type of a value.
const CORE: &str = "tag:yaml.org,2002:";

/// The stack size of the parser's thread, in bytes. Without optimization, a level of the document uses up to 40 KiB of
/// stack, so 64 levels would overflow the default stack on Windows.
const STACK: usize = 16 << 20;

/// Phrases in the parser's errors that describe its Rust API, and their replacements.
const FOR_PROGRAMMERS: &[(&str, &str)] = &[
    ("; use from_str_multiple or from_str_multiple_with_options", ""),
    (
        "recursive references require weak recursion types",
        "an alias is inside of the value that it refers to",
    ),
];

/// The end of the parser's error for nesting that exceeds a fixed limit of the parser, which is larger than [`MAX_DEPTH`].
const TOO_DEEP: &str = "recursion limit exceeded";

/// The beginning of this module's errors about tags. `fault` recognizes these errors by this text.
const TAG: &str = "the tag `";

/// Parses a document.
///
/// # Errors
/// Returns the first error: invalid YAML, an unknown tag, a repeated key, or an exceeded limit of nesting or size.
pub(super) fn from_str(text: &str) -> Result<Node, Fault> {
    read(text, DuplicateKeyPolicy::Error).map_err(|error| fault(&error))
}

/// Returns the JSON pointer of the repeated key at a place, because the error of the parser has only the place.
pub(super) fn pointer_of_repeated_key(text: &str, place: Place) -> Option<String> {
    fn find(node: &Node, pointer: &str, place: Place) -> Option<String> {
        match &node.value {
            Value::Array(items) => {
                let mut items = items.iter().enumerate();
                items.find_map(|(index, item)| find(item, &format!("{pointer}/{index}"), place))
            }
            Value::Object(entries) => entries.iter().find_map(|(key, node)| {
                let pointer = format!("{pointer}/{}", escape(key));
                if node.place == place { Some(pointer) } else { find(node, &pointer, place) }
            }),
            _ => None,
        }
    }
    find(&read(text, DuplicateKeyPolicy::PassThrough).ok()?, "", place)
}

fn read(text: &str, duplicate_keys: DuplicateKeyPolicy) -> Result<Node, serde_saphyr::Error> {
    let read = || serde_saphyr::from_str_with_options::<Spanned<Tree>>(text, options(duplicate_keys));
    // wasm32-unknown-unknown has no threads: spawning returns an error, and the parser runs on the current stack.
    let read =
        thread::scope(|scope| match thread::Builder::new().stack_size(STACK).spawn_scoped(scope, read) {
            Ok(reading) => reading.join().unwrap_or_else(|panic| resume_unwind(panic)),
            Err(_) => read(),
        });
    read.map(|spanned| spanned.value.at(place(spanned.defined)))
}

/// Returns the options of the parser. They limit the nodes and the text (64 MiB) of the document with its aliases
/// expanded. They do not limit the number of aliases further, because each path may use an alias for the same CORS
/// method.
fn options(duplicate_keys: DuplicateKeyPolicy) -> Options {
    serde_saphyr::options! {
        duplicate_keys: duplicate_keys,
        budget: serde_saphyr::budget! {
            max_depth: MAX_DEPTH,
            max_nodes: MAX_NODES,
            // Limits that a document within `max_nodes` does not reach.
            max_aliases: MAX_NODES,
            max_anchors: MAX_NODES,
            max_merge_keys: MAX_NODES,
            max_events: usize::MAX,
            max_recorded_anchor_events: 2 * MAX_NODES,
            enforce_alias_anchor_ratio: false,
        },
        // `y`, `no` and `on` are strings, as in YAML 1.2: a schema may require a property `y`. An account id that begins
        // with 0 is a string, too.
        strict_booleans: true,
        leading_zero_numbers_as_strings: true,
        // An example in a schema may be `.inf`.
        non_finite_float_policy: NonFiniteFloatPolicy::PassThrough,
        alias_limits: serde_saphyr::alias_limits! { max_total_replayed_events: usize::MAX },
    }
}

fn place(location: Location) -> Place {
    Place {
        line: usize::try_from(location.line()).unwrap_or(1).max(1),
        column: usize::try_from(location.column()).unwrap_or(1).max(1),
    }
}

fn fault(error: &serde_saphyr::Error) -> Fault {
    use serde_saphyr::Error as E;
    let place = error.location().map_or(Place::START, place);
    let inner = match error.without_snippet() {
        E::AliasError { error, .. } => error.without_snippet(),
        error => error,
    };
    match inner {
        E::Budget { breach: BudgetBreach::Depth { .. }, .. } => return Fault::too_deep(place),
        E::Budget { .. } => {
            let message = format!(
                "The YAML document has more than {MAX_NODES} keys and values, or more than 64 MiB of text. An alias counts as a copy of its value."
            );
            return Fault { code: Code::TooLarge, message, place };
        }
        E::DuplicateMappingKey { key: Some(key), .. } => return Fault::duplicate_key(key, place),
        _ => {}
    }
    let message = error.without_snippet().to_string();
    let message = message.lines().next().unwrap_or_default();
    // `Fault` has the place in a field of its own, so it is removed from the message.
    let message = message.rsplit_once(" at line ").map_or(message, |(message, _)| message);
    let mut message = message.trim_end_matches('.').to_owned();
    if message.ends_with(TOO_DEEP) {
        return Fault::too_deep(place);
    }
    if let Some(tag) = message.find(TAG).and_then(|start| message.get(start..)) {
        let message = format!("T{}.", tag.get(1..).unwrap_or_default());
        return Fault { code: Code::TagUnknown, message, place };
    }
    for (for_programmers, for_authors) in FOR_PROGRAMMERS {
        message = message.replace(for_programmers, for_authors);
    }
    Fault { code: Code::NotYaml, message: format!("The text is not valid YAML: {message}."), place }
}

/// A value, and the long form of the function that its tag names.
struct Tree {
    value: Value,
    function: Option<String>,
}

/// A value without its tag.
struct Untagged(Value);

struct Reader;

/// Reports a tag at a key, which is not valid.
struct TagOfKey(String);

impl Tree {
    /// Returns the node. If the tag is a function, the value becomes its argument.
    fn at(self, place: Place) -> Node {
        let value = match self.function {
            Some(name) => function(name, self.value, place),
            None => self.value,
        };
        Node { value, place }
    }
}

impl<'de> Deserialize<'de> for Tree {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Tagged(Untagged(value), tag) = Tagged::deserialize(deserializer)?;
        let tag = tag.filter(|tag| !is_of_yaml(tag));
        let function = tag.map(|tag| long_form(&tag).ok_or_else(|| unknown(&tag))).transpose()?;
        Ok(Self { value, function })
    }
}

impl<'de> Deserialize<'de> for Untagged {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ValueVisitor(Reader)).map(Self)
    }
}

impl<'de> DeserializeSeed<'de> for TagOfKey {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, _: D) -> Result<(), D::Error> {
        Err(D::Error::custom(format_args!(
            "{TAG}{}` is at a key. A tag of a function is valid only at a value",
            self.0
        )))
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
    E::custom(format_args!("{TAG}{tag}` is neither a tag of YAML nor a function of CloudFormation"))
}

/// Returns the long form of a function: `{"Fn::GetAtt": ["A", "B"]}` for `!GetAtt A.B`.
fn function(name: String, value: Value, place: Place) -> Value {
    let value = match value {
        Value::Text(text) if name == "Fn::GetAtt" => match text.text.split_once('.') {
            Some((resource, attribute)) => {
                let item = |text: &str| Node { value: Value::text(text), place };
                Value::Array(vec![item(resource), item(attribute)])
            }
            None => Value::Text(text),
        },
        value => value,
    };
    Value::object(vec![(name, Node { value, place })])
}

impl<'de> Containers<'de> for Reader {
    fn array<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element::<Spanned<Tree>>()? {
            list.push(item.value.at(place(item.defined)));
        }
        Ok(Value::Array(list))
    }

    fn object<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let mut object = Vec::new();
        while let Some(key) = entries.next_key::<Spanned<Tagged<String>>>()? {
            let place = place(key.defined);
            let Tagged(key, tag) = key.value;
            if let Some(tag) = tag.filter(|tag| !is_of_yaml(tag)) {
                // The seed returns the error, so that the error has the place of the value.
                entries.next_value_seed(TagOfKey(tag))?;
            }
            object.push((key, entries.next_value::<Tree>()?.at(place)));
        }
        Ok(Value::object(object))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn json(text: &str) -> serde_json::Value {
        from_str(text).unwrap_or_else(|fault| panic!("{text}: {}", fault.message)).to_json()
    }

    #[test]
    fn short_forms_equal_long_forms() {
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
            ("a: !GetAtt A.B.C", json!({ "a": { "Fn::GetAtt": ["A", "B.C"] } })),
            ("a: !GetAtt [A, B]", json!({ "a": { "Fn::GetAtt": ["A", "B"] } })),
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
            assert_eq!(json(text), expected, "{text}");
        }
    }

    #[test]
    fn keys_and_items_have_places() {
        let text = "# a comment\na: &x\n  - b\n  - c: |\n      text\n      more\n    d: 1\ne: *x\n200: g\nh: !If\n  - !Ref i\n\"\u{1f600}\": {\u{e9}: 1, f: 2}\n";
        let tree = from_str(text).unwrap();
        for (pointer, line, column) in [
            ("", 2, 1),
            ("/a", 2, 1),
            ("/a/0", 3, 5),
            ("/a/1", 4, 5),
            ("/a/1/c", 4, 5),
            ("/a/1/d", 7, 5),
            ("/e", 8, 1),
            // The value of an alias has the place of its anchor.
            ("/e/1/d", 7, 5),
            ("/200", 9, 1),
            ("/h", 10, 1),
            ("/h/Fn::If/0", 11, 10),
            ("/\u{1f600}/\u{e9}", 12, 7),
            ("/\u{1f600}/f", 12, 13),
        ] {
            assert_eq!(tree.pointer(pointer).unwrap().place, Place { line, column }, "{pointer}");
        }
    }

    /// For a document without tags of CloudFormation, the tree equals the parser's own result.
    #[test]
    fn values_equal_the_parsers_result() {
        for text in [
            "a: !!str 1\nb: !!int \"2\"\nc: !!float 1\nd: ! 4\ne: !!seq [1]\nf: !!map {g: !!null ~}",
            "200: a\n1.5: b\ntrue: c\nnull: d\n~: e\n\"x\": f\n!!str 7: g\n0404: h\n",
            "- 1\n- -1\n- 18446744073709551615\n- 1.5\n- 1e3\n- .inf\n- .nan\n- 1.10\n- 0x1f\n- 0o17\n- 017\n- 1_000",
            "- true\n- yes\n- on\n- ~\n- null\n- \n- ''\n- 2001-01-01\n- 12:30\n- |\n  a\n- >\n  b\n  c",
            "a: &a {b: [1, *z]}",
            "a: &a {b: 1, c: {d: 2}}\ne:\n  <<: *a\n  b: 3\nf: {<<: [*a, {g: 1}]}\nh: *a",
            "a: 123456789012345678901234567890",
            "a: !!binary aGVsbG8=",
            "a",
            "? [a, b]\n: c",
        ] {
            match (
                from_str(text),
                serde_saphyr::from_str_with_options::<serde_json::Value>(
                    text,
                    options(DuplicateKeyPolicy::Error),
                ),
            ) {
                (Ok(own), Ok(plain)) => assert_eq!(own.to_json(), plain, "{text}"),
                (Err(_), Err(_)) => {}
                (own, plain) => panic!("{text}: {own:?} {plain:?}"),
            }
        }
    }

    #[test]
    fn numbers_that_are_not_finite_become_null() {
        let text = "a: .inf\nb: [-.INF, .nan]\nc: {example: .NaN}\nd: '.inf'\ne: !!float .inf\n";
        let expected = json!({
            "a": null, "b": [null, null], "c": { "example": null }, "d": ".inf", "e": null
        });
        assert_eq!(json(text), expected);
    }

    /// A document near API Gateway's quota of 300 resources, whose methods share their parts with aliases.
    #[test]
    fn many_aliases_are_allowed() {
        let mut text = "a: &a {b: [c, d, e], f: {g: h, i: j}}\nk: [&k l]\nm:\n".to_owned();
        for method in 0..800 {
            text += &format!("  - {{id: {method}, one: *a, two: *a, three: *k}}\n");
        }
        let common = json!({ "b": ["c", "d", "e"], "f": { "g": "h", "i": "j" } });
        let expected = json!({ "id": 799, "one": common, "two": common, "three": "l" });
        assert_eq!(json(&text)["m"][799], expected);
    }

    #[test]
    fn errors_have_a_code_and_a_place() {
        let mut laughs = "a: &a [x,x,x,x,x,x,x,x,x]\n".to_owned();
        for (before, name) in ('a'..'i').zip('b'..='i') {
            laughs += &format!("{name}: &{name} [{}]\n", vec![format!("*{before}"); 9].join(","));
        }
        let long = format!("a: &a {}\nb: [{}]\n", "x".repeat(1 << 20), ["*a"; 100].join(","));
        for (text, code, line, column) in [
            (laughs.as_str(), Code::TooLarge, 0, 0),
            (long.as_str(), Code::TooLarge, 0, 0),
            ("a: 1\nb:\n  c: 1\n  c: 2\n", Code::DuplicateKey, 4, 3),
            ("a: 1\nb: !Foo x\n", Code::TagUnknown, 2, 9),
            ("a: 1\n!Sub b: c\n", Code::TagUnknown, 2, 9),
            ("a: [", Code::NotYaml, 1, 4),
            ("a: &a [*a]", Code::NotYaml, 1, 8),
            ("a: 1\n---\nb: 2\n", Code::NotYaml, 3, 1),
        ] {
            let fault = from_str(text).unwrap_err();
            assert_eq!(fault.code, code, "{text:.40}: {}", fault.message);
            assert!(fault.message.ends_with('.') && !fault.message.contains("line"), "{}", fault.message);
            if line > 0 {
                assert_eq!(fault.place, Place { line, column }, "{text}: {}", fault.message);
            }
        }
    }

    #[test]
    fn depth_is_bounded() {
        for (open, close) in [("[", "]"), ("{a: ", "}"), ("!If [", "]"), ("- ", "")] {
            let nested = |depth: usize| format!("{}{}", open.repeat(depth), close.repeat(depth));
            assert!(from_str(&nested(60)).is_ok(), "{open}");
            let fault = from_str(&nested(100)).unwrap_err();
            assert_eq!(fault.code, Code::TooDeep, "{open}: {}", fault.message);
            for depth in [1000, 100_000] {
                let fault = from_str(&nested(depth)).unwrap_err();
                assert_eq!(fault.code, Code::TooDeep, "{open} {depth}: {}", fault.message);
            }
        }
    }
}
