//! Reports keys that API Gateway ignores.

use super::cursor::Cursor;
use super::reference;
use super::report::Report;
use crate::finding::Code;

const PREFIX: &str = "x-amazon-apigateway-";

/// Extensions of REST APIs: those that the compiler reads, and those without effect on a response
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

/// Keys of HTTP APIs in integrations. API Gateway ignores `payloadFormatVersion` without a warning (recorded on AWS,
/// 2025-07).
const KEYS_OF_HTTP_APIS: &[&str] =
    &["payloadFormatVersion", "integrationSubtype", "isDefaultRoute", "requestParametersMode"];

/// Reports the keys of an object that API Gateway ignores. Extensions of other vendors (`x-…`) are not reported.
pub(super) fn check(node: &Cursor<'_>, kind: &str, known: &[&str], report: &mut Report) {
    for key in node.keys() {
        // A function among the keys is not a misspelt key. In a document, an operation or an integration,
        // `Cursor::refuse_merge` reports the function.
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
                format!("`{key}` is not a key of {kind}, so it is ignored.{hint}"),
            );
        }
    }
}

/// Extensions that API Gateway reads only in certain objects.
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
            let message = format!("`{key}` has no effect in {kind}. Move it to {}.", places.join(" or "));
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
        format!("`{key}` is not an extension of API Gateway, so it is ignored.{hint}"),
    );
}

/// Reports misspelt extensions of API Gateway, such as `X-Amazon-Apigateway-…` and `x-amazon-api-gateway-…`.
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
        format!("`{key}` is not an extension of API Gateway, so it is ignored.{likely}"),
    );
}

/// Returns the known name that is most similar to `name`, or `None` if no name is similar.
fn closest<'k>(name: &str, known: &[&'k str]) -> Option<&'k str> {
    let same = known.iter().find(|known| known.eq_ignore_ascii_case(name));
    if let Some(same) = same {
        return Some(same);
    }
    let allowed = (name.chars().count() / 4).clamp(1, 3);
    let distances = known.iter().map(|known| (distance(name, known), *known));
    distances.filter(|(distance, _)| *distance <= allowed).min().map(|(_, known)| known)
}

/// Returns the Levenshtein distance of two texts, ignoring case. Reads at most 64 characters of each.
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
    fn the_closest_key_is_proposed() {
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
