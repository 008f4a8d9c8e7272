// The Worker's entry, in the place of worker-build's own. That one wraps every request in two proxies, which cost about
// as much as all of the signature. This one does the same for it: a request that meets a panic ends with a 500, and the
// next one finds a new wasm instance.

import * as wasm from "./index.js";

const state = wasm.__worker_init_state();

// A panic in work that nobody waits for.
addEventListener("error", (event) => remember(event.error));

function remember(error) {
  if (!(error instanceof WebAssembly.RuntimeError)) return;
  console.error("The Worker has to start anew:", error);
  state.criticalError = true;
}

function startAnew() {
  wasm.__wbg_reset_state();
  state.criticalError = false;
  state.instanceId++;
}

export default {
  async fetch(request, env, context) {
    if (state.criticalError) startAnew();
    try {
      return await wasm.fetch(request, env, context);
    } catch (error) {
      remember(error);
      console.error(error);
      return Response.json({ message: "Internal server error" }, { status: 500 });
    }
  },
};
