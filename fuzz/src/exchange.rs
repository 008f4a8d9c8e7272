//! Sends a request through a gateway. A simulated backend sends the responses of a list.

use std::time::{Duration, UNIX_EPOCH};

use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use s3_edge_gateway::gateway::Gateway;
use s3_edge_gateway::gateway::conversion::base64::{WhiteSpace, decode};
use s3_edge_gateway_testing::{Answer, ClientRequest, Received, Sent, serve_request};
use serde_json::Value;

/// The maximum number of requests to the backend for one request of a client: with conditions, without conditions, to
/// verify the body, and to stream the body.
const MOST_BACKEND_REQUESTS: usize = 4;

/// The maximum number of requests of the gateway: those to the backend, and one to a token issuer.
const MOST_REQUESTS: usize = MOST_BACKEND_REQUESTS + 1;

/// A client's request, and the responses of the backend.
#[derive(Clone, Debug)]
pub struct Exchange {
    /// The request.
    pub request: ClientRequest,
    /// The responses of the backend, in their order. The last response is repeated. If there are none, the backend sends an
    /// image.
    pub responses: Vec<Answer>,
}

impl Exchange {
    /// Reads an exchange in the format of the test vectors. Unknown keys and invalid values are ignored.
    pub fn read(written: &Value) -> Self {
        let request = read_request(&written["request"]);
        let responses = written["s3"].as_array().into_iter().flatten().take(MOST_BACKEND_REQUESTS);
        Self { request, responses: responses.map(response).collect() }
    }

    /// Returns the response to the request with this number, counted from 0.
    fn response(&self, number: usize) -> Answer {
        let response = self.responses.get(number).or(self.responses.last());
        response.cloned().unwrap_or_else(|| Answer {
            headers: HeaderMap::from_iter([(
                http::header::CONTENT_TYPE,
                HeaderValue::from_static("image/jpeg"),
            )]),
            body: b"\xff\xd8\xff\xe0".to_vec(),
            ..Answer::default()
        })
    }

    /// Returns whether the backend contradicts itself: a `Content-Length` is not the length of its body, or bodies differ.
    fn is_contradictory(&self) -> bool {
        self.responses.iter().any(|response| {
            let length =
                response.headers.get("content-length").and_then(|value| value.to_str().ok()?.parse().ok());
            let is_false = length.is_some_and(|length: usize| length != response.body.len());
            is_false || self.responses.first().is_some_and(|first| first.body != response.body)
        })
    }
}

/// Reads a client's request in the format of the test vectors. Unknown keys and invalid values are ignored.
pub fn read_request(written: &Value) -> ClientRequest {
    let method = text(written, "method").parse().unwrap_or_default();
    let mut url = text(written, "url").to_owned();
    if !url.starts_with('/') {
        url.insert(0, '/');
    }
    ClientRequest {
        headers: headers(&written["headers"]),
        body: body(&written["body"]),
        is_chunked: written["chunked"] == true,
        time: UNIX_EPOCH + Duration::from_secs(1),
        ..ClientRequest::new(method, &url)
    }
}

fn response(written: &Value) -> Answer {
    let status = written["status"].as_u64().and_then(|status| u16::try_from(status).ok());
    let status = status.and_then(|status| StatusCode::from_u16(status).ok()).unwrap_or_default();
    let (mut headers, body) = (headers(&written["headers"]), body(&written["body"]));
    if written["chunked"] != true && !headers.contains_key("content-length") {
        headers.insert("content-length", HeaderValue::from(body.len()));
    }
    Answer { status, headers, body, breaks_off: false }
}

/// Returns the text of a key, or an empty text.
pub fn text<'v>(value: &'v Value, key: &str) -> &'v str {
    value[key].as_str().unwrap_or_default()
}

/// Reads headers. The value of a header may be an array of values.
pub fn headers(written: &Value) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for (name, value) in written.as_object().into_iter().flatten() {
        let one = std::slice::from_ref(value);
        for value in value.as_array().map_or(one, Vec::as_slice) {
            append_header(&mut headers, name, value.as_str().unwrap_or_default());
        }
    }
    headers
}

/// Appends a header. A name or a value that is not valid is ignored.
pub fn append_header(headers: &mut HeaderMap, name: &str, value: &str) {
    if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::from_bytes(value.as_bytes())) {
        headers.append(name, value);
    }
}

/// Reads a body: a text, or an object whose `base64` has the bytes.
pub fn body(written: &Value) -> Vec<u8> {
    match written {
        Value::String(text) => text.clone().into_bytes(),
        written => match written["base64"].as_str() {
            Some(text) => decode(text.as_bytes(), WhiteSpace::Ignored).unwrap_or_default().to_vec(),
            None => Vec::new(),
        },
    }
}

/// Sends the request, and checks the requests of the gateway and the response. Returns the URLs of the gateway's requests.
pub fn send(gateway: &Gateway, exchange: &Exchange) -> Vec<String> {
    let mut asked = 0;
    let served = serve_request(gateway, &exchange.request, |sent| {
        check_sent(sent);
        asked += 1;
        assert!(asked <= MOST_REQUESTS, "the gateway sends more than {MOST_REQUESTS} requests");
        Ok(exchange.response(asked - 1))
    });
    check_response(&served.response);
    if served.response.is_broken_off && !exchange.is_contradictory() {
        let causes = served.log.map(|log| log.causes).unwrap_or_default();
        assert!(causes.iter().any(|cause| cause.contains("not base64")), "{causes:?}");
    }
    served.requests.into_iter().map(|sent| sent.url).collect()
}

/// Checks the URL of a request of the gateway.
pub fn check_sent(sent: &Sent) {
    let url = url::Url::parse(&sent.url).unwrap_or_else(|error| panic!("{}: {error}", sent.url));
    if sent.headers.contains_key("x-amz-content-sha256") {
        assert_eq!(url.as_str(), sent.url, "URL parsing changes a signed URL");
    }
    assert!(
        url.username().is_empty() && url.password().is_none(),
        "the URL has a user name or a password: {url}"
    );
}

/// Checks the status and the names of the headers of a response to the client.
pub fn check_response(response: &Received) {
    let status = response.status;
    assert!((200..600).contains(&status), "{status} is not a final status");
    for (name, _) in &response.headers {
        assert!(HeaderName::try_from(name.as_str()).is_ok(), "`{name}` is not the name of a header");
    }
    assert!(response.header("x-amzn-requestid").is_some(), "the response has no x-amzn-RequestId");
}
