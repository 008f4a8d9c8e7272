//! `contentHandling`: the conversion of a request body or a response body that the document requests.

use serde::{Deserialize, Serialize};

/// The value of `contentHandling`. The effect also depends on whether the type of the body is a binary media type.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub enum ContentHandling {
    /// `CONVERT_TO_TEXT`: the body of a binary media type is encoded as base64. Any other body stays text.
    ConvertToText,
    /// `CONVERT_TO_BINARY`: the body of a binary media type stays as it is. Any other body is decoded from base64.
    ConvertToBinary,
}
