//! Reads the bytes of a file, with the parameters, and returns the document as a tree with places.
//!
//! The module parses JSON and YAML, finds the document in a CloudFormation or SAM template, evaluates the functions of
//! CloudFormation and replaces the placeholders of Terraform. `openapi` interprets the tree.

mod api_resource;
mod fault;
mod intrinsic;
mod json;
mod limit;
mod node;
mod object;
mod parameters;
mod paths;
mod placeholder;
mod position;
mod resolve;
mod sam_auth;
mod session;
mod shell;
mod template;
mod visitor;
mod yaml;

use self::fault::{Fault, repeated_key};
use self::limit::MAX_DEPTH;
pub(crate) use self::node::shortened;
pub use self::node::{Node, Text, Unresolved, Value};
pub use self::object::Object;
pub use self::parameters::{Parameters, repeated_keys};
use self::position::At;
use self::resolve::Resolver;
use self::template::Template;
use crate::finding::{Code, Finding, Place};

const BYTE_ORDER_MARK: char = '\u{feff}';

/// The notation of a document.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Notation {
    Json,
    Yaml,
}

impl Notation {
    /// Returns the notation of a file name's extension. Returns `None` for another extension, such as `.template`, and
    /// for a name without an extension. [`read`] then derives the notation from the content.
    pub fn of_file_name(name: &str) -> Option<Self> {
        let (_, extension) = name.rsplit_once('.')?;
        match extension.to_ascii_lowercase().as_str() {
            "json" => Some(Self::Json),
            "yaml" | "yml" => Some(Self::Yaml),
            _ => None,
        }
    }

    /// Returns JSON if the text begins with `{` or `[`, otherwise YAML. A byte order mark and white space before this
    /// character are ignored.
    fn of_content(text: &str) -> Self {
        let text = text.trim_start_matches(BYTE_ORDER_MARK).trim_start();
        if text.starts_with(['{', '[']) { Self::Json } else { Self::Yaml }
    }
}

/// A parsed document.
#[derive(Clone, Debug, PartialEq)]
pub struct Document {
    /// The root of the OpenAPI document. Functions and placeholders are resolved if their values are known.
    pub root: Node,
    /// The JSON pointer of the document in the file: empty, or `/Resources/Api/Properties/Body` in a template.
    pub pointer: String,
    /// The logical id of the API, or `None` if the file is not a template.
    pub resource: Option<String>,
    /// Lints about functions, about options without effect, and about the API's condition and properties in a template.
    pub findings: Vec<Finding>,
}

impl Document {
    /// Returns the place of a JSON pointer in the file. If the pointer has no target in the document, returns the place
    /// of the nearest parent that exists.
    pub fn place(&self, pointer: &str) -> Place {
        let mut inside = pointer.strip_prefix(self.pointer.as_str()).unwrap_or_default();
        loop {
            if let Some(node) = self.root.pointer(inside) {
                return node.place;
            }
            inside = inside.rsplit_once('/').map_or("", |(outer, _)| outer);
        }
    }
}

/// Reads a document. If `notation` is `None`, the text is JSON if it begins with `{` or `[`, otherwise YAML.
///
/// # Errors
/// Returns errors if the text is not valid, if no document can be chosen from a template, if the whole document of a
/// template is unresolved, if a value depends on itself, or if a limit is exceeded.
pub fn read(
    bytes: &[u8],
    notation: Option<Notation>,
    parameters: &Parameters,
) -> Result<Document, Vec<Finding>> {
    let mut file = parse(bytes, notation).map_err(|fault| {
        let text = std::str::from_utf8(bytes).ok().filter(|_| fault.code == Code::DuplicateKey);
        let pointer = text.and_then(|text| yaml::pointer_of_repeated_key(without_mark(text), fault.place));
        vec![fault.at(pointer.unwrap_or_default())]
    })?;
    let mut faults = Vec::new();
    check(&file, &At::root("", file.place, 0), &mut faults);
    if !faults.is_empty() {
        return Err(faults);
    }
    if !template::is_template(&file) {
        let mut resolver = Resolver::new(parameters, None);
        let place = file.place;
        let root = resolver.node(file, &At::document("", place)).map_err(|fault| vec![*fault])?;
        let root = root.unwrap_or(Node { value: Value::Null, place });
        let findings = resolver.session.into_findings();
        return Ok(Document { root, pointer: String::new(), resource: None, findings });
    }
    let api = api_resource::choose(&file, parameters).map_err(|fault| vec![*fault])?;
    let body = api_resource::take(&mut file, &api);
    let mut resolver = Resolver::new(parameters, Some(Template::of(&file)));
    let root = api_resource::document(&mut resolver, &file, &api, body).map_err(|fault| vec![*fault])?;
    let findings = resolver.session.into_findings();
    Ok(Document { root, pointer: api.pointer, resource: Some(api.id), findings })
}

fn parse(bytes: &[u8], notation: Option<Notation>) -> Result<Node, Fault> {
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let offset = error.valid_up_to();
        let before = String::from_utf8_lossy(bytes.get(..offset).unwrap_or_default());
        let message = format!("The file is not text in UTF-8: the byte at offset {offset} is not valid.");
        Fault { code: Code::NotUtf8, message, place: end_of(&before) }
    })?;
    let content = without_mark(text);
    if content.trim().is_empty() {
        let message = "The file is empty.".to_owned();
        return Err(Fault { code: Code::DocumentEmpty, message, place: Place::START });
    }
    match notation.unwrap_or_else(|| Notation::of_content(text)) {
        Notation::Json if content.len() < text.len() => {
            let message = "The JSON text begins with a byte order mark (U+FEFF).".to_owned();
            Err(Fault { code: Code::ByteOrderMark, message, place: Place::START })
        }
        Notation::Json => json::from_str(text),
        Notation::Yaml => match yaml::from_str(content)? {
            Node { value: Value::Null, .. } => {
                let message = "The YAML document has no content.".to_owned();
                Err(Fault { code: Code::DocumentEmpty, message, place: Place::START })
            }
            root => Ok(root),
        },
    }
}

