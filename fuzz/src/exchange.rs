//! Requests through a gateway, stage by stage as the shell runs them, in front of an S3 that answers from a list.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use s3_edge_gateway::gateway::access_log::AccessLog;
use s3_edge_gateway::gateway::content::{WhiteSpace, decode};
use s3_edge_gateway::gateway::{
    Answer, Awaiting, Body, Context, Demand, EndpointRequest, Gateway, Inbound, Integrated,
    IntegrationRequest, MethodRequest, Proof, Rejection, Response,
};
use s3_edge_gateway_compiler::matches;
use serde_json::Value;

/// When every request arrives and is signed.
const NOW: SystemTime = UNIX_EPOCH;

/// How often S3 may be asked for one answer: under conditions, for the whole, to look through it, and for its bytes.
const MOST_QUESTIONS: usize = 4;

/// A client's request.
#[derive(Clone, Debug, Default)]
pub struct Question {
    /// Its method.
    pub method: Method,
    /// Path and query.
    pub url: String,
    /// Its headers.
    pub headers: HeaderMap,
    /// Its body.
    pub body: Vec<u8>,
    /// What S3 answers, in turn.
    pub answers: Vec<(StatusCode, HeaderMap, Vec<u8>)>,
}

impl Question {
    /// As the vectors of the tests write it; what is not understood is left out.
    pub fn read(written: &Value) -> Self {
        let request = &written["request"];
        let mut question = Self {
            method: text(request, "method").parse().unwrap_or_default(),
            url: text(request, "url").to_owned(),
            headers: headers(&request["headers"]),
            body: body(&request["body"]),
            answers: Vec::new(),
        };
        if !question.url.starts_with('/') {
            question.url.insert(0, '/');
        }
        if !question.body.is_empty() && request["chunked"] != true {
            question.headers.insert("content-length", HeaderValue::from(question.body.len()));
        }
        for answer in written["s3"].as_array().into_iter().flatten().take(MOST_QUESTIONS) {
            let status = answer["status"].as_u64().and_then(|status| u16::try_from(status).ok());
            let status = status.and_then(|status| StatusCode::from_u16(status).ok());
            let (mut headers, body) = (headers(&answer["headers"]), body(&answer["body"]));
            if answer["chunked"] != true && !headers.contains_key("content-length") {
                headers.insert("content-length", HeaderValue::from(body.len()));
            }
            question.answers.push((status.unwrap_or_default(), headers, body));
        }
        question
    }
}

fn text<'v>(value: &'v Value, key: &str) -> &'v str {
    value[key].as_str().unwrap_or_default()
}

fn headers(written: &Value) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for (name, value) in written.as_object().into_iter().flatten() {
        let one = std::slice::from_ref(value);
        let Ok(name) = HeaderName::try_from(name.as_str()) else { continue };
        for value in value.as_array().map_or(one, Vec::as_slice) {
            let value = HeaderValue::from_bytes(value.as_str().unwrap_or_default().as_bytes());
            headers.extend(value.ok().map(|value| (name.clone(), value)));
        }
    }
    headers
}

fn body(written: &Value) -> Vec<u8> {
    match written {
        Value::String(text) => text.clone().into_bytes(),
        written => match written["base64"].as_str() {
            Some(text) => decode(text.as_bytes(), WhiteSpace::Ignored).unwrap_or_default().to_vec(),
            None => Vec::new(),
        },
    }
}

/// Asks, and looks at what comes of it. Gives the URLs that were sent to.
pub fn ask(gateway: &Gateway, question: &Question) -> Vec<String> {
    let (path, query) = match question.url.split_once('?') {
        Some((path, query)) => (path, Some(query.to_owned())),
        None => (question.url.as_str(), None),
    };
    let mut context = gateway.receive(Inbound {
        method: question.method.clone(),
        path: path.to_owned(),
        query,
        host: "api.example.com".to_owned(),
        headers: question.headers.clone(),
        request_id: "7a3b2f66-0c1d-4e5f-8a9b-1c2d3e4f5a6b".to_owned(),
        source_ip: None,
        time: NOW + Duration::from_secs(1),
    });
    let mut log = AccessLog::new(&context);
    let mut endpoint = Endpoint { question, asked: 0, urls: Vec::new() };
    let served = match context.admit() {
        Ok(Proof::NotNeeded) => look_into(&mut context, &question.body)
            .and_then(|()| serve(&context, question, &mut endpoint, &mut log)),
        // Who has to prove something does not.
        Ok(Proof::Signature(_) | Proof::Token(_)) => Err(context.over_payload_limit()),
        Err(rejection) => Err(rejection),
    };
    let response = served.unwrap_or_else(|rejection| {
        assert!(!rejection.to_string().is_empty(), "a rejection says why");
        log.reject(&rejection);
        context.reject(&rejection)
    });
    look_at(&response);
    if let Some(body) = endpoint.body().filter(|_| !endpoint.lies()) {
        read(&response.body, body);
    }
    endpoint.urls
}

fn look_into(context: &mut Context<'_>, body: &[u8]) -> Result<(), Rejection> {
    // What an encoded body is decoded to is as good as any.
    context.decode_body()?;
    // How long a model's pattern takes over a long text is between the document and the engine.
    let matches = |pattern: &str, text: &str| text.len() <= 8 && matches(pattern, text);
    if context.looks_into_body()? { context.look_into(body, &matches) } else { Ok(()) }
}

