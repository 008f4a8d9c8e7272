//! base64 of whole bodies and of streams. A stream is converted in constant memory, and may be split into blocks anywhere.

use ::base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use ::base64::{DecodeError, Engine, alphabet};
use bytes::Bytes;

/// How white space between the characters of base64 is treated.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum WhiteSpace {
    /// White space is an error.
    Refused,
    /// White space is skipped, because clients may send base64 in lines.
    Ignored,
}

/// The error for a body that is not base64 (RFC 4648 section 4, with the exceptions that [`Decoder`] lists).
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("Invalid base64 in request body at offset {offset}")]
pub struct InvalidBase64 {
    /// The offset of the first byte that is not valid, or the length of a body that ends too early.
    pub offset: u64,
}

/// Encodes bytes as base64.
pub fn encode(bytes: &[u8]) -> Vec<u8> {
    base64_simd::STANDARD.encode_type(bytes)
}

/// Decodes base64.
///
/// # Errors
/// Returns [`InvalidBase64`] if the text is not base64.
pub fn decode(text: &[u8], white_space: WhiteSpace) -> Result<Bytes, InvalidBase64> {
    if let Ok(decoded) = base64_simd::STANDARD.decode_to_vec(text) {
        return Ok(decoded.into());
    }
    let mut decoder = Decoder::new(white_space);
    let mut decoded = Vec::new();
    decoder.push(text, &mut decoded)?;
    decoder.finish(&mut decoded)?;
    Ok(decoded.into())
}

/// Encodes a stream as base64.
#[derive(Clone, Debug, Default)]
pub struct Encoder {
    /// Up to two bytes, which do not fill a group of three yet.
    rest: Vec<u8>,
}

impl Encoder {
    /// Encodes a block up to its last whole group of three bytes. The rest is kept for the next call.
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

    /// Encodes the rest, with padding.
    pub fn finish(&mut self, encoded: &mut Vec<u8>) {
        base64_simd::STANDARD.encode_append(&self.rest, encoded);
        self.rest.clear();
    }
}

/// Returns the length of base64, with padding, for a number of bytes.
pub fn encoded_length(length: u64) -> u64 {
    length.div_ceil(3).saturating_mul(4)
}

/// The engine for a last group with padding.
const PADDED: GeneralPurpose = lenient(DecodePaddingMode::RequireCanonical);

/// The engine for a last group without padding.
const UNPADDED: GeneralPurpose = lenient(DecodePaddingMode::RequireNone);

/// Returns an engine that accepts any value of the unused bits in the last character.
const fn lenient(padding: DecodePaddingMode) -> GeneralPurpose {
    let config = GeneralPurposeConfig::new();
    let config = config.with_decode_allow_trailing_bits(true).with_decode_padding_mode(padding);
    GeneralPurpose::new(&alphabet::STANDARD, config)
}

/// Decodes a stream of base64 as Java's `Base64.getDecoder()` does
/// (<https://docs.oracle.com/javase/8/docs/api/java/util/Base64.Decoder.html>): padding is canonical or absent, and the
/// unused bits in the last character may have any value. A single character after the last whole group of four characters,
/// and any character after padding, are errors.
#[derive(Clone, Debug)]
pub struct Decoder {
    white_space: WhiteSpace,
    /// The last characters so far, at most four, each with its offset. They are kept, because only the last group may have
    /// padding.
    rest: Vec<(u8, u64)>,
    /// The number of bytes of the stream so far, white space included.
    taken: u64,
}

impl Decoder {
    /// Returns a decoder at the start of a stream.
    pub fn new(white_space: WhiteSpace) -> Self {
        Self { white_space, rest: Vec::new(), taken: 0 }
    }

    /// Decodes a block except for its last group of up to four characters, which is kept for the next call.
    ///
    /// # Errors
    /// [`InvalidBase64`], with the offset from the start of the stream.
    pub fn push(&mut self, block: &[u8], decoded: &mut Vec<u8>) -> Result<(), InvalidBase64> {
        let start = self.taken;
        self.taken += block.len() as u64;
        if self.white_space == WhiteSpace::Refused || !has_white_space(block) {
            return self.push_packed(block, decoded, |index| start + index as u64);
        }
        let packed = without_white_space(block);
        // Except for errors, only offsets near the start or the end are needed. A search from the nearer end is short.
        let offset = |index: usize| {
            let mut kept = block.iter().enumerate().filter(|(_, byte)| !byte.is_ascii_whitespace());
            let from_end = packed.len().saturating_sub(index + 1);
            let found = if index <= from_end { kept.nth(index) } else { kept.nth_back(from_end) };
            start + found.map_or(block.len(), |(at, _)| at) as u64
        };
        self.push_packed(&packed, decoded, offset)
    }

    /// Decodes the rest.
    ///
    /// # Errors
    /// Returns [`InvalidBase64`] if the last group is not valid.
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

/// Returns whether any of the bytes is white space. The loop does not stop at the first match, so that it can be vectorized.
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

/// Returns the index of the character that is not valid, or `None` if the text ends too early.
fn fault(error: &DecodeError) -> Option<usize> {
    match error {
        DecodeError::InvalidByte(at, _) | DecodeError::InvalidLastSymbol { offset: at, .. } => Some(*at),
        DecodeError::InvalidLength(_) | DecodeError::InvalidPadding => None,
    }
}

/// Decodes whole groups that do not end their stream. Padding is not valid in such groups.
///
/// # Errors
/// The index of the first character that is not valid.
fn decode_groups(groups: &[u8], decoded: &mut Vec<u8>) -> Result<(), usize> {
    let is_padded = groups.last() == Some(&b'=');
    if !is_padded && base64_simd::STANDARD.decode_append(groups, decoded).is_ok() {
        return Ok(());
    }
    let in_alphabet = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/');
    Err(groups.iter().position(|byte| !in_alphabet(byte)).unwrap_or(groups.len()))
}
