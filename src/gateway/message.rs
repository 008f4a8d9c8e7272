//! Messages between the core and the runtime: the bodies, and the response to the client.
//!
//! `B` is the runtime's type for a body whose bytes are not in the memory of the core.

use std::num::NonZeroU64;

use bytes::Bytes;
use http::StatusCode;

use super::conversion::codec::Codec;

/// The body of a client's request.
#[derive(Clone, Debug)]
pub enum RequestBody<B> {
    /// No body.
    Empty,
    /// The whole body.
    Bytes(Bytes),
    /// A body in the runtime.
    Stream {
        stream: B,
        /// The length in bytes, if it is known.
        length: Option<u64>,
    },
    /// A body in the runtime, of a request whose signature states the SHA-256 of the body. The code that reads the body, or sends
    /// it, must make sure that the body has this hash.
    Signed {
        stream: B,
        /// The length in bytes, if it is known.
        length: Option<u64>,
        sha256: [u8; 32],
    },
}

/// The body of a request to the backend. Its length is always known.
#[derive(Clone, Debug)]
pub enum OutboundBody<B> {
    /// No body.
    Empty,
    /// The whole body.
    Bytes(Bytes),
    /// The client's body, unchanged.
    Stream {
        stream: B,
        /// The length in bytes, which is not 0.
        length: NonZeroU64,
        /// The SHA-256 of the signature, if the body is not verified yet. The runtime verifies it before it sends the last bytes.
        sha256: Option<[u8; 32]>,
    },
}

/// The body of a response to the client.
#[derive(Clone, Debug)]
pub enum ResponseBody<B> {
    /// No body.
    Empty,
    /// The whole body.
    Bytes(Bytes),
    /// The backend's body, unchanged.
    Stream {
        stream: B,
        /// The length in bytes, if it is known.
        length: Option<u64>,
    },
    /// The backend's body, to be converted block by block.
    Converted {
        /// The body before its conversion.
        stream: B,
        codec: Codec,
        /// The length in bytes after the conversion, if it is known.
        length: Option<u64>,
    },
}

/// The response to the client.
#[derive(Clone, Debug)]
pub struct Response<B> {
    pub status: StatusCode,
    /// The headers, each with the spelling to send.
    pub headers: Vec<(String, String)>,
    pub body: ResponseBody<B>,
}

/// The place of a request body.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum BodyPlace {
    /// In memory, or there is no body.
    Memory,
    /// In the runtime.
    Runtime,
}

impl<B> RequestBody<B> {
    /// Returns the place of the body.
    pub fn place(&self) -> BodyPlace {
        match self {
            Self::Empty | Self::Bytes(_) => BodyPlace::Memory,
            Self::Stream { .. } | Self::Signed { .. } => BodyPlace::Runtime,
        }
    }

    /// Returns the length in bytes, if it is known.
    pub fn length(&self) -> Option<u64> {
        match self {
            Self::Empty => Some(0),
            Self::Bytes(bytes) => Some(bytes.len() as u64),
            Self::Stream { length, .. } | Self::Signed { length, .. } => *length,
        }
    }

    /// Returns whether the hash of the body is not verified yet.
    pub(super) fn is_unverified(&self) -> bool {
        matches!(self, Self::Signed { .. })
    }
}

impl<B> From<Bytes> for RequestBody<B> {
    fn from(bytes: Bytes) -> Self {
        if bytes.is_empty() { Self::Empty } else { Self::Bytes(bytes) }
    }
}

impl<B> OutboundBody<B> {
    /// Returns the length in bytes.
    pub fn length(&self) -> u64 {
        match self {
            Self::Empty => 0,
            Self::Bytes(bytes) => bytes.len() as u64,
            Self::Stream { length, .. } => length.get(),
        }
    }
}

impl<B> From<Bytes> for OutboundBody<B> {
    fn from(bytes: Bytes) -> Self {
        if bytes.is_empty() { Self::Empty } else { Self::Bytes(bytes) }
    }
}

impl<B> ResponseBody<B> {
    /// Returns the length in bytes, if it is known.
    pub fn length(&self) -> Option<u64> {
        match self {
            Self::Empty => Some(0),
            Self::Bytes(bytes) => Some(bytes.len() as u64),
            Self::Stream { length, .. } | Self::Converted { length, .. } => *length,
        }
    }
}

impl<B> Response<B> {
    /// Returns a response without headers and body.
    pub(super) fn new(status: StatusCode) -> Self {
        Self { status, headers: Vec::new(), body: ResponseBody::Empty }
    }

    /// Returns the first value of a header, or `None` if the header is missing. The letter case of `name` is ignored.
    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }

    /// Sets a header, and replaces a header of the same name.
    pub(super) fn set(&mut self, name: impl Into<String>, value: impl Into<String>) {
        let (name, value) = (name.into(), value.into());
        self.headers.retain(|(known, _)| !known.eq_ignore_ascii_case(&name));
        self.headers.push((name, value));
    }
}
