//! Runs one case: the request of a vector, with a backend that sends the answers of the vector.

use std::time::{Duration, UNIX_EPOCH};

use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use s3_edge_gateway::gateway::deployment::settings::Variables;
use s3_edge_gateway::gateway::{Gateway, Settings};
use s3_edge_gateway_compiler::api_of;
use s3_edge_gateway_testing::{Answer, ClientRequest, serve_request};
pub use s3_edge_gateway_testing::{HOST, REQUEST_ID, Received, Sent};

use super::vector::{self, Case};

/// The outcome of a case.
#[derive(Debug)]
pub struct Driven {
    pub requests: Vec<Sent>,
    pub response: Received,
    pub log: serde_json::Value,
}

pub fn drive(case: &Case) -> Driven {
    let mut answers = case.s3.iter();
    let served = serve_request(&deploy(case), &request(case), |sent| {
        let answer = answers.next();
        Ok(answer_of(answer.unwrap_or_else(|| {
            panic!(
                "{}: the vector has no answer of S3 to the request {} {}",
                case.name, sent.method, sent.url
            )
        })))
    });
    let log = serde_json::to_value(served.log).unwrap();
    Driven { requests: served.requests, response: served.response, log }
}

fn deploy(case: &Case) -> Gateway {
    let variable = |name: &str| case.settings.get(name).cloned();
    let settings = Settings::from_variables(&Variables(&variable));
    let settings = settings.unwrap_or_else(|errors| panic!("{}: {errors:?}", case.name));
    let document = serde_json::to_vec(&case.document).unwrap();
    let api = api_of(&document);
    let api = api.unwrap_or_else(|errors| panic!("{}: {errors:#?}", case.name));
    Gateway::new(api, settings).unwrap_or_else(|errors| panic!("{}: {errors:?}", case.name))
}

fn request(case: &Case) -> ClientRequest {
    let request = &case.request;
    ClientRequest {
        headers: headers(request.headers.pairs()),
        body: request.body.bytes(),
        is_chunked: request.chunked,
        time: UNIX_EPOCH + Duration::from_secs(case.clock),
        ..ClientRequest::new(request.method.parse().unwrap(), &request.url)
    }
}

fn answer_of(answer: &vector::Answer) -> Answer {
    let body = answer.body.bytes();
    let mut headers = headers(answer.headers.pairs());
    let has_length = answer.chunked || headers.contains_key("content-length");
    if !has_length && !matches!(answer.status, 204 | 304) {
        headers.insert("content-length", HeaderValue::from(body.len()));
    }
    Answer { status: StatusCode::from_u16(answer.status).unwrap(), headers, body, breaks_off: false }
}

fn headers(pairs: Vec<(String, String)>) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for (name, value) in pairs {
        let name = HeaderName::try_from(name.as_str()).unwrap();
        headers.append(name, HeaderValue::from_bytes(value.as_bytes()).unwrap());
    }
    headers
}
