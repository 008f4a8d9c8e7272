//! Conversion of streams: block by block, split anywhere, in constant memory.
//!
//! Inside: an encoder and a decoder of base64 that carry what a block leaves over to the next, and the text around what
//! they give. Not inside: whole bodies (`content`), and reading streams (`edge`).

use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use base64::{DecodeError, Engine, alphabet};

use super::content::{InvalidBase64, WhiteSpace};

/// Bytes to base64.
#[derive(Clone, Debug, Default)]
pub struct Encoder {
    /// Up to two bytes that do not fill a group of three yet.
    rest: Vec<u8>,
}

impl Encoder {
    /// Encodes a block, as far as it fills groups of three. Blocks whose size is a multiple of three leave nothing over.
    pub fn push(&mut self, block: &[u8], encoded: &mut Vec<u8>) {
        let missing = if self.rest.is_empty() { 0 } else { 3 - self.rest.len() };
        let (head, block) = block.split_at(missing.min(block.len()));
        self.rest.extend_from_slice(head);
        if self.rest.len() == 3 {
            base64_simd::STANDARD.encode_append(&self.rest, encoded);
            self.rest.clear();
        }
        let (whole, rest) = block.split_at(block.len() - block.len() % 3);
        base64_simd::STANDARD.encode_append(whole, encoded);
        self.rest.extend_from_slice(rest);
    }

    /// Encodes what is left, with padding.
    pub fn finish(&mut self, encoded: &mut Vec<u8>) {
        base64_simd::STANDARD.encode_append(&self.rest, encoded);
        self.rest.clear();
    }
}

/// What becomes of a stream's bytes: encoded, passed or decoded, with the text that a template puts around them.
#[derive(Clone, Debug)]
pub struct Codec {
    coder: Coder,
    before: String,
    after: String,
    /// What stands for a stream of which nothing comes out.
    empty: &'static str,
    progress: Progress,
}

#[derive(Clone, Debug)]
enum Coder {
    /// What has come out before the end is never base64: an answer without a length may look whole to its client
    /// although it broke off.
    Encode {
        encoder: Encoder,
        /// The last characters so far, kept until others follow: no decoder takes a single character for a group of four.
        kept: Vec<u8>,
    },
    Pass,
    Decode(Decoder),
}

/// How many characters of the last group are kept.
const KEPT: usize = 3;

/// How far the result has come.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Progress {
    Nothing,
    TextBefore,
    Inside,
}

impl Codec {
    /// Bytes to base64.
    pub fn encode() -> Self {
        Self::of(Coder::Encode { encoder: Encoder::default(), kept: Vec::new() })
    }

    /// The bytes as they are.
    pub fn pass() -> Self {
        Self::of(Coder::Pass)
    }

    /// base64 to bytes.
    pub fn decode(white_space: WhiteSpace) -> Self {
        Self::of(Coder::Decode(Decoder::new(white_space)))
    }

    fn of(coder: Coder) -> Self {
        let (before, after) = (String::new(), String::new());
        Self { coder, before, after, empty: "", progress: Progress::Nothing }
    }

    /// The same between two texts, with `{}` in the place of nothing, as `$input.body` renders it.
    #[must_use]
    pub fn between(self, before: String, after: String) -> Self {
        Self { before, after, empty: "{}", ..self }
    }

    /// How long the result is for so many bytes, where that does not depend on what they are.
    pub fn length_of(&self, bytes: u64) -> Option<u64> {
        let inside = match self.coder {
            Coder::Encode { .. } => encoded_length(bytes),
            Coder::Pass => bytes,
            Coder::Decode(_) => return None,
        };
        let inside = if bytes == 0 { self.empty.len() as u64 } else { inside };
        Some(inside.saturating_add((self.before.len() + self.after.len()) as u64))
    }

    /// The most bytes that come out for a block of so many, and for the end after it.
    pub(super) fn most(&self, block: usize) -> usize {
        /// What earlier blocks left over.
        const LEFT_OVER: usize = 4;
        let texts = self.before.len() + self.empty.len() + self.after.len();
        texts + encoded_length((block + LEFT_OVER) as u64) as usize
    }

    /// Converts a block of the stream.
    ///
    /// # Errors
    /// [`InvalidBase64`], with the offset from the beginning of the stream.
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
    /// [`InvalidBase64`], where the stream may not end here.
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

/// How long base64 of so many bytes is.
pub fn encoded_length(length: u64) -> u64 {
    length.div_ceil(3).saturating_mul(4)
}

/// For the last group of base64 with padding.
const PADDED: GeneralPurpose = lenient(DecodePaddingMode::RequireCanonical);

/// For the last group of base64 without padding.
const UNPADDED: GeneralPurpose = lenient(DecodePaddingMode::RequireNone);

/// Accepts spare bits that are not zero.
const fn lenient(padding: DecodePaddingMode) -> GeneralPurpose {
    let config = GeneralPurposeConfig::new();
    let config = config.with_decode_allow_trailing_bits(true).with_decode_padding_mode(padding);
    GeneralPurpose::new(&alphabet::STANDARD, config)
}

/// base64 to bytes, as Java's `Base64.getDecoder()` decodes it
/// (<https://docs.oracle.com/javase/8/docs/api/java/util/Base64.Decoder.html>): padding is canonical or absent, and spare bits
/// may have any value. A single character after the last group, and anything after padding, are errors.
#[derive(Clone, Debug)]
pub struct Decoder {
    white_space: WhiteSpace,
    /// The last characters, up to four, each with its offset: whether they may hold padding is only known when the next
    /// ones have come, or none.
    rest: Vec<(u8, u64)>,
    /// Characters taken so far.
    taken: u64,
}

impl Decoder {
    /// A decoder at the beginning of a stream.
    pub fn new(white_space: WhiteSpace) -> Self {
        Self { white_space, rest: Vec::new(), taken: 0 }
    }

