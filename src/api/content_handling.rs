//! `contentHandling`, of a request or a response.

use serde::{Deserialize, Serialize};

/// `contentHandling`
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub enum ContentHandling {
    /// `CONVERT_TO_TEXT`: bytes become base64.
    ConvertToText,
    /// `CONVERT_TO_BINARY`: base64 becomes bytes.
    ConvertToBinary,
}
