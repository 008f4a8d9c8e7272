//! The explanation of one request as data: its stages in their order. Programs get it as JSON.
//!
//! Not inside: how it comes about (`recorder`), and how it is written for people (`text`).

use s3_edge_gateway::gateway::conversion::Conversion;
use serde::{Serialize, Serializer};

/// What happens to a request.
#[derive(Clone, Debug, Serialize)]
pub struct Story {
    /// The client's request.
    pub request: ClientRequest,
    /// The behaviour: `aws` or `edge`.
    pub compatibility: &'static str,
    /// The backend that responds; `None` if the gateway itself responds.
    pub backend: Option<Backend>,
    /// The stages, in their order.
    pub stages: Vec<Stage>,
    /// The response to the client; `None` if it is that of the original API, unchanged.
    pub response: Option<ClientResponse>,
}

/// The client's request.
#[derive(Clone, Debug, Serialize)]
pub struct ClientRequest {
    /// The method.
    pub method: String,
    /// The path with the base path, and the query.
    pub path: String,
    /// The headers.
    pub headers: Vec<Field>,
}

/// The response to the client.
#[derive(Clone, Debug, Serialize)]
pub struct ClientResponse {
    /// The status.
    pub status: u16,
    /// The headers, without those of the connection.
    pub headers: Vec<Field>,
    /// The body.
    pub body: Content,
}

/// A name and a value, such as a header.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct Field {
    /// The name.
    pub name: String,
    /// The value.
    pub value: String,
}

/// A backend.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Backend {
    /// S3, by an integration of type `aws`.
    S3,
    /// A URL, by an integration of type `http`.
    Http,
    /// A URL, by an integration of type `http_proxy`.
    HttpProxy,
    /// No server: the integration's own responses.
    Mock,
    /// The original API, `PASSTHROUGH_URL`.
    Passthrough,
}

/// One stage of a request.
#[derive(Clone, Debug, Serialize)]
#[serde(tag = "stage", rename_all = "kebab-case")]
pub enum Stage {
    /// The route.
    Route {
        /// The path as the document writes it; `None` if no operation takes the request.
        path: Option<String>,
        /// The values of its parameters, percent-encoded.
        parameters: Vec<Field>,
    },
    /// The operation is not served at the edge.
    Unsupported {
        /// For a conditional operation, the settings that do not allow it to be served; otherwise empty.
        #[serde(skip_serializing_if = "Vec::is_empty")]
        requires: Vec<&'static str>,
        /// Why not.
        reasons: Vec<Reason>,
    },
    /// The request is not sent to `PASSTHROUGH_URL`, or would not be if that were set.
    NotPassedOn {
        /// Why not.
        reasons: Vec<String>,
    },
    /// Who may call.
    Security {
        /// What a caller must present. It is supposed to be there.
        required: Vec<String>,
        /// Whether `ALLOW_ANONYMOUS_WRITES` must be `true`, and is not. It is supposed to be.
        needs_allowed_writes: bool,
    },
    /// The body is decoded before a validator or a mapping reads it.
    Decoding {
        /// `gzip` or `deflate`.
        coding: &'static str,
    },
    /// What the request validator checks.
    Validator {
        /// The required parameters.
        required: Vec<String>,
        /// What is checked of the body.
        body: Option<&'static str>,
    },
    /// `requestParameters`.
    Parameters {
        /// In the order of the document.
        mappings: Vec<Mapped>,
    },
    /// The request template.
    RequestTemplate(TemplateChoice),
    /// The conversion of the client's body.
    RequestBody(BodyPlan),
    /// The request to the backend.
    BackendRequest(BackendRequest),
    /// The request above creates a multipart upload. Its parts and its completion follow.
    Multipart,
    /// The supposed response of the backend.
    BackendResponse {
        /// The status.
        status: u16,
        /// `Content-Type`
        content_type: Option<String>,
    },
    /// The request is sent once more, without range and condition.
    Repeat,
    /// A mock's status.
    Mock {
        /// The status that selects the response.
        status: u16,
        /// Properties of the question that have no effect, because there is no backend.
        ignored: Vec<&'static str>,
    },
    /// The selected integration response.
    Selected(Selected),
    /// The conversion of the backend's body.
    ResponseBody(BodyPlan),
    /// The response template.
    ResponseTemplate(TemplateChoice),
    /// The gateway refuses the request.
    Rejected {
        /// The type of the gateway response.
        #[serde(rename = "type")]
        kind: &'static str,
        /// The message for the client.
        message: String,
        /// The causes, for the log.
        causes: Vec<String>,
    },
}

