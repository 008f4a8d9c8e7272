//! Reads the keys of `paths`, and checks them by the rules of API Gateway's resources.

use std::collections::BTreeMap;

use s3_edge_gateway::api::mapping::Name;
use s3_edge_gateway::api::{ResourcePath, Segment};

use super::cursor::Cursor;
use super::report::Report;
use crate::finding::Code;

/// A path of the document, and the reason why its operations are unsupported, if there is one.
pub(super) struct PathTemplate {
    pub(super) path: ResourcePath,
    /// The path without the slashes at both ends. Paths with the same name are one resource: `/a` and `/a/`.
    pub(super) name: String,
    fault: Option<(Code, String)>,
}

impl PathTemplate {
    /// Reads the key of a path item.
    pub(super) fn read(key: &str, item: &Cursor<'_>, report: &mut Report) -> Self {
        let written = if key.starts_with('/') {
            key.to_owned()
        } else {
            let message = format!("The path `{key}` does not begin with a slash, so it is read as `/{key}`.");
            report.add(item, Code::PathWithoutSlash, message);
            format!("/{key}")
        };
        let mut fault = (key == "$default").then(|| {
            let message = "`$default` is the catch-all route of HTTP APIs, which REST APIs do not have.";
            (Code::PathDefaultRoute, message.to_owned())
        });
        let mut segments: Vec<Segment> = Vec::new();
        let inside = written.strip_prefix('/').unwrap_or(&written);
        // API Gateway reads `/a/` as `/a`.
        let inside = inside.strip_suffix('/').unwrap_or(inside);
        for text in inside.split('/').filter(|_| !inside.is_empty()) {
            let (segment, problem) = Self::segment(&written, text, &segments);
            segments.push(segment);
            fault = fault.or(problem);
        }
        if segments.len() > ResourcePath::MOST_SEGMENTS {
            let (count, most) = (segments.len(), ResourcePath::MOST_SEGMENTS);
            let message = format!(
                "The path that begins with `{}` has {count} segments. The maximum is {most}.",
                beginning_of(&written)
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
                "The path `{path}` has segments after a greedy parameter. `{{name+}}` must be the last segment."
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
                let reason = "has a segment that is not valid. Use only letters, digits and `-._:,~`, or a parameter `{name}` as the whole segment";
                fault = fault.or_else(|| characters(reason));
            }
            return (Segment::Static(text.to_owned()), fault);
        };
        let greedy = inside.strip_suffix('+');
        let Some(name) = Name::parse(greedy.unwrap_or(inside)) else {
            let fault = fault.or_else(|| {
                characters("has a parameter whose name is not valid. Use only letters, digits and `._$:-`")
            });
            return (Segment::Static(text.to_owned()), fault);
        };
        if before.iter().any(|segment| segment.parameter() == Some(&name)) {
            fault = fault.or_else(|| characters("has two parameters with the same name"));
        }
        (if greedy.is_some() { Segment::Greedy(name) } else { Segment::Parameter(name) }, fault)
    }

    /// Returns whether the path has no fault: the path follows the rules of API Gateway's resources, and has at most
    /// [`MOST_SEGMENTS`](ResourcePath::MOST_SEGMENTS) segments.
    pub(super) fn is_valid(&self) -> bool {
        self.fault.is_none()
    }

    /// Reports the fault for an operation of the path.
    pub(super) fn refuse(&self, operation: &Cursor<'_>, report: &mut Report) {
        if let Some((code, message)) = &self.fault {
            report.add(operation, *code, message.clone());
        }
    }
}

/// Returns the first 40 characters of a path, for a message.
fn beginning_of(path: &str) -> String {
    path.chars().take(40).collect()
}

/// Checks that each resource has at most one child with a path parameter, as in API Gateway's tree of resources.
#[derive(Default)]
pub(super) struct Siblings {
    /// For each parent, the path parameter of its child, as written.
    parameters: BTreeMap<String, String>,
}

impl Siblings {
    /// Adds a path. Sets the fault of the path if one of its parameters has a different parameter as a sibling, such as
    /// `{b}` or `{a+}` beside `{a}`.
    pub(super) fn add(&mut self, template: &mut PathTemplate) {
        // A path with a fault is not in the tree of resources.
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
                        "The path `{}` has the parameter `{text}` below `{place}`, but another path has `{first}` there. Use the same parameter in both paths.",
                        template.path.written
                    );
                    template.fault = Some((Code::PathSiblingParameter, message));
                }
            }
            parent.extend(["/", &text]);
        }
    }
}
