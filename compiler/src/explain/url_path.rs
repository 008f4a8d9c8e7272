//! The path of a request as the Worker's runtime reads it out of the URL.

use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};

/// What a URL's path has percent-encoded, besides all that is not ASCII
/// (<https://url.spec.whatwg.org/#path-percent-encode-set>).
const NOT_OF_PATH: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'#')
    .add(b'<')
    .add(b'>')
    .add(b'?')
    .add(b'^')
    .add(b'`')
    .add(b'{')
    .add(b'}');

/// The Worker's runtime takes backslashes for slashes, resolves the segments `.` and `..`, also percent-encoded ones,
/// and encodes what a path cannot have (<https://url.spec.whatwg.org/#path-state>).
pub(super) fn as_in_url(path: &str) -> String {
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
    format!("/{}", utf8_percent_encode(&segments.join("/"), NOT_OF_PATH))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_those_of_urls() {
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
            assert_eq!(as_in_url(path), url.path(), "{path}");
        }
        // This library's version is older than the standard's.
        assert_eq!(as_in_url("/a^b"), "/a%5Eb");
    }
}