    /// Decodes a block, all but the last group of four.
    ///
    /// # Errors
    /// [`InvalidBase64`], with the offset from the beginning of the stream.
    pub fn push(&mut self, block: &[u8], decoded: &mut Vec<u8>) -> Result<(), InvalidBase64> {
        let start = self.taken;
        self.taken += block.len() as u64;
        if self.white_space == WhiteSpace::Refused || !has_white_space(block) {
            return self.push_packed(block, decoded, |index| start + index as u64);
        }
        let packed = without_white_space(block);
        // Asked for are the first characters or the last ones: from there on it is not far.
        let offset = |index: usize| {
            let mut kept = block.iter().enumerate().filter(|(_, byte)| !byte.is_ascii_whitespace());
            let from_end = packed.len().saturating_sub(index + 1);
            let found = if index <= from_end { kept.nth(index) } else { kept.nth_back(from_end) };
            start + found.map_or(block.len(), |(at, _)| at) as u64
        };
        self.push_packed(&packed, decoded, offset)
    }

    /// Decodes what is left.
    ///
    /// # Errors
    /// [`InvalidBase64`]: what cannot stand there, or, where the stream ends too early, its length.
    pub fn finish(&mut self, decoded: &mut Vec<u8>) -> Result<(), InvalidBase64> {
        let rest: Vec<u8> = self.rest.iter().map(|(byte, _)| *byte).collect();
        let engine = if rest.ends_with(b"=") { &PADDED } else { &UNPADDED };
        engine.decode_vec(&rest, decoded).map_err(|error| InvalidBase64 {
            offset: fault(&error).and_then(|at| self.rest.get(at)).map_or(self.taken, |(_, offset)| *offset),
        })
    }

    fn push_packed(
        &mut self,
        block: &[u8],
        decoded: &mut Vec<u8>,
        offset: impl Fn(usize) -> u64,
    ) -> Result<(), InvalidBase64> {
        let mut at = 0;
        if !self.rest.is_empty() {
            at = (4 - self.rest.len()).min(block.len());
            let head = block.iter().take(at).enumerate();
            self.rest.extend(head.map(|(index, byte)| (*byte, offset(index))));
            if at == block.len() {
                return Ok(());
            }
            let group: Vec<u8> = self.rest.iter().map(|(byte, _)| *byte).collect();
            let offset_of = |index| self.rest.get(index).map_or(self.taken, |(_, offset)| *offset);
            decode_groups(&group, decoded).map_err(|index| InvalidBase64 { offset: offset_of(index) })?;
            self.rest.clear();
        }
        let block = block.get(at..).unwrap_or_default();
        let (groups, last) = block.split_at(block.len().saturating_sub(1) / 4 * 4);
        decode_groups(groups, decoded).map_err(|index| InvalidBase64 { offset: offset(at + index) })?;
        let kept = last.iter().enumerate();
        self.rest.extend(kept.map(|(index, byte)| (*byte, offset(at + groups.len() + index))));
        Ok(())
    }
}

/// Looks at all of it whatever it finds, which the compiler can do for many bytes at once.
fn has_white_space(bytes: &[u8]) -> bool {
    bytes.iter().fold(false, |found, byte| found | byte.is_ascii_whitespace())
}

fn without_white_space(block: &[u8]) -> Vec<u8> {
    let mut packed = Vec::with_capacity(block.len());
    let (chunks, rest) = block.as_chunks::<16>();
    for chunk in chunks {
        if has_white_space(chunk) {
            packed.extend(chunk.iter().filter(|byte| !byte.is_ascii_whitespace()));
        } else {
            packed.extend_from_slice(chunk);
        }
    }
    packed.extend(rest.iter().filter(|byte| !byte.is_ascii_whitespace()));
    packed
}

/// The place of the character that cannot stand where it does; `None` where the text ends too early.
fn fault(error: &DecodeError) -> Option<usize> {
    match error {
        DecodeError::InvalidByte(at, _) | DecodeError::InvalidLastSymbol { offset: at, .. } => Some(*at),
        DecodeError::InvalidLength(_) | DecodeError::InvalidPadding => None,
    }
}

/// Decodes whole groups that are not the last ones of their stream, so that none may hold padding; or says which
/// character is the first that is not base64. Padding with something behind it is such a character.
fn decode_groups(groups: &[u8], decoded: &mut Vec<u8>) -> Result<(), usize> {
    let is_padded = groups.last() == Some(&b'=');
    if !is_padded && base64_simd::STANDARD.decode_append(groups, decoded).is_ok() {
        return Ok(());
    }
    let in_alphabet = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/');
    Err(groups.iter().position(|byte| !in_alphabet(byte)).unwrap_or(groups.len()))
}
