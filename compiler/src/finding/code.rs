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

    // Lints.
    UploadCorrupted, Lint, "upload-corrupted",
        "In `aws`, a body whose `Content-Type` is not in `x-amazon-apigateway-binary-media-types` is read as UTF-8.",
        "List the types that clients upload, or `*/*`.";
    UploadMustBeBase64, Lint, "upload-must-be-base64",
        "CONVERT_TO_BINARY decodes each body whose `Content-Type` is not listed, and a body that is not base64 is a 500 in `aws` and a 400 in `edge`.",
        "List the types that clients send as bytes, and leave out those that they send as base64.";
    UploadKeptAsBase64, Lint, "upload-kept-as-base64",
        "A listed type means that the body is bytes: CONVERT_TO_BINARY does not decode it, and CONVERT_TO_TEXT encodes it.",
        "Let clients send base64 with a type that is not listed, and remove CONVERT_TO_TEXT where the bytes are to be stored.";
    StoredAsJson, Lint, "stored-as-json",
        "In `aws`, S3 stores the client's `Content-Type`, which for base64 is often `application/json`; `edge` uses the type of the key's extension.",
        "Map `integration.request.header.Content-Type` from a header of its own, or from a static value.";
    DownloadCorrupted, Lint, "download-corrupted",
        "In `aws`, a response of the backend whose `Content-Type` is not listed is read as UTF-8.",
        "List the types of the objects, or `*/*`.";
    BinaryAcceptFails, Lint, "binary-accept-fails",
        "For a listed `Accept`, `aws` decodes a body of a type that is not listed as base64, and so do `aws` and `edge` with CONVERT_TO_BINARY.",
        "List the types of the objects, or `*/*`; S3's default type `binary/octet-stream` is not `application/octet-stream`.";
    ErrorFails, Lint, "error-fails",
        "For a listed `Accept`, `aws` decodes S3's XML as base64, which fails.",
        "Set `contentHandling` to CONVERT_TO_TEXT in the entry that takes the error.";
    TemplateMeetsBytes, Lint, "template-meets-bytes",
        "A template can be applied to text only, and a body of a listed type, or for a listed `Accept`, is bytes.",
        "Set `contentHandling` to CONVERT_TO_TEXT, or let the body pass with an empty template for its type.";
    FirstAcceptCounts, Lint, "first-accept-counts",
        "`aws` compares only the first type of `Accept` with the list, so browsers and curl get base64; `edge` uses the whole header.",
        "List `*/*` if each client is to get bytes, or set `contentHandling` of the response to CONVERT_TO_BINARY.";
    MediaTypeNeverMatches, Lint, "media-type-never-matches",
        "An entry of `x-amazon-apigateway-binary-media-types` is `type/subtype`, `type/*` or `*/*`, without parameters.",
        "Correct the entry, or remove it.";
    TemplateCannotOccur, Lint, "template-cannot-occur",
        "A template is selected by the `Content-Type` without its parameters, and wildcards match nothing.",
        "Write `type/subtype` alone, or `$default` for all other types.";
    TypeRefused, Lint, "type-refused",
        "NEVER refuses each request without a matching template, and WHEN_NO_TEMPLATES does if there are other templates; a request without a `Content-Type` counts as `application/json`.",
        "Set `passthroughBehavior` to WHEN_NO_MATCH, or add a request template, which may be empty to let the body pass.";
    ContentTypeNotMapped, Lint, "content-type-not-mapped",
        "In `aws`, no header of the backend passes unless it is mapped; `edge` passes the `Content-Type` of unchanged bytes.",
        "Map `method.response.header.Content-Type` from `integration.response.header.Content-Type`, and declare the header in the response.";
    HeaderRenamed, Lint, "header-renamed",
        "API Gateway reserves some response headers: it sends them as `x-amzn-Remapped-NAME`, and drops `Transfer-Encoding`.",
        "Map the value to a header with another name.";
    ErrorAnsweredAsSuccess, Lint, "error-answered-as-success",
        "The client gets the `statusCode` of the entry that matches, whatever the status of the backend is.",
        "Add entries for `404` and `403` (or `4\\d{2}`), or let `default` be an error and `2\\d{2}` the success.";
    StatusNotTaken, Lint, "status-not-taken",
        "A status of the backend that no pattern matches is a 500 if there is no `default` entry.",
        "Add a `default` entry, or entries for the statuses of the backend (`2\\d{2}`, `4\\d{2}`).";
    PartialContentHidden, Lint, "partial-content-hidden",
        "A client that gets another status than 206 or 304 takes a part for the whole object, or an empty body for the object.",
        "Add entries for exactly `206` and `304`, and let the other patterns leave them out: `2(?!06)\\d{2}`.";
    PatternShadowed, Lint, "pattern-shadowed",
        "The first entry that matches is selected here, but API Gateway promises no order.",
        "Let each status be matched by one pattern.";
    PatternMatchesNothing, Lint, "pattern-matches-nothing",
        "A selection pattern is matched against all three digits of the status.",
        "Write a status (`404`), or a pattern of three digits (`4\\d{2}`).";
    StatusTwice, Lint, "status-twice",
        "API Gateway stores integration responses by `statusCode`, so that the second replaces the first; here, both are kept.",
        "Join the patterns in one entry: `4\\d{2}|5\\d{2}`.";
    KeyNeedsEncodedSlash, Lint, "key-needs-encoded-slash",
        "`{name}` matches one segment of the path, so a client must send the slashes of a key as `%2F`; else the request is a 403.",
        "Write `{name+}` as the last segment if keys have folders.";
    AnonymousWrite, Lint, "anonymous-write",
        "API Gateway lets anyone call an operation without `security`; here, such a write is a 403 unless ALLOW_ANONYMOUS_WRITES is `true`.",
        "Add `security` to the operation: an API key, `awsSigv4` or tokens.";
    QuotedMapping, Lint, "quoted-mapping",
        "A mapping source in single quotes is a static value, which is sent as it is written.",
        "Remove the single quotes.";
    MockFails, Lint, "mock-fails",
        "A template can be applied to text only, and with `*/*` in the list, or with CONVERT_TO_BINARY, the body of a mock is bytes, even if it is empty.",
        "Set `contentHandling` to CONVERT_TO_TEXT.";
    MockWithoutStatus, Lint, "mock-without-status",
        "The response of a mock is selected by the `statusCode` in the output of its request template, which must be an integer.",
        "Set the request template for `application/json` to `{\"statusCode\": 200}`, which also serves requests without a `Content-Type`.";
    HeaderValueFails, Lint, "header-value-fails",
        "A header has no control characters, and a header that is signed for S3 (`x-amz-*`, `Content-Type`, `Content-MD5`) has visible ASCII and spaces only.",
        "Write the value in ASCII, and other text in `x-amz-meta-*` as RFC 2047 does: `=?UTF-8?B?...?=`.";
    HeaderForbidden, Lint, "header-forbidden",
        "A document may not set the length and the form of a body, or, toward S3, the signature and the connection; a request for which the mapping has a value is a 500.",
        "Remove the mapping, or send the value in another header.";
    HeaderNeverRead, Lint, "header-never-read",
        "API Gateway drops headers about the connection and the length of the body, and `Content-MD5`, before mappings and validators see them; so does this gateway.",
        "Let clients send the value in another header.";
    VariableEmptyHere, Lint, "variable-empty-here",
        "This gateway has no value for what belongs to AWS, such as account ids and the ids of an API, so a mapping sets nothing and a template shows nothing.",
        "Write the value itself, use a stage variable, or remove the reference.";
    VariableUnknown, Lint, "variable-unknown",
        "API Gateway has no such variable in this place, and reports nothing: a mapping sets nothing, and a template shows nothing.",
        "Correct the name, in which letter case counts, or remove the reference.";
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
