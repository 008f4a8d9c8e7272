// A new wasm instance after a panic. The new instance must load the compiled API again.

import assert from "node:assert/strict";
import { test } from "node:test";
import { startGateway } from "./support/gateway.mjs";
import { OPEN } from "./support/hooks.mjs";
import { startS3Double } from "./support/s3-double.mjs";

// Sets the flag that the panic hook of the `worker` crate sets, because no request makes the Worker panic.
const ENTRY = `
import worker from "./worker.js";
export default {
  fetch(request, env, context) {
    const { __worker_init_state: state } = globalThis;
    if (request.url.endsWith("/panic")) state.criticalError = true;
    if (request.url.endsWith("/instance")) return new Response(String(state.instanceId));
    return worker.fetch(request, env, context);
  },
};
`;

test("the new instance serves the same API", async (t) => {
  const double = await startS3Double();
  t.after(() => double.stop());
  const gateway = await startGateway({ s3: double, vars: OPEN, entry: { "restarted.js": ENTRY } });
  t.after(() => gateway.stop());
  const instance = async () => Number((await gateway.request("/instance")).body);
  const download = async () => {
    double.answer([{ status: 200, body: "hello" }]);
    const { status, body } = await gateway.request("/v1/s3?key=a", { headers: { accept: "application/octet-stream" } });
    return [status, body.toString()];
  };
  assert.deepEqual(await download(), [200, "hello"]);
  const first = await instance();
  double.answer([]);
  assert.equal((await gateway.request("/panic")).status, 403);
  assert.ok((await instance()) > first, "there is a new instance");
  assert.deepEqual(await download(), [200, "hello"]);
});
