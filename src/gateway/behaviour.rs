//! The two behaviours of a deployment, and every difference between them.
//!
//! A stage that differs calls [`Behaviour::has`] with the [`Difference`]. `docs/differences.json` describes each
//! difference, and the vectors in `tests/vectors/exchange` show it.

/// `COMPATIBILITY`: the behaviour of a deployment.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Behaviour {
    /// `edge`: streams bodies, and deviates from API Gateway where API Gateway's response is corrupt, is useless, or does
    /// not name the reason of an error.
    #[default]
    Edge,
    /// `aws`: responds as API Gateway does.
    Aws,
}

/// A difference between `edge` and `aws`. Each doc line describes `edge`.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Difference {
    /// The bytes of text do not change, even if they are not UTF-8.
    LosslessText,
    /// A client that prefers binary gets the unchanged bytes of an object whose type is not a binary media type.
    LosslessBinaryAccept,
    /// A response with unchanged bytes has the backend's headers that describe these bytes, such as `ETag`.
    RepresentationHeaders,
    /// `Range` and the conditions (`If-…`) of the client reach the backend. 206, 304, 412 and 416 reach the client.
    RangesAndConditions,
    /// A response template applies only if the client gets text. If the client gets bytes, the bytes pass without the
    /// template. In both cases the client's `Accept` can decide between text and bytes.
    TemplateByAccept,
    /// A request body that must be decoded and is not base64 is a 400. White space in base64 is skipped.
    UploadErrors,
    /// A request is a 400 if it does not have the parameter that is mapped to a placeholder of the `uri`.
    MissingPathParameter,
    /// The response body of a mock is text, even if `*/*` is a binary media type. So is the request body, if a template
    /// applies to it and `contentHandling` is missing.
    MockPreflight,
    /// `contentHandling` of an `http_proxy` has no effect.
    ProxyContentHandling,
    /// Error bodies of the backend are not converted. S3's error bodies have the type `application/xml`.
    ErrorBodies,
    /// An upload that is decoded from base64 is stored with the media type of the key's extension.
    StoredContentType,
    /// Bodies are streamed. Only the size of a body that must be held in memory is limited.
    NoCeiling,
    /// All media types in `Accept`, with their quality values, choose between bytes and text.
    AcceptNegotiation,
    /// The body of the backend is not converted for the response to HEAD. The body is read only if response headers are
    /// mapped from it and its `Content-Length` is at most `JSON_BODY_LIMIT`.
    HeadWithoutBody,
    /// The gateway adds no `User-Agent` and no `Accept` to the request of an `http_proxy`.
    ProxyDefaultHeaders,
    /// Each response that does not come from the original API has `X-Content-Type-Options: nosniff`.
    NoSniffing,
    /// A GET or HEAD to a backend, and a part of an upload, is sent again once after a failure that often passes.
    SecondAttempt,
}

impl Behaviour {
    /// Returns whether this behaviour has a difference from API Gateway: always in `edge`, never in `aws`.
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
        Self::NoSniffing,
        Self::SecondAttempt,
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
            Self::NoSniffing => "no-sniffing",
            Self::SecondAttempt => "second-attempt",
        }
    }
}
