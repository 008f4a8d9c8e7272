//! The format of `api.bin`: a header, and the [`Api`] in the format of postcard.
//!
//! | bytes | content |
//! |---|---|
//! | 4 | `S3EG` |
//! | 2 | [`FORMAT`], little endian |
//! | 1 | length of the compiler's version |
//! | that length | the compiler's version, in ASCII |
//! | 4 | CRC-32 (ISO-HDLC) of the bytes of the API, little endian |
//! | all further bytes | the API (<https://postcard.jamesmunns.com/wire-format>) |
//!
//! No type within [`Api`] contains itself, so the depth of decoding is fixed. serde reserves at most 1 MiB for a list
//! before it reads the items, so a wrong length does not cause a large allocation.

use crc::{CRC_32_ISO_HDLC, Crc, Table};

use super::{Api, shared_responses};

/// The version of the format. Raise the number with each change of [`Api`] or of a type within it.
pub const FORMAT: u16 = 2;

const MAGIC: &[u8; 4] = b"S3EG";

const CHECKSUM: Crc<u32, Table<1>> = Crc::<u32, Table<1>>::new(&CRC_32_ISO_HDLC);

/// The version of the compiler and of the Worker.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

/// The reason why a file cannot be decoded. Each message contains the remedy.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum CompiledError {
    /// The file does not begin with `S3EG`.
    #[error(
        "the file is not a compiled API: it does not begin with `S3EG`. Compile the document: run `npm run build`"
    )]
    NotCompiled,
    /// The file is empty or ends inside the header.
    #[error("the file is cut off: it ends after {0} bytes. Compile the document again: run `npm run build`")]
    CutOff(usize),
    /// The file has another format version.
    #[error(
        "the file was compiled by version {compiler} (format {format}), but this Worker is version {VERSION} (format {FORMAT}). Compile the document again: run `npm run build`"
    )]
    Version {
        /// The compiler's version.
        compiler: String,
        /// The format version of the file.
        format: u16,
    },
    /// The checksum does not match, or the content is not valid.
    #[error("the file is damaged: {0}. Compile the document again: run `npm run build`")]
    Damaged(&'static str),
}

/// Encodes an API as the content of `api.bin`.
///
/// # Errors
/// Returns the error of postcard. No error is expected, because postcard can encode every [`Api`].
pub fn encode(api: &Api) -> Result<Vec<u8>, postcard::Error> {
    shared_responses::clear();
    let content = postcard::to_allocvec(api)?;
    let mut bytes = Vec::with_capacity(content.len() + 32);
    bytes.extend_from_slice(MAGIC);
    bytes.extend_from_slice(&FORMAT.to_le_bytes());
    bytes.push(VERSION.len() as u8);
    bytes.extend_from_slice(VERSION.as_bytes());
    bytes.extend_from_slice(&CHECKSUM.checksum(&content).to_le_bytes());
    bytes.extend_from_slice(&content);
    Ok(bytes)
}

/// Decodes the content of `api.bin`.
///
/// # Errors
/// Returns an error if the file is not a compiled API, has another format, is cut off or is damaged.
pub fn decode(bytes: &[u8]) -> Result<Api, CompiledError> {
    let cut_off = || CompiledError::CutOff(bytes.len());
    if !bytes.starts_with(MAGIC) {
        return Err(if MAGIC.starts_with(bytes) { cut_off() } else { CompiledError::NotCompiled });
    }
    let rest = bytes.get(MAGIC.len()..).unwrap_or_default();
    let (format, rest) = rest.split_first_chunk().ok_or_else(cut_off)?;
    let (length, rest) = rest.split_first().ok_or_else(cut_off)?;
    let (compiler, rest) = rest.split_at_checked(usize::from(*length)).ok_or_else(cut_off)?;
    let format = u16::from_le_bytes(*format);
    if format != FORMAT {
        let compiler = String::from_utf8_lossy(compiler).into_owned();
        return Err(CompiledError::Version { compiler, format });
    }
    let (checksum, content) = rest.split_first_chunk().ok_or_else(cut_off)?;
    if CHECKSUM.checksum(content) != u32::from_le_bytes(*checksum) {
        return Err(CompiledError::Damaged(
            "its checksum does not match, so it is incomplete or was changed",
        ));
    }
    decode_content(content)
}

/// Decodes the bytes after the checksum.
///
/// # Errors
/// Returns [`CompiledError::Damaged`] if the bytes are not exactly one API.
pub fn decode_content(content: &[u8]) -> Result<Api, CompiledError> {
    shared_responses::clear();
    match postcard::take_from_bytes(content) {
        Ok((api, [])) => Ok(api),
        Ok(_) => Err(CompiledError::Damaged("bytes follow the API")),
        Err(_) => Err(CompiledError::Damaged("its content is not an API")),
    }
}
