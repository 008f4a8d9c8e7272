//! The prefix that a document serves its paths under.
//!
//! Swagger's `basePath`, else the `basePath` variable of the first server, else the path of its url with its variables
//! filled in (<https://spec.openapis.org/oas/v3.0.3#server-object>).

use super::error::Problem;
use super::json::Json;
use super::node::{Errors, Node};

/// Reads the base path; the root is empty.
pub(super) fn read(root: &Node<'_>, errors: &mut Errors) -> String {
    if let Some(base_path) = root.get("basePath") {
        return read_path(&base_path, errors);
    }
    let Some(servers) = root.get("servers") else { return String::new() };
    for server in servers.items(errors) {
        server.expect_object(errors);
    }
    let Some(server) = servers.items(errors).next() else { return String::new() };
    let variables = server.get("variables");
    let variable = variables.as_ref().and_then(|variables| variables.get("basePath"));
    if let Some(default) = variable.as_ref().and_then(|variable| variable.get("default")) {
        return read_path(&default, errors);
    }
    let Some(url) = server.get("url") else { return String::new() };
    let filled = filled(url.string(errors).unwrap_or_default(), server.value.get("variables"));
    let after_scheme = filled.split_once("://").map_or(filled.as_str(), |(_, rest)| rest);
    let path = after_scheme.find('/').and_then(|slash| after_scheme.get(slash..)).unwrap_or_default();
    if let Some((_, open)) = path.split_once('{') {
        let name = format!("{{{}}}", open.split('}').next().unwrap_or_default());
        errors.add(&url, Problem::Undeclared { name, place: "the variables of that server, with a default" });
    }
    normal(path)
}

fn read_path(node: &Node<'_>, errors: &mut Errors) -> String {
    let path = node.expect("a path without placeholders", errors, |value| {
        value.as_str().filter(|path| !path.contains(['{', '}']))
    });
    normal(path.unwrap_or_default())
}

/// A url with the defaults of its variables; those that have none stay.
fn filled(url: &str, variables: Option<&Json<'_>>) -> String {
    let mut filled = String::new();
    let mut rest = url;
    while let Some((before, (name, after))) = next_variable(rest) {
        filled.push_str(before);
        match variables.and_then(|known| known.get(name)?.get("default")?.as_str()) {
            Some(default) => filled.push_str(default),
            None => filled.extend(["{", name, "}"]),
        }
        rest = after;
    }
    filled + rest
}

fn next_variable(text: &str) -> Option<(&str, (&str, &str))> {
    let (before, open) = text.split_once('{')?;
    Some((before, open.split_once('}')?))
}

/// A base path with one leading slash and no trailing one; the root is empty.
pub(crate) fn normal(text: &str) -> String {
    let trimmed = text.trim_matches('/');
    if trimmed.is_empty() { String::new() } else { format!("/{trimmed}") }
}
