//! The two behaviours of a deployment, and every difference between them.
//!
//! A stage with a difference calls [`Behaviour::has`] with its name. `docs/differences.json` describes each difference, and
//! the exchange vectors show it.

/// `COMPATIBILITY`: the behaviour of a deployment.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Behaviour {
    /// Streams bodies, and deviates from API Gateway where its response is corrupt or useless, or names no reason.
    #[default]
    Edge,
    /// Responds as API Gateway does.
    Aws,
}

/// A difference between `edge` and `aws`. Each doc line describes `edge`.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Difference {
    /// Text that is not UTF-8 is not changed.
    LosslessText,
    /// A client that prefers binary gets the bytes of an object whose type is not listed.
    LosslessBinaryAccept,
    /// A body without conversion keeps the headers of S3 that describe it.
    RepresentationHeaders,
    /// `Range` and the conditions reach S3; 206, 304, 412 and 416 reach the client.
    RangesAndConditions,
    /// A response template applies to the text form only.
    TemplateByAccept,
    /// A request body that is not base64 is a 400.
    UploadErrors,
    /// A missing path parameter is a 400.
    MissingPathParameter,
    /// A mock converts to text on both sides.
    MockPreflight,
    /// `contentHandling` of an `http_proxy` has no effect.
    ProxyContentHandling,
    /// S3's error documents pass as XML.
    ErrorBodies,
    /// A decoded upload is stored with the media type of the key's extension.
    StoredContentType,
    /// Bodies are streamed. Only a body that must be held in memory has a limit.
    NoCeiling,
    /// The whole `Accept` chooses between bytes and text.
    AcceptNegotiation,
    /// The response to HEAD is made without the body of the backend, unless headers are mapped from it.
    HeadWithoutBody,
    /// An `http_proxy` adds no `User-Agent` and no `Accept`.
    ProxyDefaultHeaders,
}

impl Behaviour {
    /// Returns whether this behaviour deviates from API Gateway in that way.
    pub fn has(self, _difference: Difference) -> bool {
        self == Self::Edge
    }

    /// Returns the value of `COMPATIBILITY`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Edge => "edge",
            Self::Aws => "aws",
        }
    }
}

impl Difference {
    /// All differences.
    pub const ALL: &[Self] = &[
        Self::LosslessText,
        Self::LosslessBinaryAccept,
        Self::RepresentationHeaders,
        Self::RangesAndConditions,
        Self::TemplateByAccept,
        Self::UploadErrors,
        Self::MissingPathParameter,
        Self::MockPreflight,
        Self::ProxyContentHandling,
        Self::ErrorBodies,
        Self::StoredContentType,
        Self::NoCeiling,
        Self::AcceptNegotiation,
        Self::HeadWithoutBody,
        Self::ProxyDefaultHeaders,
    ];

    /// Returns the name in `docs/differences.json`.
    pub fn name(self) -> &'static str {
        match self {
            Self::LosslessText => "lossless-text",
            Self::LosslessBinaryAccept => "lossless-binary-accept",
            Self::RepresentationHeaders => "representation-headers",
            Self::RangesAndConditions => "ranges-and-conditions",
            Self::TemplateByAccept => "template-by-accept",
            Self::UploadErrors => "upload-errors",
            Self::MissingPathParameter => "missing-path-parameter",
            Self::MockPreflight => "mock-preflight",
            Self::ProxyContentHandling => "proxy-content-handling",
            Self::ErrorBodies => "error-bodies",
            Self::StoredContentType => "stored-content-type",
            Self::NoCeiling => "no-ceiling",
            Self::AcceptNegotiation => "accept-negotiation",
            Self::HeadWithoutBody => "head-without-body",
            Self::ProxyDefaultHeaders => "proxy-default-headers",
        }
    }
}
