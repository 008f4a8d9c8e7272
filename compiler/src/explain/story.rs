//! The story of one request, as data: every stage in its turn, with what it decides and why. Programs get it as JSON.
//!
//! Not inside: what happens (`telling`), and how people are told (`text`).

use serde::{Serialize, Serializer};

use crate::gateway::content::Conversion;

/// What would happen to a request.
#[derive(Clone, Debug, Serialize)]
pub struct Story {
    /// What the client sends.
    pub request: Client,
    /// As whom the gateway answers: `aws` or `edge`.
    pub compatibility: &'static str,
    /// Who is behind the operation; none where the request leads nowhere.
    pub backend: Option<Server>,
    /// What happens, in its order.
    pub stages: Vec<Stage>,
    /// What the client gets.
    pub answer: Answered,
}

/// What the client sends.
#[derive(Clone, Debug, Serialize)]
pub struct Client {
    /// The method.
    pub method: String,
    /// The path with the base path, and the query.
    pub path: String,
    /// The headers.
    pub headers: Vec<Field>,
}

/// What the client gets.
#[derive(Clone, Debug, Serialize)]
pub struct Answered {
    /// The status.
    pub status: u16,
    /// The headers, but for those of the connection.
    pub headers: Vec<Field>,
    /// The body.
    pub body: Content,
}

/// A name and a value, as of a header.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct Field {
    /// The name.
    pub name: String,
    /// The value.
    pub value: String,
}

/// Who answers.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Server {
    /// S3, as an integration of type `aws`.
    S3,
    /// A URL.
    Http,
    /// A URL that gets and gives everything as it is.
    HttpProxy,
    /// Nobody.
    Mock,
}

/// One step of a request.
#[derive(Clone, Debug, Serialize)]
#[serde(tag = "stage", rename_all = "kebab-case")]
pub enum Stage {
    /// Which path of the document takes the request, if any.
    Route {
        /// As the document writes it.
        path: Option<String>,
        /// The values of its parameters, as they came.
        parameters: Vec<Field>,
    },
    /// Who may call.
    Security {
        /// What the document asks for: supposed to be there.
        asked: Vec<String>,
        /// Whether this is a write that the deployment has to allow: supposed to be.
        needs_allowed_writes: bool,
    },
    /// The body is decoded before anybody looks at it.
    Decoding {
        /// How it comes: `gzip` or `deflate`.
        coding: &'static str,
    },
    /// What the request has to bring.
    Validator {
        /// The parameters that have to be there.
        required: Vec<String>,
        /// What is asked of the body.
        body: Option<&'static str>,
    },
    /// What the mappings take out of the request.
    Parameters {
        /// In the order of the document.
        mappings: Vec<Mapped>,
    },
    /// Which request template makes the body.
    RequestTemplate(TemplateChoice),
    /// What becomes of the client's body.
    RequestBody(Treated),
    /// What the backend is sent.
    BackendRequest(Sent),
    /// What the backend is supposed to answer.
    BackendAnswer {
        /// The status.
        status: u16,
        /// The type of its body.
        content_type: Option<String>,
    },
    /// What the backend's answer means: it has to be asked again.
    Repeat {
        /// Why.
        because: &'static str,
    },
    /// What a mock says.
    Mock {
        /// The status that selects the response.
        status: u16,
        /// Options that mean nothing here, as nobody is asked.
        without_use: Vec<&'static str>,
    },
    /// Which entry of `responses` takes the answer.
    Selected(Selected),
    /// What becomes of the backend's body.
    ResponseBody(Treated),
    /// Which response template makes the body.
    ResponseTemplate(TemplateChoice),
    /// Why the request goes no further.
    Rejected {
        /// The type of the gateway response.
        #[serde(rename = "type")]
        kind: &'static str,
        /// What the client is told.
        message: String,
        /// What the log is told.
        causes: Vec<String>,
    },
}

/// What one mapping gives.
#[derive(Clone, Debug, Serialize)]
pub struct Mapped {
    /// Where the value goes.
    pub target: String,
    /// Where it comes from.
    pub source: String,
    /// The value; none is left out.
    pub value: Option<String>,
}

/// Which template applies.
#[derive(Clone, Debug, Serialize)]
pub struct TemplateChoice {
    /// The type that it is written for; none where none applies.
    pub media_type: Option<String>,
    /// Why none applies, where that is not because none is written for it.
    pub because: Option<&'static str>,
}

/// What becomes of a body.
#[derive(Clone, Debug, Serialize)]
pub struct Treated {
    /// The conversion; none where there is nothing to convert.
    #[serde(serialize_with = "by_name")]
    pub conversion: Option<Conversion>,
    /// What that does.
    pub effect: &'static str,
    /// Why it is this one.
    pub because: Vec<String>,
}

/// A request to the backend.
#[derive(Clone, Debug, Serialize)]
pub struct Sent {
    /// The method.
    pub method: String,
    /// The URL.
    pub url: String,
    /// Whether it is signed.
    pub signed: bool,
    /// The headers, but for those of the signature and the connection.
    pub headers: Vec<Field>,
    /// The body.
    pub body: Content,
    /// Whether this begins an upload in parts.
    pub in_parts: bool,
}

/// Which entry of `responses` takes an answer.
#[derive(Clone, Debug, Serialize)]
pub struct Selected {
    /// Its key; none where nothing is selected, as of an `http_proxy`.
    pub pattern: Option<String>,
    /// Where it stands, as a JSON pointer.
    pub pointer: Option<String>,
    /// Why it is this one.
    pub because: &'static str,
    /// The status that it gives.
    pub status: u16,
    /// The status that the client gets, where that is another one: `ranges-and-conditions`.
    pub passed_status: Option<u16>,
}

/// A body.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[serde(tag = "form", rename_all = "kebab-case")]
pub enum Content {
    /// None, or an empty one.
    None,
    /// Bytes that are not looked at here.
    Passing {
        /// Whose they are.
        what: String,
    },
    /// Text.
    Text {
        /// All of it.
        text: String,
    },
    /// Bytes that are no text.
    Bytes {
        /// All of them.
        base64: String,
        /// How many.
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

impl Server {
    /// Whose words and bodies they are.
    pub(super) fn whose(self) -> &'static str {
        match self {
            Self::S3 => "S3's",
            Self::Http | Self::HttpProxy => "the backend's",
            Self::Mock => "the mock's",
        }
    }
}
