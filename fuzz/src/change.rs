//! Changes of a client's request on its way to the gateway.

use http::header::HeaderName;
use http::{HeaderValue, Method};
use s3_edge_gateway_testing::ClientRequest;
use serde_json::Value;

/// Changes a request. Each item of `changes` is an array with a field, a place, a length and a new text. The field is `method`,
/// `url`, `host`, `body` or the name of a header. Items that are not valid are ignored.
///
/// - The place is a number: `length` bytes from there are replaced. Numbers after the end start again at 0.
/// - The place is a text: its first occurrence is replaced.
/// - The place is `null`: the whole field is replaced. A header gets another value, or is removed if there is no new text.
pub fn change(request: &mut ClientRequest, changes: &Value) {
    for change in changes.as_array().into_iter().flatten() {
        if let [Value::String(field), place, length, new] = change.as_array().map_or(&[][..], Vec::as_slice) {
            change_field(request, field, &Edit { place, length, new });
        }
    }
}

/// A change of a text.
struct Edit<'v> {
    place: &'v Value,
    length: &'v Value,
    new: &'v Value,
}

impl Edit<'_> {
    fn apply(&self, old: &[u8]) -> Vec<u8> {
        let new = self.new.as_str().unwrap_or_default().as_bytes();
        let (start, length) = match self.place {
            Value::Number(place) => (number(place.as_u64()) % (old.len() + 1), number(self.length.as_u64())),
            Value::String(part) if !part.is_empty() => {
                match old.windows(part.len()).position(|window| window == part.as_bytes()) {
                    Some(start) => (start, part.len()),
                    None => return old.to_vec(),
                }
            }
            Value::Null => (0, old.len()),
            _ => return old.to_vec(),
        };
        let end = start.saturating_add(length).min(old.len());
        [&old[..start], new, &old[end..]].concat()
    }

    fn apply_to_text(&self, old: &str) -> String {
        String::from_utf8_lossy(&self.apply(old.as_bytes())).into_owned()
    }
}

fn number(value: Option<u64>) -> usize {
    value.and_then(|value| usize::try_from(value).ok()).unwrap_or_default()
}

fn change_field(request: &mut ClientRequest, field: &str, edit: &Edit<'_>) {
    match field {
        "method" => {
            let method = Method::from_bytes(&edit.apply(request.method.as_str().as_bytes()));
            request.method = method.unwrap_or_else(|_| request.method.clone());
        }
        "url" => {
            let url = edit.apply_to_text(&request.url);
            request.url = if url.starts_with('/') { url } else { format!("/{url}") };
        }
        "host" => {
            let host = edit.apply_to_text(&request.host);
            // A URL has no space in its host.
            if host.bytes().all(|byte| byte.is_ascii_graphic()) {
                request.host = host;
            }
        }
        "body" => request.body = edit.apply(&request.body),
        name => {
            if let Ok(name) = HeaderName::try_from(name) {
                change_header(request, name, edit);
            }
        }
    }
}

fn change_header(request: &mut ClientRequest, name: HeaderName, edit: &Edit<'_>) {
    let headers = &mut request.headers;
    if edit.place.is_null() && !edit.new.is_string() {
        headers.remove(name);
        return;
    }
    let old = headers.get(&name).filter(|_| !edit.place.is_null());
    let value = HeaderValue::from_bytes(&edit.apply(old.map_or(b"", HeaderValue::as_bytes)));
    match (value, edit.place.is_null()) {
        (Ok(value), true) => {
            headers.append(name, value);
        }
        (Ok(value), false) => {
            headers.insert(name, value);
        }
        (Err(_), _) => {}
    }
}
