//! The explanation of one request as data. The command prints it as JSON, or as text with the module `text`.

use s3_edge_gateway::gateway::conversion::Conversion;
use serde::{Serialize, Serializer};

/// The explanation of one request.
#[derive(Clone, Debug, Serialize)]
pub struct Explanation {
    pub request: ClientRequest,
    /// The behaviour: `aws` or `edge`.
    pub compatibility: &'static str,
    /// The backend of the operation, or the original API if the request is sent there. `None` if no backend serves the
    /// request.
    pub backend: Option<Backend>,
    pub stages: Vec<Stage>,
    /// The response to the client, or `None` if the client gets the response of the original API.
    pub response: Option<ClientResponse>,
}

#[derive(Clone, Debug, Serialize)]
pub struct ClientRequest {
    pub method: String,
    /// The path with the base path and the query.
    pub path: String,
    pub headers: Vec<Field>,
}

#[derive(Clone, Debug, Serialize)]
pub struct ClientResponse {
    pub status: u16,
    /// The headers, without the request id and `Content-Length`.
    pub headers: Vec<Field>,
    pub body: Content,
}

/// A name and a value: a header or a path parameter.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct Field {
    pub name: String,
    pub value: String,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Backend {
    /// S3: an integration of type `aws`.
    S3,
    /// A URL: an integration of type `http`.
    Http,
    /// A URL: an integration of type `http_proxy`.
    HttpProxy,
    /// No server: an integration of type `mock`.
    Mock,
    /// The original API at `PASSTHROUGH_URL`.
    Passthrough,
}

/// One stage of a request.
#[derive(Clone, Debug, Serialize)]
#[serde(tag = "stage", rename_all = "kebab-case")]
pub enum Stage {
    /// The gateway routes the request to an operation.
    Route {
        /// The path as written in the document, or `None` if no operation matches.
        path: Option<String>,
        /// The path parameters, percent-encoded.
        parameters: Vec<Field>,
    },
    /// The operation is not served at the edge.
    Unsupported {
        /// The settings with which the gateway would serve the operation. Empty if no setting has this effect.
        #[serde(skip_serializing_if = "Vec::is_empty")]
        requires: Vec<&'static str>,
        reasons: Vec<Reason>,
    },
    /// The request is not sent to the original API, even if `PASSTHROUGH_URL` is set.
    NotPassedOn {
        reasons: Vec<String>,
    },
    /// The gateway verifies the caller.
    Security {
        /// The credentials that a request needs. The explanation assumes that the request has them.
        required: Vec<String>,
        /// Whether the request is an anonymous write and `ALLOW_ANONYMOUS_WRITES` is not `true`. The explanation assumes
        /// that the setting is `true`.
        needs_allowed_writes: bool,
    },
    /// The gateway removes the `Content-Encoding` of the body before other stages read the body.
    Decoding {
        /// `gzip` or `deflate`.
        coding: &'static str,
    },
    /// The request validator checks the request.
    Validator {
        /// The required parameters.
        required: Vec<String>,
        /// The check of the body, as part of a sentence.
        body: Option<&'static str>,
    },
    /// The gateway evaluates `requestParameters`.
    Parameters {
        /// The mappings in the order of the document.
        mappings: Vec<Mapped>,
    },
    RequestTemplate(TemplateChoice),
    /// The gateway converts the client's body, or passes it unchanged.
    RequestBody(BodyPlan),
    BackendRequest(BackendRequest),
    /// The request before this stage creates a multipart upload. The requests for parts and completion follow it.
    Multipart,
    /// The backend responds. The explanation simulates this response.
    BackendResponse {
        status: u16,
        content_type: Option<String>,
    },
    /// The gateway repeats the request without range and condition.
    Repeat,
    /// The gateway reads the `statusCode` of a mock.
    Mock {
        /// The status that selects the integration response.
        status: u16,
        /// The options of the example request that have no effect on a mock.
        ignored: Vec<&'static str>,
    },
    /// The gateway selects an integration response.
    Selected(Selected),
    /// How the gateway converts the backend's body, if it does.
    ResponseBody(BodyPlan),
    ResponseTemplate(TemplateChoice),
    /// The gateway refuses the request.
    Rejected {
        /// The type of the gateway response: `BAD_REQUEST_BODY`.
        #[serde(rename = "type")]
        kind: &'static str,
        /// The message for the client.
        message: String,
        /// The faults that the request validator found in the body, or the causes in the access log.
        causes: Vec<String>,
    },
}

