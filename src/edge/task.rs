//! Tasks. A task is the future that serves one request. JavaScript (`entry.js`) drives it.
//!
//! A task returns one step at a time: a promise, or the response. `entry.js` resumes the task when the promise is settled,
//! and after it has received the response. So no queue and no closures are needed. The queue and the closures of
//! `wasm-bindgen-futures` cost as much as the rest of a small request.

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

/// Starts a task. Returns its first step, or `undefined` if the task has ended.
pub(super) fn begin(
    task: u32,
    work: impl Future<Output = Result<(), JsValue>> + 'static,
) -> Result<JsValue, JsValue> {
    advance(task, Box::pin(work))
}

/// Resumes a task with the outcome of its last step. Returns the next step, or `undefined` if the task has ended.
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

/// Waits until a promise is settled. Returns its value, or the reason of its rejection.
pub(super) async fn settled(promise: JsValue) -> Result<JsValue, JsValue> {
    step(promise).await
}

/// Passes the response to JavaScript, and waits until JavaScript resumes the task.
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
