//! The conversion of a stream, block by block and in constant memory. The stream may be split into blocks anywhere.

use super::base64::{Decoder, Encoder, InvalidBase64, WhiteSpace, encoded_length};

/// Encodes, decodes or passes the bytes of a stream. If a mapping template applies, the output begins and ends with the texts
/// around `$input.body` in the template.
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
    /// Encodes as base64. The last characters of the output are kept back until the end of the stream, so that a response
    /// that breaks off is not valid base64. Without a length, a client could take such a response for complete.
    Encode {
        encoder: Encoder,
        /// The last characters so far, at most [`KEPT`], which are not written yet.
        kept: Vec<u8>,
    },
    Pass,
    Decode(Decoder),
}

/// The number of characters that are kept back. Of the last group of four characters, only the first is then written, and a
/// single character is not valid base64.
const KEPT: usize = 3;

/// The last part of the output that was written.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Progress {
    Nothing,
    TextBefore,
    Inside,
}

impl Codec {
    /// Returns a codec that encodes bytes as base64.
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

    /// Puts the converted bytes between two texts. If there are no bytes, `{}` takes their place, because `$input.body` renders
    /// an empty body as `{}`.
    #[must_use]
    pub fn between(self, before: String, after: String) -> Self {
        Self { before, after, empty: "{}", ..self }
    }

    /// Returns the length of the output for a stream of `bytes` bytes, or `None` if the length depends on the content of the
    /// stream.
    pub fn length_of(&self, bytes: u64) -> Option<u64> {
        let inside = match self.coder {
            Coder::Encode { .. } => encoded_length(bytes),
            Coder::Pass => bytes,
            Coder::Decode(_) => return None,
        };
        let inside = if bytes == 0 { self.empty.len() as u64 } else { inside };
        Some(inside.saturating_add((self.before.len() + self.after.len()) as u64))
    }

    /// Returns the greatest number of bytes that the output can grow by for a block of `block` bytes and the end of the
    /// stream.
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
    /// Returns [`InvalidBase64`] if the last group of the stream is not valid.
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
