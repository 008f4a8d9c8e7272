//! Routing: the operation that matches a request.

use http::Method;

use super::context::Context;
use super::inbound::Inbound;
use crate::api::integration::Integration;
use crate::api::{Operation, ServedOperation, UnsupportedOperation};
use crate::gateway::deployment::gateway::Gateway;
use crate::gateway::deployment::operation::{Deployed, DeployedOperation};
use crate::gateway::deployment::router::{MethodId, Route};
use crate::gateway::rejection::Rejection;

/// The operation that matches a request, if there is one.
#[derive(Clone, Copy, Debug)]
pub enum Routing<'g> {
    /// An operation that runs at the edge.
    Served(Served<'g>),
    /// An operation that does not run at the edge.
    Unsupported(&'g UnsupportedOperation),
    /// No operation matches. The path is below the base path.
    Unknown,
    /// No operation matches. The path is not below the base path.
    Outside,
}

/// A served operation, with its backend and token issuers as the deployment resolves them.
#[derive(Clone, Copy, Debug)]
pub struct Served<'g> {
    pub operation: &'g ServedOperation,
    pub(in crate::gateway) deployed: &'g Deployed,
}

/// Finds the operation that matches a request. Returns it with the context of the request.
pub fn route(gateway: &Gateway, inbound: Inbound) -> (Context<'_>, Routing<'_>) {
    let method = inbound.intended_method();
    let Some(path) = gateway.below_base_path(&inbound.path) else {
        return (Context::new(gateway, inbound, method, None, Vec::new()), Routing::Outside);
    };
    let Some(Route { method: id, parameters }) = gateway.router.find(&method, path) else {
        return (Context::new(gateway, inbound, method, None, Vec::new()), Routing::Unknown);
    };
    let parameters = parameters.into_iter().map(str::to_owned).collect();
    let resource = gateway.api.resources.get(id.resource);
    (Context::new(gateway, inbound, method, resource, parameters), Routing::of(gateway, id))
}

impl<'g> Routing<'g> {
    fn of(gateway: &'g Gateway, id: MethodId) -> Self {
        let method =
            gateway.api.resources.get(id.resource).and_then(|resource| resource.methods.get(id.method));
        let deployed = gateway.deployed.get(id.resource).and_then(|methods| methods.get(id.method));
        match (method.map(|method| &method.operation), deployed) {
            (Some(Operation::Served(operation)), Some(DeployedOperation::Served(deployed))) => {
                Self::Served(Served { operation, deployed })
            }
            (_, Some(DeployedOperation::Unsupported(operation)))
            | (Some(Operation::Unsupported(operation)), _) => Self::Unsupported(operation),
            (Some(Operation::Served(_)) | None, _) => Self::Unknown,
        }
    }

    /// Returns the operation that runs at the edge, or `None`.
    pub fn served(self) -> Option<Served<'g>> {
        match self {
            Self::Served(served) => Some(served),
            Self::Unsupported(_) | Self::Unknown | Self::Outside => None,
        }
    }

    /// Returns the name of the backend, for causes in the access log.
    pub(in crate::gateway) fn backend_name(self) -> &'static str {
        self.served().map_or("the original API", |served| served.integration().backend.name())
    }

    /// Returns the rejection for a request that is neither served nor sent to the original API.
    pub fn unserved(self) -> Rejection {
        match self {
            Self::Unsupported(operation) => Rejection::not_implemented(&operation.reasons),
            Self::Served(_) | Self::Unknown | Self::Outside => Rejection::missing_authentication_token(),
        }
    }
}

impl<'g> Served<'g> {
    /// Returns the integration of the operation.
    pub fn integration(self) -> &'g Integration {
        &self.operation.integration
    }
}

/// Returns the index of the operation that matches a request, in the order of [`Api::operations`](crate::api::Api), or
/// `None` if no operation matches.
pub fn operation_index(gateway: &Gateway, method: &Method, path: &str) -> Option<usize> {
    let id = gateway.router.find(method, gateway.below_base_path(path)?)?.method;
    let before = gateway.api.resources.iter().take(id.resource);
    Some(before.map(|resource| resource.methods.len()).sum::<usize>() + id.method)
}
