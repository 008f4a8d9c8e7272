//! Paths into JSON, as mappings write them behind `method.request.body` and `integration.response.body`.
//!
//! Names, `['names']` and `[indices]` lead to one value. Every other step of JSONPath may lead to several and is not
//! supported. Source:
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/request-response-data-mappings.html>.

use s3_edge_gateway::api::json_path::{JsonPath, Step};

/// Parses what follows the word `body`: nothing, `.pets[0].name`, `['a name']`. Returns why it is not supported.
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

/// Parses the first step of a path that is not empty, and returns what follows it.
fn step(rest: &str) -> Result<(Step, &str), &'static str> {
    if let Some(rest) = rest.strip_prefix("['") {
        let (name, tail) = rest.split_once("']").ok_or("a bracket is not closed")?;
        let is_several = name.contains(['\'', '\\']);
        return if is_several { Err(SEVERAL) } else { Ok((Step::Name(name.to_owned()), tail)) };
    }
    if let Some(rest) = rest.strip_prefix('[') {
        let (index, tail) = rest.split_once(']').ok_or("a bracket is not closed")?;
        let index = index.parse().map_err(|_| SEVERAL)?;
        return Ok((Step::Index(index), tail));
    }
    let rest = rest.strip_prefix('.').ok_or("a name follows a dot")?;
    let end = rest.find(['.', '[']).unwrap_or(rest.len());
    let (name, tail) = rest.split_at(end);
    match name {
        "" => Err("a name is empty"),
        "*" => Err(SEVERAL),
        name if name.contains(['*', '?', '(', ')', '@', '$', '\'', '"', ',', ':', ' ', ']']) => Err(SEVERAL),
        name => Ok((Step::Name(name.to_owned()), tail)),
    }
}

const SEVERAL: &str = "it has other steps than names, ['names'] and [indices]";

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn paths() {
        let value = json!({ "pets": [{ "name": "Rex" }, { "a name": { "x-y": 1 } }], "0": "zero" });
        for (written, expected) in [
            ("", Some(&value)),
            (".pets[0].name", Some(&json!("Rex"))),
            (".pets[1]['a name'].x-y", Some(&json!(1))),
            ("['pets'][0]['name']", Some(&json!("Rex"))),
            (".0", Some(&json!("zero"))),
            (".pets[2].name", None),
            (".pets.name", None),
            (".pets.0", None),
            ("[0]", None),
        ] {
            assert_eq!(parse(written).unwrap().follow(&value), expected, "{written}");
        }
    }

    #[test]
    fn what_is_no_path_to_one_value() {
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
