//! Explains one request stage by stage. The gateway itself serves the request, in a runtime without a network.

mod example_request;
mod example_settings;
pub mod explanation;
mod inbound;
mod phrases;
mod recorder;
mod simulated_backend;
mod simulated_runtime;
pub mod text;

use std::pin::pin;
use std::task::{Context as TaskContext, Poll, Waker};

use bytes::Bytes;
use s3_edge_gateway::gateway::access_log::AccessLog;
use s3_edge_gateway::gateway::authorize::admission::{Admitted, is_refused_anonymous_write};
use s3_edge_gateway::gateway::message::{RequestBody, Response};
use s3_edge_gateway::gateway::request::context::Context;
use s3_edge_gateway::gateway::request::passthrough::passthrough;
use s3_edge_gateway::gateway::request::request_validator::{ValidHead, Validated};
use s3_edge_gateway::gateway::request::routing::{Routing, Served, route};
use s3_edge_gateway::gateway::response::gateway_response::gateway_response;
use s3_edge_gateway::gateway::serve::serve_valid;
use s3_edge_gateway::gateway::{Gateway, Rejection, Settings};

pub use self::example_request::ExampleRequest;
pub use self::example_settings::example_settings;
use self::explanation::Explanation;
use self::inbound::inbound;
use self::recorder::Recorder;
use self::simulated_runtime::{SimulatedBody, SimulatedRuntime};
use crate::compilation::CompiledDocument;

/// Explains a request without sending anything. It assumes that the caller is authorized, and simulates the response of
/// the backend.
///
/// As in a deployment, `settings` decide which operations are served. If a conditional operation is not served, the
/// explanation lists the missing settings. [`example_settings()`] returns settings without real keys.
///
/// # Errors
/// Returns a message for each setting that does not fit the document.
pub fn explain(
    document: &CompiledDocument,
    example: &ExampleRequest,
    settings: Settings,
) -> Result<Explanation, Vec<String>> {
    let gateway = Gateway::new(document.api.clone(), settings.clone())
        .map_err(|errors| errors.iter().map(ToString::to_string).collect::<Vec<_>>())?;
    let (context, routing) = route(&gateway, inbound(example, gateway.base_path()));
    let mut recorder = Recorder::new(example, &document.outline, &gateway, &context, routing);
    recorder.route(&context);
    Ok(match routing.served() {
        Some(served) => served_request(example, &context, served, recorder),
        None => unserved_request(&context, routing, &settings, recorder),
    })
}

/// Explains a request that is not routed to a served operation.
fn unserved_request(
    context: &Context<'_>,
    routing: Routing<'_>,
    settings: &Settings,
    mut recorder: Recorder<'_>,
) -> Explanation {
    recorder.unsupported(routing, settings);
    let response: Option<Response<()>> = match passthrough(context, routing) {
        Ok(request) => {
            recorder.passthrough(&request);
            None
        }
        Err(rejection) => {
            recorder.not_passed_on(routing, &rejection);
            Some(gateway_response(context, &rejection))
        }
    };
    recorder.finish(response.as_ref())
}

/// Explains a request that is routed to a served operation.
fn served_request(
    example: &ExampleRequest,
    context: &Context<'_>,
    served: Served<'_>,
    mut recorder: Recorder<'_>,
) -> Explanation {
    recorder.security(&served.operation.security, is_refused_anonymous_write(context, served));
    let admitted = Admitted::supposed(context, served);
    if let Some(encoding) = context.content_encoding() {
        recorder.decoding(encoding);
    }
    recorder.validator(admitted);
    let runtime = SimulatedRuntime::new(example, context, recorder);
    let mut log = AccessLog::new(context);
    let response = {
        let served = pin!(async {
            let (request, body) = validated(example, admitted).await?;
            serve_valid(request, body, &runtime, &mut log).await
        });
        // The simulated runtime never waits, so the future is ready when it is first polled.
        match served.poll(&mut TaskContext::from_waker(Waker::noop())) {
            Poll::Ready(response) => response,
            Poll::Pending => Err(Rejection::configuration(
                "the simulated runtime of `explain` did not complete the request at once",
            )),
        }
    };
    let mut recorder = runtime.into_recorder();
    let response = response.unwrap_or_else(|rejection| {
        recorder.rejection(&rejection);
        gateway_response(context, &rejection)
    });
    recorder.finish(Some(&response))
}

/// Validates the request, and returns it with its body. If a validator or a mapping reads the body, `example.body` is read as if
/// its `Content-Encoding` had already been removed. If there is no `example.body`, the body is `{}` and counts as valid.
async fn validated<'c>(
    example: &ExampleRequest,
    admitted: Admitted<'c>,
) -> Result<(Validated<'c>, RequestBody<SimulatedBody>), Rejection> {
    let head = match admitted.validate_head()? {
        ValidHead::BodyNotRead(request) => {
            let length = request.context.inbound().content_length();
            return Ok((request, RequestBody::Stream { stream: SimulatedBody::Client, length }));
        }
        ValidHead::BodyRead(head) => head,
    };
    let limit = admitted.context().json_body_limit();
    match &example.body {
        None => Ok((head.suppose(), RequestBody::from(Bytes::from_static(b"{}")))),
        Some(body) if body.len() > limit => Err(admitted.context().over_limit(limit)),
        Some(body) => Ok((head.validate(body.clone(), &async || {}).await?, RequestBody::from(body.clone()))),
    }
}
