//! Integrations: how a request becomes an S3 request, and which answer of S3 becomes which response.
//!
//! Inside: `x-amazon-apigateway-integration` as types. Not inside: reading it from JSON (`openapi`), and carrying it
//! out (`gateway`). Source:
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-swagger-extensions-integration.html>.

use std::time::Duration;

use http::{Method, StatusCode};

use super::mapping::{Header, Name, RequestSource, RequestTarget, ResponseSource};
use crate::template::Template;

/// An integration of type `aws` toward S3.
#[derive(Clone, Debug)]
pub struct Integration {
    /// Where the request goes.
    pub uri: IntegrationUri,
    /// The method toward S3.
    pub http_method: IntegrationMethod,
    /// The role whose rights the document wants to use; assumed only where `ASSUME_ROLE` says so.
    pub credentials: Option<String>,
    /// `requestParameters`, in the order of the document.
    pub request_parameters: Vec<(RequestTarget, RequestSource)>,
    /// `requestTemplates`
    pub request_templates: Templates,
    /// What happens to a body that no request template fits.
    pub passthrough_behavior: PassthroughBehavior,
    /// What happens to the request's body.
    pub content_handling: Option<ContentHandling>,
    /// `responses`, in the order of the document.
    pub responses: Vec<IntegrationResponse>,
    /// How long S3 may take to its first byte.
    pub timeout: Duration,
}

/// The method toward S3.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum IntegrationMethod {
    /// One method, whatever the client's.
    Fixed(Method),
    /// `ANY`: the client's.
    Client,
}

/// `contentHandling`
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum ContentHandling {
    /// `CONVERT_TO_TEXT`: bytes become base64.
    ConvertToText,
    /// `CONVERT_TO_BINARY`: base64 becomes bytes.
    ConvertToBinary,
}

/// `passthroughBehavior`
/// (<https://docs.aws.amazon.com/apigateway/latest/developerguide/integration-passthrough-behaviors.html>).
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum PassthroughBehavior {
    /// A body whose type has no template passes.
    #[default]
    WhenNoMatch,
    /// It passes only where there is no template at all.
    WhenNoTemplates,
    /// It never passes.
    Never,
}

/// Templates by media type. `None` stands for an entry that is null or empty: the body passes for that type.
#[derive(Clone, Debug, Default)]
pub struct Templates(Vec<(String, Option<Template>)>);

impl Templates {
    /// Keeps the entries in the order of the document.
    pub fn new(entries: Vec<(String, Option<Template>)>) -> Self {
        Self(entries)
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The entry for a media type: `Some(None)` is an entry that lets the body pass.
    pub fn get(&self, media_type: &str) -> Option<Option<&Template>> {
        let entry = self.0.iter().find(|(key, _)| key.eq_ignore_ascii_case(media_type));
        entry.map(|(_, template)| template.as_ref())
    }

    /// The first entry of the document.
    pub fn first(&self) -> Option<Option<&Template>> {
        self.0.first().map(|(_, template)| template.as_ref())
    }

    /// The media types that have an entry, in the order of the document.
    pub fn media_types(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|(key, _)| key.as_str())
    }
}

/// One entry of `responses`: which answers of S3 it takes, and what they become.
#[derive(Clone, Debug)]
pub struct IntegrationResponse {
    /// Which statuses of S3 it takes.
    pub pattern: SelectionPattern,
    /// The status for the client.
    pub status: StatusCode,
    /// Headers for the client, in the order of the document.
    pub headers: Vec<(Header, ResponseSource)>,
    /// `responseTemplates`
    pub templates: Templates,
    /// What happens to the body.
    pub content_handling: Option<ContentHandling>,
}

/// The key of an entry of `responses`: a regular expression over the status, or `default`.
///
/// The expression is carried out for every status once, when the document is loaded; what is kept is its answers.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum SelectionPattern {
    /// Taken where nothing else matches.
    Default,
    /// The statuses that match in full.
    Statuses(StatusSet),
}

/// A set of the statuses 100 to 599.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct StatusSet([u64; 8]);

/// Which statuses from 100 to 599 a regular expression matches in full, as in Java's `matches`; or what is wrong with it.
///
/// An argument, as every runtime brings its own engine: JavaScript's in the Worker, an ECMAScript one on the host. The
/// two read what documents use of Java's syntax alike.
pub type MatchStatuses = dyn Fn(&str) -> Result<Vec<u16>, String>;

/// [`MatchStatuses`] for the host.
#[cfg(not(target_arch = "wasm32"))]
///
/// # Errors
/// What the parser of the expression says.
pub fn match_statuses(pattern: &str) -> Result<Vec<u16>, String> {
    let pattern = regress::Regex::new(&format!("^(?:{pattern})$")).map_err(|error| error.text)?;
    Ok((100..600).filter(|status| pattern.find(&status.to_string()).is_some()).collect())
}

