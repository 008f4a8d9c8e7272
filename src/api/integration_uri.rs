//! The uri of an integration: which bucket and key a request is for, with placeholders.
//!
//! Inside: its grammar. Not inside: filling the placeholders (`gateway`).

use serde::{Deserialize, Serialize};

use super::mapping::Name;

/// `arn:{partition}:apigateway:{region}:[{bucket}.]s3:path/{path}[?{query}]`
/// (<https://docs.aws.amazon.com/apigateway/latest/api/API_PutIntegration.html>).
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub struct IntegrationUri {
    /// `aws`, `aws-cn`, …; `None` is `${AWS::Partition}`, that of the region.
    pub partition: Option<String>,
    /// The region of the S3 endpoint; `None` is `${AWS::Region}`, that of the deployment.
    pub region: Option<String>,
    /// The bucket, where the uri names it as a subdomain.
    pub bucket: Option<UriText>,
    /// What comes after `path/`, without a leading slash, percent-decoded.
    pub path: UriText,
    /// The query, percent-decoded, in the order of the uri.
    pub query: Vec<(UriText, UriText)>,
}

/// Text with placeholders.
#[derive(Clone, Debug, Default, Eq, PartialEq, Serialize, Deserialize)]
pub struct UriText(pub Vec<UriPiece>);

/// A piece of such text.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub enum UriPiece {
    /// Text as it is.
    Text(String),
    /// `{name}`: filled by `integration.request.path.name`.
    Parameter(Name),
    /// `${stageVariables.name}`
    StageVariable(Name),
    /// `${AWS::Region}`: the region of the deployment
    /// (<https://docs.aws.amazon.com/apigateway/latest/developerguide/import-api-aws-variables.html>).
    Region,
}

impl IntegrationUri {
    /// The names of every `{name}` in the uri.
    pub fn parameters(&self) -> impl Iterator<Item = &Name> {
        self.pieces().filter_map(|piece| match piece {
            UriPiece::Parameter(name) => Some(name),
            UriPiece::Text(_) | UriPiece::StageVariable(_) | UriPiece::Region => None,
        })
    }

    /// Whether it has `${AWS::Region}` anywhere.
    pub fn needs_region(&self) -> bool {
        self.region.is_none() || self.has_region_outside_of_the_arn()
    }

    /// Returns whether the bucket, the path or the query has `${AWS::Region}`.
    pub fn has_region_outside_of_the_arn(&self) -> bool {
        self.pieces().any(|piece| *piece == UriPiece::Region)
    }

    fn pieces(&self) -> impl Iterator<Item = &UriPiece> {
        let query = self.query.iter().flat_map(|(name, value)| [name, value]);
        let texts = self.bucket.iter().chain([&self.path]).chain(query);
        texts.flat_map(|text| &text.0)
    }
}

impl UriText {
    /// The names of every `{name}` in the text.
    pub fn parameters(&self) -> impl Iterator<Item = &Name> {
        self.0.iter().filter_map(|piece| match piece {
            UriPiece::Parameter(name) => Some(name),
            UriPiece::Text(_) | UriPiece::StageVariable(_) | UriPiece::Region => None,
        })
    }
}
