// The Worker's entry point, and the driver of the tasks of `task.rs`. If the wasm instance panics during a request, the
// request is a 500, and the next request uses a new instance.

// @ts-expect-error: wasm-bindgen writes this file.
import * as wasm from "./index.js";

const state = wasm.__worker_init_state();

// The next task number. It is not reset for a new instance, so that a task of the old instance is not confused with another.
let tasks = 0;

// The runtime may drop a request whose client has disconnected. Its task is then never resumed.
const drivers = new FinalizationRegistry((task) => wasm.forget(task));

// The content of `api.bin`, needed again for a new instance.
let compiled;

/**
 * Returns the Worker for a compiled API. `api` is the content of `api.bin`, as an ArrayBuffer or a Uint8Array. It is
 * decoded here, before the first request. Every request is answered with a 500 if it cannot be decoded.
 */
export function gateway(api) {
  if (!(api instanceof ArrayBuffer || api instanceof Uint8Array)) {
    const seen = api === null ? "null" : typeof api;
    throw new TypeError(
      `gateway(api): \`api\` is ${seen}. Import api.bin as data, so that \`api\` is an ArrayBuffer or a Uint8Array`,
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
  // The runtime cancels the work for a request whose client has disconnected, unless it is passed to `waitUntil`. Without
  // `waitUntil`, the parts of an upload would not be deleted.
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

/** Resumes a task after each promise. Resolves to its response, or to undefined if the task ends without one. */
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