/// A reason why an operation is not served at the edge.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct Reason {
    /// The stable code: `template-not-supported`.
    pub code: String,
    pub message: String,
    /// The action that resolves the problem, or `None` if no action is necessary or known.
    pub remedy: Option<&'static str>,
    /// The JSON pointer in the file.
    pub pointer: String,
    /// The line of the file, counted from 1, or `None` if the reason has no place in the file.
    pub line: Option<usize>,
    /// The column of the line, counted from 1, or `None` if the reason has no place in the file.
    pub column: Option<usize>,
}

/// A mapping and its value.
#[derive(Clone, Debug, Serialize)]
pub struct Mapped {
    pub target: String,
    pub source: String,
    /// The value, or `None` if the source has no value, so that the target is not set.
    pub value: Option<String>,
}

/// The choice of a mapping template.
#[derive(Clone, Debug, Serialize)]
pub struct TemplateChoice {
    /// The media type of the selected template, or `None` if no template is applied.
    pub media_type: Option<String>,
    /// The reason why an existing template is not applied, or the effect of a missing template on a mock.
    pub reason: Option<&'static str>,
}

/// The conversion of a body.
#[derive(Clone, Debug, Serialize)]
pub struct BodyPlan {
    /// The conversion, or `None` if no body is converted.
    #[serde(serialize_with = "by_name")]
    pub conversion: Option<Conversion>,
    /// The effect on the body, as part of a sentence.
    pub effect: &'static str,
    /// The headers and properties that determine the conversion, as parts of a sentence.
    pub reasons: Vec<String>,
}

#[derive(Clone, Debug, Serialize)]
pub struct BackendRequest {
    pub method: String,
    pub url: String,
    pub signed: bool,
    /// The headers, without `Content-Length` and the headers of the signature.
    pub headers: Vec<Field>,
    pub body: Content,
}

/// The selected entry of an integration's `responses`.
#[derive(Clone, Debug, Serialize)]
pub struct Selected {
    /// The selection pattern, or `None` for an `http_proxy`, which has no `responses`.
    pub pattern: Option<String>,
    /// The JSON pointer of the entry in the file.
    pub pointer: Option<String>,
    /// The reason for the selection, as part of a sentence.
    pub reason: String,
    /// The `statusCode` of the entry. For an `http_proxy`, the backend's status.
    pub status: u16,
    /// The status that the client gets, if it differs from `status` (`ranges-and-conditions` in docs/differences.md).
    pub passed_status: Option<u16>,
}

/// A body.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[serde(tag = "form", rename_all = "kebab-case")]
pub enum Content {
    /// No body, or an empty one.
    None,
    /// Bytes that the explanation does not contain.
    Stream {
        /// A description of the bytes: `the client's bytes, streamed`.
        what: String,
    },
    /// UTF-8 text.
    Text { text: String },
    /// Bytes that are not UTF-8.
    Bytes {
        /// The bytes, encoded as base64.
        base64: String,
        /// The number of bytes before encoding.
        length: usize,
    },
}

fn by_name<S: Serializer>(conversion: &Option<Conversion>, serializer: S) -> Result<S::Ok, S::Error> {
    conversion.map(Conversion::name).serialize(serializer)
}

impl Field {
    pub(super) fn new(name: impl Into<String>, value: impl Into<String>) -> Self {
        Self { name: name.into(), value: value.into() }
    }
}

impl BodyPlan {
    /// Returns the plan for a body without a conversion.
    pub(super) fn without_conversion(effect: &'static str) -> Self {
        Self { conversion: None, effect, reasons: Vec::new() }
    }
}

impl Backend {
    /// Returns the possessive form of the backend's name, for sentences about its response.
    pub(super) fn whose(self) -> &'static str {
        match self {
            Self::S3 => "S3's",
            Self::Http | Self::HttpProxy => "the backend's",
            Self::Mock => "the mock's",
            Self::Passthrough => "the original API's",
        }
    }
}
