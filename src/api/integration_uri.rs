//! The `uri` of an integration for S3: bucket, key and query, with placeholders.

use serde::{Deserialize, Serialize};

use super::mapping::Name;

/// `arn:{partition}:apigateway:{region}:[{bucket}.]s3:path/{path}[?{query}]`
/// (<https://docs.aws.amazon.com/apigateway/latest/api/API_PutIntegration.html>).
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub struct IntegrationUri {
    /// `aws`, `aws-cn` or another; `None` is `${AWS::Partition}`, the partition of the region.
    pub partition: Option<String>,
    /// The region of S3; `None` is `${AWS::Region}`, the region of the deployment.
    pub region: Option<String>,
    /// The bucket of `{bucket}.s3`; `None` if the path contains the bucket.
    pub bucket: Option<UriText>,
    /// The text after `path/`, percent-decoded, without a leading slash.
    pub path: UriText,
    /// The names and values of the query, percent-decoded, in the order of the `uri`.
    pub query: Vec<(UriText, UriText)>,
}

/// Text with placeholders.
#[derive(Clone, Debug, Default, Eq, PartialEq, Serialize, Deserialize)]
pub struct UriText(pub Vec<UriPiece>);

/// Literal text or a placeholder.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub enum UriPiece {
    Text(String),
    /// `{name}`: the value of `integration.request.path.name`.
    Parameter(Name),
    /// `${stageVariables.name}`
    StageVariable(Name),
    /// `${AWS::Region}`: the region of the deployment
    /// (<https://docs.aws.amazon.com/apigateway/latest/developerguide/import-api-aws-variables.html>).
    Region,
}

impl IntegrationUri {
    /// Returns the name of every `{name}`.
    pub fn parameters(&self) -> impl Iterator<Item = &Name> {
        self.pieces().filter_map(|piece| match piece {
            UriPiece::Parameter(name) => Some(name),
            UriPiece::Text(_) | UriPiece::StageVariable(_) | UriPiece::Region => None,
        })
    }

    /// Returns whether the `uri` contains `${AWS::Region}`.
    pub fn needs_region(&self) -> bool {
        self.region.is_none() || self.has_region_outside_of_the_arn()
    }

    /// Returns whether the bucket, the path or the query contains `${AWS::Region}`.
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
    /// Returns the name of every `{name}`.
    pub fn parameters(&self) -> impl Iterator<Item = &Name> {
        self.0.iter().filter_map(|piece| match piece {
            UriPiece::Parameter(name) => Some(name),
            UriPiece::Text(_) | UriPiece::StageVariable(_) | UriPiece::Region => None,
        })
    }
}