/// Why an operation is not served at the edge.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct Reason {
    /// The stable code: `template-not-supported`.
    pub code: String,
    /// What was found.
    pub message: String,
    /// What to do; `None` if the message says so.
    pub remedy: Option<&'static str>,
    /// The JSON pointer in the file.
    pub pointer: String,
    /// The line of the file, counted from 1; `None` if the reason is a setting.
    pub line: Option<usize>,
    /// The column, counted from 1.
    pub column: Option<usize>,
}

/// The value of one mapping.
#[derive(Clone, Debug, Serialize)]
pub struct Mapped {
    /// The target.
    pub target: String,
    /// The source.
    pub source: String,
    /// The value; `None` if the source is missing, so that the target is left out.
    pub value: Option<String>,
}

/// The template that applies.
#[derive(Clone, Debug, Serialize)]
pub struct TemplateChoice {
    /// The media type of its entry; `None` if no template applies.
    pub media_type: Option<String>,
    /// Why none applies, if the document has one.
    pub reason: Option<&'static str>,
}

/// What happens to a body.
#[derive(Clone, Debug, Serialize)]
pub struct BodyPlan {
    /// The conversion; `None` if there is no body to convert.
    #[serde(serialize_with = "by_name")]
    pub conversion: Option<Conversion>,
    /// The effect.
    pub effect: &'static str,
    /// What decided this.
    pub reasons: Vec<String>,
}

/// A request to the backend.
#[derive(Clone, Debug, Serialize)]
pub struct BackendRequest {
    /// The method.
    pub method: String,
    /// The URL.
    pub url: String,
    /// Whether it is signed.
    pub signed: bool,
    /// The headers, without those of the signature and the connection.
    pub headers: Vec<Field>,
    /// The body.
    pub body: Content,
}

/// The selected entry of an integration's `responses`.
#[derive(Clone, Debug, Serialize)]
pub struct Selected {
    /// Its key; `None` for an `http_proxy`, which has no `responses`.
    pub pattern: Option<String>,
    /// The JSON pointer in the file.
    pub pointer: Option<String>,
    /// Why this entry.
    pub reason: &'static str,
    /// The status that it sets.
    pub status: u16,
    /// The status for the client, if it is another one: `ranges-and-conditions`.
    pub passed_status: Option<u16>,
}

/// A body.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[serde(tag = "form", rename_all = "kebab-case")]
pub enum Content {
    /// No body, or an empty one.
    None,
    /// Bytes that the gateway does not hold.
    Stream {
        /// Which bytes.
        what: String,
    },
    /// Text.
    Text {
        /// The whole text.
        text: String,
    },
    /// Bytes that are not UTF-8.
    Bytes {
        /// All of them.
        base64: String,
        /// The number of bytes.
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
    /// Returns the plan for a body that is not converted.
    pub(super) fn without_conversion(effect: &'static str) -> Self {
        Self { conversion: None, effect, reasons: Vec::new() }
    }
}

impl Backend {
    /// Returns the backend's name in the genitive, for sentences about its response.
    pub(super) fn whose(self) -> &'static str {
        match self {
            Self::S3 => "S3's",
            Self::Http | Self::HttpProxy => "the backend's",
            Self::Mock => "the mock's",
            Self::Passthrough => "the original API's",
        }
    }
}
