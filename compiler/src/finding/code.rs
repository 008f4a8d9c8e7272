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

            /// Returns the code that is printed so, or `None`.
            pub fn by_name(name: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|code| code.as_str() == name)
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
    IntrinsicInPaths, Lint, "intrinsic-in-paths",
        "A function makes paths or operations, and the compiler does not run it: what it makes is not served.",
        "Write the paths and operations that the function makes into the document.";
    IncludeNotRead, Lint, "include-not-read",
        "The content of `AWS::Include` is in another file, which the compiler does not read.",
        "Put the content of that file into the document.";
    TemplateConditionFalse, Lint, "template-condition-false",
        "CloudFormation does not create a resource whose condition is false. The document compiles all the same.",
        "Give the values with which the resource exists, or name another resource with `--resource`.";
    TemplateProperty, Lint, "template-property",
        "A property of the API in the template applies to the document.",
        "Write the same into the document, so that it does not depend on the template.";
    ParameterUnused, Lint, "parameter-unused",
        "A value is given and the document does not use it.",
        "Correct the name, or remove the value.";


    // The document.
    DocumentType, Error, "document-type",
        "The root, `paths` and each path are objects.",
        "Write an object there.";
    PathsMissing, Error, "paths-missing",
        "A document without `paths` has no operations.",
        "Write an object `paths`, or give the file that has it.";

    // Operations that do not run at the edge.
    IntegrationLambda, Unsupported, "integration-lambda",
        "The edge cannot invoke Lambda functions.",
        "Set PASSTHROUGH_URL to the URL of the original API, which then serves the operation unless its clients sign requests.";
    IntegrationService, Unsupported, "integration-service",
        "The edge signs requests for S3 alone.",
        "Set PASSTHROUGH_URL to the URL of the original API, which then serves the operation unless its clients sign requests.";
    IntegrationVpcLink, Unsupported, "integration-vpc-link",
        "The edge has no way into a VPC.",
        "Set PASSTHROUGH_URL, or give the backend a public address.";
    IntegrationTls, Unsupported, "integration-tls",
        "The edge always verifies certificates, and by its own list of authorities.",
        "Remove `tlsConfig`, or set PASSTHROUGH_URL.";
    IntegrationMissing, Unsupported, "integration-missing",
        "API Gateway does not deploy a method without an integration.",
        "Add `x-amazon-apigateway-integration` to the operation.";
    IntegrationType, Unsupported, "integration-type",
        "API Gateway ignores an integration of an unknown type: the method has none then.",
        "Set `type` to aws, http, http_proxy or mock.";
    HttpMethod, Unsupported, "http-method",
        "API Gateway refuses an integration without a valid `httpMethod`.",
        "Set `httpMethod` to the method toward the backend.";
    UriInvalid, Unsupported, "uri-invalid",
        "The `uri` does not name an S3 resource or a URL that API Gateway accepts.",
        "Correct the `uri`.";
    UriParameterUnmapped, Unsupported, "uri-parameter-unmapped",
        "API Gateway fills a placeholder of the `uri` by a mapping alone.",
        "Map `integration.request.path.NAME` in `requestParameters`.";
    UnresolvedValue, Unsupported, "unresolved-value",
        "The operation needs a value that the document takes from CloudFormation or Terraform.",
        "Give the value with `--parameter`, `--condition` or `--variable`, or in the parameters file beside the document.";
    TemplateNotSupported, Unsupported, "template-not-supported",
        "Mapping templates run with text, `$input.body`, `$context` and `$stageVariables` alone.",
        "Simplify the template, or set PASSTHROUGH_URL.";
    JsonPathNotSupported, Unsupported, "json-path-not-supported",
        "A mapping reads one value: by names and indices.",
        "Write a path of names, `['names']` and `[indices]`, or set PASSTHROUGH_URL.";
    MappingInvalid, Unsupported, "mapping-invalid",
        "API Gateway refuses a mapping expression that it does not know.",
        "Correct the expression; a static value stands in single quotes.";
    MappingUndeclared, Unsupported, "mapping-undeclared",
        "API Gateway refuses a mapping of a header or query parameter that the operation does not declare.",
        "Declare the parameter in `parameters` of the operation.";
    HeaderReserved, Unsupported, "header-reserved",
        "The gateway itself sets this header of the request to the backend.",
        "Remove the mapping.";
    PatternInvalid, Unsupported, "pattern-invalid",
        "API Gateway refuses a selection pattern that is not a regular expression.",
        "Correct the pattern, for example `2\\d{2}`.";
    PatternOfJava, Unsupported, "pattern-of-java",
        "API Gateway reads selection patterns as Java, and this one means something else, or nothing, in the compiler's engine.",
        "Write the pattern with digits, classes and groups.";
    StatusInvalid, Unsupported, "status-invalid",
        "Each entry of an integration's `responses` maps to one status.",
        "Set `statusCode` to a status from 200 to 599.";
    ResponseUndeclaredMapped, Unsupported, "response-undeclared-mapped",
        "API Gateway refuses `responseParameters` of a status that the operation does not declare.",
        "Declare the status, with its headers, in `responses` of the operation.";
    TimeoutInvalid, Unsupported, "timeout-invalid",
        "API Gateway refuses timeouts below 50 ms and above its quota.",
        "Set `timeoutInMillis` to a number from 50 to 29000.";
    ParameterName, Unsupported, "parameter-name",
        "API Gateway refuses parameter names outside of `[a-zA-Z0-9:._$-]`.",
        "Rename the parameter.";
    ParameterRepeated, Unsupported, "parameter-repeated",
        "API Gateway refuses a parameter that is declared twice.",
        "Remove one of the declarations.";
    ValueType, Unsupported, "value-type",
        "The value has a type that nothing can be made of.",
        "Write a value of the type that is named.";
    ValueInvalid, Unsupported, "value-invalid",
        "API Gateway knows a few words there.",
        "Use one of the words that are named.";
    OperationReference, Unsupported, "operation-reference",
        "The operation, or its path, stands in another file, or nowhere.",
        "Copy it into the document.";
    SecurityUndefined, Unsupported, "security-undefined",
        "API Gateway leaves an operation open whose scheme is not defined; here it is never served without its security.",
        "Define the scheme, or remove it from `security`.";
    SecurityUnsupported, Unsupported, "security-unsupported",
        "API Gateway ignores such a scheme and leaves the operation open; here it is never served without its security.",
        "Use an API key in x-api-key, awsSigv4, or a scheme whose tokens JWT_ISSUERS describes.";
    SecurityInvalid, Unsupported, "security-invalid",
        "The security of the operation cannot be read, and it is never served without it.",
        "Write `security` as an array of objects: scheme name to scopes.";
    SecurityTwoAuthorizers, Unsupported, "security-two-authorizers",
        "A method of API Gateway has one authorizer and an API key.",
        "Remove one of the schemes.";
    AuthorizerMissing, Unsupported, "authorizer-missing",
        "API Gateway does not create methods with such a scheme.",
        "Add `x-amazon-apigateway-authorizer`, or remove `x-amazon-apigateway-authtype`.";
    AuthorizerUnsupported, Unsupported, "authorizer-unsupported",
        "The edge verifies JSON Web Tokens; it calls no Lambda function.",
        "Set PASSTHROUGH_URL, or use an authorizer with tokens and JWT_ISSUERS.";
    ApiKeySource, Unsupported, "api-key-source",
        "With the source AUTHORIZER, a Lambda function returns the key.",
        "Set the source to HEADER, or set PASSTHROUGH_URL.";
    ValidatorUndefined, Unsupported, "validator-undefined",
        "The operation names a request validator that the document does not define.",
        "Define it in `x-amazon-apigateway-request-validators`.";
    ModelKeyword, Unsupported, "model-keyword",
        "Validated bodies have schemas of JSON schema draft 4, as in API Gateway.",
        "Replace the keyword, or let the validator check parameters alone.";
    ModelInvalid, Unsupported, "model-invalid",
        "The schema of a validated body cannot be read.",
        "Correct the schema.";
    ModelReference, Unsupported, "model-reference",
        "The schema of a validated body refers to something that is not in the document.",
        "Copy the schema into the document, or let the validator check parameters alone.";
    MethodDuplicate, Unsupported, "method-duplicate",
        "`/a` and `/a/` are one resource, and API Gateway refuses a method that both have.",
        "Remove one of the two operations.";
    PathSiblingParameter, Unsupported, "path-sibling-parameter",
        "A resource of API Gateway has at most one child with a path parameter.",
        "Give the parameter the same name in both paths.";
    PathBelowGreedy, Unsupported, "path-below-greedy",
        "API Gateway refuses a path that goes on after a greedy parameter.",
        "Put `{name+}` last.";
    PathCharacters, Unsupported, "path-characters",
        "API Gateway refuses other characters in a path part.",
        "Write the path with letters, digits and `-._:,~`, and parameters as whole segments.";
    PathTooLong, Unsupported, "path-too-long",
        "The edge routes paths of at most 64 segments; API Gateway makes a resource of each segment, and has a quota of 300.",
        "Shorten the path, or end it with a greedy parameter `{name+}`.";
    PathDefaultRoute, Unsupported, "path-default-route",
        "REST APIs have no catch-all route.",
        "Use `/{proxy+}`.";

    // Documents that API Gateway ignores parts of, or refuses.
    Version, Lint, "version",
        "API Gateway imports OpenAPI 3.0 and Swagger 2.0 alone.",
        "Write `openapi: 3.0.1` or `swagger: \"2.0\"`.";
    OtherSpecification, Lint, "other-specification",
        "API Gateway ignores keys of the other specification, with a warning.",
        "Write it as the document's own specification has it.";
    KeyIgnored, Lint, "key-ignored",
        "API Gateway reads known keys alone and ignores all others without a warning.",
        "Correct the key, or remove it.";
    ExtensionIgnored, Lint, "extension-ignored",
        "API Gateway ignores extensions that it does not know.",
        "Correct the name, or remove the extension.";
    ExtensionOfHttpApi, Lint, "extension-of-http-api",
        "REST APIs ignore what only HTTP APIs have.",
        "Remove it; for CORS write OPTIONS methods and map the headers.";
    IntegrationByReference, Lint, "integration-by-reference",
        "In REST APIs, API Gateway does not follow a `$ref` in place of an integration.",
        "Write the integration in the operation before you import the document into API Gateway.";
    ReferenceMissing, Lint, "reference-missing",
        "A reference without a target counts as absent.",
        "Correct the reference, or add its target.";
    ReferenceSiblings, Lint, "reference-siblings",
        "The keys beside a `$ref` have no effect in OpenAPI 3.0 and Swagger 2.0.",
        "Write all of it in one place.";
    SecurityAtRoot, Lint, "security-at-root",
        "API Gateway applies the root's authorizers in OpenAPI 3; for Swagger 2.0 and API keys its documentation says that it ignores them. Here they always apply.",
        "Write `security` in each operation, so that both agree.";
    SignedNotPassedOn, Lint, "signed-not-passed-on",
        "The signature of a client covers the host of this gateway, so that the original API would refuse it.",
        "Let the clients of this operation call the original API.";
    AuthorizerReplaced, Lint, "authorizer-replaced",
        "The edge verifies the token by JWT_ISSUERS; a policy or an expression of the Lambda authorizer has no effect.",
        "Describe the issuer and the audience in JWT_ISSUERS, or leave the operation to PASSTHROUGH_URL.";
    CacheKeyUndeclared, Lint, "cache-key-undeclared",
        "API Gateway refuses a cache key that the operation does not declare; here cache keys have no effect.",
        "Declare the parameter in `parameters` of the operation, or remove the key.";
    TimeoutOverQuota, Lint, "timeout-over-quota",
        "API Gateway allows 29 seconds, and more for accounts whose quota is raised; here up to 300 seconds.",
        "Write at most 29000, or ask AWS to raise the quota.";
    ExtensionMisplaced, Lint, "extension-misplaced",
        "API Gateway reads the extension in another kind of object and ignores it here.",
        "Move it to where it is read.";
    ParameterNameShared, Lint, "parameter-name-shared",
        "API Gateway refuses an operation that has one name for parameters in two places.",
        "Rename one of the parameters.";
    PathWithoutSlash, Lint, "path-without-slash",
        "A path begins with a slash; API Gateway reports a parse issue.",
        "Add the slash.";
    MethodTrace, Lint, "method-trace",
        "API Gateway has no method TRACE.",
        "Remove the operation.";
    ParameterIgnored, Lint, "parameter-ignored",
        "The parameter cannot be read, so it declares nothing.",
        "Correct the parameter.";
    MappingNotAString, Lint, "mapping-not-a-string",
        "API Gateway ignores a mapping whose value is not a string, with a warning.",
        "Write the expression as a string.";
    ResponseUndeclared, Lint, "response-undeclared",
        "API Gateway accepts the document, and answers 500 when the entry is selected.",
        "Declare the status in `responses` of the operation.";
    ResponseHeaderUndeclared, Lint, "response-header-undeclared",
        "API Gateway refuses the mapping of a header that the response does not declare.",
        "Declare the header in that response of the operation.";
    CredentialsInvalid, Lint, "credentials-invalid",
        "API Gateway refuses `credentials` that is not an ARN; here it matters with ASSUME_ROLE alone.",
        "Write the ARN of the role.";
    CredentialsIgnored, Lint, "credentials-ignored",
        "Requests to a URL are not signed.",
        "Remove `credentials`.";
    BasePathInvalid, Lint, "base-path-invalid",
        "The base path cannot be read.",
        "Correct it, or set BASE_PATH.";
    ServersIgnored, Lint, "servers-ignored",
        "API Gateway uses the first server, with a warning.",
        "Remove the other servers.";
    MediaTypeIgnored, Lint, "media-type-ignored",
        "An entry of the list is a media type.",
        "Correct the entry, or remove it.";
    MediaTypeParameters, Lint, "media-type-parameters",
        "A media type is compared without its parameters.",
        "Write the type without parameters.";
    CompressionSize, Lint, "compression-size",
        "API Gateway refuses other values.",
        "Write a number from 0 to 10485760.";
    EndpointPrivate, Lint, "endpoint-private",
        "A private API is reached from its VPC alone; a Worker is public.",
        "Write who may call as `security` of the operations.";
    GatewayResponseIgnored, Lint, "gateway-response-ignored",
        "The part of the gateway response cannot be read.",
        "Correct it, or remove it.";

    // The document as a whole.
    NothingServed, Lint, "nothing-served",
        "Each request is answered 501, or by the original API if PASSTHROUGH_URL is set.",
        "Read the reasons in the table of operations, or set PASSTHROUGH_URL and move operations one by one.";

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
    RoleInvalid, Unsupported, "role-invalid",
        "With ASSUME_ROLE, the gateway signs with the role that `credentials` of the integration names.",
        "Write the ARN of a role as `credentials`, with the number of the account, or leave ASSUME_ROLE out.";
    BasePathVariable, Unsupported, "base-path-variable",
        "The deployment must know the path that the API is served under.",
        "Set BASE_PATH, or set the variable in STAGE_VARIABLES.";
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
        "A mapping from a variable that does not exist sets nothing, and a template shows nothing; variables for access logs exist in access logs alone.",
        "Correct the name, in which letter case counts, or remove the reference.";
}

impl Code {
    /// Returns what to do about an operation whose clients sign requests, which PASSTHROUGH_URL never serves.
    pub fn remedy_if_signed(self) -> &'static str {
        match self {
            Self::IntegrationLambda | Self::IntegrationService => Self::SignedNotPassedOn.remedy(),
            Self::IntegrationVpcLink => "Give the backend a public address.",
            Self::IntegrationTls => "Remove `tlsConfig`.",
            Self::TemplateNotSupported => "Simplify the template.",
            Self::JsonPathNotSupported => "Write a path of names, `['names']` and `[indices]`.",
            Self::AuthorizerUnsupported => "Use an authorizer with tokens and JWT_ISSUERS.",
            Self::ApiKeySource => "Set the source to HEADER.",
            code => code.remedy(),
        }
    }
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
                assert!(sentence.ends_with('.') && sentence.len() > 10, "{code}: {sentence}");
            }
        }
    }

    #[test]
    fn signed_operations_are_not_advised_to_pass_through() {
        for code in Code::ALL.iter().filter(|code| code.class() == Class::Unsupported) {
            assert!(!code.remedy_if_signed().contains("PASSTHROUGH_URL"), "{code}");
        }
    }
}
