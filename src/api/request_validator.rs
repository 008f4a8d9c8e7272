//! Request validators: what a request has to bring before anything is made of it.
//!
//! Inside: which validator guards an operation, the parameters and the body that it asks for. Not inside: models
//! themselves (`model`), and checking a request
//! (`gateway::validation`). Source:
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-method-request-validation.html>.

use serde::{Deserialize, Serialize};

use super::mapping::MethodRequestSource;
use super::model::Models;

/// What is checked of an operation's requests.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Validation {
    /// The required parameters, in the order in which missing ones are reported.
    pub required: Vec<MethodRequestSource>,
    /// What the body has to be.
    pub models: Models,
}
