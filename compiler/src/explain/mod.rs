//! What would happen to one request, stage by stage: the gateway itself is asked, in front of a backend that is supposed.
//!
//! Inside: the request, and its way through the gateway. Not inside: what is told of it (`telling`), and how (`text`).

mod stand_in;
pub mod story;
mod telling;
pub mod text;
mod url_path;
mod words;

use std::time::{SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use http::header::{CONTENT_LENGTH, HOST, TRANSFER_ENCODING};
use http::{HeaderMap, HeaderName, HeaderValue, Method as HttpMethod, StatusCode};
use serde_json::Value;

use self::stand_in::{Asked, Reply};
use self::story::{Server, Story};
use self::telling::Telling;
use self::url_path::as_in_url;
use super::supposed::{self, Variable};
use crate::api::Api;
use crate::api::integration::match_statuses;
use crate::api::model::matches;
use crate::gateway::method_request::PAYLOAD_LIMIT;
use crate::gateway::{
    Answer, Awaiting, Body, Context, Demand, EndpointResponse, Gateway, Inbound, Integrated, MethodRequest,
    Rejection, Response,
};
use crate::s3::multipart::PART_SIZE;

/// A request to explain.
#[derive(Clone, Debug, Default)]
pub struct Question {
    /// Its method.
    pub method: HttpMethod,
    /// Its path, with the query; the base path may be left out.
    pub path: String,
    /// Its headers.
    pub headers: HeaderMap,
    /// Its body; without one it is supposed, where the method has one.
    pub body: Option<Bytes>,
    /// What the backend answers; without one it is what is usual.
    pub status: Option<StatusCode>,
    /// The type that the backend answers with.
    pub answered_type: Option<String>,
    /// `aws` or `edge`, in place of the environment's.
    pub compatibility: Option<String>,
}

/// When every request is signed: no answer depends on it.
const SIGNED_AT: SystemTime = UNIX_EPOCH;

/// Tells the story of a request.
///
/// # Errors
/// A document or variables that nothing can be asked of.
pub fn explain(document: &Value, question: &Question, variable: &Variable<'_>) -> Result<Story, Vec<String>> {
    let told = |error: &dyn ToString| error.to_string();
    let api = Api::from_openapi(document.to_string().as_bytes(), &match_statuses)
        .map_err(|errors| errors.iter().map(|error| told(error)).collect::<Vec<_>>())?;
    let with_compatibility = |name: &str| match (name, &question.compatibility) {
        ("COMPATIBILITY", Some(compatibility)) => Some(compatibility.clone()),
        (name, _) => variable(name),
    };
    let settings = supposed::settings(Some(&api), &with_compatibility)?;
    let gateway = Gateway::new(api, settings)
        .map_err(|errors| errors.iter().map(|error| told(error)).collect::<Vec<_>>())?;
    let mut context = gateway.receive(inbound(question, gateway.base_path()));
    let mut telling = Telling::new(question, document, &gateway, &context);
    telling.route(&context);
    telling.security(&context);
    let response = if context.security().is_none() {
        Err(Rejection::missing_authentication_token())
    } else {
        context.suppose_accepted();
        look_into(question, &mut context, &mut telling)
            .and_then(|()| Way { question, context: &context }.serve(&mut telling))
    };
    let response = response.unwrap_or_else(|rejection| {
        telling.rejection(&rejection);
        context.reject(&rejection)
    });
    Ok(telling.end(&response))
}

fn inbound(question: &Question, base_path: &str) -> Inbound {
    let (path, query) = match question.path.split_once('?') {
        Some((path, query)) => (path, Some(query.to_owned())),
        None => (question.path.as_str(), None),
    };
    let is_below = |path: &str| {
        path.strip_prefix(base_path).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    let arriving = as_in_url(path);
    let is_whole = is_below(path) || is_below(&arriving);
    let path = if is_whole { arriving } else { as_in_url(&format!("{base_path}{path}")) };
    let mut headers = as_they_arrive(&question.headers);
    let has_length = headers.contains_key(CONTENT_LENGTH) || headers.contains_key(TRANSFER_ENCODING);
    let length = question.body.as_ref().map_or(stand_in::LENGTH, Bytes::len);
    if !has_length && (question.body.is_some() || usually_has_body(&question.method)) {
        headers.insert(CONTENT_LENGTH, HeaderValue::from(length));
    }
    let host = headers.get(HOST).and_then(|host| host.to_str().ok()).unwrap_or("api.example.com").to_owned();
    Inbound {
        method: question.method.clone(),
        path,
        query,
        host,
        headers,
        request_id: "00000000-0000-0000-0000-000000000000".to_owned(),
        source_ip: None,
        time: UNIX_EPOCH,
    }
}

/// The Worker's runtime joins headers of one name.
fn as_they_arrive(sent: &HeaderMap) -> HeaderMap {
    let joined = |name: &HeaderName| {
        let values: Vec<&[u8]> = sent.get_all(name).iter().map(HeaderValue::as_bytes).collect();
        Some((name.clone(), HeaderValue::from_bytes(&values.join(&b", "[..])).ok()?))
    };
    sent.keys().filter_map(joined).collect()
}

fn usually_has_body(method: &HttpMethod) -> bool {
    matches!(method.as_str(), "PUT" | "POST" | "PATCH")
}

/// Reads the body, where the document looks into it. That which is given is what an encoded one is decoded to; one that nobody gives is `{}`, and fits.
fn look_into(
    question: &Question,
    context: &mut Context<'_>,
    telling: &mut Telling<'_>,
) -> Result<(), Rejection> {
    if let Some(coding) = context.decode_body()? {
        telling.decoding(coding);
    }
    telling.validator(context, question.body.is_some());
    if !context.looks_into_body()? {
        return Ok(());
    }
    match &question.body {
        None => context.suppose_body(),
        Some(body) if body.len() > PAYLOAD_LIMIT => return Err(context.over_payload_limit()),
        Some(body) => context.look_into(body, &matches)?,
    }
    Ok(())
}

/// The way of a request through the gateway, as `edge` goes it.
struct Way<'q, 'c> {
    question: &'q Question,
    context: &'c Context<'c>,
}

impl<'c> Way<'_, 'c> {
    fn serve(&self, telling: &mut Telling<'_>) -> Result<Response<()>, Rejection> {
        telling.parameters(self.context);
        let request = MethodRequest::open(self.context)?;
        telling.request_body(self.context, &request, self.client_body(&request).is_empty());
        let names_key = request.names_key();
        if self.is_in_parts(&request)? {
            return self.in_parts(request, telling);
        }
        let (mut request, mut awaiting) = match self.integrate(request)? {
            Integrated::Request(request, awaiting) => (request, awaiting),
            Integrated::Response(response) => {
                telling.mock(&response);
                telling.selected(self.context, &response);
                telling.response_template(&response);
                return response.respond(Body::Empty);
            }
        };
        // A range or a condition that S3 is asked a second time without; nothing asks for a third.
        for is_repeated in [false, true] {
            let signed = request.sign(SIGNED_AT)?;
            telling.backend_request(&signed, false);
            let server = telling.server().unwrap_or(Server::S3);
            let reply = Reply::to(&signed, self.question, Asked { server, names_key, is_repeated });
            telling.backend_answer(&reply);
            match awaiting.answered(reply.status, reply.headers.clone())? {
                Answer::Repeat(again) => {
                    telling.repeat();
                    (request, awaiting) = *again;
                }
                Answer::Response(response) => return self.respond(response, &reply, telling),
            }
        }
        Err(Rejection::configuration("S3 is asked again and again"))
    }

    fn respond(
        &self,
        response: EndpointResponse<'_>,
        reply: &Reply,
        telling: &mut Telling<'_>,
    ) -> Result<Response<()>, Rejection> {
        telling.selected(self.context, &response);
        telling.response_body(self.context, &response, reply);
        let body = match response.demand() {
            Demand::Stream | Demand::Transform if reply.body.is_empty() => Body::Empty,
            Demand::Stream | Demand::Transform => Body::Stream { stream: (), length: response.length() },
            Demand::Buffer { .. } | Demand::Verify => Body::Bytes(reply.body.clone()),
            Demand::Discard => Body::Empty,
        };
        response.respond(body)
    }

    /// An upload that is begun, and then goes on with as many parts as it takes.
    fn in_parts(
        &self,
        request: MethodRequest<'c>,
        telling: &mut Telling<'_>,
    ) -> Result<Response<()>, Rejection> {
        let upload = request.upload(None)?;
        let mut signed = upload.create::<()>()?.sign(SIGNED_AT)?;
        telling.backend_request(&signed, true);
        // What is answered in the end is the answer to the PUT that the parts stand for.
        signed.method = HttpMethod::PUT;
        signed.url = signed.url.split('?').next().unwrap_or_default().to_owned();
        let asked = Asked { server: Server::S3, names_key: true, is_repeated: false };
        let reply = Reply::to(&signed, self.question, asked);
        telling.backend_answer(&reply);
        let awaiting: Awaiting<'_> = upload.awaiting();
        match awaiting.answered::<()>(reply.status, reply.headers.clone())? {
            Answer::Response(response) => self.respond(response, &reply, telling),
            Answer::Repeat(_) => Err(Rejection::configuration("an upload cannot be repeated")),
        }
    }

    fn integrate(&self, request: MethodRequest<'c>) -> Result<Integrated<'c, ()>, Rejection> {
        let bytes = self.client_body(&request);
        let body = match request.demand() {
            Demand::Discard => Body::Empty,
            Demand::Transform => {
                let converted = self.converted(&request, &bytes)?;
                return request.integrate_converted(converted, None);
            }
            Demand::Buffer { limit } if self.length(&bytes) > limit as u64 => {
                return Err(self.context.over_payload_limit());
            }
            _ if bytes.is_empty() => Body::Empty,
            Demand::Stream => Body::Stream { stream: (), length: request.content_length() },
            Demand::Buffer { .. } | Demand::Verify => Body::Bytes(bytes),
        };
        request.integrate(body, None)
    }

    /// What the client sends, or is supposed to.
    fn client_body(&self, request: &MethodRequest<'_>) -> Bytes {
        let headers = &self.context.inbound().headers;
        match &self.question.body {
            Some(body) => body.clone(),
            None if self.context.wants_body() => Bytes::from_static(b"{}"),
            None if usually_has_body(&self.question.method) => {
                let content_type = headers.get("content-type").and_then(|value| value.to_str().ok());
                stand_in::client_body(content_type, request.conversion())
            }
            None => Bytes::new(),
        }
    }

    /// How long the client says that the body is; else how long it is.
    fn length(&self, bytes: &Bytes) -> u64 {
        let told = self.context.inbound().content_length().filter(|_| self.question.body.is_none());
        told.unwrap_or(bytes.len() as u64)
    }

    /// Whether the body is too large to be sent in one piece.
    fn is_in_parts(&self, request: &MethodRequest<'_>) -> Result<bool, Rejection> {
        if request.demand() != Demand::Transform {
            return Ok(false);
        }
        let converted = self.converted(request, &self.client_body(request))?;
        Ok(request.content_length().is_some() || converted.len() > PART_SIZE)
    }

    fn converted(&self, request: &MethodRequest<'_>, bytes: &Bytes) -> Result<Bytes, Rejection> {
        let mut intake = request.intake()?;
        intake.push(bytes).map_err(|error| request.undecodable(error))?;
        intake.end().map_err(|error| request.undecodable(error))?;
        Ok(intake.rest())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base_paths_are_found_behind_dots() {
        let arriving =
            |path: &str| inbound(&Question { path: path.to_owned(), ..Question::default() }, "/v1").path;
        assert_eq!(arriving("/v1/dir/../x?a=../b"), "/v1/x");
        assert_eq!(arriving("/dir/../x"), "/v1/x");
        assert_eq!(arriving("/dir/../v1/x"), "/v1/x");
        assert_eq!(arriving("/v1/../x"), "/x");
        assert_eq!(arriving("/v1\\x"), "/v1/x");
        assert_eq!(arriving("/é"), "/v1/%C3%A9");
    }
}
