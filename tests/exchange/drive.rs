//! The shell's part of the protocol on the host, in front of an S3 that answers from a list.

use std::io::Read;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use flate2::read::{GzDecoder, ZlibDecoder};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use s3_edge_gateway::gateway::access_log::AccessLog;
use s3_edge_gateway::gateway::coding::Coding;
use s3_edge_gateway::gateway::method_request::PAYLOAD_LIMIT;
use s3_edge_gateway::gateway::settings::Variables;
use s3_edge_gateway::gateway::{
    Answer, Awaiting, Body, Context, Demand, EndpointRequest, Gateway, Inbound, Integrated,
    IntegrationRequest, MethodRequest, Proof, Rejection, Response, Settings,
};
use s3_edge_gateway_compiler::api_of;
use s3_edge_gateway_compiler::matches;

use super::vector::{self, Case, ClientRequest};

/// The id of every request.
pub const REQUEST_ID: &str = "7a3b2f66-0c1d-4e5f-8a9b-1c2d3e4f5a6b";

/// The host of every request.
pub const HOST: &str = "api.example.com";

/// A body that passes by unread.
#[derive(Debug, PartialEq)]
pub enum Passing {
    FromClient,
    FromS3,
}

/// What came out.
#[derive(Debug)]
pub struct Driven {
    pub requests: Vec<Sent>,
    pub response: Received,
    pub log: serde_json::Value,
}

/// What S3 was sent.
#[derive(Debug)]
pub struct Sent {
    pub method: String,
    pub url: String,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
}

/// What the client got.
#[derive(Debug)]
pub struct Received {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

/// Runs one case.
pub fn drive(case: &Case) -> Driven {
    let gateway = deploy(case);
    let mut context = gateway.receive(inbound(&case.request, case.clock));
    let mut log = AccessLog::new(&context);
    let mut s3 = FakeS3 { answers: &case.s3, requests: Vec::new(), client: case.request.body.bytes() };
    let served = match context.admit() {
        Ok(Proof::NotNeeded) => decode(&mut context, &mut s3.client)
            .and_then(|()| look_into(&mut context, &s3.client, &mut log))
            .and_then(|()| serve(&context, &mut s3, &mut log)),
        Ok(proof) => panic!("{}: {proof:?} has vectors of its own", case.name),
        Err(rejection) => Err(rejection),
    };
    let response = served.unwrap_or_else(|rejection| {
        log.reject(&rejection);
        context.reject(&rejection)
    });
    log.status = response.status.as_u16();
    log.bytes_out = response.body.length();
    let response = Received {
        status: response.status.as_u16(),
        headers: response.headers.clone(),
        body: s3.read(&response.body),
    };
    Driven { requests: s3.requests, response, log: serde_json::to_value(&log).unwrap() }
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

fn inbound(request: &ClientRequest, clock: u64) -> Inbound {
    let (path, query) = match request.url.split_once('?') {
        Some((path, query)) => (path, Some(query.to_owned())),
        None => (request.url.as_str(), None),
    };
    let mut headers = headers(request.headers.pairs());
    let length = request.body.bytes().len();
    if length > 0 && !request.chunked {
        headers.insert("content-length", HeaderValue::from(length));
    }
    Inbound {
        method: request.method.parse().unwrap(),
        path: path.to_owned(),
        query,
        host: HOST.to_owned(),
        headers,
        request_id: REQUEST_ID.to_owned(),
        source_ip: None,
        time: UNIX_EPOCH + Duration::from_secs(clock),
    }
}

fn headers(pairs: Vec<(String, String)>) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for (name, value) in pairs {
        let name = HeaderName::try_from(name.as_str()).unwrap();
        headers.append(name, HeaderValue::from_bytes(value.as_bytes()).unwrap());
    }
    headers
}

/// Decodes the body, where it is encoded for the way.
fn decode(context: &mut Context<'_>, client: &mut Vec<u8>) -> Result<(), Rejection> {
    let Some(coding) = context.decode_body()?.filter(|_| !client.is_empty()) else { return Ok(()) };
    let mut decoded = Vec::new();
    let read = match coding {
        Coding::Gzip => GzDecoder::new(client.as_slice()).read_to_end(&mut decoded),
        Coding::Deflate => ZlibDecoder::new(client.as_slice()).read_to_end(&mut decoded),
    };
    read.map_err(|error| context.broken_body(&error.to_string()))?;
    *client = decoded;
    Ok(())
}

/// Reads the body, where the document looks into it.
fn look_into(context: &mut Context<'_>, client: &[u8], log: &mut AccessLog) -> Result<(), Rejection> {
    if !context.looks_into_body()? {
        return Ok(());
    }
    if client.len() > PAYLOAD_LIMIT {
        return Err(context.over_payload_limit());
    }
    log.bytes_in = Some(client.len() as u64);
    context.look_into(client, &matches)
}

/// The stages of a request, in their order, as `edge` runs them.
fn serve(
    context: &Context<'_>,
    s3: &mut FakeS3<'_>,
    log: &mut AccessLog,
) -> Result<Response<Passing>, Rejection> {
    let method_request = MethodRequest::open(context)?;
    let conversion = method_request.conversion();
    let body = match method_request.demand() {
        Demand::Transform => {
            let body = transformed(&method_request, &s3.client)?;
            log.bytes_in = Some(s3.client.len() as u64);
            log.converted(conversion);
            return proceed(method_request.integrate_converted(body, None)?, context, s3, log);
        }
        Demand::Stream => match method_request.content_length() {
            Some(0) | None => Body::Empty,
            length => Body::Stream { stream: Passing::FromClient, length },
        },
        Demand::Buffer { limit } if s3.client.len() > limit => return Err(context.over_payload_limit()),
        Demand::Buffer { .. } if s3.client.is_empty() => Body::Empty,
        Demand::Buffer { .. } => Body::Bytes(s3.client.clone().into()),
        Demand::Discard => Body::Empty,
        Demand::Verify => unreachable!("clients' bodies are not looked through"),
    };
    log.bytes_in = body.length();
    log.converted(conversion);
    proceed(method_request.integrate(body, None)?, context, s3, log)
}

fn proceed<'c>(
    integrated: Integrated<'c, Passing>,
    context: &'c Context<'c>,
    s3: &mut FakeS3<'_>,
    log: &mut AccessLog,
) -> Result<Response<Passing>, Rejection> {
    match integrated {
        Integrated::Request(request, awaiting) => {
            exchange(request, awaiting, context.inbound().time, s3, log)
        }
        Integrated::Response(response) => response.respond(Body::Empty),
    }
}

