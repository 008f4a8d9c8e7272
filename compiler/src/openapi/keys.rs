//! Keys that have no effect: ignored as API Gateway does, with a lint.

use super::cursor::Cursor;
use super::reference;
use super::report::Report;
use crate::finding::Code;

const PREFIX: &str = "x-amazon-apigateway-";

/// Extensions that are read, or that no answer depends on, wherever API Gateway documents them
/// (<https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-swagger-extensions.html>).
const KNOWN: &[&str] = &[
    "any-method",
    "api-key-source",
    "auth",
    "authorizer",
    "authtype",
    "binary-media-types",
    "documentation",
    "endpoint-access-mode",
    "endpoint-configuration",
    "gateway-responses",
    "integration",
    "minimum-compression-size",
    "policy",
    "request-validator",
    "request-validators",
    "security-policy",
    "tag-value",
];

/// Extensions of HTTP APIs
/// (<https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-open-api.html>).
const OF_HTTP_APIS: &[&str] = &["cors", "importexport-version", "integrations"];

/// Keys of HTTP APIs in integrations: `payloadFormatVersion` is ignored without a warning (recorded on AWS, 2025-07).
const KEYS_OF_HTTP_APIS: &[&str] =
    &["payloadFormatVersion", "integrationSubtype", "isDefaultRoute", "requestParametersMode"];

/// Reports the keys of an object that API Gateway does not read. Vendor extensions (`x-…`) are ignored silently.
pub(super) fn check(node: &Cursor<'_>, kind: &str, known: &[&str], report: &mut Report) {
    for key in node.keys() {
        // A value that is merged in makes its operation unsupported: `Cursor::refuse_merge`.
        if known.contains(&key) || key == reference::KEY || key.starts_with("Fn::") {
            continue;
        }
        if let Some(name) = key.strip_prefix(PREFIX) {
            extension(node, kind, key, name, report);
        } else if KEYS_OF_HTTP_APIS.contains(&key) {
            let message = format!("`{key}` is a key of HTTP APIs. It has no effect in a REST API.");
            report.add_key(node, key, Code::ExtensionOfHttpApi, message);
        } else if key.get(..2).is_some_and(|start| start.eq_ignore_ascii_case("x-")) {
            misspelt_extension(node, key, report);
        } else {
            let hint = match closest(key, known) {
                Some(likely) => format!(" Did you mean `{likely}`?"),
                None => String::new(),
            };
            report.add_key(
                node,
                key,
                Code::KeyIgnored,
                format!("`{key}` is not a key of {kind}. It is ignored.{hint}"),
            );
        }
    }
}

/// Extensions that API Gateway reads in one kind of object alone.
const PLACES: &[(&str, &[&str])] = &[
    ("any-method", &["a path item"]),
    ("api-key-source", &["a document"]),
    ("auth", &["an operation"]),
    ("binary-media-types", &["a document"]),
    ("gateway-responses", &["a document"]),
    ("integration", &["an operation"]),
    ("minimum-compression-size", &["a document"]),
    ("policy", &["a document"]),
    ("request-validator", &["a document", "an operation"]),
    ("request-validators", &["a document"]),
];

fn extension(node: &Cursor<'_>, kind: &str, key: &str, name: &str, report: &mut Report) {
    if KNOWN.contains(&name) {
        let places = PLACES.iter().find(|(known, _)| *known == name).map(|(_, places)| *places);
        if let Some(places) = places.filter(|places| !places.contains(&kind)) {
            let message = format!("`{key}` has no effect in {kind}. Write it in {}.", places.join(" or "));
            report.add_key(node, key, Code::ExtensionMisplaced, message);
        }
        return;
    }
    if OF_HTTP_APIS.contains(&name) {
        let message = format!("`{key}` is an extension of HTTP APIs. It has no effect in a REST API.");
        return report.add_key(node, key, Code::ExtensionOfHttpApi, message);
    }
    let hint = match closest(name, KNOWN) {
        Some(likely) => format!(" Did you mean `{PREFIX}{likely}`?"),
        None => String::new(),
    };
    report.add_key(
        node,
        key,
        Code::ExtensionIgnored,
        format!("API Gateway has no extension `{key}`. It is ignored.{hint}"),
    );
}

/// Reports `X-Amazon-Apigateway-…`, `x-amazon-api-gateway-…`: vendor extensions that were meant for API Gateway.
fn misspelt_extension(node: &Cursor<'_>, key: &str, report: &mut Report) {
    let lower = key.to_ascii_lowercase();
    if !lower.starts_with("x-am") || !lower.contains("gateway") {
        return;
    }
    let name = lower.rsplit_once("gateway").map_or("", |(_, name)| name.trim_start_matches('-'));
    let likely =
        closest(name, KNOWN).map(|likely| format!(" Did you mean `{PREFIX}{likely}`?")).unwrap_or_default();
    report.add_key(
        node,
        key,
        Code::ExtensionIgnored,
        format!("API Gateway has no extension `{key}`. It is ignored.{likely}"),
    );
}

/// Returns the known name that a misspelt one most likely means.
fn closest<'k>(name: &str, known: &[&'k str]) -> Option<&'k str> {
    let same = known.iter().find(|known| known.eq_ignore_ascii_case(name));
    if let Some(same) = same {
        return Some(same);
    }
    let allowed = (name.chars().count() / 4).clamp(1, 3);
    let distances = known.iter().map(|known| (distance(name, known), *known));
    distances.filter(|(distance, _)| *distance <= allowed).min().map(|(_, known)| known)
}

/// Returns how many letters must be inserted, removed or replaced (Levenshtein), in lower case.
fn distance(one: &str, other: &str) -> usize {
    let other: Vec<char> = other.to_ascii_lowercase().chars().take(64).collect();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (at, letter) in one.to_ascii_lowercase().chars().take(64).enumerate() {
        let mut diagonal = at;
        let mut left = at + 1;
        let mut next = vec![left];
        for (above, wanted) in row.iter().skip(1).zip(&other) {
            let replaced = diagonal + usize::from(letter != *wanted);
            left = replaced.min(above + 1).min(left + 1);
            diagonal = *above;
            next.push(left);
        }
        row = next;
    }
    row.last().copied().unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn misspelt_keys_have_a_likely_meaning() {
        let known = &["passthroughBehavior", "requestParameters", "responses"];
        for (name, expected) in [
            ("passThroughBehavior", Some("passthroughBehavior")),
            ("requestParameter", Some("requestParameters")),
            ("response", Some("responses")),
            ("uri", None),
            ("x", None),
        ] {
            assert_eq!(closest(name, known), expected, "{name}");
        }
        assert_eq!(distance("kitten", "sitting"), 3);
    }
}
