//! The target of an integration's requests in S3: the service, a bucket or an object.

use percent_encoding::percent_decode_str;
use s3_edge_gateway::api::ResourcePath;
use s3_edge_gateway::api::Segment;
use s3_edge_gateway::api::integration::Integration;
use s3_edge_gateway::api::integration_uri::{IntegrationUri, UriPiece, UriText};
use s3_edge_gateway::api::mapping::{
    AmbientSource, Header, MethodRequestSource, Name, RequestSource, RequestTarget,
};
use s3_edge_gateway::gateway::Settings;
use s3_edge_gateway::s3::{Bucket, Region};

/// The level of a target in S3.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Level {
    Service,
    Bucket,
    Object,
}

/// The target of requests, in the syntax of IAM resources. A part that is not known before a request is `*`.
#[derive(Clone, Debug)]
pub(crate) struct Target {
    pub(crate) level: Level,
    pub(crate) bucket: String,
    pub(crate) key: String,
}

/// The values in an integration with S3 that do not depend on the request.
#[derive(Clone, Copy, Debug)]
pub(crate) struct KnownValues<'k> {
    pub(crate) path: &'k ResourcePath,
    pub(crate) integration: &'k Integration,
    /// The settings of the deployment, or `None` if they are not known.
    pub(crate) settings: Option<&'k Settings>,
}

/// The wildcard for a value that depends on the request or on an unknown setting.
pub(super) const ANYTHING: &str = "*";

impl Target {
    pub(crate) fn of(known: &KnownValues<'_>, uri: &IntegrationUri) -> Self {
        let path = known.text(&uri.path);
        let bucket = uri.bucket.as_ref().map(|bucket| known.text(bucket));
        let of_deployment = known.settings.and_then(|settings| settings.s3_bucket.as_ref());
        let bucket = bucket.or_else(|| of_deployment.map(Bucket::as_str).map(str::to_owned));
        let (bucket, key) = match (bucket, path.split_once('/')) {
            (Some(bucket), _) => (bucket, path),
            (None, Some((bucket, key))) => (bucket.to_owned(), key.to_owned()),
            // A placeholder whose value may have slashes is a bucket and a key. Any other placeholder is a bucket.
            (None, None) if path == ANYTHING && known.may_have_slashes(uri) => (path, ANYTHING.to_owned()),
            (None, None) => (path, String::new()),
        };
        let level = match (bucket.is_empty(), key.is_empty()) {
            (true, _) => Level::Service,
            (false, true) => Level::Bucket,
            (false, false) => Level::Object,
        };
        Self { level, bucket, key }
    }
}

impl<'k> KnownValues<'k> {
    /// Returns the text in the syntax of IAM resources, with `*` for each value that depends on the request or on an unknown
    /// setting.
    pub(crate) fn text(&self, text: &UriText) -> String {
        let piece = |piece: &UriPiece| match piece {
            UriPiece::Text(text) => escaped(text),
            UriPiece::Parameter(name) => match self.source_of(name) {
                Some(RequestSource::Ambient(AmbientSource::Static(text))) => decoded(text),
                Some(source) => self.value(source).map_or(ANYTHING.to_owned(), escaped),
                None => ANYTHING.to_owned(),
            },
            UriPiece::StageVariable(name) => self.stage_variable(name).map_or(ANYTHING.to_owned(), escaped),
            UriPiece::Region => {
                let region = self.settings.and_then(|settings| settings.s3_region.as_ref());
                region.map_or(ANYTHING, Region::as_str).to_owned()
            }
        };
        text.0.iter().map(piece).collect()
    }

    /// Returns the value of a mapping, or `None` if the value depends on the request or on an unknown setting.
    pub(super) fn value(&self, source: &'k RequestSource) -> Option<&'k str> {
        match source {
            RequestSource::Ambient(AmbientSource::Static(text)) => Some(text),
            RequestSource::Ambient(AmbientSource::StageVariable(name)) => self.stage_variable(name),
            RequestSource::Ambient(AmbientSource::Context(_))
            | RequestSource::MethodRequest(_)
            | RequestSource::Body(_) => None,
        }
    }

    /// Returns the mapped headers with their sources, in the order of the document.
    pub(super) fn headers(&self) -> impl Iterator<Item = (&'k Header, &'k RequestSource)> {
        self.integration.request_parameters.iter().filter_map(|(target, source)| match target {
            RequestTarget::Header(header) => Some((header, source)),
            RequestTarget::Path(_) | RequestTarget::QueryString(_) => None,
        })
    }

    /// Returns the mapped query parameters with their sources, in the order of the document.
    pub(super) fn query(&self) -> impl Iterator<Item = (&'k Name, &'k RequestSource)> {
        self.integration.request_parameters.iter().filter_map(|(target, source)| match target {
            RequestTarget::QueryString(name) => Some((name, source)),
            RequestTarget::Path(_) | RequestTarget::Header(_) => None,
        })
    }

    fn source_of(&self, name: &Name) -> Option<&'k RequestSource> {
        let mut mappings = self.integration.request_parameters.iter();
        let is_it = |target: &RequestTarget| matches!(target, RequestTarget::Path(known) if known == name);
        mappings.find(|(target, _)| is_it(target)).map(|(_, source)| source)
    }

    fn stage_variable(&self, name: &Name) -> Option<&'k str> {
        self.settings?.stage_variables.get(name.as_str()).map(String::as_str)
    }

    /// Returns whether the path of the uri begins with a placeholder whose value may contain slashes.
    fn may_have_slashes(&self, uri: &IntegrationUri) -> bool {
        let Some(UriPiece::Parameter(name)) = uri.path.0.first() else { return false };
        match self.source_of(name) {
            Some(RequestSource::MethodRequest(MethodRequestSource::Path(name))) => self
                .path
                .segments
                .iter()
                .any(|segment| matches!(segment, Segment::Greedy(known) if known == name)),
            Some(RequestSource::MethodRequest(_) | RequestSource::Body(_)) => true,
            Some(RequestSource::Ambient(_)) | None => false,
        }
    }
}

/// Decodes percent-encoded text, and escapes it for IAM resources.
pub(super) fn decoded(text: &str) -> String {
    escaped(&percent_decode_str(text).decode_utf8_lossy())
}

/// Escapes the special characters of IAM resources
/// (<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html#policy-vars-specialchars>).
fn escaped(text: &str) -> String {
    let mut written = String::new();
    for character in text.chars() {
        match character {
            '*' | '?' | '$' => written.extend(["${", character.encode_utf8(&mut [0; 4]), "}"]),
            other => written.push(other),
        }
    }
    written
}
