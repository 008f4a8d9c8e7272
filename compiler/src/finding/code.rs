//! The table of codes: one row for each error, each reason for an unsupported operation, and each lint.

/// The severity of a code.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Class {
    /// The document does not compile.
    Error,
    /// One operation does not run at the edge. The other operations are not affected.
    Unsupported,
    /// The document compiles, but a part of it probably does not do what its author expects.
    Lint,
}

/// Defines [`Code`]. Each row has the variant, the class, the code, the reason and the remedy.
macro_rules! codes {
    ($($variant:ident, $class:ident, $code:literal, $why:literal, $remedy:literal;)*) => {
        /// The stable code of a finding. `docs/lints.md` explains each code with an example.
        #[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
        pub enum Code { $($variant,)* }

        impl Code {
            /// All codes, in the order of the table.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// Returns the code as printed: `template-not-supported`.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $code,)* }
            }

            /// Returns the code whose [`Self::as_str`] is `name`, or `None` if no code has this name.
            pub fn by_name(name: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|code| code.as_str() == name)
            }

            pub fn class(self) -> Class {
                match self { $(Self::$variant => Class::$class,)* }
            }

            /// Returns the reason for the finding, in whole sentences.
            pub fn why(self) -> &'static str {
                match self { $(Self::$variant => $why,)* }
            }

            /// Returns the action that resolves the finding, in whole sentences.
            pub fn remedy(self) -> &'static str {
                match self { $(Self::$variant => $remedy,)* }
            }
        }
    };
}

