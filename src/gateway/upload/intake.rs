//! The conversion of a request body, block by block, and its division into parts.

use bytes::Bytes;

use crate::gateway::conversion::base64::InvalidBase64;
use crate::gateway::conversion::codec::Codec;
use crate::s3::multipart::PART_SIZE;

/// The codec, and the converted bytes that are not sent yet.
#[derive(Debug)]
pub(super) struct Intake {
    codec: Codec,
    held: Vec<u8>,
}

impl Intake {
    pub(super) fn new(codec: Codec) -> Self {
        Self { codec, held: Vec::new() }
    }

    /// Converts a block and appends the result to the bytes that are held.
    ///
    /// # Errors
    /// [`InvalidBase64`], with the offset from the start of the body.
    pub(super) fn push(&mut self, block: &[u8]) -> Result<(), InvalidBase64> {
        self.make_room(self.codec.most(block.len()));
        self.codec.push(block, &mut self.held)
    }

    /// Returns the memory of the converted bytes, in bytes.
    pub(super) fn memory(&self) -> usize {
        self.held.capacity()
    }

    /// Returns the next part, or `None` if the bytes that are held do not exceed one part. So the last part, which
    /// [`Intake::rest`] returns, is never empty.
    pub(super) fn next_part(&mut self) -> Option<Bytes> {
        if self.held.len() <= PART_SIZE {
            return None;
        }
        // `split_off` allocates no spare capacity for the rest, which is held while the part is sent.
        let rest = self.held.split_off(PART_SIZE);
        Some(std::mem::replace(&mut self.held, rest).into())
    }

    /// Reserves memory for `bytes` more bytes. A large body gets the memory of a whole part at once, because repeated
    /// doubling of the memory would use twice as much.
    fn make_room(&mut self, bytes: usize) {
        const LARGE: usize = PART_SIZE / 4;
        let needed = self.held.len() + bytes;
        if needed > self.held.capacity() && needed > LARGE {
            self.held.reserve_exact(needed.max(PART_SIZE + bytes) - self.held.len());
        }
    }

    /// Converts the end of the body.
    ///
    /// # Errors
    /// Returns [`InvalidBase64`] if the last group of the body is not valid.
    pub(super) fn end(&mut self) -> Result<(), InvalidBase64> {
        self.codec.finish(&mut self.held)
    }

    /// Returns the bytes that are held after the end: the last part, or the whole body if no part was returned before.
    pub(super) fn rest(&mut self) -> Bytes {
        std::mem::take(&mut self.held).into()
    }
}
