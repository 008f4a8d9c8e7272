//! The proof that the credentials of a caller were verified.

use crate::gateway::request::context::Caller;

/// A caller whose signature or token was verified. Only this module creates it.
#[derive(Debug)]
pub struct Proven(Caller);

impl Proven {
    pub(super) fn new(caller: Caller) -> Self {
        Self(caller)
    }

    pub(super) fn into_caller(self) -> Caller {
        self.0
    }
}
