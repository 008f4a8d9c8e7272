//! The result of a run: texts and an exit status, or a failure.

/// The output of a run, and its exit status. The texts have ANSI styles, which `anstream` removes if the output is not a
/// terminal.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Outcome {
    /// The text for the standard output.
    pub out: String,
    /// The text for the standard error.
    pub err: String,
    /// The exit status.
    pub status: u8,
}

/// The exit status for a document with errors.
pub(crate) const DOCUMENT_HAS_ERRORS: u8 = 1;

/// The exit status if the command fails for another reason than errors in the document.
pub const COMMAND_FAILED: u8 = 2;

/// The message of a command that fails, in whole sentences.
#[derive(Debug)]
pub(crate) struct Failure(pub(crate) String);
