//! The conversion of a stream: block by block, split anywhere, in constant memory.

use super::base64::{Decoder, Encoder, InvalidBase64, WhiteSpace, encoded_length};

/// Converts a stream: encodes, decodes or passes its bytes, between the two texts that a mapping template puts around
/// them.
#[derive(Clone, Debug)]
pub struct Codec {
    coder: Coder,
    before: String,
    after: String,
    /// The output for an empty stream, between `before` and `after`.
    empty: &'static str,
    progress: Progress,
}

#[derive(Clone, Debug)]
enum Coder {
    /// The output before the end is never valid base64: a response without a length may look complete to its client
    /// although it broke off.
    Encode {
        encoder: Encoder,
        /// The last characters so far, kept until others follow: one character is not a group for any decoder.
        kept: Vec<u8>,
    },
    Pass,
    Decode(Decoder),
}

/// The number of characters of the last group that are kept.
const KEPT: usize = 3;

/// The progress of the output.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Progress {
    Nothing,
    TextBefore,
    Inside,
}

impl Codec {
    /// Returns a codec that encodes base64.
    pub fn encode() -> Self {
        Self::of(Coder::Encode { encoder: Encoder::default(), kept: Vec::new() })
    }

    /// Returns a codec that passes the bytes.
    pub fn pass() -> Self {
        Self::of(Coder::Pass)
    }

    /// Returns a codec that decodes base64.
    pub fn decode(white_space: WhiteSpace) -> Self {
        Self::of(Coder::Decode(Decoder::new(white_space)))
    }

    fn of(coder: Coder) -> Self {
        let (before, after) = (String::new(), String::new());
        Self { coder, before, after, empty: "", progress: Progress::Nothing }
    }

    /// Puts the result between two texts. An empty result becomes `{}`, as `$input.body` renders it.
    #[must_use]
    pub fn between(self, before: String, after: String) -> Self {
        Self { before, after, empty: "{}", ..self }
    }

    /// Returns the length of the result for so many bytes, or `None` if it depends on the bytes.
    pub fn length_of(&self, bytes: u64) -> Option<u64> {
        let inside = match self.coder {
            Coder::Encode { .. } => encoded_length(bytes),
            Coder::Pass => bytes,
            Coder::Decode(_) => return None,
        };
        let inside = if bytes == 0 { self.empty.len() as u64 } else { inside };
        Some(inside.saturating_add((self.before.len() + self.after.len()) as u64))
    }

    /// Returns the most bytes that a block of this size and the end after it can give.
    pub(in crate::gateway) fn most(&self, block: usize) -> usize {
        /// The maximum number of characters that are kept from earlier blocks.
        const LEFT_OVER: usize = 4;
        let texts = self.before.len() + self.empty.len() + self.after.len();
        texts + encoded_length((block + LEFT_OVER) as u64) as usize
    }

    /// Converts a block.
    ///
    /// # Errors
    /// [`InvalidBase64`], with the offset from the start of the stream.
    pub fn push(&mut self, block: &[u8], converted: &mut Vec<u8>) -> Result<(), InvalidBase64> {
        self.begin(converted);
        let start = converted.len();
        match &mut self.coder {
            Coder::Encode { encoder, kept } => {
                converted.append(kept);
                encoder.push(block, converted);
                *kept = converted.split_off(converted.len().saturating_sub(KEPT).max(start));
            }
            Coder::Pass => converted.extend_from_slice(block),
            Coder::Decode(decoder) => decoder.push(block, converted)?,
        }
        if converted.len() > start {
            self.progress = Progress::Inside;
        }
        Ok(())
    }

    /// Converts the end of the stream.
    ///
    /// # Errors
    /// [`InvalidBase64`], if the stream must not end here.
    pub fn finish(&mut self, converted: &mut Vec<u8>) -> Result<(), InvalidBase64> {
        self.begin(converted);
        let start = converted.len();
        match &mut self.coder {
            Coder::Encode { encoder, kept } => {
                converted.append(kept);
                encoder.finish(converted);
            }
            Coder::Pass => {}
            Coder::Decode(decoder) => decoder.finish(converted)?,
        }
        if self.progress != Progress::Inside && converted.len() == start {
            converted.extend_from_slice(self.empty.as_bytes());
        }
        converted.extend_from_slice(self.after.as_bytes());
        Ok(())
    }

    fn begin(&mut self, converted: &mut Vec<u8>) {
        if self.progress == Progress::Nothing {
            self.progress = Progress::TextBefore;
            converted.extend_from_slice(self.before.as_bytes());
        }
    }
}