codes! {
    // The text of the file.
    NotUtf8, Error, "not-utf-8",
        "A document must be text in UTF-8.",
        "Save the file as UTF-8.";
    NotJson, Error, "not-json",
        "The file is read as JSON because of its name or its first character, and the JSON is not valid.",
        "Correct the JSON at the position shown. If the file contains YAML, rename it to `.yaml`.";
    NotYaml, Error, "not-yaml",
        "The file is read as YAML because of its name or its first character, and the YAML is not valid.",
        "Correct the YAML at the position shown. If the file contains JSON, rename it to `.json`.";
    ByteOrderMark, Error, "byte-order-mark",
        "A JSON text must not begin with a byte order mark.",
        "Save the file as UTF-8 without a byte order mark.";
    DocumentEmpty, Error, "document-empty",
        "The file has no content.",
        "Compile a file that contains an OpenAPI document, or a template with one.";
    DuplicateKey, Error, "duplicate-key",
        "An object contains the same key twice. Only one of the two values would have an effect.",
        "Remove or rename one of the two keys.";
    TooDeep, Error, "too-deep",
        "A document may be nested at most 64 levels deep. Each function or condition on which another one depends counts as a level.",
        "Reduce the nesting at the position shown.";
    TooLarge, Error, "too-large",
        "A document may have at most 1000000 keys and values. The text of a YAML file may have at most 64 MiB, and so may the text that functions and placeholders produce. An alias counts as a copy of its value.",
        "Shorten the document, or reduce the size of its aliases, functions, mappings and parameters.";
    TagUnknown, Error, "tag-unknown",
        "The valid tags are those of YAML itself and the functions of CloudFormation. A tag belongs to a value, not to a key.",
        "Remove the tag, or use a function of CloudFormation such as `!Sub`.";
    // Templates and intrinsic functions of CloudFormation.
    TemplateWithoutDocument, Error, "template-without-document",
        "A template needs an `AWS::ApiGateway::RestApi` with `Body`, or an `AWS::Serverless::Api` with `DefinitionBody`.",
        "Compile a template with such a resource, or compile the OpenAPI document itself.";
    TemplateDocumentElsewhere, Error, "template-document-elsewhere",
        "The OpenAPI document is in another file, which the template names. The compiler reads only one file.",
        "Compile the file that the template names.";
    TemplateHttpApi, Error, "template-http-api",
        "The API is an HTTP API. The gateway runs only REST APIs.",
        "Compile the document of a REST API.";
    TemplateSeveralDocuments, Error, "template-several-documents",
        "The template has several APIs, and a compilation reads only one API.",
        "Name the API with `--resource LogicalId`.";
    TemplateResourceUnknown, Error, "template-resource-unknown",
        "`--resource` is not the logical id of an API with a document in the template.",
        "Set `--resource` to one of the logical ids listed in the message.";
    TemplateBodyUnresolved, Error, "template-body-unresolved",
        "The document in the template depends on a value that the compiler does not have.",
        "Set the value named in the message with `--parameter` or `--condition`, or write the document without the function named in the message.";
    ConditionCycle, Error, "condition-cycle",
        "A condition or the name of a resource depends on itself.",
        "Remove the cycle, or set the value with `--condition` or `--parameter`.";
    IntrinsicMalformed, Lint, "intrinsic-malformed",
        "The arguments of the function are not valid, and CloudFormation refuses them. The compiler does not evaluate the function, so its value is unresolved.",
        "Correct the arguments of the function.";
    IntrinsicUnknown, Lint, "intrinsic-unknown",
        "CloudFormation has no function with this name, or the function is a loop (`Fn::ForEach`), which the compiler does not run. The value of the function is unresolved.",
        "Correct the name of the function, or replace the loop with its result.";
    IntrinsicInPaths, Lint, "intrinsic-in-paths",
        "A function produces paths or operations. The compiler does not evaluate the function, so these paths and operations are not served.",
        "Write the paths and operations into the document instead of the function.";
    IncludeNotRead, Lint, "include-not-read",
        "`AWS::Include` includes another file, which the compiler does not read.",
        "Copy the content of that file into the document.";
    TemplateConditionFalse, Lint, "template-condition-false",
        "CloudFormation does not create a resource whose condition is false. The compiler compiles the document of this resource nevertheless.",
        "Set the values with which the condition is true, or choose another API with `--resource`.";
    TemplateProperty, Lint, "template-property",
        "A property of the API in the template changes the document.",
        "Write the setting into the document, so that the document does not depend on the template.";
    ParameterUnused, Lint, "parameter-unused",
        "The document does not use a value that is set in the options or the parameters file.",
        "Correct the name, or remove the value.";

    // The structure of the document.
    DocumentType, Error, "document-type",
        "The root of the document, `paths` and each path in it must be objects.",
        "Replace the value with an object.";
    PathsMissing, Error, "paths-missing",
        "A document without `paths` has no operations.",
        "Add an object `paths`, or compile the file that contains it.";

    // Operations that do not run at the edge.
    IntegrationLambda, Unsupported, "integration-lambda",
        "The edge cannot invoke Lambda functions.",
        "Set PASSTHROUGH_URL to the URL of the original API. The original API then serves the operation, unless its clients sign requests.";
    IntegrationService, Unsupported, "integration-service",
        "The edge can sign requests only for S3.",
        "Set PASSTHROUGH_URL to the URL of the original API. The original API then serves the operation, unless its clients sign requests.";
    IntegrationVpcLink, Unsupported, "integration-vpc-link",
        "The edge cannot connect to a VPC.",
        "Set PASSTHROUGH_URL. Or give the backend a public address, and remove the VPC link from the integration.";
    IntegrationTls, Unsupported, "integration-tls",
        "The edge always verifies the certificate of the backend with its own list of certificate authorities. `tlsConfig` cannot change that.",
        "Remove `tlsConfig`, or set PASSTHROUGH_URL.";
    IntegrationMissing, Unsupported, "integration-missing",
        "API Gateway does not deploy a method without an integration.",
        "Add `x-amazon-apigateway-integration` to the operation.";
    IntegrationType, Unsupported, "integration-type",
        "API Gateway ignores an integration of an unknown type, so the method has no integration.",
        "Set `type` to aws, http, http_proxy or mock.";
    HttpMethod, Unsupported, "http-method",
        "API Gateway refuses an integration without a valid `httpMethod`.",
        "Set `httpMethod` to the method of the request to the backend.";
    UriInvalid, Unsupported, "uri-invalid",
        "The `uri` is neither an S3 resource nor a URL that API Gateway accepts.",
        "Write `arn:aws:apigateway:{region}:s3:path/{bucket}/{key}` for S3, or `https://host/path` for a URL.";
    UriParameterUnmapped, Unsupported, "uri-parameter-unmapped",
        "A placeholder of the `uri` has no mapping. API Gateway does not replace the placeholder with the path parameter of the same name.",
        "Map `integration.request.path.NAME` in `requestParameters`.";
    UnresolvedValue, Unsupported, "unresolved-value",
        "The operation depends on a value of CloudFormation or Terraform that the compiler does not have.",
        "Set the value with `--parameter`, `--condition` or `--variable`, or in the parameters file beside the document.";
    TemplateNotSupported, Unsupported, "template-not-supported",
        "The edge runs mapping templates that contain only text, `$input.body`, `$context` and `$stageVariables`.",
        "Simplify the template, or set PASSTHROUGH_URL.";
    JsonPathNotSupported, Unsupported, "json-path-not-supported",
        "The edge supports only JSON paths that select one value, by names and indices.",
        "Write a path of names, `['names']` and `[indices]`, or set PASSTHROUGH_URL.";
    MappingInvalid, Unsupported, "mapping-invalid",
        "API Gateway refuses a mapping expression that is not valid.",
        "Write one of the expressions that the message lists. A static value needs single quotes: `'value'`.";
    MappingUndeclared, Unsupported, "mapping-undeclared",
        "API Gateway refuses a mapping from a parameter that the operation does not declare.",
        "Declare a header or a query parameter in `parameters` of the operation. Add a path parameter to the path.";
    HeaderReserved, Unsupported, "header-reserved",
        "The gateway itself sets this header in the request to the backend.",
        "Remove the mapping.";
    PatternInvalid, Unsupported, "pattern-invalid",
        "The selection pattern is not a regular expression, so API Gateway refuses the pattern. Or the pattern exceeds a limit of the compiler for length, nesting or complexity.",
        "Correct or simplify the pattern, for example to `2\\d{2}`.";
    PatternOfJava, Unsupported, "pattern-of-java",
        "API Gateway reads selection patterns as regular expressions of Java. This pattern is not valid, or has another meaning, in the compiler's engine.",
        "Write the pattern with digits, character classes, groups and quantifiers only.";
    StatusInvalid, Unsupported, "status-invalid",
        "Each entry of an integration's `responses` needs a `statusCode` that a response can have.",
        "Set `statusCode` to a status from 200 to 599.";
    ResponseUndeclaredMapped, Unsupported, "response-undeclared-mapped",
        "API Gateway refuses `responseParameters` for a status that the operation does not declare.",
        "Declare the status, with its headers, in `responses` of the operation.";
    TimeoutInvalid, Unsupported, "timeout-invalid",
        "API Gateway refuses timeouts below 50 ms and above its quota.",
        "Set `timeoutInMillis` to a number from 50 to 29000.";
    ParameterName, Unsupported, "parameter-name",
        "API Gateway accepts only parameter names of the characters `[a-zA-Z0-9:._$-]`.",
        "Rename the parameter.";
    ParameterRepeated, Unsupported, "parameter-repeated",
        "API Gateway refuses a parameter that is declared twice.",
        "Remove one of the declarations.";
    ValueType, Unsupported, "value-type",
        "The value has the wrong JSON type.",
        "Write a value of the type named in the message.";
    ValueInvalid, Unsupported, "value-invalid",
        "API Gateway accepts only certain values for this key.",
        "Use one of the values listed in the message.";
    OperationReference, Unsupported, "operation-reference",
        "The operation or its path is a `$ref` to another file, or to a value that does not exist.",
        "Copy the operation into the document.";
    SecurityUndefined, Unsupported, "security-undefined",
        "API Gateway ignores a scheme that is not defined, so anyone can call the operation. This gateway does not serve an operation whose security it cannot enforce.",
        "Define the scheme, or remove it from `security`.";
    SecurityUnsupported, Unsupported, "security-unsupported",
        "API Gateway ignores a scheme of this kind, so anyone can call the operation. This gateway does not serve an operation whose security it cannot enforce.",
        "Use an API key in the header x-api-key, awsSigv4, or a scheme with tokens and an entry in JWT_ISSUERS.";
    SecurityInvalid, Unsupported, "security-invalid",
        "The security of the operation is not valid. This gateway does not serve an operation whose security it cannot enforce.",
        "Write `security` as an array of objects, each with the name of a scheme as its key and an array of scopes as its value: `[{\"NAME\": []}]`.";
    SecurityTwoAuthorizers, Unsupported, "security-two-authorizers",
        "A method of API Gateway can have one authorizer and an API key, but not two authorizers.",
        "Remove one of the schemes.";
    AuthorizerMissing, Unsupported, "authorizer-missing",
        "The scheme has `x-amazon-apigateway-authtype`, or an authorizer that is not valid. API Gateway does not create methods with such a scheme.",
        "Add `x-amazon-apigateway-authorizer`, or remove `x-amazon-apigateway-authtype`.";
    AuthorizerUnsupported, Unsupported, "authorizer-unsupported",
        "The edge supports only authorizers that verify a JSON Web Token in a header. It does not call Lambda functions.",
        "Set PASSTHROUGH_URL, or use an authorizer for tokens in a header, with an entry in JWT_ISSUERS.";
    ApiKeySource, Unsupported, "api-key-source",
        "With the source AUTHORIZER, a Lambda function returns the API key, and the edge does not call Lambda functions.",
        "Set the source to HEADER, or set PASSTHROUGH_URL.";
    ValidatorUndefined, Unsupported, "validator-undefined",
        "The operation names a request validator that the document does not define.",
        "Define the request validator in `x-amazon-apigateway-request-validators`.";
    ModelKeyword, Unsupported, "model-keyword",
        "The schema of a validated body must be JSON schema draft 4, as in API Gateway.",
        "Replace the keyword, or let the validator check only parameters.";
    ModelInvalid, Unsupported, "model-invalid",
        "The schema that request bodies are checked against is not valid.",
        "Correct the schema.";
    ModelPattern, Unsupported, "model-pattern",
        "The edge matches a regular expression of a schema in linear time. It cannot run back-references, and it can run lookaheads only at the start of the expression, after `^`. A class cannot contain `\\p`, `\\c` or a character above U+FFFF. The expression must not be too large.",
        "Rewrite the expression, let the validator check only parameters, or set PASSTHROUGH_URL.";
    ModelReference, Unsupported, "model-reference",
        "The schema of a validated body is a reference without a target in the document, or contains such a reference.",
        "Copy the schema into the document, or let the validator check only parameters.";
    MethodDuplicate, Unsupported, "method-duplicate",
        "`/a` and `/a/` are one resource. API Gateway refuses the document if both have the same method.",
        "Remove one of the two operations.";
    PathSiblingParameter, Unsupported, "path-sibling-parameter",
        "A resource of API Gateway has at most one child with a path parameter.",
        "Use the same parameter in both paths. `{name}` and `{name+}` are different parameters.";
    PathBelowGreedy, Unsupported, "path-below-greedy",
        "API Gateway refuses a path with segments after a greedy parameter.",
        "Make `{name+}` the last segment of the path.";
    PathCharacters, Unsupported, "path-characters",
        "API Gateway accepts only certain characters in a segment of a path. A segment must not be empty, and two parameters of a path must not have the same name.",
        "Write the path with letters, digits and `-._:,~`. Write each parameter as a whole segment, with its own name.";
    PathTooLong, Unsupported, "path-too-long",
        "The edge routes paths of at most 64 segments. API Gateway creates a resource for each segment and has a quota of 300 resources.",
        "Shorten the path, or end it with a greedy parameter `{name+}`.";
    PathDefaultRoute, Unsupported, "path-default-route",
        "`$default` is the catch-all route of HTTP APIs. REST APIs do not have it.",
        "Use the path `/{proxy+}`.";

    // Mostly parts of a document that API Gateway ignores or refuses.
    Version, Lint, "version",
        "API Gateway imports only OpenAPI 3.0 and Swagger 2.0.",
        "Write `openapi: 3.0.1` or `swagger: \"2.0\"`.";
    OtherSpecification, Lint, "other-specification",
        "API Gateway ignores keys of the other specification (Swagger 2.0 or OpenAPI 3), with a warning.",
        "Use the key of the document's own specification.";
    KeyIgnored, Lint, "key-ignored",
        "API Gateway ignores an unknown key without a warning.",
        "Correct the key, or remove it.";
    ExtensionIgnored, Lint, "extension-ignored",
        "API Gateway ignores unknown extensions.",
        "Correct the name, or remove the extension.";
    ExtensionOfHttpApi, Lint, "extension-of-http-api",
        "REST APIs ignore keys and extensions of HTTP APIs.",
        "Remove the key. For CORS, write OPTIONS methods and map the headers.";
    IntegrationByReference, Lint, "integration-by-reference",
        "In REST APIs, API Gateway does not follow a `$ref` in place of an integration.",
        "Write the integration in the operation before you import the document into API Gateway.";
    ReferenceMissing, Lint, "reference-missing",
        "The `$ref` has no target in this document, so the value is treated as absent. An operation that needs the value is unsupported.",
        "Correct the reference, or add its target.";
    ReferenceSiblings, Lint, "reference-siblings",
        "The keys beside a `$ref` have no effect in OpenAPI 3.0 and Swagger 2.0.",
        "Move the keys to the target of the `$ref`, or replace the `$ref` with a copy of its target.";
    SecurityAtRoot, Lint, "security-at-root",
        "API Gateway applies authorizers of the root in OpenAPI 3. According to its documentation, API Gateway ignores `security` of the root for Swagger 2.0 and for API keys. This gateway always applies `security` of the root.",
        "Write `security` in each operation, so that API Gateway and this gateway behave the same.";
    SignedNotPassedOn, Lint, "signed-not-passed-on",
        "The signature of a client includes the host of this gateway, so the original API would refuse it.",
        "Let the clients of this operation call the original API.";
    AuthorizerReplaced, Lint, "authorizer-replaced",
        "The edge does not call the Lambda authorizer. The edge verifies the token with JWT_ISSUERS. The policy that the authorizer returns and its validation expression have no effect.",
        "Set the issuer and the audience in JWT_ISSUERS, or let PASSTHROUGH_URL serve the operation.";
    CacheKeyUndeclared, Lint, "cache-key-undeclared",
        "API Gateway refuses a cache key that the operation does not declare as a parameter. In this gateway, cache keys have no effect.",
        "Declare the parameter in `parameters` of the operation, or remove the key.";
    TimeoutOverQuota, Lint, "timeout-over-quota",
        "API Gateway allows 29 seconds, or more if the quota of the account is raised. This gateway allows up to 300 seconds.",
        "Set at most 29000 milliseconds, or ask AWS to raise the quota.";
    ExtensionMisplaced, Lint, "extension-misplaced",
        "API Gateway reads this extension only in another kind of object.",
        "Move the extension to the object named in the message.";
    ParameterNameShared, Lint, "parameter-name-shared",
        "API Gateway refuses two parameters with the same name, even if one is a header and the other a query parameter.",
        "Rename one of the parameters.";
    PathWithoutSlash, Lint, "path-without-slash",
        "A path must begin with a slash. API Gateway reports a parse issue for this path.",
        "Begin the path with a slash.";
    MethodTrace, Lint, "method-trace",
        "API Gateway does not have the method TRACE.",
        "Remove the operation.";
    ParameterIgnored, Lint, "parameter-ignored",
        "The parameter or its `required` is not valid, so this part is ignored.",
        "Correct the parameter.";
    MappingNotAString, Lint, "mapping-not-a-string",
        "API Gateway ignores a mapping whose value is not a string, with a warning.",
        "Write the expression as a string.";
    ResponseUndeclared, Lint, "response-undeclared",
        "API Gateway accepts the document, but responds with 500 when this entry is selected.",
        "Declare the status in `responses` of the operation.";
    ResponseHeaderUndeclared, Lint, "response-header-undeclared",
        "API Gateway refuses the mapping of a header that the response does not declare.",
        "Declare the header in that response of the operation.";
    CredentialsInvalid, Lint, "credentials-invalid",
        "API Gateway refuses `credentials` that are not an ARN. This gateway uses `credentials` only with ASSUME_ROLE.",
        "Set `credentials` to the ARN of the role.";
    CredentialsIgnored, Lint, "credentials-ignored",
        "The gateway does not sign requests to a URL, so `credentials` have no effect.",
        "Remove `credentials`.";
    BasePathInvalid, Lint, "base-path-invalid",
        "The base path of the document is not valid.",
        "Correct the base path, or set BASE_PATH.";
    ServersIgnored, Lint, "servers-ignored",
        "API Gateway uses only the first server, with a warning.",
        "Remove the other servers.";
    MediaTypeIgnored, Lint, "media-type-ignored",
        "`x-amazon-apigateway-binary-media-types` must be an array of media types.",
        "Correct the entry, or remove it.";
    MediaTypeParameters, Lint, "media-type-parameters",
        "The parameters of a binary media type are ignored: media types are compared without parameters.",
        "Write the type without parameters.";
    CompressionSize, Lint, "compression-size",
        "API Gateway refuses a minimum compression size outside of 0 to 10485760 bytes.",
        "Write a number from 0 to 10485760.";
    EndpointPrivate, Lint, "endpoint-private",
        "A private API can be called only from its VPC, but a Worker is public.",
        "Restrict the callers with `security` of the operations.";
    GatewayResponseIgnored, Lint, "gateway-response-ignored",
        "A part of a gateway response is not valid, so it is ignored.",
        "Correct this part, or remove it.";

    // The document as a whole.
    NothingServed, Lint, "nothing-served",
        "No operation runs at the edge. Each request gets a 501, or goes to the original API if PASSTHROUGH_URL is set.",
        "See the reasons in the table of operations, or set PASSTHROUGH_URL and move operations to the edge one by one.";

    // Operations that do not run at the edge with the settings of the deployment.
    IssuerMissing, Unsupported, "issuer-missing",
        "The edge cannot verify the tokens of a scheme that has no entry in JWT_ISSUERS. This gateway does not serve an operation whose security it cannot enforce.",
        "Set JWT_ISSUERS to an object with an entry for the scheme: `issuer`, `audience` and `jwks_uri`.";
    ResourcePolicy, Unsupported, "resource-policy",
        "A resource policy restricts the callers of each operation, and the edge does not evaluate it.",
        "Set RESOURCE_POLICY to `ignore` to serve the document without its policy.";
    StageVariableMissing, Unsupported, "stage-variable-missing",
        "The host or the bucket of the backend depends on a stage variable that is not set.",
        "Set STAGE_VARIABLES to a JSON object that contains the variable. For a variable in the bucket of `s3:path/BUCKET/KEY`, S3_BUCKET may be set instead.";
    RoleInvalid, Unsupported, "role-invalid",
        "With ASSUME_ROLE, the gateway signs requests with the role in `credentials` of the integration.",
        "Set `credentials` to the ARN of a role, with the account id, or do not set ASSUME_ROLE.";
    BasePathVariable, Unsupported, "base-path-variable",
        "The base path of the document contains a variable that is not set.",
        "Set BASE_PATH to the whole base path, or set the variable in STAGE_VARIABLES. For `AWS::Region`, set S3_REGION instead of STAGE_VARIABLES.";
    RegionMissing, Unsupported, "region-missing",
        "API Gateway replaces `${AWS::Region}` when it imports a document. This gateway replaces it with S3_REGION.",
        "Set S3_REGION to the region of the bucket, or compile with `--parameter AWS::Region=REGION`.";

    // Parts of a valid document that probably do not do what the author expects.
    UploadCorrupted, Lint, "upload-corrupted",
        "In `aws`, a body whose `Content-Type` is not in `x-amazon-apigateway-binary-media-types` is read as UTF-8. Bytes that are not UTF-8 become U+FFFD.",
        "Add the types that clients upload, or `*/*`, to `x-amazon-apigateway-binary-media-types`.";
    UploadMustBeBase64, Lint, "upload-must-be-base64",
        "CONVERT_TO_BINARY decodes each body whose `Content-Type` is not a binary media type. A body that is not base64 gets a 500 in `aws` and a 400 in `edge`.",
        "Add the types that clients send as bytes to `x-amazon-apigateway-binary-media-types`, but not the types that they send as base64.";
    UploadKeptAsBase64, Lint, "upload-kept-as-base64",
        "The gateway treats a body of a binary media type as bytes: CONVERT_TO_BINARY does not decode it, and CONVERT_TO_TEXT encodes it.",
        "Let clients send base64 with a type that is not a binary media type. To store the bytes, remove CONVERT_TO_TEXT.";
    StoredAsJson, Lint, "stored-as-json",
        "In `aws`, S3 stores the client's `Content-Type`, which is often `application/json` for base64. `edge` uses the type of the key's extension.",
        "Map `integration.request.header.Content-Type` from another header, or from a static value.";
    DownloadCorrupted, Lint, "download-corrupted",
        "In `aws`, a response of the backend whose `Content-Type` is not a binary media type is read as UTF-8. Bytes that are not UTF-8 become U+FFFD.",
        "Add the types of the objects, or `*/*`, to `x-amazon-apigateway-binary-media-types`.";
    BinaryAcceptFails, Lint, "binary-accept-fails",
        "If the `Accept` is a binary media type and the type of the body is not, `aws` decodes the body as base64. With CONVERT_TO_BINARY, `aws` and `edge` decode such a body for each `Accept`.",
        "Add the types of the objects, or `*/*`, to `x-amazon-apigateway-binary-media-types`. The default type of S3 is `binary/octet-stream`, not `application/octet-stream`.";
    ErrorFails, Lint, "error-fails",
        "If the `Accept` is a binary media type, `aws` decodes the XML of S3 as base64, which fails.",
        "Set `contentHandling` to CONVERT_TO_TEXT in the entry that matches the error.";
    TemplateMeetsBytes, Lint, "template-meets-bytes",
        "A template can be applied only to text. A body is bytes if its type or the `Accept` is a binary media type.",
        "Set `contentHandling` to CONVERT_TO_TEXT, or let the body pass with an empty template for its type.";
    FirstAcceptCounts, Lint, "first-accept-counts",
        "`aws` compares only the first type of `Accept` with the binary media types, so browsers and curl get base64. `edge` uses the whole header.",
        "To send bytes to each client, add `*/*` to `x-amazon-apigateway-binary-media-types`, or set `contentHandling` of the response to CONVERT_TO_BINARY.";
    MediaTypeNeverMatches, Lint, "media-type-never-matches",
        "An entry of `x-amazon-apigateway-binary-media-types` must be `type/subtype`, `type/*` or `*/*`, without parameters.",
        "Correct the entry, or remove it.";
    TemplateCannotOccur, Lint, "template-cannot-occur",
        "The `Content-Type` without its parameters selects a template. A template for a type with a wildcard or a parameter is never selected.",
        "Write only `type/subtype`, or `$default` for all other types.";
    TypeRefused, Lint, "type-refused",
        "NEVER refuses each request without a matching template. WHEN_NO_TEMPLATES does so if the integration has templates for other types. A request without a `Content-Type` counts as `application/json`.",
        "Set `passthroughBehavior` to WHEN_NO_MATCH, or add a request template for the type. An empty template lets the body pass.";
    ContentTypeNotMapped, Lint, "content-type-not-mapped",
        "In `aws`, a header of the backend reaches the client only if it is mapped. `edge` passes the `Content-Type` of unchanged bytes.",
        "Map `method.response.header.Content-Type` from `integration.response.header.Content-Type`, and declare the header in the response.";
    HeaderRenamed, Lint, "header-renamed",
        "API Gateway reserves some response headers: it sends them as `x-amzn-Remapped-NAME`, and drops `Transfer-Encoding`.",
        "Map the value to a header with another name.";
    ErrorAnsweredAsSuccess, Lint, "error-answered-as-success",
        "The client gets the `statusCode` of the entry that matches, whatever the status of the backend is.",
        "Add entries for `404` and `403` (or `4\\d{2}`), or let `default` be an error and `2\\d{2}` the success.";
    StatusNotTaken, Lint, "status-not-taken",
        "A status of the backend that no pattern matches becomes a 500 if there is no `default` entry.",
        "Add a `default` entry, or entries for the statuses of the backend (`2\\d{2}`, `4\\d{2}`).";
    PartialContentHidden, Lint, "partial-content-hidden",
        "The client needs the status 206 or 304. With another status it mistakes a part for the whole object, or the empty body for an empty object.",
        "Add entries for exactly `206` and `304`, and exclude these statuses from the other patterns: `2(?!06)\\d{2}`.";
    PatternShadowed, Lint, "pattern-shadowed",
        "This gateway selects the first entry that matches, but API Gateway does not guarantee an order.",
        "Change the patterns so that each status matches only one of them.";
    PatternMatchesNothing, Lint, "pattern-matches-nothing",
        "A selection pattern must match all three digits of the status.",
        "Write a status (`404`), or a pattern of three digits (`4\\d{2}`).";
    StatusTwice, Lint, "status-twice",
        "API Gateway stores integration responses by `statusCode`, so the second entry replaces the first. This gateway keeps both.",
        "Join the patterns in one entry: `4\\d{2}|5\\d{2}`.";
    KeyNeedsEncodedSlash, Lint, "key-needs-encoded-slash",
        "`{name}` matches one segment of the path, so a client must send a slash of the key as `%2F`. Otherwise it gets a 403.",
        "Use `{name+}` as the last segment if keys contain slashes.";
    AudienceMissing, Lint, "audience-missing",
        "Without an audience, the gateway also accepts tokens that the issuer made for other applications. API Gateway does so, too, if a Cognito authorizer has no `identityValidationExpression`.",
        "Set `audience` in the entry of JWT_ISSUERS to the ids of the applications that may call the API.";
    AnonymousWrite, Lint, "anonymous-write",
        "API Gateway lets anyone call an operation without `security`. This gateway responds with 403 to such a write unless ALLOW_ANONYMOUS_WRITES is `true`.",
        "Add `security` to the operation: an API key, `awsSigv4` or tokens.";
    QuotedMapping, Lint, "quoted-mapping",
        "A mapping source in single quotes is a static value. The gateway sends it as written.",
        "Remove the single quotes.";
    MockFails, Lint, "mock-fails",
        "A template can be applied only to text. With the binary media type `*/*`, or with CONVERT_TO_BINARY, the body of a mock is bytes, even if it is empty.",
        "Set `contentHandling` to CONVERT_TO_TEXT.";
    MockWithoutStatus, Lint, "mock-without-status",
        "The `statusCode` in the output of its request template selects the response of a mock. It must be an integer.",
        "Set the request template for `application/json` to `{\"statusCode\": 200}`, which also applies to requests without a `Content-Type`.";
    HeaderValueFails, Lint, "header-value-fails",
        "A header may not contain control characters. A header that is signed for S3 (`x-amz-*`, `Content-Type`, `Content-MD5`) may contain only visible ASCII and spaces.",
        "Write the value in ASCII. In `x-amz-meta-*`, encode other text as RFC 2047 does: `=?UTF-8?B?...?=`.";
    HeaderForbidden, Lint, "header-forbidden",
        "A mapping may not set headers about the length and the transfer of a body, nor, in requests to S3, headers about the signature and the connection. A request for which the mapping has a value gets a 500.",
        "Remove the mapping, or send the value in another header.";
    HeaderNeverRead, Lint, "header-never-read",
        "API Gateway and this gateway remove headers about the connection, headers about the length of the body, and `Content-MD5` before mappings and validators run.",
        "Let clients send the value in another header.";
    HeaderUnsigned, Lint, "header-unsigned",
        "Clients of an operation with `awsSigv4` select the headers that they sign. This gateway requires a signature only for `Host`, `X-HTTP-Method-Override`, and the headers `x-amz-*` that a mapping reads.",
        "Let clients send the value in a header `x-amz-*` or in the query, or require in their documentation that they sign the header.";
    VariableEmptyHere, Lint, "variable-empty-here",
        "This gateway has no value for variables of AWS, such as account ids and API ids. A mapping from such a variable sets nothing, and a template renders it as empty text.",
        "Write the value itself, use a stage variable, or remove the reference.";
    VariableUnknown, Lint, "variable-unknown",
        "A mapping from a variable that does not exist sets nothing, and a template renders it as empty text. Variables of access logs exist only in access logs.",
        "Correct the name, which is case-sensitive, or remove the reference.";
}

