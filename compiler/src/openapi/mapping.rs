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

