// The Worker's entry, and the driver of the tasks of `task.rs`. A request during which the wasm instance panics is
// answered with a 500, and the next request uses a new instance.

// @ts-expect-error: wasm-bindgen writes this file.
import * as wasm from "./index.js";

const state = wasm.__worker_init_state();

// Task numbers go on counting in a new instance: a task of the old instance is unknown to the new one.
let tasks = 0;

// The runtime may drop a request during a wait if its client has left. Its task is never resumed then.
const drivers = new FinalizationRegistry((task) => wasm.forget(task));

// The content of `api.bin`, kept for a new instance.
let compiled;

/**
 * Returns the Worker for a compiled API. `api` is the content of `api.bin`, as an ArrayBuffer or an Uint8Array. It is
 * decoded here, before the first request. Every request is answered with a 500 if it cannot be decoded.
 */
export function gateway(api) {
  if (!(api instanceof ArrayBuffer || api instanceof Uint8Array)) {
    const seen = api === null ? "null" : typeof api;
    throw new TypeError(
      `gateway(api): \`api\` is ${seen}. Import api.bin as data: its content as an ArrayBuffer or an Uint8Array`,
    );
  }
  if (compiled !== undefined) throw new Error("gateway(api) was called twice. A Worker serves one API: call it once");
  compiled = new Uint8Array(api);
  wasm.load(compiled);
  return { fetch: serve };
}

function serve(request, env, context) {
  if (state.criticalError) restart();
  const answering = answer(request, env, context);
  // The runtime cancels the work for a request whose client has left, unless `waitUntil` holds it. Without this, parts of
  // an upload would be left behind.
  if (request.method !== "GET") context.waitUntil(answering);
  return answering;
}

async function answer(request, env, context) {
  const task = ++tasks;
  const driver = {};
  try {
    const begun = wasm.begin(task, request, env);
    if (begun instanceof Promise) drivers.register(driver, task, driver);
    const response = await drive(task, begun);
    if (!(response instanceof Response)) throw new Error("the wasm instance was replaced during a request");
    const rest = wasm.resume(task, undefined, false);
    if (rest === undefined) drivers.unregister(driver);
    else
      context.waitUntil(
        drive(task, rest)
          .catch(remember)
          .finally(() => drivers.unregister(driver)),
      );
    return response;
  } catch (error) {
    drivers.unregister(driver);
    remember(error);
    return Response.json({ message: "Internal server error" }, { status: 500 });
  }
}

/** Drives a task while its steps are promises: to its response, or to its end. */
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
    step = wasm.resume(task, outcome, hasFailed);
  }
  return step;
}

function remember(error) {
  console.error(error);
  if (error instanceof WebAssembly.RuntimeError) state.criticalError = true;
}

function restart() {
  wasm.__wbg_reset_state();
  state.criticalError = false;
  state.instanceId++;
  wasm.load(compiled);
}
