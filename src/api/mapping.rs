//! Parameter mappings as types: `integration.request.path.key` = `method.request.querystring.key`.
//!
//! Inside: the expressions of `requestParameters`, of `responseParameters`, and of gateway responses. Not inside:
//! parsing them (the compiler) and evaluating them (`gateway`). Rules:
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/request-response-data-mappings.html>.

use std::fmt;

use http::HeaderName;
use serde::{Deserialize, Serialize};

use super::json_path::JsonPath;

/// The name of a parameter, as API Gateway allows it: letters, digits and `. _ $ : -`.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd, Serialize, Deserialize)]
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
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
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
    /// Reads a header name; `None` where a character is not allowed.
    pub fn parse(text: &str) -> Option<Self> {
        let name = HeaderName::try_from(text).ok().filter(|_| Name::is_one(text))?;
        Some(Self { name, written: text.to_owned() })
    }
}

/// One value of the client's request.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
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
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub enum AmbientSource {
    /// `context.NAME`, with dots inside the name for nested values.
    Context(Name),
    /// `stageVariables.NAME`
    StageVariable(Name),
    /// `'text'`
    Static(String),
}

/// Where a request parameter comes from.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub enum RequestSource {
    /// A value of the client's request.
    MethodRequest(MethodRequestSource),
    /// `method.request.body.JSON.path`: a value of its body; without a path all of it.
    Body(JsonPath),
    /// A value that needs no request.
    Ambient(AmbientSource),
}

/// Where a request parameter goes to.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub enum RequestTarget {
    /// `integration.request.path.NAME`: fills `{NAME}` of the uri.
    Path(Name),
    /// `integration.request.querystring.NAME`
    QueryString(Name),
    /// `integration.request.header.NAME`
    Header(Header),
}

/// Where a response header comes from.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
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
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub enum GatewayResponseSource {
    /// A value of the client's request.
    MethodRequest(MethodRequestSource),
    /// A value that needs no request.
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
