// The Worker's entry, in the place of worker-build's own, and the driver of the tasks of `task.rs`. A request that meets
// a panic ends with a 500, and the next one finds a new wasm instance, as with worker-build's.

import * as wasm from "./index.js";

const state = wasm.__worker_init_state();

// Numbers go on counting when the instance is new: a task of the old one is unknown to it.
let tasks = 0;

// The runtime may drop a request whose client has left, in the midst of a wait. Nobody will resume its task then.
const drivers = new FinalizationRegistry((task) => wasm.forget(task));

export default {
  fetch(request, env, context) {
    if (state.criticalError) startAnew();
    const answering = answer(request, env, context);
    // A client that goes away takes the request's work with it, unless somebody waits for it: without this, parts of an
    // upload would be left behind.
    if (request.method !== "GET") context.waitUntil(answering);
    return answering;
  },
};

async function answer(request, env, context) {
  const task = ++tasks;
  const driver = {};
  try {
    const begun = wasm.begin(task, request, env);
    if (begun instanceof Promise) drivers.register(driver, task, driver);
    const response = await drive(task, begun);
    if (!(response instanceof Response)) throw new Error("the Worker started anew in the midst of a request");
    const rest = wasm.resume(task, undefined, false);
    if (rest === undefined) drivers.unregister(driver);
    else context.waitUntil(drive(task, rest).catch(remember).finally(() => drivers.unregister(driver)));
    return response;
  } catch (error) {
    drivers.unregister(driver);
    remember(error);
    return Response.json({ message: "Internal server error" }, { status: 500 });
  }
}

/** Drives a task as long as its steps are promises: to its response, or to its end. */
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

function startAnew() {
  wasm.__wbg_reset_state();
  state.criticalError = false;
  state.instanceId++;
}
