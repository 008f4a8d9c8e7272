// A trap of the wasm instance. The requests of the instance end: each is logged, and its upload is aborted. The next request uses a
// new instance.

import assert from "node:assert/strict";
import { PassThrough } from "node:stream";
import { describe, test } from "node:test";
import { bytesOf, MIB } from "./support/bodies.mjs";
import { aGateway, OPEN } from "./support/hooks.mjs";
import { aMultipartS3 } from "./support/multipart-s3.mjs";

// A request with the header `x-trap` traps in the wasm instance: it allocates more memory than wasm can have.
const ENTRY = `
const { Instance } = WebAssembly;
WebAssembly.Instance = function (module, imports) {
  const { exports } = new Instance(module, imports);
  const begin = (task, request, env) => {
    if (request.headers.has("x-trap")) exports.__wbindgen_malloc(-1, 1);
    return exports.begin(task, request, env);
  };
  return { exports: { ...exports, begin } };
};
`;
const MAIN = `
import "./traps.js";
export { default } from "./worker.js";
`;

describe("a trap of the wasm instance", () => {
  const s3 = aMultipartS3();
  const gateway = aGateway(() => ({
    s3: s3.double,
    vars: OPEN,
    entry: { "trapping.js": MAIN, "traps.js": ENTRY },
  }));
  const BINARY = { accept: "application/octet-stream" };
  const download = (key, headers = BINARY) => gateway.request(`/v1/s3?key=${key}`, { headers });
  const trap = () => gateway.request("/v1/s3?key=a", { headers: { "x-trap": "1" } });
  /** Starts an upload. Resolves when S3 has got its first part. The test ends `body`, and then awaits the response. */
  async function beginUpload() {
    const body = new PassThrough();
    const uploading = gateway.request("/v1/s3?key=a.jpg", {
      method: "PUT",
      headers: { "content-type": "application/json", "transfer-encoding": "chunked" },
      body,
    });
    body.write("A".repeat(16 * MIB));
    while (s3.double.requests.length < 2) await new Promise((resolve) => setTimeout(resolve, 10));
    return { body, uploading };
  }
  /** Resolves to the log lines of this many requests. */
  const lines = async (count) => {
    const found = [];
    while (found.length < count) found.push(await gateway.nextLog());
    return found;
  };

  test("the request is a 500 with a log line, and the next request is served", async () => {
    s3.double.answer(() => ({ status: 200, body: "hello" }));
    assert.equal((await download("a")).status, 200);
    await gateway.nextLog();
    const failed = await trap();
    assert.deepEqual([failed.status, failed.body.toString()], [500, '{"message":"Internal server error"}']);
    const [line] = await lines(1);
    assert.deepEqual([line.method, line.status], ["GET", 500]);
    assert.match(line.causes[0], /^the WebAssembly instance failed: RuntimeError: unreachable/);
    const { status, body } = await download("a");
    assert.deepEqual([status, body.toString()], [200, "hello"]);
    await gateway.nextLog();
  });

  test("a request that waits for S3 is a 503 with Retry-After and a log line", async () => {
    s3.double.answer(() => ({ status: 200, body: "hello", delayMillis: 300 }));
    const waiting = download("a");
    while (s3.double.requests.length === 0) await new Promise(setImmediate);
    await trap();
    const { status, headers, body } = await waiting;
    assert.deepEqual(
      [status, headers["retry-after"], body.toString()],
      [503, "1", '{"message":"Service Unavailable"}'],
    );
    const logged = (await lines(2)).find((line) => line.status === 503);
    assert.equal(logged.request_id, headers["x-amzn-requestid"]);
    assert.deepEqual(logged.causes, ["the WebAssembly instance failed during another request"]);
  });

  test("a raw download continues, and a download as base64 breaks", async () => {
    s3.double.answer(() => ({ status: 200, body: bytesOf(4 * MIB, "a"), pauseMillis: 500 }));
    const raw = download("a");
    const converted = download("a", { accept: "application/json" });
    while (s3.double.requests.length < 2) await new Promise(setImmediate);
    await new Promise((resolve) => setTimeout(resolve, 200));
    await trap();
    assert.ok((await raw).body.equals(bytesOf(4 * MIB, "a")));
    await assert.rejects(converted, { code: "ECONNRESET" });
    const logged = await lines(3);
    assert.ok(logged.some((line) => line.status === 200 && line.causes?.[0].includes("during another request")));
  });

  test("an upload in parts is aborted, and the client gets a 503", async () => {
    s3.answers({});
    const { body, uploading } = await beginUpload();
    await trap();
    const sent = s3.double.requests.length;
    body.end("A".repeat(8 * MIB));
    const { status, headers } = await uploading;
    assert.deepEqual([status, headers["retry-after"]], [503, "1"]);
    const logged = (await lines(2)).find((line) => line.status === 503);
    assert.deepEqual([logged.method, logged.causes.length], ["PUT", 1]);
    const after = s3.double.requests.slice(sent);
    assert.deepEqual(
      after.map(({ method, path, fault }) => [method, path, fault]),
      [["DELETE", `/demo/a.jpg?uploadId=${s3.idOnTheWire}`, undefined]],
    );
    s3.double.answer(() => ({ status: 200, body: "hello" }));
    assert.equal((await download("a")).status, 200);
  });

  test("an abort that S3 refuses is logged", async () => {
    s3.answers({ abort: { status: 500 } });
    const { body, uploading } = await beginUpload();
    gateway.logs.length = 0;
    await trap();
    body.end("A".repeat(8 * MIB));
    assert.equal((await uploading).status, 503);
    const logged = (await lines(2)).find((line) => line.status === 503);
    assert.match(logged.causes[1], /parts remain in the bucket: S3 answered 500$/);
  });
});
