//! A request body that is taken block by block.

use bytes::Bytes;

use crate::gateway::conversion::base64::InvalidBase64;
use crate::gateway::conversion::codec::Codec;
use crate::s3::multipart::PART_SIZE;

/// A request body that is converted and cut into parts.
#[derive(Debug)]
pub(super) struct Intake {
    codec: Codec,
    held: Vec<u8>,
}

impl Intake {
    pub(super) fn new(codec: Codec) -> Self {
        Self { codec, held: Vec::new() }
    }

    /// Converts a block and appends it to the bytes that are held.
    ///
    /// # Errors
    /// [`InvalidBase64`], with the offset from the start of the body.
    pub(super) fn push(&mut self, block: &[u8]) -> Result<(), InvalidBase64> {
        self.make_room(self.codec.most(block.len()));
        self.codec.push(block, &mut self.held)
    }

    /// Returns the next part, or `None` if at most one part is held. So one part or less is left for the end, and the last part
    /// is never empty.
    pub(super) fn next_part(&mut self) -> Option<Bytes> {
        if self.held.len() <= PART_SIZE {
            return None;
        }
        // The rest gets no spare capacity: it is held while the part is sent.
        let rest = self.held.split_off(PART_SIZE);
        Some(std::mem::replace(&mut self.held, rest).into())
    }

    /// Reserves memory for so many bytes. A large body gets the memory of a whole part at once, because repeated doubling of the
    /// memory would use twice as much.
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
    /// [`InvalidBase64`], if the body must not end here.
    pub(super) fn end(&mut self) -> Result<(), InvalidBase64> {
        self.codec.finish(&mut self.held)
    }

    /// Returns the rest after the end: the last part, or the whole body if there was no part before.
    pub(super) fn rest(&mut self) -> Bytes {
        std::mem::take(&mut self.held).into()
    }
}
