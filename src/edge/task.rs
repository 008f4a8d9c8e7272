//! Tasks: the work of one request, a future that JavaScript drives (`entry.js`).
//!
//! Inside: where a future and its driver meet. Not inside: what is waited for (`bridge`). A future hands out one step
//! at a time, a promise to be waited for or the response, and goes on when its driver resumes it. That takes neither a
//! queue nor closures, which cost as much as all the rest of a small request with `wasm-bindgen-futures`.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use wasm_bindgen::prelude::*;

/// The work of a request.
type Work = Pin<Box<dyn Future<Output = Result<(), JsValue>>>>;

thread_local! {
    static WAITING: RefCell<BTreeMap<u32, Work>> = const { RefCell::new(BTreeMap::new()) };
    static STEP: Cell<Option<JsValue>> = const { Cell::new(None) };
    static OUTCOME: Cell<Option<Result<JsValue, JsValue>>> = const { Cell::new(None) };
}

/// Begins a task under the number that its driver has given it: its first step, or nothing if it has ended.
pub(super) fn begin(
    task: u32,
    work: impl Future<Output = Result<(), JsValue>> + 'static,
) -> Result<JsValue, JsValue> {
    advance(task, Box::pin(work))
}

/// Goes on with a task, with what has become of its last step: the next one, or nothing if it has ended.
///
/// # Errors
/// Why there is no response.
#[wasm_bindgen]
pub fn resume(task: u32, outcome: JsValue, has_failed: bool) -> Result<JsValue, JsValue> {
    let Some(work) = WAITING.with_borrow_mut(|waiting| waiting.remove(&task)) else {
        return Ok(JsValue::UNDEFINED);
    };
    OUTCOME.set(Some(if has_failed { Err(outcome) } else { Ok(outcome) }));
    advance(task, work)
}

/// Lets go of a task whose driver is gone: the runtime drops the requests of clients that have left.
#[wasm_bindgen]
pub fn forget(task: u32) {
    drop(WAITING.with_borrow_mut(|waiting| waiting.remove(&task)));
}

/// Waits for a promise.
pub(super) async fn settled(promise: JsValue) -> Result<JsValue, JsValue> {
    step(promise).await
}

/// Hands the response over; the task may then go on.
pub(super) async fn answer_with(response: web_sys::Response) {
    drop(step(response.into()).await);
}

/// Work that few requests have, kept apart from the code of all the others: what a request runs through is compiled
/// when the first one comes, function by function.
pub(super) fn apart<'w, T>(work: impl Future<Output = T> + 'w) -> Pin<Box<dyn Future<Output = T> + 'w>> {
    Box::pin(work)
}

async fn step(step: JsValue) -> Result<JsValue, JsValue> {
    let mut step = Some(step);
    poll_fn(|_| match step.take() {
        Some(step) => {
            STEP.set(Some(step));
            Poll::Pending
        }
        None => Poll::Ready(OUTCOME.take().unwrap_or(Ok(JsValue::UNDEFINED))),
    })
    .await
}

fn advance(task: u32, mut work: Work) -> Result<JsValue, JsValue> {
    match work.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(ended) => ended.map(|()| JsValue::UNDEFINED),
        Poll::Pending => {
            WAITING.with_borrow_mut(|waiting| waiting.insert(task, work));
            Ok(STEP.take().unwrap_or(JsValue::UNDEFINED))
        }
    }
}