impl Code {
    /// Returns the remedy for an operation whose clients sign requests. The remedy never contains PASSTHROUGH_URL,
    /// because signed requests are not sent there.
    pub fn remedy_if_signed(self) -> &'static str {
        match self {
            Self::IntegrationLambda | Self::IntegrationService => Self::SignedNotPassedOn.remedy(),
            Self::IntegrationVpcLink => {
                "Give the backend a public address, and remove the VPC link from the integration."
            }
            Self::IntegrationTls => "Remove `tlsConfig`.",
            Self::TemplateNotSupported => "Simplify the template.",
            Self::JsonPathNotSupported => "Write a path of names, `['names']` and `[indices]`.",
            Self::AuthorizerUnsupported => {
                "Use an authorizer for tokens in a header, with an entry in JWT_ISSUERS."
            }
            Self::ApiKeySource => "Set the source to HEADER.",
            Self::ModelPattern => "Rewrite the expression, or let the validator check only parameters.",
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
    fn codes_are_unique_and_have_a_reason_and_a_remedy() {
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
    fn remedies_for_signed_operations_do_not_propose_passthrough_url() {
        for code in Code::ALL.iter().filter(|code| code.class() == Class::Unsupported) {
            assert!(!code.remedy_if_signed().contains("PASSTHROUGH_URL"), "{code}");
        }
    }
}
