//! Runs `vectors/wire_url/*.json`, and checks properties of [`WireUrl`]: URL parsing does not change a `WireUrl`, and returns the
//! bucket, key and query from which it was built.

#![expect(clippy::unwrap_used, reason = "clippy checks the helper functions of tests as production code")]

use std::process::ExitCode;

use percent_encoding::percent_decode_str;
use proptest::prelude::*;
use s3_edge_gateway::s3::{Addressing, Bucket, Endpoint, Key, Region, Target, WireUrl, error_body, sts};
use serde::Deserialize;
use test_harness::Trial;
use url::{Position, Url};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Vector {
    name: String,
    source: String,
    endpoint: String,
    #[serde(default)]
    addressing: Option<String>,
    #[serde(default)]
    bucket: Option<String>,
    #[serde(default)]
    key: Option<String>,
    #[serde(default)]
    query: Vec<(String, String)>,
    /// The expected URL.
    #[serde(default)]
    url: Option<String>,
    /// The expected error.
    #[serde(default)]
    refused: Option<String>,
}

fn main() -> ExitCode {
    let read = |file: &str| -> Vec<Vector> { test_harness::read(format!("vectors/wire_url/{file}.json")) };
    let (urls, refused) = (read("urls"), read("refused"));
    assert_eq!((urls.len(), refused.len()), (24, 21));
    let url =
        |vector: Vector| test_harness::test(format!("urls::{}", vector.name), move || check_url(&vector));
    let mut tests: Vec<Trial> = urls.into_iter().map(url).collect();
    let refusal = |vector: Vector| {
        test_harness::test(format!("refused::{}", vector.name), move || check_refused(&vector))
    };
    tests.extend(refused.into_iter().map(refusal));
    tests.extend(test_harness::functions![
        an_object_survives_url_parsing,
        a_bucket_survives_url_parsing,
        an_endpoint_is_the_same_after_url_parsing,
        no_text_makes_a_parser_panic,
        no_document_makes_a_parser_panic,
        no_time_makes_a_parser_panic,
    ]);
    test_harness::run(tests)
}

fn check_url(vector: &Vector) {
    let url = build(vector).unwrap();
    assert_eq!(Some(url.as_str()), vector.url.as_deref());
    assert_eq!(vector.refused, None);
    assert_fixed_point(&url);
}

fn check_refused(vector: &Vector) {
    assert_eq!(build(vector).err(), vector.refused);
    assert_eq!(vector.url, None);
}

fn build(vector: &Vector) -> Result<WireUrl, String> {
    assert!(!vector.source.is_empty(), "{}: `source` is empty", vector.name);
    let endpoint = Endpoint::parse(&vector.endpoint).map_err(|e| e.to_string())?;
    let addressing =
        Addressing::parse(vector.addressing.as_deref().unwrap_or("path")).map_err(|e| e.to_string())?;
    let bucket = vector.bucket.as_deref().map(Bucket::parse).transpose().map_err(|e| e.to_string())?;
    let key = vector.key.as_deref().map(Key::parse).transpose().map_err(|e| e.to_string())?;
    let target = match (&bucket, &key) {
        (None, _) => Target::Service,
        (Some(bucket), None) => Target::Bucket(bucket),
        (Some(bucket), Some(key)) => Target::Object(bucket, key),
    };
    WireUrl::new(&endpoint, addressing, target, &vector.query).map_err(|e| e.to_string())
}

/// Asserts that URL parsing, as `fetch` does it, does not change the URL, and returns the same parts.
fn assert_fixed_point(url: &WireUrl) {
    let parsed = Url::parse(url.as_str()).unwrap();
    assert_eq!(parsed.as_str(), url.as_str());
    assert_eq!(&parsed[Position::BeforeHost..Position::AfterPort], url.authority());
    assert_eq!(parsed.path(), url.path());
    // Requests to STS have their URL in this type.
    let uri: http::Uri = url.as_str().parse().unwrap();
    assert_eq!(uri.authority().unwrap().as_str(), url.authority());
    assert_eq!(uri.path(), url.path());
    assert_eq!(uri.query(), parsed.query());
}

/// Keys of characters that URLs treat specially, and keys of any characters.
fn key() -> impl Strategy<Value = Key> {
    let awkward = prop::collection::vec(prop::sample::select(AWKWARD.chars().collect::<Vec<_>>()), 1..24)
        .prop_map(String::from_iter);
    prop_oneof![awkward, any::<String>()].prop_filter_map("not a key", |text| Key::parse(text).ok())
}

const AWKWARD: &str = "/./..%2eE+ ?#&=;:@!$'()*,[]{}<>|\\^`\"~-_aZ0é\u{301}猫😀\t\r\n\u{7f}\u{feff}\u{202e}";

/// Names of buckets for either addressing.
fn bucket() -> impl Strategy<Value = Bucket> {
    prop_oneof!["[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]", "[A-Za-z0-9._-]{3,255}"]
        .prop_map(|name| Bucket::parse(&name).unwrap())
}

