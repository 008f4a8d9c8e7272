//! The signer computes the same signature as the function of `aws-sigv4` that signs a whole request.

use std::time::{Duration, SystemTime};

use aws_sigv4::http_request::{
    PayloadChecksumKind, PercentEncodingMode, SignableBody, SignableRequest, SigningSettings,
    UriPathNormalizationMode,
};
use aws_sigv4::sign::v4::SigningParams;
use http::{HeaderMap, HeaderName, Method};
use proptest::prelude::*;
use s3_edge_gateway::s3::{
    Addressing, Bucket, Credentials, Endpoint, Key, PayloadHash, Region, Service, Signer, Target, WireUrl,
};

const ID: &str = "AKIAIOSFODNN7EXAMPLE";
const SECRET: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
const REGION: &str = "us-west-2";

proptest! {
    #[test]
    fn the_signature_is_that_of_aws_sigv4(
        key in "[ -~é/.+%]{1,40}",
        query in prop::collection::vec(("[ -~é]{0,6}", "[ -~é]{0,6}"), 0..6),
        headers in prop::collection::btree_map("x-amz-[a-z0-9-]{1,12}|content-type|range", " {0,2}[!-~]{1,6} {0,3}[!-~]{1,6} {0,2}", 0..6),
        (token, is_hashed) in (prop::option::of("[!-~]{1,20}"), any::<bool>()),
        times in prop::collection::vec(0..4_000_000_000_u64, 1..4),
    ) {
        let Ok(key) = Key::parse(key) else { return Ok(()) };
        let bucket = Bucket::parse("photos").unwrap();
        let endpoint = Endpoint::parse("http://127.0.0.1:9000").unwrap();
        let url = WireUrl::new(&endpoint, Addressing::Path, Target::Object(&bucket, &key), &query).unwrap();
        let credentials = Credentials::new(ID, SECRET, token.clone()).unwrap();
        let signer = Signer::new(credentials, Region::parse(REGION).unwrap(), Service::S3);
        let payload = if is_hashed { PayloadHash::EMPTY } else { PayloadHash::Unsigned };
        // Each time is used more than once, because the second signature of a day uses the signing key of the
        // first.
        for seconds in times.iter().flat_map(|seconds| [*seconds, seconds + 1, seconds + 86_400, *seconds]) {
            let time = SystemTime::UNIX_EPOCH + Duration::from_secs(seconds);
            let mut signed = HeaderMap::new();
            for (name, value) in &headers {
                signed.insert(name.parse::<HeaderName>().unwrap(), value.parse().unwrap());
            }
            let unsigned = signed.clone();
            signer.sign(&Method::GET, &url, &mut signed, &payload, time).unwrap();
            let expected = by_aws_sigv4(&url, &unsigned, &payload, token.as_deref(), time);
            for (name, value) in &expected {
                prop_assert_eq!(signed.get(name).map(|value| value.to_str().unwrap()), Some(value.as_str()), "{}", name);
            }
        }
    }
}

/// Returns the headers that `aws-sigv4` adds to a request.
fn by_aws_sigv4(
    url: &WireUrl,
    headers: &HeaderMap,
    payload: &PayloadHash,
    token: Option<&str>,
    time: SystemTime,
) -> Vec<(String, String)> {
    let mut settings = SigningSettings::default();
    settings.excluded_headers = Some(vec!["range".into()]);
    settings.percent_encoding_mode = PercentEncodingMode::Single;
    settings.uri_path_normalization_mode = UriPathNormalizationMode::Disabled;
    settings.payload_checksum_kind = PayloadChecksumKind::XAmzSha256;
    let identity =
        aws_credential_types::Credentials::new(ID, SECRET, token.map(str::to_owned), None, "test").into();
    let params = SigningParams::builder()
        .identity(&identity)
        .region(REGION)
        .name("s3")
        .time(time)
        .settings(settings)
        .build()
        .unwrap()
        .into();
    let replaced = ["x-amz-date", "x-amz-content-sha256", "x-amz-security-token"];
    let headers = headers
        .iter()
        .filter(|(name, _)| !replaced.contains(&name.as_str()))
        .map(|(name, value)| (name.as_str(), value.to_str().unwrap()));
    let body = match payload {
        PayloadHash::Sha256(_) => SignableBody::Bytes(b""),
        PayloadHash::Unsigned => SignableBody::UnsignedPayload,
    };
    let request = SignableRequest::new("GET", url.as_str(), headers, body).unwrap();
    let (instructions, _) = aws_sigv4::http_request::sign(request, &params).unwrap().into_parts();
    let (added, _) = instructions.into_parts();
    added.iter().map(|header| (header.name().to_owned(), header.value().to_owned())).collect()
}
