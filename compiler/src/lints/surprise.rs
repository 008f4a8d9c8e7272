//! Everything that surprises people about API Gateway and S3, as one table: a name that stays, why, and what to do.
//!
//! Not inside: finding it in a document (`bodies`, `requests`, `responses`).

/// A kind of surprise.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Surprise {
    /// Bytes that are uploaded as text.
    UploadCorrupted,
    /// An upload that has to be base64.
    UploadMustBeBase64,
    /// An upload that stays, or becomes, base64.
    UploadKeptAsBase64,
    /// A base64 upload without a type of its own.
    StoredAsJson,
    /// Bytes that are downloaded as text.
    DownloadCorrupted,
    /// A binary Accept and an object whose type is not listed.
    BinaryAcceptFails,
    /// A binary Accept and S3's account of an error.
    ErrorFails,
    /// A template over bytes.
    TemplateMeetsBytes,
    /// A list without `*/*`, and clients whose Accept begins with something else.
    FirstAcceptCounts,
    /// An entry of the list that never matches.
    MediaTypeNeverMatches,
    /// A request template for a type that no request has.
    TemplateCannotOccur,
    /// No template, and nothing passes: a 415.
    TypeRefused,
    /// Everything is `application/json`.
    ContentTypeNotMapped,
    /// A header that reaches the client under another name, or not at all.
    HeaderRenamed,
    /// S3's 404 or 403 is a success.
    ErrorAnsweredAsSuccess,
    /// A status that no entry takes.
    StatusNotTaken,
    /// 206 and 304 become something else.
    PartialContentHidden,
    /// A pattern behind one that takes the same.
    PatternShadowed,
    /// A pattern that takes nothing.
    PatternMatchesNothing,
    /// Two entries of one status.
    StatusTwice,
    /// A key in one segment of the path.
    KeyNeedsEncodedSlash,
    /// Anybody may write.
    AnonymousWrite,
    /// A mapping that became a literal.
    QuotedMapping,
    /// `*/*` and a preflight.
    MockFails,
    /// A mock that nothing tells which response it is.
    MockWithoutStatus,
    /// A header whose value is refused.
    HeaderValueFails,
    /// A header that no document sets.
    HeaderForbidden,
    /// A header of the client that nobody reads.
    HeaderNeverRead,
    /// A variable that only API Gateway has.
    VariableEmptyHere,
    /// A variable that API Gateway has not, or not there.
    VariableUnknown,
    /// A key of an object that is there twice.
    KeyTwice,
}

/// What is told of a surprise, whatever the document.
pub(super) struct Told {
    pub(super) code: &'static str,
    pub(super) why: &'static str,
    pub(super) instead: &'static str,
}

const fn told(code: &'static str, why: &'static str, instead: &'static str) -> Told {
    Told { code, why, instead }
}

