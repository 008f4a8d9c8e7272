//! The second attempt of a request to a backend. A broken connection, an overloaded server and a wrong clock are failures that the
//! same request often does not have a moment later.

use std::time::{Duration, SystemTime};

use http::header::RETRY_AFTER;
use http::{HeaderMap, StatusCode};

use super::access_log::AccessLog;
use super::deployment::clock::{Clock, date};
use super::limits::{SHORTEST_ATTEMPT, SHORTEST_PAUSE};
use super::rejection::Rejection;
use super::request::integration_request::IntegrationRequest;
use super::request::signing::sign;
use super::transport::{Reply, Transport, TransportError};

/// The outcome of a request: the head of the response, or the failure of the transport.
type Sent<B> = Result<Reply<B>, TransportError>;

/// Returns whether the outcome of a first attempt may call for a second one.
pub(super) fn may_pass<B>(sent: &Sent<B>) -> bool {
    match sent {
        Err(TransportError::Broken(_)) => true,
        Err(TransportError::Timeout | TransportError::Client(_) | TransportError::HashMismatch) => false,
        // 403: S3's response to a signature whose time differs from S3's clock.
        Ok(reply) => matches!(reply.status.as_u16(), 403 | 429 | 500 | 502 | 503),
    }
}

/// Corrects the clock if S3 has refused a signature because of its time, for a request that is not sent again.
pub(super) fn learn_time<T: Transport>(sent: &Sent<T::Body>, clock: &Clock, transport: &T) {
    if let Ok(Reply { status: StatusCode::FORBIDDEN, headers, .. }) = sent {
        clock.learn(headers, transport.now());
    }
}

/// Sends a request again after a pause, if its failure may pass and the time limit of the integration permits a second attempt.
/// `started` is the time of the first attempt. Returns the outcome of the last attempt.
///
/// # Errors
/// The [`Rejection`] for a request that cannot be signed.
pub(super) async fn second_attempt<T: Transport>(
    first: Sent<T::Body>,
    request: IntegrationRequest<'_, T::Body>,
    started: SystemTime,
    transport: &T,
    log: &mut AccessLog,
) -> Result<Sent<T::Body>, Rejection> {
    let (now, inbound) = (transport.now(), &request.context.inbound);
    let backend = request.integration.backend.name();
    let (failure, pause) = match &first {
        Err(error) => (format!("{backend} could not be reached: {error}"), pause(&inbound.request_id)),
        Ok(Reply { status: StatusCode::FORBIDDEN, headers, .. }) => {
            let clock = Some(&request.context.gateway.clock).filter(|_| request.is_signed());
            let Some(offset) = clock.and_then(|clock| clock.learn(headers, now)) else { return Ok(first) };
            (format!("the clock of the gateway differs from that of S3 by {offset} s"), Duration::ZERO)
        }
        Ok(Reply { status, headers, .. }) => {
            let pause = pause(&inbound.request_id).max(retry_after(headers, now));
            (format!("{backend} answered {status}"), pause)
        }
    };
    let elapsed = now.duration_since(started).unwrap_or_default();
    let left = request.integration.timeout.saturating_sub(elapsed).saturating_sub(pause);
    if left < SHORTEST_ATTEMPT {
        return Ok(first);
    }
    if let Ok(reply) = first {
        transport.discard(reply.body);
    }
    log.retried.push(failure);
    if !pause.is_zero() {
        transport.pause(pause).await;
    }
    let mut signed = sign(request, transport).await?;
    signed.timeout = left;
    Ok(transport.send(signed).await)
}

/// Returns the pause without a `Retry-After`: once to three times [`SHORTEST_PAUSE`]. It differs between requests, so that many
/// requests that failed together are not repeated together. The source of the randomness is the request ID.
fn pause(request_id: &str) -> Duration {
    let random = request_id.get(..4).and_then(|digits| u16::from_str_radix(digits, 16).ok());
    SHORTEST_PAUSE + 2 * SHORTEST_PAUSE * u32::from(random.unwrap_or_default()) / u32::from(u16::MAX)
}

/// Returns the time in `Retry-After`, which is a number of seconds or a date. Zero if the header is missing or not valid.
fn retry_after(headers: &HeaderMap, now: SystemTime) -> Duration {
    let text = headers.get(RETRY_AFTER).and_then(|value| value.to_str().ok()).unwrap_or_default();
    match text.trim().parse() {
        Ok(seconds) => Duration::from_secs(seconds),
        Err(_) => {
            date(headers, &RETRY_AFTER).and_then(|date| date.duration_since(now).ok()).unwrap_or_default()
        }
    }
}
