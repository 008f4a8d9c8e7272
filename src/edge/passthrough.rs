//! Passthrough: a request that the original API answers.
//!
//! Inside: sending it and its log line. Not inside: which requests pass, and their URL and headers
//! (`gateway::passthrough`). Both bodies stay in JavaScript, unread.

use http::HeaderName;

use super::bridge::{self, Failure};
use crate::gateway::access_log::AccessLog;
use crate::gateway::passthrough::connection_headers;
use crate::gateway::{Context, PassthroughRequest, Rejection};

/// Sends a request to the original API. Returns its response, ready for the client.
///
/// # Errors
/// The [`Rejection`] for an original API that cannot be reached or does not answer in time, and for a client that left.
pub(super) async fn pass(
    request: &PassthroughRequest,
    client: &web_sys::Request,
    context: &Context<'_>,
    log: &mut AccessLog,
) -> Result<web_sys::Response, Rejection> {
    log.passed_through();
    log.bytes_in = context.inbound().content_length();
    let failed = |failure: Failure| failure.reaching(context.backend_name());
    let (status, headers, response) =
        bridge::pass_through(request, client, log.bytes_in).await.map_err(failed)?;
    if status.is_informational() {
        return Err(failed(Failure::Broken(format!("it answered {status}"))));
    }
    let dropped: Vec<HeaderName> =
        connection_headers(&headers).filter(|name| headers.contains_key(name)).collect();
    let response = bridge::response_as_it_came(&response, &dropped).map_err(failed)?;
    log.original_answered(&request.method, status, &headers);
    Ok(response)
}
