// The Worker's entry point, and the driver of the tasks of `task.rs`.
//
// If the wasm instance panics or traps, no task of this instance is resumed again. Each request ends in its own context, because
// the runtime allows no other one to use its streams: its upload is aborted and its line is logged. The next request uses a new
// instance.

import { abortUpload, newTask, respondAmid, running } from "./bridge.js";

// @ts-expect-error: wasm-bindgen writes this file.
import * as wasm from "./index.js";

const state = wasm.__worker_init_state();

// The number of the last task. A new instance continues with the next number, so that a task of the old instance is not
// confused with a task of the new one.
let tasks = 0;

// Removes the task of a request that the runtime has dropped, because the client has disconnected. Such a task is never
// resumed.
const drivers = new FinalizationRegistry((number) => {
  if (!state.criticalError) wasm.forget(number);
});

// The content of `api.bin`. Each new wasm instance loads this content again.
let compiled;

/**
 * Returns the Worker for a compiled API. `api` is the content of `api.bin`, as an ArrayBuffer or a Uint8Array. The content is
 * decoded here, before the first request. If it cannot be decoded, every request is a 500.
 */
export function gateway(api) {
  if (!(api instanceof ArrayBuffer || api instanceof Uint8Array)) {
    const seen = api === null ? "null" : typeof api;
    throw new TypeError(
      `gateway(api): the type of \`api\` is ${seen}. Import api.bin as data, so that it is an ArrayBuffer or a Uint8Array`,
    );
  }
  if (compiled !== undefined)
    throw new Error("gateway(api) was called twice. A Worker serves one API: call `gateway` once");
  compiled = new Uint8Array(api);
  wasm.load(compiled);
  return { fetch: serve };
}

function serve(request, env, context) {
  if (state.criticalError) restart();
  const answering = answer(request, env, context);
  // If the client disconnects, the runtime cancels the work for its request, except promises that are passed to `waitUntil`.
  // Without `waitUntil`, the parts of an upload that broke off would not be deleted.
  if (request.method !== "GET") context.waitUntil(answering);
  return answering;
}

async function answer(request, env, context) {
  const task = newTask(request, context, ++tasks, state.instanceId);
  try {
    running.task = task;
    const begun = wasm.begin(task.number, request, env);
    if (begun instanceof Promise) drivers.register(task, task.number, task);
    const response = await drive(task, begun);
    task.status = response.status;
    const rest = resume(task, undefined, false);
    if (rest === undefined) drivers.unregister(task);
    else
      context.waitUntil(
        drive(task, rest)
          .catch((error) => fail(task, error))
          .finally(() => drivers.unregister(task)),
      );
    return response;
  } catch (error) {
    drivers.unregister(task);
    const { response, ended } = failure(task, error, request);
    context.waitUntil(ended);
    return response;
  } finally {
    running.task = undefined;
  }
}

/** Resumes a task after each promise. Resolves to the response, or to undefined if the task ends without a response. */
async function drive(task, step) {
  while (step instanceof Promise) {
    let outcome;
    let hasFailed = false;
    try {
      outcome = await step;
    } catch (error) {
      outcome = error;
      hasFailed = true;
    }
    step = resume(task, outcome, hasFailed);
  }
  return step;
}

/** Resumes a task once. Returns its next step. Throws if its wasm instance has failed. */
function resume(task, outcome, hasFailed) {
  if (state.criticalError || task.instance !== state.instanceId) throw LOST;
  running.task = task;
  return wasm.resume(task.number, outcome, hasFailed);
}

/** Thrown in a request whose wasm instance failed during another request. */
const LOST = new Error("the WebAssembly instance failed during another request");

/**
 * Ends a request that cannot go on. Returns the response to the client, and a promise that resolves after the upload of the
 * request is aborted and its line is logged.
 */
function failure(task, error, request) {
  const status = error === LOST ? 503 : 500;
  task.status = status;
  const message = error === LOST ? "Service Unavailable" : "Internal server error";
  const headers = { "content-type": "application/json", "x-amzn-requestid": task.id };
  if (error === LOST) headers["retry-after"] = "1";
  const ended = fail(task, error);
  running.task = task;
  const body = new TextEncoder().encode(JSON.stringify({ message }));
  return { response: respondAmid(JSON.stringify({ status, headers, cookies: [] }), body, request), ended };
}

/** Closes the streams of a request that cannot go on, aborts its upload and logs it. Never rejects. */
async function fail(task, error) {
  if (error !== LOST) console.error(error);
  // Rust returns its errors as strings. All else is a panic or a trap.
  const isOfRust = typeof error === "string";
  if (!isOfRust && error !== LOST) state.criticalError = true;
  const causes = [isOfRust ? error : error === LOST ? LOST.message : `the WebAssembly instance failed: ${error}`];
  for (const stream of task.streams) stream.drop("the gateway failed");
  const left = await abortUpload(task);
  if (left !== undefined) causes.push(left);
  const { id, method, status, time } = task;
  console.log(JSON.stringify({ request_id: id, method, status, ms: Date.now() - time, causes }));
}

function restart() {
  wasm.__wbg_reset_state();
  state.criticalError = false;
  state.instanceId++;
  wasm.load(compiled);
}
