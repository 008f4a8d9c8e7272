//! Parameter mappings as types: `integration.request.path.key` = `method.request.querystring.key`.
//!
//! The expressions occur in `requestParameters`, `responseParameters` and gateway responses. Source:
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/request-response-data-mappings.html>.

use std::fmt;

use http::HeaderName;
use serde::{Deserialize, Serialize};

use super::json_path::JsonPath;

/// The name of a parameter, as API Gateway allows it: letters, digits and `. _ $ : -`.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd, Serialize, Deserialize)]
pub struct Name(String);

impl Name {
    /// Parses a name. Returns `None` if it is empty or a character is not allowed.
    pub fn parse(text: &str) -> Option<Self> {
        Self::is_valid(text).then(|| Self(text.to_owned()))
    }

    fn is_valid(text: &str) -> bool {
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"._$:-".contains(&byte);
        !text.is_empty() && text.bytes().all(allowed)
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The name of a header, with its spelling in the document.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Header {
    /// The name in lower case, for look-ups.
    pub name: HeaderName,
    /// The name as the document spells it.
    pub written: String,
}

impl PartialEq for Header {
    fn eq(&self, other: &Self) -> bool {
        self.written == other.written
    }
}

impl Eq for Header {}

impl TryFrom<String> for Header {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        Self::parse(&text).ok_or_else(|| format!("`{text}` is not the name of a header"))
    }
}

impl From<Header> for String {
    fn from(header: Header) -> Self {
        header.written
    }
}

impl Header {
    /// Parses a header name. Returns `None` if it is empty or a character is not allowed.
    pub fn parse(text: &str) -> Option<Self> {
        let name = HeaderName::try_from(text).ok().filter(|_| Name::is_valid(text))?;
        Some(Self { name, written: text.to_owned() })
    }
}

/// A source of a mapping: a value in the head of the client's request.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub enum MethodRequestSource {
    /// `method.request.path.NAME`
    Path(Name),
    /// `method.request.querystring.NAME`: the last value with this name.
    QueryString(Name),
    /// `method.request.multivaluequerystring.NAME`: all values with this name. In a query they stay separate; elsewhere they
    /// are joined by commas.
    MultiValueQueryString(Name),
    /// `method.request.header.NAME`: the last value with this name.
    Header(Header),
    /// `method.request.multivalueheader.NAME`: all values with this name, joined by commas.
    MultiValueHeader(Header),
}

impl MethodRequestSource {
    /// Returns the header that the source reads, or `None` if it reads something else.
    pub fn header(&self) -> Option<&Header> {
        match self {
            Self::Header(header) | Self::MultiValueHeader(header) => Some(header),
            Self::Path(_) | Self::QueryString(_) | Self::MultiValueQueryString(_) => None,
        }
    }
}

/// A source of a mapping that is valid in `requestParameters`, `responseParameters` and gateway responses.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub enum AmbientSource {
    /// `context.NAME`. Dots in the name select nested values.
    Context(Name),
    /// `stageVariables.NAME`
    StageVariable(Name),
    /// `'text'`
    Static(String),
}

/// The source of a request parameter.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub enum RequestSource {
    MethodRequest(MethodRequestSource),
    /// `method.request.body.JSON.path`: a value in the request body. Without a path, the whole body.
    Body(JsonPath),
    Ambient(AmbientSource),
}

/// The target of a request parameter.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub enum RequestTarget {
    /// `integration.request.path.NAME`: replaces `{NAME}` in the `uri`.
    Path(Name),
    /// `integration.request.querystring.NAME`
    QueryString(Name),
    /// `integration.request.header.NAME`
    Header(Header),
}

/// The source of a response header.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub enum ResponseSource {
    /// `integration.response.header.NAME`: the last value with this name.
    Header(Header),
    /// `integration.response.multivalueheader.NAME`: all values with this name, joined by commas.
    MultiValueHeader(Header),
    /// `integration.response.body.JSON.path`: a value in the backend's body. Without a path, the whole body.
    Body(JsonPath),
    Ambient(AmbientSource),
}

/// The source of a header of a gateway response.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub enum GatewayResponseSource {
    MethodRequest(MethodRequestSource),
    Ambient(AmbientSource),
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
