//! The compiled form of an API, `api.bin`: a header, and the [`Api`] as postcard writes it.
//!
//! | bytes | content |
//! |---|---|
//! | 4 | `S3EG` |
//! | 2 | [`FORMAT`], little endian |
//! | 1 | length of the compiler's version |
//! | that many | the compiler's version, in ASCII |
//! | 4 | CRC-32 (ISO-HDLC) of all that follows, little endian |
//! | the rest | the API (<https://postcard.jamesmunns.com/wire-format>) |
//!
//! The types have no recursion, so decoding does not recurse with its input. A list reserves at most 1 MiB before its
//! items are read (serde), so that a false length does not allocate.

use crc::{CRC_32_ISO_HDLC, Crc, Table};

use super::{Api, shared_responses};

/// The version of the form. Raise it with each change of a type below [`Api`].
pub const FORMAT: u16 = 1;

const MAGIC: &[u8; 4] = b"S3EG";

const CHECKSUM: Crc<u32, Table<1>> = Crc::<u32, Table<1>>::new(&CRC_32_ISO_HDLC);

/// This version, which compiler and Worker share.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

/// Why a file cannot be decoded. Each message says what to do.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum CompiledError {
    /// The file has another first line, or none.
    #[error(
        "the file is not a compiled API: it does not begin with `S3EG`. Compile the document: run `npm run build`"
    )]
    NotCompiled,
    /// The file ends inside the header.
    #[error("the file is cut off: it ends after {0} bytes. Compile the document again: run `npm run build`")]
    CutOff(usize),
    /// The file was written by another version.
    #[error(
        "compiled by {compiler} (format {format}), this Worker is {VERSION} (format {FORMAT}): run `npm run build`"
    )]
    Version {
        /// The compiler's version.
        compiler: String,
        /// The version of the form.
        format: u16,
    },
    /// The checksum does not match, or the content is not valid.
    #[error("the file is damaged: {0}. Compile the document again: run `npm run build`")]
    Damaged(&'static str),
}

/// Writes an API in the compiled form.
///
/// # Errors
/// A value that has no form, which no API has.
pub fn encode(api: &Api) -> Result<Vec<u8>, postcard::Error> {
    shared_responses::start();
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

/// Reads an API in the compiled form.
///
/// # Errors
/// Another version, and a file that is not whole.
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
            "its checksum does not match, so that it is not whole or was changed",
        ));
    }
    decode_content(content)
}

/// Reads what follows the checksum.
///
/// # Errors
/// [`CompiledError::Damaged`]
pub fn decode_content(content: &[u8]) -> Result<Api, CompiledError> {
    shared_responses::start();
    match postcard::take_from_bytes(content) {
        Ok((api, [])) => Ok(api),
        Ok(_) => Err(CompiledError::Damaged("bytes follow the API")),
        Err(_) => Err(CompiledError::Damaged("its content is not an API")),
    }
}
