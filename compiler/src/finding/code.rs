//! The table of codes: one row for each error, each reason for an unsupported operation, and each lint.

/// The kind of finding that a code stands for.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Class {
    /// The document does not compile.
    Error,
    /// One operation does not run at the edge; the others do.
    Unsupported,
    /// The document compiles, and something in it may surprise its author.
    Lint,
}

/// Defines [`Code`], one row a code: variant, class, code, why it is reported, what to do.
macro_rules! codes {
    ($($variant:ident, $class:ident, $code:literal, $why:literal, $remedy:literal;)*) => {
        /// The stable code of a finding. `docs/lints.md` explains each with an example.
        #[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
        #[expect(missing_docs, reason = "the table says what each code means")]
        pub enum Code { $($variant,)* }

        impl Code {
            /// Every code, in the order of the table.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// Returns the code as it is printed: `template-not-supported`.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $code,)* }
            }

            /// Returns the class.
            pub fn class(self) -> Class {
                match self { $(Self::$variant => Class::$class,)* }
            }

            /// Returns one sentence: why this is reported.
            pub fn why(self) -> &'static str {
                match self { $(Self::$variant => $why,)* }
            }

            /// Returns one sentence: what to do about it.
            pub fn remedy(self) -> &'static str {
                match self { $(Self::$variant => $remedy,)* }
            }
        }
    };
}

codes! {
    // The text.
    NotUtf8, Error, "not-utf-8",
        "A document is text in UTF-8.",
        "Save the file as UTF-8.";
    NotJson, Error, "not-json",
        "The file is read as JSON because of its name or its first character, and the JSON is not valid.",
        "Correct the JSON at the position shown, or name a YAML file `.yaml`.";
    NotYaml, Error, "not-yaml",
        "The file is read as YAML because of its name, and the YAML is not valid.",
        "Correct the YAML at the position shown, or name a JSON file `.json`.";

    // Settings.
    IssuerMissing, Unsupported, "issuer-missing",
        "The tokens of a scheme without a known issuer cannot be verified, and the operation is never served without security.",
        "Set JWT_ISSUERS to an object with an entry for the scheme: `issuer`, `audience` and `jwks_uri`.";
    ResourcePolicy, Unsupported, "resource-policy",
        "A resource policy decides who may call each operation, and it is not evaluated at the edge.",
        "Set RESOURCE_POLICY to `ignore` to serve the document without its policy.";
    StageVariableMissing, Unsupported, "stage-variable-missing",
        "The host or the bucket of the backend depends on a stage variable.",
        "Set STAGE_VARIABLES to a JSON object that has the variable.";
    RegionMissing, Unsupported, "region-missing",
        "API Gateway replaces `${AWS::Region}` when it imports a document; here the deployment does.",
        "Set S3_REGION to the region of the bucket, or give the compiler `--parameter AWS::Region=REGION`.";
}

impl std::fmt::Display for Code {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn codes_are_unique_and_explained() {
        let codes: BTreeSet<_> = Code::ALL.iter().map(|code| code.as_str()).collect();
        assert_eq!(codes.len(), Code::ALL.len());
        for code in Code::ALL {
            let is_kebab = |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '-';
            assert!(code.as_str().chars().all(is_kebab), "{code}");
            for sentence in [code.why(), code.remedy()] {
                assert!(sentence.ends_with('.') && sentence.len() > 15, "{code}: {sentence}");
            }
        }
    }
}
