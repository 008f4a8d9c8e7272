// The Worker's entry point, and the driver of the tasks of `task.rs`. If the wasm instance panics before the response, the
// response is a 500. The next request then uses a new instance.

// @ts-expect-error: wasm-bindgen writes this file.
import * as wasm from "./index.js";

const state = wasm.__worker_init_state();

// The number of the last task. A new instance continues with the next number, so that a task of the old instance is not
// confused with a task of the new one.
let tasks = 0;

// Removes the task of a request that the runtime has dropped, because the client has disconnected. Such a task is never
// resumed.
const drivers = new FinalizationRegistry((task) => wasm.forget(task));

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