fn serve(
    context: &Context<'_>,
    question: &Question,
    endpoint: &mut Endpoint<'_>,
    log: &mut AccessLog,
) -> Result<Response<()>, Rejection> {
    let request = MethodRequest::open(context)?;
    log.converted(request.conversion());
    let body = match request.demand() {
        Demand::Transform => {
            let mut intake = request.intake()?;
            for block in question.body.chunks(7) {
                intake.push(block).map_err(|error| request.undecodable(error))?;
            }
            intake.end().map_err(|error| request.undecodable(error))?;
            assert!(intake.next_part().is_none(), "so little is no part");
            return proceed(request.integrate_converted(intake.rest(), None)?, endpoint, log);
        }
        Demand::Stream => match request.content_length() {
            Some(0) | None => Body::Empty,
            length => Body::Stream { stream: (), length },
        },
        Demand::Buffer { .. } if question.body.is_empty() => Body::Empty,
        Demand::Buffer { .. } => Body::Bytes(question.body.clone().into()),
        Demand::Discard => Body::Empty,
        Demand::Verify => panic!("a client's body is not looked through"),
    };
    proceed(request.integrate(body, None)?, endpoint, log)
}

fn proceed<'c>(
    integrated: Integrated<'c, ()>,
    endpoint: &mut Endpoint<'_>,
    log: &mut AccessLog,
) -> Result<Response<()>, Rejection> {
    match integrated {
        Integrated::Request(request, awaiting) => exchange(request, awaiting, endpoint, log),
        Integrated::Response(response) => response.respond(Body::Empty),
    }
}

fn exchange<'c>(
    mut request: IntegrationRequest<'c, ()>,
    mut awaiting: Awaiting<'c>,
    endpoint: &mut Endpoint<'_>,
    log: &mut AccessLog,
) -> Result<Response<()>, Rejection> {
    loop {
        let (status, headers, body) = endpoint.answer(&request.sign(NOW)?);
        awaiting.tell(log, status, &headers);
        match awaiting.answered(status, headers)? {
            Answer::Repeat(again) => (request, awaiting) = *again,
            Answer::Response(response) if response.demand() == Demand::Verify => {
                let mut verification = response.verify()?;
                body.chunks(7).try_for_each(|block| verification.push(block))?;
                (request, awaiting) = verification.end()?;
            }
            Answer::Response(response) => {
                log.causes.extend(response.note());
                let body = match response.demand() {
                    Demand::Stream | Demand::Transform => {
                        Body::Stream { stream: (), length: response.length() }
                    }
                    Demand::Buffer { limit } if body.len() > limit => return Err(response.too_large()),
                    Demand::Buffer { .. } => Body::Bytes(body.into()),
                    Demand::Discard => Body::Empty,
                    Demand::Verify => panic!("it was looked through"),
                };
                return response.respond(body);
            }
        }
    }
}

/// S3, or whoever is behind an `http` integration.
struct Endpoint<'q> {
    question: &'q Question,
    asked: usize,
    urls: Vec<String>,
}

impl Endpoint<'_> {
    fn answer(&mut self, request: &EndpointRequest<()>) -> (StatusCode, HeaderMap, Vec<u8>) {
        self.asked += 1;
        assert!(self.asked <= MOST_QUESTIONS, "S3 is asked again and again");
        let url = url::Url::parse(&request.url).unwrap_or_else(|error| panic!("{}: {error}", request.url));
        if request.headers.contains_key("x-amz-content-sha256") {
            assert_eq!(url.as_str(), request.url, "what is sent is what was signed");
        }
        assert!(url.username().is_empty() && url.password().is_none(), "{url}");
        self.urls.push(request.url.clone());
        let photograph = || {
            let mut headers = HeaderMap::new();
            headers.insert("content-type", HeaderValue::from_static("image/jpeg"));
            (StatusCode::OK, headers, b"\xff\xd8\xff\xe0".to_vec())
        };
        self.last_answer().cloned().unwrap_or_else(photograph)
    }

    fn last_answer(&self) -> Option<&(StatusCode, HeaderMap, Vec<u8>)> {
        let answers = &self.question.answers;
        answers.get(self.asked.saturating_sub(1)).or(answers.last())
    }

    fn body(&self) -> Option<&[u8]> {
        self.last_answer().map(|(_, _, body)| body.as_slice())
    }

    /// Whether a length is not that of its body, or one ETag that of two bodies: of which HTTP has neither.
    fn lies(&self) -> bool {
        self.question.answers.iter().any(|(_, headers, body)| {
            let told = headers.get("content-length").and_then(|value| value.to_str().ok()?.parse().ok());
            told.is_some_and(|length: usize| length != body.len()) || Some(body.as_slice()) != self.body()
        })
    }
}

fn look_at(response: &Response<()>) {
    let status = response.status.as_u16();
    assert!((200..600).contains(&status), "no runtime sends a {status}");
    for (name, _) in &response.headers {
        assert!(HeaderName::try_from(name.as_str()).is_ok(), "`{name}` is no header");
    }
    assert!(response.header("x-amzn-requestid").is_some(), "every response has its id");
}

/// Reads the body to its end, as the client does. What breaks off on the way is not the gateway's promise.
fn read(body: &Body<()>, answered: &[u8]) {
    let Body::Converted { codec, length, .. } = body else { return };
    let (mut codec, mut converted) = (codec.clone(), Vec::new());
    let pushed = answered.chunks(7).try_for_each(|block| codec.push(block, &mut converted));
    let ended = pushed.and_then(|()| codec.finish(&mut converted));
    if let (Ok(()), Some(length)) = (ended, length) {
        assert_eq!(*length, converted.len() as u64, "the head promises what the body holds");
    }
}
