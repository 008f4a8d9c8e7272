//! Parameter mappings: `integration.request.path.key` = `method.request.querystring.key`, parsed into enums.
//!
//! Inside: the expressions of `requestParameters`, of `responseParameters`, and of gateway responses. Not inside:
//! evaluating them (`gateway`). Rules:
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/request-response-data-mappings.html>.

use std::fmt;

use http::HeaderName;

use super::json_path::JsonPath;

/// The name of a parameter, as API Gateway allows it: letters, digits and `. _ $ : -`.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct Name(String);

impl Name {
    /// Reads a name; `None` where a character is not allowed or nothing is left.
    pub fn parse(text: &str) -> Option<Self> {
        Self::is_one(text).then(|| Self(text.to_owned()))
    }

    fn is_one(text: &str) -> bool {
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"._$:-".contains(&byte);
        !text.is_empty() && text.bytes().all(allowed)
    }

    /// The name as it is written in the document.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The name of a header: compared in any letter case, written as the document writes it.
#[derive(Clone, Debug)]
pub struct Header {
    /// For look-ups.
    pub name: HeaderName,
    /// As the document spells it.
    pub written: String,
}

impl PartialEq for Header {
    fn eq(&self, other: &Self) -> bool {
        self.written == other.written
    }
}

impl Eq for Header {}

impl Header {
    /// Reads a header name; `None` where a character is not allowed.
    pub fn parse(text: &str) -> Option<Self> {
        let name = HeaderName::try_from(text).ok().filter(|_| Name::is_one(text))?;
        Some(Self { name, written: text.to_owned() })
    }
}

/// One value of the client's request.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum MethodRequestSource {
    /// `method.request.path.NAME`
    Path(Name),
    /// `method.request.querystring.NAME`: the last value of that name.
    QueryString(Name),
    /// `method.request.multivaluequerystring.NAME`: all of them.
    MultiValueQueryString(Name),
    /// `method.request.header.NAME`: the last value of that name.
    Header(Header),
    /// `method.request.multivalueheader.NAME`: all of them, joined with commas.
    MultiValueHeader(Header),
}

/// What can be read where no body is at hand.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum AmbientSource {
    /// `context.NAME`, with dots inside the name for nested values.
    Context(Name),
    /// `stageVariables.NAME`
    StageVariable(Name),
    /// `'text'`
    Static(String),
}

/// Where a request parameter comes from.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum RequestSource {
    /// A value of the client's request.
    MethodRequest(MethodRequestSource),
    /// `method.request.body.JSON.path`: a value of its body; without a path all of it.
    Body(JsonPath),
    /// A value that needs no request.
    Ambient(AmbientSource),
}

/// Where a request parameter goes to.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum RequestTarget {
    /// `integration.request.path.NAME`: fills `{NAME}` of the uri.
    Path(Name),
    /// `integration.request.querystring.NAME`
    QueryString(Name),
    /// `integration.request.header.NAME`
    Header(Header),
}

/// Where a response header comes from.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum ResponseSource {
    /// `integration.response.header.NAME`: the last value of that name.
    Header(Header),
    /// `integration.response.multivalueheader.NAME`: all of them, joined with commas.
    MultiValueHeader(Header),
    /// `integration.response.body.JSON.path`: a value of the body; without a path all of it.
    Body(JsonPath),
    /// A value that needs no response.
    Ambient(AmbientSource),
}

/// Where a header of a gateway response comes from.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum GatewayResponseSource {
    /// A value of the client's request.
    MethodRequest(MethodRequestSource),
    /// A value that needs no request.
    Ambient(AmbientSource),
}

/// An expression that is none of those expected.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum MappingError {
    /// Not an expression at all.
    #[error("`{seen}` is not a mapping expression; expected {expected}")]
    Malformed {
        /// The expression as the document has it.
        seen: String,
        /// The forms that may stand there.
        expected: &'static str,
    },
    /// A value of the body where none can be read.
    #[error(
        "`{0}` reads a value out of the body, which gateway responses cannot; map a header, path or query string parameter"
    )]
    Body(String),
    /// A path into the body that leads nowhere, or to several values.
    #[error("`{seen}` has a path that cannot be followed: {reason}")]
    Path {
        /// The expression as the document has it.
        seen: String,
        /// What is wrong with it.
        reason: &'static str,
    },
}

const REQUEST_SOURCES: &str = "method.request.{path|querystring|multivaluequerystring|header|multivalueheader}.NAME, \
                               method.request.body[.PATH], context.NAME, stageVariables.NAME or 'static'";
const REQUEST_TARGETS: &str = "integration.request.{path|querystring|header}.NAME";
const RESPONSE_SOURCES: &str = "integration.response.{header|multivalueheader}.NAME, integration.response.body[.PATH], \
                                context.NAME, stageVariables.NAME or 'static'";
const GATEWAY_RESPONSE_SOURCES: &str = "method.request.{path|querystring|multivaluequerystring|header|multivalueheader}.NAME, \
                                        context.NAME, stageVariables.NAME or 'static'";

impl RequestTarget {
    /// Parses a key of `requestParameters`.
    ///
    /// # Errors
    /// [`MappingError::Malformed`] where it is none of the three forms.
    pub fn parse(text: &str) -> Result<Self, MappingError> {
        let target = text.strip_prefix("integration.request.").and_then(|rest| rest.split_once('.'));
        let parsed = match target {
            Some(("path", name)) => Name::parse(name).map(Self::Path),
            Some(("querystring", name)) => Name::parse(name).map(Self::QueryString),
            Some(("header", name)) => Header::parse(name).map(Self::Header),
            _ => None,
        };
        parsed.ok_or_else(|| MappingError::Malformed { seen: text.to_owned(), expected: REQUEST_TARGETS })
    }
}

