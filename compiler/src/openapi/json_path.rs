    /// Parses what follows the word `body`: nothing, `.pets[0].name`, `['a name']`.
    ///
    /// # Errors
    /// What cannot be followed.
    pub fn parse(written: &str) -> Result<Self, &'static str> {
        let mut steps = Vec::new();
        let mut rest = written;
        while !rest.is_empty() {
            let (step, tail) = Step::parse(rest)?;
            steps.push(step);
            rest = tail;
        }
        Ok(Self { written: written.to_owned(), steps })
    }


impl Step {
    /// The first step of a path that is not empty, and what follows it.
    fn parse(rest: &str) -> Result<(Self, &str), &'static str> {
        if let Some(rest) = rest.strip_prefix("['") {
            let (name, tail) = rest.split_once("']").ok_or("a bracket is not closed")?;
            let is_several = name.contains(['\'', '\\']);
            return if is_several { Err(SEVERAL) } else { Ok((Self::Name(name.to_owned()), tail)) };
        }
        if let Some(rest) = rest.strip_prefix('[') {
            let (index, tail) = rest.split_once(']').ok_or("a bracket is not closed")?;
            let index = index.parse().map_err(|_| SEVERAL)?;
            return Ok((Self::Index(index), tail));
        }
        let rest = rest.strip_prefix('.').ok_or("a name follows a dot")?;
        let end = rest.find(['.', '[']).unwrap_or(rest.len());
        let (name, tail) = rest.split_at(end);
        match name {
            "" => Err("a name is empty"),
            "*" => Err(SEVERAL),
            name if name.contains(['*', '?', '(', ')', '@', '$', '\'', '"', ',', ':', ' ', ']']) => {
                Err(SEVERAL)
            }
            name => Ok((Self::Name(name.to_owned()), tail)),
        }
    }
}

const SEVERAL: &str = "only names, ['names'] and [indices] are";

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
            assert_eq!(JsonPath::parse(written).unwrap().follow(&value), expected, "{written}");
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
            assert!(JsonPath::parse(written).is_err(), "{written}");
        }
    }
}