/// A body that is taken block by block. Those of the vectors are too small for parts.
fn transformed(method_request: &MethodRequest<'_>, client: &[u8]) -> Result<Bytes, Rejection> {
    let mut intake = method_request.intake()?;
    for block in in_blocks(client) {
        intake.push(block).map_err(|error| method_request.undecodable(error))?;
        assert!(intake.next_part().is_none());
    }
    intake.end().map_err(|error| method_request.undecodable(error))?;
    assert!(intake.next_part().is_none());
    Ok(intake.rest())
}

fn exchange<'c>(
    mut request: IntegrationRequest<'c, Passing>,
    mut awaiting: Awaiting<'c>,
    time: SystemTime,
    s3: &mut FakeS3<'_>,
    log: &mut AccessLog,
) -> Result<Response<Passing>, Rejection> {
    loop {
        let (status, headers, body) = s3.answer(&request.sign(time)?);
        awaiting.tell(log, status, &headers);
        match awaiting.answered(status, headers)? {
            Answer::Repeat(again) => (request, awaiting) = *again,
            Answer::Response(response) => {
                log.response_conversion = Some(response.conversion().name());
                if response.demand() == Demand::Verify {
                    let mut verification = response.verify()?;
                    in_blocks(&body).try_for_each(|block| verification.push(block))?;
                    (request, awaiting) = verification.end()?;
                    continue;
                }
                log.causes.extend(response.note());
                let body = match response.demand() {
                    Demand::Stream | Demand::Transform => {
                        Body::Stream { stream: Passing::FromS3, length: response.length() }
                    }
                    Demand::Buffer { limit } if body.len() > limit => return Err(response.too_large()),
                    Demand::Buffer { .. } => Body::Bytes(body.into()),
                    Demand::Discard => Body::Empty,
                    Demand::Verify => unreachable!("it was looked through"),
                };
                return response.respond(body);
            }
        }
    }
}

/// Blocks of a size that nothing divides, and not too many of them.
fn in_blocks(body: &[u8]) -> impl Iterator<Item = &[u8]> {
    body.chunks(if body.len() < 1_000_000 { 7 } else { 1_000_003 })
}

struct FakeS3<'c> {
    answers: &'c [vector::Answer],
    requests: Vec<Sent>,
    client: Vec<u8>,
}

impl FakeS3<'_> {
    fn answer(&mut self, request: &EndpointRequest<Passing>) -> (StatusCode, HeaderMap, Vec<u8>) {
        let sent = Sent {
            method: request.method.to_string(),
            url: request.url.to_string(),
            headers: request.headers.clone(),
            body: self.read(&request.body),
        };
        let answer = self.answers.get(self.requests.len());
        let answer = answer
            .unwrap_or_else(|| panic!("S3 is asked once more than it answers: {} {}", sent.method, sent.url));
        self.requests.push(sent);
        let body = answer.body.bytes();
        let mut headers = headers(answer.headers.pairs());
        let has_length = answer.chunked || headers.contains_key("content-length");
        if !has_length && !matches!(answer.status, 204 | 304) {
            headers.insert("content-length", HeaderValue::from(body.len()));
        }
        (StatusCode::from_u16(answer.status).unwrap(), headers, body)
    }

    fn read(&self, body: &Body<Passing>) -> Vec<u8> {
        match body {
            Body::Empty => Vec::new(),
            Body::Bytes(bytes) => bytes.to_vec(),
            Body::Stream { stream: Passing::FromClient, .. } => self.client.clone(),
            Body::Stream { stream: Passing::FromS3, .. } => self.last_answer(),
            Body::Converted { stream: Passing::FromClient, .. } => {
                unreachable!("clients' bodies are taken in parts")
            }
            Body::Converted { stream: Passing::FromS3, codec, length } => {
                let (mut codec, mut converted) = (codec.clone(), Vec::new());
                in_blocks(&self.last_answer())
                    .try_for_each(|block| codec.push(block, &mut converted))
                    .and_then(|()| codec.finish(&mut converted))
                    .unwrap();
                assert!(length.is_none_or(|length| length == converted.len() as u64));
                converted
            }
        }
    }

    fn last_answer(&self) -> Vec<u8> {
        let last = self.requests.len().checked_sub(1).and_then(|last| self.answers.get(last));
        last.unwrap().body.bytes()
    }
}