impl SelectionPattern {
    /// Reads the key of an entry.
    ///
    /// # Errors
    /// What the expression's parser says.
    pub fn parse(text: &str, matching: &MatchStatuses) -> Result<Self, String> {
        if text == "default" || text.is_empty() {
            return Ok(Self::Default);
        }
        let mut statuses = StatusSet::default();
        for status in matching(text)? {
            statuses.insert(status);
        }
        Ok(Self::Statuses(statuses))
    }

    /// Whether the pattern names this very status and no other.
    pub fn is_exactly(&self, status: StatusCode) -> bool {
        match self {
            Self::Default => false,
            Self::Statuses(set) => set.contains(status) && set.len() == 1,
        }
    }
}

impl StatusSet {
    /// Whether the status is in the set.
    pub fn contains(&self, status: StatusCode) -> bool {
        let index = usize::from(status.as_u16().saturating_sub(100));
        self.0.get(index / 64).is_some_and(|word| word >> (index % 64) & 1 == 1)
    }

    /// How many statuses are in the set.
    pub fn len(&self) -> u32 {
        self.0.iter().map(|word| word.count_ones()).sum()
    }

    /// Whether no status is.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn insert(&mut self, status: u16) {
        let index = usize::from(status.saturating_sub(100));
        if let Some(word) = self.0.get_mut(index / 64) {
            *word |= 1 << (index % 64);
        }
    }
}

impl Integration {
    /// The entry that takes an answer of S3: the first whose pattern matches, else `default`.
    pub fn response_for(&self, status: StatusCode) -> Option<&IntegrationResponse> {
        let matches = |response: &&IntegrationResponse| match &response.pattern {
            SelectionPattern::Default => false,
            SelectionPattern::Statuses(statuses) => statuses.contains(status),
        };
        let default = |response: &&IntegrationResponse| response.pattern == SelectionPattern::Default;
        self.responses.iter().find(matches).or_else(|| self.responses.iter().find(default))
    }
}

/// `arn:{partition}:apigateway:{region}:[{bucket}.]s3:path/{path}[?{query}]`
/// (<https://docs.aws.amazon.com/apigateway/latest/api/API_PutIntegration.html>).
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct IntegrationUri {
    /// `aws`, `aws-cn`, …
    pub partition: String,
    /// The region of the S3 endpoint.
    pub region: String,
    /// The bucket, where the uri names it as a subdomain.
    pub bucket: Option<UriText>,
    /// What comes after `path/`, without a leading slash, percent-decoded.
    pub path: UriText,
    /// The query, percent-decoded, in the order of the uri.
    pub query: Vec<(UriText, UriText)>,
}

/// Text with placeholders.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct UriText(pub Vec<UriPiece>);

/// A piece of such text.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum UriPiece {
    /// Text as it is.
    Text(String),
    /// `{name}`: filled by `integration.request.path.name`.
    Parameter(Name),
    /// `${stageVariables.name}`
    StageVariable(Name),
}

/// What is wrong with an integration's uri.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum UriError {
    /// Not of the form that API Gateway knows.
    #[error(
        "Invalid ARN specified in the request: `{0}`; expected arn:aws:apigateway:{{region}}:s3:path/{{bucket}}/{{key}}"
    )]
    NotAnArn(String),
    /// Neither `path/` nor `action/`.
    #[error("AWS ARN for integration must contain path or action: `{0}`")]
    NeitherPathNorAction(String),
    /// `action/…`: S3 has no such interface.
    #[error("`action/{0}`: S3 takes no actions, only paths; expected s3:path/{{bucket}}/{{key}}")]
    Action(String),
    /// A service other than S3.
    #[error("service `{0}` is not supported; expected s3")]
    Service(String),
    /// A placeholder that is none.
    #[error("`{0}` is no placeholder; expected {{name}} or ${{stageVariables.name}}")]
    Placeholder(String),
    /// Percent-encoding that is not UTF-8.
    #[error("`{0}` is not percent-encoded UTF-8")]
    Encoding(String),
}

impl IntegrationUri {
    /// Parses the uri of an integration.
    ///
    /// # Errors
    /// Any [`UriError`].
    pub fn parse(text: &str) -> Result<Self, UriError> {
        let not_an_arn = || UriError::NotAnArn(text.to_owned());
        let parts: Vec<&str> = text.splitn(6, ':').collect();
        let &["arn", partition, "apigateway", region, service, rest] = parts.as_slice() else {
            return Err(not_an_arn());
        };
        let plain =
            |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
        if !plain(partition) || !plain(region) {
            return Err(not_an_arn());
        }
        let bucket = match service.rsplit_once('.') {
            Some((bucket, "s3")) => Some(UriText::parse(bucket)?),
            None if service == "s3" => None,
            _ => return Err(UriError::Service(service.to_owned())),
        };
        if let Some(action) = rest.strip_prefix("action/") {
            return Err(UriError::Action(action.to_owned()));
        }
        let path =
            rest.strip_prefix("path/").ok_or_else(|| UriError::NeitherPathNorAction(text.to_owned()))?;
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        let pair = |pair: &str| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            Ok((UriText::parse(name)?, UriText::parse(value)?))
        };
        Ok(Self {
            partition: partition.to_owned(),
            region: region.to_owned(),
            bucket,
            path: UriText::parse(path.strip_prefix('/').unwrap_or(path))?,
            query: query.split('&').filter(|pair| !pair.is_empty()).map(pair).collect::<Result<_, _>>()?,
        })
    }

    /// The names of every `{name}` in the uri.
    pub fn parameters(&self) -> impl Iterator<Item = &Name> {
        let query = self.query.iter().flat_map(|(name, value)| [name, value]);
        let texts = self.bucket.iter().chain([&self.path]).chain(query);
        texts.flat_map(|text| &text.0).filter_map(|piece| match piece {
            UriPiece::Parameter(name) => Some(name),
            UriPiece::Text(_) | UriPiece::StageVariable(_) => None,
        })
    }
}

