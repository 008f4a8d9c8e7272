//! The rules of Amazon S3.
//!
//! | module | content |
//! |---|---|
//! | [`bucket`], [`key`] | the names of buckets and objects, validated once |
//! | [`endpoint`], [`region`] | the address of S3: [`Endpoint`], [`Region`], [`Partition`], [`Service`] |
//! | [`location`] | the target of a request: the service, a bucket or an object, and a query |
//! | [`wire_url`] | [`WireUrl`]: the only URL encoder for S3 |
//! | [`credentials`], [`signer`], [`signing_date`] | Signature Version 4 for a [`WireUrl`] |
//! | [`sts`] | exchanging credentials for the credentials of a role |
//! | [`multipart`] | the steps of a multipart upload: headers and XML documents |
//! | [`error_body`] | the code in S3's error document |
//!
//! This module does not send requests, read a clock or use API documents. Example of a request:
//!
//! ```
//! use std::time::{Duration, SystemTime};
//! use s3_edge_gateway::s3::{
//!     Addressing, Bucket, Credentials, Endpoint, Key, PayloadHash, Region, Service, Signer, Target, WireUrl,
//! };
//!
//! let endpoint = Endpoint::parse("http://127.0.0.1:9000")?;
//! let (bucket, key) = (Bucket::parse("photos")?, Key::parse("2026/a b.jpg")?);
//! let url = WireUrl::new(&endpoint, Addressing::Path, Target::Object(&bucket, &key), &[])?;
//! assert_eq!(url.as_str(), "http://127.0.0.1:9000/photos/2026/a%20b.jpg");
//!
//! let credentials = Credentials::new("AKIAIOSFODNN7EXAMPLE", "a secret".replace(' ', "-"), None)?;
//! let signer = Signer::new(credentials, Region::parse("us-east-1")?, Service::S3);
//! let mut headers = http::HeaderMap::new();
//! let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_369_353_600);
//! signer.sign(&http::Method::GET, &url, &mut headers, &PayloadHash::EMPTY, now)?;
//! assert_eq!(headers["x-amz-date"], "20130524T000000Z");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub mod bucket;
pub mod canonical_request;
pub mod credentials;
pub mod endpoint;
pub mod error_body;
pub mod key;
pub mod location;
pub mod multipart;
pub mod region;
pub mod signer;
pub mod signing_date;
pub mod sts;
pub mod wire_url;
mod xml;

pub use bucket::{Bucket, InvalidBucket};
pub use credentials::{Credentials, InvalidCredentials};
pub use endpoint::{Endpoint, InvalidEndpoint};
pub use key::{InvalidKey, Key};
pub use region::{InvalidRegion, Partition, Region, Service, UnknownPartition};
pub use signer::{PayloadHash, Signer, SigningError};
pub use wire_url::{Addressing, Target, UnaddressableBucket, UnknownAddressing, WireUrl};
