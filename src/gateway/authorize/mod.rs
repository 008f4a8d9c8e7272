//! Authorization: the security of an operation, checked with the keys and the issuers of the deployment. Source:
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-control-access-to-api.html>.

pub mod admission;
pub mod key_set;
pub mod proven;
pub mod signature;
pub mod signature_fault;
pub mod token;
pub(super) mod verification;
