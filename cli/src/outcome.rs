//! What a run of the command returns: texts and an exit status, or a failure.

/// What a run prints, and its exit status. The texts have ANSI styles, which `anstream` removes where they have no place.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Outcome {
    /// For the standard output.
    pub out: String,
    /// For the standard error.
    pub err: String,
    /// The exit status.
    pub status: u8,
}

/// The exit status for a document with errors.
pub(crate) const DOCUMENT_HAS_ERRORS: u8 = 1;

/// The exit status for a command that cannot do what it was asked.
pub const CANNOT: u8 = 2;

/// Why the command cannot do what it was asked, in whole sentences.
#[derive(Debug)]
pub(crate) struct Failure(pub(crate) String);
