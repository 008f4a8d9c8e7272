//! Tasks: the future of one request, driven by JavaScript (`entry.js`).
//!
//! A future returns one step at a time: a promise, or the response. `entry.js` resumes it when the promise is settled. This
//! needs no queue and no closures. Those of `wasm-bindgen-futures` cost as much as the rest of a small request.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use wasm_bindgen::prelude::*;

/// The future of a request.
type Work = Pin<Box<dyn Future<Output = Result<(), JsValue>>>>;

thread_local! {
    static WAITING: RefCell<BTreeMap<u32, Work>> = const { RefCell::new(BTreeMap::new()) };
    static STEP: Cell<Option<JsValue>> = const { Cell::new(None) };
    static OUTCOME: Cell<Option<Result<JsValue, JsValue>>> = const { Cell::new(None) };
}

/// Starts a task. Returns its first step, or `undefined` if it has ended.
pub(super) fn begin(
    task: u32,
    work: impl Future<Output = Result<(), JsValue>> + 'static,
) -> Result<JsValue, JsValue> {
    advance(task, Box::pin(work))
}

/// Resumes a task with the outcome of its last step. Returns the next step, or `undefined` if it has ended.
///
/// # Errors
/// The reason why there is no response.
#[wasm_bindgen]
pub fn resume(task: u32, outcome: JsValue, has_failed: bool) -> Result<JsValue, JsValue> {
    let Some(work) = WAITING.with_borrow_mut(|waiting| waiting.remove(&task)) else {
        return Ok(JsValue::UNDEFINED);
    };
    OUTCOME.set(Some(if has_failed { Err(outcome) } else { Ok(outcome) }));
    advance(task, work)
}

/// Drops a task that is never resumed, because the runtime has dropped the request of a client that disconnected.
#[wasm_bindgen]
pub fn forget(task: u32) {
    drop(WAITING.with_borrow_mut(|waiting| waiting.remove(&task)));
}

/// Waits for a promise.
pub(super) async fn settled(promise: JsValue) -> Result<JsValue, JsValue> {
    step(promise).await
}

/// Returns the response to JavaScript. The task is resumed after that.
pub(super) async fn answer_with(response: web_sys::Response) {
    drop(step(response.into()).await);
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
