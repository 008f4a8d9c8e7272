//! The deployment: the document and the settings of this Worker, compiled once an isolate.

use std::cell::OnceCell;

use worker::Env;

use super::bridge;
use crate::api::Api;
use crate::gateway::settings::Variables;
use crate::gateway::{Gateway, Settings};

/// A deployment that cannot serve: everything that is wrong with it, for the log.
#[derive(Debug)]
pub(super) struct Faults(pub(super) Vec<String>);

thread_local! {
    static DEPLOYMENT: OnceCell<&'static Result<Gateway, Faults>> = const { OnceCell::new() };
}

/// The deployment of this isolate. Its variables never change, so that what the first request finds holds for all.
pub(super) fn deployment(env: &Env) -> &'static Result<Gateway, Faults> {
    DEPLOYMENT.with(|cell| *cell.get_or_init(|| Box::leak(Box::new(deploy(env)))))
}

// Once an isolate: apart from the code of requests, which is compiled when it is first needed.
#[cold]
#[inline(never)]
fn deploy(env: &Env) -> Result<Gateway, Faults> {
    let variable = bridge::variables(env);
    let mut faults = Vec::new();
    let settings = Settings::from_variables(&Variables(&variable)).map_err(|errors| {
        faults.extend(errors.iter().map(ToString::to_string));
    });
    let (name, api) = match bridge::variable_in_utf8(env, "API_DEFINITION") {
        Some(text) => ("API_DEFINITION", Api::from_openapi(&text, &bridge::match_statuses)),
        None => ("the embedded API definition", Api::from_embedded(EMBEDDED, &bridge::match_statuses)),
    };
    let api = api.map_err(|errors| {
        faults.extend(errors.iter().map(|error| format!("{name}: {error}")));
    });
    let (Ok(settings), Ok(api)) = (settings, api) else { return Err(Faults(faults)) };
    Gateway::new(api, settings)
        .map_err(|errors| Faults(errors.iter().map(|error| format!("{name}: {error}")).collect()))
}