fn endpoint() -> impl Strategy<Value = Endpoint> {
    let host = prop_oneof![
        "[a-zA-Z0-9_-]{1,20}(\\.[a-zA-Z0-9_-]{1,20}){0,3}",
        any::<std::net::Ipv4Addr>().prop_map(|address| address.to_string()),
        any::<std::net::Ipv6Addr>().prop_map(|address| format!("[{address}]")),
        any::<std::net::Ipv4Addr>().prop_map(|address| format!("[{}]", address.to_ipv6_mapped())),
    ];
    (prop::sample::select(vec!["http", "https"]), host, prop::option::of(1u16..))
        .prop_map(|(scheme, host, port)| match port {
            Some(port) => format!("{scheme}://{host}:{port}"),
            None => format!("{scheme}://{host}"),
        })
        .prop_filter_map("not an endpoint", |text| Endpoint::parse(&text).ok())
}

fn addressing() -> impl Strategy<Value = Addressing> {
    prop::sample::select(vec![Addressing::Path, Addressing::Virtual])
}

proptest! {
    fn an_object_survives_url_parsing(
        endpoint in endpoint(), addressing in addressing(), bucket in bucket(), key in key(),
        query in prop::collection::vec(any::<(String, String)>(), 0..4),
    ) {
        let Ok(url) = WireUrl::new(&endpoint, addressing, Target::Object(&bucket, &key), &query) else {
            prop_assert_eq!(addressing, Addressing::Virtual);
            return Ok(());
        };
        // URL parsing refuses a host with invalid punycode, so hosts with `xn--` are left out.
        prop_assume!(!url.authority().contains("xn--"));
        assert_fixed_point(&url);
        let path = percent_decode_str(url.path()).decode_utf8().unwrap();
        let root = WireUrl::root(&endpoint);
        match addressing {
            Addressing::Path => {
                prop_assert_eq!(path, format!("/{bucket}/{key}"));
                prop_assert_eq!(url.authority(), root.authority());
            }
            Addressing::Virtual => {
                prop_assert_eq!(path, format!("/{key}"));
                prop_assert_eq!(url.authority(), format!("{bucket}.{}", root.authority()));
            }
        }
        let pairs: Vec<(String, String)> = Url::parse(url.as_str()).unwrap().query_pairs().into_owned().collect();
        prop_assert_eq!(pairs, query);
        prop_assert!(url.as_str().bytes().all(|b| b.is_ascii_graphic()));
    }

    fn a_bucket_survives_url_parsing(endpoint in endpoint(), addressing in addressing(), bucket in bucket()) {
        let Ok(url) = WireUrl::new(&endpoint, addressing, Target::Bucket(&bucket), &[]) else {
            return Ok(());
        };
        prop_assume!(!url.authority().contains("xn--"));
        assert_fixed_point(&url);
        prop_assert_eq!(url.path().is_empty(), false);
    }

    fn an_endpoint_is_the_same_after_url_parsing(text in "https?://[a-zA-Z0-9.:_\\[\\]-]{1,20}(:[0-9]{1,6})?/?") {
        let Ok(endpoint) = Endpoint::parse(&text) else { return Ok(()); };
        prop_assume!(!text.to_ascii_lowercase().contains("xn--"));
        prop_assert_eq!(Url::parse(&text).unwrap().to_string(), format!("{endpoint}/"));
        prop_assert_eq!(Endpoint::parse(&endpoint.to_string()), Ok(endpoint));
    }

    fn no_text_makes_a_parser_panic(text in any::<String>(), bytes in any::<Vec<u8>>()) {
        let _ = (Bucket::parse(&text), Key::parse(text.as_str()), Endpoint::parse(&text), Region::parse(&text));
        let _ = (Endpoint::parse(&format!("http://{text}")), Addressing::parse(&text));
        let _ = (error_body::code(text.as_bytes()), error_body::code(&bytes));
        let _ = sts::parse_response(http::StatusCode::OK, &bytes);
    }

    fn no_document_makes_a_parser_panic(
        parts in prop::collection::vec(prop::sample::select(vec![
            "<", ">", "/", "<Error>", "</Error>", "<Code>", "</Code>", "A", "&amp;", "&", ";", "#", "'", "\"", "<!--",
            "-->", "<![CDATA[", "]]>", "<?", "?>", "!", " ", "é", ":", "=", "T", "Z", "-", "<Expiration>",
        ]), 0..40),
    ) {
        let document = parts.concat();
        let _ = error_body::code(document.as_bytes());
        let _ = sts::parse_response(http::StatusCode::FORBIDDEN, document.as_bytes());
        let wrapped = format!(
            "<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>a</AccessKeyId><SecretAccessKey>s\
             </SecretAccessKey><SessionToken>t</SessionToken><Expiration>{document}</Expiration></Credentials>"
        );
        let _ = sts::parse_response(http::StatusCode::OK, wrapped.as_bytes());
    }

    fn no_time_makes_a_parser_panic(time in "[0-9]{1,20}-[0-9]{1,20}-[0-9]{1,20}T[0-9:.]{1,30}Z") {
        let document = format!(
            "<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>a</AccessKeyId><SecretAccessKey>s\
             </SecretAccessKey><SessionToken>t</SessionToken><Expiration>{time}</Expiration></Credentials>"
        );
        let _ = sts::parse_response(http::StatusCode::OK, document.as_bytes());
    }
}
