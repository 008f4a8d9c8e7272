//! Settings that do not fit the API.

/// Settings that do not fit the API. No request is served.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("{place}: {reason}")]
pub struct DeploymentError {
    /// The setting, or the path and the method in the document.
    pub place: String,
    /// The reason.
    pub reason: String,
}