fn without_mark(text: &str) -> &str {
    text.strip_prefix(BYTE_ORDER_MARK).unwrap_or(text)
}

/// Returns the place after the last character of a text.
fn end_of(text: &str) -> Place {
    let line = text.rsplit('\n').next().unwrap_or_default();
    Place { line: text.matches('\n').count() + 1, column: line.chars().count() + 1 }
}

/// Adds an error for each object with a repeated key, and for nesting that exceeds the limit. The limit is checked
/// again here, because the parser of YAML does not count the levels that the long form of a function adds.
fn check(node: &Node, at: &At<'_>, faults: &mut Vec<Finding>) {
    if at.depth >= MAX_DEPTH && matches!(node.value, Value::Array(_) | Value::Object(_)) {
        faults.push(Fault::too_deep(node.place).at(at.pointer()));
        return;
    }
    match &node.value {
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                check(item, &at.index(index, item.place), faults);
            }
        }
        Value::Object(entries) => {
            faults.extend(repeated_key(entries, at));
            for (key, entry) in entries {
                check(entry, &at.key(key, entry.place), faults);
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn extension_or_content_decides_the_notation() {
        for (name, notation) in [
            ("a.json", Some(Notation::Json)),
            ("a.b.JSON", Some(Notation::Json)),
            ("a.yaml", Some(Notation::Yaml)),
            ("a.yml", Some(Notation::Yaml)),
            ("a.template", None),
            ("json", None),
            ("-", None),
        ] {
            assert_eq!(Notation::of_file_name(name), notation, "{name}");
        }
        for text in ["{\"a\": [1]}", " \n[{}]", "a: 1", "\u{feff}a: 1", "# comment\na: 1"] {
            assert!(read(text.as_bytes(), None, &Parameters::default()).is_ok(), "{text}");
        }
    }

    #[test]
    fn errors_have_a_code_a_pointer_and_a_place() {
        type Case = (&'static [u8], Option<Notation>, Code, &'static str, usize, usize);
        let cases: [Case; 13] = [
            (b"a: \xff", None, Code::NotUtf8, "", 1, 4),
            (b"a: 1\n\xc3\xa9\xff", None, Code::NotUtf8, "", 2, 2),
            (b"", None, Code::DocumentEmpty, "", 1, 1),
            (b"\xef\xbb\xbf \n", None, Code::DocumentEmpty, "", 1, 1),
            (b"# nothing\n", None, Code::DocumentEmpty, "", 1, 1),
            (b"\xef\xbb\xbf{}", None, Code::ByteOrderMark, "", 1, 1),
            (b"{\"a\": }", None, Code::NotJson, "", 1, 7),
            (b"a: 1", Some(Notation::Json), Code::NotJson, "", 1, 1),
            (b"a: {", None, Code::NotYaml, "", 1, 4),
            (b"{\"a\": 1,\n \"b\": {\"c\": 2, \"c\": 3}}", None, Code::DuplicateKey, "/b/c", 2, 16),
            (b"200: 1\n'200': 2\n", None, Code::DuplicateKey, "/200", 2, 1),
            (b"- a: &x {b: 1}\n  c: {d: *x, e/: 1, e/: 2}\n", None, Code::DuplicateKey, "/0/c/e~1", 2, 21),
            (b"a: !Foo b\n", None, Code::TagUnknown, "", 1, 9),
        ];
        for (bytes, notation, code, pointer, line, column) in cases {
            let text = String::from_utf8_lossy(bytes);
            let faults = read(bytes, notation, &Parameters::default()).unwrap_err();
            assert_eq!(faults.len(), 1, "{text}");
            let seen = (faults[0].code, faults[0].pointer.as_str(), faults[0].place);
            assert_eq!(seen, (code, pointer, Place { line, column }), "{text}: {}", faults[0].message);
        }
    }

    #[test]
    fn every_repeated_key_is_reported() {
        let text = b"{\"a\": {\"b\": 1, \"b\": 2}, \"a\": 3}";
        let faults = read(text, None, &Parameters::default()).unwrap_err();
        let pointers: Vec<_> = faults.iter().map(|fault| fault.pointer.as_str()).collect();
        assert_eq!(pointers, ["/a", "/a/b"]);
    }

    /// A tag counts as many levels as the long form of its function.
    #[test]
    fn depth_limit_counts_long_forms_of_tags() {
        let nested = |depth: usize| format!("{}{}", "!Select [0, [".repeat(depth), "]]".repeat(depth));
        let read =
            |depth: usize| read(nested(depth).as_bytes(), Some(Notation::Yaml), &Parameters::default());
        assert!(read(21).is_ok());
        for depth in [22, 30] {
            assert_eq!(read(depth).unwrap_err()[0].code, Code::TooDeep, "{depth}");
        }
    }

    #[test]
    fn a_document_outside_of_a_template_has_an_empty_pointer() {
        let document = read(b"openapi: 3.0.1\npaths: {}\n", None, &Parameters::default()).unwrap();
        assert_eq!((document.pointer.as_str(), document.resource), ("", None));
        assert_eq!(document.findings, []);
    }
}
