//! Parses the JSON paths of mappings, which follow `method.request.body` or `integration.response.body`.
//!
//! Names, `['names']` and `[indices]` select one value. Other steps of JSONPath may select several values and are not
//! supported. Source:
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/request-response-data-mappings.html>.

use s3_edge_gateway::api::json_path::{JsonPath, Step};

/// Parses the text after `body`: an empty text, `.pets[0].name` or `['a name']`.
///
/// # Errors
/// Returns the reason why the path is not supported, as part of a sentence.
pub(super) fn parse(written: &str) -> Result<JsonPath, &'static str> {
    let mut steps = Vec::new();
    let mut rest = written;
    while !rest.is_empty() {
        let (step, tail) = step(rest)?;
        steps.push(step);
        rest = tail;
    }
    Ok(JsonPath::new(written, steps))
}

/// Parses the first step of a path that is not empty. Returns the step and the rest of the path.
fn step(rest: &str) -> Result<(Step, &str), &'static str> {
    if let Some(rest) = rest.strip_prefix("['") {
        let (name, tail) = rest.split_once("']").ok_or("a bracket is not closed")?;
        let is_unsupported = name.contains(['\'', '\\']);
        return if is_unsupported { Err(UNSUPPORTED) } else { Ok((Step::Name(name.to_owned()), tail)) };
    }
    if let Some(rest) = rest.strip_prefix('[') {
        let (index, tail) = rest.split_once(']').ok_or("a bracket is not closed")?;
        let index = index.parse().map_err(|_| UNSUPPORTED)?;
        return Ok((Step::Index(index), tail));
    }
    let rest = rest.strip_prefix('.').ok_or("a name has no dot before it")?;
    let end = rest.find(['.', '[']).unwrap_or(rest.len());
    let (name, tail) = rest.split_at(end);
    match name {
        "" => Err("a name is empty"),
        "*" => Err(UNSUPPORTED),
        name if name.contains(['*', '?', '(', ')', '@', '$', '\'', '"', ',', ':', ' ', ']']) => {
            Err(UNSUPPORTED)
        }
        name => Ok((Step::Name(name.to_owned()), tail)),
    }
}

const UNSUPPORTED: &str = "it contains a step that is not a name, ['name'] or [index]";

#[cfg(test)]
mod tests {
    use s3_edge_gateway::api::json::Json;

    use super::*;

    #[test]
    fn supported_paths_select_one_value() {
        let text = r#"{"pets":[{"name":"Rex"},{"a name":{"x-y":1}}],"0":"zero"}"#;
        let json = Json::read(text).unwrap();
        for (written, expected) in [
            ("", Some(text)),
            (".pets[0].name", Some("\"Rex\"")),
            (".pets[1]['a name'].x-y", Some("1")),
            ("['pets'][0]['name']", Some("\"Rex\"")),
            (".0", Some("\"zero\"")),
            (".pets[2].name", None),
            (".pets.name", None),
            (".pets.0", None),
            ("[0]", None),
        ] {
            let path = parse(written).unwrap();
            let found = path.follow(json.root()).map(|node| node.compact(usize::MAX));
            assert_eq!(found.as_deref(), expected, "{written}");
        }
    }

    #[test]
    fn unsupported_paths_are_refused() {
        for written in [
            "x",
            ".",
            "..a",
            ".a.",
            ".*",
            "[*]",
            "[0,1]",
            "[0:2]",
            "[-1]",
            "[?(@.a)]",
            "['a','b']",
            "['a",
            "[0",
            ".a]",
            ".$",
            ".length()",
        ] {
            assert!(parse(written).is_err(), "{written}");
        }
    }
}
