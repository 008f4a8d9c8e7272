//! Converts the example request to the form in which the Worker's runtime passes a request to the gateway.

use std::time::UNIX_EPOCH;

use bytes::Bytes;
use http::header::{CONTENT_LENGTH, HOST, TRANSFER_ENCODING};
use http::{HeaderMap, HeaderName, HeaderValue, Method as HttpMethod};
use percent_encoding::utf8_percent_encode;
use s3_edge_gateway::api::http_uri::Scheme;
use s3_edge_gateway::gateway::Inbound;
use s3_edge_gateway::gateway::deployment::passthrough_url::ENCODED_IN_PATH;

use super::example_request::ExampleRequest;
use super::simulated_backend;

/// Returns the request for the gateway. Adds the base path to a path that does not begin with the base path.
pub(super) fn inbound(example: &ExampleRequest, base_path: &str) -> Inbound {
    let (path, query) = match example.path.split_once('?') {
        Some((path, query)) => (path, Some(query.to_owned())),
        None => (example.path.as_str(), None),
    };
    let is_below = |path: &str| {
        path.strip_prefix(base_path).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    let normalized = url_path(path);
    let has_base_path = is_below(path) || is_below(&normalized);
    let path = if has_base_path { normalized } else { url_path(&format!("{base_path}{path}")) };
    let mut headers = joined(&example.headers);
    let has_length = headers.contains_key(CONTENT_LENGTH) || headers.contains_key(TRANSFER_ENCODING);
    let length = example.body.as_ref().map_or(simulated_backend::CLIENT_BODY_LENGTH, Bytes::len);
    if !has_length && (example.body.is_some() || usually_has_body(&example.method)) {
        headers.insert(CONTENT_LENGTH, HeaderValue::from(length));
    }
    let host = headers.get(HOST).and_then(|host| host.to_str().ok()).unwrap_or("api.example.com").to_owned();
    Inbound {
        method: example.method.clone(),
        scheme: Scheme::Https,
        path,
        query,
        host,
        headers,
        request_id: "00000000-0000-0000-0000-000000000000".to_owned(),
        source_ip: None,
        time: UNIX_EPOCH,
    }
}

/// Returns whether requests of this method usually have a body.
pub(super) fn usually_has_body(method: &HttpMethod) -> bool {
    matches!(method.as_str(), "PUT" | "POST" | "PATCH")
}

/// Joins the values of repeated headers with commas.
fn joined(sent: &HeaderMap) -> HeaderMap {
    let value = |name: &HeaderName| {
        let values: Vec<&[u8]> = sent.get_all(name).iter().map(HeaderValue::as_bytes).collect();
        Some((name.clone(), HeaderValue::from_bytes(&values.join(&b", "[..])).ok()?))
    };
    sent.keys().filter_map(value).collect()
}

/// Normalizes a path as the URL standard does (<https://url.spec.whatwg.org/#path-state>): backslashes become slashes,
/// the segments `.` and `..` are resolved even if they are percent-encoded, and invalid characters are encoded.
fn url_path(path: &str) -> String {
    let path = path.replace('\\', "/");
    let mut segments: Vec<&str> = Vec::new();
    let mut written = path.strip_prefix('/').unwrap_or(&path).split('/').peekable();
    while let Some(segment) = written.next() {
        let dots = segment.to_ascii_lowercase().replace("%2e", ".");
        match dots.as_str() {
            "." => {}
            ".." => {
                segments.pop();
            }
            _ => {
                segments.push(segment);
                continue;
            }
        }
        if written.peek().is_none() {
            segments.push("");
        }
    }
    format!("/{}", utf8_percent_encode(&segments.join("/"), ENCODED_IN_PATH))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_normalized_as_in_urls() {
        for path in [
            "/",
            "/v1/dir/../x",
            "/a/./b/%2e/c",
            "/a/%2E%2e/b",
            "/a/.%2e/%2e./b",
            "/../a",
            "/a/..",
            "/a/b/..",
            "/a/.",
            "/a/b/../",
            "/a//../b",
            "//a//..//b/",
            "/.../..a/a../.a",
            "/a%2f..%2fb",
            "/a/%252e%252e/b",
            "/a\\b",
            "/a\\..\\b/.\\c\\",
            "/a/%5C../b",
            "/naïve/a b",
            "/\"a\"/<b>/{c}/`d`/|e|/'f'/[g]/%zz/%20/~!$&()*+,;=:@",
            "/\u{1}\u{7f}",
        ] {
            let url = url::Url::parse(&format!("https://example.com{path}")).unwrap();
            assert_eq!(url_path(path), url.path(), "{path}");
        }
        // The crate `url` implements an older version of the standard, which does not encode `^`.
        assert_eq!(url_path("/a^b"), "/a%5Eb");
    }

    #[test]
    fn dot_segments_are_resolved_before_a_base_path_is_added() {
        let inbound_path = |path: &str| {
            inbound(&ExampleRequest { path: path.to_owned(), ..ExampleRequest::default() }, "/v1").path
        };
        assert_eq!(inbound_path("/v1/dir/../x?a=../b"), "/v1/x");
        assert_eq!(inbound_path("/dir/../x"), "/v1/x");
        assert_eq!(inbound_path("/dir/../v1/x"), "/v1/x");
        assert_eq!(inbound_path("/v1/../x"), "/x");
        assert_eq!(inbound_path("/v1\\x"), "/v1/x");
        assert_eq!(inbound_path("/é"), "/v1/%C3%A9");
    }
}
