//! The proof that a caller's credentials were verified, or are not required.

use crate::gateway::request::context::Caller;

/// A caller whose signature or token was verified, or an anonymous caller of an operation that requires neither. Only the
/// module `authorize` creates this type.
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
