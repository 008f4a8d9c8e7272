//! Settings that do not fit the API.

/// A setting that does not fit the API. With such a setting, no request is served.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("{place}: {reason}")]
pub struct DeploymentError {
    /// The name of the setting.
    pub place: String,
    pub reason: String,
}
