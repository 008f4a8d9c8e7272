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
    ByteOrderMark, Error, "byte-order-mark",
        "A JSON text must not begin with a byte order mark.",
        "Save the file as UTF-8 without a byte order mark.";
    DocumentEmpty, Error, "document-empty",
        "The file has no content.",
        "Give a file with an OpenAPI document, or with a template that contains one.";
    DuplicateKey, Error, "duplicate-key",
        "A key of an object is written twice, so one of the two values would be lost.",
        "Remove or rename one of the two keys.";
    TooDeep, Error, "too-deep",
        "A document is nested at most 64 levels deep.",
        "Reduce the nesting at the position shown.";
    TooLarge, Error, "too-large",
        "A document has at most 1000000 keys and values and 64 MiB of resolved text, with its aliases and functions resolved.",
        "Reduce what aliases, functions, mappings and parameters expand to.";
    TagUnknown, Error, "tag-unknown",
        "The tags of YAML itself and the functions of CloudFormation are valid, at values only.",
        "Remove the tag, or use a function of CloudFormation such as `!Sub`.";
    // Templates and intrinsics.
    TemplateWithoutDocument, Error, "template-without-document",
        "A template needs an `AWS::ApiGateway::RestApi` with `Body`, or an `AWS::Serverless::Api` with `DefinitionBody`.",
        "Give a template with such a resource, or the OpenAPI document itself.";
    TemplateDocumentElsewhere, Error, "template-document-elsewhere",
        "The template names another file that contains the OpenAPI document, and the compiler reads one file.",
        "Compile the file that the template names.";
    TemplateHttpApi, Error, "template-http-api",
        "The document is that of an HTTP API, and the gateway runs documents of REST APIs.",
        "Give a document of a REST API.";
    TemplateSeveralDocuments, Error, "template-several-documents",
        "The template has several APIs, and one compilation reads one of them.",
        "Name the API with `--resource LogicalId`.";
    TemplateResourceUnknown, Error, "template-resource-unknown",
        "The option `--resource` names no API with a document in the template.",
        "Give one of the logical ids listed.";
    TemplateBodyUnresolved, Error, "template-body-unresolved",
        "The document in the template depends on a value that is not given.",
        "Give the value named, with `--parameter` or `--condition`.";
    ConditionCycle, Error, "condition-cycle",
        "A condition or a name of a resource depends on itself.",
        "Remove the cycle, or give the value with `--condition` or `--parameter`.";
    IntrinsicMalformed, Lint, "intrinsic-malformed",
        "CloudFormation refuses a function with arguments of the wrong form. Here its value is unresolved.",
        "Correct the arguments of the function.";
    IntrinsicUnknown, Lint, "intrinsic-unknown",
        "CloudFormation has no function of this name. Here its value is unresolved.",
        "Correct the name of the function.";
    IncludeNotRead, Lint, "include-not-read",
        "The content of `AWS::Include` is in another file, which the compiler does not read.",
        "Put the content of that file into the document.";
    TemplateProperty, Lint, "template-property",
        "A property of the API in the template applies to the document.",
        "Write the same into the document, so that it does not depend on the template.";
    ParameterUnused, Lint, "parameter-unused",
        "A value is given and the document does not use it.",
        "Correct the name, or remove the value.";
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
            let is_kebab =
                |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '-';
            assert!(code.as_str().chars().all(is_kebab), "{code}");
            for sentence in [code.why(), code.remedy()] {
                assert!(sentence.ends_with('.') && sentence.len() > 15, "{code}: {sentence}");
            }
        }
    }
}
