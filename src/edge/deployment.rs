//! The deployment: the API and the settings of this Worker, resolved once in each wasm instance.

use std::cell::{OnceCell, RefCell};

use wasm_bindgen::prelude::*;
use worker::{Env, console_log};

use super::bridge;
use crate::api::Api;
use crate::api::compiled::{CompiledError, decode};
use crate::gateway::deployment::settings::Variables;
use crate::gateway::{Gateway, Settings};

/// The faults that prevent this deployment from serving requests, for the log.
#[derive(Debug)]
pub(super) struct Faults(pub(super) Vec<String>);

thread_local! {
    static API: RefCell<Option<Result<Api, CompiledError>>> = const { RefCell::new(None) };
    static DEPLOYMENT: OnceCell<&'static Result<Gateway, Faults>> = const { OnceCell::new() };
}

/// Decodes the content of `api.bin`. `entry.js` calls this once for each wasm instance, before the first request.
///
/// If the content cannot be decoded, the response to each request is a 500, and the log has the reason.
#[wasm_bindgen]
pub fn load(api: &[u8]) {
    API.set(Some(decode(api)));
}

/// Returns the deployment. The variables of an isolate never change, so the deployment is made once, at the first request.
pub(super) fn deployment(env: &Env) -> &'static Result<Gateway, Faults> {
    DEPLOYMENT.with(|cell| *cell.get_or_init(|| Box::leak(Box::new(deploy(env)))))
}

// Runs once in each wasm instance. A separate function keeps this code out of the function that every request runs: see
// `gateway::rare`.
#[cold]
#[inline(never)]
fn deploy(env: &Env) -> Result<Gateway, Faults> {
    let variable = bridge::variables(env);
    let mut faults = Vec::new();
    let settings = Settings::from_variables(&Variables(&variable)).map_err(|errors| {
        faults.extend(errors.iter().map(ToString::to_string));
    });
    let api = match API.take() {
        Some(Ok(api)) => Some(api),
        Some(Err(error)) => {
            faults.push(format!("api.bin: {error}"));
            None
        }
        None => {
            faults.push("api.bin: the file was not loaded. Import `gateway` from build/index.js, and export `gateway(api)`, where `api` is the content of the file".to_owned());
            None
        }
    };
    let (Ok(settings), Some(api)) = (settings, api) else { return Err(Faults(faults)) };
    let gateway = Gateway::new(api, settings)
        .map_err(|errors| Faults(errors.iter().map(ToString::to_string).collect()))?;
    bridge::read_only(gateway.read_headers());
    for warning in gateway.warnings() {
        console_log!("{}", serde_json::json!({ "event": "start", "warning": warning }));
    }
    Ok(gateway)
}