impl RequestSource {
    /// Parses a value of `requestParameters`.
    ///
    /// # Errors
    /// Any [`MappingError`].
    pub fn parse(text: &str) -> Result<Self, MappingError> {
        if let Some(path) = body_path(text, "method.request.body")? {
            return Ok(Self::Body(path));
        }
        let method_request = MethodRequestSource::parse(text).map(Self::MethodRequest);
        let parsed = method_request.or_else(|| AmbientSource::parse(text).map(Self::Ambient));
        parsed.ok_or_else(|| malformed(text, REQUEST_SOURCES))
    }
}

impl ResponseSource {
    /// Parses a value of an integration response's `responseParameters`.
    ///
    /// # Errors
    /// Any [`MappingError`].
    pub fn parse(text: &str) -> Result<Self, MappingError> {
        if let Some(path) = body_path(text, "integration.response.body")? {
            return Ok(Self::Body(path));
        }
        let header = text.strip_prefix("integration.response.").and_then(|rest| rest.split_once('.'));
        let parsed = match header {
            Some(("header", name)) => Header::parse(name).map(Self::Header),
            Some(("multivalueheader", name)) => Header::parse(name).map(Self::MultiValueHeader),
            _ => AmbientSource::parse(text).map(Self::Ambient),
        };
        parsed.ok_or_else(|| malformed(text, RESPONSE_SOURCES))
    }
}

impl GatewayResponseSource {
    /// Parses a value of a gateway response's `responseParameters`.
    ///
    /// # Errors
    /// Any [`MappingError`].
    pub fn parse(text: &str) -> Result<Self, MappingError> {
        if text.starts_with("method.request.body") {
            return Err(MappingError::Body(text.to_owned()));
        }
        let method_request = MethodRequestSource::parse(text).map(Self::MethodRequest);
        let parsed = method_request.or_else(|| AmbientSource::parse(text).map(Self::Ambient));
        parsed.ok_or_else(|| malformed(text, GATEWAY_RESPONSE_SOURCES))
    }
}

impl MethodRequestSource {
    /// Parses `method.request.…`; `None` where it is something else.
    pub fn parse(text: &str) -> Option<Self> {
        let (place, name) = text.strip_prefix("method.request.")?.split_once('.')?;
        match place {
            "path" => Name::parse(name).map(Self::Path),
            "querystring" => Name::parse(name).map(Self::QueryString),
            "multivaluequerystring" => Name::parse(name).map(Self::MultiValueQueryString),
            "header" => Header::parse(name).map(Self::Header),
            "multivalueheader" => Header::parse(name).map(Self::MultiValueHeader),
            _ => None,
        }
    }
}

impl AmbientSource {
    fn parse(text: &str) -> Option<Self> {
        if let Some(name) = text.strip_prefix("context.") {
            return Name::parse(name).map(Self::Context);
        }
        if let Some(name) = text.strip_prefix("stageVariables.") {
            return Name::parse(name).map(Self::StageVariable);
        }
        let quoted = text.strip_prefix('\'')?.strip_suffix('\'')?;
        Some(Self::Static(quoted.to_owned()))
    }
}

/// The path behind `body`; `None` where the expression begins otherwise.
fn body_path(text: &str, body: &str) -> Result<Option<JsonPath>, MappingError> {
    let path = text.strip_prefix(body).filter(|path| path.is_empty() || path.starts_with(['.', '[']));
    let parsed = path.map(JsonPath::parse).transpose();
    parsed.map_err(|reason| MappingError::Path { seen: text.to_owned(), reason })
}

fn malformed(text: &str, expected: &'static str) -> MappingError {
    MappingError::Malformed { seen: text.to_owned(), expected }
}

impl fmt::Display for RequestTarget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Path(name) => write!(f, "integration.request.path.{}", name.0),
            Self::QueryString(name) => write!(f, "integration.request.querystring.{}", name.0),
            Self::Header(header) => write!(f, "integration.request.header.{}", header.written),
        }
    }
}

impl fmt::Display for MethodRequestSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (place, name) = match self {
            Self::Path(name) => ("path", &name.0),
            Self::QueryString(name) => ("querystring", &name.0),
            Self::MultiValueQueryString(name) => ("multivaluequerystring", &name.0),
            Self::Header(header) => ("header", &header.written),
            Self::MultiValueHeader(header) => ("multivalueheader", &header.written),
        };
        write!(f, "method.request.{place}.{name}")
    }
}

impl fmt::Display for AmbientSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Context(name) => write!(f, "context.{}", name.0),
            Self::StageVariable(name) => write!(f, "stageVariables.{}", name.0),
            Self::Static(text) => write!(f, "'{text}'"),
        }
    }
}

impl fmt::Display for RequestSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::MethodRequest(source) => source.fmt(f),
            Self::Body(path) => write!(f, "method.request.body{path}"),
            Self::Ambient(source) => source.fmt(f),
        }
    }
}

impl fmt::Display for ResponseSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Header(header) => write!(f, "integration.response.header.{}", header.written),
            Self::MultiValueHeader(header) => {
                write!(f, "integration.response.multivalueheader.{}", header.written)
            }
            Self::Body(path) => write!(f, "integration.response.body{path}"),
            Self::Ambient(source) => source.fmt(f),
        }
    }
}
