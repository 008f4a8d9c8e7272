//! Request validators: the parameters and the body that a request must have.
//!
//! Source: <https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-method-request-validation.html>.

use serde::{Deserialize, Serialize};

use super::mapping::MethodRequestSource;
use super::model::Models;

/// The checks of an operation's requests.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Validation {
    /// The required parameters, in the order in which the gateway reports missing ones.
    pub required: Vec<MethodRequestSource>,
    /// The models of the body.
    pub models: Models,
}
