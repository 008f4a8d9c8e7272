//! Path templates, by the rules of API Gateway's resources.

use std::collections::BTreeMap;

use s3_edge_gateway::api::mapping::Name;
use s3_edge_gateway::api::{ResourcePath, Segment};

use super::cursor::Cursor;
use super::report::Report;
use crate::finding::Code;

/// A path template, and what API Gateway refuses in it.
pub(super) struct PathTemplate {
    pub(super) path: ResourcePath,
    /// The resource: two paths of one name are one resource, as `/a` and `/a/`.
    pub(super) name: String,
    /// Why its operations are unsupported.
    fault: Option<(Code, String)>,
}

impl PathTemplate {
    /// Reads the key of a path item.
    pub(super) fn read(key: &str, item: &Cursor<'_>, report: &mut Report) -> Self {
        let written = if key.starts_with('/') {
            key.to_owned()
        } else {
            let message = format!("The path `{key}` does not begin with a slash. It is read as `/{key}`.");
            report.add(item, Code::PathWithoutSlash, message);
            format!("/{key}")
        };
        let mut fault = (key == "$default").then(|| {
            let message = "`$default` is the catch-all route of HTTP APIs, which REST APIs do not have.";
            (Code::PathDefaultRoute, message.to_owned())
        });
        let mut segments: Vec<Segment> = Vec::new();
        let inside = written.strip_prefix('/').unwrap_or(&written);
        // API Gateway takes `/a/` for `/a`.
        let inside = inside.strip_suffix('/').unwrap_or(inside);
        for text in inside.split('/').filter(|_| !inside.is_empty()) {
            let (segment, problem) = Self::segment(&written, text, &segments);
            segments.push(segment);
            fault = fault.or(problem);
        }
        if segments.len() > ResourcePath::MOST_SEGMENTS {
            let (count, most) = (segments.len(), ResourcePath::MOST_SEGMENTS);
            let message = format!(
                "The path begins with `{}…` and has {count} segments, more than {most}.",
                cut(&written)
            );
            fault = fault.or(Some((Code::PathTooLong, message)));
        }
        let name = inside.to_owned();
        Self { path: ResourcePath { written, segments }, name, fault }
    }

    fn segment(path: &str, text: &str, before: &[Segment]) -> (Segment, Option<(Code, String)>) {
        let mut fault = None;
        if matches!(before.last(), Some(Segment::Greedy(_))) {
            let message = format!(
                "The path `{path}` goes on after a greedy parameter. `{{name+}}` must be its last segment."
            );
            fault = Some((Code::PathBelowGreedy, message));
        }
        let characters = |reason: &str| Some((Code::PathCharacters, format!("The path `{path}` {reason}.")));
        let inside = text.strip_prefix('{').and_then(|inside| inside.strip_suffix('}'));
        let Some(inside) = inside else {
            let is_valid = |byte: u8| byte.is_ascii_alphanumeric() || b"-._:,~".contains(&byte);
            if text.is_empty() {
                fault = fault.or_else(|| characters("has an empty segment"));
            } else if !text.bytes().all(is_valid) {
                let reason = "has a segment with other characters than letters, digits and `-._:,~`; a parameter is a whole segment `{name}`";
                fault = fault.or_else(|| characters(reason));
            }
            return (Segment::Static(text.to_owned()), fault);
        };
        let greedy = inside.strip_suffix('+');
        let Some(name) = Name::parse(greedy.unwrap_or(inside)) else {
            let fault =
                fault.or_else(|| characters("has a parameter whose name is not letters, digits and `._$:-`"));
            return (Segment::Static(text.to_owned()), fault);
        };
        if before.iter().any(|segment| segment.parameter() == Some(&name)) {
            fault = fault.or_else(|| characters("has two parameters of one name"));
        }
        (if greedy.is_some() { Segment::Greedy(name) } else { Segment::Parameter(name) }, fault)
    }

    /// Returns whether API Gateway accepts the path.
    pub(super) fn is_valid(&self) -> bool {
        self.fault.is_none()
    }

    /// Reports the fault, once for each operation of the path.
    pub(super) fn refuse(&self, operation: &Cursor<'_>, report: &mut Report) {
        if let Some((code, message)) = &self.fault {
            report.add(operation, *code, message.clone());
        }
    }
}

/// Returns the first characters of a path that is too long for a message.
fn cut(path: &str) -> String {
    path.chars().take(40).collect()
}

/// The resources of a document as API Gateway's tree: a parent has at most one child with a parameter.
#[derive(Default)]
pub(super) struct Siblings {
    /// The parameter below each parent, as written.
    parameters: BTreeMap<String, String>,
}

impl Siblings {
    /// Adds a path. One whose parameter has a sibling of another name gets a fault.
    pub(super) fn add(&mut self, template: &mut PathTemplate) {
        // A path that is refused is no parent of others.
        if !template.is_valid() {
            return;
        }
        let mut parent = String::new();
        for segment in &template.path.segments {
            let text = match segment {
                Segment::Static(text) => text.clone(),
                Segment::Parameter(name) => format!("{{{}}}", name.as_str()),
                Segment::Greedy(name) => format!("{{{}+}}", name.as_str()),
            };
            if segment.parameter().is_some() {
                let first = self.parameters.entry(parent.clone()).or_insert_with(|| text.clone());
                if *first != text && template.fault.is_none() {
                    let place = if parent.is_empty() { "/" } else { &parent };
                    let message = format!(
                        "The path `{}` has the parameter `{text}` below `{place}`, where another path has `{first}`. Give both the same name.",
                        template.path.written
                    );
                    template.fault = Some((Code::PathSiblingParameter, message));
                }
            }
            parent.extend(["/", &text]);
        }
    }
}