impl Surprise {
    /// The table.
    pub(super) const fn told(self) -> Told {
        match self {
            Self::UploadCorrupted => told(
                "upload-corrupted",
                "a body whose Content-Type is not in x-amazon-apigateway-binary-media-types is read as UTF-8 in `aws`; `edge` stores the bytes",
                "list the types that are uploaded, or `*/*`",
            ),
            Self::UploadMustBeBase64 => told(
                "upload-must-be-base64",
                "CONVERT_TO_BINARY decodes every body whose Content-Type is not listed; what is not base64 is a 500 in `aws` and a 400 in `edge`",
                "list the types that clients send as bytes; leave out those that they send as base64",
            ),
            Self::UploadKeptAsBase64 => told(
                "upload-kept-as-base64",
                "a listed type means that the body is bytes already: CONVERT_TO_BINARY decodes nothing of it, and CONVERT_TO_TEXT stores its base64",
                "let clients send base64 with a type that is not listed; remove CONVERT_TO_TEXT where bytes are to be stored",
            ),
            Self::StoredAsJson => told(
                "stored-as-json",
                "S3 is sent the client's Content-Type, which for base64 is often application/json, so that the object is text ever after in `aws`; `edge` takes the type from the key's extension",
                "map integration.request.header.Content-Type from a header of its own, or from a static value",
            ),
            Self::DownloadCorrupted => told(
                "download-corrupted",
                "a body that comes with a Content-Type which is not listed is text to `aws`: what is not UTF-8 in it becomes U+FFFD; `edge` sends the bytes",
                "list the types of the objects, or `*/*`",
            ),
            Self::BinaryAcceptFails => told(
                "binary-accept-fails",
                "for a listed Accept, or with CONVERT_TO_BINARY, `aws` base64-decodes what comes as a type that is not listed, and answers 500 where it is none; `edge` sends the bytes, unless CONVERT_TO_BINARY says otherwise",
                "list the types of the objects, or `*/*`; S3's default type is binary/octet-stream, which application/octet-stream does not cover",
            ),
            Self::ErrorFails => told(
                "error-fails",
                "with a listed Accept, `aws` base64-decodes S3's XML too, and answers 500 with no word of why; `edge` sends the XML, with the status that the document gives it",
                "set contentHandling to CONVERT_TO_TEXT on the response that takes the error",
            ),
            Self::TemplateMeetsBytes => told(
                "template-meets-bytes",
                "a template needs text: over bytes it is a 500 in `aws`, and on a request in `edge` too; a template applies to every Accept that names no other",
                "set contentHandling to CONVERT_TO_TEXT, or remove the template for that type (an empty one lets the body pass)",
            ),
            Self::FirstAcceptCounts => told(
                "first-accept-counts",
                "`aws` looks at the first type of Accept only, wildcards in it match nothing, and without Accept nothing matches: browsers and curl get base64; `edge` weighs the whole header",
                "list `*/*` where every client shall get bytes, or set contentHandling to CONVERT_TO_BINARY on the response",
            ),
            Self::MediaTypeNeverMatches => told(
                "media-type-never-matches",
                "an entry is type/subtype, type/* or */*, without parameters",
                "correct the entry, or remove it",
            ),
            Self::TemplateCannotOccur => told(
                "template-cannot-occur",
                "templates are chosen by the Content-Type without its parameters; wildcards match nothing, and only $default takes the rest",
                "write type/subtype alone, or $default",
            ),
            Self::TypeRefused => told(
                "type-refused",
                "with NEVER, what has no request template is refused, and with WHEN_NO_TEMPLATES wherever there are templates for other types, with or without a body; a request without a Content-Type, as most of GET are, counts as application/json",
                "set passthroughBehavior to WHEN_NO_MATCH, or add a request template (an empty one lets the body pass)",
            ),
            Self::ContentTypeNotMapped => told(
                "content-type-not-mapped",
                "no header of the backend passes in `aws` unless it is mapped: pictures and XML are application/json; `edge` passes Content-Type with unchanged bytes",
                "map method.response.header.Content-Type from integration.response.header.Content-Type, and declare it in that response's headers",
            ),
            Self::HeaderRenamed => told(
                "header-renamed",
                "API Gateway keeps these names for itself: they become x-amzn-Remapped-NAME, and Transfer-Encoding is dropped",
                "map it to a name of your own",
            ),
            Self::ErrorAnsweredAsSuccess => told(
                "error-answered-as-success",
                "the selected entry's statusCode is all that a client sees: it takes the account of the error for the object",
                "add entries for \"404\" and \"403\" (or `4\\d{2}`), or let `default` be an error and `2\\d{2}` the success",
            ),
            Self::StatusNotTaken => told(
                "status-not-taken",
                "an answer that no pattern matches, without a `default`, is a 500",
                "add `default`, or entries for the statuses that the backend answers (`2\\d{2}`, `4\\d{2}`)",
            ),
            Self::PartialContentHidden => told(
                "partial-content-hidden",
                "the document sends S3 a range or a condition, and then gives the answer another status: a client takes a part for the whole, or an empty body for the object",
                "add entries for exactly \"206\" and \"304\", and let the others leave them out: `2(?!06)\\d{2}`",
            ),
            Self::PatternShadowed => told(
                "pattern-shadowed",
                "the first entry that matches is taken here; API Gateway promises no order",
                "let every status be matched by one pattern",
            ),
            Self::PatternMatchesNothing => told(
                "pattern-matches-nothing",
                "a pattern is matched against all of the status's three digits",
                "write a status (\"404\") or a pattern of three digits (`4\\d{2}`)",
            ),
            Self::StatusTwice => told(
                "status-twice",
                "API Gateway keeps integration responses by their statusCode: the second of the same overwrites the first; here both hold",
                "join the patterns: `4\\d{2}|5\\d{2}`",
            ),
            Self::KeyNeedsEncodedSlash => told(
                "key-needs-encoded-slash",
                "`{name}` takes one segment of the path: a key with folders has to be sent with %2F, or the request is answered 403 Missing Authentication Token",
                "write `{name+}` as the last segment, where keys have folders",
            ),
            Self::AnonymousWrite => told(
                "anonymous-write",
                "without `security`, whoever knows the URL changes the bucket; here such a request is a 403 until the deployment sets ALLOW_ANONYMOUS_WRITES",
                "add `security` to the operation: an API key, awsSigv4 or tokens",
            ),
            Self::QuotedMapping => told(
                "quoted-mapping",
                "what stands in single quotes is a literal: the text itself is sent",
                "remove the single quotes",
            ),
            Self::MockFails => told(
                "mock-fails",
                "`*/*` in the list makes every body binary, also none: in `aws` a template meets bytes, and the preflight is a 500; `edge` answers it",
                "set contentHandling to CONVERT_TO_TEXT there",
            ),
            Self::MockWithoutStatus => told(
                "mock-without-status",
                "a mock's response is chosen by the `statusCode` of the JSON that its request template gives: an integer, which the text \"200\" is not",
                "set the request template for application/json to {\"statusCode\": 200}; it serves requests without a Content-Type too",
            ),
            Self::HeaderValueFails => told(
                "header-value-fails",
                "no header has control characters, and those that are signed for S3 (`x-amz-*`, Content-Type, Content-MD5) have visible ASCII and spaces only: every request is refused with 400",
                "write the value in ASCII; text of other letters in `x-amz-meta-*` as RFC 2047 has it, `=?UTF-8?B?…?=`, as S3 answers it",
            ),
            Self::HeaderForbidden => told(
                "header-forbidden",
                "the length and the form of a body are not a document's to set, nor, toward S3, what is about the signature or the connection: a request for which the mapping has a value is a 500, in `aws` and in `edge`",
                "remove the mapping, or send the value under another name",
            ),
            Self::HeaderNeverRead => told(
                "header-never-read",
                "API Gateway drops what is about the client's connection and the length of its body, Content-MD5 too, before the document sees it: such a header is missing, whatever the client sends, here too",
                "let clients send the value in a header of another name",
            ),
            Self::VariableEmptyHere => told(
                "variable-empty-here",
                "this gateway has no value for what is AWS's own, such as accounts, ids of the API and firewalls: a mapping from it sets nothing, a template shows nothing",
                "write the value itself, set a stage variable, or remove it",
            ),
            Self::VariableUnknown => told(
                "variable-unknown",
                "API Gateway has no such variable there either, and says nothing of it: a mapping from it sets nothing, a template shows nothing; letter case counts, and what is for access logs is for them alone",
                "correct the name, or remove it",
            ),
            Self::KeyTwice => told(
                "key-twice",
                "the last one of them counts, and the others are ignored",
                "remove all but one",
            ),
        }
    }
}