impl UriText {
    fn parse(text: &str) -> Result<Self, UriError> {
        let mut pieces = Vec::new();
        let mut rest = text;
        while let Some(open) = rest.find('{') {
            let (before, placeholder) = rest.split_at(open);
            let (inside, after) = placeholder
                .strip_prefix('{')
                .and_then(|inside| inside.split_once('}'))
                .ok_or_else(|| UriError::Placeholder(placeholder.to_owned()))?;
            let unknown = || UriError::Placeholder(format!("{{{inside}}}"));
            let piece = match before.strip_suffix('$') {
                Some(before) => {
                    Self::push_text(&mut pieces, before)?;
                    let name = inside.strip_prefix("stageVariables.").and_then(Name::parse);
                    UriPiece::StageVariable(name.ok_or_else(unknown)?)
                }
                None => {
                    Self::push_text(&mut pieces, before)?;
                    UriPiece::Parameter(Name::parse(inside).ok_or_else(unknown)?)
                }
            };
            pieces.push(piece);
            rest = after;
        }
        Self::push_text(&mut pieces, rest)?;
        Ok(Self(pieces))
    }

    fn push_text(pieces: &mut Vec<UriPiece>, text: &str) -> Result<(), UriError> {
        if text.is_empty() {
            return Ok(());
        }
        let decoded = percent_encoding::percent_decode_str(text).decode_utf8();
        let decoded = decoded.map_err(|_| UriError::Encoding(text.to_owned()))?;
        pieces.push(UriPiece::Text(decoded.into_owned()));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn statuses(pattern: &str) -> Vec<u16> {
        let SelectionPattern::Statuses(set) = SelectionPattern::parse(pattern, &match_statuses).unwrap()
        else {
            panic!("{pattern} is the default");
        };
        (100..600).filter(|status| set.contains(StatusCode::from_u16(*status).unwrap())).collect()
    }

    #[test]
    fn patterns_match_the_whole_status() {
        assert_eq!(statuses(r"2\d{2}"), (200..300).collect::<Vec<_>>());
        assert_eq!(statuses("404"), [404]);
        assert_eq!(statuses("40[34]|5.*").len(), 102);
        assert_eq!(statuses(r"2(?!06)\d{2}").len(), 99);
        assert!(statuses("0").is_empty());
        assert!(SelectionPattern::parse("(", &match_statuses).is_err());
    }

    #[test]
    fn uris() {
        let uri = IntegrationUri::parse(
            "arn:aws:apigateway:us-west-2:s3:path/{bucket}/a%20b/{key}?x={p}&list-type=2",
        )
        .unwrap();
        assert_eq!(uri.region, "us-west-2");
        assert_eq!(uri.parameters().map(Name::as_str).collect::<Vec<_>>(), ["bucket", "key", "p"]);
        assert_eq!(uri.path.0.get(1), Some(&UriPiece::Text("/a b/".to_owned())));
        let uri =
            IntegrationUri::parse("arn:aws:apigateway:eu-west-1:${stageVariables.b}.s3:path//{key}").unwrap();
        assert_eq!(uri.bucket, Some(UriText(vec![UriPiece::StageVariable(Name::parse("b").unwrap())])));
        assert_eq!(uri.path, UriText(vec![UriPiece::Parameter(Name::parse("key").unwrap())]));
    }

    #[test]
    fn uris_that_cannot_run() {
        let error = |text: &str| IntegrationUri::parse(text).unwrap_err();
        assert!(matches!(error("https://example.com"), UriError::NotAnArn(_)));
        assert!(matches!(
            error("arn:aws:apigateway:us-west-2:s3:thing/x"),
            UriError::NeitherPathNorAction(_)
        ));
        assert!(matches!(error("arn:aws:apigateway:us-west-2:s3:action/GetObject"), UriError::Action(_)));
        assert!(matches!(error("arn:aws:apigateway:us-west-2:sqs:path/x"), UriError::Service(_)));
        assert!(matches!(error("arn:aws:apigateway:us-west-2:s3:path/${key}"), UriError::Placeholder(_)));
        assert!(matches!(error("arn:aws:apigateway:us-west-2:s3:path/{key"), UriError::Placeholder(_)));
        assert!(matches!(error("arn:aws:apigateway:us-west-2:s3:path/%FF"), UriError::Encoding(_)));
    }
}
