//! The Worker: its entry point, and the implementation of the transport for its runtime.

mod bridge;
mod deployment;
mod head;
mod task;
mod transport;

use wasm_bindgen::prelude::*;
use worker::{Env, console_log};

use self::bridge::Message;
use self::deployment::{Faults, deployment};
use self::transport::{Runtime, now};
use crate::api::gateway_response::ResponseType;
use crate::gateway::access_log::AccessLog;
use crate::gateway::message::Response;
use crate::gateway::rejection::Rejection;
use crate::gateway::request::inbound::Inbound;
use crate::gateway::response::gateway_response::configuration_response;
use crate::gateway::serve::serve;

/// Starts to serve a request as the [task](task) with this number. Returns the first step: a promise, or the response.
///
/// # Errors
/// The reason why there is no response.
#[wasm_bindgen]
pub fn begin(task: u32, request: web_sys::Request, env: &Env) -> Result<JsValue, JsValue> {
    let gateway = match deployment(env) {
        Ok(gateway) => gateway,
        Err(faults) => {
            let inbound = bridge::inbound(&request, None);
            return Ok(bridge::response(&misconfigured(&inbound, faults))?.into());
        }
    };
    let inbound = bridge::inbound(&request, gateway.read_headers().of_requests.as_deref());
    task::begin(task, async move {
        // `Clone::clone` copies the reference. `request.clone()` would be JavaScript's `clone`, which makes a second body.
        let runtime = Runtime::new(Clone::clone(&request), gateway.read_headers());
        Ok(serve(gateway, inbound, Message::Request(request), &runtime).await?)
    })
}

/// Logs the faults of the deployment. Returns the response to the request: a 500.
fn misconfigured(inbound: &Inbound, faults: &Faults) -> Response<Message> {
    let response = configuration_response(&inbound.request_id);
    let mut log = AccessLog {
        request_id: inbound.request_id.clone(),
        method: inbound.method.as_str().to_owned(),
        status: response.status.as_u16(),
        bytes_out: response.body.length(),
        causes: faults.0.clone(),
        ..AccessLog::default()
    };
    log.reject(&Rejection::of(ResponseType::ApiConfigurationError));
    log.ms = now().duration_since(inbound.time).map(|time| time.as_millis() as u64).unwrap_or_default();
    console_log!("{}", log.to_line());
    response
}
